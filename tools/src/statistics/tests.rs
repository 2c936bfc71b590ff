use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::order::rates::UNKNOWN;

/// A Monday, midnight in the city.
pub(super) const MONDAY: i64 = 1_788_710_400;

pub(super) fn at(hours: i64) -> Timestamp {
    Timestamp::from_second(MONDAY + hours * 3600).unwrap()
}

pub(super) fn days(from: i64, to: i64) -> Period {
    Period {
        from: at(from * 24),
        to: at(to * 24),
    }
}

/// A case of a person at an hour; everything else is unknown.
pub(super) fn case(id: &str, hours: i64, person: &str, text: &str) -> Case {
    Case {
        at: at(hours),
        id: id.to_owned(),
        text: text.to_owned(),
        item: None,
        group: None,
        district: None,
        place: None,
        department: None,
        grade: "一般".to_owned(),
        state: Standing::Open,
        due: None,
        closed: None,
        reporter: Some(person.to_owned()),
        votes: 0,
        repeat_of: None,
    }
}

fn said(cases: &[Case]) -> Statistics {
    summarize(
        cases,
        days(0, 7),
        days(-28, 0),
        at(7 * 24),
        &Limits::default(),
    )
}

#[test]
fn a_week_is_counted() {
    let mut cases = vec![
        case("c", 30, "甲", "路灯不亮"),
        case("a", 1, "甲", "路灯不亮"),
        case("b", 2, "乙", "停水了"),
        case("d", 3, "甲", "电梯停了"),
        case("a", 5, "丁", "这个编号来过了"),
        case("e", -5, "丙", "上周的"),
    ];
    for (place, district) in [(0, "云台区"), (1, "云台区"), (3, "临江区")] {
        cases[place].district = Some(district.to_owned());
    }
    let found = said(&cases);
    let groups = |groups: &[count::Group]| -> Vec<String> {
        let line = |group: &count::Group| {
            let ids = found.ids(&group.cases).join(" ");
            format!(
                "{} {}/{}: {ids}",
                group.name, group.cases.value, group.cases.of
            )
        };
        groups.iter().map(line).collect()
    };
    assert_eq!(found.ids, ["e", "a", "b", "d", "c"]);
    assert_eq!((found.total.value, found.total.of), (4, 5));
    assert_eq!(
        groups(&found.counts.district),
        ["云台区 2/4: a c", "临江区 1/4: d", "未定 1/4: b"]
    );
    assert_eq!(
        groups(&found.counts.day),
        ["2026-09-07 3/4: a b d", "2026-09-08 1/4: c"]
    );
    assert_eq!(groups(&found.counts.state), ["办理中 4/4: a b d c"]);
    let frequent = &found.repeats.reporters;
    assert_eq!((frequent.len(), frequent[0].reporter.as_str()), (1, "甲"));
    assert_eq!(found.ids(&frequent[0].cases), ["a", "d", "c"]);
}

#[test]
fn figures_are_written_with_the_places_of_their_cases() {
    let json = serde_json::to_value(said(&[
        case("a", 1, "甲", "停水"),
        case("b", -1, "乙", "停水"),
    ]))
    .unwrap();
    assert_eq!(json["ids"], serde_json::json!(["b", "a"]));
    assert_eq!(
        json["total"],
        serde_json::json!({"value": 1, "of": 2, "cases": [1]})
    );
    assert_eq!(json["window"]["from"], "2026-09-06T16:00:00Z");
}

