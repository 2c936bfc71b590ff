//! `chengzhi eval diff`

use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use evals::diff::{Comparison, Row, Verdict, compare};
use evals::log::Log;
use evals::tally::Tally;
use serde::Serialize;

use crate::catalog::Catalog;
use crate::cli::context::Context;
use crate::cli::output::{Ink, Output};

/// Compare two runs case by case
///
/// Shows for each metric the difference with its 95 % bounds, whether it is better or worse at 5 % (McNemar's exact test
/// or the paired t test, with Holm's correction), and which cases turned. A run is a log or journal of this program, an
/// Inspect log, or the name of a suite: then its baseline, for example `policy-qa` or `policy-qa:qwen3-0.6b`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi eval diff policy-qa data/evals/2026-11-26T10-00-00Z_policy-qa_1b4e28ba.jsonl
  chengzhi eval diff before.eval after.eval --json

With --json it prints {baseline, candidate, metrics: [{metric, n, baseline, candidate, difference, p_value,
p_value_adjusted, p_worse, p_worse_adjusted, verdict, detectable, better, worse}], unstable, only_baseline, only_candidate}.
Exit codes: 0 nothing is worse, 1 something is.")]
pub(in crate::cli) struct Diff {
    /// The run to compare with
    baseline: String,
    /// The run that is judged
    candidate: String,
    /// Only this metric; may be given several times
    #[arg(long, value_name = "NAME")]
    metric: Vec<String>,
}

#[derive(Serialize)]
struct Compared<'a> {
    baseline: &'a str,
    candidate: &'a str,
    #[serde(flatten)]
    comparison: &'a Comparison,
}

pub(super) fn run(context: &Context, output: Output, command: &Diff) -> anyhow::Result<ExitCode> {
    let catalog = context.catalog();
    let before = tally(&catalog, &command.baseline)?;
    let after = tally(&catalog, &command.candidate)?;
    let comparison = compare(&before, &after, &command.metric);
    anyhow::ensure!(
        !comparison.metrics.is_empty(),
        "the two runs have no cases with the same metric\nhint: `chengzhi eval export LOG --format markdown` shows what a log holds"
    );
    if output.json {
        output.json(&Compared {
            baseline: &command.baseline,
            candidate: &command.candidate,
            comparison: &comparison,
        })?;
    } else {
        show(output, &comparison)?;
    }
    let worse = comparison
        .metrics
        .iter()
        .any(|row| row.verdict == Verdict::Worse);
    Ok(if worse {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// The scores of a run that somebody named.
fn tally(catalog: &Catalog, name: &str) -> anyhow::Result<Tally> {
    let path = Path::new(name);
    if path.exists() {
        return tally_of(&Log::open(path)?);
    }
    let (suite, mode) = name.split_once(':').unwrap_or((name, "off"));
    let entry = catalog.suites.get(suite).ok_or_else(|| {
        anyhow::anyhow!(
            "`{name}` is neither a file nor a suite\nhint: `chengzhi eval list` shows the suites"
        )
    })?;
    let baseline = entry.baselines.0.get(mode).ok_or_else(|| {
        anyhow::anyhow!(
            "`{suite}` has no baseline for `{mode}`\nhint: `chengzhi eval bless {suite}` makes one"
        )
    })?;
    Ok(baseline.tally())
}

/// The scores of a run in a file.
pub(super) fn tally_of(log: &Log) -> anyhow::Result<Tally> {
    let mut tally = Tally::default();
    for sample in log.samples()? {
        tally.add(&sample?);
    }
    Ok(tally)
}

/// A table of metrics, and who turned.
pub(super) fn show(output: Output, comparison: &Comparison) -> anyhow::Result<()> {
    for row in &comparison.metrics {
        let (word, ink) = match row.verdict {
            Verdict::Better => ("better", Ink::Green),
            Verdict::Worse => ("worse", Ink::Red),
            Verdict::Same => ("not sure", Ink::Faint),
        };
        output.line(format!(
            "{}  {:.3} -> {:.3}  {:+.3} [{:+.3}, {:+.3}]  p {:.3}  n {}  {}",
            output.paint(Ink::Strong, &format!("{:<14}", row.metric)),
            row.baseline,
            row.candidate,
            row.difference.value,
            row.difference.low,
            row.difference.high,
            row.p_value,
            row.n,
            output.paint(ink, word)
        ))?;
        turned(output, row)?;
    }
    detectable(output, comparison)?;
    let several = [
        ("unstable from epoch to epoch", &comparison.unstable),
        ("only in the baseline", &comparison.only_baseline),
        ("only in the candidate", &comparison.only_candidate),
    ];
    for (what, ids) in several.into_iter().filter(|(_, ids)| !ids.is_empty()) {
        output.line(format!("{what}: {}", ids.join(", ")))?;
    }
    Ok(())
}

fn turned(output: Output, row: &Row) -> anyhow::Result<()> {
    if !row.worse.is_empty() {
        output.line(format!(
            "  {} {}",
            output.paint(Ink::Red, "worse "),
            row.worse.join(", ")
        ))?;
    }
    if !row.better.is_empty() {
        output.line(format!(
            "  {} {}",
            output.paint(Ink::Green, "better"),
            row.better.join(", ")
        ))?;
    }
    Ok(())
}

/// What could not have been seen, of the metric with most cases that is not sure.
fn detectable(output: Output, comparison: &Comparison) -> anyhow::Result<()> {
    let unsure = comparison
        .metrics
        .iter()
        .filter(|row| row.verdict == Verdict::Same);
    let most = unsure.max_by_key(|row| row.n);
    let Some((row, points)) = most.and_then(|row| Some((row, row.detectable?))) else {
        return Ok(());
    };
    let line = format!(
        "with {} cases, of which one in ten differs, a difference below {:.1} points is easily missed",
        row.n,
        points * 100.0
    );
    output.line(output.paint(Ink::Faint, &line))
}
