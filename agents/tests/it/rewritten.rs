//! Other words from a model widen a search that found too little, and change nothing else.

use std::sync::Arc;
use std::time::Duration;

use agents::{Agent, Answer, Cause, Event, Models, Status, Task, World};
use futures::StreamExt;
use models::{Constraint, Error, Reply, Scripted};

use crate::cases::{CITY, agent, cases, events, paused, request, took};

/// The person's own words find no basis.
const REFUSED: &str = "彩票中了一等奖去哪里兑奖？";

/// Answered with certainty by the person's own words.
const SURE: &str = "租房合同签订后多少天内办理登记备案？";

fn with(replies: impl IntoIterator<Item = Reply>) -> (World, Arc<Scripted>) {
    let model = Arc::new(Scripted::turns("small", 9_000, replies));
    // Rewriting only: where there is no large model the small one would word as well.
    let words = Arc::new(Scripted::turns("large", 9_000, []));
    let models = Models {
        small: Some(model.clone()),
        large: Some(words),
        ..Models::default()
    };
    let world = World {
        models,
        ..CITY.clone()
    };
    (world, model)
}

fn queries(events: &[Event]) -> Vec<&str> {
    let queries = events.iter().filter_map(|event| match event {
        Event::Rewritten { queries, model } => {
            assert_eq!(model, "small");
            Some(queries)
        }
        _ => None,
    });
    queries.flatten().map(String::as_str).collect()
}

fn said(queries: &str) -> Reply {
    Reply::Text(format!("{{\"queries\": [{queries}]}}"))
}

#[test]
fn a_sure_answer_needs_no_other_words() {
    let (world, model) = with([said("\"房屋租赁合同备案\"")]);
    events(&world, request(SURE));
    assert!(model.asked().is_empty());
}

#[test]
fn the_request_is_small_and_has_a_schema() {
    let (world, model) = with([said("")]);
    events(
        &world,
        request("我的号码13812345678，彩票中了一等奖去哪里兑奖？"),
    );
    let asked = model.asked();
    assert_eq!(asked.len(), 1);
    assert!(matches!(
        asked[0].constraint,
        Some(Constraint::JsonSchema(_))
    ));
    assert!(asked[0].form_optional);
    assert!(asked[0].max_tokens <= 200);
    assert!(!format!("{asked:?}").contains("13812345678"));
}

#[test]
fn what_the_person_did_not_say_is_not_searched() {
    for (said_by_model, kept) in [
        ("\"福利彩票兑付\"", vec!["福利彩票兑付"]),
        (
            "\"2023年彩票兑奖\", \"第十二条\", \"《彩票管理条例》\"",
            vec![],
        ),
        ("\"彩票\", \"一等奖\", \"兑奖\"", vec![]),
        ("\"奖金200元领取\", \"奖金领取地点\"", vec!["奖金领取地点"]),
        ("\"<script>奖金\"", vec![]),
    ] {
        let (world, _) = with([said(said_by_model)]);
        let (events, _) = events(&world, request(REFUSED));
        assert_eq!(queries(&events), kept, "{said_by_model}");
    }
}

#[test]
fn a_server_that_holds_no_form_may_say_something_around_the_words() {
    let fenced = "```json\n{\"queries\": [\"福利彩票兑付\"]}\n```";
    let (world, _) = with([Reply::Text(fenced.into())]);
    let (events, _) = events(&world, request(REFUSED));
    assert_eq!(queries(&events), ["福利彩票兑付"]);
}

#[test]
fn words_are_waited_for_as_long_as_is_configured() {
    for wait in [Duration::from_secs(5), Duration::from_millis(1_500)] {
        let (mut world, _) = with([Reply::Stalls("{".into())]);
        if wait != Models::default().rewrite_wait {
            world.models.rewrite_wait = wait;
        }
        let took = took(world, request(REFUSED));
        assert!(
            took >= wait && took < wait + Duration::from_millis(500),
            "{took:?}"
        );
    }
}