#[test]
fn deadlines_stand_at_a_moment() {
    let now = at(24);
    let check = |due: Option<i64>, state, closed: Option<i64>, expected: [u64; 4]| {
        let mut one = case("a", 0, "甲", "停水");
        (one.due, one.state, one.closed) = (due.map(at), state, closed.map(at));
        let found = summarize(&[one], days(0, 7), days(-28, 0), now, &Limits::default());
        let it = found.deadlines;
        let values = [
            it.open.value,
            it.overdue.value,
            it.near.value,
            it.late.value,
        ];
        assert_eq!(values, expected, "{due:?} {state:?} {closed:?}");
    };
    check(None, Standing::Open, None, [1, 0, 0, 0]);
    check(Some(23), Standing::Open, None, [1, 1, 0, 0]);
    check(Some(24), Standing::Open, None, [1, 0, 1, 0]);
    check(Some(47), Standing::Open, None, [1, 0, 1, 0]);
    check(Some(48), Standing::Open, None, [1, 0, 0, 0]);
    check(Some(23), Standing::Suspended, None, [0, 0, 0, 0]);
    check(Some(10), Standing::Closed, Some(20), [0, 0, 0, 1]);
    check(Some(20), Standing::Closed, Some(10), [0, 0, 0, 0]);
    check(Some(10), Standing::Closed, Some(30), [1, 1, 0, 1]);
    check(Some(10), Standing::Closed, None, [0, 0, 0, 0]);
    check(Some(-9), Standing::Closed, Some(24 * 9), [1, 1, 0, 0]);
}

#[test]
fn repeats_lead_to_their_root() {
    let check = |links: &[(&str, i64, Option<&str>)], expected: &[&str]| {
        let cases: Vec<Case> = links
            .iter()
            .map(|(id, hours, earlier)| Case {
                repeat_of: earlier.map(str::to_owned),
                ..case(id, *hours, "甲", "停水")
            })
            .collect();
        let found = said(&cases);
        let chain = |it: &count::Chain| {
            let (all, within) = (
                found.ids(&it.cases).join(""),
                found.ids(&it.within).join(""),
            );
            format!("{} {all} {within} {}", it.root, it.people.value)
        };
        let chains: Vec<String> = found.repeats.chains.iter().map(chain).collect();
        assert_eq!(chains, expected, "{links:?}");
    };
    check(&[("a", 1, None), ("b", 2, None)], &[]);
    check(
        &[("a", 1, None), ("b", 2, Some("a")), ("c", 3, Some("b"))],
        &["a abc bc 1"],
    );
    check(
        &[("a", -9, None), ("b", -8, Some("a")), ("c", 3, Some("a"))],
        &["a abc c 1"],
    );
    check(&[("a", -9, None), ("b", -8, Some("a"))], &[]);
    check(&[("b", 1, Some("x")), ("c", 2, Some("b"))], &["x bc bc 1"]);
    check(&[("a", 1, Some("a"))], &[]);
    check(
        &[
            ("a", 1, Some("b")),
            ("b", 2, Some("a")),
            ("c", 3, Some("b")),
        ],
        &["a abc bc 1"],
    );
    check(
        &[
            ("a", 1, None),
            ("b", 2, Some("a")),
            ("c", 3, None),
            ("d", 4, Some("c")),
            ("e", 5, Some("c")),
        ],
        &["c cde de 1", "a ab b 1"],
    );
}

#[test]
fn nothing_and_the_ends_of_time_are_borne() {
    let ever = Period {
        from: Timestamp::MIN,
        to: Timestamp::MAX,
    };
    let backwards = Period {
        from: Timestamp::MAX,
        to: Timestamp::MIN,
    };
    let mut odd = case("", 0, "", "，。\n😀");
    odd.at = Timestamp::MAX;
    odd.place = Some(String::new());
    for cases in [
        vec![],
        vec![odd.clone()],
        vec![odd.clone(), case("b", 0, "甲", "停水")],
    ] {
        for (window, baseline) in [
            (ever, ever),
            (backwards, ever),
            (ever, backwards),
            (days(0, 1), ever),
        ] {
            for now in [Timestamp::MIN, Timestamp::MAX] {
                summarize(&cases, window, baseline, now, &Limits::default());
            }
        }
    }
}

const TEXTS: [&str; 8] = [
    "南浦新村停水了，马桶冲不了",
    "南浦新村又停水，什么时候来",
    "路灯坏了三天没人修",
    "门口路灯坏了没人修",
    "半夜工地施工睡不着",
    "工地半夜还在施工，吵得睡不着",
    "电梯困人",
    "",
];
const NAMES: [&str; 4] = ["甲", "乙", "丙", "丁"];
const PLACES: [&str; 3] = ["南浦新村", "星河湾小区", "石桥路"];

