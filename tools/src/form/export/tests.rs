use std::io::{Cursor, Read};

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value as Json;

use super::*;
use crate::form::review::{Problem, ProblemKind, Row};

const HOSTILE: &str = "<script>alert(1)</script> & ]]> \"'\u{0}\u{8}\u{b}\u{fffe}\u{202e}尾";

fn example() -> Review {
    let row = |title: &str, shown: &str| Row {
        field: "f".into(),
        title: title.into(),
        shown: shown.into(),
        source: "您的原话“甲”".into(),
        filled: true,
    };
    Review {
        title: format!("申请表{HOSTILE}"),
        rows: vec![row("姓名", "张三"), row("备注", HOSTILE)],
        problems: vec![Problem {
            field: "f".into(),
            kind: ProblemKind::Missing,
            text: format!("还缺{HOSTILE}"),
        }],
        summary: "预检发现1处需要补充或者核对".into(),
    }
}

fn part(document: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(document)).unwrap();
    let mut text = String::new();
    archive
        .by_name(name)
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    text
}

/// The texts of the paragraphs, and how many tables and rows there are; panics where the XML is not well formed.
fn parsed(xml: &str) -> (Vec<String>, usize, usize) {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let (mut texts, mut tables, mut rows, mut open) = (Vec::new(), 0, 0, false);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => match start.name().as_ref() {
                "w:t" | "vt:lpwstr" => {
                    open = true;
                    texts.push(String::new());
                }
                "w:tbl" => tables += 1,
                "w:tr" => rows += 1,
                _ => {}
            },
            Event::End(_) => open = false,
            Event::Text(text) if open => texts.last_mut().unwrap().push_str(&text),
            Event::GeneralRef(name) if open => {
                let sign = match &*name {
                    "lt" => '<',
                    "gt" => '>',
                    "amp" => '&',
                    "quot" => '"',
                    "#39" => '\'',
                    other => panic!("{other:?}"),
                };
                texts.last_mut().unwrap().push(sign);
            }
            Event::Eof => return (texts, tables, rows),
            _ => {}
        }
    }
}

#[test]
fn a_document_is_read_back() {
    let aigc = json!({ "Label": "1", "ContentProducer": "和澜市 <助手>" });
    let mark = Mark {
        label: "本表由人工智能生成，请核对。",
        aigc: &aigc,
    };
    let document = docx(&example(), Some(mark)).unwrap();
    let (texts, tables, rows) = parsed(&part(&document, "word/document.xml"));
    let plain = "<script>alert(1)</script> & ]]> \"'尾";
    assert_eq!((tables, rows), (1, 3));
    assert_eq!(texts[0], format!("申请表{plain}"));
    assert_eq!(
        texts[1..10],
        [
            "项目",
            "内容",
            "来源",
            "姓名",
            "张三",
            "您的原话“甲”",
            "备注",
            plain,
            "您的原话“甲”"
        ]
    );
    assert_eq!(texts.last().unwrap(), "本表由人工智能生成，请核对。");
    let custom = part(&document, "docProps/custom.xml");
    assert!(custom.contains("name=\"AIGC\""));
    assert_eq!(
        serde_json::from_str::<Json>(&parsed(&custom).0[0]).unwrap(),
        aigc
    );
    for name in ["[Content_Types].xml", "_rels/.rels", "docProps/core.xml"] {
        parsed(&part(&document, name));
    }
    assert_eq!(document, docx(&example(), Some(mark)).unwrap());
}

#[test]
fn without_a_mark_there_is_no_label() {
    let document = docx(&example(), None).unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(&document)).unwrap();
    assert!(archive.by_name("docProps/custom.xml").is_err());
    assert!(!page(&example(), None).contains("AIGC") && !json(&example(), None).contains("AIGC"));
}

#[test]
fn a_page_shows_markup_as_text() {
    let aigc = json!({ "Label": "1", "ContentProducer": "\"><script>" });
    let page = page(
        &example(),
        Some(Mark {
            label: "由人工智能生成",
            aigc: &aigc,
        }),
    );
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;"));
    assert!(page.contains("<meta name=\"AIGC\" content=\"{&quot;Label&quot;"));
    assert!(
        page.contains("<p class=\"label\">由人工智能生成</p>") && page.contains("@page{size:A4")
    );
    assert!(
        !page.contains("http://")
            && !page.contains("https://")
            && !page.contains('\u{202e}')
            && !page.contains('\0')
    );
}

#[test]
fn json_holds_everything() {
    let aigc = json!({ "Label": "1" });
    let text = json(
        &example(),
        Some(Mark {
            label: "由人工智能生成",
            aigc: &aigc,
        }),
    );
    let back: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(back["AIGC"], aigc);
    assert_eq!(back["rows"][1]["shown"], HOSTILE);
    assert_eq!(back["label"], "由人工智能生成");
}
