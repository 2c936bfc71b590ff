use std::fs;
use std::io::Write;

use ::zip::write::SimpleFileOptions;
use ::zip::{CompressionMethod, ZipWriter};
use rstest::rstest;

use super::*;
use crate::log::examples;
use crate::log::inspect::{write_archive, write_document};
use crate::log::{Log, replace};
use crate::record::Status;

/// Logs that Inspect reads. They are not part of the repository.
fn shared() -> Option<PathBuf> {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/evals/inspect_example");
    if !folder.is_dir() {
        assert!(
            std::env::var_os("CI").is_none(),
            "{} is absent",
            folder.display()
        );
        eprintln!("skipped: {} is absent", folder.display());
        return None;
    }
    Some(folder)
}

/// Reads all of a log.
fn read(path: &Path) -> Result<(Log, Vec<Sample>), Error> {
    let log = Log::open(path)?;
    let samples = log.samples()?.collect::<Result<_, _>>()?;
    Ok((log, samples))
}

/// What is wrong with `content`, without the folder it lies in.
fn refused(content: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    fs::write(&path, content).unwrap();
    let error = read(&path).unwrap_err().to_string();
    error.replace(&format!("{}/", folder.path().display()), "")
}

fn zipped(method: CompressionMethod, members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, content) in members {
        zip.start_file(*name, options).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const START: &str = r#"{"version":2,"status":"started","eval":{"created":"2026-01-02T03:04:05","task":"t","model":"m"}}"#;

#[rstest]
#[case("2026-01-02T03-04-05+00-00_gov-toolcall_Task1.json")]
#[case("2026-01-02T03-04-05+00-00_gov-toolcall_TaskA.eval")]
fn logs_that_inspect_reads_are_read(#[case] name: &str) {
    let Some(folder) = shared() else { return };
    let (log, samples) = read(&folder.join(name)).unwrap();
    assert_eq!(
        (log.header.suite.as_str(), log.header.total),
        ("gov_toolcall", 6)
    );
    assert_eq!(log.header.model.as_deref(), Some("local/qwen"));
    let ended = log.ended.unwrap();
    assert_eq!((ended.status, ended.seconds), (Status::Success, 4.0));
    let metric = ended.metrics["ast"];
    assert_eq!((metric.value, metric.n), (2.0 / 3.0, 3));
    assert!((metric.value - metric.low - 1.96 * 0.17).abs() < 1e-4);
    assert_eq!(samples.len(), 6);
    let passed = samples
        .iter()
        .filter(|sample| sample.grades["ast"].value == Some(1.0));
    assert_eq!(passed.count(), 4);
    let sample = &samples[0];
    assert_eq!((sample.id.as_str(), sample.epoch), ("bfcl-1", 1));
    assert_eq!(
        (sample.r#type.as_str(), sample.cluster.as_str()),
        ("simple", "simple")
    );
    assert_eq!(sample.input, "路灯坏了，请派单");
    assert_eq!(sample.usage.input_tokens, 120);
    assert!(
        sample.output.contains("dispatch_work_order"),
        "{}",
        sample.output
    );
}

#[test]
fn the_smallest_log_is_read() {
    let Some(folder) = shared() else { return };
    let (log, samples) = read(&folder.join("minimal.json")).unwrap();
    assert_eq!(log.header.model.as_deref(), Some("local/qwen"));
    assert_eq!(
        (log.ended.unwrap().status, samples.len()),
        (Status::Success, 0)
    );
}

#[test]
fn keys_may_stand_in_any_order_and_be_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let text = r#" {"samples":[{"id":1,"epoch":1,"input":"\ud83d","target":"","choices":["a"],
        "scores":{"s":{"value":NaN,"history":[]}},"events":[{"event":"of tomorrow"}],"attachments":{}}],
        "eval":{"created":"2026-01-02T03:04:05","task":"inspect_evals/t","model":"none/none","task_version":0,
        "config":{"limit":[1,3]}},"x":NaN,"status":"started","reductions":null}"#;
    fs::write(&path, text).unwrap();
    let (log, samples) = read(&path).unwrap();
    assert_eq!((log.header.suite.as_str(), log.header.model), ("t", None));
    assert_eq!(log.ended, None);
    assert_eq!(samples[0].input, "\\ud83d");
    assert_eq!(samples[0].grades["s"].value, None);
}

