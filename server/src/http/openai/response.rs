//! What chat programs get: completions, chunks of them, models.

use agents::{Answer, Citation};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::transcript::Transcript;
use crate::http::openapi::shape;

/// Models.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct ModelList {
    /// `list`
    object: String,
    data: Vec<Model>,
}

/// An agent, as a model.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Model {
    /// Name of the agent.
    id: String,
    /// `model`
    object: String,
    /// Not known; 0.
    created: i64,
    owned_by: String,
}

/// A completion.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct ChatCompletion {
    id: String,
    /// `chat.completion`
    object: String,
    /// Seconds since 1970.
    created: i64,
    model: String,
    choices: Vec<Choice>,
    usage: Usage,
    /// The answer in this server's own form, with status, citations and label (not part of OpenAI's API).
    #[schema(value_type = shape::Answer)]
    answer: Answer,
}

/// The only choice.
#[derive(Debug, Serialize, ToSchema)]
struct Choice {
    index: u32,
    message: Message,
    /// `stop`
    finish_reason: String,
    logprobs: Option<bool>,
}

/// What the agent says.
#[derive(Debug, Serialize, ToSchema)]
struct Message {
    /// `assistant`
    role: String,
    content: String,
    refusal: Option<String>,
    annotations: Vec<Annotation>,
}

/// Where a mark stands, and what it refers to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Annotation {
    /// `url_citation`
    r#type: String,
    url_citation: UrlCitation,
}

/// A cited passage.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct UrlCitation {
    title: String,
    /// Path of the passage on this server.
    url: String,
    /// Where the mark begins, in characters.
    start_index: usize,
    /// Where it ends.
    end_index: usize,
}

/// Lengths in characters.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Usage {
    prompt_tokens: usize,
    completion_tokens: usize,
    total_tokens: usize,
}

impl ModelList {
    pub(super) fn of(models: impl Iterator<Item = Model>) -> Self {
        Self {
            object: "list".into(),
            data: models.collect(),
        }
    }
}

impl Model {
    pub(super) fn of(agent: &str) -> Self {
        Self {
            id: agent.to_owned(),
            object: "model".into(),
            created: 0,
            owned_by: "chengzhi".into(),
        }
    }
}

impl Annotation {
    pub(super) fn new(citation: &Citation, start_index: usize, end_index: usize) -> Self {
        let title = format!("《{}》{}", citation.title, citation.path);
        let url = format!("/v1/passages/{}", encoded(&citation.id));
        Self {
            r#type: "url_citation".into(),
            url_citation: UrlCitation {
                title,
                url,
                start_index,
                end_index,
            },
        }
    }
}

impl Usage {
    pub(super) fn of(prompt_tokens: usize, transcript: &Transcript) -> Self {
        let completion_tokens = transcript.length();
        Self {
            prompt_tokens,
            completion_tokens,
            total_tokens: prompt_tokens + completion_tokens,
        }
    }
}

/// What all pieces of one completion have in common.
pub(super) struct Head {
    id: String,
    created: i64,
    model: String,
}

impl Head {
    pub(super) fn new(model: &str) -> Self {
        let created = crate::clock::now()
            .parse::<jiff::Timestamp>()
            .map_or(0, jiff::Timestamp::as_second);
        Self {
            id: format!("chatcmpl-{}", Uuid::new_v4().simple()),
            created,
            model: model.to_owned(),
        }
    }

    pub(super) fn completion(
        self,
        transcript: &Transcript,
        usage: Usage,
        answer: Answer,
    ) -> ChatCompletion {
        let annotations = transcript.annotations().to_vec();
        let message = Message {
            role: "assistant".into(),
            content: transcript.text().to_owned(),
            refusal: None,
            annotations,
        };
        let choices = vec![Choice {
            index: 0,
            message,
            finish_reason: "stop".into(),
            logprobs: None,
        }];
        ChatCompletion {
            id: self.id,
            object: "chat.completion".into(),
            created: self.created,
            model: self.model,
            choices,
            usage,
            answer,
        }
    }

    /// The first chunk.
    pub(super) fn opening(&self) -> String {
        self.chunk(&json!([{ "index": 0, "delta": { "role": "assistant", "content": "" }, "finish_reason": null }])).to_string()
    }

    /// A chunk of text.
    pub(super) fn delta(&self, text: &str) -> String {
        self.chunk(&json!([{ "index": 0, "delta": { "content": text }, "finish_reason": null }]))
            .to_string()
    }

    /// The last chunk, with the annotations and the whole answer.
    pub(super) fn closing(&self, transcript: &Transcript, answer: &Answer) -> String {
        let delta = json!({ "annotations": transcript.annotations() });
        let mut chunk =
            self.chunk(&json!([{ "index": 0, "delta": delta, "finish_reason": "stop" }]));
        chunk["answer"] = json!(answer);
        chunk.to_string()
    }

    /// The chunk behind the last one.
    pub(super) fn usage(&self, usage: &Usage) -> String {
        let mut chunk = self.chunk(&json!([]));
        chunk["usage"] = json!(usage);
        chunk.to_string()
    }

    fn chunk(&self, choices: &Value) -> Value {
        json!({ "id": self.id, "object": "chat.completion.chunk", "created": self.created, "model": self.model, "choices": choices })
    }
}

/// Percent-encoded as one segment of a path.
fn encoded(segment: &str) -> String {
    let mut text = String::with_capacity(segment.len() * 3);
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_become_one_segment() {
        assert_eq!(
            encoded("helan:a/b 条@1f:3"),
            "helan%3Aa%2Fb%20%E6%9D%A1%401f%3A3"
        );
    }
}
