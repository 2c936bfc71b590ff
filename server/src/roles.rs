//! Which model plays which role: opens what `[models]` of the settings names, once each, and stacks the layers.
//!
//! ```text
//! Deadline(total) of Fallback of each: Traced, Deadline(first token, idle), Limited, backend
//! ```
//! A model that cannot be used is a [`Problem`], and the rest works without it. Nothing is sent here; that an endpoint
//! answers shows with the first request.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use models::hub::{self, Backend, Endpoint};
use models::{
    Access, ChatModel, Deadline, Error, Fallback, Key, Limited, Local, LocalOptions, Patience,
    Remote, Traced, Waits,
};

use crate::catalog::{ModelEntry, Problem, model_folder};
use crate::settings::Models;

type Entries = BTreeMap<String, ModelEntry>;

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
        let (mut opened, mut problems) = (BTreeMap::new(), Vec::new());
        for name in asked(settings) {
            match open(name, settings, entries, data) {
                Ok(model) => {
                    opened.insert(name.to_owned(), model);
                }
                Err(error) => problems.push(problem(name, &error)),
            }
        }
        Self {
            models: agents::Models {
                small: role(&settings.small, &opened, settings),
                large: role(&settings.large, &opened, settings),
            },
            ready: opened.into_keys().collect(),
            problems,
        }
    }

    /// No models, and why.
    pub(crate) fn without(message: String) -> Self {
        let file = "models".to_owned();
        Self {
            problems: vec![Problem { file, message }],
            ..Self::default()
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

fn open(
    name: &str,
    settings: &Models,
    entries: &Entries,
    data: &Path,
) -> Result<Arc<dyn ChatModel>, Error> {
    let entry = entry(name, entries)?;
    let backend = open_backend(name, entry, settings, &model_folder(data, name))?;
    let places = settings.parallel.get() as usize;
    let limited = Limited::new(backend, places, settings.queue as usize);
    let waits = Waits {
        first_token: seconds(settings.first_token_s.get()),
        idle: seconds(settings.idle_s.get()),
        total: seconds(settings.total_s.get()),
    };
    let deadline = Deadline::new(Arc::new(limited), waits);
    Ok(Arc::new(Traced::new(Arc::new(deadline))))
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
) -> Result<Arc<dyn ChatModel>, Error> {
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

/// The models of a list that are open, in its order.
fn role(
    names: &[String],
    opened: &BTreeMap<String, Arc<dyn ChatModel>>,
    settings: &Models,
) -> Option<Arc<dyn ChatModel>> {
    let mut models = names.iter().filter_map(|name| opened.get(name)).cloned();
    let list = Fallback::new(models.next()?, models.collect());
    // Each model has its own deadline for words; what people wait in all is one, however long the list.
    let total = seconds(settings.total_s.get());
    let waits = Waits {
        first_token: total,
        idle: total,
        total,
    };
    Some(Arc::new(Deadline::new(Arc::new(list), waits)))
}

fn problem(name: &str, error: &Error) -> Problem {
    Problem {
        file: format!("models/{name}"),
        message: error.to_string(),
    }
}

fn seconds(count: u32) -> Duration {
    Duration::from_secs(count.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::embedded::Origin;
    use crate::settings::Settings;

    const REMOTE: &str = "title = 'a'\nlicence = 'b'\ncontext = 4096\n[remote]\nmodel = 'm'\nurl = 'http://127.0.0.1:9/v1'\n";

    fn roles(small: &[&str], large: &[&str]) -> (Roles, Vec<Problem>) {
        let data = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("one", REMOTE.to_owned()),
            ("two", REMOTE.to_owned()),
            (
                "locked",
                format!("{REMOTE}key = 'CHENGZHI_TEST_NO_SUCH_KEY'\n"),
            ),
        ] {
            let folder = model_folder(data.path(), name);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("model.toml"), text).unwrap();
        }
        let mut catalog = Catalog::load(Origin::Embedded);
        catalog.add_models(data.path());
        let mut settings = Settings::default_of(&Origin::Embedded).unwrap().models;
        settings.small = small.iter().map(|name| (*name).to_owned()).collect();
        settings.large = large.iter().map(|name| (*name).to_owned()).collect();
        (
            Roles::open(&settings, &catalog.models, data.path()),
            Roles::check(&settings, &catalog.models, data.path()),
        )
    }

    #[test]
    fn nothing_is_configured_unless_somebody_does() {
        let (roles, problems) = roles(&[], &[]);
        assert!(roles.models.small.is_none() && roles.models.large.is_none());
        assert!(roles.ready.is_empty() && roles.problems.is_empty() && problems.is_empty());
    }

    #[test]
    fn a_role_is_the_first_of_its_list_that_can_be_used() {
        let (roles, _) = roles(&["one"], &["missing", "two", "one"]);
        assert_eq!(roles.models.small.unwrap().name(), "one");
        assert_eq!(roles.models.large.unwrap().name(), "two");
        assert_eq!(roles.ready, ["one", "two"]);
    }

    #[test]
    fn what_cannot_be_used_is_named_with_what_to_do() {
        let (roles, problems) = roles(&["missing", "locked"], &["qwen3-0.6b"]);
        assert!(roles.models.small.is_none() && roles.models.large.is_none());
        assert_eq!(roles.problems, problems);
        for (problem, words) in problems.iter().zip([
            ["models/missing", "chengzhi model list"],
            ["models/locked", "CHENGZHI_TEST_NO_SUCH_KEY"],
            ["models/qwen3-0.6b", "chengzhi model pull"],
        ]) {
            let text = problem.to_string();
            assert!(words.iter().all(|word| text.contains(word)), "{text}");
        }
        assert_eq!(problems.len(), 3);
    }
}
