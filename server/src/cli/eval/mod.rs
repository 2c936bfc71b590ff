//! `chengzhi eval …`: measures agents, models and detectors.
//!
//! Each subcommand is one file. What they compute is in the crate `evals`; here files are read and figures shown.

mod bfcl;
mod read;

use std::process::ExitCode;

use clap::Subcommand;
use evals::metric::Scored;

use super::context::Context;
use super::output::{Ink, Output, note};

/// Measure agents, models and detectors: run suites, score files
#[derive(Debug, Subcommand)]
pub(super) enum Eval {
    /// Check the checker of tool calls on a file of BFCL items
    Bfcl(bfcl::Bfcl),
}

pub(super) async fn run(
    context: &Context,
    output: Output,
    command: Eval,
) -> anyhow::Result<ExitCode> {
    match command {
        Eval::Bfcl(command) => bfcl::run(context, output, &command),
    }
}

/// Shows figures: one JSON object, or a table. Cases that could not be read make the exit code 1.
fn show(output: Output, scored: &Scored) -> anyhow::Result<ExitCode> {
    if output.json {
        output.json(scored)?;
    } else {
        let mode = scored.model.as_deref().unwrap_or("off");
        output.line(format!(
            "{}: {} cases, model {mode}, {:.2} ms a case",
            output.paint(Ink::Strong, &scored.suite),
            scored.n,
            scored.ms_per_case
        ))?;
        let width = scored.metrics.keys().map(|name| name.chars().count()).max();
        for (name, metric) in &scored.metrics {
            output.line(format!(
                "  {name:<width$}  {:.3}  [{:.3}, {:.3}]  n {}",
                metric.value,
                metric.low,
                metric.high,
                metric.n,
                width = width.unwrap_or(0)
            ))?;
        }
        if let Some(log) = &scored.log {
            output.line(output.paint(Ink::Faint, &format!("  log {log}")))?;
        }
    }
    for problem in &scored.problems {
        note(format!("warning: {problem}"));
    }
    Ok(if scored.problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
