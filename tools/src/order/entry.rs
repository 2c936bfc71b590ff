//! One entry of a work order's history, chained to the one before by its hash.
//!
//! An entry says all that [`super::fold`] needs, also the due times with how they were computed, so that a history reads
//! the same after the rules have changed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::action::Action;
use super::actor::Actor;
use super::due::Due;
use super::state::State;
use crate::digest;

/// What the first entry names as the hash before it.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What somebody wants to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// What.
    pub action: Action,
    /// Who.
    pub actor: Actor,
    /// When, by the caller's clock.
    pub at: Timestamp,
    /// Why; some actions may not be done without.
    pub reason: String,
    /// Ids of papers, recordings, readings.
    pub evidence: Vec<String>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// 1 for the first, then without gaps.
    pub sequence: u64,
    /// When; never before the entry before.
    pub at: Timestamp,
    /// By how many seconds the caller's clock stood before the last entry, rounded up; `None` when it did not.
    pub skew: Option<u64>,
    /// Who.
    pub actor: Actor,
    /// State before; `None` for the first.
    pub from: Option<State>,
    /// State after.
    pub to: State,
    /// What.
    pub action: Action,
    /// Why.
    pub reason: String,
    /// Ids of papers, recordings, readings.
    pub evidence: Vec<String>,
    /// Due times that this sets or moves.
    pub dues: Vec<Due>,
    /// Version of the rules by which it was decided.
    pub rules: String,
    /// Hash of the entry before, [`GENESIS`] for the first.
    pub previous: String,
    /// SHA-256 over the canonical JSON of all else, in lower-case hex.
    pub hash: String,
}

impl Entry {
    /// The hash that the entry should have.
    pub fn digest(&self) -> String {
        let mut value =
            serde_json::to_value(self).expect("an entry has string keys and finite numbers only");
        if let Value::Object(map) = &mut value {
            map.remove("hash");
        }
        digest::of_text(&format!("chengzhi order 1\n{}", digest::canonical(&value)))
    }
}
