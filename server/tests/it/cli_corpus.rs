//! Documents go in, are shown and compared; what is wrong with them is told.

use crate::sandbox::{Sandbox, keys, regulation, with_corpus};

#[test]
fn own_documents_are_answered_from() {
    let sandbox = with_corpus();
    let answer = sandbox.json(&[
        "ask",
        "路边停车第三号事项几日内办结？",
        "--data",
        "d",
        "--json",
    ]);
    assert_eq!(answer["searched"], serde_json::json!(["mine"]));
    let rows = sandbox.json(&[
        "search",
        "路边停车管理办法第三条",
        "--data",
        "d",
        "--json",
        "--limit",
        "2",
    ]);
    assert_eq!(
        keys(&rows[0]),
        [
            "rank", "score", "id", "corpus", "document", "title", "path", "text"
        ]
    );
    assert_eq!(
        (&rows[0]["rank"], &rows[0]["path"]),
        (&1.into(), &"第三条".into()),
        "{rows}"
    );
    assert_eq!(rows.as_array().unwrap().len(), 2);
    let ran = sandbox.run(&["ask", "路边停车第三号事项几日内办结？", "--data", "d"]);
    assert!(
        ran.out.contains("理解为：") && ran.out.contains("人工智能"),
        "{}",
        ran.out
    );
}

#[test]
fn ingestion_tells_what_was_not_read() {
    let sandbox = Sandbox::new();
    sandbox
        .run(&["ingest", "missing", "--corpus", "mine", "--data", "d"])
        .failed(1, &["`missing` cannot be read", "because", "hint: "]);
    sandbox.write("empty/picture.png", "x");
    sandbox
        .run(&["ingest", "empty", "--corpus", "mine", "--data", "d"])
        .failed(1, &["holds no document"]);
    assert!(!sandbox.path("d/corpora/mine").exists());
    sandbox.write("broken/a.docx", b"this is not a package");
    let ran = sandbox.run(&["ingest", "broken", "--corpus", "broken", "--data", "d"]);
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    assert!(
        ran.err.contains("a.docx") && ran.err.contains("no file could be read"),
        "{}",
        ran.err
    );
    // One that can be read is enough, also in a folder with the name of a file.
    sandbox.write("broken/folder.md/lamps.md", regulation("路灯", 3));
    let ran = sandbox.run(&["ingest", "broken", "--corpus", "broken", "--data", "d"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(
        ran.err.contains("warning: a.docx: ") && ran.out.contains("characters"),
        "{}{}",
        ran.out,
        ran.err
    );
    let report = sandbox.json(&[
        "ingest", "broken", "--corpus", "broken", "--data", "d", "--json", "--ledger",
    ]);
    assert_eq!(
        (&report["unchanged"], &report["failed"][0]["file"]),
        (&1.into(), &"a.docx".into())
    );
    assert_eq!(report["ledgers"].as_array().unwrap().len(), 1);
}

#[test]
fn a_wrong_manifest_beside_documents_is_named() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "mine/corpus.toml",
        "title = \"我的\"\n\nreader = [\"officer\"]\n",
    );
    sandbox.write("mine/docs/a.md", regulation("路灯", 3));
    sandbox
        .run(&["ingest", "mine", "--corpus", "mine", "--data", "d"])
        .failed(1, &["corpus.toml", "line 3", "`reader`"]);
    sandbox.write(
        "mine/corpus.toml",
        "title = \"我的\"\nreaders = [\"officer\"]\n",
    );
    sandbox.json(&[
        "ingest", "mine", "--corpus", "mine", "--data", "d", "--json",
    ]);
    let listed = sandbox.json(&["corpus", "list", "--data", "d", "--json"]);
    assert_eq!(
        (&listed[0]["title"], &listed[0]["readers"]),
        (&"我的".into(), &serde_json::json!(["officer"]))
    );
}

