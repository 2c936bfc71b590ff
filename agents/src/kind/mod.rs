//! The workflows, one file each.

pub mod answer;
pub mod form;
pub mod queue;
