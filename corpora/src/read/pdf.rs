//! PDF with a text layer, page by page. lopdf reads objects and streams; fonts are decoded and lines put together here,
//! because its own text extraction ends a line at each text object, knows two Chinese encodings only and takes an
//! unmapped font for Latin. Nothing recognises pictures of text, and no columns or tables are reconstructed.

mod cmap;
mod font;
mod furniture;
mod guard;
mod page;
mod state;

use lopdf::{DecompressError, Document, Error, LoadOptions};

use self::page::{Line, Pages};
use super::draft::Draft;
use super::{Allowance, ReadError};
use crate::meta::Meta;
use crate::source::{DropReason, Format, Source};

/// Percentage of characters without a Unicode value from which a text is not worth keeping.
const UNMAPPED: usize = 5;

pub(super) fn read(bytes: &[u8], allowance: &Allowance) -> Result<Source, ReadError> {
    guard::inspect(bytes, allowance)?;
    let options = LoadOptions::with_max_decompressed_size(guard::OBJECT_BYTES);
    let document = Document::load_mem_with_options(bytes, options)
        .map_err(|error| damaged(&error, "whole file"))?;
    // lopdf opens a file whose user password is empty by itself; what is still encrypted needs a password.
    if document.trailer.get(b"Encrypt").is_ok() {
        return Err(ReadError::Encrypted);
    }
    let pages = Pages::new(&document, allowance).lines()?;
    let empty = pages.iter().filter(|lines| lines.is_empty()).count();
    if pages.is_empty() {
        return Err(ReadError::malformed("the file has no pages", "whole file"));
    }
    if empty * 2 > pages.len() {
        return Err(ReadError::Scanned { pages: empty });
    }
    if empty > 0 {
        tracing::warn!(empty, pages = pages.len(), "pages of a PDF hold no text");
    }
    mapped(&pages)?;
    let draft = draft(&pages);
    let meta = Meta {
        title: title(&document, &draft.text),
        ..Meta::default()
    };
    draft.finish(Format::Pdf, "binary", meta, &allowance.limits)
}

fn draft(pages: &[Vec<Line>]) -> Draft {
    let mut draft = Draft::default();
    for (lines, reasons) in pages.iter().zip(furniture::furniture(pages)) {
        for (line, reason) in lines.iter().zip(reasons) {
            match reason {
                Some(reason) => draft.aside(line.text.trim_end(), reason),
                None => draft.line(line.text.trim_end()),
            }
        }
    }
    draft
}

/// Refuses a text in which too many characters are unknown: it would be searched and cited as if it were whole.
fn mapped(pages: &[Vec<Line>]) -> Result<(), ReadError> {
    let characters = || pages.iter().flatten().flat_map(|line| line.text.chars());
    let total = characters()
        .filter(|character| !character.is_whitespace())
        .count();
    let unknown = characters()
        .filter(|character| matches!(character, '\u{FFFD}' | '\u{E000}'..='\u{F8FF}'))
        .count();
    if unknown * 100 <= total * UNMAPPED {
        return Ok(());
    }
    let share = unknown * 100 / total.max(1);
    Err(ReadError::malformed(
        format!(
            "{share} % of the characters have no Unicode value, because their fonts are not described"
        ),
        "whole file",
    ))
}

/// The title in the document information, if the text holds it too: programs put file names and templates there.
fn title(document: &Document, text: &str) -> Option<String> {
    let information = document.trailer.get(b"Info").ok()?;
    let (_, information) = document.dereference(information).ok()?;
    let title = lopdf::decode_text_string(
        information
            .as_dict()
            .ok()?
            .get_deref(b"Title", document)
            .ok()?,
    )
    .ok()?;
    let fold = |text: &str| {
        text.chars()
            .filter(|character| !character.is_whitespace())
            .collect::<String>()
    };
    let folded = fold(&title);
    (folded.chars().count() >= 4 && fold(text).contains(&folded)).then(|| title.trim().to_owned())
}

fn damaged(error: &Error, place: &str) -> ReadError {
    match error {
        Error::Decompress(DecompressError::MemoryLimitExceeded { limit }) => ReadError::Unsafe {
            what: format!("a stream unpacks to more than {limit} bytes"),
        },
        Error::InvalidPassword | Error::UnsupportedSecurityHandler(_) | Error::Decryption(_) => {
            ReadError::Encrypted
        }
        other => ReadError::malformed(format!("the PDF is damaged: {other}"), place),
    }
}

/// Why a line is not content.
type Reason = Option<DropReason>;
