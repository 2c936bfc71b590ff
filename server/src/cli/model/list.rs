//! `chengzhi model list`

use std::process::ExitCode;

use models::hub::{Backend, State, megabytes, state};
use serde::Serialize;

use crate::catalog::{ModelEntry, model_folder};
use crate::cli::context::Context;
use crate::cli::output::{Ink, Output, note};

#[derive(Serialize)]
struct Listed {
    name: String,
    title: String,
    description: String,
    kind: &'static str,
    state: &'static str,
    /// Of the files as the manifest states it, else of what is there.
    bytes: Option<u64>,
    licence: String,
    context: usize,
    /// Repository or address.
    source: String,
    manifest: String,
}

pub(super) fn run(context: &Context, output: Output) -> anyhow::Result<ExitCode> {
    let catalog = context.catalog();
    let listed: Vec<Listed> = catalog
        .models
        .iter()
        .map(|(name, entry)| listed(context, name, entry))
        .collect();
    if output.json {
        output.json(&listed)?;
    } else {
        show(output, &listed)?;
    }
    for problem in catalog
        .problems
        .iter()
        .filter(|problem| problem.file.ends_with("model.toml"))
    {
        note(format!("warning: {problem}"));
    }
    Ok(ExitCode::SUCCESS)
}

fn listed(context: &Context, name: &str, entry: &ModelEntry) -> Listed {
    let manifest = &entry.manifest;
    let (kind, state, bytes, source) = match &manifest.backend {
        Backend::Local(weights) => {
            let (state, there) = match state(weights, &model_folder(&context.data, name)) {
                State::Pulled { bytes } => ("pulled", Some(bytes)),
                State::Partly { bytes } => ("partly", Some(bytes)),
                State::Absent => ("absent", None),
            };
            ("local", state, weights.bytes().or(there), &weights.source)
        }
        Backend::Remote(endpoint) => ("remote", "endpoint", None, &endpoint.url),
    };
    Listed {
        name: name.to_owned(),
        title: manifest.title.clone(),
        description: manifest.description.clone(),
        kind,
        state,
        bytes,
        licence: manifest.licence.clone(),
        context: manifest.context,
        source: source.clone(),
        manifest: entry.file.clone(),
    }
}

fn show(output: Output, listed: &[Listed]) -> anyhow::Result<()> {
    let name_width = listed
        .iter()
        .map(|model| model.name.len())
        .max()
        .unwrap_or(0);
    let licence_width = listed
        .iter()
        .map(|model| model.licence.len())
        .max()
        .unwrap_or(0);
    for model in listed {
        let state = match model.state {
            "pulled" => Ink::Green,
            "partly" => Ink::Yellow,
            _ => Ink::Faint,
        };
        let size = model.bytes.map(megabytes).unwrap_or_default();
        output.line(format!(
            "{}  {:<6}  {}  {size:>9}  {:licence_width$}  {:>6} tokens",
            output.paint(Ink::Strong, &format!("{:name_width$}", model.name)),
            model.kind,
            output.paint(state, &format!("{:<8}", model.state)),
            model.licence,
            model.context,
        ))?;
        output.line(output.paint(
            Ink::Faint,
            &format!("    {} · {}", model.title, model.source),
        ))?;
        if !model.description.is_empty() {
            output.line(output.paint(Ink::Faint, &format!("    {}", model.description)))?;
        }
    }
    Ok(())
}
