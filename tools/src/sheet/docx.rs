//! A Word document (ECMA-376, WordprocessingML) of a sheet. The metadata of generated text is a custom property of the
//! document. Charts are tables here: a drawing would need parts that readers show differently.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;

use super::{Block, Mark, Sheet, escaped};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const WORD: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";

/// Widths of the columns of a chart's table.
const CHART: [u32; 2] = [6200, 3100];

/// The document as bytes.
///
/// # Errors
/// When the archive cannot be put together.
pub fn docx(sheet: &Sheet, mark: Option<Mark<'_>>) -> Result<Vec<u8>, ZipError> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts(sheet, mark) {
        // The fixed time of the defaults: the bytes depend on the sheet alone.
        archive.start_file(name, SimpleFileOptions::DEFAULT)?;
        archive.write_all(text.as_bytes())?;
    }
    Ok(archive.finish()?.into_inner())
}

fn parts(sheet: &Sheet, mark: Option<Mark<'_>>) -> Vec<(&'static str, String)> {
    let mut parts = vec![
        ("[Content_Types].xml", content_types(mark.is_some())),
        ("_rels/.rels", relations(mark.is_some())),
        ("word/document.xml", document(sheet, mark)),
        ("docProps/core.xml", core(&sheet.title)),
    ];
    if let Some(mark) = mark {
        parts.push(("docProps/custom.xml", custom(mark)));
    }
    parts
}

fn content_types(marked: bool) -> String {
    let custom = if marked {
        "<Override PartName=\"/docProps/custom.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.custom-properties+xml\"/>"
    } else {
        ""
    };
    format!(
        "{HEAD}<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/><Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/>{custom}</Types>"
    )
}

fn relations(marked: bool) -> String {
    let custom = if marked {
        format!(
            "<Relationship Id=\"rId3\" Type=\"{OFFICE}/relationships/custom-properties\" Target=\"docProps/custom.xml\"/>"
        )
    } else {
        String::new()
    };
    format!(
        "{HEAD}<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"rId1\" Type=\"{OFFICE}/relationships/officeDocument\" Target=\"word/document.xml\"/><Relationship Id=\"rId2\" Type=\"{PACKAGE}/relationships/metadata/core-properties\" Target=\"docProps/core.xml\"/>{custom}</Relationships>"
    )
}

fn core(title: &str) -> String {
    format!(
        "{HEAD}<cp:coreProperties xmlns:cp=\"{PACKAGE}/metadata/core-properties\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>{}</dc:title><dc:language>zh-CN</dc:language></cp:coreProperties>",
        escaped(title)
    )
}

/// The property with the metadata; `fmtid` and `pid` are fixed by the format.
fn custom(mark: Mark<'_>) -> String {
    format!(
        "{HEAD}<Properties xmlns=\"{OFFICE}/custom-properties\" xmlns:vt=\"{OFFICE}/docPropsVTypes\"><property fmtid=\"{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}\" pid=\"2\" name=\"AIGC\"><vt:lpwstr>{}</vt:lpwstr></property></Properties>",
        escaped(&mark.aigc.to_string())
    )
}

fn document(sheet: &Sheet, mark: Option<Mark<'_>>) -> String {
    let blocks: String = sheet.blocks.iter().map(block).collect();
    let label = mark
        .map(|mark| paragraph(mark.label, &Look::Small))
        .unwrap_or_default();
    format!(
        "{HEAD}<w:document xmlns:w=\"{WORD}\"><w:body>{}{blocks}{label}<w:sectPr><w:pgSz w:w=\"11906\" w:h=\"16838\"/><w:pgMar w:top=\"1134\" w:right=\"1134\" w:bottom=\"1134\" w:left=\"1134\" w:header=\"567\" w:footer=\"567\" w:gutter=\"0\"/></w:sectPr></w:body></w:document>",
        paragraph(&sheet.title, &Look::Title),
    )
}

fn block(block: &Block) -> String {
    match block {
        Block::Heading(text) => paragraph(text, &Look::Heading),
        Block::Paragraph(text) => paragraph(text, &Look::Plain),
        Block::Quotation(text) => paragraph(text, &Look::Quoted),
        Block::List(points) => points
            .iter()
            .map(|point| paragraph(&format!("· {point}"), &Look::Plain))
            .collect(),
        Block::Table { head, rows, widths } => table(head, rows, widths),
        Block::Note(text) => paragraph(text, &Look::Small),
        Block::Chart(chart) => {
            let head = [chart.names.clone(), chart.unit.clone()];
            let title = paragraph(&chart.title, &Look::Head);
            title + &table(&head, &chart.rows(), &CHART)
        }
    }
}

/// A table, with an empty paragraph after it: two tables side by side would grow together.
fn table(head: &[String], rows: &[Vec<String>], widths: &[u32]) -> String {
    let grid: String = widths
        .iter()
        .map(|width| format!("<w:gridCol w:w=\"{width}\"/>"))
        .collect();
    let mut written = row(head, widths, &Look::Head);
    for next in rows {
        written.push_str(&row(next, widths, &Look::Plain));
    }
    let borders: String = ["top", "left", "bottom", "right", "insideH", "insideV"]
        .iter()
        .map(|side| {
            format!("<w:{side} w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"000000\"/>")
        })
        .collect();
    format!(
        "<w:tbl><w:tblPr><w:tblW w:w=\"{}\" w:type=\"dxa\"/><w:tblBorders>{borders}</w:tblBorders><w:tblLayout w:type=\"fixed\"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{written}</w:tbl><w:p/>",
        widths.iter().map(|width| u64::from(*width)).sum::<u64>(),
    )
}

fn row(cells: &[String], widths: &[u32], look: &Look) -> String {
    let cells: String = widths
        .iter()
        .enumerate()
        .map(|(at, width)| {
            format!(
                "<w:tc><w:tcPr><w:tcW w:w=\"{width}\" w:type=\"dxa\"/></w:tcPr>{}</w:tc>",
                paragraph(cells.get(at).map_or("", String::as_str), look)
            )
        })
        .collect();
    // A head is repeated on every page; no row is broken over two.
    let repeated = match look {
        Look::Head => "<w:tblHeader/>",
        Look::Title | Look::Heading | Look::Plain | Look::Quoted | Look::Small => "",
    };
    format!("<w:tr><w:trPr><w:cantSplit/>{repeated}</w:trPr>{cells}</w:tr>")
}

/// How a paragraph looks.
enum Look {
    Title,
    Heading,
    Head,
    Plain,
    Quoted,
    Small,
}

fn paragraph(text: &str, look: &Look) -> String {
    let (place, bold, size) = match look {
        Look::Title => ("<w:jc w:val=\"center\"/>", "<w:b/>", 32),
        // Before its text, and never alone at the foot of a page.
        Look::Heading => (
            "<w:keepNext/><w:spacing w:before=\"240\" w:after=\"60\"/><w:outlineLvl w:val=\"0\"/>",
            "<w:b/>",
            26,
        ),
        Look::Head => ("", "<w:b/>", 21),
        Look::Plain => ("", "", 21),
        Look::Quoted => ("<w:ind w:left=\"420\" w:right=\"420\"/>", "", 21),
        Look::Small => ("", "", 18),
    };
    format!(
        "<w:p><w:pPr>{place}</w:pPr><w:r><w:rPr><w:rFonts w:ascii=\"Times New Roman\" w:hAnsi=\"Times New Roman\" w:eastAsia=\"宋体\"/>{bold}<w:sz w:val=\"{size}\"/></w:rPr><w:t xml:space=\"preserve\">{}</w:t></w:r></w:p>",
        escaped(text)
    )
}
