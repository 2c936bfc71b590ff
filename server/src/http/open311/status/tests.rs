//! What everybody may know of an order, for orders that went this way and that.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tools::Hotline;
use tools::order::{Actor, ActorRole, Proposal};

use super::*;
use crate::catalog::Catalog;
use crate::embedded::Origin;

/// An order, an hour between any two entries.
struct Course {
    order: Order,
    hotline: std::sync::Arc<Hotline>,
    now: Timestamp,
}

const UNIT: &str = "和澜市消防救援支队";

fn actor(role: ActorRole) -> Actor {
    Actor {
        role,
        id: if role == ActorRole::Citizen { "c" } else { "x" }.to_owned(),
        unit: (role == ActorRole::Unit).then(|| UNIT.to_owned()),
    }
}

impl Course {
    /// Registered, of this kind (`complaint`, `report`).
    fn new(kind: &str) -> Self {
        let catalog = Catalog::load(Origin::Folder(
            Path::new(env!("CARGO_MANIFEST_DIR")).join(".."),
        ));
        let hotline = catalog.hotline.unwrap();
        let now: Timestamp = "2026-11-23T01:00:00Z".parse().unwrap();
        let opening = json!({
            "order": "HL2026112300001", "key": "k", "channel": "api", "consent": "withheld", "citizen": "c",
            "text": "张建国反映楼道堆物，电话13900001234", "contact": "139****1234",
        });
        let order = Order::open(
            serde_json::from_value(opening).unwrap(),
            actor(ActorRole::Citizen),
            now,
            &hotline.rules,
            &hotline.calendar,
        )
        .unwrap();
        let mut course = Self {
            order,
            hotline,
            now,
        };
        let machine = ActorRole::Machine;
        course.does(machine, json!({"kind": "register", "data": {
            "request": kind, "items": [{"category": "0401", "name": "x"}], "address": null, "accused": null, "fields": [],
        }}));
        course.does(machine, json!({"kind": "complete"}));
        course
    }

    /// Registered and with the unit.
    fn with_unit(kind: &str) -> Self {
        let mut course = Self::new(kind);
        course.does(
            ActorRole::Machine,
            json!({"kind": "accept", "data": {"rule": "r"}}),
        );
        course.does(ActorRole::Centre, json!({"kind": "grade", "data": {
            "level": "general", "life_safety": false, "scores": [], "model": "", "catalogue": "",
        }}));
        course.does(
            ActorRole::Centre,
            json!({"kind": "dispatch", "data": {
                "lead": UNIT, "assist": [], "copy": null, "catalogue": "0401@1", "basis": "b",
            }}),
        );
        course
    }

    #[expect(clippy::needless_pass_by_value, reason = "cases read better so")]
    fn does(&mut self, role: ActorRole, action: Value) -> &mut Self {
        self.now += SignedDuration::from_mins(10);
        let proposal = Proposal {
            action: serde_json::from_value(action.clone())
                .unwrap_or_else(|error| panic!("{error}: {action}")),
            actor: actor(role),
            at: self.now,
            reason: "内部理由".to_owned(),
            evidence: Vec::new(),
        };
        let decided = self
            .order
            .decide(proposal, &self.hotline.rules, &self.hotline.calendar);
        let entry = decided.unwrap_or_else(|refused| panic!("{refused}: {action}"));
        self.order.apply(&entry);
        self
    }

    fn replied(&mut self) -> &mut Self {
        self.does(ActorRole::Unit, json!({"kind": "sign"}));
        self.does(ActorRole::Unit, json!({"kind": "contact", "data": {"channel": "电话", "summary": "张建国说13900001234"}}));
        self.does(ActorRole::Unit, json!({"kind": "reply", "data": {
            "facts": "内部事实", "basis": ["法"], "result": "已清理，联系人13900001234", "files": [],
        }}));
        self.does(ActorRole::Centre, json!({"kind": "accept_reply"}))
    }

    fn answered(&mut self, good: bool) -> &mut Self {
        let said = json!({"yes": good, "words": "逐字原话"});
        self.does(
            ActorRole::Centre,
            json!({"kind": "answer_callback", "data": {
                "responded": said, "resolved": said, "satisfied": said,
            }}),
        )
    }

    fn check(&self, expected: &[&str], now: &str) {
        let told = updates(&self.order);
        let lines: Vec<String> = told
            .iter()
            .map(|update| {
                format!(
                    "{} {} {}",
                    update.sequence,
                    update.status.name(),
                    update.description
                )
            })
            .collect();
        assert_eq!(lines, expected);
        assert_eq!(status(self.order.state), now);
        let text = lines.join("\n");
        for secret in ["13900001234", "张建国", "内部", "逐字", "139****1234"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
        // What is told of an entry never changes afterwards.
        let mut earlier = Order::default();
        for entry in &self.order.entries {
            earlier.apply(entry);
            let then = updates(&earlier);
            assert_eq!(then, told[..then.len()]);
        }
    }
}

const BEGUN: [&str; 3] = [
    "1 OPEN 已登记",
    "4 FOR_TRIAGE 已受理，等待派单",
    "6 FOR_TRIAGE 已派单，主办单位：和澜市消防救援支队",
];

fn begun<'a>(more: &[&'a str]) -> Vec<&'a str> {
    BEGUN.iter().chain(more).copied().collect()
}

