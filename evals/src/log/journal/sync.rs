//! Brings what was written to the disk, on a thread of its own: soon, but not for each line.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Between two syncs. With the time that one takes it stays below a tenth of a second.
const PAUSE: Duration = Duration::from_millis(50);

/// The thread ends when this is dropped; what was written is on the disk then, if it was not before.
#[derive(Debug)]
pub(super) struct Sync {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    disk: Box<dyn Fn() -> io::Result<()> + Send + std::marker::Sync>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Something was written and not yet synced.
    pending: bool,
    ending: bool,
    /// What went wrong since anybody asked.
    failed: Option<io::Error>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.state.fmt(formatter)
    }
}

impl Sync {
    /// `disk` syncs once.
    pub(super) fn new(
        disk: impl Fn() -> io::Result<()> + Send + std::marker::Sync + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            disk: Box::new(disk),
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let threads = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || threads.run())?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// Something was written. An error is one of an earlier sync.
    pub(super) fn soon(&self) -> io::Result<()> {
        let mut state = self.shared.state();
        if !state.pending {
            state.pending = true;
            self.shared.changed.notify_one();
        }
        state.failed.take().map_or(Ok(()), Err)
    }

    /// Everything that was written is on the disk when this returns.
    pub(super) fn now(&self) -> io::Result<()> {
        let failed = {
            let mut state = self.shared.state();
            state.pending = false;
            state.failed.take()
        };
        (self.shared.disk)()?;
        failed.map_or(Ok(()), Err)
    }
}

impl Drop for Sync {
    fn drop(&mut self) {
        self.shared.state().ending = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

impl Shared {
    fn run(&self) {
        let mut state = self.state();
        loop {
            let idle = |state: &mut State| !state.pending && !state.ending;
            state = ignore_poison(self.changed.wait_while(state, idle));
            if state.pending {
                state.pending = false;
                drop(state);
                let synced = (self.disk)();
                state = self.state();
                if let Err(error) = synced {
                    state.failed = Some(error);
                }
            }
            if state.ending {
                return;
            }
            let waits = |state: &mut State| !state.ending;
            state = ignore_poison(self.changed.wait_timeout_while(state, PAUSE, waits)).0;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        ignore_poison(self.state.lock())
    }
}

/// Nothing that holds the lock can panic.
fn ignore_poison<T>(result: Result<T, PoisonError<T>>) -> T {
    result.unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn what_was_written_is_synced_without_another_line() {
        let (sender, receiver) = mpsc::channel();
        let sync = Sync::new(move || {
            sender.send(()).ok();
            Ok(())
        })
        .unwrap();
        for _ in 0..3 {
            sync.soon().unwrap();
            receiver.recv().unwrap();
        }
    }

    #[test]
    fn many_lines_are_synced_at_once_and_none_is_forgotten() {
        let count = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&count);
        let sync = Sync::new(move || {
            counter.fetch_add(1, Ordering::SeqCst);
            Ok(())
        })
        .unwrap();
        let lines = 10_000;
        for _ in 0..lines {
            sync.soon().unwrap();
        }
        drop(sync);
        let count = count.load(Ordering::SeqCst);
        assert!((1..lines / 10).contains(&count), "{count}");
    }

    #[test]
    fn what_fails_is_said_to_whoever_writes_next() {
        let (sender, receiver) = mpsc::channel();
        let answers = Mutex::new(vec![Ok(()), Err(io::ErrorKind::StorageFull.into())]);
        let sync = Sync::new(move || {
            let answer = answers.lock().unwrap().pop();
            sender.send(()).ok();
            answer.unwrap_or(Ok(()))
        })
        .unwrap();
        sync.soon().unwrap();
        receiver.recv().unwrap();
        // The second sync comes after the first has left its error.
        let told = sync.soon().is_err();
        receiver.recv().unwrap();
        assert!(told || sync.soon().is_err());
        sync.now().unwrap();
    }
}
