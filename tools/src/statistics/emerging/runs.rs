//! Runs of two to four characters as topics. Longer ones are counted only where all their parts came often, so that
//! what is held stays small; a run that never comes without a longer one is left out for the longer.

use std::collections::HashMap;

use super::spans::{Spans, Tally};
use super::{Test, Topic};
use crate::statistics::table::NO_PAIR;
use crate::statistics::words;

/// The pairs of a run, filled up with [`NO_PAIR`].
type Run = [u32; LONGEST - 1];

const SHORTEST: usize = 2;
const LONGEST: usize = 4;

/// Characters of a case that are looked at, so that a long text does not bring as many topics as it has words.
const SAID: usize = 300;

/// Characters with which no topic begins or ends: particles, pronouns and the like.
const EMPTY: &str = "的了是在我你您他她它们这那有和与就都也还又很不没吗呢吧啊呀么着过得地被把让给到从来去说要能会个一请";

pub(super) fn tests(spans: &Spans, least: usize) -> Vec<Test> {
    let names = &spans.table.names;
    let mut tests = Vec::new();
    let mut shorter = often(spans, SHORTEST, least, None);
    for length in SHORTEST..=LONGEST {
        let longer = match length {
            LONGEST => HashMap::new(),
            _ => often(spans, length + 1, least, Some(&shorter)),
        };
        let mut named = shorter.clone();
        // A run that could not name a topic stands for none of its parts.
        for (run, tally) in longer
            .iter()
            .filter(|(run, _)| is_name(&spelled(run, names)))
        {
            for part in parts(run, length + 1) {
                if named
                    .get(&part)
                    .is_some_and(|part| part.total() == tally.total())
                {
                    named.remove(&part);
                }
            }
        }
        tests.extend(
            named
                .iter()
                .filter_map(|(run, tally)| test(&spelled(run, names), *tally)),
        );
        shorter = longer;
    }
    // Maps have no order.
    tests.sort_unstable_by(|one, other| one.topic.cmp(&other.topic));
    tests
}

/// The runs of a length that may be topics.
pub(super) fn topics(words: &[char], length: usize) -> impl Iterator<Item = Topic> {
    words::runs(&words[..words.len().min(SAID + 1)], length).map(|run| Topic::Words {
        words: run.iter().collect(),
    })
}

/// How many characters a topic has if it is a run.
pub(super) fn length(topic: &Topic) -> Option<usize> {
    match topic {
        Topic::Words { words } => Some(words.chars().count()),
        Topic::ItemInDistrict { .. }
        | Topic::Item { .. }
        | Topic::Place { .. }
        | Topic::Category { .. } => None,
    }
}

/// Runs that came at least so often, made of parts that did.
fn often(
    spans: &Spans,
    length: usize,
    least: usize,
    parts_often: Option<&HashMap<Run, Tally>>,
) -> HashMap<Run, Tally> {
    let mut tallies: HashMap<Run, Tally> = HashMap::new();
    let mut known: Vec<bool> = Vec::new();
    for (span, at) in spans.all() {
        let pairs = &spans.table.pairs[at as usize];
        let pairs = &pairs[..pairs.len().min(SAID)];
        let person = spans.table.person(at);
        if let Some(parts_often) = parts_often {
            known.clear();
            let parts = pairs.windows(length - 2);
            known.extend(parts.map(|part| parts_often.contains_key(&filled(part))));
        }
        for (place, run) in pairs.windows(length - 1).enumerate() {
            let may_be_often = match parts_often {
                Some(_) => known[place] && known[place + 1],
                None => run[0] != NO_PAIR,
            };
            if may_be_often {
                tallies.entry(filled(run)).or_default().count(span, person);
            }
        }
    }
    tallies.retain(|_, tally| tally.total() >= least as u64);
    tallies
}

/// A test of a run, unless it could not name a topic.
fn test(run: &[char], tally: Tally) -> Option<Test> {
    is_name(run).then(|| Test {
        topic: Topic::Words {
            words: run.iter().collect(),
        },
        after: u64::from(tally.after),
        before: u64::from(tally.before),
    })
}

/// Whether a run can name a topic.
fn is_name(run: &[char]) -> bool {
    let empty = |char: Option<&char>| char.is_none_or(|char| EMPTY.contains(*char));
    let figures = run.iter().any(char::is_ascii_digit);
    !figures && !empty(run.first()) && !empty(run.last())
}

/// The two runs that are shorter by one.
fn parts(run: &Run, length: usize) -> impl Iterator<Item = Run> {
    [filled(&run[..length - 2]), filled(&run[1..length - 1])].into_iter()
}

fn filled(pairs: &[u32]) -> Run {
    let mut run = [NO_PAIR; LONGEST - 1];
    run[..pairs.len()].copy_from_slice(pairs);
    run
}

/// The characters of a run.
fn spelled(run: &Run, names: &[[char; 2]]) -> Vec<char> {
    let pairs = run.iter().filter_map(|pair| names.get(*pair as usize));
    let mut chars = Vec::with_capacity(LONGEST);
    for pair in pairs {
        if chars.is_empty() {
            chars.push(pair[0]);
        }
        chars.push(pair[1]);
    }
    chars
}
