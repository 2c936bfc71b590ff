//! The account of a document: every character of its source is in a passage or dropped for a stated reason.
//!
//! It knows nothing of how passages are made; it only adds up, and names the place where the sum is wrong.

use std::collections::BTreeMap;
use std::iter::Sum;
use std::ops::{AddAssign, Range};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::chunk::Chunked;
use crate::source::{DropReason, Source};

/// Where the characters of one or more documents went. `characters` is `in_passages` plus everything dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Ledger {
    /// Characters of the source text.
    pub characters: usize,
    /// Characters that stand in a passage.
    pub in_passages: usize,
    /// Characters in no passage, by reason.
    pub dropped: BTreeMap<DropReason, usize>,
}

/// Why an account does not add up. Ranges are bytes of [`Source::text`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LedgerError {
    /// Characters are in no passage and not listed as dropped.
    #[error("bytes {} to {} of the source are in no passage and not listed as dropped", .0.start, .0.end)]
    Gap(Range<usize>),
    /// Characters are accounted for twice.
    #[error("bytes {} to {} of the source are accounted for twice", .0.start, .0.end)]
    Overlap(Range<usize>),
    /// A range is reversed, ends outside of the source or inside of a character.
    #[error("bytes {} to {} are no range of the source", .0.start, .0.end)]
    Bounds(Range<usize>),
    /// A passage shows other characters than its spans hold.
    #[error("passage {chunk} shows other characters than its spans hold")]
    Text {
        /// Index in [`Chunked::chunks`].
        chunk: usize,
    },
    /// The spans of a passage, or the dropped ranges, are not in the order of the source.
    #[error("bytes {} to {} are out of order", .0.start, .0.end)]
    Order(Range<usize>),
}

impl Ledger {
    /// Counts the characters of a document, or names the first fault.
    pub fn of(source: &Source, chunked: &Chunked) -> Result<Self, LedgerError> {
        let text = source.text.as_str();
        let mut ledger = Self {
            characters: text.chars().count(),
            ..Self::default()
        };
        let mut ranges: Vec<Range<usize>> = Vec::new();
        let mut end = 0;
        for dropped in &chunked.dropped {
            let slice = slice(text, &dropped.range)?;
            if dropped.range.start < end {
                return Err(LedgerError::Order(dropped.range.clone()));
            }
            end = dropped.range.end;
            *ledger.dropped.entry(dropped.reason).or_default() += slice.chars().count();
            ranges.push(dropped.range.clone());
        }
        for (index, chunk) in chunked.chunks.iter().enumerate() {
            let mut shown = chunk.text.as_str();
            let mut end = 0;
            for span in &chunk.spans {
                let held = slice(text, span)?;
                if span.start < end {
                    return Err(LedgerError::Order(span.clone()));
                }
                end = span.end;
                shown = strip(shown, held).ok_or(LedgerError::Text { chunk: index })?;
                ledger.in_passages += held.chars().count();
                ranges.push(span.clone());
            }
            if shown.chars().any(|character| character != '\n') {
                return Err(LedgerError::Text { chunk: index });
            }
        }
        tiles(&mut ranges, text.len())?;
        Ok(ledger)
    }
}

/// What is left of a shown text after the characters of one span; line ends in the shown text are skipped.
fn strip<'text>(shown: &'text str, held: &str) -> Option<&'text str> {
    let mut rest = shown.chars();
    for character in held.chars() {
        if rest.find(|next| *next != '\n')? != character {
            return None;
        }
    }
    Some(rest.as_str())
}

fn slice<'text>(text: &'text str, range: &Range<usize>) -> Result<&'text str, LedgerError> {
    text.get(range.clone())
        .ok_or_else(|| LedgerError::Bounds(range.clone()))
}

fn tiles(ranges: &mut [Range<usize>], length: usize) -> Result<(), LedgerError> {
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut end = 0;
    for range in ranges.iter() {
        if range.start > end {
            return Err(LedgerError::Gap(end..range.start));
        }
        if range.start < end {
            return Err(LedgerError::Overlap(range.start..end.min(range.end)));
        }
        end = range.end;
    }
    if end < length {
        Err(LedgerError::Gap(end..length))
    } else {
        Ok(())
    }
}

impl AddAssign<&Self> for Ledger {
    fn add_assign(&mut self, other: &Self) {
        self.characters += other.characters;
        self.in_passages += other.in_passages;
        for (reason, count) in &other.dropped {
            *self.dropped.entry(*reason).or_default() += count;
        }
    }
}

impl Sum for Ledger {
    fn sum<I: Iterator<Item = Self>>(ledgers: I) -> Self {
        ledgers.fold(Self::default(), |mut total, ledger| {
            total += &ledger;
            total
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk::{Chunk, ChunkKind};
    use crate::meta::Meta;
    use crate::source::{Dropped, Format};

    fn source(text: &str) -> Source {
        Source {
            format: Format::Text,
            encoding: "UTF-8".to_owned(),
            meta: Meta::default(),
            text: text.to_owned(),
            dropped: Vec::new(),
        }
    }

    /// The ledger of one passage; ranges are pairs of their ends.
    fn account(
        text: &str,
        shown: &str,
        spans: &[(usize, usize)],
        dropped: &[(usize, usize)],
    ) -> Result<Ledger, LedgerError> {
        let chunk = Chunk {
            kind: ChunkKind::Section,
            path: Vec::new(),
            text: shown.to_owned(),
            spans: spans.iter().map(|(start, end)| *start..*end).collect(),
            parts: Vec::new(),
            links: Vec::new(),
        };
        let dropped = dropped
            .iter()
            .map(|(start, end)| Dropped {
                range: *start..*end,
                reason: DropReason::Whitespace,
            })
            .collect();
        Ledger::of(
            &source(text),
            &Chunked {
                title: String::new(),
                chunks: vec![chunk],
                dropped,
            },
        )
    }

    #[test]
    fn adds_up() {
        let ledger = account("城 市", "城\n市", &[(0, 3), (4, 7)], &[(3, 4)]).unwrap();
        assert_eq!(ledger.characters, 3);
        assert_eq!(ledger.in_passages, 2);
        let json =
            serde_json::to_string(&[ledger.clone(), ledger].into_iter().sum::<Ledger>()).unwrap();
        assert_eq!(
            json,
            r#"{"characters":6,"in_passages":4,"dropped":{"whitespace":2}}"#
        );
    }

    #[test]
    fn faults_are_named() {
        assert_eq!(
            account("城 市", "城市", &[(0, 3), (4, 7)], &[]),
            Err(LedgerError::Gap(3..4))
        );
        assert_eq!(
            account("城 市", "城", &[(0, 3)], &[(3, 4)]),
            Err(LedgerError::Gap(4..7))
        );
        assert_eq!(
            account("城市", "城市", &[(0, 6)], &[(3, 6)]),
            Err(LedgerError::Overlap(3..6))
        );
        assert_eq!(
            account("城市", "城", &[(0, 2)], &[]),
            Err(LedgerError::Bounds(0..2))
        );
        assert_eq!(
            account("城市", "城", &[(0, 9)], &[]),
            Err(LedgerError::Bounds(0..9))
        );
        assert_eq!(
            account("城市", "市城", &[(0, 6)], &[]),
            Err(LedgerError::Text { chunk: 0 })
        );
        assert_eq!(
            account("城市", "城市。", &[(0, 6)], &[]),
            Err(LedgerError::Text { chunk: 0 })
        );
        assert_eq!(
            account("城市", "市城", &[(3, 6), (0, 3)], &[]),
            Err(LedgerError::Order(0..3))
        );
    }
}
