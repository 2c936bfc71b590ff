//! How long a model may take: to the first piece, from piece to piece, and for the whole answer.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::{self, BoxStream};
use tokio::time::{Instant, timeout_at};

use super::is_last;
use crate::chat::{ChatModel, ChatRequest, Delta, Room};
use crate::error::{Error, Wait};

/// Ends a stream that takes too long with [`Error::TimedOut`]; its work is cancelled then. Needs a Tokio runtime.
///
/// Any piece counts as a sign of life, also one without text, which a backend sends while a model thinks. Only waiting
/// counts: a caller who takes pieces slowly is not held against the model, except in the time for the whole answer.
pub struct Deadline {
    model: Arc<dyn ChatModel>,
    waits: Waits,
}

/// How long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// For the first piece. Waiting in the queue of a [`super::Limited`] inside counts.
    pub first_token: Duration,
    /// For each further piece.
    pub idle: Duration,
    /// For the last one.
    pub total: Duration,
}

impl Deadline {
    /// `model` with these deadlines.
    pub fn new(model: Arc<dyn ChatModel>, waits: Waits) -> Self {
        Self { model, waits }
    }
}

impl ChatModel for Deadline {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn chat(&self, request: ChatRequest) -> BoxStream<'static, Result<Delta, Error>> {
        let clock = Clock {
            model: self.model.name().to_owned(),
            waits: self.waits,
            wait: Wait::FirstToken,
            total: None,
        };
        let state = Some((self.model.chat(request), clock));
        stream::unfold(state, |state| async {
            let (mut deltas, mut clock) = state?;
            let item = clock.next(&mut deltas).await?;
            let state = (!is_last(&item)).then_some((deltas, clock));
            Some((item, state))
        })
        .boxed()
    }

    fn room(&self, request: &ChatRequest) -> Result<Room, Error> {
        self.model.room(request)
    }
}

struct Clock {
    model: String,
    waits: Waits,
    /// What is waited for: the first piece or the next one.
    wait: Wait,
    /// End of the whole answer, set when the stream is first asked.
    total: Option<Instant>,
}

impl Clock {
    async fn next(
        &mut self,
        deltas: &mut BoxStream<'static, Result<Delta, Error>>,
    ) -> Option<Result<Delta, Error>> {
        let now = Instant::now();
        let total = *self
            .total
            .get_or_insert_with(|| after(now, self.waits.total));
        let length = match self.wait {
            Wait::FirstToken => self.waits.first_token,
            Wait::Idle | Wait::Total => self.waits.idle,
        };
        let piece = after(now, length);
        match timeout_at(piece.min(total), deltas.next()).await {
            Ok(item) => {
                self.wait = Wait::Idle;
                item
            }
            Err(_) if total <= piece => Some(Err(self.passed(Wait::Total, self.waits.total))),
            Err(_) => Some(Err(self.passed(self.wait, length))),
        }
    }

    fn passed(&self, wait: Wait, length: Duration) -> Error {
        Error::TimedOut {
            model: self.model.clone(),
            wait,
            seconds: length.as_millis().div_ceil(1_000) as u64,
        }
    }
}

/// `length` after `now`; a length beyond the clock is a year.
fn after(now: Instant, length: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(366 * 86_400);
    now + length.min(YEAR)
}
