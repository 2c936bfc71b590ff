//! What was quoted is not lost when a model words: what it was not given, what it passed over, and what must be said of
//! the sources.

use std::sync::Arc;

use agents::check::check;
use agents::{Answer, Citation, Event, Request, Sentence};
use jiff::civil::{Date, date};
use models::{ChatModel, Reply, Scripted};

use crate::cases::{CITY, agent, events, request};
use crate::worded::{says, with};

/// Rests on several passages.
const BROAD: &str = "租房押金房东不退怎么办？";

/// The first sentence of a passage that may be said alone, with the mark of the passage.
fn sayable(citation: &Citation, number: usize, question: &str) -> String {
    let label = format!("《{}》{}", citation.title, citation.path);
    let passage = format!("{label}\n{}", citation.text);
    let heading = |next| "第条款一二三四五六七八九十百".contains(next) || char::is_whitespace(next);
    let found = citation.text.split_inclusive('。').find_map(|sentence| {
        let sentence = sentence.trim_start_matches(heading);
        let whole = sentence.ends_with('。') && sentence.chars().count() > 12;
        (whole && check(sentence, &[&passage], question).is_ok()).then_some(sentence)
    });
    format!("{}[{number}]", found.expect("a sentence that stands alone"))
}

fn quoted(answer: &Answer) -> Vec<&Sentence> {
    let quoted = answer.sentences.iter();
    quoted
        .filter(|sentence| sentence.worded_by.is_none())
        .collect()
}

#[test]
fn what_a_model_is_not_given_stays_quoted() {
    let full = Arc::new(Scripted::new("script", ["没有依据"]));
    let (_, plain) = events(&with(full.clone()), request(BROAD));
    let needed = full.room(&full.asked()[0]).unwrap().needed;
    let said = sayable(&plain.citations[0], 1, BROAD);
    let narrow = Scripted::turns("script", needed - 1, [Reply::Text(said)]);
    let (events, answer) = events(&with(Arc::new(narrow)), request(BROAD));
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::Dropped { .. }))
    );
    assert_eq!(answer.mode, "script");
    assert_eq!(answer.degraded, None);
    let last = &plain.citations.last().unwrap().id;
    let kept: Vec<&Sentence> = plain
        .sentences
        .iter()
        .filter(|sentence| sentence.citations.contains(last))
        .collect();
    assert!(!kept.is_empty());
    assert_eq!(quoted(&answer), kept);
    assert_eq!(answer.sentences[0].worded_by.as_deref(), Some("script"));
}

#[test]
fn a_part_of_a_question_that_a_model_passes_over_stays_quoted() {
    let question = "押金不退怎么办？电动车多少天内上牌？";
    let (_, plain) = events(&CITY, request(question));
    let of = |word: &str| {
        let mut citations = plain.citations.iter().enumerate();
        let (at, citation) = citations
            .find(|(_, citation)| citation.text.contains(word))
            .unwrap_or_else(|| panic!("{word}: {:?}", plain.citations));
        (sayable(citation, at + 1, question), citation.id.clone())
    };
    let (deposit, plate) = (of("押金"), of("号牌"));
    for (said, missed) in [
        (deposit.0.clone(), Some(&plate.1)),
        (plate.0.clone(), Some(&deposit.1)),
        (format!("{}{}", deposit.0, plate.0), None),
    ] {
        let (_, answer) = events(&says(&said), request(question));
        assert_eq!(answer.mode, "script", "{said}");
        let added: Vec<&String> = quoted(&answer)
            .iter()
            .flat_map(|sentence| &sentence.citations)
            .collect();
        match missed {
            Some(id) => assert!(added.contains(&id), "{said}: {added:?}"),
            None => assert!(added.is_empty(), "{added:?}"),
        }
        assert_eq!(
            (answer.status, &answer.missing),
            (plain.status, &plain.missing)
        );
    }
}

#[test]
fn what_must_be_said_of_the_sources_is_said_of_worded_sentences_too() {
    let texts = agent().manifest.texts().clone();
    let past = |as_of: Date| {
        texts
            .lead_worded_past
            .replace("{as_of}", &as_of.to_string())
    };
    let day = date(2020, 6, 1);
    let limit = "房东收押金最高可以收几个月租金？";
    for (question, as_of, expected) in [
        (limit, Some(day), past(day)),
        (limit, None, texts.lead_worded.clone()),
    ] {
        let request = Request {
            as_of,
            ..request(question)
        };
        let (_, plain) = events(&CITY, request.clone());
        let said = sayable(&plain.citations[0], 1, question);
        let (_, answer) = events(&says(&said), request);
        assert_eq!(answer.mode, "script");
        assert_eq!(answer.lead, Some(expected), "{question}");
    }
}
