//! `chengzhi eval run`

use std::process::ExitCode;

use anyhow::ensure;
use clap::Args;
use evals::diff::compare;
use evals::record::Status;

use super::perform::{Options, Ran, Work};
use super::stop::Stop;
use super::world::{self, played};
use super::{diff, show, suites_named};
use crate::cli::context::Context;
use crate::cli::output::{Ink, Output, note};

/// Run suites and show their figures
///
/// Every sample is written at once, so that a run that is cut off loses only what was under way: `--resume` goes on. The
/// log that is made at the end opens in `inspect view`, `chengzhi eval report` and `chengzhi eval diff`. With the global
/// option --limit only so many cases are run.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi eval run                               all suites, model off; and on if the settings name models
  chengzhi eval run policy-qa --model off --json
  chengzhi eval run policy-qa --model qwen3-0.6b --epochs 5 --limit 20
  chengzhi eval run policy-qa --model script:answers.jsonl
  chengzhi eval run policy-qa --resume            after Ctrl-C, a crash or a power cut

With --json it prints {suite, n, mode, model, metrics: {name: {value, low, high, n}}, ms_per_case, seconds, log, problems};
of several runs {runs: [...]} of these.
Exit codes: 0 done, 1 some cases could not be read or the run broke off, 130 stopped with Ctrl-C.")]
pub(in crate::cli) struct Run {
    /// Names of suites; all of them without it
    suites: Vec<String>,
    #[command(flatten)]
    options: Options,
}

/// Cases that are named.
const NAMED: usize = 20;

/// Ctrl-C, as shells report it.
pub(super) const STOPPED: u8 = 130;

pub(super) async fn run(
    context: &Context,
    output: Output,
    command: Run,
) -> anyhow::Result<ExitCode> {
    let stop = Stop::on_interrupt();
    let runs = perform(context, &command.suites, &command.options, &stop).await?;
    shown(output, &runs, &stop)
}

/// Runs suites in all modes that are asked for. After Ctrl-C the rest is not begun.
pub(super) async fn perform(
    context: &Context,
    suites: &[String],
    options: &Options,
    stop: &Stop,
) -> anyhow::Result<Vec<Ran>> {
    let catalog = context.catalog();
    let corpora = context.corpora(&catalog)?;
    let named = !suites.is_empty();
    let suites = suites_named(&catalog, suites)?;
    // What is missing is told before the first run.
    for (name, entry) in &suites {
        world::check(context, &corpora, name, entry)?;
    }
    let modes = played(context, &catalog, options.model.as_deref()).await?;
    let mut runs = Vec::new();
    for (name, entry) in suites {
        for played in &modes {
            let work = Work {
                context,
                catalog: &catalog,
                corpora: &corpora,
                name,
                entry,
                text: None,
                played,
                options,
                stop,
            };
            if stop.is_asked() {
                return Ok(runs);
            }
            if entry.manifest.agent.is_none() && played.name.is_none() {
                ensure!(
                    !named || modes.len() > 1,
                    "the suite `{name}` asks a model itself, and none is on\nhint: `--model NAME`, or `--model script:FILE.jsonl`"
                );
                note(format!(
                    "{name}: left out, it asks a model itself and none is on"
                ));
                continue;
            }
            runs.push(work.run().await?);
        }
    }
    Ok(runs)
}

/// Prints runs, and says with the exit code whether they are whole.
pub(super) fn shown(output: Output, runs: &[Ran], stop: &Stop) -> anyhow::Result<ExitCode> {
    if output.json {
        match runs {
            [one] => output.json(&one.scored())?,
            several => {
                let runs: Vec<_> = several.iter().map(Ran::scored).collect();
                output.json(&serde_json::json!({ "runs": runs }))?;
            }
        }
    }
    let mut whole = runs.iter().all(|ran| ran.tally.cases() > 0);
    for ran in runs {
        if !output.json {
            whole &= show(output, &ran.scored())? == ExitCode::SUCCESS;
            cost(output, ran)?;
        }
        whole &= ran.header.problems.is_empty();
        if ran.ended.status == Status::Cancelled {
            note(format!(
                "stopped: {} of {} samples are there\nhint: the same command with `--resume` goes on",
                ran.tally.samples, ran.header.total
            ));
            return Ok(ExitCode::from(STOPPED));
        }
    }
    if stop.is_asked() {
        note("stopped: what had not begun was left out");
        return Ok(ExitCode::from(STOPPED));
    }
    if !output.json {
        side_by_side(output, runs)?;
    }
    Ok(if whole {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What the model changed, of suites that were run without and with one.
fn side_by_side(output: Output, runs: &[Ran]) -> anyhow::Result<()> {
    for pair in runs.windows(2) {
        let (off, on) = (&pair[0], &pair[1]);
        if off.header.suite == on.header.suite && off.header.model.is_none() {
            let head = format!("{}: off -> {}", on.header.suite, on.header.mode());
            output.line(output.paint(Ink::Strong, &head))?;
            diff::show(output, &compare(&off.tally, &on.tally, &[]))?;
        }
    }
    Ok(())
}

fn cost(output: Output, ran: &Ran) -> anyhow::Result<()> {
    let (tally, ended) = (&ran.tally, &ran.ended);
    let detectable = evals::stats::effect::Design::default().paired_rate(0.1, tally.cases() as u64);
    let detectable = detectable.map_or(String::new(), |points| {
        format!(
            "; against another run on these cases, {:.1} points can be seen",
            points * 100.0
        )
    });
    let line = format!(
        "  {} samples, {} without an answer, {:.1} s by the clock, {:.1} s of processors, {} + {} tokens{detectable}",
        tally.samples,
        tally.errors,
        ended.seconds,
        ended.cpu_seconds,
        tally.usage.input_tokens,
        tally.usage.output_tokens
    );
    output.line(output.paint(Ink::Faint, &line))?;
    let wrong = tally.wrong();
    if !wrong.is_empty() {
        let named: Vec<&str> = wrong.iter().take(NAMED).map(String::as_str).collect();
        let more = match wrong.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        output.line(format!("  not right: {}{more}", named.join(", ")))?;
    }
    let unstable = tally.unstable();
    if !unstable.is_empty() {
        output.line(format!("  unstable: {}", unstable.join(", ")))?;
    }
    Ok(())
}
