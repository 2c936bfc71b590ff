//! The numbers of scipy, statsmodels and scikit-learn that the tests compare with, as
//! `scripts/reference_statistics.py` wrote them. Not a place for expectations of our own: those stand in the tests.

use serde_json::Value;
use std::fmt::Debug;

use super::classify::{Guess, Prediction};

const NUMBERS: &str = include_str!("../../tests/data/statistics.json");

/// The cases of one group; at least one.
pub(crate) fn cases(group: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(NUMBERS).unwrap();
    let cases = all[group].as_array().unwrap().clone();
    assert!(!cases.is_empty(), "`{group}` has no cases");
    cases
}

/// Nine figures; twelve places of numbers near 0.
pub(crate) fn close(got: f64, expected: f64, case: &impl Debug) {
    within(got, expected, 1e-9 * expected.abs() + 1e-12, case);
}

pub(crate) fn within(got: f64, expected: f64, tolerance: f64, case: &impl Debug) {
    let distance = (got - expected).abs();
    assert!(distance <= tolerance, "{got} is not {expected}: {case:?}");
}

pub(crate) fn number(case: &Value, key: &str) -> f64 {
    case[key]
        .as_f64()
        .unwrap_or_else(|| panic!("`{key}` in {case}"))
}

pub(crate) fn integer(case: &Value, key: &str) -> u64 {
    case[key]
        .as_u64()
        .unwrap_or_else(|| panic!("`{key}` in {case}"))
}

pub(crate) fn numbers(case: &Value, key: &str) -> Vec<f64> {
    serde_json::from_value(case[key].clone()).unwrap()
}

pub(crate) fn integers(case: &Value, key: &str) -> Vec<u64> {
    serde_json::from_value(case[key].clone()).unwrap()
}

pub(crate) fn strings(case: &Value, key: &str) -> Vec<String> {
    serde_json::from_value(case[key].clone()).unwrap()
}

/// Rows of true label and guesses with probabilities, the likeliest first.
pub(crate) fn predictions(case: &Value) -> Vec<Prediction> {
    let rows: Vec<(String, Vec<(String, f64)>)> =
        serde_json::from_value(case["predictions"].clone()).unwrap();
    let guess = |(label, probability)| Guess { label, probability };
    rows.into_iter()
        .map(|(truth, ranked)| Prediction {
            truth,
            ranked: ranked.into_iter().map(guess).collect(),
        })
        .collect()
}
