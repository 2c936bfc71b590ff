//! TOML with errors that name file, line and key. Not a parser of its own: it only turns positions into lines.

use std::ops::Range;

use serde::de::DeserializeOwned;

use super::error::Error;
use crate::position;

/// Reads a file whose name stands in messages.
pub(crate) fn read<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, Error> {
    toml::from_str(text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        let key = position::key(text, span.start);
        at(name, text, span, key, error.message().to_owned())
    })
}

/// An error at a place of a file.
pub(crate) fn at(name: &str, text: &str, span: Range<usize>, key: &str, message: String) -> Error {
    Error::Data {
        file: name.to_owned(),
        key: key.to_owned(),
        line: position::line(text, span.start),
        message,
    }
}
