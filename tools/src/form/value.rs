//! A value and where it came from. There is no value without a source.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::field::{Derivation, SourceKind};

/// A value of a field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Value {
    /// As the schema wants it.
    pub value: Json,
    /// Where it came from.
    pub source: Source,
    /// The turn in which it was taken, from 0.
    pub at_turn: u32,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Source {
    /// The person's own words.
    Given {
        /// The turn of the message.
        turn: u32,
        /// First character of the message, from 0.
        start: usize,
        /// The character after the last.
        end: usize,
        /// The characters between, unchanged.
        words: String,
    },
    /// The register of residents.
    Registry {
        /// Identifier of the look-up in the turn's evidence.
        evidence: String,
    },
    /// An identity number.
    Derived {
        /// The field with the number.
        from: String,
        /// What was taken of it.
        rule: Derivation,
    },
}

impl Source {
    /// Which sort of source it is.
    pub fn kind(&self) -> SourceKind {
        match self {
            Self::Given { .. } => SourceKind::Given,
            Self::Registry { .. } => SourceKind::Registry,
            Self::Derived { .. } => SourceKind::Derived,
        }
    }
}

/// A message of the person, with which [`super::Filled::check`] compares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Its turn, from 0.
    pub turn: u32,
    /// The day on which it was said; 去年 depends on it.
    pub day: Date,
    /// The message, unchanged.
    pub text: String,
}
