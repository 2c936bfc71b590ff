use std::io::{Cursor, Read};

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::json;

use super::*;

const HOSTILE: &str = "<script>alert(1)</script> & ]]> \"'\u{0}\u{b}\u{fffe}\u{202e}尾";
const PLAIN: &str = "<script>alert(1)</script> & ]]> \"'尾";

fn example() -> Sheet {
    let chart = |form| {
        Block::Chart(Chart {
            title: format!("按类别{HOSTILE}"),
            form,
            names: "类别".into(),
            unit: "件".into(),
            points: vec![("噪声".into(), 12), (HOSTILE.into(), 3), ("供水".into(), 0)],
        })
    };
    Sheet {
        title: format!("工单汇总{HOSTILE}"),
        blocks: vec![
            Block::Heading("概况".into()),
            Block::Paragraph(HOSTILE.into()),
            Block::Quotation("“楼下天天装修”".into()),
            Block::List(vec!["甲".into(), HOSTILE.into()]),
            Block::Table {
                head: vec!["项目".into(), "内容".into()],
                rows: vec![
                    vec!["一".into(), HOSTILE.into()],
                    vec!["二".into()],
                    vec!["三".into(), "3".into(), "多出".into()],
                ],
                widths: vec![3000, 6300],
            },
            Block::Note("说明".into()),
            chart(Form::Bars),
            chart(Form::Line),
        ],
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

/// The texts in order; panics where the XML is not well formed.
fn texts(xml: &str, element: &str) -> Vec<String> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let (mut texts, mut open): (Vec<String>, bool) = (Vec::new(), false);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) if start.name().as_ref() == element => {
                open = true;
                texts.push(String::new());
            }
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
            Event::Eof => return texts,
            _ => {}
        }
    }
}

#[test]
fn a_document_holds_every_text_and_every_number() {
    let aigc = json!({ "Label": "1", "ContentProducer": "和澜市 <助手>" });
    let mark = Mark {
        label: "本件由人工智能生成。",
        aigc: &aigc,
    };
    let document = docx(&example(), Some(mark)).unwrap();
    let list = format!("· {PLAIN}");
    let (title, chart) = (format!("工单汇总{PLAIN}"), format!("按类别{PLAIN}"));
    let numbers = ["类别", "件", "噪声", "12", PLAIN, "3", "供水", "0"];
    let mut expected = vec![
        title.as_str(),
        "概况",
        PLAIN,
        "“楼下天天装修”",
        "· 甲",
        &list,
        "项目",
        "内容",
        "一",
        PLAIN,
        "二",
        "",
        "三",
        "3",
        "说明",
    ];
    for _ in 0..2 {
        expected.push(&chart);
        expected.extend(numbers);
    }
    expected.push("本件由人工智能生成。");
    assert_eq!(
        texts(&part(&document, "word/document.xml"), "w:t"),
        expected
    );
    let custom = part(&document, "docProps/custom.xml");
    assert!(custom.contains("name=\"AIGC\""));
    let held: Json = serde_json::from_str(&texts(&custom, "vt:lpwstr")[0]).unwrap();
    assert_eq!(held, aigc);
    for name in ["[Content_Types].xml", "_rels/.rels", "docProps/core.xml"] {
        texts(&part(&document, name), "");
    }
    assert_eq!(document, docx(&example(), Some(mark)).unwrap());
}

#[test]
fn a_page_loads_nothing_and_runs_nothing() {
    let aigc = json!({ "Label": "1", "ContentProducer": "\"><script>" });
    let mark = Mark {
        label: "由人工智能生成",
        aigc: &aigc,
    };
    let page = page(&example(), Some(mark));
    let without = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for forbidden in ["<script", "http://", "https://", "\u{202e}", "\0", " on"] {
        assert!(!without.contains(forbidden), "{forbidden}");
    }
    assert!(page.contains("default-src 'none'") && page.contains("@page{size:A4"));
    assert!(page.contains("<meta name=\"AIGC\" content=\"{&quot;Label&quot;"));
    assert!(page.contains("<p class=\"label\">由人工智能生成</p>"));
    assert!(page.contains("<tr><th scope=\"row\">二</th><td></td></tr>"));
    assert!(!page.contains("多出"));
}

#[test]
fn without_a_mark_there_is_no_label() {
    let document = docx(&example(), None).unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(&document)).unwrap();
    assert!(archive.by_name("docProps/custom.xml").is_err());
    assert!(!page(&example(), None).contains("AIGC"));
}

/// The drawings of a chart, which must be well formed.
fn drawn(form: Form, points: &[(&str, u64)]) -> String {
    let chart = Chart {
        title: "每日".into(),
        form,
        names: "日".into(),
        unit: "件".into(),
        points: points
            .iter()
            .map(|(name, number)| ((*name).to_owned(), *number))
            .collect(),
    };
    let svg = chart.svg();
    texts(&svg, "");
    svg
}

#[test]
fn a_chart_says_its_numbers_in_words() {
    let svg = drawn(Form::Bars, &[("噪声", 12), ("供水", 6)]);
    assert!(svg.contains("role=\"img\" aria-label=\"每日（件）：噪声 12，供水 6\""));
    assert!(svg.contains("width=\"380\"") && svg.contains("width=\"190\""));
    let svg = drawn(Form::Line, &[("20日", 0), ("21日", 4), ("22日", 2)]);
    assert!(svg.contains("points=\"30,150 320,24 610,87\""), "{svg}");
}

#[test]
fn a_chart_bears_nothing_and_very_much() {
    for form in [Form::Bars, Form::Line] {
        drawn(form, &[]);
        drawn(form, &[("甲", 0)]);
        drawn(form, &[("甲", u64::MAX), ("乙", 1)]);
        drawn(form, &[("名", 1); 400]);
    }
}
