//! What is promised of the page as a whole: it is well-formed whatever stands in the records, nothing of them acts, it loads
//! nothing, it says what it leaves out, and it is labelled.

mod pieces;

use std::collections::{BTreeMap, HashSet};

use rstest::rstest;
use scraper::{Html, Selector};
use serde_json::json;

use super::*;
use crate::record::{Ended, FORMAT, Grade, Header, Sample, Status, Usage};

pub(in crate::report) fn header() -> Header {
    Header {
        format: FORMAT,
        run: "r1".to_owned(),
        created: "2026-11-26T14:29:48Z".parse().unwrap(),
        program: "0.1.0".to_owned(),
        suite: "policy-qa".to_owned(),
        title: "政策问答".to_owned(),
        agent: Some("policy-qa".to_owned()),
        model: None,
        cases: "agents/policy-qa/cases.jsonl".to_owned(),
        cases_hash: "ab".repeat(32),
        total: 0,
        epochs: 1,
        seed: 1,
        today: "2026-11-26".parse().unwrap(),
        corpora: BTreeMap::from([("helan".to_owned(), "3f9a1c22b07e".to_owned())]),
        fingerprint: "cd".repeat(32),
        problems: vec![],
    }
}

pub(in crate::report) fn sample(id: &str, grades: &[(&str, f64)]) -> Sample {
    Sample {
        id: id.to_owned(),
        epoch: 1,
        r#type: "direct".to_owned(),
        cluster: id.to_owned(),
        input: format!("{id}：怎么上户口？"),
        target: "引用第三条".to_owned(),
        output: "向派出所申报。".to_owned(),
        answer: Value::Null,
        grades: grades
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Grade::share(*value)))
            .collect(),
        usage: Usage::default(),
        seconds: 0.02,
        cpu_seconds: None,
        error: None,
    }
}

pub(in crate::report) fn run(samples: Vec<Sample>) -> Run {
    let header = Header {
        total: samples.len(),
        ..header()
    };
    let (metrics, _) = figures::figures(
        &Run {
            header: header.clone(),
            samples: vec![],
            ended: None,
        },
        &outcome::cases(&samples),
    );
    let ended = Ended {
        time: header.created,
        status: Status::Success,
        error: None,
        seconds: 1.5,
        cpu_seconds: 1.25,
        metrics,
    };
    Run {
        header,
        samples,
        ended: Some(ended),
    }
}

fn page(runs: Vec<Reported<'_>>, passing: usize) -> String {
    let report = Report {
        runs,
        passing,
        zone: TimeZone::UTC,
    };
    let mut page = Vec::new();
    html(
        &report,
        |content| json!({ "Label": "1", "ProduceID": content.chars().count().to_string() }),
        &mut page,
    )
    .unwrap();
    String::from_utf8(page).unwrap()
}

fn alone(run: &Run) -> String {
    page(
        vec![Reported {
            run,
            baseline: None,
            gates: vec![],
        }],
        PASSING,
    )
}

/// Well-formed, closed to the outside, with the same words in both languages and no link that leads nowhere.
fn sound(page: &str) -> Html {
    let document = Html::parse_document(page);
    assert!(document.errors.is_empty(), "{:?}", document.errors);
    let (mut ids, mut links) = (HashSet::new(), Vec::new());
    let mut languages = BTreeMap::<&str, usize>::new();
    for element in document.tree.values().filter_map(|node| node.as_element()) {
        for (name, value) in element.attrs() {
            assert!(
                !name.starts_with("on") && name != "style" && name != "src" && name != "action",
                "{name}={value}"
            );
            match name {
                "href" => links.push(
                    value
                        .strip_prefix('#')
                        .expect("a link within the page")
                        .to_owned(),
                ),
                "id" => assert!(ids.insert(value.to_owned()), "twice: {value}"),
                "lang" if element.name() == "span" => *languages.entry(value).or_default() += 1,
                _ => {}
            }
        }
    }
    for link in links {
        assert!(ids.contains(&link), "{link}");
    }
    assert_eq!(languages.get("zh-Hans"), languages.get("en"));
    assert_eq!(texts(&document, "script").len(), 1);
    assert_eq!(texts(&document, "style").len(), 1);
    assert!(texts(&document, "link, iframe, img, object, embed, base").is_empty());
    document
}

