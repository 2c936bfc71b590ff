//! What chat programs send, and what it means here: what was typed, then what is meant.

use agents::{Exchange, Speaker};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::error::ApiError;
use crate::http::turns::{date, named};
use crate::turn::Question;

/// A request for a completion. Fields that are not listed are accepted and have no effect.
#[derive(Debug, Deserialize, ToSchema)]
pub(in crate::http) struct CompletionRequest {
    /// Name of the agent.
    model: String,
    /// The conversation; the last message is the question.
    messages: Vec<Message>,
    /// Whether to send the answer in pieces.
    #[serde(default)]
    stream: Option<bool>,
    /// What to send besides.
    #[serde(default)]
    stream_options: Option<StreamOptions>,
    /// Only 1.
    #[serde(default)]
    n: Option<u32>,
    /// `YYYY-MM-DD`: the day for which rules are asked (not part of OpenAI's API).
    #[serde(default)]
    as_of: Option<String>,
    /// The place where they should apply (not part of OpenAI's API).
    #[serde(default)]
    place: Option<String>,
    /// Corpora to search (not part of OpenAI's API).
    #[serde(default)]
    corpora: Option<Vec<String>>,
}

/// What to send besides the answer.
#[derive(Debug, Deserialize, ToSchema)]
struct StreamOptions {
    /// A last chunk with the usage.
    #[serde(default)]
    include_usage: Option<bool>,
}

/// A message.
#[derive(Debug, Deserialize, ToSchema)]
struct Message {
    /// `user`, `assistant`; others are passed over.
    role: String,
    /// What was said.
    #[serde(default)]
    content: Option<Content>,
}

/// What was said, as one text or in parts.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
enum Content {
    /// One text.
    Text(String),
    /// Parts of which those with text count.
    Parts(Vec<Part>),
}

/// A part of a message.
#[derive(Debug, Deserialize, ToSchema)]
struct Part {
    /// The words, in a part of type `text`.
    #[serde(default)]
    text: Option<String>,
}

/// A request as it is meant.
pub(super) struct Asked {
    pub(super) question: Question,
    pub(super) stream: bool,
    pub(super) include_usage: bool,
    /// Length of all messages.
    pub(super) characters: usize,
}

/// Earlier messages that a follow-up may refer to.
const REMEMBERED: usize = 16;

impl CompletionRequest {
    /// What the request means.
    ///
    /// # Errors
    /// A 400 that names the field.
    pub(super) fn understood(self) -> Result<Asked, ApiError> {
        if self.n.is_some_and(|n| n != 1) {
            return Err(ApiError::field("n", "invalid_field", "字段 `n` 只能是1。"));
        }
        let mut spoken: Vec<Exchange> = self
            .messages
            .into_iter()
            .filter_map(Message::spoken)
            .collect();
        let characters = spoken
            .iter()
            .map(|exchange| exchange.content.chars().count())
            .sum();
        let Some(question) = spoken.pop_if(|last| last.role == Speaker::User) else {
            return Err(ApiError::field(
                "messages",
                "no_question",
                "字段 `messages` 的最后一条应为用户的提问。",
            ));
        };
        let history = spoken.split_off(spoken.len().saturating_sub(REMEMBERED));
        let question = Question {
            agent: self.model,
            question: question.content,
            as_of: self
                .as_of
                .as_deref()
                .map(|day| date("as_of", day))
                .transpose()?,
            place: self.place.filter(|place| !place.trim().is_empty()),
            conversation: None,
            history,
            corpora: named(self.corpora)?,
            limit: None,
            fields: Vec::new(),
            draft: None,
        };
        let include_usage = self
            .stream_options
            .and_then(|options| options.include_usage)
            .unwrap_or(false);
        Ok(Asked {
            question,
            stream: self.stream.unwrap_or(false),
            include_usage,
            characters,
        })
    }
}

impl Message {
    fn spoken(self) -> Option<Exchange> {
        let role = match self.role.as_str() {
            "user" => Speaker::User,
            "assistant" => Speaker::Assistant,
            // Instructions do not come from callers, and there are no tools to answer for.
            _ => return None,
        };
        let content = match self.content {
            Some(Content::Text(text)) => text,
            Some(Content::Parts(parts)) => parts
                .into_iter()
                .filter_map(|part| part.text)
                .collect::<Vec<_>>()
                .join("\n"),
            None => String::new(),
        };
        Some(Exchange { role, content })
    }
}
