//! Files that are damaged or built to do harm: an error in time, never a panic.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use rstest::rstest;

use super::office::{document as docx, strings, workbook};
use super::pages::{Writing, bytes as pdf_bytes, document as pdf};
use super::{package, sound};
use crate::read::{Limits, ReadError, read_bytes, read_bytes_within};

const NAMES: [&str; 6] = ["a.md", "a.txt", "a.html", "a.docx", "a.xlsx", "a.pdf"];

fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let body = "<w:p><w:r><w:t>第一条 本规定。</w:t></w:r></w:p>".repeat(20);
    let row = r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>"#;
    vec![
        ("a.md", "---\ntitle: 甲\nstatus: current\n---\n# 甲\n\n第一条 本规定。\n".as_bytes().to_vec()),
        ("a.html", "<html><body><nav>首页</nav><h1>通知</h1><p>第一条 本规定。</p><table><tr><td>一</td><td>二</td></tr></table></body>".as_bytes().to_vec()),
        ("a.docx", package(&[("word/document.xml", &docx(&body))])),
        ("a.xlsx", workbook(&[("表", row)], &strings(&["姓名", "电话"]))),
        ("a.pdf", pdf_bytes(pdf(Writing::Mapped, &[vec![(700, "第一条 本规定。")], vec![(700, "第二条")]]))),
    ]
}

/// Reads, and checks what holds of every result.
fn survive(name: &str, bytes: &[u8]) {
    let start = Instant::now();
    match read_bytes(name, bytes) {
        Ok(source) => sound(&source),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    assert!(
        start.elapsed() < Duration::from_secs(6),
        "{name} took {:?}",
        start.elapsed()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        for name in NAMES {
            survive(name, &bytes);
        }
    }

    #[test]
    fn random_text_never_panics(text in "([ -~]|\\PC|<[a-z1-6]{1,6}>|</[a-z1-6]{1,6}>|---\n|\n|:|第一条){0,120}") {
        for name in &NAMES[..3] {
            survive(name, text.as_bytes());
        }
    }

    #[test]
    fn damaged_files_never_panic(sample in 0_usize..5, cut in 0.0..1.0, flips in prop::collection::vec((0.0..1.0, any::<u8>()), 0..6)) {
        let (name, mut bytes) = samples().swap_remove(sample);
        for (place, value) in flips {
            let index = (place * bytes.len() as f64) as usize;
            bytes[index] = value;
        }
        survive(name, &bytes);
        bytes.truncate((cut * bytes.len() as f64) as usize);
        survive(name, &bytes);
    }
}

#[test]
fn every_prefix_of_a_package_survives() {
    for (name, bytes) in samples() {
        for length in (0..bytes.len()).step_by(bytes.len().div_ceil(200)) {
            survive(name, &bytes[..length]);
        }
    }
}

#[rstest]
#[case("a.docx", "word/document.xml")]
#[case("a.xlsx", "xl/worksheets/sheet1.xml")]
fn a_bomb_is_refused(#[case] name: &str, #[case] part: &str) {
    let bomb = package(&[(part, &" ".repeat(40 << 20))]);
    assert!(bomb.len() < 100_000);
    assert!(matches!(
        read_bytes(name, &bomb),
        Err(ReadError::Unsafe { .. })
    ));
}

#[test]
fn stated_counts_are_not_believed() {
    let lie = strings(&[]).replace(r#"uniqueCount="0""#, r#"uniqueCount="99999999999""#);
    assert!(matches!(
        read_bytes("a.xlsx", &workbook(&[("表", "")], &lie)),
        Err(ReadError::Unsafe { .. })
    ));
}

#[test]
fn deep_nesting_is_refused() {
    let deep = |open: &str, close: &str| open.repeat(100_000) + &close.repeat(100_000);
    let word = package(&[("word/document.xml", &docx(&deep("<w:p>", "</w:p>")))]);
    assert!(matches!(
        read_bytes("a.docx", &word),
        Err(ReadError::Unsafe { .. })
    ));
    assert!(matches!(
        read_bytes("a.html", deep("<div>", "</div>").as_bytes()),
        Err(ReadError::Unsafe { .. })
    ));
    assert!(matches!(
        read_bytes("a.html", "<b><i>".repeat(500).as_bytes()),
        Err(ReadError::Unsafe { .. })
    ));
}

#[test]
fn too_many_attributes_are_refused() {
    let attributes: String = (0..100_000).map(|index| format!("a{index}=b ")).collect();
    let page = format!("<a {attributes}>甲</a>");
    assert!(matches!(
        read_bytes("a.html", page.as_bytes()),
        Err(ReadError::Unsafe { .. })
    ));
}

#[rstest]
#[case::paragraphs("<p>".to_owned())]
#[case::cells("<table><tr><td>".to_owned())]
#[case::text("<".to_owned())]
#[case::comments("<!-- <div> -->".to_owned())]
#[case::attributes("<a b=c>x</a>".to_owned())]
fn large_pages_end_in_time(#[case] unit: String) {
    survive("a.html", unit.repeat((2 << 20) / unit.len()).as_bytes());
}

#[test]
fn limits_hold() {
    let limits = Limits {
        file_bytes: 10,
        characters: 5,
        ..Limits::default()
    };
    assert!(matches!(
        read_bytes_within("a.txt", &[b'a'; 11], &limits),
        Err(ReadError::TooLarge { limit: 10, .. })
    ));
    assert!(matches!(
        read_bytes_within("a.txt", &[b'a'; 6], &limits),
        Err(ReadError::TooLarge { limit: 5, .. })
    ));
    assert!(read_bytes_within("a.txt", &[b'a'; 5], &limits).is_ok());
    let impatient = Limits {
        deadline: Duration::ZERO,
        ..Limits::default()
    };
    let large = "<p>第一条</p>".repeat(10_000);
    assert!(matches!(
        read_bytes_within("a.html", large.as_bytes(), &impatient),
        Err(ReadError::Timeout { .. })
    ));
}

/// A minimal PDF whose only interesting object is `extra`.
fn raw_pdf(extra: &str) -> Vec<u8> {
    let mut file = String::from(
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n",
    );
    let _ = write!(
        file,
        "3 0 obj<</Type/Page/Parent 2 0 R/Contents 4 0 R>>endobj\n4 0 obj{extra}endobj\ntrailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF"
    );
    file.into_bytes()
}

#[test]
fn hostile_pdfs_end_in_time() {
    survive("a.pdf", &raw_pdf(&"[".repeat(1 << 20)));
    survive("a.pdf", &raw_pdf(&"<<".repeat(1 << 20)));
    survive("a.pdf", &raw_pdf(&"(".repeat(1 << 20)));
    assert!(matches!(
        read_bytes("a.pdf", &raw_pdf(&format!("[{}]", "1 ".repeat(4 << 20)))),
        Err(ReadError::Unsafe { .. })
    ));
    let operators = "q ".repeat(1 << 20);
    survive(
        "a.pdf",
        &raw_pdf(&format!(
            "<</Length {}>>stream\n{operators}\nendstream ",
            operators.len()
        )),
    );
    // A page tree and a font that refer to themselves.
    survive("a.pdf", b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9/Parent 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF");
}
