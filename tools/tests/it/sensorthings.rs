//! Kind `query` against SensorThings servers that misbehave: each call ends, soon and with a reason.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tools::sensor::{SensorFiles, Sensors};
use tools::{
    Arguments, Call, Error, Grant, Origin, Outcome, Person, Resources, Store, ToolEntry, Toolbox,
};

use crate::city::{hotline, noon, text};
use crate::database::database;

fn sensors() -> Sensors {
    let names = ["kinds", "holidays", "rules", "playbooks"];
    let names = names.map(|name| format!("seeds/sensors/{name}.toml"));
    let texts: Vec<String> = names.iter().map(|name| text(name)).collect();
    let files = SensorFiles {
        kinds: (&names[0], &texts[0]),
        holidays: (&names[1], &texts[1]),
        rules: (&names[2], &texts[2]),
        playbooks: (&names[3], &texts[3]),
        network: None,
    };
    let items: BTreeSet<String> = hotline()
        .catalog
        .iter()
        .map(|item| item.code.clone())
        .collect();
    Sensors::parse(&files, &items).unwrap()
}

/// A server whose every answer is `answer`'s.
async fn serve<A: IntoResponse>(answer: impl Fn(&Uri) -> A + Clone + Send + Sync + 'static) -> u16 {
    let answer = move |uri: Uri| {
        let response: Response = answer(&uri).into_response();
        async move { response }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, router).await });
    port
}

fn manifest(port: u16, more: &str) -> String {
    format!(
        "title = \"外市传感器\"\ndescription = \"查一下\"\nkind = \"query\"\neffect = \"read\"\nroles = [\"citizen\"]\ntimeout_s = 2\n\n[query]\nurl = \"http://127.0.0.1:{port}/v1.1\"\nprivate = true\n{more}\n\n[query.kinds]\n\"Hydrogen sulfide\" = \"h2s\"\n\n[query.places]\n\"Pole 1\" = {{ place = \"书院巷\", district = \"临江区\" }}\n"
    )
}

async fn asked(port: u16) -> Result<Value, Error> {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&database(folder.path())).await.unwrap();
    let resources = Resources {
        store: store.clone(),
        hotline: None,
        sensors: Some(Arc::new(sensors())),
    };
    let schema = text("tools/sensor-query/input.schema.json");
    let entry = ToolEntry::parse("north", &manifest(port, ""), &schema).unwrap();
    let toolbox = Toolbox::new([entry.open(&resources, &|_| None).unwrap()], store);
    let query = json!({
        "kind": "h2s",
        "where": {"place": {"name": "书院巷", "district": "临江区"}},
        "period": {"from": "2026-11-20T00:00:00Z", "to": "2026-11-20T01:00:00Z", "words": "上午"},
        "aggregate": "max",
    });
    let Value::Object(query) = query else {
        unreachable!("it is an object");
    };
    let call = Call {
        tool: "north".to_owned(),
        arguments: Arguments::all_of(query, Origin::Citizen),
        grant: Grant {
            agent: "test".to_owned(),
            tools: ["north".to_owned()].into(),
        },
        person: Person {
            id: "conversation:1".to_owned(),
            role: "citizen".to_owned(),
            unit: None,
        },
        said: Vec::new(),
        key: String::new(),
        approval: None,
        now: noon(),
    };
    match toolbox.call(call).await? {
        Outcome::Done(output) => Ok(output.value),
        Outcome::Proposed(_) => unreachable!("it reads"),
    }
}

async fn check(port: u16, expected: &str) {
    let error = asked(port).await.unwrap_err();
    assert!(
        matches!(error, Error::Failed { .. }) && error.to_string().contains(expected),
        "{error:?}"
    );
}

fn datastream(symbol: &str) -> Value {
    json!({
        "@iot.id": 7,
        "unitOfMeasurement": {"name": "", "symbol": symbol, "definition": ""},
        "Thing": {"name": "Pole 1"},
        "ObservedProperty": {"name": "Hydrogen sulfide"},
    })
}

fn page(value: &Value) -> String {
    json!({"value": value}).to_string()
}

