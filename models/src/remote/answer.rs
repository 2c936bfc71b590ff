//! The pieces of a streamed chat completion, put together: text without thoughts, calls that are whole, and why it
//! ended. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::check::Check;
use super::failure::{garbage, unavailable, words};
use super::thoughts::Thoughts;
use crate::chat::{Delta, Stop, ToolCall, Usage};
use crate::error::Error;

/// An answer that arrives.
pub(super) struct Answer {
    model: String,
    check: Check,
    thoughts: Option<Thoughts>,
    text: String,
    calls: BTreeMap<u32, Fragments>,
    stop: Option<Stop>,
    usage: Option<Usage>,
}

/// A call that arrives.
#[derive(Default)]
struct Fragments {
    id: String,
    name: String,
    arguments: String,
}

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<Counted>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    index: u32,
    #[serde(default)]
    delta: Option<Piece>,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Piece {
    #[serde(default)]
    content: Option<String>,
    /// Thoughts, as vLLM, SGLang and DeepSeek name them; newer vLLM says `reasoning`.
    #[serde(default)]
    reasoning_content: Option<Value>,
    #[serde(default)]
    reasoning: Option<Value>,
    #[serde(default)]
    refusal: Option<String>,
    #[serde(default)]
    tool_calls: Option<Vec<CallPiece>>,
}

#[derive(Deserialize)]
struct CallPiece {
    #[serde(default)]
    index: Option<u32>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    function: Option<FunctionPiece>,
}

#[derive(Deserialize)]
struct FunctionPiece {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    arguments: Option<String>,
}

#[derive(Deserialize)]
struct Counted {
    #[serde(default)]
    prompt_tokens: u32,
    #[serde(default)]
    completion_tokens: u32,
    #[serde(default)]
    prompt_tokens_details: Option<Details>,
}

#[derive(Deserialize)]
struct Details {
    #[serde(default)]
    cached_tokens: Option<u32>,
}

/// Most calls of one answer.
const CALLS: usize = 64;

impl Answer {
    /// Of `model`, held to `check`.
    pub(super) fn new(model: &str, check: Check, thinking: bool) -> Self {
        Self {
            model: model.to_owned(),
            check,
            thoughts: Some(Thoughts::new(thinking)),
            text: String::new(),
            calls: BTreeMap::new(),
            stop: None,
            usage: None,
        }
    }

