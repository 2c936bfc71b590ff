//! What we take of a log of Inspect, ours or another's: header, samples with their grades, and how the run ended.
//!
//! Keys that we have no word for are left out, and only what nothing can stand for is an error. Scores are numbers here:
//! `C` is 1, `I` and `N` are 0, `P` is 0.5; a score of several values is as many metrics, `<scorer>/<name>`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::sample::NO_MODEL;
use crate::record::{Ended, FORMAT, Grade, Header, Metric, Sample, Status, Usage};

/// Standard errors from a value to its 95 % bounds.
const BOUNDS: f64 = 1.959_963_984_540_054;
/// Type of a sample whose log names none.
const TYPE: &str = "sample";

/// The header of a log: the one of ours that is in its metadata, or what Inspect says instead.
pub(super) fn header(head: &Value) -> Result<Header, String> {
    let spec = &head["eval"];
    let metadata = &spec["metadata"];
    if metadata["fingerprint"].is_string()
        && let Ok(header) = serde_json::from_value::<Header>(metadata.clone())
    {
        if header.format > FORMAT {
            let format = header.format;
            return Err(format!(
                "the log is of a run with format {format}, and this program knows {FORMAT}\nhint: use the program that wrote it, or a newer one"
            ));
        }
        return Ok(header);
    }
    let task = text(&spec["task"]).ok_or("`eval.task` is missing; this is no log of Inspect")?;
    let created = time(&spec["created"]).ok_or("`eval.created` is missing or is no time")?;
    let name = |keys: &[&str]| keys.iter().find_map(|key| text(&spec[*key]));
    let dataset = &spec["dataset"];
    let epochs = spec["config"]["epochs"].as_u64().unwrap_or(1);
    let planned = dataset["samples"]
        .as_u64()
        .unwrap_or(0)
        .saturating_mul(epochs);
    let total = head["results"]["total_samples"].as_u64().unwrap_or(planned);
    let version = text(&spec["packages"]["inspect_ai"]);
    Ok(Header {
        format: FORMAT,
        run: name(&["eval_id", "task_id", "run_id"]).unwrap_or_default(),
        created,
        program: format!("inspect_ai {}", version.unwrap_or_default())
            .trim()
            .to_owned(),
        suite: task.rsplit('/').next().unwrap_or_default().to_owned(),
        title: name(&["task_display_name"]).unwrap_or(task),
        agent: None,
        model: name(&["model"]).filter(|model| model != NO_MODEL),
        cases: text(&dataset["location"])
            .or_else(|| text(&dataset["name"]))
            .unwrap_or_default(),
        cases_hash: String::new(),
        total: usize::try_from(total).unwrap_or(usize::MAX),
        epochs: u32::try_from(epochs).unwrap_or(u32::MAX),
        seed: spec["model_generate_config"]["seed"].as_u64().unwrap_or(0),
        today: created.to_zoned(TimeZone::UTC).date(),
        corpora: BTreeMap::new(),
        fingerprint: String::new(),
        problems: Vec::new(),
    })
}

/// How the run of a log ended, if it did.
pub(super) fn ended(head: &Value, header: &Header) -> Option<Ended> {
    let status = match head["status"].as_str()? {
        "success" => Status::Success,
        "cancelled" => Status::Cancelled,
        "error" => Status::Error,
        _ => return None,
    };
    let (stats, results) = (&head["stats"], &head["results"]);
    let completed = time(&stats["completed_at"]).unwrap_or(header.created);
    let started = time(&stats["started_at"]).unwrap_or(header.created);
    let seconds = &results["metadata"]["seconds"];
    let cpu_seconds = &results["metadata"]["cpu_seconds"];
    Some(Ended {
        time: completed,
        status,
        error: text(&head["error"]["message"]),
        seconds: seconds
            .as_f64()
            .unwrap_or_else(|| completed.duration_since(started).as_secs_f64()),
        cpu_seconds: cpu_seconds.as_f64().unwrap_or(0.0),
        metrics: metrics(results),
    })
}

/// One sample with its grades.
pub(super) fn sample(value: &Value) -> Result<Sample, String> {
    let id = match &value["id"] {
        Value::String(id) => id.clone(),
        Value::Number(id) => id.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            return Err("a sample has no `id`".to_owned());
        }
    };
    let epoch = value["epoch"].as_u64().unwrap_or(1);
    let (metadata, output) = (&value["metadata"], &value["output"]);
    let attached = |content: &Value| spoken(content, &value["attachments"]);
    let message = &output["choices"][0]["message"];
    let completion = text(&output["completion"]).filter(|text| !text.is_empty());
    let said = completion.unwrap_or_else(|| attached(&message["content"]));
    let calls = &message["tool_calls"];
    let mut grades = BTreeMap::new();
    for (name, score) in fields(&value["scores"]) {
        add_grades(&mut grades, name, score);
    }
    Ok(Sample {
        r#type: text(&metadata["type"])
            .or_else(|| text(&metadata["category"]))
            .unwrap_or_else(|| TYPE.to_owned()),
        cluster: text(&metadata["cluster"]).unwrap_or_else(|| id.clone()),
        epoch: u32::try_from(epoch).map_err(|_| format!("sample `{id}` has epoch {epoch}"))?,
        input: attached(&value["input"]),
        target: attached(&value["target"]),
        output: if said.is_empty() && !calls.is_null() {
            calls.to_string()
        } else {
            said
        },
        answer: metadata["answer"].clone(),
        grades,
        usage: usage(value),
        seconds: value["total_time"].as_f64().unwrap_or(0.0),
        cpu_seconds: metadata["cpu_seconds"].as_f64(),
        error: text(&value["error"]["message"]),
        id,
    })
}

