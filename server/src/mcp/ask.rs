//! Questions to the person in the middle of a call: what is missing, and whether it is to be done.
//!
//! Only what the person types here counts as the person's own words. What the calling program passed is a model's.

use std::time::Duration;

use rmcp::model::{
    ElicitRequest, ElicitRequestParams, ElicitResult, ElicitationAction, ElicitationSchema,
    InputRequest, ProtocolVersion,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, Peer, RoleServer};
use serde_json::{Map, Value, json};
use tools::form::{Field, Form, SourceKind};
use tools::{Proposal, ToolSpec};

/// How long a client may take to show a question and bring the answer: as long as a proposal can be confirmed.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// Keys of a property's schema that may stand in a question.
const KNOWN: [&str; 9] = [
    "type",
    "title",
    "description",
    "enum",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "format",
];

/// How this client asks its person.
pub(super) enum Asks {
    /// Not at all.
    Not,
    /// By a request of ours, while its own waits.
    Now(Peer<RoleServer>),
    /// Between two requests of its own.
    Between,
}

impl Asks {
    /// Whether the person can be asked.
    pub(super) fn any(&self) -> bool {
        !matches!(self, Self::Not)
    }

    /// What the client of a request says it can do.
    pub(super) fn of(context: &RequestContext<RoleServer>) -> Self {
        let elicitation = context
            .client_capabilities()
            .and_then(|can| can.elicitation);
        // A client that names no mode is one from before there were two.
        let shows_forms = elicitation.is_some_and(|can| can.form.is_some() || can.url.is_none());
        let version = context.protocol_version();
        let is_stateless = version
            .is_some_and(|version| version.as_str() >= ProtocolVersion::V_2026_07_28.as_str());
        match (shows_forms, is_stateless) {
            (false, _) => Self::Not,
            (true, false) => Self::Now(context.peer.clone()),
            (true, true) => Self::Between,
        }
    }
}

/// A question.
pub(super) enum Question {
    /// These arguments.
    Form {
        /// Their names.
        names: Vec<String>,
        /// The flat schema of the answer.
        schema: Value,
        /// What is said with it.
        message: String,
        /// How often something was asked before.
        round: u8,
    },
    /// Whether this is to be done.
    Confirm(Box<Proposal>),
}

/// What the person did.
pub(super) enum Reply {
    /// Filled it in.
    Filled(Map<String, Value>),
    /// Said no.
    Declined,
    /// Went away, or could not be asked.
    Cancelled,
}

impl Question {
    /// The key of the answer: an answer to another question does not fit.
    pub(super) fn key(&self) -> String {
        match self {
            Self::Form { round, .. } => format!("form-{round}"),
            Self::Confirm(proposal) => format!("confirm-{}", proposal.id),
        }
    }

    fn request(&self) -> Result<ElicitRequestParams, ErrorData> {
        let (message, schema) = match self {
            Self::Form {
                message, schema, ..
            } => (message.clone(), schema.clone()),
            Self::Confirm(proposal) => {
                let lines = proposal.preview.lines.join("\n");
                (
                    format!("请核对以下内容，确认后才会办理：\n{lines}"),
                    confirmation(),
                )
            }
        };
        let schema: ElicitationSchema = serde_json::from_value(schema).map_err(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a question cannot be asked over MCP"
            );
            ErrorData::internal_error("a question cannot be asked", None)
        })?;
        Ok(ElicitRequestParams::FormElicitationParams {
            meta: None,
            message,
            requested_schema: schema,
        })
    }

    /// As a part of a result that asks for it.
    ///
    /// # Errors
    /// That it cannot be asked.
    pub(super) fn between(&self) -> Result<InputRequest, ErrorData> {
        Ok(InputRequest::Elicitation(ElicitRequest::new(
            self.request()?,
        )))
    }

    /// Asked now.
    ///
    /// # Errors
    /// That it cannot be asked.
    pub(super) async fn now(&self, peer: &Peer<RoleServer>) -> Result<Reply, ErrorData> {
        let asked = peer.create_elicitation_with_timeout(self.request()?, Some(PATIENCE));
        Ok(match asked.await {
            Ok(result) => Reply::of(result),
            Err(error) => {
                tracing::info!(
                    error = &error as &dyn std::error::Error,
                    "a client did not bring an answer"
                );
                Reply::Cancelled
            }
        })
    }
}

