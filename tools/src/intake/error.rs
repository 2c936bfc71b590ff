//! What can be wrong with the lists of this module.

use thiserror::Error;

/// Why a list is not read, or what in it refers to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IntakeError {
    /// The file is not of its format.
    #[error("`{file}`: {message}")]
    Format {
        /// Name of the file.
        file: String,
        /// With line and key, as the parser says it.
        message: String,
    },
    /// An entry that cannot mean anything.
    #[error("`{file}` line {line}, `{key}`: {message}")]
    Entry {
        /// Name of the file.
        file: String,
        /// Where the entry begins, counted from 1.
        line: usize,
        /// The key that is wrong.
        key: String,
        /// What is wrong, and what to write instead.
        message: String,
    },
}

/// The line of a byte, counted from 1.
pub(super) fn line(text: &str, byte: usize) -> usize {
    text.bytes()
        .take(byte)
        .filter(|next| *next == b'\n')
        .count()
        + 1
}
