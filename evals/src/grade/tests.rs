use agents::{Aigc, CitationKind, Sentence};
use jiff::civil::{Date, date};

use super::*;
use crate::case;

fn citation(id: &str, from: Option<Date>, to: Option<Date>) -> Citation {
    Citation {
        id: id.to_owned(),
        kind: CitationKind::Passage,
        corpus: "helan".to_owned(),
        document: "rental.md".to_owned(),
        title: "住房租赁管理办法".to_owned(),
        path: "第二章 / 第十二条".to_owned(),
        text: "房东应当自签订租赁合同之日起30日内，\n办理登记备案。".to_owned(),
        effective_from: from,
        effective_to: to,
        revision: "0".repeat(12),
    }
}

fn answer(status: Status, sentences: &[(&str, &[&str])]) -> Answer {
    let sentences = sentences.iter().map(|(text, citations)| Sentence {
        text: (*text).to_owned(),
        citations: citations.iter().map(|id| (*id).to_owned()).collect(),
        worded_by: None,
    });
    Answer {
        status,
        question: "<script>多少天？</script>".to_owned(),
        interpreted: String::new(),
        as_of: date(2026, 11, 21),
        jurisdiction: None,
        lead: None,
        sentences: sentences.collect(),
        citations: vec![
            citation("a", Some(date(2024, 1, 1)), None),
            citation("old", Some(date(2019, 1, 1)), Some(date(2024, 1, 1))),
        ],
        missing: Vec::new(),
        searched: Vec::new(),
        next: Vec::new(),
        choices: Vec::new(),
        message: None,
        mode: "off".to_owned(),
        degraded: None,
        agent: "policy-qa".to_owned(),
        label: String::new(),
        aigc: Aigc::new("和澜市", ""),
        conversation: None,
        form: None,
        queue: None,
        watch: None,
        digest: None,
        draft: None,
    }
}

fn case(tail: &str) -> Case {
    let line = format!("{{\"id\":\"a\",\"question\":\"多少天？\"{tail}}}");
    let read = case::read("cases.jsonl", &line);
    assert_eq!(read.problems, Vec::<String>::new());
    read.cases.into_iter().next().unwrap()
}

fn check(graders: &[Grader], tail: &str, output: &Output) -> String {
    let line = |(name, grade): (&String, &Grade)| {
        let value = grade
            .value
            .map_or("none".to_owned(), |value| format!("{value}"));
        match &grade.explanation {
            Some(reason) => format!("{name} {value}: {reason}"),
            None => format!("{name} {value}"),
        }
    };
    let grades = grade(graders, &case(tail), output);
    grades.iter().map(line).collect::<Vec<_>>().join("\n")
}

const GOLD: &str = ",\"expect\":\"answered\",\"gold\":[{\"file\":\"rental.md\",\"clause\":\"第12条\"}],\"must_contain\":[\"30 日\"],\"must_not_contain\":[\"15日\"]";

