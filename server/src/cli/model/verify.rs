//! `chengzhi model verify`

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use models::hub::{self, Backend, Inspected, State, Trust, Verified, megabytes, state};
use serde::Serialize;

use super::progress::Telling;
use super::{Local, told};
use crate::cli::context::Context;
use crate::cli::output::{Ink, Output, note};

/// Hash the files of models and look whether they can be opened.
///
/// Every file must have the hash that its manifest names, else the one that `pull` recorded. Nothing is fetched.
/// The exit code is 1 when a file is missing or wrong.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi model verify                 all models that are there
  chengzhi model verify qwen3-4b --json")]
pub(in crate::cli) struct Verify {
    /// Names of models [default: all that are there, wholly or partly]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

#[derive(Serialize)]
struct Shown {
    model: String,
    files: Vec<Verified>,
    /// What it says of itself, once all files are right.
    inspected: Option<Inspected>,
    problems: Vec<String>,
}

pub(super) async fn run(
    context: &Context,
    output: Output,
    command: Verify,
) -> anyhow::Result<ExitCode> {
    let catalog = context.catalog();
    let find = |name: &String| Local::find(context, &catalog, name);
    let models: Vec<Local> = if command.names.is_empty() {
        let local = catalog
            .models
            .iter()
            .filter(|(_, entry)| matches!(entry.manifest.backend, Backend::Local(_)));
        let found: anyhow::Result<Vec<Local>> = local.map(|(name, _)| find(name)).collect();
        found?
            .into_iter()
            .filter(|model| state(&model.weights, &model.folder) != State::Absent)
            .collect()
    } else {
        command
            .names
            .iter()
            .map(find)
            .collect::<anyhow::Result<_>>()?
    };
    if models.is_empty() {
        note(format!(
            "there is no model in `{}`\nhint: `chengzhi model pull NAME` fetches one",
            context.data.display()
        ));
    }
    let mut shown = Vec::new();
    for model in models {
        shown.push(
            tokio::task::spawn_blocking(move || verified(output, &model))
                .await
                .context("hashing broke off")?,
        );
    }
    let right = shown.iter().all(|model| model.problems.is_empty());
    if output.json {
        output.json(&shown)?;
    } else {
        shown.iter().try_for_each(|model| show(output, model))?;
    }
    Ok(if right {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn verified(output: Output, model: &Local) -> Shown {
    let mut telling = Telling::new(output);
    let found = hub::verify(&model.weights, &model.folder, &mut |step| {
        telling.step(step);
    });
    telling.finish();
    let mut shown = Shown {
        model: model.name.clone(),
        files: Vec::new(),
        inspected: None,
        problems: Vec::new(),
    };
    let told = |error: models::Error| told(&model.name, &error);
    for file in found.unwrap_or_else(|error| vec![Err(error)]) {
        match file {
            Ok(file) => shown.files.push(file),
            Err(error) => shown.problems.push(told(error)),
        }
    }
    // A file that is not the right one is not looked into.
    if shown.problems.is_empty() {
        match hub::inspect(&model.manifest, &model.weights, &model.folder) {
            Ok(inspected) => shown.inspected = Some(inspected),
            Err(error) => shown.problems.push(told(error)),
        }
    }
    shown
}

fn show(output: Output, model: &Shown) -> anyhow::Result<()> {
    output.line(output.paint(Ink::Strong, &model.model))?;
    for file in &model.files {
        let trust = match file.trust {
            Trust::Manifest => "as the manifest names it",
            Trust::Hub => "as the hub stated it",
            Trust::First => "as it came first; nobody states its hash",
        };
        output.line(format!(
            "    {}  {}  sha256 {}",
            file.path,
            megabytes(file.bytes),
            file.sha256
        ))?;
        output.line(output.paint(Ink::Green, &format!("    {trust}")))?;
    }
    if let Some(inspected) = &model.inspected {
        output.line(format!(
            "    opens as {}, takes about {} of memory",
            inspected.architecture,
            megabytes(inspected.memory)
        ))?;
        for note in &inspected.notes {
            output.line(output.paint(Ink::Yellow, &format!("    {note}")))?;
        }
    }
    for problem in &model.problems {
        output.line(output.paint(Ink::Red, &format!("    {problem}")))?;
    }
    Ok(())
}