/// Our metrics have their bounds with them. Of others, the mean of a score has the name of the score; the first way to
/// make several epochs one counts.
fn metrics(results: &Value) -> BTreeMap<String, Metric> {
    let mut metrics = BTreeMap::new();
    for score in results["scores"].as_array().into_iter().flatten() {
        let Some(scorer) = text(&score["name"]).or_else(|| text(&score["scorer"])) else {
            continue;
        };
        let n = score["scored_samples"].as_u64();
        let n = n.or_else(|| results["total_samples"].as_u64()).unwrap_or(0);
        let error = score["metrics"]["stderr"]["value"].as_f64().unwrap_or(0.0);
        for (name, metric) in fields(&score["metrics"]) {
            let Some(value) = metric["value"].as_f64() else {
                continue;
            };
            let about = |key: &str| metric["metadata"][key].as_f64();
            let (key, low, high) = match (name, about("low"), about("high")) {
                (name, Some(low), Some(high)) => (name.to_owned(), low, high),
                // It is in the bounds.
                ("stderr", ..) => continue,
                ("accuracy" | "mean", ..) => {
                    let half = BOUNDS * error;
                    (scorer.clone(), value - half, value + half)
                }
                (name, ..) => (format!("{scorer}.{name}"), value, value),
            };
            let n = metric["metadata"]["n"].as_u64().unwrap_or(n);
            metrics.entry(key).or_insert(Metric {
                value,
                low,
                high,
                n: usize::try_from(n).unwrap_or(usize::MAX),
            });
        }
    }
    metrics
}

fn add_grades(grades: &mut BTreeMap<String, Grade>, name: &str, score: &Value) {
    let values: Vec<(String, &Value)> = match &score["value"] {
        Value::Object(values) => {
            let values = values.iter();
            values
                .map(|(key, value)| (format!("{name}/{key}"), value))
                .collect()
        }
        Value::Array(values) => {
            let values = (1..).zip(values);
            values
                .map(|(at, value)| (format!("{name}/{at}"), value))
                .collect()
        }
        value => vec![(name.to_owned(), value)],
    };
    for (name, value) in values {
        let grade = Grade {
            value: number(value),
            answer: text(&score["answer"]),
            explanation: text(&score["explanation"]),
        };
        grades.insert(name, grade);
    }
}

/// The value of a score; none where it was not scored, or is words.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(passed) => Some(f64::from(u8::from(*passed))),
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match text.to_lowercase().as_str() {
            "c" | "yes" | "true" => Some(1.0),
            "p" => Some(0.5),
            "i" | "n" | "no" | "false" => Some(0.0),
            other => other.parse().ok(),
        },
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
    .filter(|number| number.is_finite())
}

fn usage(sample: &Value) -> Usage {
    let of = |usage: &Value, key: &str| usage[key].as_u64().unwrap_or(0);
    let mut models: Vec<&Value> = fields(&sample["model_usage"])
        .map(|(_, usage)| usage)
        .collect();
    if models.is_empty() {
        models.push(&sample["output"]["usage"]);
    }
    let sum = |key| {
        let tokens = models.iter().map(|usage| of(usage, key));
        tokens.fold(0, u64::saturating_add)
    };
    Usage {
        input_tokens: sum("input_tokens"),
        output_tokens: sum("output_tokens"),
    }
}

/// The words of a text, of the parts of a message, of messages, or of several right answers.
fn spoken(content: &Value, attachments: &Value) -> String {
    match content {
        Value::String(text) => text
            .strip_prefix("attachment://")
            .and_then(|hash| attachments[hash].as_str())
            .unwrap_or(text)
            .to_owned(),
        Value::Array(parts) => {
            let words = parts.iter().map(|part| spoken(part, attachments));
            let words: Vec<_> = words.filter(|words| !words.is_empty()).collect();
            words.join("\n")
        }
        Value::Object(part) => ["text", "content"]
            .iter()
            .find_map(|key| part.get(*key))
            .map_or(String::new(), |inner| spoken(inner, attachments)),
        Value::Null | Value::Bool(_) | Value::Number(_) => String::new(),
    }
}

fn fields(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let fields = value.as_object().into_iter().flatten();
    fields.map(|(key, value)| (key.as_str(), value))
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Old logs state no offset; they mean UTC.
fn time(value: &Value) -> Option<Timestamp> {
    let text = value.as_str()?;
    let local = || {
        Some(
            text.parse::<DateTime>()
                .ok()?
                .to_zoned(TimeZone::UTC)
                .ok()?
                .timestamp(),
        )
    };
    text.parse().ok().or_else(local)
}

#[cfg(test)]
mod tests;
