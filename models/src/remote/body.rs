//! A request in the words of the OpenAI API, with the vendor fields that vLLM and SGLang share. Pure.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::chat::{ChatRequest, Constraint, Message, Sampling, ToolCall, ToolSpec};
use crate::hub::Support;

/// The body, or what this server cannot do.
pub(super) fn body(
    model: &str,
    supports: &BTreeSet<Support>,
    request: &ChatRequest,
) -> Result<Value, String> {
    let mut body = Map::new();
    body.insert("model".into(), model.into());
    let messages = request.messages.iter().map(message).collect();
    body.insert("messages".into(), Value::Array(messages));
    body.insert("stream".into(), true.into());
    body.insert("stream_options".into(), json!({"include_usage": true}));
    body.insert("max_tokens".into(), request.max_tokens.into());
    body.insert("seed".into(), seed(request.seed).into());
    sampling(&mut body, &request.sampling);
    if supports.contains(&Support::Thinking) {
        let thinking = json!({"enable_thinking": request.thinking});
        body.insert("chat_template_kwargs".into(), thinking);
    }
    if !request.tools.is_empty() {
        needs(supports, &Constraint::Tool)?;
        let tools = request.tools.iter().map(tool).collect();
        body.insert("tools".into(), Value::Array(tools));
    }
    if let Some(constraint) = &request.constraint {
        constrain(&mut body, supports, constraint, &request.tools)?;
    }
    Ok(Value::Object(body))
}

/// Whether the server can be asked for an answer of this form.
pub(super) fn holds(supports: &BTreeSet<Support>, constraint: &Constraint) -> bool {
    needs(supports, constraint).is_ok()
}

/// Servers take different widths; 31 bits fit all of them.
fn seed(seed: u64) -> u32 {
    ((seed ^ (seed >> 31) ^ (seed >> 62)) & 0x7fff_ffff) as u32
}

/// What stands at its default is not sent: OpenAI refuses fields that it does not know.
fn sampling(body: &mut Map<String, Value>, sampling: &Sampling) {
    let none = Sampling::default();
    body.insert("temperature".into(), number(sampling.temperature));
    for (key, value, default) in [
        ("top_p", sampling.top_p, none.top_p),
        ("min_p", sampling.min_p, none.min_p),
        (
            "repetition_penalty",
            sampling.repetition_penalty,
            none.repetition_penalty,
        ),
    ] {
        if value != default {
            body.insert(key.into(), number(value));
        }
    }
    if sampling.top_k != none.top_k {
        body.insert("top_k".into(), sampling.top_k.into());
    }
}

/// 0.7, and not 0.699999988079071.
fn number(value: f32) -> Value {
    value.to_string().parse::<f64>().unwrap_or_default().into()
}

fn message(message: &Message) -> Value {
    let mut value = json!({"role": message.role, "content": message.content});
    if !message.tool_calls.is_empty() {
        value["tool_calls"] = message.tool_calls.iter().map(call).collect();
        if message.content.is_empty() {
            value["content"] = Value::Null;
        }
    }
    if let Some(id) = &message.tool_call_id {
        value["tool_call_id"] = id.as_str().into();
    }
    value
}

fn call(call: &ToolCall) -> Value {
    let function = json!({"name": call.name, "arguments": call.arguments.to_string()});
    json!({"id": call.id, "type": "function", "function": function})
}

fn tool(tool: &ToolSpec) -> Value {
    let function =
        json!({"name": tool.name, "description": tool.description, "parameters": tool.parameters});
    json!({"type": "function", "function": function})
}

fn constrain(
    body: &mut Map<String, Value>,
    supports: &BTreeSet<Support>,
    constraint: &Constraint,
    tools: &[ToolSpec],
) -> Result<(), String> {
    needs(supports, constraint)?;
    let (key, value) = match constraint {
        Constraint::JsonSchema(schema) if supports.contains(&Support::Schema) => (
            "response_format",
            json!({"type": "json_schema", "json_schema": {"name": "answer", "strict": true, "schema": schema}}),
        ),
        Constraint::JsonSchema(schema) => (
            "response_format",
            json!({"type": "json_object", "schema": schema}),
        ),
        Constraint::Regex(pattern) => ("structured_outputs", json!({"regex": pattern})),
        Constraint::Lark(grammar) => ("structured_outputs", json!({"grammar": grammar})),
        Constraint::Tool => {
            body.insert("parallel_tool_calls".into(), false.into());
            let choice = match tools {
                [only] => json!({"type": "function", "function": {"name": only.name}}),
                _ => "required".into(),
            };
            ("tool_choice", choice)
        }
    };
    body.insert(key.into(), value);
    Ok(())
}

