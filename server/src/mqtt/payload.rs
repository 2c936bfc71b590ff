//! What stands in a message: a reading as `/v1/readings` takes it, an Observation of SensorThings, or a number alone.
//!
//! Whether the reading is plausible is decided by [`crate::readings::accept`].

use jiff::Timestamp;
use serde_json::{Map, Value};
use tools::sensor::{RawReading, Refusal};

/// Longest message that is read.
const LONGEST: usize = 64 * 1024;

/// Members of an Observation that say nothing to us.
const PASSED_OVER: [&str; 6] = [
    "resultTime",
    "resultQuality",
    "validTime",
    "parameters",
    "FeatureOfInterest",
    "@iot.id",
];

/// Reads a message of the datastream that its topic names, if it names one. Without a time of its own a reading is of its
/// arrival, where that is given.
pub(super) fn read(
    topic: Option<&str>,
    payload: &[u8],
    arrival: Option<Timestamp>,
) -> Result<RawReading, Refusal> {
    if payload.len() > LONGEST {
        return Err(Refusal::TooLong { limit: LONGEST });
    }
    let text = std::str::from_utf8(payload).map_err(|_| Refusal::NotUtf8)?;
    let value: Value = serde_json::from_str(text).map_err(|error| json(error.to_string()))?;
    match value {
        Value::Object(members) if members.contains_key("result") => {
            observation(topic, members, arrival)
        }
        Value::Object(members) => reading(topic, members, arrival),
        Value::Number(number) => match arrival {
            Some(arrival) => Ok(RawReading {
                datastream: of(topic, None)?,
                time: arrival.to_string(),
                value: number.as_f64().unwrap_or(f64::NAN),
                unit: None,
            }),
            None => Err(json(
                "a number alone has no time; send one, or set `mqtt.arrival_time`",
            )),
        },
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) => {
            Err(json("the message is neither an object nor a number"))
        }
    }
}

fn reading(
    topic: Option<&str>,
    mut members: Map<String, Value>,
    arrival: Option<Timestamp>,
) -> Result<RawReading, Refusal> {
    let own = members.get("datastream").cloned();
    members.insert("datastream".to_owned(), of(topic, own.as_ref())?.into());
    let timed = members.contains_key("time") || members.contains_key("at");
    if let (false, Some(arrival)) = (timed, arrival) {
        members.insert("time".to_owned(), arrival.to_string().into());
    }
    serde_json::from_value(members.into()).map_err(|error| json(error.to_string()))
}

fn observation(
    topic: Option<&str>,
    mut members: Map<String, Value>,
    arrival: Option<Timestamp>,
) -> Result<RawReading, Refusal> {
    let datastream = members.remove("Datastream");
    let own = datastream.as_ref().and_then(|it| it.get("@iot.id"));
    let datastream = of(topic, own)?;
    let time = match (members.remove("phenomenonTime"), arrival) {
        (Some(Value::String(time)), _) => time,
        (None | Some(Value::Null), Some(arrival)) => arrival.to_string(),
        (None | Some(Value::Null), None) => {
            return Err(json(
                "`phenomenonTime` is missing; send it, or set `mqtt.arrival_time`",
            ));
        }
        (Some(_), _) => return Err(json("`phenomenonTime` is not a string")),
    };
    let result = members.remove("result");
    let Some(value) = result.as_ref().and_then(Value::as_f64) else {
        return Err(json("`result` is not a number"));
    };
    match members
        .keys()
        .find(|key| !PASSED_OVER.contains(&key.as_str()))
    {
        Some(key) => Err(json(format!("`{key}` is no member of an Observation"))),
        None => Ok(RawReading {
            datastream,
            time,
            value,
            unit: None,
        }),
    }
}

/// The datastream: of the topic, of the message, or of both if they agree.
fn of(topic: Option<&str>, message: Option<&Value>) -> Result<String, Refusal> {
    match (topic, message) {
        (Some(topic), None) => Ok(topic.to_owned()),
        (None, Some(Value::String(own))) => Ok(own.clone()),
        (Some(topic), Some(Value::String(own))) if topic == own => Ok(own.clone()),
        (_, Some(Value::String(_))) => Err(json("topic and message name different datastreams")),
        (_, Some(_)) => Err(json("the id of the datastream is not a string")),
        (None, None) => Err(json("neither topic nor message names a datastream")),
    }
}

