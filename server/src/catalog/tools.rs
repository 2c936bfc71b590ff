//! Tools of the catalogue, and the hotline that some of them work on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use ::tools::classify::classifier::Classifier;
use ::tools::{Hotline, HotlineFiles, Kind, Manifest, MountEntry, ToolEntry};
use agents::Seeds;

use super::lessons::{CLASSIFIER, known};
use super::{Loader, Problem, folder_with, without_file};

/// Files of the hotline, beside its calendars.
const FILES: [&str; 6] = [
    "seeds/hotline.toml",
    "seeds/dispatch.toml",
    "seeds/grades.toml",
    "seeds/questions.toml",
    "seeds/emergencies.toml",
    "seeds/gazetteer.tsv",
];

impl Loader<'_> {
    /// Tools, and MCP servers that have some.
    pub(super) fn tools(&mut self) -> (BTreeMap<String, ToolEntry>, BTreeMap<String, MountEntry>) {
        let (mut tools, mut mounts) = (BTreeMap::new(), BTreeMap::new());
        for file in self.origin.list("tools") {
            let Some(name) = folder_with(&file, "tools", "tool.toml") else {
                continue;
            };
            let Some(text) = self.text(&file) else {
                continue;
            };
            let manifest = match Manifest::parse(&file, &text) {
                Ok(manifest) => manifest,
                Err(error) => {
                    self.tool_problem(&file, &error);
                    continue;
                }
            };
            if manifest.kind == Kind::Mcp {
                match MountEntry::new(name, manifest) {
                    Ok(entry) if self.roles_are_known(&file, &entry.manifest.roles) => {
                        mounts.insert(name.to_owned(), entry);
                    }
                    Ok(_) => {}
                    Err(error) => self.tool_problem(&file, &error),
                }
                continue;
            }
            let Some(schema) = self.text(&format!("tools/{name}/input.schema.json")) else {
                continue;
            };
            match ToolEntry::new(name, manifest, &schema) {
                Ok(entry) if self.roles_are_known(&file, &entry.manifest.roles) => {
                    tools.insert(name.to_owned(), entry);
                }
                Ok(_) => {}
                Err(error) => self.tool_problem(&file, &error),
            }
        }
        (tools, mounts)
    }

    /// Agents must name tools that are there, and so must forms.
    pub(super) fn tools_of_agents(
        &mut self,
        agents: &BTreeMap<String, Arc<agents::Agent>>,
        tools: &BTreeMap<String, ToolEntry>,
        mounts: &BTreeMap<String, MountEntry>,
    ) {
        let mounted: BTreeSet<String> = mounts.values().flat_map(MountEntry::tools).collect();
        let is_there = |tool: &String| tools.contains_key(tool) || mounted.contains(tool);
        for (name, agent) in agents {
            let file = format!("agents/{name}/agent.toml");
            let form = agent.manifest.form.as_deref();
            let named = agent.manifest.tools.iter();
            for tool in named.filter(|tool| !is_there(tool)) {
                self.problem(&file, format!("key `tools`: there is no tool `{tool}`"));
            }
            let mut used: Vec<&String> = form
                .map(|form| form.tools.iter().collect())
                .unwrap_or_default();
            used.extend(
                form.iter()
                    .flat_map(|form| form.assess.iter().chain(&form.register)),
            );
            if let Some(queue) = agent.manifest.queue.as_deref() {
                used.extend([&queue.assess, &queue.status]);
            }
            if let Some(watch) = agent.manifest.watch.as_deref() {
                used.extend([&watch.ask, &watch.alerts]);
            }
            used.extend(agent.manifest.draft.as_deref().map(|draft| &draft.status));
            if let Some(react) = agent.manifest.react.as_deref() {
                let reads = |tool: &&String| {
                    let entry = tools.get(*tool);
                    entry.is_some_and(|entry| entry.spec.effect == ::tools::Effect::Read)
                };
                let said = |tool: &&String| !react.results.contains_key(*tool);
                for tool in react.tools.iter().filter(reads).filter(said) {
                    self.problem(
                        &file,
                        format!(
                            "key `react.results`: nothing says how a result of `{tool}` is told"
                        ),
                    );
                }
            }
            for tool in used
                .into_iter()
                .filter(|tool| !agent.manifest.tools.contains(tool))
            {
                self.problem(
                    &file,
                    format!("key `tools`: `{tool}` is used and is not among them"),
                );
            }
            if let Some(other) = form.and_then(|form| form.digress.as_ref())
                && !agents.contains_key(other)
            {
                self.problem(
                    &file,
                    format!("key `form.digress`: there is no agent `{other}`"),
                );
            }
        }
    }

    /// The hotline; none, and a problem, where one of its files is missing or wrong.
    pub(super) fn hotline(&mut self, seeds: &Seeds) -> Option<Arc<Hotline>> {
        let mut texts = Vec::new();
        for file in FILES {
            texts.push(self.text(file)?);
        }
        let calendars: Vec<(String, String)> = self
            .origin
            .list("seeds/calendar")
            .into_iter()
            .filter_map(|file| {
                let text = self.origin.text(&file)?;
                Some((file, text))
            })
            .collect();
        let calendars: Vec<(&str, &str)> = calendars
            .iter()
            .map(|(file, text)| (file.as_str(), text.as_str()))
            .collect();
        let departments: Vec<&str> = seeds
            .departments
            .iter()
            .map(|department| department.name.as_str())
            .collect();
        let files = HotlineFiles {
            rules: (FILES[0], &texts[0]),
            calendars: &calendars,
            catalog: (FILES[1], &texts[1]),
            grades: (FILES[2], &texts[2]),
            questions: (FILES[3], &texts[3]),
            emergencies: (FILES[4], &texts[4]),
            departments: &departments,
            places: (FILES[5], &texts[5]),
        };
        match Hotline::parse(&files) {
            Ok(mut hotline) => {
                hotline.classifier = self.classifier(&hotline);
                // Without departments the file of departments is the problem.
                let wrong = if departments.is_empty() {
                    Vec::new()
                } else {
                    hotline.catalog.check(&departments)
                };
                for wrong in wrong {
                    self.problem(FILES[1], without_file(FILES[1], &wrong.to_string()));
                }
                Some(Arc::new(hotline))
            }
            Err(error) => {
                self.tool_problem("seeds", &error);
                None
            }
        }
    }

    /// What was learned from the orders of the city; a city without it goes by rules alone.
    fn classifier(&mut self, hotline: &Hotline) -> Option<Classifier> {
        let bytes = self.origin.read(CLASSIFIER)?;
        let read = Classifier::from_file(Path::new(CLASSIFIER), &bytes);
        let read = read.map_err(|error| error.to_string());
        match read.and_then(|classifier| known(classifier, hotline)) {
            Ok(classifier) => Some(classifier),
            Err(message) => {
                self.problem(CLASSIFIER, message);
                None
            }
        }
    }

    /// Errors of tools name their file.
    pub(super) fn tool_problem(&mut self, otherwise: &str, error: &::tools::Error) {
        self.problems.push(tool_problem(otherwise, error));
    }
}

/// What is wrong with the MCP servers, and with their tools as they are now.
pub(crate) async fn mount_problems(mounts: &BTreeMap<String, MountEntry>) -> Vec<Problem> {
    let environment = |name: &str| std::env::var(name).ok();
    let mounting = mounts.values().map(|entry| entry.mount(&environment));
    let all = futures::future::join_all(mounting).await;
    let problems = mounts.keys().zip(all).map(|(name, mounted)| {
        let file = format!("tools/{name}/tool.toml");
        let problems = mounted.problems.iter();
        let told: Vec<Problem> = problems.map(|error| tool_problem(&file, error)).collect();
        told
    });
    problems.flatten().collect()
}

fn tool_problem(otherwise: &str, error: &::tools::Error) -> Problem {
    let (file, message) = match error {
        ::tools::Error::Data { file, message } => (file.clone(), message.clone()),
        other => (otherwise.to_owned(), other.to_string()),
    };
    Problem { file, message }
}
