//! Which open order is about the same: an index of open roots by character bigrams, with place, item and time.
//!
//! Only roots are held, so that links cannot form chains: an order that is like a linked one, but not like its root,
//! becomes a root of its own. Nothing is merged here; the caller tells the person and the dispatcher.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::word::{PASSED, Said};

/// What is compared of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Unique.
    pub id: String,
    /// The person's words.
    pub text: String,
    /// Code of its item, if it is known.
    pub item: Option<String>,
    /// Name of its place in the gazetteer, if it is known and smaller than a district.
    pub place: Option<String>,
    /// When it came, in seconds since 1970.
    pub at: i64,
}

/// A link to an open root.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// Id of the root.
    pub root: String,
    /// Of the words, place and item together; comparable with the threshold only.
    pub score: f64,
    /// Cosine of the words alone, from 0 to 1.
    pub cosine: f64,
    /// Whether both name the same place.
    pub same_place: bool,
    /// Whether both are of the same item.
    pub same_item: bool,
}

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Linked {
    /// It is like no open root, and is one now.
    Root,
    /// It is about the same as this root.
    To(Link),
}

/// Score from which two orders are about the same: chosen on the pairs of `link-pairs.jsonl`.
pub const THRESHOLD: f64 = 0.43;

/// Days within which they must have come.
pub const WINDOW_DAYS: i64 = 90;

const SAME_PLACE: f64 = 0.30;
/// Two places that are both known are two matters, whatever the words.
const OTHER_PLACE: f64 = -1.0;
/// Counts only at one place: all who ask about the housing fund speak of one item.
const SAME_ITEM: f64 = 0.15;
const OTHER_ITEM: f64 = -0.25;

/// How many orders are compared exactly, those first that share the most.
const CLOSE: usize = 256;

/// The index of open roots.
#[derive(Debug, Clone, Default)]
pub struct Links {
    /// Numbers of bigrams; only looked up, never walked.
    terms: HashMap<(char, char), u32>,
    /// For each bigram the roots that hold it, in order of their slots.
    postings: Vec<Vec<u32>>,
    /// Slots are not used again, so that older roots come first.
    roots: Vec<Option<Root>>,
    slots: BTreeMap<String, u32>,
}

#[derive(Debug, Clone)]
struct Root {
    order: Order,
    /// Bigrams with their number of times, in order of the bigrams.
    counts: Vec<(u32, f64)>,
    /// Length of the counts, for a first look.
    length: f64,
}

impl Links {
    /// Links an order to the nearest open root, or makes it one. An id that is a root already is replaced.
    pub fn put(&mut self, order: Order) -> Linked {
        match self.nearest(&order) {
            Some(link) => Linked::To(link),
            None => {
                self.add(order);
                Linked::Root
            }
        }
    }

    /// Makes an order a root, whatever it is like.
    pub fn add(&mut self, order: Order) {
        self.remove(&order.id);
        let slot =
            u32::try_from(self.roots.len()).expect("fewer than four thousand million orders");
        let mut counts: BTreeMap<u32, f64> = BTreeMap::new();
        for bigram in bigrams(&order) {
            let next = u32::try_from(self.postings.len()).expect("bigrams are fewer than orders");
            let term = *self.terms.entry(bigram).or_insert(next);
            if term == next {
                self.postings.push(Vec::new());
            }
            *counts.entry(term).or_default() += 1.0;
        }
        for term in counts.keys() {
            self.postings[*term as usize].push(slot);
        }
        self.slots.insert(order.id.clone(), slot);
        let length = counts
            .values()
            .map(|count| count * count)
            .sum::<f64>()
            .sqrt();
        self.roots.push(Some(Root {
            order,
            counts: counts.into_iter().collect(),
            length,
        }));
    }

    /// Takes a root out, since it is closed; whether it was there.
    pub fn remove(&mut self, id: &str) -> bool {
        let Some(slot) = self.slots.remove(id) else {
            return false;
        };
        let root = self.roots[slot as usize].take();
        for (term, _) in root.map(|root| root.counts).unwrap_or_default() {
            let listed = &mut self.postings[term as usize];
            if let Ok(at) = listed.binary_search(&slot) {
                listed.remove(at);
            }
        }
        true
    }

    /// How many roots are open.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The nearest open root whose score reaches [`THRESHOLD`] and which came within [`WINDOW_DAYS`]; of equal ones the
    /// earlier, then the lesser id.
    pub fn nearest(&self, order: &Order) -> Option<Link> {
        let best = self.best(order)?;
        (best.score >= THRESHOLD).then_some(best)
    }

    /// The nearest open root that shares words with it, however far.
    pub fn best(&self, order: &Order) -> Option<Link> {
        let (counts, norm) = self.counts(order);
        let links = self.close(order, &counts).into_iter().map(|slot| {
            let root = self.roots[slot as usize]
                .as_ref()
                .expect("only open roots are listed");
            (self.compare(order, root, &counts, norm), root)
        });
        links
            .max_by(|(one, first), (other, second)| {
                let by = one.score.total_cmp(&other.score);
                by.then_with(|| later(&first.order, &second.order).reverse())
            })
            .map(|(link, _)| link)
    }

    /// How an order lies to one open root; `None` if there is no such root.
    pub fn between(&self, order: &Order, root: &str) -> Option<Link> {
        let root = self.roots[*self.slots.get(root)? as usize].as_ref()?;
        let (counts, norm) = self.counts(order);
        Some(self.compare(order, root, &counts, norm))
    }

