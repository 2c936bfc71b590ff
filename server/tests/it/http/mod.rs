//! The HTTP face, in process: a scripted agent, two small corpora, a fresh data directory for each test.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod alerts;
mod conversations;
mod document;
mod drafts;
mod edge;
mod open311;
mod openai;
mod page;
mod passages;
pub(crate) mod script;
mod serve;
mod tools;
mod turns;
pub(crate) mod world;
