//! What corpora promise, tested from outside.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests"
)]

mod ingestion;
mod retrieval;

use std::path::Path;

use corpora::ingest::{Report, ingest, inputs};
use corpora::{Error, Index, Manifest};

/// Ingests `folder` into corpus `test` below `data`.
pub(crate) fn ingest_folder(data: &Path, folder: &Path) -> Result<Report, Error> {
    let index = Index::open_or_create(&data.join("test"), "test")?;
    ingest(&index, &inputs(folder)?, &Manifest::default(), &mut |_| {
        true
    })
}

/// A regulation with front matter.
pub(crate) fn rule(title: &str, from: &str, more: &str, articles: &[&str]) -> String {
    let mut text = format!(
        "---\ntitle: {title}\njurisdiction: 和澜市\neffective_date: {from}\n{more}---\n\n# {title}\n"
    );
    for (number, article) in articles.iter().enumerate() {
        let label = ["一", "二", "三", "四", "五"][number];
        text.push_str(&format!("\n第{label}条 {article}\n"));
    }
    text
}
