//! The contract with a tool. A tool is called by the [`Toolbox`](crate::Toolbox) alone, which has checked everything that
//! can be checked without knowing what the tool does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;
use jsonschema::Validator;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{ArgumentReason, Error};
use crate::form::Form;
use crate::manifest::{ArgumentRule, Effect, Kind, Manifest};
use crate::origin::Arguments;
use crate::schema;

/// Something that an agent, a person at a desk or another program can have done.
pub trait Tool: Send + Sync {
    /// What it is.
    fn spec(&self) -> &ToolSpec;

    /// What a call would do, without doing it. A tool that only reads has nothing to show.
    ///
    /// # Errors
    /// [`Error::Refused`] when it cannot be done as things stand.
    fn preview<'a>(&'a self, _task: Task<'a>) -> BoxFuture<'a, Result<Preview, Error>> {
        let spec = self.spec();
        let preview = match spec.effect {
            Effect::Read => Ok(Preview {
                target: "read".to_owned(),
                lines: Vec::new(),
            }),
            Effect::Write => Err(Error::Failed {
                tool: spec.name.clone(),
                message: "it does not say what it would do".to_owned(),
            }),
        };
        Box::pin(async move { preview })
    }

    /// Does it. A second time with the same key has no second effect.
    ///
    /// # Errors
    /// [`Error::Refused`] and [`Error::Failed`] mean that there was no effect, [`Error::Late`] that nobody knows.
    fn invoke<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Output, Error>>;

    /// What a call with this key brought, if it was carried out; none means that it was not and may be. A tool that only reads
    /// may be called again.
    ///
    /// # Errors
    /// [`Error::Late`] when that cannot be found out.
    fn reconcile<'a>(&'a self, _task: Task<'a>) -> BoxFuture<'a, Result<Option<Output>, Error>> {
        let spec = self.spec();
        let found = match spec.effect {
            Effect::Read => Ok(None),
            Effect::Write => Err(Error::Late {
                tool: spec.name.clone(),
            }),
        };
        Box::pin(async move { found })
    }
}

/// Who has a tool called.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Person {
    /// `token:<name>`, or `conversation:<id>` for a person without a token.
    pub id: String,
    /// Name of the role.
    pub role: String,
    /// The department that a civil servant works for.
    pub unit: Option<String>,
}

/// One call, as a tool sees it.
#[derive(Clone, Copy)]
pub struct Task<'a> {
    /// Fits the schema and the rules of the manifest.
    pub arguments: &'a Arguments,
    /// Has one of the tool's roles.
    pub person: &'a Person,
    /// Names the request; fixed before any model was asked.
    pub key: &'a str,
    /// Now.
    pub now: Timestamp,
}

/// What a tool brought.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The result.
    pub value: Value,
    /// What stands behind it, for citations: `order:<number>`, `resident:<id>#<key>`.
    pub evidence: Vec<String>,
}

/// What a call would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Preview {
    /// What it is done to, and in which state that is now: a confirmation holds for this alone.
    pub target: String,
    /// What will happen, line by line, for the person who confirms.
    pub lines: Vec<String>,
}

/// What a tool is.
#[derive(Debug)]
pub struct ToolSpec {
    /// Name of its folder; of a tool of an MCP server `<folder>.<its name there>`.
    pub name: String,
    /// Which code does it.
    pub kind: Kind,
    /// Title to show.
    pub title: String,
    /// What it does, in one sentence.
    pub description: String,
    /// JSON Schema of its arguments.
    pub schema: Value,
    /// What it does to the world.
    pub effect: Effect,
    /// Roles of persons who may have it called.
    pub roles: Vec<String>,
    /// How long a call may take.
    pub timeout: Duration,
    rules: BTreeMap<String, ArgumentRule>,
    validator: Arc<Validator>,
}

