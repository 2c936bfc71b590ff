//! Encodings, plain text and Markdown.

use encoding_rs::{BIG5, GB18030};
use insta::assert_snapshot;
use rstest::rstest;

use super::{bad, dropped, good, shown};
use crate::meta::Status;
use crate::read::{ReadError, is_readable, read};
use crate::source::DropReason;

const LAW: &str =
    "第一条 为了规范户口登记，制定本规定。\n第二条 本市行政区域内的户口登记，适用本规定。\n";

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[rstest]
#[case::utf8("UTF-8", LAW.as_bytes().to_vec())]
#[case::gb18030("gb18030", GB18030.encode(LAW).0.into_owned())]
#[case::utf16le("UTF-16LE", utf16(LAW, u16::to_le_bytes))]
#[case::utf16be("UTF-16BE", utf16(LAW, u16::to_be_bytes))]
fn encodings_are_told_apart_without_a_mark(#[case] encoding: &str, #[case] bytes: Vec<u8>) {
    let source = good("a.txt", &bytes);
    assert_eq!(
        (source.encoding.as_str(), source.text.as_str()),
        (encoding, LAW)
    );
}

#[rstest]
#[case::utf8("UTF-8", [b"\xEF\xBB\xBF".to_vec(), LAW.as_bytes().to_vec()].concat())]
#[case::utf16le("UTF-16LE", [b"\xFF\xFE".to_vec(), utf16(LAW, u16::to_le_bytes)].concat())]
#[case::utf16be("UTF-16BE", [b"\xFE\xFF".to_vec(), utf16(LAW, u16::to_be_bytes)].concat())]
fn a_byte_order_mark_is_kept_and_listed(#[case] encoding: &str, #[case] bytes: Vec<u8>) {
    let source = good("a.txt", &bytes);
    assert_eq!(source.encoding, encoding);
    assert_eq!(source.text.trim_start_matches('\u{FEFF}'), LAW);
    assert_eq!(source.dropped.len(), 1);
    assert_eq!(
        (source.dropped[0].range.clone(), source.dropped[0].reason),
        (0..3, DropReason::Invisible)
    );
}

#[rstest]
#[case::one_sentence("办理时限为三个工作日。")]
#[case::a_word("和澜市")]
#[case::rare_characters("居民㐀䶮、𠀀𪚥𬬭的姓名用字")]
#[case::rare_hanzi_of_gbk("朱镕基、陶喆到场，共计１２３人。")]
#[case::mixed("联系电话 0599-6001234 (办公时间 9:00-17:00)\nE-mail: a@b.cn 咨询")]
fn gb18030_round_trips(#[case] text: &str) {
    let source = good("a.txt", &GB18030.encode(text).0);
    assert_eq!(
        (source.encoding.as_str(), source.text.as_str()),
        ("gb18030", text)
    );
}

#[test]
fn pure_chinese_in_utf16_needs_no_zero_bytes() {
    let text = "为了规范户口登记和迁移管理保障公民合法权益制定本规定";
    assert_eq!(good("a.txt", &utf16(text, u16::to_le_bytes)).text, text);
    assert_eq!(good("a.txt", &utf16(text, u16::to_be_bytes)).text, text);
}

#[test]
fn ascii_in_utf16_is_not_taken_for_nul_characters() {
    assert_eq!(
        good("a.txt", &utf16("Helan City\n", u16::to_le_bytes)).text,
        "Helan City\n"
    );
}

#[test]
fn traditional_chinese_in_big5_is_read() {
    let text =
        "城市作為一個複雜的巨系統，承載著各類社會活動，如何保障城市有序、安全是一項系統性工程。";
    let source = good("a.txt", &BIG5.encode(text).0);
    assert_eq!(
        (source.encoding.as_str(), source.text.as_str()),
        ("Big5", text)
    );
}

#[test]
fn damaged_utf8_is_an_error_with_its_place_and_not_gb18030() {
    let mut bytes = LAW.repeat(3).into_bytes();
    bytes[30] = 0xFF;
    assert!(matches!(
        bad("a.txt", &bytes),
        ReadError::Encoding { offset: 28..=30 }
    ));
    let cut = &LAW.as_bytes()[..LAW.len() - 3];
    assert!(matches!(bad("a.txt", cut), ReadError::Encoding { .. }));
    assert!(matches!(
        bad(
            "a.md",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x03\xe8\0\0\x01\xf4\x08\x06"
        ),
        ReadError::Encoding { offset: 0 }
    ));
}

#[test]
fn line_ends_become_line_feeds() {
    assert_eq!(
        good("a.txt", "一\r\n二\r三\n\r\n四".as_bytes()).text,
        "一\n二\n三\n\n四"
    );
}

