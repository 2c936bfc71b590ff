//! A Word document (ECMA-376, WordprocessingML): a title, a table of the rows, what is open, the label. The metadata of
//! generated text is a custom property of the document. Equal reviews give equal bytes.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{Mark, escaped};
use crate::form::error::FormError;
use crate::form::review::Review;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const WORD: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";

/// Widths of the columns in twentieths of a point: together the text width of A4.
const COLUMNS: [u32; 3] = [2400, 4200, 2700];

/// The document as bytes.
///
/// # Errors
/// [`FormError::Document`] when the archive cannot be put together.
pub fn docx(review: &Review, mark: Option<Mark<'_>>) -> Result<Vec<u8>, FormError> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts(review, mark) {
        // The fixed time of the defaults: the bytes depend on the review alone.
        archive.start_file(name, SimpleFileOptions::DEFAULT)?;
        archive.write_all(text.as_bytes())?;
    }
    Ok(archive.finish()?.into_inner())
}

fn parts(review: &Review, mark: Option<Mark<'_>>) -> Vec<(&'static str, String)> {
    let mut parts = vec![
        ("[Content_Types].xml", content_types(mark.is_some())),
        ("_rels/.rels", relations(mark.is_some())),
        ("word/document.xml", document(review, mark)),
        ("docProps/core.xml", core(&review.title)),
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

fn document(review: &Review, mark: Option<Mark<'_>>) -> String {
    let grid: String = COLUMNS
        .iter()
        .map(|width| format!("<w:gridCol w:w=\"{width}\"/>"))
        .collect();
    let mut rows = row(["项目", "内容", "来源"], true);
    for next in &review.rows {
        rows.push_str(&row([&next.title, &next.shown, &next.source], false));
    }
    let problems: String = review
        .problems
        .iter()
        .map(|problem| paragraph(&format!("· {}", problem.text), &Look::Plain))
        .collect();
    let label = mark
        .map(|mark| paragraph(mark.label, &Look::Small))
        .unwrap_or_default();
    let borders: String = ["top", "left", "bottom", "right", "insideH", "insideV"]
        .iter()
        .map(|side| {
            format!("<w:{side} w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"000000\"/>")
        })
        .collect();
    format!(
        "{HEAD}<w:document xmlns:w=\"{WORD}\"><w:body>{}<w:tbl><w:tblPr><w:tblW w:w=\"{}\" w:type=\"dxa\"/><w:tblBorders>{borders}</w:tblBorders><w:tblLayout w:type=\"fixed\"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>{}{problems}{label}<w:sectPr><w:pgSz w:w=\"11906\" w:h=\"16838\"/><w:pgMar w:top=\"1134\" w:right=\"1134\" w:bottom=\"1134\" w:left=\"1134\" w:header=\"567\" w:footer=\"567\" w:gutter=\"0\"/></w:sectPr></w:body></w:document>",
        paragraph(&review.title, &Look::Title),
        COLUMNS.iter().sum::<u32>(),
        paragraph(&review.summary, &Look::Plain),
    )
}

fn row(cells: [&str; 3], head: bool) -> String {
    let cells: String = cells
        .iter()
        .zip(COLUMNS)
        .map(|(text, width)| {
            let look = if head { Look::Head } else { Look::Plain };
            format!(
                "<w:tc><w:tcPr><w:tcW w:w=\"{width}\" w:type=\"dxa\"/></w:tcPr>{}</w:tc>",
                paragraph(text, &look)
            )
        })
        .collect();
    // A head is repeated on every page; no row is broken over two.
    let repeated = if head { "<w:tblHeader/>" } else { "" };
    format!("<w:tr><w:trPr><w:cantSplit/>{repeated}</w:trPr>{cells}</w:tr>")
}

/// How a paragraph looks.
enum Look {
    Title,
    Head,
    Plain,
    Small,
}

fn paragraph(text: &str, look: &Look) -> String {
    let (place, bold, size) = match look {
        Look::Title => ("<w:jc w:val=\"center\"/>", "<w:b/>", 32),
        Look::Head => ("", "<w:b/>", 21),
        Look::Plain => ("", "", 21),
        Look::Small => ("", "", 18),
    };
    format!(
        "<w:p><w:pPr>{place}</w:pPr><w:r><w:rPr><w:rFonts w:ascii=\"Times New Roman\" w:hAnsi=\"Times New Roman\" w:eastAsia=\"宋体\"/>{bold}<w:sz w:val=\"{size}\"/></w:rPr><w:t xml:space=\"preserve\">{}</w:t></w:r></w:p>",
        escaped(text)
    )
}
