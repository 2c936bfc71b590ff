//! The program `chengzhi`: settings, catalogue, command line, HTTP and the page.
//!
//! In the order of a start: [`embedded`] says where files come from, [`settings`] composes the settings, [`catalog`]
//! loads agents, corpora, lexicon and seeds, [`prepare`] fills the data directory, [`app`] opens it, and `cli` or
//! `http` ask through `turn`. What a question means and how it is answered is none of this crate's business; see
//! [`agents`].
#![allow(
    rustdoc::private_intra_doc_links,
    reason = "the readers of this crate are its developers; nothing is built upon it"
)]

pub mod app;
pub mod catalog;
pub mod city;
pub mod cli;
pub mod clock;
mod digest;
mod draft;
pub mod embedded;
mod error;
pub mod holdings;
pub mod http;
pub mod mcp;
pub mod pins;
pub mod prepare;
mod rates;
pub mod replay;
pub mod roles;
pub mod schema;
pub mod settings;
pub mod store;
pub mod turn;

pub use error::Error;
