//! `eval retrieval` and `eval rgb`: figures, files for the tools of others, and what is said of bad input.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::sandbox::Sandbox;

/// A set of three rows and three queries, the last of which is not graded.
fn set() -> Sandbox {
    let sandbox = Sandbox::new();
    let rows = [
        json!({"_id": "d1", "title": "押金办法", "text": "押金应当在七日内返还。", "metadata": {}}),
        json!({"_id": "d2", "title": "停车办法", "text": "路边停车每小时两元。", "metadata": {"path": "第一章 > 收费"}}),
        json!({"_id": "d3", "title": "", "text": "与此无关。"}),
    ];
    sandbox.write("corpus.jsonl", lines(&rows));
    let queries = [
        json!({"_id": "q1", "text": "押金几天返还"}),
        json!({"_id": "q2", "text": "停车收费"}),
        json!({"_id": "q3", "text": "没有标注"}),
    ];
    sandbox.write("queries.jsonl", lines(&queries));
    sandbox.write(
        "qrels.tsv",
        "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t2\nq2\td3\t1\n",
    );
    sandbox
}

fn lines(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}

const FILES: [&str; 8] = [
    "eval",
    "retrieval",
    "--corpus-file",
    "corpus.jsonl",
    "--queries",
    "queries.jsonl",
    "--qrels",
    "qrels.tsv",
];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [FILES.as_slice(), more].concat()
}

#[test]
fn a_set_is_scored() {
    let sandbox = set();
    let scored = sandbox.json(&with(&["--json", "--run-file", "out.run"]));
    assert_eq!(scored["suite"], "retrieval");
    assert_eq!((&scored["n"], &scored["mode"]), (&json!(2), &json!("off")));
    let metrics = scored["metrics"].as_object().unwrap();
    let names: Vec<&str> = metrics.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "mrr@10",
            "ndcg@10",
            "p50_ms",
            "p99_ms",
            "recall@1",
            "recall@10",
            "recall@100",
            "recall@20",
            "recall@5",
            "recall@50"
        ]
    );
    assert_eq!(metrics["recall@1"]["value"], 0.75);
    assert_eq!(metrics["mrr@10"]["value"], 1.0);
    let run = std::fs::read_to_string(sandbox.path("out.run")).unwrap();
    let first = run.lines().next().unwrap();
    assert!(
        first.starts_with("q1 Q0 d1 1 ") && first.ends_with(" chengzhi-lexicon"),
        "{run}"
    );
    // The figures follow from what was written.
    let (run, bad) = evals::retrieval::run(run.as_bytes()).unwrap();
    let grades = std::fs::read(sandbox.path("qrels.tsv")).unwrap();
    let (qrels, _) = evals::retrieval::qrels(grades.as_slice()).unwrap();
    assert_eq!(bad, []);
    let again = evals::retrieval::figures(&evals::retrieval::scores(&qrels, &run));
    for (name, figure) in again {
        assert_eq!(metrics[&name]["value"], figure.value, "{name}");
    }
    assert_eq!(
        sandbox.entries(),
        ["corpus.jsonl", "out.run", "qrels.tsv", "queries.jsonl"]
    );
}

#[test]
fn packed_files_a_kept_index_and_a_part() {
    let sandbox = set();
    let rows = std::fs::read(sandbox.path("corpus.jsonl")).unwrap();
    sandbox.write(
        "corpus.jsonl",
        zstd::encode_all(rows.as_slice(), 1).unwrap(),
    );
    let plain = with(&["--json", "--method", "bm25", "--index", "kept"]);
    let first = sandbox.json(&plain);
    let kept = [plain.as_slice(), &["--limit", "1000"]].concat();
    let again = sandbox.json(&kept);
    assert_eq!(first["metrics"]["ndcg@10"], again["metrics"]["ndcg@10"]);
    let part = sandbox.json(&[plain.as_slice(), &["--limit", "1"]].concat());
    assert_eq!(
        (&part["n"], &part["metrics"]["recall@1"]["value"]),
        (&json!(1), &json!(1.0))
    );
    sandbox.write(
        "corpus.jsonl",
        lines(&[json!({"_id": "d1", "text": "another"})]),
    );
    sandbox
        .run(&plain)
        .failed(1, &["`kept` holds the index of another corpus", "hint: "]);
}

