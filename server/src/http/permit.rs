//! The permit of a turn to be worked on.
//!
//! A turn that asks a model only waits from then on, and so gives its permit back: how many may wait is bounded by the
//! model's own queue, beyond which the quoted answer stands. A model that is slow or stalled keeps nobody out.

use std::sync::{Arc, Mutex, PoisonError};

use futures::stream::BoxStream;
use models::{ChatModel, ChatRequest, Delta, Error, Room};
use tokio::sync::OwnedSemaphorePermit;

use crate::turn::Work;

/// One turn's permit. Free again when it is given back, or when nobody holds it.
#[derive(Clone)]
pub(super) struct Permit(Arc<Mutex<Option<OwnedSemaphorePermit>>>);

impl Permit {
    pub(super) fn new(permit: OwnedSemaphorePermit) -> Self {
        Self(Arc::new(Mutex::new(Some(permit))))
    }

    /// `work`, which gives this permit back when it asks a model.
    pub(super) fn held_by(&self, work: Work) -> Work {
        let permit = self.clone();
        Arc::new(move |agent, mut world, request| {
            world.models.wrap(|model| {
                let permit = permit.clone();
                Arc::new(Yielding { model, permit })
            });
            work(agent, world, request)
        })
    }

    fn give_back(&self) {
        let permit = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(permit);
    }
}

/// A model of one turn.
struct Yielding {
    model: Arc<dyn ChatModel>,
    permit: Permit,
}

impl ChatModel for Yielding {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn chat(&self, request: ChatRequest) -> BoxStream<'static, Result<Delta, Error>> {
        self.permit.give_back();
        self.model.chat(request)
    }

    fn room(&self, request: &ChatRequest) -> Result<Room, Error> {
        self.model.room(request)
    }
}
