//! `POST /v1/agents/{name}/turns`.

use agents::{Event, Role};
use axum::body::Body;
use futures::StreamExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::script::{self, by_hand, events, panicking, prompt};
use super::world::{World, post, server_events, streamed};

const TURNS: &str = "/v1/agents/policy-qa/turns";

fn names(events: &[(String, Value)]) -> Vec<&str> {
    events.iter().map(|(name, _)| name.as_str()).collect()
}

#[tokio::test]
async fn one_piece_is_the_answer() {
    let world = World::new(prompt()).await;
    let body = json!({"question": "楼道能堆杂物吗？", "as_of": "2024-06-01", "place": "临江区", "conversation": null, "corpora": ["test"], "limit": 5});
    let got = world.post(TURNS, &body).await;
    assert_eq!(got.status, 200, "{}", got.text());
    let answer = got.json();
    assert_eq!(
        (&answer["status"], &answer["as_of"], &answer["jurisdiction"]),
        (&json!("answered"), &json!("2024-06-01"), &json!("临江区"))
    );
    assert_eq!(answer["choices"], json!([]));
    assert_eq!(answer["message"], Value::Null);
    assert!(
        answer["conversation"]
            .as_str()
            .is_some_and(|id| id.len() == 36)
    );
    assert_eq!(answer["aigc"]["Label"], "1");
    assert_eq!(got.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_stream_is_every_event_once_in_order() {
    let world = World::new(prompt()).await;
    let got = world
        .send(streamed(TURNS, &json!({"question": "问"})))
        .await;
    assert_eq!(got.header("content-type"), "text/event-stream");
    assert_eq!(
        (got.header("cache-control"), got.header("x-accel-buffering")),
        ("no-store", "no")
    );
    let events = server_events(&got.text());
    let expected = [
        "started",
        "interpreted",
        "searched",
        "removed",
        "citation",
        "citation",
        "sentence",
        "sentence",
        "done",
    ];
    assert_eq!(names(&events), expected);
    assert!(
        events.iter().all(|(_, data)| data.get("event").is_none()),
        "the name stands in the event, not in its data"
    );
    assert_eq!(events[0].1["turn"], 1);
    assert_eq!(
        events[6].1,
        json!({"index": 0, "text": "禁止在楼道堆放杂物。", "citations": ["test:a@1:2"]})
    );
    assert_eq!(events[8].1["conversation"], events[0].1["conversation"]);
    // What was taken out is on the record, with what was wrong, and nowhere else.
    assert!(!got.text().contains("9999"));
    let recorded = world.audit().await;
    let kinds: Vec<&str> = recorded
        .iter()
        .map(|(kind, _)| kind.trim_start_matches("turn."))
        .collect();
    // What the answer rests on stands in front of it.
    assert_eq!(kinds[..8], expected[..8]);
    assert_eq!(kinds[8..], ["pinned", "done"]);
    assert!(recorded[3].1["text"].as_str().unwrap().contains("9999"));
}

#[tokio::test]
async fn a_quoted_answer_goes_out_before_the_model_is_done_and_why_it_failed_does_not() {
    let work: server::turn::Work = std::sync::Arc::new(|_, _, request| {
        futures::stream::iter(script::unworded(&request).into_iter().map(Ok)).boxed()
    });
    let world = World::new(work).await;
    let got = world
        .send(streamed(TURNS, &json!({"question": "问"})))
        .await;
    let events = server_events(&got.text());
    assert_eq!(names(&events)[3..5], ["quoted", "degraded"]);
    let (quoted, last) = (&events[3].1, &events.last().unwrap().1);
    assert_eq!(quoted["sentences"], last["sentences"]);
    assert_eq!(
        events[4].1,
        json!({"task": "wording", "cause": "unavailable", "reason": "", "model": null})
    );
    assert_eq!(
        (&quoted["degraded"], &last["degraded"]),
        (&Value::Null, &json!("模型暂时不可用。"))
    );
    assert!(!got.text().contains("10.0.0.9"));
    let recorded = world.audit().await;
    assert_eq!(
        (recorded[3].0.as_str(), recorded[4].0.as_str()),
        ("turn.quoted", "turn.degraded")
    );
    assert!(
        recorded[4].1["reason"]
            .as_str()
            .unwrap()
            .contains("10.0.0.9")
    );
    world.app.store.verify().await.unwrap();
}

#[tokio::test]
async fn sentences_go_out_as_they_come_and_the_answer_after_the_record() {
    let (work, mut hand) = by_hand();
    let world = World::new(work).await;
    let router = world.router.clone();
    let asked = tokio::spawn(router.oneshot(streamed(TURNS, &json!({"question": "问"}))));
    let request = hand.request.recv().await.unwrap();
    let script = events(&request);
    let (last, before) = script.split_last().unwrap();
    for event in before {
        hand.say.send(Ok(event.clone())).unwrap();
    }
    let mut body = asked.await.unwrap().unwrap().into_body().into_data_stream();
    let mut text = String::new();
    while !text.contains("违者处200元罚款。\",") {
        text.push_str(std::str::from_utf8(&body.next().await.unwrap().unwrap()).unwrap());
    }
    assert!(world.audit().await.is_empty(), "the turn is still running");
    hand.say.send(Ok(last.clone())).unwrap();
    while !text.contains("event: done") {
        text.push_str(std::str::from_utf8(&body.next().await.unwrap().unwrap()).unwrap());
        if text.contains("event: done") {
            assert_eq!(
                world.audit().await.len(),
                script.len() + 1,
                "recorded before it went out"
            );
        }
    }
    assert!(body.next().await.is_none());
}

#[tokio::test]
async fn a_caller_who_leaves_stops_the_work() {
    let (work, mut hand) = by_hand();
    let world = World::new(work).await;
    let asked = tokio::spawn(world.router.clone().oneshot(streamed(
        TURNS,
        &json!({"question": "我的电话是13912345678"}),
    )));
    let request = hand.request.recv().await.unwrap();
    hand.say.send(Ok(events(&request).swap_remove(0))).unwrap();
    let mut body = asked.await.unwrap().unwrap().into_body().into_data_stream();
    body.next().await.unwrap().unwrap();
    assert_eq!(world.app.store.running(), 1);
    drop(body);
    hand.say.closed().await;
    world.app.store.settled().await;
    let recorded = world.audit().await;
    assert_eq!(
        recorded
            .iter()
            .map(|(kind, _)| kind.as_str())
            .collect::<Vec<_>>(),
        ["turn.started", "turn.pinned", "turn.cancelled"]
    );
    assert_eq!(recorded[2].1["question"], "我的电话是139****5678");
    world.app.store.verify().await.unwrap();
    // The conversation can be gone on with; what was cut off is no part of it.
    let id = request.conversation.unwrap();
    assert_eq!(
        world.get(&format!("/v1/conversations/{id}")).await.json()["turns"],
        json!([])
    );
    assert!(
        world
            .get("/metrics")
            .await
            .text()
            .contains("chengzhi_turns_total{agent=\"policy-qa\",status=\"cancelled\"} 1")
    );
}

#[tokio::test]
async fn an_agent_that_fails_is_recorded_and_said_so() {
    let (work, mut hand) = by_hand();
    let world = World::new(work).await;
    let asked = tokio::spawn(
        world
            .router
            .clone()
            .oneshot(streamed(TURNS, &json!({"question": "问"}))),
    );
    let request = hand.request.recv().await.unwrap();
    hand.say.send(Ok(events(&request).swap_remove(0))).unwrap();
    hand.say.send(Err(agents::Error::Interrupted)).unwrap();
    let body = axum::body::to_bytes(asked.await.unwrap().unwrap().into_body(), usize::MAX)
        .await
        .unwrap();
    let events = server_events(std::str::from_utf8(&body).unwrap());
    assert_eq!(names(&events), ["started", "error"]);
    assert_eq!(events[1].1["code"], "internal");
    assert_eq!(world.audit().await[2].0, "turn.failed");
}

#[tokio::test]
async fn a_panic_ends_one_turn_only() {
    let world = World::new(panicking()).await;
    let got = world.post(TURNS, &json!({"question": "问"})).await;
    assert_eq!(got.error(), (500, "internal".into()));
    assert!(!got.text().contains("fault"), "causes are for the log");
    let recorded = world.audit().await;
    assert_eq!(
        recorded[2].1["reason"],
        "the turn was interrupted: panic: a fault in the agent"
    );
    assert_eq!(world.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn an_error_before_the_first_event_is_a_status() {
    let (work, hand) = by_hand();
    let world = World::new(work).await;
    hand.say
        .send(Err(agents::Error::Question("问题无法理解。".into())))
        .unwrap();
    let got = world
        .send(streamed(TURNS, &json!({"question": "问"})))
        .await;
    assert_eq!(got.error(), (400, "invalid_question".into()));
}

#[tokio::test]
async fn wrong_requests_are_named() {
    let world = World::new(prompt()).await;
    let long = "长".repeat(2_001);
    let cases: &[(&str, Value, (u16, &str), &str)] = &[
        (
            TURNS,
            json!({"question": ""}),
            (400, "empty_question"),
            "question",
        ),
        (
            TURNS,
            json!({"question": " \u{3000}\n\u{200b}\u{202e}\u{feff}"}),
            (400, "empty_question"),
            "question",
        ),
        (
            TURNS,
            json!({"question": long}),
            (400, "question_too_long"),
            "question",
        ),
        (TURNS, json!({}), (400, "missing_field"), "question"),
        (
            TURNS,
            json!({"question": 3}),
            (400, "invalid_field"),
            "question",
        ),
        (
            TURNS,
            json!({"question": "问", "qestion": 1}),
            (400, "unknown_field"),
            "qestion",
        ),
        (
            TURNS,
            json!({"question": "问", "as_of": "2026-02-30"}),
            (400, "invalid_date"),
            "as_of",
        ),
        (
            TURNS,
            json!({"question": "问", "as_of": "2026-1-1"}),
            (400, "invalid_date"),
            "as_of",
        ),
        (
            TURNS,
            json!({"question": "问", "as_of": "2026-01-01T00:00:00"}),
            (400, "invalid_date"),
            "as_of",
        ),
        (
            TURNS,
            json!({"question": "问", "limit": 0}),
            (400, "invalid_limit"),
            "limit",
        ),
        (
            TURNS,
            json!({"question": "问", "limit": 101}),
            (400, "invalid_limit"),
            "limit",
        ),
        (
            TURNS,
            json!({"question": "问", "limit": -1}),
            (400, "invalid_field"),
            "limit",
        ),
        (
            TURNS,
            json!({"question": "问", "corpora": []}),
            (400, "no_corpora"),
            "corpora",
        ),
        (
            TURNS,
            json!({"question": "问", "corpora": ["test", "none"]}),
            (404, "unknown_corpus"),
            "corpora",
        ),
        (
            TURNS,
            json!({"question": "问", "corpora": ["inner"]}),
            (404, "unknown_corpus"),
            "corpora",
        ),
        (
            TURNS,
            json!({"question": "问", "conversation": "7"}),
            (404, "unknown_conversation"),
            "",
        ),
        (TURNS, json!([1]), (400, "invalid_field"), ""),
        (
            "/v1/agents/nobody/turns",
            json!({"question": "问"}),
            (404, "unknown_agent"),
            "",
        ),
        (
            "/v1/agents/desk/turns",
            json!({"question": "问"}),
            (403, "forbidden"),
            "",
        ),
    ];
    for (path, body, (status, code), param) in cases {
        let got = world.post(path, body).await;
        assert_eq!(got.error(), (*status, (*code).to_owned()), "{body}");
        if !param.is_empty() {
            assert_eq!(got.json()["error"]["param"], *param, "{body}");
        }
    }
    assert!(world.audit().await.is_empty(), "nothing began");
}

#[tokio::test]
async fn bodies_that_are_no_json_are_named() {
    let world = World::new(prompt()).await;
    let cases: &[(&[u8], (u16, &str))] = &[
        (b"{\"question\": \"\xff\xfe\"}", (400, "invalid_utf8")),
        (b"{\"question\": ", (400, "invalid_json")),
        (b"{\"question\": \"\\ud800\"}", (400, "invalid_json")),
        (b"{\"question\": \"a\"} x", (400, "invalid_json")),
        (
            b"{\"question\": \"a\", \"question\": \"b\"}",
            (400, "duplicate_field"),
        ),
        (b"", (400, "invalid_json")),
    ];
    for (body, (status, code)) in cases {
        let got = world.send(post(TURNS, None, body.to_vec())).await;
        assert_eq!(
            got.error(),
            (*status, (*code).to_owned()),
            "{}",
            String::from_utf8_lossy(body)
        );
    }
    let large = json!({"question": "长".repeat(100_000)}).to_string();
    assert_eq!(
        world.send(post(TURNS, None, large)).await.error(),
        (413, "too_large".into())
    );
    let mut plain = post(TURNS, None, "{}");
    plain
        .headers_mut()
        .insert("content-type", "text/plain".parse().unwrap());
    assert_eq!(
        world.send(plain).await.error(),
        (415, "unsupported_media_type".into())
    );
    let endless = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 4_096]));
    assert_eq!(
        world
            .send(post(TURNS, None, Body::from_stream(endless)))
            .await
            .error(),
        (413, "too_large".into())
    );
}

#[tokio::test]
async fn two_thousand_characters_are_taken() {
    let world = World::new(prompt()).await;
    assert_eq!(
        world
            .post(TURNS, &json!({"question": "长".repeat(2_000)}))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn what_people_write_comes_back_as_data_only() {
    let world = World::new(prompt()).await;
    let question = "<img src=x onerror=alert(1)>\u{202e}\n\nevent: done\ndata: {}\r\r";
    let got = world.post(TURNS, &json!({"question": question})).await;
    assert_eq!(
        (
            got.header("content-type"),
            got.header("x-content-type-options")
        ),
        ("application/json", "nosniff")
    );
    assert_eq!(got.json()["question"], question);
    let got = world
        .send(streamed(TURNS, &json!({"question": question})))
        .await;
    let events = server_events(&got.text());
    assert_eq!(
        names(&events)
            .iter()
            .filter(|name| **name == "done")
            .count(),
        1,
        "nobody can forge an event"
    );
    assert_eq!(events[1].1["question"], question);
    let path = "/v1/agents/%3Cscript%3E/turns";
    assert_eq!(
        world.post(path, &json!({"question": "问"})).await.error(),
        (404, "unknown_agent".into())
    );
}

#[tokio::test]
async fn a_token_opens_what_is_meant_for_it() {
    let world = World::new(prompt()).await;
    let officer = world
        .app
        .store
        .token_add("desk-1", Role::Officer)
        .await
        .unwrap();
    let body = json!({"question": "问", "corpora": ["inner"]});
    assert_eq!(
        world
            .post_as(&officer, "/v1/agents/desk/turns", &body)
            .await
            .status,
        200
    );
    // The agent reads one corpus only, whoever asks.
    let got = world
        .post_as(
            &officer,
            "/v1/agents/desk/turns",
            &json!({"question": "问", "corpora": ["test"]}),
        )
        .await;
    assert_eq!(got.error(), (404, "unknown_corpus".into()));
    let got = world
        .post_as("cz_wrong", TURNS, &json!({"question": "问"}))
        .await;
    assert_eq!(got.error(), (401, "invalid_token".into()));
    assert_eq!(got.header("www-authenticate"), "Bearer");
    assert_eq!(
        world
            .post_as("anonymous", TURNS, &json!({"question": "问"}))
            .await
            .status,
        200
    );
    let started = &world.audit().await[0].1;
    assert_eq!(
        started["caller"],
        json!({"role": "officer", "name": "desk-1", "unit": null, "resident": null})
    );
    world.app.store.token_revoke("desk-1").await.unwrap();
    assert_eq!(
        world
            .post_as(&officer, "/v1/agents/desk/turns", &body)
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn a_full_disk_is_said_and_leaves_no_half_record() {
    let (work, mut hand) = by_hand();
    let world = World::in_files(work).await;
    let asked = tokio::spawn(
        world
            .router
            .clone()
            .oneshot(streamed(TURNS, &json!({"question": "问"}))),
    );
    let request = hand.request.recv().await.unwrap();
    // From here on the file cannot grow, and one turn needs more than is left in its pages.
    world.app.store.limit_pages(1).await.unwrap();
    let mut script = events(&request);
    let Some(Event::Done(answer)) = script.last_mut() else {
        panic!("an answer comes last")
    };
    answer.message = Some("长".repeat(50_000));
    for event in script {
        hand.say.send(Ok(event)).unwrap();
    }
    let body = axum::body::to_bytes(asked.await.unwrap().unwrap().into_body(), usize::MAX)
        .await
        .unwrap();
    let sent = server_events(std::str::from_utf8(&body).unwrap());
    assert_eq!(
        sent.last().unwrap().0,
        "error",
        "no answer without a record"
    );
    assert_eq!(sent.last().unwrap().1["code"], "storage_full");
    assert!(world.audit().await.is_empty());
    let id = request.conversation.unwrap();
    assert_eq!(
        world.get(&format!("/v1/conversations/{id}")).await.json()["turns"],
        json!([])
    );
    world.app.store.verify().await.unwrap();
}

#[tokio::test]
async fn a_quoted_answer_is_on_the_record_before_it_is_shown() {
    let (work, mut hand) = by_hand();
    let world = World::new(work).await;
    let router = world.router.clone();
    let asked = tokio::spawn(router.oneshot(streamed(TURNS, &json!({"question": "问"}))));
    let request = hand.request.recv().await.unwrap();
    let script = script::worded(&request);
    for event in &script[..4] {
        hand.say.send(Ok(event.clone())).unwrap();
    }
    let mut body = asked.await.unwrap().unwrap().into_body().into_data_stream();
    let mut text = String::new();
    while !text.contains("event: quoted") {
        text.push_str(std::str::from_utf8(&body.next().await.unwrap().unwrap()).unwrap());
    }
    let shown = world.audit().await;
    assert_eq!((shown.len(), shown[3].0.as_str()), (4, "turn.quoted"));
    // The end of the turn adds the rest, and nothing twice.
    for event in &script[4..] {
        hand.say.send(Ok(event.clone())).unwrap();
    }
    while body.next().await.is_some() {}
    assert_eq!(world.audit().await.len(), script.len() + 1);
    world.app.store.verify().await.unwrap();
}

#[tokio::test]
async fn a_quoted_answer_without_a_record_is_not_shown() {
    let (work, mut hand) = by_hand();
    let world = World::in_files(work).await;
    let router = world.router.clone();
    let asked = tokio::spawn(router.oneshot(streamed(TURNS, &json!({"question": "问"}))));
    let request = hand.request.recv().await.unwrap();
    world.app.store.limit_pages(1).await.unwrap();
    let mut script = script::worded(&request);
    let Event::Quoted(answer) = &mut script[3] else {
        panic!("a quoted answer comes fourth")
    };
    answer.message = Some("长".repeat(50_000));
    for event in script {
        let _ = hand.say.send(Ok(event));
    }
    let body = asked.await.unwrap().unwrap().into_body();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let sent = server_events(std::str::from_utf8(&body).unwrap());
    assert!(
        names(&sent)
            .iter()
            .all(|name| *name != "quoted" && *name != "done")
    );
    assert_eq!(sent.last().unwrap().1["code"], "storage_full");
    world.app.store.verify().await.unwrap();
}

#[tokio::test]
async fn a_full_disk_is_a_503_until_there_is_space() {
    let world = World::in_files(script::prompt()).await;
    world.app.store.limit_pages(1).await.unwrap();
    let mut full = None;
    // A few small turns may still fit into the pages that are there.
    for _ in 0..50 {
        let got = world
            .post(TURNS, &json!({"question": "长".repeat(1_500)}))
            .await;
        if got.status != 200 {
            full = Some(got);
            break;
        }
    }
    let got = full.expect("the file is full at some time");
    assert_eq!(got.error(), (503, "storage_full".into()));
    assert!(!got.header("retry-after").is_empty());
    let before = world.audit().await.len();
    assert_eq!(before % 10, 0, "whole turns only");
    world.app.store.limit_pages(1_000_000).await.unwrap();
    assert_eq!(
        world.post(TURNS, &json!({"question": "问"})).await.status,
        200
    );
    assert_eq!(
        world.app.store.verify().await.unwrap().count,
        before as u64 + 10
    );
}
