//! What an answer rests on besides the question: program, agent, city, corpora, models. It is recorded with every turn,
//! so that a turn can be run again, and so that another answer has a reason.
//!
//! Corpora and models are named by hashes; nothing of them is kept. What was said is in [`Pinned`], as it was said:
//! whoever stores it masks it where personal data must not be.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use agents::audit::masked;
use agents::{Agent, Noted, Request, World};
use corpora::{Index, Retriever};
use models::ChatModel;
use models::hub::{Backend, fingerprint};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::catalog::{Catalog, model_folder};

/// Version of the program, with the state of the code that makes answers.
pub const PROGRAM: &str = concat!(env!("CARGO_PKG_VERSION"), "-", env!("ANSWER_SOURCES"));

/// What a turn rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pins {
    /// [`PROGRAM`].
    pub program: String,
    /// Hash of the agent: its manifest with all fixed texts, and its prompts.
    pub agent: String,
    /// Hash of its tools, manifests and schemas; empty where it has none.
    pub tools: String,
    /// Hash of the files in `seeds/`.
    pub seeds: String,
    /// Hash of the files in `corpora/lexicon/`.
    pub lexicon: String,
    /// Place of callers who name none.
    pub place: Option<String>,
    /// Who generates, for the label.
    pub producer: String,
    /// Corpora that the caller could read, by name.
    pub corpora: BTreeMap<String, CorpusPin>,
    /// The small model, where there was one.
    pub small: Option<ModelPin>,
    /// The large model, likewise.
    pub large: Option<ModelPin>,
}

/// One corpus.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorpusPin {
    /// Its title.
    pub title: Option<String>,
    /// [`corpora::Snapshot::revision`].
    pub revision: String,
}

/// One model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelPin {
    /// Its name.
    pub name: String,
    /// Hash of its files; none for an endpoint, whose weights nobody here can see.
    pub weights: Option<String>,
}

/// What is needed to run a turn again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pinned {
    /// Name of the agent.
    pub agent: String,
    /// What it was asked. Its history is empty where `remembered` names the turns.
    pub request: Request,
    /// Numbers of the earlier turns of the conversation that were its history.
    #[serde(default)]
    pub remembered: Vec<u32>,
    /// What it rests on.
    #[serde(default)]
    pub pins: Pins,
    /// What searches and models brought, in order.
    #[serde(default)]
    pub noted: Vec<Noted>,
}

/// Whether a request has something that the audit log masks, so that its record there cannot be run again.
pub fn asks_personal(request: &Request) -> bool {
    let request = Request {
        conversation: None,
        ..request.clone()
    };
    changes_masked(&request)
}

/// Whether what models said has something that the audit log masks.
pub fn says_personal(noted: &[Noted]) -> bool {
    noted.iter().any(|noted| match noted {
        Noted::Said { outcome, .. } => changes_masked(outcome),
        Noted::Found { .. } => false,
        Noted::Called { outcome, .. } => changes_masked(outcome),
    })
}

fn changes_masked(data: &impl Serialize) -> bool {
    let Ok(value) = serde_json::to_value(data) else {
        return true;
    };
    masked(value.clone()) != value
}

/// Hashes of what stays the same while the program runs.
pub struct Prints {
    agents: BTreeMap<String, String>,
    tools: BTreeMap<String, String>,
    seeds: String,
    lexicon: String,
    weights: BTreeMap<String, String>,
}

impl Prints {
    /// Of everything that `catalog` declares; files of models are looked for in the data directory `data`.
    pub fn of(catalog: &Catalog, data: &Path) -> Self {
        let agents = catalog.agents.iter();
        let models = catalog.models.iter().filter_map(|(name, entry)| {
            let Backend::Local(weights) = &entry.manifest.backend else {
                return None;
            };
            let hash = fingerprint(weights, &model_folder(data, name))?;
            Some((name.clone(), hash))
        });
        Self {
            agents: agents
                .map(|(name, agent)| (name.clone(), of_agent(agent)))
                .collect(),
            tools: catalog
                .agents
                .iter()
                .map(|(name, agent)| (name.clone(), of_tools(catalog, agent)))
                .collect(),
            seeds: of_folder(catalog, "seeds"),
            lexicon: of_folder(catalog, "corpora/lexicon"),
            weights: models.collect(),
        }
    }
}

