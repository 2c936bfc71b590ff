//! Readings that devices hand in: who may, what is stored, what is named.

use agents::Role;
use axum::body::Body;
use axum::http::{Method, header};
use serde_json::{Value, json};
use tools::sensor::{Datastream, Thing, Unit};

use super::script::prompt;
use super::world::{Got, World, request};

const PATH: &str = "/v1/readings";
const JSON: &str = "application/json";

/// A pole with a gas sensor and a gauge, and the token of a device.
pub(crate) async fn with_network() -> (World, String) {
    let world = World::new(prompt()).await;
    put_network(&world).await;
    let token = world.app.store.token_add("gauge", Role::Device).await;
    (world, token.unwrap())
}

pub(crate) async fn put_network(world: &World) {
    let thing = Thing {
        id: "TH-1".into(),
        name: "书院巷杆".into(),
        place: "书院巷".into(),
        district: "临江区".into(),
        longitude: 118.6012,
        latitude: 27.6034,
    };
    let measures = |id: &str, kind: &str, unit| Datastream {
        id: id.into(),
        thing: "TH-1".into(),
        kind: kind.into(),
        unit,
        interval_s: 600,
    };
    let datastreams = [
        measures("DS-1", "h2s", Unit::PartsPerMillion),
        measures("DS-2", "flood_depth", Unit::Metre),
    ];
    let store = world.app.toolbox.store();
    store.put_network(&[thing], &datastreams).await.unwrap();
}

async fn send(world: &World, token: Option<&str>, kind: &str, body: impl Into<Body>) -> Got {
    let mut request = request(Method::POST, PATH, token, body.into());
    let kind = kind.parse().unwrap();
    request.headers_mut().insert(header::CONTENT_TYPE, kind);
    world.send(request).await
}

/// Counts, and each problem as its place and code.
fn became(got: &Got) -> String {
    assert_eq!(got.status, 200, "{}", got.text());
    let body = got.json();
    let problems = body["problems"].as_array().unwrap().iter().map(|problem| {
        let place = [&problem["index"], &problem["line"]];
        let place = place.into_iter().find_map(Value::as_u64).unwrap();
        format!("{place} {}", problem["code"].as_str().unwrap())
    });
    let counts = ["read", "stored", "repeated", "conflicting", "refused"];
    let counts: Vec<String> = counts.iter().map(|name| body[*name].to_string()).collect();
    let problems: Vec<String> = problems.collect();
    format!("{} | {}", counts.join(" "), problems.join(", "))
}

#[tokio::test]
async fn a_bad_reading_is_named_and_the_rest_is_stored() {
    let (world, token) = with_network().await;
    let readings = json!([
        {"datastream": "DS-1", "at": "2026-11-21T11:00:00+08:00", "value": 5},
        {"datastream": "DS-9", "at": "2026-11-21T11:00:00+08:00", "value": 5},
        {"datastream": "DS-1", "at": "2026-11-21T11:10:00+08:00", "value": 5000},
        {"datastream": "DS-2", "at": "2026-11-21T11:10:00+08:00", "value": 0.3},
        {"datastream": "DS-2", "at": "2026-11-21T11:20:00+08:00", "value": 30, "unit": "cm"},
        {"datastream": "DS-2", "at": "2026-11-21T11:30:00+08:00", "value": 30, "unit": "ppm"},
        {"datastream": "DS-1", "at": "2026-11-21T13:00:00+08:00", "value": 5},
        {"datastream": "DS-1", "at": "yesterday", "value": 5},
        {"datastream": "DS-1", "at": "2026-11-21T11:00:00+08:00", "value": 6},
        {"datastream": "DS-1", "value": 6},
        ["DS-1", "2026-11-21T11:00:00+08:00", 6, null],
        {"datastream": "DS-1", "time": "2026-11-21T11:40:00+08:00", "value": 7},
    ]);
    let expected = "1 unknown_datastream, 2 out_of_range, 5 wrong_unit, 6 future, 7 unreadable_time, 8 conflicting, 9 json, 10 json";
    let got = send(&world, Some(&token), JSON, readings.to_string()).await;
    assert_eq!(became(&got), format!("12 4 0 1 7 | {expected}"));
    assert_eq!(got.header("cache-control"), "no-store");
    let message = got.json()["problems"][1]["message"].clone();
    let message = message.as_str().unwrap();
    assert!(message.contains("0 to 1000ppm"), "{message}");
    // Again: nothing new, and the same problems.
    let again = send(&world, Some(&token), JSON, readings.to_string()).await;
    assert_eq!(became(&again), format!("12 0 4 1 7 | {expected}"));
    let ever = (jiff::Timestamp::MIN, jiff::Timestamp::MAX);
    let store = world.app.toolbox.store();
    let stored = store.readings(&["DS-1", "DS-2"], ever, 10).await.unwrap();
    let stored: Vec<String> = stored
        .iter()
        .map(|it| format!("{} {}", it.datastream, it.value))
        .collect();
    assert_eq!(stored, ["DS-1 5", "DS-2 30", "DS-2 30", "DS-1 7"]);
}

