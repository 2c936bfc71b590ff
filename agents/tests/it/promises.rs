//! The promises of an answer with the model off.

use agents::{Answer, Event, Request, Role, Status};
use jiff::civil::date;
use serde_json::Value;

use crate::cases::{CITY, agent, events, request};

fn ask(question: &str) -> Answer {
    events(&CITY, request(question)).1
}

/// Questions of every kind of answer.
const QUESTIONS: &[&str] = &[
    "租房合同签订后多少天内办理登记备案？",
    "楼道里堆满杂物，轮椅出不去怎么办？",
    "加装电梯政府补贴多少钱？",
    "彩票中了一等奖去哪里兑奖？",
    "闻到很浓的煤气味",
    "和澜市物业管理条例第九百条",
];

#[test]
fn the_shape_is_a_contract() {
    for question in QUESTIONS {
        let value = serde_json::to_value(ask(question)).unwrap();
        let keys: Vec<&String> = value.as_object().unwrap().keys().collect();
        assert_eq!(
            keys,
            [
                "status",
                "question",
                "interpreted",
                "as_of",
                "jurisdiction",
                "lead",
                "sentences",
                "citations",
                "missing",
                "searched",
                "next",
                "choices",
                "message",
                "mode",
                "degraded",
                "agent",
                "label",
                "aigc",
                "conversation",
                "form",
                "queue",
                "watch",
                "draft",
                "digest"
            ]
        );
        for citation in value["citations"].as_array().unwrap() {
            let keys: Vec<&String> = citation.as_object().unwrap().keys().collect();
            assert_eq!(
                keys,
                [
                    "id",
                    "kind",
                    "corpus",
                    "document",
                    "title",
                    "path",
                    "text",
                    "effective_from",
                    "effective_to",
                    "revision"
                ]
            );
        }
        for list in [
            "sentences",
            "citations",
            "missing",
            "searched",
            "next",
            "choices",
        ] {
            assert!(value[list].is_array(), "{list}");
        }
        assert!(matches!(value["as_of"], Value::String(_)));
    }
}

#[test]
fn every_sentence_is_a_quotation_of_what_it_cites() {
    for question in QUESTIONS {
        let answer = ask(question);
        for sentence in &answer.sentences {
            assert!(!sentence.citations.is_empty(), "{question}");
            let cited = answer
                .citations
                .iter()
                .filter(|citation| sentence.citations.contains(&citation.id));
            assert!(
                cited
                    .into_iter()
                    .any(|citation| citation.text.contains(&sentence.text)),
                "{question}: {}",
                sentence.text
            );
        }
    }
}

#[test]
fn every_answer_is_labelled() {
    for question in QUESTIONS {
        let answer = ask(question);
        assert!(answer.label.contains("人工智能") && answer.label.contains("生成"));
        assert_eq!(answer.aigc.label, "1");
        assert_eq!(
            answer.aigc.produce_id,
            ask(question).aigc.produce_id,
            "equal content has an equal identifier"
        );
    }
}

#[test]
fn the_same_question_has_the_same_answer() {
    for question in QUESTIONS {
        assert_eq!(
            serde_json::to_string(&ask(question)).unwrap(),
            serde_json::to_string(&ask(question)).unwrap()
        );
    }
}

#[test]
fn the_date_picks_the_revision_and_only_the_one_in_force_is_cited() {
    for (as_of, amount) in [(date(2020, 6, 1), "2019"), (date(2026, 6, 1), "2024")] {
        let answer = events(
            &CITY,
            Request {
                as_of: Some(as_of),
                ..request("和澜市住房公积金提取管理办法第五条")
            },
        )
        .1;
        for citation in &answer.citations {
            assert!(
                citation.document.contains(amount),
                "{as_of}: {}",
                citation.document
            );
            assert!(citation.effective_from.is_none_or(|from| from <= as_of));
            assert!(citation.effective_to.is_none_or(|to| as_of < to));
        }
        assert!(!answer.citations.is_empty(), "{as_of}: {answer:?}");
    }
}

