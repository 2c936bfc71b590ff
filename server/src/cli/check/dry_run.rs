//! `chengzhi check --dry-run AGENT`: what an agent may do, and what it says to its own examples.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use agents::{Agent, Answer, Models, Request, Role, Status};
use anyhow::{Context as _, anyhow};
use serde::Serialize;
use tools::Person;

use super::{listed, show_problems};
use crate::app::{open_toolbox, world};
use crate::catalog::{Catalog, Problem};
use crate::cli::context::Context;
use crate::cli::output::{Ink, Output};
use crate::holdings::Corpora;
use crate::prepare;
use crate::turn::Caller;

/// What `check --dry-run --json` prints; a public contract.
#[derive(Serialize)]
struct Tried {
    agent: String,
    title: String,
    /// Who may use it.
    roles: Vec<String>,
    /// What it may read, of all that is there.
    corpora: Vec<String>,
    /// Suites that measure it.
    suites: Vec<String>,
    examples: Vec<Example>,
    problems: Vec<Problem>,
}

#[derive(Serialize)]
struct Example {
    question: String,
    status: Option<Status>,
    /// `《title》path`, in the order of first use.
    citations: Vec<String>,
    /// Why there is no answer.
    error: Option<String>,
}

impl Example {
    fn is_answered(&self) -> bool {
        self.status.is_some_and(|status| status != Status::Refused)
    }
}

