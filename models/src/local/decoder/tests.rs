//! Logits beside those of PyPI `transformers`. `models/tests/data/README.md` says how the files were made.

#![expect(clippy::print_stdout, reason = "the tables of `docs/parity.md`")]

use std::path::PathBuf;
use std::sync::Arc;

use candle_core::{Device, Tensor};
use rstest::rstest;

use super::*;
use crate::kernel::Team;

const FOLDERS: [&str; 3] = ["qwen2", "qwen3", "llama"];

/// The largest difference to transformers that is allowed where weights are f32.
const EXACT: f32 = 1e-4;

fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/tiny")
        .join(name)
}

fn kernel(threads: usize) -> Ops {
    Ops::Kernel(Arc::new(Team::new(threads)))
}

/// On the first GPU where a feature and a machine have one, else on the CPU.
fn composed() -> Ops {
    Ops::Composed(Device::cuda_if_available(0).unwrap())
}

fn open(name: &str, ops: Ops, cache: CacheFormat) -> Decoder {
    let file = ModelFile::open(&data(name)).unwrap();
    Decoder::with_ops(&file, ops, cache).unwrap()
}

/// What transformers computed.
struct Golden(std::collections::HashMap<String, Tensor>);

impl Golden {
    fn of(name: &str) -> Self {
        let stem = name.trim_end_matches(".gguf");
        let path = data(&format!("golden/{stem}.safetensors"));
        Self(candle_core::safetensors::load(path, &Device::Cpu).unwrap())
    }

    fn tokens(&self, letter: &str) -> Vec<u32> {
        self.0[&format!("tokens.{letter}")].to_vec1().unwrap()
    }

    /// Positions and their logits.
    fn logits(&self, letter: &str) -> Vec<(usize, Vec<f32>)> {
        self.rows(letter, &format!("logits.{letter}"))
    }

    fn rows(&self, letter: &str, logits: &str) -> Vec<(usize, Vec<f32>)> {
        let rows = self.0[&format!("rows.{letter}")].to_vec1::<u32>().unwrap();
        let logits = self.0[logits].to_vec2().unwrap();
        rows.into_iter()
            .map(|row| row as usize)
            .zip(logits)
            .collect()
    }

    fn at(&self, letter: &str, position: usize) -> Vec<f32> {
        let mut all = self.logits(letter).into_iter();
        all.find(|(row, _)| *row == position).unwrap().1
    }
}

fn difference(ours: &[f32], theirs: &[f32]) -> f32 {
    assert_eq!(ours.len(), theirs.len());
    let pairs = ours.iter().zip(theirs);
    pairs
        .map(|(ours, theirs)| (ours - theirs).abs())
        .fold(0.0, |most, next| {
            if next.is_nan() {
                f32::INFINITY
            } else {
                most.max(next)
            }
        })
}

/// A sequence whose pages lie anywhere.
struct Sequence {
    tokens: Vec<u32>,
    pages: Vec<u32>,
}

impl Sequence {
    fn chunk(&self, from: usize, to: usize) -> Chunk<'_> {
        Chunk {
            tokens: &self.tokens[from..to],
            position: from,
            pages: &self.pages,
            logits: true,
        }
    }
}

/// Computes a sequence in chunks of these sizes (the last one repeats); the logits at the end of each.
fn run(
    decoder: &Decoder,
    cache: &mut Cache,
    sequence: &Sequence,
    sizes: &[usize],
) -> Vec<(usize, Vec<f32>)> {
    let mut sizes = sizes
        .iter()
        .copied()
        .chain(std::iter::repeat(*sizes.last().unwrap()));
    let mut all = Vec::new();
    let mut from = 0;
    while from < sequence.tokens.len() {
        let to = (from + sizes.next().unwrap()).min(sequence.tokens.len());
        let logits = decoder.forward(cache, &[sequence.chunk(from, to)]).unwrap();
        all.push((to - 1, logits.into_iter().next().unwrap()));
        from = to;
    }
    all
}

fn whole_pages(tokens: usize, first: u32) -> Vec<u32> {
    // Backwards, so that neighbours in the sequence are none in memory.
    (first..first + tokens.div_ceil(PAGE) as u32)
        .rev()
        .collect()
}

