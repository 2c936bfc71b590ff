//! Fifty questions, each asked twenty times: alone and sixteen at once, before and after a restart.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use agents::{Event, Exchange};
use evals::determinism::comparable;
use futures::StreamExt;
use jiff::civil::Date;
use serde::Deserialize;
use server::app::App;
use server::turn::{self, Caller, Question};

use super::demo;

const CASES: &str = include_str!("../../../../evals/determinism/cases.jsonl");

/// How often the program is started, and how often each question is asked then.
const STARTS: usize = 2;
const ALONE: usize = 2;
const TOGETHER: usize = 8;

const CONCURRENCY: usize = 16;

#[derive(Clone, Deserialize)]
struct Case {
    id: String,
    question: String,
    as_of: Option<Date>,
    place: Option<String>,
    history: Vec<Exchange>,
}

fn cases() -> Vec<Case> {
    CASES
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// What comes, without the identifier of the conversation.
async fn ask(app: Arc<App>, case: Case) -> (String, String) {
    let question = Question {
        agent: "policy-qa".to_owned(),
        question: case.question,
        as_of: case.as_of,
        place: case.place,
        conversation: None,
        history: case.history,
        corpora: None,
        limit: None,
        fields: Vec::new(),
        draft: None,
    };
    let mut events = turn::run(app, Caller::CITIZEN, question);
    let mut last = None;
    while let Some(event) = events.next().await {
        last = Some(event.unwrap());
    }
    let Some(Event::Done(answer)) = last else {
        panic!("{}: no answer", case.id)
    };
    (case.id, comparable(&serde_json::to_value(answer).unwrap()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_has_one_answer_however_often_it_is_asked() {
    let cases = cases();
    let ids: BTreeSet<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!((cases.len(), ids.len()), (50, 50));
    assert_eq!(STARTS * (ALONE + TOGETHER), 20);
    let folder = tempfile::tempdir().unwrap();
    let mut answers: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for _ in 0..STARTS {
        let app = demo(folder.path()).await;
        for (times, concurrency) in [(ALONE, 1), (TOGETHER, CONCURRENCY)] {
            // One question beside others, not beside itself.
            let asked = (0..times).flat_map(|_| cases.clone());
            let mut asked = futures::stream::iter(asked)
                .map(|case| tokio::spawn(ask(app.clone(), case)))
                .buffer_unordered(concurrency);
            while let Some(done) = asked.next().await {
                let (id, answer) = done.unwrap();
                *answers.entry(id).or_default().entry(answer).or_default() += 1;
            }
        }
        app.store.verify().await.unwrap();
        app.store.close().await;
    }
    for (id, answers) in &answers {
        assert_eq!(answers.values().sum::<usize>(), 20, "{id}");
        let answers: Vec<&String> = answers.keys().collect();
        assert_eq!(answers.len(), 1, "{id}: {answers:#?}");
    }
}
