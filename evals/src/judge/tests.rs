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
        status: Status::Success,
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
    insta::assert_snapshot!(check(SUITE, &tally(0..4), Some(&tally(0..4)), 100), @r"
    Gate citation ok: 0.960, bound 0.914, asked at least 0.800
    Gate over_refusal ok: 0.040, bound 0.086, asked at most 0.100
    Regression citation ok: 0.960 against 0.960, 0 worse, 0 better, p 1.000 after correction
    Regression over_refusal ok: 0.040 against 0.040, 0 worse, 0 better, p 1.000 after correction
    Turned - ok: got worse: 0, at most 1
    ");
}

#[test]
fn one_case_may_turn_and_not_two() {
    insta::assert_snapshot!(check(SUITE, &tally(0..5), Some(&tally(0..4)), 100), @r"
    Gate citation ok: 0.950, bound 0.901, asked at least 0.800
    Gate over_refusal ok: 0.050, bound 0.099, asked at most 0.100
    Regression citation ok: 0.950 against 0.960, 1 worse, 0 better, p 1.000 after correction
    Regression over_refusal ok: 0.050 against 0.040, 1 worse, 0 better, p 1.000 after correction
    Turned - ok: got worse: 1, at most 1: c004
    ");
    insta::assert_snapshot!(check(SUITE, &tally(0..6), Some(&tally(0..4)), 100), @r"
    Gate citation ok: 0.940, bound 0.888, asked at least 0.800
    Gate over_refusal FAIL: 0.060, bound 0.112, asked at most 0.100
    Regression citation ok: 0.940 against 0.960, 2 worse, 0 better, p 0.500 after correction
    Regression over_refusal ok: 0.060 against 0.040, 2 worse, 0 better, p 0.500 after correction
    Turned - FAIL: got worse: 2, at most 1: c004, c005
    ");
}

#[test]
fn a_real_fall_fails_everywhere() {
    insta::assert_snapshot!(check(SUITE, &tally(0..20), Some(&tally(0..4)), 100), @r"
    Gate citation FAIL: 0.800, bound 0.727, asked at least 0.800
    Gate over_refusal FAIL: 0.200, bound 0.273, asked at most 0.100
    Regression citation FAIL: 0.800 against 0.960, 16 worse, 0 better, p 0.000 after correction
    Regression over_refusal FAIL: 0.200 against 0.040, 16 worse, 0 better, p 0.000 after correction
    Turned - FAIL: got worse: 16, at most 1: c004, c005, c006, c007, c008, c009, c010, c011, c012, c013, c014, c015, c016, c017, c018, c019
    ");
}

#[test]
fn what_is_missing_does_not_pass() {
    insta::assert_snapshot!(check(SUITE, &tally(0..4), None, 120), @r"
    Whole - FAIL: 100 of 120 samples are there
    Gate citation ok: 0.960, bound 0.914, asked at least 0.800
    Gate over_refusal ok: 0.040, bound 0.086, asked at most 0.100
    ");
    insta::assert_snapshot!(check(SUITE, &Tally::default(), None, 0), @r"
    Gate citation FAIL: no figure, asked at least 0.800
    Gate over_refusal FAIL: no figure, asked at most 0.100
    ");
}

#[test]
fn a_margin_is_a_promise_of_its_own() {
    let suite = SUITE.replace("most_worse = 1", "margin = 0.02");
    insta::assert_snapshot!(check(&suite, &tally(0..5), Some(&tally(0..4)), 100), @r"
    Gate citation ok: 0.950, bound 0.901, asked at least 0.800
    Gate over_refusal ok: 0.050, bound 0.099, asked at most 0.100
    Regression citation ok: 0.950 against 0.960, 1 worse, 0 better, p 1.000 after correction
    Regression over_refusal ok: 0.050 against 0.040, 1 worse, 0 better, p 1.000 after correction
    Margin citation FAIL: difference -0.010, bound -0.027, margin 0.020
    Margin over_refusal FAIL: difference -0.010, bound -0.027, margin 0.020
    ");
}
