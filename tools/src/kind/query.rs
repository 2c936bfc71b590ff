//! Kind `query`: what sensors measured. The arguments are a [`Query`], or a person's words, which become one by rules
//! ([`sensor::interpret`](crate::sensor::interpret)); how they were understood is part of the output.

use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::Error;
use crate::hotline::Hotline;
use crate::manifest::{Effect, Manifest};
use crate::place::Places;
use crate::sensor::{
    Aggregate, Answered, Bucket, Compare, Datastream, Interpreted, Known, Query, Reading, Sample,
    SensorKind, Sensors, Thing, Where, answer, interpret, points, series,
};
use crate::store::Store;
use crate::tool::{Output, Preview, Task, Tool, ToolSpec};

/// Most readings that are looked at for one answer: a minute's of three months.
const MOST: usize = 130_000;

/// Points of a curve.
const BUCKETS: usize = 96;

/// `[query]` of `tool.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QueryPart {
    /// What its argument is.
    pub operation: QueryOperation,
}

/// What tools of this kind take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum QueryOperation {
    /// A query.
    Look,
    /// A person's words, in the argument `text`.
    Ask,
}

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

/// Looks a query up.
///
/// # Errors
/// [`Error::Refused`] for a kind, place or datastream that is not there, or too many readings; what the store reports.
pub async fn look(store: &Store, sensors: &Sensors, query: &Query) -> Result<Looked, Error> {
    let refused = |message: String| Error::Refused { message };
    let kind = sensors.kinds.get(&query.kind);
    let kind = kind.ok_or_else(|| refused(format!("没有名为“{}”的监测类别", query.kind)))?;
    let (things, datastreams) = (store.things().await?, store.datastreams().await?);
    let city = City {
        store,
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
    store: &'a Store,
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
        let ids: Vec<&str> = found.iter().map(|it| it.id.as_str()).collect();
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
        let readings = self.store.readings(&ids, (period.from, end), MOST).await?;
        if readings.len() >= MOST {
            let message = format!("这段时间的读数超过{MOST}条，请缩短时间再问");
            return Err(Error::Refused { message });
        }
        Ok((found, readings))
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
    operation: QueryOperation,
    sensors: Arc<Sensors>,
    hotline: Option<Arc<Hotline>>,
    store: Store,
}

impl QueryTool {
    pub(crate) fn new(
        file: &str,
        spec: Arc<ToolSpec>,
        manifest: &Manifest,
        (sensors, store): (Arc<Sensors>, Store),
        hotline: Option<Arc<Hotline>>,
    ) -> Result<Self, Error> {
        let part = manifest.query.as_ref();
        let operation = part.map_or(QueryOperation::Look, |part| part.operation);
        if operation == QueryOperation::Ask && hotline.is_none() {
            return Err(Error::Data {
                file: file.to_owned(),
                message: "key `query.operation`: words name places, and there is no gazetteer"
                    .to_owned(),
            });
        }
        if manifest.effect != Effect::Read {
            return Err(Error::Data {
                file: file.to_owned(),
                message: "key `effect`: a query has the effect `read`".to_owned(),
            });
        }
        Ok(Self {
            spec,
            operation,
            sensors,
            hotline,
            store,
        })
    }

    async fn looked(&self, task: Task<'_>) -> Result<Output, Error> {
        let arguments = Value::Object(task.arguments.values().clone());
        let query: Query = serde_json::from_value(arguments).map_err(|error| Error::Invalid {
            tool: self.spec.name.clone(),
            message: error.to_string(),
        })?;
        let looked = look(&self.store, &self.sensors, &query).await?;
        Ok(Output {
            evidence: looked.answered.evidence.readings.clone(),
            value: json!(looked),
        })
    }

    async fn asked(&self, task: Task<'_>) -> Result<Output, Error> {
        let text = task.arguments.text("text").unwrap_or_default();
        let places = self.hotline.as_ref().map(|hotline| &hotline.places);
        let places = places.ok_or_else(|| Error::Refused {
            message: "没有地名表，不能按原话查询".to_owned(),
        })?;
        let (understood, looked) =
            ask(&self.store, &self.sensors, places, (text, task.now)).await?;
        Ok(Output {
            evidence: looked
                .as_ref()
                .map(|looked| looked.answered.evidence.readings.clone())
                .unwrap_or_default(),
            value: json!({"understood": understood, "found": looked}),
        })
    }
}

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
    let known = Known {
        kinds: &sensors.kinds,
        places,
        things: &things,
        datastreams: &datastreams,
        holidays: &sensors.holidays,
    };
    let understood = interpret(text, now, &known);
    let looked = match &understood {
        Interpreted::Query(query) => Some(look(store, sensors, query).await?),
        Interpreted::Ask(_) | Interpreted::Unknown(_) | Interpreted::NotAQuestionOfSensors => None,
    };
    Ok((understood, looked))
}

impl Tool for QueryTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn preview<'a>(&'a self, _task: Task<'a>) -> BoxFuture<'a, Result<Preview, Error>> {
        Box::pin(async move {
            Ok(Preview {
                target: "sensors".to_owned(),
                lines: Vec::new(),
            })
        })
    }

    fn invoke<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Output, Error>> {
        Box::pin(async move {
            match self.operation {
                QueryOperation::Look => self.looked(task).await,
                QueryOperation::Ask => self.asked(task).await,
            }
        })
    }

    fn reconcile<'a>(&'a self, _task: Task<'a>) -> BoxFuture<'a, Result<Option<Output>, Error>> {
        Box::pin(async move { Ok(None) })
    }
}
