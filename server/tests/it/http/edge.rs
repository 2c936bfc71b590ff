//! Limits and headers.

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request};
use futures::StreamExt;
use serde_json::json;
use std::net::SocketAddr;
use tower::ServiceExt;

use super::script::{by_hand, events, prompt};
use super::world::{World, post, request, streamed};

const TURNS: &str = "/v1/agents/policy-qa/turns";

fn from(address: &str, mut request: Request<Body>) -> Request<Body> {
    let address: SocketAddr = format!("{address}:9").parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(address));
    request
}

#[tokio::test]
async fn an_address_that_asks_too_often_is_told_when_to_come_back() {
    let world = World::with(prompt(), |settings| settings.server.rate_per_minute = 2).await;
    let ask = |address: &str| {
        from(
            address,
            post(TURNS, None, json!({"question": "问"}).to_string()),
        )
    };
    assert_eq!(world.send(ask("203.0.113.1")).await.status, 200);
    assert_eq!(world.send(ask("203.0.113.1")).await.status, 200);
    let got = world.send(ask("203.0.113.1")).await;
    assert_eq!(got.error(), (429, "rate_limited".into()));
    assert_eq!(got.header("connection"), "close", "its body was not read");
    let seconds: u64 = got.header("retry-after").parse().unwrap();
    assert!((1..=31).contains(&seconds), "{seconds}");
    assert_eq!(
        world.send(ask("203.0.113.2")).await.status,
        200,
        "others are not held up"
    );
    assert_eq!(
        world
            .send(from(
                "203.0.113.1",
                request(Method::GET, "/v1/agents", None, Body::empty())
            ))
            .await
            .status,
        200
    );
    assert_eq!(
        world
            .send(from(
                "203.0.113.1",
                request(Method::GET, "/healthz", None, Body::empty())
            ))
            .await
            .status,
        200
    );
    assert!(
        world
            .get("/metrics")
            .await
            .text()
            .contains("chengzhi_shed_total{reason=\"rate\"} 1")
    );
}

#[tokio::test]
async fn more_turns_than_may_run_are_turned_away_until_one_ends() {
    let (work, mut hand) = by_hand();
    let world = World::with(work, |settings| settings.server.concurrency = 1).await;
    let asked = tokio::spawn(
        world
            .router
            .clone()
            .oneshot(streamed(TURNS, &json!({"question": "问"}))),
    );
    let request = hand.request.recv().await.unwrap();
    let script = events(&request);
    hand.say.send(Ok(script[0].clone())).unwrap();
    let mut body = asked.await.unwrap().unwrap().into_body().into_data_stream();
    body.next().await.unwrap().unwrap();
    // The response has begun, but the permit is held until its end.
    let got = world.post(TURNS, &json!({"question": "另一问"})).await;
    assert_eq!(got.error(), (503, "overloaded".into()));
    assert_eq!(got.header("retry-after"), "2");
    let metrics = world.get("/metrics").await.text();
    assert!(
        metrics.contains("chengzhi_turns_in_flight 1")
            && metrics.contains("chengzhi_shed_total{reason=\"concurrency\"} 1"),
        "{metrics}"
    );
    assert_eq!(world.get("/v1/agents").await.status, 200, "reading goes on");
    drop(body);
    hand.say.closed().await;
    world.app.store.settled().await;
    let got = world
        .post("/v1/agents/nobody/turns", &json!({"question": "问"}))
        .await;
    assert_eq!(
        got.error(),
        (404, "unknown_agent".into()),
        "the permit is back"
    );
}

#[tokio::test]
async fn an_answer_in_one_piece_has_a_deadline() {
    let (work, hand) = by_hand();
    let world = World::with(work, |settings| settings.server.timeout_s = 0).await;
    let got = world.post(TURNS, &json!({"question": "问"})).await;
    assert_eq!(got.error(), (504, "timeout".into()));
    assert_eq!(got.header("retry-after"), "5");
    world.app.store.settled().await;
    drop(hand);
}

#[tokio::test]
async fn every_response_is_guarded() {
    let world = World::new(prompt()).await;
    for path in [
        "/",
        "/main.js",
        "/healthz",
        "/v1/agents",
        "/v1/nothing",
        "/nothing",
        "/openapi.json",
    ] {
        let got = world.get(path).await;
        let policy = got.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'self'; script-src 'self'; style-src 'self';")
                && !policy.contains("unsafe"),
            "{path}: {policy}"
        );
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("object-src 'none'"),
            "{policy}"
        );
        assert_eq!(
            (
                got.header("x-content-type-options"),
                got.header("x-frame-options"),
                got.header("referrer-policy")
            ),
            ("nosniff", "DENY", "no-referrer")
        );
        assert_eq!(got.header("x-request-id").len(), 36, "{path}");
        assert!(
            got.headers
                .keys()
                .all(|name| !name.as_str().starts_with("access-control")),
            "no other origin is let in"
        );
    }
}

