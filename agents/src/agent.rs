//! An agent: a folder with a manifest and a prompt, and the one loop that drives its turns.
//!
//! The loop does the I/O that a [`Turn`] asks for and sends its events on. It has no opinion of its own.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use corpora::Retriever;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use models::{ChatModel, ChatRequest};
use serde::{Deserialize, Serialize};
use tools::{ToolEntry, Toolbox};

use crate::answer::Event;
use crate::call::Caller;
use crate::error::Error;
use crate::kind::form::FormPart;
use crate::kind::queue::QueueTexts;
use crate::model::{Cause, Failure, Models, Said, Task, Tasks, generate};
use crate::request::Request;
use crate::seeds::Seeds;
use crate::tape::{Tape, asked};
use crate::turn::{CallFailure, Decision, Document, Outcome, Scope, Setting, Step, ToolCall, Turn};

/// `agent.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Title to show.
    pub title: String,
    /// What it does.
    pub description: String,
    /// Its workflow.
    pub kind: Kind,
    /// Corpora it may read; none means all.
    #[serde(default)]
    pub corpora: Option<Vec<String>>,
    /// Roles that may use it.
    pub roles: Vec<String>,
    /// Questions to show on an empty page.
    #[serde(default)]
    pub examples: Vec<String>,
    /// Passages to look at in each turn.
    #[serde(default = "passages")]
    pub passages: usize,
    /// What models do for it; nothing, where none is configured.
    #[serde(default)]
    pub models: Tasks,
    /// Tools that it may have called; none absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    /// Fixed texts of kind `answer`, by name; see `agents/README.md`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub texts: Option<Box<Texts>>,
    /// Forms, and fixed texts of kind `form`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<Box<FormPart>>,
    /// Fixed texts of kind `queue`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<Box<QueueTexts>>,
}

impl Manifest {
    /// The fixed texts of kind `answer`.
    pub fn texts(&self) -> &Texts {
        static NONE: LazyLock<Texts> = LazyLock::new(Texts::default);
        self.texts.as_deref().unwrap_or(&NONE)
    }
}

fn passages() -> usize {
    10
}

/// Workflows. Each is one file in `kind/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Questions answered from passages.
    Answer,
    /// A form filled in from a person's words, shown, confirmed and handed in.
    Form,
    /// An order looked over for the one who dispatches.
    Queue,
}

/// Fixed texts of an agent. `{…}` are filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    /// Above quoted sentences.
    pub lead_quoted: String,
    /// Above quoted sentences of rules that applied on another day: `{as_of}`.
    pub lead_past: String,
    /// Above quoted sentences of reports and articles.
    pub lead_report: String,
    /// Above sentences worded by a model.
    pub lead_worded: String,
    /// Likewise, from rules that applied on another day: `{as_of}`.
    pub lead_worded_past: String,
    /// Likewise, from reports and articles.
    pub lead_worded_report: String,
    /// Between an answer that was shown and the one that takes its place, where nothing can be taken back.
    pub supersedes: String,
    /// The answer is quoted because the model could not be used.
    pub degraded_unavailable: String,
    /// Likewise, because too many wait for it.
    pub degraded_busy: String,
    /// Likewise, because it took too long.
    pub degraded_late: String,
    /// Likewise, because the passages do not fit into its context.
    pub degraded_long: String,
    /// Likewise, because what it said could not be used.
    pub degraded_unfit: String,
    /// No other words were found for a question that needs them, because the model could not be used.
    pub degraded_rewrite: String,
    /// The visible label.
    pub label: String,
    /// No basis: `{searched}`, `{as_of}`, `{jurisdiction}`.
    pub refused: String,
    /// Nothing in any corpus.
    pub refused_empty: String,
    /// A named clause does not exist: `{clause}`.
    pub no_such_clause: String,
    /// A request that no office answers, whatever the rules say.
    pub declined: String,
    /// Only rules that are not in force match: `{title}`, `{validity}`.
    pub out_of_force: String,
    /// The place decides.
    pub clarify_place: String,
    /// Part of the question has no basis: `{part}`.
    pub missing: String,
    /// It is doubtful that the passages answer the question.
    pub weak: String,
    /// A sentence did not stand up to the check.
    pub removed: String,
    /// A cited rule is 废止, when is unknown: `{title}`.
    pub repealed: String,
    /// Undated sources: `{date}` says which date was used.
    pub undated: String,
}

