//! Several models in order: the next one is asked when one fails before it has said anything.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::StreamExt;
use futures::stream::{self, BoxStream};

use super::is_last;
use crate::chat::{ChatModel, ChatRequest, Delta, Room};
use crate::error::Error;

/// The first of several models that answers. It is one answer of one model: after the first piece with content nothing
/// is retried. The last piece names the model that worded it.
pub struct Fallback {
    first: Arc<dyn ChatModel>,
    others: Vec<Arc<dyn ChatModel>>,
}

impl Fallback {
    /// `first`, and `others` in the order in which they are asked after it.
    pub fn new(first: Arc<dyn ChatModel>, others: Vec<Arc<dyn ChatModel>>) -> Self {
        Self { first, others }
    }
}

impl ChatModel for Fallback {
    /// The name of the first model. Which one worded an answer stands in its last piece.
    fn name(&self) -> &str {
        self.first.name()
    }

    fn chat(&self, request: ChatRequest) -> BoxStream<'static, Result<Delta, Error>> {
        let asking = Asking {
            deltas: self.first.chat(request.clone()),
            current: self.first.name().into(),
            others: self.others.iter().cloned().collect(),
            request,
            given: false,
            failures: Vec::new(),
        };
        stream::unfold(Some(asking), |asking| async {
            let mut asking = asking?;
            let item = asking.next().await;
            let asking = (!is_last(&item)).then_some(asking);
            Some((item, asking))
        })
        .boxed()
    }

    /// The room of the model that has the least to spare: the request must fit whichever of them answers, since it cannot
    /// be made shorter once one has failed. A model that could not take it at any length is passed over, here as when
    /// it is asked.
    fn room(&self, request: &ChatRequest) -> Result<Room, Error> {
        let spare = |room: &Room| i64::from(room.context) - i64::from(room.needed);
        let first = self.first.room(request);
        let rooms = self.others.iter().flat_map(|model| model.room(request));
        let tightest = rooms.chain(first.clone()).min_by_key(spare);
        tightest.map_or(first, Ok)
    }
}

struct Asking {
    deltas: BoxStream<'static, Result<Delta, Error>>,
    current: Arc<str>,
    others: VecDeque<Arc<dyn ChatModel>>,
    request: ChatRequest,
    /// Whether something was said: then it is too late for another model.
    given: bool,
    failures: Vec<Error>,
}

impl Asking {
    async fn next(&mut self) -> Result<Delta, Error> {
        loop {
            let item = self.deltas.next().await;
            match item.unwrap_or_else(|| Err(cut_off(&self.current))) {
                Ok(mut delta) => {
                    self.given |= !delta.text.is_empty()
                        || !delta.tool_calls.is_empty()
                        || delta.stop.is_some();
                    if delta.stop.is_some() {
                        delta.model.get_or_insert_with(|| self.current.clone());
                    }
                    return Ok(delta);
                }
                Err(error) if self.given => return Err(error),
                Err(error) => self.switch(error)?,
            }
        }
    }

    fn switch(&mut self, error: Error) -> Result<(), Error> {
        let Some(model) = self.others.pop_front() else {
            return Err(with_earlier(error, &self.failures));
        };
        tracing::warn!(model = &*self.current, next = model.name(), "{error}");
        metrics::counter!("chengzhi_model_fallbacks_total", "model" => self.current.to_string())
            .increment(1);
        self.failures.push(error);
        self.current = model.name().into();
        // The failed stream is dropped first: its work ends before the other begins.
        self.deltas = stream::empty().boxed();
        self.deltas = model.chat(self.request.clone());
        Ok(())
    }
}

fn cut_off(model: &str) -> Error {
    Error::Unavailable {
        model: model.to_owned(),
        reason: "its answer was cut off".into(),
    }
}

/// The last error keeps its kind, and says in its reason, where it has one, how the models before it failed.
fn with_earlier(mut error: Error, earlier: &[Error]) -> Error {
    if let Error::Unavailable { reason, .. }
    | Error::Request { reason, .. }
    | Error::Garbage { reason, .. } = &mut error
    {
        for failure in earlier {
            reason.push_str(&format!("; before it, {failure}"));
        }
    }
    error
}
