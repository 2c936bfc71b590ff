//! TOML with errors that name file, line, entry and key. Not a parser of its own: it only looks up positions.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;

use super::error::Error;
use crate::position;

/// A file being read, for messages.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    /// Its name, as the caller gave it.
    pub(crate) file: &'a str,
    /// What stands in it.
    pub(crate) text: &'a str,
}

impl<'a> Source<'a> {
    /// Reads the file.
    pub(crate) fn read<T: DeserializeOwned>(self) -> Result<T, Error> {
        toml::from_str(self.text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            let message = error.message();
            let key = named(message).unwrap_or_else(|| position::key(self.text, span.start));
            self.at(&span, key, message.to_owned())
        })
    }

    /// An error at a value of the file.
    pub(crate) fn wrong<T>(self, place: &Spanned<T>, key: &str, message: &str) -> Error {
        self.at(&place.span(), key, message.to_owned())
    }

    fn at(self, span: &Range<usize>, key: &str, message: String) -> Error {
        Error::Data {
            file: self.file.to_owned(),
            line: position::line(self.text, span.start),
            entry: self.entry_at(span.start).to_owned(),
            key: key.to_owned(),
            message,
        }
    }

    /// The `id` of the innermost `[[...]]` table around a position that has one.
    fn entry_at(self, at: usize) -> &'a str {
        // A missing key is reported at the header itself.
        let rest = self.text.get(at..).unwrap_or_default();
        let line_end = rest.find('\n').unwrap_or(rest.len());
        let mut before = position::before(self.text, at + line_end);
        while let Some(newline) = before.rfind("\n[[") {
            let mut lines = self.text[newline + 1..].lines();
            let header = lines.next().unwrap_or_default();
            let mut body = lines.take_while(|line| !line.starts_with('['));
            if let Some(id) = body.find_map(|line| line.strip_prefix("id = ")) {
                return id.trim().trim_matches('"');
            }
            if !header.contains('.') {
                break;
            }
            before = &self.text[..newline];
        }
        ""
    }
}

/// The key that serde, or the reader of TOML in its place, names in its message.
fn named(message: &str) -> Option<&str> {
    if let Some(keys) = message.strip_prefix("unexpected keys in table: ") {
        return keys.split(',').next();
    }
    let rest = message
        .strip_prefix("unknown field `")
        .or_else(|| message.strip_prefix("missing field `"))?;
    rest.split('`').next()
}
