//! Calls as JSON objects, alone or between the marks of Hermes and Qwen.

use serde_json::{Map, Value};

use super::DecodeError;
use crate::bfcl::call::Call;

/// The mark before a call.
pub(super) const OPEN: &str = "<tool_call>";
/// The mark after a call.
const CLOSE: &str = "</tool_call>";

/// Whether a text begins as an object, or as a list of objects.
pub(super) fn begins(text: &str) -> bool {
    text.strip_prefix('[')
        .unwrap_or(text)
        .trim_start()
        .starts_with('{')
}

/// The calls that a whole text is.
pub(super) fn alone(text: &str) -> Result<Vec<Call>, DecodeError> {
    match serde_json::from_str(text).map_err(not_json)? {
        Value::Array(calls) => calls.into_iter().map(call).collect(),
        value => Ok(vec![call(value)?]),
    }
}

/// The calls between marks. A closing mark inside a string of a call does not end it.
pub(super) fn between_marks(text: &str) -> Result<Vec<Call>, DecodeError> {
    let mut calls = Vec::new();
    let mut rest = text;
    while let Some((_, block)) = rest.split_once(OPEN) {
        let mut stream = serde_json::Deserializer::from_str(block).into_iter::<Value>();
        let value = match stream.next() {
            Some(value) => value.map_err(not_json)?,
            None => return Err(DecodeError::Open),
        };
        calls.push(call(value)?);
        let after = block[stream.byte_offset()..].trim_start();
        rest = after.strip_prefix(CLOSE).ok_or(DecodeError::Open)?;
    }
    Ok(calls)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature that `map_err` wants"
)]
fn not_json(error: serde_json::Error) -> DecodeError {
    DecodeError::Json {
        reason: error.to_string(),
    }
}

/// `parameters` is Llama's word for the arguments. A call without either has none.
fn call(value: Value) -> Result<Call, DecodeError> {
    let Value::Object(mut value) = value else {
        return Err(DecodeError::NotObject);
    };
    let Some(Value::String(name)) = value.shift_remove("name") else {
        return Err(DecodeError::NoName);
    };
    let arguments = value.shift_remove("arguments");
    let arguments = match arguments.or_else(|| value.shift_remove("parameters")) {
        None => Map::new(),
        Some(Value::Object(arguments)) => arguments,
        Some(_) => return Err(DecodeError::Arguments { function: name }),
    };
    match value.into_iter().next() {
        Some((key, _)) => Err(DecodeError::UnknownKey {
            function: name,
            key,
        }),
        None => Ok(Call { name, arguments }),
    }
}
