//! Calls that must be rejected: the oracle's, each with one fault.
//!
//! A mutant is made only where the fault is one under the rules, whatever call takes which answer: a changed value is
//! unlike every choice of every answer of its function. That is decided in `unlike.rs` by a comparison of its own,
//! coarser than the checker's, so that the checker is not tried against itself.

mod unlike;
mod wrong;

use serde::Serialize;
use serde_json::{Value, json};

use super::call::Call;
use super::item::{Answer, Expect, Function, Item, Options, Parameter};
use super::oracle::{oracle, some_call, some_value};
use unlike::{unlike, whole_numbers};
use wrong::{as_boolean, as_float, as_text, wrong_values};

/// A fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mutation {
    /// A function of another name.
    RenamedFunction,
    /// A call too few.
    MissingCall,
    /// A call too many.
    ExtraCall,
    /// Without a parameter that the schema requires.
    MissingRequired,
    /// Without a parameter that only the answers require.
    MissingAnswered,
    /// With a parameter outside schema or answers.
    ExtraParameter,
    /// With a value outside the answers.
    WrongValue,
    /// `"5"` for `5`.
    NumberAsString,
    /// `5.0` for `5`.
    FloatForInteger,
    /// `True` for a number.
    BooleanForNumber,
}

impl Mutation {
    /// In the order of the list.
    pub const ALL: [Self; 10] = [
        Self::RenamedFunction,
        Self::MissingCall,
        Self::ExtraCall,
        Self::MissingRequired,
        Self::MissingAnswered,
        Self::ExtraParameter,
        Self::WrongValue,
        Self::NumberAsString,
        Self::FloatForInteger,
        Self::BooleanForNumber,
    ];
}

/// Calls with a fault.
#[derive(Debug, Clone, PartialEq)]
pub struct Mutant {
    /// The fault.
    pub mutation: Mutation,
    /// All calls of the item.
    pub calls: Vec<Call>,
}

/// Every mutant of an item. Where no call is right a call is the only fault; where any is, its absence.
pub fn mutants(item: &Item) -> Vec<Mutant> {
    let mutant = |mutation, calls| Mutant { mutation, calls };
    let calls = oracle(item);
    match &item.expect {
        Expect::NoCall => {
            let extra = |function| mutant(Mutation::ExtraCall, vec![some_call(function)]);
            item.functions.iter().map(extra).collect()
        }
        Expect::AnyCall => vec![mutant(Mutation::MissingCall, Vec::new())],
        Expect::Calls(answers) => {
            let mut mutants = Vec::new();
            for (index, answer) in answers.iter().enumerate() {
                let mut fewer = calls.clone();
                let call = fewer.remove(index);
                mutants.push(mutant(Mutation::MissingCall, fewer));
                let mut more = calls.clone();
                more.push(call.clone());
                mutants.push(mutant(Mutation::ExtraCall, more));
                for (mutation, faulty) in faulty(answers, answer, &call) {
                    let mut calls = calls.clone();
                    calls[index] = faulty;
                    mutants.push(mutant(mutation, calls));
                }
            }
            mutants
        }
    }
}

/// One call with a fault, in every way.
fn faulty(answers: &[Answer], answer: &Answer, call: &Call) -> Vec<(Mutation, Call)> {
    let function = &answer.function;
    let same = answers
        .iter()
        .filter(|other| other.function.name == function.name)
        .collect::<Vec<_>>();
    let mut faulty = vec![(Mutation::RenamedFunction, renamed(answers, call))];
    faulty.extend(
        extra(function, &same)
            .into_iter()
            .map(|(name, value)| (Mutation::ExtraParameter, with(call, &name, value))),
    );
    for parameter in &function.parameters {
        let Some(value) = call.arguments.get(&parameter.name) else {
            continue;
        };
        let options: Vec<_> = same
            .iter()
            .filter_map(|answer| answer.options(&parameter.name))
            .collect();
        let never_optional =
            options.len() == same.len() && options.iter().all(|options| !options.optional);
        if parameter.required {
            faulty.push((Mutation::MissingRequired, without(call, &parameter.name)));
        } else if never_optional {
            faulty.push((Mutation::MissingAnswered, without(call, &parameter.name)));
        }
        faulty.extend(
            changed(parameter, &options, value)
                .into_iter()
                .map(|(mutation, value)| (mutation, with(call, &parameter.name, value))),
        );
    }
    faulty
}

/// A name that no answer has.
fn renamed(answers: &[Answer], call: &Call) -> Call {
    let mut call = call.clone();
    while answers
        .iter()
        .any(|answer| answer.function.name == call.name)
    {
        call.name.push('_');
    }
    call
}

/// A parameter that no schema has, and those of the schema that no answer has.
fn extra(function: &Function, same: &[&Answer]) -> Vec<(String, Value)> {
    let mut unknown = "extra".to_owned();
    while function
        .parameters
        .iter()
        .any(|parameter| parameter.name == unknown)
    {
        unknown.push('_');
    }
    let unanswered = function.parameters.iter().filter(|parameter| {
        same.iter()
            .all(|answer| answer.options(&parameter.name).is_none())
    });
    let unanswered =
        unanswered.map(|parameter| (parameter.name.clone(), some_value(parameter.value)));
    std::iter::once((unknown, json!(1)))
        .chain(unanswered)
        .collect()
}

/// Other values that must not pass.
fn changed(parameter: &Parameter, options: &[&Options], value: &Value) -> Vec<(Mutation, Value)> {
    let mut changed = Vec::new();
    let mut push = |mutation, value: Option<Value>| {
        let value = value.filter(|value| unlike(options, value));
        changed.extend(value.map(|value| (mutation, value)));
    };
    for wrong in wrong_values(value, &|value| unlike(options, value)) {
        push(Mutation::WrongValue, Some(wrong));
    }
    push(Mutation::NumberAsString, as_text(value));
    push(Mutation::BooleanForNumber, as_boolean(value));
    if whole_numbers(parameter.value, options) {
        changed.extend(as_float(value).map(|value| (Mutation::FloatForInteger, value)));
    }
    changed
}

fn with(call: &Call, parameter: &str, value: Value) -> Call {
    let mut call = call.clone();
    call.arguments.insert(parameter.to_owned(), value);
    call
}

fn without(call: &Call, parameter: &str) -> Call {
    let mut call = call.clone();
    call.arguments.shift_remove(parameter);
    call
}
