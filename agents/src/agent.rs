//! An agent: a folder with a manifest and a prompt, and the one loop that drives its turns.
//!
//! The loop does the I/O that a [`Turn`] asks for and sends its events on. It has no opinion of its own.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use corpora::Retriever;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use models::{ChatModel, ChatRequest};
use tools::{ToolEntry, Toolbox};

use crate::answer::Event;
use crate::call::Caller;
use crate::error::Error;
use crate::kind::draft::{PastReply, Template};
use crate::manifest::Manifest;
use crate::model::{Cause, Failure, Models, Said, Task, generate};
use crate::request::Request;
use crate::seeds::Seeds;
use crate::tape::asked;
use crate::turn::{CallFailure, Document, Outcome, Scope, Setting, Step, Turn};

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
    /// Templates of replies, by name; of kind `draft`.
    pub templates: BTreeMap<String, Template>,
    /// Past replies, shown as examples; likewise.
    pub replies: Vec<PastReply>,
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
        let manifest = Manifest::parse(manifest).map_err(wrong)?;
        if manifest.models.rewrite.is_some() && rewrite.is_none() {
            let message = "key `models.rewrite`: the prompt `rewrite.md` is missing";
            return Err(wrong(message.to_owned()));
        }
        Ok(Self {
            name: name.to_owned(),
            manifest,
            prompt: prompt.to_owned(),
            rewrite: rewrite.unwrap_or_default().to_owned(),
            templates: BTreeMap::new(),
            replies: Vec::new(),
        })
    }

    /// The same with the files that kind `draft` has beside its manifest: templates by their names, and `replies.jsonl`.
    ///
    /// # Errors
    /// [`Error::Data`] with file, key and line; also when there is no template, or not the one that the manifest names.
    pub fn with_templates(
        mut self,
        templates: &[(String, String)],
        replies: Option<&str>,
    ) -> Result<Self, Error> {
        let folder = format!("agents/{}", self.name);
        for (name, text) in templates {
            let file = format!("{folder}/templates/{name}.toml");
            self.templates
                .insert(name.clone(), Template::parse(&file, text)?);
        }
        if let Some(text) = replies {
            self.replies = PastReply::parse(&format!("{folder}/replies.jsonl"), text)?;
        }
        match &self.manifest.draft {
            Some(part) if !self.templates.contains_key(&part.template) => Err(Error::Data {
                file: format!("{folder}/agent.toml"),
                message: format!(
                    "key `draft.template`: there is no `templates/{}.toml`",
                    part.template
                ),
            }),
            Some(_) | None => Ok(self),
        }
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
            act: model(Task::Act),
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
            Step::CallTool(call) => {
                let name = call.tool.clone();
                let toolbox = self.world.desk.toolbox.as_deref();
                let work = self.caller.call(&self.agent, toolbox, call);
                Ok(Outcome::Called(self.called(name, work).await))
            }
            Step::Decide(decision) => {
                let name = if decision.confirmed {
                    "confirm"
                } else {
                    "decline"
                };
                let toolbox = self.world.desk.toolbox.as_deref();
                let work = self.caller.decide(&self.agent, toolbox, decision);
                Ok(Outcome::Called(self.called(name.to_owned(), work).await))
            }
            Step::Done => Err(Error::Interrupted),
        }
    }

    /// What a tool brings or a decision leads to: from the tape where it plays, and noted on it.
    async fn called(
        &self,
        name: String,
        work: impl Future<Output = Result<tools::Outcome, CallFailure>>,
    ) -> Result<tools::Outcome, CallFailure> {
        let Some(tape) = &self.world.models.tape else {
            return work.await;
        };
        let outcome = match tape.call_line(&name) {
            Some(line) => line,
            None => work.await,
        };
        tape.called(name, &outcome);
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
