//! A literal of Python as a JSON value: tuples become lists, `None` becomes null.

use serde_json::{Map, Value};

use super::DecodeError;
use super::cursor::Cursor;
use super::number::number;
use super::string::{is_prefixed, string};

/// How deep literals may be nested: as deep as the JSON reader allows, so that no text exhausts the stack.
const DEPTH: usize = 128;

/// The literal that comes next.
pub(super) fn literal(cursor: &mut Cursor<'_>) -> Result<Value, DecodeError> {
    nested(cursor, DEPTH)
}

fn nested(cursor: &mut Cursor<'_>, depth: usize) -> Result<Value, DecodeError> {
    cursor.skip_space();
    let Some(depth) = depth.checked_sub(1) else {
        return Err(cursor.unread(cursor.place(), "too deep"));
    };
    match cursor.peek() {
        Some('[') => list(cursor, depth),
        Some('(') => tuple(cursor, depth),
        Some('{') => dict(cursor, depth),
        Some('0'..='9' | '.' | '+' | '-') => number(cursor),
        Some('"' | '\'') => string(cursor).map(Value::String),
        Some(_) => word(cursor),
        None => Err(cursor.expected("a value")),
    }
}

fn list(cursor: &mut Cursor<'_>, depth: usize) -> Result<Value, DecodeError> {
    cursor.eat("[");
    let (items, _) = items(cursor, depth, "]", "`,` or `]`")?;
    Ok(Value::Array(items))
}

/// `(1)` is a number in parentheses, `(1,)` a tuple.
fn tuple(cursor: &mut Cursor<'_>, depth: usize) -> Result<Value, DecodeError> {
    cursor.eat("(");
    let (mut items, comma) = items(cursor, depth, ")", "`,` or `)`")?;
    match items.pop() {
        Some(only) if items.is_empty() && !comma => Ok(only),
        last => {
            items.extend(last);
            Ok(Value::Array(items))
        }
    }
}

/// Values up to `end`, and whether there was a comma after the last.
fn items(
    cursor: &mut Cursor<'_>,
    depth: usize,
    end: &str,
    expected: &'static str,
) -> Result<(Vec<Value>, bool), DecodeError> {
    let (mut items, mut comma) = (Vec::new(), true);
    while !cursor.eat_spaced(end) {
        if !comma {
            return Err(cursor.expected(expected));
        }
        items.push(nested(cursor, depth)?);
        comma = cursor.eat_spaced(",");
    }
    Ok((items, comma))
}

/// As in Python the last of several values of a key counts. JSON has no other keys than strings.
fn dict(cursor: &mut Cursor<'_>, depth: usize) -> Result<Value, DecodeError> {
    cursor.eat("{");
    let (mut fields, mut comma) = (Map::new(), true);
    while !cursor.eat_spaced("}") {
        if !comma {
            return Err(cursor.expected("`,` or `}`"));
        }
        if !matches!(cursor.peek(), Some('"' | '\'')) {
            return Err(cursor.expected("a string as key"));
        }
        let key = string(cursor)?;
        if !cursor.eat_spaced(":") {
            return Err(cursor.expected("`:`"));
        }
        fields.insert(key, nested(cursor, depth)?);
        comma = cursor.eat_spaced(",");
    }
    Ok(Value::Object(fields))
}

/// A constant, or a string with letters before it.
fn word(cursor: &mut Cursor<'_>) -> Result<Value, DecodeError> {
    let place = cursor.place();
    if is_prefixed(cursor) {
        return string(cursor).map(Value::String);
    }
    match cursor.word() {
        Some("True") => Ok(Value::Bool(true)),
        Some("False") => Ok(Value::Bool(false)),
        Some("None") => Ok(Value::Null),
        Some(_) | None => Err(cursor.unread(place, "not a literal")),
    }
}
