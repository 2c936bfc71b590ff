//! Readings that come in while the server runs. [`accept`] is the one way in, whoever brings them: over HTTP or from a broker.
//!
//! It takes each by itself and says what became of it. Files of readings are imported by [`tools::Store::import`], and how
//! readings arrive is known to `http::readings` and [`crate::mqtt`].

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use tools::sensor::{Appended, Datastream, Kinds, RawReading, Reading, Reason, Refusal};

use crate::app::App;
use crate::city;

/// How readings come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// `POST /v1/readings`
    Http,
    /// From a broker.
    Mqtt,
}

/// Something that arrived as a reading.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival {
    /// Where it stands in what arrived: a line, or an index.
    pub place: u64,
    /// The reading as it was sent, or why it is none.
    pub reading: Result<RawReading, Refusal>,
}

/// What became of arrivals. Each is stored, repeated, conflicting or refused.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Accepted {
    /// How many there were.
    pub read: u64,
    /// Stored now.
    pub stored: u64,
    /// Stored before, with the same value.
    pub repeated: u64,
    /// Not stored, since there is another value for the moment.
    pub conflicting: u64,
    /// Not taken, by [`Refusal::code`].
    pub refused: BTreeMap<&'static str, u64>,
    /// Those that are refused or conflicting, by place.
    pub problems: Vec<Problem>,
}

/// An arrival that is not stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Its place.
    pub place: u64,
    /// Why.
    pub reason: Refusal,
}

/// Takes readings in: looks up their datastreams, refuses what is no plausible reading, stores the rest in one transaction.
///
/// # Errors
/// [`tools::Error::Refused`] in a city without sensors; what the store reports. Then nothing of them is stored, and handing
/// them in again is harmless.
pub async fn accept(app: &App, way: Way, arrivals: Vec<Arrival>) -> Result<Accepted, tools::Error> {
    let sensors = app.catalog.sensors.as_ref();
    let sensors = sensors.ok_or_else(|| tools::Error::Refused {
        message: "本市没有传感器，不能接收读数。".to_owned(),
    })?;
    let store = app.toolbox.store();
    let datastreams = store.datastreams_of(&named(&arrivals)).await?;
    let check = Check {
        datastreams: datastreams.iter().map(|it| (it.id.as_str(), it)).collect(),
        kinds: &sensors.kinds,
        now: app.now(),
    };
    let mut accepted = Accepted::default();
    let (mut places, mut readings) = (Vec::new(), Vec::new());
    for Arrival { place, reading } in arrivals {
        accepted.read += 1;
        match reading.and_then(|raw| check.taken(&raw)) {
            Ok(reading) => {
                places.push(place);
                readings.push(reading);
            }
            Err(reason) => accepted.refuse(place, reason),
        }
    }
    if !readings.is_empty() {
        let appended = store.append(&readings).await?;
        accepted.append(&places, appended);
        look(app, &readings).await;
    }
    accepted.problems.sort_by_key(|problem| problem.place);
    app.inflow.count(way, &accepted);
    Ok(accepted)
}

/// Looks at what came in at once. What cannot be looked at now is at the clock's next round, a minute later at most.
async fn look(app: &App, readings: &[Reading]) {
    let Some(watch) = city::watch(app) else {
        return;
    };
    let ids: BTreeSet<&str> = readings.iter().map(|it| it.datastream.as_str()).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    match watch.look_at_ids(&ids, app.now()).await {
        Ok(alerts) => city::tell(&alerts),
        Err(error) => tracing::error!(%error, "sensors: readings could not be looked at"),
    }
}

/// The ids that stand in readings.
fn named(arrivals: &[Arrival]) -> Vec<&str> {
    let ids = arrivals.iter().filter_map(|it| it.reading.as_ref().ok());
    let ids: BTreeSet<&str> = ids.map(|raw| raw.datastream.as_str()).collect();
    ids.into_iter().collect()
}

/// By what a reading is held.
struct Check<'a> {
    datastreams: HashMap<&'a str, &'a Datastream>,
    kinds: &'a Kinds,
    now: Timestamp,
}

impl Check<'_> {
    fn taken(&self, raw: &RawReading) -> Result<Reading, Refusal> {
        let datastream = self.datastreams.get(raw.datastream.as_str()).copied();
        tools::sensor::accept(raw, datastream, self.kinds, self.now).map_err(Refusal::Reading)
    }
}

impl Accepted {
    fn refuse(&mut self, place: u64, reason: Refusal) {
        *self.refused.entry(reason.code()).or_default() += 1;
        self.problems.push(Problem { place, reason });
    }

    /// `places` are those of the readings that were handed to the store.
    fn append(&mut self, places: &[u64], appended: Appended) {
        self.stored += number(appended.new);
        self.repeated += number(appended.repeated);
        self.conflicting += number(appended.conflicting.len());
        for conflict in appended.conflicting {
            let reason = Reason::Conflicting {
                datastream: conflict.reading.datastream,
                at: conflict.reading.at,
                stored: conflict.stored,
                value: conflict.reading.value,
            };
            self.problems.push(Problem {
                place: places.get(conflict.index).copied().unwrap_or_default(),
                reason: Refusal::Reading(reason),
            });
        }
    }
}

/// How it stands with the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrokerState {
    /// Messages come.
    Connected,
    /// It cannot be reached, or not yet.
    Disconnected,
    /// It is there, but what it sends cannot be stored; nothing is acknowledged until it can.
    HeldUp,
}

impl BrokerState {
    /// Its name in data.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Disconnected => "disconnected",
            Self::HeldUp => "held_up",
        }
    }
}

/// What became of readings since the start, and how it stands with the broker; for `/metrics` and `/readyz`.
#[derive(Debug, Default)]
pub struct Inflow {
    http: Counts,
    mqtt: Counts,
    broker: Mutex<Option<BrokerState>>,
}

#[derive(Debug, Default)]
struct Counts {
    stored: AtomicU64,
    repeated: AtomicU64,
    conflicting: AtomicU64,
    refused: AtomicU64,
}

impl Inflow {
    /// Way, what became of them, how many.
    pub fn counts(&self) -> Vec<(&'static str, &'static str, u64)> {
        let of = |way, counts: &Counts| {
            [
                (way, "stored", counts.stored.load(Ordering::Relaxed)),
                (way, "repeated", counts.repeated.load(Ordering::Relaxed)),
                (
                    way,
                    "conflicting",
                    counts.conflicting.load(Ordering::Relaxed),
                ),
                (way, "refused", counts.refused.load(Ordering::Relaxed)),
            ]
        };
        [of("http", &self.http), of("mqtt", &self.mqtt)].concat()
    }

    /// How it stands with the broker; `None` where there is none.
    pub fn broker(&self) -> Option<BrokerState> {
        *self.broker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes how it stands with the broker.
    pub fn set_broker(&self, state: BrokerState) {
        *self.broker.lock().unwrap_or_else(PoisonError::into_inner) = Some(state);
    }

    fn count(&self, way: Way, accepted: &Accepted) {
        let counts = match way {
            Way::Http => &self.http,
            Way::Mqtt => &self.mqtt,
        };
        let add = |counter: &AtomicU64, count| counter.fetch_add(count, Ordering::Relaxed);
        add(&counts.stored, accepted.stored);
        add(&counts.repeated, accepted.repeated);
        add(&counts.conflicting, accepted.conflicting);
        add(&counts.refused, accepted.refused.values().sum());
    }
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
