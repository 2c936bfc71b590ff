//! What can go wrong with the store. Messages say what happened and what to do next.

use crate::database::{OpenError, Trouble, trouble};

/// Errors of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be opened or made.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The disk, or the bound set for the file, is full. Nothing of the attempt was stored.
    #[error(
        "the records have no space left\nhint: free disk space, then try again; nothing was stored"
    )]
    Full(#[source] sqlx::Error),
    /// Another process kept it locked for too long, or it does not answer in time.
    #[error(
        "the records are in use by another process, or do not answer in time\nhint: try again in a moment"
    )]
    Busy(#[source] sqlx::Error),
    /// The database is not there, or broke off. What was not committed is not stored.
    #[error(
        "the database of the records cannot be reached\nhint: once it is back, try again: it is connected to by itself"
    )]
    Gone(#[source] sqlx::Error),
    /// A text has a character that the database cannot keep.
    #[error("a text has the character U+0000, which the database cannot keep\nhint: take it out")]
    Text(#[source] sqlx::Error),
    /// Anything else that the database reports.
    #[error("the records failed")]
    Database(#[source] sqlx::Error),
    /// A datastream has readings in the unit of one kind, and was to become one of another.
    #[error(
        "datastream `{datastream}` has readings as `{kind}` and cannot become `{given}`\nhint: register a new datastream for `{given}`; nothing was stored"
    )]
    KindChanged {
        /// Its id.
        datastream: String,
        /// Its kind.
        kind: String,
        /// The kind that was given.
        given: String,
    },
    /// A stored row does not have the shape that this program writes.
    #[error("a row of the records cannot be read: {0}")]
    Row(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match trouble(&error) {
            Trouble::Full => Self::Full(error),
            Trouble::Busy => Self::Busy(error),
            Trouble::Gone => Self::Gone(error),
            Trouble::Text => Self::Text(error),
            Trouble::Other => Self::Database(error),
        }
    }
}