/// An agent, ready to run.
#[derive(Debug, Clone, PartialEq)]
pub struct Agent {
    /// Name of its folder.
    pub name: String,
    /// What its manifest says.
    pub manifest: Manifest,
    /// `prompt.md`.
    pub prompt: String,
    /// `rewrite.md`; empty where no model rewrites.
    pub rewrite: String,
}

/// What turns need from outside.
#[derive(Clone)]
pub struct World {
    /// Corpora that the caller's role may read.
    pub retriever: Retriever,
    /// The city.
    pub seeds: Arc<Seeds>,
    /// Find other words and word answers; without them answers are quoted.
    pub models: Models,
    /// Titles of the corpora, by name, for texts that people read.
    pub titles: Arc<BTreeMap<String, String>>,
    /// Place of callers who name none, for example `和澜市`.
    pub place: Option<String>,
    /// 生成合成服务提供者, for the label.
    pub producer: String,
    /// Tools, forms and other agents.
    pub desk: Desk,
}

/// What agents work with beside corpora and models.
#[derive(Clone, Default)]
pub struct Desk {
    /// Calls tools; without it no tool is called.
    pub toolbox: Option<Arc<Toolbox>>,
    /// What the folders under `tools/` declare, by name.
    pub entries: Arc<BTreeMap<String, ToolEntry>>,
    /// Agents to which one of kind `form` may pass a question.
    pub agents: Arc<BTreeMap<String, Arc<Agent>>>,
}

impl Agent {
    /// Parses `agent.toml`; `name` is its folder, `prompt` and `rewrite` are the files beside it.
    ///
    /// # Errors
    /// [`Error::Data`] with key and line, or when a task of a model has no prompt.
    pub fn parse(
        name: &str,
        manifest: &str,
        prompt: &str,
        rewrite: Option<&str>,
    ) -> Result<Self, Error> {
        let wrong = |message: String| Error::Data {
            file: format!("agents/{name}/agent.toml"),
            message,
        };
        let manifest: Manifest =
            toml::from_str(manifest).map_err(|error| wrong(error.to_string()))?;
        let parts = [
            ("texts", manifest.texts.is_some(), Kind::Answer),
            ("form", manifest.form.is_some(), Kind::Form),
            ("queue", manifest.queue.is_some(), Kind::Queue),
        ];
        for (part, there, kind) in parts {
            if there != (kind == manifest.kind) {
                let what = if there {
                    "belongs to another kind"
                } else {
                    "is missing"
                };
                return Err(wrong(format!("table `[{part}]` {what}")));
            }
        }
        if manifest.models.rewrite.is_some() && rewrite.is_none() {
            let message = "key `models.rewrite`: the prompt `rewrite.md` is missing";
            return Err(wrong(message.to_owned()));
        }
        Ok(Self {
            name: name.to_owned(),
            manifest,
            prompt: prompt.to_owned(),
            rewrite: rewrite.unwrap_or_default().to_owned(),
        })
    }

    /// Runs one turn. The last event is [`Event::Done`]; dropping the stream cancels the work.
    pub fn run(
        self: Arc<Self>,
        world: World,
        request: Request,
    ) -> BoxStream<'static, Result<Event, Error>> {
        let driver = Driver {
            agent: self,
            world,
            caller: Caller::of(&request),
            state: State::Asked(Box::new(request)),
            events: VecDeque::new(),
        };
        stream::unfold(driver, Driver::next).boxed()
    }
}

/// A turn on its way, with the events not yet taken.
struct Driver {
    agent: Arc<Agent>,
    world: World,
    /// For whom tools are called.
    caller: Caller,
    state: State,
    events: VecDeque<Event>,
}

enum State {
    Asked(Box<Request>),
    Running(Turn, Step),
    Ended,
}

