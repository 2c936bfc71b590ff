//! What can go wrong with the store. Messages say what happened and what to do next.

use std::path::PathBuf;

use crate::sqlite::{Trouble, trouble};

/// Errors of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened or made.
    #[error("cannot open `{}`\nhint: check that the folder exists, may be written and has free space", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The disk, or the bound set for the file, is full. Nothing of the attempt was stored.
    #[error(
        "the records have no space left\nhint: free disk space, then try again; nothing was stored"
    )]
    Full(#[source] sqlx::Error),
    /// Another process kept the file locked for too long.
    #[error("the records are in use by another process\nhint: try again in a moment")]
    Busy(#[source] sqlx::Error),
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
            Trouble::Other => Self::Database(error),
        }
    }
}
