//! A tool that records what it is asked to do and does nothing else.

use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};
use tools::{Error, Output, Person, Preview, Task, Tool, ToolSpec};

/// What a kind of tools refuses by itself, whatever the toolbox lets through.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Guard {
    /// Only these persons may have something done to these entries: `argument` names the entry.
    Owners {
        /// The argument.
        argument: String,
        /// Persons and units by entry. One that is not listed is nobody's.
        owners: std::collections::BTreeMap<String, Vec<String>>,
    },
    /// Only persons of these units.
    Units {
        /// The units.
        units: Vec<String>,
    },
}

/// A tool without a world behind it.
pub(super) struct Stub {
    spec: Arc<ToolSpec>,
    answer: Value,
    guards: Vec<Guard>,
    /// Keys of what it did.
    done: Mutex<Vec<String>>,
}

impl Stub {
    pub(super) fn new(spec: Arc<ToolSpec>, answer: Value, guards: Vec<Guard>) -> Self {
        Self {
            spec,
            answer,
            guards,
            done: Mutex::default(),
        }
    }

    fn check(&self, task: Task<'_>) -> Result<(), Error> {
        match self.guards.iter().find(|guard| !guard.allows(task)) {
            Some(_) => Err(Error::Refused {
                message: "没有查到，请核对后再试".to_owned(),
            }),
            None => Ok(()),
        }
    }

    fn output(&self) -> Output {
        Output {
            value: self.answer.clone(),
            evidence: Vec::new(),
        }
    }

    fn keys(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.done
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Guard {
    fn allows(&self, task: Task<'_>) -> bool {
        match self {
            Self::Owners { argument, owners } => {
                let entry = task.arguments.text(argument).unwrap_or_default();
                owners
                    .get(entry)
                    .is_some_and(|theirs| theirs.iter().any(|one| is(task.person, one)))
            }
            Self::Units { units } => units
                .iter()
                .any(|unit| task.person.unit.as_ref() == Some(unit)),
        }
    }
}

fn is(person: &Person, name: &str) -> bool {
    person.id == name || person.unit.as_deref() == Some(name)
}

impl Tool for Stub {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn preview<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Preview, Error>> {
        Box::pin(async move {
            self.check(task)?;
            let arguments = task.arguments.values();
            let lines = arguments
                .iter()
                .map(|(name, value)| format!("{name}：{value}"));
            Ok(Preview {
                target: format!("{}:{}", self.spec.name, json!(arguments)),
                lines: lines.collect(),
            })
        })
    }

    fn invoke<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Output, Error>> {
        Box::pin(async move {
            self.check(task)?;
            self.keys().push(task.key.to_owned());
            Ok(self.output())
        })
    }

    fn reconcile<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Option<Output>, Error>> {
        Box::pin(async move {
            Ok(self
                .keys()
                .iter()
                .any(|key| key == task.key)
                .then(|| self.output()))
        })
    }
}
