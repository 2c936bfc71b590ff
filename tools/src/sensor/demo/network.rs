//! The network of the demo city: which devices stand where, what they send, and what is planted in it.

use std::collections::BTreeSet;

use serde::Deserialize;
use toml::Spanned;

use super::shape::Shape;
use crate::sensor::kind::SensorKind;
use crate::sensor::thing::{Datastream, Thing};
use crate::sensor::unit::Unit;
use crate::sensor::watch::error::Error;
use crate::sensor::watch::file::Source;

/// Things and what they measure.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// In the order of the file.
    pub things: Vec<Thing>,
    /// In the order of the file.
    pub streams: Vec<Stream>,
}

/// A datastream, and how its readings are made up.
#[derive(Debug, Clone, PartialEq)]
pub struct Stream {
    /// The datastream.
    pub datastream: Datastream,
    /// Its kind.
    pub kind: SensorKind,
    /// How it goes through the day and the week.
    pub shape: Shape,
    /// Least ordinary value, in the unit of the kind.
    pub low: f64,
    /// Greatest ordinary value, in the unit of the kind.
    pub high: f64,
    /// What is not ordinary.
    pub plants: Vec<Plant>,
}

/// Something that is not ordinary. Values are in the unit of the kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Plant {
    /// A peak up to a value.
    Over {
        /// The value.
        value: f64,
        /// When.
        window: Window,
    },
    /// A dip down to a value.
    Under {
        /// The value.
        value: f64,
        /// When.
        window: Window,
    },
    /// Every third reading is this value, the others are ordinary.
    Flapping {
        /// The value.
        value: f64,
        /// When.
        window: Window,
    },
    /// The value does not move.
    Stuck(Window),
    /// Nothing is sent.
    Missing(Window),
    /// The device sends another unit than it says, always.
    WrongUnit {
        /// The unit that it sends.
        sends: Unit,
    },
}

