//! The face over MCP: in this process over a pair of streams, and the whole program over HTTP.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod binary;
mod client;
mod face;
mod http;
mod world;