#[test]
fn bad_lines_are_named_and_the_rest_is_scored() {
    let sandbox = set();
    let mut rows = std::fs::read_to_string(sandbox.path("corpus.jsonl")).unwrap();
    rows.push_str("{\"_id\": \"d1\", \"text\": \"again\"}\nno json\n");
    sandbox.write("corpus.jsonl", rows);
    sandbox.write(
        "qrels.tsv",
        "q1\td1\t1\nq2\td2\tgood\nq9\td1\t1\nq1\td77\t1\n",
    );
    let ran = sandbox.run(&with(&["--json"]));
    assert_eq!(ran.code, Some(1));
    let scored: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(scored["n"], 2);
    assert_eq!(scored["metrics"]["recall@10"]["value"], 0.25);
    let problems: Vec<&str> = scored["problems"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    insta::assert_snapshot!(problems.join("\n"), @r"
    corpus.jsonl:4: the `_id` `d1` is already on line 1
    corpus.jsonl:5: it is not a JSON object
    qrels.tsv:2: the grade `good` is not a whole number
    qrels.tsv: query `q9` is not in `queries.jsonl` and counts 0
    ");
    assert!(
        ran.err.contains("not in the corpus: 1, the first is `d77`"),
        "{}",
        ran.err
    );
}

#[test]
fn what_cannot_be_scored_is_refused() {
    let sandbox = set();
    for method in ["dense", "hybrid"] {
        let words = [
            method,
            "comes with an embedder",
            "hint: use `bm25` or `lexicon`",
        ];
        sandbox.run(&with(&["--method", method])).failed(2, &words);
    }
    sandbox
        .run(&with(&["--method", "magic"]))
        .failed(2, &["magic"]);
    sandbox
        .run(&with(&["--limit", "0"]))
        .failed(2, &["--limit"]);
    sandbox.write("qrels.tsv", "other\td1\t1\n");
    let ran = sandbox.run(&with(&[]));
    ran.failed(
        1,
        &[
            "no query of `queries.jsonl` has a grade in `qrels.tsv`",
            "hint: ",
        ],
    );
    sandbox.write("qrels.tsv", "q 1\td1\t1\n");
    sandbox.write(
        "queries.jsonl",
        lines(&[json!({"_id": "q 1", "text": "押金"})]),
    );
    let ran = sandbox.run(&with(&["--run-file", "out.run"]));
    ran.failed(1, &["`out.run` cannot be written", "it has blanks"]);
    assert_eq!(
        sandbox.entries(),
        ["corpus.jsonl", "qrels.tsv", "queries.jsonl"]
    );
    std::fs::remove_file(sandbox.path("corpus.jsonl")).unwrap();
    sandbox
        .run(&with(&[]))
        .failed(1, &["`corpus.jsonl` cannot be read"]);
}

/// A file beside the repository.
fn shared(file: &str) -> Option<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/data")
        .join(file);
    if path.exists() {
        return Some(path.display().to_string());
    }
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "`{}` is missing",
        path.display()
    );
    println!("skipped: `{}` is missing", path.display());
    None
}

