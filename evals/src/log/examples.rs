//! A run that the tests of all formats share: what passed, failed, was not scored, broke, and odd characters.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::journal::Journal;
use super::{Log, Out};
use crate::error::Error;
use crate::record::{Ended, FORMAT, Grade, Header, Metric, Sample, Status, Usage};

/// Control characters, quotes, markup, a letter beyond 16 bits and one that XML does not allow.
pub(crate) const ODD: &str = "\0\u{1b}[31m\u{fffe} <&\"'> ]]> \\ud83d 𠮷\u{2028}😀\r\n";

pub(crate) fn header() -> Header {
    Header {
        format: FORMAT,
        run: "Run_1".into(),
        created: "2026-01-02T03:04:05Z".parse().unwrap(),
        program: "0.1.0".into(),
        suite: "policy-qa".into(),
        title: "政策问答".into(),
        agent: Some("policy-qa".into()),
        model: Some("tiny".into()),
        cases: "agents/policy-qa/cases.jsonl".into(),
        cases_hash: "ab".repeat(32),
        total: 6,
        epochs: 2,
        seed: 7,
        today: "2026-11-21".parse().unwrap(),
        corpora: BTreeMap::from([("helan".into(), "r1".into())]),
        fingerprint: "cd".repeat(32),
        problems: Vec::new(),
    }
}

pub(crate) fn sample(id: &str, epoch: u32) -> Sample {
    Sample {
        id: id.into(),
        epoch,
        r#type: "lookup".into(),
        cluster: "押金".into(),
        input: "押金不退怎么办？".into(),
        target: "第三条".into(),
        output: "可以向街道投诉。".into(),
        answer: json!({"status": "answered", "score": 0.25}),
        grades: BTreeMap::from([
            ("citation".into(), Grade::of(true)),
            (
                "content".into(),
                Grade {
                    answer: Some("投诉".into()),
                    ..Grade::share(0.75).because("3 of 4")
                },
            ),
        ]),
        usage: Usage {
            input_tokens: 120,
            output_tokens: 30,
        },
        seconds: 0.5,
        cpu_seconds: Some(0.25),
        error: None,
    }
}

pub(crate) fn samples() -> Vec<Sample> {
    let failed = Sample {
        grades: BTreeMap::from([
            (
                "citation".into(),
                Grade::of(false).because("第三条 <未引用>"),
            ),
            ("content".into(), Grade::share(f64::NAN)),
        ]),
        ..sample("法/第一条", 2)
    };
    let broken = Sample {
        output: String::new(),
        answer: json!(null),
        grades: BTreeMap::from([("citation".into(), Grade::of(false))]),
        usage: Usage::default(),
        cpu_seconds: None,
        error: Some("断线 <timeout>".into()),
        ..sample("断", 1)
    };
    let odd = Sample {
        input: ODD.into(),
        output: ODD.into(),
        grades: BTreeMap::new(),
        r#type: "odd".into(),
        ..sample("7", 1)
    };
    vec![
        sample("法/第一条", 1),
        failed,
        broken,
        Sample {
            epoch: 2,
            ..sample("断", 2)
        },
        odd.clone(),
        Sample { epoch: 2, ..odd },
    ]
}

pub(crate) fn ended() -> Ended {
    let metric = |value, n| Metric {
        value,
        low: value - 0.1,
        high: value + 0.1,
        n,
    };
    Ended {
        time: "2026-01-02T03:04:35.5Z".parse().unwrap(),
        status: Status::Success,
        error: None,
        seconds: 30.5,
        cpu_seconds: 1.5,
        metrics: BTreeMap::from([
            ("citation".into(), metric(0.5, 4)),
            ("citation.lookup".into(), metric(0.5, 4)),
            ("content".into(), metric(0.75, 2)),
            ("ece".into(), metric(0.2, 6)),
        ]),
    }
}

/// The journal of all this.
pub(crate) fn journal(folder: &Path) -> PathBuf {
    let path = folder.join("run.jsonl");
    let mut journal = Journal::create(&path, &header()).unwrap();
    for sample in samples() {
        journal.append(&sample).unwrap();
    }
    journal.end(&ended()).unwrap();
    path
}

/// What a format makes of the examples.
pub(crate) fn written(write: fn(&Log, &mut Out<'_>) -> Result<(), Error>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::open(&journal(folder.path())).unwrap();
    written_of(&log, write)
}

/// What a format makes of a log.
pub(crate) fn written_of(log: &Log, write: fn(&Log, &mut Out<'_>) -> Result<(), Error>) -> String {
    let mut bytes = Vec::new();
    let mut out = Out {
        name: Path::new("out"),
        to: &mut bytes,
    };
    write(log, &mut out).unwrap();
    String::from_utf8(bytes).unwrap()
}
