//! `POST /v1/agents/{name}/turns`: one question, answered as a stream of events or as one JSON object.

use std::sync::Arc;
use std::time::Duration;

use agents::kind::draft::Brief;
use agents::{Answer, Event};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::sse::{KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Shared;
use super::error::{ApiError, ErrorBody};
use super::events::server_event;
use super::extract::{Body, Path};
use super::openapi::shape;
use super::permit::Permit;
use crate::turn::{Caller, Question, TurnError, run_with};

/// Between two comments that keep a quiet connection open.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// One question.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TurnRequest {
    /// The words of the person, at most 2,000 characters; for an agent that drafts, at most 20,000.
    pub(super) question: String,
    /// `YYYY-MM-DD`: the day for which rules are asked.
    #[serde(default)]
    pub(super) as_of: Option<String>,
    /// The place where they should apply, for example `临江区`.
    #[serde(default)]
    pub(super) place: Option<String>,
    /// The conversation to go on with.
    #[serde(default)]
    pub(super) conversation: Option<String>,
    /// Corpora to search; none means all.
    #[serde(default)]
    pub(super) corpora: Option<Vec<String>>,
    /// Passages to look at, 1 to 100.
    #[serde(default)]
    pub(super) limit: Option<usize>,
    /// Fields of a form that were filled in on the page: names with what was typed.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub(super) fields: Option<serde_json::Map<String, serde_json::Value>>,
    /// Of agents that draft: order, template, and a draft that was edited.
    #[serde(default)]
    pub(super) draft: Option<DraftRequest>,
}

/// What a draft is made of besides the words of the request.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DraftRequest {
    /// Number of an order; its words are the request then.
    #[serde(default)]
    order: Option<String>,
    /// Name of a template.
    #[serde(default)]
    template: Option<String>,
    /// The draft as an officer has edited it, at most 20,000 characters: it is checked.
    #[serde(default)]
    text: Option<String>,
}

impl From<DraftRequest> for Brief {
    fn from(request: DraftRequest) -> Self {
        Self {
            order: request.order.filter(|order| !order.trim().is_empty()),
            template: request.template.filter(|name| !name.trim().is_empty()),
            edited: request.text,
        }
    }
}

/// Asks an agent.
#[utoipa::path(
    post,
    path = "/v1/agents/{name}/turns",
    params(("name" = String, Path, description = "Name of the agent")),
    request_body = TurnRequest,
    responses(
        (status = 200, description = "The answer; with `Accept: text/event-stream` the events `started`, `interpreted`, `searched`, `rewritten`, `quoted` (an answer that stands while a model words it), `dropped`, `removed`, `degraded`, `citation`, `sentence`, `done` (the answer) and `error`",
            content((shape::Answer = "application/json"), (String = "text/event-stream"))),
        (status = "4XX", description = "The request cannot be taken", body = ErrorBody),
        (status = "5XX", description = "No answer now; see `Retry-After`", body = ErrorBody),
    )
)]
pub(super) async fn ask(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Path(name): Path<String>,
    headers: HeaderMap,
    Body(request): Body<TurnRequest>,
) -> Result<Response, ApiError> {
    let question = Question {
        agent: name,
        question: request.question,
        as_of: request
            .as_of
            .as_deref()
            .map(|day| date("as_of", day))
            .transpose()?,
        place: request.place.filter(|place| !place.trim().is_empty()),
        conversation: request.conversation,
        history: Vec::new(),
        corpora: named(request.corpora)?,
        limit: request.limit,
        fields: typed(request.fields)?,
        draft: request.draft.map(Brief::from),
    };
    let events = begun(&shared, caller, question).await?;
    if wants_events(&headers) {
        Ok(server_sent(events.map(|event| Ok(server_event(event)))))
    } else {
        Ok((NO_STORE, Json(answer(events).await?)).into_response())
    }
}

