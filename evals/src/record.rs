//! What a run leaves behind: a [`Header`], one [`Sample`] for each case and epoch, and how it [`Ended`].
//!
//! These are data, as the journal stores them line by line and as every report reads them. Nothing here runs a case,
//! grades it or knows a file; see `run`, `grade` and `log`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Version of these shapes. A journal with a higher one was written by a newer program and is refused.
pub const FORMAT: u32 = 1;

/// A line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "lowercase")]
pub enum Record {
    /// The first line.
    Header(Box<Header>),
    /// One for each case and epoch, in the order in which they were done.
    Sample(Box<Sample>),
    /// The last line of a run that was not killed.
    Ended(Ended),
}

/// All that one run left behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// What was run.
    pub header: Header,
    /// What came, in the order in which it was done.
    pub samples: Vec<Sample>,
    /// How it ended; none of a run that was killed or goes on.
    pub ended: Option<Ended>,
}

/// What was run, and on what: two runs with the same `fingerprint` and seed are the same run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// [`FORMAT`] of the program that wrote it.
    pub format: u32,
    /// Identifier of the run.
    pub run: String,
    /// When it began.
    pub created: Timestamp,
    /// Version of the program.
    pub program: String,
    /// Name of the suite.
    pub suite: String,
    /// Its title, for people.
    pub title: String,
    /// Name of the agent that was asked, if one was.
    pub agent: Option<String>,
    /// Name of the model; none when it was off.
    pub model: Option<String>,
    /// The file of cases, from the root of the catalogue.
    pub cases: String,
    /// SHA-256 of that file, in hexadecimal digits.
    pub cases_hash: String,
    /// Samples that the run wants: cases × epochs.
    pub total: usize,
    /// How often each case is asked.
    pub epochs: u32,
    /// Seed of the run.
    pub seed: u64,
    /// The day on which all questions are asked.
    pub today: Date,
    /// Revision of each corpus that was open, by name.
    pub corpora: BTreeMap<String, String>,
    /// SHA-256 over everything that can change an answer: cases, agent, texts, model and weights, corpora, seeds, lexicon,
    /// settings, program. Only samples of the same fingerprint may be taken over by `--resume`.
    pub fingerprint: String,
    /// Cases that could not be read, with file and line. A run with any is incomplete and cannot be blessed.
    pub problems: Vec<String>,
}

impl Header {
    /// `off`, or the name of the model.
    pub fn mode(&self) -> &str {
        self.model.as_deref().unwrap_or("off")
    }
}

/// One case, asked once, with its grades.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Identifier of the case.
    pub id: String,
    /// From 1.
    pub epoch: u32,
    /// Type of the case, for `<metric>.<type>`.
    pub r#type: String,
    /// Cases with the same cluster are not independent; standard errors count clusters.
    pub cluster: String,
    /// What was asked.
    pub input: String,
    /// What is expected, in words.
    pub target: String,
    /// What came, as text.
    pub output: String,
    /// What came, whole: an `Answer` of an agent, or nothing.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub answer: Value,
    /// Grades by name of the metric.
    pub grades: BTreeMap<String, Grade>,
    /// Tokens of the model.
    #[serde(default)]
    pub usage: Usage,
    /// Wall time, in seconds.
    pub seconds: f64,
    /// Time of processors in this thread, in seconds; absent where it cannot be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_seconds: Option<f64>,
    /// Why there is no output. Its grades count as not passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What a grader says of a sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grade {
    /// 1 passed, 0 failed, or a share between; none where the metric does not apply or is not a number (NaN).
    pub value: Option<f64>,
    /// What of the output was graded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
}

impl Grade {
    /// Passed or failed.
    pub fn of(passed: bool) -> Self {
        Self::share(f64::from(u8::from(passed)))
    }

    /// A number; what is not finite is not scored.
    pub fn share(value: f64) -> Self {
        Self {
            value: value.is_finite().then_some(value),
            answer: None,
            explanation: None,
        }
    }

    /// With the reason.
    #[must_use]
    pub fn because(self, explanation: impl Into<String>) -> Self {
        Self {
            explanation: Some(explanation.into()),
            ..self
        }
    }
}

/// Tokens that a model read and wrote.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompts.
    pub input_tokens: u64,
    /// Tokens of the answers.
    pub output_tokens: u64,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    /// When.
    pub time: Timestamp,
    /// Whole or not.
    pub status: Status,
    /// What went wrong, of a run that could not go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Wall time of the sessions of the run, in seconds, but for those that were killed.
    pub seconds: f64,
    /// Time of processors, likewise.
    pub cpu_seconds: f64,
    /// The figures, by name; see `metric`.
    pub metrics: BTreeMap<String, Metric>,
}

/// How a run can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// All samples are there.
    Success,
    /// Somebody stopped it; `--resume` goes on.
    Cancelled,
    /// It could not go on.
    Error,
}

/// A figure between its 95 % bounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// What was measured.
    pub value: f64,
    /// Lower bound; the value itself where there are too few samples for bounds.
    pub low: f64,
    /// Upper bound, likewise.
    pub high: f64,
    /// Samples behind it.
    pub n: usize,
}
