//! `chengzhi train`: learns from a city's own records.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::Serialize;
use tools::classify::classifier::{Classifier, Options, Progress};
use tools::classify::fold::stratified;
use tools::classify::measure;
use tools::classify::record::{self, Record};

use super::context::Context;
use super::eval::Scores;
use super::output::{Ink, Output, note};
use super::progress::Bar;
use crate::catalog::{MODEL, options};

/// Learn from a city's own records.
#[derive(Debug, Subcommand)]
pub(super) enum Train {
    Dispatch(Dispatch),
}

/// Learn to which department an order goes
///
/// A fifth of the records is kept out first and says how good it is on what it has not seen; then it learns from all of
/// them. Nothing is written before the end. The folder holds n-grams of the orders: keep it like the orders themselves.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi orders export --labels orders.jsonl
  chengzhi train dispatch --data orders.jsonl --out data/dispatch
  chengzhi train dispatch --demo --out seeds/classifier      as it comes with the demo city

It is used once the settings say so: `[hotline]` with `classifier = \"dispatch\"`, from the data directory on.")]
pub(super) struct Dispatch {
    /// Orders, one a line: {\"text\": …, \"label\": …}; `tokens` in place of `text`, a `title` before it, `department` in
    /// place of `label`
    #[arg(long, value_name = "FILE", required_unless_present = "demo")]
    data: Option<PathBuf>,
    /// Learn from the seeds of the demo city
    #[arg(long, conflicts_with = "data")]
    demo: bool,
    /// Folder to write
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Decides which fifth is kept out and the order of steps; the same gives the same
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// What was learnt from, and how good it is; `report.json` of the folder, and what --json prints.
#[derive(Debug, Serialize)]
struct Report {
    /// Records that were learnt from.
    n: usize,
    /// How many each label has.
    labels: BTreeMap<String, usize>,
    left_out: Vec<LeftOut>,
    /// Records whose id stands in an earlier line; they count as often as they stand there.
    repeated: usize,
    /// On the fifth that was kept out.
    held_out: Scores,
    /// N-grams that are known.
    terms: usize,
    /// SHA-256 of the records.
    learnt_from: String,
    /// Wall time of learning twice.
    seconds: f64,
}

/// Records that were not learnt from.
#[derive(Debug, Serialize)]
struct LeftOut {
    label: String,
    n: usize,
    reason: String,
}

/// One part of that many is kept out.
const PARTS: usize = 5;

pub(super) async fn run(
    context: &Context,
    output: Output,
    command: Train,
) -> anyhow::Result<ExitCode> {
    let Train::Dispatch(command) = command;
    let (records, repeated) = match &command.data {
        Some(file) => {
            let history = record::read(file)?;
            (history.records, history.repeated)
        }
        None => {
            let lessons = context.catalog().lessons();
            let lessons = lessons.map_err(|problem| anyhow::anyhow!("{problem}"))?;
            (lessons, Vec::new())
        }
    };
    for repeated in repeated.iter().take(3) {
        note(format!(
            "warning: line {}: id `{}` stands in line {} already; it counts twice",
            repeated.line, repeated.id, repeated.first
        ));
    }
    let mut options = if command.demo {
        options()
    } else {
        Options::default()
    };
    options.seed = command.seed;
    let work = tokio::task::spawn_blocking(move || learn(records, repeated.len(), &options));
    // The thread has written nothing, and ends with the program.
    let (classifier, report) = tokio::select! {
        done = work => done.context("training broke off")?,
        _ = tokio::signal::ctrl_c() => anyhow::bail!("stopped; nothing was written"),
    }?;
    write(&command.out, &classifier, &report)?;
    if output.json {
        output.json(&report)?;
    } else {
        show(output, &report, &command.out)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn learn(
    records: Vec<Record>,
    repeated: usize,
    options: &Options,
) -> anyhow::Result<(Classifier, Report)> {
    let begun = Instant::now();
    let (records, rare) = record::without_rare(records);
    let mut labels: BTreeMap<String, usize> = BTreeMap::new();
    for record in &records {
        *labels.entry(record.label.clone()).or_default() += 1;
    }
    let mut bar = Bar::of(
        format!("learning {} labels twice", labels.len()),
        2 * labels.len() * (options.folds + 1),
        "steps",
    );
    let mut before = 0;
    let mut tick = |half: usize, progress: Progress| {
        before = before.max(progress.total);
        bar.at(half * before + progress.done, 2 * before);
    };
    let held_out = held_out(&records, options, &mut |progress| tick(0, progress))?;
    let classifier = Classifier::train(&records, options, &mut |progress| tick(1, progress))?;
    bar.finish();
    let left_out = rare.into_iter().map(|(label, n)| LeftOut {
        label,
        n,
        reason: format!("a label is learnt from {} records or more", record::LEAST),
    });
    let report = Report {
        n: records.len(),
        labels,
        left_out: left_out.collect(),
        repeated,
        held_out,
        terms: classifier.terms(),
        learnt_from: classifier.learnt_from().to_owned(),
        seconds: begun.elapsed().as_secs_f64(),
    };
    Ok((classifier, report))
}

/// Learns from four fifths and tests on the last.
fn held_out(
    records: &[Record],
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> anyhow::Result<Scores> {
    let part = stratified(records, PARTS, options.seed);
    let of = |held: bool| {
        let parts = records.iter().zip(&part);
        let own = parts.filter(|(_, part)| (**part == 0) == held);
        own.map(|(record, _)| record.clone()).collect::<Vec<_>>()
    };
    let (train, _) = record::without_rare(of(false));
    let test = of(true);
    let figures = measure::train_and_test(&train, &test, options, progress)?;
    Ok(Scores::of(&figures))
}

/// Writes the folder: a new one beside its place, then moved there; into one that is there file by file, the classifier
/// last. Either way nobody sees half of one.
fn write(folder: &Path, classifier: &Classifier, report: &Report) -> anyhow::Result<()> {
    let wrong = || format!("`{}` cannot be written", folder.display());
    let report = serde_json::to_vec_pretty(report)?;
    let above = match folder.parent() {
        Some(above) if !above.as_os_str().is_empty() => above,
        _ => Path::new("."),
    };
    fs::create_dir_all(above).with_context(wrong)?;
    let place = tempfile::Builder::new()
        .prefix(".train-")
        .tempdir_in(if folder.is_dir() { folder } else { above })
        .with_context(wrong)?;
    classifier.write(&place.path().join(MODEL))?;
    fs::write(place.path().join("report.json"), report).with_context(wrong)?;
    if !folder.exists() {
        // `tempdir` gives nobody else a right to it.
        fs::create_dir(place.path().join("new")).with_context(wrong)?;
        let new = place.path().join("new");
        for name in ["report.json", MODEL] {
            fs::rename(place.path().join(name), new.join(name)).with_context(wrong)?;
        }
        return fs::rename(new, folder).with_context(wrong);
    }
    for name in ["report.json", MODEL] {
        fs::rename(place.path().join(name), folder.join(name)).with_context(wrong)?;
    }
    Ok(())
}

fn show(output: Output, report: &Report, folder: &Path) -> anyhow::Result<()> {
    let width = report.n.to_string().len();
    for (label, n) in &report.labels {
        output.line(format!("{n:>width$}  {label}"))?;
    }
    output.line(format!(
        "{} orders, {} labels, {} terms, in {:.1} s",
        report.n,
        report.labels.len(),
        report.terms,
        report.seconds
    ))?;
    for left in &report.left_out {
        let warning = format!("left out: {} of `{}`, {}", left.n, left.label, left.reason);
        output.line(output.paint(Ink::Yellow, &warning))?;
    }
    let Scores {
        n,
        accuracy,
        macro_f1,
        top2,
        ece,
    } = &report.held_out;
    output.line(output.paint(
        Ink::Strong,
        &format!(
            "on {n} that were kept out: accuracy {accuracy:.3}, macro F1 {macro_f1:.3}, among the first two {top2:.3}, calibration error {ece:.3}"
        ),
    ))?;
    output.line(format!("written to `{}`", folder.display()))
}
