//! `chengzhi check`: what is used, where it comes from, and everything that is wrong with it.

mod dry_run;

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::output::{Ink, Output};
use crate::catalog::{Catalog, Problem, mount_problems};
use crate::embedded::Origin;
use crate::holdings::Corpora;
use crate::roles::Roles;

/// Load every manifest and data file and name what is wrong.
///
/// Agents, cases, corpora, models, lexicon, seeds, settings, and the corpora and models of the data directory. MCP servers of tools
/// are asked what they have, and a tool that is not as it was pinned is named with its digest. A folder given with --root,
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
    questions: usize,
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
    let mut problems = catalog.problems.clone();
    let held = Corpora::open(&context.data);
    problems.extend(unknown_corpora(&catalog, &held));
    problems.extend(held.failed().into_iter().map(|(name, message)| Problem {
        file: format!("{}/corpora/{name}", context.data.display()),
        message,
    }));
    let models = &context.settings.models;
    problems.extend(mount_problems(&catalog.mounts).await);
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
        questions: catalog.asked.len(),
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

/// Corpora that agents and suites name, and that are neither in the catalogue nor in the data directory.
fn unknown_corpora(catalog: &Catalog, held: &Corpora) -> Vec<Problem> {
    let is_known = |name: &String| catalog.corpora.contains_key(name) || held.get(name).is_ok();
    let agents = catalog.agents.iter().map(|(name, agent)| {
        let file = format!("agents/{name}/agent.toml");
        (file, agent.manifest.corpora.as_deref().unwrap_or_default())
    });
    let suites = catalog.suites.iter().map(|(name, entry)| {
        let file = format!("evals/{name}/suite.toml");
        (file, entry.manifest.corpora.as_deref().unwrap_or_default())
    });
    let problem = |(file, names): (String, &[String])| {
        let unknown = names.iter().find(|name| !is_known(name))?;
        // Whoever brings corpora of their own need not bring agents and suites.
        let own = |file: &str| catalog.origin.path(file).is_some();
        (own(&file) || !own("corpora/")).then(|| Problem {
            message: format!(
                "key `corpora`: there is no corpus `{unknown}`\nhint: write `corpora/{unknown}/corpus.toml`, or `chengzhi ingest FOLDER --corpus {unknown}`"
            ),
            file,
        })
    };
    agents.chain(suites).filter_map(problem).collect()
}

fn show(output: Output, checked: &Checked) -> anyhow::Result<()> {
    let corpora: Vec<String> = checked
        .corpora
        .iter()
        .map(|corpus| format!("{} ({} documents)", corpus.name, corpus.documents))
        .collect();
    output.line(format!("files      {}", checked.origin))?;
    output.line(format!("data       {}", checked.data))?;
    output.line(format!("agents     {}", listed(&checked.agents)))?;
    output.line(format!("corpora    {}", listed(&corpora)))?;
    output.line(format!("models     {}", listed(&checked.models)))?;
    output.line(format!(
        "lexicon    {} expressions, {} questions about laws",
        checked.expressions, checked.questions
    ))?;
    output.line(format!(
        "seeds      {} departments, {} places",
        checked.departments, checked.places
    ))?;
    show_problems(output, &checked.problems)
}

fn listed(names: &[String]) -> String {
    match names {
        [] => "none".to_owned(),
        names => names.join(", "),
    }
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
