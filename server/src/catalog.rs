//! The catalogue: every agent, corpus, model and suite that the files declare, with the lexicon and the seeds.
//!
//! A file that cannot be used becomes a [`Problem`] that names it, the key and the line; everything else is still
//! loaded. Nothing here is opened for answering yet, see [`crate::app`].

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use ::tools::sensor::Sensors;
use ::tools::{Hotline, MountEntry, Rights, ToolEntry};
use agents::guard::{DeclinedGroups, Emergencies};
use agents::{Agent, Department, Role, Seeds};
use corpora::ingest::{Content, Input};
use corpora::{Asked, Gazetteer, Lexicon, Manifest};
use serde::Serialize;

use crate::embedded::Origin;

mod lessons;
mod models;
mod open311;
mod sensors;
mod suites;
mod tools;

pub use self::lessons::{CLASSIFIER, MODEL, options};
pub use self::models::{ModelEntry, model_folder};
pub use self::open311::{Bounds, Jurisdiction};
pub use self::suites::SuiteEntry;
pub(crate) use self::tools::mount_problems;

/// Everything that the files declare.
pub struct Catalog {
    /// Agents, by the name of their folder.
    pub agents: Arc<BTreeMap<String, Arc<Agent>>>,
    /// Corpora with their documents, by the name of their folder.
    pub corpora: BTreeMap<String, CorpusEntry>,
    /// Models, by the name of their folder.
    pub models: BTreeMap<String, ModelEntry>,
    /// Suites of cases, by the name of their folder.
    pub suites: BTreeMap<String, SuiteEntry>,
    /// Tools, by the name of their folder.
    pub tools: Arc<BTreeMap<String, ToolEntry>>,
    /// MCP servers whose tools are mounted, by the name of their folder.
    pub mounts: BTreeMap<String, MountEntry>,
    /// The hotline, if its files are there.
    pub hotline: Option<Arc<Hotline>>,
    /// The sensors, if the city has any.
    pub sensors: Option<Arc<Sensors>>,
    /// The northbound face of the hotline, if the city has one.
    pub open311: Option<Arc<Jurisdiction>>,
    /// Who may do what, beside what the folders say.
    pub rights: Arc<Rights>,
    /// Everyday words and the words of the law.
    pub lexicon: Arc<Lexicon>,
    /// What people ask about laws.
    pub asked: Arc<Asked>,
    /// What is known of the city.
    pub seeds: Arc<Seeds>,
    /// What could not be used.
    pub problems: Vec<Problem>,
    /// Where the files come from.
    pub origin: Origin,
}

/// A corpus that the files bring along.
pub struct CorpusEntry {
    /// `corpus.toml`.
    pub manifest: Manifest,
    /// Its documents.
    pub inputs: Vec<Input>,
}

/// A file that cannot be used, or not in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The file.
    pub file: String,
    /// What is wrong, with key and line, and what to do.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.file, self.message.trim_end())
    }
}

impl Catalog {
    /// Loads all that `origin` declares.
    pub fn load(origin: Origin) -> Self {
        let mut loader = Loader {
            origin: &origin,
            problems: Vec::new(),
        };
        let mut agents = loader.agents();
        let corpora = loader.corpora();
        let models = loader.models();
        let suites = loader.suites(&agents, &corpora);
        let lexicon = Arc::new(loader.lexicon());
        let asked = Arc::new(loader.asked());
        let seeds = Arc::new(loader.seeds());
        let (tools, mounts) = loader.tools();
        loader.tools_of_agents(&agents, &tools, &mounts);
        let hotline = loader.hotline(&seeds);
        let rights = loader.rights(hotline.as_deref());
        loader.names_of_rights(&rights, &agents, &tools);
        agents.retain(|_, agent| bounded(agent, &rights));
        let agents = Arc::new(agents);
        let sensors = loader.sensors(hotline.as_deref());
        let open311 = loader.open311();
        let tools = Arc::new(tools);
        let problems = loader.problems;
        Self {
            agents,
            corpora,
            models,
            suites,
            tools,
            mounts,
            hotline,
            sensors,
            open311,
            rights,
            lexicon,
            asked,
            seeds,
            problems,
            origin,
        }
    }
}

