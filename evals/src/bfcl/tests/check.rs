//! Which calls are accepted, and the reason against the others.

use serde_json::{Value, json};

use super::{f, item, line};
use crate::bfcl::{Call, Category, Count, Item, Verdict, accuracy, decode, grade, verdict};

/// Checks calls in the syntax of Python. No text at all is no call.
#[track_caller]
fn check(item: &Item, calls: &str) -> String {
    let calls = decode(calls).expect("calls");
    verdict(item, &calls).to_string()
}

/// `f` requires `a`; `b` may be left out, `c` must be given, `d` is in the schema only.
fn single() -> Item {
    let integer = json!({"type": "integer"});
    let properties = json!({"a": integer, "b": integer, "c": integer, "d": integer});
    let truth = json!([{"f": {"a": [1], "b": ["", 2], "c": [3, 4]}}]);
    let functions = json!([f(properties, &["a"]), other()]);
    item(&line("multiple", functions, "calls", truth))
}

/// A function that has nothing to do with it.
fn other() -> Value {
    json!({"name": "g", "parameters": {"type": "dict", "properties": {}}})
}

/// `f` once for each list of accepted `a`.
fn parallel(choices: &[Value]) -> Item {
    let functions = json!([f(json!({"a": {"type": "string"}}), &["a"]), other()]);
    let truth = choices.iter().map(|choices| json!({"f": {"a": choices}}));
    let truth = truth.collect();
    item(&line("parallel", functions, "calls", truth))
}

#[test]
fn a_single_call() {
    let check = |calls| check(&single(), calls);
    insta::assert_snapshot!(check("[f(a=1, b=2, c=3)]"), @"accepted");
    insta::assert_snapshot!(check("[f(c=4, a=1)]"), @"accepted");
    insta::assert_snapshot!(check(""), @"0 calls where 1 are right");
    insta::assert_snapshot!(check("[f(a=1, c=3), f(a=1, c=3)]"), @"2 calls where 1 are right");
    insta::assert_snapshot!(check("[g()]"), @"`g` is called, not `f`");
    insta::assert_snapshot!(check("[F(a=1, c=3)]"), @"`F` is called, not `f`");
    insta::assert_snapshot!(check("[f(b=2, c=3)]"), @"`f` requires `a`");
    insta::assert_snapshot!(check("[f(a=1, c=3, e=5)]"), @"`f` is not to be given `e`");
    insta::assert_snapshot!(check("[f(a=1, c=3, d=5)]"), @"`f` is not to be given `d`");
    insta::assert_snapshot!(check("[f(a='1', c=3)]"), @"`a` of `f` is not integer");
    insta::assert_snapshot!(check("[f(a=1, c=5)]"), @"`c` of `f` has a wrong value");
    insta::assert_snapshot!(check("[f(a=1, b=2)]"), @"`c` of `f` is left out");
}

#[test]
fn the_first_broken_rule_is_told() {
    let check = |calls| check(&single(), calls);
    insta::assert_snapshot!(check("[g(), g()]"), @"2 calls where 1 are right");
    insta::assert_snapshot!(check("[f(y=1, x=1)]"), @"`f` requires `a`");
    insta::assert_snapshot!(check("[f(y=1, a=True, x=1)]"), @"`f` is not to be given `x`");
    insta::assert_snapshot!(check("[f(b=9, a=True)]"), @"`a` of `f` is not integer");
}

#[test]
fn a_list_is_named_with_its_items() {
    let schema = json!({"type": "array", "items": {"type": "string"}});
    let item = super::one(schema, json!([["x"]]));
    insta::assert_snapshot!(check(&item, "[f(a=[1])]"), @"`a` of `f` is not list of string");
}

#[test]
fn required_is_required_even_if_the_answer_may_leave_it_out() {
    let functions = json!([f(json!({"a": {"type": "integer"}}), &["a"])]);
    let truth = json!([{"f": {"a": ["", 1]}}]);
    let item = item(&line("live_simple", functions, "calls", truth));
    insta::assert_snapshot!(check(&item, "[f()]"), @"`f` requires `a`");
}

