//! The part of OpenAI's API that chat programs use: `GET /v1/models` and `POST /v1/chat/completions`.
//!
//! A model is an agent. The last message of the user is the question, the earlier ones are its history; system messages
//! and sampling parameters are accepted and have no effect, since code decides what an agent does. `as_of`, `place` and
//! `corpora` may be sent besides. Token numbers are counted in characters.
//!
//! A stream begins with the quoted answer as soon as it is checked. Chat programs cannot take back what they showed, so
//! an answer that takes its place, as a model words it, comes below it, after a line that says so.

mod request;
mod response;
mod transcript;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use agents::{Agent, Answer, Event, Kind};
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
use transcript::Transcript;

/// Lists agents as models.
#[utoipa::path(get, path = "/v1/models", responses((status = 200, body = ModelList), (status = 401, body = ErrorBody)))]
pub(super) async fn models(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
) -> Result<Json<ModelList>, ApiError> {
    Ok(Json(ModelList::of(
        answering(&shared, &caller).map(|agent| Model::of(&agent.name)),
    )))
}

/// Agents that answer a question by itself. Forms go on from turn to turn, and this interface keeps no conversation.
fn answering<'a>(shared: &'a Shared, caller: &'a Caller) -> impl Iterator<Item = &'a Arc<Agent>> {
    open_agents(shared, caller).filter(|agent| agent.manifest.kind == Kind::Answer)
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
    let known = answering(&shared, &caller).any(|agent| agent.name == id);
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
        (status = 200, description = "The answer with `[1]` marks, a list of sources and `annotations`. With `\"stream\": true` chunks of it, the quoted sentences as soon as they are checked; where a model words the answer, its sentences follow below them after a line that says that they count, and the last chunk holds the final answer alone",
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
    let agent = shared.app.catalog.agents.get(&model);
    let supersedes = agent.map(|agent| agent.manifest.texts().supersedes.clone());
    let events = begun(&shared, caller, asked.question).await?;
    let head = Head::new(&model);
    if asked.stream {
        let usage = asked.include_usage.then_some(asked.characters);
        Ok(server_sent(chunks(
            events,
            head,
            supersedes.unwrap_or_default(),
            usage,
        )))
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
    /// The line between an answer and the one that takes its place.
    supersedes: String,
    /// The answer whose sentences were sent last.
    shown: Option<Box<Answer>>,
    transcript: Transcript,
    /// Characters of the request, when the caller wants to know the usage.
    usage: Option<usize>,
    ready: VecDeque<String>,
    ended: bool,
}

fn chunks(
    events: BoxStream<'static, Result<Event, TurnError>>,
    head: Head,
    supersedes: String,
    usage: Option<usize>,
) -> impl futures::Stream<Item = Result<sse::Event, Infallible>> + Send + 'static {
    let ready = VecDeque::from([head.opening()]);
    let streaming = Streaming {
        events,
        head,
        supersedes,
        shown: None,
        transcript: Transcript::default(),
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
            Some(Ok(Event::Quoted(answer))) => self.show(answer),
            Some(Ok(Event::Done(answer))) => {
                self.show(answer.clone());
                let rest = self.transcript.end(&answer);
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
            // Sentences come with the answer that they are part of, since only it says how they are to be read.
            Some(Ok(
                Event::Started { .. }
                | Event::Interpreted { .. }
                | Event::Searched { .. }
                | Event::Rewritten { .. }
                | Event::Dropped { .. }
                | Event::Degraded { .. }
                | Event::Removed { .. }
                | Event::Called { .. }
                | Event::Citation(_)
                | Event::Sentence { .. },
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

    /// Sends the sentences of `answer`, unless it is what was sent.
    fn show(&mut self, answer: Box<Answer>) {
        if let Some(shown) = &self.shown {
            if (&shown.lead, &shown.sentences) == (&answer.lead, &answer.sentences) {
                return;
            }
            let line = self.transcript.between(&self.supersedes);
            self.ready.push_back(self.head.delta(&line));
        }
        for sentence in self.transcript.say(&answer) {
            self.ready.push_back(self.head.delta(&sentence));
        }
        self.shown = Some(answer);
    }
}
