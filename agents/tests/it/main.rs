//! What the agents promise, tested from outside.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests"
)]

mod cases;
mod draft;
mod founding;
mod kept;
mod promises;
mod react;
mod rewritten;
mod worded;
