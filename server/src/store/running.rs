//! How many turns are running: shutdown waits until the last one is on the record.

use tokio::sync::watch;

/// A count that can be waited for.
#[derive(Clone)]
pub(super) struct Running(watch::Sender<usize>);

/// A running turn; dropping it ends it.
pub struct Held(watch::Sender<usize>);

impl Default for Running {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Running {
    pub(super) fn hold(&self) -> Held {
        self.0.send_modify(|count| *count += 1);
        Held(self.0.clone())
    }

    pub(super) fn count(&self) -> usize {
        *self.0.borrow()
    }

    pub(super) async fn settled(&self) {
        // The sender lives in `self`, so the channel cannot be closed while this waits.
        let _ = self.0.subscribe().wait_for(|&count| count == 0).await;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}
