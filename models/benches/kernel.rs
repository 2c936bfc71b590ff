//! Times of the kernels beside candle's own, in one run: `cargo bench -p models --bench kernel -- [linear|attend|row]`.
//!
//! Shapes are Qwen3-0.6B's. Weights are walked in turn over many copies, so that they come from memory. Two threads,
//! or as many as `THREADS` says. Figures are the best and the median of a series; nothing is judged here.
#![expect(clippy::print_stdout, reason = "figures are what it is for")]

use std::time::{Duration, Instant};

use candle_core::quantized::{GgmlDType, QMatMul, QStorage, QTensor};
use candle_core::{Device, Module, Tensor};

// The module of the crate is private; its source is compiled once more here.
#[path = "../src/kernel/mod.rs"]
#[allow(
    dead_code,
    unfulfilled_lint_expectations,
    unused_imports,
    reason = "the crate's own lints are met there, and tests are not run here"
)]
mod kernel;

use kernel::{
    Angles, Heads, KeyValue, PAGE, PackedMatrix, Span, Storage, Team, attend, linear, rms_norm,
    rotate, silu_mul,
};

fn random(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    (0..count)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 40) as f32 / 8_388_608.0 - 1.0
        })
        .collect()
}

/// Best and median seconds of `count` calls, after one that is not counted.
fn time(count: usize, mut call: impl FnMut(usize)) -> (f64, f64) {
    call(0);
    let mut times: Vec<Duration> = (0..count)
        .map(|index| {
            let begin = Instant::now();
            call(index);
            begin.elapsed()
        })
        .collect();
    times.sort_unstable();
    (times[0].as_secs_f64(), times[count / 2].as_secs_f64())
}

fn print(name: &str, (best, median): (f64, f64), bytes: usize, operations: usize) {
    println!(
        "{name:34} best {:9.1} median {:9.1} us | at best {:6.1} GB/s {:7.1} Gop/s",
        best * 1e6,
        median * 1e6,
        bytes as f64 / best / 1e9,
        operations as f64 / best / 1e9,
    );
}

fn products(team: &Team, rows: usize, columns: usize, types: &[GgmlDType], sizes: &[usize]) {
    let values = Tensor::from_vec(random(1, rows * columns), (rows, columns), &Device::Cpu)
        .expect("as many as the shape says");
    for dtype in types {
        let quantised = QTensor::quantize(&values, *dtype).expect("a type that candle writes");
        let data = quantised.data().expect("on this processor").to_vec();
        let copies = (256usize << 20).div_ceil(data.len()).min(40);
        let own: Vec<PackedMatrix> = (0..copies)
            .map(|_| PackedMatrix::pack(*dtype, &data, rows, columns).expect("fits"))
            .collect();
        let theirs: Vec<QMatMul> = (0..copies)
            .map(|_| {
                let storage = QStorage::from_data((&data).into(), &Device::Cpu, *dtype);
                let tensor = QTensor::new(storage.expect("fits"), (rows, columns));
                QMatMul::from_qtensor(tensor.expect("fits")).expect("a type it multiplies")
            })
            .collect();
        for m in sizes {
            let x = random(2, m * columns);
            let tensor = Tensor::from_vec(x.clone(), (*m, columns), &Device::Cpu).expect("fits");
            let mut out = vec![0.0; m * rows];
            let count = if *m > 16 { copies.min(20) } else { copies * 3 };
            let operations = 2 * m * rows * columns;
            let ours = time(count, |index| {
                linear(team, &own[index % copies], &x, *m, &mut out);
            });
            let name = format!("{rows}x{columns} {dtype:?} m={m}");
            print(&name, ours, own[0].bytes(), operations);
            let candle = time(count, |index| {
                theirs[index % copies].forward(&tensor).expect("shapes fit");
            });
            print("    candle", candle, data.len(), operations);
        }
    }
}

