//! What a model is asked, what it may answer, and what it answered.
//!
//! The grammar allows one call of one of the tools, with arguments that fit its schema, or an end whose sentences name
//! evidence of this turn. It is the same in every step but for the numbers of the evidence. A server that cannot hold it
//! may send anything: what comes is read as if no grammar had been there.

use models::{ChatRequest, Constraint, Message};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tools::ToolEntry;

use super::{Came, ReactTurn};
use crate::model::Task;
use crate::request::Speaker;
use crate::turn::{Setting, Step};

/// Longest answer of a model, in tokens.
const MAX_TOKENS: u32 = 800;
/// Characters of one piece of evidence, or of its own words, that a model is given.
const GIVEN: usize = 1_500;
/// Earlier messages of the person that a model is given.
const EARLIER: usize = 6;
/// Sentences of an end, characters of one, and evidence behind it, at most.
const ENDING: (usize, usize, usize) = (6, 160, 3);
/// Characters of a search.
const SEARCH: usize = 60;
/// Characters that are kept of what is no move.
const KEPT: usize = 200;

/// What a model wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Move {
    /// A call.
    Call(Call),
    /// Passages.
    Search(Search),
    /// An end.
    Final(Final),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Call {
    pub(super) tool: String,
    pub(super) arguments: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Search {
    pub(super) search: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Final {
    #[serde(rename = "final")]
    pub(super) claims: Vec<Claim>,
}

/// A sentence, with the numbers of the evidence that it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Claim {
    pub(super) text: String,
    pub(super) evidence: Vec<usize>,
}

/// What a model said, and in words that go back to it how it was read.
pub(super) fn read(text: &str) -> (String, Result<Move, String>) {
    let json = match (text.find('{'), text.rfind('}')) {
        (Some(begin), Some(end)) if begin < end => &text[begin..=end],
        _ => text,
    };
    match serde_json::from_str::<Value>(json) {
        Ok(value) => {
            let said = value.to_string().chars().take(GIVEN).collect();
            let wanted = serde_json::from_value(value);
            (said, wanted.map_err(|error| error.to_string()))
        }
        Err(error) => {
            let said: String = text.chars().filter(|next| !next.is_control()).collect();
            (
                said.chars().take(KEPT).collect(),
                Err(format!("no JSON: {error}")),
            )
        }
    }
}

impl ReactTurn {
    pub(super) fn request(&mut self, setting: Setting<'_>) -> Step {
        let system = self.system(setting);
        let mut messages = vec![Message::system(system)];
        let earlier = self.request.history.iter();
        let earlier = earlier.filter(|exchange| exchange.role == Speaker::User);
        let earlier: Vec<String> = earlier.map(|exchange| exchange.content.clone()).collect();
        // What was answered is left out: it has words of tools in it.
        for said in earlier.iter().skip(earlier.len().saturating_sub(EARLIER)) {
            messages.push(Message::user(self.veil.over(said)));
        }
        messages.push(Message::user(self.veil.over(&self.message)));
        Step::Generate(
            Task::Act,
            ChatRequest {
                messages,
                constraint: Some(Constraint::JsonSchema(self.schema(setting))),
                // What comes is read as if there were none.
                form_optional: true,
                max_tokens: MAX_TOKENS,
                seed: self.request.seed,
                ..ChatRequest::default()
            },
        )
    }

    fn system(&mut self, setting: Setting<'_>) -> String {
        let budget = self.part(setting).map_or(0, |part| part.steps);
        let left = budget.saturating_sub(self.steps) + 1;
        setting
            .agent
            .prompt
            .replace("{tools}", &self.tools(setting))
            .replace("{today}", &self.request.today.to_string())
            .replace("{left}", &left.to_string())
            // Last: nothing in it is filled in.
            .replace("{results}", &self.results())
    }

    fn tools(&self, setting: Setting<'_>) -> String {
        let mut text = String::new();
        for entry in self.entries(setting) {
            let (title, description) = (&entry.manifest.title, &entry.manifest.description);
            let schema = kept(&entry.spec.schema, |key| {
                key != "$schema" && !key.starts_with("x-")
            });
            text.push_str(&format!(
                "{}（{title}）：{description}\n{schema}\n",
                entry.name
            ));
        }
        let search = self
            .part(setting)
            .and_then(|part| part.search.as_ref())
            .map(|search| format!("search：{search}\n"));
        text + &search.unwrap_or_default()
    }

    /// What was done so far. Every line of what came of it begins with a bar, so that no result can look like anything else.
    fn results(&mut self) -> String {
        let mut text = String::new();
        for at in 0..self.deeds.len() {
            let (said, came) = (self.deeds[at].said.clone(), self.deeds[at].came.clone());
            match came {
                Came::Found(numbers) => {
                    let marks: Vec<String> = numbers.iter().map(|at| format!("[{at}]")).collect();
                    text.push_str(&format!("{said} → {}\n", marks.concat()));
                    // What came again was shown before.
                    for number in numbers.into_iter().filter(|_| !self.deeds[at].again) {
                        let found = self
                            .evidence
                            .get(number - 1)
                            .map(|evidence| evidence.text());
                        let found: String = found.unwrap_or_default().chars().take(GIVEN).collect();
                        text.push_str(&format!("[{number}]\n{}", barred(&self.veil.over(&found))));
                    }
                }
                Came::Nothing(reason) => {
                    let reason = self.veil.over(&reason);
                    text.push_str(&format!("{said} → ×\n{}", barred(&reason)));
                }
            }
        }
        text
    }

    /// What an answer may be.
    fn schema(&self, setting: Setting<'_>) -> Value {
        let (mut moves, mut schemas) = (Vec::new(), Map::new());
        for entry in self.entries(setting) {
            let arguments = json!({"$ref": format!("#/$defs/{}", entry.name)});
            moves.push(object([
                ("tool", json!({"const": entry.name})),
                ("arguments", arguments),
            ]));
            schemas.insert(entry.name.clone(), bounded(entry));
        }
        if self.part(setting).is_some_and(|part| part.search.is_some()) {
            let text = json!({"type": "string", "minLength": 2, "maxLength": SEARCH});
            moves.push(object([("search", text)]));
        }
        let (sentences, characters, marks) = ENDING;
        let claims = if self.evidence.is_empty() {
            json!({"type": "array", "maxItems": 0})
        } else {
            let numbers: Vec<usize> = (1..=self.evidence.len()).collect();
            let text = json!({"type": "string", "minLength": 4, "maxLength": characters});
            let evidence = json!({"type": "array", "items": {"enum": numbers}, "minItems": 1, "maxItems": marks});
            let claim = object([("text", text), ("evidence", evidence)]);
            json!({"type": "array", "items": claim, "maxItems": sentences})
        };
        moves.push(object([("final", claims)]));
        json!({"anyOf": moves, "$defs": schemas})
    }
}

/// The schema of an object with these members and no others.
fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    let names: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
    let names = json!(names);
    let members: Map<String, Value> = members
        .into_iter()
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect();
    json!({"type": "object", "properties": members, "required": names, "additionalProperties": false})
}

