//! The answer without a model: the best sentences of the evidence, quoted, in order, without repetition.

use std::ops::Range;

use corpora::Passage;
use corpora::fold::fold;
use serde::{Deserialize, Serialize};

use crate::answer::Citation;
use crate::basis::Basis;
use crate::evidence::{Unit, Words, units};
use crate::intent::suits;
use crate::understand::Understood;

/// A piece of a passage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Quote {
    /// Exactly as it stands in the passage.
    pub(crate) text: String,
    /// Bytes of the passage's text.
    pub(crate) range: Range<usize>,
    /// The passage.
    pub(crate) passage: Passage,
    /// For documents without a validity period: the year of which the sentence speaks.
    pub(crate) year: Option<i16>,
}

impl Quote {
    /// The passage's text below its title and path, for the check of clause names.
    pub(crate) fn labelled(&self) -> String {
        format!(
            "《{}》{}\n{}",
            self.passage.title,
            self.passage.path_text(),
            self.passage.text
        )
    }
}

impl Quote {
    /// The citation of its passage, narrowed to the 款 if all that `quotes` quote of it stands in one.
    pub(crate) fn citation(&self, quotes: &[Self]) -> Citation {
        let same = || {
            let all = quotes.iter();
            all.filter(|other| other.passage.id == self.passage.id)
        };
        let start = same().map(|quote| quote.range.start).min();
        let end = same().map(|quote| quote.range.end).max();
        let start = start.unwrap_or(self.range.start);
        let end = end.unwrap_or(self.range.end);
        Citation::of(&self.passage, self.passage.path_of(start, end))
    }
}

/// Passages shorter than this many characters are quoted whole.
const WHOLE: usize = 240;

/// Clauses that the question names are quoted whole up to this many characters.
const NAMED: usize = 2_000;

/// Characters of one passage that are quoted at most, unless a single unit is longer.
const MOST: usize = 600;

/// Quotes from the chosen candidates.
pub(crate) fn compose(understood: &Understood, basis: &Basis) -> Vec<Quote> {
    let mut quotes: Vec<Quote> = Vec::new();
    for candidate in basis.chosen() {
        let passage = &candidate.hit.passage;
        // Who names a clause wants to read it, not the part of it that resembles the question.
        let whole = candidate.named && passage.text.chars().count() <= NAMED;
        let picked = if whole {
            vec![Unit {
                range: 0..passage.text.len(),
            }]
        } else {
            pick(understood, &basis.words, passage)
        };
        for unit in picked {
            let text = passage.text[unit.range.clone()].to_owned();
            let folded = fold(&text);
            if quotes
                .iter()
                .any(|quote| fold(&quote.text).contains(&folded))
            {
                continue;
            }
            let year = year_of(passage, &unit.range, understood.year);
            quotes.push(Quote {
                text,
                range: unit.range,
                passage: passage.clone(),
                year,
            });
        }
    }
    // Of undated sources only those that speak of the year asked for stand, if there are any.
    if let Some(year) = understood.year {
        let speaks =
            |quote: &Quote| quote.passage.effective_from.is_some() || quote.year == Some(year);
        if quotes
            .iter()
            .any(|quote| quote.year == Some(year) && quote.passage.effective_from.is_none())
        {
            quotes.retain(speaks);
        }
    }
    quotes
}

/// The units of `passage` that answer, in order.
fn pick(understood: &Understood, words: &Words, passage: &Passage) -> Vec<Unit> {
    let all = units(passage);
    if all.len() <= 1 || passage.text.chars().count() <= WHOLE && passage.effective_from.is_some() {
        return vec![Unit {
            range: 0..passage.text.len(),
        }];
    }
    let scored: Vec<f32> = all
        .iter()
        .map(|unit| merit(understood, words, passage, unit))
        .collect();
    let best = scored.iter().copied().fold(0.0, f32::max);
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|&left, &right| {
        scored[right]
            .total_cmp(&scored[left])
            .then(left.cmp(&right))
    });
    let (mut kept, mut length) = (Vec::new(), 0);
    for index in order {
        let characters = passage.text[all[index].range.clone()].chars().count();
        if kept.is_empty() || (scored[index] >= best * 0.6 && length + characters <= MOST) {
            kept.push(index);
            length += characters;
        }
    }
    kept.sort_unstable();
    kept.into_iter().map(|index| all[index].clone()).collect()
}

fn merit(understood: &Understood, words: &Words, passage: &Passage, unit: &Unit) -> f32 {
    let folded = fold(&passage.text[unit.range.clone()]);
    let covered = words.covered(&folded);
    let asked = 0.3 * suits(&words.intents, passage, &folded);
    let year = match (
        understood.year,
        year_of(passage, &unit.range, understood.year),
    ) {
        (Some(asked), Some(year)) if passage.effective_from.is_none() => {
            if asked == year {
                0.3
            } else {
                -0.2
            }
        }
        _ => 0.0,
    };
    covered + asked + year
}

/// The year of which a sentence of an undated document speaks: the one asked for if the sentence names it, else the last
/// one it names, else the nearest before it.
fn year_of(passage: &Passage, range: &Range<usize>, asked: Option<i16>) -> Option<i16> {
    if passage.effective_from.is_some() {
        return None;
    }
    let own = years(&passage.text[range.clone()]);
    let named = asked
        .filter(|asked| own.contains(asked))
        .or(own.last().copied());
    named
        .or_else(|| years(&passage.text[..range.start]).last().copied())
        .or(passage.year)
}

fn years(text: &str) -> Vec<i16> {
    let year = |(at, _): (usize, &str)| text.get(at.checked_sub(4)?..at)?.parse::<i16>().ok();
    text.match_indices('年')
        .filter_map(year)
        .filter(|year| (1900..2100).contains(year))
        .collect()
}
