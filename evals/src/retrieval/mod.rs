//! Retrieval on labelled sets: BEIR files and TREC runs, and recall, MRR and nDCG as trec_eval computes them.
//!
//! In the order of a call: [`corpus`], [`queries`] and [`qrels`] read what is searched, what is asked and what is right;
//! [`ranked`] takes what a search found; [`scores`] says what each query scores and [`figures`] sums that up; [`write_run`]
//! and [`run`] are for the tools of others. Nothing here searches, and files are readers that somebody else opened.
//!
//! The figures are those of PyPI `ir_measures` and `pytrec_eval` on the same run; `scripts/reference_retrieval.py` writes
//! what the tests compare with. That means:
//! - Every query of the qrels counts. One that the run lacks, or without a relevant document, counts 0.
//! - Documents are ordered by score, the highest first, and by identifier, the last in byte order first. Scores are
//!   compared as `f32`, as trec_eval does. `RR@10` of `ir_measures` alone takes equal scores the other way round, so
//!   [`ranked`] makes none.
//! - A document is relevant with a grade of 1 or more. Only nDCG tells such grades apart; its gain is the grade.

mod measure;
mod read;
mod run;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::line;
pub use crate::line::BadLine;
pub use measure::{figures, percentile, scores};
pub use read::{corpus, qrels, queries};
pub use run::{ranked, run, write_run};

/// A row of a corpus: what is found, and what the qrels name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its identifier.
    pub id: String,
    /// Its title, which may be empty.
    pub title: String,
    /// The headings above it, from the outermost inwards; most corpora have none.
    pub path: Vec<String>,
    /// Its text.
    pub text: String,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Its identifier.
    pub id: String,
    /// Its words.
    pub text: String,
}

/// Grades by query and document.
pub type Qrels = BTreeMap<String, BTreeMap<String, i64>>;

/// What was found for each query.
pub type Run = BTreeMap<String, Vec<Ranked>>;

/// A document that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// Its identifier.
    pub document: String,
    /// How well it matches; a number.
    pub score: f32,
}
