//! A full disk: told with its cause, nothing half is left, and with space the same command succeeds.

#![cfg(unix)]

use crate::sandbox::{Ran, Sandbox, regulation};

/// Runs the binary with files bounded to `blocks` of 512 bytes: writes beyond fail as on a full disk.
fn bounded(sandbox: &Sandbox, blocks: usize, arguments: &[&str]) -> Ran {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    sandbox
        .wrapped("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_chengzhi")])
        .args(arguments)
        .output()
        .unwrap()
        .into()
}

#[test]
fn ingestion_recovers() {
    let sandbox = Sandbox::new();
    for number in 0..40 {
        sandbox.write(
            &format!("p/rule-{number}.md"),
            regulation(&format!("第{number}类"), 60),
        );
    }
    let arguments = ["ingest", "p", "--corpus", "mine", "--data", "d", "--json"];
    for blocks in [0, 1, 8, 64] {
        bounded(&sandbox, blocks, &arguments).failed(1, &["error: "]);
        bounded(&sandbox, blocks, &[&arguments[..], &["--rebuild"]].concat())
            .failed(1, &["error: "]);
        assert!(
            !sandbox.path("d/corpora/.mine.new").exists(),
            "half a corpus was left"
        );
    }
    let report = sandbox.json(&arguments);
    assert_eq!(
        (&report["documents"], &report["passages"]),
        (&40.into(), &2400.into())
    );
    let fresh = sandbox.json(&[
        "ingest", "p", "--corpus", "mine", "--data", "fresh", "--json",
    ]);
    assert_eq!(report["ledger"], fresh["ledger"]);
}

#[test]
fn an_answer_that_cannot_be_recorded_is_not_given() {
    let sandbox = Sandbox::in_files();
    sandbox.write("p/lamps.md", regulation("路灯", 5));
    sandbox.json(&["ingest", "p", "--corpus", "mine", "--data", "d", "--json"]);
    let arguments = ["ask", "路灯管理办法第三条", "--data", "d", "--json"];
    sandbox.json(&arguments);
    let before = sandbox.json(&["audit", "verify", "--data", "d", "--json"]);
    bounded(&sandbox, 8, &arguments).failed(1, &["error: "]);
    assert_eq!(
        sandbox.json(&["audit", "verify", "--data", "d", "--json"]),
        before
    );
    sandbox.json(&arguments);
}

/// The same with a disk that is really full, where a small one may be mounted.
#[test]
fn a_small_disk_is_told() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("disk")).unwrap();
    let mount = sandbox
        .wrapped("mount")
        .args(["-t", "tmpfs", "-o", "size=64k", "tmpfs", "disk"])
        .output();
    if !mount.is_ok_and(|mount| mount.status.success()) {
        println!(
            "skipped: no disk may be mounted here; files bounded by `ulimit -f` stand in for it"
        );
        return;
    }
    for number in 0..40 {
        sandbox.write(
            &format!("p/rule-{number}.md"),
            regulation(&format!("第{number}类"), 90),
        );
    }
    let ran = sandbox.run(&["ingest", "p", "--corpus", "mine", "--data", "disk/d"]);
    let unmounted = sandbox.wrapped("umount").arg("disk").status().unwrap();
    assert!(unmounted.success());
    ran.failed(1, &["error: ", "o space left"]);
}
