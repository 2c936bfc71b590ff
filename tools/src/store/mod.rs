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

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};

pub(crate) use call::{Begun, Started};
pub use error::StoreError;
pub use form::Submission;
pub use order::{Label, OrderFilter, OrderRow, Reporter};
pub use proposal::Proposal;
pub(crate) use proposal::Stored;
pub(crate) use record::digest;
pub use record::{Altered, Record, Verified};

/// The open store. Clones share it.
#[derive(Clone)]
pub struct Store {
    /// One connection: writes of this process wait for each other here, not at the lock of the file.
    writer: SqlitePool,
    readers: SqlitePool,
}

/// Name of the file in the data directory.
pub const FILE: &str = "tools.sqlite";

/// How long a write waits for another process.
const PATIENCE: Duration = Duration::from_secs(5);

/// Connections that read.
const READERS: u32 = 4;

impl Store {
    /// Opens the store of data directory `data`, or makes it.
    ///
    /// # Errors
    /// [`StoreError::Open`] when the file cannot be made, is not a database or comes from a newer version.
    pub async fn open(data: &Path) -> Result<Self, StoreError> {
        let path = data.join(FILE);
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| StoreError::Open {
            path: path.clone(),
            source,
        };
        std::fs::create_dir_all(data).map_err(|error| failed(error.into()))?;
        create_private(&path).map_err(|error| failed(error.into()))?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE);
        let one = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(PATIENCE * 4);
        let writer = one
            .connect_with(options.clone())
            .await
            .map_err(|error| failed(error.into()))?;
        MIGRATIONS
            .run(&writer)
            .await
            .map_err(|error| failed(error.into()))?;
        let several = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(PATIENCE * 4);
        let readers = several
            .connect_with(options.pragma("query_only", "on"))
            .await
            .map_err(|error| failed(error.into()))?;
        Ok(Self { writer, readers })
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("select sequence from head")
            .fetch_optional(&self.readers)
            .await?;
        Ok(())
    }

    /// Bounds the file to so many pages of 4,096 bytes, for this process; writes beyond fail with [`StoreError::Full`].
    ///
    /// # Errors
    /// What the database reports.
    pub async fn limit_pages(&self, pages: u32) -> Result<(), StoreError> {
        let statement = sqlx::AssertSqlSafe(format!("pragma max_page_count = {pages}"));
        sqlx::query(statement).execute(&self.writer).await?;
        Ok(())
    }

    /// Closes the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// A transaction that holds the write lock of the file from its beginning; dropped, it leaves nothing.
    pub(crate) async fn write(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.writer.begin_with("begin immediate").await?)
    }

    pub(crate) fn readers(&self) -> &SqlitePool {
        &self.readers
    }
}

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// Makes the file readable by its owner only. SQLite gives its companions the same mode.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
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
