//! Values made wrong: near the right one, so that a lax checker takes them.

use std::slice;

use serde_json::{Map, Value, json};

/// Whether a value may serve as a wrong one.
type Wrong<'a> = &'a dyn Fn(&Value) -> bool;

/// Values of the same type that are wrong: the next number, a longer word, a list in another order, shorter, longer, or
/// with another item, a dictionary with another field, with one more, with one less.
pub(super) fn wrong_values(value: &Value, wrong: Wrong<'_>) -> Vec<Value> {
    let candidates = match value {
        Value::Null => Vec::new(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            return near(value).find(|value| wrong(value)).into_iter().collect();
        }
        Value::Array(items) => lists(items, wrong),
        Value::Object(fields) => dicts(fields, wrong),
    };
    candidates
        .into_iter()
        .filter(|value| wrong(value))
        .collect()
}

/// Other values of the type of a scalar, nearest first.
fn near(value: &Value) -> impl Iterator<Item = Value> {
    let value = value.clone();
    (1..=100_u32).filter_map(move |step| match &value {
        Value::Bool(boolean) => Some(json!(!boolean)),
        Value::Number(number) if number.is_f64() => Some(json!(
            (number.as_f64()? + f64::from(step)) * f64::from(step)
        )),
        Value::Number(number) => Some(json!(number.as_i64()?.checked_add(step.into())?)),
        Value::String(text) => Some(json!(format!("{text}{}", " not".repeat(step as usize)))),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    })
}

fn lists(items: &[Value], wrong: Wrong<'_>) -> Vec<Value> {
    let mut lists = Vec::new();
    if let Some((first, rest)) = items.split_first() {
        let with = |item: Value| json!([&[item], rest].concat());
        let another = wrong_values(first, &|item| wrong(&with(item.clone())));
        lists.extend(another.into_iter().map(with));
        lists.push(items.iter().rev().cloned().collect());
        lists.push(rest.iter().cloned().collect());
        lists.push(json!([items, slice::from_ref(first)].concat()));
    }
    lists
}

fn dicts(fields: &Map<String, Value>, wrong: Wrong<'_>) -> Vec<Value> {
    let mut dicts = Vec::new();
    for (key, value) in fields {
        let with = |value: Value| {
            let mut fields = fields.clone();
            fields.insert(key.clone(), value);
            Value::Object(fields)
        };
        let another = wrong_values(value, &|value| wrong(&with(value.clone())));
        dicts.extend(another.into_iter().map(with));
        let mut fewer = fields.clone();
        fewer.shift_remove(key);
        dicts.push(Value::Object(fewer));
    }
    let mut more = fields.clone();
    more.insert("extra".to_owned(), json!(1));
    dicts.push(Value::Object(more));
    dicts
}

/// With the first number in it written as a string.
pub(super) fn as_text(value: &Value) -> Option<Value> {
    replaced(value, &|number| json!(number.to_string()))
}

/// With the first number in it replaced by `true`.
pub(super) fn as_boolean(value: &Value) -> Option<Value> {
    replaced(value, &|_| json!(true))
}

/// A whole number with a fraction of zero.
pub(super) fn as_float(value: &Value) -> Option<Value> {
    let number = value.as_i64()?;
    Some(json!(number as f64))
}

fn replaced(value: &Value, change: &dyn Fn(&Value) -> Value) -> Option<Value> {
    match value {
        Value::Number(_) => Some(change(value)),
        Value::Array(items) => {
            let mut items = items.clone();
            let item = items
                .iter_mut()
                .find_map(|item| Some((replaced(item, change)?, item)));
            let (new, item) = item?;
            *item = new;
            Some(Value::Array(items))
        }
        Value::Object(fields) => {
            let mut fields = fields.clone();
            let field = fields
                .values_mut()
                .find_map(|field| Some((replaced(field, change)?, field)));
            let (new, field) = field?;
            *field = new;
            Some(Value::Object(fields))
        }
        Value::Null | Value::Bool(_) | Value::String(_) => None,
    }
}
