//! `chengzhi eval run`, `diff`, `gate`, `bless` and `qa` from outside: suites of a folder given with `--root`.

mod broken;
mod judged;

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::sandbox::{Ran, Sandbox, keys, with_corpus};

/// Eight questions to the corpus `mine`, of which six have an answer in it.
pub(super) fn questions() -> Vec<Value> {
    let asked = (1..=6).map(|number| {
        let days = ["一", "二", "三", "四", "五", "六"][number - 1];
        let (file, name) = if number < 4 {
            ("lamps.md", "路灯")
        } else {
            ("parking.md", "路边停车")
        };
        json!({
            "id": format!("q{number}"), "type": "direct", "question": format!("{name}第{number}号事项几日内办结？"),
            "expect": "answered", "gold": [{"file": file, "clause": format!("第{days}条")}],
            "must_contain": [format!("{number}日")],
        })
    });
    let refused = ["月球车怎么年检？", "潜水艇执照去哪里换？"];
    let refused = refused.iter().zip(7..).map(
        |(question, number)| json!({"id": format!("q{number}"), "type": "unanswerable", "question": question, "expect": "refused"}),
    );
    asked.chain(refused).collect()
}

/// One JSON object a line.
pub(super) fn lines(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}

pub(super) const SUITE: &str = "title = \"试\"\nagent = \"policy-qa\"\ncorpora = [\"mine\"]\ngraders = [\"answer\", \"grounded\"]\ntoday = \"2026-11-21\"\n";

/// The corpus `mine` in `d`, and the suite `lamps` in `root`.
pub(super) fn with_suite() -> Sandbox {
    let sandbox = with_corpus();
    sandbox.write("root/evals/lamps/suite.toml", SUITE);
    sandbox.write("root/evals/lamps/cases.jsonl", lines(&questions()));
    sandbox
}

/// The suite `words` in `root`, so many cases of a model itself, and a script of it.
pub(super) fn with_words(sandbox: &Sandbox, count: usize, script: &str) {
    let suite = "title = \"词\"\ngraders = [\"exact\"]\ntoday = \"2026-11-21\"\n";
    let cases: Vec<Value> = (0..count)
        .map(|number| json!({"id": format!("w{number}"), "question": format!("question {number}"), "ideal": ["yes"]}))
        .collect();
    sandbox.write("root/evals/words/suite.toml", suite);
    sandbox.write("root/evals/words/cases.jsonl", lines(&cases));
    sandbox.write("s.jsonl", script);
}

/// `chengzhi eval …` on the suites of `root` with the data of `d`.
pub(super) fn eval(sandbox: &Sandbox, arguments: &[&str]) -> Ran {
    let common = ["--root", "root", "--data", "d", "eval"];
    sandbox.run(&[&common[..], arguments].concat())
}

/// What it prints as JSON, whatever its exit code.
pub(super) fn scored(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}{}", ran.out, ran.err))
}

/// The journal beside a log.
pub(super) fn journal(sandbox: &Sandbox, scored: &Value) -> PathBuf {
    sandbox
        .path(scored["log"].as_str().unwrap())
        .with_extension("jsonl")
}

#[test]
fn a_run_prints_one_object() {
    let sandbox = with_suite();
    let ran = eval(&sandbox, &["run", "lamps", "--model", "off", "--json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let scored = scored(&ran);
    assert_eq!(
        keys(&scored),
        [
            "suite",
            "n",
            "mode",
            "model",
            "metrics",
            "ms_per_case",
            "seconds",
            "log",
            "problems"
        ]
    );
    assert_eq!(
        (
            &scored["suite"],
            &scored["n"],
            &scored["mode"],
            &scored["model"]
        ),
        (&json!("lamps"), &json!(8), &json!("off"), &Value::Null)
    );
    let metrics = &scored["metrics"];
    for (name, n) in [
        ("citation", 6),
        ("status", 8),
        ("content", 6),
        ("refusal", 2),
        ("status.direct", 6),
    ] {
        let metric = &metrics[name];
        assert_eq!(
            (&metric["value"], &metric["n"]),
            (&json!(1.0), &json!(n)),
            "{name}: {metrics}"
        );
        assert!(metric["low"].as_f64().unwrap() < 1.0);
    }
    assert_eq!(metrics["over_refusal"]["value"], 0.0);
    let log = sandbox.path(scored["log"].as_str().unwrap());
    assert!(log.exists() && journal(&sandbox, &scored).exists());
    let listed = eval(&sandbox, &["list", "--json"]);
    assert!(listed.out.contains("\"lamps\""), "{}", listed.out);
    eval(&sandbox, &["run", "lamp"]).failed(1, &["there is no suite `lamp`", "hint: "]);
}

#[test]
fn both_modes_stand_side_by_side() {
    let sandbox = with_suite();
    sandbox.write("s.jsonl", "{\"reply\": \"不知道\"}\n");
    let off = eval(&sandbox, &["run", "lamps", "--model", "off", "--json"]);
    let on = eval(
        &sandbox,
        &["run", "lamps", "--model", "script:s.jsonl", "--json"],
    );
    assert_eq!(on.code, Some(0), "{}", on.err);
    let (off, on) = (scored(&off), scored(&on));
    assert_eq!(
        (&on["mode"], &on["model"]),
        (&json!("on"), &json!("script:s.jsonl"))
    );
    // What the model says is not grounded, so the quoted answer stands.
    assert_eq!(on["metrics"]["citation"], off["metrics"]["citation"]);
    let (before, after) = (off["log"].as_str().unwrap(), on["log"].as_str().unwrap());
    let diff = eval(&sandbox, &["diff", before, after, "--json"]);
    assert_eq!(diff.code, Some(0), "{}", diff.err);
    // Where the settings name a model both are run, and stand beside each other.
    let remote = "[remote]\nurl = \"http://127.0.0.1:9/v1\"\nmodel = \"m\"\n";
    let manifest =
        format!("title = \"m\"\nlicence = \"x\"\ndescription = \"m\"\ncontext = 8192\n{remote}");
    sandbox.write("root/models/down/model.toml", manifest);
    sandbox.write("c.toml", "[models]\nlarge = [\"down\"]\n");
    let both = eval(&sandbox, &["run", "lamps", "--config", "c.toml"]);
    assert_eq!(both.code, Some(0), "{}", both.err);
    assert!(both.out.contains("lamps: off -> down"), "{}", both.out);
}

#[test]
fn questions_of_a_file_need_no_suite() {
    let sandbox = with_suite();
    sandbox.write("q.jsonl", lines(&questions()));
    let qa = ["qa", "q.jsonl", "--corpus", "mine", "--json"];
    let ran = eval(&sandbox, &qa);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(scored(&ran)["metrics"]["citation"]["value"], 1.0);
    let one = eval(&sandbox, &[&qa[..], &["--limit", "1"]].concat());
    assert_eq!(scored(&one)["n"], 1);
    eval(&sandbox, &["qa", "q.jsonl", "--corpus", "other"]).failed(1, &["other"]);
    eval(&sandbox, &["qa", "absent.jsonl"]).failed(1, &["absent.jsonl"]);
}
