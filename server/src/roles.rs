//! Which model plays which role: opens what `[models]` of the settings names, once each, and stacks the layers.
//!
//! ```text
//! Deadline(total) of Fallback of each: Traced, Deadline(first token, idle), Limited, backend
//! ```
//! A model that cannot be used is a [`Problem`], and the rest works without it. A role of which no model can be used is
//! played by one that says so, so that answers without it are flagged. Nothing is sent here; that an endpoint answers
//! shows with the first request.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::{self, BoxStream};
use models::hub::{self, Backend, Endpoint};
use models::{
    Access, ChatModel, ChatRequest, Deadline, Delta, Error, Fallback, Key, Limited, Local,
    LocalOptions, Patience, Remote, Room, Traced, Waits,
};

use crate::catalog::{ModelEntry, Problem, model_folder};
use crate::settings::Models;
use crate::turn::panic_message;

type Entries = BTreeMap<String, ModelEntry>;
type Opened = Arc<dyn ChatModel>;

/// Models by role.
#[derive(Default)]
pub struct Roles {
    /// Those that are open, for agents.
    pub models: agents::Models,
    /// Names of the models that are open.
    pub ready: Vec<String>,
    /// What was asked for and cannot be used.
    pub problems: Vec<Problem>,
}

impl Roles {
    /// Opens the models of both roles. May take as long as reading the weights takes.
    pub fn open(settings: &Models, entries: &Entries, data: &Path) -> Self {
        Self::of(settings, |name| open(name, settings, entries, data))
    }

    /// The roles of models that `open` opens. One whose opening panics is a problem, and no matter of the others.
    fn of(settings: &Models, open: impl Fn(&str) -> Result<Opened, Error>) -> Self {
        let (mut opened, mut closed) = (BTreeMap::new(), BTreeMap::new());
        let mut problems = Vec::new();
        for name in asked(settings) {
            let caught = catch_unwind(AssertUnwindSafe(|| open(name)));
            match caught.unwrap_or_else(|panic| Err(fault(name, &panic_message(&*panic)))) {
                Ok(model) => {
                    opened.insert(name.to_owned(), model);
                }
                Err(error) => {
                    problems.push(problem(name, &error));
                    closed.insert(name.to_owned(), error);
                }
            }
        }
        let role = |names| role(names, &opened, &closed, settings);
        Self {
            models: agents::Models {
                small: role(&settings.small),
                large: role(&settings.large),
                rewrite_wait: seconds(settings.rewrite_s.get()),
                tape: None,
            },
            ready: opened.into_keys().collect(),
            problems,
        }
    }

    /// What would be in the way of the models that the settings name. Quick: no weights are read.
    pub fn check(settings: &Models, entries: &Entries, data: &Path) -> Vec<Problem> {
        let usable = |name: &str| match &entry(name, entries)?.manifest.backend {
            Backend::Remote(endpoint) => key(name, endpoint).map(|_| ()),
            Backend::Local(weights) => hub::ready(weights, &model_folder(data, name)).map(|_| ()),
        };
        let wrong = |name: &str| Some(problem(name, &usable(name).err()?));
        asked(settings).into_iter().filter_map(wrong).collect()
    }
}

/// All names, once each, in the order in which they are named.
fn asked(settings: &Models) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for name in settings.small.iter().chain(&settings.large) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names
}

fn entry<'a>(name: &str, entries: &'a Entries) -> Result<&'a ModelEntry, Error> {
    entries.get(name).ok_or_else(|| Error::Unavailable {
        model: name.to_owned(),
        reason: "there is no such model\nhint: `chengzhi model list` shows those there are; `models/NAME/model.toml` in the data directory adds one".into(),
    })
}

fn open(name: &str, settings: &Models, entries: &Entries, data: &Path) -> Result<Opened, Error> {
    let entry = entry(name, entries)?;
    let backend = open_backend(name, entry, settings, &model_folder(data, name))?;
    let limited = limited(backend, &entry.manifest.backend, settings);
    let deadline = Deadline::new(Arc::new(limited), waits(settings));
    Ok(Arc::new(Traced::new(Arc::new(deadline))))
}

/// `model` with so many places and so long a queue as the settings say.
fn limited(model: Opened, backend: &Backend, settings: &Models) -> Limited {
    let (parallel, queue) = (settings.parallel.get() as usize, settings.queue as usize);
    match backend {
        Backend::Remote(_) => Limited::new(model, parallel, queue),
        // Those who wait stand in its schedule, where slots go round; outside they would wait until others have ended.
        Backend::Local(_) => Limited::shared(model, parallel, queue),
    }
}

