//! What only the person has said: it may be repeated, but it does not take the place of what the evidence says.
//!
//! `您母亲今年82岁` beside 年满80周岁 repeats the person; `津贴标准为每人每月300元` beside 200元 puts the person's number
//! into the rule, and a question would be confirmed with the clause that contradicts it.

use std::cmp::Ordering;
use std::collections::HashSet;

use super::evidence::sentences;
use super::rule::{covered, pairs, valued};
use super::{Fault, stated};
use crate::value::{Bound, Dimension, Value, values};

/// Values of the sentence that only the person has said (`own`) and that stand where the evidence says something else
/// (`known`).
///
/// Where the evidence has nothing of the unit, or the sentence says that too, a value may be repeated; so may one that lies
/// within a bound of the evidence. In a clause made of the evidence's words it may not where the evidence has anything
/// that measures the same: that clause states a rule.
pub(super) fn replaced(
    sentence: &str,
    cited: &[&str],
    known: &HashSet<Value>,
    own: &HashSet<Value>,
) -> Vec<Fault> {
    // Clause names are held against the labels of the passages.
    let own: HashSet<&Value> = own
        .iter()
        .filter(|value| value.dimension() != Dimension::Clause)
        .collect();
    if own.is_empty() {
        return Vec::new();
    }
    let said: HashSet<Value> = stated(sentence).collect();
    let evidence: HashSet<[char; 2]> = cited.iter().flat_map(|text| pairs(text)).collect();
    let mut faults = Vec::new();
    for clause in sentences(sentence).iter().flat_map(|part| &part.clauses) {
        let rule = states(&clause.text, &clause.chars, &evidence);
        let replaces = |own: &Value| {
            known.iter().any(|other| {
                let alone = !said.contains(other) && !within(own, other);
                own.dimension() == other.dimension() && (rule || rivals(own, other) && alone)
            })
        };
        let found = values(&clause.text).into_iter();
        let found = found.filter(|found| own.contains(&found.value) && replaces(&found.value));
        faults.extend(found.map(|found| Fault::Value(clause.text[found.range].to_owned())));
    }
    faults
}

/// Whether at least half of a clause's words are the evidence's.
fn states(text: &str, chars: &[char], evidence: &HashSet<[char; 2]>) -> bool {
    let valued = valued(text);
    let plain = valued.iter().filter(|valued| !**valued).count();
    let repeated = covered(chars, evidence)
        .into_iter()
        .zip(&valued)
        .filter(|(covered, valued)| *covered && !**valued)
        .count();
    repeated * 2 >= plain
}

/// Whether two values of one dimension can be meant for one another where the words around them differ. Quantities of the same unit can;
/// another one of their family, as days beside months, may well be about something else.
fn rivals(own: &Value, other: &Value) -> bool {
    match (own, other) {
        (Value::Quantity { unit, .. }, Value::Quantity { unit: same, .. }) => unit == same,
        _ => true,
    }
}

/// Whether `own` lies within the bounds of `other`. Of what is only about so, nobody can say.
fn within(own: &Value, other: &Value) -> bool {
    let (order, bounds) = match (own, other) {
        (
            Value::Quantity {
                amount,
                bounds: free,
                ..
            },
            Value::Quantity {
                amount: limit,
                bounds,
                ..
            },
        ) if free.is_empty() => (amount.compare(*limit), bounds),
        (Value::Date { date, bounds: free }, Value::Date { date: day, bounds })
            if free.is_empty() =>
        {
            (date.compare(*day), bounds)
        }
        _ => return false,
    };
    let Some(order) = order else {
        return false;
    };
    let holds = |bound: &Bound| match bound {
        Bound::Above | Bound::After => order == Ordering::Greater,
        Bound::AtLeast | Bound::From => order != Ordering::Less,
        Bound::Below | Bound::Before => order == Ordering::Less,
        Bound::AtMost | Bound::To => order != Ordering::Greater,
        Bound::About => false,
    };
    !bounds.is_empty() && bounds.iter().all(holds)
}
