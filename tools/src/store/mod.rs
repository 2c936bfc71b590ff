//! What tools leave behind, in one SQLite file of the data directory: calls, proposals, orders, forms, the chain of records.
//!
//! ```text
//! <data>/tools.sqlite     WAL; one writing connection in each process, several that read
//! ```
//! Every write takes SQLite's own lock first, so that several processes may write. Committed, it survives a power failure.

mod call;
mod error;
mod form;
mod order;
mod proposal;
mod record;
mod sensor;
mod watch;
mod watching;

use std::path::Path;

use sqlx::sqlite::SqlitePool;
use sqlx::{Sqlite, Transaction};

use crate::sqlite::{self, Connections, PATIENCE};

pub(crate) use call::{Begun, Started};
pub use error::StoreError;
pub use form::Submission;
pub use order::{Label, OrderFilter, OrderRow, Reporter, Since, Unreadable};
pub use proposal::Proposal;
pub(crate) use proposal::Stored;
pub use record::{Altered, Record, Verified};
pub use sensor::Extent;
pub use watch::{Acknowledged, Alert, AlertFilter, WatchState};
pub(crate) use watching::Seen;

/// The open store. Clones share it.
#[derive(Clone)]
pub struct Store {
    connections: Connections,
}

/// Name of the file in the data directory.
pub const FILE: &str = "tools.sqlite";

impl Store {
    /// Opens the store of data directory `data`, or makes it.
    ///
    /// # Errors
    /// [`StoreError::Open`] when the file cannot be made, is not a database or comes from a newer version.
    pub async fn open(data: &Path) -> Result<Self, StoreError> {
        let path = data.join(FILE);
        let opened = sqlite::open(&path, &MIGRATIONS, PATIENCE * 4).await;
        let connections = opened.map_err(|source| StoreError::Open { path, source })?;
        Ok(Self { connections })
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("select id from proposal limit 1")
            .fetch_optional(self.readers())
            .await?;
        Ok(())
    }

    /// Closes the file.
    pub async fn close(&self) {
        self.connections.readers.close().await;
        self.connections.writer.close().await;
    }

    /// A transaction that holds the write lock of the file from its beginning; dropped, it leaves nothing.
    pub(crate) async fn write(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self
            .connections
            .writer
            .begin_with("begin immediate")
            .await?)
    }

    pub(crate) fn readers(&self) -> &SqlitePool {
        &self.connections.readers
    }
}

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// JSON of what this program wrote itself.
pub(crate) fn written(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Row(error.to_string()))
}

/// The same back.
pub(crate) fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Row(error.to_string()))
}

/// A time as it was written.
pub(crate) fn read_time(text: &str) -> Result<jiff::Timestamp, StoreError> {
    text.parse()
        .map_err(|_| StoreError::Row(format!("`{text}` is not a time")))
}
