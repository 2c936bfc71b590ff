//! A model in this process, on candle.