/// Asks with the model off, of the corpora of the catalogue as they are now, in a folder of its own; nothing is recorded.
pub(super) async fn run(
    context: &Context,
    output: Output,
    name: &str,
    problems: Vec<Problem>,
) -> anyhow::Result<ExitCode> {
    let catalog = context.catalog();
    let found = catalog.agents.get(name).cloned();
    let agent = found.ok_or_else(|| absent(&catalog, name, &problems))?;
    let folder = tempfile::tempdir().context("a temporary folder cannot be made")?;
    prepare::demo(folder.path(), &catalog, &mut |_, _| true)
        .context("the corpora of the catalogue cannot be read in")?;
    let (fresh, held) = (Corpora::open(folder.path()), Corpora::open(&context.data));
    let role = agent.manifest.roles.first().map_or("", String::as_str);
    let role: Role = serde_json::from_value(role.into()).unwrap_or(Role::Citizen);
    let mut indexes = fresh.readable_by(role);
    // What somebody ingested by hand is read where it lies.
    let is_there = |name: &str| catalog.corpora.contains_key(name);
    let by_hand = held.readable_by(role);
    indexes.extend(
        by_hand
            .into_iter()
            .filter(|index| !is_there(index.corpus())),
    );
    let allowed = agent.manifest.corpora.clone();
    let may_read = |name: &str| {
        allowed
            .as_ref()
            .is_none_or(|it| it.iter().any(|it| it == name))
    };
    let names = indexes.iter().map(|index| index.corpus().to_owned());
    let corpora: Vec<String> = names.filter(|name| may_read(name)).collect();
    let titles: BTreeMap<String, String> = [held.titles(), fresh.titles()]
        .iter()
        .flat_map(|titles| {
            titles
                .iter()
                .map(|(name, title)| (name.clone(), title.clone()))
        })
        .collect();
    let titles = Arc::new(titles);
    let mut world = world(
        &context.settings,
        &catalog,
        indexes,
        titles,
        Models::default(),
    );
    let toolbox = open_toolbox(&catalog, &folder.path().into()).await?;
    world.desk.toolbox = Some(Arc::new(toolbox));
    // A civil servant is one of the centre, whose business all orders are.
    let centre = catalog.hotline.as_ref().map(|it| it.rules.centre.clone());
    let mut examples = Vec::new();
    for (question, turn) in agent.manifest.examples.iter().zip(1_u32..) {
        let mut request = Request::new(question, role, context.today());
        // Each is a person of their own, and nothing is confirmed.
        request.conversation = Some(format!("dry-run-{turn}"));
        request.person = Caller::CITIZEN
            .person(request.conversation.as_deref())
            .map(|person| Person {
                role: role.name().to_owned(),
                unit: centre.clone().filter(|_| role == Role::Officer),
                ..person
            });
        let said = evals::run::ask_agent(agent.clone(), world.clone(), request).await;
        examples.push(example(question, said));
    }
    let tried = Tried {
        agent: name.to_owned(),
        title: agent.manifest.title.clone(),
        roles: agent.manifest.roles.clone(),
        corpora,
        suites: suites(&catalog, name),
        examples,
        problems,
    };
    if output.json {
        output.json(&tried)?;
    } else {
        show(output, &tried, &agent)?;
    }
    let answered = tried.examples.iter().all(Example::is_answered);
    Ok(if answered && tried.problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// An agent that cannot be used is named with the reason.
fn absent(catalog: &Catalog, name: &str, problems: &[Problem]) -> anyhow::Error {
    let folder = format!("agents/{name}/");
    let why = problems.iter().find(|it| it.file.starts_with(&folder));
    let known: Vec<&str> = catalog.agents.keys().map(String::as_str).collect();
    match why {
        Some(problem) => anyhow!("{problem}"),
        None => anyhow!(
            "there is no agent `{name}`\nhint: there is {}",
            known.join(", ")
        ),
    }
}

fn suites(catalog: &Catalog, agent: &str) -> Vec<String> {
    let of_agent = |(name, entry): (&String, &crate::catalog::SuiteEntry)| {
        (entry.manifest.agent.as_deref() == Some(agent)).then(|| name.clone())
    };
    catalog.suites.iter().filter_map(of_agent).collect()
}

fn example(question: &str, said: Result<Answer, String>) -> Example {
    let question = question.to_owned();
    match said {
        Ok(answer) => {
            let cited = answer.citations.iter();
            let citations = cited.map(|cited| format!("《{}》{}", cited.title, cited.path));
            Example {
                question,
                status: Some(answer.status),
                citations: citations.collect(),
                error: None,
            }
        }
        Err(error) => Example {
            question,
            status: None,
            citations: Vec::new(),
            error: Some(error),
        },
    }
}

fn show(output: Output, tried: &Tried, agent: &Agent) -> anyhow::Result<()> {
    let head = output.paint(Ink::Strong, &tried.agent);
    output.line(format!("{head}  {}", tried.title))?;
    output.line(format!("used by    {}", listed(&tried.roles)))?;
    output.line(format!("may read   {}", listed(&tried.corpora)))?;
    output.line(format!("suites     {}", listed(&tried.suites)))?;
    let models = &agent.manifest.models;
    let tasks = [
        ("rewrite", &models.rewrite),
        ("wording", &models.wording),
        ("act", &models.act),
    ];
    let tasks = tasks.iter().filter_map(|(task, role)| {
        let role = serde_json::to_value(role.as_ref()?).ok()?;
        Some(format!("{task}: {}", role.as_str()?))
    });
    let tasks: Vec<String> = tasks.collect();
    output.line(format!("models     {} (off now)", listed(&tasks)))?;
    if tried.examples.is_empty() {
        output.line("no examples\nhint: `examples` in its manifest are asked here, and shown on an empty page")?;
    }
    for example in &tried.examples {
        let ink = if example.is_answered() {
            Ink::Green
        } else {
            Ink::Red
        };
        let status = match &example.status {
            Some(status) => serde_json::to_value(status)?
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            None => "failed".to_owned(),
        };
        let status = output.paint(ink, &format!("{status:<10}"));
        let cited = example.citations.first().or(example.error.as_ref());
        let cited = cited.map_or("", String::as_str);
        let line = format!("{status} {}  {cited}", example.question);
        output.line(line.trim_end())?;
    }
    show_problems(output, &tried.problems)
}
