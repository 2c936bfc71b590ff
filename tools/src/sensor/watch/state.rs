//! What is remembered of one datastream under one rule. It is all there is to keep between restarts; what follows from
//! the next input is in [`super::step()`].

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::level::{Level, Notice};
use super::rule::Side;

/// How many readings an event names at most.
pub const NAMED: usize = 12;

/// What is remembered of one datastream under one rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Id of the datastream.
    pub datastream: String,
    /// The latest reading.
    pub last: Option<Point>,
    /// By level, the readings that reach its limit without a break, up to the last.
    pub runs: BTreeMap<Level, Trace>,
    /// What is raised.
    pub alarm: Option<Alarm>,
    /// What was cleared last.
    pub cleared: Option<Cleared>,
    /// The gravest of which it was noted, in this run, that it was suppressed.
    pub suppressed: Option<Level>,
    /// The readings with the value of the last, up to the last.
    pub same: Option<Trace>,
    /// The device is reported as stuck.
    pub stuck: bool,
    /// The device is reported as missing.
    pub missing: bool,
    /// The first tick: since when a device that has never sent is awaited.
    pub watched_since: Option<Timestamp>,
    /// Readings that changed nothing.
    pub discarded: Discarded,
}

/// What is raised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    /// How grave it is.
    pub level: Level,
    /// How grave it was at most.
    pub peak: Level,
    /// The readings since its limit was reached.
    pub trace: Trace,
    /// Somebody has seen it as grave as it is.
    pub acknowledged: bool,
    /// Since when an acknowledgement is awaited.
    pub waiting_since: Timestamp,
    /// How often others had to hear of it since then.
    pub waited: u8,
    /// Who has heard of it.
    pub notice: Notice,
}

/// What was cleared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cleared {
    /// When.
    pub at: Timestamp,
    /// How grave it was at most.
    pub peak: Level,
}

/// How many readings changed nothing, and why.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Discarded {
    /// Older than the last.
    pub late: u64,
    /// Of the same time as the last; the first that came counts.
    pub repeated: u64,
    /// Not a number, or of another datastream.
    pub unusable: u64,
}

/// A value at a time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// When.
    pub at: Timestamp,
    /// How much.
    #[serde(with = "exact")]
    pub value: f64,
}

/// Readings in a row, of which not all are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// The first.
    pub first: Point,
    /// The first of the most extreme.
    pub extreme: Point,
    /// The last.
    pub last: Point,
    /// The earliest of the others.
    pub others: Vec<Point>,
    /// How many there were.
    pub count: u32,
}

impl State {
    /// Of a datastream of which nothing is known.
    pub fn new(datastream: impl Into<String>) -> Self {
        Self {
            datastream: datastream.into(),
            last: None,
            runs: BTreeMap::new(),
            alarm: None,
            cleared: None,
            suppressed: None,
            same: None,
            stuck: false,
            missing: false,
            watched_since: None,
            discarded: Discarded::default(),
        }
    }
}

impl Trace {
    /// Of one reading.
    pub fn new(point: Point) -> Self {
        Self {
            first: point,
            extreme: point,
            last: point,
            others: Vec::new(),
            count: 1,
        }
    }

    /// Adds a later reading. Without a side, none is more extreme than the first.
    pub fn push(&mut self, point: Point, side: Option<Side>) {
        if side.is_some_and(|side| side.is_worse(point.value, self.extreme.value)) {
            self.extreme = point;
        }
        // Three places are for the first, the most extreme and the last.
        if self.others.len() < NAMED - 3 {
            self.others.push(point);
        }
        self.last = point;
        self.count = self.count.saturating_add(1);
    }

    /// Those that are kept, by time.
    pub fn points(&self) -> Vec<Point> {
        let mut points = vec![self.first, self.extreme, self.last];
        points.extend(&self.others);
        points.sort_by_key(|point| point.at);
        points.dedup_by_key(|point| point.at);
        points
    }
}

/// The id by which a reading is cited.
pub fn reading_id(datastream: &str, at: Timestamp) -> String {
    format!("reading:{datastream}@{at}")
}

/// A number as text: the shortest that reads back as the same number. Readers of JSON may be off by the last bit, and
/// then a stuck device would look alive after a restart.
mod exact {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("{value:?}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        let text = String::deserialize(from)?;
        let value: f64 = text.parse().map_err(D::Error::custom)?;
        let is_number = value.is_finite();
        let refused = || D::Error::custom(format!("`{text}` is not a finite number"));
        is_number.then_some(value).ok_or_else(refused)
    }
}
