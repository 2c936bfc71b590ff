//! Calls over the schemas of the Berkeley Function Calling Leaderboard, from random logits.

use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::random::{grammars, vocabulary, write};
use crate::chat::{Constraint, ToolSpec};
use crate::file::CallFormat;
use crate::grammar::check;

/// A task as published, whose tool wants an integer among strings: no value fits.
const CONTRADICTION: &str = "live_relevance_8-8-0";

/// What became of many calls.
#[derive(Default)]
struct Tally {
    calls: usize,
    valid: usize,
    /// Calls that the end of the budget closed.
    closed: usize,
    tokens: usize,
    /// Tokens that the mask chose in place of the model's.
    replaced: usize,
    steps: Vec<(Duration, Duration)>,
    wrong: Vec<String>,
}

#[test]
fn random_logits_write_valid_calls() {
    let Some(tools) = bfcl() else { return };
    let tally = call(&tools, 320);
    assert_eq!(tally.wrong, Vec::<String>::new());
    assert_eq!(tally.valid, 320);
    assert!(tally.closed > 50, "the budget closed only {}", tally.closed);
}

/// Prints a row of `docs/peers/calls.md`. A dead-lock would have ended it: `write` asserts that there is a token.
/// `CALLS=10000 VOCABULARY=8000 cargo test --workspace --lib many_calls -- --ignored --nocapture`.
#[test]
#[ignore = "takes minutes; `scripts/peers calls` runs it"]
#[expect(clippy::print_stdout, reason = "its figures are what it is run for")]
fn many_calls_are_all_valid() {
    let Some(tools) = bfcl() else { return };
    let calls = std::env::var("CALLS")
        .ok()
        .and_then(|calls| calls.parse().ok());
    let mut tally = call(&tools, calls.unwrap_or(10_000));
    tally.steps.sort_unstable();
    let longest = tally.steps.iter().map(|(_, whole)| *whole).max();
    let at = |share: f64| {
        tally.steps[((tally.steps.len() - 1) as f64 * share) as usize]
            .0
            .as_micros()
    };
    let total: Duration = tally.steps.iter().map(|(own, _)| *own).sum();
    println!(
        "| {} | {} | {} | 0 | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
        vocabulary(),
        tally.calls,
        tally.valid,
        tally.closed,
        tally.tokens,
        tally.replaced,
        total.as_micros() / tally.steps.len() as u128,
        at(0.5),
        at(0.99),
        at(0.9999),
        at(1.0),
        longest.unwrap_or_default().as_micros(),
    );
    for wrong in tally.wrong.iter().take(10) {
        println!("{wrong}");
    }
    assert_eq!(tally.valid, tally.calls);
}

/// Writes calls in both formats, with budgets from the least that is possible to plenty.
fn call(tools: &[Vec<ToolSpec>], count: usize) -> Tally {
    let mut tally = Tally::default();
    for index in 0..count {
        let tools = &tools[index % tools.len()];
        let format = if index % 3 == 2 {
            CallFormat::Llama
        } else {
            CallFormat::Qwen
        };
        let mask = |budget| grammars().mask(&Constraint::Tool, tools, format, budget);
        let needed = mask(4_096).unwrap().needed();
        let budget = match index / 2 % 5 {
            0 => needed,
            1 => needed + 3,
            2 => needed * 2,
            3 => needed + 100,
            _ => 600.max(needed),
        };
        let written = write(mask(budget).unwrap(), index as u64, budget);
        tally.calls += 1;
        tally.tokens += written.tokens;
        tally.replaced += written.replaced;
        tally.closed += usize::from(written.replaced > 0 || written.tokens + 1 >= budget);
        tally.steps.extend(written.steps);
        match check(&written.text, Some(&Constraint::Tool), tools, format, 0) {
            Ok((_, calls)) if calls.len() == 1 => tally.valid += 1,
            Ok(_) => tally.wrong.push(format!("no call: {}", written.text)),
            Err(reason) => tally.wrong.push(format!("{reason}: {}", written.text)),
        }
    }
    tally
}

/// The tools of each task: as JSON Schema, and as they were published, with open objects.
fn bfcl() -> Option<Vec<Vec<ToolSpec>>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/evals/bfcl/dev.jsonl");
    let Ok(lines) = std::fs::read_to_string(&file) else {
        assert!(
            std::env::var("CI").is_err(),
            "`{}` is missing",
            file.display()
        );
        eprintln!("skipped: `{}` is missing", file.display());
        return None;
    };
    let tasks = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let tasks = tasks.filter(|task: &Value| task["id"] != CONTRADICTION);
    let tools = tasks.enumerate().map(|(index, task): (usize, Value)| {
        let published = index % 2 == 1;
        let functions = task[if published { "functions" } else { "tools" }]
            .as_array()
            .unwrap();
        let specs = functions.iter().map(|function| {
            let function = function.get("function").unwrap_or(function);
            ToolSpec {
                name: function["name"].as_str().unwrap().into(),
                description: String::new(),
                parameters: json_schema(&function["parameters"]),
            }
        });
        specs.collect()
    });
    Some(tools.collect())
}

/// BFCL's own types as JSON Schema.
fn json_schema(schema: &Value) -> Value {
    let Value::Object(schema) = schema else {
        return schema.clone();
    };
    let mut mapped = Map::new();
    for (key, value) in schema {
        match (key.as_str(), value) {
            ("type", Value::String(kind)) => match kind.as_str() {
                "dict" => _ = mapped.insert(key.clone(), json!("object")),
                "float" => _ = mapped.insert(key.clone(), json!("number")),
                "tuple" => _ = mapped.insert(key.clone(), json!("array")),
                "any" => {}
                _ => _ = mapped.insert(key.clone(), value.clone()),
            },
            ("properties", Value::Object(properties)) => {
                let properties = properties
                    .iter()
                    .map(|(name, value)| (name.clone(), json_schema(value)));
                mapped.insert(key.clone(), properties.collect());
            }
            ("items", _) => _ = mapped.insert(key.clone(), json_schema(value)),
            ("required" | "enum" | "additionalProperties", _) => {
                _ = mapped.insert(key.clone(), value.clone());
            }
            _ => {}
        }
    }
    Value::Object(mapped)
}
