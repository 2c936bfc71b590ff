//! What may be said of the orders of some days: claims, each with its numbers and with the orders behind it.
//!
//! A claim has no words: a template of whoever speaks is filled with its values, and nothing else may stand there in
//! figures. Ids are the first of them, with how many there are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::count::Group;
use super::{Figure, Limits, Statistics};
use crate::order::rates::{Rate, Rates};

/// Ids that a claim carries, and groups of one kind that are claimed.
pub const IDS: usize = 200;
const GROUPS: usize = 12;
const CHAINS: usize = 8;

/// One thing that may be said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// What it says.
    pub kind: ClaimKind,
    /// What it says it with: numbers, names and words of people.
    pub values: BTreeMap<String, Value>,
    /// Ids of the orders behind it, the first [`IDS`].
    pub ids: Vec<String>,
    /// How many orders are behind it.
    pub count: u64,
}

/// What claims say.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ClaimKind {
    /// How many came: `value`.
    Total,
    /// Of a category: `name`, `value`, `of`, `share`.
    Category,
    /// Of a district: likewise.
    District,
    /// Of a unit: likewise.
    Department,
    /// Of a grade: likewise.
    Grade,
    /// Open now: `value`.
    Open,
    /// Past their deadline: `value`, `of`.
    Overdue,
    /// Near their deadline: `value`, `of`, `hours`.
    Near,
    /// Closed after their deadline: `value`, `of`.
    Late,
    /// 响应率: `value`, `of`, `share`.
    Responded,
    /// 解决率: likewise.
    Resolved,
    /// 满意率: likewise.
    Satisfied,
    /// Nobody was asked how it went.
    Uncalled,
    /// Orders that repeat others: `value`, `of`.
    Repeated,
    /// A matter with its repeats: `root`, `value`, `people`, `within`.
    Chain,
    /// People who came often: `value`, `cases`, `least`.
    Frequent,
    /// A hot issue: `title`, `place`, `people`, `cases`, `days`, `votes`, `why`.
    Issue,
    /// No issue is hot: `least`.
    Calm,
    /// A topic that rises: `topic`, `people`, `before`, `spans`, `tests`, `chance`, `why`.
    Rise,
    /// Nothing rises: `tests`, `spans`.
    Quiet,
    /// There is nothing to compare with.
    Untested,
    /// Orders whose record cannot be read: `value`.
    Unreadable,
}

impl ClaimKind {
    /// All of them, in the order in which they are said.
    pub const ALL: [Self; 22] = [
        Self::Total,
        Self::Category,
        Self::District,
        Self::Department,
        Self::Grade,
        Self::Open,
        Self::Overdue,
        Self::Near,
        Self::Late,
        Self::Responded,
        Self::Resolved,
        Self::Satisfied,
        Self::Uncalled,
        Self::Repeated,
        Self::Chain,
        Self::Frequent,
        Self::Issue,
        Self::Calm,
        Self::Rise,
        Self::Quiet,
        Self::Untested,
        Self::Unreadable,
    ];
}

/// By what orders are counted.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Breakdown {
    /// By the category of the item.
    Category,
    /// By district.
    District,
    /// By the unit that leads.
    Department,
    /// By grade.
    Grade,
}

impl Breakdown {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Category,
        Self::District,
        Self::Department,
        Self::Grade,
    ];

    fn kind(self) -> ClaimKind {
        match self {
            Self::Category => ClaimKind::Category,
            Self::District => ClaimKind::District,
            Self::Department => ClaimKind::Department,
            Self::Grade => ClaimKind::Grade,
        }
    }

    /// The groups of it.
    pub fn groups(self, statistics: &Statistics) -> &[Group] {
        let counts = &statistics.counts;
        match self {
            Self::Category => &counts.category,
            Self::District => &counts.district,
            Self::Department => &counts.department,
            Self::Grade => &counts.grade,
        }
    }
}

/// The orders behind the three rates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rated {
    /// Counts of all of them.
    pub rates: Rates,
    /// Ids of those that are in 响应率.
    pub responded: Vec<String>,
    /// Ids of those that are in 解决率 and 满意率.
    pub resolved: Vec<String>,
}

/// What may be said of statistics, in order. `by` leaves out the other breakdowns.
pub fn claims(
    statistics: &Statistics,
    rated: &Rated,
    limits: &Limits,
    by: Option<Breakdown>,
) -> Vec<Claim> {
    let said = Said { statistics };
    let mut claims = vec![said.figure(
        ClaimKind::Total,
        &statistics.total,
        json!({ "value": statistics.total.value }),
    )];
    for breakdown in Breakdown::ALL {
        if by.is_none_or(|by| by == breakdown) {
            claims.extend(said.groups(breakdown));
        }
    }
    claims.extend(said.deadlines(limits));
    claims.extend(rates(rated));
    claims.extend(said.repeats(limits));
    claims.extend(said.issues(limits));
    claims.extend(said.rises());
    claims
}