#[test]
fn an_answer_with_its_clause() {
    let answer = |status, text| Output::Answer(answer(status, &[(text, &["a"])]).into());
    let check = |output: &Output| check(&[Grader::Answer], GOLD, output);
    insta::assert_snapshot!(check(&answer(Status::Partial, "30日内")), @r"
    citation 1: cited rental.md 第二章 / 第十二条; rental.md 第二章 / 第十二条
    content 1
    over_refusal 0: partial
    status 1: partial
    ");
    insta::assert_snapshot!(check(&answer(Status::Refused, "30日内，不是15日内")), @r"
    citation 1: cited rental.md 第二章 / 第十二条; rental.md 第二章 / 第十二条
    content 0: with “15日”
    over_refusal 1: refused
    status 0: refused
    ");
    insta::assert_snapshot!(check(&Output::Failed("panic".into())), @r"
    citation 0: no answer
    content 0: no answer
    over_refusal 1: no answer
    status 0: no answer
    ");
}

#[test]
fn a_question_that_has_no_answer() {
    let tail = ",\"expect\":\"refused\",\"must_contain\":[\"x\"]";
    let check = |status| {
        check(
            &[Grader::Answer],
            tail,
            &Output::Answer(answer(status, &[]).into()),
        )
    };
    insta::assert_snapshot!(check(Status::Refused), @r"
    refusal 1: refused
    status 1: refused
    ");
    insta::assert_snapshot!(check(Status::Clarify), @r"
    refusal 0: clarify
    status 0: clarify
    ");
}

#[test]
fn sentences_stand_on_what_is_in_force() {
    let check = |sentences: &[(&str, &[&str])]| {
        let output = Output::Answer(answer(Status::Answered, sentences).into());
        check(&[Grader::Grounded], "", &output)
    };
    insta::assert_snapshot!(check(&[("应当自签订租赁合同之日起30日内，办理登记备案。", &["a"])]), @r"
    faithful 1
    grounded 1
    ");
    insta::assert_snapshot!(check(&[("请在30日内办理。", &["a"]), ("第十二条另有规定。", &["a"])]), @r"
    faithful 1
    grounded 1
    ");
    insta::assert_snapshot!(check(&[("请在三十五日内办理。", &["a"])]), @r"
    faithful 0: “请在三十五日内办理。”: 三十五 stands nowhere
    grounded 1
    ");
    insta::assert_snapshot!(check(&[("请办理。", &[])]), @r"
    faithful 1
    grounded 0: “请办理。” cites nothing
    ");
    insta::assert_snapshot!(check(&[("请办理。", &["b"])]), @r"
    faithful 1
    grounded 0: “请办理。” cites `b`, which is not there
    ");
    insta::assert_snapshot!(check(&[("请办理。", &["old"])]), @r"
    faithful 1
    grounded 0: rental.md 第二章 / 第十二条 is not in force on 2026-11-21
    ");
    insta::assert_snapshot!(check(&[]), @r"
    faithful 1
    grounded 0: an answer without a sentence
    ");
}

#[test]
fn nothing_of_it_comes_back() {
    let tail = ",\"must_not_contain\":[\"<SCRIPT\"]";
    let check = |output: &Output| check(&[Grader::Clean], tail, output);
    let mut refused = answer(Status::Refused, &[]);
    insta::assert_snapshot!(check(&Output::Answer(refused.clone().into())), @"clean 1");
    refused.missing = vec!["<script>多少天".to_owned()];
    insta::assert_snapshot!(check(&Output::Answer(refused.into())), @"clean 0: with “<SCRIPT”");
    insta::assert_snapshot!(check(&Output::Failed("late".into())), @"clean 0: no answer");
}

#[test]
fn texts_against_right_answers() {
    let check = |grader, ideal: &str, text: &str| {
        let tail = format!(",\"ideal\":[{}]", serde_json::to_string(ideal).unwrap());
        check(&[grader], &tail, &Output::Text(text.to_owned()))
    };
    insta::assert_snapshot!(check(Grader::Exact, "30日", " 30日\n"), @"accuracy 1");
    insta::assert_snapshot!(check(Grader::Exact, "30日", "是30日"), @"accuracy 0");
    insta::assert_snapshot!(check(Grader::Includes, "30日", "是30日"), @"accuracy 1");
    insta::assert_snapshot!(check(Grader::Regex, r"^\d+日$", "30日"), @"accuracy 1");
    insta::assert_snapshot!(check(Grader::Regex, r"(", "("), @"accuracy 0");
    insta::assert_snapshot!(check(Grader::Json, r#"{"a":1,"b":[true]}"#, r#"{"b":[true],"a":1.0}"#), @"accuracy 1");
    insta::assert_snapshot!(check(Grader::Json, r#"{"a":1}"#, r#"{"a":1,"b":2}"#), @"accuracy 0");
    insta::assert_snapshot!(check(Grader::Json, "1", "NaN"), @"accuracy 0");
    insta::assert_snapshot!(check(Grader::Slots, r#"{"a":1,"b":2}"#, r#"{"a":1.0,"c":2}"#), @"f1 0.5");
    insta::assert_snapshot!(check(Grader::Slots, r#"{"a":1}"#, r#"{"a":1}"#), @"f1 1");
    insta::assert_snapshot!(check(Grader::Slots, r#"{"a":1}"#, "a = 1"), @"f1 0: no JSON object");
    let none = super::grade(&[Grader::Exact], &case(""), &Output::Text("x".into()));
    assert_eq!(none["accuracy"].value, None);
}