fn texts(document: &Html, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    document
        .select(&selector)
        .map(|element| element.text().collect())
        .collect()
}

fn count(page: &str, selector: &str) -> usize {
    texts(&Html::parse_document(page), selector).len()
}

#[test]
fn a_page_without_runs() {
    let page = page(vec![], PASSING);
    sound(&page);
    assert!(page.contains("没有可以报告的运行") && !page.contains("AIGC"));
}

#[rstest]
#[case::empty(vec![])]
#[case::one(vec![sample("a", &[("citation", 1.0)])])]
#[case::failed(vec![sample("a", &[("citation", 0.0)])])]
#[case::no_grades(vec![sample("a", &[])])]
#[case::no_numbers(vec![sample("a", &[("citation", f64::NAN)])])]
#[case::odd_times(vec![Sample { seconds: f64::NAN, ..sample("a", &[]) }, Sample { seconds: -1.0, ..sample("b", &[]) }])]
#[case::same_id(vec![sample("a", &[("x", 1.0)]), sample("a", &[("x", 0.0)])])]
#[case::no_type(vec![Sample { r#type: String::new(), ..sample("", &[("x.y.z", 0.5)]) }])]
fn any_run_makes_a_page(#[case] samples: Vec<Sample>) {
    let run = run(samples);
    sound(&alone(&run));
    let against_itself = vec![Reported {
        run: &run,
        baseline: Some(&run),
        gates: vec![],
    }];
    let page = page(against_itself, PASSING);
    sound(&page);
    assert!(!page.contains("NaN") && !page.contains(">inf"));
}

#[test]
fn metrics_that_are_no_numbers_are_dashes() {
    let mut run = run(vec![sample("a", &[("citation", 1.0)])]);
    let odd = Metric {
        value: f64::NAN,
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
        n: 0,
    };
    let metrics = &mut run.ended.as_mut().unwrap().metrics;
    metrics.insert("citation".to_owned(), odd);
    metrics.insert("tone".to_owned(), odd);
    metrics.insert("p50_ms".to_owned(), odd);
    metrics.insert("ece".to_owned(), odd);
    let page = alone(&run);
    sound(&page);
    assert!(page.contains("[—, —]") && !page.contains("NaN"));
}

const HOSTILE: &str = "</script></style></title><script>alert(1)</script><img src=x onerror=alert(1)>\" onload=\"x' &amp;<!--\u{202e}\0\u{1b}\r]]>{n}";

/// A record whose every text is hostile.
fn hostile() -> Run {
    let text = || HOSTILE.to_owned();
    let mut sample = Sample {
        id: text(),
        r#type: text(),
        cluster: text(),
        input: text(),
        target: text(),
        output: text(),
        error: Some(text()),
        answer: json!({
            "status": text(), "interpreted": text(), "as_of": text(), "jurisdiction": text(), "lead": text(), "message": text(),
            "sentences": [{ "text": text(), "citations": [text(), "other"], "worded_by": text() }],
            "citations": [{ "id": text(), "title": text(), "path": text(), "text": text(), "effective_from": text(), "effective_to": text() }],
            "missing": [text()], "choices": [text()], "next": [{ "name": text(), "contact": text() }],
            "degraded": text(), "label": text(), "aigc": { "Label": text() },
        }),
        ..sample("a", &[])
    };
    let grade = Grade {
        value: Some(0.5),
        answer: Some(text()),
        explanation: Some(text()),
    };
    sample.grades = BTreeMap::from([(text(), grade.clone()), ("citation".to_owned(), grade)]);
    let other = Sample {
        id: format!("{HOSTILE}2"),
        error: None,
        r#type: "plain".to_owned(),
        ..sample.clone()
    };
    let mut run = run(vec![sample, other]);
    run.header = Header {
        run: text(),
        program: text(),
        suite: text(),
        title: text(),
        agent: Some(text()),
        model: Some(text()),
        cases: text(),
        cases_hash: text(),
        corpora: BTreeMap::from([(text(), text())]),
        fingerprint: text(),
        problems: vec![text()],
        ..run.header
    };
    let ended = run.ended.as_mut().unwrap();
    (ended.status, ended.error) = (Status::Error, Some(text()));
    run
}

