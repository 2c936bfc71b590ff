//! The window and its earlier copies, and the topics that stand in the fields of their cases. Nothing is tested here.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use super::Topic;
use crate::order::rates::Period;
use crate::statistics::Case;
use crate::statistics::table::Table;

/// Copies of the window, some years of weeks.
const SPANS: i64 = 520;

/// The window and its copies.
pub(super) struct Spans<'t, 'c> {
    pub(super) table: &'t Table<'c>,
    /// Cases of the window, by person.
    pub(super) after: Vec<u32>,
    /// Cases of each copy, by person.
    pub(super) before: Vec<Vec<u32>>,
}

/// How many people had a topic in the window and in its copies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) after: u32,
    pub(super) before: u32,
    /// Span, counted from 1, and person that were counted last.
    last: (u32, u32),
}

/// A topic that stands in the fields of a case, without its own copy of their words.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Fact<'a> {
    ItemInDistrict(&'a str, &'a str),
    Item(&'a str),
    Place(&'a str),
    Category(&'a str),
}

impl Fact<'_> {
    pub(super) fn topic(self) -> Topic {
        match self {
            Self::ItemInDistrict(item, district) => Topic::ItemInDistrict {
                item: item.to_owned(),
                district: district.to_owned(),
            },
            Self::Item(item) => Topic::Item {
                item: item.to_owned(),
            },
            Self::Place(place) => Topic::Place {
                place: place.to_owned(),
            },
            Self::Category(category) => Topic::Category {
                category: category.to_owned(),
            },
        }
    }
}

pub(super) fn facts(case: &Case) -> impl Iterator<Item = Fact<'_>> {
    let item = case.item.as_deref();
    let pair = item.zip(case.district.as_deref());
    let all = [
        pair.map(|(item, district)| Fact::ItemInDistrict(item, district)),
        item.map(Fact::Item),
        case.place.as_deref().map(Fact::Place),
        case.group.as_deref().map(Fact::Category),
    ];
    all.into_iter().flatten()
}

impl<'t, 'c> Spans<'t, 'c> {
    pub(super) fn new(table: &'t Table<'c>, window: Period, baseline: Period) -> Self {
        let by_person = |period: Period| {
            let mut cases: Vec<u32> = table.within(period).collect();
            cases.sort_by_key(|at| table.person(*at));
            cases
        };
        // Before the first case nothing was taken down, which is not the same as nothing having happened.
        let first = table.cases.first().map_or(Timestamp::MAX, |case| case.at);
        let begin = first
            .saturating_sub(SignedDuration::from_hours(24))
            .unwrap_or(first);
        let copies = copies(window, baseline).into_iter();
        Self {
            table,
            after: by_person(window),
            before: copies
                .filter(|copy| begin <= copy.from)
                .map(by_person)
                .collect(),
        }
    }

    /// All cases with their span: 1 for the window, more for its copies.
    pub(super) fn all(&self) -> impl Iterator<Item = (u32, u32)> {
        let spans = std::iter::once(&self.after)
            .chain(&self.before)
            .zip(1_u32..);
        spans.flat_map(|(cases, span)| cases.iter().map(move |at| (span, *at)))
    }

    /// People in the window, and in the copies together.
    pub(super) fn people(&self) -> (u64, u64) {
        let count = |cases: &[u32]| {
            let people: HashSet<u32> = cases.iter().map(|at| self.table.person(*at)).collect();
            people.len() as u64
        };
        (
            count(&self.after),
            self.before.iter().map(|cases| count(cases)).sum(),
        )
    }
}

impl Tally {
    /// Counts a person of a span, unless they were counted last.
    pub(super) fn count(&mut self, span: u32, person: u32) {
        if self.last != (span, person) {
            self.last = (span, person);
            match span {
                1 => self.after += 1,
                _ => self.before += 1,
            }
        }
    }

    pub(super) fn total(self) -> u64 {
        u64::from(self.after) + u64::from(self.before)
    }
}

/// The window some whole weeks earlier, as often as it lies in the baseline.
pub(super) fn copies(window: Period, baseline: Period) -> Vec<Period> {
    let week = SignedDuration::from_hours(7 * 24);
    let length = window.from.duration_until(window.to);
    let weeks = (length.as_secs() + week.as_secs() - 1) / week.as_secs();
    if weeks < 1 {
        return Vec::new();
    }
    let earlier = |copy: i64| {
        let by = SignedDuration::from_hours(weeks.checked_mul(copy)?.checked_mul(7 * 24)?);
        Some(Period {
            from: window.from.checked_sub(by).ok()?,
            to: window.to.checked_sub(by).ok()?,
        })
    };
    let copies = (1..=SPANS).map_while(earlier);
    copies
        .take_while(|copy| baseline.from <= copy.from)
        .filter(|copy| copy.to <= baseline.to)
        .collect()
}
