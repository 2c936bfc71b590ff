//! Whether a finished answer is what was asked for. A server's word that it holds a constraint is not taken for it.

use std::collections::BTreeMap;

use jsonschema::Validator;
use llguidance::api::TopLevelGrammar;
use llguidance::toktrie::ApproximateTokEnv;
use llguidance::{Matcher, ParserFactory};
use regex::Regex;
use serde_json::Value;

use crate::chat::{ChatRequest, Constraint, ToolCall, ToolSpec};

/// The constraint and the tools of a request, compiled before it is sent.
pub(super) struct Check {
    shape: Shape,
    tools: BTreeMap<String, Validator>,
}

enum Shape {
    Free,
    Schema(Box<Validator>),
    Regex(Regex),
    Lark(String),
    Tool,
}

impl Check {
    /// Says what is wrong with the request where it cannot be checked.
    pub(super) fn new(request: &ChatRequest) -> Result<Self, String> {
        let mut tools = BTreeMap::new();
        for tool in &request.tools {
            if tools.insert(tool.name.clone(), parameters(tool)?).is_some() {
                return Err(format!("two tools are called `{}`", tool.name));
            }
        }
        let shape = match &request.constraint {
            None => Shape::Free,
            Some(Constraint::JsonSchema(schema)) => Shape::Schema(Box::new(compile(schema)?)),
            Some(Constraint::Regex(pattern)) => Shape::Regex(
                Regex::new(&format!(r"\A(?:{pattern})\z")).map_err(|error| error.to_string())?,
            ),
            Some(Constraint::Lark(grammar)) => {
                matcher(grammar)?;
                Shape::Lark(grammar.clone())
            }
            Some(Constraint::Tool) if tools.is_empty() => {
                return Err("it must call a tool and has none".into());
            }
            Some(Constraint::Tool) => Shape::Tool,
        };
        Ok(Self { shape, tools })
    }

    /// Says what is wrong with the answer. Nothing of the answer itself is repeated: reasons end up in logs.
    pub(super) fn answer(&self, text: &str, calls: &[ToolCall]) -> Result<(), String> {
        for call in calls {
            self.call(call)?;
        }
        let constrained = !matches!(self.shape, Shape::Free | Shape::Tool);
        match &self.shape {
            _ if constrained && !calls.is_empty() => Err("a call instead of a text".into()),
            Shape::Free if calls.is_empty() && text.trim().is_empty() => {
                Err("an empty answer".into())
            }
            Shape::Free => Ok(()),
            Shape::Tool if calls.len() == 1 => Ok(()),
            Shape::Tool => Err(format!("{} calls instead of one", calls.len())),
            Shape::Schema(validator) => {
                let value = serde_json::from_str(text).map_err(|_| "a text that is no JSON")?;
                fits(validator, &value).map_err(|wrong| format!("JSON that does not fit {wrong}"))
            }
            Shape::Regex(regex) if regex.is_match(text) => Ok(()),
            Shape::Regex(_) => Err("a text that does not fit the regular expression".into()),
            Shape::Lark(grammar) if is_of(grammar, text)? => Ok(()),
            Shape::Lark(_) => Err("a text that does not fit the grammar".into()),
        }
    }

    fn call(&self, call: &ToolCall) -> Result<(), String> {
        let validator = self.tools.get(&call.name);
        let validator = validator.ok_or("a call of a tool that it was not given")?;
        if !call.arguments.is_object() {
            return Err(format!(
                "arguments of `{}` that are no JSON object",
                call.name
            ));
        }
        fits(validator, &call.arguments)
            .map_err(|wrong| format!("arguments of `{}` that do not fit {wrong}", call.name))
    }
}

fn parameters(tool: &ToolSpec) -> Result<Validator, String> {
    compile(&tool.parameters)
        .map_err(|reason| format!("parameters of tool `{}`: {reason}", tool.name))
}

fn compile(schema: &Value) -> Result<Validator, String> {
    jsonschema::validator_for(schema).map_err(|error| format!("its JSON Schema is wrong: {error}"))
}

/// Names the part of the schema that `value` does not fit.
fn fits(validator: &Validator, value: &Value) -> Result<(), String> {
    validator
        .validate(value)
        .map_err(|error| format!("`{}`", error.schema_path()))
}

