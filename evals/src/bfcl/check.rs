//! The rules for calls, after the Berkeley Function-Calling Leaderboard (Patil et al.).
//!
//! Whether a single value is right is decided in `accept.rs`.

use serde_json::Value;

use super::accept::{accepted, right_type};
use super::call::Call;
use super::decode::decode;
use super::item::{Answer, Expect, Item, Parameter};
use super::verdict::{Rejection, Verdict};

/// Whether the calls that a text holds are right. A text that cannot be decoded is right where no call is.
pub fn grade(item: &Item, text: &str) -> Verdict {
    match decode(text) {
        Ok(calls) => verdict(item, &calls),
        Err(error) => match item.expect {
            Expect::NoCall => Verdict::Accepted,
            Expect::Calls(_) | Expect::AnyCall => Verdict::Rejected(Rejection::Undecoded { error }),
        },
    }
}

/// Whether calls are right. The order of the parameters never counts; the order of calls only in which of several
/// fitting calls an answer takes.
pub fn verdict(item: &Item, calls: &[Call]) -> Verdict {
    let made = calls.len();
    match &item.expect {
        Expect::NoCall if made > 0 => Err(Rejection::NeedlessCall { made }),
        Expect::AnyCall if made == 0 => Err(Rejection::NoCall),
        Expect::NoCall | Expect::AnyCall => Ok(()),
        Expect::Calls(answers) if made != answers.len() => Err(Rejection::WrongCount {
            expected: answers.len(),
            made,
        }),
        Expect::Calls(answers) => each_answered(answers, calls),
    }
    .into()
}

/// Each answer, in order, takes the first call that fits and is not yet taken.
fn each_answered(answers: &[Answer], calls: &[Call]) -> Result<(), Rejection> {
    let mut free: Vec<&Call> = calls.iter().collect();
    for answer in answers {
        let fitting = free.iter().position(|call| fits(answer, call).is_ok());
        match fitting {
            Some(position) => free.remove(position),
            None => return nearest(answer, &free),
        };
    }
    Ok(())
}

/// Why the first call of the right function does not fit, or else the first call at all.
fn nearest(answer: &Answer, free: &[&Call]) -> Result<(), Rejection> {
    let named = |call: &&&Call| call.name == answer.function.name;
    let call = free.iter().find(named).or_else(|| free.first());
    call.map_or(Err(Rejection::NoCall), |call| fits(answer, call))
}

/// Whether a call is the one that an answer wants.
fn fits(answer: &Answer, call: &Call) -> Result<(), Rejection> {
    let function = &answer.function;
    if call.name != function.name {
        return Err(Rejection::WrongName {
            expected: function.name.clone(),
            called: call.name.clone(),
        });
    }
    complete(answer, call)?;
    expected(answer, call)?;
    for parameter in &function.parameters {
        if let Some(value) = call.arguments.get(&parameter.name) {
            right(answer, parameter, value)?;
        }
    }
    let left_out = answer
        .parameters
        .iter()
        .find(|options| !options.optional && !call.arguments.contains_key(&options.name));
    left_out.map_or(Ok(()), |options| {
        Err(Rejection::LeftOut {
            function: function.name.clone(),
            parameter: options.name.clone(),
        })
    })
}

/// Whether all that the schema requires is given, even where the answers would do without.
fn complete(answer: &Answer, call: &Call) -> Result<(), Rejection> {
    let missing = answer
        .function
        .parameters
        .iter()
        .find(|parameter| parameter.required && !call.arguments.contains_key(&parameter.name));
    missing.map_or(Ok(()), |parameter| {
        Err(Rejection::MissingRequired {
            function: answer.function.name.clone(),
            parameter: parameter.name.clone(),
        })
    })
}

/// Whether nothing is given beyond schema and answers. Of several the first by name is told, so that the reason does not
/// depend on their order.
fn expected(answer: &Answer, call: &Call) -> Result<(), Rejection> {
    let known = |name: &String| {
        let parameters = &answer.function.parameters;
        parameters.iter().any(|parameter| parameter.name == *name) && answer.options(name).is_some()
    };
    let unexpected = call.arguments.keys().filter(|name| !known(name)).min();
    unexpected.map_or(Ok(()), |name| {
        Err(Rejection::Unexpected {
            function: answer.function.name.clone(),
            parameter: name.clone(),
        })
    })
}

fn right(answer: &Answer, parameter: &Parameter, value: &Value) -> Result<(), Rejection> {
    let Some(options) = answer.options(&parameter.name) else {
        return Ok(());
    };
    let function = answer.function.name.clone();
    let name = parameter.name.clone();
    if !right_type(parameter, options, value) {
        return Err(Rejection::WrongType {
            function,
            parameter: name,
            expected: parameter.value,
            items: parameter.items,
        });
    }
    if !accepted(options, value) {
        return Err(Rejection::WrongValue {
            function,
            parameter: name,
        });
    }
    Ok(())
}
