//! A sample in the words of Inspect, whole and in short. Each is a function of a record; nothing is written here.
//!
//! What Inspect has no word for goes into its metadata, so that [`super::taken`] finds it again.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::json::number;
use crate::record::{self, Grade, Header};

/// What Inspect calls a run without a model.
pub(super) const NO_MODEL: &str = "none/none";
/// Most letters of a question or a target in a summary, and of any other text there.
const LONG: usize = 5_120;
const SHORT: usize = 1_024;

/// A sample, whole.
#[derive(Serialize)]
pub(super) struct Sample<'a> {
    id: &'a str,
    epoch: u32,
    input: &'a str,
    target: &'a str,
    messages: Vec<Message<'a>>,
    output: Output<'a>,
    scores: BTreeMap<&'a str, Score<'a>>,
    metadata: Metadata<'a>,
    model_usage: BTreeMap<&'a str, Usage>,
    total_time: f64,
    uuid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure<'a>>,
}

/// A sample in short, as the viewer lists it.
#[derive(Serialize)]
pub(super) struct Summary<'a> {
    id: &'a str,
    epoch: u32,
    input: Cow<'a, str>,
    target: Cow<'a, str>,
    scores: BTreeMap<&'a str, Score<'a>>,
    metadata: Metadata<'a>,
    model_usage: BTreeMap<&'a str, Usage>,
    total_time: f64,
    uuid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Cow<'a, str>>,
    completed: bool,
    message_count: usize,
}

#[derive(Clone, Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
    source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
}

#[derive(Serialize)]
struct Output<'a> {
    model: &'a str,
    choices: Vec<Choice<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
}

#[derive(Serialize)]
struct Choice<'a> {
    message: Message<'a>,
    stop_reason: &'static str,
}

#[derive(Serialize)]
struct Score<'a> {
    #[serde(serialize_with = "number")]
    value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Cow<'a, str>>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    r#type: &'a str,
    cluster: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<&'a Value>,
}

#[derive(Clone, Copy, Serialize)]
pub(super) struct Usage {
    input_tokens: u64,
    output_tokens: u64,
    total_tokens: u64,
}

/// Inspect demands a traceback, and one for terminals.
#[derive(Serialize)]
pub(super) struct Failure<'a> {
    message: &'a str,
    traceback: &'static str,
    traceback_ansi: &'static str,
}

/// A sample, whole.
pub(super) fn sample<'a>(header: &'a Header, sample: &'a record::Sample) -> Sample<'a> {
    let mut messages = vec![Message {
        role: "user",
        content: &sample.input,
        source: "input",
        model: None,
    }];
    if answered(sample) {
        messages.push(Message {
            role: "assistant",
            content: &sample.output,
            source: "generate",
            model: Some(model(header)),
        });
    }
    let choices = messages[1..].iter().map(|message| Choice {
        message: message.clone(),
        stop_reason: "stop",
    });
    Sample {
        id: &sample.id,
        epoch: sample.epoch,
        input: &sample.input,
        target: &sample.target,
        output: Output {
            model: model(header),
            choices: choices.collect(),
            usage: usage(&sample.usage),
        },
        messages,
        scores: scores(&sample.grades, usize::MAX),
        metadata: metadata(sample, Some(&sample.answer).filter(|it| !it.is_null())),
        model_usage: usages(header, &sample.usage),
        total_time: sample.seconds,
        uuid: uuid(header, sample),
        error: sample.error.as_deref().map(failure),
    }
}

/// A sample in short.
pub(super) fn summary<'a>(header: &'a Header, sample: &'a record::Sample) -> Summary<'a> {
    Summary {
        id: &sample.id,
        epoch: sample.epoch,
        input: cut(&sample.input, LONG),
        target: cut(&sample.target, LONG),
        scores: scores(&sample.grades, SHORT),
        metadata: metadata(sample, None),
        model_usage: usages(header, &sample.usage),
        total_time: sample.seconds,
        uuid: uuid(header, sample),
        error: sample.error.as_deref().map(|error| cut(error, SHORT)),
        completed: true,
        message_count: 1 + usize::from(answered(sample)),
    }
}

pub(super) fn model(header: &Header) -> &str {
    header.model.as_deref().unwrap_or(NO_MODEL)
}

/// A failed sample has no answer, an empty answer is one.
fn answered(sample: &record::Sample) -> bool {
    sample.error.is_none() || !sample.output.is_empty()
}

fn uuid(header: &Header, sample: &record::Sample) -> String {
    format!("{}/{}/{}", header.run, sample.id, sample.epoch)
}

fn scores(grades: &BTreeMap<String, Grade>, most: usize) -> BTreeMap<&str, Score<'_>> {
    grades
        .iter()
        .map(|(name, grade)| (name.as_str(), score(grade, most)))
        .collect()
}

fn score(grade: &Grade, most: usize) -> Score<'_> {
    let Grade {
        value,
        answer,
        explanation,
    } = grade;
    Score {
        value: *value,
        answer: answer.as_deref().map(|text| cut(text, most)),
        explanation: explanation.as_deref().map(|text| cut(text, most)),
    }
}

fn metadata<'a>(sample: &'a record::Sample, answer: Option<&'a Value>) -> Metadata<'a> {
    Metadata {
        r#type: &sample.r#type,
        cluster: &sample.cluster,
        cpu_seconds: sample.cpu_seconds,
        answer,
    }
}

fn usage(usage: &record::Usage) -> Option<Usage> {
    let &record::Usage {
        input_tokens,
        output_tokens,
    } = usage;
    let total_tokens = input_tokens.saturating_add(output_tokens);
    (total_tokens > 0).then_some(Usage {
        input_tokens,
        output_tokens,
        total_tokens,
    })
}

pub(super) fn usages<'a>(header: &'a Header, of: &record::Usage) -> BTreeMap<&'a str, Usage> {
    usage(of)
        .map(|usage| (model(header), usage))
        .into_iter()
        .collect()
}

pub(super) fn failure(message: &str) -> Failure<'_> {
    Failure {
        message,
        traceback: "",
        traceback_ansi: "",
    }
}

fn cut(text: &str, letters: usize) -> Cow<'_, str> {
    // Most texts have fewer bytes than that.
    if text.len() <= letters {
        return Cow::Borrowed(text);
    }
    match text.char_indices().nth(letters) {
        Some((at, _)) => Cow::Owned(format!("{}...", &text[..at])),
        None => Cow::Borrowed(text),
    }
}