#[test]
fn questions_worded_like_their_paragraph_find_it() {
    let set = "retrieval/cmrc2018-dev";
    let Some(corpus) = shared(&format!("{set}/corpus.jsonl.zst")) else {
        return;
    };
    let (queries, qrels) = (
        shared(&format!("{set}/queries.dev.jsonl")).unwrap(),
        shared(&format!("{set}/qrels.dev.tsv")).unwrap(),
    );
    let scored = Sandbox::new().json(&[
        "eval",
        "retrieval",
        "--corpus-file",
        &corpus,
        "--queries",
        &queries,
        "--qrels",
        &qrels,
        "--json",
    ]);
    assert_eq!(
        (&scored["n"], &scored["problems"]),
        (&json!(1561), &json!([]))
    );
    let recall = scored["metrics"]["recall@10"]["value"].as_f64().unwrap();
    assert!(recall > 0.99, "{recall}");
}

#[test]
fn every_noise_is_counted_and_what_has_no_basis_is_refused() {
    let sandbox = Sandbox::new();
    let item = json!({
        "id": 0, "query": "和澜市图书馆周末几点开门", "answer": ["上午9点"],
        "positive": [
            "和澜市图书馆周末上午9点开门，下午5点关门。", "图书馆周末开门时间为上午9点。",
            "据和澜市图书馆公告，周末上午9点开门。", "周末图书馆上午9点开门。", "上午9点，图书馆周末开门。",
        ],
        "negative": ["公园全天开放。", "电影票价三十元。", "明天有雨。", "市场里卖菜。", "桥梁正在维修。"],
    });
    sandbox.write("items.jsonl", lines(std::slice::from_ref(&item)));
    let scored = sandbox.json(&["eval", "rgb", "items.jsonl", "--json"]);
    let metrics = scored["metrics"].as_object().unwrap();
    let shown: Vec<String> = metrics
        .iter()
        .map(|(name, metric)| format!("{name} {} of {}", metric["value"], metric["n"]))
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r"
    accuracy 0.0 of 5
    accuracy.0 0.0 of 1
    accuracy.0.2 0.0 of 1
    accuracy.0.4 0.0 of 1
    accuracy.0.6 0.0 of 1
    accuracy.0.8 0.0 of 1
    over_refusal 1.0 of 5
    over_refusal.0 1.0 of 1
    over_refusal.0.2 1.0 of 1
    over_refusal.0.4 1.0 of 1
    over_refusal.0.6 1.0 of 1
    over_refusal.0.8 1.0 of 1
    rejection 1.0 of 1
    ");
    let one = sandbox.json(&["eval", "rgb", "items.jsonl", "--noise", "0.4", "--json"]);
    let names: Vec<&str> = one["metrics"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        names,
        [
            "accuracy",
            "accuracy.0.4",
            "over_refusal",
            "over_refusal.0.4",
            "rejection"
        ]
    );
    sandbox
        .run(&["eval", "rgb", "items.jsonl", "--noise", "1"])
        .failed(2, &["--noise", "0.8"]);
    sandbox
        .run(&["eval", "rgb", "items.jsonl", "--agent", "nobody"])
        .failed(1, &["there is no agent `nobody`"]);
    sandbox.write("items.jsonl", format!("{item}\n{item}\n"));
    let ran = sandbox.run(&["eval", "rgb", "items.jsonl", "--json"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.err
            .contains("items.jsonl:2: the id `0` is already on line 1"),
        "{}",
        ran.err
    );
}

#[test]
fn rgb_is_scored() {
    for (file, items) in [("zh_refine", 157), ("zh_int", 54), ("zh_fact", 50)] {
        let Some(path) = shared(&format!("evals/rgb/{file}.dev.jsonl.zst")) else {
            return;
        };
        let scored = Sandbox::new().json(&["eval", "rgb", &path, "--json"]);
        assert_eq!(
            (&scored["n"], &scored["problems"]),
            (&json!(items), &json!([]))
        );
        let value = |name: &str| scored["metrics"][name]["value"].as_f64().unwrap();
        println!(
            "{file}: accuracy {:.3}, over_refusal {:.3}, rejection {:.3}",
            value("accuracy"),
            value("over_refusal"),
            value("rejection")
        );
        assert!(value("accuracy") + value("over_refusal") <= 1.0 + 1e-9);
    }
}
