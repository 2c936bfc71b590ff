//! What the kernels promise: the arithmetic of the reference within stated tolerances, for every instruction set that
//! this machine has, and the same bits for a row whatever it is computed with.

use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::quantized::{GgmlDType, QStorage, QTensor};
use candle_core::{Device, Tensor};
use half::{bf16, f16};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::attention::attend_at;
use super::lanes::{Lanes, Level, Work, exp};
use super::linear::linear_at;
use super::norm::{rms_norm_at, silu_mul_at};
use super::rotate::rotate_at;
use super::*;

fn random(seed: u64, count: usize) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| random.random_range(-1.0..1.0)).collect()
}

/// Weights of this type as they lie in a file, and what candle reads from them.
fn weights(dtype: GgmlDType, seed: u64, rows: usize, columns: usize) -> (Vec<u8>, Vec<f32>) {
    let values = random(seed, rows * columns);
    let bytes: Vec<u8> = match dtype {
        GgmlDType::F32 => values.iter().flat_map(|x| x.to_le_bytes()).collect(),
        GgmlDType::F16 => values
            .iter()
            .flat_map(|x| f16::from_f32(*x).to_le_bytes())
            .collect(),
        GgmlDType::BF16 => values
            .iter()
            .flat_map(|x| bf16::from_f32(*x).to_le_bytes())
            .collect(),
        _ => {
            let tensor = Tensor::from_vec(values, (rows, columns), &Device::Cpu).unwrap();
            let quantised = QTensor::quantize(&tensor, dtype).unwrap();
            quantised.data().unwrap().to_vec()
        }
    };
    let storage = QStorage::from_data((&bytes).into(), &Device::Cpu, dtype).unwrap();
    let read = QTensor::new(storage, (rows, columns)).unwrap();
    let read = read.dequantize(&Device::Cpu).unwrap();
    (bytes, read.flatten_all().unwrap().to_vec1().unwrap())
}

fn product(weights: &[f32], x: &[f32], m: usize, columns: usize) -> Vec<f32> {
    let mut out = Vec::new();
    for row in x.chunks(columns).take(m) {
        for weights in weights.chunks(columns) {
            let sum: f64 = row
                .iter()
                .zip(weights)
                .map(|(x, w)| f64::from(*x) * f64::from(*w))
                .sum();
            out.push(sum as f32);
        }
    }
    out
}

#[track_caller]
fn near(got: &[f32], expected: &[f32], tolerance: f32, what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}");
    for (at, (a, b)) in got.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= tolerance, "{what}: {a} for {b} at {at}");
    }
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|x| x.to_bits()).collect()
}

/// Types with a kernel.
pub(super) const EXACT: [GgmlDType; 8] = [
    GgmlDType::F32,
    GgmlDType::F16,
    GgmlDType::BF16,
    GgmlDType::Q4_0,
    GgmlDType::Q5_0,
    GgmlDType::Q8_0,
    GgmlDType::Q4K,
    GgmlDType::Q6K,
];

#[test]
fn a_packed_row_is_what_the_file_said() {
    for dtype in EXACT {
        let (rows, columns) = (21, 512);
        let (bytes, expected) = weights(dtype, 1, rows, columns);
        let packed = PackedMatrix::pack(dtype, &bytes, rows, columns).unwrap();
        assert!(has_kernel(dtype), "{dtype:?}");
        let mut row = vec![0.0; columns];
        for index in 0..rows {
            packed.row(index, &mut row);
            let expected = &expected[index * columns..][..columns];
            near(&row, expected, 1e-7, &format!("{dtype:?} row {index}"));
        }
    }
}

