//! Whether a value is so unlike the accepted ones that no reading of the rules takes it.
//!
//! Likeness is meant to be found too often: it costs a mutant, never a wrong one.

use serde_json::Value;

use crate::bfcl::item::{Choice, Field, Options};
use crate::bfcl::same::Type;

/// Whether a value is unlike every choice, and does not count as left out either.
pub(super) fn unlike(options: &[&Options], value: &Value) -> bool {
    let empty = match value {
        Value::String(text) => letters(text).is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    };
    let mut choices = options.iter().flat_map(|options| &options.choices);
    !empty && !choices.any(|choice| like_choice(value, choice))
}

/// Whether the schema and all choices want whole numbers, so that `5.0` is of a wrong type.
pub(super) fn whole_numbers(schema: Type, options: &[&Options]) -> bool {
    let mut choices = options.iter().flat_map(|options| &options.choices);
    schema == Type::Integer
        && choices.all(|choice| matches!(choice, Choice::Plain(value) if value.is_i64()))
}

fn like_choice(value: &Value, choice: &Choice) -> bool {
    match choice {
        Choice::Plain(accepted) => like(value, accepted),
        Choice::Dict(fields) => like_dict(value, fields),
        Choice::Dicts(dicts) => value.as_array().is_some_and(|values| {
            values.len() == dicts.len()
                && values
                    .iter()
                    .zip(dicts)
                    .all(|(value, fields)| like_dict(value, fields))
        }),
    }
}

/// Every key is known and has a like value; keys that must be there are.
fn like_dict(value: &Value, fields: &[Field]) -> bool {
    let Some(dict) = value.as_object() else {
        return false;
    };
    let known = |key: &str| fields.iter().find(|field| field.key == key);
    dict.iter().all(|(key, value)| {
        known(key).is_some_and(|field| field.values.iter().any(|accepted| like(value, accepted)))
    }) && fields
        .iter()
        .all(|field| field.optional || dict.contains_key(&field.key))
}

fn like(value: &Value, accepted: &Value) -> bool {
    match (value, accepted) {
        (Value::Number(value), Value::Number(accepted)) => value.as_f64() == accepted.as_f64(),
        (Value::String(value), Value::String(accepted)) => letters(value) == letters(accepted),
        (Value::Array(value), Value::Array(accepted)) => {
            value.len() == accepted.len()
                && value
                    .iter()
                    .zip(accepted)
                    .all(|(value, accepted)| like(value, accepted))
        }
        (Value::Object(value), Value::Object(accepted)) => value.iter().all(|(key, value)| {
            accepted
                .get(key)
                .is_some_and(|accepted| like(value, accepted))
        }),
        _ => value == accepted,
    }
}

/// What is left of a text without signs and space.
fn letters(text: &str) -> String {
    text.to_lowercase()
        .chars()
        .filter(|character| character.is_alphanumeric())
        .collect()
}