#[test]
fn hostile_texts_do_nothing() {
    let run = hostile();
    let mut baseline = run.clone();
    baseline.header.suite = format!("{HOSTILE}2");
    for sample in &mut baseline.samples {
        sample
            .grades
            .values_mut()
            .for_each(|grade| grade.value = Some(1.0));
    }
    let gate = Judged {
        metric: HOSTILE.to_owned(),
        subject: Subject::Run,
        limit: Limit::AtLeast(0.5),
        decision: None,
        holds: None,
    };
    let page = page(
        vec![
            Reported {
                run: &run,
                baseline: Some(&baseline),
                gates: vec![gate]
            };
            2
        ],
        PASSING,
    );
    let document = sound(&page);
    assert!(!page.contains(['\0', '\u{1b}', '\u{202e}', '\r']));
    assert!(!page.contains("<script>alert") && !page.contains("<img"));
    let said = texts(&document, ".body .said").concat();
    assert!(
        said.contains("<script>alert(1)</script>") && said.contains("[U+202E]␀␛␍"),
        "{said}"
    );
}

#[test]
fn only_our_script_and_style_are_allowed() {
    let document = sound(&alone(&hostile()));
    let policy = Selector::parse("meta[http-equiv=Content-Security-Policy]").unwrap();
    let policy = document
        .select(&policy)
        .next()
        .unwrap()
        .attr("content")
        .unwrap()
        .to_owned();
    for (name, kind) in [("script", "script-src"), ("style", "style-src")] {
        use sha2::Digest as _;
        let digest = sha2::Sha256::digest(texts(&document, name)[0].as_bytes());
        assert!(policy.contains(&format!("{kind} 'sha256-{}'", page::base64(&digest))));
    }
    assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"));
}

#[test]
fn nothing_is_fetched() {
    let page = alone(&run(vec![sample("a", &[("citation", 0.0)])]));
    for outside in ["http:", "https:", "//", "url(", "@import", "src="] {
        let ours = page.replace("// ", "");
        assert!(!ours.contains(outside), "{outside}");
    }
}

#[test]
fn long_answers_are_cut_and_say_so() {
    let long = "和澜".repeat(25_000);
    let run = run(vec![Sample {
        output: long.clone(),
        input: long,
        ..sample("a", &[("citation", 0.0)])
    }]);
    let page = alone(&run);
    sound(&page);
    assert!(page.len() < 120_000, "{}", page.len());
    assert!(page.contains("还有 46,000 个字"));
}

#[test]
fn all_failing_cases_and_some_passing_ones() {
    let number = |number: usize| {
        let grade = f64::from(u8::from(number % 100 != 7));
        sample(&format!("c{number}"), &[("citation", grade)])
    };
    let run = run((0..2_000).map(number).collect());
    let page = page(
        vec![Reported {
            run: &run,
            baseline: None,
            gates: vec![],
        }],
        30,
    );
    sound(&page);
    assert_eq!(count(&page, "li.case"), 50);
    assert_eq!(count(&page, "li.case[data-outcome=failing]"), 20);
    assert!(
        page.contains(
            "全部 20 个未通过、不稳定或没有评分的用例，以及 30 个通过的用例；另有 1,950 个"
        )
    );
    assert!(page.contains("data-outcome=\"failing\"") && page.find("c7：") < page.find("c0："));
}

