//! How a file of records is opened, and what its errors mean: for the records of tools and those of the server alike.
//!
//! ```text
//! one writing connection in each process, several that read; WAL
//! ```

use std::path::Path;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

/// Connections to a file of records.
#[derive(Debug, Clone)]
pub struct Connections {
    /// One connection: writes of this process wait for each other here, not at the lock of the file.
    pub writer: SqlitePool,
    /// Connections that read, and cannot write.
    pub readers: SqlitePool,
}

/// How long a write waits for another process.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Connections that read.
const READERS: u32 = 4;

/// Opens the file, or makes it and its folder, readable by its owner only; brings its tables up to date. Somebody waits for a
/// connection for `turn` at most.
///
/// # Errors
/// Why the file cannot be made, is no database or comes from a newer version.
pub async fn open(
    path: &Path,
    migrations: &Migrator,
    turn: Duration,
) -> Result<Connections, Box<dyn std::error::Error + Send + Sync>> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    create_private(path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE);
    let one = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(turn);
    let writer = one.connect_with(options.clone()).await?;
    migrations.run(&writer).await?;
    let several = SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(turn);
    let readers = several
        .connect_with(options.pragma("query_only", "on"))
        .await?;
    Ok(Connections { writer, readers })
}

/// What an error of the database means for whoever wrote or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The disk, or the bound set for the file, is full. Nothing of the attempt was stored.
    Full,
    /// Another process kept the file locked for too long.
    Busy,
    /// Anything else.
    Other,
}

/// What `error` means.
pub fn trouble(error: &sqlx::Error) -> Trouble {
    // The low byte is the primary code; the rest says where it happened.
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    let primary = code
        .and_then(|code| code.parse::<u32>().ok())
        .map(|code| code & 0xff);
    match primary {
        Some(SQLITE_FULL) => Trouble::Full,
        Some(SQLITE_BUSY | SQLITE_LOCKED) => Trouble::Busy,
        _ if matches!(error, sqlx::Error::PoolTimedOut) => Trouble::Busy,
        _ => Trouble::Other,
    }
}

const SQLITE_BUSY: u32 = 5;
const SQLITE_LOCKED: u32 = 6;
const SQLITE_FULL: u32 = 13;

/// SQLite gives the companions of a file the same mode.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}
