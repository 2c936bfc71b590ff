//! `chengzhi database`: from files to PostgreSQL.

use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use clap::Subcommand;
use serde_json::json;
use tools::database::Database;

use super::context::{Context, ensure_file};
use super::output::{Output, note};
use super::serve::Lock;
use crate::store::Store;

/// Records in PostgreSQL.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  chengzhi database copy --data /var/lib/chengzhi      while no server runs on the directory
  chengzhi serve --data /var/lib/chengzhi              goes on where the files ended

Both want the setting `database` below `[data]`, or
  export CHENGZHI_DATABASE=postgres://chengzhi@localhost/chengzhi
of an empty database: `createdb --owner chengzhi chengzhi`. The files stay as they are; without the setting they are used again.")]
pub(super) enum DatabaseCommand {
    /// Copy conversations, tokens, the audit log, orders, forms, readings and alerts from the files of the data directory
    /// into the database that the settings name, which has none
    Copy,
}

pub(super) async fn run(
    context: &Context,
    output: Output,
    command: &DatabaseCommand,
) -> anyhow::Result<ExitCode> {
    match command {
        DatabaseCommand::Copy => copy(context, output).await,
    }
}

async fn copy(context: &Context, output: Output) -> anyhow::Result<ExitCode> {
    let to = context.database();
    ensure!(
        matches!(to, Database::Server(_)),
        "no database is named\nhint: `CHENGZHI_DATABASE=postgres://USER@HOST/NAME`, or `database` below `[data]` in the settings"
    );
    let from = Database::Folder(context.data.clone());
    for name in [crate::store::FILE, tools::FILE] {
        ensure_file(&context.data.join(name), "there are no records")?;
    }
    let _alone = Lock::take(&context.data)?;
    let (old, new) = (Store::open(&from).await?, Store::open(&to).await?);
    let (old_tools, new_tools) = (
        tools::Store::open(&from).await?,
        tools::Store::open(&to).await?,
    );
    new.holds_nothing().await?;
    new_tools.holds_nothing().await?;
    let mut copied = serde_json::Map::new();
    let mut told = |table: &str, rows: u64| {
        copied.insert(table.to_owned(), rows.into());
        if rows.is_multiple_of(50_000) {
            note(format!("{table}: {rows} rows"));
        }
    };
    // What tools did first: the other store is what `serve` looks for.
    old_tools.copy_into(&new_tools, &mut told).await?;
    old.copy_into(&new, &mut told).await.context(
        "the records of tools are copied, the others are not\nhint: `drop schema chengzhi_tools cascade` before you try again",
    )?;
    let (audit, records) = (new.verify().await?, new_tools.verify().await?);
    let rows: u64 = copied.values().filter_map(serde_json::Value::as_u64).sum();
    if output.json {
        output.json(&json!({"rows": rows, "tables": copied, "audit": audit.count, "records": records.count}))?;
    } else {
        output.line(format!(
            "{rows} rows of {} tables; the chains of {} audit records and {} records of tools are whole",
            copied.len(),
            audit.count,
            records.count
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
