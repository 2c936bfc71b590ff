//! An index of ready passages: rows of a labelled set, each of them one passage, whole. For measuring the search.
//!
//! Rows are no documents. They are not read, cut or compared, have no dates and no places, and a question cannot name
//! them. For files see [`crate::ingest`].

use crate::asked::Candidate;
use crate::chunk::ChunkKind;
use crate::error::Error;
use crate::index::{FileRecord, Index, sha256};
use crate::ledger::Ledger;
use crate::meta::Meta;
use crate::passage::{Passage, Stored};
use crate::revision::Revision;

/// A passage to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Title and headings, from the outermost inwards; searched with the text.
    pub path: Vec<String>,
    /// Its text.
    pub text: String,
}

/// What became of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// They are in the index now.
    Stored,
    /// The index held the same rows already.
    Unchanged,
    /// The index holds something else and was left as it is.
    Different,
    /// `go_on` said no. The index is as empty as it was.
    Stopped,
}

/// Rows that stand in one revision.
const BATCH: usize = 1_000;

/// Under this name the state knows what the rows were.
const FILE: &str = "rows";

/// Puts `rows` into an empty index, all of them or none. `go_on` is asked now and then, with the number of rows done.
///
/// # Errors
/// [`Error::Locked`], and failures of the disk.
pub fn store(
    index: &Index,
    rows: &[Row],
    go_on: &mut dyn FnMut(usize) -> bool,
) -> Result<Outcome, Error> {
    let identity = identity(rows, &index.asked().digest());
    let snapshot = index.snapshot()?;
    let known = snapshot.state.files.get(FILE);
    if known.is_some_and(|record| record.sha256 == identity) {
        return Ok(Outcome::Unchanged);
    }
    let mut writer = index.writer()?;
    if !writer.state.revisions.is_empty() {
        return Ok(Outcome::Different);
    }
    let asked = index.asked().about(&candidates(rows));
    for (ordinal, (batch, asked)) in rows.chunks(BATCH).zip(asked.chunks(BATCH)).enumerate() {
        if !go_on(ordinal * BATCH) {
            return Ok(Outcome::Stopped);
        }
        let passages: Vec<Stored> = batch.iter().map(stored).collect();
        let document = format!("{FILE}-{ordinal}");
        let revision = revision(ordinal as u32, document, batch.len());
        writer.add(revision, &passages, asked)?;
    }
    let record = FileRecord {
        sha256: identity,
        ordinal: 0,
        duplicate: false,
    };
    writer.state.files.insert(FILE.to_owned(), record);
    writer.commit()?;
    Ok(Outcome::Stored)
}

/// Which row, counted from 0, a passage of such an index is.
pub fn number(passage: &Passage) -> usize {
    passage.ordinal as usize * BATCH + passage.order as usize
}

fn stored(row: &Row) -> Stored {
    Stored {
        kind: ChunkKind::Section,
        path: row.path.clone(),
        text: row.text.clone(),
        start: 0,
        end: row.text.chars().count(),
        year: None,
        parts: Vec::new(),
        links: Vec::new(),
    }
}

fn revision(ordinal: u32, document: String, passages: usize) -> Revision {
    Revision {
        ordinal,
        hash: format!("{ordinal:012x}"),
        sources: vec![document.clone()],
        document,
        title: String::new(),
        meta: Meta::default(),
        passages: passages as u32,
        ledger: Ledger::default(),
        paragraphs: Vec::new(),
        asked: String::new(),
    }
}

/// What is asked is known by laws.
fn candidates(rows: &[Row]) -> Vec<Candidate<'_>> {
    let candidates = rows.iter().map(|row| Candidate {
        title: row.path.first().map_or("", |first| law(first)),
        text: &row.text,
    });
    candidates.collect()
}

/// The title of a law at the beginning of a heading: `民法典 第一编`, `民法典第一条`.
fn law(heading: &str) -> &str {
    let word = heading.split_whitespace().next().unwrap_or_default();
    match word.rfind('第') {
        Some(at) if at > 0 && word[at..].contains('条') => &word[..at],
        Some(_) | None => word,
    }
}

/// Hash over all rows and what is asked about them; lengths keep neighbours apart.
fn identity(rows: &[Row], asked: &str) -> String {
    let mut text = asked.to_owned();
    for row in rows {
        for part in row.path.iter().chain([&row.text]) {
            text.push_str(&format!("{}:{part}", part.len()));
        }
        text.push('\n');
    }
    sha256(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::civil::date;

    use super::*;
    use crate::{Lexicon, Query, Retriever};

    fn rows(count: usize) -> Vec<Row> {
        let row = |number| Row {
            path: vec![format!("第{number}号办法第三条")],
            text: format!("第{number}号事项应当办结。\n"),
        };
        (0..count).map(row).collect()
    }

    #[test]
    fn each_row_is_found_by_its_number() {
        let folder = tempfile::tempdir().unwrap();
        let index = Index::open_or_create(folder.path(), "rows").unwrap();
        let rows = rows(2_345);
        let mut told = Vec::new();
        let mut tell = |done| {
            told.push(done);
            true
        };
        assert_eq!(store(&index, &rows, &mut tell).unwrap(), Outcome::Stored);
        assert_eq!(told, [0, 1_000, 2_000]);
        let retriever = Retriever::new(vec![Arc::new(index)], Arc::new(Lexicon::default()));
        for number in [0, 999, 1_000, 2_344] {
            let query = Query {
                text: format!("第{number}号办法第三条"),
                more: Vec::new(),
                as_of: date(2026, 11, 21),
                today: date(2026, 11, 21),
                places: None,
                corpora: None,
                limit: 3,
            };
            let found = retriever.retrieve(&query).unwrap();
            let best = &found.hits[0].passage;
            assert_eq!(super::number(best), number);
            assert_eq!(
                (&best.path, &best.text),
                (&rows[number].path, &rows[number].text)
            );
        }
    }

    #[test]
    fn an_index_holds_one_set_of_rows() {
        let folder = tempfile::tempdir().unwrap();
        let index = Index::open_or_create(folder.path(), "rows").unwrap();
        let store = |rows: &[Row], go_on: bool| store(&index, rows, &mut |_| go_on).unwrap();
        assert_eq!(store(&rows(1_500), false), Outcome::Stopped);
        assert!(index.snapshot().unwrap().state.revisions.is_empty());
        assert_eq!(store(&rows(3), true), Outcome::Stored);
        assert_eq!(store(&rows(3), false), Outcome::Unchanged);
        assert_eq!(store(&rows(4), true), Outcome::Different);
        assert_eq!(index.snapshot().unwrap().state.revisions.len(), 1);
    }
}
