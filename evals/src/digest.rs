//! What a digest has to say: pieces of an order, numbers of some days, and the orders behind them.
//!
//! Pieces of a person's words must be the same; entries of an order and questions need only hold what is expected, for
//! their words are the program's. The numbers of the gold were counted by another program than the one that is measured.

use std::collections::{BTreeMap, BTreeSet};

use agents::Answer;
use agents::kind::digest::{ClaimView, DigestView, PartKind, PartView};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::record::Grade;

/// What is expected of a digest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Summary {
    /// Pieces of an order, by part; an empty list where the order does not say it.
    pub parts: BTreeMap<PartKind, Vec<String>>,
    /// Numbers by claim: `total`, `category/供水`, `overdue`.
    pub numbers: BTreeMap<String, u64>,
    /// Orders behind claims, likewise; of `issue/南浦新村` those of the issue at that place.
    pub orders: BTreeMap<String, Vec<String>>,
    /// Claims that must not be made: `rise`, `issue/石桥路`.
    pub without: Vec<String>,
}

/// The metrics.
pub(crate) const METRICS: &[&str] = &[
    "wants", "where", "since", "done", "missing", "numbers", "orders", "quiet", "honest",
];

pub(crate) fn grades(summary: &Summary, answer: &Answer) -> Vec<(&'static str, Grade)> {
    // A case of what is refused or asked back has a caller, and no digest.
    if *summary == Summary::default() {
        return Vec::new();
    }
    let empty = DigestView::default();
    let view = answer.digest.as_deref().unwrap_or(&empty);
    let mut grades: Vec<(&'static str, Grade)> = summary
        .parts
        .iter()
        .filter_map(|(kind, gold)| Some((metric(*kind)?, pieces(*kind, gold, view))))
        .collect();
    let claims: Vec<&ClaimView> = view.days.iter().flat_map(|days| days.claims()).collect();
    if !summary.numbers.is_empty() {
        grades.push(("numbers", numbers(&summary.numbers, &claims)));
    }
    if !summary.orders.is_empty() {
        grades.push(("orders", orders(&summary.orders, &claims)));
    }
    if !summary.without.is_empty() {
        let said = summary
            .without
            .iter()
            .find(|name| found(&claims, name).is_some());
        grades.push(("quiet", of(said.cloned())));
    }
    let wrong = dishonest(view, &claims);
    let nothing = view.order.is_none() && view.days.is_none();
    grades.push((
        "honest",
        of(wrong.or(nothing.then(|| "no digest".to_owned()))),
    ));
    grades
}

/// What applies to a case, failed.
pub(crate) fn failed(summary: &Summary) -> Vec<(&'static str, Grade)> {
    if *summary == Summary::default() {
        return Vec::new();
    }
    let parts = summary.parts.keys().filter_map(|kind| metric(*kind));
    let more = [
        ("numbers", summary.numbers.is_empty()),
        ("orders", summary.orders.is_empty()),
        ("quiet", summary.without.is_empty()),
        ("honest", false),
    ];
    let more = more
        .into_iter()
        .filter(|(_, none)| !none)
        .map(|(name, _)| name);
    let failed = |name| (name, Grade::of(false).because("no answer"));
    parts.chain(more).map(failed).collect()
}

fn of(fault: Option<String>) -> Grade {
    match fault {
        None => Grade::of(true),
        Some(fault) => Grade::of(false).because(fault),
    }
}

/// Who and what it is about is not measured: where such a piece begins and ends is a matter of taste.
fn metric(kind: PartKind) -> Option<&'static str> {
    match kind {
        PartKind::Who | PartKind::What => None,
        PartKind::Wants => Some("wants"),
        PartKind::Where => Some("where"),
        PartKind::Since => Some("since"),
        PartKind::Done => Some("done"),
        PartKind::Missing => Some("missing"),
    }
}