fn furthest(found: &[(usize, Vec<f32>)], golden: &Golden, letter: &str) -> f32 {
    let expected = golden.logits(letter);
    let known = found.iter().filter_map(|(row, logits)| {
        let (_, expected) = expected.iter().find(|(position, _)| position == row)?;
        Some(difference(logits, expected))
    });
    known.fold(0.0, f32::max)
}

#[rstest]
#[case::whole(&[1000])]
#[case::chunks_of_5(&[5])]
#[case::uneven_chunks(&[31, 2, 1, 14])]
#[case::token_by_token(&[1])]
#[case::prompt_then_tokens(&[33, 1])]
fn logits_are_those_of_transformers(#[case] sizes: &[usize]) {
    for name in FOLDERS {
        let golden = Golden::of(name);
        for ops in [kernel(2), composed()] {
            let decoder = open(name, ops, CacheFormat::F32);
            for letter in ["a", "b", "c"] {
                let tokens = golden.tokens(letter);
                let pages = whole_pages(tokens.len(), 1);
                let mut cache = decoder.cache(4).unwrap();
                let found = run(&decoder, &mut cache, &Sequence { tokens, pages }, sizes);
                let most = furthest(&found, &golden, letter);
                assert!(most <= EXACT, "{name} {letter} {sizes:?}: {most:e}");
            }
        }
    }
}

#[test]
fn every_prefix_is_a_prompt() {
    for name in FOLDERS {
        let golden = Golden::of(name);
        let decoder = open(name, kernel(2), CacheFormat::F32);
        let mut cache = decoder.cache(2).unwrap();
        let tokens = golden.tokens("a");
        for length in 1..=tokens.len() {
            let sequence = Sequence {
                tokens: tokens[..length].to_vec(),
                pages: vec![1, 0],
            };
            let found = run(&decoder, &mut cache, &sequence, &[length]);
            let most = furthest(&found, &golden, "a");
            assert!(most <= EXACT, "{name} {length}: {most:e}");
        }
    }
}

/// Candle-transformers 0.11.1 panics here.
#[test]
fn three_sequences_of_different_length_in_one_batch() {
    for name in FOLDERS {
        let golden = Golden::of(name);
        for ops in [kernel(2), composed()] {
            let decoder = open(name, ops, CacheFormat::F32);
            let mut cache = decoder.cache(5).unwrap();
            let sequences =
                [("a", vec![4, 0]), ("b", vec![2]), ("c", vec![3, 1])].map(|(letter, pages)| {
                    Sequence {
                        tokens: golden.tokens(letter),
                        pages,
                    }
                });
            let ends = sequences.each_ref().map(|sequence| sequence.tokens.len());
            // All prompts but their last token at once, then one token each.
            for (from, to) in [
                ([0; 3], ends.map(|end| end - 1)),
                (ends.map(|end| end - 1), ends),
            ] {
                let chunks: Vec<_> = (0..3).map(|i| sequences[i].chunk(from[i], to[i])).collect();
                let logits = decoder.forward(&mut cache, &chunks).unwrap();
                for (i, letter) in ["a", "b", "c"].into_iter().enumerate() {
                    let most = difference(&logits[i], &golden.at(letter, to[i] - 1));
                    assert!(most <= EXACT, "{name} {letter}: {most:e}");
                }
            }
        }
    }
}

/// Candle-transformers 0.11.1 errs by 2.14 here: its decode writes one cache and its prefill reads another.
#[test]
fn prefill_then_decode_then_prefill_on_a_kept_cache() {
    for name in FOLDERS {
        let golden = Golden::of(name);
        for ops in [kernel(2), composed()] {
            let decoder = open(name, ops, CacheFormat::F32);
            let mut cache = decoder.cache(2).unwrap();
            let sequence = Sequence {
                tokens: golden.tokens("a"),
                pages: vec![0, 1],
            };
            let found = run(&decoder, &mut cache, &sequence, &[20, 1, 1, 1, 15, 1, 9]);
            let most = furthest(&found, &golden, "a");
            assert!(most <= EXACT, "{name}: {most:e}");
            // Other tokens after a kept prefix, in another page, then the first ones again.
            let mut other = Sequence {
                tokens: sequence.tokens[..32].to_vec(),
                pages: vec![0],
            };
            other.tokens.extend(golden.tokens("b"));
            let mut more = decoder.cache(3).unwrap();
            other.pages.push(2);
            let alone = run(&decoder, &mut more, &other, &[39]);
            let mut shared = decoder.cache(3).unwrap();
            run(&decoder, &mut shared, &sequence, &[48]);
            let after = decoder
                .forward(&mut shared, &[other.chunk(32, 39)])
                .unwrap();
            assert!(difference(&after[0], &alone[0].1) <= EXACT, "{name}");
            let again = decoder
                .forward(&mut shared, &[sequence.chunk(40, 48)])
                .unwrap();
            assert!(
                difference(&again[0], &golden.at("a", 47)) <= EXACT,
                "{name}"
            );
        }
    }
}

