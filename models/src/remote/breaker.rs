//! Stops asking an endpoint that does not answer, and tries again after a pause.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Opens after so many failed attempts in a row. After the pause one attempt is let through; it closes the breaker with
/// the first bytes that it gets, or opens it for another pause.
#[derive(Debug)]
pub(super) struct Breaker {
    state: Mutex<State>,
    failures: u32,
    pause: Duration,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Closed { failed: u32 },
    Open { until: Instant },
    Trying,
}

/// An attempt that is given up after so long a silence counts as failed: the server holds the line and says nothing.
const SILENCE: Duration = Duration::from_secs(10);

impl Breaker {
    pub(super) fn new(failures: u32, pause: Duration) -> Self {
        Self {
            state: Mutex::new(State::Closed { failed: 0 }),
            failures: failures.max(1),
            pause,
        }
    }

    /// Begins an attempt, or says how long no attempt is made.
    pub(super) fn enter(self: &Arc<Self>) -> Result<Attempt, Duration> {
        let now = Instant::now();
        let mut state = self.state();
        let trying = match *state {
            State::Closed { .. } => false,
            State::Open { until } if until <= now => {
                *state = State::Trying;
                true
            }
            State::Open { until } => return Err(until - now),
            State::Trying => return Err(Duration::ZERO),
        };
        Ok(Attempt {
            breaker: self.clone(),
            trying,
            heard: now,
            ended: false,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, trying: bool) {
        let mut state = self.state();
        let open = State::Open {
            until: Instant::now() + self.pause,
        };
        *state = match *state {
            State::Closed { failed } if failed + 1 < self.failures => {
                State::Closed { failed: failed + 1 }
            }
            State::Closed { .. } => open,
            State::Trying if trying => open,
            // An attempt from before the breaker opened says nothing new.
            State::Open { .. } | State::Trying => *state,
        };
    }

    fn answered(&self, trying: bool) {
        let mut state = self.state();
        if trying || matches!(*state, State::Closed { .. }) {
            *state = State::Closed { failed: 0 };
        }
    }
}

/// One attempt, from the connection to the last byte.
#[derive(Debug)]
pub(super) struct Attempt {
    breaker: Arc<Breaker>,
    /// Whether this is the one attempt after a pause.
    trying: bool,
    heard: Instant,
    ended: bool,
}

impl Attempt {
    /// Some bytes came.
    pub(super) fn heard(&mut self) {
        self.heard = Instant::now();
        if std::mem::take(&mut self.trying) {
            self.breaker.answered(true);
        }
    }

    /// The endpoint answered as it should, be it with a refusal.
    pub(super) fn answered(mut self) {
        self.ended = true;
        self.breaker.answered(self.trying);
    }

    /// It did not.
    pub(super) fn failed(mut self) {
        self.ended = true;
        self.breaker.failed(self.trying);
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        if self.heard.elapsed() >= SILENCE {
            self.breaker.failed(self.trying);
        } else if self.trying {
            // Given up by the caller; the next one may try.
            *self.breaker.state() = State::Open {
                until: Instant::now(),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const PAUSE: Duration = Duration::from_secs(20);

    fn breaker() -> Arc<Breaker> {
        Arc::new(Breaker::new(2, PAUSE))
    }

    #[tokio::test(start_paused = true)]
    async fn opens_after_failures_in_a_row_and_tries_once_after_a_pause() {
        let breaker = breaker();
        breaker.enter().unwrap().failed();
        breaker.enter().unwrap().answered();
        breaker.enter().unwrap().failed();
        breaker.enter().unwrap().failed();
        assert_eq!(breaker.enter().unwrap_err(), PAUSE);
        advance(PAUSE).await;
        let attempt = breaker.enter().unwrap();
        assert!(breaker.enter().is_err());
        attempt.failed();
        assert_eq!(breaker.enter().unwrap_err(), PAUSE);
        advance(PAUSE).await;
        let mut attempt = breaker.enter().unwrap();
        attempt.heard();
        breaker.enter().unwrap().failed();
        attempt.failed();
        assert!(breaker.enter().is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn an_attempt_that_is_given_up_counts_only_after_silence() {
        let breaker = breaker();
        for _ in 0..9 {
            drop(breaker.enter().unwrap());
        }
        for _ in 0..2 {
            let attempt = breaker.enter().unwrap();
            advance(SILENCE).await;
            drop(attempt);
        }
        assert!(breaker.enter().is_err());
        advance(PAUSE).await;
        drop(breaker.enter().unwrap());
        breaker.enter().unwrap().answered();
        assert!(breaker.enter().is_ok());
    }
}
