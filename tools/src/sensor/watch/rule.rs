//! Limits as data: how grave from where, for how long, and until when; what counts as stuck or missing; where it is laid
//! down.
//!
//! The file may be in any unit that converts to that of the kind; a [`Rule`] is in the unit of the kind. What follows
//! from a reading is in [`super::step()`].

mod raw;

use jiff::SignedDuration;

use super::error::Error;
use super::file::Source;
use super::level::Level;
use crate::sensor::kind::SensorKind;

/// All rules.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// Version, to be kept with what is proposed.
    pub version: String,
    /// In the order of the file.
    pub all: Vec<Rule>,
}

/// What is watched in datastreams of a kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// Code of the kind.
    pub kind: String,
    /// Name of the kind in Chinese.
    pub title: String,
    /// Unit of the kind; all numbers here are in it.
    pub unit: String,
    /// Digits after the point when shown.
    pub decimals: u8,
    /// Which datastreams of the kind.
    pub scope: Scope,
    /// From the least grave. Bounds and clear values are in order too, so what is past one is past those before.
    pub limits: Vec<Limit>,
    /// When a value that does not move is a fault.
    pub stuck: Option<Stuck>,
    /// How long without a reading is a fault.
    pub missing: Option<SignedDuration>,
    /// How long after it was cleared nothing of the same gravity is raised again.
    pub cooldown: SignedDuration,
    /// How long it waits for an acknowledgement before others hear of it.
    pub escalate: Option<SignedDuration>,
    /// Document and clause.
    pub basis: String,
}

/// Which datastreams of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All.
    Kind,
    /// Those of things at this place of the gazetteer.
    Place(String),
    /// This one.
    Datastream(String),
}

/// From where it is how grave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// How grave.
    pub level: Level,
    /// Which side is bad; the same for all limits of a rule.
    pub side: Side,
    /// Values at or past it are bad.
    pub bound: f64,
    /// Values at or past it, towards the good side, are good again.
    pub clear: f64,
    /// How long it has to be bad without a break.
    pub minimum: SignedDuration,
}

/// Which side of a bound is bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The greater values.
    Above,
    /// The lesser values.
    Below,
}

/// When a value that does not move is a fault.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stuck {
    /// How often or how long.
    pub after: Unchanged,
    /// The value at which things of this kind may rest: a dry road, no rain.
    pub rest: Option<f64>,
}

/// How often or how long a value is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unchanged {
    /// So many readings.
    Readings(u32),
    /// So long from the first to the last.
    Lasting(SignedDuration),
}

impl Rules {
    /// Reads rules; `file` is their name for messages.
    ///
    /// # Errors
    ///
    /// [`Error::Data`] with line, rule and key: unknown keys, a kind that does not exist, a unit that does not convert to
    /// that of the kind, limits out of order, a clear value on the bad side, a number out of its range, an id given twice.
    pub fn parse(file: &str, text: &str, kinds: &[SensorKind]) -> Result<Self, Error> {
        let source = Source { file, text };
        raw::Reader { source, kinds }.rules(source.read()?)
    }

    /// The rules of a datastream: those that name it; if there are none, those that name its place; else those of its kind.
    pub fn of<'a>(&'a self, kind: &str, place: &str, datastream: &str) -> Vec<&'a Rule> {
        let at = |scope: &Scope| {
            let fits = |rule: &&Rule| rule.kind == kind && rule.scope == *scope;
            self.all.iter().filter(fits).collect::<Vec<_>>()
        };
        let scopes = [
            Scope::Datastream(datastream.to_owned()),
            Scope::Place(place.to_owned()),
            Scope::Kind,
        ];
        let mut found = scopes.iter().map(at);
        found.find(|rules| !rules.is_empty()).unwrap_or_default()
    }

    /// A rule by its id.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.all.iter().find(|rule| rule.id == id)
    }
}

impl Limit {
    /// Whether a value is bad.
    pub fn is_reached(&self, value: f64) -> bool {
        match self.side {
            Side::Above => value >= self.bound,
            Side::Below => value <= self.bound,
        }
    }

    /// Whether a value is good again.
    pub fn is_clear(&self, value: f64) -> bool {
        match self.side {
            Side::Above => value <= self.clear,
            Side::Below => value >= self.clear,
        }
    }
}

impl Side {
    /// Whether the first value is worse than the second.
    pub fn is_worse(self, value: f64, than: f64) -> bool {
        match self {
            Self::Above => value > than,
            Self::Below => value < than,
        }
    }
}

#[cfg(test)]
mod tests;
