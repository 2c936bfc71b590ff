//! What can go wrong with the store. Messages say what happened and what to do next.

use std::path::PathBuf;

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
    /// A stored row does not have the shape that this program writes.
    #[error("a row of the records cannot be read: {0}")]
    Row(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        // The low byte is the primary code; the rest says where it happened.
        let code = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code);
        let primary = code
            .and_then(|code| code.parse::<u32>().ok())
            .map(|code| code & 0xff);
        match primary {
            Some(SQLITE_FULL) => Self::Full(error),
            Some(SQLITE_BUSY | SQLITE_LOCKED) => Self::Busy(error),
            _ if matches!(error, sqlx::Error::PoolTimedOut) => Self::Busy(error),
            _ => Self::Database(error),
        }
    }
}

const SQLITE_BUSY: u32 = 5;
const SQLITE_LOCKED: u32 = 6;
const SQLITE_FULL: u32 = 13;
