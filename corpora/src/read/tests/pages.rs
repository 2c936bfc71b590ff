//! PDF files made in code, with the fonts that Chinese offices produce.

use encoding_rs::GB18030;
use insta::assert_snapshot;
use lopdf::content::{Content, Operation};
use lopdf::{
    Dictionary, Document, EncryptionState, EncryptionVersion, Object, Permissions, Stream,
    StringFormat, dictionary,
};

use super::{bad, good, shown};
use crate::read::ReadError;

/// How a test font writes its text.
#[derive(Clone, Copy)]
pub(super) enum Writing {
    /// UniGB-UCS2-H, not embedded.
    Unicode,
    /// GBK-EUC-H, not embedded.
    Gbk,
    /// Identity-H with a ToUnicode map that adds 1 to each code.
    Mapped,
    /// Identity-H without a map.
    Unmapped,
}

impl Writing {
    fn encode(self, text: &str) -> Vec<u8> {
        let units = |shift: u16| {
            text.encode_utf16()
                .flat_map(|unit| (unit - shift).to_be_bytes())
                .collect()
        };
        match self {
            Self::Unicode => units(0),
            Self::Gbk => GB18030.encode(text).0.into_owned(),
            Self::Mapped | Self::Unmapped => units(1),
        }
    }

    fn font(self, document: &mut Document) -> Dictionary {
        let encoding = match self {
            Self::Unicode => "UniGB-UCS2-H",
            Self::Gbk => "GBK-EUC-H",
            Self::Mapped | Self::Unmapped => "Identity-H",
        };
        let mut font = dictionary! { "Type" => "Font", "Subtype" => "Type0", "BaseFont" => "STSong-Light", "Encoding" => encoding };
        if matches!(self, Self::Mapped) {
            let map = b"/CIDInit /ProcSet findresource begin begincmap\n1 begincodespacerange <0000> <FFFF> endcodespacerange\n\
                2 beginbfrange <0000> <4FFF> <0001> <5000> <FFFE> <5001> endbfrange endcmap";
            let id = document.add_object(Stream::new(dictionary! {}, map.to_vec()));
            font.set("ToUnicode", id);
        }
        font
    }
}

/// A text at a height; those of one page.
type Page<'a> = Vec<(i64, &'a str)>;

pub(super) fn document(writing: Writing, pages: &[Page<'_>]) -> Document {
    let mut document = Document::with_version("1.5");
    let font = writing.font(&mut document);
    let font = document.add_object(font);
    let parent = document.new_object_id();
    let mut kids = Vec::new();
    for page in pages {
        let mut operations = Vec::new();
        for (height, text) in page {
            operations.extend([
                Operation::new("BT", vec![]),
                Operation::new("Tf", vec!["F1".into(), 12.into()]),
                Operation::new("Td", vec![72.into(), (*height).into()]),
                Operation::new(
                    "Tj",
                    vec![Object::String(
                        writing.encode(text),
                        StringFormat::Hexadecimal,
                    )],
                ),
                Operation::new("ET", vec![]),
            ]);
        }
        let content = Content { operations }.encode().unwrap();
        let content = document.add_object(Stream::new(dictionary! {}, content));
        kids.push(Object::Reference(document.add_object(dictionary! {
            "Type" => "Page", "Parent" => parent, "Contents" => content,
            "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
            "Resources" => dictionary! { "Font" => dictionary! { "F1" => font } },
        })));
    }
    let count = i64::try_from(kids.len()).unwrap();
    document.objects.insert(
        parent,
        dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count }.into(),
    );
    let root = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => parent });
    document.trailer.set("Root", root);
    document.trailer.set(
        "ID",
        vec![
            Object::string_literal("0123456789abcdef"),
            Object::string_literal("0123456789abcdef"),
        ],
    );
    document
}

pub(super) fn bytes(mut document: Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

fn notice() -> Vec<Page<'static>> {
    vec![vec![
        (780, "第一条 申请材料"),
        (760, "身份证；"),
        (740, "户口簿。"),
    ]]
}

#[test]
fn chinese_fonts_are_read() {
    for writing in [Writing::Unicode, Writing::Gbk, Writing::Mapped] {
        let source = good("a.pdf", &bytes(document(writing, &notice())));
        assert_eq!(source.text, "第一条 申请材料\n身份证；\n户口簿。\n");
    }
}

#[test]
fn compressed_streams_and_object_streams_are_read() {
    let mut file = document(Writing::Unicode, &notice());
    file.compress();
    let mut bytes = Vec::new();
    file.save_modern(&mut bytes).unwrap();
    assert_eq!(
        good("a.pdf", &bytes).text,
        "第一条 申请材料\n身份证；\n户口簿。\n"
    );
}

