//! The whole contract between an agent and a model.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream::BoxStream;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Error;

/// A model that words text. It decides nothing: what it says is checked before anybody sees it.
pub trait ChatModel: Send + Sync {
    /// Name for answers and logs.
    fn name(&self) -> &str;

    /// Words an answer. Dropping the stream cancels the work. The last [`Delta`] carries `stop` and `usage`; a stream
    /// that ends without it was cut off.
    fn chat(&self, request: ChatRequest) -> BoxStream<'static, Result<Delta, Error>>;

    /// How much of the context `request` takes, counted before anything is sent. The caller drops what does not fit,
    /// whole and by rank; no model cuts a request by itself. Quick, and without I/O.
    ///
    /// # Errors
    /// [`Error::Request`] for a request that this model could not take at any length.
    fn room(&self, request: &ChatRequest) -> Result<Room, Error>;
}

/// What a request takes of a model's context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// Tokens of the request and of the longest answer that it allows; counted, or estimated and then rather too many.
    pub needed: u32,
    /// Tokens that the model can hold.
    pub context: u32,
}

impl Room {
    /// Whether it fits.
    pub fn fits(self) -> bool {
        self.needed <= self.context
    }

    /// Without a tokenizer: three tokens for two characters beyond ASCII and one for an ASCII character, which is more
    /// than the vocabularies of Qwen and Llama take for running text, and some for the frame of each message.
    pub fn estimated(request: &ChatRequest, context: u32) -> Self {
        const FRAME: usize = 16;
        let tokens = |text: &str| {
            let ascii = text.bytes().filter(u8::is_ascii).count();
            ascii + ((text.chars().count() - ascii) * 3).div_ceil(2)
        };
        let message = |message: &Message| {
            let calls = message.tool_calls.iter();
            let calls = calls.map(|call| tokens(&call.name) + tokens(&call.arguments.to_string()));
            FRAME + tokens(&message.content) + calls.map(|call| call + FRAME).sum::<usize>()
        };
        let tool = |tool: &ToolSpec| {
            let words = tokens(&tool.name) + tokens(&tool.description);
            FRAME + words + tokens(&tool.parameters.to_string())
        };
        let messages: usize = request.messages.iter().map(message).sum();
        let tools: usize = request.tools.iter().map(tool).sum();
        let needed = (messages + tools).saturating_add(request.max_tokens as usize);
        Self {
            needed: u32::try_from(needed).unwrap_or(u32::MAX),
            context,
        }
    }
}

/// What a model is asked.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ChatRequest {
    /// The conversation, the system message first.
    pub messages: Vec<Message>,
    /// Functions that the model may call.
    #[serde(default)]
    pub tools: Vec<ToolSpec>,
    /// What the whole answer must look like. Held by every backend: a text that does not fit is an error, not an answer.
    #[serde(default)]
    pub constraint: Option<Constraint>,
    /// Whether the constraint is a wish: a server that cannot hold it is asked without it, and the answer may have any
    /// form then.
    #[serde(default)]
    pub form_optional: bool,
    /// How the next token is chosen.
    #[serde(default)]
    pub sampling: Sampling,
    /// Upper bound of generated tokens, thinking included.
    pub max_tokens: u32,
    /// Seed: same request, same seed, same answer.
    pub seed: u64,
    /// Whether a model that can think before it answers does so. Thoughts are never part of a [`Delta`].
    #[serde(default)]
    pub thinking: bool,
}

/// What an answer must look like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Constraint {
    /// A JSON value that fits this JSON Schema.
    JsonSchema(Value),
    /// A text that fits this regular expression as a whole.
    Regex(String),
    /// A text of this grammar, in the Lark syntax of `llguidance`.
    Lark(String),
    /// Exactly one call of one of the request's tools.
    Tool,
}

/// How the next token is chosen. The default is greedy: the likeliest token.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Sampling {
    /// 0 is greedy; 1 is the model's own distribution.
    pub temperature: f32,
    /// Only the likeliest tokens whose probabilities add up to this; 1 means all.
    pub top_p: f32,
    /// Only so many of the likeliest tokens; 0 means all.
    pub top_k: u32,
    /// Only tokens at least this share as likely as the likeliest; 0 means all.
    pub min_p: f32,
    /// Above 1, tokens that occurred in the last 64 are made less likely (Keskar et al. 2019).
    pub repetition_penalty: f32,
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            temperature: 0.0,
            top_p: 1.0,
            top_k: 0,
            min_p: 0.0,
            repetition_penalty: 1.0,
        }
    }
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
    /// Calls that the model made, with [`Role::Assistant`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// Which call this is the result of, with [`Role::Tool`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
}

impl Message {
    /// An instruction.
    pub fn system(content: impl Into<String>) -> Self {
        Self::new(Role::System, content)
    }

    /// Words of a person.
    pub fn user(content: impl Into<String>) -> Self {
        Self::new(Role::User, content)
    }

    /// Words of the model.
    pub fn assistant(content: impl Into<String>) -> Self {
        Self::new(Role::Assistant, content)
    }

    /// What a call with this id brought.
    pub fn tool(id: impl Into<String>, content: impl Into<String>) -> Self {
        Self {
            tool_call_id: Some(id.into()),
            ..Self::new(Role::Tool, content)
        }
    }

    fn new(role: Role, content: impl Into<String>) -> Self {
        Self {
            role,
            content: content.into(),
            tool_calls: Vec::new(),
            tool_call_id: None,
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
    /// What a call brought.
    Tool,
}

/// A function that a model may call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolSpec {
    /// Its name: letters, digits, `_`, `-` and `.`.
    pub name: String,
    /// What it does, for the model.
    pub description: String,
    /// JSON Schema of its arguments, an object.
    pub parameters: Value,
}

/// A call that a model made. Its arguments fit the schema of the tool; nothing has been done yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCall {
    /// Names this call in the conversation.
    pub id: String,
    /// Name of the tool.
    pub name: String,
    /// Arguments, an object.
    pub arguments: Value,
}

/// A piece of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delta {
    /// Text to append; whole characters. A piece with nothing in it says that the model is at work: it thinks.
    pub text: String,
    /// Calls, each whole.
    pub tool_calls: Vec<ToolCall>,
    /// On the last piece: why it is the last.
    pub stop: Option<Stop>,
    /// On the last piece.
    pub usage: Option<Usage>,
    /// On the last piece: the model that worded the answer, where one of several could have.
    pub model: Option<Arc<str>>,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// The model was done.
    End,
    /// `max_tokens` were generated. A constrained answer is whole all the same.
    Length,
    /// The model called tools.
    ToolCalls,
}

/// What an answer cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the request.
    pub input_tokens: u32,
    /// Of those, tokens whose keys and values were still in the cache.
    pub cached_tokens: u32,
    /// Tokens of the answer, thinking included.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_is_rather_too_much_and_holds_the_answer() {
        let request = ChatRequest {
            messages: vec![Message::system("照抄条款。"), Message::user("30日内")],
            max_tokens: 100,
            ..ChatRequest::default()
        };
        let room = Room::estimated(&request, 200);
        assert_eq!(room.needed, 16 + 8 + 16 + 2 + 3 + 100);
        assert!(
            room.fits()
                && !Room {
                    context: 144,
                    ..room
                }
                .fits()
        );
    }
}
