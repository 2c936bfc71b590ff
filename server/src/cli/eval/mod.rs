//! `chengzhi eval …`: measures agents, models and detectors.
//!
//! Each subcommand is one file. What they compute is in the crate `evals`; here files are read and figures shown.

mod bfcl;
mod classify;
mod diff;
mod export;
mod gate;
mod import;
mod injections;
mod list;
mod perform;
mod pii;
mod planner;
mod qa;
mod read;
mod report;
mod retrieval;
mod rgb;
mod run;
mod stop;
mod world;

use std::path::Path;
use std::process::ExitCode;

use clap::Subcommand;
use evals::line::BadLine;
use evals::metric::Scored;

pub(super) use classify::Scores;

use super::context::Context;
use super::output::{Ink, Output, note};
use crate::catalog::{Catalog, SuiteEntry};

/// Measure agents, models and detectors: run suites, score files
#[derive(Debug, Subcommand)]
pub(super) enum Eval {
    /// Run suites and show their figures
    Run(run::Run),
    /// Show the suites
    List,
    /// Compare two runs case by case
    Diff(diff::Diff),
    /// Run suites and fail where a figure misses its gate or got worse
    Gate(gate::Gate),
    /// Make what is reached now the baseline
    Bless(gate::Bless),
    /// Ask an agent the questions of a file
    Qa(qa::Qa),
    /// Ask a model for tool calls on a file of BFCL items, or check the checker
    Bfcl(bfcl::Bfcl),
    /// Write the log of a run in a format of other tools
    Export(export::Export),
    /// Keep a log of another tool as a journal, to compare runs with
    Import(import::Import),
    /// Score the search on a labelled set of the BEIR shape
    Retrieval(retrieval::Retrieval),
    /// Score the basis check on a file of RGB: answer from five documents, or refuse
    Rgb(rgb::Rgb),
    /// Write runs as one HTML file, with plots and every case
    Report(report::Reporting),
    Classify(classify::Classify),
    Injections(injections::Injections),
    Pii(pii::Pii),
    Planner(planner::Planner),
}

pub(super) async fn run(
    context: &Context,
    output: Output,
    command: Eval,
) -> anyhow::Result<ExitCode> {
    let global = &context.global;
    let fixed = matches!(
        command,
        Eval::Run(_) | Eval::Gate(_) | Eval::Bless(_) | Eval::Qa(_)
    );
    if fixed && (global.as_of.is_some() || global.place.is_some()) {
        let message = "day and place are those of each case\nhint: write `as_of` and `place` into the cases, or `today` into `suite.toml`";
        return Err(super::Usage(message.to_owned()).into());
    }
    match command {
        Eval::Run(command) => run::run(context, output, command).await,
        Eval::List => list::run(context, output),
        Eval::Diff(command) => diff::run(context, output, &command),
        Eval::Gate(command) => gate::gate(context, output, command).await,
        Eval::Bless(command) => gate::bless(context, output, command).await,
        Eval::Qa(command) => qa::run(context, output, command).await,
        Eval::Bfcl(command) => bfcl::run(context, output, command).await,
        Eval::Export(command) => export::run(output, &command),
        Eval::Import(command) => import::run(context, output, &command),
        Eval::Retrieval(command) => retrieval::run(context, output, command).await,
        Eval::Rgb(command) => rgb::run(context, output, &command),
        Eval::Classify(command) => classify::run(context, output, command).await,
        Eval::Injections(command) => injections::run(context, output, &command),
        Eval::Pii(command) => pii::run(context, output, &command),
        Eval::Planner(command) => planner::run(context, output, &command).await,
        Eval::Report(command) => report::run(context, output, &command),
    }
}

/// The suites with these names; all of them for none.
fn suites_named<'a>(
    catalog: &'a Catalog,
    names: &[String],
) -> anyhow::Result<Vec<(&'a str, &'a SuiteEntry)>> {
    if names.is_empty() {
        // One that is left out would not be missed.
        let broken = |problem: &&crate::catalog::Problem| problem.file.starts_with("evals/");
        if let Some(problem) = catalog.problems.iter().find(broken) {
            anyhow::bail!(
                "{problem}\nhint: `chengzhi check` names everything that is wrong; or name the suites to run"
            );
        }
        return Ok(catalog
            .suites
            .iter()
            .map(|(name, entry)| (name.as_str(), entry))
            .collect());
    }
    let named = names.iter().map(|name| {
        let found = catalog.suites.get_key_value(name);
        let (name, entry) = found.ok_or_else(|| {
            let file = format!("evals/{name}/suite.toml");
            let problem = catalog.problems.iter().find(|problem| problem.file == file);
            match problem {
                Some(problem) => anyhow::anyhow!("{problem}"),
                None => anyhow::anyhow!(
                    "there is no suite `{name}`\nhint: `chengzhi eval list` shows those there are"
                ),
            }
        })?;
        Ok((name.as_str(), entry))
    });
    named.collect()
}

/// Only so many, where `--limit` says so.
fn limit<T>(context: &Context, items: &mut Vec<T>) {
    items.truncate(
        context
            .global
            .limit
            .map_or(usize::MAX, |limit| limit as usize),
    );
}

/// Lines that could not be read, with their file.
fn named(file: &Path, bad: &[BadLine]) -> Vec<String> {
    bad.iter()
        .map(|bad| format!("{}:{}: {}", file.display(), bad.line, bad.reason))
        .collect()
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
    if scored.n == 0 {
        note("there is nothing to score");
    }
    Ok(if scored.problems.is_empty() && scored.n > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
