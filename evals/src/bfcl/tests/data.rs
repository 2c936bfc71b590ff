//! The development set: every oracle accepted, every mutant rejected, and each for its own reason.

use std::collections::BTreeMap;
use std::path::Path;

use crate::bfcl::{
    Answer, Call, Category, Choice, Expect, Item, Mutation, Rejection, Type, Verdict, decode,
    mutants, oracle, read, self_test, verdict,
};
use serde_json::Value;

/// From the root of the workspace, which is above this crate.
const DATA: &str = "../shared/data/evals/bfcl/dev.jsonl";

/// Answers of a type that their schema does not have; accepted as the leaderboard does, by the type of the answer.
const OFF_TYPE: [(&str, &str); 3] = [
    // Lists of floats whose answers are integers.
    ("live_simple_121-77-0", "data_values"),
    ("parallel_multiple_195", "interval"),
    // A place of play is a string, but the answer is `true`.
    ("simple_python_307", "venue"),
];

/// Answers none of which is in the enumeration of their schema. The rules do not look at it, and the parameter may be left
/// out; a model that is held to the schema while it writes can do nothing else.
const OFF_ENUMERATION: [(&str, &str); 4] = [
    ("live_multiple_414-141-3", "genre"),
    ("live_multiple_414-141-3", "show_type"),
    ("live_simple_142-94-1", "unit"),
    ("live_simple_160-95-17", "unit"),
];

const SIZES: [(Category, usize); 9] = [
    (Category::SimplePython, 100),
    (Category::Multiple, 60),
    (Category::Parallel, 60),
    (Category::ParallelMultiple, 30),
    (Category::Irrelevance, 60),
    (Category::LiveSimple, 30),
    (Category::LiveMultiple, 30),
    (Category::LiveIrrelevance, 22),
    (Category::LiveRelevance, 8),
];

fn items() -> Option<Vec<Item>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(DATA);
    let Ok(text) = std::fs::read_to_string(&path) else {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "`{}` is missing",
            path.display()
        );
        eprintln!("skipped: `{}` is missing", path.display());
        return None;
    };
    let (items, bad) = read(&text);
    assert_eq!(bad, Vec::new());
    Some(items)
}

#[test]
fn the_checker_agrees_with_the_data() {
    let Some(items) = items() else { return };
    let result = self_test(&items);
    assert_eq!(result.disagreements, Vec::new());
    for (category, tried) in &result.categories {
        eprintln!("{category}: {}", serde_json::json!(tried));
        assert!(tried.oracles.is_full());
        assert!(tried.mutants.values().all(|count| count.is_full()));
        let kinds: Vec<_> = tried.mutants.keys().copied().collect();
        match category {
            Category::Irrelevance | Category::LiveIrrelevance => {
                assert_eq!(kinds, [Mutation::ExtraCall]);
            }
            Category::LiveRelevance => assert_eq!(kinds, [Mutation::MissingCall]),
            Category::SimplePython
            | Category::Multiple
            | Category::Parallel
            | Category::ParallelMultiple
            | Category::LiveSimple
            | Category::LiveMultiple
            | Category::LiveParallel
            | Category::LiveParallelMultiple => assert_eq!(kinds, Mutation::ALL),
        }
    }
    let sizes = result.categories.iter();
    let sizes = sizes.map(|(category, tried)| (*category, tried.oracles.total));
    assert_eq!(sizes.collect::<BTreeMap<_, _>>(), SIZES.into());
}

fn answers(item: &Item) -> &[Answer] {
    match &item.expect {
        Expect::Calls(answers) => answers,
        Expect::NoCall | Expect::AnyCall => &[],
    }
}

#[test]
fn a_single_mutant_is_rejected_for_its_own_reason() {
    let items = items().unwrap_or_default();
    let single = items.iter().filter(|item| answers(item).len() == 1);
    let named = |item| mutants(item).into_iter().map(move |mutant| (item, mutant));
    for (item, mutant) in single.flat_map(named) {
        let Verdict::Rejected(rejection) = verdict(item, &mutant.calls) else {
            panic!("{}: {mutant:?}", item.id);
        };
        let own = match mutant.mutation {
            Mutation::RenamedFunction => matches!(rejection, Rejection::WrongName { .. }),
            Mutation::MissingCall | Mutation::ExtraCall => {
                matches!(rejection, Rejection::WrongCount { .. })
            }
            Mutation::MissingRequired => matches!(rejection, Rejection::MissingRequired { .. }),
            Mutation::MissingAnswered => matches!(rejection, Rejection::LeftOut { .. }),
            Mutation::ExtraParameter => matches!(rejection, Rejection::Unexpected { .. }),
            Mutation::WrongValue => matches!(rejection, Rejection::WrongValue { .. }),
            Mutation::FloatForInteger => matches!(rejection, Rejection::WrongType { .. }),
            // Types are not checked inside dictionaries, where values must do.
            Mutation::NumberAsString | Mutation::BooleanForNumber => {
                let value = matches!(rejection, Rejection::WrongValue { .. });
                let call = &mutant.calls[0].arguments;
                let inside = call.values().any(|value| value.is_object());
                matches!(rejection, Rejection::WrongType { .. }) || (value && inside)
            }
        };
        assert!(own, "{}: {mutant:?} {rejection:?}", item.id);
    }
}

