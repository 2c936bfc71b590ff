//! `chengzhi replay` on the command line: what was recorded, where it is kept, and what is said of a difference.

use serde_json::{Value, json};
use server::store::FILE;
use sqlx::Connection;

use crate::sandbox::{Sandbox, keys, regulation, with_corpus};

const ASKED: &str = "路灯第3号事项几日内办结？";
const PERSONAL: &str = "路灯第2号事项几日内办结？我的电话是13812345678";

/// Asks in the data directory `d`; the identifier of the conversation.
fn ask(sandbox: &Sandbox, question: &str, conversation: Option<&str>) -> String {
    let mut arguments = vec!["ask", question, "--data", "d", "--json"];
    arguments.extend(conversation.iter().flat_map(|id| ["--conversation", id]));
    let answer = sandbox.json(&arguments);
    answer["conversation"].as_str().unwrap().to_owned()
}

/// Two turns, the second of which refers to the first.
fn session(sandbox: &Sandbox) -> String {
    let id = ask(sandbox, ASKED, None);
    ask(sandbox, "那第4号事项呢？", Some(&id))
}

/// The report of a replay, and its exit code.
#[track_caller]
fn replayed(sandbox: &Sandbox, arguments: &[&str]) -> (Value, i32) {
    let ran = sandbox.run(&[&["replay", "--json"], arguments].concat());
    let report = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}", ran.err));
    (report, ran.code.unwrap())
}

fn verdicts(report: &Value) -> Vec<&str> {
    let results = report["results"].as_array().unwrap();
    results
        .iter()
        .map(|result| result["verdict"].as_str().unwrap())
        .collect()
}

/// Changes the store as somebody with a SQL shell does.
async fn change(sandbox: &Sandbox, statement: &'static str) {
    let mut shell = sandbox.shell("d", FILE, "chengzhi").await;
    let done = sqlx::query(statement).execute(&mut shell).await.unwrap();
    assert!(done.rows_affected() > 0, "{statement}");
    shell.close().await.unwrap();
}

#[test]
fn a_conversation_is_the_same_again() {
    let sandbox = with_corpus();
    let id = session(&sandbox);
    let (report, code) = replayed(&sandbox, &[&id, "--data", "d"]);
    assert_eq!((verdicts(&report), code), (vec!["same", "same"], 0));
    let wanted = [
        "turns",
        "same",
        "different",
        "masked",
        "unpinned",
        "unanswered",
        "results",
    ];
    assert_eq!(keys(&report), wanted);
    assert_eq!((&report["turns"], &report["same"]), (&json!(2), &json!(2)));
    let result = &report["results"][1];
    assert_eq!(
        *result,
        json!({"session": id, "turn": 2, "question": "那第4号事项呢？", "verdict": "same", "difference": null, "reasons": []})
    );
    let text = sandbox.run(&["replay", &id, "--data", "d"]);
    assert!(text.out.contains("turn 2  same"), "{}", text.out);
    assert!(text.out.ends_with("2 turns: 2 same\n"), "{}", text.out);
    // Running again is no event: nothing was recorded by it.
    let verified = sandbox.json(&["audit", "verify", "--data", "d", "--json"]);
    let (logged, _) = replayed(&sandbox, &["1..99", "--data", "d"]);
    assert_eq!(logged["turns"], 2);
    assert_eq!(
        verified,
        sandbox.json(&["audit", "verify", "--data", "d", "--json"])
    );
}

