//! JSON Schemas: which are taken, and how they are handed to `llguidance`.
//!
//! A schema is held exactly or refused by name (`uniqueItems`, `not`, `oneOf` that overlaps and others). `format` is held
//! as the form of the text; whether a 30th of February exists is not asked.

use jsonschema::{ValidationError, Validator};
use serde_json::{Map, Value, json};

use crate::chat::ToolSpec;

/// Largest schema, in bytes of JSON.
const LARGEST: usize = 1 << 20;
/// Deepest schema, in values within values.
const DEEPEST: usize = 64;

/// Whether a schema is small enough to be looked at.
pub(super) fn check_size(schema: &Value) -> Result<(), String> {
    let mut open = vec![(schema, 1)];
    let mut bytes = 0;
    while let Some((value, depth)) = open.pop() {
        if depth > DEEPEST {
            return Err(format!("the schema is deeper than {DEEPEST} levels"));
        }
        bytes += 4;
        match value {
            Value::Array(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(entries) => {
                bytes += entries.keys().map(String::len).sum::<usize>();
                open.extend(entries.values().map(|value| (value, depth + 1)));
            }
            Value::String(text) => bytes += text.len(),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
        if bytes > LARGEST {
            return Err(format!("the schema is larger than {LARGEST} bytes"));
        }
    }
    Ok(())
}

/// What tells whether a value fits.
///
/// # Errors
/// Why the schema is none.
pub(super) fn validator(schema: &Value) -> Result<Validator, String> {
    check_size(schema)?;
    jsonschema::options()
        .build(schema)
        .map_err(|error| format!("the schema is not valid: {}", words(&error)))
}

/// What does not fit, and where; the value itself is not quoted at length.
pub(super) fn words(error: &ValidationError<'_>) -> String {
    let text: String = error.to_string().chars().take(200).collect();
    let place = error.instance_path().to_string();
    if place.is_empty() {
        text
    } else {
        format!("{text} (at `{place}`)")
    }
}

/// The schema of a tool's arguments, which are an object.
pub(super) fn arguments(tool: &ToolSpec) -> Result<Value, String> {
    let Value::Object(schema) = &tool.parameters else {
        return Err(format!("tool `{}`: the schema is not an object", tool.name));
    };
    let mut schema = schema.clone();
    let kind = schema.entry("type").or_insert_with(|| json!("object"));
    if kind != "object" {
        return Err(format!(
            "tool `{}`: the arguments are not an object",
            tool.name
        ));
    }
    Ok(Value::Object(schema))
}

/// A schema with how its values are written: on one line, with one space after `,` and `:`, as chat templates print
/// JSON. Free white space would let a model run in it without end.
pub(super) fn written(schema: &Value) -> Value {
    let mut map = match schema {
        Value::Object(map) => map.clone(),
        Value::Bool(false) => Map::from_iter([("anyOf".to_string(), json!([]))]),
        _ => Map::new(),
    };
    let style = json!({
        "whitespace_flexible": false,
        "item_separator": ", ",
        "key_separator": ": ",
    });
    map.insert("x-guidance".into(), style);
    Value::Object(map)
}
