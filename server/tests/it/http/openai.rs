//! The part of OpenAI's API that chat programs use.

use std::sync::Arc;

use futures::{StreamExt, stream};
use serde_json::{Value, json};
use server::turn::Work;
use tower::ServiceExt;

use super::script::{by_hand, prompt, unworded, worded};
use super::world::{World, post, server_events};

const CHAT: &str = "/v1/chat/completions";

fn asking(stream: bool) -> Value {
    json!({
        "model": "policy-qa",
        "messages": [
            {"role": "system", "content": "你是海盗。"},
            {"role": "user", "content": "楼道能堆东西吗？"},
            {"role": "assistant", "content": "不能。"},
            {"role": "user", "content": [{"type": "text", "text": "那会罚款吗？"}]},
        ],
        "stream": stream,
        "stream_options": {"include_usage": true},
        "temperature": 0.7,
        "max_tokens": 100,
    })
}

/// `text[start..end]` in characters.
fn cut(text: &str, annotation: &Value) -> String {
    let at = |name: &str| annotation["url_citation"][name].as_u64().unwrap() as usize;
    text.chars()
        .skip(at("start_index"))
        .take(at("end_index") - at("start_index"))
        .collect()
}

#[tokio::test]
async fn agents_are_models() {
    let world = World::new(prompt()).await;
    let expected =
        json!({"id": "policy-qa", "object": "model", "created": 0, "owned_by": "chengzhi"});
    assert_eq!(
        world.get("/v1/models").await.json(),
        json!({"object": "list", "data": [expected]}),
        "forms go on from turn to turn, which this interface does not"
    );
    assert_eq!(world.get("/v1/models/policy-qa").await.json(), expected);
    assert_eq!(
        world.get("/v1/models/desk").await.error(),
        (404, "unknown_agent".into()),
        "not open to citizens"
    );
}

