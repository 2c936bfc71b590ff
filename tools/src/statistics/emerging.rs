//! What came more often in a window than before: categories, items, places and words, each tested and all judged
//! together.
//!
//! The window is compared with copies of itself, whole weeks earlier, so that each weekday meets its like. A person
//! counts once for a topic in each copy: one who writes every day raises nothing. Whether a rate has risen is an exact
//! test; over all tests made, the share of false topics is bounded, each kind of topic having the same part in it, so
//! that the many runs of characters do not drown the few categories. Tests are chosen by how often a topic came in
//! window and baseline together, which says nothing of when it came.
//!
//! A steady growth, a season or a holiday is found as well: why something rises is not known here.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use serde::Serialize;

use super::significance;
use super::table::Table;
use super::{Figure, Limits};
use crate::order::rates::Period;

mod runs;
mod spans;

use spans::{Fact, Spans, Tally, facts};

/// What orders have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Topic {
    /// An item in a district.
    ItemInDistrict {
        /// The item.
        item: String,
        /// The district.
        district: String,
    },
    /// An item.
    Item {
        /// The item.
        item: String,
    },
    /// A place.
    Place {
        /// The place.
        place: String,
    },
    /// A category.
    Category {
        /// The category.
        category: String,
    },
    /// Characters that stand side by side.
    Words {
        /// The characters.
        words: String,
    },
}

impl Topic {
    /// What it is called.
    pub fn name(&self) -> String {
        match self {
            Self::ItemInDistrict { item, district } => format!("{district}的“{item}”"),
            Self::Item { item } => format!("“{item}”"),
            Self::Place { place } => place.clone(),
            Self::Category { category } => format!("{category}类"),
            Self::Words { words } => format!("说到“{words}”的"),
        }
    }
}

/// What rises, and how it was found.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Emerging {
    /// How many tests were made.
    pub tests: u64,
    /// With how many earlier copies of the window it was compared; with none, nothing is tested.
    pub spans: u64,
    /// What rises, the least likely by chance first.
    pub rises: Vec<Rise>,
}

/// A topic that rises.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rise {
    /// The topic.
    pub topic: Topic,
    /// Its people in the window, of all in it, with their cases.
    pub people: Figure,
    /// Its people in the earlier copies of the window, those of each added, of all in them.
    pub before: Figure,
    /// By how many times the rate grew; `None` if it came never before.
    pub ratio: Option<f64>,
    /// How likely so many or more are if nothing had changed; of this test alone.
    pub chance: f64,
    /// Further topics that rise, half of whose cases or more are the same.
    pub also: Vec<Topic>,
    /// The figures in a sentence.
    pub why: String,
}

/// Rising topics whose cases are looked up, the least likely by chance first.
const LOOKED_UP: usize = 400;

pub(super) fn emerging(
    table: &Table,
    window: Period,
    baseline: Period,
    now: Timestamp,
    limits: &Limits,
) -> Emerging {
    // The rest of the window has not come yet, nor may it be compared.
    let to = window.to.min(now).max(window.from);
    let spans = Spans::new(table, Period { to, ..window }, baseline);
    if spans.before.is_empty() {
        return Emerging::default();
    }
    let mut tests = tests(&spans, limits.topic_people);
    tests.extend(runs::tests(&spans, limits.topic_people));
    let made = tests.len() as u64;
    let rising = rising(tests, &spans, limits);
    let mut rises = joined(cases(&spans, rising));
    rises.truncate(limits.topics);
    let (now, ever) = spans.people();
    Emerging {
        tests: made,
        spans: spans.before.len() as u64,
        rises: rises
            .into_iter()
            .map(|found| found.finish(&spans, now, ever))
            .collect(),
    }
}

/// A topic with its numbers.
struct Test {
    topic: Topic,
    after: u64,
    before: u64,
}

/// A test that is significant, with its cases.
struct Found {
    test: Test,
    chance: f64,
    after: Vec<u32>,
    before: Vec<u32>,
    also: Vec<Topic>,
}

/// Tests of the topics that stand in the fields of the cases.
fn tests(spans: &Spans, least: usize) -> Vec<Test> {
    let mut tallies: HashMap<Fact, Tally> = HashMap::new();
    for (span, at) in spans.all() {
        for fact in facts(spans.table.case(at)) {
            let person = spans.table.person(at);
            tallies.entry(fact).or_default().count(span, person);
        }
    }
    let often = tallies
        .into_iter()
        .filter(|(_, tally)| tally.total() >= least as u64);
    let mut tests: Vec<Test> = often
        .map(|(fact, tally)| Test {
            topic: fact.topic(),
            after: u64::from(tally.after),
            before: u64::from(tally.before),
        })
        .collect();
    // Maps have no order.
    tests.sort_unstable_by(|one, other| one.topic.cmp(&other.topic));
    tests
}

