//! How long steps take, and so how much of the prompts goes into one. As long as nobody knows, little does.

use std::time::Duration;

use crate::local::cache::PAGE;

/// How many tokens of prompts fit into a step that nobody finds long. It changes when things are computed, never what.
pub(super) struct Pace {
    /// Seconds for a token, lately. Unknown before the first step that is not small.
    token: Option<f64>,
}

impl Pace {
    /// The most tokens of prompts in a step.
    const MOST: usize = 512;
    /// As many while the speed is unknown: enough to know it afterwards, even by the half of them that goes
    /// into a step in which others decode.
    const FIRST: usize = 2 * PAGE;
    /// What a step of prompts should take: those who decode beside it wait so long, and so does who cancels.
    const STEP: f64 = 0.5;

    pub(super) fn new() -> Self {
        Self { token: None }
    }

    pub(super) fn prefill(&self) -> usize {
        let Some(token) = self.token else {
            return Self::FIRST;
        };
        let fits = (Self::STEP / token.max(1e-9)) as usize / PAGE * PAGE;
        fits.clamp(PAGE, Self::MOST)
    }

    /// Small steps say little about large ones.
    pub(super) fn observe(&mut self, tokens: usize, time: Duration) {
        if tokens < PAGE {
            return;
        }
        let token = time.as_secs_f64() / tokens as f64;
        let known = self.token.unwrap_or(token);
        self.token = Some(known + 0.25 * (token - known));
    }
}