#[tokio::test]
async fn lines_are_read_as_files_are() {
    let (world, token) = with_network().await;
    let lines = "{\"datastream\":\"DS-1\",\"at\":\"2026-11-21T11:00:00+08:00\",\"value\":5}\n\nnonsense\n{\"datastream\":\"DS-1\",\"time\":\"2026-11-21T11:10:00+08:00\",\"value\":5}\n";
    let got = send(&world, Some(&token), "application/x-ndjson", lines).await;
    assert_eq!(became(&got), "3 2 0 0 1 | 3 json");
    let csv = "datastream,time,value\nDS-2,2026-11-21T11:00:00+08:00,0.1\nDS-2,2026-11-21T11:10:00+08:00,NaN\nDS-2,2026-11-21T11:20:00+08:00\n";
    let got = send(&world, Some(&token), "text/csv; charset=utf-8", csv).await;
    assert_eq!(became(&got), "3 1 0 0 2 | 3 not_a_number, 4 fields");
    let got = send(&world, Some(&token), JSON, "[]").await;
    assert_eq!(became(&got), "0 0 0 0 0 | ");
}

#[tokio::test]
async fn what_cannot_be_read_at_all_is_an_error() {
    let (world, token) = with_network().await;
    for (kind, body, expected) in [
        (JSON, "{\"datastream\":\"DS-1\"}", (400, "invalid_json")),
        (JSON, "[{", (400, "invalid_json")),
        (JSON, "", (400, "invalid_json")),
        ("text/csv", "a,b\n1,2\n", (400, "invalid_header")),
        ("text/csv", "", (400, "invalid_header")),
        ("text/plain", "[]", (415, "unsupported_media_type")),
        ("", "[]", (415, "unsupported_media_type")),
    ] {
        let got = send(&world, Some(&token), kind, body).await;
        assert_eq!(got.error(), (expected.0, expected.1.to_owned()), "{body}");
    }
    let large = format!("[{}]", " ".repeat(70_000));
    let got = send(&world, Some(&token), JSON, large).await;
    assert_eq!(got.error(), (413, "too_large".into()));
}

#[tokio::test]
async fn only_devices_hand_in_and_devices_do_nothing_else() {
    let (world, device) = with_network().await;
    for role in [Role::Citizen, Role::Officer, Role::Developer] {
        let token = world.app.store.token_add(role.name(), role).await.unwrap();
        let got = send(&world, Some(&token), JSON, "[]").await;
        assert_eq!(got.error(), (403, "forbidden".into()), "{}", role.name());
    }
    let got = send(&world, None, JSON, "[]").await;
    assert_eq!(got.error(), (403, "forbidden".into()));
    let got = send(&world, Some("cz_none"), JSON, "[]").await;
    assert_eq!(got.error(), (401, "invalid_token".into()));

    let tools = world.get_as(&device, "/v1/tools").await.json();
    assert_eq!(tools, json!([]));
    let ask = json!({"question": "楼道能堆东西吗"});
    let asked = world.post_as(&device, "/v1/agents/policy-qa/turns", &ask);
    assert_eq!(asked.await.error(), (403, "forbidden".into()));
    for (path, status) in [
        ("/v1/orders", 404),
        ("/v1/digest?from=2026-11-09&to=2026-11-15", 403),
    ] {
        assert_eq!(world.get_as(&device, path).await.status, status, "{path}");
    }
    // A token that is revoked hands in nothing.
    world.app.store.token_revoke("gauge").await.unwrap();
    let got = send(&world, Some(&device), JSON, "[]").await;
    assert_eq!(got.error(), (401, "invalid_token".into()));
}

#[tokio::test]
async fn what_came_in_is_counted() {
    let (world, token) = with_network().await;
    let one = "[{\"datastream\":\"DS-1\",\"at\":\"2026-11-21T11:00:00+08:00\",\"value\":5},1]";
    for _ in 0..2 {
        send(&world, Some(&token), JSON, one).await;
    }
    let metrics = world.get("/metrics").await.text();
    for (became, count) in [("stored", 1), ("repeated", 1), ("refused", 2)] {
        let line = format!("chengzhi_readings_total{{way=\"http\",became=\"{became}\"}} {count}");
        assert!(metrics.contains(&line), "{line}\n{metrics}");
    }
    assert_eq!(world.get("/readyz").await.json()["broker"], Value::Null);
}
