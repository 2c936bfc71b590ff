//! `chengzhi eval bfcl`

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use evals::bfcl;
use evals::metric::{Scored, of_rate};

use super::{named, read, show};
use crate::cli::context::Context;
use crate::cli::output::{Output, note};

/// Check the checker of tool calls on a file of BFCL items
///
/// With --self-test, the right calls of each item must be accepted, and each of them with one fault (another name, a
/// missing or additional call or parameter, a wrong value, a number as text) rejected.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi eval bfcl items.jsonl --self-test --json")]
pub(in crate::cli) struct Bfcl {
    /// One item a line, in the shape of the leaderboard's questions and answers; may be packed with gzip or zstd
    file: PathBuf,
    /// Try the checker itself on right and on wrong calls
    #[arg(long)]
    self_test: bool,
}

pub(super) fn run(_: &Context, output: Output, command: &Bfcl) -> anyhow::Result<ExitCode> {
    let text = read::text(&command.file)?;
    let (items, bad) = bfcl::read(&text);
    let begun = Instant::now();
    let tested = bfcl::self_test(&items);
    let total = tested.total();
    let mut metrics = BTreeMap::new();
    let mut add = |name: String, passed, n| metrics.extend(of_rate(passed, n).map(|it| (name, it)));
    add("accuracy".into(), total.oracles.passed, total.oracles.total);
    for (category, tried) in &tested.categories {
        let Some(category) = serde_json::to_value(category)?.as_str().map(str::to_owned) else {
            continue;
        };
        add(
            format!("accuracy.{category}"),
            tried.oracles.passed,
            tried.oracles.total,
        );
    }
    let (mut rejected, mut mutants) = (0, 0);
    for (mutation, count) in &total.mutants {
        rejected += count.passed;
        mutants += count.total;
        if let Some(name) = serde_json::to_value(mutation)?.as_str() {
            add(format!("rejection.{name}"), count.passed, count.total);
        }
    }
    add("rejection".into(), rejected, mutants);
    for wrong in &tested.disagreements {
        note(format!("{}: {:?}", wrong.id, wrong.mutation));
    }
    let problems = named(&command.file, &bad);
    let seconds = begun.elapsed().as_secs_f64();
    let scored = Scored::off("bfcl", items.len(), metrics, seconds, problems);
    let shown = show(output, &scored)?;
    Ok(if tested.disagreements.is_empty() {
        shown
    } else {
        ExitCode::FAILURE
    })
}
