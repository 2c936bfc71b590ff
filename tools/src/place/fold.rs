//! A message as the rules read it: one plain character for each visible one, and the way back.
//!
//! Nothing here is shown to a person: what is shown is cut from the message by its spans.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// A stretch of a message, in characters of the message as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
}

impl Span {
    /// Whether the two share a character.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether the other lies within.
    pub fn covers(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// How many characters.
    pub fn len(self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Whether there is nothing in it.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The words themselves; what lies outside of the message is left out.
    pub fn cut(self, message: &str) -> String {
        message.chars().skip(self.start).take(self.len()).collect()
    }
}

/// A message after folding, with the place of each character in the message.
#[derive(Debug, Clone)]
pub(crate) struct Folded {
    /// Simplified, half-width, lower case; nothing invisible; no blanks between Chinese.
    pub(crate) chars: Vec<char>,
    /// The same as one string, for regular expressions.
    pub(crate) text: String,
    /// Characters of the message.
    places: Vec<usize>,
    /// Byte of `text` at which each character begins, and its length at the end.
    bytes: Vec<usize>,
}

impl Folded {
    pub(crate) fn new(message: &str) -> Self {
        let visible: Vec<(usize, char)> = message
            .chars()
            .enumerate()
            .filter(|(_, next)| !invisible(*next))
            .map(|(at, next)| (at, fold(next)))
            .collect();
        let mut folded = Self {
            chars: Vec::with_capacity(visible.len()),
            text: String::with_capacity(message.len()),
            places: Vec::with_capacity(visible.len()),
            bytes: Vec::with_capacity(visible.len() + 1),
        };
        for (at, &(place, next)) in visible.iter().enumerate() {
            if next == ' ' && !folded.keeps_blank(&visible[at..]) {
                continue;
            }
            folded.bytes.push(folded.text.len());
            folded.text.push(next);
            folded.chars.push(next);
            folded.places.push(place);
        }
        folded.bytes.push(folded.text.len());
        folded
    }

    /// A blank is kept where it parts Latin words or figures: `12 3栋`.
    fn keeps_blank(&self, rest: &[(usize, char)]) -> bool {
        let after = rest.iter().map(|(_, next)| *next).find(|next| *next != ' ');
        self.chars.last().is_some_and(char::is_ascii_alphanumeric)
            && after.is_some_and(|next| next.is_ascii_alphanumeric())
    }

    pub(crate) fn len(&self) -> usize {
        self.chars.len()
    }

    /// The stretch of the message between two folded positions.
    pub(crate) fn span(&self, from: usize, to: usize) -> Span {
        let last = to.checked_sub(1).and_then(|at| self.places.get(at));
        match (self.places.get(from), last) {
            (Some(first), Some(last)) if from < to => Span {
                start: *first,
                end: *last + 1,
            },
            _ => Span { start: 0, end: 0 },
        }
    }

    /// The folded position of a byte of `text`.
    pub(crate) fn position(&self, byte: usize) -> usize {
        self.bytes.partition_point(|begin| *begin < byte)
    }

    /// The folded text between two folded positions.
    pub(crate) fn slice(&self, from: usize, to: usize) -> &str {
        let to = to.min(self.len());
        &self.text[self.bytes[from.min(to)]..self.bytes[to]]
    }

    /// Folded positions from and to which each clause reaches, without the marks between.
    pub(crate) fn clauses(&self) -> Vec<(usize, usize)> {
        let mut clauses = Vec::new();
        let mut from = 0;
        for at in 0..=self.len() {
            let ends = match self.chars.get(at) {
                Some(next) => parts(*next) && !self.within_number(at),
                None => true,
            };
            if ends {
                if from < at {
                    clauses.push((from, at));
                }
                from = at + 1;
            }
        }
        clauses
    }

    /// Whether the mark stands between figures: 12:30, 1,200.
    fn within_number(&self, at: usize) -> bool {
        let figure = |at: Option<usize>| {
            at.and_then(|at| self.chars.get(at))
                .is_some_and(char::is_ascii_digit)
        };
        matches!(self.chars[at], ':' | ',') && figure(at.checked_sub(1)) && figure(Some(at + 1))
    }
}

/// Marks at which a clause ends.
fn parts(next: char) -> bool {
    matches!(
        next,
        ',' | '，'
            | '。'
            | ';'
            | '；'
            | '!'
            | '！'
            | '?'
            | '？'
            | '：'
            | ':'
            | '\n'
            | '…'
            | '、'
            | '~'
    )
}

/// A text as lists of words are compared with it.
pub(crate) fn folded(text: &str) -> String {
    Folded::new(text).text
}

/// The plain form of one character.
pub(crate) fn fold(next: char) -> char {
    let narrow = match next {
        '\u{3000}' | '\u{00a0}' | '\u{2002}'..='\u{200a}' | '\u{202f}' | '\t' => ' ',
        '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' => '\n',
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(u32::from(next) - 0xfee0).expect("full-width forms map to ASCII")
        }
        '①'..='⑨' => char::from_u32(u32::from('1') + u32::from(next) - u32::from('①'))
            .expect("circled figures follow one another"),
        '○' | '◯' => '〇',
        '—' | '–' | '﹣' => '-',
        other => other,
    };
    let code = u32::from(narrow);
    if (FIRST..=LAST).contains(&code) {
        return SIMPLIFIED[(code - FIRST) as usize];
    }
    narrow.to_ascii_lowercase()
}

const FIRST: u32 = 0x4e00;
const LAST: u32 = 0x9fff;

/// The simplified form of each ideograph, where it is a single one; looked up, since every order of an index is folded.
static SIMPLIFIED: LazyLock<Vec<char>> = LazyLock::new(|| {
    let simple = |code: u32| {
        let own = char::from_u32(code).expect("ideographs are characters");
        let simple = hanconv::t2s(own.encode_utf8(&mut [0; 4]));
        let mut chars = simple.chars();
        match (chars.next(), chars.next()) {
            (Some(one), None) => one,
            _ => own,
        }
    };
    (FIRST..=LAST).map(simple).collect()
});

/// Characters that leave no mark on the page but can split or hide words.
pub(crate) fn invisible(next: char) -> bool {
    (next.is_control() && !matches!(next, '\n' | '\t' | '\r' | '\u{85}'))
        || matches!(next,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}'
            | '\u{ffa0}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_plain_character_for_each_visible_one() {
        assert_eq!(folded("樓道　１２號，Ａ座"), "楼道12号,a座");
        assert_eq!(folded("楼\u{200b}道 堆 物"), "楼道堆物");
        assert_eq!(folded("12 3栋"), "12 3栋");
    }

    #[test]
    fn spans_lead_back_to_the_message() {
        let message = "请 到\u{200b}樓 道看";
        let folded = Folded::new(message);
        assert_eq!(folded.text, "请到楼道看");
        assert_eq!(folded.span(2, 4).cut(message), "樓 道");
        assert_eq!(folded.span(3, 3), Span { start: 0, end: 0 });
        assert_eq!(folded.position("请到".len()), 2);
    }

    #[test]
    fn clauses_end_at_marks() {
        let folded = Folded::new("楼道堆物，轮椅出不去。急！");
        let clauses: Vec<_> = folded.clauses();
        assert_eq!(clauses, [(0, 4), (5, 10), (11, 12)]);
    }
}