/// What a server must support for an answer of this form; of several any one will do.
fn needs(supports: &BTreeSet<Support>, constraint: &Constraint) -> Result<(), String> {
    let (any, key, what): (&[Support], _, _) = match constraint {
        Constraint::JsonSchema(_) => (
            &[Support::Schema, Support::JsonObject],
            "schema",
            "hold a JSON Schema",
        ),
        Constraint::Regex(_) => (&[Support::Regex], "regex", "hold a regular expression"),
        Constraint::Lark(_) => (&[Support::Grammar], "grammar", "hold a grammar"),
        Constraint::Tool => (&[Support::Tools], "tools", "call tools"),
    };
    if any.iter().any(|support| supports.contains(support)) {
        return Ok(());
    }
    Err(format!(
        "its manifest does not say that this server can {what}\nhint: where it can, add `{key}` to `remote.supports` in `model.toml`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Support; 5] = [
        Support::Tools,
        Support::Schema,
        Support::Regex,
        Support::Grammar,
        Support::Thinking,
    ];

    fn tools(names: &[&str]) -> Vec<ToolSpec> {
        let tool = |name: &&str| ToolSpec {
            name: (*name).into(),
            description: "d".into(),
            parameters: json!({"type": "object"}),
        };
        names.iter().map(tool).collect()
    }

    #[test]
    fn a_plain_request_has_no_vendor_fields() {
        let request = ChatRequest {
            messages: vec![Message::system("s"), Message::user("问")],
            max_tokens: 9,
            seed: u64::MAX,
            ..ChatRequest::default()
        };
        insta::assert_snapshot!(
            body("m", &BTreeSet::new(), &request).unwrap(),
            @r#"{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"问"}],"stream":true,"stream_options":{"include_usage":true},"max_tokens":9,"seed":3,"temperature":0.0}"#
        );
    }

    #[test]
    fn a_rich_request_says_all() {
        let call = ToolCall {
            id: "c".into(),
            name: "f".into(),
            arguments: json!({"a": 1}),
        };
        let request = ChatRequest {
            messages: vec![
                Message {
                    tool_calls: vec![call],
                    ..Message::assistant("")
                },
                Message::tool("c", "r"),
            ],
            tools: tools(&["f"]),
            constraint: Some(Constraint::Tool),
            sampling: Sampling {
                temperature: 0.7,
                top_p: 0.9,
                top_k: 20,
                min_p: 0.05,
                repetition_penalty: 1.1,
            },
            thinking: true,
            ..ChatRequest::default()
        };
        insta::assert_snapshot!(
            body("m", &ALL.into(), &request).unwrap(),
            @r#"{"model":"m","messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},{"role":"tool","content":"r","tool_call_id":"c"}],"stream":true,"stream_options":{"include_usage":true},"max_tokens":0,"seed":0,"temperature":0.7,"top_p":0.9,"min_p":0.05,"repetition_penalty":1.1,"top_k":20,"chat_template_kwargs":{"enable_thinking":true},"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}],"parallel_tool_calls":false,"tool_choice":{"type":"function","function":{"name":"f"}}}"#
        );
    }

    #[test]
    fn constraints_are_asked_for_as_the_server_knows_them() {
        let schema = || Constraint::JsonSchema(json!({"type": "object"}));
        for (constraint, support, key, expected) in [
            (
                schema(),
                Support::Schema,
                "response_format",
                json!({"type": "json_schema", "json_schema": {"name": "answer", "strict": true, "schema": {"type": "object"}}}),
            ),
            (
                schema(),
                Support::JsonObject,
                "response_format",
                json!({"type": "json_object", "schema": {"type": "object"}}),
            ),
            (
                Constraint::Regex("a".into()),
                Support::Regex,
                "structured_outputs",
                json!({"regex": "a"}),
            ),
            (
                Constraint::Lark("g".into()),
                Support::Grammar,
                "structured_outputs",
                json!({"grammar": "g"}),
            ),
            (
                Constraint::Tool,
                Support::Tools,
                "tool_choice",
                json!("required"),
            ),
        ] {
            let request = ChatRequest {
                tools: match constraint {
                    Constraint::Tool => tools(&["f", "g"]),
                    _ => Vec::new(),
                },
                constraint: Some(constraint),
                ..ChatRequest::default()
            };
            let said = body("m", &[support].into(), &request).unwrap();
            assert_eq!(said[key], expected);
            let wanted = request.constraint.as_ref().unwrap();
            assert!(holds(&[support].into(), wanted) && !holds(&BTreeSet::new(), wanted));
            let hint = body("m", &BTreeSet::new(), &request).unwrap_err();
            assert!(hint.contains("remote.supports"), "{hint}");
        }
    }
}
