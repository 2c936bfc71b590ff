//! The policy search: passages of the corpora that a caller may read, with where they stand.

use std::sync::Arc;

use agents::Role;
use corpora::{Hit, Query};
use futures::future::BoxFuture;
use rmcp::model::{Tool, ToolAnnotations};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tools::Output;

use super::list::{object, output};
use crate::app::App;

/// Name of the policy search among the tools. A folder of this name would be hidden by it.
pub const SEARCH: &str = "policy-search";

/// Most passages that one search brings.
const PASSAGES: usize = 20;

/// Longest query, in characters.
const LONGEST: usize = 1000;

/// Searches the corpora that a role may read. What it brings is data; an error is told to the caller.
pub type Search =
    Box<dyn Fn(Role, Wanted) -> BoxFuture<'static, Result<Output, String>> + Send + Sync>;

/// What is searched for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// In plain words.
    pub query: String,
    /// Most passages.
    #[serde(default = "few")]
    pub limit: usize,
    /// Whose rules; none means the city's.
    #[serde(default)]
    pub place: Option<String>,
}

fn few() -> usize {
    5
}

impl Wanted {
    /// Of the arguments of a call.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn read(given: Map<String, Value>) -> Result<Self, String> {
        let wanted: Self = serde_json::from_value(Value::Object(given))
            .map_err(|error| format!("tool `{SEARCH}`: {error}"))?;
        let length = wanted.query.chars().count();
        if wanted.query.trim().is_empty()
            || length > LONGEST
            || !(1..=PASSAGES).contains(&wanted.limit)
        {
            return Err(format!(
                "tool `{SEARCH}`: `query` has 1 to {LONGEST} characters and `limit` is 1 to {PASSAGES}"
            ));
        }
        Ok(wanted)
    }
}

/// The search as a tool.
pub(super) fn tool() -> Tool {
    let input = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["query"],
        "properties": {
            "query": {"type": "string", "minLength": 1, "maxLength": 1000, "description": "要查的内容，用平常的话写。"},
            "limit": {"type": "integer", "minimum": 1, "maximum": PASSAGES, "default": 5, "description": "最多几段。"},
            "place": {"type": "string", "minLength": 1, "maxLength": 100, "description": "按哪个地方的规定查，如“临江区”；不写即本市。"},
        },
    });
    Tool::new(
        SEARCH,
        "在本市政策文件中查找相关条文，返回原文段落及出处。",
        object(input),
    )
    .with_title("政策检索")
    .with_raw_output_schema(object(output()))
    .with_annotations(
        ToolAnnotations::new()
            .read_only(true)
            .destructive(false)
            .idempotent(true),
    )
}

/// The search over the corpora of `app`.
pub(super) fn over(app: Arc<App>) -> Search {
    Box::new(move |role, wanted| {
        let app = app.clone();
        Box::pin(async move {
            // The index is read from disk.
            let found = tokio::task::spawn_blocking(move || found(&app, role, wanted)).await;
            found.unwrap_or_else(|_| Err(FAILED.to_owned()))
        })
    })
}

const FAILED: &str = "the corpora cannot be searched now\nhint: try again later";

fn found(app: &App, role: Role, wanted: Wanted) -> Result<Output, String> {
    let (world, today) = (app.world(role), app.today());
    let gazetteer = &app.seeds.gazetteer;
    if let Some(unknown) = wanted
        .place
        .as_ref()
        .filter(|name| gazetteer.place(name).is_none())
    {
        return Err(format!("tool `{SEARCH}`: there is no place `{unknown}`"));
    }
    let place = wanted.place.or(world.place);
    let query = Query {
        text: wanted.query,
        more: Vec::new(),
        as_of: today,
        today,
        places: place.map(|place| gazetteer.chain(&place)),
        corpora: None,
        limit: wanted.limit,
    };
    let found = world.retriever.retrieve(&query).map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a search over MCP failed"
        );
        FAILED.to_owned()
    })?;
    Ok(Output {
        value: found.hits.iter().map(row).collect(),
        evidence: found.hits.into_iter().map(|hit| hit.passage.id).collect(),
    })
}

fn row(hit: &Hit) -> Value {
    let passage = &hit.passage;
    json!({
        "id": passage.id,
        "corpus": passage.corpus,
        "document": passage.document,
        "title": passage.title,
        "path": passage.path_text(),
        "text": passage.text,
    })
}
