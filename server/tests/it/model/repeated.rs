//! The same words, weights and seed: the same bytes, alone and beside others, in one process and in another. And a turn
//! with a model is run again with it and without it.

use futures::StreamExt;
use serde_json::json;
use server::replay::{Verdict, Words, replay};
use server::store::Recorded;

use super::{TURNS, with_tiny, work};
use crate::http::world::World;

const QUESTIONS: [&str; 3] = [
    "楼道能堆杂物吗？",
    "在楼道堆放杂物罚多少钱？",
    "楼道管理办法什么时候施行？",
];

const TOGETHER: usize = 4;

async fn world() -> World {
    let world = World::with(work(), with_tiny).await;
    assert_eq!(world.app.roles.ready, ["tiny"]);
    world
}

/// What was recorded of a question: answer and words of the model.
async fn asked(world: &World, question: &str) -> Recorded {
    let got = world.post(TURNS, &json!({ "question": question })).await;
    let answer = got.json();
    let id = answer["conversation"].as_str().unwrap();
    world.app.store.recorded(id).await.unwrap().remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_says_the_same_in_any_company_and_after_a_restart() {
    let mut first = Vec::new();
    for start in 0..2 {
        let world = world().await;
        for (number, question) in QUESTIONS.iter().enumerate() {
            let alone = asked(&world, question).await;
            let words = alone.pinned.as_ref().unwrap().noted.clone();
            assert!(words.len() >= 2, "{question}: the model was asked");
            if start == 0 {
                first.push(words);
            } else {
                assert_eq!(first[number], words, "{question}: after a restart");
            }
        }
        let every = QUESTIONS
            .iter()
            .enumerate()
            .cycle()
            .take(QUESTIONS.len() * TOGETHER);
        let mut together = futures::stream::iter(every)
            .map(|(number, question)| {
                let asked = asked(&world, question);
                async move { (number, asked.await) }
            })
            .buffer_unordered(TOGETHER);
        while let Some((number, recorded)) = together.next().await {
            let words = recorded.pinned.unwrap().noted;
            assert_eq!(first[number], words, "{}: beside others", recorded.question);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_with_a_model_is_run_again_with_and_without_it() {
    let here = world().await;
    let recorded = asked(&here, QUESTIONS[0]).await;
    let pins = &recorded.pinned.as_ref().unwrap().pins;
    let pin = pins.large.as_ref().unwrap();
    assert_eq!(
        (pin.name.as_str(), pin.weights.as_ref().unwrap().len()),
        ("tiny", 64)
    );
    let turns = [(recorded, true)];
    for words in [Words::Live, Words::Recorded] {
        let replayed = replay(&here.app, &turns, words, |_| {}).await.remove(0);
        assert_eq!(replayed.verdict, Verdict::Same, "{words:?}: {replayed:?}");
        assert_eq!(replayed.reasons, [""; 0], "{words:?}");
    }
    // Where there is no such model its words are still there, and asking it is a difference with a reason.
    let elsewhere = World::new(work()).await;
    let replayed = replay(&elsewhere.app, &turns, Words::Recorded, |_| {})
        .await
        .remove(0);
    assert_eq!(
        (replayed.verdict, replayed.reasons.len()),
        (Verdict::Same, 0),
        "{replayed:?}"
    );
    let replayed = replay(&elsewhere.app, &turns, Words::Live, |_| {})
        .await
        .remove(0);
    assert_eq!(replayed.verdict, Verdict::Different);
    let reasons = replayed.reasons.join("\n");
    assert!(
        reasons.contains("large model: `tiny ") && reasons.contains("`off` now"),
        "{reasons}"
    );
}
