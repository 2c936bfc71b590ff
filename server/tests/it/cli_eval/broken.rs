//! Runs that break off, models that misbehave, disks that are full, logs from elsewhere.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{eval, journal, lines, scored, with_suite, with_words};
use crate::sandbox::{Ran, Sandbox, names};

const CASES: usize = 4_000;
const KILLS: usize = 12;

/// Samples of a journal by case, without what no two runs share.
fn samples(file: &Path) -> BTreeMap<String, Value> {
    let text = std::fs::read_to_string(file).unwrap();
    let records = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let samples = records.filter(|record| record["record"] == "sample");
    samples
        .map(|mut sample| {
            for key in ["seconds", "cpu_seconds"] {
                sample.as_object_mut().unwrap().remove(key);
            }
            (sample["id"].as_str().unwrap().to_owned(), sample)
        })
        .collect()
}

/// A fixed series of numbers below `bound`; the same kills in every run.
fn numbers(bound: u64) -> impl Iterator<Item = u64> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    std::iter::from_fn(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        Some(state % bound)
    })
}

const RUN: [&str; 11] = [
    "--root",
    "root",
    "--data",
    "d",
    "eval",
    "run",
    "words",
    "--model",
    "script:s.jsonl",
    "--json",
    "--seed",
];

/// Runs, is killed after `delay`, and says whether it was cut off.
fn killed(sandbox: &Sandbox, seed: &str, delay: Duration) -> bool {
    let mut child = sandbox
        .command()
        .args(RUN)
        .arg(seed)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(delay);
    let running = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    running
}

