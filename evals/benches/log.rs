//! `cargo bench --workspace --bench log`: seconds to store runs of 5,000 and 20,000 small samples, in each form.
//!
//! `scripts/peers_inspect.py` is the peer: a run of PyPI inspect_ai with its log written.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints and stops at the first fault"
)]
#![allow(missing_docs)]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use evals::log::journal::Journal;
use evals::log::{Log, inspect, junit, replace};
use evals::record::{Ended, FORMAT, Grade, Header, Sample, Status, Usage};
use serde_json::json;

fn main() {
    let folder = std::env::temp_dir().join(format!("chengzhi-log-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for count in [5_000, 20_000] {
        measure(&folder, count);
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

fn measure(folder: &Path, count: usize) {
    let samples: Vec<_> = (0..count).map(sample).collect();
    let path = folder.join(format!("{count}.jsonl"));
    let timed = |what: &str, run: &dyn Fn()| {
        let began = Instant::now();
        run();
        println!(
            "{count} samples, {what}: {:.3} s",
            began.elapsed().as_secs_f64()
        );
    };
    timed("journal written", &|| {
        let mut journal = Journal::create(&path, &header(count)).unwrap();
        for sample in &samples {
            journal.append(sample).unwrap();
        }
        journal.end(&ended()).unwrap();
    });
    timed("journal reopened", &|| {
        assert_eq!(Journal::reopen(&path).unwrap().done.len(), count);
    });
    let log = Log::open(&path).unwrap();
    let archive = folder.join(format!("{count}.eval"));
    timed("archive of Inspect written", &|| {
        replace(&archive, |out| inspect::write_archive(&log, out)).unwrap();
    });
    timed("archive of Inspect read", &|| {
        let log = Log::open(&archive).unwrap();
        assert_eq!(log.samples().unwrap().filter(Result::is_ok).count(), count);
    });
    let document = folder.join(format!("{count}.json"));
    timed("document of Inspect written", &|| {
        replace(&document, |out| inspect::write_document(&log, out)).unwrap();
    });
    timed("document of Inspect read", &|| {
        let log = Log::open(&document).unwrap();
        assert_eq!(log.samples().unwrap().filter(Result::is_ok).count(), count);
    });
    timed("JUnit written", &|| {
        replace(&folder.join("junit.xml"), |out| junit::write(&log, out)).unwrap();
    });
    for path in [&path, &archive, &document] {
        let bytes = path.metadata().unwrap().len();
        println!(
            "{count} samples, {}: {bytes} bytes",
            path.extension().unwrap().display()
        );
    }
}

fn header(total: usize) -> Header {
    Header {
        format: FORMAT,
        run: "bench".into(),
        created: "2026-11-21T08:00:00Z".parse().unwrap(),
        program: env!("CARGO_PKG_VERSION").into(),
        suite: "trivial".into(),
        title: "trivial".into(),
        agent: None,
        model: Some("scripted".into()),
        cases: "trivial.jsonl".into(),
        cases_hash: String::new(),
        total,
        epochs: 1,
        seed: 1,
        today: "2026-11-21".parse().unwrap(),
        corpora: BTreeMap::new(),
        fingerprint: String::new(),
        problems: Vec::new(),
    }
}

fn sample(at: usize) -> Sample {
    Sample {
        id: format!("s{at:05}"),
        epoch: 1,
        r#type: "trivial".into(),
        cluster: format!("s{at:05}"),
        input: format!("第 {at} 个问题：押金不退怎么办？"),
        target: "可以".into(),
        output: "可以向街道办事处投诉，也可以申请调解。".into(),
        answer: json!(null),
        grades: BTreeMap::from([(
            "accuracy".into(),
            Grade::of(at.is_multiple_of(2)).because("the text is compared"),
        )]),
        usage: Usage {
            input_tokens: 12,
            output_tokens: 9,
        },
        seconds: 0.001_25,
        cpu_seconds: Some(0.001),
        error: None,
    }
}

fn ended() -> Ended {
    Ended {
        time: "2026-11-21T08:01:00Z".parse().unwrap(),
        status: Status::Success,
        error: None,
        seconds: 60.0,
        cpu_seconds: 30.0,
        metrics: BTreeMap::new(),
    }
}
