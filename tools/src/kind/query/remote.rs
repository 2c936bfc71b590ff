//! Sensors of somebody else behind an OGC SensorThings API, read for the same query as our own.
//!
//! What the server calls a thing and what it measures is said in our words by the folder of the tool. An answer that is no
//! SensorThings, or has no end, ends the call.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;
use jiff::Timestamp;
use reqwest::{Client, Url};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::outside::{self, refuse_private};
use crate::error::Error;
use crate::sensor::{Datastream, Kinds, RawReading, Reading, SensorKind, Thing, Unit, accept};
use crate::tool::ToolSpec;

/// Largest page, in bytes.
const LARGEST: usize = 8 << 20;

/// Most pages of one answer.
const PAGES: usize = 400;

/// Entities of a page that are asked for; the server may send fewer.
const TOP: &str = "1000";

/// `[query]` of `tool.toml`: a SensorThings server in place of our own store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QueryPart {
    /// Its service root, such as `https://sensors.example/v1.1`.
    pub url: String,
    /// The host lies in a private network or on this machine.
    #[serde(default)]
    pub private: bool,
    /// Environment variable with the value of the header `Authorization`.
    #[serde(default)]
    pub authorization: Option<String>,
    /// Codes of our kinds, by the names that their ObservedProperties have there. Others are not asked for.
    pub kinds: BTreeMap<String, String>,
    /// Where Things stand, by their names there. Others are not asked for.
    pub places: BTreeMap<String, Standing>,
    /// Seconds between two readings of a Datastream whose `properties` have no `interval_s`.
    #[serde(default = "interval_s")]
    pub interval_s: u32,
}

/// Where a Thing stands, as our list of places has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// The name of the place.
    pub place: String,
    /// Its district.
    pub district: String,
}

fn interval_s() -> u32 {
    600
}

/// A server that is asked.
pub(crate) struct Remote {
    tool: String,
    part: QueryPart,
    url: Url,
    client: Client,
    authorization: Option<String>,
}

