//! Tools over HTTP: who may call what, what waits for whom, orders by unit, forms that were handed in.

use agents::Role;
use serde_json::{Value, json};
use server::turn::Caller;

use super::script::prompt;
use super::world::World;

const CENTRE: &str = "和澜市12345政务服务便民热线";
const FIRE: &str = "和澜市消防救援支队";
const POLICE: &str = "和澜市公安局交通管理支队";

pub(super) async fn token(
    world: &World,
    role: Role,
    unit: Option<&str>,
    resident: Option<&str>,
) -> String {
    let name = format!(
        "{}-{}{}",
        role.name(),
        unit.unwrap_or(""),
        resident.unwrap_or("")
    );
    let caller = Caller {
        role,
        name: Some(name.clone()),
        unit: unit.map(str::to_owned),
        resident: resident.map(str::to_owned),
    };
    world.app.store.token_for(&name, &caller).await.unwrap()
}

fn order(key: &str) -> Value {
    json!({
        "arguments": {
            "text": "我们东门里小区2号楼楼道堆满杂物，轮椅出不去，反映三次了",
            "address": "东门里小区2号楼",
            "phone": "13900001234",
        },
        "key": key,
    })
}

fn ebike() -> Value {
    json!({
        "arguments": {
            "bought_on": "2026-11-15", "standard": true, "brand": "行远牌", "frame": "HY2026110001",
            "colour": "白色", "dealer": false, "name": "崔博文", "identity": "990121198202079574",
            "mobile": "19900003804", "address": "澜江省和澜市松溪县茶坪镇茶市路96号",
        },
        "key": "e1",
    })
}

/// Calls as `token`, confirms, and returns the output.
async fn done(world: &World, token: &str, tool: &str, call: &Value) -> Value {
    let got = world
        .post_as(token, &format!("/v1/tools/{tool}/calls"), call)
        .await;
    let body = got.json();
    let id = body["proposed"]["id"]
        .as_str()
        .unwrap_or_else(|| panic!("{body}"))
        .to_owned();
    let got = world
        .post_as(
            token,
            &format!("/v1/proposals/{id}"),
            &json!({"confirm": true}),
        )
        .await;
    assert_eq!(got.status, 200, "{}", got.text());
    got.json()["done"]["value"].clone()
}

#[tokio::test]
async fn a_caller_learns_as_whom_they_are_known() {
    let world = World::new(prompt()).await;
    let nobody = world.get("/v1/caller").await;
    assert_eq!(
        nobody.json(),
        json!({"signed_in": false, "name": null, "role": "citizen", "unit": null, "resident": null, "centre": false})
    );
    let centre = token(&world, Role::Officer, Some(CENTRE), None).await;
    let known = world.get_as(&centre, "/v1/caller").await.json();
    assert_eq!(
        (&known["centre"], &known["unit"]),
        (&json!(true), &json!(CENTRE))
    );
    let fire = token(&world, Role::Officer, Some(FIRE), None).await;
    assert_eq!(
        world.get_as(&fire, "/v1/caller").await.json()["centre"],
        false
    );
    assert_eq!(
        world.get_as("no such token", "/v1/caller").await.status,
        401
    );
}