#[test]
fn types_without_a_kernel_are_held_in_half_precision() {
    for dtype in [
        GgmlDType::Q4_1,
        GgmlDType::Q5_1,
        GgmlDType::Q2K,
        GgmlDType::Q3K,
        GgmlDType::Q5K,
    ] {
        let (bytes, expected) = weights(dtype, 2, 5, 256);
        let packed = PackedMatrix::pack(dtype, &bytes, 5, 256).unwrap();
        assert_eq!((packed.format(), has_kernel(dtype)), (Format::F16, false));
        let mut row = vec![0.0; 256];
        packed.row(4, &mut row);
        near(&row, &expected[4 * 256..], 1e-3, &format!("{dtype:?}"));
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let short = PackedMatrix::pack(GgmlDType::Q4K, &[0; 100], 1, 256);
    assert!(short.unwrap_err().contains("100 bytes instead of 144"));
    let odd = PackedMatrix::pack(GgmlDType::Q4K, &[0; 144], 1, 100);
    assert!(odd.unwrap_err().contains("blocks of 256"));
    let part = |rows, columns| PackedMatrix::pack_f32(&vec![0.0; rows * columns], rows, columns);
    let stacked = PackedMatrix::stack(vec![part(16, 8).unwrap(), part(16, 9).unwrap()]);
    assert!(stacked.unwrap_err().contains("cannot be stacked"));
    let stacked = PackedMatrix::stack(vec![part(15, 8).unwrap(), part(16, 8).unwrap()]);
    assert!(stacked.unwrap_err().contains("not a multiple"));
}

/// Activations are rounded to 1/127 of the largest of 32: an error of at most 1/254 each, random in sign. The sum of
/// 1024 products with weights below one has a standard error of 0.04; six times that is allowed.
fn tolerance(dtype: GgmlDType) -> f32 {
    match dtype {
        GgmlDType::F32 | GgmlDType::F16 | GgmlDType::BF16 => 1e-4,
        _ => 0.25,
    }
}

#[test]
fn a_product_is_that_of_the_weights_candle_reads() {
    let team = Team::new(3);
    for dtype in EXACT {
        for (rows, columns, m) in [(16, 256, 1), (77, 512, 5), (40, 1024, 17), (256, 256, 40)] {
            let (bytes, read) = weights(dtype, 3, rows, columns);
            let packed = PackedMatrix::pack(dtype, &bytes, rows, columns).unwrap();
            let x = random(4, m * columns);
            let expected = product(&read, &x, m, columns);
            for level in Level::all() {
                let mut out = vec![f32::NAN; m * rows];
                linear_at(level, &team, &packed, &x, m, &mut out);
                let what = format!("{level:?} {dtype:?} {rows}x{columns} m={m}");
                near(&out, &expected, tolerance(dtype), &what);
            }
        }
    }
}

#[test]
fn every_instruction_set_agrees_with_the_portable_one() {
    // Integer sums are exact: what remains is the rounding of a product before an addition.
    let team = Team::new(1);
    for dtype in EXACT {
        let (rows, columns, m) = (48, 768, 9);
        let (bytes, _) = weights(dtype, 5, rows, columns);
        let packed = PackedMatrix::pack(dtype, &bytes, rows, columns).unwrap();
        let x = random(6, m * columns);
        let mut expected = vec![0.0; m * rows];
        linear_at(Level::Portable, &team, &packed, &x, m, &mut expected);
        for level in Level::all() {
            let mut out = vec![0.0; m * rows];
            linear_at(level, &team, &packed, &x, m, &mut out);
            near(&out, &expected, 2e-5, &format!("{level:?} {dtype:?}"));
        }
    }
}

#[test]
fn extreme_codes_do_not_overflow() {
    // All weights -128 and all activations at the end of the range, and the other way round.
    let team = Team::new(1);
    for (code, x) in [(0x80u8, 1.0f32), (0x80, -1.0), (0x7f, 1.0), (0x7f, -1.0)] {
        let mut block = f16::from_f32(1.0).to_le_bytes().to_vec();
        block.extend([code; 32]);
        let bytes: Vec<u8> = block.iter().copied().cycle().take(34 * 16).collect();
        let packed = PackedMatrix::pack(GgmlDType::Q8_0, &bytes, 16, 32).unwrap();
        let expected = 32.0 * x * f32::from(code.cast_signed());
        for level in Level::all() {
            let mut out = [0.0; 16];
            linear_at(level, &team, &packed, &[x; 32], 1, &mut out);
            near(&out, &[expected; 16], 0.01, &format!("{level:?}"));
        }
    }
}

#[test]
fn stacked_matrices_give_the_outputs_of_their_parts() {
    let team = Team::new(2);
    for dtype in [GgmlDType::Q4K, GgmlDType::Q6K, GgmlDType::F16] {
        let parts: Vec<_> = [32, 16, 19]
            .iter()
            .map(|rows| {
                let (bytes, _) = weights(dtype, *rows as u64, *rows, 256);
                PackedMatrix::pack(dtype, &bytes, *rows, 256).unwrap()
            })
            .collect();
        let x = random(7, 2 * 256);
        let mut expected = [Vec::new(), Vec::new()];
        for part in &parts {
            let mut out = vec![0.0; 2 * part.rows()];
            linear(&team, part, &x, 2, &mut out);
            for (row, out) in out.chunks(part.rows()).enumerate() {
                expected[row].extend_from_slice(out);
            }
        }
        let whole = PackedMatrix::stack(parts).unwrap();
        let mut out = vec![0.0; 2 * whole.rows()];
        linear(&team, &whole, &x, 2, &mut out);
        assert_eq!(bits(&out), bits(&expected.concat()), "{dtype:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_row_alone_has_the_bits_of_the_row_in_a_batch(
        kind in 0..EXACT.len(),
        rows in 1..150usize,
        spans in 1..4usize,
        m in 2..40usize,
        threads in 1..4usize,
        seed in 0..1000u64,
    ) {
        let (dtype, columns) = (EXACT[kind], spans * 256);
        let (bytes, _) = weights(dtype, seed, rows, columns);
        let packed = PackedMatrix::pack(dtype, &bytes, rows, columns).unwrap();
        let x = random(seed + 1, m * columns);
        for level in Level::all() {
            let mut batch = vec![0.0; m * rows];
            linear_at(level, &Team::new(threads), &packed, &x, m, &mut batch);
            for row in [0, m / 2, m - 1] {
                let mut alone = vec![0.0; rows];
                let x = &x[row * columns..][..columns];
                linear_at(level, &Team::new(1), &packed, x, 1, &mut alone);
                prop_assert_eq!(bits(&alone), bits(&batch[row * rows..][..rows]));
            }
        }
    }

    #[test]
    fn attention_does_not_depend_on_chunks(
        length in 1..400usize,
        cut in 0..400usize,
        kind in 0..6usize,
        half in any::<bool>(),
        seed in 0..1000u64,
    ) {
        let (heads, kv, dim) =
            [(2, 1, 16), (4, 2, 64), (7, 1, 32), (8, 1, 128), (3, 3, 128), (12, 2, 16)][kind];
        let cut = cut.min(length);
        let scene = Scene::new(seed, length, (heads, kv, dim), half);
        for level in Level::all() {
            let whole = scene.attend(level, &[(0, length)]);
            let parts = scene.attend(level, &[(0, cut), (cut, length - cut)]);
            prop_assert_eq!(bits(&whole), bits(&parts));
            let last = scene.attend(level, &[(length - 1, 1)]);
            let row = heads * dim;
            prop_assert_eq!(bits(&last), bits(&whole[(length - 1) * row..]));
        }
    }
}

/// One sequence in pages that are not in order.
struct Scene {
    layer: KeyValue,
    pages: Vec<u32>,
    shape: (usize, usize, usize),
    q: Vec<f32>,
    keys: Vec<f32>,
    values: Vec<f32>,
}

impl Scene {
    fn new(seed: u64, length: usize, shape: (usize, usize, usize), half: bool) -> Self {
        let (heads, kv, dim) = shape;
        let storage = if half { Storage::F16 } else { Storage::F32 };
        let count = length.div_ceil(PAGE);
        let pages: Vec<u32> = (0..count as u32).rev().map(|page| 2 * page + 1).collect();
        let mut layer = KeyValue::new(storage, 2 * count, kv, dim);
        // What other sequences left in pages and in slots not yet written must not matter, whatever it is.
        for page in 0..2 * count as u32 {
            for slot in 0..PAGE {
                let junk = vec![f32::NAN; kv * dim];
                layer.write(page, slot, &junk, &junk);
            }
        }
        let keys: Vec<f32> = random(seed, length * kv * dim)
            .iter()
            .map(|x| 2.0 * x)
            .collect();
        let values = random(seed + 1, length * kv * dim);
        let of = |data| Heads {
            data,
            stride: kv * dim,
            offset: 0,
            count: kv,
            dim,
        };
        let span = Span {
            first_row: 0,
            rows: length,
            position: 0,
            pages: &pages,
        };
        layer.write_spans(&Team::new(2), &[span], &of(&keys), &of(&values));
        Self {
            layer,
            shape,
            q: random(seed + 2, length * heads * dim),
            keys,
            values,
            pages,
        }
    }

    /// Attention for the rows of each `(position, rows)`, one span each.
    fn attend(&self, level: Level, parts: &[(usize, usize)]) -> Vec<f32> {
        let row = self.shape.0 * self.shape.2;
        let mut q = Vec::new();
        let mut spans = Vec::new();
        for (position, rows) in parts {
            spans.push(Span {
                first_row: q.len() / row,
                rows: *rows,
                position: *position,
                pages: &self.pages,
            });
            q.extend_from_slice(&self.q[position * row..(position + rows) * row]);
        }
        let mut out = vec![0.0; q.len()];
        attend_at(level, &Team::new(2), &self.layer, &q, &spans, &mut out);
        out
    }

    fn expected(&self) -> Vec<f32> {
        let (heads, kv, dim) = self.shape;
        let mut out = Vec::new();
        for (row, q) in self.q.chunks(dim).enumerate() {
            let (token, head) = (row / heads, row % heads / (heads / kv));
            let at =
                |all: &[f32], token: usize, d: usize| f64::from(all[(token * kv + head) * dim + d]);
            let scores: Vec<f64> = (0..=token)
                .map(|key| {
                    let dot: f64 = (0..dim)
                        .map(|d| f64::from(q[d]) * at(&self.keys, key, d))
                        .sum();
                    dot / (dim as f64).sqrt()
                })
                .collect();
            let best = scores.iter().copied().fold(f64::MIN, f64::max);
            let weights: Vec<f64> = scores.iter().map(|score| (score - best).exp()).collect();
            let sum: f64 = weights.iter().sum();
            for d in 0..dim {
                let value: f64 = weights
                    .iter()
                    .enumerate()
                    .map(|(key, weight)| weight * at(&self.values, key, d))
                    .sum();
                out.push((value / sum) as f32);
            }
        }
        out
    }
}

#[test]
fn attention_is_softmax_over_what_a_row_may_see() {
    for shape in [
        (2, 1, 16),
        (16, 8, 128),
        (14, 2, 64),
        (4, 4, 32),
        (5, 1, 96),
        (2, 1, 256),
    ] {
        for (half, tolerance) in [(false, 2e-6), (true, 1e-3)] {
            for length in [1, 31, 150, 290] {
                let scene = Scene::new(8, length, shape, half);
                let expected = scene.expected();
                for level in Level::all() {
                    let out = scene.attend(level, &[(0, length)]);
                    let what = format!("{level:?} {shape:?} {length} half={half}");
                    near(&out, &expected, tolerance, &what);
                }
            }
        }
    }
}

#[test]
fn attention_has_the_same_bits_among_other_sequences() {
    let shape = (4, 2, 64);
    let scene = Scene::new(9, 300, shape, true);
    let row = shape.0 * shape.2;
    let alone = scene.attend(Level::detect(), &[(290, 1)]);
    let parts: Vec<_> = (0..15)
        .map(|at| (at * 17, at + 1))
        .chain([(290, 1)])
        .collect();
    let among = scene.attend(Level::detect(), &parts);
    assert_eq!(bits(&alone), bits(&among[among.len() - row..]));
}

#[test]
#[should_panic(expected = "a table of 2 pages")]
fn attention_refuses_a_table_that_is_too_short() {
    let layer = KeyValue::new(Storage::F32, 4, 1, 16);
    let span = Span {
        first_row: 0,
        rows: 1,
        position: 32,
        pages: &[0],
    };
    attend(&Team::new(1), &layer, &[0.0; 16], &[span], &mut [0.0; 16]);
}

struct Exp<'a>(&'a mut [f32]);

impl Work for Exp<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        for chunk in self.0.chunks_exact_mut(16) {
            // SAFETY: sixteen numbers.
            unsafe {
                let x = lanes.load(chunk.as_ptr());
                lanes.store(chunk.as_mut_ptr(), exp(lanes, x));
            }
        }
    }
}

