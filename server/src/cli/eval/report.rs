//! `chengzhi eval report`

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use evals::judge::decide;
use evals::record::Run;
use evals::report::{Judged, PASSING, Report, Reported, Subject, html};
use evals::suite::Mode;
use evals::tally::Tally;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::catalog::Catalog;
use crate::cli::context::Context;
use crate::cli::output::Output;

/// Make one page of HTML of runs: figures with their bounds, what changed, every case that went wrong
///
/// The page needs no network and no other file, and can be read in Chinese and English. Answers on it keep their label.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi eval report runs/policy-qa.jsonl
  chengzhi eval report off.jsonl on.jsonl --out page.html
  chengzhi eval report new.jsonl --baseline old.jsonl")]
pub(in crate::cli) struct Reporting {
    /// Logs of runs
    #[arg(required = true)]
    logs: Vec<PathBuf>,
    /// Log of a run that each of them is compared with, or one for each in their order
    #[arg(long)]
    baseline: Vec<PathBuf>,
    /// File to write [default: the first log with the ending `.html`]
    #[arg(long)]
    out: Option<PathBuf>,
    /// List at most so many cases of a run that pass; those that do not are always listed
    #[arg(long, default_value_t = PASSING)]
    passing: usize,
}

#[derive(Serialize)]
struct Written {
    file: String,
    runs: usize,
    bytes: u64,
}

pub(super) fn run(
    context: &Context,
    output: Output,
    command: &Reporting,
) -> anyhow::Result<ExitCode> {
    let runs = read(&command.logs)?;
    let baselines = read(&command.baseline)?;
    if baselines.len() > 1 && baselines.len() != runs.len() {
        bail!(
            "{} baselines for {} logs\nhint: give one for all of them, or one for each in their order",
            baselines.len(),
            runs.len()
        );
    }
    let catalog = context.catalog();
    let reported = runs.iter().enumerate().map(|(place, run)| Reported {
        run,
        baseline: baselines.get(place).or(baselines.first()),
        gates: gates(&catalog, run),
    });
    let report = Report {
        runs: reported.collect(),
        passing: command.passing,
        zone: TimeZone::system(),
    };
    let file = command
        .out
        .clone()
        .unwrap_or_else(|| command.logs[0].with_extension("html"));
    if command
        .logs
        .iter()
        .chain(&command.baseline)
        .any(|log| *log == file)
    {
        bail!(
            "`{}` is a log\nhint: name another file with `--out`",
            file.display()
        );
    }
    let producer = &context.settings.city.producer;
    let bytes = write(&report, producer, &file)
        .with_context(|| format!("`{}` cannot be written", file.display()))?;
    let written = Written {
        file: file.display().to_string(),
        runs: runs.len(),
        bytes,
    };
    if output.json {
        output.json(&written)?;
    } else {
        output.line(format!(
            "{}: {} runs, {} KB",
            written.file,
            written.runs,
            written.bytes.div_ceil(1_000)
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn read(logs: &[PathBuf]) -> anyhow::Result<Vec<Run>> {
    logs.iter().map(|log| Ok(evals::log::read(log)?)).collect()
}

/// Writes beside the file and puts it in place when it is whole.
fn write(report: &Report<'_>, producer: &str, file: &Path) -> anyhow::Result<u64> {
    let mut name = file.file_name().context("it has no name")?.to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = file.with_file_name(name);
    let written = fill(report, producer, &temporary).and_then(|bytes| {
        std::fs::rename(&temporary, file)?;
        Ok(bytes)
    });
    if written.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

fn fill(report: &Report<'_>, producer: &str, temporary: &Path) -> anyhow::Result<u64> {
    let label = |content: &str| serde_json::json!(agents::Aigc::new(producer, content));
    let mut out = BufWriter::new(File::create(temporary)?);
    html(report, label, &mut out)?;
    out.flush()?;
    let file = out.into_inner()?;
    file.sync_all()?;
    Ok(file.metadata()?.len())
}

/// The gates of the suite, if it is one of this installation.
fn gates(catalog: &Catalog, run: &Run) -> Vec<Judged> {
    let Some(entry) = catalog.suites.get(&run.header.suite) else {
        return Vec::new();
    };
    let mode = if run.header.model.is_some() {
        Mode::On
    } else {
        Mode::Off
    };
    let tally = Tally::of(&run.samples);
    let gates = entry.manifest.gates.iter().filter(|gate| gate.counts(mode));
    let judged = gates.filter_map(|gate| {
        let limit = gate.limit().ok()?;
        Some(Judged {
            metric: gate.metric.clone(),
            subject: Subject::Run,
            limit,
            decision: decide(limit, &gate.metric, &tally),
            holds: None,
        })
    });
    judged.collect()
}
