//! Which cases of a window speak of one matter: each joins the nearest matter that has begun, or begins one.
//!
//! A case is compared with what a matter is about as a whole and with the case that began it, never with just any
//! member: matters that are joined through one stray member would grow into one. Candidates come from an index with
//! bounded lists, so that the time grows with the number of cases and not with its square. What one person says twice
//! in the same words is one voice here. Which matters are hot is not decided here.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::table::{NO_PAIR, Table};
use super::words;

/// Cases that speak of one thing.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Matter {
    /// Where the cases stand, in order.
    pub(super) cases: Vec<u32>,
    /// The one that is most like the whole.
    pub(super) central: u32,
    /// The place that the first of them names which names one.
    pub(super) place: Option<String>,
    /// What they are about, as a vector.
    about: Vec<Weighted>,
}

/// A pair's number and weight.
type Weighted = (u32, f32);

/// Score from which a case joins a matter: chosen on the demo city's orders and on half of the messages of a real city.
const THRESHOLD: f32 = 0.30;
/// Likeness to the case that began the matter, place and item counted, from which a case may join it.
const TO_FIRST: f32 = 0.20;
const SAME_PLACE: f32 = 0.15;
const SAME_ITEM: f32 = 0.20;
const OTHER_ITEM: f32 = -0.25;

/// Pairs kept of a case, and of a matter: those that weigh the most.
const KEPT: usize = 128;
const KEPT_ABOUT: usize = 128;
/// Pairs by which a case is found, how many of the latest cases are looked at for each, and how many matters are
/// compared.
const KEYS: usize = 16;
const LATEST: usize = 128;
const COMPARED: usize = 24;
/// Matters of one place that are compared: the latest.
const OF_PLACE: usize = 32;

/// What each pair of characters weighs, by its number.
pub(super) struct Space {
    weights: Vec<f32>,
}

impl Space {
    /// Learns from all cases which pairs are rare; the same words of one person count once.
    pub(super) fn new(table: &Table) -> Self {
        let mut holders: Vec<(u32, u32)> = vec![(0, 0); table.names.len()];
        let mut known: HashSet<(u32, &[u32])> = HashSet::new();
        let mut voices = 0_u32;
        for (pairs, person) in table.pairs.iter().zip(&table.people) {
            if !known.insert((*person, pairs)) {
                continue;
            }
            voices += 1;
            for pair in pairs.iter().filter(|pair| **pair != NO_PAIR) {
                let (count, last) = &mut holders[*pair as usize];
                if *last != voices {
                    (*count, *last) = (*count + 1, voices);
                }
            }
        }
        let weight =
            |count: u32| ((f64::from(voices) + 1.0) / (f64::from(count) + 0.5)).ln() as f32;
        let weights = holders.iter().map(|(count, _)| weight(*count).max(0.0));
        Self {
            weights: weights.collect(),
        }
    }

    /// The heaviest pairs, of length one together, in order of their numbers.
    fn vector(&self, pairs: &[u32]) -> Vec<Weighted> {
        let mut found: Vec<u32> = pairs
            .iter()
            .copied()
            .filter(|pair| *pair != NO_PAIR)
            .collect();
        found.sort_unstable();
        let weighted = found.chunk_by(|one, other| one == other).map(|same| {
            let times = 1.0 + (same.len() as f32).ln();
            (same[0], times * self.weights[same[0] as usize])
        });
        let mut vector: Vec<Weighted> = weighted.filter(|(_, weight)| *weight > 0.0).collect();
        keep_heaviest(&mut vector, KEPT);
        let length = norm(&vector);
        for (_, weight) in &mut vector {
            *weight /= length;
        }
        vector
    }

    /// How much some words say of a matter: common ones say little, and many do not say more for being many.
    pub(super) fn nearness(&self, words: &[char], matter: &Matter, table: &Table) -> f32 {
        let about = matter.about.iter().map(|(pair, weight)| {
            let says = self.weights[*pair as usize] * weight;
            (table.names[*pair as usize], says)
        });
        let about: HashMap<[char; 2], f32> = about.collect();
        let says = words::runs(words, 2).filter_map(|pair| about.get(&[pair[0], pair[1]]));
        says.sum::<f32>() / (words.len().max(2) as f32 - 1.0).sqrt()
    }
}