#[test]
fn invisible_characters_stay_and_are_listed() {
    let source = good(
        "a.txt",
        "第\u{200B}\u{FEFF}三条\0 \u{202E}可以\u{2069}退\u{00AD}款\t。".as_bytes(),
    );
    assert_snapshot!(shown(&source), @r"第<invisible: \u{200b}\u{feff}>三条<invisible: \0> <invisible: \u{202e}>可以<invisible: \u{2069}>退<invisible: \u{ad}>款	。");
}

#[test]
fn an_empty_file_is_empty() {
    assert_eq!(good("a.txt", b"").text, "");
    assert_eq!(good("a.md", b"").text, "");
}

#[test]
fn front_matter_becomes_metadata() {
    let source = good(
        "a.md",
        "\u{FEFF}---\r\nid: HL-002\r\ntitle: \"和澜市：户籍管理规定\"\r\nissuing_body: 和澜市人民政府\r\n# a comment\r\narticles: 68\r\ntags:\r\n  - a\r\n\
         version_date: 2023-04-18\r\neffective_date: '2023-07-01'\r\nsuperseded_on:\r\nstatus: superseded\r\n---\r\n# 标题\r\n"
            .as_bytes(),
    );
    let meta = &source.meta;
    assert_eq!(meta.id.as_deref(), Some("HL-002"));
    assert_eq!(meta.title.as_deref(), Some("和澜市：户籍管理规定"));
    assert_eq!(meta.version_date, Some(jiff::civil::date(2023, 4, 18)));
    assert_eq!(meta.effective_date, Some(jiff::civil::date(2023, 7, 1)));
    assert_eq!(
        (meta.superseded_on, meta.status),
        (None, Some(Status::Superseded))
    );
    let front = dropped(&source, DropReason::FrontMatter);
    assert!(front[0].starts_with("---\nid: HL-002") && front[0].ends_with("\n---"));
    assert_eq!(source.dropped.len(), 2);
    assert_eq!(&source.text[source.dropped[1].range.end..], "# 标题\n");
}

#[rstest]
#[case::no_month("---\ntitle: 甲\nversion_date: 2023-13-18\n---\n")]
#[case::words("---\ntitle: 甲\nversion_date: 2023年4月\n---\n")]
#[case::status("---\ntitle: 甲\nstatus: valid\n---\n")]
#[case::open("---\ntitle: 甲\nstatus: current\n")]
#[case::prose("---\ntitle: 甲\n第一条 本法\n---\n")]
fn a_wrong_front_matter_is_an_error(#[case] text: &str) {
    assert!(matches!(
        bad("a.md", text.as_bytes()),
        ReadError::Malformed { .. }
    ));
}

#[test]
fn a_bad_date_names_its_key_and_line() {
    let error = bad("a.md", b"---\nid: a\neffective_date: 2024-02-30\n---\n");
    assert_snapshot!(error, @r"
    `effective_date: 2024-02-30` is not a date such as 2024-05-01 (line 3)
    hint: correct the file, or open it in its program and save it again
    ");
}

#[rstest]
#[case::rule("---\n第一段。\n---\n第二段。\n")]
#[case::last("---\n")]
#[case::later("正文\n---\ntitle: 甲\n---\n")]
fn a_rule_is_no_front_matter(#[case] text: &str) {
    let source = good("a.md", text.as_bytes());
    assert!(source.dropped.is_empty() && source.text == text);
}

#[test]
fn readable_is_decided_by_extension() {
    let known = [
        "a.md",
        "a.markdown",
        "a.TXT",
        "a.html",
        "a.htm",
        "b/a.Docx",
        "a.xlsx",
        "a.pdf",
    ];
    assert!(known.iter().all(|name| is_readable(name.as_ref())));
    let unknown = ["a", "a.doc", "a.md~", ".md", "a.csv", "a.zip"];
    assert!(unknown.iter().all(|name| !is_readable(name.as_ref())));
}

#[test]
fn a_missing_file_and_an_unknown_format_are_told_apart() {
    assert_snapshot!(read("nowhere/a.md".as_ref()).unwrap_err(), @r"
    `nowhere/a.md` was not found
    hint: check the path
    ");
    assert_snapshot!(read("nowhere/a.doc".as_ref()).unwrap_err(), @r"
    `nowhere/a.doc` has no known format
    hint: save it as md, txt, html, docx, xlsx or pdf
    ");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.md");
    std::fs::create_dir(&path).unwrap();
    assert!(matches!(read(&path), Err(ReadError::Io { .. })));
}
