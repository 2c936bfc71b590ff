//! The one thread on which a local model computes: sequences in, tokens out, many at once.
//!
//! The thread owns decoder and cache. It does not know text: prompts come as tokens, tokens go back through a channel for
//! each [`Job`]. Whoever drops his end has cancelled; the thread sees it before the next step. It ends with the
//! [`Worker`], and if it fails, every channel closes without [`Event::Done`].

mod answer;
mod pace;

use std::collections::HashMap;
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::Instant;

use futures::channel::mpsc::UnboundedSender;
use metrics::gauge;
use tracing::{debug, error};

use super::decoder::Chunk;
use super::sample::Sampler;
use super::schedule::{Id, Schedule, Work};
use crate::chat::{Stop, Usage};
use crate::error::Error;
use crate::grammar::Mask;
use answer::{Answer, Next};
use pace::Pace;

/// What computes.
pub(crate) trait Forward: Send {
    /// Computes the chunks, writes keys and values into the pages, and returns the logits of each chunk that asks for them.
    fn forward(&mut self, chunks: &[Chunk<'_>]) -> Result<Vec<Vec<f32>>, Error>;
}

/// One answer that is wanted.
pub(crate) struct Job {
    pub(crate) prompt: Vec<u32>,
    /// At most so many tokens, at least one.
    pub(crate) max_tokens: usize,
    pub(crate) sampler: Sampler,
    /// Holds the answer to a grammar.
    pub(crate) mask: Option<Mask>,
    pub(crate) thought: Option<Thought>,
    pub(crate) events: UnboundedSender<Event>,
}

/// The answer begins within a thought, to which no grammar applies.
pub(crate) struct Thought {
    /// Ends it.
    pub(crate) close: u32,
    /// What is said in place of the model once it has thought for `most` tokens; it has `close` in it.
    pub(crate) closing: Vec<u32>,
    /// After so many tokens it is ended.
    pub(crate) most: usize,
}

/// What comes of a [`Job`], the tokens in order and then one of the others.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Event {
    /// The next token of the answer.
    Token(u32),
    /// The answer is at its end.
    Done(Stop, Usage),
    /// There is no answer.
    Failed(Error),
}

/// What the thread must know of a model besides what computes it.
pub(crate) struct Frame {
    /// Its name, for errors and metrics.
    pub(crate) model: String,
    /// Tokens that end an answer.
    pub(crate) ends: Vec<u32>,
    /// How many tokens there are. A model may have more logits, which mean nothing.
    pub(crate) vocabulary: usize,
}

/// The thread. Dropping it ends the thread after the step that it is in.
pub(crate) struct Worker {
    jobs: Option<Arc<Sender<Job>>>,
    thread: Option<JoinHandle<()>>,
}

/// A way to the thread, which does not keep it running.
pub(crate) struct Jobs(Weak<Sender<Job>>);

impl Jobs {
    /// Hands a job over. False if the thread has ended; then the job's channel is closed.
    pub(crate) fn send(&self, job: Job) -> bool {
        self.0.upgrade().is_some_and(|jobs| jobs.send(job).is_ok())
    }
}

impl Worker {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(
        frame: Frame,
        forward: Box<dyn Forward>,
        schedule: Schedule,
    ) -> std::io::Result<Self> {
        let (sender, jobs) = mpsc::channel();
        let meters = Meters::new(&frame.model);
        let mut inference = Inference {
            frame,
            forward,
            schedule,
            answers: HashMap::new(),
            pace: Pace::new(),
            meters,
        };
        let thread = std::thread::Builder::new()
            .name("inference".into())
            .spawn(move || inference.run(&jobs))?;
        Ok(Self {
            jobs: Some(Arc::new(sender)),
            thread: Some(thread),
        })
    }

    /// A way to the thread.
    pub(crate) fn jobs(&self) -> Jobs {
        Jobs(self.jobs.as_ref().map(Arc::downgrade).unwrap_or_default())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been reported to everybody who waited.
            let _ = thread.join();
        }
    }
}

/// State of the thread.
struct Inference {
    frame: Frame,
    forward: Box<dyn Forward>,
    schedule: Schedule,
    answers: HashMap<Id, Answer>,
    pace: Pace,
    meters: Meters,
}

impl Inference {
    fn run(&mut self, jobs: &Receiver<Job>) {
        while self.receive(jobs) {
            self.drop_cancelled();
            self.step();
            self.meters.show(&self.schedule, self.answers.len());
        }
    }

