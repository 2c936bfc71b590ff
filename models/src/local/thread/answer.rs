//! One answer on its way: which token comes next, and whether it is the last. The thread does the rest.

use super::{Event, Frame, Job, garbage, send};
use crate::chat::Stop;
use crate::error::Error;
use crate::grammar::Mask;

/// An answer that is being made.
pub(super) struct Answer {
    pub(super) job: Job,
    pub(super) tokens: Vec<u32>,
    pub(super) input: usize,
}

/// How an answer goes on.
pub(super) enum Next {
    /// With these tokens, of which the last's logits are wanted.
    Tokens(Vec<u32>),
    /// Not.
    End(Stop),
}

impl Answer {
    pub(super) fn next(&mut self, logits: &[f32], frame: &Frame) -> Result<Next, Error> {
        let logits = &logits[..logits.len().min(frame.vocabulary)];
        let left = self.job.max_tokens - self.tokens.len();
        let within_thought = self.job.thought.is_some();
        let chosen = self.choose(logits, within_thought);
        let token = chosen.map_err(|reason| garbage(&frame.model, &reason))?;
        let mut said = if within_thought {
            self.think(token, frame)
        } else {
            self.hold(token)
        };
        said.truncate(left);
        self.tokens.extend(&said);
        let mask = self.job.mask.as_ref();
        let stop = match mask {
            Some(mask) if mask.is_closed() => Stop::Length,
            Some(_) | None => Stop::End,
        };
        for &token in &said {
            if !within_thought && frame.ends.contains(&token) {
                return Ok(Next::End(stop));
            }
            send(&self.job.events, Event::Token(token));
        }
        if self.job.thought.is_none() && mask.is_some_and(Mask::is_complete) {
            return Ok(Next::End(stop));
        }
        if self.tokens.len() >= self.job.max_tokens {
            return Ok(Next::End(Stop::Length));
        }
        Ok(Next::Tokens(said))
    }

    /// The next token of the model. Where the likeliest is taken and a grammar allows it, nobody asks what else it allows: over
    /// a large vocabulary that takes a hundred times as long.
    fn choose(&mut self, logits: &[f32], within_thought: bool) -> Result<u32, String> {
        let sampler = &mut self.job.sampler;
        let Some(mask) = self.job.mask.as_mut().filter(|_| !within_thought) else {
            return sampler.sample(logits, None, &self.tokens);
        };
        let likeliest = sampler.likeliest(logits, &self.tokens)?;
        match likeliest.filter(|token| mask.allows(*token)) {
            Some(token) => Ok(token),
            None => sampler.sample(logits, Some(mask.allowed()), &self.tokens),
        }
    }

    /// The chosen token, or what leads out of a thought. A thought is no answer: who wants to end in it is led out too.
    fn think(&mut self, token: u32, frame: &Frame) -> Vec<u32> {
        let Some(thought) = &self.job.thought else {
            return vec![token];
        };
        let over = self.tokens.len() >= thought.most || frame.ends.contains(&token);
        if over {
            let closing = thought.closing.clone();
            self.job.thought = None;
            return closing;
        }
        if token == thought.close {
            self.job.thought = None;
        }
        vec![token]
    }

    /// The chosen token, or the one that the grammar puts in its place, and those that must follow.
    fn hold(&mut self, token: u32) -> Vec<u32> {
        let Some(mask) = &mut self.job.mask else {
            return vec![token];
        };
        let mut said = vec![mask.accept(token)];
        said.extend(mask.forced());
        said
    }
}
