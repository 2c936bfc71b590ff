//! Lines that are items, and the reasons why others are not.

use serde_json::{Value, json};

use super::{f, line};
use crate::bfcl::{Expect, read};

/// Why a line is not an item.
fn check(line: &Value) -> String {
    let (items, bad) = read(&line.to_string());
    let bad = bad.iter().map(ToString::to_string).collect::<Vec<_>>();
    match items.len() {
        0 => bad.join("\n"),
        count => format!("{count} items"),
    }
}

/// A line whose only function has an integer `a`.
fn truth(category: &str, required: &[&str], truth: Value) -> String {
    let functions = json!([f(json!({"a": {"type": "integer"}}), required)]);
    check(&line(category, functions, "calls", truth))
}

#[test]
fn a_bad_line_is_named_and_the_others_are_kept() {
    let good = line("irrelevance", json!([]), "no_call", json!(null));
    let mut second = good.clone();
    second["id"] = json!("own_2");
    let (items, bad) = read(&format!("{good}\n\n{{\n{second}\r\n{good}"));
    let ids: Vec<_> = items.iter().map(|item| item.id.as_str()).collect();
    assert_eq!(ids, ["own_1", "own_2"]);
    let bad: Vec<_> = bad.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(bad.join("\n"), @"
    line 3: EOF while parsing an object at column 1
    line 5: the id `own_1` is already on line 1
    ");
}

#[test]
fn an_item_keeps_what_the_model_is_shown() {
    let mut line = line(
        "irrelevance",
        json!([f(json!({}), &[])]),
        "no_call",
        json!(null),
    );
    line["tools"] = json!([{"type": "function"}]);
    let item = super::item(&line);
    assert_eq!(item.expect, Expect::NoCall);
    assert_eq!(item.messages[0].content, "Please.");
    assert_eq!(json!(item.tools), line["tools"]);
    assert_eq!(item.functions[0].name, "f");
}

#[test]
fn answers_that_contradict_their_schema() {
    insta::assert_snapshot!(truth("live_simple", &["a"], json!([{"f": {"a": [1]}}])), @"1 items");
    insta::assert_snapshot!(truth("live_simple", &[], json!([])), @"line 1: calls are expected, but none is given");
    insta::assert_snapshot!(truth("live_simple", &[], json!(null)), @"line 1: calls are expected, but none is given");
    insta::assert_snapshot!(truth("live_simple", &[], json!([{"f": {}}, {"f": {}}])), @"line 1: `live_simple` is one call, not 2");
    insta::assert_snapshot!(truth("parallel", &[], json!([{"f": {}}, {"f": {}}])), @"1 items");
    insta::assert_snapshot!(truth("live_simple", &[], json!([{"f": {}, "g": {}}])), @"line 1: an answer is not one function with its parameters");
    insta::assert_snapshot!(truth("live_simple", &[], json!([{"g": {}}])), @"line 1: the answer `g` is not one of the functions");
    insta::assert_snapshot!(truth("live_simple", &[], json!([{"f": {"b": [1]}}])), @"line 1: answer `b` of `f` is not in the schema");
    insta::assert_snapshot!(truth("live_simple", &[], json!([{"f": {"a": 1}}])), @"line 1: answer `a` of `f` is not a list of choices");
    insta::assert_snapshot!(truth("live_simple", &[], json!([{"f": {"a": []}}])), @"line 1: answer `a` of `f` has no choice");
    insta::assert_snapshot!(truth("live_simple", &["a"], json!([{"f": {}}])), @"line 1: answer `a` of `f` is required, but not answered");
    insta::assert_snapshot!(truth("live_simple", &["a"], json!([{"f": {"a": [""]}}])), @"line 1: answer `a` of `f` is required, but can only be left out");
}

#[test]
fn lines_that_contradict_themselves() {
    let check =
        |category, functions, expect| check(&line(category, functions, expect, json!(null)));
    insta::assert_snapshot!(check("java", json!([]), "no_call"), @"line 1: unknown variant `java`, expected one of `simple_python`, `multiple`, `parallel`, `parallel_multiple`, `irrelevance`, `live_simple`, `live_multiple`, `live_parallel`, `live_parallel_multiple`, `live_irrelevance`, `live_relevance` at column 46");
    insta::assert_snapshot!(check("irrelevance", json!([]), "perhaps"), @"line 1: unknown variant `perhaps`, expected one of `calls`, `no_call`, `any_call` at column 163");
    insta::assert_snapshot!(check("live_relevance", json!([]), "any_call"), @"line 1: a call is expected, but there is no function");
    let unknown = json!([f(json!({"a": {"type": "HashMap"}}), &[])]);
    insta::assert_snapshot!(check("irrelevance", unknown, "no_call"), @"line 1: `a` of `f` has the unknown type `HashMap`");
    let untyped = json!([f(json!({"a": {"type": "array", "items": {}}}), &[])]);
    insta::assert_snapshot!(check("irrelevance", untyped, "no_call"), @"line 1: an item of `a` of `f` has no type");
    let absent = json!([f(json!({}), &["a"])]);
    insta::assert_snapshot!(check("irrelevance", absent, "no_call"), @"line 1: `f` requires `a`, which is not a parameter");
}

#[test]
fn dictionaries_have_choices_for_each_key() {
    let check = |schema: Value, choices: Value| {
        let functions = json!([f(json!({"a": schema}), &[])]);
        let truth = json!([{"f": {"a": choices}}]);
        check(&line("live_simple", functions, "calls", truth))
    };
    let dict = json!({"type": "dict"});
    let dicts = json!({"type": "array", "items": dict});
    insta::assert_snapshot!(check(dict.clone(), json!([{"k": [1]}])), @"1 items");
    insta::assert_snapshot!(check(dict, json!([{"k": 1}])), @"line 1: answer `a` of `f` is not a list of choices");
    insta::assert_snapshot!(check(dicts.clone(), json!([[{"k": [1]}]])), @"1 items");
    insta::assert_snapshot!(check(dicts, json!([["k"]])), @"line 1: answer `a` of `f` has an item that is not a dictionary");
}