#[test]
fn rules_of_another_district_are_never_cited() {
    for (place, other) in [("临江区", "云台区"), ("云台区", "临江区")] {
        let answer = events(
            &CITY,
            Request {
                place: Some(place.into()),
                ..request("老旧小区加装电梯补贴多少")
            },
        )
        .1;
        assert!(!answer.citations.is_empty());
        assert!(
            answer
                .citations
                .iter()
                .all(|citation| !citation.title.contains(other)),
            "{place}: {:?}",
            answer.citations
        );
    }
}

#[test]
fn an_unknown_district_is_asked_for() {
    let answer = ask("老旧小区加装电梯补贴多少钱？");
    assert_eq!(answer.status, Status::Clarify, "{answer:?}");
    assert!(
        answer
            .choices
            .iter()
            .any(|choice| choice.contains("临江区"))
            && answer
                .choices
                .iter()
                .any(|choice| choice.contains("云台区"))
    );
    println!("{:?}", ask(&answer.choices[0]));
    // A choice is a question that can be asked as it stands.
    assert!(matches!(
        ask(&answer.choices[0]).status,
        Status::Answered | Status::Partial
    ));
}

#[test]
fn a_refusal_says_what_was_searched_and_who_can_help() {
    let answer = ask("彩票中了一等奖去哪里兑奖？");
    assert_eq!(answer.status, Status::Refused);
    assert_eq!(answer.searched, ["helan"]);
    assert!(
        answer
            .next
            .iter()
            .any(|contact| contact.contact.contains("12345")),
        "{:?}",
        answer.next
    );
    assert!(answer.sentences.is_empty() && !answer.missing.is_empty());
}

#[test]
fn an_emergency_gets_the_number_at_once() {
    let (events, answer) = events(&CITY, request("闻到很浓的煤气味"));
    assert_eq!(answer.status, Status::Handoff);
    assert!(answer.next[0].contact.contains("0599-6009119"));
    assert!(
        !events
            .iter()
            .any(|event| matches!(event, Event::Searched { .. })),
        "nothing is looked up first"
    );
}

#[test]
fn a_clause_that_does_not_exist_is_not_guessed() {
    let answer = ask("和澜市物业管理条例第九百条");
    assert_eq!(answer.status, Status::Refused);
    assert!(answer.message.unwrap().contains("第九百条"));
}

#[test]
fn bad_questions_are_refused_with_a_reason() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    for question in ["", "   ", "\u{200b}\u{200b}", &"长".repeat(100_000)] {
        let mut stream = agent().run(CITY.clone(), request(question));
        let first = runtime
            .block_on(futures::StreamExt::next(&mut stream))
            .unwrap();
        assert!(
            first.is_err(),
            "{:?}",
            question.chars().take(5).collect::<String>()
        );
    }
}

#[test]
fn markup_and_invisible_characters_are_only_text() {
    let answer =
        ask("<img src=x onerror=alert(1)>租房合\u{200b}同签订后多少天内\u{202e}办理登记备案？");
    assert!(
        answer.question.contains("<img"),
        "the words of the person are kept"
    );
    assert!(
        answer
            .citations
            .iter()
            .any(|citation| citation.document.contains("rental")),
        "{answer:?}"
    );
}

#[test]
fn a_role_without_the_right_is_turned_away() {
    let mut agent = agents::Agent::clone(&agent());
    agent.manifest.roles = vec!["officer".into()];
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let mut stream = std::sync::Arc::new(agent).run(
        CITY.clone(),
        Request {
            role: Role::Citizen,
            ..request("公积金")
        },
    );
    assert!(matches!(
        runtime.block_on(futures::StreamExt::next(&mut stream)),
        Some(Err(agents::Error::Forbidden { .. }))
    ));
}
