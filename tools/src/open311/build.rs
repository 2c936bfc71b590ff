//! What is sent: parameters and the body of a request, `application/x-www-form-urlencoded`.

use serde_json::{Map, Value};

/// Parameters of a request, from arguments by the names of the standard. Members of `attributes` become `attribute[code]`,
/// lists among them `attribute[code][]`. What is empty is left out.
pub fn pairs(arguments: &Map<String, Value>) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for (name, value) in arguments {
        match (name.as_str(), value) {
            ("attributes", Value::Object(attributes)) => {
                for (code, value) in attributes {
                    attribute(&mut pairs, code, value);
                }
            }
            _ => pairs.extend(plain(value).map(|text| (name.clone(), text))),
        }
    }
    pairs
}

/// The body of these parameters.
pub fn form(pairs: &[(String, String)]) -> String {
    let parts: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    parts.join("&")
}

/// Percent-encoded, all but letters, figures, `-` and `_`: also fit for a piece of a path.
pub fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn attribute(pairs: &mut Vec<(String, String)>, code: &str, value: &Value) {
    if let Value::Array(items) = value {
        let texts = items.iter().filter_map(plain);
        pairs.extend(texts.map(|text| (format!("attribute[{code}][]"), text)));
    } else {
        pairs.extend(plain(value).map(|text| (format!("attribute[{code}]"), text)));
    }
}

/// A value as a text; none of what is empty or no single value.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => (!text.is_empty()).then(|| text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
