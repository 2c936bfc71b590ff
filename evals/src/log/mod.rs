//! How a run is stored, and in which formats it leaves.
//!
//! A run writes a [`journal`], line by line. [`Log`] is a finished or unfinished run in a file: a journal, or a log of
//! [`inspect`]. Each format ([`inspect`], [`junit`], [`markdown`], [`lines`]) goes over a log sample by sample, and is a
//! function of its records.
//!
//! Nothing here runs a case, grades or computes a figure.

pub mod inspect;
pub mod journal;
pub mod junit;
pub mod lines;
pub mod markdown;
mod replace;

#[cfg(test)]
mod examples;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::grade::lower_is_better;
use crate::record::{Ended, Grade, Header, Record, Run, Sample, Status};

pub use replace::{Out, replace};

/// Samples of a log, one at a time.
pub type Samples = Box<dyn Iterator<Item = Result<Sample, Error>>>;

/// A run in a file.
#[derive(Debug, Clone)]
pub struct Log {
    /// What was run.
    pub header: Header,
    /// How it ended; none of a run that was killed or goes on.
    pub ended: Option<Ended>,
    path: PathBuf,
    form: Form,
}

#[derive(Debug, Clone, Copy)]
enum Form {
    /// So many bytes of it: a run that goes on changes nothing of what was opened.
    Journal(u64),
    Archive,
    Document,
}

impl Log {
    /// Opens a journal or a log of Inspect, whatever its name ends with.
    ///
    /// # Errors
    /// [`Error::File`], or [`Error::Data`] for a file that is cut, of a newer version or something else.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let mut start = Vec::new();
        File::open(path)
            .and_then(|file| file.take(64).read_to_end(&mut start))
            .map_err(Error::file(path))?;
        let (form, (header, ended)) = if start.starts_with(b"PK") {
            (Form::Archive, inspect::archive_head(path)?)
        } else if start.starts_with(br#"{"record":"#) {
            let reader = journal::Reader::open(path)?;
            let header = reader.header.clone();
            let (ended, length) = reader.end()?;
            (Form::Journal(length), (header, ended))
        } else {
            (Form::Document, inspect::document_head(path)?)
        };
        Ok(Self {
            header,
            ended,
            path: path.to_owned(),
            form,
        })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The samples in the order of the file. After one that cannot be read there are none.
    ///
    /// # Errors
    /// As [`Log::open`].
    pub fn samples(&self) -> Result<Samples, Error> {
        let length = match self.form {
            Form::Journal(length) => length,
            Form::Archive => return inspect::archive_samples(&self.path),
            Form::Document => return inspect::document_samples(&self.path),
        };
        let records = journal::Reader::up_to(&self.path, length)?;
        Ok(Box::new(records.filter_map(|record| match record {
            Ok(Record::Sample(sample)) => Some(Ok(*sample)),
            Ok(Record::Header(_) | Record::Ended(_)) => None,
            Err(error) => Some(Err(error)),
        })))
    }
}

/// The whole run in a file.
///
/// # Errors
/// As [`Log::open`]; a sample that cannot be read.
pub fn read(path: &Path) -> Result<Run, Error> {
    let log = Log::open(path)?;
    Ok(Run {
        samples: log.samples()?.collect::<Result<_, _>>()?,
        header: log.header,
        ended: log.ended,
    })
}

/// The grades of a sample that are not what they should be.
fn misses(sample: &Sample) -> Vec<(&str, &Grade)> {
    let grades = sample.grades.iter();
    grades
        .filter(|(name, grade)| {
            grade.value.is_some_and(|value| {
                if lower_is_better(name) {
                    value > 0.0
                } else {
                    value < 1.0
                }
            })
        })
        .map(|(name, grade)| (name.as_str(), grade))
        .collect()
}

/// Why a log with so many samples is not that of a whole run.
fn unfinished(log: &Log, count: usize) -> Option<String> {
    let total = log.header.total;
    let ended = log.ended.as_ref();
    let error = ended.and_then(|ended| ended.error.as_deref());
    let how = match ended.map(|ended| ended.status) {
        Some(Status::Success) if count >= total => return None,
        Some(Status::Success) => "ended",
        Some(Status::Cancelled) => "was stopped",
        Some(Status::Error) => "could not go on",
        None => "did not end",
    };
    let why = error.map_or(String::new(), |error| format!(": {error}"));
    Some(format!(
        "the run {how} after {count} of {total} samples{why}"
    ))
}

fn in_file(path: &Path, message: impl Into<String>) -> Error {
    Error::Data {
        file: path.display().to_string(),
        message: message.into(),
    }
}

fn at_line(path: &Path, line: u64, message: impl Into<String>) -> Error {
    Error::Data {
        file: format!("{}:{line}", path.display()),
        message: message.into(),
    }
}
