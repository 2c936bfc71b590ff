//! `chengzhi eval export` and `eval import` from outside.

use std::fs;

use crate::sandbox::{Sandbox, names};

const HEADER: &str = r#"{"record":"header","format":1,"run":"r_1","created":"2026-11-21T08:00:00Z","program":"0.1.0","suite":"policy-qa","title":"政策问答","agent":"policy-qa","model":null,"cases":"agents/policy-qa/cases.jsonl","cases_hash":"ab","total":2,"epochs":1,"seed":7,"today":"2026-11-21","corpora":{"helan":"r1"},"fingerprint":"cd","problems":[]}"#;
const SAMPLES: &str = r#"{"record":"sample","id":"a","epoch":1,"type":"lookup","cluster":"a","input":"押金不退怎么办？","target":"第三条","output":"可以投诉。","grades":{"citation":{"value":1.0}},"usage":{"input_tokens":0,"output_tokens":0},"seconds":0.5}
{"record":"sample","id":"b","epoch":1,"type":"lookup","cluster":"b","input":"几点上班？","target":"refusal","output":"九点。","grades":{"citation":{"value":0.0,"explanation":"nothing is cited"}},"usage":{"input_tokens":0,"output_tokens":0},"seconds":0.25}"#;
const ENDED: &str = r#"{"record":"ended","time":"2026-11-21T08:00:01Z","status":"success","seconds":1.0,"cpu_seconds":0.5,"metrics":{"citation":{"value":0.5,"low":0.1,"high":0.9,"n":2}}}"#;
const NAME: &str = "2026-11-21T08-00-00+00-00_policy-qa_r-1";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("run.jsonl", format!("{HEADER}\n{SAMPLES}\n{ENDED}\n"));
    sandbox
}

#[test]
fn a_journal_leaves_in_every_format() {
    let sandbox = sandbox();
    let export = |format| sandbox.run(&["eval", "export", "run.jsonl", "--format", format]);
    for (format, words) in [
        ("junit", r#"<failure message="citation 0">"#),
        ("markdown", "| `citation` | 0.500 | 0.100 to 0.900 | 2 |"),
        ("jsonl", r#"{"id":"b","epoch":1,"#),
    ] {
        let ran = export(format);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert!(ran.out.contains(words), "{}", ran.out);
    }
    for (format, ending) in [("inspect", "eval"), ("inspect-json", "json")] {
        let name = format!("{NAME}.{ending}");
        assert_eq!(export(format).out.trim(), name);
        export(format).failed(1, &["is there already", "hint: ", "--force"]);
        let command = [
            "eval",
            "export",
            "run.jsonl",
            "--format",
            format,
            "--force",
            "--json",
        ];
        assert_eq!(sandbox.json(&command)["file"], name);
    }
    assert_eq!(sandbox.entries().len(), 3, "{:?}", sandbox.entries());
}

#[test]
fn a_log_is_never_written_over_itself() {
    let sandbox = sandbox();
    let command = ["eval", "export", "run.jsonl", "--format", "jsonl"];
    sandbox
        .run(&[&command[..], &["--out", "./run.jsonl", "--force"]].concat())
        .failed(1, &["is the log itself"]);
    sandbox
        .run(&[&command[..], &["--json"]].concat())
        .failed(2, &["--out FILE"]);
    sandbox
        .run(&["eval", "export", "none.jsonl", "--format", "junit"])
        .failed(1, &["none.jsonl"]);
}

#[test]
fn a_log_of_inspect_comes_in_as_a_journal() {
    let sandbox = sandbox();
    let journal = fs::read_to_string(sandbox.path("run.jsonl")).unwrap();
    for (format, ending) in [("inspect", "eval"), ("inspect-json", "json")] {
        let log = format!("log.{ending}");
        let export = [
            "eval",
            "export",
            "run.jsonl",
            "--format",
            format,
            "--out",
            &log,
        ];
        assert_eq!(sandbox.run(&export).code, Some(0));
        let import = ["eval", "import", &log, "--data", ending, "--json"];
        let imported = sandbox.json(&import);
        assert_eq!(imported["samples"], 2);
        let path = format!("{ending}/evals/{NAME}.jsonl");
        assert_eq!(imported["log"], path);
        assert_eq!(fs::read_to_string(sandbox.path(&path)).unwrap(), journal);
        sandbox
            .run(&import)
            .failed(1, &["is there already", "--force"]);
        let again = [&import[..], &["--force"]].concat();
        assert_eq!(sandbox.json(&again), imported);
        let folder = sandbox.path(&format!("{ending}/evals"));
        assert_eq!(names(&folder), [format!("{NAME}.jsonl")]);
    }
}

#[test]
fn what_is_no_log_is_refused() {
    let sandbox = sandbox();
    sandbox.write("note.eval", "PK, but nothing else");
    sandbox.write(
        "newer.jsonl",
        r#"{"record":"header","format":9}"#.to_owned() + "\n",
    );
    sandbox
        .run(&["eval", "import", "note.eval", "--data", "data"])
        .failed(1, &["note.eval", "the archive is cut or damaged"]);
    sandbox
        .run(&["eval", "export", "newer.jsonl", "--format", "junit"])
        .failed(1, &["newer.jsonl:1", "format 9", "hint: "]);
}
