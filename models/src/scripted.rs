//! A model that says what it was told to say, and fails as it was told to. For tests, and for trying an agent without
//! weights.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::StreamExt;
use futures::stream::{self, BoxStream};

use crate::chat::{ChatModel, ChatRequest, Delta, Room, Stop, Usage};
use crate::error::Error;

/// Answers with a list of replies, one for each request, in order; each text comes in pieces of a few characters.
pub struct Scripted {
    name: String,
    context: u32,
    script: Mutex<Script>,
}

struct Script {
    replies: VecDeque<Reply>,
    asked: Vec<ChatRequest>,
}

/// What comes upon one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// A whole answer.
    Text(String),
    /// The beginning of an answer, then the end of the stream without a stop.
    Cut(String),
    /// The beginning of an answer, then nothing more, for ever.
    Stalls(String),
    /// The beginning of an answer, then this error.
    Fails(String, Error),
    /// The same piece again and again, without end.
    Endless(String),
}

/// Characters of a piece: small enough that marks such as `[1]` are cut, as real tokens cut them.
const PIECE: usize = 2;

/// Tokens of context unless a script says otherwise.
const CONTEXT: u32 = 32_768;

impl Scripted {
    /// A model named `name` with these answers.
    pub fn new<T: Into<String>>(
        name: impl Into<String>,
        answers: impl IntoIterator<Item = T>,
    ) -> Self {
        let texts = answers.into_iter().map(|answer| Reply::Text(answer.into()));
        Self::turns(name, CONTEXT, texts)
    }

    /// A model named `name` with room for `context` tokens that does this.
    pub fn turns(
        name: impl Into<String>,
        context: u32,
        replies: impl IntoIterator<Item = Reply>,
    ) -> Self {
        let script = Script {
            replies: replies.into_iter().collect(),
            asked: Vec::new(),
        };
        Self {
            name: name.into(),
            context,
            script: Mutex::new(script),
        }
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<ChatRequest> {
        self.script().asked.clone()
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ChatModel for Scripted {
    fn name(&self) -> &str {
        &self.name
    }

    fn chat(&self, request: ChatRequest) -> BoxStream<'static, Result<Delta, Error>> {
        let mut script = self.script();
        script.asked.push(request);
        let Some(reply) = script.replies.pop_front() else {
            let error = Error::Unavailable {
                model: self.name.clone(),
                reason: "its script is at an end".into(),
            };
            return stream::iter([Err(error)]).boxed();
        };
        match reply {
            Reply::Text(text) => {
                let mut deltas = pieces(&text);
                let last = Delta {
                    stop: Some(Stop::End),
                    usage: Some(Usage {
                        output_tokens: deltas.len() as u32,
                        ..Usage::default()
                    }),
                    ..deltas.pop().unwrap_or_default()
                };
                deltas.push(last);
                stream::iter(deltas.into_iter().map(Ok)).boxed()
            }
            Reply::Cut(text) => stream::iter(pieces(&text).into_iter().map(Ok)).boxed(),
            Reply::Stalls(text) => stream::iter(pieces(&text).into_iter().map(Ok))
                .chain(stream::pending())
                .boxed(),
            Reply::Fails(text, error) => {
                let deltas = pieces(&text).into_iter().map(Ok);
                stream::iter(deltas.chain([Err(error)])).boxed()
            }
            Reply::Endless(text) => stream::repeat(text)
                .map(|text| {
                    Ok(Delta {
                        text,
                        ..Delta::default()
                    })
                })
                .boxed(),
        }
    }

    fn room(&self, request: &ChatRequest) -> Result<Room, Error> {
        Ok(Room::estimated(request, self.context))
    }
}

fn pieces(text: &str) -> Vec<Delta> {
    let characters: Vec<char> = text.chars().collect();
    let piece = |piece: &[char]| Delta {
        text: piece.iter().collect(),
        ..Delta::default()
    };
    characters.chunks(PIECE).map(piece).collect()
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
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
        assert_eq!(model.asked().len(), 3);
    }

    #[test]
    fn fails_as_it_is_told() {
        let error = Error::Unavailable {
            model: "script".into(),
            reason: "killed".into(),
        };
        let replies = [
            Reply::Fails("甲".into(), error.clone()),
            Reply::Stalls("甲乙丙".into()),
            Reply::Endless("甲".into()),
            Reply::Cut("甲".into()),
        ];
        let model = Scripted::turns("script", 64, replies);
        assert_eq!(block_on(collect(model.chat(request()))), Err(error));
        assert_eq!(collect(model.chat(request())).now_or_never(), None);
        let many = block_on(model.chat(request()).take(1_000).count());
        assert_eq!(many, 1_000);
        let stops = block_on(model.chat(request()).collect::<Vec<_>>());
        assert!(
            stops
                .iter()
                .all(|delta| delta.as_ref().unwrap().stop.is_none())
        );
    }
}