/// Candle-transformers 0.11.1 builds the rotary table in f16 here: at position 2,049 its cosines err by 1.1.
#[rstest]
#[case(kernel(2), "kernel", 20_101)]
#[case(composed(), "composed", 2_101)]
fn far_positions_are_rotated_in_f32(#[case] ops: Ops, #[case] way: &str, #[case] tokens: usize) {
    for name in FOLDERS {
        let golden = Golden::of(name);
        let decoder = open(name, ops.clone(), CacheFormat::F32);
        let mut cache = decoder.cache(tokens.div_ceil(PAGE)).unwrap();
        let sequence = Sequence {
            tokens: golden.tokens("long")[..tokens].to_vec(),
            pages: whole_pages(tokens, 0),
        };
        let rows = golden.rows("long", "logits.exact").into_iter();
        let theirs = golden.logits("long").into_iter();
        let mut from = 0;
        for ((row, exact), (_, theirs)) in rows.zip(theirs).filter(|((row, _), _)| *row < tokens) {
            while row + 1 - from > 512 {
                let mut chunk = sequence.chunk(from, from + 512);
                chunk.logits = false;
                assert!(decoder.forward(&mut cache, &[chunk]).unwrap().is_empty());
                from += 512;
            }
            let found = decoder
                .forward(&mut cache, &[sequence.chunk(from, row + 1)])
                .unwrap();
            from = row + 1;
            let (most, angles) = (difference(&found[0], &exact), difference(&exact, &theirs));
            println!("| {name} | {way} | {row} | {most:.1e} | f32 angles: {angles:.1e} |");
            assert!(most <= EXACT, "{name} position {row}: {most:e}");
        }
    }
}

/// Weights, and the largest difference that is allowed where integers are multiplied. Those products round activations to
/// 8 bits, whichever type the weights have; without them every type is as exact as f32.
const WEIGHTS: [(&str, f32); 10] = [
    ("qwen2", EXACT),
    ("qwen3", EXACT),
    ("llama", EXACT),
    ("qwen3-f16.gguf", EXACT),
    ("qwen3-bf16.gguf", EXACT),
    ("qwen3-q8_0.gguf", 0.15),
    ("qwen3-q6_k.gguf", 0.15),
    ("qwen3-q4_k_m.gguf", 0.15),
    ("qwen2-q4_k_m.gguf", 0.15),
    ("llama-q4_k_m.gguf", 0.15),
];

/// What a way may err where our kernels may err by `kernel`. Candle multiplies integers on a GPU as well, and rounds the
/// sums of activations to f16 besides.
fn allowed(ops: &Ops, kernel: f32) -> f32 {
    match ops {
        Ops::Kernel(_) => kernel,
        Ops::Composed(device) if device.is_cpu() || kernel <= EXACT => EXACT,
        Ops::Composed(_) => 2.0 * kernel,
    }
}

/// What keys and values in f16 may add.
const HALF_CACHE: f32 = 1e-2;

/// Prints the table of `docs/parity.md`.
#[test]
fn each_type_of_weights_stays_within_its_tolerance() {
    println!("| weights | way | cache | allowed | whole | chunks of 5 | token by token |");
    println!("|---|---|---|---|---|---|---|");
    for (name, tolerance) in WEIGHTS {
        for (ops, way) in [(kernel(2), "kernel"), (composed(), "composed")] {
            for cache_type in [CacheFormat::F32, CacheFormat::F16] {
                let mut allowed = allowed(&ops, tolerance);
                if cache_type == CacheFormat::F16 {
                    allowed = allowed.max(HALF_CACHE);
                }
                let decoder = open(name, ops.clone(), cache_type);
                let most = [1000, 5, 1].map(|size| furthest_of_all(&decoder, name, size));
                println!(
                    "| {name} | {way} | {cache_type:?} | {allowed:.1e} | {:.1e} | {:.1e} | {:.1e} |",
                    most[0], most[1], most[2]
                );
                assert!(
                    most.iter().all(|most| *most <= allowed),
                    "{name} {way}: {most:?}"
                );
            }
        }
    }
}