fn cases() -> impl Strategy<Value = Vec<Case>> {
    let one = (
        -300_i64..200,
        0..TEXTS.len(),
        prop::option::of(0..NAMES.len()),
        prop::option::of(0..PLACES.len()),
        prop::option::of(0..3_usize),
        0..300_u32,
        prop::option::of(0..40_usize),
    );
    prop::collection::vec(one, 0..40).prop_map(|all| {
        let made = all.into_iter().enumerate();
        made.map(
            |(number, (hours, text, person, place, item, votes, repeats))| Case {
                reporter: person.map(|person| NAMES[person].to_owned()),
                place: place.map(|place| PLACES[place].to_owned()),
                item: item.map(|item| format!("050{item}")),
                group: item.map(|item| format!("0{item}")),
                votes,
                repeat_of: repeats.map(|other| format!("c{other}")),
                ..case(&format!("c{number}"), hours, "", TEXTS[text])
            },
        )
        .collect()
    })
}

/// The same cases twice, once in another order.
fn shuffled() -> impl Strategy<Value = (Vec<Case>, Vec<Case>)> {
    cases().prop_flat_map(|cases| (Just(cases.clone()), Just(cases).prop_shuffle()))
}

/// People and heat of each issue.
fn heats(statistics: &Statistics) -> Vec<(u64, f64)> {
    let mut heats: Vec<(u64, f64)> = statistics
        .issues
        .iter()
        .map(|it| (it.people.value, it.heat))
        .collect();
    heats.sort_by(|one, other| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)));
    heats
}

fn all_issues() -> Limits {
    Limits {
        issues: usize::MAX,
        issue_people: 1,
        ..Limits::default()
    }
}

fn of_all_issues(cases: &[Case]) -> Statistics {
    summarize(cases, days(0, 7), days(-28, 0), at(7 * 24), &all_issues())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn counts_are_those_of_counting(cases in cases()) {
        let found = said(&cases);
        let within: Vec<&Case> = cases.iter().filter(|case| at(0) <= case.at && case.at < at(7 * 24)).collect();
        prop_assert_eq!(found.total.value, within.len() as u64);
        let mut expected: BTreeMap<&str, u64> = BTreeMap::new();
        for case in &within {
            *expected.entry(case.item.as_deref().unwrap_or(UNKNOWN)).or_default() += 1;
        }
        let counted = found.counts.item.iter().map(|group| (group.name.as_str(), group.cases.value));
        prop_assert_eq!(counted.collect::<BTreeMap<_, _>>(), expected);
        for pair in found.counts.item.windows(2) {
            let key = |group: &count::Group| (std::cmp::Reverse(group.cases.value), group.name.clone());
            prop_assert!(key(&pair[0]) < key(&pair[1]));
        }
        for group in found.counts.item.iter().chain(&found.counts.day).chain(&found.counts.state) {
            prop_assert_eq!(group.cases.value, group.cases.cases.len() as u64);
        }
        let ids: Vec<&str> = found.issues.iter().flat_map(|issue| found.ids(&issue.people)).collect();
        let distinct: HashSet<&str> = ids.iter().copied().collect();
        prop_assert_eq!(ids.len(), distinct.len());
    }

    #[test]
    fn the_order_of_cases_changes_nothing(cases in shuffled()) {
        prop_assert_eq!(of_all_issues(&cases.0), of_all_issues(&cases.1));
    }

    #[test]
    fn a_message_sent_again_heats_nothing(cases in cases(), which in 0..40_usize, later in 0..100_i64) {
        let before = of_all_issues(&cases);
        let sent = cases.iter().filter(|case| at(0) <= case.at).nth(which);
        let Some(sent) = sent.cloned() else { return Ok(()) };
        let again = Case {
            at: sent.at + SignedDuration::from_hours(later),
            id: "zz".to_owned(),
            ..sent
        };
        let mut cases = cases;
        cases.push(again);
        prop_assert_eq!(heats(&of_all_issues(&cases)), heats(&before));
    }

    #[test]
    fn votes_above_the_cap_change_nothing(cases in cases(), more in 0..u32::MAX - 300) {
        let before = of_all_issues(&cases);
        let mut cases = cases;
        for case in cases.iter_mut().filter(|case| case.votes >= 100) {
            case.votes += more;
        }
        prop_assert_eq!(of_all_issues(&cases), before);
    }
}
