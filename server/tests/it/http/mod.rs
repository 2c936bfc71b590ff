//! The HTTP face, in process: a scripted agent, two small corpora, a fresh data directory for each test.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod conversations;
mod document;
mod edge;
mod openai;
mod page;
mod passages;
pub(crate) mod readings;
pub(crate) mod script;
mod sensorthings;
mod serve;
mod tools;
mod turns;
pub(crate) mod world;
