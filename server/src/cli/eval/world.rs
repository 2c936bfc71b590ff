//! What a suite is run on: agents, corpora and models as this installation has them, and a fingerprint of all of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use agents::{Models, Role};
use anyhow::{Context as _, anyhow, ensure};
use corpora::Index;
use evals::run::Subject;
use evals::script::Script;
use evals::suite::Manifest;
use models::{ChatModel, Deadline, Waits};
use sha2::{Digest, Sha256};

use crate::app::world;
use crate::catalog::{Catalog, Problem, SuiteEntry};
use crate::cli::context::Context;
use crate::cli::model::choice;
use crate::holdings::Corpora;
use crate::pins::{PROGRAM, of_agent, of_folder};
use crate::roles::Roles;

/// A model that is played from a file: `script:FILE.jsonl`.
const SCRIPT: &str = "script:";

/// Models that may take part in a run.
pub(super) struct Played {
    /// Their name; none when they are off.
    pub(super) name: Option<String>,
    /// What determines their words, for the fingerprint.
    pub(super) identity: String,
    /// By role.
    pub(super) models: Models,
}

impl Played {
    /// The model where one is asked itself; the large one if there is.
    pub(super) fn model(&self) -> Option<Arc<dyn ChatModel>> {
        let Models { large, small, .. } = &self.models;
        large.clone().or_else(|| small.clone())
    }

    pub(super) fn off() -> Self {
        Self {
            name: None,
            identity: String::new(),
            models: Models::default(),
        }
    }
}

/// The models that `--model` asks for; without it those of the settings, off and on.
pub(super) async fn played(
    context: &Context,
    catalog: &Catalog,
    asked: Option<&str>,
) -> anyhow::Result<Vec<Played>> {
    let settings = &context.settings.models;
    match asked {
        Some("off") => Ok(vec![Played::off()]),
        Some(name) => Ok(vec![one(context, catalog, name).await?]),
        None if settings.small.is_empty() && settings.large.is_empty() => Ok(vec![Played::off()]),
        None => {
            let mut names = settings.small.clone();
            names.extend(
                settings
                    .large
                    .iter()
                    .filter(|name| !settings.small.contains(name))
                    .cloned(),
            );
            let name = names.join("+");
            let on = configured(context, catalog, &name, settings.clone()).await?;
            Ok(vec![Played::off(), on])
        }
    }
}

async fn one(context: &Context, catalog: &Catalog, name: &str) -> anyhow::Result<Played> {
    let total = Duration::from_secs(context.settings.models.total_s.get().into());
    let in_time = |model: Arc<dyn ChatModel>| -> Arc<dyn ChatModel> {
        let waits = Waits {
            first_token: total,
            idle: total,
            total,
        };
        Arc::new(Deadline::new(model, waits))
    };
    if let Some(file) = name.strip_prefix(SCRIPT) {
        let (text, model) = script(Path::new(file))?;
        return Ok(same_for_all(name, text, &in_time(model)));
    }
    if catalog.models.contains_key(name) {
        let mut settings = context.settings.models.clone();
        settings.small = vec![name.to_owned()];
        settings.large = vec![name.to_owned()];
        return configured(context, catalog, name, settings).await;
    }
    let model = choice::open(context, catalog, name).await?;
    let model = in_time(model);
    let path = PathBuf::from(name);
    let weights = tokio::task::spawn_blocking(move || contents(&path))
        .await
        .context("hashing broke off")??;
    Ok(same_for_all(name, weights, &model))
}

/// A script, with its text.
fn script(file: &Path) -> anyhow::Result<(String, Arc<dyn ChatModel>)> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("the script `{}` cannot be read", file.display()))?;
    let script = Script::parse("script", &file.display().to_string(), &text)
        .map_err(|error| anyhow!(error))?;
    Ok((text, Arc::new(script)))
}

fn same_for_all(name: &str, identity: String, model: &Arc<dyn ChatModel>) -> Played {
    Played {
        name: Some(name.to_owned()),
        identity,
        models: Models {
            small: Some(model.clone()),
            large: Some(model.clone()),
            ..Models::default()
        },
    }
}

async fn configured(
    context: &Context,
    catalog: &Catalog,
    name: &str,
    settings: crate::settings::Models,
) -> anyhow::Result<Played> {
    let (entries, data) = (catalog.models.clone(), context.data.clone());
    let identity = {
        let used = settings.small.iter().chain(&settings.large);
        let manifests = used.map(|name| {
            let folder = crate::catalog::model_folder(&data, name);
            let weights = if folder.is_dir() {
                contents(&folder)?
            } else {
                String::new()
            };
            Ok(format!("{name} {:?} {weights}", entries.get(name)))
        });
        manifests.collect::<anyhow::Result<Vec<_>>>()?.join("\n")
    };
    let open = move || Roles::open(&settings, &entries, &data);
    let roles = tokio::task::spawn_blocking(open)
        .await
        .context("loading broke off")?;
    // An evaluation with a model that is not there would measure something else.
    if let Some(problem) = roles.problems.first() {
        let Problem { file, message } = problem;
        anyhow::bail!("{file}: {message}");
    }
    Ok(Played {
        name: Some(name.to_owned()),
        identity,
        models: roles.models,
    })
}

