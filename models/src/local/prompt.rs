//! From a request to what the inference thread wants: the tokens of the prompt, where the answer begins, and how much
//! room there is. Nothing is computed here and nothing is cut: what does not fit is refused with both numbers.
//!
//! A long prompt or a hostile grammar takes its time, so requests are prepared and answers checked [`Apart`].

use std::sync::Arc;

use jiff::civil::Date;
use serde_json::Value;

use super::apart::Apart;
use super::reply::{Calls, Reply};
use super::sample::Sampler;
use super::thread::Thought;
use crate::chat::{ChatRequest, Constraint, Message, ToolCall};
use crate::error::Error;
use crate::file::{CallFormat, Template, Tokenizer};
use crate::grammar::{self, Grammars, Mask};
use crate::mark::{THINK, THOUGHT};

/// What turns requests into tokens.
pub(crate) struct Prompts {
    pub(crate) model: String,
    pub(crate) tokenizer: Arc<Tokenizer>,
    pub(crate) template: Arc<Template>,
    pub(crate) grammars: Grammars,
    /// Tokens of a request and its answer together.
    pub(crate) context: usize,
    /// Where requests are prepared and answers are checked.
    pub(crate) apart: Apart,
}

/// A request that can be served.
pub(crate) struct Prompt {
    pub(crate) tokens: Vec<u32>,
    pub(crate) mask: Option<Mask>,
    /// How the thought with which the answer begins is ended, if it must be.
    pub(crate) thought: Option<Thought>,
    /// Whether the answer begins within a thought.
    pub(crate) within_thought: bool,
}

impl Prompts {
    /// Tokens of a request, without its answer.
    pub(crate) fn count(&self, request: &ChatRequest, today: Date) -> Result<usize, Error> {
        Ok(self.text(request, today)?.0.len())
    }

    /// What [`Prompts::prepare`] makes of a request, and the request.
    pub(crate) async fn prepared(
        self: &Arc<Self>,
        request: ChatRequest,
        today: Date,
    ) -> Result<(ChatRequest, Prompt), Error> {
        let prompts = Arc::clone(self);
        let work = move || {
            let prompt = prompts.prepare(&request, today)?;
            Ok((request, prompt))
        };
        self.apart.run(work).await?
    }

    /// What [`Prompts::check`] says of the answer to a request.
    pub(crate) async fn checked(
        self: &Arc<Self>,
        request: ChatRequest,
        text: String,
    ) -> Result<(String, Vec<ToolCall>), Error> {
        let prompts = Arc::clone(self);
        let work = move || prompts.check(&request, &text);
        self.apart.run(work).await?
    }

    /// The tokens of a request that fits.
    pub(crate) fn prepare(&self, request: &ChatRequest, today: Date) -> Result<Prompt, Error> {
        Sampler::check(&request.sampling).map_err(|reason| self.refuse(reason))?;
        let max_tokens = request.max_tokens as usize;
        if max_tokens == 0 {
            return Err(self.refuse("`max_tokens` must be at least 1".into()));
        }
        let (tokens, open) = self.text(request, today)?;
        let (length, context) = (tokens.len(), self.context);
        if length + max_tokens > context {
            return Err(self.refuse(format!(
                "its {length} tokens and {max_tokens} for the answer are more than the context of {context}; take passages out or lower `max_tokens`"
            )));
        }
        let thought = if open { self.thought(max_tokens) } else { None };
        let budget = thought.as_ref().map_or(max_tokens, |thought| {
            max_tokens.saturating_sub(thought.most + thought.closing.len())
        });
        let mask = |constraint| {
            let format = self.template.format();
            self.grammars
                .mask(constraint, &request.tools, format, budget)
        };
        Ok(Prompt {
            tokens,
            mask: request.constraint.as_ref().map(mask).transpose()?,
            thought,
            within_thought: open,
        })
    }

    /// How the answer to a request is read. `thought` says whether it begins within one.
    pub(crate) fn reply(&self, request: &ChatRequest, thought: bool) -> Reply {
        let calls = match (&request.constraint, self.template.format()) {
            _ if request.tools.is_empty() => Calls::Never,
            (None | Some(Constraint::Tool), CallFormat::Qwen) => Calls::Marked,
            (None | Some(Constraint::Tool), CallFormat::Llama) => Calls::Bare,
            (Some(_), _) => Calls::Never,
        };
        Reply::new(thought, request.constraint.is_none(), calls)
    }

    /// The calls in a finished answer and the text besides them; an error if it is not what was asked for.
    fn check(&self, request: &ChatRequest, text: &str) -> Result<(String, Vec<ToolCall>), Error> {
        let made = request
            .messages
            .iter()
            .map(|message| message.tool_calls.len())
            .sum();
        let format = self.template.format();
        let checked = grammar::check(
            text,
            request.constraint.as_ref(),
            &request.tools,
            format,
            made,
        );
        checked.map_err(|reason| Error::Garbage {
            model: self.model.clone(),
            reason,
        })
    }

    /// The tokens of a request, and whether its answer begins within a thought.
    fn text(&self, request: &ChatRequest, today: Date) -> Result<(Vec<u32>, bool), Error> {
        let messages: Vec<Message> = request
            .messages
            .iter()
            .map(|message| self.guarded(message))
            .collect();
        let mut text =
            self.template
                .render(&messages, &request.tools, request.thinking, true, today)?;
        let mut open = text.trim_end().ends_with(THINK);
        // Models that may think or not begin with the mark themselves; a grammar could not let them.
        if request.thinking && !open && self.template.thinks() && self.close().is_some() {
            text.push_str(THINK);
            text.push('\n');
            open = true;
        }
        Ok((self.tokenizer.encode_prompt(&text), open))
    }

    /// A message in which nothing is a control token, whoever wrote it.
    fn guarded(&self, message: &Message) -> Message {
        let mut message = message.clone();
        message.content = self.tokenizer.guard(&message.content).into_owned();
        for call in &mut message.tool_calls {
            self.guard_value(&mut call.arguments);
        }
        message
    }

    fn guard_value(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.tokenizer.guard(text).into_owned(),
            Value::Array(items) => items.iter_mut().for_each(|item| self.guard_value(item)),
            Value::Object(map) => map.values_mut().for_each(|item| self.guard_value(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// The token that closes a thought, if it is one token.
    fn close(&self) -> Option<u32> {
        self.tokenizer.token(THOUGHT)
    }

    /// A quarter of the answer's tokens is kept for what comes after the thought.
    fn thought(&self, max_tokens: usize) -> Option<Thought> {
        let close = self.close()?;
        let mut closing = self.tokenizer.encode("\n", false);
        closing.push(close);
        closing.extend(self.tokenizer.encode("\n\n", false));
        let most = (max_tokens * 3 / 4).saturating_sub(closing.len());
        Some(Thought {
            close,
            closing,
            most,
        })
    }

    fn refuse(&self, reason: String) -> Error {
        Error::Request {
            model: self.model.clone(),
            reason,
        }
    }
}
