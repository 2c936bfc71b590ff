//! DOCX and XLSX packages made in code.

use insta::assert_snapshot;

use super::{bad, dropped, good, package, shown};
use crate::read::ReadError;
use crate::source::DropReason;

const SPACE: &str = r#"xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006""#;

pub(super) fn document(body: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><w:document {SPACE}><w:body>{body}</w:body></w:document>"#
    )
}

fn paragraph(text: &str) -> String {
    format!("<w:p>\n  <w:r><w:t>{text}</w:t></w:r>\n</w:p>")
}

fn styled(style: &str, text: &str) -> String {
    format!(r#"<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"#)
}

fn row(cells: &[&str]) -> String {
    let cells: String = cells
        .iter()
        .map(|cell| format!("<w:tc><w:tcPr/>{}</w:tc>", paragraph(cell)))
        .collect();
    format!("<w:tr>{cells}</w:tr>")
}

fn styles() -> String {
    let style = |id: &str, inner: &str| {
        format!(r#"<w:style w:type="paragraph" w:styleId="{id}">{inner}</w:style>"#)
    };
    let all = [
        style("1", r#"<w:name w:val="heading 1"/>"#),
        style("a3", r#"<w:name w:val="标题 2"/>"#),
        style("a5", r#"<w:name w:val="Title"/>"#),
        style("zw", r#"<w:name w:val="章名"/><w:basedOn w:val="1"/>"#),
        style(
            "ol",
            r#"<w:name w:val="条目"/><w:pPr><w:outlineLvl w:val="2"/></w:pPr>"#,
        ),
        style("TOC1", r#"<w:name w:val="toc 1"/>"#),
        style("x", r#"<w:name w:val="x"/><w:basedOn w:val="y"/>"#),
        style("y", r#"<w:name w:val="y"/><w:basedOn w:val="x"/>"#),
        style("2", r#"<w:name w:val="Body"/>"#),
    ];
    format!("<w:styles {SPACE}>{}</w:styles>", all.concat())
}

#[test]
fn headings_follow_styles() {
    let body = [
        styled("a5", "和澜市办事指南"),
        styled("TOC1", "一、依据\t1"),
        styled("1", "一、依据"),
        styled("a3", "（一）法律"),
        styled("zw", "第二章 A &amp; B &#20013;"),
        styled("ol", "3. 材料"),
        styled("x", "环形样式"),
        styled("2", "正文"),
        r#"<w:p><w:pPr><w:outlineLvl w:val="1"/></w:pPr><w:r><w:t>大纲</w:t></w:r></w:p>"#
            .to_owned(),
        styled("1", ""),
    ];
    let source = good(
        "a.docx",
        &package(&[
            ("word/document.xml", &document(&body.concat())),
            ("word/styles.xml", &styles()),
        ]),
    );
    assert_snapshot!(shown(&source), @r"
    # 和澜市办事指南
    <table of contents: 一、依据\t1>
    # 一、依据
    ## （一）法律
    # 第二章 A & B 中
    ### 3. 材料
    环形样式
    正文
    ## 大纲
    ");
    assert_eq!(source.meta.title.as_deref(), Some("和澜市办事指南"));
}

#[test]
fn a_file_without_styles_is_judged_by_style_names() {
    let body =
        styled("Heading2", "甲") + &styled("标题3", "乙") + &styled("1", "丙") + &paragraph("丁");
    let source = good(
        "a.docx",
        &package(&[("word/document.xml", &document(&body))]),
    );
    assert_snapshot!(shown(&source), @r"
    ## 甲
    ### 乙
    # 丙
    丁
    ");
}

#[test]
fn tables_become_pipe_tables() {
    let merged = format!(
        r#"<w:tr><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>{}{}</w:tc><w:tc>{}</w:tc></w:tr>"#,
        paragraph("两列"),
        paragraph("第二段"),
        format_args!(
            "<w:tbl>{}{}</w:tbl>{}",
            row(&["内一", "内二"]),
            row(&["内三", "内四"]),
            paragraph("后")
        ),
    );
    let table = format!(
        "<w:tbl>{}{}{merged}</w:tbl>",
        row(&["事项", "时限", "费用|元"]),
        row(&["落户", "3<w:br/>日", "0"])
    );
    let body = paragraph("见下表：") + &table + &paragraph("表后。");
    let source = good(
        "a.docx",
        &package(&[(
            "word/document.xml",
            &document(&body.replace("3<w:br/>日", "3</w:t><w:br/><w:t>日")),
        )]),
    );
    assert_snapshot!(shown(&source), @r"
    见下表：
    | 事项 | 时限 | 费用\|元 |
    | --- | --- | --- |
    | 落户 | 3 日 | 0 |
    | 两列 第二段 |  | 内一 内二 内三 内四 后 |
    表后。
    ");
}

#[test]
fn deleted_text_and_repeated_fallbacks_are_left_out() {
    let body = r#"<w:p><w:r><w:t xml:space="preserve">期限 </w:t></w:r><w:del><w:r><w:delText>十</w:delText></w:r></w:del><w:ins><w:r><w:t>三十</w:t></w:r></w:ins><w:r><w:t>日</w:t></w:r>
      <w:r><w:fldChar/><w:instrText>PAGE</w:instrText></w:r></w:p>
      <w:p><mc:AlternateContent><mc:Choice><w:r><w:txbxContent><w:p><w:r><w:t>框内</w:t></w:r></w:p></w:txbxContent></w:r></mc:Choice>
      <mc:Fallback><w:r><w:txbxContent><w:p><w:r><w:t>框内</w:t></w:r></w:p></w:txbxContent></w:r></mc:Fallback></mc:AlternateContent><w:r><w:t>框外</w:t></w:r></w:p>"#;
    let source = good(
        "a.docx",
        &package(&[("word/document.xml", &document(body))]),
    );
    assert_snapshot!(shown(&source), @r"
    期限 三十日
    框内
    框外
    ");
}

#[test]
fn headers_footers_notes_and_the_title_are_found() {
    let part = |name: &str, text: &str| format!("<w:{name} {SPACE}>{}</w:{name}>", paragraph(text));
    let source = good(
        "a.docx",
        &package(&[
            ("word/document.xml", &document(&paragraph("正文。"))),
            ("word/header1.xml", &part("hdr", "和澜市文件")),
            ("word/footer2.xml", &part("ftr", "第 1 页")),
            ("word/footnotes.xml", &part("footnotes", "注：含本数。")),
            (
                "docProps/core.xml",
                r#"<cp:coreProperties xmlns:cp="a" xmlns:dc="b"><dc:title>关于A&amp;B的通知</dc:title><dc:creator>甲</dc:creator></cp:coreProperties>"#,
            ),
        ]),
    );
    assert_eq!(source.meta.title.as_deref(), Some("关于A&B的通知"));
    assert_eq!(
        dropped(&source, DropReason::RunningHeader),
        ["第 1 页", "和澜市文件"]
    );
    assert_snapshot!(shown(&source), @r"
    正文。
    <running header: 第 1 页>
    注：含本数。
    <running header: 和澜市文件>
    ");
}

#[test]
fn damaged_documents_say_where() {
    let cut = document(&paragraph("正文")).replace("</w:body></w:document>", "");
    assert!(matches!(
        bad("a.docx", &package(&[("word/document.xml", &cut)])),
        ReadError::Malformed { .. }
    ));
    assert_snapshot!(bad("a.docx", &package(&[("a.txt", "b")])), @r"
    the file is not a Word document (part `word/document.xml` is missing)
    hint: correct the file, or open it in its program and save it again
    ");
    assert_snapshot!(bad("a.docx", b"no package"), @r"
    the file is not a complete Office document (package)
    hint: correct the file, or open it in its program and save it again
    ");
}

#[test]
fn the_old_and_the_encrypted_format_are_told_apart() {
    let mut bytes = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    bytes.resize(600, 0);
    assert_snapshot!(bad("a.docx", &bytes), @r"
    the file is in the old Office format; save it as docx or xlsx (whole file)
    hint: correct the file, or open it in its program and save it again
    ");
    bytes.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    assert!(matches!(bad("a.xlsx", &bytes), ReadError::Encrypted));
}

const MAIN: &str = r#"xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships""#;

pub(super) fn workbook(sheets: &[(&str, &str)], strings: &str) -> Vec<u8> {
    let mut names = String::new();
    let mut relations = String::new();
    let mut parts = Vec::new();
    for (index, (name, rows)) in sheets.iter().enumerate() {
        let (name, hidden) = name
            .strip_prefix('!')
            .map_or((*name, ""), |name| (name, r#" state="hidden""#));
        names += &format!(
            r#"<sheet name="{name}" sheetId="{}" r:id="rId{index}"{hidden}/>"#,
            index + 1
        );
        relations += &format!(
            r#"<Relationship Id="rId{index}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet{index}.xml"/>"#
        );
        parts.push((
            format!("xl/worksheets/sheet{index}.xml"),
            format!("<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"),
        ));
    }
    let space = r#"xmlns="http://schemas.openxmlformats.org/package/2006/relationships""#;
    parts.extend([
        ("[Content_Types].xml".to_owned(), r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#.to_owned()),
        ("_rels/.rels".to_owned(), format!(r#"<Relationships {space}><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#)),
        ("xl/workbook.xml".to_owned(), format!("<workbook {MAIN}><sheets>{names}</sheets></workbook>")),
        ("xl/_rels/workbook.xml.rels".to_owned(), format!("<Relationships {space}>{relations}</Relationships>")),
        ("xl/styles.xml".to_owned(), format!(r#"<styleSheet {MAIN}><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/></numFmts><cellXfs count="5"><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="10"/><xf numFmtId="22"/><xf numFmtId="9"/></cellXfs></styleSheet>"#)),
        ("xl/sharedStrings.xml".to_owned(), strings.to_owned()),
    ]);
    let parts: Vec<(&str, &str)> = parts
        .iter()
        .map(|(name, content)| (name.as_str(), content.as_str()))
        .collect();
    package(&parts)
}

pub(super) fn strings(all: &[&str]) -> String {
    let items: String = all
        .iter()
        .map(|text| format!("<si><t>{text}</t></si>"))
        .collect();
    format!(
        r#"<sst {MAIN} count="{0}" uniqueCount="{0}">{items}</sst>"#,
        all.len()
    )
}

fn cell(place: &str, value: &str) -> String {
    match value.strip_prefix('=') {
        Some(index) => format!(r#"<c r="{place}" t="s"><v>{index}</v></c>"#),
        None => format!(r#"<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>"#),
    }
}

#[test]
fn each_row_keeps_the_names_of_its_columns() {
    let rows = [
        format!("<row r=\"1\">{}</row>", cell("A1", "=0")),
        format!("<row r=\"3\">{}{}{}{}</row>", cell("A3", "窗口"), cell("B3", "=1"), cell("C3", "启用"), cell("E3", "办结率")),
        format!(r#"<row r="4">{}{}<c r="C4" s="1"><v>45413</v></c><c r="D4"><v>3.0</v></c><c r="E4" s="2"><v>0.955</v></c></row>"#, cell("A4", "户籍"), cell("B4", "一楼\n东侧")),
        format!(r#"<row r="5">{}<c r="B5"/><c r="C5" s="3"><v>45413.395833333336</v></c><c r="E5" s="4"><v>0.07</v></c></row>"#, cell("A5", "社保")),
        r#"<row r="7"><c r="A7"><v>12.5</v></c><c r="B7"><v>1234567890123</v></c><c r="C7" t="b"><v>1</v></c><c r="D7"><v>0.1</v></c><c r="E7" t="e"><v>#N/A</v></c></row>"#.to_owned(),
    ];
    let notes = format!(
        "<row r=\"1\">{}</row><row r=\"2\">{}</row>",
        cell("A1", "说明一"),
        cell("A2", "说明二")
    );
    let only = format!(
        "<row r=\"1\">{}{}</row>",
        cell("A1", "姓名"),
        cell("B1", "电话")
    );
    let source = good(
        "a.xlsx",
        &workbook(
            &[
                ("窗口", &rows.concat()),
                ("!藏", &notes),
                ("说明", &notes),
                ("空", ""),
                ("表头", &only),
            ],
            &strings(&["政务大厅窗口一览", "位置"]),
        ),
    );
    assert_snapshot!(shown(&source), @r"
    ## 窗口
    政务大厅窗口一览
    窗口：户籍；位置：一楼 东侧；启用：2024-05-01；3；办结率：95.5%
    窗口：社保；启用：2024-05-01 09:30；办结率：7%
    窗口：12.5；位置：1234567890123；启用：是；0.1
    ## 说明
    说明一
    说明二
    ## 表头
    姓名；电话
    ");
}

#[test]
fn a_far_cell_costs_nothing() {
    let far = format!(
        r#"<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576">{}</row>"#,
        cell("XFD1048576", "远")
    );
    assert_eq!(
        good("a.xlsx", &workbook(&[("表", &far)], &strings(&[]))).text,
        "## 表\n\n1\n远\n"
    );
}
