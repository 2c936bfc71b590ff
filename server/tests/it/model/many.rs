//! Many conversations at once with one model in this process: all end, none starves, none changes another one's answer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures::StreamExt;
use futures::future::join_all;
use models::{Delta, Error};
use serde_json::{Value, json};
use server::turn::Work;

use super::{TURNS, assert_checked, only, watched, with_tiny};
use crate::http::world::{World, server_events, streamed};

/// What a model said: for each token, in the order in which they came, to which question, and which text it brought.
type Log = Arc<Mutex<Vec<(String, String)>>>;

/// Writes down what a model says.
fn logged() -> (Work, Log) {
    let log = Log::default();
    let writing = log.clone();
    let work = watched(move |model, request| {
        let (log, question) = (writing.clone(), request.messages[1].content.clone());
        let write = move |item: &Result<Delta, Error>| {
            let delta = item
                .as_ref()
                .unwrap_or_else(|error| panic!("{question}: {error}"));
            log.lock()
                .unwrap()
                .push((question.clone(), delta.text.clone()));
        };
        model.chat(request).inspect(write).boxed()
    });
    (work, log)
}

async fn world() -> (World, Log) {
    let (work, log) = logged();
    let world = World::with(work, |settings| {
        with_tiny(settings);
        settings.server.concurrency = CONVERSATIONS;
    })
    .await;
    assert_eq!(
        world.app.roles.ready,
        ["tiny"],
        "{:?}",
        world.app.roles.problems
    );
    (world, log)
}

const CONVERSATIONS: usize = 64;

fn question(number: usize) -> String {
    format!("楼道能不能堆放{number}号楼的杂物？")
}

/// The answer to a question, without what is different every time.
async fn answer(world: &World, question: &str) -> Value {
    let got = world
        .send(streamed(TURNS, &json!({ "question": question })))
        .await;
    assert_eq!(got.status, 200, "{}", got.text());
    let events = server_events(&got.text());
    let mut done = only(&events, "done").clone();
    assert_checked(&done, question);
    assert!(!done["sentences"].as_array().unwrap().is_empty(), "{done}");
    done["conversation"] = Value::Null;
    done["aigc"] = Value::Null;
    done
}

/// The text of each question, whole.
fn texts(log: &Log) -> BTreeMap<String, String> {
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for (question, text) in log.lock().unwrap().iter() {
        texts.entry(question.clone()).or_default().push_str(text);
    }
    texts
}

/// Tokens that an answer must have for its speed to mean something.
const MANY: usize = 32;

/// How fast each conversation went on, as a share of what an even division gives it. Counted in tokens and not by the
/// clock, so that the machine does not matter: a round is over when all who speak could have said one token.
fn shares(log: &[(String, String)]) -> Vec<f64> {
    let mut spans: BTreeMap<&str, (usize, usize, usize)> = BTreeMap::new();
    for (at, (question, _)) in log.iter().enumerate() {
        let span = spans.entry(question).or_insert((at, at, 0));
        *span = (span.0, at, span.2 + 1);
    }
    let mut rounds = vec![0.0];
    for at in 0..log.len() {
        let speaking = spans.values().filter(|span| span.0 <= at && at <= span.1);
        rounds.push(rounds[at] + 1.0 / speaking.count() as f64);
    }
    let long = spans.values().filter(|span| span.2 >= MANY);
    long.map(|&(first, last, tokens)| (tokens - 1) as f64 / (rounds[last] - rounds[first]))
        .collect()
}

/// How many had said their last word before all had said their first.
fn ended_before_all_spoke(log: &[(String, String)]) -> usize {
    let mut spans: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (at, (question, _)) in log.iter().enumerate() {
        let span = spans.entry(question).or_insert((at, at));
        span.1 = at;
    }
    let all_spoke = spans.values().map(|span| span.0).max();
    let ended = |span: &&(usize, usize)| Some(span.1) < all_spoke;
    spans.values().filter(ended).count()
}

#[test]
fn a_share_is_one_where_all_speak_in_turn_and_less_where_one_waits() {
    let say = |who: &str| (who.to_owned(), String::new());
    let even: Vec<_> = (0..200).map(|at| say(["a", "b"][at % 2])).collect();
    let shares_of_even = shares(&even);
    assert!(
        shares_of_even
            .iter()
            .all(|share| (share - 1.0).abs() < 0.05),
        "{shares_of_even:?}"
    );
    let uneven: Vec<_> = (0..400)
        .map(|at| say(if at % 8 == 0 { "a" } else { "b" }))
        .collect();
    let shares = shares(&uneven);
    assert!(shares[1] / shares[0] > 6.0, "{shares:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_conversations_end_and_none_starves() {
    let (world, log) = world().await;
    let questions: Vec<String> = (1..=CONVERSATIONS).map(question).collect();
    let answers = join_all(questions.iter().map(|question| answer(&world, question))).await;
    assert_eq!(answers.len(), CONVERSATIONS);
    let log = log.lock().unwrap().clone();
    let shares = shares(&log);
    assert!(
        shares.len() >= CONVERSATIONS / 2,
        "too few long answers: {}",
        shares.len()
    );
    let most = shares.iter().copied().fold(f64::MIN, f64::max);
    let least = shares.iter().copied().fold(f64::MAX, f64::min);
    println!("{} tokens, shares {least:.2} to {most:.2}", log.len());
    assert!(most / least <= 3.0, "{least} {most} {shares:?}");
    let ended = ended_before_all_spoke(&log);
    println!("{ended} ended before all spoke");
    assert!(
        ended < CONVERSATIONS / 4,
        "some wait until others have ended: {ended}"
    );
    assert_eq!(world.app.store.running(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_the_same_alone_again_and_among_others() {
    let asked = question(7);
    let (world_alone, log) = world().await;
    let alone = answer(&world_alone, &asked).await;
    let said = texts(&log);
    let (key, text) = said.first_key_value().expect("the model was asked");
    assert!(text.chars().count() > 20, "{said:?}");
    log.lock().unwrap().clear();
    assert_eq!(answer(&world_alone, &asked).await, alone, "again");
    assert_eq!(texts(&log), said, "again");
    let (world, log) = world().await;
    let questions: Vec<String> = (1..=16).map(question).collect();
    let answers = join_all(questions.iter().map(|question| answer(&world, question))).await;
    assert_eq!(answers[6], alone, "among others");
    let among = texts(&log);
    assert_eq!(among[key], *text, "among others");
    assert!(
        among.values().any(|other| other != text),
        "others say something else"
    );
}
