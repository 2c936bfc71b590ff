//! What a tool of a server brought, as a value of ours.

use jsonschema::Validator;
use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::{Value, json};

use crate::schema;

/// Largest result, in bytes of JSON.
pub(super) const LARGEST: usize = 1 << 20;

/// Characters of a server's words in a message.
const SHORT: usize = 300;

/// The structured content, which must fit the schema of results if there is one, or else the text.
///
/// # Errors
/// What is wrong with it.
pub(super) fn value(result: &CallToolResult, output: Option<&Validator>) -> Result<Value, String> {
    let value = match (&result.structured_content, output) {
        (Some(value), Some(output)) => {
            schema::check(output, value).map_err(|message| {
                format!("its result does not fit its `outputSchema`: {message}")
            })?;
            value.clone()
        }
        (Some(value), None) => value.clone(),
        (None, Some(_)) => {
            return Err(
                "it has an `outputSchema` and its result no `structuredContent`".to_owned(),
            );
        }
        (None, None) => json!({"text": text(result)}),
    };
    let size = value.to_string().len();
    if size > LARGEST {
        return Err(format!(
            "its result has {size} bytes, and {LARGEST} are the most"
        ));
    }
    Ok(value)
}

/// The texts of a result, one below the other; pictures, sounds and files are left out.
pub(super) fn text(result: &CallToolResult) -> String {
    let texts: Vec<&str> = result
        .content
        .iter()
        .filter_map(ContentBlock::as_text)
        .map(|text| text.text.as_str())
        .collect();
    texts.join("\n")
}

/// A server's words in a message of ours: short, in one line.
pub(super) fn short(text: &str) -> String {
    let line: Vec<&str> = text.split_whitespace().collect();
    let line = line.join(" ");
    if line.is_empty() {
        return "it gave no reason".to_owned();
    }
    line.chars()
        .filter(|character| !character.is_control())
        .take(SHORT)
        .collect()
}

/// A value in a line for people.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}