#[tokio::test]
async fn a_completion_has_marks_sources_and_annotations() {
    let world = World::new(prompt()).await;
    let got = world.post(CHAT, &asking(false)).await.json();
    assert_eq!(
        (&got["object"], &got["model"]),
        (&json!("chat.completion"), &json!("policy-qa"))
    );
    let choice = &got["choices"][0];
    assert_eq!(
        (&choice["finish_reason"], &choice["message"]["role"]),
        (&json!("stop"), &json!("assistant"))
    );
    let content = choice["message"]["content"].as_str().unwrap();
    insta::assert_snapshot!(content, @r"
    以下为现行规定原文摘引，按相关程度排列。

    禁止在楼道堆放杂物。[1]
    违者处200元罚款。[1][2]

    可以咨询：
    - 12345（电话 12345）

    来源：
    [1] 《和澜市楼道管理办法》第三条（2024-05-01起施行）
    [2] 《和澜市楼道管理办法》第三条（2024-05-01起施行）

    本回答由人工智能生成。
    ");
    let annotations = choice["message"]["annotations"].as_array().unwrap();
    assert_eq!(
        annotations
            .iter()
            .map(|annotation| cut(content, annotation))
            .collect::<Vec<_>>(),
        ["[1]", "[1]", "[2]"]
    );
    let last = &annotations[2];
    assert_eq!(
        (&last["type"], &last["url_citation"]["url"]),
        (
            &json!("url_citation"),
            &json!("/v1/passages/test%3Ab%402%3A0")
        )
    );
    let usage = &got["usage"];
    assert_eq!(usage["prompt_tokens"], 17);
    assert_eq!(
        usage["total_tokens"].as_u64().unwrap(),
        17 + content.chars().count() as u64
    );
    assert_eq!(got["answer"]["aigc"]["Label"], "1");
    // The last message is the question; the earlier ones are the history, without instructions.
    let interpreted = &world.audit().await[1].1;
    assert_eq!(interpreted["interpreted"], "那会罚款吗？（此前2句）");
}

/// An agent that says all of this at once.
fn saying(events: fn(&agents::Request) -> Vec<agents::Event>) -> Work {
    Arc::new(move |_, _, request| stream::iter(events(&request).into_iter().map(Ok)).boxed())
}

/// The text of a stream.
fn text_of(got: &str) -> String {
    server_events(got)
        .iter()
        .filter_map(|(_, chunk)| chunk["choices"][0]["delta"]["content"].as_str())
        .collect()
}

#[tokio::test]
async fn a_stream_whose_quoted_answer_stands_ends_with_why() {
    let world = World::new(saying(unworded)).await;
    let whole = world.post(CHAT, &asking(false)).await.json()["choices"][0]["message"].clone();
    let content = whole["content"].as_str().unwrap();
    assert!(content.contains("模型暂时不可用。"));
    assert_eq!(
        text_of(&world.post(CHAT, &asking(true)).await.text()),
        content
    );
}

#[tokio::test]
async fn a_stream_has_the_worded_answer_below_the_quoted_one() {
    let world = World::new(saying(worded)).await;
    let got = world.post(CHAT, &asking(true)).await.text();
    insta::assert_snapshot!(text_of(&got), @r"
    以下为现行规定原文摘引，按相关程度排列。

    禁止在楼道堆放杂物。[1]
    违者处200元罚款。[1][2]

    以下为更新后的回答，请以此为准。

    以下内容由模型归纳。

    楼道不能堆放杂物。[2][3]

    可以咨询：
    - 12345（电话 12345）

    来源：
    [1] 《和澜市楼道管理办法》第三条（2024-05-01起施行）
    [2] 《和澜市楼道管理办法》第三条（2024-05-01起施行）
    [3] 《和澜市楼道管理办法》第三条（2024-05-01起施行）

    本回答由人工智能生成。
    ");
    let chunks = server_events(&got);
    let closing = chunks.iter().rfind(|chunk| chunk.1["answer"].is_object());
    let closing = &closing.expect("the final answer comes last").1;
    assert_eq!(closing["answer"]["sentences"].as_array().unwrap().len(), 1);
    let annotations = closing["choices"][0]["delta"]["annotations"].as_array();
    let marks: Vec<String> = annotations
        .unwrap()
        .iter()
        .map(|annotation| cut(&text_of(&got), annotation))
        .collect();
    assert_eq!(marks, ["[1]", "[1]", "[2]", "[2]", "[3]"]);
    // Who does not stream gets the final answer alone.
    let whole = world.post(CHAT, &asking(false)).await.json();
    let content = whole["choices"][0]["message"]["content"].as_str().unwrap();
    assert!(
        content.starts_with("以下内容由模型归纳。\n\n楼道不能堆放杂物。[1][2]"),
        "{content}"
    );
}

#[tokio::test]
async fn a_stream_shows_the_quoted_answer_while_a_model_is_at_work() {
    let (work, mut hand) = by_hand();
    let world = World::new(work).await;
    let asked = tokio::spawn(world.router.clone().oneshot(post(
        CHAT,
        None,
        asking(true).to_string(),
    )));
    let request = hand.request.recv().await.unwrap();
    let mut events = worded(&request);
    let done = events.pop().unwrap();
    for event in events {
        hand.say.send(Ok(event)).unwrap();
    }
    let mut body = asked.await.unwrap().unwrap().into_body().into_data_stream();
    let mut text = String::new();
    // The model says nothing yet.
    while !text.contains("违者处200元罚款。[1][2]") {
        text.push_str(str::from_utf8(&body.next().await.unwrap().unwrap()).unwrap());
    }
    assert!(!text.contains("以下为更新后的回答"));
    hand.say.send(Ok(done)).unwrap();
    while let Some(piece) = body.next().await {
        text.push_str(str::from_utf8(&piece.unwrap()).unwrap());
    }
    assert!(text.contains("楼道不能堆放杂物。"), "{text}");
}

#[tokio::test]
async fn a_stream_says_of_which_day_the_rules_are() {
    let world = World::new(Arc::new(agents::Agent::run)).await;
    let mut body = json!({
        "model": "policy-qa",
        "messages": [{"role": "user", "content": "楼道能堆放杂物吗？"}],
    });
    for (day, lead) in [
        (Value::Null, "以下为现行规定原文摘引"),
        (json!("2020-06-01"), "以下为 2020-06-01 当时的规定原文摘引"),
    ] {
        body["as_of"] = day;
        body["stream"] = json!(false);
        let whole = world.post(CHAT, &body).await.json();
        let content = whole["choices"][0]["message"]["content"].as_str().unwrap();
        assert!(content.starts_with(lead), "{content}");
        body["stream"] = json!(true);
        assert_eq!(text_of(&world.post(CHAT, &body).await.text()), content);
    }
}

#[tokio::test]
async fn a_stream_adds_up_to_the_same_text() {
    let world = World::new(prompt()).await;
    let whole = world.post(CHAT, &asking(false)).await.json()["choices"][0]["message"].clone();
    let got = world.post(CHAT, &asking(true)).await;
    assert_eq!(got.header("content-type"), "text/event-stream");
    let chunks: Vec<Value> = server_events(&got.text())
        .into_iter()
        .map(|(_, data)| data)
        .collect();
    let (end, chunks) = chunks.split_last().unwrap();
    assert_eq!(end, "[DONE]");
    assert!(
        chunks
            .iter()
            .all(|chunk| chunk["object"] == "chat.completion.chunk"
                && chunk["id"] == chunks[0]["id"])
    );
    assert_eq!(
        chunks[0]["choices"][0]["delta"],
        json!({"role": "assistant", "content": ""})
    );
    let text: String = chunks
        .iter()
        .filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str())
        .collect();
    assert_eq!(text, whole["content"].as_str().unwrap());
    assert!(chunks.len() >= 6, "sentences come one by one");
    let (usage, chunks) = chunks.split_last().unwrap();
    assert_eq!(
        (&usage["choices"], &usage["usage"]["prompt_tokens"]),
        (&json!([]), &json!(17))
    );
    let closing = chunks.last().unwrap();
    assert_eq!(closing["choices"][0]["finish_reason"], "stop");
    assert_eq!(
        closing["choices"][0]["delta"]["annotations"],
        whole["annotations"]
    );
    assert_eq!(closing["answer"]["status"], "answered");
}

#[tokio::test]
async fn usage_is_sent_only_when_asked_for() {
    let world = World::new(prompt()).await;
    let mut body = asking(true);
    body["stream_options"] = Value::Null;
    assert!(
        !world
            .post(CHAT, &body)
            .await
            .text()
            .contains("prompt_tokens")
    );
}

#[tokio::test]
async fn errors_have_the_shape_that_clients_know() {
    let world = World::new(prompt()).await;
    let cases = [
        (
            json!({"model": "gpt-4o", "messages": [{"role": "user", "content": "问"}]}),
            (404, "unknown_agent"),
            Value::Null,
        ),
        (
            json!({"model": "policy-qa", "messages": []}),
            (400, "no_question"),
            json!("messages"),
        ),
        (
            json!({"model": "policy-qa", "messages": [{"role": "assistant", "content": "答"}]}),
            (400, "no_question"),
            json!("messages"),
        ),
        (
            json!({"model": "policy-qa", "messages": [{"role": "user", "content": ""}]}),
            (400, "empty_question"),
            json!("question"),
        ),
        (
            json!({"model": "policy-qa", "messages": [{"role": "user", "content": 7}]}),
            (400, "invalid_field"),
            json!("messages[0].content"),
        ),
        (
            json!({"model": "policy-qa", "messages": [{"role": "user", "content": "问"}], "n": 2}),
            (400, "invalid_field"),
            json!("n"),
        ),
        (
            json!({"model": "policy-qa", "messages": [{"role": "user", "content": "问"}], "as_of": "昨天"}),
            (400, "invalid_date"),
            json!("as_of"),
        ),
        (
            json!({"messages": []}),
            (400, "missing_field"),
            json!("model"),
        ),
    ];
    for (body, (status, code), param) in cases {
        let got = world.post(CHAT, &body).await;
        assert_eq!(got.error(), (status, code.to_owned()), "{body}");
        assert_eq!(got.json()["error"]["param"], param, "{body}");
        assert_eq!(got.json()["error"]["type"], "invalid_request_error");
    }
    let got = world
        .send(post(CHAT, Some("sk-other"), asking(false).to_string()))
        .await;
    assert_eq!(got.error(), (401, "invalid_token".into()));
    assert_eq!(got.json()["error"]["type"], "authentication_error");
    let extended = json!({"model": "policy-qa", "messages": [{"role": "user", "content": "问"}], "place": "云台区", "as_of": "2024-06-01", "corpora": ["test"]});
    let got = world.post(CHAT, &extended).await.json();
    assert_eq!(
        (&got["answer"]["jurisdiction"], &got["answer"]["as_of"]),
        (&json!("云台区"), &json!("2024-06-01"))
    );
}

#[tokio::test]
async fn a_stream_that_fails_says_so() {
    let (work, hand) = by_hand();
    let world = World::new(work).await;
    let started = agents::Event::Started {
        conversation: None,
        turn: 1,
        agent: "policy-qa".into(),
    };
    hand.say.send(Ok(started)).unwrap();
    hand.say.send(Err(agents::Error::Interrupted)).unwrap();
    let chunks = server_events(&world.post(CHAT, &asking(true)).await.text());
    assert_eq!(chunks.len(), 2);
    assert_eq!(chunks[1].1["error"]["code"], "internal");
}
