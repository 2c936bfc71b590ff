//! Items from a file: one JSON object a line, in the shape of the leaderboard's questions and possible answers, joined.
//!
//! A line that cannot be graded is named and left out; the others are kept.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::item::{
    Answer, Category, Choice, Expect, Field, Function, Item, Message, Options, Parameter,
};
use super::same::Type;
use crate::line::{self, BadLine, Ids};

/// The items of a file, and the lines that are none. Empty lines do not count.
pub fn read(text: &str) -> (Vec<Item>, Vec<BadLine>) {
    let mut ids = Ids::default();
    line::items(text, |line, text| {
        let item = item(text.trim())?;
        ids.take(&item.id, line)?;
        Ok(item)
    })
}

#[derive(Deserialize)]
struct Line {
    id: String,
    category: Category,
    cluster: String,
    messages: Vec<Message>,
    functions: Vec<Described>,
    tools: Vec<Value>,
    expect: Expected,
    ground_truth: Option<Vec<Map<String, Value>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Expected {
    Calls,
    NoCall,
    AnyCall,
}

#[derive(Deserialize)]
struct Described {
    name: String,
    parameters: Parameters,
}

#[derive(Deserialize)]
struct Parameters {
    properties: Map<String, Value>,
    #[serde(default)]
    required: Vec<String>,
}

fn item(text: &str) -> Result<Item, String> {
    // The line is numbered by the caller; to the reader of JSON it is always the first.
    let reason = |error: serde_json::Error| error.to_string().replace("line 1 column", "column");
    let line: Line = serde_json::from_str(text).map_err(reason)?;
    let functions = line
        .functions
        .into_iter()
        .map(function)
        .collect::<Result<Vec<_>, _>>()?;
    let expect = match (line.expect, line.ground_truth) {
        (Expected::Calls, Some(truth)) => Expect::Calls(answers(&functions, line.category, truth)?),
        (Expected::Calls, None) => return Err("calls are expected, but none is given".into()),
        (Expected::NoCall | Expected::AnyCall, Some(_)) => {
            return Err("there are answers where none is compared".into());
        }
        (Expected::NoCall, None) => Expect::NoCall,
        (Expected::AnyCall, None) if functions.is_empty() => {
            return Err("a call is expected, but there is no function".into());
        }
        (Expected::AnyCall, None) => Expect::AnyCall,
    };
    Ok(Item {
        id: line.id,
        category: line.category,
        cluster: line.cluster,
        messages: line.messages,
        tools: line.tools,
        functions,
        expect,
    })
}

fn function(described: Described) -> Result<Function, String> {
    let Described { name, parameters } = described;
    let Parameters {
        properties,
        required,
    } = parameters;
    if let Some(unknown) = required.iter().find(|name| !properties.contains_key(*name)) {
        return Err(format!(
            "`{name}` requires `{unknown}`, which is not a parameter"
        ));
    }
    let parameter = |(key, schema): (&String, &Value)| {
        let value = named(schema).map_err(|reason| format!("`{key}` of `{name}` {reason}"))?;
        let items = schema.get("items").filter(|_| value == Type::List);
        let items = items
            .map(named)
            .transpose()
            .map_err(|reason| format!("an item of `{key}` of `{name}` {reason}"))?;
        Ok(Parameter {
            name: key.clone(),
            value,
            items,
            required: required.contains(key),
        })
    };
    let parameters = properties.iter().map(parameter);
    Ok(Function {
        parameters: parameters.collect::<Result<_, String>>()?,
        name,
    })
}

fn named(schema: &Value) -> Result<Type, String> {
    let Some(name) = schema.get("type").and_then(Value::as_str) else {
        return Err("has no type".into());
    };
    Type::named(name).ok_or_else(|| format!("has the unknown type `{name}`"))
}

fn answers(
    functions: &[Function],
    category: Category,
    truth: Vec<Map<String, Value>>,
) -> Result<Vec<Answer>, String> {
    match truth.len() {
        0 => Err("calls are expected, but none is given".into()),
        count if count > 1 && !category.is_parallel() => {
            Err(format!("`{category}` is one call, not {count}"))
        }
        _ => truth
            .into_iter()
            .map(|truth| answer(functions, truth))
            .collect(),
    }
}

fn answer(functions: &[Function], truth: Map<String, Value>) -> Result<Answer, String> {
    let mut truth = truth.into_iter();
    let (Some((name, Value::Object(accepted))), None) = (truth.next(), truth.next()) else {
        return Err("an answer is not one function with its parameters".into());
    };
    let Some(function) = functions.iter().find(|function| function.name == name) else {
        return Err(format!("the answer `{name}` is not one of the functions"));
    };
    let wrong = |key: &str, reason: &str| Err(format!("answer `{key}` of `{name}` {reason}"));
    let mut parameters = Vec::new();
    for (key, choices) in accepted {
        let known = function.parameters.iter().find(|known| known.name == key);
        let Some(parameter) = known else {
            return wrong(&key, "is not in the schema");
        };
        match options(parameter, choices) {
            Ok(options) if parameter.required && options.choices.is_empty() => {
                return wrong(&key, "is required, but can only be left out");
            }
            Ok(options) => parameters.push(options),
            Err(reason) => return wrong(&key, &reason),
        }
    }
    let given = |name: &str| parameters.iter().any(|options| options.name == name);
    let mut required = function.parameters.iter().filter(|known| known.required);
    if let Some(missing) = required.find(|required| !given(&required.name)) {
        return wrong(&missing.name, "is required, but not answered");
    }
    Ok(Answer {
        function: function.clone(),
        parameters,
    })
}

fn options(parameter: &Parameter, choices: Value) -> Result<Options, String> {
    let (optional, values) = left_out(choices)?;
    let choices = values.into_iter().map(|value| choice(parameter, value));
    Ok(Options {
        name: parameter.name.clone(),
        optional,
        choices: choices.collect::<Result<_, _>>()?,
    })
}

/// Accepted values without the mark that says that there may be none.
fn left_out(choices: Value) -> Result<(bool, Vec<Value>), String> {
    let Value::Array(mut values) = choices else {
        return Err("is not a list of choices".into());
    };
    if values.is_empty() {
        return Err("has no choice".into());
    }
    let all = values.len();
    values.retain(|value| value != "");
    Ok((values.len() < all, values))
}

fn choice(parameter: &Parameter, value: Value) -> Result<Choice, String> {
    match (parameter.value, parameter.items, value) {
        (Type::Dict, _, Value::Object(dict)) => Ok(Choice::Dict(fields(dict)?)),
        (Type::List, Some(Type::Dict), Value::Array(dicts)) => {
            let dict = |value| match value {
                Value::Object(dict) => fields(dict),
                _ => Err("has an item that is not a dictionary".into()),
            };
            let dicts = dicts.into_iter().map(dict);
            Ok(Choice::Dicts(dicts.collect::<Result<_, String>>()?))
        }
        (_, _, value) => Ok(Choice::Plain(value)),
    }
}

fn fields(dict: Map<String, Value>) -> Result<Vec<Field>, String> {
    let field = |(key, choices)| {
        let (optional, values) = left_out(choices)?;
        Ok(Field {
            key,
            optional,
            values,
        })
    };
    dict.into_iter().map(field).collect()
}
