//! The part of OpenAI's API that chat programs use: `GET /v1/models` and `POST /v1/chat/completions`.
//!
//! A model is an agent. The last message of the user is the question, the earlier ones are its history; system messages
//! and sampling parameters are accepted and have no effect, since code decides what an agent does. `as_of`, `place` and
//! `corpora` may be sent besides. Token numbers are counted in characters.

mod request;
mod response;
mod transcript;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use agents::Event;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response, sse};
use futures::StreamExt;
use futures::stream::BoxStream;

use super::Shared;
use super::catalog::open_agents;
use super::error::{ApiError, ErrorBody};
use super::extract::{Body, Path};
use super::turns::{NO_STORE, answer, begun, server_sent};
use crate::turn::{Caller, TurnError};
use request::CompletionRequest;
use response::{ChatCompletion, Head, Model, ModelList, Usage};
use transcript::{Lead, Transcript};

/// Lists agents as models.
#[utoipa::path(get, path = "/v1/models", responses((status = 200, body = ModelList), (status = 401, body = ErrorBody)))]
pub(super) async fn models(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
) -> Result<Json<ModelList>, ApiError> {
    Ok(Json(ModelList::of(
        open_agents(&shared, &caller).map(|agent| Model::of(&agent.name)),
    )))
}

/// Looks an agent up as a model.
#[utoipa::path(
    get,
    path = "/v1/models/{id}",
    params(("id" = String, Path, description = "Name of the agent")),
    responses((status = 200, body = Model), (status = 404, body = ErrorBody))
)]
pub(super) async fn model(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Model>, ApiError> {
    let known = open_agents(&shared, &caller).any(|agent| agent.name == id);
    if known {
        Ok(Json(Model::of(&id)))
    } else {
        Err(TurnError::UnknownAgent(id).into())
    }
}

/// Asks an agent in OpenAI's form.
#[utoipa::path(
    post,
    path = "/v1/chat/completions",
    request_body = CompletionRequest,
    responses(
        (status = 200, description = "The answer with `[1]` marks, a list of sources and `annotations`; with `\"stream\": true` chunks of it",
            content((ChatCompletion = "application/json"), (String = "text/event-stream"))),
        (status = "4XX", description = "The request cannot be taken", body = ErrorBody),
        (status = "5XX", description = "No answer now; see `Retry-After`", body = ErrorBody),
    )
)]
pub(super) async fn complete(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Body(request): Body<CompletionRequest>,
) -> Result<Response, ApiError> {
    let asked = request.understood()?;
    let model = asked.question.agent.clone();
    let lead = shared
        .app
        .catalog
        .agents
        .get(&model)
        .map(|agent| &agent.manifest.texts);
    let lead = lead.map_or(Lead::default(), Lead::new);
    let events = begun(&shared, caller, asked.question).await?;
    let head = Head::new(&model);
    if asked.stream {
        let usage = asked.include_usage.then_some(asked.characters);
        Ok(server_sent(chunks(events, head, lead, usage)))
    } else {
        let answer = answer(events).await?;
        let transcript = Transcript::of(&answer);
        let usage = Usage::of(asked.characters, &transcript);
        Ok((NO_STORE, Json(head.completion(&transcript, usage, answer))).into_response())
    }
}

/// What is left to send of a stream, and what still comes.
struct Streaming {
    events: BoxStream<'static, Result<Event, TurnError>>,
    head: Head,
    lead: Lead,
    transcript: Transcript,
    /// Whether the answer is sent in one piece at the end.
    whole: bool,
    /// Characters of the request, when the caller wants to know the usage.
    usage: Option<usize>,
    ready: VecDeque<String>,
    ended: bool,
}

fn chunks(
    events: BoxStream<'static, Result<Event, TurnError>>,
    head: Head,
    lead: Lead,
    usage: Option<usize>,
) -> impl futures::Stream<Item = Result<sse::Event, Infallible>> + Send + 'static {
    let ready = VecDeque::from([head.opening()]);
    let streaming = Streaming {
        events,
        head,
        lead,
        transcript: Transcript::default(),
        whole: false,
        usage,
        ready,
        ended: false,
    };
    futures::stream::unfold(streaming, |mut streaming| async move {
        while streaming.ready.is_empty() && !streaming.ended {
            let event = streaming.events.next().await;
            streaming.take(event);
        }
        let data = streaming.ready.pop_front()?;
        Some((Ok(sse::Event::default().data(data)), streaming))
    })
}

impl Streaming {
    fn take(&mut self, event: Option<Result<Event, TurnError>>) {
        match event {
            // Chat programs cannot take back what they showed: of an answer that may be replaced they get the last one.
            Some(Ok(Event::Quoted(_))) => self.whole = true,
            Some(Ok(Event::Citation(_) | Event::Sentence { .. })) if self.whole => {}
            Some(Ok(Event::Citation(citation))) => self.transcript.cite(citation),
            Some(Ok(Event::Sentence {
                text, citations, ..
            })) => {
                let lead = self.lead.take();
                let added = self.transcript.sentence(lead.as_deref(), &text, &citations);
                self.ready.push_back(self.head.delta(&added));
            }
            Some(Ok(Event::Done(answer))) => {
                let rest = if self.whole {
                    self.transcript = Transcript::of(&answer);
                    self.transcript.text().to_owned()
                } else {
                    self.transcript.end(&answer)
                };
                self.ready.push_back(self.head.delta(&rest));
                self.ready
                    .push_back(self.head.closing(&self.transcript, &answer));
                if let Some(characters) = self.usage {
                    self.ready
                        .push_back(self.head.usage(&Usage::of(characters, &self.transcript)));
                }
                self.ready.push_back("[DONE]".into());
                self.ended = true;
            }
            Some(Ok(
                Event::Started { .. }
                | Event::Interpreted { .. }
                | Event::Searched { .. }
                | Event::Rewritten { .. }
                | Event::Dropped { .. }
                | Event::Degraded { .. }
                | Event::Removed { .. },
            )) => {}
            Some(Err(error)) => {
                let body = ApiError::from(error).body();
                self.ready
                    .push_back(serde_json::to_string(&body).expect("errors are plain data"));
                self.ended = true;
            }
            None => self.ended = true,
        }
    }
}
