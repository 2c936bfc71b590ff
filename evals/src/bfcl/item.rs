//! One task: what is asked, which functions there are, and which calls are accepted.
//!
//! An [`Item`] comes from [`read`](super::read()), which rejects a task that contradicts itself: each answer carries the
//! schema of its own function.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::same::Type;

/// A part of the leaderboard. `live` tasks were written by users, the others by its authors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// One function, one call.
    SimplePython,
    /// Several functions, one call.
    Multiple,
    /// One function, several calls.
    Parallel,
    /// Several functions, several calls.
    ParallelMultiple,
    /// No function helps.
    Irrelevance,
    /// One function, one call.
    LiveSimple,
    /// Several functions, one call.
    LiveMultiple,
    /// One function, several calls.
    LiveParallel,
    /// Several functions, several calls.
    LiveParallelMultiple,
    /// No function helps.
    LiveIrrelevance,
    /// Some function helps; which, and with what, is not graded.
    LiveRelevance,
}

impl Category {
    /// Whether calls are compared in any order.
    pub fn is_parallel(self) -> bool {
        match self {
            Self::Parallel
            | Self::ParallelMultiple
            | Self::LiveParallel
            | Self::LiveParallelMultiple => true,
            Self::SimplePython
            | Self::Multiple
            | Self::Irrelevance
            | Self::LiveSimple
            | Self::LiveMultiple
            | Self::LiveIrrelevance
            | Self::LiveRelevance => false,
        }
    }
}

impl fmt::Display for Category {
    /// As in the data: `live_simple`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(formatter)
    }
}

/// A task.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Unique in its file.
    pub id: String,
    /// The part to which it belongs.
    pub category: Category,
    /// Tasks with the same value are alike, for clustered standard errors.
    pub cluster: String,
    /// What the model is asked.
    pub messages: Vec<Message>,
    /// The functions as JSON Schema, for the model; not read here.
    pub tools: Vec<Value>,
    /// The functions, for the checker.
    pub functions: Vec<Function>,
    /// What is right.
    pub expect: Expect,
}

/// A part of the conversation before the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// `system` or `user`.
    pub role: String,
    /// Its text.
    pub content: String,
}

/// What the checker knows of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Compared exactly.
    pub name: String,
    /// In the order of the schema.
    pub parameters: Vec<Parameter>,
}

/// What the checker knows of a parameter. Enumerations and defaults are not part of the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Unique in its function.
    pub name: String,
    /// Of its value.
    pub value: Type,
    /// Of the items, if it is a list: types are checked one level deep.
    pub items: Option<Type>,
    /// Whether it must be given.
    pub required: bool,
}

/// What is right.
#[derive(Debug, Clone, PartialEq)]
pub enum Expect {
    /// One call for each answer.
    Calls(Vec<Answer>),
    /// No call.
    NoCall,
    /// One call or more, of any kind.
    AnyCall,
}

/// The calls that are accepted in one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// To be called.
    pub function: Function,
    /// Other parameters must not be given.
    pub parameters: Vec<Options>,
}

impl Answer {
    /// What is accepted for a parameter.
    pub fn options(&self, parameter: &str) -> Option<&Options> {
        self.parameters
            .iter()
            .find(|options| options.name == parameter)
    }
}

/// What is accepted for a parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Of the parameter.
    pub name: String,
    /// Whether it may be left out; `""` in the data.
    pub optional: bool,
    /// Any of them.
    pub choices: Vec<Choice>,
}

/// One accepted value, or a group of them.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    /// The value itself.
    Plain(Value),
    /// A dictionary with these fields.
    Dict(Vec<Field>),
    /// Dictionaries, in this order.
    Dicts(Vec<Vec<Field>>),
}

/// What is accepted for a key of a dictionary.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The key.
    pub key: String,
    /// Whether it may be left out.
    pub optional: bool,
    /// Any of them.
    pub values: Vec<Value>,
}
