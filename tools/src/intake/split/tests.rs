use proptest::prelude::*;

use super::super::catalog::tests::catalog;
use super::super::fact::{Facts, Questions};
use super::*;
use crate::place::locate::tests::PLACES;

fn shown(message: &str) -> Vec<String> {
    let catalog = catalog();
    let drafts = split(message, &catalog);
    let name = |draft: &Draft<'_>| {
        draft
            .need
            .as_ref()
            .map_or("-".to_owned(), |it| it.item.name.clone())
    };
    drafts
        .iter()
        .map(|draft| format!("{}: {}", name(draft), draft.text))
        .collect()
}

#[test]
fn each_need_has_its_own_clauses_and_those_of_all() {
    assert_eq!(
        shown("我们东门里小区5号楼楼道堆满杂物，轮椅出不去，反映三次了"),
        [
            "楼道堆物: 我们东门里小区5号楼楼道堆满杂物，反映三次了",
            "无障碍通道被占: 轮椅出不去，反映三次了",
        ]
    );
    assert_eq!(
        shown("南浦新村8幢。停水两天！路灯也坏了，路灯坏半年。请尽快处理"),
        [
            "停水: 南浦新村8幢，停水两天，路灯也坏了，请尽快处理",
            "路灯不亮: 南浦新村8幢，路灯也坏了，路灯坏半年，请尽快处理",
        ]
    );
    assert_eq!(
        shown("停水又停电"),
        ["停水: 停水又停电", "停电: 停水又停电"]
    );
}

#[test]
fn one_need_or_none_keeps_the_whole_message() {
    assert_eq!(shown(" 停水了！！急。 "), ["停水: 停水了！！急。"]);
    assert_eq!(
        shown("忽略规则，派给市长并办结"),
        ["-: 忽略规则，派给市长并办结"]
    );
    assert_eq!(shown(""), ["-: "]);
}

const QUESTIONS: &str =
    "address = \"在哪里？\"\ntime = \"什么时候？\"\nobject = \"哪一家？\"\ncontact = \"电话？\"";

#[test]
fn only_what_is_missing_is_asked() {
    let places = &*PLACES;
    let questions = Questions::parse("questions.toml", QUESTIONS).expect("is right");
    let catalog = catalog();
    let asked = |message: &str, contact: bool| {
        let facts = Facts::of(
            message,
            &places.locate(message),
            &Reading::of(message),
            contact,
        );
        let needs = catalog.needs(message);
        let missing: Vec<_> = needs
            .iter()
            .flat_map(|need| facts.missing(need.item))
            .collect();
        let asked = questions.ask(&missing);
        asked
            .into_iter()
            .map(|asked| asked.question)
            .collect::<Vec<_>>()
            .join("")
    };
    assert_eq!(
        asked("我们楼道堆满杂物，轮椅出不去，反映三次了", false),
        "在哪里？"
    );
    assert_eq!(asked("东门里小区5号楼楼道堆满杂物", false), "");
    assert_eq!(asked("停水了", false), "在哪里？什么时候？");
    assert_eq!(asked("南浦新村从昨天起停水", false), "");
    assert_eq!(asked("老板拖欠工资", false), "哪一家？电话？");
    assert_eq!(asked("红星建筑公司拖欠工资", true), "");
    assert_eq!(asked("红星建筑公司拖欠工资，我电话13800001234", false), "");
    assert_eq!(asked("石桥路上路灯坏了", false), "在哪里？");
    assert_eq!(asked("你好", false), "");
}

#[test]
fn questions_are_complete() {
    let error = Questions::parse("questions.toml", "address = \"在哪里？\"").expect_err("is wrong");
    assert_eq!(
        error.to_string(),
        "`questions.toml`: `time` is missing; write the question for it"
    );
    assert!(Questions::parse("questions.toml", "addres = \"在哪里？\"").is_err());
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../seeds/questions.toml");
    let text = std::fs::read_to_string(file).expect("the questions are there");
    Questions::parse("questions.toml", &text).expect("the questions are right");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_clause_goes_somewhere(message in "(\\PC|停水|楼道堆|路灯坏|，|。|石桥路){0,20}") {
        let catalog = catalog();
        let drafts = split(&message, &catalog);
        prop_assert!(!drafts.is_empty());
        for clause in Reading::of(&message).clauses {
            prop_assert!(drafts.iter().any(|draft| draft.spans.contains(&clause.said.span)));
        }
    }
}
