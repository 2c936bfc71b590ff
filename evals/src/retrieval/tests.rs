use std::collections::BTreeMap;
use std::io::BufReader;

use serde_json::Value;

use super::*;
use crate::stats::bootstrap::Bootstrap;

/// What `scripts/reference_retrieval.py` wrote.
const REFERENCE: &str = include_str!("../../tests/data/retrieval.json");

fn cases() -> Vec<(String, Qrels, Run, Value)> {
    let cases: Vec<Value> = serde_json::from_str(REFERENCE).unwrap();
    assert_eq!(cases.len(), 5);
    let read = |case: Value| {
        let text = |key: &str| case[key].as_str().unwrap().to_owned();
        let (qrels, bad) = qrels(text("qrels").as_bytes()).unwrap();
        assert_eq!(bad, []);
        let (run, bad) = run(text("run").as_bytes()).unwrap();
        assert_eq!(bad, []);
        (text("name"), qrels, run, case)
    };
    cases.into_iter().map(read).collect()
}

fn shown(bad: &[BadLine]) -> String {
    let lines: Vec<String> = bad.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn figures_are_those_of_ir_measures_and_pytrec_eval() {
    for (name, qrels, run, case) in cases() {
        let scores = scores(&qrels, &run);
        let figures = figures(&scores);
        assert_eq!(figures.len(), 8);
        for (metric, figure) in &figures {
            let expected = case["means"][metric].as_f64().unwrap();
            assert!(
                (figure.value - expected).abs() < 1e-6,
                "{name}: {metric} {} {expected}",
                figure.value
            );
            assert!(0.0 <= figure.low && figure.low <= figure.value);
            assert!(figure.value <= figure.high && figure.high <= 1.0);
            for (query, score) in qrels.keys().zip(&scores[metric]) {
                let expected = case["queries"][query][metric].as_f64().unwrap();
                assert!(
                    (score - expected).abs() < 1e-6,
                    "{name}: {metric} of {query} {score} {expected}"
                );
            }
        }
    }
}

#[test]
fn a_run_is_read_as_it_was_written() {
    for (_, qrels, run, _) in cases() {
        // What a search found has an order; scores that are equal are told apart.
        let run: Run = run
            .into_iter()
            .map(|(query, found)| {
                let mut found: Vec<(String, f32)> = found
                    .into_iter()
                    .map(|ranked| (ranked.document, ranked.score))
                    .collect();
                found.sort_by(|left, right| right.1.total_cmp(&left.1));
                (query, ranked(found))
            })
            .collect();
        let falls =
            |found: &Vec<Ranked>| found.windows(2).all(|pair| pair[0].score > pair[1].score);
        assert!(run.values().all(falls));
        let mut text = Vec::new();
        write_run(&run, "tag", &mut text).unwrap();
        let (again, bad) = super::run(text.as_slice()).unwrap();
        assert_eq!((bad, &again), (Vec::new(), &run));
        assert_eq!(scores(&qrels, &again), scores(&qrels, &run));
    }
    let blank = Run::from([("a b".to_owned(), ranked([("d".to_owned(), 1.0)]))]);
    let error = write_run(&blank, "tag", Vec::new()).unwrap_err();
    insta::assert_snapshot!(error, @"a run cannot hold `a b`: it has blanks");
}

#[test]
fn bounds_are_near_those_of_the_bootstrap() {
    for (name, qrels, run, _) in cases() {
        let scores = scores(&qrels, &run);
        for (metric, figure) in figures(&scores) {
            let bootstrap = Bootstrap {
                resamples: 2_000,
                ..Bootstrap::default()
            };
            let other = bootstrap.mean(&scores[&metric]).unwrap();
            // A figure of equal scores has no such bounds at all.
            if other.low() == other.high() {
                continue;
            }
            // Ten to thirty queries; bounds come together with more of them.
            let distance = (figure.low - other.low())
                .abs()
                .max((figure.high - other.high()).abs());
            assert!(distance < 0.1, "{name}: {metric} {figure:?} {other:?}");
        }
    }
}

#[test]
fn bad_rows_are_named_and_the_others_are_used() {
    let text = "\u{feff}{\"_id\": \"d1\", \"title\": \"甲\", \"text\": \"一\", \"metadata\": {\"path\": \"第一章 > 第一节\"}}\r
\n{\"_id\": 2, \"title\": null, \"text\": \"\", \"metadata\": null, \"more\": []}
{\"_id\": \"d1\", \"text\": \"again\"}
{\"_id\": \"\", \"text\": \"x\"}
{\"_id\": \"d3\"}
[1]
{\"_id\": \"d4\", \"text\": \"cut";
    let mut bytes = text.as_bytes().to_vec();
    bytes.extend(b"\n\xff\xfe\n{\"_id\": \"d5\", \"text\": \"last\"}");
    let (documents, bad) = corpus(BufReader::with_capacity(3, bytes.as_slice())).unwrap();
    let found: Vec<(&str, &str, usize)> = documents
        .iter()
        .map(|document| {
            (
                document.id.as_str(),
                document.title.as_str(),
                document.path.len(),
            )
        })
        .collect();
    assert_eq!(found, [("d1", "甲", 2), ("2", "", 0), ("d5", "", 0)]);
    insta::assert_snapshot!(shown(&bad), @r"
    line 4: the `_id` `d1` is already on line 1
    line 5: its `_id` is empty
    line 6: missing field `text` at column 13
    line 7: it is not a JSON object
    line 8: EOF while parsing a string at column 26
    line 9: it is not UTF-8 text
    ");
    let (queries, bad) =
        queries(&b"{\"_id\": \"q\", \"text\": \"?\"}\n{\"_id\": \"q\"}\n"[..]).unwrap();
    assert_eq!(
        queries,
        [Query {
            id: "q".into(),
            text: "?".into()
        }]
    );
    insta::assert_snapshot!(shown(&bad), @"line 2: missing field `text` at column 12");
}

#[test]
fn grades_come_in_three_shapes() {
    let expected = Qrels::from([
        (
            "1".to_owned(),
            BTreeMap::from([("d 1".to_owned(), 2), ("d2".to_owned(), 0)]),
        ),
        ("2".to_owned(), BTreeMap::from([("d2".to_owned(), -1)])),
    ]);
    let headed = "query-id\tcorpus-id\tscore\n1\td 1\t2\n1\td2\t0\n2\td2\t-1\n";
    for text in [
        headed,
        &headed[headed.find('\n').unwrap() + 1..],
        "1\t0\td 1\t2\n1 Q0 d2 0.0\n\n2  0  d2  -1",
    ] {
        assert_eq!(
            qrels(text.as_bytes()).unwrap(),
            (expected.clone(), Vec::new())
        );
    }
    let (read, bad) =
        qrels(&b"1 d1 yes\n1 d1 1\n1 d1 2\n1 d1\nquery-id corpus-id score\n2 d1 1.5\n"[..])
            .unwrap();
    assert_eq!(
        read,
        Qrels::from([("1".to_owned(), BTreeMap::from([("d1".to_owned(), 1)]))])
    );
    insta::assert_snapshot!(shown(&bad), @r"
    line 1: the grade `yes` is not a whole number
    line 3: `d1` has a grade for `1` already
    line 4: it has 2 columns instead of 3 (query, document, grade) or the 4 of TREC
    line 5: the grade `score` is not a whole number
    line 6: the grade `1.5` is not a whole number
    ");
}

#[test]
fn bad_lines_of_a_run_are_named() {
    let text = "q Q0 d1 1 2.5 tag\nq Q0 d1 2 2 tag\nq Q0 d2 2 nan tag\nq Q0 d3 2 high tag\nq d4 1\nq Q0 d5 9 -1e-3 tag\n";
    let (run, bad) = run(text.as_bytes()).unwrap();
    let found: Vec<&str> = run["q"]
        .iter()
        .map(|ranked| ranked.document.as_str())
        .collect();
    assert_eq!(found, ["d1", "d5"]);
    insta::assert_snapshot!(shown(&bad), @r"
    line 2: `d1` was found for `q` already
    line 3: the score `nan` is not a number
    line 4: the score `high` is not a number
    line 5: it has 3 columns instead of 6: query, Q0, document, rank, score, tag
    ");
}

#[test]
fn equal_scores_are_told_apart() {
    let found = [3.0, 3.0, 3.0, 5.0, 0.0, 0.0].map(|score| (score.to_string(), score));
    let scores: Vec<f32> = ranked(found).iter().map(|ranked| ranked.score).collect();
    assert_eq!(scores[0], 3.0);
    assert_eq!(scores[4], 0.0);
    assert!(scores.windows(2).all(|pair| pair[0] > pair[1]));
}

#[test]
fn percentiles_have_bounds() {
    let times: Vec<f64> = (0..101).rev().map(f64::from).collect();
    let median = percentile(&times, 0.5).unwrap();
    assert_eq!(
        (median.value, median.low, median.high, median.n),
        (50.0, 40.0, 60.0, 101)
    );
    let late = percentile(&times, 0.99).unwrap();
    assert_eq!((late.value, late.low, late.high), (99.0, 97.0, 100.0));
    assert_eq!(percentile(&[], 0.5), None);
    assert_eq!(percentile(&[2.0], 0.99).unwrap().high, 2.0);
}
