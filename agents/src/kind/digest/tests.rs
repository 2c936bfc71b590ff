use std::collections::BTreeMap;

use serde_json::json;
use tools::Output;

use super::*;
use crate::agent::Agent;
use crate::request::Role;
use crate::seeds::Seeds;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/work-order-summarizer");

fn agent() -> Agent {
    let read = |name: &str| std::fs::read_to_string(format!("{FOLDER}/{name}")).unwrap();
    Agent::parse(
        "work-order-summarizer",
        &read("agent.toml"),
        &read("prompt.md"),
        None,
    )
    .unwrap()
}

/// Goes through a turn: each call brings the next output, each question to a model the words.
fn turn(
    question: &str,
    brought: Vec<Result<Called, CallFailure>>,
    words: Option<&str>,
) -> (Answer, Vec<Step>, Vec<Event>) {
    let (agent, seeds, titles, entries) =
        (agent(), Seeds::default(), BTreeMap::new(), BTreeMap::new());
    let setting = Setting {
        agent: &agent,
        seeds: &seeds,
        titles: &titles,
        place: None,
        producer: "和澜市",
        entries: &entries,
        digress: None,
        rewrite: None,
        wording: words.map(|_| "large"),
        act: None,
    };
    let request = Request::new(question, Role::Officer, "2026-11-21".parse().unwrap());
    let (turn, mut events, mut step) = DigestTurn::begin(setting, request).unwrap();
    let (mut brought, mut steps) = (brought.into_iter(), Vec::new());
    // A turn goes on from its stored form.
    let mut stored = serde_json::to_string(&turn).unwrap();
    loop {
        let mut turn: DigestTurn = serde_json::from_str(&stored).unwrap();
        let outcome = match &step {
            Step::CallTool(_) => Outcome::Called(brought.next().unwrap()),
            Step::Generate(..) => Outcome::Generated(Ok(Said {
                text: words.unwrap().to_owned(),
                model: None,
            })),
            Step::Done => break,
            other => panic!("{other:?}"),
        };
        steps.push(step);
        let (more, next) = turn.resume(setting, outcome);
        events.extend(more);
        step = next;
        stored = serde_json::to_string(&turn).unwrap();
    }
    let answer = events.iter().find_map(|event| match event {
        Event::Done(answer) => Some((**answer).clone()),
        _ => None,
    });
    (answer.unwrap(), steps, events)
}

fn done(value: serde_json::Value) -> Result<Called, CallFailure> {
    Ok(Called::Done(Output {
        value,
        evidence: vec!["order:a".to_owned()],
    }))
}

fn refused(reason: &str) -> Result<Called, CallFailure> {
    Err(CallFailure {
        reason: reason.to_owned(),
        refused: true,
        unclear: false,
    })
}

fn summed() -> serde_json::Value {
    json!({
        "from": "2026-11-09", "to": "2026-11-15", "weeks": 8, "now": "2026-11-21T04:00:00Z",
        "categories": [{"name": "供水", "value": 2}], "days": [{"name": "2026-11-09", "value": 2}],
        "claims": [
            {"kind": "total", "values": {"value": 3}, "ids": ["a", "b", "c"], "count": 3},
            {"kind": "category", "values": {"name": "供水", "value": 2, "of": 3, "share": "66.7"}, "ids": ["a", "b"], "count": 2},
            {"kind": "issue", "values": {"title": "停水了，电话13812345678", "place": null, "people": 3, "cases": 3, "days": 1, "votes": 0, "why": "11月9日，3人反映3件，有新反映人的共1天。"}, "ids": ["a", "b", "c"], "count": 3},
            {"kind": "quiet", "values": {"tests": 40, "spans": 8}, "ids": [], "count": 0},
            {"kind": "unreadable", "values": {"value": 1}, "ids": ["d"], "count": 1},
        ],
        "unreadable": [{"id": "d", "reason": "entry 2"}],
    })
}

#[test]
fn days_become_claims_that_open_to_orders() {
    let (answer, steps, _) = turn("上周的工单汇总，按类别", vec![done(summed())], None);
    let Step::CallTool(call) = &steps[0] else {
        panic!()
    };
    let arguments = serde_json::Value::Object(call.arguments.values().clone());
    assert_eq!(
        arguments,
        json!({"from": "2026-11-09", "to": "2026-11-15", "by": "category"})
    );
    assert_eq!(answer.status, Status::Answered);
    let digest = answer.digest.as_ref().unwrap();
    let days = digest.days.as_ref().unwrap();
    let told: Vec<(&str, u64)> = days
        .claims()
        .map(|claim| (claim.text.as_str(), claim.count))
        .collect();
    assert_eq!(
        told,
        [
            ("新收工单3件。", 3),
            ("供水类2件，占66.7%。", 2),
            (
                "地点不一：“停水了，电话138****5678”，11月9日，3人反映3件，有新反映人的共1天。",
                3
            ),
            ("比对40项、8个同期，没有明显增多的。", 0),
            ("1件工单的记录读不出来或者被改动过，没有计入以上各数。", 1),
        ]
    );
    let sentences: Vec<&str> = answer.sentences.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(sentences, told.iter().map(|it| it.0).collect::<Vec<_>>());
    assert!(
        answer
            .sentences
            .iter()
            .all(|it| it.citations == [answer.citations[0].id.clone()])
    );
    assert!(answer.label.contains("人工智能"));
}

