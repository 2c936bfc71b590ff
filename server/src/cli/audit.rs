//! `chengzhi audit`: whether the log is as it was written.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;

use super::context::Context;
use super::output::{Ink, Output};
use crate::store::{AuditError, Store};

/// The audit log.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  chengzhi audit verify
  chengzhi audit verify --json --data /var/lib/chengzhi")]
pub(super) enum Audit {
    /// Check that no record was altered, removed or moved; exit code 1 names the first that was
    Verify,
}

pub(super) async fn run(
    context: &Context,
    output: Output,
    command: &Audit,
) -> anyhow::Result<ExitCode> {
    match command {
        Audit::Verify => verify(context, output).await,
    }
}

async fn verify(context: &Context, output: Output) -> anyhow::Result<ExitCode> {
    context.ensure_records(crate::store::FILE, "there are no records")?;
    let store = Store::open(&context.database()).await?;
    let outcome = store.verify().await;
    store.close().await;
    match outcome {
        Ok(verified) if output.json => output
            .json(&json!({"verified": true, "records": verified.count, "last": verified.last}))?,
        Ok(verified) => output.line(output.paint(
            Ink::Green,
            &format!(
                "{} records, none altered; the last is {}",
                verified.count, verified.last
            ),
        ))?,
        Err(AuditError::Altered(altered)) => {
            if output.json {
                output.json(&json!({"verified": false, "first_altered": altered.sequence, "reason": altered.to_string()}))?;
            } else {
                output.line(output.paint(Ink::Red, &altered.to_string()))?;
            }
            return Ok(ExitCode::FAILURE);
        }
        Err(error) => return Err(error.into()),
    }
    Ok(ExitCode::SUCCESS)
}
