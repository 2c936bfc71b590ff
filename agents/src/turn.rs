//! One turn as a series of decisions. No I/O, no clock, no randomness; it can be stored and gone on with.
//!
//! A turn says which step it needs next; [`Agent::run`](crate::Agent::run) does it and hands the outcome back.

use std::collections::BTreeMap;

use corpora::{Found, Passage, Query};
use jiff::civil::Date;
use models::ChatRequest;
use serde::{Deserialize, Serialize};
use tools::{Arguments, ToolEntry};

use crate::agent::Agent;
use crate::answer::Event;
use crate::error::Error;
use crate::kind::answer::AnswerTurn;
use crate::kind::draft::DraftTurn;
use crate::kind::digest::DigestTurn;
use crate::kind::form::FormTurn;
use crate::kind::queue::QueueTurn;
use crate::kind::react::ReactTurn;
use crate::kind::watch::WatchTurn;
use crate::manifest::Kind;
use crate::model::{Failure, Said, Task};
use crate::request::Request;
use crate::seeds::Seeds;

/// A turn of any kind of agent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Turn {
    /// See [`crate::kind::answer`].
    Answer(Box<AnswerTurn>),
    /// See [`crate::kind::draft`].
    Draft(Box<DraftTurn>),
    /// See [`crate::kind::digest`].
    Digest(Box<DigestTurn>),
    /// See [`crate::kind::form`].
    Form(Box<FormTurn>),
    /// See [`crate::kind::queue`].
    Queue(Box<QueueTurn>),
    /// See [`crate::kind::react`].
    React(Box<ReactTurn>),
    /// See [`crate::kind::watch`].
    Watch(Box<WatchTurn>),
}

/// What a turn needs next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// Passages for a query.
    Retrieve(Query, Scope),
    /// Words from the model for this task.
    Generate(Task, ChatRequest),
    /// All passages of a document.
    Read(Document),
    /// What a tool brings, or proposes to do.
    CallTool(ToolCall),
    /// What comes of a person's decision on a proposal.
    Decide(Decision),
    /// Nothing: the last event was [`Event::Done`].
    Done,
}

/// A document of a corpus, as it applies on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Name of the corpus.
    pub corpus: String,
    /// The file in it.
    pub file: String,
    /// The day.
    pub as_of: Date,
    /// Today.
    pub today: Date,
}

/// A call of a tool, as a turn wants it. A turn cannot approve it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// Name of the tool.
    pub tool: String,
    /// Its arguments, with their origins.
    pub arguments: Arguments,
    /// Names the request.
    pub key: String,
    /// A proposal that is void once this one is shown: something of it was changed.
    #[serde(default)]
    pub replaces: Option<String>,
}

/// What the person said of a proposal, in words that can mean nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Number of the proposal.
    pub proposal: String,
    /// Whether it is to be done.
    pub confirmed: bool,
}

/// Which passages are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// In force.
    InForce,
    /// Not in force on the date of the query.
    OutOfForce,
}

/// What a step brought.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// Of [`Step::Retrieve`].
    Found(Box<Found>),
    /// Of [`Step::Generate`]: the words and whose they are, or why there are none.
    Generated(Result<Said, Failure>),
    /// Of [`Step::Read`].
    Read(Vec<Passage>),
    /// Of [`Step::CallTool`] and [`Step::Decide`]: what came of it, or why nothing did.
    Called(Result<tools::Outcome, CallFailure>),
}

/// Why a tool brought nothing. There was no effect, unless `unclear`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallFailure {
    /// In words for the person, where the tool has such; else for the log.
    pub reason: String,
    /// The tool says itself that it cannot be done, with the reason.
    pub refused: bool,
    /// Whether there was an effect is not known; the same key finds out.
    pub unclear: bool,
}

/// What a turn knows of the world: data, no handles.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// The agent.
    pub agent: &'a Agent,
    /// The city.
    pub seeds: &'a Seeds,
    /// Titles of the corpora, by name.
    pub titles: &'a BTreeMap<String, String>,
    /// Place of callers who name none.
    pub place: Option<&'a str>,
    /// 生成合成服务提供者.
    pub producer: &'a str,
    /// What the folders under `tools/` declare, by name.
    pub entries: &'a BTreeMap<String, ToolEntry>,
    /// The agent to which a question is passed that is no answer to a form.
    pub digress: Option<&'a Agent>,
    /// Name of the model that finds other words for a question; none when it is off.
    pub rewrite: Option<&'a str>,
    /// Name of the model that words answers; none when it is off.
    pub wording: Option<&'a str>,
    /// Name of the model that chooses what to do; none when it is off.
    pub act: Option<&'a str>,
}

impl Turn {
    /// Begins a turn.
    ///
    /// # Errors
    /// [`Error::Question`] for a question that cannot be taken, [`Error::Forbidden`] for a role that may not ask.
    pub fn begin(
        setting: Setting<'_>,
        request: Request,
    ) -> Result<(Self, Vec<Event>, Step), Error> {
        if !setting
            .agent
            .manifest
            .roles
            .iter()
            .any(|role| role == request.role.name())
        {
            return Err(Error::Forbidden {
                agent: setting.agent.name.clone(),
                role: request.role.name(),
            });
        }
        match setting.agent.manifest.kind {
            Kind::Answer => {
                let (turn, events, step) = AnswerTurn::begin(setting, request)?;
                Ok((Self::Answer(Box::new(turn)), events, step))
            }
            Kind::Draft => {
                let (turn, events, step) = DraftTurn::begin(setting, request)?;
                Ok((Self::Draft(Box::new(turn)), events, step))
            }
            Kind::Digest => {
                let (turn, events, step) = DigestTurn::begin(setting, request)?;
                Ok((Self::Digest(Box::new(turn)), events, step))
            }
            Kind::Form => {
                let (turn, events, step) = FormTurn::begin(setting, request)?;
                Ok((Self::Form(Box::new(turn)), events, step))
            }
            Kind::Queue => {
                let (turn, events, step) = QueueTurn::begin(setting, request)?;
                Ok((Self::Queue(Box::new(turn)), events, step))
            }
            Kind::React => {
                let (turn, events, step) = ReactTurn::begin(setting, request)?;
                Ok((Self::React(Box::new(turn)), events, step))
            }
            Kind::Watch => {
                let (turn, events, step) = WatchTurn::begin(setting, request)?;
                Ok((Self::Watch(Box::new(turn)), events, step))
            }
        }
    }

    /// Goes on with what the last step brought.
    pub fn resume(&mut self, setting: Setting<'_>, outcome: Outcome) -> (Vec<Event>, Step) {
        match self {
            Self::Answer(turn) => turn.resume(setting, outcome),
            Self::Draft(turn) => turn.resume(setting, outcome),
            Self::Digest(turn) => turn.resume(setting, outcome),
            Self::Form(turn) => turn.resume(setting, outcome),
            Self::Queue(turn) => turn.resume(setting, outcome),
            Self::React(turn) => turn.resume(setting, outcome),
            Self::Watch(turn) => turn.resume(setting, outcome),
        }
    }
}