const REPLIED: [&str; 2] = [
    "7 IN_PROGRESS 和澜市消防救援支队已签收，正在办理",
    "9 IN_PROGRESS 和澜市消防救援支队已反馈办理结果：已清理，联系人139****1234",
];

#[test]
fn an_order_that_is_settled_is_fixed() {
    let mut course = Course::with_unit("complaint");
    course.check(&begun(&[]), "open");
    course.replied().answered(true);
    let told = updates(&course.order);
    assert_eq!(told.len(), 5);
    course.does(ActorRole::Centre, json!({"kind": "archive"}));
    let lines: Vec<String> = updates(&course.order)
        .iter()
        .map(|update| format!("{} {}", update.sequence, update.status.name()))
        .collect();
    assert_eq!(
        lines,
        [
            "1 OPEN",
            "4 FOR_TRIAGE",
            "6 FOR_TRIAGE",
            "7 IN_PROGRESS",
            "9 IN_PROGRESS",
            "12 FIXED"
        ]
    );
    assert_eq!(status(course.order.state), "closed");
    assert_eq!(told[4].description, REPLIED[1].split(' ').nth(2).unwrap());
}

#[test]
fn an_order_that_is_not_settled_is_opened_again() {
    let mut course = Course::with_unit("complaint");
    course.replied().answered(false);
    course.does(ActorRole::Centre, json!({"kind": "redo"}));
    let last = updates(&course.order).pop().unwrap();
    assert_eq!(
        (last.status, status(course.order.state)),
        (UpdateStatus::Reopen, "open")
    );
    course.does(ActorRole::Centre, json!({"kind": "suspend", "data": {
        "class": course.hotline.rules.suspension.reasons.keys().next().unwrap(), "measures": "m", "review": "2026-12-10", "told": "t",
    }}));
    let last = updates(&course.order).pop().unwrap();
    assert_eq!(
        (last.status, status(course.order.state)),
        (UpdateStatus::ActionScheduled, "open")
    );
    course.does(ActorRole::Centre, json!({"kind": "resume"}));
    let last = updates(&course.order).pop().unwrap();
    assert_eq!(
        (last.status, status(course.order.state)),
        (UpdateStatus::InProgress, "open")
    );
}

#[test]
fn a_repeat_is_a_duplicate_and_what_is_not_for_the_city_is_said_so() {
    let mut course = Course::new("complaint");
    course.does(
        ActorRole::Centre,
        json!({"kind": "merge", "data": {"into": "HL2026112200001", "told": "t"}}),
    );
    course.check(
        &[
            "1 OPEN 已登记",
            "4 DUPLICATE 与工单HL2026112200001重复，并入办理",
        ],
        "closed",
    );
    course.does(
        ActorRole::Citizen,
        json!({"kind": "reopen", "data": {"facts": [
            {"name": "n", "value": "v", "source": {"asked": {"words": "v"}}},
        ]}}),
    );
    let last = updates(&course.order).pop().unwrap();
    assert_eq!(
        (last.status, status(course.order.state)),
        (UpdateStatus::Reopen, "open")
    );

    let mut course = Course::new("complaint");
    let ground = course.hotline.rules.declines.keys().next().unwrap().clone();
    course.does(
        ActorRole::Centre,
        json!({"kind": "decline", "data": {"ground": ground, "channel": "人民法院"}}),
    );
    course.check(
        &[
            "1 OPEN 已登记",
            "4 NOT_COUNCILS_RESPONSIBILITY 不属于热线受理范围，其他途径：人民法院",
        ],
        "closed",
    );

    let mut course = Course::new("complaint");
    course.does(ActorRole::Citizen, json!({"kind": "withdraw"}));
    course.check(&["1 OPEN 已登记", "4 CANCELLED 诉求人已撤回"], "closed");

    let mut course = Course::new("complaint");
    course.does(
        ActorRole::Machine,
        json!({"kind": "transfer", "data": {"number": "119", "told": "t"}}),
    );
    course.check(
        &["1 OPEN 已登记", "4 INTERNAL_REFERRAL 情况紧急，已转接119"],
        "open",
    );
}

#[test]
fn of_a_report_against_somebody_the_reply_is_kept_back() {
    let mut course = Course::with_unit("report");
    course.replied();
    course.check(
        &begun(&[REPLIED[0], "9 IN_PROGRESS 和澜市消防救援支队已反馈办理结果"]),
        "open",
    );
    assert!(keeps_words_back(&course.order));
}

#[test]
fn a_unit_that_is_not_meant_gives_it_back() {
    let mut course = Course::with_unit("complaint");
    course.does(
        ActorRole::Unit,
        json!({"kind": "request_return", "data": {"basis": "b", "document": "d"}}),
    );
    course.check(&begun(&[]), "open");
    course.does(ActorRole::Centre, json!({"kind": "accept_return"}));
    course.check(&begun(&["8 INTERNAL_REFERRAL 改派其他单位办理"]), "open");
}

#[test]
fn every_state_is_open_but_the_last() {
    for state in State::ALL {
        let expected = if state == State::Archived {
            "closed"
        } else {
            "open"
        };
        assert_eq!(status(state), expected);
    }
    for status in UpdateStatus::ALL {
        assert_eq!(
            UpdateStatus::named(&status.name().to_lowercase()),
            Some(status)
        );
    }
    assert_eq!(UpdateStatus::named("DONE"), None);
}