#[test]
fn exp_is_off_by_less_than_3e_7() {
    let x: Vec<f32> = (0..1 << 16)
        .map(|i| -87.0 + i as f32 * (175.0 / 65536.0))
        .collect();
    for level in Level::all() {
        let mut got = x.clone();
        level.run(Exp(&mut got));
        for (x, got) in x.iter().zip(&got) {
            let expected = f64::from(*x).exp();
            let error = (f64::from(*got) - expected).abs() / expected;
            assert!(error < 3e-7, "{level:?}: e^{x} is {got}, off by {error:e}");
        }
        let mut ends = [0.0, -1e30, f32::NEG_INFINITY, 1e30].repeat(4);
        level.run(Exp(&mut ends));
        assert!(ends[0] == 1.0 && ends[1] < 2e-38 && ends[2] < 2e-38 && ends[3].is_finite());
    }
}

#[test]
fn norm_gate_and_rotation_are_their_formulas() {
    let team = Team::new(2);
    for level in Level::all() {
        for columns in [16, 40, 1024, 3000] {
            let rows = 7;
            let (x, weight) = (random(10, rows * columns), random(11, columns));
            let mut out = vec![0.0; x.len()];
            rms_norm_at(level, &team, &x, &weight, 1e-6, &mut out);
            let expected: Vec<f32> = x
                .chunks(columns)
                .flat_map(|row| {
                    let mean: f64 =
                        row.iter().map(|x| f64::from(x * x)).sum::<f64>() / columns as f64;
                    let inverse = 1.0 / (mean + 1e-6).sqrt();
                    let weigh = move |(x, w): (&f32, &f32)| {
                        (f64::from(*x) * inverse * f64::from(*w)) as f32
                    };
                    row.iter().zip(&weight).map(weigh).collect::<Vec<_>>()
                })
                .collect();
            near(
                &out,
                &expected,
                2e-6,
                &format!("{level:?} norm of {columns}"),
            );

            let gate_up: Vec<f32> = random(12, 2 * rows * columns)
                .iter()
                .map(|x| x * 9.0)
                .collect();
            silu_mul_at(level, &team, &gate_up, columns, &mut out);
            let expected: Vec<f32> = gate_up
                .chunks(2 * columns)
                .flat_map(|row| {
                    let (gate, up) = row.split_at(columns);
                    let pairs = gate.iter().zip(up);
                    pairs.map(|(gate, up)| {
                        let gate = f64::from(*gate);
                        (gate / (1.0 + (-gate).exp()) * f64::from(*up)) as f32
                    })
                })
                .collect();
            near(
                &out,
                &expected,
                1e-4,
                &format!("{level:?} gate of {columns}"),
            );
        }
    }
}

