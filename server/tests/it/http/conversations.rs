//! Conversations: follow-ups, and who may read them.

use agents::Role;
use axum::body::Body;
use axum::http::Method;
use serde_json::json;

use super::script::prompt;
use super::world::{World, request};

const TURNS: &str = "/v1/agents/policy-qa/turns";

async fn begun(world: &World, token: &str) -> String {
    let got = world
        .post_as(token, TURNS, &json!({"question": "第一问"}))
        .await;
    got.json()["conversation"].as_str().unwrap().to_owned()
}

async fn delete(world: &World, token: Option<&str>, id: &str) -> u16 {
    world
        .send(request(
            Method::DELETE,
            &format!("/v1/conversations/{id}"),
            token,
            Body::empty(),
        ))
        .await
        .status
        .as_u16()
}

#[tokio::test]
async fn a_follow_up_knows_what_was_said() {
    let world = World::new(prompt()).await;
    let id = begun(&world, "anonymous").await;
    let got = world
        .post(
            TURNS,
            &json!({"question": "那要带什么？", "conversation": id}),
        )
        .await;
    assert_eq!(got.json()["conversation"], id.as_str());
    let interpreted = world
        .audit()
        .await
        .into_iter()
        .filter(|(kind, _)| kind == "turn.interpreted")
        .nth(1)
        .unwrap()
        .1;
    assert_eq!(interpreted["interpreted"], "那要带什么？（此前2句）");
    let got = world.get(&format!("/v1/conversations/{id}")).await;
    assert_eq!(got.header("cache-control"), "no-store");
    let past = got.json();
    assert_eq!(past["id"], id.as_str());
    assert!(past["created"].as_str().unwrap().ends_with('Z'));
    let questions: Vec<_> = past["turns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|turn| turn["question"].as_str().unwrap())
        .collect();
    assert_eq!(questions, ["第一问", "那要带什么？"]);
    assert_eq!(
        past["turns"][0]["answer"]["sentences"][0]["text"],
        "禁止在楼道堆放杂物。"
    );
}

#[tokio::test]
async fn identifiers_cannot_be_guessed() {
    let world = World::new(prompt()).await;
    let mut ids = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let id = begun(&world, "anonymous").await;
        // Version 4: 122 random bits.
        assert_eq!((id.len(), id.as_bytes()[14]), (36, b'4'), "{id}");
        ids.insert(id[..8].to_owned());
    }
    assert_eq!(ids.len(), 20, "nothing counts up");
    for id in [
        "1",
        "",
        "%00",
        "..%2f..",
        "' or 1=1 --",
        "ffffffff-ffff-4fff-bfff-ffffffffffff",
    ] {
        let path = format!("/v1/conversations/{}", id.replace(' ', "%20"));
        assert_eq!(world.get(&path).await.status, 404, "{id}");
    }
}

#[tokio::test]
async fn what_began_with_a_token_is_there_for_it_only() {
    let world = World::new(prompt()).await;
    let one = world
        .app
        .store
        .token_add("one", Role::Officer)
        .await
        .unwrap();
    let other = world
        .app
        .store
        .token_add("other", Role::Developer)
        .await
        .unwrap();
    let id = begun(&world, &one).await;
    let path = format!("/v1/conversations/{id}");
    assert_eq!(world.get_as(&one, &path).await.status, 200);
    assert_eq!(
        world.get_as(&other, &path).await.error(),
        (404, "unknown_conversation".into())
    );
    assert_eq!(
        world.get(&path).await.error(),
        (404, "unknown_conversation".into())
    );
    let follow_up = json!({"question": "再问", "conversation": id});
    assert_eq!(world.post(TURNS, &follow_up).await.status, 404);
    assert_eq!(world.post_as(&other, TURNS, &follow_up).await.status, 404);
    assert_eq!(delete(&world, Some(&other), &id).await, 404);
    assert_eq!(delete(&world, None, &id).await, 404);
    assert_eq!(world.post_as(&one, TURNS, &follow_up).await.status, 200);
    // And the other way round: a token does not open what began without one.
    let open = begun(&world, "anonymous").await;
    assert_eq!(
        world
            .get_as(&one, &format!("/v1/conversations/{open}"))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn deleted_is_deleted_and_the_chain_stays() {
    let world = World::new(prompt()).await;
    let id = begun(&world, "anonymous").await;
    assert_eq!(delete(&world, None, &id).await, 204);
    assert_eq!(delete(&world, None, &id).await, 404);
    assert_eq!(
        world.get(&format!("/v1/conversations/{id}")).await.status,
        404
    );
    let follow_up = world
        .post(TURNS, &json!({"question": "再问", "conversation": id}))
        .await;
    assert_eq!(follow_up.error(), (404, "unknown_conversation".into()));
    assert_eq!(
        world.audit().await.last().unwrap().0,
        "conversation.deleted"
    );
    world.app.store.verify().await.unwrap();
}
