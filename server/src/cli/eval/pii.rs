//! `chengzhi eval pii`

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use agents::guard::personal;
use clap::Args;
use evals::metric::Scored;
use evals::personal::{Span, read, score};

use super::{limit, named, read::text, show};
use crate::cli::context::Context;
use crate::cli::output::Output;

/// Score the finder of personal data on texts with known spans
///
/// A span counts when its type and both ends are right. Types are id, mobile, bank, addr, name, mail, plate and phone.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi eval pii texts.jsonl --json")]
pub(in crate::cli) struct Pii {
    /// One text a line: {"text": …, "spans": [{"type": …, "start": …, "end": …}]}, counted in characters; may be
    /// packed with gzip or zstd
    file: PathBuf,
}

pub(super) fn run(context: &Context, output: Output, command: &Pii) -> anyhow::Result<ExitCode> {
    let (mut items, bad) = read(&text(&command.file)?);
    limit(context, &mut items);
    let begun = Instant::now();
    let metrics = score(&items, spans);
    let seconds = begun.elapsed().as_secs_f64();
    let problems = named(&command.file, &bad);
    show(
        output,
        &Scored::off("pii", items.len(), metrics, seconds, problems),
    )
}

/// What the guard finds, counted in characters.
fn spans(text: &str) -> Vec<Span> {
    let starts: Vec<usize> = text.char_indices().map(|(byte, _)| byte).collect();
    let at = |byte: usize| starts.partition_point(|start| *start < byte);
    personal::find(text)
        .into_iter()
        .map(|found| Span {
            kind: found.kind.name().to_owned(),
            start: at(found.range.start),
            end: at(found.range.end),
        })
        .collect()
}