#[test]
fn rotation_is_exact_at_far_positions_and_after_a_norm() {
    let team = Team::new(2);
    for dim in [16, 64, 128] {
        let half = dim / 2;
        let frequencies: Vec<f64> = (0..half)
            .map(|i| 1e6f64.powf(-(i as f64) / half as f64))
            .collect();
        let positions = [0, 1, 2049, 20_001, 131_071];
        let angles = Angles::new(&frequencies, positions);
        let (count, offset, stride) = (3, 5, 3 * dim + 9);
        let data = random(13, positions.len() * stride);
        let from = Heads {
            data: &data,
            stride,
            offset,
            count,
            dim,
        };
        let weight = random(14, dim);
        for norm in [None, Some((&weight[..], 1e-6))] {
            let mut expected = Vec::new();
            for (row, position) in positions.iter().enumerate() {
                for head in 0..count {
                    let mut x: Vec<f64> =
                        from.head(row, head).iter().map(|x| f64::from(*x)).collect();
                    if norm.is_some() {
                        let mean = x.iter().map(|x| x * x).sum::<f64>() / dim as f64;
                        for (x, weight) in x.iter_mut().zip(&weight) {
                            *x *= f64::from(*weight) / (mean + 1e-6).sqrt();
                        }
                    }
                    for i in 0..dim {
                        let (sine, cosine) = (*position as f64 * frequencies[i % half]).sin_cos();
                        let other = if i < half { -x[i + half] } else { x[i - half] };
                        expected.push((x[i] * cosine + other * sine) as f32);
                    }
                }
            }
            for level in Level::all() {
                let mut out = vec![0.0; expected.len()];
                rotate_at(level, &team, &angles, (&from, norm), &mut out);
                near(&out, &expected, 2e-6, &format!("{level:?} {dim}"));
            }
        }
    }
}

