//! Readings out of a file, CSV or JSON lines, of any length: each line is taken or refused by itself, and refused with its
//! number.
//!
//! It reads and counts. What it takes is stored by [`crate::Store::import`], batch after batch.

mod csv;
mod refusal;
mod row;

use std::collections::{BTreeMap, HashMap};
use std::io::BufRead;

use jiff::Timestamp;
use serde::Serialize;

use super::kind::Kinds;
use super::reading::{Reading, Reason, accept};
use super::thing::Datastream;

pub use refusal::{Problem, Refusal};
pub use row::{Format, Row, Rows};

/// Readings of one transaction. In files by time there are some of each datastream in it, which share the pages to be written.
const BATCH: usize = 20_000;

/// Problems that a summary names.
const EXAMPLES: usize = 20;

/// What became of readings that were handed to the store.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Appended {
    /// Stored now.
    pub new: usize,
    /// Stored before, with the same value.
    pub repeated: usize,
    /// Not stored, since there is another value for the moment; in the order in which they were handed over.
    pub conflicting: Vec<Conflict>,
}

/// A reading for whose moment another value is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// Which of the readings it was, from 0.
    pub index: usize,
    /// The reading.
    pub reading: Reading,
    /// The value that is stored, and stays.
    pub stored: f64,
}

/// What became of a file. Of the lines read each is stored, repeated, conflicting or refused.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Lines, without the header and empty ones.
    pub read: u64,
    /// Stored now.
    pub stored: u64,
    /// Stored before, with the same value.
    pub repeated: u64,
    /// Not stored, since there is another value for the moment.
    pub conflicting: u64,
    /// Not taken, by [`Refusal::code`].
    pub refused: BTreeMap<&'static str, u64>,
    /// The first of those that are refused or conflicting, by line.
    pub examples: Vec<Problem>,
    /// Where the file could not be read any further; nothing behind it is counted.
    pub broken_off: Option<Problem>,
}

/// A file on its way into the store.
#[derive(Debug)]
pub struct Import<'a, R> {
    rows: Rows<R>,
    datastreams: HashMap<&'a str, &'a Datastream>,
    kinds: &'a Kinds,
    now: Timestamp,
    /// Of the readings of the last batch.
    lines: Vec<u64>,
    summary: Summary,
}

impl<'a, R: BufRead> Import<'a, R> {
    /// Begins to read; `now` is when.
    pub fn new(
        rows: Rows<R>,
        datastreams: &'a [Datastream],
        kinds: &'a Kinds,
        now: Timestamp,
    ) -> Self {
        let by_id = datastreams.iter().map(|it| (it.id.as_str(), it));
        Self {
            rows,
            datastreams: by_id.collect(),
            kinds,
            now,
            lines: Vec::new(),
            summary: Summary::default(),
        }
    }

    /// The next readings to store; none at the end.
    pub fn batch(&mut self) -> Vec<Reading> {
        self.lines.clear();
        let mut batch = Vec::new();
        while batch.len() < BATCH
            && let Some(row) = self.rows.next()
        {
            let line = match &row {
                Ok(row) => row.line,
                Err(problem) => problem.line,
            };
            match row.and_then(|row| self.taken(&row)) {
                Ok(reading) => {
                    self.lines.push(line);
                    batch.push(reading);
                }
                Err(problem) => self.refuse(problem),
            }
        }
        batch
    }

    /// Counts what became of the batch.
    pub fn stored(&mut self, appended: Appended) {
        let summary = &mut self.summary;
        summary.read += number(self.lines.len());
        summary.stored += number(appended.new);
        summary.repeated += number(appended.repeated);
        summary.conflicting += number(appended.conflicting.len());
        for conflict in appended.conflicting {
            let line = self.lines.get(conflict.index).copied().unwrap_or(0);
            let reading = conflict.reading;
            let reason = Reason::Conflicting {
                datastream: reading.datastream,
                at: reading.at,
                stored: conflict.stored,
                value: reading.value,
            };
            self.example(Problem {
                line,
                reason: Refusal::Reading(reason),
            });
        }
    }

    /// What became of the lines up to now.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    fn taken(&self, row: &Row) -> Result<Reading, Problem> {
        let datastream = self.datastreams.get(row.raw.datastream.as_str()).copied();
        accept(&row.raw, datastream, self.kinds, self.now).map_err(|reason| Problem {
            line: row.line,
            reason: Refusal::Reading(reason),
        })
    }

    fn refuse(&mut self, problem: Problem) {
        if problem.reason.ends() {
            self.summary.broken_off = Some(problem);
            return;
        }
        self.summary.read += 1;
        *self
            .summary
            .refused
            .entry(problem.reason.code())
            .or_default() += 1;
        self.example(problem);
    }

    /// Conflicts are known only after the batch, and may stand before lines that were refused.
    fn example(&mut self, problem: Problem) {
        let examples = &mut self.summary.examples;
        let place = examples.partition_point(|it| it.line <= problem.line);
        if place < EXAMPLES {
            examples.insert(place, problem);
            examples.truncate(EXAMPLES);
        }
    }
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