fn furthest_of_all(decoder: &Decoder, name: &str, size: usize) -> f32 {
    let golden = Golden::of(name);
    let mut cache = decoder.cache(2).unwrap();
    let letters = ["a", "b", "c"].map(|letter| {
        let tokens = golden.tokens(letter);
        let pages = whole_pages(tokens.len(), 0);
        let found = run(decoder, &mut cache, &Sequence { tokens, pages }, &[size]);
        furthest(&found, &golden, letter)
    });
    letters.into_iter().fold(0.0, f32::max)
}

#[rstest]
#[case("qwen2")]
#[case("qwen3")]
#[case("llama")]
#[case("qwen3-q4_k_m.gguf")]
#[case("qwen2-q4_k_m.gguf")]
#[case("llama-q4_k_m.gguf")]
#[case("qwen3-q6_k.gguf")]
#[case("qwen3-q8_0.gguf")]
#[case("qwen3-f16.gguf")]
#[case("qwen3-bf16.gguf")]
fn bits_do_not_depend_on_company_chunks_or_threads(#[case] name: &str) {
    let golden = Golden::of(name);
    let bits = |logits: &[f32]| logits.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    let tokens = golden.tokens("a");
    let length = tokens.len();
    let alone = {
        let decoder = open(name, kernel(1), CacheFormat::F16);
        let mut cache = decoder.cache(2).unwrap();
        let pages = vec![0, 1];
        run(
            &decoder,
            &mut cache,
            &Sequence {
                tokens: tokens.clone(),
                pages,
            },
            &[length],
        )
    };
    let decoder = open(name, kernel(3), CacheFormat::F16);
    let mut cache = decoder.cache(32).unwrap();
    let sequences: Vec<Sequence> = (0..16)
        .map(|index| Sequence {
            // The others have other tokens and other lengths; the ninth is the one in question.
            tokens: if index == 8 {
                tokens.clone()
            } else {
                tokens
                    .iter()
                    .rev()
                    .cycle()
                    .skip(index)
                    .take(length - index)
                    .copied()
                    .collect()
            },
            pages: vec![31 - index as u32, index as u32],
        })
        .collect();
    let mut done = [0; 16];
    let mut last = Vec::new();
    for step in 1.. {
        let mut chunks = Vec::new();
        let mut place = None;
        for (index, sequence) in sequences.iter().enumerate() {
            let size = 1 + (step * 7 + index * 5) % 11;
            let to = (done[index] + size).min(sequence.tokens.len());
            if to > done[index] {
                if index == 8 {
                    place = Some(chunks.len());
                }
                chunks.push(sequence.chunk(done[index], to));
                done[index] = to;
            }
        }
        if chunks.is_empty() {
            break;
        }
        let logits = decoder.forward(&mut cache, &chunks).unwrap();
        if let Some(place) = place {
            last.clone_from(&logits[place]);
        }
    }
    assert_eq!(bits(&last), bits(&alone[0].1));
}

#[test]
fn what_does_not_fit_is_refused() {
    let decoder = open("qwen3", kernel(1), CacheFormat::F16);
    let mut cache = decoder.cache(2).unwrap();
    let vocab = decoder.shape().vocab as u32;
    let mut reason = |tokens: &[u32], position, pages: &[u32]| {
        let chunk = Chunk {
            tokens,
            position,
            pages,
            logits: true,
        };
        decoder
            .forward(&mut cache, &[chunk])
            .unwrap_err()
            .to_string()
    };
    insta::assert_snapshot!(reason(&[], 0, &[0]), @"model `qwen3` is not available: a chunk has no tokens");
    insta::assert_snapshot!(reason(&[1], 32, &[0]), @"model `qwen3` is not available: 33 tokens do not fit in 1 pages");
    insta::assert_snapshot!(reason(&[1], usize::MAX, &[0]), @"model `qwen3` is not available: 18446744073709551615 tokens do not fit in 1 pages");
    insta::assert_snapshot!(reason(&[1], 0, &[2]), @"model `qwen3` is not available: there is no page 2 in this cache");
    insta::assert_snapshot!(reason(&[vocab], 0, &[0]), @"model `qwen3` is not available: there is no token 768 in this vocabulary");
    assert!(decoder.forward(&mut cache, &[]).unwrap().is_empty());
}
