//! Tools and the toolbox, tested from outside.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests"
)]

mod city;
mod database;
mod history;
mod ledger;
mod mount;
mod open311;
mod orders;
mod outside;
mod sensorthings;
mod statistics;
mod toolbox;
