//! Texts of every kind of constraint, from random logits.

use serde_json::{Value, json};

use super::random::{compare, grammars, write};
use super::{tool, weather};
use crate::chat::{Constraint, ToolSpec};
use crate::file::CallFormat;
use crate::grammar::check;

/// What is said of one token is what is said of it among all, wherever a text stands.
#[test]
fn one_token_is_allowed_as_among_all() {
    let schema = json!({
        "type": "object",
        "properties": {"名": {"type": "string", "maxLength": 6}, "n": {"type": "integer"}},
        "required": ["n"],
        "additionalProperties": false,
    });
    let weather = weather();
    let constraints = [
        (Constraint::JsonSchema(schema), &[][..]),
        (
            Constraint::Regex(r"(?:[^。\[\]\n]{2,9}。(?:\[[12]\]){1,2}){1,3}|无".into()),
            &[],
        ),
        (Constraint::Tool, weather.as_slice()),
    ];
    for (constraint, tools) in constraints {
        for format in [CallFormat::Qwen, CallFormat::Llama] {
            for seed in 0..4 {
                let mask = grammars().mask(&constraint, tools, format, 60).unwrap();
                compare(mask, seed);
            }
        }
    }
}

/// Writes some texts and checks them.
fn hold(constraint: &Constraint, tools: &[ToolSpec], format: CallFormat) {
    let mask = |budget| {
        grammars()
            .mask(constraint, tools, format, budget)
            .unwrap_or_else(|error| panic!("{error}: {constraint:?}"))
    };
    let needed = mask(4_096).needed();
    for (seed, budget) in [
        needed,
        needed + 1,
        needed + 2,
        needed + 7,
        needed * 2,
        needed + 60,
        needed + 300,
    ]
    .into_iter()
    .enumerate()
    {
        for seed in [seed as u64 * 2, seed as u64 * 2 + 1] {
            let written = write(mask(budget), seed, budget);
            if let Err(reason) = check(&written.text, Some(constraint), tools, format, 0) {
                panic!("{reason}: {} for {constraint:?}", written.text);
            }
        }
    }
}

