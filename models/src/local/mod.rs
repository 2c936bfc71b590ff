//! A model in this process, on candle.
#![allow(dead_code)]

mod pages;
mod reply;
mod sample;
mod schedule;
pub(crate) mod shape;
mod thread;
