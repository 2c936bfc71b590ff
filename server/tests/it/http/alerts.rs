//! From a reading to an alert, an approval and an order, over HTTP: who may see what and do what, and what stands behind it.

use agents::Role;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tools::Watch;
use tools::sensor::Reading;

use super::script::prompt;
use super::tools::token;
use super::world::World;

const DUTY: &str = "和澜市应急管理局";
const CENTRE: &str = "和澜市12345政务服务便民热线";
const FIRE: &str = "和澜市消防救援支队";

async fn officer(world: &World, unit: &str) -> String {
    token(world, Role::Officer, Some(unit), None).await
}

/// The demonstration's network, without readings but those of a pit whose gas rises.
async fn raised(world: &World) -> String {
    let sensors = world.app.catalog.sensors.clone().unwrap();
    let (things, datastreams) = sensors.network.as_ref().unwrap().entities();
    let gas = datastreams.iter().find(|it| it.kind == "h2s").unwrap();
    let store = world.app.toolbox.store();
    store.put_network(&things, &datastreams).await.unwrap();
    let now = world.app.now();
    let readings: Vec<Reading> = (0..8)
        .map(|place| Reading {
            datastream: gas.id.clone(),
            at: now - SignedDuration::from_mins(40 - 5 * place),
            value: 8.0 + place as f64 / 10.0,
            unit: None,
        })
        .collect();
    store.append(&readings).await.unwrap();
    let watch = Watch::new(store.clone(), sensors);
    let alerts = watch.look_at_ids(&[&gas.id], now).await.unwrap();
    assert_eq!(alerts.len(), 1);
    alerts[0].id.clone()
}

async fn call(world: &World, token: &str, tool: &str, arguments: Value) -> (u16, Value) {
    let body = json!({"arguments": arguments, "key": format!("{tool}/{arguments}")});
    let got = world
        .post_as(token, &format!("/v1/tools/{tool}/calls"), &body)
        .await;
    (got.status.as_u16(), got.json())
}

/// Calls, confirms, and returns what came of it.
async fn done(world: &World, token: &str, tool: &str, arguments: Value) -> Value {
    let (status, body) = call(world, token, tool, arguments).await;
    assert_eq!(status, 200, "{body}");
    let id = body["proposed"]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/proposals/{id}");
    let got = world.post_as(token, &path, &json!({"confirm": true})).await;
    assert_eq!(got.status, 200, "{}", got.text());
    got.json()["done"]["value"].clone()
}

#[tokio::test]
async fn an_alert_becomes_an_approved_action_and_an_order() {
    let world = World::new(prompt()).await;
    let id = raised(&world).await;
    let duty = officer(&world, DUTY).await;
    let (_, listed) = call(&world, &duty, "sensor-alerts", json!({"open": true})).await;
    let alert = &listed["done"]["value"]["alerts"][0];
    assert_eq!((&alert["id"], &alert["level"]), (&json!(id), &json!("黄")));
    let evidence = alert["evidence"].as_array().unwrap();
    assert!(evidence.len() >= 5, "{alert}");

    let (_, proposed) = call(
        &world,
        &duty,
        "sensor-approve",
        json!({"alert": id, "action": 0}),
    )
    .await;
    let lines = proposed["proposed"]["preview"]["lines"].to_string();
    assert!(
        lines.contains("打开排风机") && lines.contains("演练"),
        "{lines}"
    );
    let approved = done(
        &world,
        &duty,
        "sensor-approve",
        json!({"alert": id, "action": 0}),
    )
    .await;
    assert_eq!(
        approved["alert"]["actions"][0]["approved_by"],
        format!("token:officer-{DUTY}")
    );
    assert_eq!(approved["alert"]["actions"][1]["approved_by"], Value::Null);

    let ordered = done(&world, &duty, "sensor-order", json!({"alert": id})).await;
    let number = ordered["order"].as_str().unwrap().to_owned();
    assert_eq!(ordered["alert"]["order"]["number"], number.as_str());
    let order = world
        .app
        .toolbox
        .store()
        .order(&number)
        .await
        .unwrap()
        .unwrap();
    assert!(order.text.contains("硫化氢"), "{}", order.text);
    let cited = &order.entries.last().unwrap().evidence;
    let named: Vec<&str> = evidence.iter().map(|id| id.as_str().unwrap()).collect();
    assert_eq!(
        cited, &named,
        "the order rests on the readings of the alert"
    );
}