/// The tests that are significant and large enough to be told, the least likely by chance first.
fn rising(tests: Vec<Test>, spans: &Spans, limits: &Limits) -> Vec<Found> {
    let copies = spans.before.len() as u64;
    let weights = weights(&tests);
    let chances: Vec<f64> = tests
        .iter()
        .map(|test| significance::rise(test.after, test.before, copies))
        .collect();
    let weighted: Vec<f64> = chances
        .iter()
        .zip(&tests)
        .map(|(chance, test)| chance / weights[&kind(&test.topic)])
        .collect();
    let Some(cutoff) = significance::cutoff(&weighted, limits.false_share) else {
        return Vec::new();
    };
    let judged = tests.into_iter().zip(chances).zip(weighted);
    let mut found: Vec<Found> = judged
        .filter(|((test, _), weighted)| {
            let enough = test.after >= limits.topic_people as u64;
            let grown = ratio(test, copies).is_none_or(|ratio| ratio >= limits.ratio);
            *weighted <= cutoff && enough && grown
        })
        .map(|((test, chance), _)| Found::new(test, chance))
        .collect();
    found.sort_by(|one, other| {
        let by = one.chance.total_cmp(&other.chance);
        by.then_with(|| one.test.topic.cmp(&other.test.topic))
    });
    found.truncate(LOOKED_UP);
    found
}

/// For each kind of topic the weight of its tests: one on average, and the same for all kinds together.
fn weights(tests: &[Test]) -> BTreeMap<u8, f64> {
    let mut counts: BTreeMap<u8, f64> = BTreeMap::new();
    for test in tests {
        *counts.entry(kind(&test.topic)).or_default() += 1.0;
    }
    let each = tests.len() as f64 / counts.len().max(1) as f64;
    counts
        .into_iter()
        .map(|(kind, count)| (kind, each / count))
        .collect()
}

fn kind(topic: &Topic) -> u8 {
    match topic {
        Topic::ItemInDistrict { .. } => 0,
        Topic::Item { .. } => 1,
        Topic::Place { .. } => 2,
        Topic::Category { .. } => 3,
        Topic::Words { .. } => 4,
    }
}

fn ratio(test: &Test, copies: u64) -> Option<f64> {
    (test.before > 0).then(|| test.after as f64 * copies as f64 / test.before as f64)
}

/// Looks up the cases of the topics.
fn cases(spans: &Spans, mut found: Vec<Found>) -> Vec<Found> {
    if found.is_empty() {
        return found;
    }
    let places: HashMap<Topic, usize> = found
        .iter()
        .map(|it| it.test.topic.clone())
        .zip(0..)
        .collect();
    let run_lengths: HashSet<usize> = found
        .iter()
        .filter_map(|it| runs::length(&it.test.topic))
        .collect();
    for (span, at) in spans.all() {
        let mut held: Vec<Topic> = facts(spans.table.case(at)).map(Fact::topic).collect();
        for length in &run_lengths {
            held.extend(runs::topics(&spans.table.words[at as usize], *length));
        }
        let held: HashSet<usize> = held
            .iter()
            .filter_map(|topic| places.get(topic).copied())
            .collect();
        for place in held {
            match span {
                1 => found[place].after.push(at),
                _ => found[place].before.push(at),
            }
        }
    }
    for it in &mut found {
        it.after.sort_unstable();
        it.before.sort_unstable();
    }
    found
}

/// Puts topics that are of the same cases under the first of them.
fn joined(found: Vec<Found>) -> Vec<Found> {
    let mut first: Vec<Found> = Vec::new();
    for it in found {
        let like = first.iter_mut().find(|other| {
            let same = it
                .after
                .iter()
                .filter(|at| other.after.binary_search(at).is_ok());
            same.count() * 2 >= it.after.len().min(other.after.len())
        });
        match like {
            Some(other) => other.also.push(it.test.topic),
            None => first.push(it),
        }
    }
    first
}

impl Found {
    fn new(test: Test, chance: f64) -> Self {
        Self {
            test,
            chance,
            after: Vec::new(),
            before: Vec::new(),
            also: Vec::new(),
        }
    }

    fn finish(self, spans: &Spans, now: u64, ever: u64) -> Rise {
        let copies = spans.before.len() as u64;
        let ratio = ratio(&self.test, copies);
        Rise {
            ratio,
            why: why(&self.test, copies, ratio),
            chance: self.chance,
            people: Figure {
                value: self.test.after,
                of: now,
                cases: self.after,
            },
            before: Figure {
                value: self.test.before,
                of: ever,
                cases: self.before,
            },
            topic: self.test.topic,
            also: self.also,
        }
    }
}

fn why(test: &Test, copies: u64, ratio: Option<f64>) -> String {
    let usual = test.before as f64 / copies as f64;
    match ratio {
        Some(ratio) => format!(
            "本期{}人反映，此前{copies}个同期平均{usual:.1}人，为{ratio:.1}倍。",
            test.after
        ),
        None => format!("本期{}人反映，此前{copies}个同期无人反映。", test.after),
    }
}

#[cfg(test)]
mod tests;
