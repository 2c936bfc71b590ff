use rstest::rstest;
use serde_json::json;

use super::*;

fn check(value: &Value) -> Vec<(String, Option<f64>)> {
    let mut grades = BTreeMap::new();
    add_grades(&mut grades, "s", &json!({ "value": value }));
    grades
        .into_iter()
        .map(|(name, grade)| (name, grade.value))
        .collect()
}

#[rstest]
#[case::correct(json!("C"), Some(1.0))]
#[case::incorrect(json!("I"), Some(0.0))]
#[case::partial(json!("P"), Some(0.5))]
#[case::no_answer(json!("N"), Some(0.0))]
#[case::word(json!("yes"), Some(1.0))]
#[case::number_as_text(json!("0.25"), Some(0.25))]
#[case::words(json!("good"), None)]
#[case::no_number(json!("nan"), None)]
#[case::truth(json!(true), Some(1.0))]
#[case::number(json!(-2.5), Some(-2.5))]
#[case::unscored(Value::Null, None)]
fn scores_are_numbers(#[case] value: Value, #[case] expected: Option<f64>) {
    assert_eq!(check(&value), [("s".to_owned(), expected)]);
}

#[test]
fn a_score_of_several_values_is_several_metrics() {
    let named = json!({"查准": 0.5, "查全": null, "F1": true});
    let expected = [("s/F1", Some(1.0)), ("s/查全", None), ("s/查准", Some(0.5))];
    assert_eq!(
        check(&named),
        expected.map(|(name, value)| (name.to_owned(), value))
    );
    let expected = [("s/1", Some(1.0)), ("s/2", None)];
    assert_eq!(
        check(&json!(["C", [1]])),
        expected.map(|(name, value)| (name.to_owned(), value))
    );
    assert_eq!(check(&json!([])), []);
}

#[test]
fn several_scorers_are_several_metrics() {
    let results = json!({"total_samples": 6, "scores": [
        {"name": "exact", "scorer": "exact", "reducer": "mean", "scored_samples": 3,
         "metrics": {"accuracy": {"value": 0.5}, "stderr": {"value": 0.1}}},
        {"name": "exact", "scorer": "exact", "reducer": "at_least_2", "metrics": {"accuracy": {"value": 0.25}}},
        {"name": "f1", "scorer": "f1", "metrics": {"mean": {"value": 0.75}, "std": {"value": 0.2}, "odd": {"value": null}}},
    ]});
    let metrics: Vec<_> = metrics(&results)
        .into_iter()
        .map(|(name, it)| {
            format!(
                "{name} {:.3} {:.3} {:.3} {}",
                it.value, it.low, it.high, it.n
            )
        })
        .collect();
    insta::assert_snapshot!(metrics.join("\n"), @"
    exact 0.500 0.304 0.696 3
    f1 0.750 0.750 0.750 6
    f1.std 0.200 0.200 0.200 6
    ");
}

#[test]
fn conversations_and_parts_are_words() {
    let sample = sample(&json!({
        "id": 7, "epoch": 2, "target": "甲",
        "input": [
            {"role": "system", "content": "简短"},
            {"role": "user", "content": [{"type": "text", "text": "看图"}, {"type": "image", "image": "data:"}]},
            {"role": "user", "content": "attachment://ab"},
        ],
        "attachments": {"ab": "很长"},
        "output": {"choices": [{"message": {"content": [{"type": "reasoning", "reasoning": "想"}, {"type": "text", "text": "甲"}]}}],
                   "usage": {"input_tokens": 3, "output_tokens": 1}},
        "scores": null, "metadata": {"category": "图"}, "error": {"message": "断线"},
    }))
    .unwrap();
    assert_eq!(
        (sample.id.as_str(), sample.epoch, sample.cluster.as_str()),
        ("7", 2, "7")
    );
    assert_eq!(sample.input, "简短\n看图\n很长");
    assert_eq!(sample.output, "甲");
    assert_eq!(
        (sample.usage.input_tokens, sample.usage.output_tokens),
        (3, 1)
    );
    assert_eq!(
        (sample.r#type.as_str(), sample.error.as_deref()),
        ("图", Some("断线"))
    );
}

#[test]
fn calls_stand_for_an_answer_without_words() {
    let calls = json!([{"function": "派单", "arguments": {"级别": 2}}]);
    let value = json!({"id": "a", "output": {"completion": "", "choices": [{"message": {"content": "", "tool_calls": calls}}]}});
    assert_eq!(sample(&value).unwrap().output, calls.to_string());
}

#[rstest]
#[case(json!({"epoch": 1}), "a sample has no `id`")]
#[case(json!([1]), "a sample has no `id`")]
#[case(json!({"id": "a", "epoch": 5_000_000_000_u64}), "sample `a` has epoch 5000000000")]
fn what_is_no_sample_is_refused(#[case] value: Value, #[case] expected: &str) {
    assert_eq!(sample(&value).unwrap_err(), expected);
}
