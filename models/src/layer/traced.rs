//! What a model does, as a span and as counters: requests, tokens, times, failures by kind. Never a word of a text.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::{self, BoxStream};
use metrics::{counter, gauge, histogram};
use tokio::time::Instant;
use tracing::Span;
use tracing::field::Empty;

use super::is_last;
use crate::chat::{ChatModel, ChatRequest, Delta, Room, Usage};
use crate::error::Error;

const REQUESTS: &str = "chengzhi_model_requests_total";
const TOKENS: &str = "chengzhi_model_tokens_total";
const FIRST_TOKEN: &str = "chengzhi_model_first_token_seconds";
const SECONDS: &str = "chengzhi_model_seconds";
const IN_FLIGHT: &str = "chengzhi_model_in_flight";

/// Records every request of a model. The counters go to the recorder of the process, if there is one.
pub struct Traced {
    model: Arc<dyn ChatModel>,
}

impl Traced {
    /// `model`, watched.
    pub fn new(model: Arc<dyn ChatModel>) -> Self {
        Self { model }
    }

    /// Says what the counters mean, to the recorder of the process.
    pub fn describe() {
        metrics::describe_counter!(REQUESTS, "Requests to models by model and how they ended.");
        metrics::describe_counter!(
            TOKENS,
            "Tokens of models: input, cached (of the input), output."
        );
        metrics::describe_histogram!(FIRST_TOKEN, "Seconds to the first text of a model.");
        metrics::describe_histogram!(SECONDS, "Seconds to the end of an answer of a model.");
        metrics::describe_gauge!(
            IN_FLIGHT,
            "Requests that a model works on or that wait for it."
        );
        metrics::describe_counter!(
            "chengzhi_model_fallbacks_total",
            "Requests that another model was asked after this one had failed."
        );
    }
}

impl ChatModel for Traced {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn chat(&self, request: ChatRequest) -> BoxStream<'static, Result<Delta, Error>> {
        let observation = Observation::begin(self.model.name());
        let deltas = observation.span.in_scope(|| self.model.chat(request));
        stream::unfold(Some((deltas, observation)), |state| async {
            let (mut deltas, mut observation) = state?;
            let span = observation.span.clone();
            let next = poll_fn(|context| span.in_scope(|| deltas.poll_next_unpin(context))).await;
            let Some(item) = next else {
                observation.outcome = "cut off";
                return None;
            };
            observation.saw(&item);
            let state = (!is_last(&item)).then_some((deltas, observation));
            Some((item, state))
        })
        .boxed()
    }

    fn room(&self, request: &ChatRequest) -> Result<Room, Error> {
        self.model.room(request)
    }
}

/// One request, recorded when it ends, however it ends.
struct Observation {
    model: String,
    span: Span,
    began: Instant,
    first: Option<Duration>,
    usage: Usage,
    outcome: &'static str,
}

impl Observation {
    fn begin(model: &str) -> Self {
        gauge!(IN_FLIGHT, "model" => model.to_owned()).increment(1.0);
        Self {
            model: model.to_owned(),
            span: tracing::info_span!(
                "chat",
                model,
                outcome = Empty,
                input_tokens = Empty,
                output_tokens = Empty
            ),
            began: Instant::now(),
            first: None,
            usage: Usage::default(),
            outcome: "cancelled",
        }
    }

    fn saw(&mut self, item: &Result<Delta, Error>) {
        match item {
            Ok(delta) => {
                if !delta.text.is_empty() || !delta.tool_calls.is_empty() {
                    self.first.get_or_insert_with(|| self.began.elapsed());
                }
                if let Some(usage) = delta.usage {
                    self.usage = usage;
                }
                if delta.stop.is_some() {
                    self.outcome = "finished";
                }
            }
            Err(error) => {
                self.outcome = kind(error);
                self.span.in_scope(|| tracing::warn!("{error}"));
            }
        }
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        let seconds = self.began.elapsed();
        self.span.record("outcome", self.outcome);
        self.span.record("input_tokens", self.usage.input_tokens);
        self.span.record("output_tokens", self.usage.output_tokens);
        let first = self.first.map(|first| first.as_secs_f64());
        self.span
            .in_scope(|| tracing::debug!(seconds = seconds.as_secs_f64(), first, "ended"));
        let model = || self.model.clone();
        gauge!(IN_FLIGHT, "model" => model()).decrement(1.0);
        counter!(REQUESTS, "model" => model(), "outcome" => self.outcome).increment(1);
        for (which, tokens) in [
            ("input", self.usage.input_tokens),
            ("cached", self.usage.cached_tokens),
            ("output", self.usage.output_tokens),
        ] {
            counter!(TOKENS, "model" => model(), "kind" => which).increment(tokens.into());
        }
        histogram!(SECONDS, "model" => model()).record(seconds);
        if let Some(first) = first {
            histogram!(FIRST_TOKEN, "model" => model()).record(first);
        }
    }
}

fn kind(error: &Error) -> &'static str {
    match error {
        Error::Unavailable { .. } => "unavailable",
        Error::Busy { .. } => "busy",
        Error::TimedOut { .. } => "timed out",
        Error::Request { .. } => "request",
        Error::Garbage { .. } => "garbage",
        Error::File { .. } | Error::Manifest { .. } | Error::Fetch { .. } => "file",
    }
}
