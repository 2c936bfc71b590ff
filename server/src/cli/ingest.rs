//! `chengzhi ingest`: a folder of documents becomes, or extends, a corpus.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use clap::Args;
use corpora::Manifest;
use corpora::ingest::{Input, Report};

use super::Usage;
use super::context::Context;
use super::output::{Ink, Output, note};
use super::progress::Bar;
use crate::prepare::{self, Job};

/// Read documents into a corpus.
///
/// Reads Markdown, plain text, HTML, DOCX, XLSX and PDF below FOLDER. Every character is accounted for: it is in a
/// passage, or dropped for a named reason. A file that cannot be read is named and the rest is ingested. Running it
/// again reads only what has changed; a changed document is kept beside its earlier revisions. It may be interrupted at
/// any point and goes on from there.
///
/// A `corpus.toml` in FOLDER gives title, readers and metadata of files; documents are then looked for in FOLDER/docs
/// if there is such a folder.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi ingest ./policies --corpus mine
  chengzhi ingest ./policies --corpus mine --json --ledger     with the ledger of every file
  chengzhi ingest ./policies --corpus mine --rebuild           anew, from these files alone

The exit code is 1 when FOLDER is missing or no file in it could be read.")]
pub(super) struct Ingest {
    /// Folder of documents, or one document
    folder: PathBuf,
    /// Make the corpus anew from these files alone; earlier revisions are gone, until then the old corpus is used
    #[arg(long)]
    rebuild: bool,
    /// With --json: also the ledger of each file
    #[arg(long)]
    ledger: bool,
}

pub(super) async fn run(
    context: &Context,
    output: Output,
    command: Ingest,
) -> anyhow::Result<ExitCode> {
    let [corpus] = context.global.corpus.as_slice() else {
        return Err(Usage(
            "`ingest` needs exactly one `--corpus NAME`, the corpus to put the documents into"
                .into(),
        )
        .into());
    };
    let ledger = command.ledger;
    let (manifest, inputs) = documents(&command.folder)?;
    anyhow::ensure!(
        inputs
            .iter()
            .any(|input| corpora::read::is_readable(Path::new(&input.file))),
        "`{}` holds no document\nhint: Markdown, plain text, HTML, DOCX, XLSX and PDF can be read",
        command.folder.display()
    );
    let (data, name, rebuild) = (context.data.clone(), corpus.clone(), command.rebuild);
    let stop = stop_on_interrupt();
    let asked = context.catalog().asked;
    let work = move || {
        let job = Job {
            data: &data,
            corpus: &name,
            manifest: manifest.as_ref(),
            inputs: &inputs,
            asked: &asked,
        };
        read(&job, rebuild, &stop)
    };
    let mut report = tokio::task::spawn_blocking(work)
        .await
        .context("ingestion broke off")??;
    let none = report.documents == 0;
    if output.json {
        if !ledger {
            report.ledgers.clear();
        }
        output.json(&report)?;
    } else {
        show(output, &report)?;
    }
    for failed in &report.failed {
        note(format!("warning: {}: {}", failed.file, failed.reason));
    }
    if report.asked_otherwise > 0 {
        note(format!(
            "what people ask (`corpora/asked`) about {} of the documents has changed since they were read\nhint: `--rebuild` reads them anew",
            report.asked_otherwise
        ));
    }
    if none {
        note("error: no file could be read");
    }
    Ok(if none {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// What is to be ingested from `folder`.
fn documents(folder: &Path) -> anyhow::Result<(Option<Manifest>, Vec<Input>)> {
    let missing = || {
        format!(
            "`{}` cannot be read\nhint: give a folder of documents, or one document",
            folder.display()
        )
    };
    // The documents of a corpus stand in `docs` beside its manifest; its readers hold for them however they are named.
    let above = folder.ancestors().skip(1).take(2);
    let beside =
        above.filter(|place| place.join("docs").is_dir() && folder.starts_with(place.join("docs")));
    let mut manifest = None;
    for place in std::iter::once(folder).chain(beside) {
        let file = place.join("corpus.toml");
        if let Ok(text) = std::fs::read_to_string(&file) {
            manifest = Some(Manifest::parse(&file.display().to_string(), &text)?);
            break;
        }
    }
    let docs = folder.join("docs");
    let place = if manifest.is_some() && docs.is_dir() {
        &docs
    } else {
        folder
    };
    Ok((
        manifest,
        corpora::ingest::inputs(place).with_context(missing)?,
    ))
}

fn read(job: &Job<'_>, rebuild: bool, stop: &AtomicBool) -> Result<Report, crate::Error> {
    let mut bar = Bar::start(format!("reading `{}`", job.corpus), job.inputs.len());
    let mut go_on = |progress: corpora::ingest::Progress<'_>| {
        bar.step(&progress);
        !stop.load(Ordering::Relaxed)
    };
    let report = if rebuild {
        prepare::rebuild(job, &mut go_on)
    } else {
        prepare::add(job, &mut go_on)
    };
    bar.finish();
    report
}

/// Set once the person asks to stop; what is at hand is finished first.
pub(super) fn stop_on_interrupt() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let told = stop.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            told.store(true, Ordering::Relaxed);
        }
    });
    stop
}

fn show(output: Output, report: &Report) -> anyhow::Result<()> {
    let Report {
        corpus,
        files,
        documents,
        passages,
        new,
        unchanged,
        duplicates,
        failed,
        ledger,
        seconds,
        ..
    } = report;
    output.line(format!("corpus `{corpus}`: {files} files, {documents} documents, {passages} passages in {seconds:.1} s"))?;
    output.line(format!(
        "{new} read, {unchanged} unchanged, {} duplicates, {} failed",
        duplicates.len(),
        failed.len()
    ))?;
    output.line(format!("\n{}", output.paint(Ink::Strong, "characters")))?;
    output.line(format!("{:>12}  in the files", ledger.characters))?;
    output.line(format!("{:>12}  in passages", ledger.in_passages))?;
    for (reason, characters) in &ledger.dropped {
        output.line(format!("{characters:>12}  dropped: {reason}"))?;
    }
    if !duplicates.is_empty() {
        output.line(format!(
            "\n{}",
            output.paint(Ink::Strong, "duplicates, stored once")
        ))?;
    }
    for duplicate in duplicates {
        output.line(format!("  {} = {}", duplicate.file, duplicate.of))?;
    }
    if !failed.is_empty() {
        output.line(format!("\n{}", output.paint(Ink::Strong, "not read")))?;
    }
    for failed in failed {
        output.line(format!("  {}: {}", failed.file, failed.reason))?;
    }
    Ok(())
}
