//! Calls of Python, as the leaderboard asks models without function calling to write them.
//!
//! `[f(a=1), g.h(b='x')]`: dotted names, named arguments, literals. What Python would have to compute is an error.

use serde_json::{Map, Value};

use super::DecodeError;
use super::cursor::Cursor;
use super::literal::literal;
use crate::bfcl::call::Call;

/// Whether a text begins as a call or as a list of calls: with a name and, directly after it, a parenthesis.
pub(super) fn begins(text: &str) -> bool {
    let mut cursor = Cursor::new(text);
    cursor.eat("[");
    cursor.skip_space();
    name(&mut cursor).is_ok() && cursor.peek() == Some('(')
}

/// The calls that a whole text is.
pub(super) fn calls(text: &str) -> Result<Vec<Call>, DecodeError> {
    let mut cursor = Cursor::new(text);
    let bracket = cursor.eat("[");
    let mut calls = Vec::new();
    loop {
        cursor.skip_space();
        calls.push(call(&mut cursor)?);
        let more = cursor.eat_spaced(",");
        cursor.skip_space();
        if !more || matches!(cursor.peek(), Some(']') | None) {
            break;
        }
    }
    if bracket && !cursor.eat("]") {
        return Err(cursor.expected("`,` or `]`"));
    }
    cursor.skip_space();
    match cursor.peek() {
        None => Ok(calls),
        Some(_) if bracket => Err(cursor.expected("the end")),
        Some(_) => Err(cursor.expected("`,` or the end")),
    }
}

fn call(cursor: &mut Cursor<'_>) -> Result<Call, DecodeError> {
    let name = name(cursor)?;
    if !cursor.eat("(") {
        return Err(cursor.expected("`(`"));
    }
    let mut arguments = Map::new();
    while !cursor.eat_spaced(")") {
        let (parameter, value) = argument(cursor, &name)?;
        if arguments.insert(parameter.clone(), value).is_some() {
            return Err(DecodeError::Repeated {
                function: name,
                parameter,
            });
        }
        let more = cursor.eat_spaced(",");
        cursor.skip_space();
        if !more && cursor.peek() != Some(')') {
            return Err(cursor.expected("`,` or `)`"));
        }
    }
    Ok(Call { name, arguments })
}

fn name(cursor: &mut Cursor<'_>) -> Result<String, DecodeError> {
    let mut name = String::new();
    loop {
        let Some(word) = cursor.word() else {
            return Err(cursor.expected("a name"));
        };
        name.push_str(word);
        if !cursor.eat(".") {
            return Ok(name);
        }
        name.push('.');
    }
}

fn argument(cursor: &mut Cursor<'_>, function: &str) -> Result<(String, Value), DecodeError> {
    if cursor.peek().is_none() {
        return Err(cursor.expected("an argument or `)`"));
    }
    let named = cursor.word().filter(|_| cursor.eat_spaced("="));
    match named {
        Some(parameter) => Ok((parameter.to_owned(), literal(cursor)?)),
        None => Err(DecodeError::Unnamed {
            function: function.to_owned(),
        }),
    }
}
