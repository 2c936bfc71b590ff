//! The page, agents and places.

use agents::Role;
use axum::body::Body;
use axum::http::Method;
use serde_json::json;

use super::script::prompt;
use super::world::{World, request};

#[tokio::test]
async fn the_page_is_served_with_its_files() {
    let world = World::new(prompt()).await;
    let cases = [
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/style.css", "text/css; charset=utf-8"),
        ("/main.js", "text/javascript; charset=utf-8"),
        ("/icon.svg", "image/svg+xml"),
    ];
    for (path, kind) in cases {
        let got = world.get(path).await;
        assert_eq!(
            (
                got.status.as_u16(),
                got.header("content-type"),
                got.header("cache-control")
            ),
            (200, kind, "no-cache"),
            "{path}"
        );
        assert!(!got.body.is_empty());
    }
    let head = world
        .send(request(Method::HEAD, "/", None, Body::empty()))
        .await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
}

#[tokio::test]
async fn an_unchanged_file_is_not_sent_again() {
    let world = World::new(prompt()).await;
    let tag = world.get("/main.js").await.header("etag").to_owned();
    assert!(tag.starts_with("W/\""));
    let again = |known: &str| {
        let mut request = request(Method::GET, "/main.js", None, Body::empty());
        request
            .headers_mut()
            .insert("if-none-match", known.parse().unwrap());
        request
    };
    let got = world.send(again(&format!("\"other\", {tag}"))).await;
    assert_eq!(
        (got.status.as_u16(), got.body.len(), got.header("etag")),
        (304, 0, tag.as_str())
    );
    assert_eq!(world.send(again("W/\"other\"")).await.status, 200);
}

#[tokio::test]
async fn nothing_but_the_page_is_served() {
    let world = World::new(prompt()).await;
    for path in [
        "/../Cargo.toml",
        "/..%2fCargo.toml",
        "/%2e%2e/Cargo.toml",
        "/.git/config",
        "//etc/passwd",
        "/main.js/",
        "/web/../main.js",
        "/Cargo.toml",
        "/main%2ejs",
        "/chengzhi.sqlite",
    ] {
        let got = world.get(path).await;
        assert_eq!(got.error(), (404, "not_found".into()), "{path}");
    }
}

#[tokio::test]
async fn agents_are_listed_by_role() {
    let world = World::new(prompt()).await;
    let names = |list: serde_json::Value| {
        list["agents"]
            .as_array()
            .unwrap()
            .iter()
            .map(|agent| agent["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let list = world.get("/v1/agents").await.json();
    let agent = &list["agents"][1];
    assert_eq!(
        (&agent["name"], &agent["kind"]),
        (&json!("policy-qa"), &json!("answer"))
    );
    assert!(
        agent["examples"]
            .as_array()
            .is_some_and(|examples| !examples.is_empty())
    );
    assert_eq!(
        names(list),
        ["intake", "policy-qa", "sensor-watch", "service-guide"]
    );
    let officer = world
        .app
        .store
        .token_add("one", Role::Officer)
        .await
        .unwrap();
    assert_eq!(
        names(world.get_as(&officer, "/v1/agents").await.json()),
        [
            "clerk-desk",
            "desk",
            "dispatcher",
            "drafter",
            "intake",
            "policy-qa",
            "sensor-watch",
            "service-guide",
            "work-order-summarizer"
        ]
    );
    assert_eq!(world.get_as("wrong", "/v1/agents").await.status, 401);
}

#[tokio::test]
async fn the_districts_of_the_city_are_listed() {
    let world = World::new(prompt()).await;
    let list = world.get("/v1/places").await.json();
    assert_eq!(list["city"], "和澜市");
    assert_eq!(
        list["places"][0],
        json!({"name": "和澜市", "parent": "澜江省", "level": "city"})
    );
    let names: Vec<_> = list["places"]
        .as_array()
        .unwrap()
        .iter()
        .map(|place| place["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["和澜市", "临江区", "云台区", "望海区", "松溪县"]);
}
