//! A model in this process, on candle.

pub(crate) mod shape;
