//! `chengzhi draft`: files in, a draft out; bad files are refused with the reason; turns can be run again.

use crate::sandbox::{Sandbox, with_corpus};

fn with_letter() -> Sandbox {
    let sandbox = with_corpus();
    sandbox.write(
        "letter.txt",
        "一、请问路灯第3号事项多久办结？\n二、火星移民怎么报名？\n",
    );
    sandbox
}

#[test]
fn a_letter_becomes_a_draft_with_files() {
    let sandbox = with_letter();
    let answer = sandbox.json(&[
        "draft",
        "letter.txt",
        "--data",
        "d",
        "--json",
        "--corpus",
        "mine",
    ]);
    let draft = &answer["draft"];
    assert_eq!(draft["points"][0]["state"], "supported", "{draft}");
    assert_eq!(draft["points"][1]["state"], "uncovered", "{draft}");
    let ran = sandbox.run(&[
        "draft",
        "letter.txt",
        "--data",
        "d",
        "--corpus",
        "mine",
        "--unit",
        "和澜市城市管理局",
        "--template",
        "proposal-reply",
        "--docx",
        "reply.docx",
        "--page",
        "reply.html",
    ]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    for part in [
        "代表、委员",
        "3日内办结",
        "待核",
        "和澜市城市管理局",
        "引用：",
        "人工智能",
    ] {
        assert!(ran.out.contains(part), "no {part} in {}", ran.out);
    }
    let page = std::fs::read_to_string(sandbox.path("reply.html")).unwrap();
    assert!(page.contains("name=\"AIGC\"") && page.contains("3日内办结"));
    let docx = std::fs::read(sandbox.path("reply.docx")).unwrap();
    assert!(docx.starts_with(b"PK"));
}

#[test]
fn an_edited_draft_is_checked() {
    let sandbox = with_letter();
    sandbox.write(
        "edited.txt",
        "路灯第3号事项应当自受理之日起3日内办结。\n路灯第3号事项应当自受理之日起30日内办结。\n",
    );
    let check = [
        "draft",
        "letter.txt",
        "--check",
        "edited.txt",
        "--data",
        "d",
        "--corpus",
        "mine",
        "--json",
    ];
    let answer = sandbox.json(&check);
    let sentence = |at: usize| &answer["draft"]["paragraphs"][at]["sentences"][0];
    assert!(sentence(0)["mark"].is_null(), "{answer}");
    assert!(sentence(1)["mark"].is_string(), "{answer}");
}

#[test]
fn bad_files_are_refused_with_the_reason() {
    let sandbox = with_letter();
    sandbox.write("empty.txt", " \n");
    sandbox.write("gbk.txt", b"\xc7\xeb\xce\xca");
    sandbox.write("long.txt", "问".repeat(20_001));
    let draft = |arguments: &[&'static str]| {
        sandbox.run(&[&["draft"], arguments, &["--data", "d"]].concat())
    };
    draft(&["empty.txt"]).failed(1, &["`empty.txt` is empty"]);
    draft(&["gbk.txt"]).failed(1, &["not UTF-8", "byte 0", "hint: "]);
    draft(&["long.txt"]).failed(1, &["20001 characters", "hint: "]);
    draft(&["nothing.txt"]).failed(1, &["`nothing.txt` cannot be read"]);
    draft(&["letter.txt", "--check", "empty.txt"]).failed(1, &["`empty.txt` is empty"]);
    draft(&[]).failed(2, &["FILE"]);
    draft(&["-", "--check", "-"]).failed(2, &["standard input can be read once"]);
    draft(&["--order", "HL209901010001", "--page", "x.html"]).failed(1, &["没有查到工单"]);
    assert!(!sandbox.entries().contains(&"x.html".to_owned()));
}

#[test]
fn a_recorded_draft_can_be_run_again() {
    let sandbox = with_letter();
    let answer = sandbox.json(&[
        "draft",
        "letter.txt",
        "--data",
        "d",
        "--corpus",
        "mine",
        "--json",
    ]);
    let conversation = answer["conversation"].as_str().unwrap();
    let ran = sandbox.run(&["replay", conversation, "--data", "d"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
}

#[test]
fn an_order_brings_its_words_and_its_facts() {
    let sandbox = with_corpus();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../seeds/orders.jsonl");
    sandbox.write("orders.jsonl", std::fs::read(file).unwrap());
    sandbox.json(&["orders", "import", "orders.jsonl", "--data", "d", "--json"]);
    let order = "HL202608230002";
    let answer = sandbox.json(&[
        "draft", "--order", order, "--data", "d", "--json", "--corpus", "mine",
    ]);
    let draft = &answer["draft"];
    assert!(
        draft["request"].as_str().unwrap().contains("占着位子"),
        "{draft}"
    );
    let text = draft["paragraphs"].to_string();
    for part in [order, "2026年8月23日", "和澜市城市管理局"] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    assert!(!answer.to_string().contains("R0086"));
}