/// Keywords that a grammar can hold. What the others ask for is seen when the arguments are validated.
fn holds(key: &str) -> bool {
    const LEFT_OUT: [&str; 14] = [
        "$schema",
        "$id",
        "title",
        "description",
        "default",
        "examples",
        "if",
        "then",
        "else",
        "not",
        "allOf",
        "uniqueItems",
        "dependentRequired",
        "dependentSchemas",
    ];
    !key.starts_with("x-") && !LEFT_OUT.contains(&key)
}

/// The schema of a tool as a definition of a larger one: it holds at least what fits the tool's own.
fn bounded(entry: &ToolEntry) -> Value {
    let mut schema = kept(&entry.spec.schema, holds);
    moved(&mut schema, &format!("#/$defs/{}", entry.name));
    schema
}

/// A schema with those keywords that `keep` wants; names of members are no keywords.
fn kept(schema: &Value, keep: fn(&str) -> bool) -> Value {
    match schema {
        Value::Object(members) => {
            let members = members.iter().filter(|(key, _)| keep(key));
            let members = members.map(|(key, value)| {
                let value = match (key.as_str(), value) {
                    ("properties" | "$defs" | "patternProperties", Value::Object(named)) => {
                        let named = named
                            .iter()
                            .map(|(name, it)| (name.clone(), kept(it, keep)));
                        Value::Object(named.collect())
                    }
                    ("const" | "enum", value) => value.clone(),
                    (_, value) => kept(value, keep),
                };
                (key.clone(), value)
            });
            Value::Object(members.collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(|item| kept(item, keep)).collect()),
        other => other.clone(),
    }
}

/// References within a schema that stands at `place` now.
fn moved(schema: &mut Value, place: &str) {
    match schema {
        Value::Object(members) => {
            for (key, value) in members {
                match (key.as_str(), value) {
                    ("$ref", Value::String(reference)) => {
                        if let Some(rest) = reference.strip_prefix('#') {
                            *reference = format!("{place}{rest}");
                        }
                    }
                    (_, value) => moved(value, place),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| moved(item, place)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn barred(text: &str) -> String {
    text.lines().map(|line| format!("| {line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_are_read_and_nothing_else() {
        for text in [
            r#"{"tool": "look", "arguments": {"order": "HL1"}}"#,
            r#"好的：{"search": "楼道 堆物"}"#,
            r#"{"final": [{"text": "甲乙丙丁。", "evidence": [1]}]}"#,
            r#"{"final": []}"#,
        ] {
            assert!(read(text).1.is_ok(), "{text}");
        }
        for text in [
            "",
            "好的",
            "[]",
            "{}",
            r#"{"tool": "look"}"#,
            r#"{"tool": "look", "arguments": []}"#,
            r#"{"tool": "look", "arguments": {}, "final": []}"#,
            r#"{"tool": "look", "arguments": {}, "approval": true}"#,
            r#"{"final": [{"text": "甲"}]}"#,
            r#"{"final": [{"text": "甲", "evidence": [-1]}]}"#,
        ] {
            assert!(read(text).1.is_err(), "{text}");
        }
        let (said, wanted) = read(&"甲\n".repeat(500));
        assert_eq!((said.chars().count(), wanted.is_err()), (KEPT, true));
    }

    #[test]
    fn a_schema_is_moved_without_its_words() {
        let schema = json!({
            "$schema": "x", "title": "表", "type": "object", "if": {}, "then": {}, "x-ask": "问",
            "properties": {"title": {"type": "string", "title": "题", "enum": ["title"]}, "n": {"$ref": "#/$defs/n"}},
            "$defs": {"n": {"type": "integer", "description": "数"}},
        });
        let mut schema = kept(&schema, holds);
        moved(&mut schema, "#/$defs/look");
        let expected = json!({
            "type": "object",
            "properties": {"title": {"type": "string", "enum": ["title"]}, "n": {"$ref": "#/$defs/look/$defs/n"}},
            "$defs": {"n": {"type": "integer"}},
        });
        assert_eq!(schema, expected);
    }

    #[test]
    fn what_came_cannot_leave_its_block() {
        assert_eq!(barred("甲\n[2]\n乙 → [3]"), "| 甲\n| [2]\n| 乙 → [3]\n");
    }
}