#[test]
fn a_model_words_issues_and_nothing_that_the_tool_did_not_say() {
    let said = "[1] 停水了，11月9日3人反映3件，新反映人1天。\n[2] 还有别的。";
    let (answer, steps, events) = turn("上周", vec![done(summed())], Some(said));
    assert!(matches!(steps[1], Step::Generate(Task::Wording, _)));
    let worded = |answer: &Answer| {
        answer
            .sentences
            .iter()
            .filter(|it| it.worded_by.is_some())
            .count()
    };
    let removed = events
        .iter()
        .filter(|event| matches!(event, Event::Removed { .. }))
        .count();
    // It dropped figures of the masked number, so the template stands.
    assert_eq!((worded(&answer), removed), (0, 1));
    let said = "[1] 300人停水。";
    let (answer, ..) = turn("上周", vec![done(summed())], Some(said));
    assert_eq!(worded(&answer), 0);
    assert!(answer.text().contains("3人反映3件"));
}

#[test]
fn what_is_no_question_of_orders_is_asked_back_and_a_refusal_is_told() {
    let (answer, ..) = turn("汇总一下", Vec::new(), None);
    assert_eq!((answer.status, answer.choices.len()), (Status::Clarify, 4));
    let (answer, ..) = turn(
        "昨天",
        vec![refused("工单汇总只向热线服务中心开放。")],
        None,
    );
    assert_eq!(answer.status, Status::Refused);
    assert_eq!(
        answer.message.as_deref(),
        Some("没有得到汇总：工单汇总只向热线服务中心开放。")
    );
    assert!(answer.digest.is_none());
}

fn order(text: &str) -> serde_json::Value {
    json!({
        "id": "HL202611150001", "state_name": "办理中", "text": text, "address": "和澜市临江区双溪街", "contact": "138****5678",
        "timeline": [
            {"sequence": 1, "at": "2026-11-15T01:00:00Z", "text": "登记"},
            {"sequence": 2, "at": "2026-11-15T01:00:00Z", "text": "登记事项：投诉，占道停车"},
            {"sequence": 3, "at": "2026-11-15T02:00:00Z", "text": "派单至甲局，主办甲局"},
            {"sequence": 4, "at": "2026-11-15T03:00:00Z", "text": "甲局签收"},
        ],
    })
}

#[test]
fn an_order_is_told_in_its_own_words() {
    let text = "您好，我妈坐轮椅，楼道堆满杂物三个月了。请尽快清走。";
    let (answer, ..) = turn(
        "看看工单HL202611150001",
        vec![done(order(text)), refused("x")],
        None,
    );
    let summary = answer.digest.unwrap().order.unwrap();
    let parts: Vec<String> = summary
        .parts
        .iter()
        .map(|part| {
            let found: Vec<String> = part
                .found
                .iter()
                .map(|found| {
                    if let Some(span) = found.span {
                        let cut: String = text
                            .chars()
                            .skip(span.start)
                            .take(span.end - span.start)
                            .collect();
                        assert_eq!(cut, found.text);
                    }
                    format!(
                        "{}{}",
                        found.text,
                        found
                            .entry
                            .map_or(String::new(), |entry| format!("#{entry}"))
                    )
                })
                .collect();
            format!("{:?}: {}", part.kind, found.join(" | "))
        })
        .collect();
    assert_eq!(
        parts,
        [
            "Who: 我妈",
            "What: 我妈坐轮椅",
            "Wants: 请尽快清走",
            "Where: 和澜市临江区双溪街#2",
            "Since: 三个月了",
            "Done: 派单至甲局，主办甲局#3 | 甲局签收#4",
            "Missing: ",
        ]
    );
    let told: Vec<&str> = answer.sentences.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(told[6], "缺少：未写明");
}

#[test]
fn a_sheet_lists_the_orders_of_every_claim() {
    let summed: Summed = serde_json::from_value(summed()).unwrap();
    let agent = agent();
    let part = agent.manifest.digest.as_deref().unwrap();
    let view = DigestView {
        days: Some(days_view(part, &summed)),
        order: None,
    };
    let page = tools::sheet::page(&sheet(part, &view), None);
    for said in [
        "工单汇总（2026-11-09至2026-11-15）",
        "<h2>热点问题</h2>",
        "<td>a b c</td>",
        "role=\"img\"",
        "138****5678",
    ] {
        assert!(page.contains(said), "{said}");
    }
    assert!(!page.contains('{') || !page.contains("{from}"));
}
