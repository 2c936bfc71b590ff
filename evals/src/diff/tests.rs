use std::collections::BTreeMap;

use super::*;

fn tally(metric: &str, values: &[(&str, f64)]) -> Tally {
    let cases = values.iter().map(|(id, value)| {
        (
            (*id).to_owned(),
            BTreeMap::from([(metric.to_owned(), *value)]),
        )
    });
    Tally::of_scores(&cases.collect())
}

fn many(metric: &str, value: impl Fn(usize) -> f64) -> Tally {
    let ids: Vec<String> = (0..100).map(|index| format!("c{index:03}")).collect();
    let values: Vec<(&str, f64)> = ids
        .iter()
        .enumerate()
        .map(|(index, id)| (id.as_str(), value(index)))
        .collect();
    tally(metric, &values)
}

fn bit(set: bool) -> f64 {
    f64::from(u8::from(set))
}

fn check(baseline: &Tally, candidate: &Tally) -> String {
    let comparison = compare(baseline, candidate, &[]);
    let row = |row: &Row| {
        format!(
            "{} {:.2} -> {:.2}, {:+.3} [{:+.3}, {:+.3}], p {:.4}, worse {:.4} ({:.4}), {:?}, +{} -{}",
            row.metric,
            row.baseline,
            row.candidate,
            row.difference.value,
            row.difference.low,
            row.difference.high,
            row.p_value,
            row.p_worse,
            row.p_worse_adjusted,
            row.verdict,
            row.better.len(),
            row.worse.len()
        )
    };
    comparison
        .metrics
        .iter()
        .map(row)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_metric_that_fell_is_worse_and_one_that_hardly_moved_is_not() {
    let before = many("citation", |index| bit(index % 10 != 0));
    insta::assert_snapshot!(check(&before, &many("citation", |index| bit(index % 10 != 0 && index >= 12))), @"citation 0.90 -> 0.80, -0.100 [-0.159, -0.037], p 0.0020, worse 0.0010 (0.0010), Worse, +0 -10");
    insta::assert_snapshot!(check(&before, &many("citation", |index| bit(index % 10 != 0 && index >= 3))), @"citation 0.90 -> 0.88, -0.020 [-0.053, +0.013], p 0.5000, worse 0.2500 (0.2500), Same, +0 -2");
    insta::assert_snapshot!(check(&before, &before), @"citation 0.90 -> 0.90, +0.000 [-0.019, +0.019], p 1.0000, worse 1.0000 (1.0000), Same, +0 -0");
    insta::assert_snapshot!(check(&before, &many("citation", |_| 1.0)), @"citation 0.90 -> 1.00, +0.100 [+0.037, +0.159], p 0.0020, worse 1.0000 (1.0000), Better, +10 -0");
}

#[test]
fn where_less_is_better_more_is_worse() {
    let before = many("over_refusal", |index| bit(index % 20 == 0));
    insta::assert_snapshot!(check(&before, &many("over_refusal", |index| bit(index % 4 == 0))), @"over_refusal 0.05 -> 0.25, +0.200 [+0.117, +0.275], p 0.0000, worse 0.0000 (0.0000), Worse, +0 -20");
}

#[test]
fn shares_are_compared_by_their_means() {
    let before = many("recall@10", |index| (index % 7) as f64 / 7.0);
    let after = many("recall@10", |index| {
        (index % 7) as f64 / 7.0 - 0.05 - (index % 3) as f64 / 100.0
    });
    insta::assert_snapshot!(check(&before, &after), @"recall@10 0.42 -> 0.36, -0.060 [-0.062, -0.058], p 0.0000, worse 0.0000 (0.0000), Worse, +0 -100");
}

#[test]
fn several_metrics_are_corrected_together() {
    let cases = |index: usize, worse: bool| {
        let turned = worse && index < 5;
        BTreeMap::from([
            ("citation".to_owned(), bit(!turned)),
            ("content".to_owned(), 1.0),
            ("status".to_owned(), 1.0),
        ])
    };
    let tally = |worse| {
        Tally::of_scores(
            &(0..50)
                .map(|index| (format!("c{index:02}"), cases(index, worse)))
                .collect(),
        )
    };
    insta::assert_snapshot!(check(&tally(false), &tally(true)), @r"
    citation 1.00 -> 0.90, -0.100 [-0.185, -0.008], p 0.0625, worse 0.0312 (0.0937), Same, +0 -5
    content 1.00 -> 1.00, +0.000 [-0.038, +0.038], p 1.0000, worse 1.0000 (1.0000), Same, +0 -0
    status 1.00 -> 1.00, +0.000 [-0.038, +0.038], p 1.0000, worse 1.0000 (1.0000), Same, +0 -0
    ");
}

#[test]
fn cases_of_one_run_only_are_named() {
    let comparison = compare(
        &tally("status", &[("a", 1.0), ("b", 1.0)]),
        &tally("status", &[("b", 0.0), ("c", 1.0)]),
        &[],
    );
    assert_eq!(comparison.only_baseline, ["a"]);
    assert_eq!(comparison.only_candidate, ["c"]);
    assert_eq!(
        (
            comparison.metrics[0].n,
            comparison.metrics[0].worse.as_slice()
        ),
        (1, ["b".to_owned()].as_slice())
    );
    assert!(
        compare(&tally("x", &[("a", 1.0)]), &tally("y", &[("a", 1.0)]), &[])
            .metrics
            .is_empty()
    );
    assert!(
        compare(&tally("x", &[("a", 1.0)]), &tally("x", &[("b", 1.0)]), &[])
            .metrics
            .is_empty()
    );
}