/// The model itself, in this process or at an endpoint, without any layer.
///
/// # Errors
/// What is in the way, and what to do.
pub(crate) fn open_backend(
    name: &str,
    entry: &ModelEntry,
    settings: &Models,
    folder: &Path,
) -> Result<Opened, Error> {
    match &entry.manifest.backend {
        Backend::Remote(endpoint) => {
            let access = Access {
                name: name.to_owned(),
                endpoint: endpoint.clone(),
                context: u32::try_from(entry.manifest.context).unwrap_or(u32::MAX),
                key: key(name, endpoint)?,
                patience: Patience::default(),
                seed: uuid::Uuid::new_v4().as_u64_pair().0,
            };
            Ok(Arc::new(Remote::open(access)?))
        }
        Backend::Local(weights) => {
            let path = hub::ready(weights, folder)?;
            let options = LocalOptions {
                parallel: settings.parallel.get() as usize,
                template: entry.template.clone(),
                ..weights.options(entry.manifest.context)
            };
            Ok(Arc::new(Local::open(name, &path, &options)?))
        }
    }
}

/// The key of an endpoint, from the variable that its manifest names.
fn key(name: &str, endpoint: &Endpoint) -> Result<Option<Key>, Error> {
    let Some(variable) = &endpoint.key else {
        return Ok(None);
    };
    let wrong = |what: &str| Error::Unavailable {
        model: name.to_owned(),
        reason: format!(
            "the environment variable `{variable}` {what}\nhint: set it to the key of `{}` before the start",
            endpoint.url
        ),
    };
    let value = std::env::var(variable).map_err(|_| wrong("is not set"))?;
    let key = Key::new(&value).ok_or_else(|| wrong("holds no key"))?;
    Ok(Some(key))
}

/// The models of a list that are open, in its order; or why none of them is.
fn role(
    names: &[String],
    opened: &BTreeMap<String, Opened>,
    closed: &BTreeMap<String, Error>,
    settings: &Models,
) -> Option<Opened> {
    let mut models = names.iter().filter_map(|name| opened.get(name)).cloned();
    let Some(first) = models.next() else {
        let (name, error) = names.iter().find_map(|name| closed.get_key_value(name))?;
        let (name, error) = (name.clone(), error.clone());
        return Some(Arc::new(Traced::new(Arc::new(Closed { name, error }))));
    };
    let list = Fallback::new(first, models.collect());
    // Each model has its own deadline for words; what people wait in all is one, however long the list.
    let total = seconds(settings.total_s.get());
    let waits = Waits {
        first_token: total,
        idle: total,
        total,
    };
    Some(Arc::new(Deadline::new(Arc::new(list), waits)))
}

/// A model that could not be opened. It says why, to whoever asks it.
struct Closed {
    name: String,
    error: Error,
}

impl ChatModel for Closed {
    fn name(&self) -> &str {
        &self.name
    }

    fn chat(&self, _: ChatRequest) -> BoxStream<'static, Result<Delta, Error>> {
        stream::iter([Err(self.error.clone())]).boxed()
    }

    /// Nothing is too long for what will not be read.
    fn room(&self, request: &ChatRequest) -> Result<Room, Error> {
        Ok(Room::estimated(request, u32::MAX))
    }
}

fn fault(name: &str, panic: &str) -> Error {
    Error::Unavailable {
        model: name.to_owned(),
        reason: format!(
            "the program failed while opening it: {panic}\nhint: `chengzhi model verify {name}` looks at its files"
        ),
    }
}

fn problem(name: &str, error: &Error) -> Problem {
    Problem {
        file: format!("models/{name}"),
        message: told(name, error),
    }
}

/// An error of a model, with its name where the crate could not know it.
pub(crate) fn told(name: &str, error: &Error) -> String {
    error
        .to_string()
        .replace("pull NAME", &format!("pull {name}"))
}

/// How long one model is waited for.
fn waits(settings: &Models) -> Waits {
    Waits {
        first_token: seconds(settings.first_token_s.get()),
        idle: seconds(settings.idle_s.get()),
        total: seconds(settings.total_s.get()),
    }
}

fn seconds(count: u32) -> Duration {
    Duration::from_secs(count.into())
}

#[cfg(test)]
mod tests;
