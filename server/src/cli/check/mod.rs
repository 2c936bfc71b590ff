//! `chengzhi check`: what is used, where it comes from, and everything that is wrong with it.

mod dry_run;

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::output::{Ink, Output};
use crate::catalog::Problem;
use crate::embedded::Origin;
use crate::holdings::Corpora;
use crate::roles::Roles;

/// Load every manifest and data file and name what is wrong.
///
/// Agents, cases, corpora, models, lexicon, seeds, settings, and the corpora and models of the data directory. A folder given with --root,
/// or a checkout in the current directory, is used in place of the files inside the program, part by part.
/// With --dry-run an agent then answers its own examples, with the model off, of the corpora of the catalogue as they are
/// now; nothing is recorded.
/// The exit code is 1 when something is wrong, or an example is not answered.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi check
  chengzhi check --root ./my-city --json
  chengzhi check --root ./my-city --dry-run library
  chengzhi check --config production.toml")]
pub(super) struct Check {
    /// Show what this agent may do, and what it says to its examples
    #[arg(long, value_name = "AGENT")]
    dry_run: Option<String>,
}

#[derive(Serialize)]
struct Checked {
    origin: String,
    data: String,
    agents: Vec<String>,
    corpora: Vec<Counted>,
    models: Vec<String>,
    departments: usize,
    places: usize,
    expressions: usize,
    problems: Vec<Problem>,
}

#[derive(Serialize)]
struct Counted {
    name: String,
    documents: usize,
}

pub(super) async fn run(
    context: &Context,
    output: Output,
    command: Check,
) -> anyhow::Result<ExitCode> {
    // Settings were loaded to get here: what is wrong with them was an error already.
    let catalog = context.catalog();
    let mut problems = catalog.problems;
    let failed = Corpora::open(&context.data).failed();
    problems.extend(failed.into_iter().map(|(name, message)| Problem {
        file: format!("{}/corpora/{name}", context.data.display()),
        message,
    }));
    let models = &context.settings.models;
    problems.extend(Roles::check(models, &catalog.models, &context.data));
    if let Some(agent) = &command.dry_run {
        return dry_run::run(context, output, agent, problems).await;
    }
    let checked = Checked {
        origin: match &context.origin {
            Origin::Embedded => "the files inside the program".to_owned(),
            Origin::Folder(root) => {
                format!("the folder `{}`", std::path::absolute(root)?.display())
            }
        },
        data: context.data.display().to_string(),
        agents: catalog.agents.keys().cloned().collect(),
        corpora: catalog
            .corpora
            .iter()
            .map(|(name, entry)| Counted {
                name: name.clone(),
                documents: entry.inputs.len(),
            })
            .collect(),
        models: catalog.models.keys().cloned().collect(),
        departments: catalog.seeds.departments.len(),
        places: catalog.seeds.gazetteer.places().len(),
        expressions: catalog.lexicon.len(),
        problems,
    };
    if output.json {
        output.json(&checked)?;
    } else {
        show(output, &checked)?;
    }
    Ok(if checked.problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn show(output: Output, checked: &Checked) -> anyhow::Result<()> {
    let corpora: Vec<String> = checked
        .corpora
        .iter()
        .map(|corpus| format!("{} ({} documents)", corpus.name, corpus.documents))
        .collect();
    output.line(format!("files      {}", checked.origin))?;
    output.line(format!("data       {}", checked.data))?;
    output.line(format!("agents     {}", checked.agents.join(", ")))?;
    output.line(format!("corpora    {}", corpora.join(", ")))?;
    output.line(format!("models     {}", checked.models.join(", ")))?;
    output.line(format!("lexicon    {} expressions", checked.expressions))?;
    output.line(format!(
        "seeds      {} departments, {} places",
        checked.departments, checked.places
    ))?;
    show_problems(output, &checked.problems)
}

fn show_problems(output: Output, problems: &[Problem]) -> anyhow::Result<()> {
    let count = match problems.len() {
        0 => return output.line(output.paint(Ink::Green, "no problems")),
        1 => "1 problem".to_owned(),
        more => format!("{more} problems"),
    };
    output.line(output.paint(Ink::Red, &count))?;
    problems
        .iter()
        .try_for_each(|problem| output.line(problem.to_string()))
}
