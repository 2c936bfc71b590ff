//! Watching datastreams: when a limit is reached for long enough, what is said then, and what a person may do about it.
//!
//! In the order of a call: [`Rules::parse`] reads the limits and [`Rules::of`] says which apply to a datastream;
//! [`step()`] folds a reading, a tick or an acknowledgement into a [`State`] and says what happened as [`Event`]s;
//! [`plan()`] words an event as a [`Proposal`] from [`Playbooks`].
//!
//! There is no clock, store or model here, and nothing that switches a device on: a proposal is text for a person, each
//! of its actions a dry run.

pub mod error;
pub mod event;
pub(crate) mod file;
pub mod level;
pub mod plan;
pub mod playbook;
#[cfg(test)]
mod property;
pub mod rule;
#[cfg(test)]
pub(crate) mod seeds;
pub mod state;
pub mod step;
pub mod template;

pub use error::Error;
pub use event::{Event, What};
pub use level::{Level, Notice};
pub use plan::{Proposal, plan};
pub use playbook::Playbooks;
pub use rule::{Rule, Rules};
pub use state::State;
pub use step::{Input, step};
