//! Text as the rules see it: full-width forms folded, invisible characters left out, and the way back to the bytes of
//! the original.
//!
//! Nothing here is shown to a person: what is shown is always cut from the original by the ranges.

use std::ops::Range;

/// The characters of a text after folding, each with its place in the original.
#[derive(Debug, Clone)]
pub(crate) struct Folded {
    /// Folded characters.
    pub(crate) chars: Vec<char>,
    /// Bytes of the original for each of them.
    places: Vec<Range<usize>>,
}

impl Folded {
    /// Folds every visible character, one to one.
    pub(crate) fn new(text: &str) -> Self {
        let (places, chars) = text
            .char_indices()
            .filter(|(_, character)| !invisible(*character))
            .map(|(at, character)| (at..at + character.len_utf8(), fold(character)))
            .unzip();
        Self { chars, places }
    }

    /// As [`Folded::new`], without blanks beside Chinese: `15 日` reads as `15日`, `12 345` stays apart.
    pub(crate) fn dense(text: &str) -> Self {
        let loose = Self::new(text);
        let blank = |character: char| character == ' ' || character == '\t';
        let mut dense = Self {
            chars: Vec::with_capacity(loose.chars.len()),
            places: Vec::new(),
        };
        for (at, &character) in loose.chars.iter().enumerate() {
            if blank(character) {
                let before = dense.chars.last().is_some_and(char::is_ascii_alphanumeric);
                let after = loose.chars[at..].iter().find(|next| !blank(**next));
                if !before || !after.is_some_and(char::is_ascii_alphanumeric) {
                    continue;
                }
            }
            dense.chars.push(character);
            dense.places.push(loose.places[at].clone());
        }
        dense
    }

    /// Only the letters and figures, for comparing wordings.
    pub(crate) fn words(text: &str) -> Self {
        let loose = Self::new(text);
        let (chars, places) = loose
            .chars
            .into_iter()
            .zip(loose.places)
            .filter(|(character, _)| {
                character.is_alphanumeric() || matches!(character, '%' | '‰' | '℃')
            })
            .map(|(character, place)| (character.to_ascii_lowercase(), place))
            .unzip();
        Self { chars, places }
    }

    /// Which of the characters stand within one of these byte ranges of the original.
    pub(crate) fn within(&self, ranges: &[Range<usize>]) -> Vec<bool> {
        let inside = |place: &Range<usize>| {
            ranges
                .iter()
                .any(|range| range.start <= place.start && place.end <= range.end)
        };
        self.places.iter().map(inside).collect()
    }

    /// Bytes of the original between two folded positions.
    pub(crate) fn range(&self, from: usize, to: usize) -> Range<usize> {
        match (
            self.places.get(from),
            to.checked_sub(1).and_then(|last| self.places.get(last)),
        ) {
            (Some(first), Some(last)) if from < to => first.start..last.end,
            _ => 0..0,
        }
    }
}

/// The plain form of one character: full-width ASCII, the ideographic space, the yen sign and the many zeros.
pub(crate) fn fold(character: char) -> char {
    match character {
        '\u{3000}' | '\u{00a0}' | '\u{2002}'..='\u{200a}' | '\u{202f}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(u32::from(character) - 0xfee0).expect("full-width forms map to ASCII")
        }
        '￥' => '¥',
        '○' | '◯' => '〇',
        other => other,
    }
}

/// Characters that leave no mark on the page but can split or hide words.
pub(crate) fn invisible(character: char) -> bool {
    matches!(character,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{ffa0}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}
