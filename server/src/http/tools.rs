//! Tools over HTTP: what there is, a call, what waits for a person, and their decision.
//!
//! A call of a tool with an effect comes back as a proposal. The decision is a request of its own, by the same person.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tools::{Arguments, Call, Effect, Outcome, Person, Proposal};
use utoipa::ToSchema;

use super::Shared;
use super::error::{ApiError, ErrorBody};
use super::extract::{Body, Path};
use super::turns::NO_STORE;
use crate::turn::Caller;

/// Name under which calls from outside are on the record.
const FACE: &str = "http";

/// A tool.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ToolView {
    /// Its name.
    name: String,
    /// Its title.
    title: String,
    /// What it does.
    description: String,
    /// `read` or `write`.
    effect: &'static str,
    /// JSON Schema of its arguments.
    #[schema(value_type = Object)]
    input_schema: Value,
}

/// A call.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ToolRequest {
    /// The arguments.
    #[schema(value_type = Object)]
    arguments: Map<String, Value>,
    /// Names the request: the same key never has two effects. Needed for a tool with an effect.
    #[serde(default)]
    key: Option<String>,
    /// The conversation of a caller without a token.
    #[serde(default)]
    conversation: Option<String>,
}

/// What a person decides.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DecisionRequest {
    /// Whether it is to be done.
    confirm: bool,
    /// The conversation of a caller without a token.
    #[serde(default)]
    conversation: Option<String>,
}

/// For whom.
#[derive(Debug, Deserialize)]
pub(super) struct Whose {
    conversation: Option<String>,
}

/// Tools that the caller may have called.
#[utoipa::path(
    get,
    path = "/v1/tools",
    responses((status = 200, description = "Tools", body = [ToolView]))
)]
pub(super) async fn list(State(shared): State<Arc<Shared>>, caller: Caller) -> Json<Vec<ToolView>> {
    let app = &shared.app;
    let person = caller.person(Some("")).unwrap_or(NOBODY);
    let grant = app.grant(FACE);
    let open = app.toolbox.open_to(&grant, &person);
    let views = open.into_iter().map(|spec| ToolView {
        name: spec.name.clone(),
        title: spec.title.clone(),
        description: spec.description.clone(),
        effect: match spec.effect {
            Effect::Read => "read",
            Effect::Write => "write",
        },
        input_schema: spec.schema.clone(),
    });
    Json(views.collect())
}

/// Calls a tool: `{"done": …}`, or `{"proposed": …}` for one with an effect.
#[utoipa::path(
    post,
    path = "/v1/tools/{name}/calls",
    params(("name" = String, Path, description = "Name of the tool")),
    request_body = ToolRequest,
    responses(
        (status = 200, description = "`done` with the output, or `proposed` with what would happen", body = Object),
        (status = "4XX", description = "It cannot be done", body = ErrorBody),
    )
)]
pub(super) async fn call(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Path(name): Path<String>,
    Body(request): Body<ToolRequest>,
) -> Result<impl axum::response::IntoResponse, ApiError> {
    let app = &shared.app;
    let person = person(&caller, request.conversation.as_deref())?;
    let has_effect = app
        .toolbox
        .specs()
        .any(|spec| spec.name == name && spec.effect == Effect::Write);
    let key = match request.key.filter(|key| !key.trim().is_empty()) {
        Some(key) => format!("{}/{key}", person.id),
        None if has_effect => {
            return Err(ApiError::field(
                "key",
                "no_key",
                "有办理效果的工具须带 `key`，同一请求重发时用同一个。",
            ));
        }
        None => String::new(),
    };
    let outcome = app.toolbox.call(Call {
        tool: name,
        arguments: Arguments::all_of(request.arguments, caller.role.origin()),
        grant: app.grant(FACE),
        person,
        said: Vec::new(),
        key,
        approval: None,
        now: app.now(),
    });
    Ok((NO_STORE, Json(shown(outcome.await?))))
}

/// What waits for the caller's decision.
#[utoipa::path(
    get,
    path = "/v1/proposals",
    params(("conversation" = Option<String>, Query, description = "The conversation of a caller without a token")),
    responses((status = 200, description = "Proposals, the oldest first", body = Object))
)]
pub(super) async fn waiting(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Query(whose): Query<Whose>,
) -> Result<impl axum::response::IntoResponse, ApiError> {
    let app = &shared.app;
    let person = person(&caller, whose.conversation.as_deref())?;
    let waiting: Vec<Proposal> = app.toolbox.waiting(&person, app.now()).await?;
    Ok((NO_STORE, Json(waiting)))
}

/// Confirms or declines a proposal.
#[utoipa::path(
    post,
    path = "/v1/proposals/{id}",
    params(("id" = String, Path, description = "Number of the proposal")),
    request_body = DecisionRequest,
    responses(
        (status = 200, description = "`done` with the output, or `declined`", body = Object),
        (status = "4XX", description = "It cannot be done", body = ErrorBody),
    )
)]
pub(super) async fn decide(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Path(id): Path<String>,
    Body(request): Body<DecisionRequest>,
) -> Result<impl axum::response::IntoResponse, ApiError> {
    let app = &shared.app;
    let person = person(&caller, request.conversation.as_deref())?;
    let now = app.now();
    let value = if request.confirm {
        let output = app
            .toolbox
            .confirm(&id, &person, app.grant(FACE), now)
            .await?;
        shown(Outcome::Done(output))
    } else {
        let declined = tools::Approval::decline(app.toolbox.store(), &id, &person, now).await?;
        json!({"declined": declined.id})
    };
    Ok((NO_STORE, Json(value)))
}

/// Who calls; somebody without a token is known by their conversation.
pub(super) fn person(caller: &Caller, conversation: Option<&str>) -> Result<Person, ApiError> {
    caller.person(conversation).ok_or_else(|| {
        ApiError::field(
            "conversation",
            "no_person",
            "没有令牌的请求须带 `conversation`。",
        )
    })
}

fn shown(outcome: Outcome) -> Value {
    match outcome {
        Outcome::Done(output) => json!({"done": output}),
        Outcome::Proposed(proposal) => json!({"proposed": proposal}),
    }
}

/// Has no role and so no tools.
const NOBODY: Person = Person {
    id: String::new(),
    role: String::new(),
    unit: None,
};