fn pieces(kind: PartKind, gold: &[String], view: &DigestView) -> Grade {
    let parts = view.order.iter().flat_map(|order| &order.parts);
    let found: Vec<&str> = parts
        .filter(|part: &&PartView| part.kind == kind)
        .flat_map(|part| &part.found)
        .map(|found| found.text.as_str())
        .collect();
    let fits = |gold: &str, found: &str| match kind {
        PartKind::Done | PartKind::Missing => found.contains(gold),
        PartKind::Who | PartKind::What | PartKind::Wants | PartKind::Where | PartKind::Since => {
            found == gold
        }
    };
    let right = found
        .iter()
        .filter(|it| gold.iter().any(|gold| fits(gold, it)))
        .count();
    let held = gold
        .iter()
        .filter(|gold| found.iter().any(|it| fits(gold, it)))
        .count();
    let share = match found.len() + gold.len() {
        0 => 1.0,
        all => (right + held) as f64 / all as f64,
    };
    Grade::share(share).because(found.join(" | "))
}

/// A claim by its name.
fn found<'a>(claims: &[&'a ClaimView], name: &str) -> Option<&'a ClaimView> {
    let (kind, of) = name.split_once('/').unwrap_or((name, ""));
    let is_of = |claim: &ClaimView| {
        let names = ["name", "place", "topic", "root"];
        let mut names = names
            .iter()
            .filter_map(|name| claim.values.get(*name)?.as_str());
        of.is_empty() || names.any(|name| name.contains(of))
    };
    let is_kind = |claim: &ClaimView| serde_json::to_value(claim.kind).is_ok_and(|it| it == kind);
    claims
        .iter()
        .copied()
        .find(|claim| is_kind(claim) && is_of(claim))
}

fn numbers(gold: &BTreeMap<String, u64>, claims: &[&ClaimView]) -> Grade {
    let said = |name: &str| found(claims, name)?.values.get("value")?.as_u64();
    // What is counted nowhere is none.
    let wrong: Vec<String> = gold
        .iter()
        .filter(|(name, value)| said(name).unwrap_or(0) != **value)
        .map(|(name, value)| format!("{name}: {:?}, not {value}", said(name)))
        .collect();
    let share = 1.0 - wrong.len() as f64 / gold.len() as f64;
    Grade::share(share).because(wrong.join("; "))
}

fn orders(gold: &BTreeMap<String, Vec<String>>, claims: &[&ClaimView]) -> Grade {
    let (mut sum, mut notes) = (0.0, Vec::new());
    for (name, gold) in gold {
        let found: BTreeSet<&String> = found(claims, name)
            .into_iter()
            .flat_map(|claim| &claim.ids)
            .collect();
        let hits = gold.iter().filter(|id| found.contains(id)).count();
        let share = match gold.len() + found.len() {
            0 => 1.0,
            all => 2.0 * hits as f64 / all as f64,
        };
        sum += share;
        if share < 1.0 {
            notes.push(format!(
                "{name}: {hits} of {}, {} found",
                gold.len(),
                found.len()
            ));
        }
    }
    Grade::share(sum / gold.len() as f64).because(notes.join("; "))
}

/// The first thing that does not stand behind what is said.
fn dishonest(view: &DigestView, claims: &[&ClaimView]) -> Option<String> {
    if let Some(order) = &view.order {
        let pieces = order.parts.iter().flat_map(|part| &part.found);
        for piece in pieces {
            let Some(span) = piece.span else { continue };
            let length = span.end.saturating_sub(span.start);
            let cut: String = order.text.chars().skip(span.start).take(length).collect();
            if cut != piece.text {
                return Some(format!("“{}” does not stand there", piece.text));
            }
        }
    }
    claims.iter().find_map(|claim| {
        if claim.count < claim.ids.len() as u64 || (claim.ids.is_empty() && claim.count > 0) {
            return Some(format!("“{}” has no orders", claim.text));
        }
        let known: Vec<String> = claim.values.values().map(text).collect();
        let known = runs(&known.join(" "));
        let unknown = runs(&claim.text)
            .into_iter()
            .find(|it| !known.contains(it))?;
        Some(format!("“{}”: {unknown} stands nowhere", claim.text))
    })
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}

