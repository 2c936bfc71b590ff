//! Which tokens may come next, and which one is taken.
//!
//! At every point there is a plan: tokens that end the text legally and fit into what is left of the budget. A token
//! after which there would be none is not taken; the first one of the plan is taken in its place. So a text of any
//! model, random weights included, ends legally within its budget. If the parser gives up, the plan is what remains.
//! Where the text may end the plan is empty, so that it ends there and nothing is added that the model did not say.

use std::collections::VecDeque;

use llguidance::TokenParser;
use toktrie::{SimpleVob, TokEnv};

use super::closing::{Effort, completes, cut, shortest};
use super::guarded;
use super::number::Numbers;
use crate::error::Error;

/// Control tokens around a text.
#[derive(Debug, Clone, Default)]
pub(super) struct Frame {
    /// What comes before it.
    pub(super) before: Vec<u32>,
    /// What comes after it.
    pub(super) after: Vec<u32>,
}

/// What one answer may still become.
pub(crate) struct Mask {
    environment: TokEnv,
    /// `None` once the text has ended, or the parser has given up.
    parser: Option<TokenParser>,
    /// Watches the numbers, if the text is JSON.
    numbers: Option<Numbers>,
    /// Tokens that come first.
    before: VecDeque<u32>,
    /// Tokens that would end the text as soon as possible; none where it may end.
    plan: VecDeque<u32>,
    /// Tokens that come after the text.
    after: VecDeque<u32>,
    /// Tokens that may still come.
    left: usize,
    /// Whether nothing may come any more.
    complete: bool,
    /// Whether the budget and not the model decided how the text goes on.
    closed: bool,
    allowed: SimpleVob,
    /// Tokens that were taken from the plan and not from the model.
    replaced: usize,
}

impl Mask {
    pub(super) fn new(
        model: &str,
        mut parser: TokenParser,
        frame: Frame,
        json: bool,
        budget: usize,
    ) -> Result<Self, Error> {
        let environment = parser.token_env.clone();
        let frame_tokens = frame.before.len() + frame.after.len();
        let room = budget.saturating_sub(frame_tokens);
        let plan = guarded(|| {
            parser.start_without_prompt();
            parser
                .compute_mask()
                .map(|_| first_plan(&mut parser, json, room))
        });
        let refuse = |reason| Error::Request {
            model: model.to_string(),
            reason,
        };
        let plan =
            plan.map_err(|reason| refuse(format!("no text fits the constraint: {reason}")))?;
        let Some(plan) = plan else {
            return Err(refuse(
                "no text was found that fits the constraint; it contradicts itself or asks for too much".into(),
            ));
        };
        let needed = plan.len() + frame_tokens;
        if needed > budget {
            return Err(refuse(format!(
                "the constraint needs {needed} tokens, but `max_tokens` leaves {budget}"
            )));
        }
        let allowed = environment.tok_trie().alloc_token_set();
        Ok(Self {
            environment,
            parser: Some(parser),
            numbers: json.then(Numbers::default),
            before: frame.before.into(),
            plan: plan.into(),
            after: frame.after.into(),
            left: budget,
            complete: false,
            closed: false,
            allowed,
            replaced: 0,
        })
    }

    /// Tokens that an end as soon as possible takes. Never more than are left of the budget.
    pub(crate) fn needed(&self) -> usize {
        self.before.len() + self.plan.len() + self.after.len()
    }

    /// Whether nothing may come any more: the text is whole.
    pub(crate) fn is_complete(&self) -> bool {
        self.complete || (self.left == 0 && self.needed() == 0)
    }