#[test]
fn values_fit_their_schema() {
    let person = json!({
        "$defs": {"person": {
            "type": "object",
            "properties": {"name": {"type": "string", "minLength": 1}, "children": {"type": "array", "items": {"$ref": "#/$defs/person"}, "maxItems": 2}},
            "required": ["name"],
            "additionalProperties": false,
        }},
        "$ref": "#/$defs/person",
    });
    let list = json!({
        "$defs": {"list": {"anyOf": [
            {"type": "object", "properties": {"next": {"$ref": "#/$defs/list"}}, "required": ["next"], "additionalProperties": false},
            {"type": "null"},
        ]}},
        "$ref": "#/$defs/list",
    });
    let schemas: Vec<Value> = vec![
        json!({}),
        json!(true),
        json!({"type": "object"}),
        json!({"const": {"a": [1, "二", null, 2.5, true]}}),
        json!({"enum": ["申请", "投诉", "\"引号\"", 3, null]}),
        json!({"type": "string", "pattern": "^[a-z]{2,4}@[a-z]+\\.cn$"}),
        json!({"type": "string", "pattern": "^(京|沪|浙)[A-Z][0-9]{5}$"}),
        json!({"type": "string", "pattern": "[0-9]{3}"}),
        json!({"type": "string", "minLength": 40, "maxLength": 60}),
        json!({"type": "string", "maxLength": 0}),
        json!({"type": "string", "format": "date"}),
        json!({"type": "string", "format": "date-time"}),
        json!({"type": "string", "format": "email"}),
        json!({"type": "string", "format": "uuid"}),
        json!({"type": "string", "format": "ipv4"}),
        json!({"type": "integer"}),
        json!({"type": "integer", "minimum": 37, "maximum": 41}),
        json!({"type": "integer", "exclusiveMinimum": -5, "maximum": 123_456}),
        json!({"type": "integer", "minimum": 1_000_000_000_i64}),
        json!({"type": "integer", "multipleOf": 7, "minimum": 1}),
        json!({"type": "number"}),
        json!({"type": "number", "minimum": 0.25, "exclusiveMaximum": 0.75}),
        json!({"type": "number", "maximum": -3.5}),
        json!({"type": ["string", "null", "boolean"]}),
        json!({"type": "array", "items": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 2}, "minItems": 2, "maxItems": 3}),
        json!({"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}], "items": false, "minItems": 2}),
        json!({"anyOf": [{"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}, {"type": "array", "items": {"type": "boolean"}, "minItems": 1}]}),
        json!({"allOf": [{"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}, {"type": "object", "properties": {"b": {"type": "boolean"}}, "required": ["b"]}]}),
        json!({"oneOf": [{"type": "string"}, {"type": "integer"}]}),
        json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "number"}, "c": {"enum": ["x", "y"]}}, "required": ["c", "a"], "additionalProperties": false}),
        json!({"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 1}),
        json!({"type": "object", "patternProperties": {"^k_": {"type": "string"}}, "additionalProperties": false}),
        person,
        list,
    ];
    for schema in schemas {
        hold(&Constraint::JsonSchema(schema), &[], CallFormat::Qwen);
    }
}

#[test]
fn texts_fit_their_grammar() {
    let constraints = [
        Constraint::Regex("[\\u4e00-\\u9fa5]{2,8}(市|县)".into()),
        Constraint::Regex("(是|否|不知道)".into()),
        Constraint::Regex("a*".into()),
        Constraint::Regex("x+y{3}".into()),
        Constraint::Regex("[0-9]{4}-[0-9]{2}( 约)?".into()),
        Constraint::Lark("start: \"x\"+".into()),
        Constraint::Lark("start: sentence+\nsentence: WORDS \"。[\" NUMBER \"]\"\nWORDS: /[\\u4e00-\\u9fa5，]{1,40}/\nNUMBER: /[1-5]/\n".into()),
        Constraint::Lark("start: a | b\na: \"a\"*\nb: \"a\" b \"b\" | \"c\"\n".into()),
        Constraint::Lark("start: \"结果：\" %json {\"type\": \"array\", \"items\": {\"type\": \"integer\"}, \"x-guidance\": {\"whitespace_flexible\": false}} \"。\"\n".into()),
    ];
    for constraint in constraints {
        hold(&constraint, &[], CallFormat::Qwen);
    }
}

#[test]
fn calls_fit_their_tool() {
    let tools = [
        vec![tool("now", json!({}))],
        weather(),
        [weather(), vec![tool("a.much-longer_name", json!({"type": "object", "properties": {"x": {"$ref": "#/$defs/x"}}, "required": ["x"], "$defs": {"x": {"enum": ["一", "二"]}}})), tool("b", json!({"properties": {"deep": {"type": "object", "properties": {"list": {"type": "array", "items": {"type": "string", "minLength": 2}, "minItems": 3}}, "required": ["list"]}}, "required": ["deep"]}))]].concat(),
    ];
    for tools in tools {
        for format in [CallFormat::Qwen, CallFormat::Llama] {
            hold(&Constraint::Tool, &tools, format);
        }
    }
}

#[test]
fn a_call_ends_itself() {
    let mut mask = grammars()
        .mask(&Constraint::Tool, &weather(), CallFormat::Qwen, 200)
        .unwrap();
    let forced = mask.forced();
    assert!(forced.len() > 3, "{forced:?}");
    let written = write(
        grammars()
            .mask(&Constraint::Tool, &weather(), CallFormat::Qwen, 200)
            .unwrap(),
        2,
        200,
    );
    assert!(
        written
            .text
            .starts_with("<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \""),
        "{}",
        written.text
    );
    assert!(
        written.text.ends_with("}}\n</tool_call>"),
        "{}",
        written.text
    );
}
