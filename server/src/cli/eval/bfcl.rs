//! `chengzhi eval bfcl`

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use clap::Args;
use evals::bfcl::{self, Item};
use evals::metric::{Scored, of_rate};
use futures::StreamExt;
use models::ChatModel;

use super::perform::{Begun, PATIENCE, drive, header_of};
use super::run::shown;
use super::stop::Stop;
use super::world::{Played, played};
use super::{named, read, show};
use crate::cli::context::Context;
use crate::cli::output::{Output, note};

/// Ask a model for the tool calls of a file of BFCL items, or check the checker
///
/// With --model each item is asked, its functions given as tools, and the calls are checked by the rules of the
/// leaderboard; the log opens in `inspect view`, and `eval diff` compares two of them.
/// Without a model the checker itself is tried: the right calls of each item must be accepted, and each of them with one
/// fault (another name, a missing or additional call or parameter, a wrong value, a number as text) rejected.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi eval bfcl items.jsonl --self-test --json
  chengzhi eval bfcl items.jsonl --model qwen3-0.6b --limit 100

Metrics: accuracy, also by category; of the self-test also rejection, by fault.")]
pub(in crate::cli) struct Bfcl {
    /// One item a line, in the shape of the leaderboard's questions and answers; may be packed with gzip or zstd
    file: PathBuf,
    /// Try the checker itself on right and on wrong calls; so it is without --model
    #[arg(long, conflicts_with = "model")]
    self_test: bool,
    /// A model of `chengzhi model list`, a file of weights, or `script:FILE.jsonl`
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Seed of all requests
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// Items that are asked beside each other
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1_024))]
    concurrency: u16,
}

pub(super) async fn run(
    context: &Context,
    output: Output,
    command: Bfcl,
) -> anyhow::Result<ExitCode> {
    let text = read::text(&command.file)?;
    let (mut items, bad) = bfcl::read(&text);
    items.truncate(
        context
            .global
            .limit
            .map_or(usize::MAX, |limit| limit as usize),
    );
    let problems = named(&command.file, &bad);
    let Some(name) = &command.model else {
        return self_test(output, &items, problems);
    };
    let catalog = context.catalog();
    let modes = played(context, &catalog, Some(name)).await?;
    let played = modes.into_iter().next().context("no model is on")?;
    let model = played
        .model()
        .context("no model is on\nhint: `--model NAME`, as `chengzhi model list` shows it")?;
    ensure!(
        !items.is_empty(),
        "there is no item to ask in `{}`",
        command.file.display()
    );
    let header = header(context, &command, &text, &played, items.len(), problems);
    let begun = Begun::new(context, header)?;
    let stop = Stop::on_interrupt();
    let ran = drive(begun, samples(model, items, &command), false, &stop).await?;
    shown(output, &[ran], &stop)
}

/// All items asked, so many beside each other.
fn samples(
    model: Arc<dyn ChatModel>,
    items: Vec<Item>,
    command: &Bfcl,
) -> impl futures::Stream<Item = evals::record::Sample> + use<> {
    let (seed, beside) = (command.seed, usize::from(command.concurrency));
    futures::stream::iter(items)
        .map(move |item| {
            let model = model.clone();
            async move { bfcl::ask(model, &item, seed, PATIENCE).await }
        })
        .buffer_unordered(beside)
}

fn header(
    context: &Context,
    command: &Bfcl,
    text: &str,
    played: &Played,
    total: usize,
    problems: Vec<String>,
) -> evals::record::Header {
    evals::record::Header {
        title: "BFCL".to_owned(),
        model: played.name.clone(),
        cases: command.file.display().to_string(),
        total,
        seed: command.seed,
        today: context.today(),
        problems,
        ..header_of("bfcl", text, &[text, &played.identity])
    }
}

fn self_test(output: Output, items: &[Item], problems: Vec<String>) -> anyhow::Result<ExitCode> {
    let begun = Instant::now();
    let tested = bfcl::self_test(items);
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
    let seconds = begun.elapsed().as_secs_f64();
    let scored = Scored::off("bfcl", items.len(), metrics, seconds, problems);
    let shown = show(output, &scored)?;
    Ok(if tested.disagreements.is_empty() {
        shown
    } else {
        ExitCode::FAILURE
    })
}
