//! How fast a model computes on this machine, by the work that people wait for. Random tokens, no sampling.
//!
//! It measures; nothing here judges, and no test looks at a time.

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::cache::{Cache, PAGE};
use super::decoder::{Chunk, Decoder};
use super::{LocalOptions, machine};
use crate::error::Error;
use crate::file::ModelFile;

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Which work.
    pub name: &'static str,
    /// The median of the rounds.
    pub value: f64,
    /// Of the value.
    pub unit: Unit,
}

/// What a value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Unit {
    /// More is better.
    #[serde(rename = "tokens/s")]
    TokensPerSecond,
    /// Less is better.
    #[serde(rename = "s")]
    Seconds,
}

impl Unit {
    /// As it is written behind a number.
    pub fn name(self) -> &'static str {
        match self {
            Self::TokensPerSecond => "tokens/s",
            Self::Seconds => "s",
        }
    }
}

/// The work of a row.
#[derive(Debug, Clone, Copy)]
enum Work {
    /// A prompt of so many tokens; the logits of its last one.
    Prefill(usize),
    /// One token after the other, with so many in the cache before.
    Decode(usize),
    /// So many answers at once, each after a prompt of its own; the tokens of all together.
    Sequences(usize),
    /// A question after so many tokens that are in the cache.
    FirstToken(usize),
}

const WORK: [(&str, Work); 8] = [
    ("prefill 512", Work::Prefill(512)),
    ("prefill 2048", Work::Prefill(2048)),
    ("decode", Work::Decode(0)),
    ("decode at 2048", Work::Decode(2048)),
    ("1 sequence", Work::Sequences(1)),
    ("4 sequences", Work::Sequences(4)),
    ("16 sequences", Work::Sequences(16)),
    ("first token after a cached 2048", Work::FirstToken(2048)),
];

/// Tokens of one step of a prefill, as the inference thread takes them when nobody else is there.
const STEP: usize = 512;
/// Tokens of an answer with an empty cache.
const ANSWER: usize = 64;
/// Tokens of an answer after many others, and of each of many answers.
const SHORT: usize = 32;
/// Prompt of each of many answers.
const PROMPT: usize = 128;
/// Most answers at once.
const MOST: usize = 16;

/// Runs all work `rounds` times after a warm-up, and hands each row to `each` as it is done.
///
/// # Errors
/// [`Error::File`] when the model cannot be loaded, [`Error::Unavailable`] when it does not compute.
pub fn bench(
    path: &Path,
    options: &LocalOptions,
    rounds: usize,
    mut each: impl FnMut(&Row),
) -> Result<Vec<Row>, Error> {
    let mut bench = Bench::load(&ModelFile::open(path)?, options)?;
    bench.prefill(0, STEP)?;
    let mut rows = Vec::with_capacity(WORK.len());
    for (name, work) in WORK {
        let mut values = Vec::with_capacity(rounds);
        for _ in 0..rounds.max(1) {
            values.push(bench.value(work)?);
        }
        values.sort_by(f64::total_cmp);
        let row = Row {
            name,
            value: values[values.len() / 2],
            unit: match work {
                Work::Prefill(_) | Work::Decode(_) | Work::Sequences(_) => Unit::TokensPerSecond,
                Work::FirstToken(_) => Unit::Seconds,
            },
        };
        each(&row);
        rows.push(row);
    }
    Ok(rows)
}

struct Bench {
    decoder: Decoder,
    cache: Cache,
    pages: Vec<u32>,
    tokens: u32,
}

impl Bench {
    fn load(file: &ModelFile, options: &LocalOptions) -> Result<Self, Error> {
        let pages = (2048 + ANSWER).max(MOST * (PROMPT + SHORT)).div_ceil(PAGE);
        let own = LocalOptions {
            context: 0,
            cache_tokens: pages * PAGE,
            ..options.clone()
        };
        let fits = file.fits(own.cache_bytes(file.shape()));
        fits.map_err(|error| match error {
            Error::File { file, reason } => Error::File {
                file,
                reason: format!(
                    "{reason}\nhint: measuring keeps {} tokens, whatever `model.toml` says; `local.cache = \"f16\"` halves their memory",
                    own.cache_tokens
                ),
            },
            other => other,
        })?;
        let decoder = Decoder::load(file, &machine(options)?)?;
        Ok(Self {
            tokens: decoder.shape().vocab as u32,
            cache: decoder.cache(pages)?,
            pages: (0..pages as u32).collect(),
            decoder,
        })
    }

