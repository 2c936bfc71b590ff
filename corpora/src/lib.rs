//! Documents in, cited passages out.
//!
//! In the order of a call: [`read`] decodes a file to a [`source::Source`]; [`chunk`] cuts it into passages and
//! [`ledger`] proves that nothing was lost; [`ingest`] stores whole documents in an [`Index`]; a [`Retriever`] finds
//! [`Passage`]s for a [`Query`], in force on a date and in a place. Nothing here knows a model, a tool or an agent.
//!
//! For measuring, [`rows`] makes an index of ready passages, and [`rank`] orders given texts without any index.

mod asked;
pub mod chunk;
pub mod diff;
mod error;
pub mod fold;
mod gazetteer;
mod index;
pub mod ingest;
pub mod ledger;
mod lexicon;
mod manifest;
mod mention;
pub mod meta;
pub mod numeral;
mod passage;
mod rank;
pub mod read;
mod retrieve;
pub mod revision;
pub mod rows;
pub mod source;

pub use asked::Asked;
pub use error::Error;
pub use gazetteer::{COUNTRY, Gazetteer, Level, Place};
pub use index::{FileRecord, Hit, Index, Snapshot, State, Weighted, Writer};
pub use lexicon::{Expansion, Lexicon};
pub use manifest::{Entry, Manifest};
pub use passage::Passage;
pub use rank::rank;
pub use retrieve::{Found, Located, Query, Retriever};
