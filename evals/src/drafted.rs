//! What is right about a draft: its points, what there is for each, the clauses, and that nothing in it stands without a
//! source.

use agents::kind::draft::{DraftView, PointState, PointView};
use agents::{Answer, Citation};
use corpora::fold::fold;
use serde::{Deserialize, Serialize};

use crate::case::{Case, Gold};
use crate::grade::{self, bare};
use crate::record::Grade;

/// What a draft should have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Its points, in order.
    pub points: Vec<WantedPoint>,
}

/// A point that a request has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedPoint {
    /// A piece of its words.
    pub says: String,
    /// What there is for it.
    pub state: PointState,
    /// Clauses of which one must be cited, or offered for one that is blocked.
    #[serde(default)]
    pub gold: Vec<Gold>,
}

/// The metrics.
pub(crate) const METRICS: &[&str] = &["points", "state", "clauses", "content", "sourced"];

/// Likewise, failed: there is no draft.
pub(crate) fn failed(case: &Case) -> Vec<(&'static str, Grade)> {
    if case.draft.is_none() {
        return Vec::new();
    }
    let failed = |name: &&'static str| (*name, Grade::of(false).because("no draft"));
    METRICS.iter().map(failed).collect()
}

/// The grades of a draft.
pub(crate) fn grades(case: &Case, answer: &Answer) -> Vec<(&'static str, Grade)> {
    let (Some(wanted), Some(draft)) = (&case.draft, answer.draft.as_deref()) else {
        return failed(case);
    };
    let pairs = paired(&wanted.points, &draft.points);
    let found = pairs.iter().filter(|(_, point)| point.is_some()).count();
    let all = wanted.points.len() + draft.points.len();
    let names: Vec<&str> = draft.points.iter().map(|it| it.text.as_str()).collect();
    let share = 2.0 * found as f64 / all.max(1) as f64;
    let mut grades = vec![
        ("points", Grade::share(share).because(names.join(" | "))),
        ("state", states(&pairs)),
        ("sourced", sourced(answer, draft)),
    ];
    let golden: Vec<_> = pairs.iter().filter(|(it, _)| !it.gold.is_empty()).collect();
    if !golden.is_empty() {
        let missed: Vec<&str> = golden
            .iter()
            .filter(|(it, point)| !point.is_some_and(|point| cites(answer, point, &it.gold)))
            .map(|(it, _)| it.says.as_str())
            .collect();
        let share = 1.0 - missed.len() as f64 / golden.len() as f64;
        grades.push(("clauses", Grade::share(share).because(missed.join(" | "))));
    }
    if !(case.must_contain.is_empty() && case.must_not_contain.is_empty()) {
        grades.push(("content", content(case, draft)));
    }
    grades
}

/// Each wanted point with the first point not taken yet that has its words.
fn paired<'a>(
    wanted: &'a [WantedPoint],
    points: &'a [PointView],
) -> Vec<(&'a WantedPoint, Option<&'a PointView>)> {
    let mut taken: Vec<usize> = Vec::new();
    let mut pairs = Vec::new();
    for it in wanted {
        let point = points.iter().find(|point| {
            !taken.contains(&point.number) && bare(&point.text).contains(&bare(&it.says))
        });
        taken.extend(point.map(|point| point.number));
        pairs.push((it, point));
    }
    pairs
}

fn states(pairs: &[(&WantedPoint, Option<&PointView>)]) -> Grade {
    let wrong: Vec<String> = pairs
        .iter()
        .filter(|(it, point)| point.is_none_or(|point| point.state != it.state))
        .map(|(it, point)| format!("{}: {:?}", it.says, point.map(|point| point.state)))
        .collect();
    let share = 1.0 - wrong.len() as f64 / pairs.len().max(1) as f64;
    Grade::share(share).because(wrong.join(" | "))
}

fn cites(answer: &Answer, point: &PointView, gold: &[Gold]) -> bool {
    let offered = point.blocked.iter().flat_map(|it| &it.offered);
    let offered = offered.flat_map(|sentence| &sentence.citations);
    let ids: Vec<&String> = point.citations.iter().chain(offered).collect();
    let is_gold = |citation: &Citation| {
        let path = fold(&bare(&citation.path));
        gold.iter()
            .any(|gold| gold.file == citation.document && path.contains(&fold(&bare(&gold.clause))))
    };
    let cited = answer.citations.iter();
    cited.filter(|it| ids.contains(&&it.id)).any(is_gold)
}

/// What is stated, without the words of the request that stand at the head of a paragraph.
fn content(case: &Case, draft: &DraftView) -> Grade {
    let stated = draft.sentences().filter(|sentence| sentence.is_factual());
    let text: String = stated.map(|sentence| bare(&sentence.text)).collect();
    grade::content(case, &text)
}

/// Every sentence that states something cites what is there and in force, or is marked.
fn sourced(answer: &Answer, draft: &DraftView) -> Grade {
    let in_force = |citation: &Citation| {
        citation
            .effective_from
            .is_none_or(|from| from <= answer.as_of)
            && citation.effective_to.is_none_or(|to| to > answer.as_of)
    };
    let stands = |id: &String| {
        let mut citations = answer.citations.iter();
        citations.any(|citation| citation.id == *id && in_force(citation))
    };
    let fault = draft.sentences().find(|sentence| {
        let cites = !sentence.citations.is_empty() && sentence.citations.iter().all(stands);
        sentence.is_factual() && sentence.mark.is_none() && !cites
    });
    match fault {
        None => Grade::of(true),
        Some(sentence) => Grade::of(false).because(sentence.text.clone()),
    }
}