fn attention(team: &Team) {
    const HEADS: usize = 16;
    const KEYS: usize = 8;
    const DIM: usize = 128;
    const LAYERS: usize = 28;
    for storage in [Storage::F16, Storage::F32] {
        for length in [512, 2048] {
            let pages: Vec<u32> = (0..(length / PAGE) as u32).collect();
            let data = random(3, length * KEYS * DIM);
            let heads = Heads {
                data: &data,
                stride: KEYS * DIM,
                offset: 0,
                count: KEYS,
                dim: DIM,
            };
            let span = |position, rows| Span {
                first_row: 0,
                rows,
                position,
                pages: &pages,
            };
            let mut layers: Vec<KeyValue> = (0..LAYERS)
                .map(|_| KeyValue::new(storage, pages.len(), KEYS, DIM))
                .collect();
            let write = time(LAYERS, |index| {
                layers[index].write_spans(team, &[span(0, length)], &heads, &heads);
            });
            let bytes = layers[0].page_bytes() * pages.len();
            print(&format!("write {storage:?} {length}"), write, bytes, 0);
            let q = random(4, length * HEADS * DIM);
            let mut out = vec![0.0; q.len()];
            let whole = time(7, |index| {
                attend(team, &layers[index], &q, &[span(0, length)], &mut out);
            });
            let operations = 2 * length * length * HEADS * DIM;
            print(
                &format!("prefill {storage:?} {length}"),
                whole,
                bytes,
                operations,
            );
            let row = HEADS * DIM;
            let one = time(9, |_| {
                for layer in &layers {
                    let span = span(length - 1, 1);
                    attend(team, layer, &q[..row], &[span], &mut out[..row]);
                }
            });
            let name = format!("decode, {LAYERS} layers, {storage:?} {length}");
            print(&name, one, LAYERS * bytes, LAYERS * 4 * length * row);
        }
    }
}

/// What lies between products, for one row and for many.
fn between(team: &Team) {
    for m in [1, 16, 512] {
        let x = random(5, m * 6144);
        let mut out = vec![0.0; m * 3072];
        let weight = random(6, 1024);
        let norm = time(50, |_| {
            rms_norm(team, &x[..m * 1024], &weight, 1e-6, &mut out[..m * 1024]);
        });
        print(&format!("rms_norm 1024 m={m}"), norm, 0, 0);
        let gate = time(50, |_| silu_mul(team, &x, 3072, &mut out));
        print(&format!("silu_mul 3072 m={m}"), gate, 0, 0);
        let frequencies: Vec<f64> = (0..64).map(|i| 1e6f64.powf(-f64::from(i) / 64.0)).collect();
        let angles = Angles::new(&frequencies, 0..m);
        let heads = Heads {
            data: &x,
            stride: 4096,
            offset: 0,
            count: 16,
            dim: 128,
        };
        let norm = Some((&weight[..128], 1e-6));
        let rotated = time(50, |_| {
            rotate(team, &angles, &heads, norm, &mut out[..m * 2048]);
        });
        print(&format!("norm and rotate 16x128 m={m}"), rotated, 0, 0);
        let made = time(50, |_| {
            std::hint::black_box(Angles::new(&frequencies, 0..m));
        });
        print(&format!("angles m={m}"), made, 0, 0);
    }
    let empty = time(200, |_| team.run(team.threads() * 2, &|_| {}));
    print("an empty call of the team", empty, 0, 0);
}

fn main() {
    let threads = std::env::var("THREADS").ok();
    let threads = threads.and_then(|value| value.parse().ok()).unwrap_or(2);
    let team = Team::new(threads);
    let wanted: Vec<String> = std::env::args()
        .filter(|word| !word.starts_with('-'))
        .skip(1)
        .collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|word| word == name);
    if wants("linear") {
        use GgmlDType::{F16, Q4K, Q6K, Q8_0};
        products(
            &team,
            3072,
            1024,
            &[Q4K, Q6K, Q8_0, F16],
            &[1, 4, 8, 16, 512],
        );
        products(&team, 1024, 3072, &[Q4K, Q6K], &[1, 16, 512]);
    }
    if wants("row") {
        products(&team, 151_936, 1024, &[GgmlDType::Q6K], &[1, 16]);
    }
    if wants("attend") {
        attention(&team);
    }
    if wants("between") {
        between(&team);
    }
}
