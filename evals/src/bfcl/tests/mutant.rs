//! The oracle and the mutants of small items, and what a self-test says of them.

use serde_json::{Value, json};

use super::{f, item, line, one};
use crate::bfcl::{Count, Disagreement, Item, mutants, oracle, self_test};

/// Every mutant on a line: its kind, and its calls.
fn check(item: &Item) -> String {
    let mutants = mutants(item).into_iter().map(|mutant| {
        let calls = mutant.calls.iter();
        let calls = calls.map(|call| format!(" {}{}", call.name, json!(call.arguments)));
        format!("{:?}:{}", mutant.mutation, calls.collect::<String>())
    });
    mutants.collect::<Vec<_>>().join("\n")
}

/// The faults of one value: those of the call are the same for all.
fn faults(schema: Value, choices: Value) -> String {
    let mutants = check(&one(schema, choices));
    let kinds = ["WrongValue", "Number", "Float", "Boolean"];
    let lines = mutants.lines();
    let lines = lines.filter(|line| kinds.iter().any(|kind| line.starts_with(kind)));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_call_with_every_fault() {
    let integer = json!({"type": "integer"});
    let properties = json!({"a": integer, "b": integer, "c": integer, "d": integer});
    let truth = json!([{"f": {"a": [1], "b": ["", 2], "c": [3]}}]);
    let functions = json!([f(properties, &["a"])]);
    let item = item(&line("simple_python", functions, "calls", truth));
    insta::assert_snapshot!(check(&item), @r#"
    MissingCall:
    ExtraCall: f{"a":1,"b":2,"c":3} f{"a":1,"b":2,"c":3}
    RenamedFunction: f_{"a":1,"b":2,"c":3}
    ExtraParameter: f{"a":1,"b":2,"c":3,"extra":1}
    ExtraParameter: f{"a":1,"b":2,"c":3,"d":1}
    MissingRequired: f{"b":2,"c":3}
    WrongValue: f{"a":2,"b":2,"c":3}
    NumberAsString: f{"a":"1","b":2,"c":3}
    BooleanForNumber: f{"a":true,"b":2,"c":3}
    FloatForInteger: f{"a":1.0,"b":2,"c":3}
    WrongValue: f{"a":1,"b":3,"c":3}
    NumberAsString: f{"a":1,"b":"2","c":3}
    BooleanForNumber: f{"a":1,"b":true,"c":3}
    FloatForInteger: f{"a":1,"b":2.0,"c":3}
    MissingAnswered: f{"a":1,"b":2}
    WrongValue: f{"a":1,"b":2,"c":4}
    NumberAsString: f{"a":1,"b":2,"c":"3"}
    BooleanForNumber: f{"a":1,"b":2,"c":true}
    FloatForInteger: f{"a":1,"b":2,"c":3.0}
    "#);
    assert_eq!(self_test(&[item]).disagreements, Vec::new());
}

#[test]
fn only_values_that_are_wrong() {
    insta::assert_snapshot!(faults(json!({"type": "string"}), json!(["x", "x not"])), @r#"WrongValue: f{"a":"x not not"}"#);
    insta::assert_snapshot!(faults(json!({"type": "integer"}), json!([1, 2])), @r#"
    WrongValue: f{"a":3}
    NumberAsString: f{"a":"1"}
    BooleanForNumber: f{"a":true}
    FloatForInteger: f{"a":1.0}
    "#);
    insta::assert_snapshot!(faults(json!({"type": "integer"}), json!([5, "5"])), @r#"
    WrongValue: f{"a":6}
    BooleanForNumber: f{"a":true}
    "#);
    insta::assert_snapshot!(faults(json!({"type": "float"}), json!([5])), @r#"
    WrongValue: f{"a":6}
    NumberAsString: f{"a":"5"}
    BooleanForNumber: f{"a":true}
    "#);
    insta::assert_snapshot!(faults(json!({"type": "boolean"}), json!([true, false])), @"");
    let list = json!({"type": "array", "items": {"type": "integer"}});
    insta::assert_snapshot!(faults(list, json!([[1, 2], [2, 1], ""])), @r#"
    WrongValue: f{"a":[2,2]}
    WrongValue: f{"a":[2]}
    WrongValue: f{"a":[1,2,1]}
    NumberAsString: f{"a":["1",2]}
    BooleanForNumber: f{"a":[true,2]}
    "#);
    insta::assert_snapshot!(faults(json!({"type": "dict"}), json!([{"k": [1], "l": ["", 2]}])), @r#"
    WrongValue: f{"a":{"k":2,"l":2}}
    WrongValue: f{"a":{"l":2}}
    WrongValue: f{"a":{"k":1,"l":3}}
    WrongValue: f{"a":{"k":1,"l":2,"extra":1}}
    NumberAsString: f{"a":{"k":"1","l":2}}
    BooleanForNumber: f{"a":{"k":true,"l":2}}
    "#);
}

/// What one answer wants may be what another must not have.
#[test]
fn no_mutant_of_one_answer_is_right_for_another() {
    let functions = json!([f(
        json!({"a": {"type": "boolean"}, "b": {"type": "string"}}),
        &[]
    )]);
    let truth = json!([{"f": {"a": [true], "b": ["x", ""]}}, {"f": {"a": [false], "b": ["y"]}}]);
    let item = item(&line("parallel", functions, "calls", truth));
    insta::assert_snapshot!(check(&item), @r#"
    MissingCall: f{"a":false,"b":"y"}
    ExtraCall: f{"a":true,"b":"x"} f{"a":false,"b":"y"} f{"a":true,"b":"x"}
    RenamedFunction: f_{"a":true,"b":"x"} f{"a":false,"b":"y"}
    ExtraParameter: f{"a":true,"b":"x","extra":1} f{"a":false,"b":"y"}
    MissingAnswered: f{"b":"x"} f{"a":false,"b":"y"}
    WrongValue: f{"a":true,"b":"x not"} f{"a":false,"b":"y"}
    MissingCall: f{"a":true,"b":"x"}
    ExtraCall: f{"a":true,"b":"x"} f{"a":false,"b":"y"} f{"a":false,"b":"y"}
    RenamedFunction: f{"a":true,"b":"x"} f_{"a":false,"b":"y"}
    ExtraParameter: f{"a":true,"b":"x"} f{"a":false,"b":"y","extra":1}
    MissingAnswered: f{"a":true,"b":"x"} f{"b":"y"}
    WrongValue: f{"a":true,"b":"x"} f{"a":false,"b":"y not"}
    "#);
}

#[test]
fn where_no_call_or_any_call_is_right() {
    let functions = json!([f(json!({"a": {"type": "float"}}), &["a"])]);
    let none = item(&line(
        "irrelevance",
        functions.clone(),
        "no_call",
        json!(null),
    ));
    assert_eq!(oracle(&none), Vec::new());
    insta::assert_snapshot!(check(&none), @r#"ExtraCall: f{"a":1.5}"#);
    let any = item(&line("live_relevance", functions, "any_call", json!(null)));
    assert_eq!(oracle(&any).len(), 1);
    insta::assert_snapshot!(check(&any), @"MissingCall:");
}

#[test]
fn a_self_test_counts() {
    let tried = self_test(&[one(json!({"type": "integer"}), json!([5]))]).total();
    let full = Count {
        passed: 1,
        total: 1,
    };
    assert_eq!(tried.oracles, full);
    assert_eq!(tried.mutants.len(), 9);
    assert!(tried.mutants.values().all(|count| *count == full));
}

/// No list can be this answer: its items are neither of the type of the schema nor all of one type.
#[test]
fn a_self_test_names_items_that_cannot_be_answered() {
    let list = json!({"type": "array", "items": {"type": "string"}});
    let result = self_test(&[one(list, json!([["x", 1, 2.5]]))]);
    let unanswered = Disagreement {
        id: "own_1".into(),
        mutation: None,
    };
    assert_eq!(result.disagreements, [unanswered]);
}
