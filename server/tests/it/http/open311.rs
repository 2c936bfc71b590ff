//! Open311 over the real routes: what programs read and send, who may, and what nobody gets to see.

use agents::Role;
use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::{Value, json};
use server::turn::Caller;
use tools::open311::{definition, document, problems, receipt, requests, services, updates};
use tools::{Arguments, Call, Grant, Kind, Origin, Outcome, Person, Resources, ToolEntry, Toolbox};

use super::script::prompt;
use super::world::{Got, World};
use crate::database::database;

const CENTRE: &str = "和澜市12345政务服务便民热线";
const FIRE: &str = "和澜市消防救援支队";
const WORDS: &str = "我叫张建国，东门里小区2号楼楼道堆满杂物 <急> & 轮椅出不去，电话13900001234";

async fn token(world: &World, name: &str, role: Role, unit: Option<&str>) -> String {
    let caller = Caller {
        role,
        name: Some(name.to_owned()),
        unit: unit.map(str::to_owned),
        resident: None,
    };
    world.app.store.token_for(name, &caller).await.unwrap()
}

/// A city with a program that reports for people.
async fn city() -> (World, String) {
    let world = World::new(prompt()).await;
    let key = token(&world, "reporter", Role::Citizen, None).await;
    (world, key)
}

/// The body of these parameters.
fn form(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<(String, String)> = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    tools::open311::form(&pairs)
}

fn sending(path: &str, body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(format!("/open311/v2/{path}"))
        .body(body.into())
        .unwrap();
    let kind = "application/x-www-form-urlencoded".parse().unwrap();
    request.headers_mut().insert(header::CONTENT_TYPE, kind);
    request
}

async fn post(world: &World, path: &str, pairs: &[(&str, &str)]) -> Got {
    world.send(sending(path, form(pairs))).await
}

async fn get(world: &World, path: &str) -> Got {
    world.get(&format!("/open311/v2/{path}")).await
}

/// Parameters of a report with everything.
fn report(key: &str) -> Vec<(&str, &str)> {
    vec![
        ("api_key", key),
        ("jurisdiction_id", "helan.example"),
        ("service_code", "0000"),
        ("description", WORDS),
        ("lat", "27.6034"),
        ("long", "118.6012"),
        ("address_string", "东门里小区2号楼301室"),
        ("first_name", "建国"),
        ("last_name", "张"),
        ("phone", "13900001234"),
        ("email", "zhang@mail.example"),
        ("media_url", "https://pictures.example/1.jpg"),
        ("attribute[time]", "昨晚"),
        ("account_id", "a1"),
        ("device_id", "d1"),
    ]
}

/// The number of a report that was taken in.
async fn reported(world: &World, pairs: &[(&str, &str)]) -> String {
    let got = post(world, "requests.xml", pairs).await;
    assert_eq!(got.status, 200, "{}", got.text());
    receipt(&got.text()).unwrap().service_request_id.unwrap()
}

/// Status and description of an error, the same in both formats.
fn error(got: &Got) -> (u16, String) {
    let problems = problems(&got.text());
    assert_eq!(problems.len(), 1, "{}", got.text());
    assert_eq!(
        problems[0].code,
        Some(got.status.as_u16().to_string()),
        "{}",
        got.text()
    );
    (got.status.as_u16(), problems[0].description.clone())
}

