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
    /// Of those who have a place, how many wait inside the model when no place is left.
    inside: usize,
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
            inside: 0,
        }
    }

    /// For a model that works on `parallel` answers at a time and lets those who wait take turns: the `queue` is handed
    /// to it, too.
    pub fn shared(model: Arc<dyn ChatModel>, parallel: usize, queue: usize) -> Self {
        Self {
            inside: queue,
            ..Self::new(model, parallel.saturating_add(queue), 0)
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
        let (waiting, queue, inside) = (self.waiting.clone(), self.queue, self.inside);
        let admitted = async move {
            let place = place(model.name(), places, waiting, queue, inside).await?;
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
    inside: usize,
) -> Result<OwnedSemaphorePermit, Error> {
    // The semaphore gives a place that became free to those who wait, so nobody is overtaken here.
    if let Ok(place) = places.clone().try_acquire_owned() {
        return Ok(place);
    }
    let _queued = Queued::enter(&waiting, queue).map_err(|waiting| Error::Busy {
        model: model.to_owned(),
        waiting: waiting + inside,
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
    // The work has ended when the place is free: a tuple drops its stream first. Taken apart, it would be the place.
    stream::unfold(Some((deltas, place)), |state| async {
        let mut held = state?;
        let item = held.0.next().await?;
        let state = (!is_last(&item)).then_some(held);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Notes whether the place was still taken when the work ended.
    struct Work(Arc<Semaphore>, Arc<AtomicUsize>);

    impl Drop for Work {
        fn drop(&mut self) {
            self.1
                .fetch_add(1 - self.0.available_permits(), Ordering::AcqRel);
        }
    }

    #[tokio::test]
    async fn the_place_is_free_only_when_the_work_has_ended() {
        let (places, taken) = (Arc::new(Semaphore::new(1)), Arc::default());
        let begin = |deltas: BoxStream<'static, Result<Delta, Error>>| {
            let work = Work(Arc::clone(&places), Arc::clone(&taken));
            let deltas = deltas.map(move |delta| {
                let _work = &work;
                delta
            });
            let place = Arc::clone(&places).try_acquire_owned().unwrap();
            Box::pin(held(deltas.boxed(), place))
        };
        // Given up while it waits for the next piece.
        let mut given_up = begin(stream::pending().boxed());
        assert!(futures::poll!(given_up.next()).is_pending());
        drop(given_up);
        // Ended without a last piece.
        assert!(begin(stream::empty().boxed()).next().await.is_none());
        // Ended with one.
        let error = Error::Busy {
            model: String::new(),
            waiting: 0,
        };
        let failed = stream::iter([Err(error)]).boxed();
        assert!(begin(failed).next().await.is_some());
        assert_eq!(taken.load(Ordering::Acquire), 3);
        assert_eq!(places.available_permits(), 1);
    }
}
