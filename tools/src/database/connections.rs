//! Open records: connections that write, and others that read and cannot write.
//!
//! What SQLite gives by the lock of the file, PostgreSQL gives by an advisory lock of the transaction: who writes to a chain or takes
//! the next number waits until everybody who did so before has committed, and then sees what they wrote.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use sqlx::any::{Any, AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, Connection, Transaction};

use super::{Address, Database, Dialect, Layout, OpenError, PATIENCE};

/// Connections to records.
#[derive(Debug, Clone)]
pub struct Connections {
    /// SQLite: one connection, so that writes of this process wait for each other here and not at the lock of the file.
    writer: AnyPool,
    readers: AnyPool,
    dialect: Dialect,
    lock: i64,
}

/// Connections that read.
const READERS: u32 = 4;

/// Connections to PostgreSQL that write.
const WRITERS: u32 = 4;

type Failure = Box<dyn Error + Send + Sync>;

impl Connections {
    /// Opens the records, or makes them: a file readable by its owner only, with its folder, or a schema. Brings their tables up to date.
    ///
    /// # Errors
    /// Why they cannot be made, are no records or come from a newer version.
    pub async fn open(database: &Database, layout: &Layout) -> Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        let opened = match database {
            Database::Folder(folder) => open_file(&folder.join(layout.file), layout).await,
            Database::Server(address) => open_server(address, layout).await,
        };
        opened.map_err(|source| OpenError::new(database, layout.file, source))
    }

    /// Connections that read, and cannot write.
    pub fn readers(&self) -> &AnyPool {
        &self.readers
    }

    /// Which SQL is spoken.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// A transaction during which nobody else writes to the chain, here or in another process; dropped, it leaves nothing. Committed,
    /// it survives a power failure.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn write(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        match self.dialect {
            Dialect::Sqlite => {
                self.writer
                    .begin_with("pragma synchronous = full; begin immediate")
                    .await
            }
            Dialect::Postgres => {
                let mut transaction = self.writer.begin().await?;
                self.lock(&mut transaction, self.lock).await?;
                Ok(transaction)
            }
        }
    }

    /// A transaction for what is of no use without a later write, and not of the chain: it survives the end of the process, and a power
    /// failure only together with the next write. It does not wait for the disk.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn note(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        match self.dialect {
            Dialect::Sqlite => {
                self.writer
                    .begin_with("pragma synchronous = normal; begin immediate")
                    .await
            }
            Dialect::Postgres => {
                let mut transaction = self.writer.begin().await?;
                sqlx::query("set local synchronous_commit = off")
                    .execute(&mut *transaction)
                    .await?;
                Ok(transaction)
            }
        }
    }

    /// A transaction beside others that write, but for those that hold `lock` alone.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn beside(&self, lock: i64) -> Result<Transaction<'static, Any>, sqlx::Error> {
        match self.dialect {
            Dialect::Sqlite => self.write().await,
            Dialect::Postgres => {
                let mut transaction = self.writer.begin().await?;
                sqlx::query("select pg_advisory_xact_lock_shared($1)")
                    .bind(lock)
                    .execute(&mut *transaction)
                    .await?;
                Ok(transaction)
            }
        }
    }

    /// Holds one more lock until `transaction` ends.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn lock(
        &self,
        transaction: &mut Transaction<'static, Any>,
        lock: i64,
    ) -> Result<(), sqlx::Error> {
        if self.dialect == Dialect::Postgres {
            sqlx::query("select pg_advisory_xact_lock($1)")
                .bind(lock)
                .execute(&mut **transaction)
                .await?;
        }
        Ok(())
    }

    /// A transaction that reads, and sees one moment all the time.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn snapshot(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        match self.dialect {
            Dialect::Sqlite => self.readers.begin().await,
            Dialect::Postgres => {
                // Given up half-way, it would leave its connection in the moment of the one who gave up: it is begun to the end, and
                // ended if nobody wants it.
                let readers = self.readers.clone();
                let begun = tokio::spawn(async move {
                    readers
                        .begin_with("begin isolation level repeatable read, read only")
                        .await
                });
                begun.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
            }
        }
    }

    /// Bounds a file to so many pages, for this process.
    ///
    /// # Errors
    /// What the database reports; PostgreSQL has no such bound.
    pub async fn limit_pages(&self, pages: u32) -> Result<(), sqlx::Error> {
        let statement = AssertSqlSafe(format!("pragma max_page_count = {pages}"));
        sqlx::query(statement).execute(&self.writer).await?;
        Ok(())
    }

    /// Closes them.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

