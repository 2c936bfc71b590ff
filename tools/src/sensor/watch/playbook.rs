//! 预案 as data: what is proposed for which kind on which occasion, who approves it, and in which words.
//!
//! The file holds no logic and nothing here acts. [`super::plan()`] fills the words in.

mod raw;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::file::Source;
use super::level::Level;
use super::template::{Fact, Template};
use crate::sensor::kind::SensorKind;

/// All playbooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Playbooks {
    /// Version, to be kept with what is proposed.
    pub version: String,
    /// What is said when nothing is to be done.
    pub notices: Notices,
    /// In the order of the file.
    pub all: Vec<Playbook>,
    /// Place in `all`, by kind and occasion; without a kind, for all kinds that have none.
    places: BTreeMap<(Option<String>, Occasion), usize>,
}

/// What is proposed on an occasion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Playbook {
    /// Its id.
    pub id: String,
    /// What is said.
    pub alert: Template,
    /// What may be done, in order.
    pub actions: Vec<Action>,
    /// The order that may be written.
    pub order: Option<OrderTemplate>,
}

/// Something that may be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// What it is.
    pub title: String,
    /// A device is switched; else a person does something.
    pub device: bool,
    /// The role that approves it.
    pub approver: String,
    /// What exactly would be done.
    pub lines: Vec<Template>,
}

/// An order that may be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderTemplate {
    /// Code of the dispatch catalogue.
    pub item: String,
    /// How urgent.
    pub grade: Grade,
    /// What it says.
    pub text: Template,
}

/// How urgent an order is, as in the dispatch catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Grade {
    /// Usual.
    #[serde(rename = "一般")]
    General,
    /// Urgent.
    #[serde(rename = "紧急")]
    Urgent,
    /// At once.
    #[serde(rename = "特急")]
    Critical,
}

/// When a playbook is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Occasion {
    /// This level was reached.
    Level(Level),
    /// The value does not move.
    Stuck,
    /// Nothing is heard.
    Missing,
}

/// What is said when nothing is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notices {
    /// It became less grave.
    pub lowered: Template,
    /// It is over.
    pub cleared: Template,
    /// A fault is over.
    pub recovered: Template,
    /// It was not raised so soon again.
    pub suppressed: Template,
    /// Nobody has acknowledged it.
    pub escalated: Template,
    /// There is no playbook.
    pub unplanned: Template,
}

impl Playbooks {
    /// Reads playbooks; `file` is their name for messages, `items` are the codes of the dispatch catalogue.
    ///
    /// # Errors
    ///
    /// [`Error::Data`] with line, playbook and key: unknown keys, a text with a fact which its occasion does not have, a kind,
    /// item or role that does not exist, two playbooks for the same, an id given twice.
    pub fn parse(
        file: &str,
        text: &str,
        kinds: &[SensorKind],
        items: &BTreeSet<String>,
    ) -> Result<Self, Error> {
        let source = Source { file, text };
        let reader = raw::Reader {
            source,
            kinds,
            items,
        };
        reader.playbooks(source.read()?)
    }

    /// The playbook of a kind, else that of all kinds.
    pub fn of(&self, kind: &str, occasion: Occasion) -> Option<&Playbook> {
        let place = |kind: Option<String>| self.places.get(&(kind, occasion));
        let found = place(Some(kind.to_owned())).or_else(|| place(None));
        found.and_then(|place| self.all.get(*place))
    }
}

impl Occasion {
    /// All.
    pub const ALL: [Self; 6] = [
        Self::Level(Level::Blue),
        Self::Level(Level::Yellow),
        Self::Level(Level::Orange),
        Self::Level(Level::Red),
        Self::Stuck,
        Self::Missing,
    ];

    /// As it is written in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Level(level) => level.name(),
            Self::Stuck => "数据卡滞",
            Self::Missing => "数据中断",
        }
    }

    /// What is known then.
    pub fn facts(self) -> &'static [Fact] {
        use Fact::*;
        match self {
            Self::Level(_) => &[Place, Thing, Title, Value, Unit, Since, Level, Limit, Basis],
            Self::Stuck => &[Place, Thing, Title, Value, Unit, Since, Basis],
            Self::Missing => &[Place, Thing, Title, Since, Basis],
        }
    }
}

impl Grade {
    /// In Chinese.
    pub fn name(self) -> &'static str {
        match self {
            Self::General => "一般",
            Self::Urgent => "紧急",
            Self::Critical => "特急",
        }
    }
}

#[cfg(test)]
mod tests;
