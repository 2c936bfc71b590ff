//! What a digest says in numbers: counts, deadlines, repeats, hot issues and topics that rise, each with the orders
//! behind it.
//!
//! Every [`Figure`] holds the places of its orders in one table of ids, so that a claim expands to all of them and the
//! table is written once. The result depends on the cases alone, never on the order in which they are given.
//!
//! Nothing here asks a model, writes a sentence of the digest, or masks what a person said: titles are their words.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub mod claim;
pub mod count;
pub mod emerging;
pub mod hot;
mod likeness;
pub mod messages;
pub mod significance;
mod table;
mod words;

use crate::order::rates::Period;
use table::Table;

/// What is counted of an order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Case {
    /// When it came.
    pub at: Timestamp,
    /// Unique; of several cases with one id the first counts.
    pub id: String,
    /// The person's words.
    pub text: String,
    /// Its item in the catalogue.
    pub item: Option<String>,
    /// The category of its item.
    pub group: Option<String>,
    /// The district.
    pub district: Option<String>,
    /// Its place, smaller than a district.
    pub place: Option<String>,
    /// The unit that leads.
    pub department: Option<String>,
    /// 一般, 紧急 or 特急.
    pub grade: String,
    /// How it stands.
    pub state: Standing,
    /// When it must be done.
    pub due: Option<Timestamp>,
    /// When it was closed.
    pub closed: Option<Timestamp>,
    /// An opaque name of the person, the same for all their cases. Without it each case is a person of its own, but the
    /// same words are the same person.
    pub reporter: Option<String>,
    /// Votes that others gave it.
    pub votes: u32,
    /// Id of the case that it repeats.
    pub repeat_of: Option<String>,
}

/// How a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is being worked on.
    Open,
    /// It is blocked (挂账), and no time runs.
    Suspended,
    /// It is closed.
    Closed,
}

/// A number, of how many, and the cases that show it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// How many.
    pub value: u64,
    /// Of how many.
    pub of: u64,
    /// Where the cases stand in [`Statistics::ids`], in order.
    pub cases: Vec<u32>,
}

/// From what on something is worth a line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// A case is near its deadline if it must be done within so many hours.
    pub near_hours: u32,
    /// Cases of one person in the window from which the person is listed.
    pub frequent: usize,
    /// How many hot issues are given.
    pub issues: usize,
    /// People from which an issue is hot.
    pub issue_people: usize,
    /// Days of silence after which an issue is a new one.
    pub gap_days: u32,
    /// Votes of one person's case above which more count for nothing.
    pub votes: u32,
    /// How many rising topics are given.
    pub topics: usize,
    /// People in the window from which a topic rises.
    pub topic_people: usize,
    /// By how many times the rate must have grown.
    pub ratio: f64,
    /// The share of false topics that is borne among those given.
    pub false_share: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            near_hours: 24,
            frequent: 3,
            issues: 10,
            issue_people: 3,
            gap_days: 30,
            votes: 100,
            topics: 20,
            topic_people: 5,
            ratio: 2.0,
            false_share: 0.05,
        }
    }
}

/// All that a digest may say in numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Statistics {
    /// The days that it is about.
    pub window: Period,
    /// The days with which they are compared.
    pub baseline: Period,
    /// The moment at which deadlines are looked at.
    pub now: Timestamp,
    /// Ids of all cases, by time and id.
    pub ids: Vec<String>,
    /// Cases of the window, of all cases.
    pub total: Figure,
    /// Cases of the window by what they are.
    pub counts: count::Counts,
    /// What must be done by when.
    pub deadlines: count::Deadlines,
    /// Matters and people that come again.
    pub repeats: count::Repeats,
    /// Matters of which many people speak, the hottest first.
    pub issues: Vec<hot::HotIssue>,
    /// What came more often than in the baseline.
    pub emerging: emerging::Emerging,
}

impl Statistics {
    /// The ids behind a figure.
    pub fn ids(&self, figure: &Figure) -> Vec<&str> {
        let named = figure
            .cases
            .iter()
            .filter_map(|at| self.ids.get(*at as usize));
        named.map(String::as_str).collect()
    }
}

/// Everything about the cases of a window, compared with a baseline before it, as it stands at a moment.
///
/// Cases outside both periods are used for deadlines and chains, and to know which words are common.
pub fn summarize(
    cases: &[Case],
    window: Period,
    baseline: Period,
    now: Timestamp,
    limits: &Limits,
) -> Statistics {
    let table = Table::new(cases);
    let within = table.within(window);
    Statistics {
        window,
        baseline,
        now,
        ids: table.cases.iter().map(|case| case.id.clone()).collect(),
        total: figure(within.clone().collect(), table.cases.len()),
        counts: count::counts(&table, within.clone()),
        deadlines: count::deadlines(&table, window, now, limits),
        repeats: count::repeats(&table, within.clone(), limits),
        issues: hot::issues(&table, within, limits),
        emerging: emerging::emerging(&table, window, baseline, now, limits),
    }
}

/// A number of cases.
fn figure(cases: Vec<u32>, of: usize) -> Figure {
    Figure {
        value: cases.len() as u64,
        of: of as u64,
        cases,
    }
}

/// A number of people, with their cases.
fn people(table: &Table, cases: Vec<u32>, of: usize) -> Figure {
    let people: HashSet<u32> = cases.iter().map(|at| table.people[*at as usize]).collect();
    Figure {
        value: people.len() as u64,
        of: of as u64,
        cases,
    }
}

#[cfg(test)]
mod tests;
