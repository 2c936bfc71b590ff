//! `chengzhi eval run`

use std::process::ExitCode;

use clap::Args;
use evals::record::Status;

use super::perform::{Options, Ran, Work};
use super::world::played;
use super::{show, suites_named};
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
of several runs a list of these.
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
    let runs = perform(context, &command.suites, &command.options).await?;
    shown(output, &runs)
}

/// Runs suites in all modes that are asked for. After Ctrl-C the rest is not begun.
pub(super) async fn perform(
    context: &Context,
    suites: &[String],
    options: &Options,
) -> anyhow::Result<Vec<Ran>> {
    let catalog = context.catalog();
    let corpora = context.corpora(&catalog)?;
    let suites = suites_named(&catalog, suites)?;
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
            };
            if entry.manifest.agent.is_none() && played.name.is_none() {
                note(format!(
                    "{name}: left out, it asks a model itself and none is on"
                ));
                continue;
            }
            let ran = work.run().await?;
            let stopped = ran.ended.status == Status::Cancelled;
            runs.push(ran);
            if stopped {
                return Ok(runs);
            }
        }
    }
    Ok(runs)
}

/// Prints runs, and says with the exit code whether they are whole.
pub(super) fn shown(output: Output, runs: &[Ran]) -> anyhow::Result<ExitCode> {
    if output.json {
        match runs {
            [one] => output.json(&one.scored())?,
            several => output.json(&several.iter().map(Ran::scored).collect::<Vec<_>>())?,
        }
    }
    let mut whole = true;
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
    Ok(if whole {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
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