#[tokio::test]
async fn a_program_finds_its_way_in() {
    let (world, _) = city().await;
    let xml = get(&world, "discovery.xml").await;
    assert_eq!(xml.header("content-type"), "text/xml; charset=utf-8");
    let text = xml.text();
    assert!(
        text.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>"),
        "{text}"
    );
    let found = document(&text).unwrap();
    assert_eq!(found.root, "discovery");
    let endpoint = found
        .body
        .get("endpoints")
        .unwrap()
        .get("endpoint")
        .unwrap();
    assert!(endpoint.text("url").unwrap().ends_with("/open311/v2"));
    let json = get(&world, "discovery.json").await;
    assert_eq!(
        json.header("content-type"),
        "application/json; charset=utf-8"
    );
    let json = json.json();
    assert_eq!(
        json["endpoints"][0]["formats"],
        json!(["text/xml", "application/json"])
    );
    assert_eq!(
        json["endpoints"][0]["specification"],
        "http://wiki.open311.org/GeoReport_v2"
    );

    let xml = services(&get(&world, "services.xml").await.text()).unwrap();
    let json = get(&world, "services.json").await;
    assert_eq!(xml, services(&json.text()).unwrap());
    let catalog = &world.app.catalog.hotline.as_ref().unwrap().catalog;
    assert_eq!(xml.len(), catalog.iter().count() + 1);
    let known = catalog.iter().next().unwrap();
    assert_eq!(
        (&xml[0].service_code, xml[0].service_name.as_ref()),
        (&known.code, Some(&known.name))
    );
    assert_eq!(json.json()[0]["metadata"], true);

    for service in [xml.first().unwrap(), xml.last().unwrap()] {
        let path = format!("services/{}", service.service_code);
        let xml = definition(&get(&world, &format!("{path}.xml")).await.text()).unwrap();
        let json = definition(&get(&world, &format!("{path}.json")).await.text()).unwrap();
        assert_eq!(xml, json);
        assert_eq!(xml.service_code.as_ref(), Some(&service.service_code));
        assert!(
            xml.attributes
                .iter()
                .any(|attribute| attribute.code == "consent")
        );
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_in_the_format_that_was_asked_for() {
    let (world, key) = city().await;
    for path in [
        "services.yaml",
        "services",
        "nothing.xml",
        "services/9999.xml",
        "services/9999.json",
        "requests/HL1.xml",
        "requests/HL1.json",
        "requests.json?service_request_id=HL1",
        "requests.xml?service_code=9999",
        "tokens/abc.xml",
        "tokens/abc.json",
        "services.json?jurisdiction_id=elsewhere",
        "requests.xml?jurisdiction_id=elsewhere",
        "discovery.xml?jurisdiction_id=elsewhere",
        "a/b/c.xml",
    ] {
        let got = get(&world, path).await;
        assert_eq!(error(&got).0, 404, "{path}");
        let is_json = path.split('?').next().unwrap().ends_with(".json");
        assert_eq!(
            got.header("content-type").starts_with("application/json"),
            is_json,
            "{path}"
        );
        assert_eq!(
            document(&got.text()).unwrap().root,
            if is_json { "" } else { "errors" }
        );
    }
    for path in [
        "requests.xml?status=pending",
        "requests.json?start_date=2026-11-01",
        "requests.json?start_date=2026-01-01T00:00:00Z&end_date=2026-06-01T00:00:00Z",
        "servicerequestupdates.xml?start_date=x",
        "requests.xml?status=%FF",
    ] {
        assert_eq!(error(&get(&world, path).await).0, 400, "{path}");
    }
    let mut elsewhere = report(&key);
    elsewhere[1].1 = "elsewhere";
    assert_eq!(
        error(&post(&world, "requests.json", &elsewhere).await).0,
        404
    );
    elsewhere[1].1 = "helan.example";
    let got = post(
        &world,
        "requests.json?jurisdiction_id=elsewhere",
        &elsewhere,
    )
    .await;
    assert_eq!(error(&got).0, 404);
    // The method is the caller's to change, like all but the key and what is not there.
    assert_eq!(error(&post(&world, "services.json", &[]).await).0, 400);
    let deleting = Request::builder()
        .method(Method::DELETE)
        .uri("/open311/v2/requests.xml")
        .body(Body::empty())
        .unwrap();
    assert_eq!(error(&world.send(deleting).await).0, 400);
}

#[tokio::test]
async fn to_report_needs_a_key() {
    let (world, key) = city().await;
    let unit = token(&world, "unit", Role::Officer, Some(FIRE)).await;
    for wrong in ["", "cz_nonsense", unit.as_str()] {
        let got = post(&world, "requests.xml", &report(wrong)).await;
        assert_eq!(error(&got).0, 403, "{wrong}");
        assert!(!got.text().contains("cz_"));
    }
    let update = |key| {
        [
            ("api_key", key),
            ("service_request_id", "HL1"),
            ("status", "OPEN"),
        ]
    };
    for wrong in ["", "cz_nonsense"] {
        let got = post(&world, "servicerequestupdates.json", &update(wrong)).await;
        assert_eq!(error(&got).0, 403);
    }
    assert_eq!(
        error(&post(&world, "servicerequestupdates.json", &update(&key)).await).0,
        404
    );
    assert_eq!(get(&world, "requests.json").await.json(), json!([]));
}

#[tokio::test]
async fn a_report_becomes_an_order_that_its_own_request_confirmed() {
    let (world, key) = city().await;
    let got = post(&world, "requests.json", &report(&key)).await;
    assert_eq!(got.status, 200, "{}", got.text());
    let body = got.json();
    let receipt = body[0].as_object().unwrap();
    assert_eq!(
        receipt.keys().collect::<Vec<_>>(),
        ["service_request_id", "service_notice", "account_id"]
    );
    assert_eq!(receipt["account_id"], "a1");
    let id = receipt["service_request_id"].as_str().unwrap();
    assert!(id.starts_with("HL20261121"), "{id}");

    let order = world.app.toolbox.store().order(id).await.unwrap().unwrap();
    assert_eq!(order.text, WORDS);
    assert_eq!(order.contact.as_deref(), Some("139****1234"));
    assert_eq!(order.fields["lat"].value, "27.603400");
    assert_eq!(order.fields["time"].value, "昨晚");
    // Proposed, confirmed by the same person, carried out: in this order on the record.
    let records = world.app.toolbox.store().records(1, 100).await.unwrap();
    let outcomes: Vec<String> = records
        .iter()
        .map(|record| {
            assert!(!record.body.contains("13900001234"));
            let body: Value = serde_json::from_str(&record.body).unwrap();
            body["outcome"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(outcomes, ["proposed", "confirmed", "done"]);
    // The centre reaches the person; the order itself names nobody.
    let entries = serde_json::to_string(&order.entries).unwrap();
    for personal in ["zhang@mail.example", "\"name\":\"张建国\""] {
        assert!(!entries.contains(personal), "{personal}");
    }
}

#[tokio::test]
async fn a_report_that_is_sent_again_is_one_order() {
    let (world, key) = city().await;
    let first = reported(&world, &report(&key)).await;
    assert_eq!(reported(&world, &report(&key)).await, first);
    // Another device and account, another order of parameters, the other format.
    let mut again = report(&key);
    again.retain(|(name, _)| !["device_id", "account_id"].contains(name));
    again.reverse();
    assert_eq!(reported(&world, &again).await, first);
    // Twenty at once.
    let mut other = report(&key);
    other[3].1 = "路灯三天不亮了，晚上很黑";
    let pairs: Vec<Vec<(&str, &str)>> = (0..20).map(|_| other.clone()).collect();
    let sent = pairs.iter().map(|pairs| reported(&world, pairs));
    let ids = futures::future::join_all(sent).await;
    assert!(
        ids.iter().all(|id| *id == ids[0] && *id != first),
        "{ids:?}"
    );
    assert_eq!(
        get(&world, "requests.json")
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        2
    );
    // Somebody else who says the same is somebody else.
    let theirs = token(&world, "other", Role::Developer, None).await;
    let mut same = report(&theirs);
    same[0].1 = &theirs;
    assert_ne!(reported(&world, &same).await, first);
}

#[tokio::test]
async fn everybody_may_read_and_nobody_is_named() {
    let (world, key) = city().await;
    let id = reported(&world, &report(&key)).await;
    let one = format!("requests/{id}");
    let xml = get(&world, &format!("{one}.xml")).await;
    let json = get(&world, &format!("{one}.json")).await;
    let read = requests(&xml.text()).unwrap();
    assert_eq!(read, requests(&json.text()).unwrap());
    let shown = &read[0];
    assert_eq!(
        (
            shown.status.as_deref(),
            shown.service_code.as_deref(),
            shown.lat.as_deref(),
            shown.long.as_deref()
        ),
        (
            Some("open"),
            // Said of nothing in particular, and recognised.
            Some("0301"),
            Some("27.6034"),
            Some("118.6012")
        )
    );
    assert_eq!(
        shown.media_url.as_deref(),
        Some("https://pictures.example/1.jpg")
    );
    assert_eq!(
        shown.requested_datetime.as_deref(),
        Some("2026-11-21T12:00:00+08:00")
    );
    assert!(
        shown
            .description
            .as_ref()
            .unwrap()
            .contains("楼道堆满杂物 <急> & 轮椅"),
        "{shown:?}"
    );
    let keys = json.json()[0]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect::<Vec<_>>();
    assert_eq!(
        keys,
        [
            "service_request_id",
            "status",
            "status_notes",
            "service_name",
            "service_code",
            "description",
            "agency_responsible",
            "service_notice",
            "requested_datetime",
            "updated_datetime",
            "expected_datetime",
            "address",
            "address_id",
            "zipcode",
            "lat",
            "long",
            "media_url",
        ]
    );
    let everything = [
        xml.text(),
        json.text(),
        get(&world, "requests.xml").await.text(),
        get(&world, "servicerequestupdates.xml").await.text(),
        get(
            &world,
            &format!("servicerequestupdates.json?service_request_id={id}"),
        )
        .await
        .text(),
    ];
    for text in &everything {
        for personal in [
            "张建国",
            "13900001234",
            "139****1234",
            "zhang@",
            "301室",
            "reporter",
            "withheld",
        ] {
            // Of a number in the words the ends stay, as everywhere.
            let own = personal == "139****1234" && text.contains("电话139****1234");
            assert!(own || !text.contains(personal), "{personal}: {text}");
        }
    }
}

#[tokio::test]
async fn requests_are_listed_by_number_time_service_and_status() {
    let (world, key) = city().await;
    let first = reported(&world, &report(&key)).await;
    let catalog = &world.app.catalog.hotline.as_ref().unwrap().catalog;
    let item = catalog.iter().find(|item| item.facts.is_empty()).unwrap();
    let mut other = report(&key);
    other[2].1 = &item.code;
    other[3].1 = "请问一下这个事";
    let second = reported(&world, &other).await;
    let ids = async |query: &str| -> Vec<String> {
        let got = get(&world, &format!("requests.json?{query}")).await;
        assert_eq!(got.status, 200, "{query}: {}", got.text());
        requests(&got.text())
            .unwrap()
            .into_iter()
            .map(|one| one.service_request_id)
            .collect()
    };
    let both = vec![second.clone(), first.clone()];
    assert_eq!(ids("").await, both);
    assert_eq!(ids("status=open").await, both);
    assert_eq!(
        ids("status=open,closed&jurisdiction_id=helan.example").await,
        both
    );
    assert_eq!(ids("status=closed").await, Vec::<String>::new());
    assert_eq!(ids("service_code=0000").await, Vec::<String>::new());
    assert_eq!(ids("service_code=0301").await, vec![first.clone()]);
    assert_eq!(ids(&format!("service_code=0301,{}", item.code)).await, both);
    assert_eq!(
        ids("start_date=2026-11-21T12:00:00%2B08:00&end_date=2026-11-21T04:00:00Z").await,
        both
    );
    assert_eq!(
        ids("start_date=2026-11-21T04:00:01Z").await,
        Vec::<String>::new()
    );
    assert_eq!(
        ids("end_date=2026-11-21T03:59:59Z").await,
        Vec::<String>::new()
    );
    let named =
        format!("service_request_id={second},{first},HL1&status=closed&start_date=nonsense");
    assert_eq!(ids(&named).await, both);
}

#[tokio::test]
async fn an_update_is_what_the_callers_role_may_do() {
    let (world, key) = city().await;
    let id = reported(&world, &report(&key)).await;
    let centre = token(&world, "centre", Role::Officer, Some(CENTRE)).await;
    let unit = token(&world, "unit", Role::Officer, Some(FIRE)).await;
    let nobody = token(&world, "stray", Role::Officer, None).await;
    let stranger = token(&world, "stranger", Role::Citizen, None).await;
    let send = async |key: &str, status: &str, words: &str| {
        post(
            &world,
            "servicerequestupdates.xml",
            &[
                ("api_key", key),
                ("service_request_id", &id),
                ("status", status),
                ("description", words),
                ("updated_datetime", "2026-11-21T12:00:00+08:00"),
            ],
        )
        .await
    };
    for (who, status) in [(&key, "FIXED_BY_ME"), (&key, "")] {
        assert_eq!(error(&send(who, status, "x").await).0, 400);
    }
    for (who, status) in [
        (&nobody, "IN_PROGRESS"),
        (&stranger, "CANCELLED"),
        (&unit, "IN_PROGRESS"),
        (&unit, "REOPEN"),
        (&key, "IN_PROGRESS"),
        (&centre, "CANCELLED"),
        (&centre, "FIXED"),
    ] {
        assert_eq!(error(&send(who, status, "x").await).0, 403, "{status}");
    }
    let before = world.app.toolbox.store().order(&id).await.unwrap().unwrap();
    if before.state == tools::order::State::Grade {
        assert_eq!(send(&centre, "FOR_TRIAGE", "").await.status, 200);
    }
    dispatch(&world, &id).await;
    let got = send(&unit, "IN_PROGRESS", "已到现场").await;
    assert_eq!(got.status, 200, "{}", got.text());
    let update = updates(&got.text()).unwrap().remove(0).update_id;
    assert!(update.starts_with(&format!("{id}-")), "{update}");
    // Sent again it is the same, though the order has gone on.
    let again = send(&unit, "IN_PROGRESS", "已到现场").await;
    assert_eq!(updates(&again.text()).unwrap()[0].update_id, update);
    let urged = send(&key, "OPEN", "请快一点，电话13900001234").await;
    assert_eq!(urged.status, 200, "{}", urged.text());

    let listed = get(
        &world,
        &format!("servicerequestupdates.xml?service_request_id={id}"),
    )
    .await;
    let listed = updates(&listed.text()).unwrap();
    let statuses: Vec<&str> = listed
        .iter()
        .map(|update| update.status.as_deref().unwrap())
        .collect();
    assert_eq!(statuses.last(), Some(&"IN_PROGRESS"), "{listed:?}");
    assert!(statuses.starts_with(&["OPEN"]) && statuses.contains(&"FOR_TRIAGE"));
    assert!(listed.iter().any(|one| one.update_id == update));
    let span = "start_date=2026-11-21T00:00:00Z&end_date=2026-11-22T00:00:00Z";
    let spanned = get(&world, &format!("servicerequestupdates.json?{span}")).await;
    assert_eq!(updates(&spanned.text()).unwrap(), listed);
    let earlier = get(
        &world,
        "servicerequestupdates.json?end_date=2026-11-20T00:00:00Z",
    )
    .await;
    assert_eq!(earlier.json(), json!([]));
    let shown = requests(&get(&world, &format!("requests/{id}.xml")).await.text()).unwrap();
    assert_eq!(shown[0].agency_responsible.as_deref(), Some(FIRE));
    assert_eq!(shown[0].status_notes, listed.last().unwrap().description);
    assert!(shown[0].expected_datetime.is_some());
}

/// The centre gives the order to the fire brigade, as it does on its page.
async fn dispatch(world: &World, id: &str) {
    let person = Person {
        id: "token:centre".to_owned(),
        role: "officer".to_owned(),
        unit: Some(CENTRE.to_owned()),
    };
    let action = json!({"kind": "dispatch", "data": {
        "lead": FIRE, "assist": [], "copy": null, "catalogue": "0301@2026.1", "basis": "权责清单",
    }});
    let arguments = json!({"order": id, "action": action});
    let done = call(&world.app.toolbox, "hotline-centre", arguments, person);
    done.await.unwrap();
}

/// Calls a tool and confirms.
async fn call(
    toolbox: &Toolbox,
    tool: &str,
    arguments: Value,
    person: Person,
) -> Result<Value, tools::Error> {
    let grant = Grant {
        agent: "test".to_owned(),
        tools: [tool.to_owned()].into(),
    };
    let Value::Object(arguments) = arguments else {
        panic!("arguments are an object");
    };
    let now = "2026-11-21T04:00:00Z".parse().unwrap();
    let outcome = toolbox.call(Call {
        tool: tool.to_owned(),
        key: format!("{tool}:{}", Value::Object(arguments.clone())),
        arguments: Arguments::all_of(arguments, Origin::Staff),
        grant: grant.clone(),
        person: person.clone(),
        said: Vec::new(),
        approval: None,
        now,
    });
    match outcome.await? {
        Outcome::Done(output) => Ok(output.value),
        Outcome::Proposed(proposal) => {
            let done = toolbox.confirm(&proposal.id, &person, grant, now).await?;
            Ok(done.value)
        }
    }
}

#[tokio::test]
async fn a_token_leads_to_its_order() {
    let (world, key) = city().await;
    let id = reported(&world, &report(&key)).await;
    let order = world.app.toolbox.store().order(&id).await.unwrap().unwrap();
    let token = order.key.strip_prefix("open311:").unwrap();
    let got = get(&world, &format!("tokens/{token}.json")).await;
    assert_eq!(
        got.json(),
        json!([{"service_request_id": id, "token": token}])
    );
    let xml = get(&world, &format!("tokens/{token}.xml")).await;
    assert_eq!(receipt(&xml.text()).unwrap().service_request_id, Some(id));
}

#[tokio::test]
async fn an_emergency_is_told_whom_to_call() {
    let (world, key) = city().await;
    let mut fire = report(&key);
    fire[3].1 = "东门里小区2号楼着火了，有人被困";
    let got = post(&world, "requests.xml", &fire).await;
    let receipt = receipt(&got.text()).unwrap();
    assert!(
        receipt.service_notice.as_ref().unwrap().contains("119"),
        "{receipt:?}"
    );
    let id = receipt.service_request_id.unwrap();
    let shown = requests(&get(&world, &format!("requests/{id}.xml")).await.text()).unwrap();
    assert_eq!(shown[0].status.as_deref(), Some("open"));
}

#[tokio::test]
async fn what_others_send_is_bounded() {
    let world = World::with(prompt(), |settings| {
        settings.server.rate_per_minute = 3;
        settings.server.body_limit = 20_000;
    })
    .await;
    let large = sending(
        "requests.json",
        format!("description={}", "x".repeat(30_000)),
    );
    assert_eq!(error(&world.send(large).await).0, 400);
    let mut json = sending("requests.xml", "{}");
    json.headers_mut()
        .insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
    assert_eq!(error(&world.send(json).await).0, 400);
    assert_eq!(
        error(&world.send(sending("requests.xml", "a=%FF")).await).0,
        400
    );
    let got = world.send(sending("requests.json", "a=1")).await;
    assert_eq!(error(&got).0, 429);
    assert!(!got.header("retry-after").is_empty());
    // Reading is counted apart.
    assert_eq!(get(&world, "services.xml").await.status, 200);
}

#[tokio::test]
async fn a_city_can_do_without_it() {
    let world = World::with(prompt(), |settings| settings.server.open311 = false).await;
    for path in ["discovery.xml", "services.json", "requests.xml"] {
        assert_eq!(get(&world, path).await.status, 404, "{path}");
    }
    let got = world.send(sending("requests.xml", "a=1")).await;
    assert_ne!(got.status, 200);
}

#[tokio::test]
async fn our_own_client_reports_to_our_own_server() {
    let (world, key) = city().await;
    let serving = world.serve().await;
    let folder = tempfile::tempdir().unwrap();
    let store = tools::Store::open(&database(folder.path())).await.unwrap();
    let resources = Resources {
        store: store.clone(),
        hotline: None,
        sensors: None,
    };
    let secret = |name: &str| (name == "HELAN_KEY").then(|| key.clone());
    let tool = |name: &str, effect: &str, more: &str, schema: Value| {
        let manifest = format!(
            "title = \"t\"\ndescription = \"d\"\nkind = \"open311\"\neffect = \"{effect}\"\nroles = [\"officer\"]\n[open311]\nurl = \"http://{}/open311/v2\"\nprivate = true\njurisdiction = \"helan.example\"\n{more}",
            serving.address
        );
        let entry = ToolEntry::parse(name, &manifest, &schema.to_string()).unwrap();
        assert_eq!(entry.manifest.kind, Kind::Open311);
        entry.open(&resources, &secret).unwrap()
    };
    let schema = |names: &[&str]| {
        let properties: serde_json::Map<String, Value> = names
            .iter()
            .map(|name| ((*name).to_owned(), json!({})))
            .collect();
        json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "additionalProperties": false, "properties": properties})
    };
    let reporting = schema(&[
        "service_code",
        "description",
        "lat",
        "long",
        "attributes",
        "phone",
    ]);
    let toolbox = Toolbox::new(
        [
            tool(
                "report",
                "write",
                "operation = \"report\"\napi_key = \"HELAN_KEY\"",
                reporting,
            ),
            tool(
                "status",
                "read",
                "operation = \"status\"\nformat = \"json\"",
                schema(&["service_request_id"]),
            ),
            tool(
                "services",
                "read",
                "operation = \"services\"",
                schema(&["service_code"]),
            ),
            tool(
                "updates",
                "read",
                "operation = \"updates\"",
                schema(&["start_date", "end_date"]),
            ),
        ],
        store,
    );
    let clerk = Person {
        id: "token:clerk".to_owned(),
        role: "officer".to_owned(),
        unit: None,
    };
    let ask =
        async |tool: &str, arguments: Value| call(&toolbox, tool, arguments, clerk.clone()).await;
    let services = ask("services", json!({})).await.unwrap();
    assert!(services["services"].as_array().unwrap().len() > 300);
    let definition = ask("services", json!({"service_code": "0000"}))
        .await
        .unwrap();
    assert_eq!(definition["service_code"], "0000");
    let report = json!({"service_code": "0000", "description": "桥上的灯 & 护栏都坏了", "lat": 27.6, "long": 118.6, "attributes": {"time": "昨晚"}, "phone": "13900001234"});
    let receipt = ask("report", report.clone()).await.unwrap();
    let id = receipt["service_request_id"].as_str().unwrap().to_owned();
    assert_eq!(ask("report", report).await.unwrap(), receipt);
    let shown = ask("status", json!({"service_request_id": id}))
        .await
        .unwrap();
    assert_eq!(shown["requests"][0]["status"], "open");
    assert_eq!(shown["requests"][0]["description"], "桥上的灯 & 护栏都坏了");
    let updates = ask(
        "updates",
        json!({"start_date": "2026-11-21T00:00:00+08:00"}),
    )
    .await
    .unwrap();
    assert_eq!(updates["updates"][0]["service_request_id"], json!(id));
    let refused = ask(
        "report",
        json!({"service_code": "0000", "description": "x", "lat": 39.9, "long": 116.4}),
    )
    .await;
    let message = refused.unwrap_err().to_string();
    assert!(message.contains("不在本市范围内"), "{message}");
    let refused = ask("status", json!({"service_request_id": "HL1"})).await;
    assert!(refused.unwrap_err().to_string().contains("没有查到"));
    let _ = serving.stop.send(());
    serving.served.await.unwrap().unwrap();
}
