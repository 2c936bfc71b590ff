//! How many: by what they are, by their deadlines, and again. Only what stands in the cases; nothing is guessed from
//! words.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::table::Table;
use super::{Case, Figure, Limits, Standing, figure, people};
use crate::order::rates::{Period, UNKNOWN};

/// Cases of one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// The name; 未定 where it is not known.
    pub name: String,
    /// How many, of all in the window.
    pub cases: Figure,
}

/// Cases of a window; of each kind the most first, then by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// By the category of the item.
    pub category: Vec<Group>,
    /// By item.
    pub item: Vec<Group>,
    /// By district.
    pub district: Vec<Group>,
    /// By the unit that leads.
    pub department: Vec<Group>,
    /// By grade.
    pub grade: Vec<Group>,
    /// By how they stand.
    pub state: Vec<Group>,
    /// By the day on which they came, in the order of days; a day on which none came is left out.
    pub day: Vec<Group>,
}

/// What must be done by when. A suspended case has no deadline while it is suspended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Deadlines {
    /// Open at the moment, of all that had come by then.
    pub open: Figure,
    /// Past its deadline, of those open.
    pub overdue: Figure,
    /// Near its deadline, of those open.
    pub near: Figure,
    /// Closed in the window after its deadline, of all that were closed in it.
    pub late: Figure,
}

/// What comes again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Repeats {
    /// Cases of the window that repeat another, of all in it.
    pub repeated: Figure,
    /// Matters that were repeated in the window, those with the most cases first.
    pub chains: Vec<Chain>,
    /// People who came often, those with the most cases first.
    pub reporters: Vec<Frequent>,
}

/// A matter with its repeats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chain {
    /// Id of the case that came first. It need not be among the cases.
    pub root: String,
    /// It and all its repeats, whenever they came.
    pub cases: Figure,
    /// The people who repeat it.
    pub people: Figure,
    /// Its repeats in the window.
    pub within: Figure,
}

/// A person who came often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Frequent {
    /// The opaque name.
    pub reporter: String,
    /// Their cases in the window, of all in it.
    pub cases: Figure,
}

pub(super) fn counts(table: &Table, within: Range<u32>) -> Counts {
    let zone = crate::zone();
    let of = |name: &dyn Fn(&Case) -> String| {
        let mut groups = groups(table, within.clone(), name);
        groups.sort_by(|one, other| most(&one.cases, &other.cases));
        groups
    };
    let known = |name: &Option<String>| name.clone().unwrap_or_else(|| UNKNOWN.to_owned());
    Counts {
        category: of(&|case| known(&case.group)),
        item: of(&|case| known(&case.item)),
        district: of(&|case| known(&case.district)),
        department: of(&|case| known(&case.department)),
        grade: of(&|case| case.grade.clone()),
        state: of(&|case| case.state.name().to_owned()),
        day: groups(table, within.clone(), &|case| {
            case.at.to_zoned(zone.clone()).date().to_string()
        }),
    }
}

pub(super) fn deadlines(
    table: &Table,
    window: Period,
    now: Timestamp,
    limits: &Limits,
) -> Deadlines {
    let all = || 0..table.cases.len() as u32;
    let come = all().filter(|at| table.case(*at).at <= now).count();
    let open: Vec<u32> = all().filter(|at| table.case(*at).is_open(now)).collect();
    let due = |from: Timestamp, to: Timestamp| {
        let between = |case: &Case| case.due.is_some_and(|due| from <= due && due < to);
        let cases = open.iter().copied().filter(|at| between(table.case(*at)));
        figure(cases.collect(), open.len())
    };
    let near = SignedDuration::from_hours(i64::from(limits.near_hours));
    let (late, closed) = late(table, window);
    Deadlines {
        overdue: due(Timestamp::MIN, now),
        near: due(now, now.saturating_add(near).unwrap_or(Timestamp::MAX)),
        late: figure(late, closed),
        open: figure(open, come),
    }
}