#[test]
fn a_saved_session_runs_anywhere_and_a_difference_has_a_reason() {
    let sandbox = with_corpus();
    let id = session(&sandbox);
    let ran = sandbox.run(&["replay", &id, "--data", "d", "--save", "s.jsonl"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(
        ran.err.contains("saved 2 turns in `s.jsonl`"),
        "{}",
        ran.err
    );
    let again = sandbox.run(&["replay", &id, "--data", "d", "--save", "s.jsonl"]);
    again.failed(1, &["`s.jsonl` is there already", "hint: "]);
    // The same documents in another place are the same revision.
    sandbox.json(&[
        "ingest", "policies", "--corpus", "mine", "--data", "other", "--json",
    ]);
    let (report, code) = replayed(&sandbox, &["s.jsonl", "--data", "other"]);
    assert_eq!((verdicts(&report), code), (vec!["same", "same"], 0));
    assert_eq!(report["results"][0]["reasons"], json!([]));
    // A document more that does not matter is told, and no difference.
    sandbox.write("more/bridges.md", regulation("桥梁", 3));
    sandbox.json(&[
        "ingest", "more", "--corpus", "more", "--data", "other", "--json",
    ]);
    let (report, code) = replayed(&sandbox, &["s.jsonl", "--data", "other"]);
    assert_eq!(
        (verdicts(&report), code),
        (vec!["same", "same"], 0),
        "it was not open then"
    );
    // One that changes the answer is named.
    let changed = regulation("路灯", 5).replace("起3日内", "起9日内");
    sandbox.write("policies/lamps.md", changed);
    sandbox.json(&[
        "ingest", "policies", "--corpus", "mine", "--data", "other", "--json",
    ]);
    let (report, code) = replayed(&sandbox, &["s.jsonl", "--data", "other"]);
    assert_eq!(
        (report["results"][0]["verdict"].as_str(), code),
        (Some("different"), 1)
    );
    let reasons = report["results"][0]["reasons"].to_string();
    assert!(
        reasons.contains("corpus `mine`") && reasons.contains("search"),
        "{reasons}"
    );
    let text = sandbox.run(&["replay", "s.jsonl", "--data", "other"]);
    assert_eq!(text.code, Some(1));
    for word in [
        "different",
        "sentences[0].text",
        "recorded  ",
        "replayed  ",
        "corpus `mine`: ",
    ] {
        assert!(text.out.contains(word), "no `{word}` in: {}", text.out);
    }
    // Without the corpus there is nothing to answer from.
    let (report, code) = replayed(&sandbox, &["s.jsonl", "--data", "empty"]);
    assert_eq!(
        (verdicts(&report), code),
        (vec!["different", "different"], 1)
    );
    let reasons = report["results"][0]["reasons"].to_string();
    assert!(reasons.contains("`not there` now"), "{reasons}");
}

#[test]
fn the_log_is_run_as_far_as_it_is_not_masked() {
    let sandbox = with_corpus();
    let id = session(&sandbox);
    let personal = ask(&sandbox, PERSONAL, None);
    ask(&sandbox, "那第4号事项呢？", Some(&personal));
    let (report, code) = replayed(&sandbox, &["1..999", "--data", "d"]);
    // What refers to something personal cannot be had again either.
    assert_eq!(verdicts(&report), ["same", "same", "masked", "masked"]);
    assert_eq!(code, 0);
    // A range that begins in the middle has the turns it touches, and what they refer to.
    let first = report["results"][0]["session"].as_str().unwrap();
    assert_eq!(first, id);
    let records = sandbox.json(&["audit", "verify", "--data", "d", "--json"]);
    let half = records["records"].as_u64().unwrap() / 2;
    let mut turns = Vec::new();
    for number in 1..=half {
        let range = format!("{number}..{number}");
        let (report, _) = replayed(&sandbox, &[&range, "--data", "d"]);
        assert_eq!(verdicts(&report), ["same"]);
        turns.push(report["results"][0]["turn"].as_u64().unwrap());
    }
    turns.dedup();
    assert_eq!(turns, [1, 2]);
    let text = sandbox.run(&["replay", "1..999", "--data", "d"]);
    assert!(
        text.err.contains("hint: `chengzhi replay CONVERSATION`"),
        "{}",
        text.err
    );
    assert!(!text.out.contains("13812345678"));
    let nothing = sandbox.run(&["replay", "1..999", "--data", "d", "--save", "log.jsonl"]);
    nothing.failed(1, &["there is nothing to save", "masked"]);
    // The conversation has the words.
    let (report, _) = replayed(&sandbox, &[&personal, "--data", "d"]);
    assert_eq!(verdicts(&report), ["same", "same"]);
}

#[tokio::test]
async fn what_an_earlier_version_recorded_is_said_so() {
    let sandbox = with_corpus();
    let id = session(&sandbox);
    change(&sandbox, "update turn set pinned = null where number = 1").await;
    let (report, code) = replayed(&sandbox, &[&id, "--data", "d"]);
    assert_eq!((verdicts(&report), code), (vec!["unpinned", "same"], 0));
    change(&sandbox, "update turn set answer = null where number = 2").await;
    let (report, _) = replayed(&sandbox, &[&id, "--data", "d"]);
    assert_eq!(verdicts(&report), ["unpinned", "unanswered"]);
}

#[tokio::test]
async fn an_answer_that_was_changed_is_found() {
    let sandbox = with_corpus();
    let id = session(&sandbox);
    change(
        &sandbox,
        "update turn set answer = replace(answer, '3日内', '8日内') where number = 1",
    )
    .await;
    let ran = sandbox.run(&["replay", &id, "--data", "d"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.out.contains("8日内") && ran.out.contains("is not repeatable"),
        "{}",
        ran.out
    );
    change(
        &sandbox,
        "update audit set body = replace(body, '3日内', '8日内') where kind = 'turn.done'",
    )
    .await;
    let ran = sandbox.run(&["replay", "1..99", "--data", "d"]);
    ran.failed(1, &["the audit log was altered", "条审计记录"]);
}

#[test]
fn a_session_is_written_by_hand_and_renewed_on_purpose() {
    let sandbox = with_corpus();
    let line = |turn: u32, question: &str, remembered: &str| {
        format!(
            r#"{{"format":1,"session":"s","pinned":{{"agent":"policy-qa","request":{{"question":"{question}","today":"2026-11-21","history":[],"role":"citizen","turn":{turn},"seed":0}},"remembered":{remembered}}}}}"#
        )
    };
    let lines = [line(1, ASKED, "[]"), line(2, "那第4号事项呢？", "[1]")].join("\n");
    sandbox.write("s.jsonl", lines);
    let (report, _) = replayed(&sandbox, &["s.jsonl", "--data", "d"]);
    assert_eq!(verdicts(&report), ["unanswered", "unanswered"], "{report}");
    let renewed = sandbox.json(&["replay", "s.jsonl", "--data", "d", "--renew", "--json"]);
    assert_eq!(renewed["changed"].as_array().unwrap().len(), 2);
    let (report, code) = replayed(&sandbox, &["s.jsonl", "--data", "d"]);
    assert_eq!((verdicts(&report), code), (vec!["same", "same"], 0));
    let renewed = sandbox.json(&["replay", "s.jsonl", "--data", "d", "--renew", "--json"]);
    assert_eq!(renewed["changed"], json!([]));
    assert!(
        sandbox
            .entries()
            .iter()
            .all(|name| !name.ends_with(".part"))
    );
}

#[test]
fn wrong_words_are_told() {
    let sandbox = with_corpus();
    sandbox
        .run(&["replay", "7..3", "--data", "d"])
        .failed(2, &["`7..3` is no range", "hint: "]);
    sandbox
        .run(&["replay", "x", "--renew", "--data", "d"])
        .failed(2, &["`--renew` is for a file"]);
    let nothing = Sandbox::in_files().run(&["replay", "1..3", "--data", "d"]);
    nothing.failed(1, &["nothing is recorded", "hint: "]);
    ask(&sandbox, ASKED, None);
    sandbox
        .run(&["replay", "x", "--data", "d"])
        .failed(1, &["there is no conversation `x`"]);
    let beyond = sandbox.run(&["replay", "5000..6000", "--data", "d"]);
    beyond.failed(
        1,
        &[
            "no turn has a record from 5000 to 6000",
            "hint: the log has ",
        ],
    );
    let absent = sandbox.run(&["replay", "no.jsonl", "--data", "d"]);
    absent.failed(1, &["cannot read `no.jsonl`", "--save FILE.jsonl"]);
    sandbox.write("bad.jsonl", "\n{\"format\":1}\n");
    let bad = sandbox.run(&["replay", "bad.jsonl", "--data", "d"]);
    bad.failed(1, &["bad.jsonl:2: no recording"]);
}
