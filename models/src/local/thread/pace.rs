//! How long steps take, and so how much of the prompts goes into one.

use std::time::Duration;

use crate::local::cache::PAGE;

/// How many tokens of prompts fit into a step that nobody finds long. It changes when things are computed, never what.
pub(super) struct Pace {
    /// Seconds for a token, lately.
    token: f64,
}

impl Pace {
    /// The most tokens of prompts in a step.
    const MOST: usize = 512;
    /// What a step of prompts should take: those who decode beside it wait so long, and so does who cancels.
    const STEP: f64 = 0.5;

    pub(super) fn new() -> Self {
        Self { token: 0.0 }
    }

    pub(super) fn prefill(&self) -> usize {
        let fits = (Self::STEP / self.token.max(1e-9)) as usize / PAGE * PAGE;
        fits.clamp(PAGE, Self::MOST)
    }

    /// Small steps say little about large ones.
    pub(super) fn observe(&mut self, tokens: usize, time: Duration) {
        if tokens < PAGE {
            return;
        }
        let token = time.as_secs_f64() / tokens as f64;
        let weight = if self.token == 0.0 { 1.0 } else { 0.25 };
        self.token += weight * (token - self.token);
    }
}
