//! Calls of tools as models write them: read from a text, and as a grammar.
//!
//! Qwen 2.5 and 3 put each call between two marks, `<tool_call>\n{"name": …, "arguments": {…}}\n</tool_call>`; Llama 3
//! answers with `{"name": …, "parameters": {…}}` alone.

use serde::Deserialize as _;
use serde_json::{Map, Value};

use super::schema;
use crate::chat::{ToolCall, ToolSpec};
use crate::file::CallFormat;
use crate::mark::{CALL, CALLED};

/// The key of the arguments.
pub(super) fn key(format: CallFormat) -> &'static str {
    match format {
        CallFormat::Qwen => "arguments",
        CallFormat::Llama => "parameters",
    }
}

/// The text besides the calls, and the calls: of these tools, with arguments that fit. `made` is how many calls the
/// conversation has already seen; it goes into the ids.
///
/// # Errors
/// What is wrong with a call, in words.
pub(crate) fn parse_calls(
    text: &str,
    format: CallFormat,
    tools: &[ToolSpec],
    made: usize,
) -> Result<(String, Vec<ToolCall>), String> {
    let (besides, values) = match format {
        CallFormat::Qwen => between_marks(text)?,
        CallFormat::Llama => alone(text),
    };
    let read = |(index, value)| read_call(value, format, tools, made + index);
    let calls = values.into_iter().enumerate().map(read);
    Ok((besides, calls.collect::<Result<_, _>>()?))
}

/// Calls between marks. A closing mark inside a string of a call does not end it.
fn between_marks(text: &str) -> Result<(String, Vec<Value>), String> {
    let (mut besides, mut values) = (String::new(), Vec::new());
    let mut rest = text;
    while let Some((before, call)) = rest.split_once(CALL) {
        besides.push_str(before);
        let mut stream = serde_json::Deserializer::from_str(call).into_iter::<Value>();
        let value = match stream.next() {
            Some(Ok(value)) => value,
            Some(Err(error)) => return Err(format!("a call is not JSON: {error}")),
            None => return Err("a call is empty".into()),
        };
        let after = call[stream.byte_offset()..].trim_start();
        rest = after
            .strip_prefix(CALLED)
            .ok_or("a call does not end with its mark")?;
        values.push(value);
    }
    besides.push_str(rest);
    let kept = if values.is_empty() {
        &besides
    } else {
        besides.trim()
    };
    Ok((kept.to_string(), values))
}

/// The call that the whole text is, if it looks like one.
fn alone(text: &str) -> (String, Vec<Value>) {
    let trimmed = text.trim();
    let trimmed = trimmed.strip_prefix("<|python_tag|>").unwrap_or(trimmed);
    let mut reader = serde_json::Deserializer::from_str(trimmed);
    let value = Map::deserialize(&mut reader).ok();
    let value = value.filter(|value| reader.end().is_ok() && value.contains_key("name"));
    match value.filter(|value| value.contains_key(key(CallFormat::Llama))) {
        Some(value) => (String::new(), vec![Value::Object(value)]),
        None => (text.to_string(), Vec::new()),
    }
}

fn read_call(
    value: Value,
    format: CallFormat,
    tools: &[ToolSpec],
    number: usize,
) -> Result<ToolCall, String> {
    let Value::Object(mut value) = value else {
        return Err("a call is not an object".into());
    };
    let Some(Value::String(name)) = value.remove("name") else {
        return Err("a call has no `name`".into());
    };
    let arguments = value
        .remove(key(format))
        .unwrap_or_else(|| Map::new().into());
    if let Some(key) = value.keys().next() {
        return Err(format!(
            "a call of `{name}` has the key `{key}`, which has no meaning"
        ));
    }
    let Some(tool) = tools.iter().find(|tool| tool.name == name) else {
        return Err(format!("`{name}` is not one of the tools"));
    };
    let validator = schema::validator(&schema::arguments(tool)?)
        .map_err(|reason| format!("tool `{name}`: {reason}"))?;
    validator
        .validate(&arguments)
        .map_err(|error| format!("arguments of `{name}`: {}", schema::words(&error)))?;
    Ok(ToolCall {
        id: format!("call_{number}"),
        name,
        arguments,
    })
}