#[tokio::test]
async fn tools_are_listed_for_whom_they_are_open() {
    let world = World::new(prompt()).await;
    let names = |body: &Value| -> Vec<String> {
        let tools = body.as_array().unwrap().iter();
        tools
            .map(|tool| tool["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let citizen = names(&world.get("/v1/tools").await.json());
    assert!(citizen.contains(&"hotline-create".to_owned()));
    assert!(!citizen.contains(&"hotline-centre".to_owned()));
    let centre = token(&world, Role::Officer, Some(CENTRE), None).await;
    let officer = names(&world.get_as(&centre, "/v1/tools").await.json());
    assert!(officer.contains(&"hotline-centre".to_owned()));
    let call = json!({"arguments": {"order": "HL1", "action": {"kind": "sign"}}, "key": "k", "conversation": "c"});
    let got = world.post("/v1/tools/hotline-centre/calls", &call).await;
    assert_eq!(got.status, 403);
    let got = world.post("/v1/tools/no-such-tool/calls", &call).await;
    assert_eq!(
        got.status, 403,
        "one that is not there looks like one that is not open"
    );
}

#[tokio::test]
async fn an_effect_waits_for_the_same_person() {
    let world = World::new(prompt()).await;
    let (mine, other) = (
        token(&world, Role::Citizen, None, Some("R0001")).await,
        token(&world, Role::Citizen, None, Some("R0002")).await,
    );
    let got = world
        .post_as(&mine, "/v1/tools/hotline-create/calls", &order("k1"))
        .await;
    let proposed = got.json()["proposed"].clone();
    let path = format!("/v1/proposals/{}", proposed["id"].as_str().unwrap());
    assert_eq!(
        world.get("/v1/orders?conversation=c").await.json(),
        json!([])
    );
    let waiting = world.get_as(&mine, "/v1/proposals").await.json();
    assert_eq!(waiting[0]["id"], proposed["id"]);
    assert_eq!(
        world.get_as(&other, "/v1/proposals").await.json(),
        json!([])
    );
    let yes = json!({"confirm": true});
    assert_eq!(world.post_as(&other, &path, &yes).await.status, 404);
    let receipt = world.post_as(&mine, &path, &yes).await.json();
    assert!(
        receipt["done"]["value"]["order"]
            .as_str()
            .unwrap()
            .starts_with("HL20261121")
    );
    let again = world.post_as(&mine, &path, &yes).await;
    assert_eq!(
        (again.status.as_u16(), &again.json()["error"]["code"]),
        (409, &json!("used"))
    );
    // The same key asks what became of it; without one there is no effect.
    let got = world
        .post_as(&mine, "/v1/tools/hotline-create/calls", &order("k1"))
        .await;
    assert_eq!(
        got.json()["done"]["value"]["order"],
        receipt["done"]["value"]["order"]
    );
    let got = world
        .post_as(&mine, "/v1/tools/hotline-create/calls", &order(""))
        .await;
    assert_eq!(got.json()["error"]["param"], "key");
    assert_eq!(
        world
            .get_as(&mine, "/v1/orders")
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(world.get_as(&other, "/v1/orders").await.json(), json!([]));
}

#[tokio::test]
async fn orders_and_rates_are_for_whom_they_concern() {
    let world = World::new(prompt()).await;
    let mine = token(&world, Role::Citizen, None, Some("R0001")).await;
    let centre = token(&world, Role::Officer, Some(CENTRE), None).await;
    let fire = token(&world, Role::Officer, Some(FIRE), None).await;
    let receipt = done(&world, &mine, "hotline-create", &order("k")).await;
    let number = receipt["order"].clone();
    let action = json!({"kind": "dispatch", "data": {
        "lead": FIRE, "assist": [], "copy": "临江区人民政府", "catalogue": "0301@2026.1", "basis": "权责清单",
    }});
    let call = json!({"arguments": {"order": number, "action": action}, "key": "d"});
    assert_eq!(world.get_as(&fire, "/v1/orders").await.json(), json!([]));
    let view = done(&world, &centre, "hotline-centre", &call).await;
    assert_eq!(view["state"], "dispatched");
    assert_eq!(
        world.get_as(&fire, "/v1/orders").await.json()[0]["id"],
        number
    );
    let sign = json!({"arguments": {"order": number, "action": {"kind": "sign"}}, "key": "s"});
    let view = done(&world, &fire, "hotline-unit", &sign).await;
    assert_eq!(
        (&view["state"], &view["contact"]),
        (&json!("handling"), &Value::Null)
    );
    let filtered = world
        .get_as(&centre, "/v1/orders?state=handling,archived")
        .await;
    assert_eq!(filtered.json().as_array().unwrap().len(), 1);
    let wrong = world.get_as(&centre, "/v1/orders?state=nothing").await;
    assert_eq!(wrong.json()["error"]["param"], "state");

    let rates = "/v1/rates?from=2026-11-01&to=2026-11-30&by=unit";
    assert_eq!(world.get(rates).await.status, 403);
    let got = world.get_as(&centre, rates).await;
    assert_eq!(
        got.json(),
        json!({"from": "2026-11-01", "to": "2026-11-30", "by": "unit", "groups": {}})
    );
    let backwards = world
        .get_as(&centre, "/v1/rates?from=2026-11-30&to=2026-11-01")
        .await;
    assert_eq!(backwards.status, 400);

    let digest = "/v1/digest?from=2026-11-15&to=2026-11-21";
    for who in [&mine, &fire] {
        assert_eq!(world.get_as(who, digest).await.status, 403);
    }
    let got = world.get_as(&centre, digest).await.json();
    let statistics = &got["statistics"];
    assert_eq!(
        (&statistics["ids"], &statistics["total"]["value"]),
        (&json!([number]), &json!(1))
    );
    assert_eq!(
        statistics["counts"]["item"][0]["cases"]["cases"],
        json!([0])
    );
    assert_eq!(got["unreadable"], json!([]));
    let page = world
        .get_as(&centre, &format!("{digest}&format=page"))
        .await;
    assert!(
        page.header("content-security-policy")
            .contains("default-src 'none'")
    );
    let text = page.text();
    let number = number.as_str().unwrap();
    for said in [
        "新收工单1件。",
        number,
        "name=\"AIGC\"",
        "本汇总由人工智能生成",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let docx = world
        .get_as(&centre, &format!("{digest}&format=docx"))
        .await;
    assert!(
        docx.header("content-disposition")
            .contains("digest-2026-11-15-2026-11-21.docx")
    );
    for wrong in [
        "from=2026-11-15&to=2026-11-21&format=pdf",
        "from=2026-11-21&to=2026-11-15",
        "from=2024-11-21&to=2026-11-15",
        "from=2026-11-20&to=2026-11-21&weeks=0",
    ] {
        let got = world.get_as(&centre, &format!("/v1/digest?{wrong}")).await;
        assert_eq!(got.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn a_form_that_was_handed_in_can_be_kept_and_printed() {
    let world = World::new(prompt()).await;
    let mine = token(&world, Role::Citizen, None, Some("R0001")).await;
    let other = token(&world, Role::Citizen, None, Some("R0002")).await;
    let police = token(&world, Role::Officer, Some(POLICE), None).await;
    let fire = token(&world, Role::Officer, Some(FIRE), None).await;
    let receipt = done(&world, &mine, "ebike-registration", &ebike()).await;
    let path = format!(
        "/v1/submissions/{}",
        receipt["submission"].as_str().unwrap()
    );
    for (token, status) in [(&mine, 200), (&police, 200), (&other, 404), (&fire, 404)] {
        assert_eq!(world.get_as(token, &path).await.status.as_u16(), status);
    }
    assert_eq!(
        world.get(&format!("{path}?conversation=c")).await.status,
        404
    );

    let form = world.get_as(&mine, &path).await.json();
    assert_eq!(form["AIGC"]["Label"], "1");
    let brand = form["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["field"] == "brand");
    assert_eq!(brand.unwrap()["shown"], "行远牌");
    let page = world.get_as(&mine, &format!("{path}?format=page")).await;
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(
        page.header("content-security-policy")
            .contains("default-src 'none'")
    );
    let text = page.text();
    assert!(
        text.contains("行远牌") && text.contains("name=\"AIGC\"") && text.contains("人工智能"),
        "{text}"
    );
    let docx = world.get_as(&mine, &format!("{path}?format=docx")).await;
    assert!(
        docx.body.starts_with(b"PK"),
        "a Word document is a ZIP archive"
    );
    assert!(docx.header("content-disposition").contains(".docx"));
    assert_eq!(
        world
            .get_as(&mine, &format!("{path}?format=pdf"))
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn what_is_changed_voids_what_was_shown_before() {
    let world = World::new(std::sync::Arc::new(agents::Agent::run)).await;
    let mine = token(&world, Role::Citizen, None, Some("R0001")).await;
    let mut conversation = Value::Null;
    for said in [
        "我们东门里小区2号楼楼道堆满杂物，轮椅出不去，反映三次了",
        "13900001234",
        "电话改成13900005678",
    ] {
        let body = json!({"question": said, "conversation": conversation});
        let got = world.post_as(&mine, "/v1/agents/intake/turns", &body).await;
        assert_eq!(got.status, 200, "{}", got.text());
        conversation = got.json()["conversation"].clone();
    }
    let waiting = world.get_as(&mine, "/v1/proposals").await.json();
    let waiting = waiting.as_array().unwrap();
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    assert!(
        waiting[0]["preview"]["lines"]
            .to_string()
            .contains("139****5678"),
        "{waiting:?}"
    );
}
