//! What holds for every item: its oracle is accepted, its mutants are not, and the order of parameters is free.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{item, line};
use crate::bfcl::{Call, Item, mutants, oracle, self_test, verdict};

/// The schema of a parameter, and its choices; the first is never the mark for leaving out.
fn parameter() -> impl Strategy<Value = (Value, Vec<Value>)> {
    let text = "[a-zA-Z][a-z '-]{0,5}";
    let number = -100_i64..100;
    let fraction = (-100_i32..100).prop_map(|half| f64::from(half) / 2.0);
    fn typed(name: &str) -> Value {
        json!({"type": name})
    }
    fn list(items: &str) -> Value {
        json!({"type": "array", "items": {"type": items}})
    }
    let field = prop_oneof![
        number.clone().prop_map(|number| json!([number])),
        text.prop_map(|text| json!([text, ""])),
        vec(text, 1..3).prop_map(|texts| json!(texts)),
    ];
    let dict = btree_map("[k-n]", field, 1..4).prop_map(|dict| json!(dict));
    macro_rules! choices {
        ($schema:expr, $value:expr) => {
            vec($value.prop_map(|value| json!(value)), 1..3).prop_map(|choices| ($schema, choices))
        };
    }
    prop_oneof![
        choices!(typed("string"), text),
        choices!(typed("integer"), number.clone()),
        choices!(typed("float"), fraction.clone()),
        choices!(typed("boolean"), any::<bool>()),
        choices!(list("string"), vec(text, 1..4)),
        choices!(list("integer"), vec(number, 1..4)),
        choices!(
            json!({"type": "tuple", "items": {"type": "float"}}),
            vec(fraction, 1..4)
        ),
        choices!(typed("dict"), dict.clone()),
        choices!(list("dict"), vec(dict, 1..3)),
    ]
}

#[derive(Debug, Clone, Copy)]
enum Use {
    Required,
    Answered,
    Optional,
    Unanswered,
}

fn function() -> impl Strategy<Value = Vec<(Value, Vec<Value>, Use)>> {
    let used = prop_oneof![
        Just(Use::Required),
        Just(Use::Answered),
        Just(Use::Optional),
        Just(Use::Unanswered),
    ];
    let parameter =
        (parameter(), used).prop_map(|((schema, choices), used)| (schema, choices, used));
    vec(parameter, 0..4)
}

/// A parallel item with one answer for each function `f0`, `f1`…, the first answered twice.
fn items() -> impl Strategy<Value = Item> {
    vec(function(), 1..4).prop_map(|functions| {
        let (mut described, mut truth) = (Vec::new(), Vec::new());
        for (index, parameters) in functions.iter().enumerate() {
            let (mut properties, mut required, mut answers) = (Map::new(), Vec::new(), Map::new());
            for (index, (schema, choices, used)) in parameters.iter().enumerate() {
                let name = format!("p{index}");
                properties.insert(name.clone(), schema.clone());
                let mut choices = choices.clone();
                match used {
                    Use::Required => required.push(name.clone()),
                    Use::Optional => choices.push(json!("")),
                    Use::Answered | Use::Unanswered => {}
                }
                if !matches!(used, Use::Unanswered) {
                    answers.insert(name, Value::Array(choices));
                }
            }
            let name = format!("f{index}");
            described.push(json!({
                "name": name,
                "parameters": {"type": "dict", "properties": properties, "required": required},
            }));
            truth.push(json!({name: answers}));
        }
        truth.push(truth[0].clone());
        item(&line(
            "parallel_multiple",
            json!(described),
            "calls",
            json!(truth),
        ))
    })
}

fn reversed(call: &Call) -> Call {
    let arguments = call.arguments.clone().into_iter().rev();
    Call {
        name: call.name.clone(),
        arguments: arguments.collect(),
    }
}

proptest! {
    #[test]
    fn the_oracle_is_accepted_and_no_mutant(item in items()) {
        prop_assert_eq!(self_test(&[item]).disagreements, Vec::new());
    }

    /// Distinct functions take their own calls in any order; equal answers take equal calls.
    #[test]
    fn the_order_of_calls_is_free_where_answers_do_not_compete(item in items(), by in 0..4_usize) {
        let mut calls = oracle(&item);
        let by = by % calls.len();
        calls.rotate_left(by);
        prop_assert!(verdict(&item, &calls).is_accepted());
    }

    #[test]
    fn the_order_of_parameters_never_counts(item in items()) {
        let mutants = mutants(&item).into_iter().map(|mutant| mutant.calls);
        for calls in mutants.chain([oracle(&item)]) {
            let turned: Vec<_> = calls.iter().map(reversed).collect();
            prop_assert_eq!(verdict(&item, &turned), verdict(&item, &calls));
        }
    }
}
