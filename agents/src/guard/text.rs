//! A question made safe to read: nothing invisible, nothing endless; and made safe to repeat: nothing that is shown as
//! more than words.

use std::borrow::Cow;
use std::sync::LazyLock;

use corpora::fold::fold as simplified;
use regex::{Captures, Regex};
use thiserror::Error;

use crate::value::fold::{Folded, fold, invisible};

/// The longest question that is read, in characters.
pub const LIMIT: usize = 2_000;

/// A question as the rules read it; what is shown and stored is the original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clean {
    /// Without invisible characters, with full-width ASCII folded.
    pub text: String,
    /// Whether anything but blanks at the ends was changed.
    pub changed: bool,
}

/// Why a question is not read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QuestionError {
    /// Nothing visible.
    #[error("还没有写内容，请把想问的事情写下来")]
    Empty,
    /// More than [`LIMIT`] characters.
    #[error("内容有{characters}个字，一次最多{limit}个字，请分几次来问")]
    TooLong {
        /// How many there are.
        characters: usize,
        /// How many are read.
        limit: usize,
    },
}

/// Cleans a question.
///
/// # Errors
///
/// [`QuestionError`] when nothing is left, or too much.
pub fn clean(question: &str) -> Result<Clean, QuestionError> {
    clean_within(question, LIMIT)
}

/// As [`clean`], for texts of up to `limit` characters.
///
/// # Errors
///
/// As [`clean`].
pub fn clean_within(question: &str, limit: usize) -> Result<Clean, QuestionError> {
    let text = visible(question);
    let text = text.trim();
    if text.is_empty() {
        return Err(QuestionError::Empty);
    }
    let characters = text.chars().count();
    if characters > limit {
        return Err(QuestionError::TooLong { characters, limit });
    }
    Ok(Clean {
        changed: text != question.trim(),
        text: text.to_owned(),
    })
}

/// Tags with what scripts and styles hold, comments, links with their words, and bare addresses.
static MARKUP: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?is)<(?:script|style)\b.*?(?:</(?:script|style)\s*>|$)|<!--.*?(?:-->|$)|</?[a-z][^<>]*>|!?\[(?P<words>[^\[\]]*)\]\([^()]*\)|(?:\b(?:https?|ftp|file|data|javascript|vbscript):|//[a-z0-9-]+\.)[^\s，。；！？、）)>”]*|&(?:#x?[0-9a-f]+|[a-z]+);";
    Regex::new(pattern).expect("the pattern is constant")
});

/// How deep markup is taken out of markup; what is left then loses its signs.
const NESTED: usize = 4;

/// Angle brackets in other words, which a reader of HTML turns into such.
static ANGLES: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)(?P<less>&(?:lt|#0*60|#x0*3c);?)|&(?:gt|#0*62|#x0*3e);?";
    Regex::new(pattern).expect("the pattern is constant")
});

/// A person's words as an answer may repeat them, in one line: whoever reads the answer as Markdown or HTML gets no tag,
/// link or image of theirs.
pub(crate) fn plain(text: &str) -> String {
    let shown: String = text
        .chars()
        .map(|next| if next.is_whitespace() { ' ' } else { next })
        .filter(|next| !next.is_control() && !invisible(*next))
        .collect();
    let text = unmarked(&shown);
    let sign = |next: char| matches!(next, '<' | '>' | '[' | ']' | '{' | '}' | '`' | '|' | '\\');
    text.replace(sign, " ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Without tags, links and addresses, of which nothing can be looked up.
pub(crate) fn unmarked(text: &str) -> String {
    let angle = |found: &Captures<'_>| {
        if found.name("less").is_some() {
            "<"
        } else {
            ">"
        }
    };
    let mut text = ANGLES.replace_all(text, angle).into_owned();
    let words = |found: &Captures<'_>| found.name("words").map_or(" ", |it| it.as_str()).to_owned();
    // What stood inside of a tag may have been one.
    for _ in 0..NESTED {
        match MARKUP.replace_all(&text, words) {
            Cow::Borrowed(_) => break,
            Cow::Owned(less) => text = less,
        }
    }
    text
}

/// What stands in the place of a word of a list that means something else, so that its neighbours do not meet.
pub(super) const PASSED: &str = "□";

/// A text as lists of words are compared with it: simplified letters and figures only, so that a mark or blank inside does
/// not hide a word; and words of dialects as `same` takes them.
pub(super) fn listed(text: &str, same: &[(&str, &str)]) -> String {
    let mut listed = String::with_capacity(text.len());
    for next in Folded::words(text).chars {
        // One by one, so that no numeral is read with a unit.
        listed.push_str(&simplified(next.encode_utf8(&mut [0; 4])));
    }
    for (said, meant) in same {
        if listed.contains(said) {
            listed = listed.replace(said, meant);
        }
    }
    listed
}

/// Without what cannot be seen, and with full-width ASCII folded.
pub(super) fn visible(text: &str) -> String {
    readable(text).chars().map(fold).collect()
}

/// Without what cannot be seen: zero-width, bidirectional, tag and control characters. Line ends stay, as `\n`.
pub(crate) fn readable(text: &str) -> String {
    let mut readable = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' if characters.peek() == Some(&'\n') => {}
            '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' => readable.push('\n'),
            '\n' | '\t' => readable.push(character),
            _ if character.is_control() || invisible(character) => {}
            _ => readable.push(character),
        }
    }
    readable
}

#[cfg(test)]
mod tests;