fn json(message: impl AsRef<str>) -> Refusal {
    let message = message.as_ref().chars().take(200).collect();
    Refusal::Json { message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(topic: Option<&str>, payload: &str, arrival: bool, expected: &str) {
        let arrival = arrival.then(|| "2026-11-21T04:00:00Z".parse().unwrap());
        let shown = match read(topic, payload.as_bytes(), arrival) {
            Ok(raw) => format!(
                "{} {} {} {}",
                raw.datastream,
                raw.time,
                raw.value,
                raw.unit.as_deref().unwrap_or("-")
            ),
            Err(Refusal::Json { message }) => format!("json: {message}"),
            Err(reason) => reason.code().to_owned(),
        };
        assert_eq!(shown, expected, "{payload}");
    }

    #[test]
    fn messages_are_readings_observations_or_numbers() {
        let of = Some("DS-1");
        check(
            of,
            r#"{"at":"t","value":5,"unit":"ppm"}"#,
            false,
            "DS-1 t 5 ppm",
        );
        check(
            of,
            r#"{"time":"t","value":5,"datastream":"DS-1"}"#,
            false,
            "DS-1 t 5 -",
        );
        check(
            None,
            r#"{"at":"t","value":5,"datastream":"DS-2"}"#,
            false,
            "DS-2 t 5 -",
        );
        check(
            of,
            r#"{"phenomenonTime":"t","result":5.5}"#,
            false,
            "DS-1 t 5.5 -",
        );
        check(
            None,
            r#"{"phenomenonTime":"t","result":5,"resultTime":null,"Datastream":{"@iot.id":"DS-3"}}"#,
            false,
            "DS-3 t 5 -",
        );
        check(of, "5.5", true, "DS-1 2026-11-21T04:00:00Z 5.5 -");
        check(of, r#"{"value":5}"#, true, "DS-1 2026-11-21T04:00:00Z 5 -");
        check(of, r#"{"result":5}"#, true, "DS-1 2026-11-21T04:00:00Z 5 -");
        check(of, r#"{"at":"t","value":5}"#, true, "DS-1 t 5 -");
    }

    #[test]
    fn anything_else_says_why() {
        let of = Some("DS-1");
        check(
            of,
            "5.5",
            false,
            "json: a number alone has no time; send one, or set `mqtt.arrival_time`",
        );
        check(of, r#"{"value":5}"#, false, "json: missing field `time`");
        check(
            of,
            r#"{"result":5}"#,
            false,
            "json: `phenomenonTime` is missing; send it, or set `mqtt.arrival_time`",
        );
        check(
            of,
            r#"{"phenomenonTime":"t","result":"5"}"#,
            false,
            "json: `result` is not a number",
        );
        check(
            of,
            r#"{"phenomenonTime":5,"result":5}"#,
            false,
            "json: `phenomenonTime` is not a string",
        );
        check(
            of,
            r#"{"phenomenonTime":"t","result":5,"x":1}"#,
            false,
            "json: `x` is no member of an Observation",
        );
        check(
            of,
            r#"{"at":"t","value":5,"datastream":"DS-2"}"#,
            false,
            "json: topic and message name different datastreams",
        );
        check(
            of,
            r#"{"at":"t","value":5,"datastream":7}"#,
            false,
            "json: the id of the datastream is not a string",
        );
        check(
            None,
            r#"{"at":"t","value":5}"#,
            false,
            "json: neither topic nor message names a datastream",
        );
        check(
            of,
            "[5]",
            true,
            "json: the message is neither an object nor a number",
        );
        check(
            of,
            "",
            true,
            "json: EOF while parsing a value at line 1 column 0",
        );
        check(of, "NaN", true, "json: expected value at line 1 column 1");
        check(of, &"1".repeat(70_000), true, "too_long");
        assert_eq!(read(of, b"\xff", None), Err(Refusal::NotUtf8));
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(256))]

        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..80), text in "[{}\":,a-z0-9 ]{0,60}") {
            let _ = read(Some("DS-1"), &bytes, None);
            let _ = read(None, text.as_bytes(), Some(Timestamp::UNIX_EPOCH));
        }
    }
}
