//! `digest` and `sensors`: orders in numbers and what sensors measured, from the command line.

use serde_json::{Value, json};

use crate::sandbox::Sandbox;

/// The past orders of the demonstration, up to some day.
fn with_orders() -> Sandbox {
    let sandbox = Sandbox::new();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../seeds/orders.jsonl");
    sandbox.write("orders.jsonl", std::fs::read(file).unwrap());
    sandbox.json(&["orders", "import", "orders.jsonl", "--data", "d", "--json"]);
    sandbox
}

#[test]
fn a_week_is_summarised_with_the_orders_behind_each_number() {
    let sandbox = with_orders();
    let digest = |more: &[&'static str]| {
        let week = [
            "digest",
            "--from",
            "2026-11-09",
            "--to",
            "2026-11-15",
            "--data",
            "d",
        ];
        [&week[..], more].concat()
    };
    let found = sandbox.json(&digest(&["--json"]));
    let statistics = &found["statistics"];
    let total = statistics["total"]["value"].as_u64().unwrap();
    assert!(total > 50, "{total}");
    let ids = statistics["ids"].as_array().unwrap();
    let days = statistics["counts"]["day"].as_array().unwrap();
    assert_eq!(days.len(), 7);
    let counted: u64 = days
        .iter()
        .map(|day| day["cases"]["value"].as_u64().unwrap())
        .sum();
    assert_eq!(counted, total);
    let hot = &statistics["issues"][0];
    assert_eq!(hot["place"], "星河湾小区");
    let rise = &statistics["emerging"]["rises"][0];
    assert!(rise["chance"].as_f64().unwrap() < 0.001, "{rise}");

    let shown = sandbox.run(&digest(&["--orders"]));
    assert_eq!(shown.code, Some(0), "{}", shown.err);
    assert!(
        shown.out.contains(&format!("新收工单 {total} 件")),
        "{}",
        shown.out
    );
    let first = hot["people"]["cases"][0].as_u64().unwrap();
    let first = ids[usize::try_from(first).unwrap()].as_str().unwrap();
    assert!(shown.out.contains(first), "{}", shown.out);
    assert!(
        shown.out.contains("星河湾小区") && shown.out.contains("响应率"),
        "{}",
        shown.out
    );
    let without = sandbox.run(&digest(&[]));
    assert!(!without.out.contains(first), "{}", without.out);

    let written = sandbox.run(&digest(&["--docx", "week.docx", "--page", "week.html"]));
    assert_eq!(written.code, Some(0), "{}", written.err);
    let page = String::from_utf8(std::fs::read(sandbox.path("week.html")).unwrap()).unwrap();
    assert!(
        page.contains(first) && page.contains("name=\"AIGC\""),
        "{page}"
    );
    assert!(
        std::fs::read(sandbox.path("week.docx"))
            .unwrap()
            .starts_with(b"PK")
    );

    let backwards = [
        "digest",
        "--from",
        "2026-11-15",
        "--to",
        "2026-11-09",
        "--data",
        "d",
    ];
    sandbox
        .run(&backwards)
        .failed(1, &["`--to` lies before `--from`"]);
    Sandbox::in_files()
        .run(&["digest", "--data", "none"])
        .failed(1, &["there are no orders", "--data"]);
}

fn asked(sandbox: &Sandbox, question: &str) -> Value {
    sandbox.json(&["sensors", "ask", question, "--data", "d", "--json"])
}

