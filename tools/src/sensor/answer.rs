//! The number that answers a question, with all that it rests on. Without readings there is no number.
//!
//! Of several sensors at one place the joined series counts (see [`super::series`]); how many sensors stand behind a number is
//! always said.

mod sentence;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::kind::SensorKind;
use super::query::{Aggregate, Compare, Period, Query};
use super::reading::Reading;
use super::series::{Point, gaps, held, latest, mean, points, seconds};
use super::thing::Datastream;

/// At most so many readings are named as evidence; the total is given beside them.
const MOST_EVIDENCE: usize = 2000;

/// What is known of one place and period.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    /// The datastreams of the kind at the place.
    pub datastreams: &'a [Datastream],
    /// Their readings, in order of time.
    pub readings: &'a [Reading],
}

/// An answer in numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// The number; `None` where no reading gives one.
    pub value: Option<f64>,
    /// Its unit, as it is written; 条 for a number of readings.
    pub unit: String,
    /// The beginning of the period.
    pub from: Timestamp,
    /// The end of the period.
    pub to: Timestamp,
    /// How many readings the number rests on.
    pub points: usize,
    /// How many there would be without gaps; for the latest value, one of each sensor.
    pub expected: usize,
    /// How many sensors of the kind are at the place.
    pub sensors: usize,
    /// Where sensors were silent; for the latest value, those that have none at all.
    pub gaps: Vec<Gap>,
    /// When the largest, smallest or latest value was measured.
    pub at: Option<Timestamp>,
    /// How often the value was crossed, successive readings counted once; only for above and below.
    pub runs: Option<usize>,
    /// The other side, where a comparison was asked for.
    pub compared: Option<Compared>,
    /// The readings it rests on.
    pub evidence: Evidence,
    /// Whether the last reading is more than three intervals older than the end.
    pub stale: bool,
}

/// The other side of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// The period or the place, as it is called.
    pub name: String,
    /// Its number; `None` where no reading gives one.
    pub value: Option<f64>,
    /// How many readings it rests on.
    pub points: usize,
    /// Whether its last reading is more than three intervals older than its end.
    pub stale: bool,
    /// By how much the answer is larger.
    pub difference: Option<f64>,
    /// The same in percent of the other; `None` where zero is no origin, as with ℃ and dB, or the other is zero.
    pub percent: Option<f64>,
    /// The readings it rests on.
    pub evidence: Evidence,
}

/// Readings by their names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The first ones, at most 2000.
    pub readings: Vec<String>,
    /// How many there are in all.
    pub total: usize,
}

/// A stretch of time in which a datastream is silent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Its id.
    pub datastream: String,
    /// When the first missing reading was due.
    pub from: Timestamp,
    /// When it spoke again, or the end of the period.
    pub to: Timestamp,
}

/// Computes the answer. `other` is what the query compares with: the same datastreams in the other period, or the other place.
pub fn answer(
    query: &Query,
    kind: &SensorKind,
    sample: Sample<'_>,
    other: Option<Sample<'_>>,
) -> Answered {
    let mut answered = one(query.aggregate, &query.period, kind, sample);
    if let (Some(compare), Some(other)) = (&query.compare, other) {
        answered.compared = Some(compared(query, compare, kind, answered.value, other));
    }
    answered
}

/// One side of an answer.
fn one(aggregate: Aggregate, period: &Period, kind: &SensorKind, sample: Sample<'_>) -> Answered {
    let Sample {
        datastreams,
        readings,
    } = sample;
    let mut held = held(datastreams, readings, period);
    let mut found = Found::default();
    let mut expected = datastreams.iter().map(|it| expected_of(it, period)).sum();
    let mut gaps = silences(datastreams, &held, period);
    if aggregate == Aggregate::Latest {
        gaps.retain(|gap| gap.from <= period.from && gap.to >= period.to);
        expected = datastreams.len();
        held.clear();
        if let Some((point, used)) = latest(kind, datastreams, readings, period) {
            found = Found::at(point);
            // On the end itself a reading fills what was a gap.
            gaps.retain(|gap| used.iter().all(|it| it.datastream != gap.datastream));
            held = used;
        }
    } else {
        let points = points(kind, datastreams, readings, period);
        found = aggregated(aggregate, &points);
    }
    let interval = datastreams.iter().map(seconds).max().unwrap_or(1);
    let last = held.iter().map(|reading| reading.at).max();
    let unit = match aggregate {
        Aggregate::Count | Aggregate::Above(_) | Aggregate::Below(_) => "条",
        Aggregate::Latest | Aggregate::Mean | Aggregate::Max | Aggregate::Min | Aggregate::Sum => {
            kind.unit.name()
        }
    };
    Answered {
        value: found.value,
        unit: unit.to_owned(),
        from: period.from,
        to: period.to,
        points: held.len(),
        expected,
        sensors: datastreams.len(),
        gaps,
        at: found.at,
        runs: found.runs,
        compared: None,
        evidence: Evidence {
            readings: held
                .iter()
                .take(MOST_EVIDENCE)
                .map(|reading| reading.evidence())
                .collect(),
            total: held.len(),
        },
        stale: last.is_some_and(|at| period.to.duration_since(at).as_secs() > 3 * interval),
    }
}

