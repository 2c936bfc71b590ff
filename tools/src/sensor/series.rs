//! Readings of a place as one series: the sensors joined, the gaps named, the whole cut into buckets for a chart.
//!
//! The readings of a single datastream are taken as they are. Those of several are brought together by the nearest multiple of
//! the longest of their intervals, counted from the beginning of the period, and joined as the kind says. No value is made up
//! where there is none.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::answer::Gap;
use super::kind::{Join, SensorKind};
use super::query::Period;
use super::reading::Reading;
use super::thing::Datastream;

/// One value of a place.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// When it was measured; of several readings the last, or the one that counts.
    pub at: Timestamp,
    /// In the unit of the kind.
    pub value: f64,
}

/// What lies within a stretch of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    /// Its first moment.
    pub at: Timestamp,
    /// Mean of its points.
    pub mean: f64,
    /// The smallest of its points.
    pub min: f64,
    /// The largest of its points.
    pub max: f64,
    /// How many points it has, at least one.
    pub count: usize,
}

/// The values of a place in a period, in order of time. Readings of other datastreams or times are passed over.
pub fn points(
    kind: &SensorKind,
    datastreams: &[Datastream],
    readings: &[Reading],
    period: &Period,
) -> Vec<Point> {
    let held = held(datastreams, readings, period);
    let interval = datastreams.iter().map(seconds).max().unwrap_or(1);
    if datastreams.len() < 2 {
        return held.into_iter().map(point).collect();
    }
    let mut slots: BTreeMap<i64, Vec<&Reading>> = BTreeMap::new();
    for reading in held {
        let seconds = reading.at.duration_since(period.from).as_secs();
        let slot = (seconds + interval / 2) / interval;
        slots.entry(slot).or_default().push(reading);
    }
    let joined = slots.values();
    let mut points: Vec<Point> = joined
        .filter_map(|slot| join(kind.join, datastreams.len(), slot))
        .collect();
    points.sort_by_key(|point| point.at);
    points
}

/// The points of a period in `buckets` stretches of equal length. A stretch without points is left out.
pub fn series(points: &[Point], period: &Period, buckets: usize) -> Vec<Bucket> {
    let whole = period.to.duration_since(period.from).as_millis();
    let count = i128::try_from(buckets).unwrap_or(i128::MAX);
    if whole <= 0 || count == 0 {
        return Vec::new();
    }
    let mut filled: BTreeMap<i128, Vec<f64>> = BTreeMap::new();
    for point in points.iter().filter(|point| period.holds(point.at)) {
        let passed = point.at.duration_since(period.from).as_millis();
        let at = passed.saturating_mul(count) / whole;
        filled.entry(at).or_default().push(point.value);
    }
    let bucket = |(at, values): (i128, Vec<f64>)| {
        let passed = i64::try_from(at * whole / count).unwrap_or(i64::MAX);
        let at = period
            .from
            .saturating_add(SignedDuration::from_millis(passed));
        Bucket {
            at: at.unwrap_or(period.to),
            mean: mean(&values),
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            count: values.len(),
        }
    };
    filled.into_iter().map(bucket).collect()
}

/// The readings of these datastreams in a period, in order of time.
pub(super) fn held<'a>(
    datastreams: &[Datastream],
    readings: &'a [Reading],
    period: &Period,
) -> Vec<&'a Reading> {
    let ours = |id: &str| datastreams.iter().any(|it| it.id == id);
    let mut held: Vec<&Reading> = readings
        .iter()
        .filter(|reading| period.holds(reading.at) && ours(&reading.datastream))
        .collect();
    // The store brings them sorted, which costs nothing then.
    held.sort_by_key(|reading| reading.at);
    held
}

/// The last reading of each datastream, on the end of the period at the latest, without those that are more than three intervals
/// older than the newest. `None` for a sum of which a part is missing.
pub(super) fn latest<'a>(
    kind: &SensorKind,
    datastreams: &[Datastream],
    readings: &'a [Reading],
    period: &Period,
) -> Option<(Point, Vec<&'a Reading>)> {
    let last = |datastream: &Datastream| {
        readings
            .iter()
            .filter(|it| it.datastream == datastream.id)
            .filter(|it| period.from <= it.at && it.at <= period.to)
            .max_by_key(|it| it.at)
    };
    let mut all: Vec<&Reading> = datastreams.iter().filter_map(last).collect();
    let newest = all.iter().map(|reading| reading.at).max()?;
    let interval = datastreams.iter().map(seconds).max()?;
    all.retain(|reading| newest.duration_since(reading.at).as_secs() <= 3 * interval);
    let point = join(kind.join, datastreams.len(), &all)?;
    Some((point, all))
}

/// The stretches of a period in which a datastream is silent: from where the next reading was due up to where it came. Up to half an
/// interval late is none. `times` are in order and lie within the period.
pub(super) fn gaps(datastream: &Datastream, times: &[Timestamp], period: &Period) -> Vec<Gap> {
    let interval = SignedDuration::from_secs(seconds(datastream));
    let allowed = SignedDuration::from_millis(seconds(datastream) * 1500);
    let mut gaps = Vec::new();
    let mut due = period.from;
    let mut before = period.from;
    for at in times.iter().copied().chain([period.to]) {
        if at.duration_since(before) > allowed || (times.is_empty() && before < at) {
            gaps.push(Gap {
                datastream: datastream.id.clone(),
                from: due,
                to: at,
            });
        }
        before = at;
        due = at.saturating_add(interval).unwrap_or(Timestamp::MAX);
    }
    gaps
}

/// Seconds between two readings, at least one.
pub(super) fn seconds(datastream: &Datastream) -> i64 {
    i64::from(datastream.interval_s.max(1))
}

/// The mean of values that are at least one.
pub(super) fn mean(values: &[f64]) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 readings")]
    let count = values.len() as f64;
    values.iter().sum::<f64>() / count
}

fn point(reading: &Reading) -> Point {
    Point {
        at: reading.at,
        value: reading.value,
    }
}

/// Readings of one moment as one value. `None` if there are none, or parts of a sum are missing.
fn join(join: Join, datastreams: usize, readings: &[&Reading]) -> Option<Point> {
    let last = readings.iter().max_by_key(|reading| reading.at)?;
    let at = last.at;
    match join {
        Join::Highest => {
            let order = |a: &&&Reading, b: &&&Reading| a.value.total_cmp(&b.value);
            readings.iter().max_by(order).map(|it| point(it))
        }
        Join::Lowest => {
            let order = |a: &&&Reading, b: &&&Reading| a.value.total_cmp(&b.value);
            readings.iter().min_by(order).map(|it| point(it))
        }
        Join::Mean => {
            let values: Vec<f64> = readings.iter().map(|reading| reading.value).collect();
            let value = mean(&values);
            Some(Point { at, value })
        }
        Join::Sum => {
            // Of two readings of one sensor the later one counts.
            let parts: BTreeMap<&str, f64> = readings
                .iter()
                .map(|reading| (reading.datastream.as_str(), reading.value))
                .collect();
            let value = parts.values().sum();
            (parts.len() == datastreams).then_some(Point { at, value })
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
