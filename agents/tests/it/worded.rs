//! A model words, the check decides what is sent.

use std::sync::Arc;

use agents::{Event, Status, World};
use models::Scripted;

use crate::cases::{CITY, events, request};

const QUESTION: &str = "租房合同签订后多少天内办理登记备案？";

fn with(answer: &str) -> World {
    World {
        model: Some(Arc::new(Scripted::new("script", [answer]))),
        ..CITY.clone()
    }
}

fn removed(events: &[Event]) -> Vec<String> {
    events
        .iter()
        .filter_map(|event| {
            if let Event::Removed { text, .. } = event {
                Some(text.clone())
            } else {
                None
            }
        })
        .collect()
}

#[test]
fn an_uncited_sentence_is_removed() {
    let (_, quoted) = events(&CITY, request(QUESTION));
    let fact = quoted.sentences[0]
        .text
        .split('。')
        .next()
        .unwrap()
        .trim_start_matches(|character| "第条一二三四五六七八九十".contains(character))
        .trim();
    let (events, answer) = events(
        &with(&format!("{fact}。[1]另外，租金一律打八折。")),
        request(QUESTION),
    );
    assert_eq!(removed(&events), ["另外，租金一律打八折。"]);
    assert_eq!(answer.status, Status::Partial);
    assert_eq!(answer.mode, "script");
    assert_eq!(answer.sentences.len(), 1, "{:?}", answer.sentences);
    assert!(!answer.missing.is_empty());
}

#[test]
fn a_wrong_number_is_removed_and_the_quotation_stands_in() {
    let (events, answer) = events(
        &with("应当自签订之日起90日内办理登记备案。[1]"),
        request(QUESTION),
    );
    assert_eq!(removed(&events).len(), 1);
    assert_eq!(answer.mode, "off");
    assert!(
        answer
            .sentences
            .iter()
            .any(|sentence| sentence.text.contains("30日"))
    );
}

#[test]
fn a_citation_that_does_not_exist_is_no_citation() {
    let (events, answer) = events(
        &with("应当自签订之日起30日内办理登记备案。[9]"),
        request(QUESTION),
    );
    assert_eq!(removed(&events).len(), 1);
    assert_eq!(answer.mode, "off");
}

#[test]
fn a_model_that_fails_leaves_the_quoted_answer() {
    let world = World {
        model: Some(Arc::new(Scripted::new("script", Vec::<String>::new()))),
        ..CITY.clone()
    };
    let (events, answer) = events(&world, request(QUESTION));
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::Degraded { .. }))
    );
    assert_eq!(
        (answer.mode.as_str(), answer.status),
        ("off", Status::Answered)
    );
}
