//! Two answers as JSON: the same bytes, or the first place where they differ.

use serde::Serialize;
use serde_json::Value;

/// The first place where two answers differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Where, for example `sentences[0].text`; empty where there is no answer at all.
    pub path: String,
    /// What was recorded there; none where nothing was.
    pub recorded: Option<Value>,
    /// What came now, likewise.
    pub replayed: Option<Value>,
}

impl Difference {
    /// An answer was recorded, and none came.
    pub(super) fn absent(recorded: &Value) -> Self {
        Self {
            path: String::new(),
            recorded: Some(recorded["status"].clone()),
            replayed: None,
        }
    }
}

/// The first place where `replayed` is not byte for byte what was `recorded`.
pub(super) fn first(recorded: &Value, replayed: &Value) -> Option<Difference> {
    // Keys keep their order, and there are no floating-point numbers, so this is what was stored and sent.
    let (then, now) = (recorded.to_string(), replayed.to_string());
    if then == now {
        return None;
    }
    Some(place(String::new(), Some(recorded), Some(replayed)))
}

fn place(path: String, recorded: Option<&Value>, replayed: Option<&Value>) -> Difference {
    let inner = match (recorded, replayed) {
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            let keys = one.keys().chain(other.keys());
            keys.map(|key| (dotted(&path, key), one.get(key), other.get(key)))
                .find(|(_, one, other)| one != other)
        }
        (Some(Value::Array(one)), Some(Value::Array(other))) => (0..one.len().max(other.len()))
            .map(|at| (format!("{path}[{at}]"), one.get(at), other.get(at)))
            .find(|(_, one, other)| one != other),
        _ => None,
    };
    match inner {
        Some((path, recorded, replayed)) => place(path, recorded, replayed),
        // Nothing within differs, or there is nothing within: the order of keys, or the value itself.
        None => Difference {
            path,
            recorded: recorded.cloned(),
            replayed: replayed.cloned(),
        },
    }
}

fn dotted(path: &str, key: &str) -> String {
    match path {
        "" => key.to_owned(),
        path => format!("{path}.{key}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(recorded: &Value, replayed: &Value) -> String {
        let Some(difference) = first(recorded, replayed) else {
            return "same".to_owned();
        };
        let shown = |value: Option<Value>| value.map_or("nothing".to_owned(), |it| it.to_string());
        let (recorded, replayed) = (shown(difference.recorded), shown(difference.replayed));
        format!("{}: {recorded} -> {replayed}", difference.path)
    }

    #[test]
    fn the_first_difference_is_named() {
        let answer = json!({"status": "answered", "sentences": [{"text": "甲"}, {"text": "乙"}], "next": []});
        let mut other = answer.clone();
        insta::assert_snapshot!(check(&answer, &other), @"same");
        other["next"] = json!(["12345"]);
        insta::assert_snapshot!(check(&answer, &other), @r#"next[0]: nothing -> "12345""#);
        other["sentences"][1]["text"] = json!("丙");
        insta::assert_snapshot!(check(&answer, &other), @r#"sentences[1].text: "乙" -> "丙""#);
        other["sentences"] = json!([]);
        insta::assert_snapshot!(check(&answer, &other), @r#"sentences[0]: {"text":"甲"} -> nothing"#);
        other["status"] = Value::Null;
        insta::assert_snapshot!(check(&answer, &other), @r#"status: "answered" -> null"#);
    }

    #[test]
    fn another_order_is_another_answer() {
        let (one, other) = (json!({"a": 1, "b": 2}), json!({"b": 2, "a": 1}));
        insta::assert_snapshot!(check(&one, &other), @r#": {"a":1,"b":2} -> {"b":2,"a":1}"#);
    }
}
