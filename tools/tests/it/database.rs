//! Where a test keeps its records: in its folder or, where `CHENGZHI_TEST_POSTGRES` names a server, in a database of its own there.

#![allow(dead_code, reason = "several test binaries share it")]

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, AssertSqlSafe, Connection};
use tools::database::{Address, Database};

/// Names a database of the server, such as `postgres://USER@HOST/postgres`; `scripts/postgres` sets it.
pub(crate) const SERVER: &str = "CHENGZHI_TEST_POSTGRES";

/// Folders for which there is a database, with its name.
static MADE: Mutex<Vec<(PathBuf, String)>> = Mutex::new(Vec::new());

/// Where the records of the test with this folder are kept.
pub(crate) fn database(folder: &Path) -> Database {
    server(folder).map_or_else(|| folder.into(), Database::Server)
}

/// The database of the test with this folder; none without a server.
pub(crate) fn server(folder: &Path) -> Option<Address> {
    address(folder).map(|address| Address::parse(&address).unwrap())
}

/// The same as text.
pub(crate) fn address(folder: &Path) -> Option<String> {
    let server = std::env::var(SERVER).ok()?;
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let known = made.iter().find(|(of, _)| of == folder);
    let name = match known {
        Some((_, name)) => name.clone(),
        None => {
            drop_old(&mut made, &server);
            let name = format!(
                "t_{}",
                &tools::digest::of_text(&folder.to_string_lossy())[..24]
            );
            create(&name, &server);
            made.push((folder.to_owned(), name.clone()));
            name
        }
    };
    Some(named(&server, &name).database_url.to_string())
}

/// The records of a store as somebody with a SQL shell has them: its file in the folder, or its schema in the database that a
/// test with this folder has.
pub(crate) async fn shell(folder: &Path, file: &str, schema: &str) -> AnyConnection {
    sqlx::any::install_default_drivers();
    let url = match address(folder) {
        Some(address) => address,
        None => format!("sqlite:{}", folder.join(file).display()),
    };
    let mut shell = AnyConnection::connect(&url).await.unwrap();
    if address(folder).is_some() {
        let search = AssertSqlSafe(format!("set search_path = {schema}"));
        sqlx::query(search).execute(&mut shell).await.unwrap();
    }
    shell
}

fn named(server: &str, name: &str) -> AnyConnectOptions {
    let mut options: AnyConnectOptions = server.parse().unwrap();
    options.database_url.set_path(name);
    options
}

/// In an order that is not that of bytes: answers must not depend on it. Another process of the same test may have made it.
fn create(name: &str, server: &str) {
    let create = format!(
        "create database \"{name}\" template template0 encoding 'UTF8' locale_provider icu icu_locale 'zh'"
    );
    if let Err(error) = tell(server, create) {
        assert!(error.to_string().contains("already exists"), "{error}");
    }
}

/// Drops the databases of tests that have ended. Those of the last ones go with the server.
fn drop_old(made: &mut Vec<(PathBuf, String)>, server: &str) {
    for (_, name) in made.extract_if(.., |(folder, _)| !folder.exists()) {
        tell(server, format!("drop database \"{name}\" with (force)")).unwrap();
    }
}

/// From wherever it is called, also from within a runtime.
fn tell(server: &str, statement: String) -> Result<(), sqlx::Error> {
    sqlx::any::install_default_drivers();
    let server = server.to_owned();
    let told = async move {
        let mut connection = AnyConnection::connect(&server).await?;
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut connection)
            .await?;
        connection.close().await
    };
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(told)
    });
    thread.join().unwrap()
}
