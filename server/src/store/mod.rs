//! What outlives a request: conversations, tokens and the audit chain.
//!
//! ```text
//! <data>/chengzhi.sqlite     or the schema `chengzhi` of a PostgreSQL database
//! ```
//! Other processes (`chengzhi ask` beside `chengzhi serve`) may write at the same time: what is of the chain is
//! written under a lock, see [`tools::database`], and reads its head inside it. Nothing here knows HTTP or how an answer comes about.

mod audit;
mod conversation;
mod error;
mod recorded;
mod running;
mod token;

use sqlx::{Any, AnyPool, Transaction};
use tools::database::{Connections, CopyError, Database, Layout, PATIENCE};

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

/// What is kept, a table behind those that it refers to.
const TABLES: [&str; 5] = ["conversation", "turn", "token", "audit", "head"];

/// Name of the file in the data directory.
pub const FILE: &str = "chengzhi.sqlite";

impl Store {
    /// Opens the store of a database, or makes it.
    ///
    /// # Errors
    /// [`StoreError::Open`] when it cannot be made, is not a store or comes from a newer version.
    pub async fn open(database: &Database) -> Result<Self, StoreError> {
        Ok(Self {
            connections: Connections::open(database, &LAYOUT).await?,
            running: Running::default(),
        })
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("select sequence from head")
            .fetch_optional(self.readers())
            .await?;
        Ok(())
    }

    /// Bounds a file to so many pages of 4,096 bytes, for this process; writes beyond fail with [`StoreError::Full`].
    ///
    /// # Errors
    /// What the database reports; PostgreSQL has no such bound.
    pub async fn limit_pages(&self, pages: u32) -> Result<(), StoreError> {
        Ok(self.connections.limit_pages(pages).await?)
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

    /// Waits for running turns and closes it.
    pub async fn close(&self) {
        self.settled().await;
        self.connections.close().await;
    }

    /// A transaction during which nobody else appends to the chain; dropped, it leaves nothing. Committed, it survives a
    /// power failure.
    async fn write(&self) -> Result<Transaction<'static, Any>, StoreError> {
        Ok(self.connections.write().await?)
    }

    /// One for what is of no use without a later write: it survives the end of the process, and a power failure only
    /// together with the next write. It does not wait for the disk.
    async fn note(&self) -> Result<Transaction<'static, Any>, StoreError> {
        Ok(self.connections.note().await?)
    }

    fn readers(&self) -> &AnyPool {
        self.connections.readers()
    }
}

static LAYOUT: Layout = Layout {
    file: FILE,
    schema: "chengzhi",
    sqlite: sqlx::migrate!("./migrations"),
    postgres: sqlx::migrate!("./migrations/postgres"),
    lock: 0x6368_7a73_0000_0001,
    turn: PATIENCE.saturating_mul(2),
};
