//! The whole contract between an agent and a model.

use futures::StreamExt;
use futures::stream::BoxStream;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// A model that words text. It decides nothing: what it says is checked before anybody sees it.
pub trait ChatModel: Send + Sync {
    /// Name for answers and logs.
    fn name(&self) -> &str;

    /// Words an answer. Dropping the stream cancels the work.
    fn chat(&self, request: ChatRequest) -> BoxStream<'static, Result<Delta, Error>>;
}

/// What a model is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatRequest {
    /// The conversation, the system message first.
    pub messages: Vec<Message>,
    /// Upper bound of generated tokens.
    pub max_tokens: u32,
    /// Seed: same request, same seed, same answer.
    pub seed: u64,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
}

impl Message {
    /// An instruction.
    pub fn system(content: impl Into<String>) -> Self {
        Self {
            role: Role::System,
            content: content.into(),
        }
    }

    /// Words of a person.
    pub fn user(content: impl Into<String>) -> Self {
        Self {
            role: Role::User,
            content: content.into(),
        }
    }
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The agent's instructions.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// A piece of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delta {
    /// Text to append.
    pub text: String,
    /// On the last piece.
    pub usage: Option<Usage>,
}

/// What an answer cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the request.
    pub input_tokens: u32,
    /// Tokens of the answer.
    pub output_tokens: u32,
}

/// The whole text of a stream.
///
/// # Errors
/// The first error of the stream; what came before it is lost.
pub async fn collect(
    mut stream: BoxStream<'static, Result<Delta, Error>>,
) -> Result<String, Error> {
    let mut text = String::new();
    while let Some(delta) = stream.next().await {
        text.push_str(&delta?.text);
    }
    Ok(text)
}