/// Runs of figures.
fn runs(text: &str) -> BTreeSet<String> {
    text.split(|next: char| !next.is_ascii_digit())
        .filter(|run| !run.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use agents::kind::digest::{DaysView, FoundView, OrderSummary, SectionView, SpanView};
    use serde_json::json;

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "cases read better so")]
    fn claim(text: &str, values: Value, ids: &[&str]) -> ClaimView {
        serde_json::from_value(json!({
            "kind": "category", "text": text, "values": values, "ids": ids, "count": ids.len(), "worded_by": null,
        }))
        .unwrap()
    }

    fn view(claims: Vec<ClaimView>) -> DigestView {
        let section = SectionView {
            title: String::new(),
            claims,
        };
        DigestView {
            days: Some(DaysView {
                from: "2026-11-09".parse().unwrap(),
                to: "2026-11-15".parse().unwrap(),
                weeks: 8,
                sections: vec![section],
                categories: Vec::new(),
                days: Vec::new(),
            }),
            order: None,
        }
    }

    #[test]
    fn numbers_and_orders_are_compared() {
        let view = view(vec![claim(
            "供水类2件。",
            json!({"name": "供水", "value": 2}),
            &["a", "b"],
        )]);
        let claims: Vec<&ClaimView> = view.days.iter().flat_map(|days| days.claims()).collect();
        let number = |name: &str, value| {
            numbers(&BTreeMap::from([(name.to_owned(), value)]), &claims)
                .value
                .unwrap()
        };
        assert_eq!(number("category/供水", 2), 1.0);
        assert_eq!(number("category/供水", 3), 0.0);
        assert_eq!(number("category/供气", 0), 1.0);
        let behind = |ids: &[&str]| {
            let ids = ids.iter().map(|id| (*id).to_owned()).collect();
            orders(
                &BTreeMap::from([("category/供水".to_owned(), ids)]),
                &claims,
            )
            .value
            .unwrap()
        };
        assert_eq!(
            (behind(&["a", "b"]), behind(&["a"]), behind(&["c"])),
            (1.0, 2.0 / 3.0, 0.0)
        );
        assert_eq!(dishonest(&view, &claims), None);
    }

    #[test]
    fn a_figure_or_a_piece_from_nowhere_is_dishonest() {
        let said = view(vec![claim("供水类3件。", json!({"value": 2}), &["a"])]);
        let claims: Vec<&ClaimView> = said.days.iter().flat_map(|days| days.claims()).collect();
        assert!(dishonest(&said, &claims).is_some());
        let piece = |text: &str| DigestView {
            days: None,
            order: Some(OrderSummary {
                order: "HL1".to_owned(),
                state: String::new(),
                text: "楼道堆物".to_owned(),
                parts: vec![PartView {
                    kind: PartKind::Where,
                    title: String::new(),
                    found: vec![FoundView {
                        text: text.to_owned(),
                        span: Some(SpanView { start: 0, end: 2 }),
                        entry: None,
                    }],
                }],
            }),
        };
        assert!(dishonest(&piece("楼道"), &[]).is_none());
        assert!(dishonest(&piece("楼梯"), &[]).is_some());
        let gold = ["楼道".to_owned()];
        assert_eq!(
            pieces(PartKind::Where, &gold, &piece("楼道")).value,
            Some(1.0)
        );
        assert_eq!(
            pieces(PartKind::Where, &[], &piece("楼道")).value,
            Some(0.0)
        );
        assert_eq!(
            pieces(PartKind::Since, &[], &piece("楼道")).value,
            Some(1.0)
        );
    }
}