pub(super) fn repeats(table: &Table, within: Range<u32>, limits: &Limits) -> Repeats {
    let roots = roots(table);
    let again = |at: &u32| roots[*at as usize] != table.case(*at).id;
    let repeated: Vec<u32> = within.clone().filter(again).collect();
    let mut chains: BTreeMap<&str, Vec<u32>> = repeated
        .iter()
        .map(|at| (roots[*at as usize], Vec::new()))
        .collect();
    for (root, at) in roots.iter().zip(0_u32..) {
        if let Some(cases) = chains.get_mut(root) {
            cases.push(at);
        }
    }
    let mut chains: Vec<Chain> = chains
        .into_iter()
        .map(|(root, cases)| {
            let here = cases.iter().copied().filter(|at| within.contains(at));
            Chain {
                root: root.to_owned(),
                within: figure(here.filter(again).collect(), within.len()),
                people: people(table, cases.clone(), cases.len()),
                cases: figure(cases, table.cases.len()),
            }
        })
        .collect();
    chains.sort_by(|one, other| most(&one.cases, &other.cases));
    Repeats {
        repeated: figure(repeated, within.len()),
        chains,
        reporters: reporters(table, within, limits.frequent),
    }
}

impl Standing {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "办理中",
            Self::Suspended => "挂账",
            Self::Closed => "已办结",
        }
    }
}

impl Case {
    /// Whether it was being worked on at a moment. Since when it is suspended is not known: if it is now, it was then.
    pub fn is_open(&self, moment: Timestamp) -> bool {
        let open = match self.state {
            Standing::Open => true,
            Standing::Suspended => false,
            Standing::Closed => self.closed.is_some_and(|closed| moment < closed),
        };
        open && self.at <= moment
    }
}

/// Cases by name, in the order of names.
fn groups(table: &Table, within: Range<u32>, name: &dyn Fn(&Case) -> String) -> Vec<Group> {
    let mut groups: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for at in within.clone() {
        groups.entry(name(table.case(at))).or_default().push(at);
    }
    let group = |(name, cases)| Group {
        name,
        cases: figure(cases, within.len()),
    };
    groups.into_iter().map(group).collect()
}

/// The cases closed in a window after their deadline, and how many were closed.
fn late(table: &Table, window: Period) -> (Vec<u32>, usize) {
    let closed_in = |case: &Case| {
        let closed = case.closed.filter(|_| case.state == Standing::Closed);
        closed.filter(|closed| window.from <= *closed && *closed < window.to)
    };
    let (mut late, mut of) = (Vec::new(), 0);
    for at in 0..table.cases.len() as u32 {
        let case = table.case(at);
        if let Some(closed) = closed_in(case) {
            of += 1;
            if case.due.is_some_and(|due| due < closed) {
                late.push(at);
            }
        }
    }
    (late, of)
}

fn reporters(table: &Table, within: Range<u32>, least: usize) -> Vec<Frequent> {
    let mut cases: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for at in within.clone() {
        if let Some(reporter) = &table.case(at).reporter {
            cases.entry(reporter).or_default().push(at);
        }
    }
    let often = cases
        .into_iter()
        .filter(|(_, cases)| cases.len() >= least.max(2));
    let mut frequent: Vec<Frequent> = often
        .map(|(reporter, cases)| Frequent {
            reporter: reporter.to_owned(),
            cases: figure(cases, within.len()),
        })
        .collect();
    frequent.sort_by(|one, other| most(&one.cases, &other.cases));
    frequent
}

/// The more first. Sorting by it is stable, so that equal ones stay in the order of names.
fn most(one: &Figure, other: &Figure) -> std::cmp::Ordering {
    other.value.cmp(&one.value)
}

/// For each case the id at which its chain begins: its own if it repeats nothing. Of a circle, the one that came first.
fn roots<'a>(table: &Table<'a>) -> Vec<&'a str> {
    let places: HashMap<&str, u32> = table
        .cases
        .iter()
        .map(|case| case.id.as_str())
        .zip(0..)
        .collect();
    let mut roots: Vec<Option<&'a str>> = vec![None; table.cases.len()];
    for start in 0..table.cases.len() as u32 {
        let mut path = Vec::new();
        let mut walked: HashMap<u32, usize> = HashMap::new();
        let mut at = start;
        let root = loop {
            if let Some(known) = roots[at as usize] {
                break known;
            }
            if let Some(from) = walked.insert(at, path.len()) {
                let first = path[from..].iter().min().copied().unwrap_or(at);
                break table.case(first).id.as_str();
            }
            path.push(at);
            let case = table.case(at);
            let Some(earlier) = case.repeat_of.as_deref() else {
                break case.id.as_str();
            };
            match places.get(earlier) {
                Some(next) => at = *next,
                None => break earlier,
            }
        };
        for at in path {
            roots[at as usize] = Some(root);
        }
    }
    let settled = roots.into_iter().zip(&table.cases);
    settled
        .map(|(root, case)| root.unwrap_or(&case.id))
        .collect()
}
