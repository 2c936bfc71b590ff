//! From what the inference thread sends to the stream that a caller reads.
//!
//! Every token gives a [`Delta`], also one that shows nothing, so that a deadline sees a model that thinks from one
//! that hangs. An answer that is held to something is checked once more when it is whole.

use std::sync::Arc;

use futures::StreamExt;
use futures::channel::mpsc::UnboundedReceiver;
use futures::stream::{self, BoxStream};

use super::prompt::Prompts;
use super::reply::{Leaked, Reply};
use super::thread::Event;
use crate::chat::{ChatRequest, Delta, Stop, Usage};
use crate::error::Error;
use crate::mark;

/// An answer that is being read.
pub(crate) struct Reader {
    prompts: Arc<Prompts>,
    request: ChatRequest,
    events: UnboundedReceiver<Event>,
    /// `None` once the answer is at its end.
    reply: Option<Reply>,
    shown: String,
}

impl Reader {
    /// The answer to a request. `thought` says whether it begins within one.
    pub(crate) fn new(
        prompts: Arc<Prompts>,
        request: ChatRequest,
        thought: bool,
        events: UnboundedReceiver<Event>,
    ) -> Self {
        let reply = Some(prompts.reply(&request, thought));
        Self {
            prompts,
            request,
            events,
            reply,
            shown: String::new(),
        }
    }

    /// Its pieces.
    pub(crate) fn stream(self) -> BoxStream<'static, Result<Delta, Error>> {
        stream::unfold(self, |mut reader| async {
            let mut reply = reader.reply.take()?;
            let delta = match reader.events.next().await {
                Some(Event::Token(token)) => match reply.push(reader.bytes(token)) {
                    Ok(text) => {
                        reader.shown.push_str(&text);
                        reader.reply = Some(reply);
                        Ok(Delta {
                            text,
                            ..Delta::default()
                        })
                    }
                    Err(Leaked) => Err(reader.leaked()),
                },
                Some(Event::Done(stop, usage)) => reader.finish(reply, stop, usage).await,
                Some(Event::Failed(error)) => Err(error),
                None => Err(Error::Unavailable {
                    model: reader.prompts.model.clone(),
                    reason: "it was stopped, or its thread has failed; start the program again"
                        .into(),
                }),
            };
            Some((delta, reader))
        })
        .boxed()
    }

    fn bytes(&self, token: u32) -> &[u8] {
        let tokenizer = &self.prompts.tokenizer;
        let bytes = tokenizer.bytes(token);
        // They mean something to a [`Reply`] though they are control tokens in some models.
        let marks = mark::ALL.iter().any(|mark| mark.as_bytes() == bytes);
        if tokenizer.is_control(token) && !marks {
            return &[];
        }
        bytes
    }

    fn leaked(&self) -> Error {
        Error::Garbage {
            model: self.prompts.model.clone(),
            reason: "thoughts as text: it ended one that it had not begun".into(),
        }
    }

    async fn finish(&mut self, reply: Reply, stop: Stop, usage: Usage) -> Result<Delta, Error> {
        let (mut text, calls) = reply.finish().map_err(|Leaked| self.leaked())?;
        self.shown.push_str(&text);
        let request = std::mem::take(&mut self.request);
        let mut tool_calls = Vec::new();
        if let Some(written) = calls {
            let besides;
            (besides, tool_calls) = self.prompts.checked(request, written).await?;
            text.push_str(&besides);
        } else if request.constraint.is_some() {
            let shown = std::mem::take(&mut self.shown);
            self.prompts.checked(request, shown).await?;
        }
        let stop = if tool_calls.is_empty() {
            stop
        } else {
            Stop::ToolCalls
        };
        Ok(Delta {
            text,
            tool_calls,
            stop: Some(stop),
            usage: Some(usage),
            ..Delta::default()
        })
    }
}