#[rstest]
#[case::newer(
    r#"{"version":3,"eval":7}"#,
    "log: the log has version 3 of Inspect's schema, and this program knows 2\nhint: read it with a newer version of this program"
)]
#[case::older(
    r#"{"version":1}"#,
    "hint: `inspect log convert` makes a log of today of it"
)]
#[case::odd(r#"{"version":"two"}"#, "version \"two\"")]
#[case::empty("", "log: the log ends in the middle")]
#[case::text(
    "hello",
    "log: this is neither a journal nor a log of Inspect: `h` stands where it may not"
)]
#[case::list("[1]", "neither a journal nor a log of Inspect")]
#[case::no_task(
    r#"{"version":2,"eval":{}}"#,
    "`eval.task` is missing; this is no log of Inspect"
)]
#[case::no_time(
    r#"{"version":2,"eval":{"task":"t","created":"soon"}}"#,
    "`eval.created` is missing or is no time"
)]
#[case::no_archive("PK\u{3}\u{4}", "log: the archive is cut or damaged")]
#[case::our_newer_run(
    r#"{"version":2,"eval":{"metadata":{"format":2,"run":"r","created":"2026-01-02T03:04:05Z","program":"9","suite":"s","title":"t",
    "agent":null,"model":null,"cases":"c","cases_hash":"","total":1,"epochs":1,"seed":1,"today":"2026-01-02","corpora":{},"fingerprint":"f","problems":[]}}}"#,
    "the log is of a run with format 2, and this program knows 1"
)]
fn what_is_no_log_is_refused(#[case] content: &str, #[case] expected: &str) {
    let error = refused(content.as_bytes());
    assert!(error.contains(expected), "{error}");
}

#[test]
fn a_cut_log_is_refused_wherever_it_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::open(&examples::journal(folder.path())).unwrap();
    let path = folder.path().join("log");
    for write in [
        write_archive as fn(&Log, &mut crate::log::Out<'_>) -> _,
        write_document,
    ] {
        replace(&path, |out| write(&log, out)).unwrap();
        let whole = fs::read(&path).unwrap();
        // The document ends with a line feed.
        for at in (0..whole.len() - 1).step_by(37) {
            let error = refused(&whole[..at]);
            assert!(error.contains("hint: copy it again"), "{at}: {error}");
        }
    }
}

#[test]
fn a_changed_byte_of_an_archive_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::open(&examples::journal(folder.path())).unwrap();
    let path = folder.path().join("log.eval");
    replace(&path, |out| write_archive(&log, out)).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let name = bytes
        .windows(8)
        .position(|name| name == b"samples/")
        .unwrap();
    bytes[name + 60] ^= 0x10;
    fs::write(&path, bytes).unwrap();
    let samples: Vec<_> = Log::open(&path).unwrap().samples().unwrap().collect();
    let errors: Vec<_> = samples.iter().filter_map(|it| it.as_ref().err()).collect();
    assert_eq!(errors.len(), 1);
    assert!(
        errors[0].to_string().contains("damaged in the archive"),
        "{}",
        errors[0]
    );
}

/// Inspect itself packs with Zstandard, and leaves no head behind when it is killed.
#[rstest]
#[case(CompressionMethod::Zstd)]
#[case(CompressionMethod::Deflated)]
#[case(CompressionMethod::Stored)]
fn a_killed_run_of_inspect_is_read(#[case] method: CompressionMethod) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.eval");
    let members: [(&str, &[u8]); 3] = [
        ("_journal/start.json", START.as_bytes()),
        (
            "samples/a_epoch_1.json",
            br#"{"id":"a","epoch":1,"input":"x","target":["1","2"]}"#,
        ),
        ("samples/readme.txt", b"?"),
    ];
    fs::write(&path, zipped(method, &members)).unwrap();
    let (log, samples) = read(&path).unwrap();
    assert_eq!(log.ended, None);
    assert_eq!(samples[0].target, "1\n2");
    assert_eq!(samples.len(), 1);
}

#[test]
fn an_archive_without_a_run_is_refused() {
    let bytes = zipped(
        CompressionMethod::Deflated,
        &[("word/document.xml", b"<a/>")],
    );
    let error = refused(&bytes);
    assert!(
        error.contains("`_journal/start.json` is absent or damaged"),
        "{error}"
    );
}

#[test]
fn an_archive_unpacks_to_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.eval");
    let sample = format!(r#"{{"id":"a","epoch":1,"input":"{}"}}"#, "0".repeat(1_000));
    let members: Vec<_> = ["samples/a.json", "samples/b.json", "samples/c.json"]
        .map(|name| (name, sample.as_bytes()))
        .to_vec();
    fs::write(&path, zipped(CompressionMethod::Deflated, &members)).unwrap();
    let read = |largest, all| {
        let samples = samples_within(&path, largest, all).unwrap();
        samples
            .map(|sample| sample.map_err(|error| error.to_string()))
            .collect::<Result<Vec<_>, _>>()
    };
    let size = sample.len() as u64;
    assert_eq!(read(size, 3 * size).unwrap().len(), 3);
    let error = read(size - 1, 3 * size).unwrap_err();
    assert!(
        error.contains("`samples/a.json` unpacks to more than"),
        "{error}"
    );
    let error = read(size, 3 * size - 1).unwrap_err();
    assert!(
        error.contains("`samples/c.json` unpacks to more than"),
        "{error}"
    );
}
