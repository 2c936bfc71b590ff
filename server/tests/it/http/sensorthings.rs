//! The SensorThings API: entities and their links, pages, conditions, who may read, and what is not there.

use agents::Role;
use axum::body::Body;
use axum::http::{Method, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tools::sensor::Reading;

use super::readings::put_network;
use super::script::prompt;
use super::world::{World, request};
use crate::database::database;

fn minute(number: i64) -> Timestamp {
    let start: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
    start + SignedDuration::from_mins(number)
}

/// A pole with two datastreams, and of each some readings, ten minutes apart.
async fn world() -> World {
    let world = World::new(prompt()).await;
    fill(&world).await;
    world
}

async fn fill(world: &World) {
    put_network(world).await;
    let reading = |id: &str, number: i64, value: f64| Reading {
        datastream: id.into(),
        at: minute(number * 10),
        value,
        unit: None,
    };
    let gas = (0..50_i32).map(|number| reading("DS-1", number.into(), f64::from(number % 10)));
    let depth = (0..30_i32).map(|number| reading("DS-2", number.into(), f64::from(number)));
    let readings: Vec<Reading> = gas.chain(depth).collect();
    world.app.toolbox.store().append(&readings).await.unwrap();
}

/// As it stands in an address: letters and signs of ASCII, and of the others their codes.
fn written(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_graphic() && !b"%+<>".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

async fn get(world: &World, path: &str) -> Value {
    let got = world.get(&format!("/v1.1{}", written(path))).await;
    assert_eq!(got.status, 200, "{path}: {}", got.text());
    assert_eq!(got.header("cache-control"), "no-store");
    got.json()
}

async fn failed(world: &World, path: &str) -> (u16, String) {
    world.get(&format!("/v1.1{}", written(path))).await.error()
}

/// The ids of a collection.
fn ids(body: &Value) -> Vec<&str> {
    let value = body["value"].as_array().unwrap_or_else(|| panic!("{body}"));
    value
        .iter()
        .map(|it| it["@iot.id"].as_str().unwrap())
        .collect()
}

fn results(body: &Value) -> Vec<f64> {
    let value = body["value"].as_array().unwrap_or_else(|| panic!("{body}"));
    value
        .iter()
        .map(|it| it["result"].as_f64().unwrap())
        .collect()
}

#[tokio::test]
async fn the_root_names_the_sets_and_what_is_supported() {
    let world = world().await;
    for path in ["", "/"] {
        let root = get(&world, path).await;
        let sets = root["value"].as_array().unwrap();
        let names: Vec<&str> = sets.iter().map(|it| it["name"].as_str().unwrap()).collect();
        assert_eq!(
            names,
            [
                "Things",
                "Locations",
                "HistoricalLocations",
                "Datastreams",
                "Sensors",
                "ObservedProperties",
                "Observations",
                "FeaturesOfInterest"
            ]
        );
        let conformance = root["serverSettings"]["conformance"].as_array().unwrap();
        let pages = "http://www.opengis.net/spec/iot_sensing/1.1/req/request-data/pagination";
        assert!(conformance.contains(&json!(pages)), "{root}");
        // Each set that is named is there.
        for set in sets {
            let path = set["url"].as_str().unwrap().split_once("/v1.1").unwrap().1;
            get(&world, path).await;
        }
    }
}

#[tokio::test]
async fn entities_are_shown_with_their_links() {
    let world = world().await;
    let mut request = request(
        Method::GET,
        "/v1.1/Datastreams('DS-2')",
        None,
        Body::empty(),
    );
    let host = "helan.example:8443".parse().unwrap();
    request.headers_mut().insert(header::HOST, host);
    let https = "https".parse().unwrap();
    request.headers_mut().insert("x-forwarded-proto", https);
    let place = "https://helan.example:8443/v1.1/Datastreams('DS-2')";
    assert_eq!(
        world.send(request).await.json(),
        json!({
            "@iot.id": "DS-2",
            "@iot.selfLink": place,
            "name": "书院巷杆 积水深度",
            "description": "书院巷杆的积水深度，每600秒一次",
            "unitOfMeasurement": {
                "name": "centimetre",
                "symbol": "cm",
                "definition": "http://www.opengis.net/def/uom/UCUM/0/cm",
            },
            "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
            "phenomenonTime": "2026-11-20T00:00:00Z/2026-11-20T04:50:00Z",
            "resultTime": "2026-11-20T00:00:00Z/2026-11-20T04:50:00Z",
            "properties": {"interval_s": 600},
            "Thing@iot.navigationLink": format!("{place}/Thing"),
            "Sensor@iot.navigationLink": format!("{place}/Sensor"),
            "ObservedProperty@iot.navigationLink": format!("{place}/ObservedProperty"),
            "Observations@iot.navigationLink": format!("{place}/Observations"),
        })
    );
    let location = get(&world, "/Things('TH-1')/Locations").await;
    assert_eq!(
        location["value"][0]["location"],
        json!({"type": "Point", "coordinates": [118.6012, 27.6034]})
    );
    let observation = get(&world, "/Observations('DS-1@2026-11-20T00:10:00Z')").await;
    assert_eq!(
        (&observation["result"], &observation["phenomenonTime"]),
        (&json!(1.0), &json!("2026-11-20T00:10:00Z"))
    );
}

#[tokio::test]
async fn every_link_leads_somewhere() {
    let world = world().await;
    let mut seen = 0;
    for set in [
        "Things",
        "Locations",
        "Datastreams",
        "Sensors",
        "ObservedProperties",
        "Observations",
        "FeaturesOfInterest",
    ] {
        let found = get(&world, &format!("/{set}?$top=3")).await;
        for entity in found["value"].as_array().unwrap() {
            for (name, link) in entity.as_object().unwrap() {
                if name.ends_with("Link") {
                    let path = link.as_str().unwrap().split_once("/v1.1").unwrap().1;
                    let there = get(&world, path).await;
                    if name == "@iot.selfLink" {
                        assert_eq!(&there, entity);
                    }
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 30, "{seen}");
    let ways = [
        ("/Things('TH-1')/Datastreams", vec!["DS-1", "DS-2"]),
        ("/Sensors('DS-1')/Datastreams", vec!["DS-1"]),
        ("/ObservedProperties('h2s')/Datastreams", vec!["DS-1"]),
        ("/ObservedProperties('rain')/Datastreams", vec![]),
        ("/Locations('TH-1')/Things", vec!["TH-1"]),
        ("/Things('TH-1')/HistoricalLocations", vec![]),
    ];
    for (path, expected) in ways {
        assert_eq!(ids(&get(&world, path).await), expected, "{path}");
    }
    let ways = [
        ("/Datastreams('DS-1')/Thing", "TH-1"),
        ("/Datastreams('DS-1')/ObservedProperty", "h2s"),
        (
            "/Observations('DS-2@2026-11-20T00:10:00Z')/Datastream",
            "DS-2",
        ),
        (
            "/Observations('DS-2@2026-11-20T00:10:00Z')/FeatureOfInterest",
            "TH-1",
        ),
        ("/Things('TH-1')/Datastreams('DS-2')/Sensor", "DS-2"),
        (
            "/Things('TH-1')/Datastreams('DS-2')/Observations('DS-2@2026-11-20T00:10:00Z')",
            "DS-2@2026-11-20T00:10:00Z",
        ),
    ];
    for (path, expected) in ways {
        assert_eq!(get(&world, path).await["@iot.id"], expected, "{path}");
    }
}

#[tokio::test]
async fn conditions_choose_observations() {
    let world = world().await;
    for (condition, expected) in [
        ("result gt 8", vec![9.0; 5]),
        (
            "result gt 8 and phenomenonTime lt 2026-11-20T02:00:00Z",
            vec![9.0],
        ),
        (
            "phenomenonTime ge 2026-11-20T16:00:00+08:00",
            vec![8.0, 9.0],
        ),
        (
            "not (result lt 9) and not resultTime gt 2026-11-20T01:30:00Z",
            vec![9.0],
        ),
        (
            "id eq 'DS-1@2026-11-20T00:20:00Z' or id eq 'DS-1@2026-11-20T00:30:00Z'",
            vec![2.0, 3.0],
        ),
        ("Datastream/id eq 'DS-2'", vec![]),
        ("result eq 1e9", vec![]),
    ] {
        let path = format!("/Datastreams('DS-1')/Observations?$filter={condition}");
        assert_eq!(results(&get(&world, &path).await), expected, "{condition}");
    }
    let all = get(&world, "/Observations?$filter=result gt 25&$count=true").await;
    assert_eq!(all["@iot.count"], 4);
    let some = "/Observations?$filter=Datastream/id eq 'DS-2' and result le 1";
    assert_eq!(results(&get(&world, some).await), [0.0, 1.0]);
    let named = "/Things?$filter=name eq '书院巷杆' and properties/district ne '松溪县'";
    assert_eq!(ids(&get(&world, named).await), ["TH-1"]);
    let of = "/Datastreams?$filter=ObservedProperty/id eq 'h2s' and Thing/name eq '书院巷杆'";
    assert_eq!(ids(&get(&world, of).await), ["DS-1"]);
    // What looks like SQL is a text like any other.
    let text = "/Things?$filter=name eq ''' or 1=1 --'";
    assert!(ids(&get(&world, text).await).is_empty());
}

#[tokio::test]
async fn pages_follow_each_other_and_keep_the_options() {
    let world = world().await;
    for (path, expected) in [
        (
            "/Datastreams('DS-1')/Observations?$top=7&$count=true&$select=@iot.id",
            50,
        ),
        (
            "/Datastreams('DS-1')/Observations?$top=7&$orderby=phenomenonTime desc&$filter=result lt 5&$select=id",
            25,
        ),
        (
            "/Datastreams('DS-2')/Observations?$top=7&$orderby=result desc",
            30,
        ),
        ("/Observations?$orderby=phenomenonTime&$top=9", 80),
        ("/FeaturesOfInterest('TH-1')/Observations?$top=50", 80),
        ("/ObservedProperties?$top=5&$orderby=name desc", 17),
    ] {
        let mut found: Vec<String> = Vec::new();
        let mut next = Some(path.to_owned());
        while let Some(path) = next {
            let page = get(&world, &path).await;
            found.extend(ids(&page).into_iter().map(str::to_owned));
            next = page["@iot.nextLink"].as_str().map(|link| {
                assert!(found.len() < expected, "{link}");
                for option in ["$top", "$filter", "$orderby", "$select", "$count"] {
                    assert_eq!(link.contains(option), path.contains(option), "{link}");
                }
                let link = link.split_once("/v1.1").unwrap().1;
                // As it was encoded already.
                link.replace("%20", " ")
                    .replace("%2B", "+")
                    .replace("%3D", "=")
                    .replace("%25", "%")
            });
        }
        assert_eq!(found.len(), expected, "{path}");
        let mut distinct = found.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), expected, "{path}");
    }
    let newest = "/Datastreams('DS-1')/Observations?$orderby=phenomenonTime desc&$top=2&$skip=1";
    assert_eq!(results(&get(&world, newest).await), [8.0, 7.0]);
    let none = get(&world, "/Observations?$top=0&$count=true").await;
    assert_eq!(
        (&none["@iot.count"], &none["value"]),
        (&json!(80), &json!([]))
    );
    assert_eq!(none["@iot.nextLink"], Value::Null);
}

#[tokio::test]
async fn entities_are_shown_within_others() {
    let world = world().await;
    let path = "/Datastreams?$expand=Thing($select=name),Observations($orderby=phenomenonTime desc;$top=1;$select=result;$count=true)&$select=name";
    let found = get(&world, path).await;
    let first = &found["value"][0];
    assert_eq!(first["Thing"], json!({"name": "书院巷杆"}));
    assert_eq!(first["Observations"], json!([{"result": 9.0}]));
    assert_eq!(first["Observations@iot.count"], 50);
    let next = first["Observations@iot.nextLink"].as_str().unwrap();
    let next = next.split_once("/v1.1").unwrap().1.replace("%20", " ");
    assert_eq!(results(&get(&world, &next).await), [8.0]);
    assert_eq!(
        first.as_object().unwrap().keys().collect::<Vec<_>>(),
        [
            "name",
            "Thing",
            "Observations@iot.count",
            "Observations@iot.nextLink",
            "Observations"
        ]
    );
    let one = get(&world, "/Things('TH-1')?$expand=Datastreams,Locations").await;
    assert_eq!(one["Datastreams"][1]["@iot.id"], "DS-2");
    assert_eq!(one["Datastreams@iot.navigationLink"], Value::Null);
    assert_eq!(one["Locations"][0]["name"], "书院巷");
}

#[tokio::test]
async fn what_is_wrong_or_not_there_is_said() {
    let world = world().await;
    for path in [
        "/Things('TH-9')",
        "/Things('TH-9')/Datastreams",
        "/things",
        "/Observations('DS-1@2026-11-20T00:11:00Z')",
        "/Observations('DS-1@2026-11-20T00:10:00.0Z')",
        "/Observations('nonsense')",
        "/Things('TH-1')/Datastreams('DS-9')",
        "/HistoricalLocations('TH-1')",
        "/Things(1)",
    ] {
        assert_eq!(
            failed(&world, path).await,
            (404, "not_found".into()),
            "{path}"
        );
    }
    for path in [
        "/Observations?$filter=result gt",
        "/Observations?$top=x",
        "/Observations?$skip=10001",
        "/Observations?$skiptoken=x",
        "/Things('TH-1')?$top=1",
        "/Things?$colour=1",
        "/Things?$top=1&$top=2",
    ] {
        assert_eq!(
            failed(&world, path).await,
            (400, "invalid_option".into()),
            "{path}"
        );
    }
    for path in [
        "/MultiDatastreams",
        "/Things('TH-1')/name",
        "/Things/$ref",
        "/Observations?$filter=year(phenomenonTime) eq 2026",
        "/Observations?$orderby=result",
        "/Things?$expand=Datastreams/Observations",
        "/Things?$search=x",
        "/Observations?$resultFormat=dataArray",
    ] {
        assert_eq!(
            failed(&world, path).await,
            (501, "not_supported".into()),
            "{path}"
        );
    }
    let got = world.get("/v1.1/Things?$filter=name%20eq%205").await.json();
    let message = got["error"]["message"].as_str().unwrap();
    assert_eq!(
        message,
        "`$filter` 第9个字符：`name` 应与带单引号的文字比较。"
    );
    assert_eq!(got["error"]["param"], "$filter");
    assert_eq!(world.get("/v1.1/%ff").await.status, 400);
    for method in [Method::POST, Method::PATCH, Method::DELETE] {
        let sent = request(method, "/v1.1/Observations", None, Body::from("{}"));
        assert_eq!(
            world.send(sent).await.error(),
            (501, "not_supported".into())
        );
    }
}

#[tokio::test]
async fn who_may_query_sensors_may_read() {
    let closed = World::with(prompt(), |settings| settings.server.sensorthings = false).await;
    fill(&closed).await;
    assert_eq!(failed(&closed, "/Things").await, (404, "not_found".into()));

    let world = world().await;
    for role in [Role::Citizen, Role::Officer, Role::Developer] {
        let token = world.app.store.token_add(role.name(), role).await.unwrap();
        assert_eq!(world.get_as(&token, "/v1.1/Things").await.status, 200);
    }
    let device = world
        .app
        .store
        .token_add("gauge", Role::Device)
        .await
        .unwrap();
    let got = world.get_as(&device, "/v1.1/Things").await;
    assert_eq!(got.error(), (403, "forbidden".into()));
    assert_eq!(world.get_as("cz_none", "/v1.1/Things").await.status, 401);
}

/// What `sensor-query` of another city brings, which asks this server.
async fn through(address: std::net::SocketAddr, query: &tools::sensor::Query) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let store = tools::Store::open(&database(folder.path())).await.unwrap();
    let manifest = format!(
        "title = \"邻市传感器\"\ndescription = \"查一下\"\nkind = \"query\"\neffect = \"read\"\nroles = [\"citizen\"]\n[query]\nurl = \"http://{address}/v1.1\"\nprivate = true\n[query.kinds]\n\"硫化氢\" = \"h2s\"\n[query.places]\n\"书院巷杆\" = {{ place = \"书院巷\", district = \"临江区\" }}\n"
    );
    let origin = server::embedded::Origin::Embedded;
    let schema = origin.text("tools/sensor-query/input.schema.json").unwrap();
    let entry = tools::ToolEntry::parse("next-door", &manifest, &schema).unwrap();
    let resources = tools::Resources {
        store: store.clone(),
        hotline: None,
        sensors: server::catalog::Catalog::load(origin).sensors,
    };
    let tool = entry.open(&resources, &|_| None).unwrap();
    let Value::Object(arguments) = json!(query) else {
        panic!("{query:?}");
    };
    let call = tools::Call {
        tool: "next-door".into(),
        arguments: tools::Arguments::all_of(arguments, tools::Origin::Citizen),
        grant: tools::Grant {
            agent: "test".into(),
            tools: ["next-door".to_owned()].into(),
        },
        person: tools::Person {
            id: "conversation:1".into(),
            role: "citizen".into(),
            unit: None,
        },
        said: Vec::new(),
        key: String::new(),
        approval: None,
        now: minute(0),
    };
    let outcome = tools::Toolbox::new([tool], store).call(call).await.unwrap();
    match outcome {
        tools::Outcome::Done(output) => output.value,
        tools::Outcome::Proposed(_) => panic!("it reads"),
    }
}

#[tokio::test]
async fn another_city_asks_the_same_query_of_this_server() {
    use tools::sensor::{Aggregate, Period, Query, Where};
    let world = world().await;
    let serving = world.serve().await;
    let query = |aggregate| Query {
        kind: "h2s".into(),
        place: Where::Place {
            name: "书院巷".into(),
            district: "临江区".into(),
        },
        period: Period {
            from: minute(35),
            to: minute(485),
            words: "这段时间".into(),
        },
        aggregate,
        compare: None,
    };
    let sensors = world.app.catalog.sensors.clone().unwrap();
    for aggregate in [
        Aggregate::Max,
        Aggregate::Mean,
        Aggregate::Latest,
        Aggregate::Above(7.5),
    ] {
        let query = query(aggregate);
        let ours = tools::look(world.app.toolbox.store(), &sensors, &query)
            .await
            .unwrap();
        let theirs = through(serving.address, &query).await;
        assert_eq!(theirs["sentence"], json!(ours.sentence));
        for part in ["value", "unit", "points", "expected", "at", "stale", "runs"] {
            assert_eq!(
                theirs["answered"][part],
                json!(ours.answered)[part],
                "{part}"
            );
        }
        assert_eq!(theirs["series"], json!(ours.series));
    }
    serving.stop.send(()).unwrap();
    serving.served.await.unwrap().unwrap();
}
