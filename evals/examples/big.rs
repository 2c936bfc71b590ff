#![allow(missing_docs, clippy::unwrap_used)]
use evals::record::*;
use evals::report::*;
use std::io::Write as _;
fn main() {
    let header: Header = serde_json::from_value(serde_json::json!({"format":1,"run":"r","created":"2026-11-26T01:30:00Z","program":"0.1.0","suite":"s","title":"大","agent":null,"model":null,"cases":"c","cases_hash":"h","total":20000,"epochs":1,"seed":1,"today":"2026-11-26","corpora":{},"fingerprint":"f","problems":[]})).unwrap();
    let text = "第三条　在本市行政区域内从事房屋租赁活动，应当遵守本办法。".repeat(4);
    let make = |share: u32| -> Vec<Sample> {
        (0..20_000u32).map(|n| {
            let right = n % 100 >= share;
            let answer = serde_json::json!({"status":"answered","interpreted":"怎么办","as_of":"2026-11-26","sentences":[{"text":text,"citations":["a"]},{"text":text,"citations":["a"]}],"citations":[{"id":"a","title":"办法","path":"第三条","text":text}],"label":"本回答由人工智能生成","aigc":{"Label":"1"}});
            let grades = ["status","citation","content","grounded","faithful"].map(|name| (name.to_owned(), Grade::of(right).because("cited 3")));
            Sample { id: format!("c-{n:05}"), epoch: 1, r#type: format!("t{}", n % 7), cluster: format!("c{n}"), input: format!("问题 {n}：租房怎么备案？"), target: "第三条".into(), output: text.clone(), answer, grades: grades.into(), usage: Usage::default(), seconds: 0.001 * f64::from(n % 97 + 1), cpu_seconds: None, error: None }
        }).collect()
    };
    let run = Run {
        header: header.clone(),
        samples: make(30),
        ended: None,
    };
    let base = Run {
        header,
        samples: make(28),
        ended: None,
    };
    let started = std::time::Instant::now();
    let report = Report {
        runs: vec![Reported {
            run: &run,
            baseline: Some(&base),
            gates: vec![],
        }],
        passing: PASSING,
        zone: jiff::tz::TimeZone::UTC,
    };
    let mut out = std::io::BufWriter::new(std::fs::File::create("target/big.html").unwrap());
    html(&report, |_| serde_json::json!({"Label":"1"}), &mut out).unwrap();
    out.flush().unwrap();
    eprintln!("{:?}", started.elapsed());
}
