//! A model in this process, on candle.
//!
//! ```text
//! ChatRequest -> prompt (template, tokens, mask) -> thread (schedule, decoder, sample) -> reader (reply) -> Delta
//! ```
//! [`Local`] has one thread on which everything is computed, for many answers at once. What a request needs before and
//! after is done on threads beside it ([`apart`]), never on the one that polls the stream. A request does not influence
//! another one's answer but in when it comes. Who may ask how much, and for how long, is not decided here: that is what
//! the layers are for.

mod apart;
mod bench;
mod cache;
mod decoder;
mod embedding;
mod op;
mod pages;
mod prompt;
mod reader;
mod reply;
mod rope;
mod sample;
mod schedule;
pub(crate) mod shape;
mod thread;

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use candle_core::Device;
use candle_core::utils::{cuda_is_available, metal_is_available};
use futures::channel::mpsc::unbounded;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use jiff::civil::Date;
use tracing::{info, warn};

use self::apart::Apart;
pub use self::bench::{Row, Unit, bench};
use self::cache::{Cache, PAGE};
use self::decoder::{Chunk, Decoder};
use self::prompt::{Prompt, Prompts};
use self::reader::Reader;
use self::sample::Sampler;
use self::schedule::Schedule;
use self::shape::Shape;
use self::thread::{Forward, Frame, Job, Jobs, Worker};
use crate::chat::{ChatModel, ChatRequest, Delta, Room};
use crate::error::Error;
use crate::file::{ModelFile, Promise, Template, Tokenizer};
use crate::grammar::{Grammars, Vocabulary};
use crate::hub::{CacheFormat, megabytes};

/// How much a local model takes on, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalOptions {
    /// Tokens of a request and its answer together. What the model was made for, if that is less.
    pub context: usize,
    /// Answers that are computed in one step.
    pub parallel: usize,
    /// Tokens whose keys and values are kept, of all conversations together. At least `context` are. Their memory is
    /// taken as it fills, and then kept.
    pub cache_tokens: usize,
    /// How keys and values are kept.
    pub cache: CacheFormat,
    /// Threads to compute with. Absent: one for each core.
    pub threads: Option<NonZeroUsize>,
    /// Chat template to use in place of the model's own.
    pub template: Option<String>,
    /// What day templates are told that it is. Absent: today.
    pub today: Option<Date>,
}

impl Default for LocalOptions {
    fn default() -> Self {
        Self {
            context: 8_192,
            parallel: 16,
            cache_tokens: 16_384,
            cache: CacheFormat::F16,
            threads: None,
            template: None,
            today: None,
        }
    }
}

impl LocalOptions {
    /// Pages of the cache.
    fn pages(&self) -> usize {
        self.cache_tokens.max(self.context).div_ceil(PAGE)
    }

    /// As they are for a model of this shape: no context is longer than the one it was made for.
    fn within(&self, shape: &Shape) -> Self {
        Self {
            context: self.context.min(shape.context),
            ..self.clone()
        }
    }

    /// Bytes that the full cache of a model of this shape takes.
    pub(crate) fn cache_bytes(&self, shape: &Shape) -> u64 {
        let number = match self.cache {
            CacheFormat::F16 => 2,
            CacheFormat::F32 => 4,
        };
        let tokens = self.within(shape).pages() * PAGE;
        (shape.cache_bytes_per_token(number) as u64).saturating_mul(tokens as u64)
    }
}

/// How the decoder computes on this machine.
fn machine(options: &LocalOptions) -> Result<decoder::Options, Error> {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let device = if cuda_is_available() {
        Device::new_cuda(0)
    } else if metal_is_available() {
        Device::new_metal(0)
    } else {
        Ok(Device::Cpu)
    };
    Ok(decoder::Options {
        cache: options.cache,
        threads: options.threads.map_or(cores, NonZeroUsize::get),
        device: device.map_err(|error| Error::Unavailable {
            model: "local".into(),
            reason: format!("its device does not start: {error}"),
        })?,
    })
}

/// A model that is computed here. Dropping it ends its thread; answers that are not whole end with
/// [`Error::Unavailable`].
pub struct Local {
    prompts: Arc<Prompts>,
    worker: Worker,
    today: Option<Date>,
}

