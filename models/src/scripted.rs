//! A model that says what it was told to say. For tests, and for trying an agent without weights.

use std::collections::VecDeque;
use std::sync::Mutex;

use futures::StreamExt;
use futures::stream::{self, BoxStream};

use crate::chat::{ChatModel, ChatRequest, Delta, Stop, Usage};
use crate::error::Error;

/// Answers with a list of texts, one for each request, in order; each text comes in pieces of a few characters.
pub struct Scripted {
    name: String,
    answers: Mutex<VecDeque<String>>,
}

/// Characters of a piece: small enough that marks such as `[1]` are cut, as real tokens cut them.
const PIECE: usize = 2;

impl Scripted {
    /// A model named `name` with these answers.
    pub fn new<T: Into<String>>(
        name: impl Into<String>,
        answers: impl IntoIterator<Item = T>,
    ) -> Self {
        Self {
            name: name.into(),
            answers: Mutex::new(answers.into_iter().map(Into::into).collect()),
        }
    }
}

impl ChatModel for Scripted {
    fn name(&self) -> &str {
        &self.name
    }

    fn chat(&self, _: ChatRequest) -> BoxStream<'static, Result<Delta, Error>> {
        let next = self
            .answers
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .pop_front();
        let Some(answer) = next else {
            let error = Error::Unavailable {
                model: self.name.clone(),
                reason: "its script is at an end".into(),
            };
            return stream::iter([Err(error)]).boxed();
        };
        let characters: Vec<char> = answer.chars().collect();
        let pieces: Vec<String> = characters
            .chunks(PIECE)
            .map(|piece| piece.iter().collect())
            .collect();
        let last = pieces.len().saturating_sub(1);
        let usage = Usage {
            output_tokens: pieces.len() as u32,
            ..Usage::default()
        };
        let deltas = pieces.into_iter().enumerate().map(move |(index, text)| {
            Ok(Delta {
                text,
                stop: (index == last).then_some(Stop::End),
                usage: (index == last).then_some(usage),
                ..Delta::default()
            })
        });
        stream::iter(deltas.collect::<Vec<_>>()).boxed()
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::chat::collect;

    fn request() -> ChatRequest {
        ChatRequest::default()
    }

    #[test]
    fn answers_in_order_and_then_is_unavailable() {
        let model = Scripted::new("script", ["甲。[1]", "乙"]);
        assert_eq!(block_on(collect(model.chat(request()))).unwrap(), "甲。[1]");
        assert_eq!(block_on(collect(model.chat(request()))).unwrap(), "乙");
        assert!(block_on(collect(model.chat(request()))).is_err());
    }
}
