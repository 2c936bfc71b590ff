//! `chengzhi eval gate` and `chengzhi eval bless`: whether a run may stand, and what later runs are compared with.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use clap::Args;
use evals::Error;
use evals::baseline::Baseline;
use evals::diff::Comparison;
use evals::judge::{Asked, Finding, Kind, judge};
use evals::log::Log;
use evals::record::{Header, Status};
use evals::suite::Mode;
use evals::tally::Tally;
use serde::Serialize;

use super::diff;
use super::perform::Options;
use super::run::{STOPPED, perform};
use super::stop::Stop;
use crate::catalog::{Catalog, SuiteEntry};
use crate::cli::context::Context;
use crate::cli::output::{Ink, Output, note};

/// Run suites and fail where a figure misses its gate or got worse against the baseline
///
/// A gate of `suite.toml` passes when the one-sided 95 % bound clears it. Against `baseline.json` a metric fails when it
/// is worse at 5 % after Holm's correction, or when more cases turned than the suite allows.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi eval gate                              all suites, as continuous integration does it
  chengzhi eval gate policy-qa --model off --json
  chengzhi eval gate --log run.jsonl              judge a run that is there already

With --json it prints {passes, suites: [{suite, mode, passes, findings, comparison}]}.
Exit codes: 0 all gates are passed, 1 one is not, 130 stopped with Ctrl-C.")]
pub(in crate::cli) struct Gate {
    /// Names of suites; all of them without it
    suites: Vec<String>,
    /// A log or journal to judge in place of running; may be given several times
    #[arg(long, value_name = "FILE", conflicts_with = "suites")]
    log: Vec<PathBuf>,
    #[command(flatten)]
    options: Options,
}

/// Make what is reached now the baseline of suites
///
/// Only whole runs are taken: all cases, none unreadable. The file `evals/NAME/baseline.json` of the checkout is written;
/// it belongs into version control, and changes only by this command.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi eval bless policy-qa
  chengzhi eval bless --log run.jsonl             the run that was looked at, and no other")]
pub(in crate::cli) struct Bless {
    /// Names of suites; all of them without it
    suites: Vec<String>,
    /// A log or journal to take in place of running; may be given several times
    #[arg(long, value_name = "FILE", conflicts_with = "suites")]
    log: Vec<PathBuf>,
    #[command(flatten)]
    options: Options,
}

/// Somebody pressed Ctrl-C before all was run.
#[derive(Debug, thiserror::Error)]
#[error("stopped: what was not run cannot be judged\nhint: `chengzhi eval run --resume` goes on")]
struct Stopped;

/// A run that is there, however it came.
struct Given {
    header: Header,
    tally: Tally,
    status: Status,
}

/// What `gate --json` prints for a run; a public contract.
#[derive(Serialize)]
struct Judged {
    suite: String,
    mode: String,
    passes: bool,
    findings: Vec<Finding>,
    comparison: Option<Comparison>,
}

async fn given(
    context: &Context,
    suites: &[String],
    logs: &[PathBuf],
    options: &Options,
) -> anyhow::Result<Vec<Given>> {
    if logs.is_empty() {
        let stop = Stop::on_interrupt();
        let runs = perform(context, suites, options, &stop).await?;
        ensure!(!stop.is_asked(), Stopped);
        let given = runs.into_iter().map(|ran| Given {
            header: ran.header,
            tally: ran.tally,
            status: ran.ended.status,
        });
        return Ok(given.collect());
    }
    let read = |path: &PathBuf| {
        let log = Log::open(path)?;
        Ok(Given {
            tally: diff::tally_of(&log)?,
            status: log.ended.map_or(Status::Cancelled, |ended| ended.status),
            header: log.header,
        })
    };
    logs.iter().map(read).collect()
}

