//! Strings of Python: both quotes, three of them, `r` and `u` before them, escapes, and several in a row.

use super::DecodeError;
use super::cursor::Cursor;

/// Whether a string with letters before it comes next.
pub(super) fn is_prefixed(cursor: &Cursor<'_>) -> bool {
    let rest = cursor.rest();
    let letters = rest.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
    matches!(letters.chars().next(), Some('"' | '\'')) && rest.len() - letters.len() <= 2
}

/// The string that comes next; strings that follow belong to it.
pub(super) fn string(cursor: &mut Cursor<'_>) -> Result<String, DecodeError> {
    let mut text = String::new();
    loop {
        part(cursor, &mut text)?;
        cursor.skip_space();
        if !matches!(cursor.peek(), Some('"' | '\'')) && !is_prefixed(cursor) {
            return Ok(text);
        }
    }
}

fn part(cursor: &mut Cursor<'_>, text: &mut String) -> Result<(), DecodeError> {
    let place = cursor.place();
    let open = |cursor: &Cursor<'_>| cursor.unread(place, "a string without an end");
    let raw = match cursor.word() {
        None | Some("u" | "U") => false,
        Some("r" | "R") => true,
        Some(_) => return Err(cursor.unread(place, "not a literal")),
    };
    let quote = if cursor.peek() == Some('"') {
        "\""
    } else {
        "'"
    };
    let triple = quote.repeat(3);
    let end = if cursor.eat(&triple) {
        triple.as_str()
    } else {
        cursor.eat(quote);
        quote
    };
    while !cursor.eat(end) {
        match cursor.next() {
            None => return Err(open(cursor)),
            Some('\n') if end == quote => return Err(open(cursor)),
            Some('\\') if raw => {
                text.push('\\');
                text.push(cursor.next().ok_or_else(|| open(cursor))?);
            }
            Some('\\') => escape(cursor, text)?,
            Some(character) => text.push(character),
        }
    }
    Ok(())
}

/// What a backslash makes of the characters after it. An unknown escape stays as it is written.
fn escape(cursor: &mut Cursor<'_>, text: &mut String) -> Result<(), DecodeError> {
    let place = cursor.place();
    let character = match cursor.next() {
        Some('\n') => return Ok(()),
        Some(character @ ('\\' | '\'' | '"')) => Some(character),
        Some('a') => Some('\u{7}'),
        Some('b') => Some('\u{8}'),
        Some('f') => Some('\u{c}'),
        Some('n') => Some('\n'),
        Some('r') => Some('\r'),
        Some('t') => Some('\t'),
        Some('v') => Some('\u{b}'),
        Some(first @ '0'..='7') => octal(cursor, first),
        Some('x') => hexadecimal(cursor, 2),
        Some('u') => hexadecimal(cursor, 4),
        Some('U') => hexadecimal(cursor, 8),
        Some('N') | None => None,
        Some(other) => {
            text.push('\\');
            Some(other)
        }
    };
    text.push(character.ok_or_else(|| cursor.unread(place, "not an escape"))?);
    Ok(())
}

/// Up to three digits, the first of which is read.
fn octal(cursor: &mut Cursor<'_>, first: char) -> Option<char> {
    let mut code = first.to_digit(8)?;
    for _ in 0..2 {
        let Some(digit) = cursor.peek().and_then(|character| character.to_digit(8)) else {
            break;
        };
        cursor.next();
        code = code * 8 + digit;
    }
    char::from_u32(code)
}

/// Exactly `count` digits. Halves of a surrogate pair are no characters.
fn hexadecimal(cursor: &mut Cursor<'_>, count: usize) -> Option<char> {
    let mut code = 0_u32;
    for _ in 0..count {
        code = code.checked_mul(16)? + cursor.next()?.to_digit(16)?;
    }
    char::from_u32(code)
}