struct Loader<'a> {
    origin: &'a Origin,
    problems: Vec<Problem>,
}

impl Loader<'_> {
    fn problem(&mut self, file: &str, message: impl Into<String>) {
        self.problems.push(Problem {
            file: file.to_owned(),
            message: message.into(),
        });
    }

    /// A text file that should be there.
    fn text(&mut self, file: &str) -> Option<String> {
        let found = self
            .origin
            .read(file)
            .map(|bytes| String::from_utf8(bytes.into_owned()));
        match found {
            Some(Ok(text)) => return Some(text),
            Some(Err(_)) => self.problem(file, "is not UTF-8 text"),
            None => self.problem(file, "is missing or cannot be read"),
        }
        None
    }

    fn agents(&mut self) -> BTreeMap<String, Arc<Agent>> {
        let mut agents = BTreeMap::new();
        for file in self.origin.list("agents") {
            let Some(name) = folder_with(&file, "agents", "agent.toml") else {
                continue;
            };
            let (Some(manifest), Some(prompt)) = (
                self.text(&file),
                self.text(&format!("agents/{name}/prompt.md")),
            ) else {
                continue;
            };
            let rewrite = format!("agents/{name}/rewrite.md");
            let rewrite = self
                .origin
                .read(&rewrite)
                .is_some()
                .then(|| self.text(&rewrite))
                .flatten();
            let parsed = Agent::parse(name, &manifest, &prompt, rewrite.as_deref());
            match parsed.and_then(|agent| self.with_templates(agent)) {
                Ok(agent) if self.roles_are_known(&file, &agent.manifest.roles) => {
                    if agent.manifest.roles.is_empty() {
                        self.problem(&file, "key `roles`: an agent needs at least one role that may use it: citizen, officer, developer");
                        continue;
                    }
                    agents.insert(name.to_owned(), Arc::new(agent));
                }
                Ok(_) => {}
                Err(error) => self.data_problem(&file, &error),
            }
            self.cases(name);
        }
        agents
    }

    /// The agent with its templates of replies and its past replies, where it drafts.
    fn with_templates(&mut self, agent: Agent) -> Result<Agent, agents::Error> {
        if agent.manifest.kind != agents::Kind::Draft {
            return Ok(agent);
        }
        let folder = format!("agents/{}", agent.name);
        let templates = format!("{folder}/templates");
        let mut texts = Vec::new();
        for file in self.origin.list(&templates) {
            let name = file
                .strip_prefix(&templates)
                .and_then(|rest| rest.strip_prefix('/')?.strip_suffix(".toml"));
            if let Some(name) = name.map(str::to_owned)
                && let Some(text) = self.text(&file)
            {
                texts.push((name, text));
            }
        }
        texts.sort();
        let replies = self.origin.text(&format!("{folder}/replies.jsonl"));
        agent.with_templates(&texts, replies.as_deref())
    }

    fn cases(&mut self, name: &str) {
        let file = format!("agents/{name}/cases.jsonl");
        let Some(text) = self.text(&file) else { return };
        let read = evals::case::read(&file, &text);
        self.problems.extend(read.problems.iter().map(|problem| {
            let message = without_file(&file, problem);
            Problem {
                file: file.clone(),
                message: format!("line {message}"),
            }
        }));
    }

    fn corpora(&mut self) -> BTreeMap<String, CorpusEntry> {
        let files = self.origin.list("corpora");
        let mut corpora = BTreeMap::new();
        for file in &files {
            let Some(name) = folder_with(file, "corpora", "corpus.toml") else {
                continue;
            };
            let Some(text) = self.text(file) else {
                continue;
            };
            let manifest = match Manifest::parse(file, &text) {
                Ok(manifest) => manifest,
                Err(error) => {
                    self.problem(file, without_file(file, &error.to_string()));
                    continue;
                }
            };
            if !self.roles_are_known(file, &manifest.readers) {
                continue;
            }
            let docs = format!("corpora/{name}/docs/");
            let inputs: Vec<Input> = files
                .iter()
                .filter_map(|path| self.input(path, &docs))
                .collect();
            for (key, line) in unknown_document_keys(&text) {
                self.problem(
                    file,
                    format!("line {line}: unknown key `{key}` of [[document]]"),
                );
            }
            for entry in manifest
                .documents
                .iter()
                .filter(|entry| inputs.iter().all(|input| input.file != entry.file))
            {
                self.problem(
                    file,
                    format!("key `file`: there is no readable `{docs}{}`", entry.file),
                );
            }
            corpora.insert(name.to_owned(), CorpusEntry { manifest, inputs });
        }
        corpora
    }

    fn input(&self, path: &str, docs: &str) -> Option<Input> {
        let file = path.strip_prefix(docs)?;
        if !corpora::read::is_readable(std::path::Path::new(file)) {
            return None;
        }
        let content = match self.origin.path(path) {
            Some(place) => Content::Path(place),
            None => Content::Bytes(self.origin.read(path)?),
        };
        Some(Input {
            file: file.to_owned(),
            content,
        })
    }

    /// The matrix: that of the folder, or the one inside the program. One that cannot be read opens nothing to anybody.
    fn rights(&mut self, hotline: Option<&Hotline>) -> Arc<Rights> {
        let own = self.origin.path(RIGHTS).is_some_and(|it| it.exists());
        let text = match own {
            true => self.text(RIGHTS).unwrap_or_default(),
            false => Origin::Embedded.text(RIGHTS).unwrap_or_default(),
        };
        let read = Rights::parse(RIGHTS, &text).unwrap_or_else(|error| {
            self.problem(RIGHTS, without_file(RIGHTS, &error.to_string()));
            Rights::none()
        });
        Arc::new(match hotline {
            Some(hotline) => read.with_centre(&hotline.rules.centre),
            None => read,
        })
    }

    /// A name that is nobody's may be a misspelt one, whose rights are then others than was meant. A matrix that comes with
    /// other folders than these may name more.
    fn names_of_rights(
        &mut self,
        rights: &Rights,
        agents: &BTreeMap<String, Arc<Agent>>,
        tools: &BTreeMap<String, ToolEntry>,
    ) {
        let whence = |path: &str| self.origin.path(path).is_some_and(|it| it.exists());
        let (mut unknown, own) = (Vec::new(), whence(RIGHTS));
        if own == whence("agents") {
            let names = rights.agents().filter(|name| !agents.contains_key(*name));
            unknown.extend(names.map(|name| format!("key `agents`: there is no agent `{name}`")));
        }
        if own == whence("tools") {
            let names = rights.tools().filter(|name| !tools.contains_key(*name));
            unknown.extend(names.map(|name| format!("key `tools`: there is no tool `{name}`")));
        }
        for message in unknown {
            self.problem(RIGHTS, message);
        }
    }

    fn roles_are_known(&mut self, file: &str, names: &[String]) -> bool {
        let unknown: Vec<&String> = names
            .iter()
            .filter(|name| role_named(name).is_none())
            .collect();
        for name in &unknown {
            self.problem(
                file,
                format!("there is no role `{name}`: citizen, officer, developer"),
            );
        }
        unknown.is_empty()
    }

    fn lexicon(&mut self) -> Lexicon {
        let mut lexicon = Lexicon::default();
        self.each_table("corpora/lexicon", |file, text| lexicon.add(file, text));
        lexicon
    }

    fn asked(&mut self) -> Asked {
        let mut asked = Asked::default();
        self.each_table("corpora/asked", |file, text| asked.add(file, text));
        asked
    }

    /// Adds each TSV file of a folder.
    fn each_table(
        &mut self,
        folder: &str,
        mut add: impl FnMut(&str, &str) -> Result<(), corpora::Error>,
    ) {
        for file in self.origin.list(folder) {
            let text = file.ends_with(".tsv").then(|| self.text(&file)).flatten();
            if let Some(Err(error)) = text.map(|text| add(&file, &text)) {
                self.problem(&file, without_file(&file, &error.to_string()));
            }
        }
    }

    /// Each of the three files stands for itself: a wrong department must not silence the emergencies.
    fn seeds(&mut self) -> Seeds {
        Seeds {
            departments: self.seed("seeds/departments.toml", Department::parse),
            gazetteer: self.seed("seeds/gazetteer.tsv", Gazetteer::parse),
            emergencies: self.seed("seeds/emergencies.toml", Emergencies::parse),
            declined: self.seed("seeds/declined.toml", DeclinedGroups::parse),
        }
    }

    /// What is in a file of seeds; nothing, and a problem, where it cannot be read.
    fn seed<T: Default, E: fmt::Display>(
        &mut self,
        file: &str,
        parse: impl FnOnce(&str, &str) -> Result<T, E>,
    ) -> T {
        let Some(text) = self.text(file) else {
            return T::default();
        };
        parse(file, &text).unwrap_or_else(|error| {
            self.problem(file, without_file(file, &error.to_string()));
            T::default()
        })
    }

    /// A problem in `file`, or in the file beside it that the error names.
    fn data_problem(&mut self, file: &str, error: &agents::Error) {
        let named = match error {
            agents::Error::Data { file, .. } => Some(file.as_str()),
            _ => None,
        };
        let file = named.unwrap_or(file);
        let message = without_file(file, &error.to_string());
        self.problem(file, message);
    }
}