#[test]
fn a_font_without_unicode_values_is_refused() {
    assert_snapshot!(bad("a.pdf", &bytes(document(Writing::Unmapped, &notice()))), @r"
    100 % of the characters have no Unicode value, because their fonts are not described (whole file)
    hint: correct the file, or open it in its program and save it again
    ");
}

#[test]
fn runs_on_one_baseline_are_one_line() {
    let mut file = document(Writing::Unicode, &[vec![(700, "甲")]]);
    let id = file.get_pages()[&1];
    let text = |text: &str| {
        let hex: String = Writing::Unicode
            .encode(text)
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect();
        format!("<{hex}>")
    };
    let content = format!(
        "q 1 0 0 1 10 10 cm BT /F1 10 Tf 1 0 0 1 50 500 Tm {} Tj ET BT /F1 10 Tf 70 500 Td {} Tj ET \
         BT /F1 10 Tf 14 TL 50 480 Td [{} -1500 {} 20 {}] TJ T* {} Tj {} ' ET Q BT /F1 5 Tf 2 0 0 2 60 400 Tm {} Tj 10 0 Td {} Tj ET",
        text("住房"),
        text("公积金"),
        text("事项"),
        text("时限"),
        text("说明"),
        text("第二行"),
        text("第三行"),
        text("放"),
        text("大"),
    );
    file.change_page_content(id, content.into_bytes()).unwrap();
    assert_snapshot!(shown(&good("a.pdf", &bytes(file))), @r"
    住房公积金
    事项 时限说明
    第二行
    第三行
    放 大
    ");
}

#[test]
fn forms_are_read_in_place() {
    let mut file = document(Writing::Unicode, &[vec![(700, "甲")]]);
    let id = file.get_pages()[&1];
    let font = file.get_page_fonts(id).unwrap()[b"F1".as_slice()].clone();
    let inner = format!("BT /G 12 Tf 0 0 Td <{}> Tj ET /Self Do", "4E594E59");
    let form = Stream::new(
        dictionary! { "Type" => "XObject", "Subtype" => "Form", "Matrix" => vec![1.into(), 0.into(), 0.into(), 1.into(), 72.into(), 600.into()],
        "Resources" => dictionary! { "Font" => dictionary! { "G" => font } } },
        inner.into_bytes(),
    );
    let form = file.add_object(form);
    file.add_xobject(id, "Fm0", form).unwrap();
    let content = [file.get_page_content(id), b" /Fm0 Do".to_vec()].concat();
    file.change_page_content(id, content).unwrap();
    assert_eq!(good("a.pdf", &bytes(file)).text, "甲\n乙乙\n");
}

#[test]
fn page_numbers_and_running_headers_are_dropped() {
    let body = ["第一条 甲，", "第二条 乙。", "第三条 丙。", "第四条 丁。"];
    let numbers = ["1", "2", "3", "4"];
    let decorated = ["第 1 页 共 4 页", "第2页", "- 3 -", "4 / 4"];
    let pages: Vec<Page<'_>> = (0..4)
        .map(|page| {
            vec![
                (800, "和澜市规范性文件"),
                (700, body[page]),
                (680, "共 12 项"),
                (660, "12"),
                (640, "续。"),
                (40, numbers[page]),
            ]
        })
        .collect();
    assert_snapshot!(shown(&good("a.pdf", &bytes(document(Writing::Unicode, &pages)))), @r"
    <running header: 和澜市规范性文件>
    第一条 甲，
    共 12 项
    12
    续。
    <page number: 1>
    <running header: 和澜市规范性文件>
    第二条 乙。
    共 12 项
    12
    续。
    <page number: 2>
    <running header: 和澜市规范性文件>
    第三条 丙。
    共 12 项
    12
    续。
    <page number: 3>
    <running header: 和澜市规范性文件>
    第四条 丁。
    共 12 项
    12
    续。
    <page number: 4>
    ");
    let pages: Vec<Page<'_>> = (0..4)
        .map(|page| {
            vec![
                (30, decorated[page]),
                (700, body[page]),
                (680, "有下列情形的；"),
            ]
        })
        .collect();
    assert_snapshot!(shown(&good("a.pdf", &bytes(document(Writing::Unicode, &pages)))), @r"
    <page number: 第 1 页 共 4 页>
    第一条 甲，
    有下列情形的；
    <page number: 第2页>
    第二条 乙。
    有下列情形的；
    <page number: - 3 ->
    第三条 丙。
    有下列情形的；
    <page number: 4 / 4>
    第四条 丁。
    有下列情形的；
    ");
}

#[test]
fn a_number_that_does_not_count_pages_stays() {
    let pages = vec![
        vec![(700, "窗口"), (680, "5")],
        vec![(700, "人数"), (680, "48")],
    ];
    assert_eq!(
        good("a.pdf", &bytes(document(Writing::Unicode, &pages))).text,
        "窗口\n5\n人数\n48\n"
    );
}

#[test]
fn pages_without_text_are_scanned() {
    assert!(matches!(
        bad(
            "a.pdf",
            &bytes(document(Writing::Unicode, &[vec![], vec![]]))
        ),
        ReadError::Scanned { pages: 2 }
    ));
}

#[test]
fn the_title_is_believed_if_the_text_holds_it() {
    for (title, expected) in [
        ("第一条 申请材料", Some("第一条 申请材料")),
        ("模板2019.doc", None),
    ] {
        let mut file = document(Writing::Unicode, &notice());
        let information = file.add_object(dictionary! { "Title" => lopdf::text_string(title) });
        file.trailer.set("Info", information);
        assert_eq!(good("a.pdf", &bytes(file)).meta.title.as_deref(), expected);
    }
}

fn encrypted(user: &str) -> Vec<u8> {
    let mut file = document(Writing::Unicode, &notice());
    let version = EncryptionVersion::V2 {
        document: &file,
        owner_password: "owner",
        user_password: user,
        key_length: 128,
        permissions: Permissions::all(),
    };
    let state = EncryptionState::try_from(version).unwrap();
    file.encrypt(&state).unwrap();
    bytes(file)
}

#[test]
fn only_a_user_password_keeps_a_file_closed() {
    assert_eq!(
        good("a.pdf", &encrypted("")).text,
        "第一条 申请材料\n身份证；\n户口簿。\n"
    );
    assert!(matches!(
        bad("a.pdf", &encrypted("secret")),
        ReadError::Encrypted
    ));
}
