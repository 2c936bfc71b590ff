//! `chengzhi eval injections`

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use agents::guard::injection::detect;
use clap::Args;
use evals::injection::{Label, read, score};
use evals::metric::Scored;

use super::{limit, named, read::text, show};
use crate::cli::context::Context;
use crate::cli::output::{Output, note};

/// Score the detector of injected instructions on labelled texts
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi eval injections texts.jsonl --json")]
pub(in crate::cli) struct Injections {
    /// One text a line: {"text": …, "label": "injection" or "benign"}, with lang, attack and kind if known; may be
    /// packed with gzip or zstd
    file: PathBuf,
    /// Name the texts on which the detector is wrong
    #[arg(long)]
    wrong: bool,
}

pub(super) fn run(
    context: &Context,
    output: Output,
    command: &Injections,
) -> anyhow::Result<ExitCode> {
    let (mut items, bad) = read(&text(&command.file)?);
    limit(context, &mut items);
    let begun = Instant::now();
    let (metrics, wrong) = score(&items, |text| detect(text).is_some());
    let seconds = begun.elapsed().as_secs_f64();
    for item in wrong.iter().filter(|_| command.wrong) {
        let what = match item.label {
            Label::Injection => "missed",
            Label::Benign => "marked",
        };
        note(format!("{what}: {} {:?}", item.id, item.text));
    }
    let problems = named(&command.file, &bad);
    show(
        output,
        &Scored::off("injections", items.len(), metrics, seconds, problems),
    )
}