#[tokio::test]
async fn readings_are_brought_in_the_unit_of_the_kind() {
    let port = serve(|uri| {
        if uri.path().ends_with("/Datastreams") {
            let other = json!({"@iot.id": 8, "Thing": {"name": "Pole 2"}, "ObservedProperty": {"name": "Hydrogen sulfide"}});
            return page(&json!([datastream("mg/m3"), other]));
        }
        assert_eq!(uri.path(), "/v1.1/Datastreams(7)/Observations");
        let query = uri.query().unwrap();
        assert!(query.contains("phenomenonTime+ge+2026-11-20T00%3A00%3A00Z"), "{query}");
        page(&json!([
            {"phenomenonTime": "2026-11-20T00:00:00Z", "result": 13.93865},
            {"phenomenonTime": "2026-11-20T00:10:00Z/2026-11-20T00:20:00Z", "result": 1.393865},
            // Not plausible, no number, not asked for.
            {"phenomenonTime": "2026-11-20T00:20:00Z", "result": 1e9},
            {"phenomenonTime": "2026-11-20T00:30:00Z", "result": "high"},
            {"phenomenonTime": "2026-11-20T03:00:00Z", "result": 20},
        ]))
    })
    .await;
    let found = asked(port).await.unwrap();
    let answered = &found["answered"];
    let value = answered["value"].as_f64().unwrap();
    assert!((value - 10.0).abs() < 1e-6, "{found}");
    assert_eq!(
        (&answered["unit"], &answered["points"]),
        (&json!("ppm"), &json!(2))
    );
    assert_eq!(answered["expected"], 6);
    assert_eq!(
        answered["evidence"]["readings"][0],
        "reading:north:7@2026-11-20T00:00:00Z"
    );
}

#[tokio::test]
async fn what_is_no_sensorthings_ends_the_call() {
    check(
        serve(|_| StatusCode::INTERNAL_SERVER_ERROR).await,
        "it answered 500",
    )
    .await;
    check(
        serve(|_| "<html>welcome</html>").await,
        "does not answer as SensorThings",
    )
    .await;
    check(
        serve(|_| "{\"value\": 5}").await,
        "does not answer as SensorThings",
    )
    .await;
    check(serve(|_| "").await, "does not answer as SensorThings").await;
    check(
        serve(|_| Redirect::to("http://127.0.0.1:1/")).await,
        "it answered 303",
    )
    .await;
    check(
        serve(|_| page(&json!([datastream("furlong")]))).await,
        "is not a unit",
    )
    .await;
    let nothing_there = asked(serve(|_| page(&json!([1, null, {}]))).await).await;
    assert!(
        matches!(nothing_there, Err(Error::Refused { .. })),
        "{nothing_there:?}"
    );
    // Nobody listens.
    let gone = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    assert!(matches!(
        asked(gone.port()).await,
        Err(Error::Failed { .. })
    ));
}

#[tokio::test]
async fn what_has_no_end_ends_the_call() {
    let again = |uri: &Uri| json!({"value": [], "@iot.nextLink": uri.to_string()}).to_string();
    check(serve(again).await, "no end").await;
    let count = Arc::new(AtomicU64::new(0));
    let counted = count.clone();
    let further = move |_: &Uri| {
        let number = counted.fetch_add(1, Ordering::Relaxed);
        json!({"value": [], "@iot.nextLink": format!("/v1.1/Datastreams?$skip={number}")})
            .to_string()
    };
    check(serve(further).await, "no end").await;
    assert!(count.load(Ordering::Relaxed) <= 401);
    let elsewhere = |_: &Uri| {
        json!({"value": [], "@iot.nextLink": "http://169.254.169.254/latest"}).to_string()
    };
    check(serve(elsewhere).await, "another server").await;
    let huge = |_: &Uri| format!("{{\"value\": [\"{}\"]}}", "x".repeat(9 << 20));
    check(serve(huge).await, "larger than").await;
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let error = asked(port).await.unwrap_err();
    assert!(
        matches!(error, Error::Failed { .. } | Error::Late { .. }),
        "{error:?}"
    );
    drop(listener);
}

#[test]
fn a_manifest_names_a_server_and_nothing_else() {
    let schema = text("tools/sensor-query/input.schema.json");
    let right = manifest(9, "");
    assert!(ToolEntry::parse("north", &right, &schema).is_ok());
    let other = right.replace("kind = \"query\"", "kind = \"register\"");
    let error = ToolEntry::parse("north", &other, &schema).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("`[query]` belongs to another kind"),
        "{error}"
    );
    let error = ToolEntry::parse("north", &manifest(9, "colour = 1"), &schema).unwrap_err();
    assert!(error.to_string().contains("colour"), "{error}");
}