impl Driver {
    async fn next(mut self) -> Option<(Result<Event, Error>, Self)> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Some((Ok(event), self));
            }
            let advanced = match std::mem::replace(&mut self.state, State::Ended) {
                State::Ended | State::Running(_, Step::Done) => return None,
                State::Asked(request) => Turn::begin(self.setting(), *request),
                State::Running(mut turn, step) => match self.perform(step).await {
                    Ok(outcome) => {
                        let (events, step) = turn.resume(self.setting(), outcome);
                        Ok((turn, events, step))
                    }
                    Err(error) => Err(error),
                },
            };
            match advanced {
                Ok((turn, events, step)) => {
                    self.events = events.into();
                    self.state = State::Running(turn, step);
                }
                Err(error) => return Some((Err(error), self)),
            }
        }
    }

    fn setting(&self) -> Setting<'_> {
        let World {
            seeds,
            titles,
            place,
            producer,
            desk,
            ..
        } = &self.world;
        let model = |task| self.model(task).map(|model| model.name());
        Setting {
            entries: &desk.entries,
            digress: self.digress(),
            agent: &self.agent,
            seeds,
            titles,
            place: place.as_deref(),
            producer,
            rewrite: model(Task::Rewrite),
            wording: model(Task::Wording),
        }
    }

    fn model(&self, task: Task) -> Option<&Arc<dyn ChatModel>> {
        let own = self.agent.manifest.models.role(task);
        // A question in between is answered as the other agent answers it.
        let other = || self.digress()?.manifest.models.role(task);
        self.world.models.of(own.or_else(other)?)
    }

    /// The agent to which questions in between are passed.
    fn digress(&self) -> Option<&Agent> {
        let name = self.agent.manifest.form.as_ref()?.digress.as_ref()?;
        self.world.desk.agents.get(name).map(Arc::as_ref)
    }

    async fn perform(&self, step: Step) -> Result<Outcome, Error> {
        match step {
            Step::Retrieve(query, scope) => {
                let retriever = self.world.retriever.clone();
                let found = tokio::task::spawn_blocking(move || match scope {
                    Scope::InForce => retriever.retrieve(&query),
                    Scope::OutOfForce => retriever.retrieve_out_of_force(&query),
                });
                let found = found.await.map_err(|_| Error::Interrupted)??;
                if let Some(tape) = &self.world.models.tape {
                    tape.found(scope, &found);
                }
                Ok(Outcome::Found(Box::new(found)))
            }
            Step::Generate(task, request) => Ok(Outcome::Generated(self.said(task, request).await)),
            Step::Read(document) => {
                let retriever = self.world.retriever.clone();
                let read = tokio::task::spawn_blocking(move || {
                    let Document {
                        corpus,
                        file,
                        as_of,
                        today,
                    } = &document;
                    retriever.document(corpus, file, (*as_of, *today))
                });
                Ok(Outcome::Read(read.await.map_err(|_| Error::Interrupted)??))
            }
            Step::CallTool(call) => Ok(Outcome::Called(self.called(call).await)),
            Step::Decide(decision) => Ok(Outcome::Called(self.decided(decision).await)),
            Step::Done => Err(Error::Interrupted),
        }
    }

    async fn called(&self, call: ToolCall) -> Result<tools::Outcome, CallFailure> {
        let name = call.tool.clone();
        if let Some(line) = self.tape().and_then(|tape| tape.call_line(&name)) {
            return self.noted(name, line);
        }
        let toolbox = self.world.desk.toolbox.as_deref();
        let outcome = self.caller.call(&self.agent, toolbox, call).await;
        self.noted(name, outcome)
    }

    async fn decided(&self, decision: Decision) -> Result<tools::Outcome, CallFailure> {
        let name = if decision.confirmed {
            "confirm"
        } else {
            "decline"
        };
        if let Some(line) = self.tape().and_then(|tape| tape.call_line(name)) {
            return self.noted(name.to_owned(), line);
        }
        let toolbox = self.world.desk.toolbox.as_deref();
        let outcome = self.caller.decide(&self.agent, toolbox, decision).await;
        self.noted(name.to_owned(), outcome)
    }

    fn tape(&self) -> Option<&Tape> {
        self.world.models.tape.as_deref()
    }

    fn noted(
        &self,
        tool: String,
        outcome: Result<tools::Outcome, CallFailure>,
    ) -> Result<tools::Outcome, CallFailure> {
        if let Some(tape) = self.tape() {
            tape.called(tool, &outcome);
        }
        outcome
    }

    async fn said(&self, task: Task, request: ChatRequest) -> Result<Said, Failure> {
        let Models {
            tape, rewrite_wait, ..
        } = &self.world.models;
        let Some(tape) = tape else {
            return self.generated(task, request, *rewrite_wait).await;
        };
        let asked = asked(&request);
        let said = match tape.line(task) {
            Some(line) => line,
            None => self.generated(task, request, *rewrite_wait).await,
        };
        tape.said(task, asked, &said);
        said
    }

    async fn generated(
        &self,
        task: Task,
        request: ChatRequest,
        rewrite_wait: Duration,
    ) -> Result<Said, Failure> {
        match self.model(task) {
            Some(model) => generate(model.as_ref(), task, request, rewrite_wait).await,
            None => Err(Failure {
                cause: Cause::Unavailable,
                reason: "no model is configured".to_owned(),
            }),
        }
    }
}
