//! JSON Schemas of arguments, draft 2020-12. A reference to another document is refused: nothing is fetched.

use jsonschema::{Draft, ValidationError, Validator};
use serde_json::Value;

/// Compiles a schema.
///
/// # Errors
/// Why it cannot be used.
pub(crate) fn validator(schema: &Value) -> Result<Validator, String> {
    if let Some(reference) = foreign(schema) {
        return Err(format!(
            "`$ref` to `{reference}`: references must stay inside the file and begin with `#`"
        ));
    }
    compiled(schema).map_err(|error| format!("is not a JSON Schema: {}", words(&error)))
}

/// Compiles a schema without ever fetching anything.
///
/// # Errors
/// Why it is none.
pub(crate) fn compiled(schema: &Value) -> Result<Validator, ValidationError<'static>> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .offline()
        .build(schema)
}

/// The first problem of `value`, with its place.
///
/// # Errors
/// That problem.
pub(crate) fn check(validator: &Validator, value: &Value) -> Result<(), String> {
    validator.validate(value).map_err(|error| words(&error))
}

fn words(error: &ValidationError<'_>) -> String {
    let text: String = error.masked().to_string().chars().take(200).collect();
    let place = error.instance_path().to_string();
    if place.is_empty() {
        text
    } else {
        format!("`{place}`: {text}")
    }
}

/// A reference that leaves the file.
fn foreign(schema: &Value) -> Option<&str> {
    match schema {
        Value::Object(members) => {
            members
                .iter()
                .find_map(|(key, value)| match (key.as_str(), value) {
                    ("$ref" | "$dynamicRef" | "$recursiveRef", Value::String(reference)) => {
                        (!reference.starts_with('#')).then_some(reference.as_str())
                    }
                    _ => foreign(value),
                })
        }
        Value::Array(items) => items.iter().find_map(foreign),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_stay_inside() {
        for reference in [
            "https://example.org/x.json",
            "other.json",
            "file:///etc/passwd",
            "//host/x",
        ] {
            let schema = json!({"properties": {"a": {"$ref": reference}}});
            let error = validator(&schema).unwrap_err();
            assert!(error.contains(reference), "{error}");
        }
        let own = json!({"$defs": {"n": {"type": "integer"}}, "properties": {"a": {"$ref": "#/$defs/n"}}});
        let own = validator(&own).unwrap();
        assert!(check(&own, &json!({"a": 1})).is_ok());
        assert!(check(&own, &json!({"a": "x"})).unwrap_err().contains("/a"));
    }

    #[test]
    fn what_does_not_fit_is_not_quoted() {
        let schema = validator(&json!({"properties": {"identity": {"maxLength": 3}}})).unwrap();
        let error = check(&schema, &json!({"identity": "990101198001019513"})).unwrap_err();
        assert!(!error.contains("1980"), "{error}");
    }
}
