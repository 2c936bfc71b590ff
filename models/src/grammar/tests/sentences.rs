//! Sentences that cite their passages, from random logits: the form in which agents have answers worded.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::random::{grammars, vocabulary, write};
use crate::chat::Constraint;
use crate::file::{CallFormat, reference};
use crate::grammar::{Grammars, Vocabulary, check};

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
fn many_sentences_all_cite() {
    let Times { made, steps } = answer(200);
    print(
        &format!("{} tokens", vocabulary()),
        [("made", made), ("token", steps)],
    );
}

#[expect(clippy::print_stdout, reason = "figures are what it is run for")]
fn print<const N: usize>(title: &str, rows: [(&str, Vec<Duration>); N]) {
    for (what, mut times) in rows {
        times.sort_unstable();
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_micros();
        let mean = times.iter().sum::<Duration>().as_micros() / times.len() as u128;
        println!(
            "{title}; {what}: {} times, microseconds: mean {mean}, p50 {}, p99 {}, p99.9 {}, most {}",
            times.len(),
            at(0.5),
            at(0.99),
            at(0.999),
            at(1.0)
        );
    }
}

/// Sentences of documents under the vocabularies of real models, cut as these cut them: what the mask costs in an answer
/// that makes sense. `scripts/reference` fetches the vocabularies.
///
/// `cargo test --release --workspace --lib real_vocabularies -- --ignored --nocapture`.
#[test]
#[ignore = "measures"]
#[expect(clippy::print_stdout, reason = "its figures are what it is run for")]
fn real_vocabularies_write_documents() {
    for name in ["qwen2", "llama-bpe"] {
        let Some(tokenizer) = reference::tokenizer(name).map(Arc::new) else {
            return;
        };
        let start = Instant::now();
        let grammars = Grammars::new(name, Vocabulary::of(&tokenizer)).unwrap();
        println!(
            "{name}: {} tokens, prepared in {} ms",
            tokenizer.vocabulary(),
            start.elapsed().as_millis()
        );
        let (mut made, mut steps) = (Vec::new(), Vec::new());
        let mut looked = Vec::new();
        for text in answers() {
            let tokens = tokenizer.encode(&text, false);
            let start = Instant::now();
            let constraint = Constraint::Regex(PATTERN.into());
            let mut mask = grammars
                .mask(&constraint, &[], CallFormat::Qwen, tokens.len() + 40)
                .unwrap();
            made.push(start.elapsed());
            for token in tokens {
                let start = Instant::now();
                assert!(mask.allows(token), "{token} in {text}");
                let told = start.elapsed();
                let word = mask.allowed()[token as usize / 32];
                looked.push(start.elapsed() - told);
                let start = Instant::now();
                assert!(word >> (token % 32) & 1 == 1, "{token} in {text}");
                assert_eq!(mask.accept(token), token, "{text}");
                steps.push(told + start.elapsed());
            }
            assert!(mask.needed() == 0, "{text}");
        }
        print(
            name,
            [
                ("made", made),
                ("likeliest token", steps),
                ("all tokens", looked),
            ],
        );
    }
}

/// Answers of four sentences each, from the documents of Helan.
fn answers() -> Vec<String> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora/helan/docs");
    let mut files: Vec<_> = std::fs::read_dir(docs)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let texts = files
        .iter()
        .filter_map(|file| std::fs::read_to_string(file).ok());
    let fits = |sentence: &str| {
        (4..=120).contains(&sentence.chars().count())
            && !sentence.contains(|letter| "[]【】〔〕<>。！？\r\n\t".contains(letter))
    };
    let sentences: Vec<String> = texts
        .flat_map(|text| {
            text.split(['。', '\n'])
                .map(str::trim)
                .filter(|it| fits(it))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    let answers = sentences.chunks(4).take(100);
    answers
        .map(|chunk| {
            let cited = (1..)
                .zip(chunk)
                .map(|(number, sentence)| format!("{sentence}。[{number}]"));
            cited.collect()
        })
        .collect()
}
