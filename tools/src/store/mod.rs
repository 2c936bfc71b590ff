//! What tools leave behind: calls, proposals, orders, forms, the chain of records, what sensors measure.
//!
//! ```text
//! <data>/tools.sqlite     or the schema `chengzhi_tools` of a PostgreSQL database
//! ```
//! What is numbered, chained or used up is written under a lock, see [`crate::database`], so that several processes may write.
//! Committed, it survives a power failure.

mod call;
mod error;
mod form;
mod observation;
mod order;
#[cfg(test)]
#[path = "../../tests/it/database.rs"]
pub(crate) mod place;
mod proposal;
mod record;
mod sensor;
mod watch;
mod watching;

use sqlx::{Any, AnyPool, Transaction};

use crate::database::{Connections, CopyError, Database, Dialect, Layout, PATIENCE};

pub(crate) use call::{Begun, Started};
pub use error::StoreError;
pub use form::Submission;
pub use observation::{ObservationFilter, Order as PageOrder, Page, Relation};
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

/// What is kept, a table behind those that it refers to.
const TABLES: [&str; 15] = [
    "call",
    "proposal",
    "record",
    "head",
    "work_order",
    "order_entry",
    "reporter",
    "label",
    "submission",
    "resident",
    "thing",
    "datastream",
    "observation",
    "watch_state",
    "alert",
];

/// Name of the file in the data directory.
pub const FILE: &str = "tools.sqlite";

impl Store {
    /// Opens the store of a database, or makes it.
    ///
    /// # Errors
    /// [`StoreError::Open`] when it cannot be made, is not a store or comes from a newer version.
    pub async fn open(database: &Database) -> Result<Self, StoreError> {
        let connections = Connections::open(database, &LAYOUT).await?;
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

    /// Whether it has no records.
    ///
    /// # Errors
    /// [`CopyError::NotEmpty`] with a table that has some.
    pub async fn holds_nothing(&self) -> Result<(), CopyError> {
        self.connections.hold_nothing(&TABLES).await
    }

    /// Copies all records into another store, which has none; see [`Connections::copy_into`].
    ///
    /// # Errors
    /// [`CopyError`]; then nothing was copied.
    pub async fn copy_into(
        &self,
        other: &Self,
        copied: impl FnMut(&str, u64),
    ) -> Result<u64, CopyError> {
        let target = &other.connections;
        self.connections.copy_into(target, &TABLES, copied).await
    }

    /// Closes it.
    pub async fn close(&self) {
        self.connections.close().await;
    }

    /// A transaction during which nobody else changes what is numbered, chained or used up; dropped, it leaves nothing.
    pub(crate) async fn write(&self) -> Result<Transaction<'static, Any>, StoreError> {
        Ok(self.connections.write().await?)
    }

    /// As [`Store::write`], and nobody appends readings meanwhile: what stands in the city may change.
    async fn write_network(&self) -> Result<Transaction<'static, Any>, StoreError> {
        let mut transaction = self.connections.write().await?;
        self.connections.lock(&mut transaction, NETWORK).await?;
        Ok(transaction)
    }

    /// A transaction that only appends readings, beside others that do and beside [`Store::write`].
    async fn write_readings(&self) -> Result<Transaction<'static, Any>, StoreError> {
        Ok(self.connections.beside(NETWORK).await?)
    }

    /// A transaction that reads, and sees one moment all the time.
    async fn snapshot(&self) -> Result<Transaction<'static, Any>, StoreError> {
        Ok(self.connections.snapshot().await?)
    }

    pub(crate) fn readers(&self) -> &AnyPool {
        self.connections.readers()
    }

    fn dialect(&self) -> Dialect {
        self.connections.dialect()
    }
}

static LAYOUT: Layout = Layout {
    file: FILE,
    schema: "chengzhi_tools",
    sqlite: sqlx::migrate!("./migrations"),
    postgres: sqlx::migrate!("./migrations/postgres"),
    lock: 0x6368_7a74_0000_0001,
    turn: PATIENCE.saturating_mul(4),
};

/// The lock of PostgreSQL for things and datastreams against readings.
const NETWORK: i64 = 0x6368_7a74_0000_0002;

/// What lies between the identifiers that begin with `prefix` and a number.
pub(crate) fn numbered(prefix: &str) -> (String, String) {
    (prefix.to_owned(), format!("{prefix}~"))
}

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