impl Remote {
    /// Of a manifest; `environment` reads variables.
    pub(crate) fn new(
        file: &str,
        spec: &ToolSpec,
        part: &QueryPart,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Error> {
        let wrong = |message: String| Error::Data {
            file: file.to_owned(),
            message,
        };
        let url = outside::address("query.url", &part.url, part.private).map_err(wrong)?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong(
                "key `query.url`: write the address up to `/v1.1`".to_owned(),
            ));
        }
        if part.interval_s == 0 {
            return Err(wrong(
                "key `query.interval_s`: must be at least 1".to_owned(),
            ));
        }
        let authorization = match &part.authorization {
            Some(name) => Some(environment(name).ok_or_else(|| {
                wrong(format!(
                    "key `query.authorization`: the environment variable `{name}` is not set"
                ))
            })?),
            None => None,
        };
        let client = outside::client(part.private, spec.timeout).timeout(spec.timeout);
        Ok(Self {
            tool: spec.name.clone(),
            part: part.clone(),
            url,
            client: client.build().map_err(|error| wrong(error.to_string()))?,
            authorization,
        })
    }

    /// Its things and datastreams of a kind, as far as the manifest knows them. Their ids begin with the name of the tool.
    pub(super) async fn network(
        &self,
        kind: &SensorKind,
    ) -> Result<(Vec<Thing>, Vec<Datastream>), Error> {
        let mut url = self.at(&["Datastreams"]);
        url.query_pairs_mut()
            .append_pair("$expand", "Thing,ObservedProperty")
            .append_pair("$orderby", "id")
            .append_pair("$top", TOP);
        let (mut things, mut datastreams) = (Vec::new(), Vec::new());
        self.each(url, |entity| {
            if let Some((thing, datastream)) = self.known(entity, kind)? {
                things.push(thing);
                datastreams.push(datastream);
            }
            Ok(true)
        })
        .await?;
        Ok((things, datastreams))
    }

    /// Readings of a datastream from `from` to before `to`, by time, at most `limit`. What is no plausible reading is left out,
    /// and shows as a gap.
    pub(super) async fn readings(
        &self,
        datastream: &Datastream,
        kinds: &Kinds,
        (from, to): (Timestamp, Timestamp),
        limit: usize,
    ) -> Result<Vec<Reading>, Error> {
        let key = datastream.id.strip_prefix(&self.prefix());
        let key = format!("Datastreams({})", key.unwrap_or(&datastream.id));
        let mut url = self.at(&[&key, "Observations"]);
        let period = format!("phenomenonTime ge {from} and phenomenonTime lt {to}");
        url.query_pairs_mut()
            .append_pair("$filter", &period)
            .append_pair("$orderby", "phenomenonTime asc")
            .append_pair("$select", "phenomenonTime,result")
            .append_pair("$top", TOP);
        let mut readings = Vec::new();
        self.each(url, |entity| {
            readings.extend(observed(entity, datastream, kinds));
            Ok(readings.len() < limit)
        })
        .await?;
        readings.retain(|reading| from <= reading.at && reading.at < to);
        readings.sort_by_key(|reading| reading.at);
        readings.dedup_by_key(|reading| reading.at);
        readings.truncate(limit);
        Ok(readings)
    }

    /// Of their Datastream ours, with its thing; `None` where the manifest does not know it.
    fn known(
        &self,
        entity: &Value,
        kind: &SensorKind,
    ) -> Result<Option<(Thing, Datastream)>, Error> {
        let text = |pointer: &str| entity.pointer(pointer).and_then(Value::as_str);
        let property = text("/ObservedProperty/name").unwrap_or_default();
        if self.part.kinds.get(property) != Some(&kind.code) {
            return Ok(None);
        }
        let name = text("/Thing/name").unwrap_or_default();
        let Some(standing) = self.part.places.get(name) else {
            return Ok(None);
        };
        let symbol = text("/unitOfMeasurement/symbol").unwrap_or_default();
        let unit = Unit::read(symbol).map_err(|error| self.failed(error.to_string()))?;
        let id = entity.get("@iot.id").and_then(key);
        let id = id.ok_or_else(|| self.failed("a Datastream has no `@iot.id`".to_owned()))?;
        let id = format!("{}{id}", self.prefix());
        let interval = entity.pointer("/properties/interval_s");
        let interval = interval.and_then(Value::as_u64);
        let interval = interval
            .and_then(|it| u32::try_from(it).ok())
            .filter(|it| *it > 0);
        let thing = Thing {
            id: format!("{id}/thing"),
            name: name.to_owned(),
            place: standing.place.clone(),
            district: standing.district.clone(),
            longitude: 0.0,
            latitude: 0.0,
        };
        let datastream = Datastream {
            thing: thing.id.clone(),
            id,
            kind: kind.code.clone(),
            unit,
            interval_s: interval.unwrap_or(self.part.interval_s),
        };
        Ok(Some((thing, datastream)))
    }

    fn prefix(&self) -> String {
        format!("{}:", self.tool)
    }

    /// The address of a resource.
    fn at(&self, parts: &[&str]) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(parts);
        }
        url
    }

    /// Hands on each entity of a collection, page after page, until `take` has enough.
    async fn each(
        &self,
        first: Url,
        mut take: impl FnMut(&Value) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let mut seen = BTreeSet::new();
        let mut next = Some(first);
        while let Some(url) = next {
            if !seen.insert(url.to_string()) || seen.len() > PAGES {
                return Err(self.failed("its pages have no end".to_owned()));
            }
            let page = self.page(&url).await?;
            for entity in &page.value {
                if !take(entity)? {
                    return Ok(());
                }
            }
            next = match page.next {
                Some(link) => Some(self.following(&url, &link)?),
                None => None,
            };
        }
        Ok(())
    }

    /// Where the next page is: on the same server.
    fn following(&self, url: &Url, link: &str) -> Result<Url, Error> {
        let next = url.join(link).ok();
        let same = |next: &Url| next.origin() == self.url.origin();
        next.filter(same)
            .ok_or_else(|| self.failed("its next page lies on another server".to_owned()))
    }

    async fn page(&self, url: &Url) -> Result<Page, Error> {
        refuse_private(url, self.part.private).map_err(|message| self.failed(message))?;
        let mut request = self
            .client
            .get(url.clone())
            .header("accept", "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        let response = request.send().await;
        let response = response.map_err(|error| self.unread(&error))?;
        if !response.status().is_success() {
            return Err(self.failed(format!("it answered {}", response.status())));
        }
        let mut bytes = Vec::new();
        let mut body = response.bytes_stream();
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| self.unread(&error))?;
            if bytes.len() + chunk.len() > LARGEST {
                return Err(self.failed(format!("a page is larger than {LARGEST} bytes")));
            }
            bytes.extend_from_slice(&chunk);
        }
        let page = serde_json::from_slice(&bytes);
        page.map_err(|error| self.failed(format!("it does not answer as SensorThings: {error}")))
    }

    fn unread(&self, error: &reqwest::Error) -> Error {
        let mut cause: &dyn std::error::Error = error;
        while let Some(next) = cause.source() {
            cause = next;
        }
        self.failed(cause.to_string())
    }

    fn failed(&self, message: String) -> Error {
        Error::Failed {
            tool: self.tool.clone(),
            message,
        }
    }
}

/// A page, without what we do not use.
#[derive(Deserialize)]
struct Page {
    value: Vec<Value>,
    #[serde(default, rename = "@iot.nextLink")]
    next: Option<String>,
}

/// An id as it stands in addresses.
fn key(id: &Value) -> Option<String> {
    match id {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(format!("'{}'", text.replace('\'', "''"))),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Of their Observation our reading, where it is one. Whether the clocks are right is that server's business.
fn observed(entity: &Value, datastream: &Datastream, kinds: &Kinds) -> Option<Reading> {
    let time = entity.get("phenomenonTime")?.as_str()?;
    let raw = RawReading {
        datastream: datastream.id.clone(),
        // A stretch of time counts from its beginning.
        time: time.split('/').next()?.to_owned(),
        value: entity.get("result")?.as_f64()?,
        unit: None,
    };
    accept(&raw, Some(datastream), kinds, Timestamp::MAX).ok()
}