#[test]
fn revisions_are_shown_and_compared() {
    let sandbox = Sandbox::new();
    let rule = |from: &str, days: &str| {
        format!(
            "---\nid: R-{from}\ntitle: 停车办法\neffective_date: {from}\n---\n# 停车办法\n\n第一条 申请应当在{days}日内提出。\n\n第二条 本办法由市交通局解释。\n"
        )
    };
    sandbox.write("p/parking-2020.md", rule("2020-01-01", "十五"));
    sandbox.write("p/parking-2024.md", rule("2024-01-01", "三十"));
    sandbox.json(&["ingest", "p", "--corpus", "mine", "--data", "d", "--json"]);
    let shown = sandbox.json(&["corpus", "show", "mine", "--data", "d", "--json"]);
    let revisions = shown[0]["revisions"].as_array().unwrap();
    let statuses: Vec<&str> = revisions
        .iter()
        .map(|revision| revision["status"].as_str().unwrap())
        .collect();
    assert_eq!(statuses, ["superseded", "current"]);
    assert_eq!(revisions[0]["effective_to"], "2024-01-01");
    let document = sandbox.json(&["corpus", "show", "停车办法", "--data", "d", "--json"]);
    assert_eq!(
        (
            &document["document"],
            document["content"].as_array().unwrap().len()
        ),
        (&"parking-2024.md".into(), 2)
    );
    let changes = sandbox.json(&[
        "corpus",
        "diff",
        "mine",
        "《停车办法》",
        "--data",
        "d",
        "--json",
    ]);
    assert_eq!(changes.as_array().unwrap().len(), 1, "{changes}");
    assert_eq!(
        (&changes[0]["clause"], &changes[0]["kind"]),
        (&"第一条".into(), &"changed".into())
    );
    let back = sandbox.json(&[
        "corpus",
        "diff",
        "mine",
        "R-2020-01-01",
        "2024-01-01",
        "parking-2020.md",
        "--data",
        "d",
        "--json",
    ]);
    assert!(
        back[0]["after"].as_str().unwrap().contains("十五"),
        "{back}"
    );
    let ran = sandbox.run(&["corpus", "diff", "mine", "停车办法", "--data", "d"]);
    insta::assert_snapshot!(ran.out.lines().skip(4).collect::<Vec<_>>().join("\n"), @r"
    第一条  (changed)
    - 第一条 申请应当在十五日内提出。
    + 第一条 申请应当在三十日内提出。
    ");
    sandbox
        .run(&[
            "corpus",
            "diff",
            "mine",
            "停车办法",
            "1999-01-01",
            "--data",
            "d",
        ])
        .failed(1, &["no revision `1999-01-01`", "hint: "]);
}

#[test]
fn an_index_of_another_version_is_refused_with_the_way_out() {
    let sandbox = with_corpus();
    let manifest = sandbox.path("d/corpora/mine/manifest.json");
    let text = std::fs::read_to_string(&manifest)
        .unwrap()
        .replace("\"layout\": ", "\"layout\": 9");
    std::fs::write(&manifest, text).unwrap();
    let way_out = "chengzhi ingest FOLDER --corpus mine --rebuild";
    sandbox
        .run(&["ask", "问", "--corpus", "mine", "--data", "d"])
        .failed(1, &["mine", way_out]);
    sandbox
        .run(&["ingest", "policies", "--corpus", "mine", "--data", "d"])
        .failed(1, &[way_out]);
    assert_eq!(sandbox.run(&["check", "--data", "d"]).code, Some(1));
    let report = sandbox.json(&[
        "ingest",
        "policies",
        "--corpus",
        "mine",
        "--rebuild",
        "--data",
        "d",
        "--json",
    ]);
    assert_eq!(report["passages"], 17);
    assert_eq!(sandbox.run(&["check", "--data", "d"]).code, Some(0));
}

#[test]
fn a_reader_who_stops_early_is_no_error() {
    let sandbox = with_corpus();
    let mut child = sandbox
        .command()
        .args(["search", "停车", "--data", "d"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
