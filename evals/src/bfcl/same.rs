//! When two values are the same, and of which type they are.

use std::fmt;

use serde::Serialize;
use serde_json::{Number, Value};

/// The type of a value or of a parameter, as the leaderboard has them: those of Python, with tuples as lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// `str`.
    String,
    /// `int`.
    Integer,
    /// `float`.
    Float,
    /// `bool`, which is not a number here.
    Boolean,
    /// `list` or `tuple`.
    List,
    /// `dict`.
    Dict,
    /// `None`; no parameter is of this type.
    Null,
}

impl Type {
    /// `5` is an integer, `5.0` is not.
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(number) if number.is_f64() => Self::Float,
            Value::Number(_) => Self::Integer,
            Value::String(_) => Self::String,
            Value::Array(_) => Self::List,
            Value::Object(_) => Self::Dict,
        }
    }

    /// By the name that a schema has for it.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "string" | "any" => Self::String,
            "integer" => Self::Integer,
            "float" => Self::Float,
            "boolean" => Self::Boolean,
            "array" | "tuple" => Self::List,
            "dict" => Self::Dict,
            _ => return None,
        })
    }
}

impl fmt::Display for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(formatter)
    }
}

/// Whether a value is the same as an accepted one: strings by [`standard`], also as items of a list.
pub(super) fn same(value: &Value, accepted: &Value) -> bool {
    match (value, accepted) {
        (Value::Array(value), Value::Array(accepted)) => each(value, accepted, same_scalar),
        _ => same_scalar(value, accepted),
    }
}

/// As [`same`], but a list is compared exactly.
pub(super) fn same_scalar(value: &Value, accepted: &Value) -> bool {
    match (value, accepted) {
        (Value::String(value), Value::String(accepted)) => standard(value) == standard(accepted),
        _ => exact(value, accepted),
    }
}

/// What two strings have in common that differ only as people write them: without space and ` , . / - _ * ^`, in lower
/// case, with one kind of quote.
pub(super) fn standard(text: &str) -> String {
    text.replace([' ', ',', '.', '/', '-', '_', '*', '^'], "")
        .to_lowercase()
        .replace('\'', "\"")
}

/// Equality in which only the way to write a number and the order of keys do not count.
fn exact(value: &Value, accepted: &Value) -> bool {
    match (value, accepted) {
        (Value::Number(value), Value::Number(accepted)) => equal(value, accepted),
        (Value::Array(value), Value::Array(accepted)) => each(value, accepted, exact),
        (Value::Object(value), Value::Object(accepted)) => {
            value.len() == accepted.len()
                && value.iter().all(|(key, value)| {
                    accepted
                        .get(key)
                        .is_some_and(|accepted| exact(value, accepted))
                })
        }
        _ => value == accepted,
    }
}

fn each(value: &[Value], accepted: &[Value], same: fn(&Value, &Value) -> bool) -> bool {
    value.len() == accepted.len()
        && value
            .iter()
            .zip(accepted)
            .all(|(value, accepted)| same(value, accepted))
}

/// Integers are compared as such: not every one is a floating-point number.
fn equal(left: &Number, right: &Number) -> bool {
    match (left.is_f64(), right.is_f64()) {
        (false, false) => left == right,
        _ => left.as_f64() == right.as_f64(),
    }
}
