//! What can be asked, and where: agents and places.

use std::sync::Arc;

use agents::{Agent, Kind};
use axum::Json;
use axum::extract::State;
use corpora::Level;
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;
use super::error::{ApiError, ErrorBody};
use crate::turn::Caller;

/// The agents that are open to the caller.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AgentList {
    agents: Vec<AgentEntry>,
    /// The corpora that the caller may read.
    corpora: Vec<CorpusEntry>,
}

/// A corpus.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CorpusEntry {
    name: String,
    title: String,
}

/// An agent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AgentEntry {
    name: String,
    title: String,
    description: String,
    /// How it works, for example `answer`.
    kind: String,
    /// Questions to show on an empty page.
    examples: Vec<String>,
}

/// The city and its districts.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlaceList {
    city: String,
    places: Vec<PlaceEntry>,
}

/// A place that a caller may choose.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlaceEntry {
    name: String,
    /// The place it belongs to.
    parent: Option<String>,
    /// `city` or `district`.
    level: String,
}

/// The agents that are open to `caller`, in the order of their names.
pub(super) fn open_agents<'a>(
    shared: &'a Shared,
    caller: &'a Caller,
) -> impl Iterator<Item = &'a Arc<Agent>> {
    shared
        .app
        .catalog
        .agents
        .values()
        .filter(|agent| shared.app.may_use(agent, caller))
}

/// Lists agents.
#[utoipa::path(get, path = "/v1/agents", responses((status = 200, body = AgentList), (status = 401, body = ErrorBody)))]
pub(super) async fn agents(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
) -> Result<Json<AgentList>, ApiError> {
    let entry = |agent: &Arc<Agent>| AgentEntry {
        name: agent.name.clone(),
        title: agent.manifest.title.clone(),
        description: agent.manifest.description.clone(),
        kind: kind(agent.manifest.kind).to_owned(),
        examples: agent.manifest.examples.clone(),
    };
    let titles = shared.app.corpora.titles();
    let readable = shared.app.corpora.readable_by(caller.role);
    let corpus = |index: &Arc<corpora::Index>| {
        let name = index.corpus().to_owned();
        let title = titles.get(&name).unwrap_or(&name).clone();
        CorpusEntry { name, title }
    };
    Ok(Json(AgentList {
        agents: open_agents(&shared, &caller).map(entry).collect(),
        corpora: readable.iter().map(corpus).collect(),
    }))
}

/// Lists the city and its districts.
#[utoipa::path(get, path = "/v1/places", responses((status = 200, body = PlaceList)))]
pub(super) async fn places(State(shared): State<Arc<Shared>>) -> Json<PlaceList> {
    let city = shared.app.settings.city.place.clone();
    let gazetteer = &shared.app.seeds.gazetteer;
    let here = gazetteer
        .places()
        .iter()
        .filter(|place| match level(place.level) {
            Some("city") => place.name == city,
            Some(_) => place.parent == city,
            None => false,
        });
    let places = here.map(|place| PlaceEntry {
        name: place.name.clone(),
        parent: Some(place.parent.clone()).filter(|parent| !parent.is_empty()),
        level: level(place.level).unwrap_or_default().to_owned(),
    });
    Json(PlaceList {
        places: places.collect(),
        city,
    })
}

/// Levels that are offered; smaller places have no rules of their own.
fn level(level: Level) -> Option<&'static str> {
    match level {
        Level::City => Some("city"),
        Level::District => Some("district"),
        Level::Country | Level::Province | Level::Street | Level::Place => None,
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Answer => "answer",
        Kind::Draft => "draft",
        Kind::Digest => "digest",
        Kind::Form => "form",
        Kind::Queue => "queue",
        Kind::React => "react",
        Kind::Watch => "watch",
    }
}
