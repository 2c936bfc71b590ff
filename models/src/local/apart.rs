//! Work of a request that may take long, on a thread of its own: who polls the stream serves others meanwhile. Nothing of
//! the model is computed here.
//!
//! Whoever drops his future hears of no result, and none is acted upon. What has begun goes on to its end, for which the
//! limits of grammars care, and keeps its place until then: so there are never more threads than places, however often
//! somebody asks and leaves.

use std::sync::Arc;

use futures::channel::oneshot::{Canceled, channel};
use tokio::sync::Semaphore;

use crate::error::Error;

/// Places for such work.
pub(crate) struct Apart {
    model: String,
    places: Arc<Semaphore>,
}

impl Apart {
    /// For so many requests at a time, at least one.
    pub(crate) fn new(model: &str, places: usize) -> Self {
        let places = places.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            model: model.to_owned(),
            places: Arc::new(Semaphore::new(places)),
        }
    }

    /// The result of some work. It needs no runtime.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the system gives no thread, or the work panics.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let places = Arc::clone(&self.places);
        let place = places.acquire_owned().await;
        let place = place.expect("nobody closes the places");
        let (sender, receiver) = channel();
        let work = move || {
            // It stands first, so it is free last, also after a panic.
            let _place = place;
            // Nobody may wait any more.
            let _ = sender.send(work());
        };
        std::thread::Builder::new()
            .name("request".into())
            .spawn(work)
            .map_err(|error| self.unavailable(format!("the system gives it no thread: {error}")))?;
        let result = receiver.await;
        result.map_err(|Canceled| self.unavailable("its thread for a request has failed".into()))
    }

    fn unavailable(&self, reason: String) -> Error {
        Error::Unavailable {
            model: self.model.clone(),
            reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use futures::FutureExt;
    use futures::executor::block_on;

    use super::*;

    #[test]
    fn who_waits_for_it_is_not_held_up() {
        let apart = Apart::new("test", 1);
        let (open, gate) = mpsc::channel();
        let mut work = Box::pin(apart.run(move || gate.recv()));
        assert!((&mut work).now_or_never().is_none());
        open.send(7).unwrap();
        assert_eq!(block_on(work), Ok(Ok(7)));
    }

    #[test]
    fn work_that_nobody_waits_for_keeps_its_place_until_it_is_done() {
        let apart = Apart::new("test", 1);
        let (open, gate) = mpsc::channel::<()>();
        assert!(apart.run(move || gate.recv()).now_or_never().is_none());
        let mut next = Box::pin(apart.run(|| 2));
        assert!((&mut next).now_or_never().is_none());
        assert_eq!(apart.places.available_permits(), 0);
        drop(open);
        assert_eq!(block_on(next), Ok(2));
    }

    #[test]
    fn work_that_panics_is_an_error_and_leaves_its_place() {
        let apart = Apart::new("test", 1);
        let fails = || -> u8 { panic!("the test wants it") };
        let error = block_on(apart.run(fails)).unwrap_err();
        assert!(matches!(error, Error::Unavailable { .. }), "{error}");
        assert_eq!(block_on(apart.run(|| 2)), Ok(2));
    }
}
