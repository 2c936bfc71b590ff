//! A model in this process, on candle.
//!
//! ```text
//! ChatRequest -> prompt (template, tokens, mask) -> thread (schedule, decoder, sample) -> reader (reply) -> Delta
//! ```
//! [`Local`] has one thread on which everything is computed, for many answers at once. A request does not influence
//! another one's answer but in when it comes. Who may ask how much, and for how long, is not decided here: that is what
//! the layers are for.

mod pages;
mod prompt;
mod reader;
mod reply;
mod sample;
mod schedule;
pub(crate) mod shape;
mod thread;

use std::sync::Arc;

use futures::StreamExt;
use futures::channel::mpsc::{UnboundedReceiver, unbounded};
use futures::stream::{self, BoxStream};
use jiff::civil::Date;

use self::pages::PAGE;
use self::prompt::{Prompt, Prompts};
use self::reader::Reader;
use self::sample::Sampler;
use self::schedule::Schedule;
use self::thread::{Event, Forward, Frame, Job, Worker};
use crate::chat::{ChatModel, ChatRequest, Delta};
use crate::error::Error;
use crate::file::{Template, Tokenizer};
use crate::grammar::{Grammars, Vocabulary};

/// How much a local model takes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalOptions {
    /// Tokens of a request and its answer together; at most what the model was made for.
    pub context: usize,
    /// Answers that are computed in one step.
    pub parallel: usize,
    /// Tokens whose keys and values are kept, of all conversations together. At least `context` are.
    pub cache_tokens: usize,
}

impl Default for LocalOptions {
    fn default() -> Self {
        Self {
            context: 8_192,
            parallel: 16,
            cache_tokens: 16_384,
        }
    }
}

impl LocalOptions {
    /// Pages of the cache.
    fn pages(&self) -> usize {
        self.cache_tokens.max(self.context).div_ceil(PAGE)
    }
}

/// A model that is computed here. Dropping it ends its thread; answers that are not whole end with
/// [`Error::Unavailable`].
pub struct Local {
    prompts: Arc<Prompts>,
    worker: Worker,
    today: fn() -> Date,
}

impl Local {
    /// Joins the parts. `forward` has room for `options.pages()` pages.
    fn assemble(
        model: &str,
        tokenizer: Arc<Tokenizer>,
        template: Arc<Template>,
        options: &LocalOptions,
        forward: Box<dyn Forward>,
    ) -> Result<Self, Error> {
        let frame = Frame {
            model: model.to_owned(),
            ends: tokenizer.ends().to_vec(),
            vocabulary: tokenizer.vocabulary(),
        };
        let schedule = Schedule::new(options.pages(), options.parallel);
        let grammars = Grammars::new(model, vocabulary(&tokenizer))?;
        let worker =
            Worker::start(frame, forward, schedule).map_err(|error| Error::Unavailable {
                model: model.to_owned(),
                reason: format!("the system gives it no thread: {error}"),
            })?;
        let prompts = Prompts {
            model: model.to_owned(),
            tokenizer,
            template,
            grammars,
            context: options.context,
        };
        Ok(Self {
            prompts: Arc::new(prompts),
            worker,
            today: || jiff::Zoned::now().date(),
        })
    }

    /// Tokens of a request, without those of its answer. Together they must not be more than [`Local::context`].
    ///
    /// # Errors
    /// When the model's template cannot word the request.
    pub fn count(&self, request: &ChatRequest) -> Result<usize, Error> {
        self.prompts.count(request, (self.today)())
    }

    /// Tokens of a request and its answer together.
    pub fn context(&self) -> usize {
        self.prompts.context
    }

    fn begin(&self, request: &ChatRequest) -> Result<(UnboundedReceiver<Event>, bool), Error> {
        let Prompt {
            tokens,
            mask,
            thought,
            within_thought,
        } = self.prompts.prepare(request, (self.today)())?;
        let (events, receiver) = unbounded();
        // A thread that has failed takes nothing; then the channel is closed, and whoever reads hears of it.
        self.worker.send(Job {
            prompt: tokens,
            max_tokens: request.max_tokens as usize,
            sampler: Sampler::new(request.sampling, request.seed),
            mask,
            thought,
            events,
        });
        Ok((receiver, within_thought))
    }
}

impl ChatModel for Local {
    fn name(&self) -> &str {
        &self.prompts.model
    }

    fn chat(&self, request: ChatRequest) -> BoxStream<'static, Result<Delta, Error>> {
        match self.begin(&request) {
            Ok((events, within_thought)) => {
                Reader::new(Arc::clone(&self.prompts), request, within_thought, events).stream()
            }
            Err(error) => stream::iter([Err(error)]).boxed(),
        }
    }
}

/// What a grammar must know of a tokenizer.
fn vocabulary(tokenizer: &Arc<Tokenizer>) -> Vocabulary {
    let count = u32::try_from(tokenizer.vocabulary()).expect("token numbers have 32 bits");
    let encode = Arc::clone(tokenizer);
    Vocabulary {
        tokens: (0..count)
            .map(|token| tokenizer.bytes(token).to_vec())
            .collect(),
        controls: tokenizer.controls().collect(),
        ends: tokenizer.ends().to_vec(),
        encode: Arc::new(move |text| encode.encode(text, false)),
    }
}

#[cfg(test)]
mod tests;