#[test]
fn every_choice_of_a_single_call_is_accepted() {
    let items = items().unwrap_or_default();
    for item in items.iter().filter(|item| answers(item).len() == 1) {
        for options in &answers(item)[0].parameters {
            for choice in &options.choices {
                let Choice::Plain(value) = choice else {
                    continue;
                };
                let mut calls = oracle(item);
                calls[0]
                    .arguments
                    .insert(options.name.clone(), value.clone());
                assert_eq!(verdict(item, &calls), Verdict::Accepted, "{}", item.id);
            }
        }
    }
}

/// The inconsistencies of the data that the rules let pass are known by name.
#[test]
fn answers_against_their_schema_are_known() {
    let Some(items) = items() else { return };
    let (mut types, mut enumerations) = (Vec::new(), Vec::new());
    for item in &items {
        for answer in answers(item) {
            for options in &answer.parameters {
                let name = (item.id.as_str(), options.name.as_str());
                if !options
                    .choices
                    .iter()
                    .all(|choice| of_schema(answer, &options.name, choice))
                {
                    types.push(name);
                }
                let enumeration = enumeration(item, &answer.function.name, &options.name);
                let known = |choice: &Choice| match choice {
                    Choice::Plain(value) => enumeration.is_none_or(|known| known.contains(value)),
                    Choice::Dict(_) | Choice::Dicts(_) => true,
                };
                if !options.choices.is_empty() && !options.choices.iter().any(known) {
                    enumerations.push(name);
                }
            }
        }
    }
    types.sort_unstable();
    enumerations.sort_unstable();
    assert_eq!(types, OFF_TYPE);
    assert_eq!(enumerations, OFF_ENUMERATION);
}

/// Whether a choice has the type of its parameter, an integer counting as a float outside lists.
fn of_schema(answer: &Answer, parameter: &str, choice: &Choice) -> bool {
    let mut parameters = answer.function.parameters.iter();
    let Some(parameter) = parameters.find(|known| known.name == parameter) else {
        return false;
    };
    let Choice::Plain(value) = choice else {
        return true;
    };
    match (value, parameter.items) {
        (Value::Array(items), Some(expected)) => {
            parameter.value == Type::List && items.iter().all(|item| Type::of(item) == expected)
        }
        _ => match Type::of(value) {
            Type::Integer => matches!(parameter.value, Type::Integer | Type::Float),
            found => found == parameter.value,
        },
    }
}

fn enumeration<'a>(item: &'a Item, function: &str, parameter: &str) -> Option<&'a Vec<Value>> {
    let functions = item.tools.iter().map(|tool| &tool["function"]);
    let mut named = functions.filter(|known| known["name"] == function);
    named.next()?["parameters"]["properties"][parameter]["enum"].as_array()
}

/// Calls survive being written in each form and read again.
#[test]
fn oracles_are_decoded_from_every_form() {
    let items = items().unwrap_or_default();
    for item in items.iter().filter(|item| !answers(item).is_empty()) {
        let calls = oracle(item);
        let list = serde_json::to_string(&calls).expect("JSON");
        let python: Vec<_> = calls.iter().map(python_call).collect();
        let blocks = calls.iter().map(|call| {
            let call = serde_json::to_string(call).expect("JSON");
            format!("<tool_call>\n{call}\n</tool_call>\n")
        });
        for text in [list, format!("[{}]", python.join(", ")), blocks.collect()] {
            assert_eq!(decode(&text).as_ref(), Ok(&calls), "{text}");
        }
    }
}

fn python_call(call: &Call) -> String {
    let arguments = call.arguments.iter();
    let arguments = arguments.map(|(name, value)| format!("{name}={}", python(value)));
    let arguments = arguments.collect::<Vec<_>>().join(", ");
    format!("{}({arguments})", call.name)
}

fn python(value: &Value) -> String {
    match value {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => {
            let text = text.replace('\\', r"\\").replace('\'', r"\'");
            format!("'{}'", text.replace('\n', r"\n"))
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(python).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(key, value)| format!("'{key}': {}", python(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
    }
}