/// All matters of a window, in the order in which they began; most are of one case.
pub(super) fn matters(
    table: &Table,
    within: Range<u32>,
    space: &Space,
    gap_days: u32,
) -> Vec<Matter> {
    let mut begun = Begun {
        gap_seconds: i64::from(gap_days) * 24 * 60 * 60,
        postings: vec![Vec::new(); space.weights.len()],
        ..Begun::default()
    };
    let mut joined: HashMap<Unit, usize> = HashMap::new();
    for at in within {
        let unit = (
            table.person(at),
            table.places[at as usize],
            table.items[at as usize],
            table.pairs[at as usize].as_slice(),
        );
        match joined.get(&unit) {
            Some(matter) => begun.all[*matter].cases.push(at),
            None => {
                let vector = space.vector(&table.pairs[at as usize]);
                joined.insert(unit, begun.put(table, at, vector));
            }
        }
    }
    let finished = begun.all.into_iter().map(|matter| matter.finish(table));
    finished.collect()
}

/// What makes a message a new voice: person, place, item and words.
type Unit<'a> = (u32, Option<u32>, Option<u32>, &'a [u32]);

#[derive(Default)]
struct Begun {
    gap_seconds: i64,
    all: Vec<Growing>,
    /// For each pair the matters whose cases have it among their keys, the latest last.
    postings: Vec<Vec<u32>>,
    /// For each matter what it shares with the case that is being put; zero between cases.
    shared: Vec<f32>,
    places: HashMap<u32, Vec<u32>>,
}

/// What is compared of a case beside its words.
struct Fields {
    person: u32,
    place: Option<u32>,
    item: Option<u32>,
    second: i64,
}

impl Fields {
    fn new(table: &Table, at: u32) -> Self {
        Self {
            person: table.person(at),
            place: table.places[at as usize],
            item: table.items[at as usize],
            second: table.case(at).at.as_second(),
        }
    }
}

/// A matter that may still grow.
struct Growing {
    cases: Vec<u32>,
    /// The first case of each person, with its vector.
    voices: Vec<(u32, Vec<Weighted>)>,
    people: HashSet<u32>,
    about: Vec<Weighted>,
    /// The length of `about`; never zero.
    length: f32,
    place: Option<u32>,
    item: Option<u32>,
    last_second: i64,
}

impl Begun {
    /// Puts a case to the nearest matter or begins one; which it is.
    fn put(&mut self, table: &Table, at: u32, vector: Vec<Weighted>) -> usize {
        let case = &Fields::new(table, at);
        let keys = heaviest(&vector, KEYS);
        let candidates = self.candidates(case, &keys);
        let scores = candidates.into_iter().filter_map(|matter| {
            let score = self.score(case, &vector, matter)?;
            Some((score, matter))
        });
        let best = scores
            .max_by(|(one, first), (other, second)| one.total_cmp(other).then(second.cmp(first)));
        let matter = best.map_or(self.all.len(), |(_, matter)| matter as usize);
        if matter == self.all.len() {
            self.all.push(Growing::new());
            self.shared.push(0.0);
        }
        self.index(matter as u32, case, &keys);
        self.all[matter].grow(at, case, vector);
        matter
    }

    /// Matters that share rare pairs with a case, or its place.
    fn candidates(&mut self, case: &Fields, keys: &[Weighted]) -> Vec<u32> {
        let mut found: Vec<u32> = Vec::new();
        for (term, weight) in keys {
            for matter in self.postings[*term as usize].iter().rev().take(LATEST) {
                let shared = &mut self.shared[*matter as usize];
                if *shared == 0.0 {
                    found.push(*matter);
                }
                *shared += weight;
            }
        }
        if found.len() > COMPARED {
            found.select_nth_unstable_by(COMPARED, |one, other| {
                let (first, second) = (self.shared[*one as usize], self.shared[*other as usize]);
                second.total_cmp(&first).then(one.cmp(other))
            });
        }
        for matter in &found {
            self.shared[*matter as usize] = 0.0;
        }
        found.truncate(COMPARED);
        let here = case.place.and_then(|place| self.places.get(&place));
        found.extend(
            here.into_iter()
                .flat_map(|here| here.iter().rev().take(OF_PLACE)),
        );
        found.sort_unstable();
        found.dedup();
        found
    }

    fn index(&mut self, matter: u32, case: &Fields, keys: &[Weighted]) {
        for (term, _) in keys {
            let listed = &mut self.postings[*term as usize];
            if listed.last() != Some(&matter) {
                listed.push(matter);
            }
        }
        if let Some(place) = case.place {
            let here = self.places.entry(place).or_default();
            here.retain(|it| *it != matter);
            here.push(matter);
        }
    }

