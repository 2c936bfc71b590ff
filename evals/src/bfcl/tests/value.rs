//! Which values of one parameter are accepted: near misses that pass, and near hits that do not.

use rstest::rstest;
use serde_json::{Value, json};

use super::one;
use crate::bfcl::{Call, verdict};

/// `accepted`, or the reason against it.
fn check(schema: Value, choices: Value, value: Value) -> String {
    let arguments = json!({"a": value}).as_object().cloned();
    let call = Call {
        name: "f".into(),
        arguments: arguments.expect("an object"),
    };
    let verdict = verdict(&one(schema, choices), &[call]);
    let reason = serde_json::to_value(verdict).expect("a verdict");
    reason["rejected"]["reason"]
        .as_str()
        .unwrap_or("accepted")
        .to_owned()
}

fn typed(name: &str) -> Value {
    match name.split_once(" of ") {
        Some((list, items)) => json!({"type": list, "items": {"type": items}}),
        None => json!({"type": name}),
    }
}

#[rstest]
#[case("string", json!(["No. 5, Main-Street"]), json!("no 5 main street"))]
#[case("string", json!(["a/b*c^d_e"]), json!("ABCDE"))]
#[case("string", json!(["the mayor's office"]), json!("The Mayor\"s Office"))]
#[case("string", json!(["x", "y"]), json!("Y"))]
#[case("string", json!(["x", ""]), json!("")) /* an empty string is left out */]
#[case("any", json!(["x"]), json!("X"))]
#[case("integer", json!([5]), json!(5))]
#[case("float", json!([5.0]), json!(5)) /* an integer for a float */]
#[case("float", json!([0]), json!(0.0)) /* the answer is an integer for a float itself */]
#[case("boolean", json!([false]), json!(false))]
#[case("array of string", json!([["Red", "blue"]]), json!(["red", "BLUE."]))]
#[case("array of integer", json!([[1, 2], [2, 1]]), json!([2, 1]))]
#[case("array of float", json!([[0, 5]]), json!([0, 5])) /* the answer has integers */]
#[case("array of float", json!([[0, 5]]), json!([0.0, 5.0]))]
#[case("array of string", json!([["x"], ""]), json!([])) /* an empty list is left out */]
#[case("array of array", json!([[["x"]]]), json!([["x"]]))]
#[case("array", json!([[1, "x"]]), json!([1, "X"])) /* no type of items */]
#[case("tuple of float", json!([[1.5, 2.0]]), json!([1.5, 2.0]))]
#[case("dict", json!([{"k": ["v", "w"], "n": [90]}]), json!({"n": 90, "k": "W"}))]
#[case("dict", json!([{"k": ["v"], "n": ["", 90]}]), json!({"k": "v"}))]
#[case("dict", json!([{"k": ["v"], "n": ["", 90]}]), json!({"k": "v", "n": ""}))]
#[case("dict", json!([{"n": [90]}]), json!({"n": 90.0})) /* types are one level deep */]
#[case("dict", json!([{"n": [1]}, {"n": [2]}]), json!({"n": 2}))]
#[case("array of dict", json!([[{"k": ["v"]}, {"k": ["w", "x"]}]]), json!([{"k": "V"}, {"k": "x"}]))]
#[case("string", json!(["", true]), json!(true)) /* the type of the answer, against the schema */]
fn accepted(#[case] schema: &str, #[case] choices: Value, #[case] value: Value) {
    assert_eq!(check(typed(schema), choices, value), "accepted");
}

#[rstest]
#[case("string", json!(["5"]), json!(5))]
#[case("string", json!(["x"]), json!(null))]
#[case("string", json!(["x"]), json!(["x"]))]
#[case("any", json!(["x"]), json!(5))]
#[case("integer", json!([5]), json!(5.0))]
#[case("integer", json!([5]), json!("5"))]
#[case("integer", json!([1]), json!(true))]
#[case("integer", json!([5, ""]), json!(""))]
#[case("float", json!([1.0]), json!(true))]
#[case("float", json!([1.5]), json!("1.5"))]
#[case("boolean", json!([true]), json!(1))]
#[case("boolean", json!([true]), json!("true"))]
#[case("array of integer", json!([[1]]), json!(1))]
#[case("array of integer", json!([[1]]), json!([1.0]))]
#[case("array of integer", json!([[1], ""]), json!([true]))]
#[case("array of float", json!([[1.0, 2.5]]), json!([1, 2.5])) /* an integer only outside lists */]
#[case("array of string", json!([["1"]]), json!([1]))]
#[case("array of dict", json!([[{"k": ["v"]}]]), json!(["v"]))]
#[case("dict", json!([{"k": ["v"]}]), json!("k"))]
fn wrong_type(#[case] schema: &str, #[case] choices: Value, #[case] value: Value) {
    assert_eq!(check(typed(schema), choices, value), "wrong_type");
}

#[rstest]
#[case("string", json!(["5 km"]), json!("5 mi"))]
#[case("string", json!(["x"]), json!("x!")) /* other signs count */]
#[case("string", json!(["x"]), json!(""))]
#[case("string", json!(["\"x\""]), json!("x"))]
#[case("integer", json!([5, 7]), json!(6))]
#[case("integer", json!([9_007_199_254_740_993_i64]), json!(9_007_199_254_740_992_i64))]
#[case("float", json!([1.5]), json!(1.25))]
#[case("boolean", json!([true]), json!(false))]
#[case("array of string", json!([["x", "y"]]), json!(["y", "x"]))]
#[case("array of string", json!([["x", "y"]]), json!(["x"]))]
#[case("array of string", json!([["x"]]), json!([]))]
#[case("array of array", json!([[["x"]]]), json!([["X"]])) /* strings are one level deep */]
#[case("dict", json!([{"k": ["v"]}]), json!({}))]
#[case("dict", json!([{"k": ["v"]}]), json!({"k": "w"}))]
#[case("dict", json!([{"k": ["v"]}]), json!({"k": "v", "more": 1}))]
#[case("dict", json!([{"n": [1]}]), json!({"n": true}))]
#[case("dict", json!([{"n": [5]}]), json!({"n": "5"}))]
#[case("dict", json!([{"k": [["Ace"]]}]), json!({"k": ["ace"]})) /* strings are one level deep */]
#[case("dict", json!([{"k": ["v"], "n": [1]}, {"k": ["w"], "n": [2]}]), json!({"k": "v", "n": 2}))]
#[case("array of dict", json!([[{"k": ["v"]}, {"k": ["w"]}]]), json!([{"k": "w"}, {"k": "v"}]))]
#[case("array of dict", json!([[{"k": ["v"]}]]), json!([{"k": "v"}, {"k": "v"}]))]
fn wrong_value(#[case] schema: &str, #[case] choices: Value, #[case] value: Value) {
    assert_eq!(check(typed(schema), choices, value), "wrong_value");
}
