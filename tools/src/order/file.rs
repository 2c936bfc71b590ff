//! TOML with errors that name file, line and key. Not a parser of its own: it only turns positions into lines.

use std::ops::Range;

use serde::de::DeserializeOwned;

use super::error::Error;

/// Reads a file whose name stands in messages.
pub(crate) fn read<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, Error> {
    toml::from_str(text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        let key = key_at(text, &span);
        at(name, text, span, &key, error.message().to_owned())
    })
}

/// An error at a place of a file.
pub(crate) fn at(name: &str, text: &str, span: Range<usize>, key: &str, message: String) -> Error {
    let before = text.get(..span.start).unwrap_or(text);
    Error::Data {
        file: name.to_owned(),
        key: key.to_owned(),
        line: before.matches('\n').count() + 1,
        message,
    }
}

/// What stands before `=` on the line of a place; the place itself where there is no `=`.
fn key_at(text: &str, span: &Range<usize>) -> String {
    let before = text.get(..span.start).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    line.split('=').next().unwrap_or(line).trim().to_owned()
}
