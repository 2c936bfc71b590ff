//! Ingestion: nothing lost, nothing twice, nothing half.

use std::fs;

use corpora::ingest::{ingest, inputs};
use corpora::{Error, Index, Manifest};
use tempfile::tempdir;

use crate::{ingest_folder, rule};

#[test]
fn unchanged_files_are_left_alone() {
    let (folder, data) = (tempdir().unwrap(), tempdir().unwrap());
    for number in 0..20 {
        fs::write(
            folder.path().join(format!("{number}.md")),
            rule(
                &format!("第{number}号办法"),
                "2024-01-01",
                "",
                &["甲。", "乙。"],
            ),
        )
        .unwrap();
    }
    let first = ingest_folder(data.path(), folder.path()).unwrap();
    assert_eq!((first.new, first.unchanged, first.documents), (20, 0, 20));
    let size = |path: &std::path::Path| fs::read_dir(path).unwrap().count();
    let files = size(&data.path().join("test/engine"));
    let again = ingest_folder(data.path(), folder.path()).unwrap();
    assert_eq!(
        (again.new, again.unchanged, again.passages),
        (0, 20, first.passages)
    );
    assert_eq!(again.ledger, first.ledger);
    assert_eq!(
        size(&data.path().join("test/engine")),
        files,
        "nothing was written"
    );
}

#[test]
fn every_character_is_in_the_ledger() {
    let (folder, data) = (tempdir().unwrap(), tempdir().unwrap());
    let text = rule(
        "某某办法",
        "2024-01-01",
        "",
        &["第一款。\n\n第二款。", "（一）甲；\n\n（二）乙。"],
    );
    fs::write(folder.path().join("a.md"), &text).unwrap();
    let report = ingest_folder(data.path(), folder.path()).unwrap();
    assert_eq!(report.ledger.characters, text.chars().count());
    assert_eq!(
        report.ledger.in_passages + report.ledger.dropped.values().sum::<usize>(),
        report.ledger.characters
    );
}

#[test]
fn a_new_revision_keeps_the_old_one() {
    let (folder, data) = (tempdir().unwrap(), tempdir().unwrap());
    let file = folder.path().join("a.md");
    fs::write(
        &file,
        rule("某某办法", "2020-01-01", "", &["补贴为一百元。"]),
    )
    .unwrap();
    ingest_folder(data.path(), folder.path()).unwrap();
    fs::write(
        &file,
        rule("某某办法", "2024-01-01", "", &["补贴为二百元。"]),
    )
    .unwrap();
    ingest_folder(data.path(), folder.path()).unwrap();
    let index = Index::open(&data.path().join("test"), "test").unwrap();
    let snapshot = index.snapshot().unwrap();
    assert_eq!(snapshot.state.revisions.len(), 2);
    assert_eq!(
        snapshot.validities[0].to, snapshot.validities[1].from,
        "the old text ends when the new one begins"
    );
    let changes = corpora::diff::diff(
        &index.passages(&snapshot, 0).unwrap(),
        &index.passages(&snapshot, 1).unwrap(),
    );
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].clause, "第一条");
}

#[test]
fn a_correction_without_a_new_date_replaces_what_is_seen() {
    let (folder, data) = (tempdir().unwrap(), tempdir().unwrap());
    let file = folder.path().join("a.txt");
    fs::write(
        &file,
        "北京解决率为百分之九十，数据截至二〇二三年底，由市政务服务局统计发布。",
    )
    .unwrap();
    ingest_folder(data.path(), folder.path()).unwrap();
    fs::write(
        &file,
        "北京解决率为百分之九十一，数据截至二〇二三年底，由市政务服务局统计发布。",
    )
    .unwrap();
    ingest_folder(data.path(), folder.path()).unwrap();
    let index = Index::open(&data.path().join("test"), "test").unwrap();
    let snapshot = index.snapshot().unwrap();
    assert!(snapshot.validities[0].replaced && !snapshot.validities[1].replaced);
}

#[test]
fn the_same_text_is_stored_once_whatever_its_encoding_and_script() {
    let (folder, data) = (tempdir().unwrap(), tempdir().unwrap());
    let text = "城市治理需要数据支撑。各部门打破数据孤岛，实现信息共享，提高为民服务的效率和水平，让群众少跑腿。";
    fs::write(folder.path().join("a.txt"), text).unwrap();
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    fs::write(folder.path().join("b.txt"), utf16).unwrap();
    fs::write(
        folder.path().join("c.txt"),
        text.replace("数据", "數據").replace("门", "門"),
    )
    .unwrap();
    let report = ingest_folder(data.path(), folder.path()).unwrap();
    assert_eq!(
        report.documents, 1,
        "{:?} {:?}",
        report.failed, report.ledgers
    );
    assert_eq!(
        report
            .duplicates
            .iter()
            .map(|duplicate| (duplicate.file.as_str(), duplicate.of.as_str()))
            .collect::<Vec<_>>(),
        [("b.txt", "a.txt"), ("c.txt", "a.txt")]
    );
    let index = Index::open(&data.path().join("test"), "test").unwrap();
    assert_eq!(
        index.snapshot().unwrap().state.revisions[0].sources,
        ["a.txt", "b.txt", "c.txt"]
    );
}