/// The matrix of rights.
const RIGHTS: &str = "config/rights.toml";

/// Leaves the roles that the matrix gives an agent; says whether there is one.
fn bounded(agent: &mut Arc<Agent>, rights: &Rights) -> bool {
    let given = rights.tokens_of(&agent.name);
    let roles = &mut Arc::make_mut(agent).manifest.roles;
    roles.retain(|role| given.contains(role.as_str()));
    !roles.is_empty()
}

/// The role with this name in manifests and on the command line; no manifest opens anything to a device.
pub fn role_named(name: &str) -> Option<Role> {
    [Role::Citizen, Role::Officer, Role::Developer]
        .into_iter()
        .find(|role| role.name() == name)
}

/// `policy-qa` of `agents/policy-qa/agent.toml`.
fn folder_with<'a>(path: &'a str, part: &str, file: &str) -> Option<&'a str> {
    let name = path
        .strip_prefix(part)?
        .strip_prefix('/')?
        .strip_suffix(file)?
        .strip_suffix('/')?;
    (!name.contains('/')).then_some(name)
}

/// Errors of the crates begin with the file, which a [`Problem`] shows already.
fn without_file(file: &str, message: &str) -> String {
    message
        .strip_prefix(file)
        .map_or(message, |rest| rest.trim_start_matches([':', ' ']))
        .to_owned()
}

/// Keys of `[[document]]` that mean nothing, with their lines. Serde cannot refuse them there, because the metadata
/// stands beside `file` in one table.
fn unknown_document_keys(text: &str) -> Vec<(String, usize)> {
    let known = serde_json::to_value(corpora::meta::Meta::default()).expect("metadata serialises");
    let Ok(document) = toml::de::DeTable::parse(text) else {
        return Vec::new();
    };
    let tables = document
        .get_ref()
        .get("document")
        .and_then(|entries| entries.get_ref().as_array());
    let mut unknown = Vec::new();
    for table in tables
        .into_iter()
        .flat_map(|entries| entries.iter())
        .filter_map(|entry| entry.get_ref().as_table())
    {
        for key in table
            .keys()
            .filter(|key| *key.get_ref() != "file" && known.get(key.get_ref().as_ref()).is_none())
        {
            unknown.push((
                key.get_ref().to_string(),
                text[..key.span().start].matches('\n').count() + 1,
            ));
        }
    }
    unknown
}

#[cfg(test)]
mod tests;
