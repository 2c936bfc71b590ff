//! Readings: which are taken, and why the others are not. It knows no store: that a datastream exists is looked up before, and
//! whether a time was reported before is asked behind.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::kind::Kinds;
use super::thing::Datastream;
use super::unit::{Unit, list};

/// How far the clock of a device may run ahead.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// A reading as a device sends it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawReading {
    /// The id of its datastream.
    pub datastream: String,
    /// RFC 3339, with its offset. In JSON it may also be called `at`.
    #[serde(alias = "at")]
    pub time: String,
    /// The number.
    pub value: f64,
    /// The unit of the number; that of the datastream where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// One number for one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// The id of its datastream.
    pub datastream: String,
    /// When it was measured.
    pub at: Timestamp,
    /// In the unit of its kind.
    pub value: f64,
    /// The unit as it was received; `None` if there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

impl Reading {
    /// By which an answer names it: `reading:DS-0007@2026-11-20T08:00:00Z`.
    pub fn evidence(&self) -> String {
        format!("reading:{}@{}", self.datastream, self.at)
    }
}

/// Why a reading is not taken. The messages are for those who run the device.
#[derive(Debug, Clone, PartialEq, Error, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// Nobody registered the datastream.
    #[error(
        "datastream `{datastream}` is not registered; register it with its thing and kind first"
    )]
    UnknownDatastream {
        /// The id that was sent.
        datastream: String,
    },
    /// The datastream is of a kind that the catalogue does not hold.
    #[error(
        "datastream `{datastream}` is of kind `{kind}`, which is not in the file of kinds; add it there"
    )]
    UnknownKind {
        /// The id of the datastream.
        datastream: String,
        /// Its kind.
        kind: String,
    },
    /// The time is none, or does not say its offset.
    #[error(
        "time `{time}` cannot be read; write RFC 3339 with an offset, such as `2026-11-20T08:00:00+08:00`"
    )]
    UnreadableTime {
        /// As it was sent.
        time: String,
    },
    /// It was measured later than now.
    #[error("time {at} lies more than 5 minutes after now ({now}); set the clock of the device")]
    Future {
        /// When it claims to have been measured.
        at: Timestamp,
        /// When it was checked.
        now: Timestamp,
    },
    /// NaN or infinite.
    #[error(
        "value `{value}` is not a finite number; leave the reading out when the sensor has none"
    )]
    NotANumber {
        /// In words, since JSON has no such number.
        value: String,
    },
    /// The unit is none, or not one of this kind.
    #[error("unit `{unit}` does not measure `{kind}`; possible are {possible}")]
    WrongUnit {
        /// As it was sent.
        unit: String,
        /// The kind of the datastream.
        kind: String,
        /// The units from which it could be computed, parted by commas.
        possible: String,
    },
    /// No sensor of this kind can measure it.
    #[error(
        "value {value}{unit} lies outside of {low} to {high}{unit}, the plausible range of `{kind}`; check the sensor"
    )]
    OutOfRange {
        /// In the unit of the kind.
        value: f64,
        /// The unit of the kind.
        unit: Unit,
        /// The kind of the datastream.
        kind: String,
        /// The smallest plausible value.
        low: f64,
        /// The largest plausible value.
        high: f64,
    },
    /// The store holds another value for the same datastream and time. The same value again is no fault and is passed over.
    #[error(
        "datastream `{datastream}` already reported {stored} for {at}, now {value}; the first one is kept"
    )]
    Conflicting {
        /// The id of the datastream.
        datastream: String,
        /// The time of both.
        at: Timestamp,
        /// What is stored.
        stored: f64,
        /// What was sent now.
        value: f64,
    },
}

impl Reason {
    /// Its name in data and in counts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownDatastream { .. } => "unknown_datastream",
            Self::UnknownKind { .. } => "unknown_kind",
            Self::UnreadableTime { .. } => "unreadable_time",
            Self::Future { .. } => "future",
            Self::NotANumber { .. } => "not_a_number",
            Self::WrongUnit { .. } => "wrong_unit",
            Self::OutOfRange { .. } => "out_of_range",
            Self::Conflicting { .. } => "conflicting",
        }
    }
}

/// Takes one reading of a registered datastream (`None` where its id is not registered), in the unit of its kind.
///
/// # Errors
///
/// The first [`Reason`] that holds: datastream, time, number, unit, range. [`Reason::Conflicting`] is the store's to find.
pub fn accept(
    raw: &RawReading,
    datastream: Option<&Datastream>,
    kinds: &Kinds,
    now: Timestamp,
) -> Result<Reading, Reason> {
    let datastream = datastream.ok_or_else(|| Reason::UnknownDatastream {
        datastream: short(&raw.datastream),
    })?;
    let kind = kinds
        .get(&datastream.kind)
        .ok_or_else(|| Reason::UnknownKind {
            datastream: datastream.id.clone(),
            kind: datastream.kind.clone(),
        })?;
    let at: Timestamp = raw
        .time
        .trim()
        .parse()
        .map_err(|_| Reason::UnreadableTime {
            time: short(&raw.time),
        })?;
    if at.duration_since(now) > AHEAD {
        return Err(Reason::Future { at, now });
    }
    if !raw.value.is_finite() {
        let value = raw.value.to_string();
        return Err(Reason::NotANumber { value });
    }
    let wrong_unit = || {
        let mut possible = kind.unit.sources(kind.molar_mass);
        possible.extend(&kind.also);
        Reason::WrongUnit {
            unit: short(raw.unit.as_deref().unwrap_or(datastream.unit.name())),
            kind: kind.code.clone(),
            possible: list(&possible),
        }
    };
    let unit = match &raw.unit {
        Some(written) => Unit::read(written).map_err(|_| wrong_unit())?,
        None => datastream.unit,
    };
    let value = kind.convert(raw.value, unit).map_err(|_| wrong_unit())?;
    if !(kind.low..=kind.high).contains(&value) {
        return Err(Reason::OutOfRange {
            value,
            unit: kind.unit,
            kind: kind.code.clone(),
            low: kind.low,
            high: kind.high,
        });
    }
    Ok(Reading {
        datastream: datastream.id.clone(),
        at,
        value,
        unit: raw.unit.clone(),
    })
}

