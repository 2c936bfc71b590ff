//! What an answer of this kind carries beside its sentences: a curve with its numbers, and alerts.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Readings and alerts behind an answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct WatchView {
    /// How the question was understood, in one line.
    pub described: Option<String>,
    /// The same as data: a typed query.
    pub query: Option<Value>,
    /// The readings as a curve.
    pub curve: Option<Curve>,
    /// Alerts, the latest first.
    pub alerts: Vec<Value>,
    /// How many there are, also those that are not shown.
    pub total: usize,
}

/// Readings of a period in at most 96 parts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Curve {
    /// Unit of the values.
    pub unit: String,
    /// The first moment, RFC 3339.
    pub from: String,
    /// The first moment behind it.
    pub to: String,
    /// By time; a part without readings is left out.
    pub points: Vec<CurvePoint>,
    /// How many readings there are.
    pub readings: u64,
    /// Their ids, the first 200.
    pub evidence: Vec<String>,
    /// Where sensors were silent.
    pub gaps: Vec<CurveGap>,
}

/// A part of a curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CurvePoint {
    /// Its first moment.
    pub at: String,
    /// Mean of its readings.
    pub mean: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// How many there are.
    pub count: u64,
}

/// A time without readings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CurveGap {
    /// Id of the datastream.
    pub datastream: String,
    /// From when.
    pub from: String,
    /// Until when.
    pub to: String,
}

/// Ids that an answer carries; the tool knows them all.
const MOST: usize = 200;

impl Curve {
    /// Of what the tool found; none where it has no readings.
    pub(super) fn of(found: &Value) -> Option<Self> {
        let answered = found.get("answered")?;
        let text = |name: &str| answered.get(name)?.as_str().map(str::to_owned);
        let points = found.get("series").cloned().unwrap_or_default();
        let points: Vec<CurvePoint> = serde_json::from_value(points).ok()?;
        let gaps = answered.get("gaps").cloned().unwrap_or_default();
        let evidence = answered.get("evidence")?;
        let ids = evidence.get("readings")?.as_array()?;
        Some(Self {
            unit: text("unit")?,
            from: text("from")?,
            to: text("to")?,
            points,
            readings: evidence.get("total")?.as_u64()?,
            evidence: ids
                .iter()
                .take(MOST)
                .filter_map(|id| id.as_str().map(str::to_owned))
                .collect(),
            gaps: serde_json::from_value(gaps).unwrap_or_default(),
        })
    }
}