async fn open_file(path: &Path, layout: &Layout) -> Result<Connections, Failure> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    create_private(path)?;
    let options = file_options(path)?;
    // Foreign keys are on, and a lock is waited for during `PATIENCE`: so sqlx opens files.
    let writer = pool(1, layout.turn).connect_with(options.clone()).await?;
    sqlx::query("pragma journal_mode = wal")
        .execute(&writer)
        .await?;
    layout.sqlite.run(&writer).await?;
    let readers = pool(READERS, layout.turn)
        .after_connect(|connection, _| Box::pin(told(connection, "pragma query_only = on".into())))
        .connect_with(options)
        .await?;
    Ok(Connections {
        writer,
        readers,
        dialect: Dialect::Sqlite,
        lock: layout.lock,
    })
}

async fn open_server(address: &Address, layout: &Layout) -> Result<Connections, Failure> {
    let options = address.options()?;
    make_tables(&options, layout).await?;
    // Who waited for a lock sees what the one before wrote, and numbers as text are whole, whatever the role's default is. Who vanishes in the middle of a transaction does not keep its locks.
    let session = format!(
        "set search_path = {}; set extra_float_digits = 1; set default_transaction_isolation = 'read committed'; set lock_timeout = '{}s'; set idle_in_transaction_session_timeout = '30s'",
        layout.schema,
        PATIENCE.as_secs()
    );
    let reading = format!("{session}; set default_transaction_read_only = on");
    let writer = pool(WRITERS, layout.turn)
        .after_connect(move |connection, _| Box::pin(told(connection, session.clone())))
        .connect_with(options.clone())
        .await?;
    let readers = pool(READERS, PATIENCE)
        .after_connect(move |connection, _| Box::pin(told(connection, reading.clone())))
        .connect_with(options)
        .await?;
    Ok(Connections {
        writer,
        readers,
        dialect: Dialect::Postgres,
        lock: layout.lock,
    })
}

/// On a connection of its own, which waits for other servers that do the same.
async fn make_tables(options: &AnyConnectOptions, layout: &Layout) -> Result<(), Failure> {
    let mut connection = AnyConnection::connect_with(options).await?;
    let mut transaction = connection.begin().await?;
    sqlx::query("select pg_advisory_xact_lock($1)")
        .bind(layout.lock)
        .execute(&mut *transaction)
        .await?;
    // Whoever may not make schemas may use one that was made for them.
    let there: Option<(i64,)> =
        sqlx::query_as("select oid::bigint from pg_namespace where nspname = $1")
            .bind(layout.schema)
            .fetch_optional(&mut *transaction)
            .await?;
    if there.is_none() {
        let create = AssertSqlSafe(format!("create schema {}", layout.schema));
        sqlx::query(create).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    let search = format!("set search_path = {}", layout.schema);
    told(&mut connection, search).await?;
    layout
        .postgres
        .run_direct(None, &mut connection, false)
        .await?;
    connection.close().await?;
    Ok(())
}

/// Connections for whom somebody waits for `turn` at most.
fn pool(most: u32, turn: Duration) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(most)
        .acquire_timeout(turn)
}

async fn told(connection: &mut AnyConnection, statements: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(statements))
        .execute(connection)
        .await?;
    Ok(())
}

/// SQLite gives the companions of a file the same mode.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Of a file that is there; its name may hold anything but what is not Unicode.
fn file_options(path: &Path) -> Result<AnyConnectOptions, Failure> {
    let path = path.canonicalize()?;
    let name = path
        .to_str()
        .ok_or("its name is not Unicode, which SQLite needs")?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
    let encoded = name.bytes().map(|byte| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    Ok(format!("sqlite:{}", encoded.collect::<String>()).parse()?)
}
