//! Where records are kept, how they are opened, and what errors mean: for the records of tools and those of the server alike.
//!
//! ```text
//! [`Database::Folder`]   SQLite files in the data directory; WAL, one writing connection in each process, several that read
//! [`Database::Server`]   a PostgreSQL database, for one server or several
//! ```
//! One text of SQL serves both; what differs stands here. Nothing here knows what the records are about.

mod address;
mod connections;
mod copy;
mod statement;
mod trouble;

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::Migrator;

pub use address::{Address, AddressError, without_password};
pub use connections::Connections;
pub use copy::CopyError;
pub use statement::{Dialect, Statement, exact};
pub use trouble::{OpenError, Trouble, trouble};

/// Where records are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// In SQLite files in this folder.
    Folder(PathBuf),
    /// In a PostgreSQL database.
    Server(Address),
}

impl From<&Path> for Database {
    fn from(folder: &Path) -> Self {
        Self::Folder(folder.to_owned())
    }
}

impl Database {
    /// The file of this name; none where there are no files.
    pub fn file(&self, name: &str) -> Option<PathBuf> {
        match self {
            Self::Folder(folder) => Some(folder.join(name)),
            Self::Server(_) => None,
        }
    }
}

/// What one store keeps, and how.
#[derive(Debug)]
pub struct Layout {
    /// Its file in the folder.
    pub file: &'static str,
    /// Its schema in a database of PostgreSQL, which may hold other things.
    pub schema: &'static str,
    /// Its tables in SQLite.
    pub sqlite: Migrator,
    /// The same in PostgreSQL.
    pub postgres: Migrator,
    /// Its lock in PostgreSQL, held by whoever writes to its chain.
    pub lock: i64,
    /// How long somebody in this process waits for a connection.
    pub turn: Duration,
}

/// How long a write waits for another process.
pub const PATIENCE: Duration = Duration::from_secs(5);
