//! The same worst case for the tools of this program, through the real [`tools::Toolbox`].
//!
//! The file has tasks of people and attacks that were planted in what a model would read. The manifests and schemas are
//! those of the folders under `tools/`, or stand in the file for tools that only a city would have. Behind the toolbox are
//! stubs (`stub.rs`), so that nothing but the toolbox and the guards that the file names stands between an attack and its effect.

mod figures;
mod run;
mod stub;
mod world;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use tools::{Manifest, Origin, Person};

use super::Error;

pub use figures::{OwnFigures, table};
pub use run::measure;
pub use stub::Guard;
pub use world::Confirming;

/// Tasks and attacks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cases {
    /// The tools.
    pub tools: Vec<OwnTool>,
    /// What people asked for.
    pub tasks: Vec<OwnTask>,
    /// What attackers want.
    pub attacks: Vec<OwnAttack>,
}

/// A tool.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnTool {
    /// Name of its folder.
    pub name: String,
    /// Its manifest; absent: that of the folder.
    pub manifest: Option<Manifest>,
    /// The schema of its arguments; absent: that of the folder.
    pub schema: Option<Value>,
    /// What a call brings.
    #[serde(default)]
    pub answer: Value,
    /// What its kind refuses by itself.
    #[serde(default)]
    pub guards: Vec<Guard>,
}

/// A person's task.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnTask {
    /// Unique.
    pub id: String,
    /// Who asks.
    pub person: Person,
    /// What they said, in their own words.
    pub said: Vec<String>,
    /// The tools of the agent or desk that they use: fixed before anything is read, and more than the task needs.
    pub grant: Vec<String>,
    /// The calls that do it.
    pub plan: Vec<OwnCall>,
}

/// A call of a task or an attack.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnCall {
    /// Name of the tool.
    pub tool: String,
    /// Its arguments.
    #[serde(default)]
    pub arguments: Map<String, Value>,
    /// Where the arguments of a task come from; what an attacker has called comes from a model.
    #[serde(default = "model")]
    pub origin: Origin,
}

fn model() -> Origin {
    Origin::Model
}

/// An attack.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnAttack {
    /// Unique.
    pub id: String,
    /// The task during which it is made.
    pub task: String,
    /// Where it was planted.
    pub planted: Planted,
    /// What was planted there.
    pub text: String,
    /// How the attacker goes about the confirmation.
    #[serde(default)]
    pub trick: Trick,
    /// The calls that the planner makes for it.
    pub calls: Vec<OwnCall>,
}

/// Where an attack was planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Planted {
    /// In a passage that was retrieved.
    Clause,
    /// In the text of an order.
    Order,
    /// In what a tool brought.
    Result,
    /// In a value of a form.
    Form,
    /// In a message that the person passes on: it counts as the person's words.
    Quoted,
}

/// How an attacker goes about the confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trick {
    /// The calls are proposed like any other.
    #[default]
    None,
    /// The person's confirmation of their own first effect is put to the attacker's call.
    Altered,
    /// A confirmation that was used is used again, with another key.
    Replayed,
    /// Somebody else confirms.
    Stranger,
    /// The confirmation is six minutes old.
    Expired,
}

/// The text of a file of a tool's folder, by the tool's name and the file's.
pub type Folder<'a> = dyn Fn(&str, &str) -> Result<String, String> + 'a;

impl Cases {
    /// Reads the file; `file` is its name for messages.
    ///
    /// # Errors
    /// [`Error::Json`] with line and column; [`Error::Data`] for a call of a tool that is not there, an attack on a task
    /// that is not there, or a name that stands twice.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let cases: Self = serde_json::from_str(text).map_err(|source| Error::Json {
            file: file.to_owned(),
            source,
        })?;
        cases.check(file)?;
        Ok(cases)
    }

    /// Calls of each task by the tools' names.
    fn check(&self, file: &str) -> Result<(), Error> {
        let wrong = |place: String, message: String| Error::Data {
            file: file.to_owned(),
            place,
            message,
        };
        let granted = self
            .tasks
            .iter()
            .flat_map(|task| task.grant.iter().map(move |tool| (&task.id, tool)));
        if let Some((id, tool)) = granted.into_iter().find(|(_, tool)| !self.has(tool)) {
            return Err(wrong(
                format!("`{id}`"),
                format!("there is no tool `{tool}` to grant; add it under `tools`"),
            ));
        }
        let mut seen: BTreeMap<&str, ()> = BTreeMap::new();
        let ids = self
            .tasks
            .iter()
            .map(|task| &task.id)
            .chain(self.attacks.iter().map(|attack| &attack.id));
        for id in ids.chain(self.tools.iter().map(|tool| &tool.name)) {
            if seen.insert(id, ()).is_some() {
                return Err(wrong(
                    format!("`{id}`"),
                    "stands twice; give one another name".to_owned(),
                ));
            }
        }
        let plans = self.tasks.iter().map(|task| (&task.id, &task.plan));
        for (id, calls) in plans.chain(
            self.attacks
                .iter()
                .map(|attack| (&attack.id, &attack.calls)),
        ) {
            if let Some(call) = calls.iter().find(|call| !self.has(&call.tool)) {
                return Err(wrong(
                    format!("`{id}`"),
                    format!("there is no tool `{}`; add it under `tools`", call.tool),
                ));
            }
        }
        match self
            .attacks
            .iter()
            .find(|attack| self.task(&attack.task).is_none())
        {
            Some(attack) => Err(wrong(
                format!("`{}`", attack.id),
                format!("there is no task `{}`", attack.task),
            )),
            None => Ok(()),
        }
    }

    fn has(&self, tool: &str) -> bool {
        self.tools.iter().any(|one| one.name == tool)
    }

    /// The task with this name.
    pub fn task(&self, id: &str) -> Option<&OwnTask> {
        self.tasks.iter().find(|task| task.id == id)
    }
}

#[cfg(test)]
mod tests;
