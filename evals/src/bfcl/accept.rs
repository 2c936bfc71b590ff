//! Whether one value fits one parameter: its type, then the accepted values.

use serde_json::{Map, Value};

use super::item::{Choice, Field, Options, Parameter};
use super::same::{Type, same, same_scalar, standard};

/// Whether the type of a value is right: the type of the schema, an integer for a float, or the type of the answers
/// where they contradict the schema.
pub(super) fn right_type(parameter: &Parameter, options: &Options, value: &Value) -> bool {
    let found = Type::of(value);
    match value {
        Value::Array(items) if parameter.value == Type::List => right_items(
            parameter.items,
            options.choices.iter().filter_map(types_of_items),
            items,
        ),
        _ => {
            found == parameter.value
                || (parameter.value == Type::Float && found == Type::Integer)
                || options.choices.first().map(Choice::value_type) == Some(found)
        }
    }
}

/// Whether the items of a list are of the type of the schema, or all of that of one answer. An integer in a list does
/// not pass for a float, unless the answer has it so.
fn right_items(
    expected: Option<Type>,
    mut answers: impl Iterator<Item = Option<Type>>,
    items: &[Value],
) -> bool {
    let Some(expected) = expected else {
        return true;
    };
    let all = |also: Option<Type>| {
        items
            .iter()
            .map(Type::of)
            .all(|found| found == expected || Some(found) == also)
    };
    all(None) || answers.any(all)
}

/// The type of the first item of an accepted list; the outer `None` is no list.
fn types_of_items(choice: &Choice) -> Option<Option<Type>> {
    match choice {
        Choice::Plain(Value::Array(items)) => {
            let first = items.iter().find(|item| *item != "");
            Some(first.map(Type::of))
        }
        Choice::Dicts(_) => Some(Some(Type::Dict)),
        Choice::Plain(_) | Choice::Dict(_) => None,
    }
}

impl Choice {
    /// The type of the values in it.
    pub(super) fn value_type(&self) -> Type {
        match self {
            Self::Plain(value) => Type::of(value),
            Self::Dict(_) => Type::Dict,
            Self::Dicts(_) => Type::List,
        }
    }
}

/// Whether a value is one of the accepted ones.
pub(super) fn accepted(options: &Options, value: &Value) -> bool {
    (options.optional && is_empty(value))
        || options.choices.iter().any(|choice| match choice {
            Choice::Plain(accepted) => same(value, accepted),
            Choice::Dict(fields) => accepted_dict(fields, value),
            Choice::Dicts(dicts) => value.as_array().is_some_and(|values| {
                values.len() == dicts.len()
                    && values
                        .iter()
                        .zip(dicts)
                        .all(|(value, fields)| accepted_dict(fields, value))
            }),
        })
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => standard(text).is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}

fn accepted_dict(fields: &[Field], value: &Value) -> bool {
    let Value::Object(dict) = value else {
        return false;
    };
    let known = |(key, value): (&String, &Value)| {
        fields
            .iter()
            .find(|field| field.key == *key)
            .is_some_and(|field| accepted_field(field, value))
    };
    dict.iter().all(known) && complete(fields, dict)
}

fn accepted_field(field: &Field, value: &Value) -> bool {
    (field.optional && value.is_string() && is_empty(value))
        || field
            .values
            .iter()
            .any(|accepted| same_scalar(value, accepted))
}

fn complete(fields: &[Field], dict: &Map<String, Value>) -> bool {
    fields
        .iter()
        .all(|field| field.optional || dict.contains_key(&field.key))
}