    /// Takes a chunk, and gives what of it may be given out. A piece without text says that the model thinks, or writes
    /// a call.
    pub(super) fn take(&mut self, chunk: Value) -> Result<Option<Delta>, Error> {
        let chunk: Chunk = serde_json::from_value(chunk)
            .map_err(|_| self.garbage("a piece that is no chat completion chunk"))?;
        if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
            let words = words(error.to_string().as_bytes(), None);
            return Err(unavailable(
                &self.model,
                format!("the server broke off: {words}"),
            ));
        }
        if let Some(counted) = chunk.usage {
            self.usage = Some(counted.into());
        }
        let Some(choice) = chunk.choices.into_iter().find(|choice| choice.index == 0) else {
            return Ok(None);
        };
        if let Some(reason) = choice.finish_reason {
            self.stop = Some(self.stop(&reason)?);
        }
        match choice.delta {
            Some(piece) => self.piece(piece),
            None => Ok(None),
        }
    }

    fn piece(&mut self, piece: Piece) -> Result<Option<Delta>, Error> {
        if piece.refusal.is_some_and(|words| !words.is_empty()) {
            return Err(unavailable(&self.model, "it refuses to answer".into()));
        }
        let thoughts = [piece.reasoning_content, piece.reasoning];
        let apart = thoughts.into_iter().flatten().any(|value| !value.is_null());
        let calls = piece.tool_calls.unwrap_or_default();
        let content = piece.content.unwrap_or_default();
        let alive = apart || !calls.is_empty() || !content.is_empty();
        for call in calls {
            self.fragment(call)?;
        }
        let thoughts = self.thoughts.as_mut().expect("taken only at the end");
        if apart {
            thoughts.apart();
        }
        let text = thoughts.push(&content);
        let text = text.map_err(|_| self.garbage("thoughts as text\nhint: start the server with the reasoning parser of its model (vLLM: `--reasoning-parser`)"))?;
        self.text.push_str(&text);
        Ok(alive.then(|| Delta {
            text,
            ..Delta::default()
        }))
    }

    fn fragment(&mut self, piece: CallPiece) -> Result<(), Error> {
        // Without a number, a piece with a name begins a call and one without continues the last.
        let last = self.calls.keys().next_back().copied();
        let named = piece
            .function
            .as_ref()
            .is_some_and(|function| function.name.is_some());
        let index = piece.index.unwrap_or_else(|| match last {
            Some(last) if named => last.saturating_add(1),
            Some(last) => last,
            None => 0,
        });
        let call = self.calls.entry(index).or_default();
        // A name and an id come once; servers that send them with every piece repeat them.
        if let Some(id) = piece.id.filter(|_| call.id.is_empty()) {
            call.id = id;
        }
        if let Some(function) = piece.function {
            if let Some(name) = function.name.filter(|_| call.name.is_empty()) {
                call.name = name;
            }
            call.arguments
                .push_str(&function.arguments.unwrap_or_default());
        }
        if self.calls.len() > CALLS {
            return Err(self.garbage("calls without end"));
        }
        Ok(())
    }

    /// The last piece, of an answer that is what was asked for.
    pub(super) fn finish(mut self) -> Result<Delta, Error> {
        let Some(stop) = self.stop else {
            return Err(unavailable(
                &self.model,
                "the connection was closed before the answer was whole".into(),
            ));
        };
        let rest = self.thoughts.take().map(Thoughts::end).unwrap_or_default();
        self.text.push_str(&rest);
        let tool_calls = self
            .whole_calls()
            .map_err(|reason| self.wrong(stop, &reason))?;
        self.check
            .answer(&self.text, &tool_calls)
            .map_err(|reason| self.wrong(stop, &reason))?;
        let stop = match stop {
            Stop::End | Stop::ToolCalls if !tool_calls.is_empty() => Stop::ToolCalls,
            Stop::ToolCalls => Stop::End,
            stop => stop,
        };
        Ok(Delta {
            text: rest,
            tool_calls,
            stop: Some(stop),
            usage: self.usage,
            model: None,
        })
    }

    fn whole_calls(&mut self) -> Result<Vec<ToolCall>, String> {
        let mut ids = BTreeSet::new();
        let calls = std::mem::take(&mut self.calls).into_values().enumerate();
        calls
            .map(|(index, call)| {
                let id = match call.id {
                    id if !id.is_empty() && ids.insert(id.clone()) => id,
                    _ => format!("call_{index}"),
                };
                let arguments = match call.arguments.trim() {
                    "" => Value::Object(serde_json::Map::new()),
                    text => serde_json::from_str(text)
                        .map_err(|_| "arguments of a call that are no JSON")?,
                };
                Ok(ToolCall {
                    id,
                    name: call.name,
                    arguments,
                })
            })
            .collect()
    }

    fn stop(&self, reason: &str) -> Result<Stop, Error> {
        match reason {
            "stop" | "eos" | "eos_token" | "stop_sequence" => Ok(Stop::End),
            "length" => Ok(Stop::Length),
            "tool_calls" | "function_call" => Ok(Stop::ToolCalls),
            "content_filter" => Err(unavailable(
                &self.model,
                "the server's filter holds the answer back".into(),
            )),
            "abort" | "error" => Err(unavailable(&self.model, "the server broke off".into())),
            _ => Err(self.garbage("an end of a kind that is not known")),
        }
    }

    fn wrong(&self, stop: Stop, reason: &str) -> Error {
        match stop {
            Stop::Length => self.garbage(&format!("{reason}; it was cut off at `max_tokens`")),
            Stop::End | Stop::ToolCalls => self.garbage(reason),
        }
    }

    fn garbage(&self, reason: &str) -> Error {
        garbage(&self.model, reason)
    }
}

impl From<Counted> for Usage {
    fn from(counted: Counted) -> Self {
        let details = counted.prompt_tokens_details;
        Self {
            input_tokens: counted.prompt_tokens,
            cached_tokens: details
                .and_then(|details| details.cached_tokens)
                .unwrap_or(0),
            output_tokens: counted.completion_tokens,
        }
    }
}
