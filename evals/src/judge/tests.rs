use std::collections::BTreeMap;

use super::*;

const SUITE: &str = "
title = \"甲\"
graders = [\"answer\"]
today = \"2026-11-21\"
[[gate]]
metric = \"citation\"
at_least = 0.8
[[gate]]
metric = \"over_refusal\"
at_most = 0.1
[regression]
most_worse = 1
";

fn tally(wrong: std::ops::Range<usize>) -> Tally {
    let case = |index: usize| {
        let right = f64::from(u8::from(!wrong.contains(&index)));
        let grades = BTreeMap::from([
            ("citation".to_owned(), right),
            ("over_refusal".to_owned(), 1.0 - right),
        ]);
        (format!("c{index:03}"), grades)
    };
    Tally::of_scores(&(0..100).map(case).collect())
}

fn check(suite: &str, tally: &Tally, baseline: Option<&Tally>, total: usize) -> String {
    let manifest = Manifest::parse("suite.toml", suite).unwrap();
    let asked = Asked {
        manifest: &manifest,
        mode: Mode::Off,
        total,
        problems: 0,
    };
    let (findings, _) = judge(asked, tally, baseline);
    let line = |it: &Finding| {
        let metric = it.metric.as_deref().unwrap_or("-");
        format!(
            "{:?} {metric} {}: {}",
            it.kind,
            if it.passes { "ok" } else { "FAIL" },
            it.text
        )
    };
    findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_bound_clears_the_gate_and_nothing_got_worse() {
    insta::assert_snapshot!(check(SUITE, &tally(0..4), Some(&tally(0..4)), 100), @"");
}

#[test]
fn one_case_may_turn_and_not_two() {
    insta::assert_snapshot!(check(SUITE, &tally(0..5), Some(&tally(0..4)), 100), @"");
    insta::assert_snapshot!(check(SUITE, &tally(0..6), Some(&tally(0..4)), 100), @"");
}

#[test]
fn a_real_fall_fails_everywhere() {
    insta::assert_snapshot!(check(SUITE, &tally(0..20), Some(&tally(0..4)), 100), @"");
}

#[test]
fn what_is_missing_does_not_pass() {
    insta::assert_snapshot!(check(SUITE, &tally(0..4), None, 120), @"");
    insta::assert_snapshot!(check(SUITE, &Tally::default(), None, 0), @"");
}

#[test]
fn a_margin_is_a_promise_of_its_own() {
    let suite = SUITE.replace("most_worse = 1", "margin = 0.02");
    insta::assert_snapshot!(check(&suite, &tally(0..5), Some(&tally(0..4)), 100), @"");
}