#[tokio::test]
async fn an_alert_has_one_order_whoever_asks() {
    let world = World::new(prompt()).await;
    let id = raised(&world).await;
    let (duty, centre) = (officer(&world, DUTY).await, officer(&world, CENTRE).await);
    let first = done(&world, &duty, "sensor-order", json!({"alert": id})).await;
    let second = done(&world, &centre, "sensor-order", json!({"alert": id})).await;
    assert_eq!(first["order"], second["order"]);
}

#[tokio::test]
async fn who_may_see_and_who_may_act() {
    let world = World::new(prompt()).await;
    let id = raised(&world).await;
    let (fire, centre) = (officer(&world, FIRE).await, officer(&world, CENTRE).await);
    // A citizen sees no alerts.
    let body = json!({"arguments": {}, "conversation": "c"});
    let got = world.post("/v1/tools/sensor-alerts/calls", &body).await;
    assert_eq!(got.status, 403);
    for (who, tool, may) in [
        (&fire, "sensor-acknowledge", false),
        (&fire, "sensor-approve", false),
        (&fire, "sensor-order", false),
        (&centre, "sensor-acknowledge", true),
        (&centre, "sensor-approve", false),
        (&centre, "sensor-order", true),
    ] {
        let arguments = match tool {
            "sensor-approve" => json!({"alert": id, "action": 0}),
            _ => json!({"alert": id}),
        };
        let (status, body) = call(&world, who, tool, arguments).await;
        assert_eq!(status == 200, may, "{tool}: {body}");
    }
    let (status, _) = call(&world, &fire, "sensor-alerts", json!({})).await;
    assert_eq!(status, 200, "every officer may see them");
}

#[tokio::test]
async fn what_is_wrong_is_said() {
    let world = World::new(prompt()).await;
    let id = raised(&world).await;
    let duty = officer(&world, DUTY).await;
    for (tool, arguments, said) in [
        (
            "sensor-order",
            json!({"alert": "AL20260101-00000000"}),
            "没有编号为 AL20260101-00000000",
        ),
        (
            "sensor-approve",
            json!({"alert": id, "action": 40}),
            "没有第41项",
        ),
        ("sensor-approve", json!({"alert": id}), "action"),
        ("sensor-alerts", json!({"alert": "HL1"}), "alert"),
        (
            "sensor-alerts",
            json!({"text": "宽窄巷子有预警吗"}),
            "宽窄巷",
        ),
    ] {
        let (status, body) = call(&world, &duty, tool, arguments).await;
        assert!(
            (400..500).contains(&status) && body.to_string().contains(said),
            "{status} {body}"
        );
    }
}

#[tokio::test]
async fn the_same_is_told_in_a_conversation() {
    let world = World::new(std::sync::Arc::new(agents::Agent::run)).await;
    let id = raised(&world).await;
    let duty = officer(&world, DUTY).await;
    let now: Timestamp = world.app.now();
    assert!(now > Timestamp::UNIX_EPOCH);
    let ask = async |token: Option<&str>, question: &str| {
        let body = json!({"question": question});
        let path = "/v1/agents/sensor-watch/turns";
        let got = match token {
            Some(token) => world.post_as(token, path, &body).await,
            None => world.post(path, &body).await,
        };
        assert_eq!(got.status, 200, "{}", got.text());
        got.json()
    };
    let told = ask(Some(&duty), "现在有哪些预警").await;
    assert_eq!(told["watch"]["alerts"][0]["id"], id.as_str(), "{told}");
    let told = ask(Some(&duty), &format!("讲一下{id}")).await;
    assert!(told["sentences"].as_array().unwrap().len() > 2, "{told}");
    // Nobody has a device switched by asking for it.
    let told = ask(Some(&duty), "直接把排风机打开").await;
    assert_eq!(
        (&told["status"], &told["watch"]),
        (&json!("refused"), &Value::Null)
    );
    let told = ask(None, "有哪些预警").await;
    assert_eq!(
        (&told["status"], &told["watch"]),
        (&json!("refused"), &Value::Null)
    );
}
