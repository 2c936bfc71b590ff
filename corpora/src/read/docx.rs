//! Office Open XML text documents: paragraphs, headings by style, tables. Numbering that Word computes is not rebuilt,
//! and text marked as deleted is left out.

mod story;
mod styles;

use self::story::{Block, story};
use self::styles::Styles;
use super::draft::Draft;
use super::package::{Package, events, reference};
use super::{Allowance, ReadError};
use crate::meta::Meta;
use crate::source::{DropReason, Format, Source};
use quick_xml::events::Event;

/// A heading longer than this is a paragraph that somebody gave the wrong style.
const HEADING_CHARACTERS: usize = 120;

pub(super) fn read(bytes: &[u8], allowance: &Allowance) -> Result<Source, ReadError> {
    let mut package = Package::open(bytes, &allowance.limits)?;
    let Some(document) = package.part("word/document.xml")? else {
        return Err(ReadError::malformed(
            "the file is not a Word document",
            "part `word/document.xml` is missing",
        ));
    };
    let styles = match package.part("word/styles.xml")? {
        Some(xml) => Styles::parse(&xml, allowance)?,
        None => Styles::default(),
    };
    let mut draft = Draft::default();
    let mut title = None;
    for block in story(&document, "word/document.xml", &styles, allowance)? {
        if let Block::Paragraph {
            is_title: true,
            text,
            ..
        } = &block
        {
            title.get_or_insert_with(|| text.clone());
        }
        push(&mut draft, &block);
    }
    for name in package.names() {
        let Some(kind) = side(&name) else { continue };
        let Some(xml) = package.part(&name)? else {
            continue;
        };
        for block in story(&xml, &name, &styles, allowance)? {
            push_side(&mut draft, &block, kind);
        }
    }
    let stated = match package.part("docProps/core.xml")? {
        Some(xml) => core_title(&xml, allowance)?,
        None => None,
    };
    let meta = Meta {
        title: title.or(stated),
        ..Meta::default()
    };
    draft.finish(Format::Docx, "binary", meta, &allowance.limits)
}

/// Parts beside the main text.
#[derive(Clone, Copy)]
enum Side {
    Running,
    Notes,
}

fn side(name: &str) -> Option<Side> {
    let base = name.strip_prefix("word/")?.strip_suffix(".xml")?;
    match base.trim_end_matches(|character: char| character.is_ascii_digit()) {
        "header" | "footer" => Some(Side::Running),
        "footnotes" | "endnotes" => Some(Side::Notes),
        _ => None,
    }
}

fn push(draft: &mut Draft, block: &Block) {
    match block {
        Block::Table(rows) => draft.table(rows),
        Block::Paragraph { text, .. } if text.trim().is_empty() => {}
        Block::Paragraph {
            text,
            is_contents: true,
            ..
        } => {
            draft.gap();
            draft.aside(text, DropReason::Contents);
        }
        Block::Paragraph {
            text,
            level: Some(level),
            ..
        } if text.chars().count() <= HEADING_CHARACTERS => {
            draft.gap();
            draft.line(&format!(
                "{} {}",
                "#".repeat(usize::from(*level)),
                text.trim().replace('\n', " ")
            ));
        }
        Block::Paragraph { text, .. } => {
            draft.gap();
            draft.line(text.trim_end());
        }
    }
}

fn push_side(draft: &mut Draft, block: &Block, side: Side) {
    match side {
        Side::Notes => push(draft, block),
        Side::Running => {
            let lines: Vec<String> = match block {
                Block::Paragraph { text, .. } => vec![text.clone()],
                Block::Table(rows) => rows.iter().map(|row| row.join(" ")).collect(),
            };
            for line in lines.iter().filter(|line| !line.trim().is_empty()) {
                draft.aside(line, DropReason::RunningHeader);
            }
        }
    }
}

/// `dc:title`, unless it is one that a program made up.
fn core_title(xml: &str, allowance: &Allowance) -> Result<Option<String>, ReadError> {
    let mut inside = false;
    let mut title = String::new();
    events(xml, "docProps/core.xml", allowance, |event| {
        match event {
            Event::Start(element) => inside = element.local_name().as_ref() == "title",
            Event::End(_) => inside = false,
            Event::Text(text) if inside => title.push_str(&text.xml10_content()),
            Event::GeneralRef(entity) if inside => title.push_str(&reference(entity)),
            _ => {}
        }
        Ok(())
    })?;
    let title = title.trim();
    let made_up = ["", "Document", "Word Document", "文档", "未命名"].contains(&title)
        || title.starts_with("Microsoft Word")
        || title.ends_with(".doc")
        || title.ends_with(".docx");
    Ok((!made_up).then(|| title.to_owned()))
}
