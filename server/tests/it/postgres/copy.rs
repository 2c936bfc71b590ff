//! A city moves from files to PostgreSQL: what was recorded is there, once, and goes on.

use serde_json::{Value, json};

use super::shared;
use crate::sandbox::{Ran, Sandbox};

/// A run with the database of the test.
fn there(sandbox: &Sandbox, address: &str, arguments: &[&str]) -> Ran {
    let mut command = sandbox.command();
    command.env("CHENGZHI_DATABASE", address);
    command.args(arguments).output().unwrap().into()
}

fn value(ran: &Ran) -> Value {
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

#[test]
fn all_records_are_copied_once_and_go_on() {
    let sandbox = Sandbox::in_files();
    if shared(sandbox.folder()).is_none() {
        return;
    }
    let address = crate::database::address(sandbox.folder()).unwrap();
    let copy = ["database", "copy", "--data", "d", "--json"];
    there(&sandbox, &address, &copy).failed(1, &["there are no records", "`d/chengzhi.sqlite`"]);
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../seeds/orders.jsonl");
    sandbox.write("orders.jsonl", std::fs::read(file).unwrap());
    sandbox.json(&["orders", "import", "orders.jsonl", "--data", "d", "--json"]);
    sandbox.json(&["ask", "楼道能堆放杂物吗", "--data", "d", "--json"]);
    sandbox.run(&["token", "add", "desk", "--role", "officer", "--data", "d"]);
    sandbox.json(&[
        "sensors",
        "ask",
        "古城步行街现在人多吗",
        "--data",
        "d",
        "--json",
    ]);
    let looks = [
        &["orders", "list", "--data", "d", "--json"][..],
        &["digest", "--data", "d", "--json"],
        &["sensors", "alerts", "--data", "d", "--json"],
        &["token", "list", "--data", "d", "--json"],
        &["audit", "verify", "--data", "d", "--json"],
    ];
    let before: Vec<Value> = looks.iter().map(|look| sandbox.json(look)).collect();

    let copied = value(&there(&sandbox, &address, &copy));
    let tables = copied["tables"].as_object().unwrap();
    assert_eq!(tables["work_order"], 1000, "{copied}");
    assert!(tables["observation"].as_u64() > Some(50_000), "{copied}");
    for (look, before) in looks.iter().zip(&before) {
        assert_eq!(value(&there(&sandbox, &address, look)), *before, "{look:?}");
    }
    let asked = there(
        &sandbox,
        &address,
        &["ask", "养犬要登记吗", "--data", "d", "--json"],
    );
    assert_eq!(asked.code, Some(0), "{}", asked.err);
    let after = value(&there(&sandbox, &address, looks[4]));
    assert_eq!(after["verified"], json!(true));
    assert!(
        after["records"].as_u64() > before[4]["records"].as_u64(),
        "{after}"
    );
    there(&sandbox, &address, &copy).failed(1, &["has records already", "hint: "]);
    assert_eq!(
        sandbox.json(looks[4]),
        before[4],
        "the files stay as they are"
    );
}

#[test]
fn a_copy_needs_a_database() {
    let sandbox = Sandbox::in_files();
    let copy = ["database", "copy", "--data", "d"];
    sandbox
        .run(&copy)
        .failed(1, &["no database is named", "hint: `CHENGZHI_DATABASE="]);
}