    fn value(&mut self, work: Work) -> Result<f64, Error> {
        let per_second = |count: usize, time: Duration| count as f64 / time.as_secs_f64();
        Ok(match work {
            Work::Prefill(count) => per_second(count, self.prefill(0, count)?),
            Work::Decode(cached) => {
                self.prefill(0, cached)?;
                let answer = if cached == 0 { ANSWER } else { SHORT };
                let begun = Instant::now();
                for position in cached..cached + answer {
                    self.prefill(position, 1)?;
                }
                per_second(answer, begun.elapsed())
            }
            Work::Sequences(count) => per_second(count * SHORT, self.together(count)?),
            Work::FirstToken(cached) => {
                self.prefill(0, cached)?;
                self.prefill(cached, SHORT)?.as_secs_f64()
            }
        })
    }

    /// A token that nobody chose.
    fn token(&self, position: usize) -> u32 {
        (position as u32).wrapping_mul(2_654_435_761) % self.tokens
    }

    /// Computes `count` tokens from `position` on.
    fn prefill(&mut self, position: usize, count: usize) -> Result<Duration, Error> {
        let tokens: Vec<u32> = (position..position + count)
            .map(|position| self.token(position))
            .collect();
        let begun = Instant::now();
        for (index, step) in tokens.chunks(STEP).enumerate() {
            let position = position + index * STEP;
            let chunk = Chunk {
                tokens: step,
                position,
                pages: &self.pages,
                logits: index * STEP + step.len() == count,
            };
            self.decoder.forward(&mut self.cache, &[chunk])?;
        }
        Ok(begun.elapsed())
    }

    /// `count` answers of [`SHORT`] tokens, each after a prompt of [`PROMPT`].
    fn together(&mut self, count: usize) -> Result<Duration, Error> {
        let each = (PROMPT + SHORT).div_ceil(PAGE);
        let all = self.pages.clone();
        let pages: Vec<&[u32]> = all.chunks(each).take(count).collect();
        let prompt: Vec<u32> = (0..PROMPT).map(|position| self.token(position)).collect();
        for pages in &pages {
            let chunk = Chunk {
                tokens: &prompt,
                position: 0,
                pages,
                logits: false,
            };
            self.decoder.forward(&mut self.cache, &[chunk])?;
        }
        let begun = Instant::now();
        for position in PROMPT..PROMPT + SHORT {
            let tokens: Vec<u32> = (0..count)
                .map(|sequence| self.token(position + sequence))
                .collect();
            let chunks: Vec<Chunk<'_>> = pages
                .iter()
                .zip(tokens.chunks(1))
                .map(|(pages, tokens)| Chunk {
                    tokens,
                    position,
                    pages,
                    logits: true,
                })
                .collect();
            self.decoder.forward(&mut self.cache, &chunks)?;
        }
        Ok(begun.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::CacheFormat;

    #[test]
    fn a_cache_that_does_not_fit_is_refused_before_anything_is_loaded() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny/qwen3-q8_0.gguf");
        let options = LocalOptions {
            cache: CacheFormat::F32,
            ..LocalOptions::default()
        };
        let file = ModelFile::open(&path).unwrap();
        let needed = file.needed_bytes(0);
        let cache = 2560 * file.shape().cache_bytes_per_token(4) as u64;
        for (spare, fits) in [(cache, true), (cache - 1, false)] {
            let file = ModelFile::open_within(&path, Some(needed + spare)).unwrap();
            assert_eq!(Bench::load(&file, &options).is_ok(), fits);
        }
    }

    #[test]
    fn every_row_is_measured_once_and_in_order() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny/qwen3-q8_0.gguf");
        let mut seen = Vec::new();
        let rows = bench(&path, &LocalOptions::default(), 1, |row| {
            seen.push(row.clone());
        })
        .unwrap();
        assert_eq!(rows, seen);
        assert_eq!(rows.len(), WORK.len());
        assert!(
            rows.iter()
                .all(|row| row.value.is_finite() && row.value > 0.0)
        );
    }
}