/// That some orders cannot be read.
pub fn unreadable(ids: Vec<String>) -> Option<Claim> {
    let values = json!({ "value": ids.len() });
    (!ids.is_empty()).then(|| claim(ClaimKind::Unreadable, ids, values))
}

/// A share in per cent, with one digit behind the point.
pub fn share(value: u64, of: u64) -> String {
    // Counts of orders are far below 2^53.
    format!("{:.1}", value as f64 * 100.0 / of.max(1) as f64)
}

struct Said<'a> {
    statistics: &'a Statistics,
}

impl Said<'_> {
    fn figure(&self, kind: ClaimKind, figure: &Figure, values: Value) -> Claim {
        let ids = self.statistics.ids(figure);
        Claim {
            count: ids.len() as u64,
            ids: ids.into_iter().take(IDS).map(str::to_owned).collect(),
            kind,
            values: members(values),
        }
    }

    fn groups(&self, breakdown: Breakdown) -> Vec<Claim> {
        let groups = breakdown.groups(self.statistics).iter().take(GROUPS);
        let said = groups.map(|group| {
            let Figure { value, of, .. } = group.cases;
            let values = json!({
                "name": group.name, "value": value, "of": of, "share": share(value, of),
            });
            self.figure(breakdown.kind(), &group.cases, values)
        });
        said.collect()
    }

    fn deadlines(&self, limits: &Limits) -> Vec<Claim> {
        let due = &self.statistics.deadlines;
        let of = |figure: &Figure| json!({ "value": figure.value, "of": figure.of });
        let near = json!({
            "value": due.near.value, "of": due.near.of, "hours": limits.near_hours,
        });
        vec![
            self.figure(
                ClaimKind::Open,
                &due.open,
                json!({ "value": due.open.value }),
            ),
            self.figure(ClaimKind::Overdue, &due.overdue, of(&due.overdue)),
            self.figure(ClaimKind::Near, &due.near, near),
            self.figure(ClaimKind::Late, &due.late, of(&due.late)),
        ]
    }

    fn repeats(&self, limits: &Limits) -> Vec<Claim> {
        let repeats = &self.statistics.repeats;
        let repeated = &repeats.repeated;
        let values = json!({ "value": repeated.value, "of": repeated.of });
        let mut claims = vec![self.figure(ClaimKind::Repeated, repeated, values)];
        claims.extend(repeats.chains.iter().take(CHAINS).map(|chain| {
            let values = json!({
                "root": chain.root, "value": chain.cases.value, "people": chain.people.value,
                "within": chain.within.value,
            });
            self.figure(ClaimKind::Chain, &chain.cases, values)
        }));
        if !repeats.reporters.is_empty() {
            let mut cases: Vec<u32> = repeats
                .reporters
                .iter()
                .flat_map(|frequent| frequent.cases.cases.iter().copied())
                .collect();
            cases.sort_unstable();
            let figure = super::figure(cases, repeated.of as usize);
            let values = json!({
                "value": repeats.reporters.len(), "cases": figure.value,
                "least": limits.frequent.max(2),
            });
            claims.push(self.figure(ClaimKind::Frequent, &figure, values));
        }
        claims
    }

    fn issues(&self, limits: &Limits) -> Vec<Claim> {
        let issues = &self.statistics.issues;
        if issues.is_empty() {
            let values = json!({ "least": limits.issue_people });
            return vec![claim(ClaimKind::Calm, Vec::new(), values)];
        }
        let said = issues.iter().map(|issue| {
            let values = json!({
                "title": issue.title, "place": issue.place, "people": issue.people.value,
                "cases": issue.people.cases.len(), "days": issue.days, "votes": issue.votes,
                "why": issue.why,
            });
            self.figure(ClaimKind::Issue, &issue.people, values)
        });
        said.collect()
    }

    fn rises(&self) -> Vec<Claim> {
        let emerging = &self.statistics.emerging;
        let (tests, spans) = (emerging.tests, emerging.spans);
        if spans == 0 {
            return vec![claim(ClaimKind::Untested, Vec::new(), json!({}))];
        }
        if emerging.rises.is_empty() {
            let values = json!({ "tests": tests, "spans": spans });
            return vec![claim(ClaimKind::Quiet, Vec::new(), values)];
        }
        let said = emerging.rises.iter().map(|rise| {
            let values = json!({
                "topic": rise.topic.name(), "people": rise.people.value,
                "before": rise.before.value, "spans": spans, "tests": tests,
                "chance": format!("{:.1e}", rise.chance), "why": rise.why,
            });
            self.figure(ClaimKind::Rise, &rise.people, values)
        });
        said.collect()
    }
}

