//! A place in a text that is read from left to right.

use super::{DecodeError, is_word};

/// A place in a text.
pub(super) struct Cursor<'a> {
    text: &'a str,
    /// In bytes, always between two characters.
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// What has not been read.
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// The next character.
    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Reads one character.
    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Reads `expected`, if it is next.
    pub(super) fn eat(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        self.at += if found { expected.len() } else { 0 };
        found
    }

    /// As [`Self::eat`], after space.
    pub(super) fn eat_spaced(&mut self, expected: &str) -> bool {
        self.skip_space();
        self.eat(expected)
    }

    /// Reads characters as long as they are of a kind.
    pub(super) fn take(&mut self, mut of_kind: impl FnMut(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest
            .find(|character| !of_kind(character))
            .unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// Reads space and new lines.
    pub(super) fn skip_space(&mut self) {
        self.take(char::is_whitespace);
    }

    /// Reads a name, which does not begin with a digit; else nothing.
    pub(super) fn word(&mut self) -> Option<&'a str> {
        let first = self.peek()?;
        (is_word(first) && !first.is_numeric()).then(|| self.take(is_word))
    }

    /// Where it is, for [`Self::unread`].
    pub(super) fn place(&self) -> usize {
        self.at
    }

    /// Something else should be here.
    pub(super) fn expected(&self, expected: &'static str) -> DecodeError {
        DecodeError::Syntax {
            at: self.character(self.at),
            expected,
        }
    }

    /// The value that begins at `place` cannot be read.
    pub(super) fn unread(&self, place: usize, reason: &'static str) -> DecodeError {
        DecodeError::Literal {
            at: self.character(place),
            reason,
        }
    }

    fn character(&self, place: usize) -> usize {
        self.text[..place].chars().count() + 1
    }
}
