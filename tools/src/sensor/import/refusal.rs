//! Why a line of a file is not taken. The messages are for those who made the file.

use serde::Serialize;
use thiserror::Error;

use crate::sensor::reading::Reason;

/// A line that is not taken.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Problem {
    /// Its number, from 1.
    pub line: u64,
    /// Why.
    pub reason: Refusal,
}

/// Why a line is not taken.
#[derive(Debug, Clone, PartialEq, Error, Serialize)]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub enum Refusal {
    /// The file itself ends here, unwillingly.
    #[error("the file cannot be read any further: {message}")]
    Unreadable {
        /// What the system says.
        message: String,
    },
    /// The first line of CSV names no columns that can be used.
    #[error(
        "{message}; the first line is `datastream,time,value` or `datastream,time,value,unit`, in any order"
    )]
    Header {
        /// What is wrong with it.
        message: String,
    },
    /// It is longer than a reading can be.
    #[error("the line is longer than {limit} bytes; end each line with a line feed")]
    TooLong {
        /// How long it may be.
        limit: usize,
    },
    /// There is a NUL in it.
    #[error(
        "there is a NUL character in the line; save the file as UTF-8, or look whether it was cut off"
    )]
    Nul,
    /// It is not UTF-8.
    #[error("the line is not UTF-8; save the file as UTF-8")]
    NotUtf8,
    /// Quotation marks of CSV that do not match.
    #[error(
        "the quotation marks do not match; a field in quotation marks ends on its line, and a mark within it is doubled"
    )]
    Quotes,
    /// There are more or fewer fields than columns.
    #[error("there are {found} fields, and the header has {expected}")]
    Fields {
        /// In the line.
        found: usize,
        /// In the header.
        expected: usize,
    },
    /// The value is not a number.
    #[error("value `{value}` is not a number; write it as `12.5`")]
    Number {
        /// As it is written.
        value: String,
    },
    /// It is not the JSON of a reading.
    #[error(
        "{message}; write `{{\"datastream\": \"DS-0007\", \"time\": \"2026-11-20T08:00:00+08:00\", \"value\": 12.5}}`"
    )]
    Json {
        /// What is wrong with it.
        message: String,
    },
    /// It is a reading, but cannot be taken.
    #[error(transparent)]
    Reading(Reason),
}

impl Refusal {
    /// Its name in data and in counts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "unreadable",
            Self::Header { .. } => "header",
            Self::TooLong { .. } => "too_long",
            Self::Nul => "nul",
            Self::NotUtf8 => "not_utf8",
            Self::Quotes => "quotes",
            Self::Fields { .. } => "fields",
            Self::Number { .. } => "number",
            Self::Json { .. } => "json",
            Self::Reading(reason) => reason.code(),
        }
    }

    /// Whether nothing behind the line can be read.
    pub fn ends(&self) -> bool {
        match self {
            Self::Unreadable { .. } | Self::Header { .. } => true,
            Self::TooLong { .. }
            | Self::Nul
            | Self::NotUtf8
            | Self::Quotes
            | Self::Fields { .. }
            | Self::Number { .. }
            | Self::Json { .. }
            | Self::Reading(_) => false,
        }
    }
}

/// What was written, short enough for a message.
pub(super) fn short(written: &str) -> String {
    written.chars().take(40).collect()
}
