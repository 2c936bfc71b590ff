//! Web pages: the main text as Markdown-like lines. Whatever else is visible (menus, footers, buttons) stays in place
//! and is listed as navigation. Scripts, styles and hidden elements are not visible and are left out.

mod blocks;
mod content;
mod head;
mod table;

use encoding_rs::Encoding;
use scraper::Html;

use self::blocks::{Block, Shape, blocks};
use super::draft::Draft;
use super::{Allowance, Limits, ReadError, encoding};
use crate::source::{DropReason, Dropped, Format, Source};

/// How far into a page its `<meta charset>` is looked for; the HTML standard says 1,024 bytes, real pages need more.
const CHARSET_WITHIN: usize = 4096;

/// Size of a decoded page; its two trees take about eight times as much.
const PAGE_BYTES: usize = 32 << 20;

/// Attributes of one element; a parser compares each with all before it.
const ATTRIBUTES: usize = 2_000;

pub(super) fn read(bytes: &[u8], allowance: &Allowance) -> Result<Source, ReadError> {
    let decoded = encoding::decode(bytes, declared(bytes))?;
    inspect(&decoded.text, &allowance.limits)?;
    let html = Html::parse_document(&decoded.text);
    allowance.check()?;
    let meta = head::meta(&html);
    let found = blocks(&html);
    allowance.check()?;
    let content = content::content(&html, &found, &decoded.text, meta.title.as_deref());
    allowance.check()?;
    let mut draft = Draft::default();
    for (index, (block, is_content)) in found.iter().zip(&content).enumerate() {
        let close = index > 0
            && block.is_tight
            && found[index - 1].is_tight
            && content[index - 1] == *is_content;
        push(&mut draft, block, *is_content, close);
    }
    draft.finish(Format::Html, decoded.encoding, meta, &allowance.limits)
}

fn push(draft: &mut Draft, block: &Block, is_content: bool, close: bool) {
    if !close {
        draft.gap();
    }
    let start = draft.text.len();
    match &block.shape {
        Shape::Line(line) => draft.line(line),
        Shape::Table(rows) => draft.table(rows),
    }
    if !is_content {
        let range = start..draft.text.len();
        draft.dropped.push(Dropped {
            range,
            reason: DropReason::Navigation,
        });
    }
}

/// The encoding named by the page. It is searched in the bytes, since they cannot be decoded before it is known.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head =
        String::from_utf8_lossy(&bytes[..bytes.len().min(CHARSET_WITHIN)]).to_ascii_lowercase();
    let (_, rest) = head.split_once("charset=")?;
    let label = rest.trim_start_matches(['"', '\'', ' ']);
    let end = label.find(|character: char| {
        !(character.is_ascii_alphanumeric() || "-_:".contains(character))
    })?;
    Encoding::for_label(&label.as_bytes()[..end])
}

/// Elements which close themselves, by having no content or when the next one begins; they do not add to the depth.
const SHALLOW: [&str; 28] = [
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta",
    "option", "p", "param", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "track", "wbr",
    "html", "body", "head",
];

/// Refuses pages on which an HTML parser, which must accept everything, would spend time quadratic in their size.
fn inspect(text: &str, limits: &Limits) -> Result<(), ReadError> {
    if text.len() > PAGE_BYTES {
        return Err(ReadError::TooLarge {
            what: "the page",
            limit: PAGE_BYTES,
            unit: "bytes",
        });
    }
    let mut elements = 0_usize;
    let mut depth = 0_usize;
    let mut open = std::collections::HashMap::<String, usize>::new();
    let mut rest = text;
    while let Some(position) = rest.find('<') {
        rest = &rest[position + 1..];
        let is_end = rest.starts_with('/');
        let name: String = rest
            .trim_start_matches('/')
            .chars()
            .take(16)
            .take_while(char::is_ascii_alphanumeric)
            .map(|character| character.to_ascii_lowercase())
            .collect();
        if name.is_empty() || name.starts_with(|character: char| character.is_ascii_digit()) {
            continue;
        }
        elements += 1;
        let tag = &rest[..rest.find(['<', '>']).unwrap_or(rest.len())];
        if tag.bytes().filter(|byte| *byte == b'=').count() > ATTRIBUTES {
            return Err(ReadError::Unsafe {
                what: format!("an element has more than {ATTRIBUTES} attributes"),
            });
        }
        // What looks like tags in there is not.
        if ["script", "style"].contains(&name.as_str()) && !is_end {
            let end = rest.find("</").map_or(rest.len(), |end| end + 2);
            rest = &rest[end..];
            continue;
        }
        if SHALLOW.contains(&name.as_str()) {
            continue;
        }
        let count = open.entry(name).or_default();
        match (is_end, *count) {
            (true, 0) => {}
            (true, _) => (*count, depth) = (*count - 1, depth - 1),
            (false, _) => (*count, depth) = (*count + 1, depth + 1),
        }
        if depth > limits.depth {
            return Err(ReadError::Unsafe {
                what: format!("its elements are nested deeper than {depth}"),
            });
        }
    }
    if elements > limits.elements * 2 {
        return Err(ReadError::TooLarge {
            what: "the page",
            limit: limits.elements,
            unit: "elements",
        });
    }
    Ok(())
}
