//! Constraints that cannot be held: refused with a reason, without a panic and in bounded time.

use serde_json::{Value, json};

use super::random::grammars;
use super::tool;
use crate::chat::{Constraint, ToolSpec};
use crate::error::Error;
use crate::file::CallFormat;

/// Why a constraint is refused.
fn refusal(constraint: &Constraint, tools: &[ToolSpec]) -> String {
    match grammars().mask(constraint, tools, CallFormat::Qwen, 512) {
        Err(Error::Request { reason, .. }) => reason,
        Err(error) => panic!("{error}"),
        Ok(mask) => format!(
            "taken, and needs {} tokens: {:.200}; {}",
            mask.needed(),
            format!("{constraint:?}"),
            "x".repeat(600)
        ),
    }
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(
        json!({"type": "string"}),
        |inner, _| json!({"type": "array", "items": inner}),
    )
}

#[test]
fn schemas_that_cannot_be_held_are_refused() {
    let cases = [
        (json!({"enum": []}), "empty"),
        (json!(false), ""),
        (json!({"type": "dict"}), "not valid"),
        (json!({"type": "integer", "minimum": 5, "maximum": 4}), "no"),
        (
            json!({"type": "string", "minLength": 5, "maxLength": 4}),
            "minLength",
        ),
        (json!({"type": "string", "minLength": 100_000}), ""),
        (
            json!({"type": "array", "minItems": 5, "maxItems": 4}),
            "minItems",
        ),
        (
            json!({"type": "array", "items": {"type": "integer"}, "uniqueItems": true}),
            "uniqueItems",
        ),
        (json!({"not": {"type": "string"}}), "not"),
        (
            json!({"type": "object", "properties": {"a": false}, "required": ["a"]}),
            "a",
        ),
        (
            json!({"type": "object", "required": ["a"], "additionalProperties": false}),
            "a",
        ),
        (json!({"type": "string", "pattern": "(?=a)b(c"}), ""),
        (json!({"type": "string", "pattern": "(a)\\1"}), ""),
        (
            json!({"type": "string", "format": "no-such-format"}),
            "format",
        ),
        (
            json!({"oneOf": [{"type": "integer"}, {"type": "integer", "minimum": 3}]}),
            "oneOf",
        ),
        (json!({"$ref": "#"}), ""),
        (json!({"$ref": "http://example.com/schema"}), ""),
        (
            json!({"$ref": "#/$defs/a", "$defs": {"a": {"type": "object", "properties": {"next": {"$ref": "#/$defs/a"}}, "required": ["next"]}}}),
            "",
        ),
        (json!({"type": "string", "const": 3}), ""),
        (json!({"description": "长".repeat(4 << 20)}), "larger than"),
        (
            json!({"enum": (0..1_000_000).collect::<Vec<_>>()}),
            "larger than",
        ),
        (nested(2_000), "deeper than"),
        (
            json!({"type": "string", "pattern": "^((a{1,500}b?){1,500}c){1,500}$"}),
            "",
        ),
        (
            json!({"type": "object", "x-guidance": {"lenient": true}, "properties": {"a": {"uniqueItems": true}}}),
            "uniqueItems",
        ),
        (json!({"x-guidance": 3, "not": {}}), "not"),
    ];
    let mut wrong = Vec::new();
    for (schema, expected) in cases {
        let reason = refusal(&Constraint::JsonSchema(schema), &[]);
        if !reason.contains(expected) || reason.len() > 600 {
            wrong.push(format!("{expected}: {reason}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn grammars_that_cannot_be_held_are_refused() {
    let cases = [
        Constraint::Regex(String::new()),
        Constraint::Regex("(".into()),
        Constraint::Regex("a{1000}b".into()),
        Constraint::Regex("x".repeat(1 << 20)),
        Constraint::Lark("start: missing".into()),
        Constraint::Lark("start: start \"a\"".into()),
        Constraint::Lark("start: <|no_such_token|>".into()),
        Constraint::Lark("}{".into()),
    ];
    for constraint in cases {
        let reason = refusal(&constraint, &[]);
        assert!(reason.len() < 600, "{reason}");
    }
}

#[test]
fn tools_that_cannot_be_called_are_refused() {
    let object = || json!({"type": "object"});
    let cases = [
        (vec![], "no tools"),
        (vec![tool("", object())], "no name"),
        (vec![tool("a\" | start", object())], "no name"),
        (vec![tool("a", object()), tool("a", object())], "two tools"),
        (vec![tool("a", json!([]))], "not an object"),
        (vec![tool("a", json!({"type": "string"}))], "not an object"),
        (
            vec![tool(
                "a",
                json!({"properties": {"x": {"uniqueItems": true}}}),
            )],
            "uniqueItems",
        ),
        (vec![tool("a", nested(2_000))], ""),
    ];
    for (tools, expected) in cases {
        let reason = refusal(&Constraint::Tool, &tools);
        assert!(reason.contains(expected), "{expected}: {reason}");
    }
}
