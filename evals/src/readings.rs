//! Questions of what sensors measured: whether they were understood as they were meant. What is graded is the typed query, not
//! the number that was found for it.

use agents::Answer;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::case::Case;
use crate::record::Grade;

/// How a question is to be understood. What is absent is not graded.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    /// Code of the kind.
    pub kind: Option<String>,
    /// Name of the place, or id of the datastream.
    pub place: Option<String>,
    /// `latest`, `mean`, `max`, `min`, `sum`, `count`, `above` or `below`.
    pub aggregate: Option<String>,
    /// Of `above` and `below`, in the unit of the kind.
    pub threshold: Option<f64>,
    /// The first moment, RFC 3339; absent of the present.
    pub from: Option<Timestamp>,
    /// The first moment behind it.
    pub to: Option<Timestamp>,
    /// With what it is compared.
    pub compare: Option<WantedCompare>,
}

/// With what a number is to be compared.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WantedCompare {
    /// Name of another place.
    pub place: Option<String>,
    /// The first moment of another period.
    pub from: Option<Timestamp>,
    /// The first moment behind it.
    pub to: Option<Timestamp>,
}

/// The grades of an answer; none where no query is wanted.
pub(crate) fn grades(case: &Case, answer: Option<&Answer>) -> Vec<(&'static str, Grade)> {
    let Some(wanted) = &case.query else {
        return Vec::new();
    };
    let query = answer.and_then(|answer| answer.watch.as_ref()?.query.as_ref());
    let Some(query) = query else {
        let said = answer.map_or_else(
            || "no answer".to_owned(),
            |answer| answer.message.clone().unwrap_or_default(),
        );
        return vec![("understood", Grade::of(false).because(said))];
    };
    let graded = parts(wanted, query);
    let right = graded.iter().all(|(_, right)| *right);
    let mut grades: Vec<(&str, Grade)> = graded
        .into_iter()
        .map(|(name, right)| (name, Grade::of(right).because(query.to_string())))
        .collect();
    grades.insert(
        0,
        ("understood", Grade::of(right).because(query.to_string())),
    );
    grades
}

fn parts(wanted: &Wanted, query: &Value) -> Vec<(&'static str, bool)> {
    let own = place(&query["where"]);
    let other = query.get("compare").filter(|compare| !compare.is_null());
    let other_place = other.and_then(|other| place(&other["place"]));
    // Which of two places that are compared is named first does not matter.
    let wanted_other = wanted.compare.as_ref().and_then(|it| it.place.clone());
    let same = own == wanted.place && other_place == wanted_other;
    let swapped = wanted_other.is_some() && own == wanted_other && other_place == wanted.place;
    let mut parts = vec![
        ("kind", query["kind"].as_str() == wanted.kind.as_deref()),
        ("place", same || swapped),
        ("aggregate", is_aggregate(wanted, &query["aggregate"])),
    ];
    if wanted.from.is_some() {
        let period = (wanted.from, wanted.to);
        parts.push(("period", moments(&query["period"]) == period));
    }
    if let Some(compare) = &wanted.compare {
        let period = other.map_or((None, None), |other| moments(&other["period"]));
        let right = match &compare.place {
            Some(_) => same || swapped,
            None => period == (compare.from, compare.to),
        };
        parts.push(("compare", right));
    }
    parts
}

fn place(value: &Value) -> Option<String> {
    let named = value.get("place").and_then(|place| place.get("name"));
    let named = named.or_else(|| value.get("datastream"));
    named.and_then(Value::as_str).map(str::to_owned)
}

fn moments(period: &Value) -> (Option<Timestamp>, Option<Timestamp>) {
    let moment = |name: &str| period.get(name)?.as_str()?.parse().ok();
    (moment("from"), moment("to"))
}

fn is_aggregate(wanted: &Wanted, aggregate: &Value) -> bool {
    let (name, threshold) = match aggregate {
        Value::Object(one) => match one.iter().next() {
            Some((name, value)) => (Some(name.as_str()), value.as_f64()),
            None => (None, None),
        },
        other => (other.as_str(), None),
    };
    let close = match (wanted.threshold, threshold) {
        (Some(wanted), Some(threshold)) => (wanted - threshold).abs() < 1e-6,
        (wanted, threshold) => wanted == threshold,
    };
    name == wanted.aggregate.as_deref() && close
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "cases read better so")]
    fn check(wanted: Value, query: Value, expected: &[&str]) {
        let wanted: Wanted = serde_json::from_value(wanted).unwrap();
        let wrong: Vec<&str> = parts(&wanted, &query)
            .into_iter()
            .filter(|(_, right)| !right)
            .map(|(name, _)| name)
            .collect();
        assert_eq!(wrong, expected, "{query}");
    }

    fn query() -> Value {
        json!({
            "is": "query", "kind": "rain",
            "where": {"place": {"name": "澜江大桥", "district": "临江区"}},
            "period": {"from": "2026-11-20T10:00:00Z", "to": "2026-11-20T22:00:00Z", "words": "昨晚"},
            "aggregate": {"above": 3.0},
            "compare": {"place": {"place": {"name": "双溪大桥", "district": "云台区"}}},
        })
    }

    fn wanted() -> Value {
        json!({
            "kind": "rain", "place": "澜江大桥", "aggregate": "above", "threshold": 3,
            "from": "2026-11-20T18:00:00+08:00", "to": "2026-11-21T06:00:00+08:00",
            "compare": {"place": "双溪大桥"},
        })
    }

    #[test]
    fn what_was_meant_is_right() {
        check(wanted(), query(), &[]);
        let mut swapped = query();
        let own = swapped["where"].take();
        swapped["where"] = swapped["compare"]["place"].take();
        swapped["compare"]["place"] = own;
        check(wanted(), swapped, &[]);
        // A time that is not named is not graded.
        let bare = json!({"kind": "rain", "place": "澜江大桥", "aggregate": "latest"});
        let mut latest = query();
        latest["aggregate"] = json!("latest");
        latest["compare"] = Value::Null;
        check(bare, latest, &[]);
    }

    #[test]
    fn each_part_can_be_wrong() {
        for (pointer, value, part) in [
            ("/kind", json!("pm25"), vec!["kind"]),
            (
                "/where/place/name",
                json!("文庙广场"),
                vec!["place", "compare"],
            ),
            ("/aggregate", json!({"above": 4.0}), vec!["aggregate"]),
            ("/aggregate", json!("max"), vec!["aggregate"]),
            (
                "/period/from",
                json!("2026-11-20T10:00:01Z"),
                vec!["period"],
            ),
            ("/compare", Value::Null, vec!["place", "compare"]),
        ] {
            let mut wrong = query();
            *wrong.pointer_mut(pointer).unwrap() = value;
            check(wanted(), wrong, &part);
        }
    }
}