/// A time before the end of what is generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// How many hours before the end it begins.
    pub hours_before: u32,
    /// How long it is.
    pub minutes: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    thing: Vec<RawThing>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawThing {
    id: Spanned<String>,
    name: String,
    place: String,
    district: String,
    longitude: Spanned<f64>,
    latitude: Spanned<f64>,
    datastreams: Vec<RawStream>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStream {
    id: Spanned<String>,
    kind: Spanned<String>,
    unit: Spanned<String>,
    interval_s: Spanned<u32>,
    shape: Shape,
    low: f64,
    high: Spanned<f64>,
    #[serde(default)]
    plants: Vec<Spanned<RawPlant>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum RawPlant {
    Over {
        value: f64,
        hours_before: u32,
        minutes: u32,
    },
    Under {
        value: f64,
        hours_before: u32,
        minutes: u32,
    },
    Flapping {
        value: f64,
        hours_before: u32,
        minutes: u32,
    },
    Stuck {
        hours_before: u32,
        minutes: u32,
    },
    Missing {
        hours_before: u32,
        minutes: u32,
    },
    WrongUnit {
        sends: String,
    },
}

impl Network {
    /// Reads a network; `file` is its name for messages.
    ///
    /// # Errors
    ///
    /// [`Error::Data`] with line, thing and key: unknown keys, a kind that does not exist, a unit that does not convert to
    /// that of the kind, bounds out of order, an interval that is not whole minutes, an id given twice.
    pub fn parse(file: &str, text: &str, kinds: &[SensorKind]) -> Result<Self, Error> {
        let source = Source { file, text };
        let file: File = source.read()?;
        let mut ids = BTreeSet::new();
        let mut network = Self {
            things: Vec::new(),
            streams: Vec::new(),
        };
        for raw in &file.thing {
            let streams = raw.datastreams.iter();
            for id in std::iter::once(&raw.id).chain(streams.map(|stream| &stream.id)) {
                if !ids.insert(id.get_ref().clone()) {
                    return Err(source.wrong(id, "id", "is given twice"));
                }
            }
            network.things.push(thing(source, raw)?);
            for stream in &raw.datastreams {
                let reader = Reader { source, kinds };
                network.streams.push(reader.stream(raw, stream)?);
            }
        }
        Ok(network)
    }

    /// A thing by the id of one of its datastreams.
    pub fn thing_of(&self, datastream: &str) -> Option<&Thing> {
        let mut streams = self.streams.iter();
        let stream = streams.find(|stream| stream.datastream.id == datastream)?;
        let mut things = self.things.iter();
        things.find(|thing| thing.id == stream.datastream.thing)
    }

    /// The greatest step, in seconds, that meets every reading.
    pub(super) fn pace_s(&self) -> u32 {
        let intervals = self.streams.iter().map(|it| it.datastream.interval_s);
        intervals.reduce(common_divisor).unwrap_or(3600)
    }
}

impl Stream {
    pub(super) fn interval(&self) -> i64 {
        i64::from(self.datastream.interval_s)
    }

    /// The unit that is sent, whatever is said.
    pub(super) fn sends(&self) -> Unit {
        let wrong = self.plants.iter().find_map(|plant| match plant {
            Plant::WrongUnit { sends } => Some(*sends),
            Plant::Over { .. }
            | Plant::Under { .. }
            | Plant::Flapping { .. }
            | Plant::Stuck(_)
            | Plant::Missing(_) => None,
        });
        wrong.unwrap_or(self.datastream.unit)
    }
}

impl Plant {
    /// When; `None` for always.
    pub fn window(&self) -> Option<Window> {
        match self {
            Self::Over { window, .. }
            | Self::Under { window, .. }
            | Self::Flapping { window, .. }
            | Self::Stuck(window)
            | Self::Missing(window) => Some(*window),
            Self::WrongUnit { .. } => None,
        }
    }
}

fn common_divisor(left: u32, right: u32) -> u32 {
    if right == 0 {
        left
    } else {
        common_divisor(right, left % right)
    }
}

fn thing(source: Source<'_>, raw: &RawThing) -> Result<Thing, Error> {
    let (longitude, latitude) = (*raw.longitude.get_ref(), *raw.latitude.get_ref());
    if !(-180.0..=180.0).contains(&longitude) {
        return Err(source.wrong(&raw.longitude, "longitude", "is not on Earth"));
    }
    if !(-90.0..=90.0).contains(&latitude) {
        return Err(source.wrong(&raw.latitude, "latitude", "is not on Earth"));
    }
    Ok(Thing {
        id: raw.id.get_ref().clone(),
        name: raw.name.clone(),
        place: raw.place.clone(),
        district: raw.district.clone(),
        longitude,
        latitude,
    })
}

struct Reader<'a> {
    source: Source<'a>,
    kinds: &'a [SensorKind],
}

impl Reader<'_> {
    fn stream(&self, thing: &RawThing, raw: &RawStream) -> Result<Stream, Error> {
        let wrong_kind = || {
            self.source
                .wrong(&raw.kind, "kind", "is not one of `kinds.toml`")
        };
        let mut kinds = self.kinds.iter();
        let kind = kinds.find(|kind| kind.code == *raw.kind.get_ref());
        let kind = kind.ok_or_else(wrong_kind)?;
        let unit = self.unit(&raw.unit, raw.unit.get_ref(), kind)?;
        let interval_s = *raw.interval_s.get_ref();
        if interval_s == 0 || !interval_s.is_multiple_of(60) || interval_s > 86_400 {
            let message = "has to be whole minutes, at most a day";
            return Err(self.source.wrong(&raw.interval_s, "interval_s", message));
        }
        let (low, high) = (raw.low, *raw.high.get_ref());
        if !(low.is_finite() && high.is_finite() && low < high) {
            return Err(self
                .source
                .wrong(&raw.high, "high", "has to be above `low`"));
        }
        let plants = raw.plants.iter().map(|plant| self.plant(plant, kind));
        Ok(Stream {
            datastream: Datastream {
                id: raw.id.get_ref().clone(),
                thing: thing.id.get_ref().clone(),
                kind: kind.code.clone(),
                unit,
                interval_s,
            },
            kind: kind.clone(),
            shape: raw.shape,
            low,
            high,
            plants: plants.collect::<Result<_, _>>()?,
        })
    }

    fn unit<T>(&self, place: &Spanned<T>, unit: &str, kind: &SensorKind) -> Result<Unit, Error> {
        let read = Unit::read(unit).and_then(|unit| kind.convert(0.0, unit).map(|_| unit));
        read.map_err(|error| self.source.wrong(place, "unit", &error.to_string()))
    }

    fn plant(&self, place: &Spanned<RawPlant>, kind: &SensorKind) -> Result<Plant, Error> {
        let window = |hours_before: &u32, minutes: &u32| match (*hours_before, *minutes) {
            (1..=10_000, 1..=100_000) => Ok(Window {
                hours_before: *hours_before,
                minutes: *minutes,
            }),
            _ => {
                let message = "needs `hours_before` and `minutes` above 0";
                Err(self.source.wrong(place, "plants", message))
            }
        };
        Ok(match place.get_ref() {
            RawPlant::Over {
                value,
                hours_before,
                minutes,
            } => Plant::Over {
                value: *value,
                window: window(hours_before, minutes)?,
            },
            RawPlant::Under {
                value,
                hours_before,
                minutes,
            } => Plant::Under {
                value: *value,
                window: window(hours_before, minutes)?,
            },
            RawPlant::Flapping {
                value,
                hours_before,
                minutes,
            } => Plant::Flapping {
                value: *value,
                window: window(hours_before, minutes)?,
            },
            RawPlant::Stuck {
                hours_before,
                minutes,
            } => Plant::Stuck(window(hours_before, minutes)?),
            RawPlant::Missing {
                hours_before,
                minutes,
            } => Plant::Missing(window(hours_before, minutes)?),
            RawPlant::WrongUnit { sends } => Plant::WrongUnit {
                sends: self.unit(place, sends, kind)?,
            },
        })
    }
}