impl App {
    /// What a turn of `agent` in `world` rests on, as things stand.
    pub async fn pins(&self, agent: &Agent, world: &World) -> Pins {
        let retriever = world.retriever.clone();
        // A commit that nobody has seen yet is read here, which is no work for a thread that serves.
        let revisions = tokio::task::spawn_blocking(move || revisions(&retriever)).await;
        let corpora = revisions.unwrap_or_default().into_iter();
        let corpora = corpora.map(|(corpus, revision)| {
            let title = world.titles.get(&corpus).cloned();
            (corpus, CorpusPin { title, revision })
        });
        let prints = &self.prints;
        let model = |model: &Arc<dyn ChatModel>| ModelPin {
            name: model.name().to_owned(),
            weights: prints.weights.get(model.name()).cloned(),
        };
        Pins {
            program: PROGRAM.to_owned(),
            agent: prints.agents.get(&agent.name).cloned().unwrap_or_default(),
            tools: prints.tools.get(&agent.name).cloned().unwrap_or_default(),
            seeds: prints.seeds.clone(),
            lexicon: prints.lexicon.clone(),
            place: world.place.clone(),
            producer: world.producer.clone(),
            corpora: corpora.collect(),
            small: world.models.small.as_ref().map(model),
            large: world.models.large.as_ref().map(model),
        }
    }
}

/// Names and revisions of corpora. One that cannot be read has none; the search of the turn fails, and says why.
fn revisions(retriever: &Retriever) -> Vec<(String, String)> {
    let revision = |index: &Arc<Index>| {
        let revision = index.snapshot().map(|it| it.revision().to_owned());
        (index.corpus().to_owned(), revision.unwrap_or_default())
    };
    retriever.corpora().iter().map(revision).collect()
}

pub(crate) fn of_agent(agent: &Agent) -> String {
    let manifest = serde_json::to_vec(&agent.manifest).expect("a manifest serialises");
    let mut parts: Vec<Vec<u8>> = vec![
        manifest,
        agent.prompt.clone().into_bytes(),
        agent.rewrite.clone().into_bytes(),
    ];
    // Agents without these keep the hash that they had.
    if !agent.templates.is_empty() {
        parts.push(serde_json::to_vec(&agent.templates).expect("templates serialise"));
        parts.push(serde_json::to_vec(&agent.replies).expect("replies serialise"));
    }
    hashed(parts.iter().map(Vec::as_slice))
}

/// Of the tools that an agent may have called, and of the agent that answers questions in between.
fn of_tools(catalog: &Catalog, agent: &Agent) -> String {
    let named = agent.manifest.tools.iter();
    let entries = named.filter_map(|name| catalog.tools.get(name));
    let mut parts: Vec<Vec<u8>> = entries
        .flat_map(|entry| {
            let manifest = serde_json::to_vec(&entry.manifest).expect("a manifest serialises");
            [manifest, entry.spec.schema.to_string().into_bytes()]
        })
        .collect();
    let form = agent.manifest.form.as_ref();
    let digress = form.and_then(|form| form.digress.as_ref());
    let other = digress.and_then(|name| catalog.agents.get(name));
    parts.extend(other.map(|agent| of_agent(agent).into_bytes()));
    if parts.is_empty() {
        return String::new();
    }
    hashed(parts.iter().map(Vec::as_slice))
}

pub(crate) fn of_folder(catalog: &Catalog, folder: &str) -> String {
    let files = catalog.origin.list(folder);
    let contents: Vec<_> = files
        .iter()
        .map(|file| catalog.origin.read(file).unwrap_or_default())
        .collect();
    let pairs = files.iter().zip(&contents);
    hashed(pairs.flat_map(|(file, content)| [file.as_bytes(), content]))
}

/// First 16 hexadecimal digits of the SHA-256 over all parts, each with its length before it.
fn hashed<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::embedded::Origin;

    use super::*;

    #[test]
    fn a_changed_text_or_prompt_is_another_agent() {
        let catalog = Catalog::load(Origin::Embedded);
        let agent = &catalog.agents["policy-qa"];
        let mut other = (**agent).clone();
        assert_eq!(of_agent(agent), of_agent(&other));
        other.manifest.title.push('。');
        assert_ne!(of_agent(agent), of_agent(&other));
        let mut other = (**agent).clone();
        other.prompt.push(' ');
        assert_ne!(of_agent(agent), of_agent(&other));
    }

    #[test]
    fn a_changed_tool_is_another_basis() {
        let mut catalog = Catalog::load(Origin::Embedded);
        let desk = catalog.agents["intake"].clone();
        let answers = catalog.agents["policy-qa"].clone();
        assert_eq!(of_tools(&catalog, &answers), "");
        let then = of_tools(&catalog, &desk);
        let tools = Arc::make_mut(&mut catalog.tools);
        let tool = tools.get_mut("hotline-create").unwrap();
        tool.manifest.title.push('。');
        let now = of_tools(&catalog, &desk);
        assert_ne!(then, now);
        let answers = Arc::make_mut(&mut catalog.agents)
            .get_mut("policy-qa")
            .unwrap();
        Arc::make_mut(answers).prompt.push(' ');
        assert_ne!(now, of_tools(&catalog, &desk));
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(
            hashed([b"ab".as_slice(), b"c"]),
            hashed([b"a".as_slice(), b"bc"])
        );
    }
}
