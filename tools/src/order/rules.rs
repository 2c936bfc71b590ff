//! The rules of a hotline as data: deadlines with their legal basis, how often, how late, which grounds.
//!
//! The file says how long; [`super::due`] computes when. What may follow what is not configurable: it is in
//! [`super::table`].

mod raw;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::action::{Level, RequestKind};
use super::calendar::Calendar;
use super::error::Error;
use super::file::read;

/// The rules of a hotline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Version, kept in every entry.
    pub version: String,
    /// The unit that is the hotline's centre.
    pub centre: String,
    /// From the request to the unit.
    pub dispatch: Term,
    /// For the unit to sign or to ask to return.
    pub sign: Term,
    /// For the centre to name a unit after a consultation.
    pub designate: Term,
    /// By level and kind; every pair is there.
    pub deadlines: BTreeMap<(Level, RequestKind), Deadline>,
    /// By category code, in place of the deadline of a general order.
    pub statutory: BTreeMap<String, Statutory>,
    /// More time for a unit.
    pub extension: Extension,
    /// How often and how long a unit works again.
    pub redo: Repeated,
    /// Asking the citizen; `times` is how often it is tried.
    pub callback: Repeated,
    /// Orders that are blocked.
    pub suspension: SuspensionRules,
    /// Percentages of a deadline at which a unit is reminded, rising.
    pub near_due: Vec<u8>,
    /// How long past due for level 1, 2 and 3 of supervision.
    pub supervision: [Limit; 3],
    /// Grounds for not taking a request, by id.
    pub declines: BTreeMap<String, Decline>,
    /// In thousandths; below it a person confirms the grade.
    pub low_confidence: u16,
}

/// A length of time with its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// How many, 1 to 9,999.
    pub amount: u16,
    /// Of what.
    pub unit: LimitUnit,
}

/// In what time is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitUnit {
    /// Minutes that pass.
    Minutes,
    /// Hours that pass.
    Hours,
    /// Hours in which offices work.
    WorkingHours,
    /// Days on which offices work, to the close of the last.
    WorkingDays,
}

/// A limit and where it is laid down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// How long.
    pub limit: Limit,
    /// Document and clause.
    pub basis: String,
}

/// How soon a unit speaks with the citizen, and how soon it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// To speak with the citizen.
    pub contact: Limit,
    /// To be done.
    pub handle: Limit,
    /// Document and clause.
    pub basis: String,
}

/// What another law lays down for a category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statutory {
    /// To speak with the citizen; `None` leaves the usual limit.
    pub contact: Option<Limit>,
    /// To be done; `None` leaves the usual limit.
    pub handle: Option<Limit>,
    /// Document and clause.
    pub basis: String,
}

/// More time for a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// How often.
    pub times: u16,
    /// At most how long, in working days.
    pub days: u16,
    /// Which levels may have it.
    pub levels: BTreeSet<Level>,
    /// Document and clause.
    pub basis: String,
}

/// Something that may be repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeated {
    /// At most how often.
    pub times: u16,
    /// How long.
    pub limit: Limit,
    /// Document and clause.
    pub basis: String,
}

/// Orders that are blocked by circumstances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuspensionRules {
    /// At most how many months until the next review.
    pub months: u8,
    /// How many days before the review the centre is reminded.
    pub remind_days: u8,
    /// Names of the reason classes, by id.
    pub reasons: BTreeMap<String, String>,
    /// Document and clause.
    pub basis: String,
}

/// A ground for not taking a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decline {
    /// What it is.
    pub name: String,
    /// The other way, as it is usually told.
    pub channel: String,
    /// Document and clause.
    pub basis: String,
    /// Words by which a request of this sort is told; none: a person tells.
    pub words: Vec<String>,
}

impl Rules {
    /// Reads rules; `file` is their name for messages.
    ///
    /// # Errors
    ///
    /// [`Error::Data`] with line and key: unknown keys, a pair of level and kind without a deadline or with two, a number
    /// out of its range, an id given twice.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let raw: raw::File = read(file, text)?;
        raw::Reader { file, text }.rules(&raw)
    }
}

impl Limit {
    /// When it is over; saturates at the end of time.
    pub fn after(self, from: Timestamp, calendar: &Calendar) -> Timestamp {
        let amount = i64::from(self.amount);
        match self.unit {
            LimitUnit::Minutes => calendar.add_time(from, SignedDuration::from_mins(amount)),
            LimitUnit::Hours => calendar.add_time(from, SignedDuration::from_hours(amount)),
            LimitUnit::WorkingHours => {
                calendar.add_working_time(from, SignedDuration::from_hours(amount))
            }
            LimitUnit::WorkingDays => calendar.add_working_days(from, u32::from(self.amount)),
        }
    }

    /// In Chinese: `3个工作日`.
    pub fn text(self) -> String {
        let amount = self.amount;
        match self.unit {
            LimitUnit::Minutes => format!("{amount}分钟"),
            LimitUnit::Hours => format!("{amount}小时"),
            LimitUnit::WorkingHours => format!("{amount}个工作小时"),
            LimitUnit::WorkingDays => format!("{amount}个工作日"),
        }
    }
}

impl LimitUnit {
    /// Whether only office hours count.
    pub fn is_working(self) -> bool {
        match self {
            Self::Minutes | Self::Hours => false,
            Self::WorkingHours | Self::WorkingDays => true,
        }
    }
}

#[cfg(test)]
mod tests;
