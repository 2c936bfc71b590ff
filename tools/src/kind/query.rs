//! Kind `query`: what sensors measured, ours or those behind a SensorThings server. The arguments are a [`Query`]; words become one before, by
//! [`sensor::interpret`](crate::sensor::interpret), and never here.

mod remote;

use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

use crate::error::Error;
use crate::manifest::Manifest;
use crate::sensor::{
    Aggregate, Answered, Bucket, Compare, Datastream, Query, Reading, Sample, SensorKind, Sensors,
    Thing, Where, answer, points, series,
};
use crate::store::Store;
use crate::tool::{Output, Task, Tool, ToolSpec};

pub(crate) use remote::Remote;
pub use remote::{QueryPart, Standing};

/// Most readings that are looked at for one answer: a minute's of three months.
const MOST: usize = 130_000;

/// Points of a curve.
const BUCKETS: usize = 96;

/// What was found for a query.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Looked {
    /// How the query was understood, in one line.
    pub described: String,
    /// The answer, a sentence with number, unit, time, number of readings and gaps.
    pub sentence: String,
    /// Its parts.
    pub answered: Answered,
    /// The readings in at most 96 parts of the period, for a curve.
    pub series: Vec<Bucket>,
}

/// Looks a query up in our store.
///
/// # Errors
/// [`Error::Refused`] for a kind, place or datastream that is not there, or too many readings; what the store reports.
pub async fn look(store: &Store, sensors: &Sensors, query: &Query) -> Result<Looked, Error> {
    look_in(&Source::Store(store.clone()), sensors, query).await
}

/// Where readings are.
pub(crate) enum Source {
    /// In our store.
    Store(Store),
    /// On a server of somebody else.
    Remote(Box<Remote>),
}

async fn look_in(source: &Source, sensors: &Sensors, query: &Query) -> Result<Looked, Error> {
    let refused = |message: String| Error::Refused { message };
    let kind = sensors.kinds.get(&query.kind);
    let kind = kind.ok_or_else(|| refused(format!("没有名为“{}”的监测类别", query.kind)))?;
    let (things, datastreams) = match source {
        Source::Store(store) => (store.things().await?, store.datastreams().await?),
        Source::Remote(remote) => remote.network(kind).await?,
    };
    let city = City {
        source,
        sensors,
        kind,
        things: &things,
        datastreams: &datastreams,
        aggregate: query.aggregate,
    };
    let (here, readings) = city.sample(&query.place, &query.period).await?;
    let other = match &query.compare {
        None => None,
        Some(Compare::Period(period)) => Some(city.sample(&query.place, period).await?),
        Some(Compare::Place(place)) => Some(city.sample(place, &query.period).await?),
    };
    fn sample((datastreams, readings): &(Vec<Datastream>, Vec<Reading>)) -> Sample<'_> {
        Sample {
            datastreams,
            readings,
        }
    }
    let here = (here, readings);
    let answered = answer(query, kind, sample(&here), other.as_ref().map(sample));
    let curve = points(kind, &here.0, &here.1, &query.period);
    Ok(Looked {
        described: query.describe(kind),
        sentence: answered.sentence(query, kind),
        series: series(&curve, &query.period, BUCKETS),
        answered,
    })
}

/// Where the readings of a query are.
struct City<'a> {
    source: &'a Source,
    sensors: &'a Sensors,
    kind: &'a SensorKind,
    things: &'a [Thing],
    datastreams: &'a [Datastream],
    aggregate: Aggregate,
}

impl City<'_> {
    async fn sample(
        &self,
        place: &Where,
        period: &crate::sensor::Period,
    ) -> Result<(Vec<Datastream>, Vec<Reading>), Error> {
        let found: Vec<Datastream> = self.of(place).cloned().collect();
        if found.is_empty() {
            let message = format!("{}没有{}的监测点", place.name(), self.kind.title);
            return Err(Error::Refused { message });
        }
        // The latest value may lie on the end itself.
        let end = match self.aggregate {
            Aggregate::Latest => period.to.saturating_add(SignedDuration::from_micros(1)),
            Aggregate::Mean
            | Aggregate::Max
            | Aggregate::Min
            | Aggregate::Sum
            | Aggregate::Count
            | Aggregate::Above(_)
            | Aggregate::Below(_) => Ok(period.to),
        };
        let end = end.unwrap_or(period.to);
        let readings = self.readings(&found, (period.from, end)).await?;
        if readings.len() >= MOST {
            let message = format!("这段时间的读数超过{MOST}条，请缩短时间再问");
            return Err(Error::Refused { message });
        }
        Ok((found, readings))
    }

    /// By time, at most [`MOST`].
    async fn readings(
        &self,
        datastreams: &[Datastream],
        period: (Timestamp, Timestamp),
    ) -> Result<Vec<Reading>, Error> {
        let remote = match self.source {
            Source::Store(store) => {
                let ids: Vec<&str> = datastreams.iter().map(|it| it.id.as_str()).collect();
                return Ok(store.readings(&ids, period, MOST).await?);
            }
            Source::Remote(remote) => remote,
        };
        let mut readings = Vec::new();
        for datastream in datastreams {
            let left = MOST - readings.len();
            let kinds = &self.sensors.kinds;
            readings.extend(remote.readings(datastream, kinds, period, left).await?);
        }
        readings.sort_by_key(|reading| reading.at);
        Ok(readings)
    }

    fn of<'a>(&'a self, place: &'a Where) -> impl Iterator<Item = &'a Datastream> {
        let stands = |datastream: &Datastream, name: &str, district: &str| {
            let mut things = self.things.iter();
            things.any(|thing| {
                thing.id == datastream.thing && thing.place == name && thing.district == district
            })
        };
        self.datastreams.iter().filter(move |datastream| {
            datastream.kind == self.kind.code
                && match place {
                    Where::Place { name, district } => stands(datastream, name, district),
                    Where::Datastream(id) => datastream.id == *id,
                }
        })
    }
}

/// A tool of this kind.
pub(crate) struct QueryTool {
    spec: Arc<ToolSpec>,
    sensors: Arc<Sensors>,
    source: Source,
}

impl QueryTool {
    pub(crate) fn new(
        file: &str,
        spec: Arc<ToolSpec>,
        manifest: &Manifest,
        sensors: Arc<Sensors>,
        source: Source,
    ) -> Result<Self, Error> {
        manifest.only_reads(file)?;
        Ok(Self {
            spec,
            sensors,
            source,
        })
    }
}

impl Tool for QueryTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn invoke<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Output, Error>> {
        Box::pin(async move {
            let arguments = Value::Object(task.arguments.values().clone());
            let query: Query =
                serde_json::from_value(arguments).map_err(|error| Error::Invalid {
                    tool: self.spec.name.clone(),
                    message: error.to_string(),
                })?;
            let looked = look_in(&self.source, &self.sensors, &query).await?;
            Ok(Output {
                evidence: looked.answered.evidence.readings.clone(),
                value: json!(looked),
            })
        })
    }
}
