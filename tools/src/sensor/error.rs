//! What can be wrong with a data file or a unit. A reading that is not taken has its own list: [`super::Reason`].

use std::ops::Range;

use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::position;

/// Errors of this module.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SensorError {
    /// A file of kinds or of holidays is wrong.
    #[error("`{file}` line {line}: `{key}`: {message}")]
    Data {
        /// Name of the file, as the caller gave it.
        file: String,
        /// Counted from 1.
        line: usize,
        /// The key that is wrong.
        key: String,
        /// What is wrong, and what to write instead.
        message: String,
    },
    /// Something that is no unit.
    #[error("`{written}` is not a unit; possible are {possible}")]
    UnknownUnit {
        /// As it was written.
        written: String,
        /// The units that would have been read, parted by commas.
        possible: String,
    },
    /// A unit of another quantity.
    #[error("`{written}` cannot be turned into `{wanted}`; possible are {possible}")]
    IncompatibleUnit {
        /// As it was written.
        written: String,
        /// The unit that is needed.
        wanted: String,
        /// The units from which it can be computed, parted by commas.
        possible: String,
    },
}

/// Reads a file whose name stands in messages.
pub(super) fn read<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, SensorError> {
    toml::from_str(text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        let key = position::key(text, span.start);
        at(file, text, &span, key, error.message().to_owned())
    })
}

/// An error at a place of a file.
pub(super) fn at(
    file: &str,
    text: &str,
    span: &Range<usize>,
    key: &str,
    message: String,
) -> SensorError {
    SensorError::Data {
        file: file.to_owned(),
        line: position::line(text, span.start),
        key: key.to_owned(),
        message,
    }
}
