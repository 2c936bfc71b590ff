//! What the agents promise, tested from outside.
#![allow(missing_docs, reason = "tests")]

mod cases;
mod founding;
mod promises;
mod worded;
