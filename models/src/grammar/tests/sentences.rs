//! Sentences that cite their passages, from random logits: the form in which agents have answers worded.

use std::time::{Duration, Instant};

use super::random::{grammars, vocabulary, write};
use crate::chat::Constraint;
use crate::file::CallFormat;
use crate::grammar::check;

/// What agents ask for with twelve passages.
const PATTERN: &str = r"(?:[^\[\]【】〔〕<>。！？\r\n\t]{4,120}。(?:\[(?:1|2|3|4|5|6|7|8|9|10|11|12)\]){1,3}){1,6}|没有依据";

/// Times of the mask: to make each, and for each token.
#[derive(Default)]
struct Times {
    made: Vec<Duration>,
    steps: Vec<Duration>,
}

/// Writes and checks answers, with budgets from the least that is possible to plenty.
fn answer(count: u64) -> Times {
    let constraint = Constraint::Regex(PATTERN.into());
    let mask = |budget| {
        let mask = grammars().mask(&constraint, &[], CallFormat::Qwen, budget);
        mask.unwrap()
    };
    let needed = mask(1_000).needed();
    let mut times = Times::default();
    for seed in 0..count {
        let budget = [needed, needed + 1, needed + 30, 200, 600][seed as usize / 2 % 5];
        let start = Instant::now();
        let mask = mask(budget);
        times.made.push(start.elapsed());
        let written = write(mask, seed, budget);
        times
            .steps
            .extend(written.steps.iter().map(|(own, _)| *own));
        if let Err(reason) = check(&written.text, Some(&constraint), &[], CallFormat::Qwen, 0) {
            panic!("{reason}: {}", written.text);
        }
    }
    times
}

#[test]
fn random_logits_write_sentences_that_cite() {
    assert!(answer(20).steps.len() > 500);
}

/// `VOCABULARY=150000 cargo test --workspace --lib many_sentences -- --ignored --nocapture`.
#[test]
#[ignore = "takes a minute, and measures"]
#[expect(clippy::print_stdout, reason = "its figures are what it is run for")]
fn many_sentences_all_cite() {
    let Times { made, steps } = answer(200);
    for (what, mut times) in [("made", made), ("token", steps)] {
        times.sort_unstable();
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_micros();
        let mean = times.iter().sum::<Duration>().as_micros() / times.len() as u128;
        println!(
            "{} tokens; {what}: {} times, microseconds: mean {mean}, p50 {}, p99 {}, p99.9 {}, most {}",
            vocabulary(),
            times.len(),
            at(0.5),
            at(0.99),
            at(0.999),
            at(1.0)
        );
    }
}
