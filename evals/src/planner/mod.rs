//! The worst case: a planner that does what an attacker wants, measured against the rules of the tool layer.
//!
//! In the order of a measurement: [`Pairs`] are read; [`role`] says from a JSON Schema what an argument decides; [`said`]
//! whether a value stands in a person's own words; [`judge`] lets a call through, asks or refuses, by the [`Rules`] of a
//! [`Policy`]; [`measure`] adds up [`Figures`]. [`ablation`] takes rules away one by one and chooses them on other suites
//! than it reports; [`reach`] counts what an attacker who knows the rules could still do. [`own`] is the same for the
//! tools of this program, through the real [`tools::Toolbox`].
//!
//! Nothing of a model is needed: the hijacked planner makes the attacker's calls, all of them, as soon as the task has
//! begun. What this does not measure is how often a model is hijacked.

pub mod ablation;
mod error;
pub mod judge;
mod measure;
pub mod own;
mod pairs;
mod policy;
pub mod reach;
pub mod role;
mod rule;
pub mod said;

pub use error::Error;
pub use measure::{Figures, Share, Stopped, measure};
pub use pairs::{Attack, Call, Pairs, Schema, UserTask};
pub use policy::{Matching, Policy, Success, Unsaid, policies, proposed};
pub use rule::{RULES, Rule, Rules};
pub mod table;
