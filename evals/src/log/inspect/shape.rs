//! Our records in the words of Inspect. Each is a function of a record; nothing is written here.
//!
//! What Inspect has no word for goes into its metadata, so that [`super::taken`] finds it again.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::VERSION;
use super::json::number;
use super::tally::Tally;
use crate::record::{self, Ended, Grade, Header, Status};

/// What Inspect calls a run without a model.
pub(super) const NO_MODEL: &str = "none/none";
/// How scores of several epochs are made one.
const REDUCER: &str = "mean";
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
struct Usage {
    input_tokens: u64,
    output_tokens: u64,
    total_tokens: u64,
}

/// Inspect demands a traceback, and one for terminals.
#[derive(Serialize)]
struct Failure<'a> {
    message: &'a str,
    traceback: &'static str,
    traceback_ansi: &'static str,
}

/// The score of a case over all epochs.
#[derive(Serialize)]
struct Reduced<'a> {
    #[serde(serialize_with = "number")]
    value: Option<f64>,
    sample_id: &'a str,
}

#[derive(Serialize)]
pub(super) struct Reduction<'a> {
    scorer: &'a str,
    reducer: &'static str,
    samples: Vec<Reduced<'a>>,
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

/// What is known before the first sample.
pub(super) fn start(header: &Header) -> Value {
    json!({ "version": VERSION, "eval": spec(header), "plan": plan(header) })
}

/// The log without samples and reductions.
pub(super) fn head(header: &Header, ended: Option<&Ended>, tally: &Tally) -> Value {
    let status = match ended.map(|ended| ended.status) {
        None => "started",
        Some(Status::Success) => "success",
        Some(Status::Cancelled) => "cancelled",
        Some(Status::Error) => "error",
    };
    json!({
        "version": VERSION,
        "status": status,
        "eval": spec(header),
        "plan": plan(header),
        "results": ended.map(|ended| results(header, ended, tally)),
        "stats": {
            "started_at": time(header.created),
            "completed_at": ended.map_or(String::new(), |ended| time(ended.time)),
            "model_usage": usages(header, &tally.usage),
        },
        "error": ended.and_then(|ended| ended.error.as_deref()).map(failure),
    })
}

/// The mean of each metric over the epochs, case by case; nothing of a single epoch.
pub(super) fn reductions(tally: &Tally) -> Vec<Reduction<'_>> {
    tally
        .reduced
        .iter()
        .map(|(name, cases)| Reduction {
            scorer: name,
            reducer: REDUCER,
            samples: cases
                .iter()
                .map(|(id, mean)| Reduced {
                    value: mean.value(),
                    sample_id: id,
                })
                .collect(),
        })
        .collect()
}

/// `2026-01-02T03:04:05+00:00`.
pub(super) fn time(time: Timestamp) -> String {
    format!("{}+00:00", time.to_string().trim_end_matches('Z'))
}

fn spec(header: &Header) -> Value {
    let epochs = header.epochs.max(1);
    json!({
        "eval_id": header.run,
        "run_id": header.run,
        "created": time(header.created),
        "task": header.suite,
        "task_id": header.run,
        "task_version": 0,
        "task_args": { "seed": header.seed, "today": header.today },
        "dataset": {
            "name": header.suite,
            "location": header.cases,
            "samples": header.total / epochs as usize,
            "shuffled": false,
        },
        "model": model(header),
        "config": { "epochs": epochs, "epochs_reducer": [REDUCER] },
        "packages": { "chengzhi": header.program },
        "metadata": header,
    })
}

fn plan(header: &Header) -> Value {
    let solver = header.agent.as_deref().unwrap_or("generate");
    json!({ "name": "plan", "steps": [{ "solver": solver, "params": {} }], "config": {} })
}

/// Metrics stand with the grade whose name they begin with.
fn results(header: &Header, ended: &Ended, tally: &Tally) -> Value {
    let mut scores: BTreeMap<&str, Value> = BTreeMap::new();
    let names = tally.scores.keys().map(String::as_str);
    for name in names.chain(ended.metrics.keys().map(|metric| base(metric, tally))) {
        let counts = tally.scores.get(name);
        scores.entry(name).or_insert_with(|| {
            json!({
                "name": name,
                "scorer": name,
                "reducer": (header.epochs > 1 && counts.is_some()).then_some(REDUCER),
                "scored_samples": counts.map(|counts| counts.scored),
                "unscored_samples": counts.map(|counts| counts.unscored),
                "params": {},
                "metrics": {},
            })
        });
    }
    for (name, metric) in &ended.metrics {
        let record::Metric {
            value,
            low,
            high,
            n,
        } = metric;
        if let Some(score) = scores.get_mut(base(name, tally)) {
            score["metrics"][name] = json!({
                "name": name,
                "value": value,
                "params": {},
                "metadata": { "low": low, "high": high, "n": n },
            });
        }
    }
    json!({
        "total_samples": header.total,
        "completed_samples": tally.completed,
        "scores": scores.into_values().collect::<Vec<_>>(),
        "metadata": { "seconds": ended.seconds, "cpu_seconds": ended.cpu_seconds },
    })
}

/// The grade that a metric is of: itself, or what stands before the type of a case.
fn base<'a>(metric: &'a str, tally: &Tally) -> &'a str {
    let parts = metric.match_indices('.').map(|(at, _)| &metric[..at]);
    std::iter::once(metric)
        .chain(parts)
        .find(|part| tally.scores.contains_key(*part))
        .or_else(|| metric.split('.').next())
        .unwrap_or(metric)
}

fn model(header: &Header) -> &str {
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

fn usages<'a>(header: &'a Header, of: &record::Usage) -> BTreeMap<&'a str, Usage> {
    usage(of)
        .map(|usage| (model(header), usage))
        .into_iter()
        .collect()
}

fn failure(message: &str) -> Failure<'_> {
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
