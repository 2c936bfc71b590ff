//! A model in this process, on candle.

#![expect(dead_code, reason = "the schedule is joined later")]

mod cache;
mod decoder;
mod embedding;
mod op;
mod rope;
pub(crate) mod shape;
