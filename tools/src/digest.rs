//! SHA-256 in hexadecimal digits, and one form of JSON for what has several.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// SHA-256 of a text, in lower-case hexadecimal digits.
pub fn of_text(text: &str) -> String {
    hexadecimal(&Sha256::digest(text.as_bytes()))
}

/// SHA-256 of the text that pieces make together.
pub(crate) fn of_pieces(pieces: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for piece in pieces {
        hasher.update(piece.as_bytes());
    }
    hexadecimal(&hasher.finalize())
}

/// SHA-256 over parts, each preceded by its length, so that no two lists have the same.
pub(crate) fn of_parts(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hexadecimal(&hasher.finalize())
}

/// JSON without spaces and with sorted keys: a store may give keys back in another order.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    put(&mut text, value);
    text
}

fn put(text: &mut String, value: &Value) {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
            sorted.sort_unstable_by_key(|(key, _)| *key);
            let mut before = '{';
            for (key, value) in sorted {
                text.push(std::mem::replace(&mut before, ','));
                put_scalar(text, key);
                text.push(':');
                put(text, value);
            }
            text.push_str(if before == '{' { "{}" } else { "}" });
        }
        Value::Array(items) => {
            let mut before = '[';
            for item in items {
                text.push(std::mem::replace(&mut before, ','));
                put(text, item);
            }
            text.push_str(if before == '[' { "[]" } else { "]" });
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            put_scalar(text, value);
        }
    }
}

fn put_scalar(text: &mut String, value: &(impl Serialize + ?Sized)) {
    let written = serde_json::to_string(value);
    text.push_str(&written.expect("texts, numbers, truth and nothing are JSON"));
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_form_of_json() {
        let check = |text: &str, expected: &str| {
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(canonical(&value), expected);
        };
        check(
            r#" {"b": [1, {}, []], "a": {"d": null, "c": -1.5}} "#,
            r#"{"a":{"c":-1.5,"d":null},"b":[1,{},[]]}"#,
        );
        check(r#"{"\n\"": "\u0001水"}"#, r#"{"\n\"":"\u0001水"}"#);
        check("[true, false, [[0]]]", "[true,false,[[0]]]");
        check("{}", "{}");
    }

    #[test]
    fn pieces_make_one_text() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(of_text("abc"), abc);
        assert_eq!(of_pieces(&["a", "", "bc"]), abc);
        assert_ne!(of_parts(&["a", "", "bc"]), of_parts(&["", "a", "bc"]));
    }
}
