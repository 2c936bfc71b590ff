//! What can be wrong with a gazetteer.

use thiserror::Error;

/// Why a gazetteer is not read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlaceError {
    /// A line that is not an entry.
    #[error("`{file}` line {line}: {message}")]
    Line {
        /// Name of the file.
        file: String,
        /// Counted from 1.
        line: usize,
        /// What is wrong, and what to write instead.
        message: String,
    },
    /// A parent that is not in the list, or a circle of parents.
    #[error("place `{name}`: {message}")]
    Parent {
        /// Whose parent it is.
        name: String,
        /// What is wrong, and what to write instead.
        message: String,
    },
}
