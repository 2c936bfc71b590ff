//! The cases in their order, each with its person and its words made comparable. Nothing is counted here.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::Case;
use super::words;
use crate::order::rates::Period;

/// All cases by time and id, without those whose id came before.
pub(super) struct Table<'a> {
    pub(super) cases: Vec<&'a Case>,
    /// For each case the number of its person.
    pub(super) people: Vec<u32>,
    /// For each case the number of its place.
    pub(super) places: Vec<Option<u32>>,
    /// For each case the number of its item.
    pub(super) items: Vec<Option<u32>>,
    /// For each case its words, without its place.
    pub(super) words: Vec<Vec<char>>,
    /// For each case the number of each pair of characters; [`NO_PAIR`] across clauses.
    pub(super) pairs: Vec<Vec<u32>>,
    /// The pairs by their numbers.
    pub(super) names: Vec<[char; 2]>,
}

/// Stands for two characters that are not of one clause.
pub(super) const NO_PAIR: u32 = u32::MAX;

/// Who speaks. Without a name, the same words are the same person: a message sent twice is no second voice.
#[derive(PartialEq, Eq, Hash)]
enum Voice<'a> {
    Named(&'a str),
    Unnamed(&'a [char]),
}

impl<'a> Table<'a> {
    pub(super) fn new(cases: &'a [Case]) -> Self {
        let mut sorted: Vec<&Case> = cases.iter().collect();
        sorted.sort_unstable();
        let mut ids: HashSet<&str> = HashSet::with_capacity(sorted.len());
        sorted.retain(|case| ids.insert(&case.id));
        let words: Vec<Vec<char>> = sorted
            .iter()
            .map(|case| words::comparable(&case.text, case.place.as_deref()))
            .collect();
        let people = people(&sorted, &words);
        let (pairs, names) = pairs(&words);
        Self {
            places: numbered(sorted.iter().map(|case| case.place.as_deref())),
            items: numbered(sorted.iter().map(|case| case.item.as_deref())),
            cases: sorted,
            people,
            words,
            pairs,
            names,
        }
    }

    /// Where the cases of a period stand.
    pub(super) fn within(&self, period: Period) -> Range<u32> {
        let before = |moment| self.cases.partition_point(|case| case.at < moment) as u32;
        let from = before(period.from);
        from..before(period.to).max(from)
    }

    pub(super) fn case(&self, at: u32) -> &'a Case {
        self.cases[at as usize]
    }

    pub(super) fn person(&self, at: u32) -> u32 {
        self.people[at as usize]
    }
}

/// Numbers names, so that they are compared fast.
fn numbered<'a>(names: impl Iterator<Item = Option<&'a str>>) -> Vec<Option<u32>> {
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let mut number = |name| {
        let next = numbers.len() as u32;
        *numbers.entry(name).or_insert(next)
    };
    names.map(|name| name.map(&mut number)).collect()
}

/// Numbers the pairs of characters, so that they are hashed once.
fn pairs(words: &[Vec<char>]) -> (Vec<Vec<u32>>, Vec<[char; 2]>) {
    let mut names: Vec<[char; 2]> = Vec::new();
    let mut numbers: HashMap<[char; 2], u32> = HashMap::new();
    let mut number = |pair: &[char]| {
        if pair.contains(&words::BREAK) {
            return NO_PAIR;
        }
        let pair = [pair[0], pair[1]];
        let next = names.len() as u32;
        let number = *numbers.entry(pair).or_insert(next);
        if number == next {
            names.push(pair);
        }
        number
    };
    let pairs = words
        .iter()
        .map(|words| words.windows(2).map(&mut number).collect())
        .collect();
    (pairs, names)
}

fn people(cases: &[&Case], words: &[Vec<char>]) -> Vec<u32> {
    let mut voices: HashMap<Voice, u32> = HashMap::new();
    let mut number = |voice| {
        let next = voices.len() as u32;
        *voices.entry(voice).or_insert(next)
    };
    let spoken = cases.iter().zip(words);
    spoken
        .map(|(case, words)| match &case.reporter {
            Some(name) => number(Voice::Named(name)),
            None => number(Voice::Unnamed(words)),
        })
        .collect()
}
