//! What can go wrong with a model. An agent goes on without it.

use std::path::PathBuf;

/// Errors of this crate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The model cannot be reached, has failed, or has nothing to say. Another one may be tried.
    #[error("model `{model}` is not available: {reason}")]
    Unavailable {
        /// Its name.
        model: String,
        /// Why.
        reason: String,
    },
    /// As many requests wait as may wait.
    #[error("model `{model}` is busy: {waiting} requests are waiting")]
    Busy {
        /// Its name.
        model: String,
        /// Length of the queue; a new request would be the next.
        waiting: usize,
    },
    /// A deadline has passed.
    #[error("model `{model}` took too long: {wait} of {seconds} s has passed")]
    TimedOut {
        /// Its name.
        model: String,
        /// Which one.
        wait: Wait,
        /// How long it is.
        seconds: u64,
    },
    /// The request cannot be served by this model as it stands.
    #[error("model `{model}` cannot take this request: {reason}")]
    Request {
        /// Its name.
        model: String,
        /// Why, and what to change.
        reason: String,
    },
    /// What came is not what was asked for: it does not fit the constraint, or is no answer at all.
    #[error("model `{model}` returned what it may not: {reason}")]
    Garbage {
        /// Its name.
        model: String,
        /// What was wrong.
        reason: String,
    },
    /// A file of a model cannot be used.
    #[error("`{}`: {reason}", file.display())]
    File {
        /// Where it lies.
        file: PathBuf,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// A manifest cannot be read.
    #[error("`{file}`: {reason}")]
    Manifest {
        /// Its path in the catalogue.
        file: String,
        /// Key, line and what was expected.
        reason: String,
    },
    /// A file could not be fetched.
    #[error("cannot fetch {address}: {reason}")]
    Fetch {
        /// From where.
        address: String,
        /// Why, and what to do.
        reason: String,
    },
}

/// What a deadline was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Until the first token.
    FirstToken,
    /// Between two tokens.
    Idle,
    /// For the whole answer.
    Total,
}

impl std::fmt::Display for Wait {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::FirstToken => "the wait for the first token",
            Self::Idle => "the wait for the next token",
            Self::Total => "the time for the whole answer",
        })
    }
}