#[test]
fn a_team_does_each_item_once_and_can_be_called_again() {
    for threads in [1, 2, 5] {
        let team = Team::new(threads);
        for round in 0..200 {
            let items = round % 37;
            let counts: Vec<_> = (0..items).map(|_| AtomicUsize::new(0)).collect();
            team.run(items, &|item| {
                counts[item].fetch_add(1, Ordering::Relaxed);
            });
            assert!(
                counts
                    .iter()
                    .all(|count| count.load(Ordering::Relaxed) == 1)
            );
        }
    }
}

#[test]
fn a_call_from_within_the_work_or_from_another_thread_is_done_all_the_same() {
    let team = Team::new(3);
    let count = AtomicUsize::new(0);
    let add = |_| {
        count.fetch_add(1, Ordering::Relaxed);
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| team.run(10, &|_| team.run(10, &add)));
        }
    });
    assert_eq!(count.into_inner(), 400);
}

#[test]
fn a_panic_in_the_work_reaches_the_caller_and_the_team_goes_on() {
    let team = Team::new(2);
    for round in 0..20 {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            team.run(50, &|item| assert!(item != round, "item {item}"));
        }));
        let message = outcome.unwrap_err();
        let message = message.downcast_ref::<String>().unwrap();
        assert_eq!(*message, format!("item {round}"));
    }
    let count = AtomicUsize::new(0);
    team.run(50, &|_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    assert_eq!(count.into_inner(), 50);
}