#[test]
fn killed_at_any_sample_and_resumed_it_equals_an_unbroken_run() {
    let sandbox = Sandbox::new();
    let script = "{\"when\": \"7\", \"reply\": \"no\"}\n{\"when\": \"13\", \"fails\": \"down\"}\n{\"reply\": \"yes\"}\n";
    with_words(&sandbox, CASES, script);
    let began = Instant::now();
    let unbroken = sandbox.run(&[&RUN[..], &["0"]].concat());
    let whole = u64::try_from(began.elapsed().as_millis()).unwrap();
    assert_eq!(unbroken.code, Some(0), "{}", unbroken.err);
    let unbroken = scored(&unbroken);
    let expected = samples(&journal(&sandbox, &unbroken));
    assert_eq!(expected.len(), CASES);

    let (mut resumed, mut delays) = (0, numbers(whole));
    for _ in 0..KILLS {
        // Each has a folder of its own, so that nothing else could be taken up.
        std::fs::remove_dir_all(sandbox.path("d")).unwrap();
        let delay = Duration::from_millis(delays.next().unwrap());
        let cut_off = killed(&sandbox, "0", delay);
        let folder = sandbox.path("d/evals");
        let journals = if folder.exists() {
            names(&folder)
        } else {
            Vec::new()
        };
        if !cut_off || journals.is_empty() {
            std::fs::create_dir_all(sandbox.path("d")).unwrap();
            continue;
        }
        let ran = sandbox.run(&[&RUN[..], &["0", "--resume"]].concat());
        if ran.code != Some(0) {
            // Killed before its first line was whole, or after its last.
            ran.failed(1, &["there is no run of `words` to go on with"]);
            continue;
        }
        resumed += 1;
        let ran = scored(&ran);
        assert_eq!(ran["metrics"], unbroken["metrics"]);
        assert_eq!(samples(&journal(&sandbox, &ran)), expected);
        assert!(sandbox.path(ran["log"].as_str().unwrap()).exists());
    }
    assert!(
        resumed >= 1,
        "only {resumed} of {KILLS} were cut off in the middle"
    );
    // Another seed asks for other samples.
    let other = sandbox.run(&[&RUN[..], &["1", "--resume"]].concat());
    other.failed(1, &["there is no run of `words` to go on with", "hint: "]);
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_is_done() {
    let sandbox = Sandbox::new();
    with_words(&sandbox, 40_000, "{\"reply\": \"yes\"}\n");
    let child = sandbox
        .command()
        .args(RUN)
        .arg("0")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let began = Instant::now();
    let is_begun = || {
        let folder = sandbox.path("d/evals");
        folder.exists()
            && names(&folder).iter().any(|name| {
                folder
                    .join(name)
                    .metadata()
                    .is_ok_and(|it| it.len() > 10_000)
            })
    };
    while !is_begun() {
        assert!(began.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(5));
    }
    let killed = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    let stopped = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(stopped.code, Some(130), "{}", stopped.err);
    assert!(stopped.err.contains("--resume"), "{}", stopped.err);
    let resumed = sandbox.run(&[&RUN[..], &["0", "--resume"]].concat());
    assert_eq!(resumed.code, Some(0), "{}", resumed.err);
    assert_eq!(scored(&resumed)["metrics"]["accuracy"]["n"], 40_000);
}

#[test]
fn a_model_that_misbehaves_is_a_case_without_an_answer() {
    let sandbox = Sandbox::new();
    let script = "{\"when\": \"question 0\", \"stalls\": \"ye\"}\n{\"when\": \"question 1\", \"cut\": \"ye\"}\n\
        {\"when\": \"question 2\", \"fails\": \"down\"}\n{\"when\": \"question 3\", \"endless\": \"x\"}\n{\"reply\": \"yes\"}\n";
    with_words(&sandbox, 6, script);
    sandbox.write("c.toml", "[models]\ntotal_s = 1\n");
    let began = Instant::now();
    let ran = sandbox.run(&[&RUN[..], &["0", "--config", "c.toml"]].concat());
    assert!(began.elapsed() < Duration::from_secs(30));
    let ran = scored(&ran);
    assert_eq!(ran["metrics"]["accuracy"]["value"], 2.0 / 6.0);
    let samples = samples(&journal(&sandbox, &ran));
    let error = |id: &str| samples[id]["error"].as_str().unwrap_or_default().to_owned();
    assert!(error("w0").contains("took too long"), "{}", error("w0"));
    assert!(error("w1").contains("broke off"), "{}", error("w1"));
    assert!(error("w2").contains("down"), "{}", error("w2"));
    assert!(!error("w3").is_empty());
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_named_and_what_was_written_counts() {
    let sandbox = Sandbox::new();
    with_words(&sandbox, 500, "{\"reply\": \"yes\"}\n");
    // No file may become longer than 32 KiB; the signal for it is ignored, so that the write fails as on a full disk.
    let limited = sandbox
        .wrapped("sh")
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\"",
            env!("CARGO_BIN_EXE_chengzhi"),
        ])
        .args(RUN)
        .arg("0")
        .output()
        .unwrap();
    Ran::from(limited).failed(1, &["d/evals/", ".jsonl"]);
    let resumed = sandbox.run(&[&RUN[..], &["0", "--resume"]].concat());
    assert_eq!(resumed.code, Some(0), "{}", resumed.err);
    assert!(resumed.err.contains("going on with"), "{}", resumed.err);
    let resumed = scored(&resumed);
    assert_eq!(resumed["metrics"]["accuracy"]["n"], 500);
    assert_eq!(samples(&journal(&sandbox, &resumed)).len(), 500);
}

#[test]
fn a_log_of_a_newer_version_is_refused_by_name() {
    let sandbox = with_suite();
    let ran = scored(&eval(
        &sandbox,
        &["run", "lamps", "--model", "off", "--json"],
    ));
    let text = std::fs::read_to_string(journal(&sandbox, &ran)).unwrap();
    sandbox.write(
        "newer.jsonl",
        text.replacen("\"format\":1", "\"format\":2", 1),
    );
    for command in [
        &["diff", "newer.jsonl", "newer.jsonl"][..],
        &["export", "newer.jsonl", "--format", "markdown"],
        &["report", "newer.jsonl", "--out", "r.html"],
        &["gate", "--log", "newer.jsonl"],
    ] {
        eval(&sandbox, command).failed(1, &["newer.jsonl", "format 2", "a newer one"]);
    }
    assert!(!sandbox.path("r.html").exists());
    let cut = &text.as_bytes()[..text.len() / 2];
    sandbox.write("cut.jsonl", cut);
    let exported = eval(&sandbox, &["export", "cut.jsonl", "--format", "jsonl"]);
    assert_eq!(exported.code, Some(0), "{}", exported.err);
    sandbox.write("garbage.jsonl", lines(&[Value::Null]));
    eval(&sandbox, &["diff", "garbage.jsonl", "cut.jsonl"]).failed(1, &["garbage.jsonl"]);
}
