//! One turn as a series of decisions. No I/O, no clock, no randomness; it can be stored and gone on with.
//!
//! A turn says which step it needs next; [`Agent::run`](crate::Agent::run) does it and hands the outcome back.

use std::collections::BTreeMap;

use corpora::{Found, Query};
use models::ChatRequest;
use serde::{Deserialize, Serialize};

use crate::agent::{Agent, Kind};
use crate::answer::Event;
use crate::error::Error;
use crate::kind::answer::AnswerTurn;
use crate::model::{Failure, Said, Task};
use crate::request::Request;
use crate::seeds::Seeds;

/// A turn of any kind of agent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Turn {
    /// See [`crate::kind::answer`].
    Answer(Box<AnswerTurn>),
}

/// What a turn needs next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// Passages for a query.
    Retrieve(Query, Scope),
    /// Words from the model for this task.
    Generate(Task, ChatRequest),
    /// Nothing: the last event was [`Event::Done`].
    Done,
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
    /// Name of the model that finds other words for a question; none when it is off.
    pub rewrite: Option<&'a str>,
    /// Name of the model that words answers; none when it is off.
    pub wording: Option<&'a str>,
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
        }
    }

    /// Goes on with what the last step brought.
    pub fn resume(&mut self, setting: Setting<'_>, outcome: Outcome) -> (Vec<Event>, Step) {
        match self {
            Self::Answer(turn) => turn.resume(setting, outcome),
        }
    }
}