/// Header of answers: they are personal.
pub(super) const NO_STORE: [(HeaderName, HeaderValue); 1] =
    [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];

/// Starts a turn and waits for its first event, so that what fails at once fails with a status code.
///
/// The request is read by now, so that one who sends slowly holds up nobody. The permit travels with the events, until a
/// model is asked.
pub(super) async fn begun(
    shared: &Shared,
    caller: Caller,
    question: Question,
) -> Result<BoxStream<'static, Result<Event, TurnError>>, ApiError> {
    let Ok(permit) = shared.permits.clone().try_acquire_owned() else {
        shared.metrics.shed("concurrency");
        return Err(ApiError::overloaded());
    };
    let permit = Permit::new(permit);
    let agent = question.agent.clone();
    let known = shared.app.catalog.agents.contains_key(&agent);
    let work = permit.held_by(shared.work.clone());
    let events = run_with(shared.app.clone(), caller, question, work);
    // Names that callers make up must not become labels.
    let label = if known { &agent } else { "unknown" };
    let mut events = shared.metrics.observed(label, events, permit);
    match events.next().await {
        Some(Ok(first)) => Ok(futures::stream::iter([Ok(first)]).chain(events).boxed()),
        Some(Err(error)) => Err(error.into()),
        None => Err(ApiError::internal()),
    }
}

/// The answer at the end of `events`.
pub(super) async fn answer(
    mut events: BoxStream<'static, Result<Event, TurnError>>,
) -> Result<Answer, ApiError> {
    while let Some(event) = events.next().await {
        if let Event::Done(answer) = event? {
            return Ok(*answer);
        }
    }
    Err(ApiError::internal())
}

/// A response of server-sent events.
pub(super) fn server_sent(
    events: impl Stream<Item = Result<axum::response::sse::Event, std::convert::Infallible>>
    + Send
    + 'static,
) -> Response {
    let mut response = Sse::new(events)
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE).text("keep-alive"))
        .into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A proxy that gathers the response would hold back sentences.
    headers.insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    response
}

/// What was typed into fields: texts alone.
fn typed(
    fields: Option<serde_json::Map<String, serde_json::Value>>,
) -> Result<Vec<(String, String)>, ApiError> {
    let fields = fields.unwrap_or_default().into_iter();
    let typed = fields.map(|(name, value)| match value {
        serde_json::Value::String(text) => Ok((name, text)),
        _ => Err(ApiError::field(
            "fields",
            "not_text",
            format!("`fields` 的 `{name}` 应为文字。"),
        )),
    });
    typed.collect()
}

/// `YYYY-MM-DD` and nothing else.
pub(super) fn date(field: &str, day: &str) -> Result<Date, ApiError> {
    let plain = day.len() == 10
        && day.bytes().enumerate().all(|(at, byte)| {
            if at == 4 || at == 7 {
                byte == b'-'
            } else {
                byte.is_ascii_digit()
            }
        });
    let parsed = if plain { day.parse().ok() } else { None };
    parsed.ok_or_else(|| {
        ApiError::field(
            field,
            "invalid_date",
            format!("`{field}` 不是有效日期，应写成 YYYY-MM-DD，例如 2026-01-31。"),
        )
    })
}

/// Names of corpora; an empty list would search nothing.
pub(super) fn named(corpora: Option<Vec<String>>) -> Result<Option<Vec<String>>, ApiError> {
    match corpora {
        Some(names) if names.is_empty() => Err(ApiError::field(
            "corpora",
            "no_corpora",
            "`corpora` 为空；不限定资料库时请省略该字段。",
        )),
        corpora => Ok(corpora),
    }
}

fn wants_events(headers: &HeaderMap) -> bool {
    let mut accepted = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok());
    accepted.any(|value| {
        value.split(',').any(|kind| {
            kind.trim()
                .to_ascii_lowercase()
                .starts_with("text/event-stream")
        })
    })
}
