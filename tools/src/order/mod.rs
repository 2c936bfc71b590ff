//! The hotline's work order (工单): a pure state machine whose only memory is its entries.
//!
//! In the order of a call: [`Order::open`] makes the first entry; [`Order::decide`] turns a [`Proposal`] into the next
//! [`Entry`] or into a [`Refused`]; [`Order::apply`] folds it in; [`Order::replay`] does that with stored entries and
//! names the first one that was altered. [`clock::tick`] says what a clock has to do, [`rates::rates`] computes the three
//! rates, [`timeline::timeline`] words the entries for somebody. [`Rules`] and [`Calendar`] are data.
//!
//! There is no clock, store or identity of a person here: time comes as an argument, entries are kept by the caller, and
//! whose request it is stands elsewhere under an opaque handle. What leads where is in `README.md`, generated from
//! [`table`].

pub mod action;
pub mod actor;
pub mod calendar;
pub mod clock;
mod decide;
pub mod due;
pub mod entry;
pub mod error;
mod file;
pub mod fold;
mod guard;
pub mod kind;
mod may;
pub mod rates;
pub mod rules;
pub mod state;
pub mod table;
pub mod timeline;

pub use action::Action;
pub use actor::{Actor, ActorRole};
pub use calendar::Calendar;
pub use entry::{Entry, Proposal};
pub use error::{BrokenChain, Error, Refused};
pub use fold::Order;
pub use kind::ActionKind;
pub use rules::Rules;
pub use state::State;

#[cfg(test)]
mod demo;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod walk;
