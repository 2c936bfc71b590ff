//! `chengzhi eval planner`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use clap::Args;
use evals::planner::{Pairs, ablation, measure, own, policies, proposed, reach, table};
use serde_json::json;

use super::read::text;
use crate::cli::context::Context;
use crate::cli::output::Output;

/// The cases on the tools of this program.
const CASES: &str = "evals/planner/cases.json";

/// Measure what a fully hijacked planner can do against the rules for tools
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi eval planner                 # the tools of this program, through the real toolbox
  chengzhi eval planner pairs.json      # and tasks with attacks in the shape of AgentDojo's")]
pub(in crate::cli) struct Planner {
    /// Tasks, attacks and tools: {\"user_tasks\", \"injection_tasks\", \"tools\"} with the calls of both sides
    file: Option<PathBuf>,
    /// Also what each rule is worth, and rules chosen on other suites than they are measured on
    #[arg(long)]
    ablations: bool,
}

pub(super) async fn run(
    context: &Context,
    output: Output,
    command: &Planner,
) -> anyhow::Result<ExitCode> {
    let catalog = context.catalog();
    let text_of = |file: &str| catalog.origin.text(file);
    let cases = text_of(CASES).with_context(|| format!("`{CASES}` cannot be read"))?;
    let cases = own::Cases::parse(CASES, &cases)?;
    let folder = |tool: &str, file: &str| {
        let path = format!("tools/{tool}/{file}");
        text_of(&path).ok_or_else(|| format!("`{path}` cannot be read"))
    };
    let data = tempfile::tempdir().context("a temporary folder cannot be made")?;
    let owned = own::measure(&cases, &folder, data.path())
        .await
        .map_err(|error| anyhow!(error))?;
    let pairs = match &command.file {
        Some(file) => Some(Pairs::parse(&file.display().to_string(), &text(file)?)?),
        None => None,
    };
    let figures: Vec<_> = pairs
        .iter()
        .flat_map(|pairs| policies().into_iter().map(|policy| measure(pairs, policy)))
        .collect();
    if output.json {
        output.json(&json!({"pairs": figures, "own": owned}))?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(pairs) = &pairs {
        output.line(table::table(&figures))?;
        output.line(table::detail(&measure(pairs, proposed())))?;
        if command.ablations {
            output.line(table::ablations(&ablation::ablations(pairs)))?;
            output.line(table::held_out(&ablation::held_out(pairs)))?;
            let reached: Vec<_> = policies()
                .into_iter()
                .map(|policy| reach::reach(pairs, policy))
                .collect();
            output.line(table::reaches(&reached))?;
        }
    }
    output.line(own::table(&owned))?;
    Ok(ExitCode::SUCCESS)
}
