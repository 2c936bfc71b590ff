//! What happened to an alert, in order: events of the rule with their words, and what people did. It is what the store keeps of
//! an alert beside its proposal.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sensor::watch::{Event, Proposal};
use crate::store::{Alert, StoreError, read, written};

/// Something that happened to an alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum Note {
    /// A limit was reached, left, or nobody was heard of.
    Happened {
        /// What.
        event: Event,
        /// The same in words, from the playbook.
        text: String,
        /// Version of the rules.
        rules: String,
        /// Version of the playbooks.
        playbooks: String,
    },
    /// A person approved one of the proposed actions. No device was given an order.
    Approved {
        /// Its place in the proposal, from 0.
        action: usize,
        /// What it is.
        title: String,
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// A person had the draft of an order entered.
    Ordered {
        /// Number of the order.
        order: String,
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
    },
}

/// The notes of an alert.
///
/// # Errors
/// [`StoreError::Row`] where they were not written by this program.
pub(super) fn notes(alert: &Alert) -> Result<Vec<Note>, StoreError> {
    let notes = alert.events.iter();
    let notes = notes.map(|note| read(&written(note)?));
    notes.collect()
}

/// The proposal of an alert.
///
/// # Errors
/// As [`notes`].
pub(super) fn proposal(alert: &Alert) -> Result<Proposal, StoreError> {
    read(&written(&alert.proposal)?)
}

/// A note as the store keeps it.
///
/// # Errors
/// [`StoreError::Row`]: a number that JSON does not have.
pub(super) fn kept(note: &Note) -> Result<serde_json::Value, StoreError> {
    serde_json::to_value(note).map_err(|error| StoreError::Row(error.to_string()))
}
