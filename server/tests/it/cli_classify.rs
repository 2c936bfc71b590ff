//! `train dispatch`, `eval classify` and `orders export`: what they print and write, and what is said of bad input.

use serde_json::{Value, json};

use crate::sandbox::{Sandbox, names};

/// Orders of two departments, `count` of each, and one of a third.
fn history(count: usize) -> String {
    let line = |at: usize| {
        let one = json!({"id": at, "text": format!("第{at}号楼前路灯不亮了"), "label": "城管局"});
        let other = json!({"tokens": format!("{at} 号楼 工地 噪音 大"), "department": "环保局"});
        format!("{one}\n{other}\n")
    };
    let lines: String = (0..count).map(line).collect();
    lines + "{\"text\":\"大雾\",\"label\":\"气象局\"}\n"
}

fn with_history() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", history(10));
    sandbox
}

#[test]
fn a_history_is_learnt_and_written_whole() {
    let sandbox = with_history();
    let train = [
        "train", "dispatch", "--data", "a.jsonl", "--out", "new/dir", "--json",
    ];
    let report = sandbox.json(&train);
    assert_eq!(report["n"], 20);
    assert_eq!(report["labels"], json!({"城管局": 10, "环保局": 10}));
    assert_eq!(report["left_out"][0]["label"], "气象局");
    assert_eq!(report["held_out"]["n"], 4);
    assert_eq!(report["held_out"]["accuracy"], 1.0);
    let folder = sandbox.path("new/dir");
    assert_eq!(names(&folder), ["dispatch.model", "report.json"]);
    let first = std::fs::read(folder.join("dispatch.model")).unwrap();
    // Into a folder that is there, which keeps what else it has.
    sandbox.write("new/dir/README.md", "kept");
    let again = sandbox.run(&train[..6]);
    assert!(
        again.out.contains("left out: 1 of `气象局`"),
        "{}",
        again.out
    );
    assert_eq!(
        names(&folder),
        ["README.md", "dispatch.model", "report.json"]
    );
    assert_eq!(std::fs::read(folder.join("dispatch.model")).unwrap(), first);
    assert_eq!(names(&sandbox.path("new")), ["dir"]);
}

#[test]
fn a_history_that_cannot_be_learnt_is_named_and_nothing_is_written() {
    let sandbox = with_history();
    sandbox.write(
        "broken.jsonl",
        "{\"text\":\"路灯\",\"label\":\"x\"}\n{\"text\":\"路灯\"}\nno\n",
    );
    sandbox.write(
        "one.jsonl",
        "{\"text\":\"路灯\",\"label\":\"x\"}\n".repeat(3),
    );
    for (file, words) in [
        (
            "broken.jsonl",
            &["broken.jsonl", "line 2: `label` is missing", "line 3: "][..],
        ),
        ("one.jsonl", &["have 1 label(s)"]),
        ("absent.jsonl", &["absent.jsonl"]),
    ] {
        let ran = sandbox.run(&["train", "dispatch", "--data", file, "--out", "out"]);
        ran.failed(1, words);
        let ran = sandbox.run(&["eval", "classify", "--train", file]);
        ran.failed(1, words);
        let ran = sandbox.run(&["eval", "classify", "--train", "a.jsonl", "--test", file]);
        if file != "one.jsonl" {
            ran.failed(1, words);
        }
    }
    assert!(!sandbox.path("out").exists());
    sandbox.write("empty.jsonl", "\n");
    let ran = sandbox.run(&["eval", "classify", "--train", "empty.jsonl"]);
    ran.failed(1, &["`empty.jsonl` has no records"]);
    let ran = sandbox.run(&["eval", "classify", "--train", "a.jsonl", "--folds", "99"]);
    ran.failed(1, &["`a.jsonl`", "option `folds` is 99"]);
    sandbox
        .run(&["train", "dispatch", "--out", "out"])
        .failed(2, &["--data"]);
}

#[test]
fn a_classifier_is_cross_validated() {
    let sandbox = with_history();
    let scored = sandbox.json(&[
        "eval", "classify", "--train", "a.jsonl", "--folds", "4", "--json",
    ]);
    assert_eq!(scored["suite"], "classify");
    assert_eq!(scored["n"], 20);
    let metrics: Vec<&String> = scored["metrics"].as_object().unwrap().keys().collect();
    assert_eq!(metrics, ["accuracy", "ece", "macro_f1", "top2"]);
    assert_eq!(scored["metrics"]["accuracy"]["value"], 1.0);
    assert_eq!(scored["curve"].as_array().unwrap().len(), 20);
    assert_eq!(scored["folds"].as_array().unwrap().len(), 4);
    assert_eq!(scored["left_out"], json!([["气象局", 1]]));
    let assignment = scored["assignment"].as_array().unwrap();
    assert_eq!((assignment.len(), &assignment[20]), (21, &Value::Null));
    assert_eq!(scored["confusion"], json!([[10, 0], [0, 10]]));
}

#[test]
fn a_classifier_is_tested_on_another_file() {
    let sandbox = with_history();
    let later = "{\"text\":\"路灯坏了\",\"label\":\"城管局\"}\n{\"text\":\"下雪\",\"label\":\"没有的局\"}\n";
    sandbox.write("b.jsonl", later);
    let scored = sandbox.json(&[
        "eval", "classify", "--train", "a.jsonl", "--test", "b.jsonl", "--json",
    ]);
    assert_eq!(
        (&scored["n"], &scored["metrics"]["accuracy"]["value"]),
        (&json!(2), &json!(0.5))
    );
    assert!(scored.get("assignment").is_none());
}

#[test]
fn without_orders_there_is_nothing_to_export() {
    let sandbox = Sandbox::in_files();
    let ran = sandbox.run(&["orders", "export", "--labels", "x.jsonl", "--data", "none"]);
    ran.failed(1, &["there are no orders", "--data"]);
    assert!(sandbox.entries().is_empty(), "{:?}", sandbox.entries());
}
