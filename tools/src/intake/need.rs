//! Which items of the catalogue a message speaks of. Several needs are several items; none is none.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::catalog::{Catalog, Item};
use super::word::Said;
use crate::place::Span;

/// An item that a message speaks of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Need<'a> {
    /// Which.
    pub item: &'a Item,
    /// The words by which it was recognised, in order.
    pub spans: Vec<Span>,
    /// Characters recognised, each word counted once and parted among the items that it may mean; at least 1.
    pub score: f64,
}

/// A word of the catalogue in a message.
#[derive(Clone)]
struct Hit<'a> {
    from: usize,
    to: usize,
    length: usize,
    items: &'a [usize],
}

/// Of two items of one group in one clause, the weaker is another reading of the same need, if it has less than this
/// share of the stronger one's score.
const WEAKER: f64 = 0.6;

impl Catalog {
    /// The items that a message speaks of, in the order of their mention. The longest word wins where several overlap.
    pub fn needs(&self, message: &str) -> Vec<Need<'_>> {
        let said = Said::new(message);
        let excluded: BTreeSet<usize> = (0..self.items.len())
            .filter(|at| {
                self.without[*at]
                    .iter()
                    .any(|word| !word.find(&said).is_empty())
            })
            .collect();
        let hits = longest(self.hits(&said, &excluded));
        let mut spans: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
        let mut scores: BTreeMap<usize, f64> = BTreeMap::new();
        let mut counted: BTreeSet<&[char]> = BTreeSet::new();
        for hit in &hits {
            let items: Vec<usize> = hit
                .items
                .iter()
                .copied()
                .filter(|item| !excluded.contains(item))
                .collect();
            let first = counted.insert(&said.chars[hit.from..hit.to]);
            for item in &items {
                spans.entry(*item).or_default().push((hit.from, hit.to));
                let share = if first {
                    hit.length as f64 / items.len() as f64
                } else {
                    0.0
                };
                *scores.entry(*item).or_default() += share;
            }
        }
        self.distinct(&said, &mut spans, &scores);
        let mut needs: Vec<Need<'_>> = spans
            .into_iter()
            .map(|(item, spans)| Need {
                item: &self.items[item],
                spans: spans
                    .iter()
                    .map(|(from, to)| said.span(*from, *to))
                    .collect(),
                score: scores[&item],
            })
            .collect();
        needs.sort_by_key(|need| (need.spans[0], need.item.code.clone()));
        needs
    }

    fn hits(&self, said: &Said, excluded: &BTreeSet<usize>) -> Vec<Hit<'_>> {
        let mut hits = Vec::new();
        for &(begin, end) in &said.clauses {
            for from in begin..end {
                let Some(listed) = self.words.get(&said.chars[from]) else {
                    continue;
                };
                for (word, items) in listed {
                    let Some(to) = word.at(&said.chars[..end], from) else {
                        continue;
                    };
                    let open = items.iter().any(|item| !excluded.contains(item));
                    if open && !said.denies(from, to) {
                        let length = word.length();
                        hits.push(Hit {
                            from,
                            to,
                            length,
                            items,
                        });
                    }
                }
            }
        }
        hits
    }

    /// Takes away the weaker readings of one need.
    fn distinct(
        &self,
        said: &Said,
        spans: &mut BTreeMap<usize, Vec<(usize, usize)>>,
        scores: &BTreeMap<usize, f64>,
    ) {
        let clauses = |item: usize| -> BTreeSet<usize> {
            let spans = spans.get(&item).into_iter().flatten();
            spans.map(|(from, _)| said.clause(*from).0).collect()
        };
        let items: Vec<(usize, BTreeSet<usize>)> =
            spans.keys().map(|item| (*item, clauses(*item))).collect();
        let weaker = |own: &(usize, BTreeSet<usize>)| {
            items.iter().any(|other| {
                self.items[own.0].group == self.items[other.0].group
                    && own.1.is_subset(&other.1)
                    && scores[&own.0] < scores[&other.0] * WEAKER
            })
        };
        let weaker: Vec<usize> = items
            .iter()
            .filter(|it| weaker(it))
            .map(|it| it.0)
            .collect();
        for item in weaker {
            spans.remove(&item);
        }
    }
}

/// Of the words that overlap, the longest; of equal ones, the first. All readings of one stretch stay.
fn longest(mut hits: Vec<Hit<'_>>) -> Vec<Hit<'_>> {
    hits.sort_by_key(|hit| (usize::MAX - hit.length, hit.from, hit.to));
    let mut kept: Vec<Hit<'_>> = Vec::new();
    for hit in hits {
        let same = |other: &Hit<'_>| other.from == hit.from && other.to == hit.to;
        let overlaps = |other: &Hit<'_>| other.from < hit.to && hit.from < other.to;
        if !kept.iter().any(|other| overlaps(other) && !same(other)) {
            kept.push(hit);
        }
    }
    kept.sort_by_key(|hit| (hit.from, hit.to));
    kept
}

#[cfg(test)]
mod tests;
