//! The recorded sessions of `evals/replay/`, over the demo city.

use std::collections::BTreeSet;

use agents::{Noted, Status};
use serde_json::Value;
use server::replay::{Recording, Replayed, Verdict, Words, read, replay};

use super::demo;

const FILE: &str = "evals/replay/recordings.jsonl";
const RECORDINGS: &str = include_str!("../../../../evals/replay/recordings.jsonl");

fn recordings() -> Vec<Recording> {
    read(FILE, RECORDINGS).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_sessions_have_the_recorded_answers() {
    let folder = tempfile::tempdir().unwrap();
    let app = demo(folder.path()).await;
    let turns: Vec<_> = recordings()
        .iter()
        .map(|it| (it.recorded(), true))
        .collect();
    let replayed = replay(&app, &turns, Words::Recorded, |_| {}).await;
    let others = replayed.iter().filter(|turn| turn.verdict != Verdict::Same);
    let others: Vec<String> = others.map(shown).collect();
    assert!(
        others.is_empty(),
        "{} of {} recorded turns have another answer:\n{}\n\
        If the change is meant, look at each with `cargo run -- replay {FILE}`, then take them for right with\n\
        `cargo run -- replay {FILE} --renew`, and commit the file with the reason.",
        others.len(),
        turns.len(),
        others.join("\n")
    );
}

fn shown(turn: &Replayed) -> String {
    let Replayed {
        session,
        turn: number,
        question,
        verdict,
        ..
    } = turn;
    let mut text = format!(
        "{session} turn {}: {verdict:?}: {question}",
        number.unwrap_or(0)
    );
    if let Some(difference) = &turn.difference {
        let value =
            |value: &Option<Value>| value.as_ref().map(Value::to_string).unwrap_or_default();
        text += &format!(
            "\n  {}\n  - {}\n  + {}",
            difference.path,
            value(&difference.recorded),
            value(&difference.replayed)
        );
    }
    turn.reasons
        .iter()
        .fold(text, |text, reason| text + "\n  " + reason)
}

#[test]
fn the_recordings_are_many_kinds_of_sessions() {
    let recordings = recordings();
    let sessions: BTreeSet<&str> = recordings.iter().map(|it| it.session.as_str()).collect();
    assert_eq!(sessions.len(), 53);
    assert!(RECORDINGS.len() < 1_000_000, "{} bytes", RECORDINGS.len());
    let count =
        |wanted: &dyn Fn(&Recording) -> bool| recordings.iter().filter(|it| wanted(it)).count();
    for status in [
        Status::Answered,
        Status::Partial,
        Status::Refused,
        Status::Clarify,
        Status::Handoff,
    ] {
        let status = serde_json::to_value(status).unwrap();
        let found = count(&|it| it.answer.as_ref().unwrap()["status"] == status);
        assert!(found >= 2, "{found} answers are {status}");
    }
    let request = |wanted: fn(&agents::Request) -> bool| count(&|it| wanted(&it.pinned.request));
    assert!(request(|request| request.as_of.is_some()) >= 3);
    assert!(request(|request| request.place.is_some()) >= 5);
    assert!(request(|request| request.role != agents::Role::Citizen) >= 2);
    assert!(
        count(&|it| !it.pinned.remembered.is_empty()) >= 15,
        "follow-ups"
    );
    let said = |good: bool| {
        let is =
            |noted: &Noted| matches!(noted, Noted::Said { outcome, .. } if outcome.is_ok() == good);
        count(&|it| it.pinned.noted.iter().any(is))
    };
    assert!(
        said(true) >= 6 && said(false) >= 4,
        "words of models, and failures"
    );
    let worded = count(&|it| it.answer.as_ref().unwrap()["mode"] != "off");
    assert!(worded >= 3, "{worded} answers are worded by a model");
}