    /// How near a case is to a matter; `None` where it may not join.
    fn score(&self, case: &Fields, vector: &[Weighted], matter: u32) -> Option<f32> {
        let matter = &self.all[matter as usize];
        if case.second - matter.last_second > self.gap_seconds {
            return None;
        }
        let beside = beside(case, matter)?;
        let whole = dot(vector, &matter.about) / matter.length + beside;
        let near_first = || {
            let (_, first) = matter.voices.first()?;
            Some(dot(vector, first) + beside >= TO_FIRST)
        };
        (whole >= THRESHOLD && near_first()?).then_some(whole)
    }
}

/// What place and item add to the likeness of words; `None` for two places, which are two matters whatever the words.
fn beside(case: &Fields, matter: &Growing) -> Option<f32> {
    let same = |one: Option<u32>, other: Option<u32>| Some(one? == other?);
    let place = same(case.place, matter.place);
    let item = same(case.item, matter.item);
    match (place, item) {
        (Some(false), _) => None,
        (Some(true), Some(true)) => Some(SAME_PLACE + SAME_ITEM),
        (Some(true), Some(false)) => Some(SAME_PLACE + OTHER_ITEM),
        (Some(true), None) => Some(SAME_PLACE),
        (None, Some(false)) => Some(OTHER_ITEM),
        // All who ask about the housing fund speak of one item: without a place it says nothing.
        (None, Some(true) | None) => Some(0.0),
    }
}

impl Growing {
    fn new() -> Self {
        Self {
            cases: Vec::new(),
            voices: Vec::new(),
            people: HashSet::new(),
            about: Vec::new(),
            length: 1.0,
            place: None,
            item: None,
            last_second: i64::MIN,
        }
    }

    fn grow(&mut self, at: u32, case: &Fields, vector: Vec<Weighted>) {
        self.cases.push(at);
        self.place = self.place.or(case.place);
        self.item = self.item.or(case.item);
        self.last_second = self.last_second.max(case.second);
        // One person's many messages do not decide what a matter is about.
        if self.people.insert(case.person) {
            self.about = sum(&self.about, &vector);
            keep_heaviest(&mut self.about, KEPT_ABOUT);
            self.length = norm(&self.about).max(f32::MIN_POSITIVE);
            self.voices.push((at, vector));
        }
    }

    fn finish(self, table: &Table) -> Matter {
        let mut central = (f32::MIN, 0);
        for (at, vector) in &self.voices {
            let likeness = dot(vector, &self.about);
            if likeness > central.0 {
                central = (likeness, *at);
            }
        }
        let mut cases = self.cases;
        cases.sort_unstable();
        Matter {
            place: cases.iter().find_map(|at| table.case(*at).place.clone()),
            cases,
            central: central.1,
            about: self.about,
        }
    }
}

fn norm(vector: &[Weighted]) -> f32 {
    vector
        .iter()
        .map(|(_, weight)| weight * weight)
        .sum::<f32>()
        .sqrt()
}

fn dot(one: &[Weighted], other: &[Weighted]) -> f32 {
    let (mut at, mut sum) = (0, 0.0);
    for (term, weight) in one {
        while other.get(at).is_some_and(|(it, _)| it < term) {
            at += 1;
        }
        match other.get(at) {
            Some((it, also)) if it == term => sum += weight * also,
            Some(_) => {}
            None => break,
        }
    }
    sum
}

fn sum(one: &[Weighted], other: &[Weighted]) -> Vec<Weighted> {
    let mut all: Vec<Weighted> = one.iter().chain(other).copied().collect();
    all.sort_by_key(|(term, _)| *term);
    all.chunk_by(|one, other| one.0 == other.0)
        .map(|same| (same[0].0, same.iter().map(|(_, weight)| weight).sum()))
        .collect()
}

/// The heaviest, the heaviest first; of equal ones the lesser number.
fn heaviest(vector: &[Weighted], count: usize) -> Vec<Weighted> {
    let mut vector = vector.to_vec();
    vector.sort_unstable_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    vector.truncate(count);
    vector
}

fn keep_heaviest(vector: &mut Vec<Weighted>, count: usize) {
    if vector.len() > count {
        *vector = heaviest(vector, count);
        vector.sort_unstable_by_key(|(term, _)| *term);
    }
}
