//! The whole with a model: a tiny one in this process, whose weights are random, and endpoints that misbehave. Whatever
//! a model does, people get what was checked.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod dialogues;
mod endpoint;
mod failing;
mod failures;
mod many;
mod overload;
mod process;
mod random;
mod repeated;

use std::fs;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use agents::Agent;
use agents::check::check;
use futures::stream::BoxStream;
use models::hub::{self, Backend, Manifest};
use models::{ChatModel, ChatRequest, Delta, Error, Room};
use serde_json::Value;
use server::settings::Settings;
use server::turn::Work;

pub(super) const TURNS: &str = "/v1/agents/policy-qa/turns";

/// A Qwen3 of 250,000 random weights, its tokenizer and its template.
const TINY: &str = include_str!("../../data/tiny.toml");

/// Where its files are.
fn files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/tests/data/tiny/qwen3")
}

/// Puts the tiny model into the data directory.
fn place_tiny(data: &Path) {
    place_tiny_as("tiny", data);
}

/// Likewise, under another name.
fn place_tiny_as(name: &str, data: &Path) {
    let folder = data.join("models").join(name);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("model.toml"), TINY).unwrap();
    let manifest = Manifest::parse("model.toml", TINY).unwrap();
    let Backend::Local(weights) = manifest.backend else {
        panic!("it is local")
    };
    hub::copy(&weights, &folder, &files(), &mut |_| {}).unwrap();
}

/// Words answers with the tiny model, which has all the time that it needs.
fn with_tiny(settings: &mut Settings) {
    with_tiny_as("tiny", settings);
}

/// Likewise, under another name.
fn with_tiny_as(name: &str, settings: &mut Settings) {
    place_tiny_as(name, settings.data.directory.as_ref().unwrap());
    settings.models.large = vec![name.into()];
    let hour = NonZeroU32::new(3_600).unwrap();
    settings.models.first_token_s = hour;
    settings.models.idle_s = hour;
    settings.models.total_s = hour;
}

/// What agents do.
fn work() -> Work {
    Arc::new(Agent::run)
}

/// What a model answers to a request, as somebody sees or changes it who stands in between.
type Between = dyn Fn(&Arc<dyn ChatModel>, ChatRequest) -> BoxStream<'static, Result<Delta, Error>>
    + Send
    + Sync;

/// A model with somebody in between.
struct Watched {
    model: Arc<dyn ChatModel>,
    between: Arc<Between>,
}

impl ChatModel for Watched {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn room(&self, request: &ChatRequest) -> Result<Room, Error> {
        self.model.room(request)
    }

    fn chat(&self, request: ChatRequest) -> BoxStream<'static, Result<Delta, Error>> {
        (self.between)(&self.model, request)
    }
}

/// Agents whose models are watched.
fn watched(
    between: impl Fn(&Arc<dyn ChatModel>, ChatRequest) -> BoxStream<'static, Result<Delta, Error>>
    + Send
    + Sync
    + 'static,
) -> Work {
    let between: Arc<Between> = Arc::new(between);
    Arc::new(move |agent, mut world, request| {
        let models = &mut world.models;
        assert!(
            models.small.is_some() || models.large.is_some(),
            "there is a model"
        );
        models.wrap(|model| {
            let between = between.clone();
            Arc::new(Watched { model, between })
        });
        Agent::run(agent, world, request)
    })
}

/// Fails unless every sentence of an answer stands on what it cites.
#[track_caller]
fn assert_checked(answer: &Value, question: &str) {
    for sentence in answer["sentences"].as_array().unwrap() {
        let text = sentence["text"].as_str().unwrap();
        let cited: Vec<String> = sentence["citations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|id| labelled(answer, id))
            .collect();
        assert!(!cited.is_empty(), "nothing is cited: {text}");
        let cited: Vec<&str> = cited.iter().map(String::as_str).collect();
        if let Err(faults) = check(text, &cited, question) {
            panic!("{text}: {faults:?}");
        }
    }
}

/// The passage of an answer with this id, as the check sees it.
#[track_caller]
fn labelled(answer: &Value, id: &Value) -> String {
    let citations = answer["citations"].as_array().unwrap();
    let found = citations.iter().find(|citation| citation["id"] == *id);
    let citation = found.unwrap_or_else(|| panic!("{id} is not among the citations"));
    let field = |name: &str| citation[name].as_str().unwrap();
    format!("《{}》{}\n{}", field("title"), field("path"), field("text"))
}

/// The data of the only event of that name.
#[track_caller]
fn only<'a>(events: &'a [(String, Value)], name: &str) -> &'a Value {
    let mut found = events.iter().filter(|event| event.0 == name);
    let event = found.next().unwrap_or_else(|| panic!("no `{name}`"));
    assert!(found.next().is_none(), "`{name}` twice");
    &event.1
}

/// Where the first event of that name stands.
fn place_of(events: &[(String, Value)], name: &str) -> Option<usize> {
    events.iter().position(|event| event.0 == name)
}
