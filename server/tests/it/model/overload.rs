//! More people than a model can serve: whoever finds no room gets the quoted answer, and no error.

use std::num::NonZeroU32;

use axum::body::BodyDataStream;
use futures::StreamExt;
use futures::stream;
use models::{ChatRequest, Room};
use serde_json::{Value, json};
use server::settings::Settings;
use server::turn::Work;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tower::ServiceExt;

use super::endpoint::{Conduct, Endpoint};
use super::{TURNS, only, watched};
use crate::http::world::{World, server_events, streamed};

const QUESTION: &str = "楼道能堆杂物吗？";
/// Finds two passages.
const LONG: &str = "楼道堆放杂物罚款多少？";
/// Finds too little for an answer, so that other words are asked for.
const DOUBTFUL: &str = "火星移民补贴怎么申请？";

/// Tells when somebody waits for a model, and with what.
fn telling() -> (Work, UnboundedReceiver<ChatRequest>) {
    let (waits, waiting) = unbounded_channel();
    let work = watched(move |model, request| {
        let mut deltas = model.chat(request.clone());
        let (waits, mut request) = (waits.clone(), Some(request));
        let next = move |context: &mut std::task::Context<'_>| {
            let polled = deltas.poll_next_unpin(context);
            if polled.is_pending()
                && let Some(request) = request.take()
            {
                let _ = waits.send(request);
            }
            polled
        };
        stream::poll_fn(next).boxed()
    });
    (work, waiting)
}

/// A model that never says a word, with one place and so many who may wait.
fn silent(settings: &mut Settings, endpoint: &Endpoint, queue: u32) {
    endpoint.place(settings);
    let hour = NonZeroU32::new(3_600).unwrap();
    settings.models.first_token_s = hour;
    settings.models.total_s = hour;
    settings.models.parallel = NonZeroU32::MIN;
    settings.models.queue = queue;
}

/// Somebody who asks and then waits for the model.
async fn waits(
    world: &World,
    question: &str,
    waiting: &mut UnboundedReceiver<ChatRequest>,
) -> BodyDataStream {
    let request = streamed(TURNS, &json!({ "question": question }));
    let response = world.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let body = response.into_body().into_data_stream();
    waiting.recv().await.unwrap();
    body
}

async fn ask(world: &World, question: &str) -> Vec<(String, Value)> {
    let got = world
        .send(streamed(TURNS, &json!({ "question": question })))
        .await;
    assert_eq!(got.status, 200, "{}", got.text());
    server_events(&got.text())
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_queue_of_a_model_that_says_nothing_the_answer_is_quoted() {
    let endpoint = Endpoint::start(Conduct::Silent).await;
    let (work, mut waiting) = telling();
    let world = World::with(work, |settings| {
        settings.models.large = vec!["far".into()];
        settings.server.concurrency = 2;
        silent(settings, &endpoint, 1);
    })
    .await;
    let first = waits(&world, QUESTION, &mut waiting).await;
    let second = waits(&world, QUESTION, &mut waiting).await;
    // As many as may be worked on wait for the model: who comes now is answered all the same.
    for _ in 0..3 {
        let events = ask(&world, QUESTION).await;
        let done = only(&events, "done");
        assert_eq!(only(&events, "degraded")["cause"], "busy");
        assert!(!done["sentences"].as_array().unwrap().is_empty(), "{done}");
        assert!(done["degraded"].is_string(), "{done}");
    }
    drop((first, second));
    world.app.store.settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_other_words_keeps_nobody_out() {
    let endpoint = Endpoint::start(Conduct::Silent).await;
    let (work, mut waiting) = telling();
    let world = World::with(work, |settings| {
        settings.models.small = vec!["far".into()];
        settings.server.concurrency = 1;
        silent(settings, &endpoint, 1);
    })
    .await;
    let first = waits(&world, DOUBTFUL, &mut waiting).await;
    // One that needs no model.
    let asked = json!({ "question": "和澜市楼道管理办法第九十九条" });
    let got = world.post(TURNS, &asked).await;
    assert_eq!(got.status, 200, "{}", got.text());
    assert_eq!(got.json()["status"], "refused");
    drop(first);
    world.app.store.settled().await;
}

/// Passages for which a model has no room are left out whole, the last by rank, and people are told which.
#[tokio::test(flavor = "multi_thread")]
async fn passages_that_do_not_fit_are_left_out_whole() {
    let endpoint = Endpoint::start(Conduct::Well).await;
    let (work, mut waiting) = telling();
    let world = World::with(work, |settings| {
        settings.models.large = vec!["far".into()];
        endpoint.place(settings);
    })
    .await;
    let events = ask(&world, LONG).await;
    assert!(events.iter().all(|event| event.0 != "dropped"));
    let whole = waiting.recv().await.unwrap();
    let room = Room::estimated(&whole, 8_192);
    let (work, mut waiting) = telling();
    let world = World::with(work, |settings| {
        settings.models.large = vec!["far".into()];
        endpoint.place(settings);
        let file = settings.data.directory.as_ref().unwrap();
        let file = file.join("models/far/model.toml");
        let context = format!("context = {}", room.needed - 1);
        let manifest = endpoint.manifest().replace("context = 8192", &context);
        std::fs::write(file, manifest).unwrap();
    })
    .await;
    let events = ask(&world, LONG).await;
    let (quoted, dropped) = (only(&events, "quoted"), only(&events, "dropped"));
    let last = quoted["citations"]
        .as_array()
        .unwrap()
        .iter()
        .find(|citation| citation["id"] == dropped["passages"][0]);
    let last = last.expect("it is one of those that are cited")["text"]
        .as_str()
        .unwrap();
    let sent = waiting.recv().await.unwrap();
    assert!(whole.messages[0].content.contains(last));
    assert!(!sent.messages[0].content.contains(last));
    let done = only(&events, "done");
    assert_eq!(
        (&done["mode"], &done["degraded"]),
        (&json!("far"), &Value::Null)
    );
}