#[test]
fn unfinished_runs_say_so() {
    let whole = run(vec![
        sample("a", &[("citation", 1.0)]),
        sample("b", &[("citation", 1.0)]),
    ]);
    let warnings = |change: fn(&mut Run)| {
        let mut run = whole.clone();
        change(&mut run);
        texts(&sound(&alone(&run)), ".warnings li > span[lang=zh-Hans]").join(" / ")
    };
    assert_eq!(warnings(|_| {}), "");
    insta::assert_snapshot!(warnings(|run| run.ended = None), @"日志没有结尾：运行被中断，或者还在进行。以下只是已完成的部分。 / 日志中没有指标，以下由样本算出。");
    insta::assert_snapshot!(warnings(|run| {
        run.ended.as_mut().unwrap().status = Status::Cancelled;
        run.samples.pop();
    }), @"运行被取消，以下只是已完成的部分。 / 应有 2 个样本，只有 1 个。");
    insta::assert_snapshot!(warnings(|run| {
        let ended = run.ended.as_mut().unwrap();
        (ended.status, ended.error) = (Status::Error, Some("磁盘已满".to_owned()));
        run.header.problems.push("cases.jsonl:3: no id".to_owned());
    }), @"运行出错而停止：磁盘已满 / 1 个用例无法读取，没有计入；这样的运行不能作为基线。");
}

#[test]
fn generated_text_is_labelled() {
    let mut run = run(vec![sample("a", &[("citation", 1.0)])]);
    let label = |run: &Run| {
        let page = alone(run);
        let document = sound(&page);
        let meta = Selector::parse("meta[name=AIGC]").unwrap();
        let meta = document
            .select(&meta)
            .next()
            .map(|meta| meta.attr("content").unwrap().to_owned());
        assert_eq!(
            page.matches("由人工智能生成，仅供参考").count(),
            2 * usize::from(meta.is_some())
        );
        meta
    };
    assert_eq!(label(&run), None);
    run.header.model = Some("qwen".to_owned());
    assert_eq!(label(&run).unwrap(), r#"{"Label":"1","ProduceID":"7"}"#);
    run.header.model = None;
    run.samples[0].answer = json!({ "sentences": [], "label": "由人工智能生成", "aigc": { "Label": "1", "ProduceID": "x" } });
    assert!(label(&run).is_some());
    let data = Selector::parse(".answer .label data").unwrap();
    let document = Html::parse_document(&alone(&run));
    let metadata = document
        .select(&data)
        .next()
        .unwrap()
        .attr("value")
        .unwrap()
        .to_owned();
    assert_eq!(metadata, r#"{"AIGC":{"Label":"1","ProduceID":"x"}}"#);
}

#[test]
fn several_runs_have_a_table_and_links() {
    let run = run(vec![
        sample("a", &[("citation", 1.0)]),
        sample("b", &[("citation", 0.0)]),
    ]);
    let page = page(
        vec![
            Reported {
                run: &run,
                baseline: Some(&run),
                gates: vec![]
            };
            3
        ],
        PASSING,
    );
    sound(&page);
    assert_eq!(count(&page, ".overview tbody tr"), 3);
    assert_eq!(count(&page, "article"), 3);
}

#[test]
fn a_calibration_plot_needs_confidence_and_ece() {
    let number = |number: u32| {
        let (confidence, right) = (f64::from(number) / 40.0, f64::from(number % 2));
        sample(
            &format!("c{number}"),
            &[("confidence", confidence), ("accuracy", right)],
        )
    };
    let mut run = run((0..40).map(number).collect());
    assert_eq!(count(&alone(&run), ".square svg"), 0);
    let ece = Metric {
        value: 0.1,
        low: 0.05,
        high: 0.2,
        n: 40,
    };
    run.ended
        .as_mut()
        .unwrap()
        .metrics
        .insert("ece".to_owned(), ece);
    let page = alone(&run);
    sound(&page);
    assert_eq!(count(&page, ".square svg circle"), 10);
}

#[test]
fn equal_records_make_equal_pages() {
    let run = hostile();
    assert_eq!(alone(&run), alone(&run));
}