impl Reply {
    /// What a client brought.
    pub(super) fn of(result: ElicitResult) -> Self {
        match (result.action, result.content) {
            (ElicitationAction::Accept, Some(Value::Object(content))) => Self::Filled(content),
            (ElicitationAction::Accept, _) => Self::Filled(Map::new()),
            (ElicitationAction::Decline, _) => Self::Declined,
            _ => Self::Cancelled,
        }
    }

    /// What a client brought with a later request; what is no answer is none.
    pub(super) fn of_value(value: Value) -> Self {
        serde_json::from_value(value).map_or(Self::Cancelled, Self::of)
    }
}

fn confirmation() -> Value {
    json!({
        "type": "object",
        "properties": {
            "confirm": {
                "type": "boolean",
                "title": "确认办理",
                "description": "选“是”即按以上内容办理。",
            },
        },
        "required": ["confirm"],
    })
}

/// What arguments the person can be asked for: the fields of the form, or without one what the schema says plainly.
#[derive(Clone, Copy)]
pub(super) struct Askable<'a> {
    pub(super) spec: &'a ToolSpec,
    pub(super) form: Option<&'a Form>,
}

impl Askable<'_> {
    /// Arguments that must be there and are not.
    pub(super) fn missing(self, values: &Map<String, Value>) -> Vec<String> {
        match self.form {
            Some(form) => {
                let needed = |field: &&Field| {
                    field.required
                        && !values.contains_key(&field.name)
                        && applies(form, field, values)
                };
                form.fields()
                    .iter()
                    .filter(needed)
                    .map(|field| field.name.clone())
                    .collect()
            }
            None => {
                let required = self.spec.schema.get("required").and_then(Value::as_array);
                let names = required.into_iter().flatten().filter_map(Value::as_str);
                names
                    .filter(|name| !values.contains_key(*name))
                    .map(str::to_owned)
                    .collect()
            }
        }
    }

    /// Whether the person can be asked for it.
    pub(super) fn allows(self, name: &str) -> bool {
        match self.form {
            Some(form) => form
                .field(name)
                .is_some_and(|field| field.allows(SourceKind::Given)),
            None => self.property(name).is_some_and(|property| {
                let kind = property.get("type").and_then(Value::as_str);
                kind.is_some_and(|kind| ["string", "number", "integer", "boolean"].contains(&kind))
            }),
        }
    }

    /// The flat schema with which these arguments are asked for.
    pub(super) fn schema(self, names: &[String]) -> Value {
        if let Some(form) = self.form {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            return form.requested_schema(&names);
        }
        let properties: Map<String, Value> = names
            .iter()
            .filter_map(|name| Some((name.clone(), plain(self.property(name)?))))
            .collect();
        json!({"type": "object", "properties": properties, "required": names})
    }

    /// What an argument is called.
    pub(super) fn title(self, name: &str) -> String {
        let form = self
            .form
            .and_then(|form| form.field(name))
            .map(|field| field.title.clone());
        let schema = || {
            self.property(name)?
                .get("title")?
                .as_str()
                .map(str::to_owned)
        };
        form.or_else(schema).unwrap_or_else(|| name.to_owned())
    }

    fn property(&self, name: &str) -> Option<&Value> {
        self.spec.schema.get("properties")?.get(name)
    }
}

fn plain(property: &Value) -> Value {
    let members = property.as_object().into_iter().flatten();
    let known = members.filter(|(key, _)| KNOWN.contains(&key.as_str()));
    Value::Object(
        known
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
    )
}

/// Whether a field applies, see `Filled::applies`: here the values come from a program, without sources.
fn applies(form: &Form, field: &Field, values: &Map<String, Value>) -> bool {
    field.when.iter().all(|(name, allowed)| {
        let fits = values
            .get(name)
            .is_some_and(|value| allowed.contains(value));
        fits && form
            .field(name)
            .is_some_and(|other| applies(form, other, values))
    })
}
