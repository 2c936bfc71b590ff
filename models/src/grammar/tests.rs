//! What is promised of constrained texts, whatever the logits are: they parse, they fit, they end in time.

mod bfcl;
mod hostile;
mod random;
mod sentences;
mod shapes;

use serde_json::{Value, json};

use super::number::Numbers;
use super::{check, parse_calls};
use crate::chat::{Constraint, ToolSpec};
use crate::file::CallFormat;
use random::{grammars, write};

fn tool(name: &str, parameters: Value) -> ToolSpec {
    ToolSpec {
        name: name.into(),
        description: String::new(),
        parameters,
    }
}

fn weather() -> Vec<ToolSpec> {
    vec![tool(
        "weather",
        json!({
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 1, "maximum": 7}},
            "required": ["city"],
            "additionalProperties": false,
        }),
    )]
}

#[test]
fn calls_are_read_from_texts() {
    let cases = [
        (CallFormat::Qwen, "没有调用。\n", "没有调用。\n | "),
        (
            CallFormat::Qwen,
            "好的。\n<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"禾岚\"}}\n</tool_call>",
            "好的。 | call_3 weather {\"city\":\"禾岚\"}",
        ),
        (
            CallFormat::Qwen,
            "<tool_call>{\"name\": \"weather\", \"arguments\": {\"city\": \"</tool_call>\"}}</tool_call>\n<tool_call>{\"name\": \"weather\", \"arguments\": {\"city\": \"b\", \"days\": 2}}</tool_call>",
            " | call_3 weather {\"city\":\"</tool_call>\"} call_4 weather {\"city\":\"b\",\"days\":2}",
        ),
        (
            CallFormat::Qwen,
            "<tool_call>\n{\"name\": \"weather\"",
            "a call is not JSON",
        ),
        (
            CallFormat::Qwen,
            "<tool_call>\n{} \n</tool_call>",
            "a call has no `name`",
        ),
        (
            CallFormat::Qwen,
            "<tool_call>\n{\"name\": \"fly\", \"arguments\": {}}\n</tool_call>",
            "`fly` is not one of the tools",
        ),
        (
            CallFormat::Qwen,
            "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"b\", \"days\": 9}}\n</tool_call>",
            "arguments of `weather`: 9 is greater than the maximum of 7 (at `/days`)",
        ),
        (
            CallFormat::Qwen,
            "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"b\"}}",
            "a call does not end",
        ),
        (
            CallFormat::Llama,
            "{\"name\": \"weather\", \"parameters\": {\"city\": \"禾岚\"}}",
            " | call_3 weather {\"city\":\"禾岚\"}",
        ),
        (
            CallFormat::Llama,
            "{\"name\": \"an answer\"}",
            "{\"name\": \"an answer\"} | ",
        ),
        (CallFormat::Llama, "晴。", "晴。 | "),
    ];
    for (format, text, expected) in cases {
        let read = match parse_calls(text, format, &weather(), 3) {
            Ok((besides, calls)) => {
                let calls = calls
                    .iter()
                    .map(|call| format!("{} {} {}", call.id, call.name, call.arguments));
                format!("{besides} | {}", calls.collect::<Vec<_>>().join(" "))
            }
            Err(reason) => reason,
        };
        assert!(read.starts_with(expected), "{text}: {read}");
    }
}

#[test]
fn finished_texts_are_checked() {
    let schema = || {
        Constraint::JsonSchema(
            json!({"type": "array", "items": {"type": "integer"}, "uniqueItems": true}),
        )
    };
    let cases = [
        (schema(), "[1, 2]", ""),
        (schema(), "[1, 1]", "[1,1] has non-unique elements"),
        (schema(), "[1, 2", "this is not JSON"),
        (Constraint::Regex("[0-9]{3}号".into()), "110号", ""),
        (
            Constraint::Regex("[0-9]{3}号".into()),
            "110",
            "the text ends too early",
        ),
        (
            Constraint::Regex("[0-9]{3}号".into()),
            "110号。",
            "the text leaves the grammar at byte 6",
        ),
        (Constraint::Lark("start: \"a\"+ \"b\"".into()), "aab", ""),
        (
            Constraint::Lark("start: \"a\"+ \"b\"".into()),
            "b",
            "the text leaves the grammar at byte 0",
        ),
        (Constraint::Tool, "晴。", "0 calls came"),
        (
            Constraint::Tool,
            "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"禾岚\"}}\n</tool_call>",
            "",
        ),
    ];
    for (constraint, text, expected) in cases {
        let checked = check(text, Some(&constraint), &weather(), CallFormat::Qwen, 0);
        let reason = checked.err().unwrap_or_default();
        assert!(
            reason.starts_with(expected) && reason.is_empty() == expected.is_empty(),
            "{text}: {reason}"
        );
    }
}

#[test]
fn numbers_end_before_they_are_too_long() {
    let long = |text: &str| Numbers::default().read(text.as_bytes()).is_long();
    for text in [
        "1, 2, 345678901234567",
        "-123456789012345",
        "0.12345678901234",
        "1e99",
        "\"1e999\"",
        "\"a\\\"1e999\"",
        "[1e-10, \"\", 1]",
    ] {
        assert!(!long(text), "{text}");
    }
    for text in [
        "1234567890123456",
        "0.123456789012345",
        "1e100",
        "[\"\", 1e999",
        "{\"a\": -1E+100",
    ] {
        assert!(long(text), "{text}");
    }
}

#[test]
fn a_budget_that_is_too_small_is_named() {
    let schema = json!({
        "type": "object",
        "properties": {"kind": {"enum": ["a much longer word", "b"]}, "text": {"type": "string", "minLength": 30}},
        "required": ["kind", "text"],
    });
    let constraint = Constraint::JsonSchema(schema);
    let mask = |budget| grammars().mask(&constraint, &[], CallFormat::Qwen, budget);
    let needed = mask(1_000).unwrap().needed();
    let refused = mask(4).err().unwrap().to_string();
    assert!(
        refused.contains("tokens, but `max_tokens` leaves 4"),
        "{refused}"
    );
    let asked: usize = refused
        .split_whitespace()
        .find_map(|word| word.parse().ok())
        .unwrap();
    assert!(asked <= needed, "{asked} {needed}");
    assert!(mask(asked - 1).is_err());
    let written = write(mask(asked).unwrap(), 7, asked);
    assert!(written.tokens <= asked);
    check(&written.text, Some(&constraint), &[], CallFormat::Qwen, 0).unwrap();
}
