//! Drafts over HTTP: who may have one, what is refused, and files that are checked again.

use std::sync::Arc;

use agents::{Agent, Role};
use serde_json::{Value, json};

use super::world::World;

const TURNS: &str = "/v1/agents/drafter/turns";
const EXPORT: &str = "/v1/drafts/export";
const REQUEST: &str = "请问在楼道堆放杂物怎么处罚？";

async fn world() -> (World, String) {
    let world = World::new(Arc::new(Agent::run)).await;
    let token = world.app.store.token_add("officer", Role::Officer).await;
    (world, token.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_has_a_reply_drafted_and_nobody_else() {
    let (world, token) = world().await;
    let asked = json!({"question": REQUEST});
    assert_eq!(world.post(TURNS, &asked).await.status, 403);
    let answer = world.post_as(&token, TURNS, &asked).await.json();
    assert_eq!(answer["status"], "partial", "{answer}");
    let draft = &answer["draft"];
    assert_eq!(draft["points"][0]["state"], "supported", "{draft}");
    let text = draft["paragraphs"].to_string();
    assert!(text.contains("200元"), "{text}");
    // Nobody knows for which unit: the sign-off is marked.
    assert!(text.contains("不知道由哪个单位答复"), "{text}");
    let again = world.post_as(&token, TURNS, &asked).await.json();
    let bare = |mut answer: Value| {
        answer["conversation"].take();
        answer.to_string()
    };
    assert_eq!(bare(answer), bare(again));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_request_is_read_by_a_drafter_and_no_longer_one() {
    let (world, token) = world().await;
    let long = format!("{REQUEST}{}", "多年如此。".repeat(600));
    let got = world
        .post_as(&token, TURNS, &json!({"question": long}))
        .await;
    assert_eq!(got.status, 200, "{}", got.text());
    let other = world
        .post_as(
            &token,
            "/v1/agents/policy-qa/turns",
            &json!({"question": long}),
        )
        .await;
    assert_eq!(other.error(), (400, "question_too_long".into()));
    let endless = "很长".repeat(10_001);
    let got = world
        .post_as(&token, TURNS, &json!({"question": endless}))
        .await;
    assert_eq!(got.error(), (400, "question_too_long".into()));
    for edited in ["", &endless] {
        let asked = json!({"question": REQUEST, "draft": {"text": edited}});
        let got = world.post_as(&token, TURNS, &asked).await;
        assert_eq!(got.error(), (400, "invalid_draft".into()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_down_is_checked_again() {
    let (world, token) = world().await;
    let answer = world
        .post_as(&token, TURNS, &json!({"question": REQUEST}))
        .await
        .json();
    let paragraphs = answer["draft"]["paragraphs"].as_array().unwrap();
    let words = |paragraph: &Value| -> String {
        let sentences = paragraph["sentences"].as_array().unwrap();
        sentences
            .iter()
            .map(|it| it["text"].as_str().unwrap())
            .collect()
    };
    let mut text: Vec<String> = paragraphs.iter().map(words).collect();
    text.push("违者处900元罚款。<script>".to_owned());
    let asked = |format: &str| json!({"question": REQUEST, "format": format, "draft": {"text": text.join("\n")}});
    assert_eq!(world.post(EXPORT, &asked("docx")).await.status, 403);
    let docx = world.post_as(&token, EXPORT, &asked("docx")).await;
    let page = world.post_as(&token, EXPORT, &asked("page")).await;
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(
        page.header("content-security-policy")
            .contains("default-src 'none'")
    );
    assert!(docx.body.starts_with(b"PK"));
    let written = page.text();
    for part in [
        "200元罚款",
        "900元",
        "【待核：",
        "AIGC",
        "人工智能",
        "引用依据",
    ] {
        assert!(written.contains(part), "no {part} in {written}");
    }
    assert!(!written.contains("<script"));
    assert_eq!(
        page.body,
        world.post_as(&token, EXPORT, &asked("page")).await.body
    );
    let wrong = json!({"question": REQUEST, "format": "page", "agent": "policy-qa"});
    assert_eq!(
        world.post_as(&token, EXPORT, &wrong).await.error(),
        (400, "no_drafter".into())
    );
    let missing = json!({"question": "HL209901010001", "format": "page"});
    assert_eq!(
        world.post_as(&token, EXPORT, &missing).await.error(),
        (404, "no_draft".into())
    );
}
