//! Past replies: `replies.jsonl` beside `agent.toml`. They show how something was answered before, with number and date, and
//! are never a basis: nothing cites them.

use std::collections::HashSet;

use corpora::fold::{fold, terms};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::view::ExampleView;
use crate::error::Error;
use crate::value::fold::Folded;

/// A past reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastReply {
    /// Its number, as 和热答〔2025〕12号.
    pub number: String,
    /// When it was sent.
    pub date: Date,
    /// What it was about.
    pub subject: String,
    /// What it said, without names.
    pub text: String,
}

/// Examples shown for one draft.
const SHOWN: usize = 3;

/// Share of the words of a subject that a point must have.
const NEAR: f32 = 0.4;

impl PastReply {
    /// Reads a file of replies, one JSON object a line; `file` is its name for messages.
    ///
    /// # Errors
    /// [`Error::Data`] with the line.
    pub fn parse(file: &str, text: &str) -> Result<Vec<Self>, Error> {
        let lines = text.lines().enumerate();
        let lines = lines.filter(|(_, line)| !line.trim().is_empty());
        lines
            .map(|(at, line)| {
                serde_json::from_str(line).map_err(|error| Error::Data {
                    file: file.to_owned(),
                    message: format!("line {}: {error}", at + 1),
                })
            })
            .collect()
    }

    /// Whether `sentence` is taken from it, or names it.
    pub(super) fn says(&self, sentence: &str) -> bool {
        let words = Folded::words(sentence).chars;
        let own = Folded::words(&self.text).chars;
        let number = Folded::words(&self.number).chars;
        let within = |all: &[char], part: &[char]| {
            part.len() >= 6 && all.windows(part.len()).any(|window| window == part)
        };
        within(&own, &words) || within(&words, &number)
    }

    /// Share of the words of its subject that stand in a text.
    fn near(&self, text: &HashSet<String>) -> f32 {
        let words: HashSet<String> = bigrams(&self.subject).collect();
        let shared = words.intersection(text).count();
        shared as f32 / words.len().max(1) as f32
    }
}

fn bigrams(text: &str) -> impl Iterator<Item = String> {
    let words = terms(&fold(text)).into_iter();
    words.filter(|word| word.chars().nth(1).is_some())
}

/// The past replies on something like these points, the nearest first, each with the points it is like.
pub(super) fn near(replies: &[PastReply], points: &[(usize, &str)]) -> Vec<ExampleView> {
    let points: Vec<(usize, HashSet<String>)> = points
        .iter()
        .map(|(number, text)| (*number, bigrams(text).collect()))
        .collect();
    let mut found: Vec<(f32, ExampleView)> = Vec::new();
    for reply in replies {
        let shares = points
            .iter()
            .map(|(number, words)| (*number, reply.near(words)));
        let like: Vec<(usize, f32)> = shares.filter(|(_, share)| *share >= NEAR).collect();
        let best = like.iter().map(|(_, share)| *share).fold(0.0, f32::max);
        if !like.is_empty() {
            let PastReply {
                number,
                date,
                subject,
                text,
            } = reply.clone();
            let points = like.into_iter().map(|(number, _)| number).collect();
            found.push((
                best,
                ExampleView {
                    number,
                    date,
                    subject,
                    text,
                    points,
                },
            ));
        }
    }
    found.sort_by(|left, right| {
        let order = right.0.total_cmp(&left.0);
        order.then_with(|| right.1.date.cmp(&left.1.date))
    });
    found
        .into_iter()
        .map(|(_, example)| example)
        .take(SHOWN)
        .collect()
}
