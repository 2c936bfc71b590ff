//! What outlives a request: conversations, tokens and the audit chain, in one SQLite file of the data directory.
//!
//! ```text
//! <data>/chengzhi.sqlite     WAL; one writing connection in each process, several that read
//! ```
//! Other processes (`chengzhi ask` beside `chengzhi serve`) may write at the same time: every write takes SQLite's own
//! lock first and reads the head of the chain inside it. Nothing here knows HTTP or how an answer comes about.

mod audit;
mod conversation;
mod error;
mod recorded;
mod running;
mod token;

use std::path::Path;

use sqlx::{Sqlite, Transaction};
use tools::sqlite::{self, Connections, PATIENCE};

pub use audit::{AuditError, Finished, Outcome};
pub use conversation::{Conversation, Past, PastTurn, exchange};
pub use error::StoreError;
pub use recorded::{Kept, Recorded};
pub use running::Held;
pub use token::Token;

use running::Running;

/// The open store. Clones share it.
#[derive(Clone)]
pub struct Store {
    connections: Connections,
    running: Running,
}

/// Name of the file in the data directory.
pub const FILE: &str = "chengzhi.sqlite";

impl Store {
    /// Opens the store of data directory `data`, or makes it.
    ///
    /// # Errors
    /// [`StoreError::Open`] when the file cannot be made, is not a database or comes from a newer version.
    pub async fn open(data: &Path) -> Result<Self, StoreError> {
        let path = data.join(FILE);
        let opened = sqlite::open(&path, &MIGRATIONS, PATIENCE * 2).await;
        let connections = opened.map_err(|source| StoreError::Open { path, source })?;
        Ok(Self {
            connections,
            running: Running::default(),
        })
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("select sequence from head")
            .fetch_optional(&self.connections.readers)
            .await?;
        Ok(())
    }

    /// Bounds the file to so many pages of 4,096 bytes, for this process; writes beyond fail with [`StoreError::Full`].
    ///
    /// # Errors
    /// What the database reports.
    pub async fn limit_pages(&self, pages: u32) -> Result<(), StoreError> {
        let statement = sqlx::AssertSqlSafe(format!("pragma max_page_count = {pages}"));
        sqlx::query(statement)
            .execute(&self.connections.writer)
            .await?;
        Ok(())
    }

    /// Notes that a turn is running, until the guard is dropped.
    pub fn hold(&self) -> Held {
        self.running.hold()
    }

    /// Number of running turns.
    pub fn running(&self) -> usize {
        self.running.count()
    }

    /// Returns once no turn is running and everything is on the record.
    pub async fn settled(&self) {
        self.running.settled().await;
    }

    /// Waits for running turns and closes the file.
    pub async fn close(&self) {
        self.settled().await;
        self.connections.readers.close().await;
        self.connections.writer.close().await;
    }

    /// A transaction that holds the write lock of the file from its beginning; dropped, it leaves nothing. Committed,
    /// it survives a power failure.
    async fn write(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self
            .connections
            .writer
            .begin_with("pragma synchronous = full; begin immediate")
            .await?)
    }

    /// As [`Store::write`], for what is of no use without a later write: it survives the end of the process, and a
    /// power failure only together with the next write. It does not wait for the disk.
    async fn note(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self
            .connections
            .writer
            .begin_with("pragma synchronous = normal; begin immediate")
            .await?)
    }
}

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");