/// SHA-256 of a file, or of all files of a folder with their names.
fn contents(path: &Path) -> anyhow::Result<String> {
    let mut files = vec![path.to_owned()];
    if path.is_dir() {
        let entries = std::fs::read_dir(path)
            .with_context(|| format!("`{}` cannot be read", path.display()))?;
        files = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.is_file())
            .collect();
        files.sort();
    }
    let mut hasher = Sha256::new();
    for file in &files {
        let name = file.file_name().unwrap_or_default();
        hasher.update(name.as_encoded_bytes());
        std::fs::File::open(file)
            .and_then(|mut opened| std::io::copy(&mut opened, &mut Feed(&mut hasher)))
            .with_context(|| format!("`{}` cannot be read", file.display()))?;
    }
    Ok(hex(hasher))
}

/// What a suite asks, in which revisions of the corpora.
pub(super) struct Opened {
    pub(super) subject: Subject,
    pub(super) corpora: BTreeMap<String, String>,
    pub(super) fingerprint: String,
}

/// Opens the world of a suite for these models.
pub(super) fn open(
    context: &Context,
    catalog: &Catalog,
    corpora: &Corpora,
    entry: &SuiteEntry,
    cases: &str,
    played: &Played,
) -> anyhow::Result<Opened> {
    let Manifest { agent, .. } = &entry.manifest;
    let Some(agent) = agent else {
        let model = played.model().ok_or_else(|| anyhow!("this suite asks a model itself, and none is on\nhint: `--model NAME`, or `--model script:FILE.jsonl`"))?;
        let fingerprint = fingerprint(context, catalog, entry, cases, played, &BTreeMap::new())?;
        return Ok(Opened {
            subject: Subject::Model(model),
            corpora: BTreeMap::new(),
            fingerprint,
        });
    };
    let agent = catalog
        .agents
        .get(agent)
        .ok_or_else(|| anyhow!("there is no agent `{agent}`"))?;
    let indexes = indexes(context, corpora, entry)?;
    let revisions = indexes
        .iter()
        .map(|index| {
            let revision = index.snapshot()?.revision().to_owned();
            Ok((index.corpus().to_owned(), revision))
        })
        .collect::<anyhow::Result<BTreeMap<_, _>>>()?;
    let fingerprint = fingerprint(context, catalog, entry, cases, played, &revisions)?;
    let titles = corpora.titles();
    let fingerprint = hash(&format!("{fingerprint}\n{titles:?}"));
    let world = world(
        &context.settings,
        catalog,
        indexes,
        titles,
        played.models.clone(),
    );
    Ok(Opened {
        subject: Subject::Agent(agent.clone(), world),
        corpora: revisions,
        fingerprint,
    })
}

/// Whether a suite can be run.
///
/// # Errors
/// What it lacks, with its name.
pub(super) fn check(
    context: &Context,
    corpora: &Corpora,
    name: &str,
    entry: &SuiteEntry,
) -> anyhow::Result<()> {
    if entry.manifest.agent.is_some() {
        indexes(context, corpora, entry).with_context(|| format!("suite `{name}`"))?;
    }
    Ok(())
}

fn indexes(
    context: &Context,
    corpora: &Corpora,
    entry: &SuiteEntry,
) -> anyhow::Result<Vec<Arc<Index>>> {
    let asked = &context.global.corpus;
    let named = if asked.is_empty() {
        entry.manifest.corpora.as_ref()
    } else {
        Some(asked)
    };
    let indexes = match named {
        None => corpora.readable_by(Role::Citizen),
        Some(names) => names
            .iter()
            .map(|name| Ok(corpora.get(name)?.index))
            .collect::<anyhow::Result<_>>()?,
    };
    ensure!(
        !indexes.is_empty(),
        crate::cli::context::no_corpus(&context.data.display().to_string())
    );
    Ok(indexes)
}

/// Everything that can change an answer.
fn fingerprint(
    context: &Context,
    catalog: &Catalog,
    entry: &SuiteEntry,
    cases: &str,
    played: &Played,
    corpora: &BTreeMap<String, String>,
) -> anyhow::Result<String> {
    let mut hasher = Sha256::new();
    let mut add = |part: &[u8]| {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    };
    add(PROGRAM.as_bytes());
    add(env!("GRADER_SOURCES").as_bytes());
    add(cases.as_bytes());
    add(serde_json::to_string(&entry.manifest)?.as_bytes());
    if let Some(agent) = entry
        .manifest
        .agent
        .as_ref()
        .and_then(|name| catalog.agents.get(name))
    {
        add(of_agent(agent).as_bytes());
    }
    add(played.name.as_deref().unwrap_or("off").as_bytes());
    add(played.identity.as_bytes());
    add(serde_json::to_string(corpora)?.as_bytes());
    add(serde_json::to_string(&context.settings.city)?.as_bytes());
    add(serde_json::to_string(&context.settings.models)?.as_bytes());
    for file in &entry.manifest.orders {
        add(catalog.origin.text(file).unwrap_or_default().as_bytes());
    }
    for folder in ["seeds", "corpora/lexicon", "corpora/asked"] {
        add(of_folder(catalog, folder).as_bytes());
    }
    Ok(hex(hasher))
}

/// SHA-256 of a text, in hexadecimal digits.
pub(super) fn hash(text: &str) -> String {
    tools::digest::of_text(text)
}

fn hex(hasher: Sha256) -> String {
    hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Bytes that are hashed as they are written.
struct Feed<'a>(&'a mut Sha256);

impl std::io::Write for Feed<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
