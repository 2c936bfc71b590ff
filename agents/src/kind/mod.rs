//! The workflows, one file each.

pub mod answer;
