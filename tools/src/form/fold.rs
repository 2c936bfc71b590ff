//! A message as the rules read it: full-width forms folded, invisible characters left out, and the way back to the
//! characters of the original. Nothing folded is ever shown.

use std::ops::Range;

use crate::place::fold::invisible;

/// Most characters of a message that are read; longer ones are read to here.
pub(super) const LIMIT: usize = 4_000;

/// The characters of a message after folding, each with its place in the original.
#[derive(Debug, Clone)]
pub(super) struct Folded {
    /// Folded characters.
    pub(super) chars: Vec<char>,
    /// The same as text, for patterns.
    text: String,
    /// Byte in `text` of each character.
    starts: Vec<usize>,
    /// Character of the original for each of them.
    places: Vec<usize>,
}

impl Folded {
    pub(super) fn new(message: &str) -> Self {
        let mut folded = Self {
            chars: Vec::new(),
            text: String::new(),
            starts: Vec::new(),
            places: Vec::new(),
        };
        for (place, next) in message.chars().take(LIMIT).enumerate() {
            if invisible(next) {
                continue;
            }
            folded.starts.push(folded.text.len());
            folded.places.push(place);
            folded.chars.push(fold(next));
            folded.text.push(fold(next));
        }
        folded
    }

    pub(super) fn len(&self) -> usize {
        self.chars.len()
    }

    /// The folded text of a range.
    pub(super) fn slice(&self, range: Range<usize>) -> &str {
        &self.text[self.byte(range.start)..self.byte(range.end)]
    }

    fn byte(&self, at: usize) -> usize {
        self.starts.get(at).copied().unwrap_or(self.text.len())
    }

    /// Places of all matches of a pattern within a range.
    pub(super) fn matches(&self, pattern: &regex::Regex, range: Range<usize>) -> Vec<Range<usize>> {
        let offset = self.byte(range.start);
        let place = |byte: usize| self.starts.partition_point(|start| *start < offset + byte);
        pattern
            .find_iter(self.slice(range))
            .map(|found| place(found.start())..place(found.end()))
            .collect()
    }

    /// Where a word occurs first within a range.
    pub(super) fn find(&self, word: &str, range: Range<usize>) -> Option<Range<usize>> {
        let offset = self.byte(range.start);
        let at = offset + self.slice(range).find(word)?;
        let from = self.starts.partition_point(|start| *start < at);
        Some(from..from + word.chars().count())
    }

    /// Whether a word stands at a place.
    pub(super) fn at(&self, at: usize, word: &str) -> bool {
        self.text[self.byte(at)..].starts_with(word)
    }

    /// The range without blanks at its ends.
    pub(super) fn trimmed(&self, range: Range<usize>) -> Range<usize> {
        let Range { mut start, mut end } = range;
        while start < end && self.chars[start].is_whitespace() {
            start += 1;
        }
        while start < end && self.chars[end - 1].is_whitespace() {
            end -= 1;
        }
        start..end
    }

    /// Characters of the original, for a range that is not empty.
    pub(super) fn original(&self, range: &Range<usize>) -> Range<usize> {
        match (self.places.get(range.start), range.end.checked_sub(1)) {
            (Some(first), Some(last)) if range.start <= last && last < self.places.len() => {
                *first..self.places[last] + 1
            }
            _ => 0..0,
        }
    }
}

/// The characters `range` of a text.
pub(super) fn characters(text: &str, range: &Range<usize>) -> String {
    text.chars().skip(range.start).take(range.len()).collect()
}

/// A text folded, without blanks: numbers are compared so.
pub(super) fn dense(text: &str) -> String {
    text.chars()
        .filter(|next| !invisible(*next))
        .map(fold)
        .filter(|next| !next.is_whitespace())
        .collect()
}

/// As [`dense`], also without the hyphens and points with which figures are grouped.
pub(super) fn compact(text: &str) -> String {
    dense(text)
        .chars()
        .filter(|next| !matches!(next, '-' | '–' | '—' | '\u{2010}' | '\u{2011}' | '\u{2212}'))
        .collect()
}

/// A text as it was written, without what cannot be seen.
pub(super) fn visible(text: &str) -> String {
    let seen: String = text.chars().filter(|next| !invisible(*next)).collect();
    seen.trim().to_owned()
}

/// A text folded, with blanks inside it.
pub(super) fn plain(text: &str) -> String {
    let folded: String = text
        .chars()
        .filter(|next| !invisible(*next))
        .map(fold)
        .collect();
    folded.trim().to_owned()
}

/// The plain form of one character.
fn fold(next: char) -> char {
    match next {
        '\u{3000}' | '\u{00a0}' | '\u{2002}'..='\u{200a}' | '\u{202f}' | '\t' => ' ',
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(u32::from(next) - 0xfee0).expect("full-width forms map to ASCII")
        }
        '￥' => '¥',
        '○' | '◯' => '〇',
        '•' | '・' | '‧' | '∙' => '·',
        '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
        other => other,
    }
}
