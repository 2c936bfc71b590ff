//! A question about readings, as data. It says what is asked, not how it was said; [`Query::describe`] shows it to the person who
//! asked, so that a misreading is seen before the number is.

use jiff::civil::{Date, Time};
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};

use super::kind::SensorKind;
use crate::zone;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// The code of the kind.
    pub kind: String,
    /// Whose readings.
    #[serde(rename = "where")]
    pub place: Where,
    /// Of when.
    pub period: Period,
    /// Which number of them.
    pub aggregate: Aggregate,
    /// With what the number is compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compare: Option<Compare>,
}

/// Whose readings are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Where {
    /// All sensors of the kind at a place of the gazetteer.
    Place {
        /// Its name.
        name: String,
        /// Its district; two districts may have a place of one name.
        district: String,
    },
    /// One datastream, by its id.
    Datastream(String),
}

/// From one moment up to another, which does not belong to it any more. Only the latest value may lie on the end itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// The first moment.
    pub from: Timestamp,
    /// The first moment behind it.
    pub to: Timestamp,
    /// How it was said: 昨晚.
    pub words: String,
}

/// Which number of the readings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    /// The last one.
    Latest,
    /// Their mean.
    Mean,
    /// The largest.
    Max,
    /// The smallest.
    Min,
    /// Their sum; only for kinds whose readings are amounts.
    Sum,
    /// How many there are.
    Count,
    /// How many lie above a value, in the unit of the kind.
    Above(f64),
    /// How many lie below a value, in the unit of the kind.
    Below(f64),
}

/// With what a number is compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// The same place at another time.
    Period(Period),
    /// Another place at the same time.
    Place(Where),
}

impl Query {
    /// How it was understood, in one line: `古城步行街 · 客流 · 2026-11-20 18:00 至 2026-11-21 06:00（昨晚）· 最大值`. `kind` is its kind.
    pub fn describe(&self, kind: &SensorKind) -> String {
        let period = self.aggregate.describe_period(&self.period);
        let mut line = format!(
            "{} · {} · {period}· {}",
            self.place.name(),
            kind.title,
            self.aggregate.describe(kind)
        );
        match &self.compare {
            Some(Compare::Period(period)) => {
                line.push_str(" · 对比 ");
                line.push_str(&self.aggregate.describe_period(period));
            }
            Some(Compare::Place(place)) => {
                line.push_str(" · 对比 ");
                line.push_str(place.name());
            }
            None => {}
        }
        line
    }
}

impl Where {
    /// The name of the place, or the id of the datastream.
    pub fn name(&self) -> &str {
        match self {
            Self::Place { name, .. } => name,
            Self::Datastream(id) => id,
        }
    }
}

impl Period {
    /// Whether a moment belongs to it.
    pub fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }

    /// Both ends in the time of the city, and how it was said: `2026-11-20 18:00 至 2026-11-21 06:00（昨晚）`.
    pub fn describe(&self) -> String {
        let (from, to) = (minute(self.from), minute(self.to));
        format!("{from} 至 {to}（{}）", self.words)
    }
}

impl Aggregate {
    /// Reads those that need no value.
    pub(super) fn plain(name: &str) -> Option<Self> {
        match name {
            "latest" => Some(Self::Latest),
            "mean" => Some(Self::Mean),
            "max" => Some(Self::Max),
            "min" => Some(Self::Min),
            "sum" => Some(Self::Sum),
            "count" => Some(Self::Count),
            _ => None,
        }
    }

    /// A period as it matters for this number: only its end, for the latest.
    pub(super) fn describe_period(self, period: &Period) -> String {
        if self == Self::Latest {
            format!("截至 {}（{}）", minute(period.to), period.words)
        } else {
            period.describe()
        }
    }

    /// In words, with the value where it has one.
    pub fn describe(self, kind: &SensorKind) -> String {
        match self {
            Self::Latest => "最新值".to_owned(),
            Self::Mean => "平均值".to_owned(),
            Self::Max => "最大值".to_owned(),
            Self::Min => "最小值".to_owned(),
            Self::Sum => "累计值".to_owned(),
            Self::Count => "读数条数".to_owned(),
            Self::Above(value) => format!("超过{}的读数", kind.limit(value)),
            Self::Below(value) => format!("低于{}的读数", kind.limit(value)),
        }
    }
}

/// A moment in the time of the city, to the minute.
pub(super) fn minute(at: Timestamp) -> String {
    local(at).strftime("%Y-%m-%d %H:%M").to_string()
}

/// A moment in the time of the city.
pub(super) fn local(at: Timestamp) -> Zoned {
    at.to_zoned(zone())
}

/// The moment of a time of day in the city.
pub(super) fn moment(date: Date, time: Time) -> Timestamp {
    // A time that a change of clocks skips or doubles is taken as the compatible one.
    let zoned = date.to_datetime(time).to_zoned(zone());
    zoned.map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::super::kind::tests::KINDS;
    use super::*;

    fn period(from: &str, to: &str, words: &str) -> Period {
        Period {
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
            words: words.into(),
        }
    }

    fn query(aggregate: Aggregate, compare: Option<Compare>) -> Query {
        Query {
            kind: "people_flow".into(),
            place: Where::Place {
                name: "古城步行街".into(),
                district: "临江区".into(),
            },
            period: period("2026-11-20T18:00+08:00", "2026-11-21T06:00+08:00", "昨晚"),
            aggregate,
            compare,
        }
    }

    fn check(query: &Query, expected: &str) {
        let kind = KINDS.get(&query.kind).unwrap();
        assert_eq!(query.describe(kind), expected);
        let json = serde_json::to_string(query).unwrap();
        assert_eq!(serde_json::from_str::<Query>(&json).unwrap(), *query);
    }

    #[test]
    fn a_query_shows_how_it_was_understood() {
        check(
            &query(Aggregate::Max, None),
            "古城步行街 · 客流 · 2026-11-20 18:00 至 2026-11-21 06:00（昨晚）· 最大值",
        );
        check(
            &query(Aggregate::Latest, None),
            "古城步行街 · 客流 · 截至 2026-11-21 06:00（昨晚）· 最新值",
        );
        let before = period("2026-11-19T18:00+08:00", "2026-11-20T06:00+08:00", "前晚");
        check(
            &query(Aggregate::Above(800.0), Some(Compare::Period(before))),
            "古城步行街 · 客流 · 2026-11-20 18:00 至 2026-11-21 06:00（昨晚）· 超过800人的读数 · 对比 2026-11-19 18:00 至 2026-11-20 06:00（前晚）",
        );
        let place = Where::Datastream("DS-0007".into());
        check(
            &query(Aggregate::Mean, Some(Compare::Place(place))),
            "古城步行街 · 客流 · 2026-11-20 18:00 至 2026-11-21 06:00（昨晚）· 平均值 · 对比 DS-0007",
        );
    }

    #[test]
    fn the_end_does_not_belong_to_a_period() {
        let period = period("2026-11-20T00:00Z", "2026-11-21T00:00Z", "");
        assert!(period.holds(period.from) && !period.holds(period.to));
    }
}
