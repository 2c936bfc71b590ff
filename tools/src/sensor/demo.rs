//! Readings of the demo city, made up: daily and weekly shapes with noise, and faults planted where `network.toml` says.
//!
//! The same network, seed, end and number of days give the same readings. It is a source of data for demonstrations and
//! tests, and no model of weather or of people: between its bounds each curve is as plausible as it has to be to look at.

pub mod network;
mod random;
mod shape;

use std::f64::consts::PI;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

pub use network::{Network, Plant, Stream, Window};

use super::reading::Reading;
use super::unit::Unit;
use crate::zone;

/// What a device sends.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// Id of the datastream.
    pub datastream: String,
    /// When it was so.
    pub at: Timestamp,
    /// How much, in `unit`.
    pub value: f64,
    /// The unit which the device says it sends.
    pub unit: Unit,
}

/// Readings of the `days` before `end`, that included, by time: in the unit of their kind, as the devices declare it.
pub fn generate(
    network: &Network,
    seed: u64,
    end: Timestamp,
    days: u32,
) -> impl Iterator<Item = Reading> + '_ {
    numbers(network, seed, end, days).map(|(stream, at, value)| {
        let unit = stream.datastream.unit;
        Reading {
            datastream: stream.datastream.id.clone(),
            at,
            value: stream.kind.convert(value, unit).unwrap_or(value),
            unit: None,
        }
    })
}

/// The same readings as the devices send them.
pub fn send(
    network: &Network,
    seed: u64,
    end: Timestamp,
    days: u32,
) -> impl Iterator<Item = Sent> + '_ {
    numbers(network, seed, end, days).map(|(stream, at, value)| Sent {
        datastream: stream.datastream.id.clone(),
        at,
        value,
        unit: stream.datastream.unit,
    })
}

fn numbers(
    network: &Network,
    seed: u64,
    end: Timestamp,
    days: u32,
) -> impl Iterator<Item = (&Stream, Timestamp, f64)> + '_ {
    let pace = i64::from(network.pace_s());
    let last = end.as_second().div_euclid(pace);
    let slots = i64::from(days) * 86_400 / pace;
    let zone = zone();
    (last - slots + 1..=last).flat_map(move |slot| {
        let second = slot * pace;
        let due = move |stream: &&Stream| second % stream.interval() == 0;
        let city = City {
            seed,
            end,
            zone: zone.clone(),
        };
        let streams = network.streams.iter().filter(due);
        streams.filter_map(move |stream| {
            let at = Timestamp::from_second(second).ok()?;
            let value = city.value(stream, at)?;
            Some((stream, at, city.as_sent(stream, value)))
        })
    })
}

struct City {
    seed: u64,
    end: Timestamp,
    zone: TimeZone,
}

impl City {
    /// In the unit of the kind; `None` while nothing is sent.
    fn value(&self, stream: &Stream, at: Timestamp) -> Option<f64> {
        let ordinary = self.ordinary(stream, at);
        let within = |window: &Window| window.contains(self.end, at);
        for plant in &stream.plants {
            match plant {
                Plant::Missing(window) if within(window) => return None,
                Plant::Stuck(window) if within(window) => {
                    let interval = stream.interval();
                    let from = window.from(self.end).as_second();
                    let first = from + (-from).rem_euclid(interval);
                    let first = Timestamp::from_second(first).unwrap_or(at);
                    return Some(self.ordinary(stream, first));
                }
                Plant::Over { value, window } | Plant::Under { value, window }
                    if within(window) =>
                {
                    let share = plateau(window.share(self.end, at));
                    return Some(ordinary + (value - ordinary) * share);
                }
                Plant::Flapping { value, window } if within(window) => {
                    let index = at.as_second() / stream.interval();
                    return Some(if index % 3 == 0 { *value } else { ordinary });
                }
                Plant::Missing(_)
                | Plant::Stuck(_)
                | Plant::Over { .. }
                | Plant::Under { .. }
                | Plant::Flapping { .. }
                | Plant::WrongUnit { .. } => {}
            }
        }
        Some(ordinary)
    }

    /// Without what is planted: between the bounds of the stream.
    fn ordinary(&self, stream: &Stream, at: Timestamp) -> f64 {
        let local = at.to_zoned(self.zone.clone()).datetime();
        let share = stream.shape.share(self.seed, local);
        if share == 0.0 && stream.shape.is_at_rest() {
            return stream.low;
        }
        let place = random::of_text(&stream.datastream.id);
        let noise = random::unit(self.seed ^ place, at.as_second()) * 0.2 - 0.1;
        let share = (share + noise).clamp(0.0, 1.0);
        stream.low + (stream.high - stream.low) * share
    }

    /// In the unit of the device, with the digits that it sends.
    fn as_sent(&self, stream: &Stream, value: f64) -> f64 {
        let kind = &stream.kind;
        let unit = stream.sends();
        let sent = kind.unit.convert(value, unit, kind.molar_mass);
        let value = sent.unwrap_or(value);
        // Whole numbers where the kind has them; in another unit enough digits that noise is still seen.
        let is_whole = kind.decimals == 0 && unit == kind.unit;
        let scale = if is_whole { 1.0 } else { 10_000.0 };
        (value * scale).round() / scale
    }
}

/// Up, along and down again, by the share of the time that has passed.
fn plateau(share: f64) -> f64 {
    (3.0 * (PI * share).sin()).clamp(0.0, 1.0)
}

impl Window {
    /// Its beginning.
    pub fn from(&self, end: Timestamp) -> Timestamp {
        let before = SignedDuration::from_hours(i64::from(self.hours_before));
        end.saturating_sub(before).unwrap_or(Timestamp::MIN)
    }

    /// Its end, which does not belong to it.
    pub fn to(&self, end: Timestamp) -> Timestamp {
        let minutes = SignedDuration::from_mins(i64::from(self.minutes));
        let from = self.from(end);
        from.saturating_add(minutes).unwrap_or(Timestamp::MAX)
    }

    fn contains(&self, end: Timestamp, at: Timestamp) -> bool {
        (self.from(end)..self.to(end)).contains(&at)
    }

    fn share(&self, end: Timestamp, at: Timestamp) -> f64 {
        let passed = at.duration_since(self.from(end)).as_secs_f64();
        passed / (f64::from(self.minutes) * 60.0)
    }
}

#[cfg(test)]
mod tests;
