//! `tool.toml`: what a folder under `tools/` says of its tool. Data; the kinds are Rust, in `kind/`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::kind::{AlertPart, FormPart, HttpPart, McpPart, Open311Part, OrderPart, QueryPart};
use crate::origin::Origin;

/// What a tool does to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Nothing.
    Read,
    /// Something, which a person confirms first.
    Write,
}

/// `tool.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Title to show.
    pub title: String,
    /// What it does, in one sentence; a model reads it, too.
    pub description: String,
    /// Which code does it.
    pub kind: Kind,
    /// What it does to the world.
    pub effect: Effect,
    /// Roles of persons who may have it called.
    pub roles: Vec<String>,
    /// Seconds that a call may take.
    #[serde(default = "timeout_s")]
    pub timeout_s: u64,
    /// Rules for arguments, by name, beside the schema.
    #[serde(default)]
    pub arguments: BTreeMap<String, ArgumentRule>,
    /// Of kind `alert`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<AlertPart>,
    /// Of kind `dispatch`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispatch: Option<OrderPart>,
    /// Of kind `form`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<FormPart>,
    /// Of kind `http`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpPart>,
    /// Of kind `mcp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mcp: Option<McpPart>,
    /// Of kind `open311`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open311: Option<Open311Part>,
    /// Of kind `query`: the server that has the readings; ours are asked for without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<QueryPart>,
}

fn timeout_s() -> u64 {
    10
}

/// Kinds of tools. Each is one file in `kind/`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// What was raised because of what sensors measured.
    Alert,
    /// What sensors measured, asked for in words.
    Ask,
    /// The hotline's work orders.
    Dispatch,
    /// A form that is filled in and handed in.
    Form,
    /// What sensors measured.
    Query,
    /// What offices know of the person who asks.
    Register,
    /// What the hotline's orders come to.
    Statistics,
    /// An API of somebody else, over HTTP.
    Http,
    /// Tools of an MCP server.
    Mcp,
    /// Requests of another city, over Open311 GeoReport v2.
    Open311,
}

impl Manifest {
    /// # Errors
    /// [`Error::Data`] where a tool of a kind that only reads is said to do something.
    pub(crate) fn only_reads(&self, file: &str) -> Result<(), Error> {
        match self.effect {
            Effect::Read => Ok(()),
            Effect::Write => Err(Error::Data {
                file: file.to_owned(),
                message: format!(
                    "key `effect`: tools of kind `{}` have the effect `read`",
                    self.kind.name()
                ),
            }),
        }
    }
}

impl Kind {
    /// Its name in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Ask => "ask",
            Self::Dispatch => "dispatch",
            Self::Form => "form",
            Self::Query => "query",
            Self::Register => "register",
            Self::Statistics => "statistics",
            Self::Http => "http",
            Self::Mcp => "mcp",
            Self::Open311 => "open311",
        }
    }
}

/// A rule for one argument.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArgumentRule {
    /// It decides what happens: it must come from a person, or stand in what the person said.
    #[serde(default)]
    pub critical: bool,
    /// What does not come from a person must be all of what the person said at once: a model that may choose a piece of it
    /// chooses what it says.
    #[serde(default)]
    pub whole: bool,
    /// The only values that it may have; absent: what the schema allows.
    #[serde(default)]
    pub allow: Option<Vec<serde_json::Value>>,
    /// The only origins that may fill it; absent: all.
    #[serde(default)]
    pub origins: Option<Vec<Origin>>,
}

impl Manifest {
    /// Reads a manifest; `file` is its name for messages.
    ///
    /// # Errors
    /// [`Error::Data`] with key and line, or when the part of its kind is missing or another's is there.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let wrong = |message: String| Error::Data {
            file: file.to_owned(),
            message,
        };
        let manifest: Self = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let parts = [
            ("alert", manifest.alert.is_some(), Kind::Alert),
            ("dispatch", manifest.dispatch.is_some(), Kind::Dispatch),
            ("form", manifest.form.is_some(), Kind::Form),
            ("http", manifest.http.is_some(), Kind::Http),
            ("mcp", manifest.mcp.is_some(), Kind::Mcp),
            ("open311", manifest.open311.is_some(), Kind::Open311),
        ];
        for (name, there, kind) in parts {
            if there != (kind == manifest.kind) {
                let message = if there {
                    format!("table `[{name}]` belongs to another kind")
                } else {
                    format!("table `[{name}]` is missing")
                };
                return Err(wrong(message));
            }
        }
        if manifest.query.is_some() && manifest.kind != Kind::Query {
            return Err(wrong("table `[query]` belongs to another kind".to_owned()));
        }
        if manifest.roles.is_empty() {
            return Err(wrong(
                "key `roles`: a tool needs at least one role that may have it called".to_owned(),
            ));
        }
        if manifest.timeout_s == 0 {
            return Err(wrong("key `timeout_s`: must be at least 1".to_owned()));
        }
        Ok(manifest)
    }
}