fn rates(rated: &Rated) -> Vec<Claim> {
    let rates = &rated.rates;
    if rates.responded.of == 0 {
        return vec![claim(ClaimKind::Uncalled, Vec::new(), json!({}))];
    }
    let said = |kind, rate: Rate, ids: &[String]| {
        let values = json!({ "value": rate.yes, "of": rate.of, "share": share(rate.yes, rate.of) });
        claim(kind, ids.to_vec(), values)
    };
    vec![
        said(ClaimKind::Responded, rates.responded, &rated.responded),
        said(ClaimKind::Resolved, rates.resolved, &rated.resolved),
        said(ClaimKind::Satisfied, rates.satisfied, &rated.resolved),
    ]
}

fn claim(kind: ClaimKind, mut ids: Vec<String>, values: Value) -> Claim {
    let count = ids.len() as u64;
    ids.truncate(IDS);
    Claim {
        kind,
        values: members(values),
        ids,
        count,
    }
}

fn members(values: Value) -> BTreeMap<String, Value> {
    match values {
        Value::Object(members) => members.into_iter().collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            BTreeMap::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::tests::{at, case, days};
    use crate::statistics::{Case, summarize};

    fn said(cases: &[Case], rated: &Rated, by: Option<Breakdown>) -> Vec<Claim> {
        let limits = Limits::default();
        let statistics = summarize(cases, days(0, 7), days(-28, 0), at(7 * 24), &limits);
        claims(&statistics, rated, &limits, by)
    }

    #[test]
    fn every_claim_has_its_orders() {
        let mut cases = Vec::new();
        for number in 0..4 {
            cases.push(Case {
                place: Some("南浦新村".to_owned()),
                item: Some("停水".to_owned()),
                group: Some("供水".to_owned()),
                ..case(
                    &format!("a{number}"),
                    number,
                    &format!("人{number}"),
                    "南浦新村停水了",
                )
            });
        }
        let rated = Rated {
            rates: Rates {
                responded: Rate { yes: 1, of: 2 },
                resolved: Rate { yes: 1, of: 1 },
                satisfied: Rate { yes: 0, of: 1 },
                ..Rates::default()
            },
            responded: vec!["a0".to_owned(), "a1".to_owned()],
            resolved: vec!["a0".to_owned()],
        };
        let claims = said(&cases, &rated, None);
        let lines: Vec<String> = claims
            .iter()
            .map(|it| {
                format!(
                    "{:?} {} {}",
                    it.kind,
                    it.values.get("value").unwrap_or(&Value::Null),
                    it.ids.join(" ")
                )
            })
            .collect();
        assert_eq!(
            lines,
            [
                "Total 4 a0 a1 a2 a3",
                "Category 4 a0 a1 a2 a3",
                "District 4 a0 a1 a2 a3",
                "Department 4 a0 a1 a2 a3",
                "Grade 4 a0 a1 a2 a3",
                "Open 4 a0 a1 a2 a3",
                "Overdue 0 ",
                "Near 0 ",
                "Late 0 ",
                "Responded 1 a0 a1",
                "Resolved 1 a0",
                "Satisfied 0 a0",
                "Repeated 0 ",
                "Issue null a0 a1 a2 a3",
                "Untested null ",
            ]
        );
        assert!(claims.iter().all(|it| it.count == it.ids.len() as u64));
        let only = said(&cases, &rated, Some(Breakdown::Grade));
        assert_eq!(only.len(), claims.len() - 3);
    }

    #[test]
    fn a_claim_carries_the_first_ids_and_the_count() {
        let cases: Vec<Case> = (0..250)
            .map(|number| {
                case(
                    &format!("{number:03}"),
                    1,
                    &format!("人{number}"),
                    "路灯坏了",
                )
            })
            .collect();
        let claims = said(&cases, &Rated::default(), None);
        assert_eq!((claims[0].ids.len(), claims[0].count), (IDS, 250));
        let kinds: Vec<ClaimKind> = claims.iter().map(|it| it.kind).collect();
        assert!(kinds.contains(&ClaimKind::Uncalled));
        assert_eq!(unreadable(Vec::new()), None);
        assert_eq!(unreadable(vec!["x".to_owned()]).map(|it| it.count), Some(1));
    }
}
