//! Matters of which many people speak, and how much they weigh.
//!
//! Heat is people first: each person counts once for an issue, however often they write, and their votes up to a cap.
//! It grows with the days on which new people came forward, so that a matter which goes on stands above a day's
//! outburst. It orders issues and says nothing of how grave they are.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::likeness::{self, Matter, Space};
use super::table::Table;
use super::words;
use super::{Figure, Limits, people};

/// A matter of which many people speak.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HotIssue {
    /// Words of the case that is most like all of them, as the person said them.
    pub title: String,
    /// The id of that case.
    pub central: String,
    /// Where it is, if they name a place.
    pub place: Option<String>,
    /// The people, of all in the window, with their cases.
    pub people: Figure,
    /// Their votes, of each person those of the case with the most, up to the cap.
    pub votes: u64,
    /// Days on which a person spoke of it for the first time.
    pub days: u64,
    /// When the first case came.
    pub first: Timestamp,
    /// When the last case came.
    pub last: Timestamp,
    /// By which issues are ordered.
    pub heat: f64,
    /// The figures in a sentence.
    pub why: String,
}

/// A person with all the votes that count is worth so many people more.
const VOTES_WORTH: f64 = 2.0;
/// What each further day adds, and for how many days.
const DAY_WORTH: f64 = 0.05;
const DAYS_MOST: u64 = 20;
/// By what each later clause says less for a title.
const LATER: f32 = 0.2;
/// Characters of a title.
const TITLE: usize = 40;

pub(super) fn issues(table: &Table, within: Range<u32>, limits: &Limits) -> Vec<HotIssue> {
    let space = Space::new(table);
    let everybody: HashSet<u32> = within.clone().map(|at| table.person(at)).collect();
    let matters = likeness::matters(table, within, &space, limits.gap_days);
    let hot = matters.iter().filter_map(|matter| {
        let people = people(table, matter.cases.clone(), everybody.len());
        let enough = people.value >= limits.issue_people as u64;
        enough.then(|| issue(table, &space, matter, people, limits))
    });
    let mut issues: Vec<HotIssue> = hot.collect();
    issues.sort_by(|one, other| {
        let by = other.heat.total_cmp(&one.heat);
        by.then_with(|| one.people.cases.cmp(&other.people.cases))
    });
    issues.truncate(limits.issues);
    issues
}

fn issue(
    table: &Table,
    space: &Space,
    matter: &Matter,
    people: Figure,
    limits: &Limits,
) -> HotIssue {
    let shares = shares(table, matter, limits.votes);
    let votes = shares.values().map(|share| u64::from(share.votes)).sum();
    let days: HashSet<Date> = shares.values().map(|share| share.day).collect();
    let days = days.len() as u64;
    let heat = heat(shares.values().map(|share| share.votes), days, limits.votes);
    let times = || matter.cases.iter().map(|at| table.case(*at).at);
    let first = times().next().unwrap_or(Timestamp::MIN);
    let last = times().next_back().unwrap_or(Timestamp::MAX);
    let place = matter.place.clone();
    HotIssue {
        title: title(table, space, matter),
        central: table.case(matter.central).id.clone(),
        why: why(&people, place.as_deref(), votes, (first, last), days),
        place,
        people,
        votes,
        days,
        first,
        last,
        heat,
    }
}

/// What one person adds to an issue.
struct Share {
    day: Date,
    votes: u32,
}

/// People with the day on which they first spoke and the most votes of their cases, in the order of people.
fn shares(table: &Table, matter: &Matter, cap: u32) -> BTreeMap<u32, Share> {
    let zone = crate::zone();
    let mut shares: BTreeMap<u32, Share> = BTreeMap::new();
    for at in &matter.cases {
        let case = table.case(*at);
        let share = shares.entry(table.person(*at)).or_insert_with(|| Share {
            day: case.at.to_zoned(zone.clone()).date(),
            votes: 0,
        });
        share.votes = share.votes.max(case.votes.min(cap));
    }
    shares
}

fn heat(votes: impl Iterator<Item = u32>, days: u64, cap: u32) -> f64 {
    let all = f64::from(cap).ln_1p();
    let worth = |votes: u32| match votes {
        0 => 1.0,
        _ => 1.0 + VOTES_WORTH * f64::from(votes).ln_1p() / all,
    };
    let further = days.saturating_sub(1).min(DAYS_MOST) as f64;
    votes.map(worth).sum::<f64>() * (1.0 + DAY_WORTH * further)
}

fn why(
    people: &Figure,
    place: Option<&str>,
    votes: u64,
    (first, last): (Timestamp, Timestamp),
    days: u64,
) -> String {
    let zone = crate::zone();
    let day = |moment: Timestamp| {
        let date = moment.to_zoned(zone.clone()).date();
        format!("{}月{}日", date.month(), date.day())
    };
    let (first, last) = (day(first), day(last));
    let span = if first == last {
        first
    } else {
        format!("{first}至{last}")
    };
    let place = place.map_or_else(String::new, |place| format!("，地点为{place}"));
    let votes = match votes {
        0 => String::new(),
        votes => format!("，计入支持{votes}票"),
    };
    format!(
        "{span}，{}人反映{}件，有新反映人的共{days}天{place}{votes}。",
        people.value,
        people.cases.len()
    )
}

/// The clause that says the most of the issue, with those beside it that say half as much and more.
fn title(table: &Table, space: &Space, matter: &Matter) -> String {
    let text = &table.case(matter.central).text;
    let clauses = words::clauses(text);
    let says = |(place, (from, to)): (usize, &(usize, usize))| {
        let words = words::comparable(&text[*from..*to], None);
        // What it is about is said at the beginning.
        space.nearness(&words, matter, table) / (1.0 + LATER * place as f32)
    };
    let said: Vec<f32> = clauses.iter().enumerate().map(says).collect();
    let most = said.iter().copied().fold(0.0, f32::max);
    let Some(best) = said.iter().position(|it| *it >= most) else {
        return cut(text.trim());
    };
    let joins = |clause: usize, from: usize, to: usize| {
        said[clause] * 2.0 >= most && text[from..to].chars().count() <= TITLE
    };
    let (mut from, mut to) = clauses[best];
    for (after, (_, end)) in clauses.iter().enumerate().skip(best + 1) {
        if !joins(after, from, *end) {
            break;
        }
        to = *end;
    }
    for (before, (begin, _)) in clauses.iter().enumerate().take(best).rev() {
        if !joins(before, *begin, to) {
            break;
        }
        from = *begin;
    }
    cut(text[from..to].trim())
}

fn cut(words: &str) -> String {
    if words.chars().count() <= TITLE {
        return words.to_owned();
    }
    words.chars().take(TITLE - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests;