impl ToolSpec {
    /// Of a manifest and the schema beside it; `file` is the schema's name for messages.
    ///
    /// # Errors
    /// [`Error::Data`] when the schema cannot be used, takes no object, or a rule is for no argument of it.
    pub fn new(name: &str, manifest: &Manifest, file: &str, schema: Value) -> Result<Self, Error> {
        let wrong = |message: String| Error::Data {
            file: file.to_owned(),
            message,
        };
        let validator = schema::validator(&schema).map_err(wrong)?;
        if schema.get("type").and_then(Value::as_str) != Some("object") {
            return Err(wrong("key `type`: arguments are an object".to_owned()));
        }
        if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
            return Err(wrong(
                "key `additionalProperties`: must be false, so that nothing is passed on unseen"
                    .to_owned(),
            ));
        }
        let known = |name: &str| {
            schema
                .pointer("/properties")
                .and_then(|all| all.get(name))
                .is_some()
        };
        if let Some(unknown) = manifest.arguments.keys().find(|name| !known(name)) {
            return Err(wrong(format!(
                "there is no property `{unknown}`, for which `tool.toml` has a rule"
            )));
        }
        Ok(Self {
            name: name.to_owned(),
            kind: manifest.kind,
            title: manifest.title.clone(),
            description: manifest.description.clone(),
            schema,
            effect: manifest.effect,
            roles: manifest.roles.clone(),
            timeout: Duration::from_secs(manifest.timeout_s),
            rules: manifest.arguments.clone(),
            validator: Arc::new(validator),
        })
    }

    /// The same, with arguments as the form wants them: what is needed depends on what was chosen, and what its schema
    /// calls critical is.
    pub(crate) fn of_form(mut self, form: &Form) -> Self {
        for field in form.fields().iter().filter(|field| field.critical) {
            self.rules.entry(field.name.clone()).or_default().critical = true;
        }
        Self {
            schema: form.schema().clone(),
            validator: form.validator.clone(),
            ..self
        }
    }

    /// Whether a piece of what the person said does not do for this argument.
    pub fn wants_whole(&self, argument: &str) -> bool {
        self.rules.get(argument).is_some_and(|rule| rule.whole)
    }

    /// Whether arguments fit the schema.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the place.
    pub fn validate(&self, arguments: &Arguments) -> Result<(), Error> {
        let value = Value::Object(arguments.values().clone());
        schema::check(&self.validator, &value).map_err(|message| Error::Invalid {
            tool: self.name.clone(),
            message,
        })
    }

    /// Whether arguments keep the rules of the manifest. `said` is what the person said, in their own words.
    ///
    /// # Errors
    /// [`Error::Argument`] with the first that does not.
    pub fn check_rules(&self, arguments: &Arguments, said: &[String]) -> Result<(), Error> {
        for (name, value, origins) in arguments.iter() {
            let Some(rule) = self.rules.get(name) else {
                continue;
            };
            let wrong = |reason| Error::Argument {
                tool: self.name.clone(),
                argument: name.to_owned(),
                reason,
            };
            if rule
                .allow
                .as_ref()
                .is_some_and(|allowed| !allowed.contains(value))
            {
                return Err(wrong(ArgumentReason::NotAllowed));
            }
            let may_fill = |origin| {
                rule.origins
                    .as_ref()
                    .is_none_or(|all| all.contains(&origin))
            };
            if let Some(origin) = origins.iter().find(|&origin| !may_fill(origin)) {
                return Err(wrong(ArgumentReason::Origin(origin.name().to_owned())));
            }
            if origins.are_trusted() {
                continue;
            }
            if (rule.critical && !occurs(value, said)) || (rule.whole && !is_whole(value, said)) {
                return Err(wrong(ArgumentReason::NotSaid));
            }
        }
        Ok(())
    }
}

/// Whether every text and number in `value` stands in `said`, spaces, width and case aside.
pub fn occurs(value: &Value, said: &[String]) -> bool {
    match value {
        Value::Null => true,
        // Neither word nor number: nobody can be held to have said it.
        Value::Bool(_) => false,
        Value::Number(number) => number_occurs(&number.to_string(), said),
        Value::String(text) => {
            let wanted = squeezed(text);
            if wanted.is_empty() {
                return true;
            }
            if wanted.chars().all(|character| character.is_ascii_digit()) {
                return number_occurs(&wanted, said);
            }
            said.iter().any(|said| squeezed(said).contains(&wanted))
        }
        Value::Array(items) => items.iter().all(|item| occurs(item, said)),
        Value::Object(members) => members.values().all(|item| occurs(item, said)),
    }
}

/// Whether `value` is all that was said at once, spaces, width and case aside.
pub fn is_whole(value: &Value, said: &[String]) -> bool {
    let wanted = value.as_str().map(squeezed);
    wanted.is_some_and(|wanted| said.iter().any(|said| squeezed(said) == wanted))
}

/// A number stands alone: `12` does not occur in `0912`.
fn number_occurs(number: &str, said: &[String]) -> bool {
    let part = |character: char| character.is_ascii_digit() || character == '.';
    said.iter().any(|said| {
        let said = squeezed(said);
        said.match_indices(number).any(|(at, _)| {
            let before = said[..at].chars().next_back();
            let after = said[at + number.len()..].chars().next();
            !before.is_some_and(part) && !after.is_some_and(|next| next.is_ascii_digit())
        })
    })
}

fn squeezed(text: &str) -> String {
    let narrow = |character: char| match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(character as u32 - 0xfee0).unwrap_or(character),
        other => other,
    };
    text.chars()
        .map(narrow)
        .filter(|character| !character.is_whitespace() && !matches!(character, '-' | ','))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_piece_of_what_was_said_is_not_the_whole() {
        let said = vec!["路灯 三天不亮了。".to_owned(), "不留电话".to_owned()];
        assert!(is_whole(&json!("路灯三天不亮了。"), &said));
        assert!(is_whole(&json!("不留电话"), &said));
        for value in [
            json!("路灯"),
            json!("路灯三天不亮了。不留电话"),
            json!(3),
            json!(""),
        ] {
            assert!(!is_whole(&value, &said), "{value}");
        }
    }

    #[test]
    fn what_was_said_occurs() {
        let said = vec!["我住临江区石桥路１２号，电话 139-0000-1234".to_owned()];
        for value in [
            json!("石桥路12号"),
            json!("13900001234"),
            json!(12),
            json!(null),
            json!(["临江区", 12]),
            json!(""),
        ] {
            assert!(occurs(&value, &said), "{value}");
        }
        for value in [
            json!("石桥路2号"),
            json!(2),
            json!(1390),
            json!(true),
            json!("云台区"),
            json!({"a": "临江区", "b": "x"}),
            json!(12.5),
        ] {
            assert!(!occurs(&value, &said), "{value}");
        }
    }
}