    /// Whether the text is shorter than the model might have made it, because the budget was at its end.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed || (self.left == 0 && self.parser.is_some())
    }

    /// Tokens that were not taken as the model chose them, because the text could not have been ended in time.
    #[cfg(test)]
    pub(crate) fn replaced(&self) -> usize {
        self.replaced
    }

    /// The tokens that may come next, as a set of bits: token `t` is bit `t % 32` of word `t / 32`. At least one may.
    pub(crate) fn allowed(&mut self) -> &[u32] {
        self.allowed = match self.certain() {
            Some(token) => self.environment.tok_trie().singleton_token_set(token),
            None => self.computed(),
        };
        self.allowed.as_slice()
    }

    /// Whether this token may come next: what [`Mask::allowed`] says of it, without a look at the others.
    pub(crate) fn allows(&mut self, token: u32) -> bool {
        if let Some(certain) = self.certain() {
            return token == certain;
        }
        let trie = self.environment.tok_trie();
        let steers = trie.is_special_token(token) && !trie.eos_tokens().contains(&token);
        let Some(parser) = self.parser.as_mut().filter(|_| !steers) else {
            return false;
        };
        guarded(|| parser.validate_tokens_raw(&[token])).is_ok_and(|count| count == 1)
    }

    /// Takes the token that was chosen, or the one that must come in its place, which it returns. After the end of the
    /// text that is a token that ends answers.
    pub(crate) fn accept(&mut self, token: u32) -> u32 {
        let taken = match self.certain() {
            Some(certain) => self.take_certain(certain),
            None => self.take(token),
        };
        self.left = self.left.saturating_sub(1);
        if taken != token {
            self.replaced += 1;
        }
        taken
    }

    /// Tokens that must come next, already taken: they need no choice and can be computed at once.
    pub(crate) fn forced(&mut self) -> Vec<u32> {
        let mut taken = Vec::new();
        while !self.is_complete() {
            let queued = match self.certain() {
                Some(token) => vec![token],
                None => self.forced_by_grammar(),
            };
            if queued.is_empty() {
                break;
            }
            for token in queued {
                let token = self.certain().unwrap_or(token);
                taken.push(self.accept(token));
                if taken.last() != Some(&token) || self.is_complete() {
                    break;
                }
            }
        }
        taken
    }

    /// The only token that may come, where that is known without the parser.
    fn certain(&self) -> Option<u32> {
        if self.is_complete() {
            return Some(self.environment.tok_trie().eos_token());
        }
        if let Some(token) = self.before.front() {
            return Some(*token);
        }
        if self.parser.is_none() {
            return Some(self.planned());
        }
        None
    }

    /// The next token on the way to an end: of the plan, of what comes after it, else one that ends answers.
    fn planned(&self) -> u32 {
        let planned = self.plan.front().or(self.after.front()).copied();
        planned.unwrap_or_else(|| self.environment.tok_trie().eos_token())
    }

    fn take_certain(&mut self, token: u32) -> u32 {
        if self.is_complete() || self.before.pop_front().is_some() {
            return token;
        }
        match self.plan.pop_front() {
            Some(planned) => self.consume(planned),
            None => {
                self.parser = None;
                self.after.pop_front();
                self.complete = self.after.is_empty();
            }
        }
        token
    }

    /// Takes a token if the text can be ended in time after it.
    fn take(&mut self, token: u32) -> u32 {
        let ends = self.environment.tok_trie().eos_tokens().contains(&token);
        if ends && self.plan.is_empty() {
            self.parser = None;
            self.complete = self.after.is_empty();
            if self.complete {
                return token;
            }
        }
        let plan = match self.left.checked_sub(1 + self.after.len()) {
            _ if ends => None,
            Some(room) => self.plan_after(token, room),
            None => {
                self.closed = true;
                None
            }
        };
        if let Some(plan) = plan {
            self.plan = plan;
            self.consume(token);
            return token;
        }
        self.take_certain(self.planned())
    }

    /// A plan for the text after a token, if there is one of at most `room` tokens.
    fn plan_after(&mut self, token: u32, room: usize) -> Option<VecDeque<u32>> {
        let trie = self.environment.tok_trie();
        let bytes = trie.token(token);
        if bytes.is_empty() || trie.is_special_token(token) {
            return None;
        }
        if self.plan.front() == Some(&token) {
            return Some(self.plan.iter().skip(1).copied().collect());
        }
        let numbers = self.numbers;
        let long = |bytes: &[u8]| numbers.is_some_and(|numbers| numbers.read(bytes).is_long());
        if long(bytes) {
            return None;
        }
        let planned: Vec<u8> = self
            .plan
            .iter()
            .flat_map(|token| trie.token(*token))
            .copied()
            .collect();
        let parser = self.parser.as_mut()?;
        let found = guarded(|| {
            let parser = &mut parser.parser;
            let kept = match planned.strip_prefix(bytes) {
                Some(rest) => Some(rest.to_vec()),
                None => {
                    let whole = [bytes, &planned].concat();
                    let kept = !long(&whole) && completes(parser, trie, &whole);
                    kept.then_some(planned)
                }
            };
            let kept = kept.and_then(|bytes| cut(trie, &bytes));
            if kept.as_ref().is_some_and(|plan| plan.len() <= room) {
                return Ok::<_, String>(kept);
            }
            let near = match numbers {
                None => shortest(parser, trie, bytes, None, Effort::Near),
                Some(_) => None,
            };
            let found = near.or_else(|| shortest(parser, trie, bytes, numbers, Effort::Brief));
            Ok(found.and_then(|bytes| cut(trie, &bytes)).or(kept))
        });
        let plan = found.ok().flatten()?;
        self.closed |= plan.len() > room;
        (plan.len() <= room).then(|| plan.into())
    }

    /// Tells the parser of a token.
    fn consume(&mut self, token: u32) {
        let bytes = self.environment.tok_trie().token(token);
        self.numbers = self.numbers.map(|numbers| numbers.read(bytes));
        let told = match &mut self.parser {
            Some(parser) => guarded(|| {
                let taken = parser.consume_token(token);
                let stopped = taken.and_then(|_| parser.check_stop());
                stopped.map(|stopped| (stopped, parser.is_accepting()))
            }),
            None => Ok((false, false)),
        };
        if matches!(told, Ok((_, true))) {
            self.plan.clear();
        }
        match told {
            Ok((false, _)) => {}
            Ok((true, _)) => self.parser = None,
            Err(reason) => {
                tracing::warn!(reason, "a constraint is closed early");
                self.parser = None;
            }
        }
        if self.parser.is_none() && self.plan.is_empty() {
            self.complete = self.after.is_empty();
        }
    }

    fn computed(&mut self) -> SimpleVob {
        let computed = match &mut self.parser {
            Some(parser) => guarded(|| parser.compute_mask()).ok(),
            None => None,
        };
        computed.unwrap_or_else(|| {
            self.parser = None;
            let trie = self.environment.tok_trie();
            trie.singleton_token_set(self.planned())
        })
    }

    fn forced_by_grammar(&mut self) -> Vec<u32> {
        let Some(parser) = &mut self.parser else {
            return Vec::new();
        };
        guarded(|| Ok::<_, String>(parser.compute_ff_tokens())).unwrap_or_default()
    }
}

/// The first plan: found quickly if it has room, else as short as can be found.
fn first_plan(parser: &mut TokenParser, json: bool, room: usize) -> Option<Vec<u32>> {
    let environment = parser.token_env.clone();
    let trie = environment.tok_trie();
    let mut plan = |effort| {
        let bytes = shortest(
            &mut parser.parser,
            trie,
            &[],
            json.then(Numbers::default),
            effort,
        )?;
        cut(trie, &bytes)
    };
    let near = (!json).then(|| plan(Effort::Near)).flatten();
    let quick = near.or_else(|| plan(Effort::Quick));
    if quick.as_ref().is_some_and(|plan| plan.len() <= room) {
        return quick;
    }
    let thorough = plan(Effort::Thorough);
    match (quick, thorough) {
        (Some(quick), Some(thorough)) if quick.len() <= thorough.len() => Some(quick),
        (quick, thorough) => thorough.or(quick),
    }
}