#[test]
fn half_a_copied_file_is_stored_once() {
    let (folder, data) = (tempdir().unwrap(), tempdir().unwrap());
    let shared = "数据显示，该市接诉即办改革近六年来共受理群众和企业反映一亿五千万件，解决率和满意率双双提升，群众的获得感、幸福感、安全感明显增强，基层治理效能持续提高。";
    fs::write(folder.path().join("a.txt"), format!("第一篇报道\n\n{shared}\n\n记者在现场看到，大厅里秩序井然，工作人员正在为群众办理业务。\n")).unwrap();
    fs::write(
        folder.path().join("b.txt"),
        format!("第二篇报道\n\n另一座城市的做法有所不同，强调由社区先行协商解决。\n\n{shared}\n"),
    )
    .unwrap();
    let report = ingest_folder(data.path(), folder.path()).unwrap();
    assert_eq!(report.documents, 2);
    let duplicate = report
        .ledger
        .dropped
        .get(&corpora::source::DropReason::Duplicate)
        .copied()
        .unwrap_or(0);
    assert_eq!(duplicate, shared.chars().count());
    let index = Index::open(&data.path().join("test"), "test").unwrap();
    assert_eq!(
        index.snapshot().unwrap().state.revisions[0].sources,
        ["a.txt", "b.txt"]
    );
}

#[test]
fn a_bad_file_is_named_and_the_rest_goes_on() {
    let (folder, data) = (tempdir().unwrap(), tempdir().unwrap());
    fs::write(folder.path().join("d.doc"), b"old").unwrap();
    fs::write(folder.path().join("a.docx"), b"not a package").unwrap();
    fs::write(
        folder.path().join("b.md"),
        rule("某某办法", "2024-01-01", "", &["甲。"]),
    )
    .unwrap();
    fs::write(
        folder.path().join("c.md"),
        "---\neffective_date: 2024-13-40\n---\n正文。",
    )
    .unwrap();
    let report = ingest_folder(data.path(), folder.path()).unwrap();
    assert_eq!(report.documents, 1);
    let failed: Vec<&str> = report
        .failed
        .iter()
        .map(|failed| failed.file.as_str())
        .collect();
    assert_eq!(failed, ["a.docx", "c.md", "d.doc"]);
    assert!(
        report.failed[1].reason.contains("effective_date"),
        "{}",
        report.failed[1].reason
    );
}

#[test]
fn stopping_keeps_what_is_done() {
    let (folder, data) = (tempdir().unwrap(), tempdir().unwrap());
    for number in 0..6 {
        fs::write(
            folder.path().join(format!("{number}.md")),
            rule(&format!("第{number}号办法"), "2024-01-01", "", &["甲。"]),
        )
        .unwrap();
    }
    let index = Index::open_or_create(&data.path().join("test"), "test").unwrap();
    let files = inputs(folder.path()).unwrap();
    let stopped = ingest(&index, &files, &Manifest::default(), &mut |progress| {
        progress.done < 3
    });
    assert!(matches!(stopped, Err(Error::Stopped)));
    let report = ingest(&index, &files, &Manifest::default(), &mut |_| true).unwrap();
    assert_eq!((report.unchanged, report.new), (3, 3));
}

#[test]
fn two_writers_are_refused() {
    let (folder, data) = (tempdir().unwrap(), tempdir().unwrap());
    fs::write(
        folder.path().join("a.md"),
        rule("某某办法", "2024-01-01", "", &["甲。"]),
    )
    .unwrap();
    let index = Index::open_or_create(&data.path().join("test"), "test").unwrap();
    let _writer = index.writer().unwrap();
    assert!(matches!(
        ingest_folder(data.path(), folder.path()),
        Err(Error::Locked { .. })
    ));
}

#[test]
fn another_tokeniser_is_refused_with_the_command_that_rebuilds() {
    let (folder, data) = (tempdir().unwrap(), tempdir().unwrap());
    fs::write(
        folder.path().join("a.md"),
        rule("某某办法", "2024-01-01", "", &["甲。"]),
    )
    .unwrap();
    ingest_folder(data.path(), folder.path()).unwrap();
    let manifest = data.path().join("test/manifest.json");
    let text = fs::read_to_string(&manifest)
        .unwrap()
        .replace(corpora::fold::VERSION, "words-0");
    fs::write(&manifest, text).unwrap();
    let error = Index::open(&data.path().join("test"), "test")
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("words-0") && error.contains("--rebuild"),
        "{error}"
    );
}

#[test]
fn a_damaged_state_is_detected() {
    let (folder, data) = (tempdir().unwrap(), tempdir().unwrap());
    fs::write(
        folder.path().join("a.md"),
        rule("某某办法", "2024-01-01", "", &["甲。"]),
    )
    .unwrap();
    ingest_folder(data.path(), folder.path()).unwrap();
    let state = fs::read_dir(data.path().join("test"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().contains("state-"))
        .unwrap();
    let text = fs::read_to_string(&state).unwrap().replace("某某", "某甲");
    fs::write(&state, text).unwrap();
    assert!(matches!(
        Index::open(&data.path().join("test"), "test"),
        Err(Error::Mismatch { .. })
    ));
}

#[test]
fn names_that_could_leave_the_folder_are_refused() {
    let data = tempdir().unwrap();
    for name in ["", "../x", "a/b", "A", "a b"] {
        assert!(
            matches!(
                Index::open_or_create(&data.path().join("x"), name),
                Err(Error::Name { .. })
            ),
            "{name}"
        );
    }
}