#[test]
fn words_become_a_query_and_the_query_a_number_with_its_readings() {
    let sandbox = Sandbox::new();
    let found = asked(&sandbox, "古城步行街那边现在人多吗");
    assert_eq!(found["understood"]["is"], "query", "{found}");
    assert_eq!(found["understood"]["kind"], "people_flow");
    let answered = &found["found"]["answered"];
    assert!(answered["value"].as_f64().unwrap() >= 0.0, "{found}");
    assert_eq!(answered["unit"], "人");
    let evidence = answered["evidence"]["readings"].as_array().unwrap();
    assert!(
        evidence[0].as_str().unwrap().starts_with("reading:DS-"),
        "{found}"
    );
    let sentence = found["found"]["sentence"].as_str().unwrap();
    let shown = sandbox.run(&["sensors", "ask", "古城步行街那边现在人多吗", "--data", "d"]);
    assert!(
        shown.out.contains(sentence) && shown.out.contains("古城步行街 · 客流"),
        "{}",
        shown.out
    );

    for (question, is) in [
        ("宽窄巷子现在人多吗", "unknown"),
        ("古城步行街空气怎么样", "unknown"),
        ("现在人多吗", "ask"),
        ("怎么办居住证", "not_a_question_of_sensors"),
    ] {
        let found = asked(&sandbox, question);
        assert_eq!(found["understood"]["is"], is, "{question}: {found}");
        assert_eq!(found["found"], Value::Null);
    }
}

#[test]
fn readings_are_taken_in_line_by_line_and_what_is_wrong_is_named() {
    let sandbox = Sandbox::new();
    let rows = sandbox.json(&["sensors", "list", "--data", "d", "--json"]);
    assert_eq!(rows.as_array().unwrap().len(), 60);
    let flow = rows
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["datastream"]["kind"] == "people_flow")
        .unwrap();
    let id = flow["datastream"]["id"].as_str().unwrap();
    let file = format!(
        "datastream,time,value\n{id},2026-01-01T08:00:00+08:00,120\n{id},yesterday,3\nDS-9999,2026-01-01T08:00:00+08:00,1\n{id},2026-01-01T08:15:00+08:00,NaN\n{id},2099-01-01T08:00:00+08:00,5\n{id},2026-01-01T08:15:00+08:00,130\n"
    );
    sandbox.write("readings.csv", file);
    let import = ["sensors", "import", "readings.csv", "--data", "d", "--json"];
    let summary = sandbox.json(&import);
    assert_eq!(
        (&summary["read"], &summary["stored"]),
        (&json!(6), &json!(2)),
        "{summary}"
    );
    let lines: Vec<&Value> = summary["examples"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| &problem["line"])
        .collect();
    assert_eq!(lines, [&json!(3), &json!(4), &json!(5), &json!(6)]);
    let again = sandbox.json(&import);
    assert_eq!(
        (&again["stored"], &again["repeated"]),
        (&json!(0), &json!(2))
    );
    let question = format!("{id}在2026年1月1日的最大值是多少");
    let found = asked(&sandbox, &question);
    assert_eq!(found["found"]["answered"]["value"], json!(130.0), "{found}");
    sandbox.write("readings.txt", "");
    let other = ["sensors", "import", "readings.txt", "--data", "d"];
    sandbox
        .run(&other)
        .failed(1, &["neither `*.csv` nor `*.jsonl`"]);
}

#[test]
fn a_long_file_with_a_broken_line_loses_only_that_line() {
    let sandbox = Sandbox::new();
    sandbox.json(&["sensors", "list", "--data", "d", "--json"]);
    let start: jiff::Timestamp = "2025-01-01T00:00:00Z".parse().unwrap();
    let mut file = "datastream,time,value\n".to_owned();
    for number in 0..30_000 {
        let at = start + jiff::SignedDuration::from_mins(number * 15);
        match number {
            25_000 => file.push_str("DS-0001,2025-"),
            _ => file.push_str(&format!("DS-0001,{at},{}", number % 3000)),
        }
        file.push('\n');
    }
    sandbox.write("long.csv", file);
    let summary = sandbox.json(&["sensors", "import", "long.csv", "--data", "d", "--json"]);
    assert_eq!(
        (&summary["read"], &summary["stored"], &summary["refused"]),
        (&json!(30_000), &json!(29_999), &json!({"fields": 1})),
        "{summary}"
    );
    assert_eq!(summary["examples"][0]["line"], 25_002);
}
