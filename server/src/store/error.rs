//! What can go wrong with the store. Messages say what happened and what to do next.

use tools::database::{OpenError, Trouble, trouble};

/// Errors of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be opened or made.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The disk, or the bound set for the file, is full. Nothing of the attempt was stored.
    #[error(
        "the store has no space left\nhint: free disk space, then try again; nothing was stored"
    )]
    Full(#[source] sqlx::Error),
    /// Another process kept it locked for too long, or it does not answer in time.
    #[error(
        "the store is in use by another process, or does not answer in time\nhint: try again in a moment"
    )]
    Busy(#[source] sqlx::Error),
    /// The database is not there, or broke off. What was not committed is not stored.
    #[error(
        "the database of the store cannot be reached\nhint: once it is back, try again: it is connected to by itself"
    )]
    Gone(#[source] sqlx::Error),
    /// A text has a character that the database cannot keep.
    #[error("a text has the character U+0000, which the database cannot keep\nhint: take it out")]
    Text(#[source] sqlx::Error),
    /// Anything else that the database reports.
    #[error("the store failed")]
    Database(#[source] sqlx::Error),
    /// A stored row does not have the shape that this program writes.
    #[error("a row of the store cannot be read: {0}")]
    Row(String),
    /// There is no such conversation, or not for this caller: the two look the same on purpose.
    #[error("there is no conversation `{0}`")]
    UnknownConversation(String),
    /// A token of that name exists or existed.
    #[error(
        "there is a token named `{0}` already\nhint: names are not used twice, not even after `chengzhi token revoke`"
    )]
    TokenExists(String),
    /// Not a name for a token.
    #[error("`{0}` is not a token name: use up to 64 letters, digits, `-`, `_` or `.`")]
    TokenName(String),
    /// There is no such token in use.
    #[error(
        "there is no token named `{0}` in use\nhint: `chengzhi token list` shows those there are"
    )]
    UnknownToken(String),
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
