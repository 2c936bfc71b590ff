//! Small items written for the tests, one for each rule; then properties, and the development set.

#![expect(
    clippy::needless_pass_by_value,
    reason = "tables of `json!` read better without references"
)]

mod check;
mod data;
mod decode;
mod mutant;
mod property;
mod reading;
mod value;

use serde_json::{Value, json};

use super::{Item, read};

/// An item as the only line of a file.
fn item(line: &Value) -> Item {
    let (mut items, bad) = read(&line.to_string());
    assert_eq!(bad, Vec::new());
    items.remove(0)
}

/// A line of the data.
fn line(category: &str, functions: Value, expect: &str, truth: Value) -> Value {
    json!({
        "id": "own_1", "source": "own", "category": category, "cluster": "own",
        "messages": [{"role": "user", "content": "Please."}], "tools": [],
        "functions": functions, "expect": expect, "ground_truth": truth,
    })
}

/// A function `f` with these properties.
fn f(properties: Value, required: &[&str]) -> Value {
    json!({
        "name": "f", "description": "",
        "parameters": {"type": "dict", "properties": properties, "required": required},
    })
}

/// One call of `f` with one parameter `a`, which is not required.
fn one(schema: Value, choices: Value) -> Item {
    let functions = json!([f(json!({"a": schema}), &[])]);
    let truth = json!([{"f": {"a": choices}}]);
    item(&line("simple_python", functions, "calls", truth))
}
