//! `GET /v1/passages/{id}`.

use agents::Role;
use serde_json::{Value, json};

use super::script::prompt;
use super::world::World;

/// Path of clause `clause` in `document`, with its identifier percent-encoded.
fn path(world: &World, corpus: &str, document: &str, clause: &str) -> String {
    let retriever = world.app.world(Role::Officer).retriever;
    let index = retriever
        .corpora()
        .iter()
        .find(|index| index.corpus() == corpus)
        .unwrap();
    let snapshot = index.snapshot().unwrap();
    let revision = snapshot
        .state
        .revisions
        .iter()
        .find(|revision| revision.document == document)
        .unwrap();
    let passage = index
        .clause(&snapshot, revision.ordinal, clause)
        .unwrap()
        .remove(0);
    format!(
        "/v1/passages/{}",
        passage.id.replace(':', "%3A").replace('@', "%40")
    )
}

fn labels(neighbours: &Value) -> Vec<&str> {
    neighbours
        .as_array()
        .unwrap()
        .iter()
        .map(|neighbour| neighbour["path"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_clause_is_shown_in_its_context() {
    let world = World::new(prompt()).await;
    let got = world
        .get(&path(&world, "test", "rules-2024.md", "第三条"))
        .await
        .json();
    let passage = &got["passage"];
    assert_eq!(passage["title"], "和澜市楼道管理办法");
    assert!(
        passage["text"]
            .as_str()
            .unwrap()
            .contains("禁止在楼道堆放杂物")
    );
    assert_eq!(
        (
            &passage["status"],
            &passage["effective_from"],
            &passage["effective_to"]
        ),
        (
            &json!("current"),
            &json!("2024-05-01"),
            &json!("2030-01-01")
        )
    );
    assert_eq!(
        (
            &passage["issuing_body"],
            &passage["document_type"],
            &passage["jurisdiction"]
        ),
        (
            &json!("和澜市人民政府"),
            &json!("政府规章"),
            &json!("和澜市")
        )
    );
    assert_eq!(passage["sources"], json!(["rules-2024.md"]));
    assert_eq!(labels(&got["before"]), ["第一条", "第二条"]);
    assert_eq!(labels(&got["after"]), ["第四条", "第五条"]);
}

#[tokio::test]
async fn all_revisions_of_the_clause_are_there() {
    let world = World::new(prompt()).await;
    let got = world
        .get(&path(&world, "test", "rules-2020.md", "第三条"))
        .await
        .json();
    let revisions = got["revisions"].as_array().unwrap();
    let seen: Vec<_> = revisions
        .iter()
        .map(|one| {
            (
                one["effective_from"].as_str().unwrap(),
                one["status"].as_str().unwrap(),
                one["current"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("2030-01-01", "not_yet", false),
            ("2024-05-01", "current", false),
            ("2020-01-01", "superseded", true)
        ]
    );
    assert_eq!(got["passage"]["status"], "superseded");
    assert_eq!(revisions[2]["id"], got["passage"]["id"]);
    assert!(revisions[0]["text"].as_str().unwrap().contains("任何物品"));
    // A clause that one revision lacks is missing there only.
    let got = world
        .get(&path(&world, "test", "rules-2024.md", "第四条"))
        .await
        .json();
    assert_eq!(got["revisions"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_first_and_the_last_clause_have_neighbours_on_one_side() {
    let world = World::new(prompt()).await;
    let got = world
        .get(&path(&world, "test", "rules-2024.md", "第一条"))
        .await
        .json();
    assert_eq!(
        (labels(&got["before"]).len(), labels(&got["after"]).len()),
        (0, 2)
    );
    let got = world
        .get(&path(&world, "test", "rules-2024.md", "第六条"))
        .await
        .json();
    assert_eq!(
        (labels(&got["before"]).len(), labels(&got["after"]).len()),
        (2, 0)
    );
}

#[tokio::test]
async fn a_repealed_clause_says_so() {
    let world = World::new(prompt()).await;
    let got = world
        .get(&path(&world, "test", "gone.md", "第一条"))
        .await
        .json();
    assert_eq!(
        (&got["passage"]["status"], &got["passage"]["effective_to"]),
        (&json!("repealed"), &json!("2016-01-01"))
    );
    assert_eq!(got["revisions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_a_caller_may_not_read_is_not_there() {
    let world = World::new(prompt()).await;
    let inner = path(&world, "inner", "duty.md", "第一条");
    let refused = world.get(&inner).await;
    assert_eq!(refused.error(), (404, "unknown_passage".into()));
    let absent = world.get("/v1/passages/test%3Anothing%401%3A0").await;
    assert_eq!(
        refused.body, absent.body,
        "it looks the same as what does not exist"
    );
    let officer = world
        .app
        .store
        .token_add("one", Role::Officer)
        .await
        .unwrap();
    assert_eq!(world.get_as(&officer, &inner).await.status, 200);
    for id in [
        "",
        "test",
        "test:",
        "%3A%3A",
        "test%3A..%2F..%40x%3A99999999999",
        "inner%3A%40%3A-1",
    ] {
        assert_eq!(
            world.get(&format!("/v1/passages/{id}")).await.status,
            404,
            "{id}"
        );
    }
}
