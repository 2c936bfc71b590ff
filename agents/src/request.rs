//! What an agent is asked, by whom, and when. Nothing in here is read from a clock or the environment.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tools::{Origin, Person};

use crate::error::Error;
use crate::guard::text::{Clean, clean};
use crate::kind::draft::Brief;
use crate::kind::form::Memory;

/// One question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The words of the person.
    pub question: String,
    /// The day for which rules are asked, if the caller chose one.
    pub as_of: Option<Date>,
    /// The place the caller chose.
    pub place: Option<String>,
    /// Today.
    pub today: Date,
    /// The conversation so far, oldest first.
    pub history: Vec<Exchange>,
    /// Corpora to search; none means all that agent and caller may read.
    pub corpora: Option<Vec<String>>,
    /// Passages to look at; none means the agent's own number.
    pub limit: Option<usize>,
    /// Who asks.
    pub role: Role,
    /// Identifier of the conversation.
    pub conversation: Option<String>,
    /// Number of the turn in its conversation, from 1.
    pub turn: u32,
    /// Seed for a model.
    pub seed: u64,
    /// Now; of the same day as `today`.
    #[serde(default)]
    pub now: Timestamp,
    /// For whom tools are called; none: nobody, and no tool is called.
    #[serde(default)]
    pub person: Option<Person>,
    /// What the last turn of the conversation left of a form.
    #[serde(default)]
    pub memory: Option<Box<Memory>>,
    /// Fields of a form that were filled in on the page: names with what was typed.
    #[serde(default)]
    pub fields: Vec<(String, String)>,
    /// What a draft is made of besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<Box<Brief>>,
}

impl Request {
    /// A question with nothing before it, and nothing chosen.
    pub fn new(question: impl Into<String>, role: Role, today: Date) -> Self {
        Self {
            question: question.into(),
            as_of: None,
            place: None,
            today,
            history: Vec::new(),
            corpora: None,
            limit: None,
            role,
            conversation: None,
            turn: 1,
            seed: 0,
            now: noon(today),
            person: None,
            memory: None,
            fields: Vec::new(),
            draft: None,
        }
    }

    /// What the person said so far, in their own words.
    pub(crate) fn said(&self) -> Vec<String> {
        let earlier = self.history.iter();
        let earlier = earlier.filter(|exchange| exchange.role == Speaker::User);
        let mut said: Vec<String> = earlier.map(|exchange| exchange.content.clone()).collect();
        said.push(self.question.clone());
        if let Some(memory) = &self.memory {
            said.extend(memory.said.iter().map(|said| said.text.clone()));
        }
        said
    }

    /// Names the turn: what is done in it is done once.
    pub(crate) fn key(&self) -> String {
        let conversation = self.conversation.as_deref().unwrap_or("-");
        format!("{conversation}/{}", self.turn)
    }

    /// The question without what cannot be seen.
    pub(crate) fn clean(&self) -> Result<Clean, Error> {
        clean(&self.question).map_err(|error| Error::Question(error.to_string()))
    }
}

/// Noon of a day in the city.
fn noon(day: Date) -> Timestamp {
    day.at(12, 0, 0, 0)
        .to_zoned(tools::zone())
        .map_or(Timestamp::UNIX_EPOCH, |noon| noon.timestamp())
}

/// Something said earlier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// Who said it.
    pub role: Speaker,
    /// What was said; of an answer, [`crate::Answer::text`].
    pub content: String,
}

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// The person.
    User,
    /// The agent.
    Assistant,
}

/// Roles of callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Anybody, without a token.
    Citizen,
    /// A civil servant, by token.
    Officer,
    /// A developer, by token.
    Developer,
}

impl Role {
    /// Whose words they are that somebody with this role says.
    pub fn origin(self) -> Origin {
        match self {
            Self::Citizen => Origin::Citizen,
            Self::Officer | Self::Developer => Origin::Staff,
        }
    }

    /// The name in manifests and tokens.
    pub fn name(self) -> &'static str {
        match self {
            Self::Citizen => "citizen",
            Self::Officer => "officer",
            Self::Developer => "developer",
        }
    }
}
