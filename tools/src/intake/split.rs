//! One message, several orders: the text of each is cut from the message, never written anew.

use serde::Serialize;

use super::catalog::Catalog;
use super::need::Need;
use super::reading::Reading;
use crate::place::Span;

/// The text of an order that is to be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Draft<'a> {
    /// What it is about; `None` for a message in which no item was recognised: it goes to the catch-all.
    pub need: Option<Need<'a>>,
    /// The person's clauses about it and those about all, in order, parted by `，`.
    pub text: String,
    /// Where these clauses stand in the message.
    pub spans: Vec<Span>,
}

/// Parts a message into a draft for each need. A clause that speaks of no need (the place, how often it was brought, what is
/// asked for) goes to each; none is lost.
pub fn split<'a>(message: &str, catalog: &'a Catalog) -> Vec<Draft<'a>> {
    let needs = catalog.needs(message);
    let reading = Reading::of(message);
    let clauses: Vec<Span> = reading
        .clauses
        .iter()
        .map(|clause| clause.said.span)
        .collect();
    if needs.len() < 2 {
        let need = needs.into_iter().next();
        return vec![Draft {
            need,
            text: message.trim().to_owned(),
            spans: clauses,
        }];
    }
    // For each clause the needs of which it speaks.
    let owners: Vec<Vec<usize>> = clauses
        .iter()
        .map(|clause| {
            let of = |need: &Need<'_>| need.spans.iter().any(|span| clause.overlaps(*span));
            (0..needs.len()).filter(|at| of(&needs[*at])).collect()
        })
        .collect();
    needs
        .iter()
        .enumerate()
        .map(|(own, need)| {
            let spans: Vec<Span> = clauses
                .iter()
                .zip(&owners)
                .filter(|(_, owners)| owners.is_empty() || owners.contains(&own))
                .map(|(clause, _)| *clause)
                .collect();
            let texts: Vec<String> = spans.iter().map(|span| span.cut(message)).collect();
            Draft {
                need: Some(need.clone()),
                text: texts.join("，").trim().to_owned(),
                spans,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