    /// The known bigrams of an order with their number of times, and the length of it with the unknown ones.
    fn counts(&self, order: &Order) -> (Vec<(u32, f64)>, f64) {
        let mut counts: BTreeMap<u32, f64> = BTreeMap::new();
        let mut foreign: BTreeMap<(char, char), f64> = BTreeMap::new();
        for bigram in bigrams(order) {
            match self.terms.get(&bigram) {
                Some(term) => *counts.entry(*term).or_default() += 1.0,
                None => *foreign.entry(bigram).or_default() += 1.0,
            }
        }
        let counts: Vec<(u32, f64)> = counts.into_iter().collect();
        // Words that no root holds make it less like all of them.
        let rare = self.weight(0);
        let foreign: f64 = foreign.values().map(|count| (count * rare).powi(2)).sum();
        let norm = (self.norm(&counts) + foreign).sqrt();
        (counts, norm)
    }

    /// The slots that share the most with these bigrams, in order.
    fn close(&self, order: &Order, counts: &[(u32, f64)]) -> Vec<u32> {
        let mut sums = vec![0.0_f32; self.roots.len()];
        let mut touched: Vec<u32> = Vec::new();
        for (term, count) in counts {
            let listed = &self.postings[*term as usize];
            let weight = self.weight(listed.len()).powi(2) * count;
            for slot in listed {
                let sum = &mut sums[*slot as usize];
                if *sum == 0.0 {
                    touched.push(*slot);
                }
                *sum += weight as f32;
            }
        }
        let window = WINDOW_DAYS * 24 * 60 * 60;
        let mut ranked: Vec<(f32, u32)> = touched
            .into_iter()
            .filter_map(|slot| {
                let root = self.roots[slot as usize].as_ref()?;
                let other = &root.order;
                let near = other.at.saturating_sub(order.at).saturating_abs() <= window;
                (near && other.id != order.id)
                    .then_some((sums[slot as usize] / root.length.max(1.0) as f32, slot))
            })
            .collect();
        let by = |one: &(f32, u32), other: &(f32, u32)| {
            other.0.total_cmp(&one.0).then(one.1.cmp(&other.1))
        };
        if ranked.len() > CLOSE {
            ranked.select_nth_unstable_by(CLOSE, by);
            ranked.truncate(CLOSE);
        }
        let mut slots: Vec<u32> = ranked.into_iter().map(|(_, slot)| slot).collect();
        slots.sort_unstable();
        slots
    }

    fn compare(&self, order: &Order, root: &Root, counts: &[(u32, f64)], norm: f64) -> Link {
        let lengths = norm * self.norm(&root.counts).sqrt();
        let dot = self.dot(counts, &root.counts);
        let cosine = if lengths > 0.0 { dot / lengths } else { 0.0 };
        let place = same(order.place.as_ref(), root.order.place.as_ref());
        let item = same(order.item.as_ref(), root.order.item.as_ref());
        Link {
            root: root.order.id.clone(),
            score: cosine + bonus(place, item),
            cosine,
            same_place: place == Some(true),
            same_item: item == Some(true),
        }
    }

    /// Inverse document frequency, smoothed.
    fn weight(&self, holders: usize) -> f64 {
        ((self.len() as f64 + 1.0) / (holders as f64 + 1.0)).ln() + 1.0
    }

    fn norm(&self, counts: &[(u32, f64)]) -> f64 {
        self.dot(counts, counts)
    }

    fn dot(&self, one: &[(u32, f64)], other: &[(u32, f64)]) -> f64 {
        let (mut at, mut sum) = (0, 0.0);
        for (term, count) in one {
            while at < other.len() && other[at].0 < *term {
                at += 1;
            }
            if at < other.len() && other[at].0 == *term {
                let weight = self.weight(self.postings[*term as usize].len());
                sum += weight * weight * count * other[at].1;
            }
        }
        sum
    }
}

/// What place and item add to the likeness of the words; `None` where one of the two is not known.
fn bonus(same_place: Option<bool>, same_item: Option<bool>) -> f64 {
    let place = match same_place {
        Some(true) => SAME_PLACE,
        Some(false) => OTHER_PLACE,
        None => 0.0,
    };
    let item = match same_item {
        Some(true) if same_place == Some(true) => SAME_ITEM,
        Some(true) | None => 0.0,
        Some(false) => OTHER_ITEM,
    };
    place + item
}

/// Whether both are known and the same.
fn same(one: Option<&String>, other: Option<&String>) -> Option<bool> {
    Some(one? == other?)
}

fn later(one: &Order, other: &Order) -> Ordering {
    one.at.cmp(&other.at).then_with(|| one.id.cmp(&other.id))
}

/// Pairs of letters and figures that stand side by side in a clause, without the place: it is compared by itself, and
/// would make all matters of one place alike.
fn bigrams(order: &Order) -> Vec<(char, char)> {
    let mut said = Said::new(&order.text);
    if let Some(place) = &order.place {
        said.blank(place);
    }
    let pairs = said.clauses.iter().flat_map(|(from, to)| {
        said.chars[*from..*to]
            .windows(2)
            .map(|pair| (pair[0], pair[1]))
    });
    pairs
        .filter(|pair| pair.0 != PASSED && pair.1 != PASSED)
        .collect()
}

#[cfg(test)]
mod tests;
