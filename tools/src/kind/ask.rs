//! Kind `ask`: what sensors measured, asked for in a person's words. By rules they become a query
//! ([`sensor::interpret`](crate::sensor::interpret)), which is part of the output; no model takes part.

use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::Timestamp;
use serde_json::json;

use super::query::{Looked, look};
use crate::error::Error;
use crate::hotline::Hotline;
use crate::manifest::Manifest;
use crate::place::Places;
use crate::sensor::{Interpreted, Sensors, interpret};
use crate::store::Store;
use crate::tool::{Output, Task, Tool, ToolSpec};

/// Reads a person's words that came at `now`, and looks up what they ask for.
///
/// # Errors
/// As [`look`].
pub async fn ask(
    store: &Store,
    sensors: &Sensors,
    places: &Places,
    (text, now): (&str, Timestamp),
) -> Result<(Interpreted, Option<Looked>), Error> {
    let (things, datastreams) = (store.things().await?, store.datastreams().await?);
    let known = sensors.known(places, (&things, &datastreams));
    let understood = interpret(text, now, &known);
    let looked = match &understood {
        Interpreted::Query(query) => Some(look(store, sensors, query).await?),
        Interpreted::Ask(_) | Interpreted::Unknown(_) | Interpreted::NotAQuestionOfSensors => None,
    };
    Ok((understood, looked))
}

/// A tool of this kind.
pub(crate) struct AskTool {
    spec: Arc<ToolSpec>,
    sensors: Arc<Sensors>,
    hotline: Arc<Hotline>,
    store: Store,
}

impl AskTool {
    pub(crate) fn new(
        file: &str,
        spec: Arc<ToolSpec>,
        manifest: &Manifest,
        (sensors, store): (Arc<Sensors>, Store),
        hotline: Arc<Hotline>,
    ) -> Result<Self, Error> {
        manifest.only_reads(file)?;
        Ok(Self {
            spec,
            sensors,
            hotline,
            store,
        })
    }
}

impl Tool for AskTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn invoke<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Output, Error>> {
        Box::pin(async move {
            let text = task.arguments.text("text").unwrap_or_default();
            let places = &self.hotline.places;
            let asked = ask(&self.store, &self.sensors, places, (text, task.now));
            let (understood, found) = asked.await?;
            let readings = found
                .as_ref()
                .map(|it| it.answered.evidence.readings.clone());
            Ok(Output {
                evidence: readings.unwrap_or_default(),
                value: json!({"understood": understood, "found": found}),
            })
        })
    }
}