#[test]
fn parallel_calls() {
    let item = parallel(&[json!(["x"]), json!(["y"])]);
    let check = |calls| check(&item, calls);
    insta::assert_snapshot!(check("[f(a='x'), f(a='y')]"), @"accepted");
    insta::assert_snapshot!(check("[f(a='y'), f(a='x')]"), @"accepted");
    insta::assert_snapshot!(check("[f(a='x')]"), @"1 calls where 2 are right");
    insta::assert_snapshot!(check("[f(a='x'), f(a='y'), g()]"), @"3 calls where 2 are right");
    insta::assert_snapshot!(check("[f(a='x'), f(a='x')]"), @"`a` of `f` has a wrong value");
    insta::assert_snapshot!(check("[f(a='x'), g()]"), @"`g` is called, not `f`");
    insta::assert_snapshot!(check("[g(), f(a=1)]"), @"`a` of `f` is not string");
}

/// The first answer takes the first call that fits, even if only the second call was left for it to take.
#[test]
fn answers_take_calls_greedily_in_their_order() {
    let check = |choices: &[Value], calls| check(&parallel(choices), calls);
    let (wide, narrow) = (json!(["x", "y"]), json!(["x"]));
    let wide_first = [wide.clone(), narrow.clone()];
    insta::assert_snapshot!(check(&wide_first, "[f(a='y'), f(a='x')]"), @"accepted");
    insta::assert_snapshot!(check(&wide_first, "[f(a='x'), f(a='y')]"), @"`a` of `f` has a wrong value");
    let narrow_first = [narrow, wide];
    insta::assert_snapshot!(check(&narrow_first, "[f(a='x'), f(a='y')]"), @"accepted");
    insta::assert_snapshot!(check(&narrow_first, "[f(a='y'), f(a='x')]"), @"accepted");
}

#[test]
fn texts_where_no_call_is_right() {
    let item = item(&line(
        "irrelevance",
        json!([other()]),
        "no_call",
        json!(null),
    ));
    let grade = |text| grade(&item, text).to_string();
    insta::assert_snapshot!(grade(""), @"accepted");
    insta::assert_snapshot!(grade("None of them can do that."), @"accepted");
    insta::assert_snapshot!(grade("[]"), @"accepted");
    insta::assert_snapshot!(grade("[g("), @"accepted");
    insta::assert_snapshot!(grade("[g()]"), @"1 calls where none is right");
    insta::assert_snapshot!(grade("[unknown(a=1)]"), @"1 calls where none is right");
}

#[test]
fn texts_where_any_call_is_right() {
    let item = item(&line(
        "live_relevance",
        json!([other()]),
        "any_call",
        json!(null),
    ));
    let grade = |text| grade(&item, text).to_string();
    insta::assert_snapshot!(grade("[g()]"), @"accepted");
    insta::assert_snapshot!(grade("[unknown(a=1), g()]"), @"accepted");
    insta::assert_snapshot!(grade("Which one?"), @"no call where one is right");
    insta::assert_snapshot!(grade("[g("), @"not decoded: at character 4: an argument or `)` is expected");
}

#[test]
fn texts_where_calls_are_right() {
    let grade = |text| grade(&single(), text).to_string();
    let call = r#"<tool_call>{"name": "f", "arguments": {"a": 1, "c": 3}}</tool_call>"#;
    insta::assert_snapshot!(grade(call), @"accepted");
    insta::assert_snapshot!(grade("I would rather not."), @"0 calls where 1 are right");
    insta::assert_snapshot!(grade("<tool_call>"), @"not decoded: a call does not end with `</tool_call>`");
}

#[test]
fn a_verdict_is_written_with_its_reason() {
    let call = Call {
        name: "g".into(),
        arguments: serde_json::Map::new(),
    };
    let written = |verdict| serde_json::to_string(&verdict).expect("JSON");
    let rejected = verdict(&single(), &[call]);
    insta::assert_snapshot!(written(rejected), @r#"{"rejected":{"reason":"wrong_name","expected":"f","called":"g"}}"#);
    insta::assert_snapshot!(written(grade(&single(), "[f(")), @r#"{"rejected":{"reason":"undecoded","error":"at character 4: an argument or `)` is expected"}}"#);
    insta::assert_snapshot!(written(Verdict::Accepted), @r#""accepted""#);
}

#[test]
fn accuracy_is_counted_by_category() {
    let wrong = grade(&single(), "");
    let graded = [
        (Category::Multiple, &wrong),
        (Category::LiveSimple, &Verdict::Accepted),
        (Category::Multiple, &Verdict::Accepted),
    ];
    let counts: Vec<_> = accuracy(graded).into_iter().collect();
    let count = |passed, total| Count { passed, total };
    let expected = [
        (Category::Multiple, count(1, 2)),
        (Category::LiveSimple, count(1, 1)),
    ];
    assert_eq!(counts, expected);
}