pub(super) async fn gate(
    context: &Context,
    output: Output,
    command: Gate,
) -> anyhow::Result<ExitCode> {
    let runs = match given(context, &command.suites, &command.log, &command.options).await {
        Err(error) if error.is::<Stopped>() => {
            note(error.to_string());
            return Ok(ExitCode::from(STOPPED));
        }
        runs => runs?,
    };
    let catalog = context.catalog();
    let judged = runs
        .iter()
        .map(|run| judged(&catalog, run))
        .collect::<anyhow::Result<Vec<_>>>()?;
    ensure!(
        !judged.is_empty(),
        "there was nothing to judge\nhint: `chengzhi eval list` shows the suites; those without an agent want `--model NAME`"
    );
    let passes = judged.iter().all(|judged| judged.passes);
    if output.json {
        output.json(&serde_json::json!({ "passes": passes, "suites": judged }))?;
    } else {
        judged.iter().try_for_each(|judged| show(output, judged))?;
    }
    Ok(if passes {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn judged(catalog: &Catalog, run: &Given) -> anyhow::Result<Judged> {
    let entry = suite(catalog, &run.header.suite)?;
    let baseline = entry
        .baselines
        .0
        .get(run.header.mode())
        .map(Baseline::tally);
    let asked = Asked {
        manifest: &entry.manifest,
        mode: if run.header.model.is_some() {
            Mode::On
        } else {
            Mode::Off
        },
        total: run.header.total,
        problems: run.header.problems.len(),
        status: run.status,
    };
    let (findings, comparison) = judge(asked, &run.tally, baseline.as_ref());
    Ok(Judged {
        suite: run.header.suite.clone(),
        mode: run.header.mode().to_owned(),
        passes: run.status == Status::Success && findings.iter().all(|finding| finding.passes),
        findings,
        comparison,
    })
}

fn suite<'a>(catalog: &'a Catalog, name: &str) -> anyhow::Result<&'a SuiteEntry> {
    let entry = catalog.suites.get(name);
    entry.with_context(|| {
        format!("there is no suite `{name}`\nhint: `chengzhi eval list` shows those there are")
    })
}

fn show(output: Output, judged: &Judged) -> anyhow::Result<()> {
    let (word, ink) = if judged.passes {
        ("passes", Ink::Green)
    } else {
        ("fails", Ink::Red)
    };
    let head = format!("{} ({})", judged.suite, judged.mode);
    output.line(format!(
        "{} {}",
        output.paint(Ink::Strong, &head),
        output.paint(ink, word)
    ))?;
    if judged.comparison.is_none() {
        output.line("  no baseline")?;
        note(format!(
            "hint: `chengzhi eval bless {}` makes a baseline",
            judged.suite
        ));
    }
    for finding in &judged.findings {
        let mark = if finding.passes {
            output.paint(Ink::Green, "ok  ")
        } else {
            output.paint(Ink::Red, "FAIL")
        };
        let kind = serde_json::to_value(finding.kind)?;
        let kind = kind.as_str().unwrap_or_default();
        let metric = finding.metric.as_deref().unwrap_or("");
        output.line(format!("  {mark} {kind:<10} {metric:<16} {}", finding.text))?;
    }
    if let Some(comparison) = judged.comparison.as_ref().filter(|_| !judged.passes) {
        diff::show(output, comparison)?;
    }
    Ok(())
}

pub(super) async fn bless(
    context: &Context,
    output: Output,
    command: Bless,
) -> anyhow::Result<ExitCode> {
    ensure!(
        context.global.limit.is_none(),
        "only a run of all cases can be a baseline\nhint: leave out `--limit`"
    );
    let runs = given(context, &command.suites, &command.log, &command.options).await?;
    let catalog = context.catalog();
    let mut files = Vec::new();
    for run in &runs {
        let file = blessed(&catalog, run)?;
        let missed = judged(&catalog, run)?.findings;
        let missed = missed
            .iter()
            .filter(|it| it.kind == Kind::Gate && !it.passes);
        for finding in missed {
            let metric = finding.metric.as_deref().unwrap_or_default();
            note(format!(
                "warning: its gate is missed all the same: {metric} {}",
                finding.text
            ));
        }
        let (suite, mode) = (&run.header.suite, run.header.mode());
        files.push(serde_json::json!({ "suite": suite, "mode": mode, "file": file }));
        if !output.json {
            output.line(format!("{suite} ({mode}): {}", file.display()))?;
        }
    }
    if output.json {
        output.json(&serde_json::json!({ "blessed": files }))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn blessed(catalog: &Catalog, run: &Given) -> anyhow::Result<PathBuf> {
    let header = &run.header;
    let entry = suite(catalog, &header.suite)?;
    let text = catalog.origin.text(&entry.cases).unwrap_or_default();
    let cases = evals::case::read(&entry.cases, &text).cases.len();
    ensure!(
        run.status == Status::Success,
        "the run of `{}` was not whole\nhint: `chengzhi eval run {} --resume` goes on with it",
        header.suite,
        header.suite
    );
    ensure!(
        header.problems.is_empty(),
        "cases of `{}` could not be read: {}",
        header.suite,
        header.problems.join("; ")
    );
    ensure!(
        header.cases_hash == super::world::hash(&text),
        "the run of `{}` asked other cases than `{}` has now\nhint: run it anew",
        header.suite,
        entry.cases
    );
    ensure!(
        header.total == cases * header.epochs as usize && run.tally.samples == header.total,
        "the run of `{}` has {} samples, and its {cases} cases want {}\nhint: run it anew, without `--limit`",
        header.suite,
        run.tally.samples,
        cases * header.epochs as usize
    );
    let name = SuiteEntry::baseline_file(&header.suite);
    let path = catalog.origin.path(&name).with_context(|| {
        format!("`{name}` is inside the program and cannot be written\nhint: run this in a checkout, or give its folder with `--root`")
    })?;
    // Read anew: another mode may have been blessed a moment ago.
    let mut baselines = match std::fs::read_to_string(&path) {
        Ok(text) => evals::baseline::Baselines::parse(&name, &text)?,
        Err(_) => evals::baseline::Baselines::default(),
    };
    let metrics = run.tally.metrics(entry.manifest.same_seed);
    let baseline = Baseline::of(header, &run.tally, metrics);
    baselines.0.insert(header.mode().to_owned(), baseline);
    let text = baselines.text()?;
    evals::log::replace(&path, |out| {
        out.to
            .write_all(text.as_bytes())
            .map_err(Error::file(&path))
    })?;
    Ok(path)
}
