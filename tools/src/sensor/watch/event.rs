//! What happened to a datastream under a rule, with the readings that show it. Not yet words; those are made by
//! [`super::plan()`].

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::level::{Level, Notice};

/// Something happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Id of the rule.
    pub rule: String,
    /// Id of the datastream.
    pub datastream: String,
    /// When: of a reading, its phenomenon time; of something that became due, when it was due.
    pub at: Timestamp,
    /// What.
    pub what: What,
    /// Ids of the readings that show it, by time: always the first, the most extreme and the last, and some of the rest.
    pub evidence: Vec<String>,
    /// How many readings there were, also those that are not named.
    pub readings: u32,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum What {
    /// A limit was reached for its minimum duration.
    Raised {
        /// Which.
        level: Level,
        /// The first reading that reached it.
        since: Timestamp,
        /// The most extreme value since.
        value: f64,
    },
    /// It became more or less grave.
    Changed {
        /// What it was.
        from: Level,
        /// What it is.
        to: Level,
        /// The first reading that reached the limit.
        since: Timestamp,
        /// The most extreme value since when it is graver, else the reading that is less grave.
        value: f64,
    },
    /// The value is past the clear value of the lowest level.
    Cleared {
        /// The gravest level there was.
        peak: Level,
        /// The first reading that reached the limit.
        since: Timestamp,
        /// The most extreme value.
        value: f64,
    },
    /// The value does not move, although it should.
    Stuck {
        /// The first reading with the value.
        since: Timestamp,
        /// The value.
        value: f64,
    },
    /// Nothing is heard.
    Missing {
        /// The last reading; if there was none, since when it is watched.
        since: Timestamp,
    },
    /// A fault is over.
    Recovered {
        /// Which.
        from: Fault,
        /// Since when there was a fault.
        since: Timestamp,
    },
    /// It would have been raised, but it was cleared too short a time ago.
    Suppressed {
        /// What would have been raised.
        level: Level,
        /// The first reading that reached the limit.
        since: Timestamp,
        /// The most extreme value since.
        value: f64,
        /// From when it is raised if it lasts.
        until: Timestamp,
    },
    /// Nobody acknowledged it for so long that others have to hear of it.
    Escalated {
        /// How grave it is.
        level: Level,
        /// Who has to hear of it.
        notice: Notice,
        /// The first reading that reached the limit.
        since: Timestamp,
        /// The most extreme value since.
        value: f64,
    },
}

/// What can be wrong with a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The value does not move.
    Stuck,
    /// Nothing is heard.
    Missing,
}
