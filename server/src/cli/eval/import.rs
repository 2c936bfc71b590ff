//! `chengzhi eval import`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use evals::log::{Log, inspect, journal};
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::output::Output;

/// Keep a log of another tool as a journal, to compare runs with
///
/// Scores become grades: `C` is 1, `I` and `N` are 0, `P` is 0.5, NaN is not graded. Each scorer is a metric.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi eval import logs/2026-11-21T10-00-00+00-00_arc_8kQ.eval      prints the journal's name
  chengzhi eval diff data/evals/OLD.jsonl data/evals/NEW.jsonl          then compares two journals")]
pub(in crate::cli) struct Import {
    /// Log of Inspect, `.eval` or `.json`
    file: PathBuf,
    /// Replace the journal of the same run if it is there already
    #[arg(long)]
    force: bool,
}

#[derive(Serialize)]
struct Imported<'a> {
    suite: &'a str,
    run: &'a str,
    samples: usize,
    log: String,
}

pub(super) fn run(context: &Context, output: Output, command: &Import) -> anyhow::Result<ExitCode> {
    let log = Log::open(&command.file)?;
    let folder = context.data.join("evals");
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("`{}` cannot be made", folder.display()))?;
    let path = folder.join(format!("{}.jsonl", inspect::stem(&log.header)));
    if path.exists() && !command.force {
        bail!(
            "`{}` is there already\nhint: it is of the same run; replace it with `--force`",
            path.display()
        );
    }
    let samples = journal::copy(&log, &path)?;
    let name = path.display().to_string();
    if output.json {
        output.json(&Imported {
            suite: &log.header.suite,
            run: &log.header.run,
            samples,
            log: name,
        })?;
    } else {
        output.line(format!(
            "{name}\n{samples} samples of `{}`",
            log.header.suite
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