    /// Takes in what has come; waits if there is nothing else to do. False when nobody can send any more.
    fn receive(&mut self, jobs: &Receiver<Job>) -> bool {
        if self.answers.is_empty() {
            match jobs.recv() {
                Ok(job) => self.begin(job),
                Err(mpsc::RecvError) => return false,
            }
        }
        loop {
            match jobs.try_recv() {
                Ok(job) => self.begin(job),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }

    fn begin(&mut self, mut job: Job) {
        let needed = job.prompt.len() + job.max_tokens;
        if needed > self.schedule.capacity() || job.prompt.is_empty() || job.max_tokens == 0 {
            let reason = format!(
                "it needs room for {} + {} tokens, and the cache has room for {}",
                job.prompt.len(),
                job.max_tokens,
                self.schedule.capacity()
            );
            let model = self.frame.model.clone();
            send(&job.events, Event::Failed(Error::Request { model, reason }));
            return;
        }
        let prompt = std::mem::take(&mut job.prompt);
        let input = prompt.len();
        let id = self.schedule.add(prompt);
        debug!(model = self.frame.model, id, input, "sequence begins");
        let tokens = Vec::new();
        self.answers.insert(id, Answer { job, tokens, input });
    }

    fn drop_cancelled(&mut self) {
        let cancelled = self
            .answers
            .iter()
            .filter(|(_, answer)| answer.job.events.is_closed());
        for id in cancelled.map(|(&id, _)| id).collect::<Vec<_>>() {
            debug!(model = self.frame.model, id, "sequence is cancelled");
            self.schedule.remove(id);
            self.answers.remove(&id);
        }
    }

    fn step(&mut self) {
        let work = self.schedule.next(self.pace.prefill());
        let chunks: Vec<Chunk<'_>> = work
            .iter()
            .map(|work| chunk(&self.schedule, work))
            .collect();
        if chunks.is_empty() {
            return;
        }
        let start = Instant::now();
        let result = self.forward.forward(&chunks);
        let count: usize = chunks.iter().map(|chunk| chunk.tokens.len()).sum();
        self.pace.observe(count, start.elapsed());
        let ended: Vec<Id> = work
            .iter()
            .filter(|work| self.schedule.at_end(work))
            .map(|work| work.id)
            .collect();
        match result {
            Ok(logits) if logits.len() == ended.len() => {
                self.schedule.computed(&work);
                for (id, logits) in ended.into_iter().zip(logits) {
                    self.go_on(id, &logits);
                }
            }
            Ok(_) => self.fail(&work, &self.garbage("logits are missing")),
            Err(error) => self.fail(&work, &error),
        }
    }

    /// Chooses the next token of an answer, and whether it is the last.
    fn go_on(&mut self, id: Id, logits: &[f32]) {
        let Some(answer) = self.answers.get_mut(&id) else {
            return;
        };
        match answer.next(logits, &self.frame) {
            Ok(Next::Tokens(tokens)) => self.schedule.push(id, &tokens),
            Ok(Next::End(stop)) => self.finish(id, stop),
            Err(error) => self.end(id, Event::Failed(error)),
        }
    }

    fn finish(&mut self, id: Id, stop: Stop) {
        let cached = self.schedule.cached(id);
        let Some(answer) = self.answers.get(&id) else {
            return;
        };
        let usage = Usage {
            input_tokens: answer.input as u32,
            cached_tokens: cached as u32,
            output_tokens: answer.tokens.len() as u32,
        };
        self.end(id, Event::Done(stop, usage));
    }

    fn fail(&mut self, work: &[Work], error: &Error) {
        error!(model = self.frame.model, %error, sequences = work.len(), "a step failed");
        for work in work {
            self.end(work.id, Event::Failed(error.clone()));
        }
    }

    fn end(&mut self, id: Id, event: Event) {
        self.schedule.remove(id);
        if let Some(answer) = self.answers.remove(&id) {
            debug!(
                model = self.frame.model,
                id,
                output = answer.tokens.len(),
                "sequence ends"
            );
            send(&answer.job.events, event);
        }
    }

    fn garbage(&self, reason: &str) -> Error {
        garbage(&self.frame.model, reason)
    }
}

fn garbage(model: &str, reason: &str) -> Error {
    Error::Garbage {
        model: model.to_owned(),
        reason: reason.to_owned(),
    }
}

/// Nobody may listen any more; that is seen before the next step.
fn send(events: &UnboundedSender<Event>, event: Event) {
    let _ = events.unbounded_send(event);
}

fn chunk<'a>(schedule: &'a Schedule, work: &Work) -> Chunk<'a> {
    let (tokens, pages) = schedule.input(work);
    Chunk {
        tokens,
        position: work.from,
        pages,
        logits: schedule.at_end(work),
    }
}

/// What `/metrics` shows of one model beside what [`crate::Traced`] counts.
struct Meters {
    model: String,
}

impl Meters {
    fn new(model: &str) -> Self {
        Self {
            model: model.to_owned(),
        }
    }

    /// Names the gauges anew each time: a model may be open before anybody has begun to count.
    fn show(&self, schedule: &Schedule, sequences: usize) {
        let model = || self.model.clone();
        gauge!("chengzhi_model_sequences", "model" => model()).set(sequences as f64);
        gauge!("chengzhi_model_waiting", "model" => model()).set(schedule.waiting() as f64);
        gauge!("chengzhi_model_pages_in_use", "model" => model())
            .set(schedule.pages_in_use() as f64);
    }
}

#[cfg(test)]
mod tests;
