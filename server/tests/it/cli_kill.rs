//! `ingest` is killed at random points; what it leaves is whole, and going on leads to the same corpus.

use std::process::Stdio;
use std::time::{Duration, Instant};

use corpora::Index;
use serde_json::Value;

use crate::sandbox::{Sandbox, regulation};

const KILLS: usize = 20;

/// Enough passages for several commits.
const DOCUMENTS: usize = 120;
const ARTICLES: usize = 90;

/// Identifiers of all passages, having seen that every document is whole.
fn passages(sandbox: &Sandbox, data: &str) -> Vec<String> {
    let folder = sandbox.path(data).join("corpora/mine");
    if !folder.join("manifest.json").exists() {
        return Vec::new();
    }
    let index = Index::open(&folder, "mine").unwrap();
    let snapshot = index.snapshot().unwrap();
    let mut ids = Vec::new();
    for revision in &snapshot.state.revisions {
        let passages = index.passages(&snapshot, revision.ordinal).unwrap();
        assert_eq!(
            passages.len(),
            revision.passages as usize,
            "{} is not whole",
            revision.document
        );
        assert_eq!(passages.len(), ARTICLES);
        ids.extend(passages.into_iter().map(|passage| passage.id));
    }
    ids
}

fn totals(report: &Value) -> Value {
    serde_json::json!([
        report["documents"],
        report["passages"],
        report["ledger"],
        report["duplicates"],
        report["failed"]
    ])
}

/// A fixed series of numbers below `bound`; the same kills in every run.
fn numbers(bound: u64) -> impl Iterator<Item = u64> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    std::iter::from_fn(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        Some(state % bound)
    })
}

#[test]
fn killed_at_any_point_it_goes_on() {
    let sandbox = Sandbox::new();
    for number in 0..DOCUMENTS {
        sandbox.write(
            &format!("p/rule-{number:03}.md"),
            regulation(&format!("第{number}类"), ARTICLES),
        );
    }
    let started = Instant::now();
    let unbroken = sandbox.json(&[
        "ingest", "p", "--corpus", "mine", "--data", "unbroken", "--json",
    ]);
    let whole = u64::try_from(started.elapsed().as_millis()).unwrap();
    let expected = passages(&sandbox, "unbroken");
    assert_eq!(expected.len(), DOCUMENTS * ARTICLES);
    let (mut killed, mut partial, mut corpus, mut delays) = (0, 0, 0, numbers(whole));
    while killed < KILLS && corpus < 4 * KILLS {
        let data = format!("broken-{corpus}");
        let delay = delays.next().unwrap();
        let mut command = sandbox.command();
        command
            .args(["ingest", "p", "--corpus", "mine", "--data", &data, "--json"])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        let _ = child.kill();
        let ended = child.wait().unwrap().success();
        let kept = passages(&sandbox, &data);
        assert_eq!(kept, expected[..kept.len()], "after {delay} ms");
        if ended {
            // Every kill has to find work, so the next ones are of another corpus.
            assert_eq!(kept.len(), expected.len());
            corpus += 1;
        } else {
            killed += 1;
            partial += usize::from(!kept.is_empty());
        }
    }
    let last = format!("broken-{corpus}");
    let report = sandbox.json(&["ingest", "p", "--corpus", "mine", "--data", &last, "--json"]);
    assert_eq!(totals(&report), totals(&unbroken));
    assert_eq!(passages(&sandbox, &last), expected);
    // Those that came to their end after kills are the same, too.
    for finished in 0..corpus {
        let report = sandbox.json(&[
            "ingest",
            "p",
            "--corpus",
            "mine",
            "--data",
            &format!("broken-{finished}"),
            "--json",
        ]);
        assert_eq!(
            (totals(&report), &report["new"]),
            (totals(&unbroken), &0.into())
        );
    }
    println!(
        "{killed} kills, {partial} of them after a part was stored; an unbroken run took {whole} ms"
    );
    assert_eq!(killed, KILLS, "the runs were too short to be killed");
}