impl Local {
    /// Loads the model in a `.gguf` file, or in a folder with `config.json`, `tokenizer.json` and `*.safetensors`, and
    /// starts its thread.
    ///
    /// # Errors
    /// [`Error::File`] with what is wrong with the files, before anything large is loaded; [`Error::Unavailable`] if the
    /// machine does not suffice.
    pub fn open(model: &str, path: &Path, options: &LocalOptions) -> Result<Self, Error> {
        let file = ModelFile::open(path)?;
        let cache_bytes = options.cache_bytes(file.shape());
        let promise = file.promise(cache_bytes)?;
        let template = match &options.template {
            Some(template) => Arc::new(other_template(&file, template)?),
            None => file.template(),
        };
        let decoder = Decoder::load(&file, &machine(options)?)?;
        let options = options.within(decoder.shape());
        let cache = decoder.cache(options.pages())?;
        for note in file.notes() {
            warn!(model, "{note}");
        }
        info!(
            model,
            context = options.context,
            cache_tokens = options.pages() * PAGE,
            cache = megabytes(cache_bytes),
            memory = megabytes(file.needed_bytes(cache_bytes)),
            "model is open; its memory grows as the cache fills"
        );
        let computer = Computer {
            decoder,
            cache,
            _promise: promise,
        };
        Self::assemble(
            model,
            file.tokenizer(),
            template,
            &options,
            Box::new(computer),
        )
    }

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
        let grammars = Grammars::new(model, Vocabulary::of(&tokenizer))?;
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
            apart: Apart::new(model, options.parallel),
        };
        Ok(Self {
            prompts: Arc::new(prompts),
            worker,
            today: options.today,
        })
    }

    fn today(&self) -> Date {
        self.today.unwrap_or_else(|| jiff::Zoned::now().date())
    }
}

/// Hands a request to the thread once it is prepared. Who drops it before hands nothing over.
async fn begin(
    prompts: Arc<Prompts>,
    jobs: Jobs,
    request: ChatRequest,
    today: Date,
) -> Result<Reader, Error> {
    let (request, prompt) = prompts.prepared(request, today).await?;
    let Prompt {
        tokens,
        mask,
        thought,
        within_thought,
    } = prompt;
    let (events, receiver) = unbounded();
    // A thread that has failed takes nothing; then the channel is closed, and whoever reads hears of it.
    jobs.send(Job {
        prompt: tokens,
        max_tokens: request.max_tokens as usize,
        sampler: Sampler::new(request.sampling, request.seed),
        mask,
        thought,
        events,
    });
    Ok(Reader::new(prompts, request, within_thought, receiver))
}

impl ChatModel for Local {
    fn name(&self) -> &str {
        &self.prompts.model
    }

    fn room(&self, request: &ChatRequest) -> Result<Room, Error> {
        let whole = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let length = self.prompts.count(request, self.today())?;
        Ok(Room {
            needed: whole(length).saturating_add(request.max_tokens),
            context: whole(self.prompts.context),
        })
    }

    fn chat(&self, request: ChatRequest) -> BoxStream<'static, Result<Delta, Error>> {
        let (prompts, jobs) = (Arc::clone(&self.prompts), self.worker.jobs());
        let reader = begin(prompts, jobs, request, self.today());
        stream::once(reader)
            .map_ok(Reader::stream)
            .try_flatten()
            .boxed()
    }
}

/// Decoder and cache.
struct Computer {
    decoder: Decoder,
    cache: Cache,
    /// The memory that the cache may fill.
    _promise: Promise,
}

impl Forward for Computer {
    fn forward(&mut self, chunks: &[Chunk<'_>]) -> Result<Vec<Vec<f32>>, Error> {
        self.decoder.forward(&mut self.cache, chunks)
    }
}

/// The template that stands in for the one in the file.
fn other_template(file: &ModelFile, source: &str) -> Result<Template, Error> {
    let refuse = |reason| Error::File {
        file: file.path().to_path_buf(),
        reason: format!("the template of the manifest: {reason}"),
    };
    let tokenizer = file.tokenizer();
    let (bos, eos) = (tokenizer.bos_text(), tokenizer.eos_text());
    Template::new(
        file.path(),
        source.to_owned(),
        bos,
        eos,
        file.architecture(),
    )
    .map_err(refuse)
}

#[cfg(test)]
mod tests;