#[test]
fn a_failed_search_for_words_is_said_unless_another_model_words() {
    let texts = agent().manifest.texts().clone();
    let (question, plain) = cases("agents/policy-qa/cases.jsonl")
        .into_iter()
        .map(|case| (events(&CITY, request(&case.question)).1, case.question))
        .find(|(plain, _)| plain.missing.contains(&texts.weak))
        .map(|(plain, question)| (question, plain))
        .expect("a doubtful case");
    let killed = Error::Unavailable {
        model: "small".into(),
        reason: "killed".into(),
    };
    for (words, expected) in [
        (quoting(&plain), None),
        ("没有依据".to_owned(), Some(texts.degraded_unfit.clone())),
    ] {
        let (mut world, model) = with([Reply::Fails(String::new(), killed.clone())]);
        world.models.large = Some(Arc::new(Scripted::new("large", [words])));
        let (told, answer) = events(&world, request(&question));
        assert_eq!(model.asked().len(), 1);
        assert_eq!(answer.degraded, expected);
        let shown = |event: &&Event| matches!(event, Event::Quoted(_));
        assert_eq!(told.iter().filter(shown).count(), 1, "shown once");
    }
    // Nobody words: what is quoted is found without other words.
    let (mut world, _) = with([Reply::Fails(String::new(), killed)]);
    let mut quoting = Agent::clone(&agent());
    quoting.manifest.models.wording = None;
    world.models.large = None;
    let run = Arc::new(quoting).run(world, request(&question));
    let last = paused(run.collect::<Vec<_>>()).pop();
    let Some(Ok(Event::Done(answer))) = last else {
        panic!("no answer")
    };
    assert_eq!(answer.degraded, Some(texts.degraded_rewrite));
    assert_eq!(answer.sentences, plain.sentences);
}

/// The first sentence of the first passage, cited.
fn quoting(plain: &Answer) -> String {
    let text = plain.citations[0].text.replace('\n', "");
    let first = text.split_inclusive('。').next().unwrap();
    format!("{first}[1]")
}

#[test]
fn a_model_that_finds_nothing_leaves_the_answer_as_it_was() {
    let (_, plain) = events(&CITY, request(REFUSED));
    let killed = Error::Unavailable {
        model: "small".into(),
        reason: "killed".into(),
    };
    let cases = [
        (
            Reply::Fails(String::new(), killed),
            Some(Cause::Unavailable),
        ),
        (Reply::Stalls("{".into()), Some(Cause::Late)),
        (Reply::Endless("{".into()), Some(Cause::Unfit)),
        (Reply::Text("没有".into()), Some(Cause::Unfit)),
        (Reply::Text("{\"queries\": 3}".into()), Some(Cause::Unfit)),
        (said("\"福利彩票兑付\""), None),
        // Much is found of it, and nothing to do with the question.
        (said("\"住房公积金提取\", \"生育津贴申领\""), None),
    ];
    for (reply, cause) in cases {
        let (world, _) = with([reply.clone()]);
        let (events, answer) = events(&world, request(REFUSED));
        // A model that failed is no secret: with it there might have been an answer.
        let flag = agent().manifest.texts().degraded_rewrite.clone();
        let expected = Answer {
            degraded: cause.map(|_| flag),
            ..plain.clone()
        };
        assert_eq!(answer, expected, "{reply:?}");
        let found = events.iter().find_map(|event| match event {
            Event::Degraded {
                task: Task::Rewrite,
                cause,
                ..
            } => Some(*cause),
            _ => None,
        });
        assert_eq!(found, cause, "{reply:?}");
    }
}

#[test]
fn other_words_only_add() {
    // Words of another matter, which find much: the best passage of the person's own words is still cited.
    for question in [
        "租房押金房东不退怎么办？",
        "夜里施工太吵找谁管？",
        "楼道堆满杂物，轮椅出不去怎么办？",
    ] {
        let (_, plain) = events(&CITY, request(question));
        let (world, _) = with([said("\"住房公积金提取\", \"生育津贴申领\"")]);
        let (events, answer) = events(&world, request(question));
        let first = |answer: &Answer| answer.citations.first().map(|citation| citation.id.clone());
        let quoted = Answer {
            degraded: None,
            ..answer
        };
        if queries(&events).is_empty() {
            assert_eq!(quoted, plain);
        }
        assert_eq!(first(&quoted), first(&plain), "{question}");
        assert!(matches!(quoted.status, Status::Answered | Status::Partial));
    }
}

#[test]
fn what_only_other_words_find_is_quoted_as_doubtful() {
    let question = "我这辆电驴不是新国标，临时牌照能骑到啥时候";
    let (_, plain) = events(&CITY, request(question));
    assert_eq!(plain.status, Status::Refused);
    let words = "\"不符合强制性国家标准的电动自行车\", \"过渡期管理发放临时号牌\"";
    let (world, _) = with([said(words)]);
    let (_, answer) = events(&world, request(question));
    assert_eq!(answer.status, Status::Partial, "{answer:?}");
    let weak = agent().manifest.texts().weak.clone();
    assert_eq!(answer.missing, [weak]);
    assert!(
        answer
            .sentences
            .iter()
            .all(|sentence| sentence.worded_by.is_none())
    );
}