#[tokio::test]
async fn what_is_not_there_is_json() {
    let world = World::new(prompt()).await;
    for path in [
        "/v1/nothing",
        "/v1/agents/policy-qa",
        "/v1/agents/policy-qa/turns/1",
        "/nothing",
        "/v2",
    ] {
        assert_eq!(
            world.get(path).await.error(),
            (404, "not_found".into()),
            "{path}"
        );
    }
    for (method, path) in [
        (Method::GET, TURNS),
        (Method::PUT, "/v1/conversations/1"),
        (Method::POST, "/v1/agents"),
        (Method::DELETE, "/healthz"),
        (Method::POST, "/"),
    ] {
        let got = world
            .send(request(method.clone(), path, None, Body::empty()))
            .await;
        assert_eq!(
            got.error(),
            (405, "method_not_allowed".into()),
            "{method} {path}"
        );
    }
    assert_eq!(
        world.get("/v1/passages/%ff").await.error(),
        (400, "invalid_path".into())
    );
}

#[tokio::test]
async fn large_responses_are_compressed_but_streams_are_not() {
    let world = World::new(prompt()).await;
    let zipped = |mut request: Request<Body>| {
        request
            .headers_mut()
            .insert("accept-encoding", "gzip".parse().unwrap());
        request
    };
    for path in ["/", "/openapi.json"] {
        let got = world
            .send(zipped(request(Method::GET, path, None, Body::empty())))
            .await;
        assert_eq!(got.header("content-encoding"), "gzip", "{path}");
        assert_eq!(got.body[..2], [0x1f, 0x8b]);
    }
    let got = world
        .send(zipped(streamed(TURNS, &json!({"question": "问"}))))
        .await;
    assert_eq!(got.header("content-encoding"), "");
    assert!(got.text().starts_with("event: started"));
}

#[tokio::test]
async fn health_is_told_to_everybody() {
    let world = World::new(prompt()).await;
    assert_eq!(world.get("/healthz").await.json(), json!({"status": "ok"}));
    assert_eq!(
        world.get("/readyz").await.json(),
        json!({"status": "ready", "corpora": 2, "models": [], "problems": [], "broker": null})
    );
    world.post(TURNS, &json!({"question": "问"})).await;
    world
        .post("/v1/agents/made-up/turns", &json!({"question": "问"}))
        .await;
    let got = world.get("/metrics").await;
    assert!(
        got.header("content-type")
            .starts_with("text/plain; version=0.0.4")
    );
    let text = got.text();
    for line in [
        "chengzhi_turns_total{agent=\"policy-qa\",status=\"answered\"} 1",
        "chengzhi_turns_total{agent=\"unknown\",status=\"failed\"} 1",
        "chengzhi_turn_seconds_count{agent=\"policy-qa\"} 1",
        "chengzhi_turns_in_flight 0",
        "chengzhi_shed_total{reason=\"concurrency\"} 0",
        "# TYPE chengzhi_turn_seconds histogram",
    ] {
        assert!(text.contains(line), "{line} not in\n{text}");
    }
    assert!(!text.contains("made-up"), "labels do not come from callers");
    world.app.store.close().await;
    assert_eq!(world.get("/readyz").await.status, 503);
    assert_eq!(world.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn one_who_sends_slowly_holds_up_nobody() {
    let world = World::with(prompt(), |settings| settings.server.concurrency = 1).await;
    let endless = futures::stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let slow = post(TURNS, None, Body::from_stream(endless));
    let mut slow = Box::pin(world.router.clone().oneshot(slow));
    assert!(futures::poll!(&mut slow).is_pending());
    let got = world.post(TURNS, &json!({"question": "问"})).await;
    assert_eq!(got.status, 200);
    let broken = futures::stream::iter([Err::<Vec<u8>, _>(std::io::Error::other("gone"))]);
    let got = world
        .send(post(TURNS, None, Body::from_stream(broken)))
        .await;
    assert_eq!(got.error(), (400, "incomplete_body".into()));
}
