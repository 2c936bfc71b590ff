//! A bounded number of requests at a time, and a bounded queue before them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::is_last;
use crate::chat::{ChatModel, ChatRequest, Delta, Room};
use crate::error::Error;

/// At most so many streams of a model run at a time. More wait in order of arrival, and beyond the queue a request is
/// [`Error::Busy`] at once. A place is held for the whole stream, and given back with its last piece or when the
/// stream is dropped.
pub struct Limited {
    model: Arc<dyn ChatModel>,
    places: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    queue: usize,
}

impl Limited {
    /// `model` with `parallel` streams at a time (at least one) and `queue` requests that wait.
    pub fn new(model: Arc<dyn ChatModel>, parallel: usize, queue: usize) -> Self {
        let places = parallel.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            model,
            places: Arc::new(Semaphore::new(places)),
            waiting: Arc::default(),
            queue,
        }
    }
}

#[cfg(test)]
impl Limited {
    /// Places that are free, and requests that wait.
    pub(super) fn free(&self) -> (usize, usize) {
        let waiting = self.waiting.load(Ordering::Acquire);
        (self.places.available_permits(), waiting)
    }
}

impl ChatModel for Limited {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn chat(&self, request: ChatRequest) -> BoxStream<'static, Result<Delta, Error>> {
        let (model, places) = (self.model.clone(), self.places.clone());
        let (waiting, queue) = (self.waiting.clone(), self.queue);
        let admitted = async move {
            let place = place(model.name(), places, waiting, queue).await?;
            Ok(held(model.chat(request), place))
        };
        stream::once(admitted).try_flatten().boxed()
    }

    fn room(&self, request: &ChatRequest) -> Result<Room, Error> {
        self.model.room(request)
    }
}

async fn place(
    model: &str,
    places: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    queue: usize,
) -> Result<OwnedSemaphorePermit, Error> {
    // The semaphore gives a place that became free to those who wait, so nobody is overtaken here.
    if let Ok(place) = places.clone().try_acquire_owned() {
        return Ok(place);
    }
    let _queued = Queued::enter(&waiting, queue).map_err(|waiting| Error::Busy {
        model: model.to_owned(),
        waiting,
    })?;
    places
        .acquire_owned()
        .await
        .map_err(|_| Error::Unavailable {
            model: model.to_owned(),
            reason: "it has been closed".into(),
        })
}

fn held(
    deltas: BoxStream<'static, Result<Delta, Error>>,
    place: OwnedSemaphorePermit,
) -> impl futures::Stream<Item = Result<Delta, Error>> {
    // The stream stands before the place, so the work has ended when the place is free.
    stream::unfold(Some((deltas, place)), |state| async {
        let (mut deltas, place) = state?;
        let item = deltas.next().await?;
        let state = (!is_last(&item)).then_some((deltas, place));
        Some((item, state))
    })
}

/// A request that waits.
struct Queued(Arc<AtomicUsize>);

impl Queued {
    /// Enters the queue, or says how many wait.
    fn enter(waiting: &Arc<AtomicUsize>, queue: usize) -> Result<Self, usize> {
        waiting
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |count| {
                (count < queue).then_some(count + 1)
            })
            .map(|_| Self(waiting.clone()))
    }
}

impl Drop for Queued {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
