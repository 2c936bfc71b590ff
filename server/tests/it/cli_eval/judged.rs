//! Baselines and gates: what may stand, and what is worse.

use serde_json::{Value, json};

use super::{SUITE, eval, lines, questions, scored, with_suite};
use crate::sandbox::{Sandbox, regulation};

/// The corpus with other deadlines than before: every answer about parking is wrong.
fn spoil(sandbox: &Sandbox) {
    let text = regulation("路边停车", 12).replace("日内办结", "年内办结");
    sandbox.write("spoilt/parking.md", text);
    sandbox.json(&[
        "ingest",
        "spoilt",
        "--corpus",
        "mine",
        "--data",
        "d",
        "--rebuild",
        "--json",
    ]);
}

#[test]
fn what_was_blessed_is_held() {
    let sandbox = with_suite();
    let strict = format!("{SUITE}\n[regression]\nmost_worse = 0\n");
    sandbox.write("root/evals/lamps/suite.toml", strict);
    let gate = ["gate", "lamps", "--model", "off"];
    let without = eval(&sandbox, &gate);
    assert!(
        without.out.contains("no baseline"),
        "{}{}",
        without.out,
        without.err
    );
    let blessed = eval(&sandbox, &["bless", "lamps", "--model", "off"]);
    assert_eq!(blessed.code, Some(0), "{}", blessed.err);
    let file = sandbox.path("root/evals/lamps/baseline.json");
    let baseline = std::fs::read_to_string(&file).unwrap();
    let passed = eval(&sandbox, &gate);
    assert_eq!(passed.code, Some(0), "{}{}", passed.out, passed.err);

    spoil(&sandbox);
    let failed = eval(&sandbox, &[&gate[..], &["--json"]].concat());
    assert_eq!(failed.code, Some(1), "{}", failed.err);
    let judged: Value = serde_json::from_str(&failed.out).unwrap();
    assert_eq!(judged["passes"], false);
    let row = |name: &str| {
        let rows = judged["suites"][0]["comparison"]["metrics"]
            .as_array()
            .unwrap();
        rows.iter()
            .find(|row| row["metric"] == name)
            .unwrap()
            .clone()
    };
    assert_eq!(row("citation")["worse"], json!(["q1", "q2", "q3"]));
    assert_eq!(
        row("content")["worse"],
        json!(["q1", "q2", "q3", "q4", "q5", "q6"])
    );
    // Six of six: McNemar's one-sided exact p is 1/64.
    let p = row("content")["p_worse"].as_f64().unwrap();
    assert!((p - 1.0 / 64.0).abs() < 1e-12, "{p}");
    // No gate moved the baseline.
    assert_eq!(std::fs::read_to_string(&file).unwrap(), baseline);
    let log = journal_of_last(&sandbox);
    let diff = eval(&sandbox, &["diff", "lamps", &log]);
    assert!(diff.out.contains("worse  q1, q2, q3"), "{}", diff.out);
}

/// The newest journal.
fn journal_of_last(sandbox: &Sandbox) -> String {
    let names = crate::sandbox::names(&sandbox.path("d/evals"));
    let journals = names.iter().filter(|name| name.ends_with(".jsonl"));
    format!("d/evals/{}", journals.max().unwrap())
}

#[test]
fn a_gate_is_passed_by_the_bound_and_not_by_the_point() {
    let sandbox = with_suite();
    let gate = |least: f64| {
        let gated = format!("{SUITE}\n[[gate]]\nmetric = \"citation\"\nat_least = {least}\n");
        sandbox.write("root/evals/lamps/suite.toml", gated);
        eval(&sandbox, &["gate", "lamps", "--model", "off"])
    };
    // Six of six: the lower 95 % bound by Wilson is 6 / (6 + 1.645²) = 0.689.
    assert_eq!(gate(0.68).code, Some(0));
    let failed = gate(0.70);
    assert_eq!(failed.code, Some(1), "{}", failed.out);
    assert!(
        failed.out.contains("FAIL") && failed.out.contains("0.689"),
        "{}",
        failed.out
    );
}

#[test]
fn a_case_that_cannot_be_read_is_named_and_the_run_cannot_be_blessed() {
    let sandbox = with_suite();
    let good = lines(&questions());
    let mut bad = good.clone();
    bad.push_str("{\"id\": \"q9\", \"question\": \n");
    bad.push_str("{\"id\": \"q1\", \"question\": \"again\"}\n");
    sandbox.write("root/evals/lamps/cases.jsonl", &bad);
    let ran = eval(&sandbox, &["run", "lamps", "--model", "off", "--json"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let scored = scored(&ran);
    assert_eq!(scored["n"], 8);
    let problems = scored["problems"].to_string();
    for word in ["cases.jsonl:9", "cases.jsonl:10", "q1"] {
        assert!(problems.contains(word), "no `{word}` in {problems}");
    }
    let gated = eval(&sandbox, &["gate", "lamps", "--model", "off"]);
    assert_eq!(gated.code, Some(1), "{}", gated.out);
    eval(&sandbox, &["bless", "lamps", "--model", "off"])
        .failed(1, &["could not be read", "cases.jsonl:9"]);
    assert!(!sandbox.path("root/evals/lamps/baseline.json").exists());
    let checked = sandbox.run(&["check", "--root", "root", "--data", "d"]);
    assert_eq!(checked.code, Some(1));
    assert!(
        checked.out.contains("evals/lamps/cases.jsonl"),
        "{}",
        checked.out
    );
    // A part of the cases is no baseline either.
    sandbox.write("root/evals/lamps/cases.jsonl", &good);
    eval(&sandbox, &["bless", "lamps", "--limit", "3"]).failed(1, &["--limit"]);
}