/// A number out of points.
#[derive(Default)]
struct Found {
    value: Option<f64>,
    at: Option<Timestamp>,
    runs: Option<usize>,
}

impl Found {
    fn at(point: Point) -> Self {
        Self {
            value: Some(point.value),
            at: Some(point.at),
            runs: None,
        }
    }

    fn value(value: f64) -> Self {
        Self {
            value: Some(value),
            ..Self::default()
        }
    }
}

fn aggregated(aggregate: Aggregate, points: &[Point]) -> Found {
    let values: Vec<f64> = points.iter().map(|point| point.value).collect();
    if points.is_empty() {
        return Found::default();
    }
    // Of equal values the first counts.
    let first = |found: Option<&Point>| found.copied().map(Found::at).unwrap_or_default();
    match aggregate {
        Aggregate::Latest => first(points.last()),
        Aggregate::Mean => Found::value(mean(&values)),
        Aggregate::Max => first(
            points
                .iter()
                .rev()
                .max_by(|a, b| a.value.total_cmp(&b.value)),
        ),
        Aggregate::Min => first(points.iter().min_by(|a, b| a.value.total_cmp(&b.value))),
        Aggregate::Sum => Found::value(values.iter().sum()),
        Aggregate::Count => Found::value(number(points.len())),
        Aggregate::Above(limit) => crossing(points, |value| value > limit),
        Aggregate::Below(limit) => crossing(points, |value| value < limit),
    }
}

/// How many points are across a limit, in how many runs, and when the first one was.
fn crossing(points: &[Point], across: impl Fn(f64) -> bool) -> Found {
    let (mut count, mut runs, mut at, mut before) = (0, 0, None, false);
    for point in points {
        let now = across(point.value);
        count += usize::from(now);
        runs += usize::from(now && !before);
        at = at.or(now.then_some(point.at));
        before = now;
    }
    Found {
        value: Some(number(count)),
        at,
        runs: Some(runs),
    }
}

fn silences(datastreams: &[Datastream], held: &[&Reading], period: &Period) -> Vec<Gap> {
    let mut all: Vec<Gap> = Vec::new();
    for datastream in datastreams {
        let own = held.iter().filter(|it| it.datastream == datastream.id);
        let times: Vec<Timestamp> = own.map(|it| it.at).collect();
        all.extend(gaps(datastream, &times, period));
    }
    all.sort_by_key(|gap| gap.from);
    all
}

/// How many readings a datastream makes in a period whose beginning is one of its moments.
fn expected_of(datastream: &Datastream, period: &Period) -> usize {
    let interval = seconds(datastream);
    let length = period.to.duration_since(period.from).as_secs().max(0);
    usize::try_from((length + interval - 1) / interval).unwrap_or(0)
}

fn compared(
    query: &Query,
    compare: &Compare,
    kind: &SensorKind,
    value: Option<f64>,
    other: Sample<'_>,
) -> Compared {
    let (period, name) = match compare {
        Compare::Period(period) => (period, query.aggregate.describe_period(period)),
        Compare::Place(place) => (&query.period, place.name().to_owned()),
    };
    let other = one(query.aggregate, period, kind, other);
    let difference = value.zip(other.value).map(|(own, other)| own - other);
    // A count has an origin, whatever is counted.
    let counts = other.unit != kind.unit.name();
    let percent = difference
        .zip(other.value)
        .filter(|(_, other)| *other != 0.0 && (counts || kind.has_origin()))
        .map(|(difference, other)| difference / other * 100.0);
    Compared {
        name,
        value: other.value,
        points: other.points,
        stale: other.stale,
        difference,
        percent,
        evidence: other.evidence,
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 readings")]
fn number(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