/// What was sent, short enough for a message.
fn short(written: &str) -> String {
    written.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::super::kind::tests::KINDS;
    use super::*;

    fn datastream(kind: &str) -> Datastream {
        Datastream {
            id: "DS-0007".into(),
            thing: "TH-0003".into(),
            kind: kind.into(),
            unit: KINDS.get(kind).map_or(Unit::Person, |kind| kind.unit),
            interval_s: 600,
        }
    }

    fn taken(kind: &str, time: &str, value: f64, unit: Option<&str>) -> Result<Reading, Reason> {
        let raw = RawReading {
            datastream: "DS-0007".into(),
            time: time.into(),
            value,
            unit: unit.map(str::to_owned),
        };
        let now = "2026-11-20T10:00:00+08:00".parse().unwrap();
        accept(&raw, Some(&datastream(kind)), &KINDS, now)
    }

    fn check(kind: &str, time: &str, value: f64, unit: Option<&str>, expected: &str) {
        let shown = match taken(kind, time, value, unit) {
            Ok(reading) => format!("{} {:.3}", reading.at, reading.value),
            Err(reason) => reason.to_string(),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn readings_are_taken_in_the_unit_of_their_kind() {
        let (time, stored) = ("2026-11-20T08:00:00+08:00", "2026-11-20T00:00:00Z");
        check("h2s", time, 5.0, None, &format!("{stored} 5.000"));
        check("h2s", time, 5.0, Some("PPM"), &format!("{stored} 5.000"));
        check(
            "h2s",
            time,
            13.93865,
            Some("mg/m³"),
            &format!("{stored} 10.000"),
        );
        check(
            "flood_depth",
            time,
            0.35,
            Some("m"),
            &format!("{stored} 35.000"),
        );
        check(
            "pressure",
            time,
            250.0,
            Some("kPa"),
            &format!("{stored} 0.250"),
        );
        check("noise", time, 61.5, Some("dB"), &format!("{stored} 61.500"));
        // Devices run a little ahead.
        let ahead = "2026-11-20T10:05:00+08:00";
        check("h2s", ahead, 5.0, None, "2026-11-20T02:05:00Z 5.000");
        check("h2s", time, 0.0, None, &format!("{stored} 0.000"));
        check("h2s", time, 1000.0, None, &format!("{stored} 1000.000"));
    }

    #[test]
    fn what_is_not_taken_says_why() {
        let time = "2026-11-20T08:00:00+08:00";
        check(
            "h2s",
            "2026-11-20 08:00",
            5.0,
            None,
            "time `2026-11-20 08:00` cannot be read; write RFC 3339 with an offset, such as `2026-11-20T08:00:00+08:00`",
        );
        check(
            "h2s",
            "2026-11-20T10:05:01+08:00",
            5.0,
            None,
            "time 2026-11-20T02:05:01Z lies more than 5 minutes after now (2026-11-20T02:00:00Z); set the clock of the device",
        );
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let reason = taken("h2s", time, value, None).unwrap_err();
            assert_eq!(reason.code(), "not_a_number");
            serde_json::to_string(&reason).unwrap();
        }
        check(
            "h2s",
            time,
            1000.1,
            None,
            "value 1000.1ppm lies outside of 0 to 1000ppm, the plausible range of `h2s`; check the sensor",
        );
        check(
            "flood_depth",
            time,
            6.0,
            Some("m"),
            "value 600cm lies outside of 0 to 500cm, the plausible range of `flood_depth`; check the sensor",
        );
        check(
            "flood_depth",
            time,
            6.0,
            Some("MPa"),
            "unit `MPa` does not measure `flood_depth`; possible are m, cm, mm",
        );
        check(
            "noise",
            time,
            6.0,
            Some("phon"),
            "unit `phon` does not measure `noise`; possible are dB(A), dB",
        );
        check(
            "dream",
            time,
            6.0,
            None,
            "datastream `DS-0007` is of kind `dream`, which is not in the file of kinds; add it there",
        );
    }

    #[test]
    fn an_unknown_datastream_is_said() {
        let raw = RawReading {
            datastream: "x".repeat(1000),
            time: String::new(),
            value: 1.0,
            unit: None,
        };
        let reason = accept(&raw, None, &KINDS, Timestamp::UNIX_EPOCH).unwrap_err();
        assert_eq!(reason.code(), "unknown_datastream");
        assert!(reason.to_string().len() < 140);
    }

    #[test]
    fn evidence_names_datastream_and_time() {
        let reading = taken("h2s", "2026-11-19T16:00:00+08:00", 5.0, None).unwrap();
        assert_eq!(reading.evidence(), "reading:DS-0007@2026-11-19T08:00:00Z");
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(256))]

        #[test]
        fn what_is_taken_is_plausible(time in "\\PC{0,30}", value in proptest::num::f64::ANY, unit in "\\PC{0,6}") {
            for unit in [None, Some(unit.as_str()), Some("mg/m3")] {
                for time in [time.as_str(), "2026-11-20T01:00:00Z"] {
                    if let Ok(reading) = taken("h2s", time, value, unit) {
                        proptest::prop_assert!((0.0..=1000.0).contains(&reading.value));
                    }
                }
            }
        }
    }
}
