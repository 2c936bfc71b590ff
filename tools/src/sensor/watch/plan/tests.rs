use super::*;
use crate::sensor::watch::event::Fault;
use crate::sensor::watch::rule::Rules;
use crate::sensor::watch::seeds::{playbooks, rules};

fn thing() -> Thing {
    Thing {
        id: "TH-0009".to_owned(),
        name: "化粪池监测仪".to_owned(),
        place: "东门里小区".to_owned(),
        district: "临江区".to_owned(),
        longitude: 118.6,
        latitude: 27.6,
    }
}

fn since() -> Timestamp {
    "2026-11-20T00:05:00Z".parse().unwrap()
}

fn event(rule: &Rule, what: What) -> Event {
    Event {
        rule: rule.id.clone(),
        datastream: "DS-0009".to_owned(),
        at: since(),
        what,
        evidence: vec!["reading:DS-0009@2026-11-20T00:05:00Z".to_owned()],
        readings: 1,
    }
}

fn proposal(what: What) -> Proposal {
    let rules: Rules = rules();
    let rule = rules.get("h2s").unwrap();
    plan(&event(rule, what), rule, &playbooks(), &thing())
}

fn check(what: What, expected: &str) {
    let proposal = proposal(what);
    assert_eq!(proposal.alert.text, expected);
    assert!(proposal.actions.is_empty() && proposal.order.is_none());
}

#[test]
fn raised() {
    let what = What::Raised {
        level: Level::Orange,
        since: since(),
        value: 16.04,
    };
    let proposal = proposal(what);
    assert_eq!(
        proposal.alert.text,
        "【气体橙级】东门里小区化粪池硫化氢16.0ppm，自11月20日08:05起达到14.3ppm，请立即疏散井口周边人员，严禁下井和动火。\
         依据《和澜市城市运行监测预警内部规则》第五条第（一）项。"
    );
    assert_eq!(
        proposal.alert.evidence,
        ["reading:DS-0009@2026-11-20T00:05:00Z"]
    );
    let [fan, people] = proposal.actions.as_slice() else {
        panic!("{:?}", proposal.actions);
    };
    assert!(fan.device && fan.dry_run && people.dry_run && !people.device);
    assert_eq!(
        (fan.title.as_str(), fan.approver.as_str()),
        ("打开排风机", "值班长")
    );
    assert_eq!(fan.lines[0], "设备：化粪池监测仪配套防爆排风机");
    let order = proposal.order.unwrap();
    assert_eq!(
        (order.item.as_str(), order.grade),
        ("0207", Grade::Critical)
    );
    assert_eq!(order.place, "东门里小区");
    assert!(
        order
            .text
            .starts_with("东门里小区化粪池硫化氢16.0ppm，自11月20日08:05起达到橙级限值14.3ppm")
    );
    assert_eq!(order.evidence, proposal.alert.evidence);
}

#[test]
fn only_said() {
    let (level, since, value) = (Level::Blue, since(), 6.0);
    let (from, to) = (Level::Orange, Level::Yellow);
    check(
        What::Changed {
            from,
            to,
            since,
            value,
        },
        "【降为黄】东门里小区硫化氢降至6.0ppm，请继续关注。",
    );
    check(
        What::Cleared {
            peak: level,
            since,
            value,
        },
        "【解除】东门里小区硫化氢已恢复正常。本次最高为蓝级，自11月20日08:05起，极值6.0ppm。",
    );
    check(
        What::Recovered {
            from: Fault::Stuck,
            since,
        },
        "【恢复】东门里小区的化粪池监测仪数据已恢复，异常自11月20日08:05起。",
    );
    check(
        What::Suppressed {
            level,
            since,
            value,
            until: since,
        },
        "【未重复报出】东门里小区硫化氢6.0ppm，又达到蓝级限值；距上次解除时间较短，暂不重复报出。",
    );
    check(
        What::Escalated {
            level,
            notice: Notice::Lead,
            since,
            value,
        },
        "【请值班长处理】东门里小区硫化氢蓝级预警自11月20日08:05起一直无人确认，极值6.0ppm。",
    );
}

#[test]
fn graver_and_faults() {
    let (since, value) = (since(), 9.0);
    let graver = proposal(What::Changed {
        from: Level::Blue,
        to: Level::Yellow,
        since,
        value,
    });
    assert_eq!(graver.order.unwrap().grade, Grade::Urgent);
    let missing = proposal(What::Missing { since });
    assert_eq!(
        missing.alert.text,
        "【设备】东门里小区的化粪池监测仪自11月20日08:05后没有硫化氢数据，现场情况不明。"
    );
    assert_eq!(missing.actions.len(), 1);
    assert!(missing.order.is_none());
}

#[test]
fn every_text_is_filled() {
    let (rules, playbooks) = (rules(), playbooks());
    let (since, value) = (since(), 1.0);
    for rule in &rules.all {
        let levels = rule.limits.iter().map(|limit| limit.level);
        let mut whats: Vec<What> = levels
            .map(|level| What::Raised {
                level,
                since,
                value,
            })
            .collect();
        whats.extend([What::Stuck { since, value }, What::Missing { since }]);
        for what in whats {
            let facts_of = event(rule, what);
            let thing = thing();
            let facts = Facts::new(&facts_of, rule, &thing);
            let occasion = match what {
                What::Raised { level, .. } => Occasion::Level(level),
                What::Missing { .. } => Occasion::Missing,
                _ => Occasion::Stuck,
            };
            for fact in occasion.facts() {
                assert!(
                    facts.get(*fact).is_some(),
                    "{} {occasion:?} {fact:?}",
                    rule.id
                );
            }
            let proposal = plan(&facts_of, rule, &playbooks, &thing);
            let text = serde_json::to_string(&proposal).unwrap();
            assert!(proposal.actions.iter().all(|action| action.dry_run));
            assert_eq!(serde_json::from_str::<Proposal>(&text).unwrap(), proposal);
        }
    }
}

#[test]
fn without_a_playbook() {
    let rules = rules();
    let rule = rules.get("parking-free").unwrap();
    let what = What::Raised {
        level: Level::Red,
        since: since(),
        value: 0.0,
    };
    let proposal = plan(&event(rule, what), rule, &playbooks(), &thing());
    assert!(proposal.alert.text.contains("没有对应的预案"));
    assert!(proposal.actions.is_empty());
}
