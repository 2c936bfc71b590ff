//! The head of a log of Inspect: what was run, how it ended, which figures came out.
//!
//! What Inspect has no word for goes into its metadata, so that [`super::taken`] finds it again.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::VERSION;
use super::json::number;
use super::sample::{failure, model, usages};
use super::tally::Tally;
use crate::record::{self, Ended, Header, Status};

/// How scores of several epochs are made one.
const REDUCER: &str = "mean";

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
    let mut head = json!({
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
    });
    // Inspect reads the head of a document key by key, and takes no null for a part that is absent.
    if let Some(fields) = head.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    head
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
