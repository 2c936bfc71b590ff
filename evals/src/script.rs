//! A model that answers by what it is asked, from a file: for testing agents and this harness without weights.
//!
//! ```text
//! {"when": "押金", "reply": "应当退还。[1]"}     the first line whose `when` stands in the last message counts
//! {"when": "物业", "fails": "it is down"}        an error before the first word
//! {"when": "停车", "cut": "应当"}                the end without a stop
//! {"when": "噪声", "stalls": "应"}               nothing more, for ever
//! {"reply": "没有依据"}                           without `when`: always
//! ```
//! Unlike `models::Scripted`, which answers in the order of requests, its answers do not depend on what was asked before.

use futures::StreamExt;
use futures::stream::{self, BoxStream};
use models::{ChatModel, ChatRequest, Error, Reply, Room, Scripted};
use serde::Deserialize;

/// A model with answers by question.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    name: String,
    lines: Vec<(String, Reply)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(default)]
    when: String,
    #[serde(flatten)]
    what: What,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum What {
    Reply(String),
    Cut(String),
    Stalls(String),
    Endless(String),
    Fails(String),
}

impl Script {
    /// Reads a file; `name` is that of the model.
    ///
    /// # Errors
    /// `FILE:LINE: reason` for the first line that cannot be read.
    pub fn parse(name: &str, file: &str, text: &str) -> Result<Self, String> {
        let lines = text
            .trim_start_matches('\u{feff}')
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty());
        let read = |(index, line): (usize, &str)| {
            let line: Line = serde_json::from_str(line).map_err(|error| {
                format!("{file}:{}: {error}\nhint: {{\"when\": \"…\", \"reply\": \"…\"}}; also `cut`, `stalls`, `endless`, `fails`", index + 1)
            })?;
            let reply = match line.what {
                What::Reply(text) => Reply::Text(text),
                What::Cut(text) => Reply::Cut(text),
                What::Stalls(text) => Reply::Stalls(text),
                What::Endless(text) => Reply::Endless(text),
                What::Fails(reason) => Reply::Fails(String::new(), unavailable(name, reason)),
            };
            Ok((line.when, reply))
        };
        Ok(Self {
            name: name.to_owned(),
            lines: lines.map(read).collect::<Result<_, String>>()?,
        })
    }
}

fn unavailable(name: &str, reason: String) -> Error {
    Error::Unavailable {
        model: name.to_owned(),
        reason,
    }
}

impl ChatModel for Script {
    fn name(&self) -> &str {
        &self.name
    }

    fn chat(&self, request: ChatRequest) -> BoxStream<'static, Result<models::Delta, Error>> {
        let asked = request
            .messages
            .last()
            .map_or("", |message| message.content.as_str());
        let found = self
            .lines
            .iter()
            .find(|(when, _)| asked.contains(when.as_str()));
        match found {
            Some((_, reply)) => {
                Scripted::turns(&self.name, u32::MAX, [reply.clone()]).chat(request)
            }
            None => {
                let error = unavailable(&self.name, "its script has no line for this".to_owned());
                stream::iter([Err(error)]).boxed()
            }
        }
    }

    fn room(&self, request: &ChatRequest) -> Result<Room, Error> {
        Ok(Room::estimated(request, 32_768))
    }
}