/// Bytes as tokens: a grammar says the same of them, and a server's vocabulary is not known here.
fn matcher(grammar: &str) -> Result<Matcher, String> {
    let environment = ApproximateTokEnv::single_byte_env();
    let mut factory = ParserFactory::new_simple(&environment)
        .map_err(|error| format!("its grammar is wrong: {error}"))?;
    factory.quiet();
    let grammar = TopLevelGrammar::from_lark(grammar.to_owned());
    factory
        .create_parser(grammar)
        .map(|parser| Matcher::new(Ok(parser)))
        .map_err(|error| format!("its grammar is wrong: {error}"))
}

fn is_of(grammar: &str, text: &str) -> Result<bool, String> {
    let mut matcher = matcher(grammar)?;
    let failed = |_| "a text that the grammar cannot be checked against";
    let bytes: Vec<u32> = text.bytes().map(u32::from).collect();
    let taken = matcher.try_consume_tokens(&bytes).map_err(failed)?;
    Ok(taken == bytes.len() && (matcher.is_stopped() || matcher.is_accepting().map_err(failed)?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(constraint: Option<Constraint>) -> Result<Check, String> {
        Check::new(&ChatRequest {
            constraint,
            tools: vec![ToolSpec {
                name: "weather".into(),
                description: String::new(),
                parameters: json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}),
            }],
            ..ChatRequest::default()
        })
    }

    fn call(name: &str, arguments: Value) -> ToolCall {
        ToolCall {
            id: "1".into(),
            name: name.into(),
            arguments,
        }
    }

    #[test]
    fn texts_are_held_to_their_constraint() {
        let schema = || Constraint::JsonSchema(json!({"type": "array", "maxItems": 1}));
        let regex = || Constraint::Regex("没有依据|[0-9]{2}".into());
        let lark =
            || Constraint::Lark("start: S+\nS: /[^\\[。]{1,9}。/ \"[\" /[1-3]/ \"]\"".into());
        for (constraint, text, good) in [
            (schema(), "[1]", true),
            (schema(), " [1]\n", true),
            (schema(), "[1, 2]", false),
            (schema(), "[1] and more", false),
            (schema(), "[1", false),
            (regex(), "没有依据", true),
            (regex(), "12", true),
            (regex(), "123", false),
            (regex(), "没有依据\n", false),
            (lark(), "应当。[1]", true),
            (lark(), "应当。[1]可以。[3]", true),
            (lark(), "应当。[4]", false),
            (lark(), "应当。[1", false),
            (lark(), "应当。[1]可", false),
            (lark(), "", false),
        ] {
            let result = check(Some(constraint.clone())).unwrap().answer(text, &[]);
            assert_eq!(result.is_ok(), good, "{constraint:?} {text}: {result:?}");
        }
    }

    #[test]
    fn calls_are_held_to_their_tool() {
        let free = check(None).unwrap();
        let tool = check(Some(Constraint::Tool)).unwrap();
        let good = call("weather", json!({"city": "和澜"}));
        assert!(tool.answer("", std::slice::from_ref(&good)).is_ok());
        assert!(tool.answer("text", &[]).is_err());
        assert!(tool.answer("", &[good.clone(), good.clone()]).is_err());
        assert!(free.answer("", &[good.clone(), good]).is_ok());
        assert!(free.answer(" ", &[]).is_err());
        for bad in [
            call("weather", json!({"city": 1})),
            call("weather", json!({})),
            call("weather", json!("{}")),
            call("rm", json!({"city": "和澜"})),
        ] {
            let reason = free.answer("", &[bad]).unwrap_err();
            assert!(!reason.contains("和澜"), "{reason}");
        }
    }

    #[test]
    fn what_cannot_be_checked_is_said_before() {
        for constraint in [
            Constraint::JsonSchema(json!({"type": "nothing"})),
            Constraint::JsonSchema(json!({"$ref": "http://127.0.0.1:9/schema"})),
            Constraint::Regex("(".into()),
            Constraint::Lark("start: missing".into()),
        ] {
            assert!(check(Some(constraint)).is_err());
        }
        let none = ChatRequest {
            constraint: Some(Constraint::Tool),
            ..ChatRequest::default()
        };
        assert!(Check::new(&none).is_err());
    }
}
