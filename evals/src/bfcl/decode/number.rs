//! Numbers of Python: signs, underscores between digits, other bases, fractions and exponents.

use serde_json::{Number, Value};

use super::DecodeError;
use super::cursor::Cursor;

/// The number that comes next, with its sign.
pub(super) fn number(cursor: &mut Cursor<'_>) -> Result<Value, DecodeError> {
    let place = cursor.place();
    let sign = if cursor.eat("-") { "-" } else { "" };
    if sign.is_empty() {
        cursor.eat("+");
    }
    let written = written(cursor);
    let not_number = || cursor.unread(place, "not a number");
    let too_large = || cursor.unread(place, "too large a number");
    let (digits, radix) = radix(written);
    let Some(digits) = without_underscores(digits, radix) else {
        return Err(not_number());
    };
    let signed = format!("{sign}{digits}");
    let whole = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    let significant = digits.trim_start_matches('0');
    if whole && radix == 10 && significant != digits && !significant.is_empty() {
        return Err(not_number());
    }
    if whole {
        return integer(&signed, radix)
            .map(Value::Number)
            .ok_or_else(too_large);
    }
    let fraction = (radix == 10).then(|| signed.parse::<f64>().ok()).flatten();
    match fraction.map(Number::from_f64) {
        Some(Some(number)) => Ok(Value::Number(number)),
        Some(None) => Err(too_large()),
        None => Err(not_number()),
    }
}

/// All that belongs to a number, or would have to: a sign only after the letter of an exponent.
fn written<'a>(cursor: &mut Cursor<'a>) -> &'a str {
    let hexadecimal = matches!(cursor.rest().get(..2), Some("0x" | "0X"));
    let mut exponent = false;
    cursor.take(|character| {
        let belongs = character.is_alphanumeric()
            || matches!(character, '.' | '_')
            || (exponent && matches!(character, '+' | '-'));
        exponent = !hexadecimal && matches!(character, 'e' | 'E');
        belongs
    })
}

/// `None` where an underscore does not stand between two digits, or between the mark of a base and a digit.
fn without_underscores(written: &str, radix: u32) -> Option<String> {
    let characters: Vec<char> = written.chars().collect();
    let digit = |at: usize| characters.get(at).is_some_and(|next| next.is_digit(radix));
    let placed = |(at, character): (usize, &char)| {
        let before = at.checked_sub(1).map_or(radix != 10, digit);
        *character != '_' || (before && digit(at + 1))
    };
    let placed = characters.iter().enumerate().all(placed);
    placed.then(|| written.replace('_', ""))
}

fn radix(digits: &str) -> (&str, u32) {
    match digits.get(..2) {
        Some("0x" | "0X") => (&digits[2..], 16),
        Some("0o" | "0O") => (&digits[2..], 8),
        Some("0b" | "0B") => (&digits[2..], 2),
        Some(_) | None => (digits, 10),
    }
}

fn integer(signed: &str, radix: u32) -> Option<Number> {
    let small = i64::from_str_radix(signed, radix).map(Number::from);
    small
        .or_else(|_| u64::from_str_radix(signed, radix).map(Number::from))
        .ok()
}
