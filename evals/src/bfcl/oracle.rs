//! Calls that must be accepted, made of the answers themselves.

use serde_json::{Map, Value, json};

use super::call::Call;
use super::item::{Answer, Choice, Expect, Field, Function, Item};
use super::same::Type;

/// The first choice of each parameter. Where any call is right, one of the first function; where none is, no call.
pub fn oracle(item: &Item) -> Vec<Call> {
    match &item.expect {
        Expect::Calls(answers) => answers.iter().map(first_choices).collect(),
        Expect::NoCall => Vec::new(),
        Expect::AnyCall => item.functions.first().map(some_call).into_iter().collect(),
    }
}

fn first_choices(answer: &Answer) -> Call {
    let arguments = answer.parameters.iter().filter_map(|options| {
        let choice = options.choices.first()?;
        Some((options.name.clone(), value(choice)))
    });
    Call {
        name: answer.function.name.clone(),
        arguments: arguments.collect(),
    }
}

fn value(choice: &Choice) -> Value {
    match choice {
        Choice::Plain(value) => value.clone(),
        Choice::Dict(fields) => dict(fields),
        Choice::Dicts(dicts) => dicts.iter().map(|fields| dict(fields)).collect(),
    }
}

fn dict(fields: &[Field]) -> Value {
    let field = |field: &Field| Some((field.key.clone(), field.values.first()?.clone()));
    Value::Object(fields.iter().filter_map(field).collect::<Map<_, _>>())
}

/// A call with a value of the right type for each required parameter, as long as nobody asks which.
pub(super) fn some_call(function: &Function) -> Call {
    let required = function
        .parameters
        .iter()
        .filter(|parameter| parameter.required);
    Call {
        name: function.name.clone(),
        arguments: required
            .map(|parameter| (parameter.name.clone(), some_value(parameter.value)))
            .collect(),
    }
}

/// A value of a type.
pub(super) fn some_value(value: Type) -> Value {
    match value {
        Type::String => json!("something"),
        Type::Integer => json!(1),
        Type::Float => json!(1.5),
        Type::Boolean => json!(true),
        Type::List => json!([]),
        Type::Dict => json!({}),
        Type::Null => Value::Null,
    }
}
