//! What a reader found in a file: its text, what the file says of itself, and the ranges that are not content.
//!
//! This is not yet structure: clauses and sections are found by [`crate::chunk`].

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::meta::Meta;

/// A decoded file.
///
/// `text` is Markdown-like whatever the format was: headings begin with `#`, tables are pipe tables with a header row,
/// paragraphs stand on lines of their own. Markup of the file format itself (tags, XML) is not part of it; every
/// character of `text` is accounted for by the [`Ledger`](crate::ledger::Ledger).
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// The format the reader recognised.
    pub format: Format,
    /// Name of the character encoding, as in the WHATWG standard (`UTF-8`, `gb18030`, `UTF-16LE`), or `binary` for packages.
    pub encoding: String,
    /// Metadata stated by the file (front matter, HTML or DOCX properties).
    pub meta: Meta,
    /// Every character found, in reading order, `\n` as the only line end.
    pub text: String,
    /// Byte ranges of `text`, ascending and disjoint, which the reader knows not to be content.
    pub dropped: Vec<Dropped>,
}

/// File formats that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Markdown, with or without front matter.
    Markdown,
    /// Plain text.
    Text,
    /// HTML.
    Html,
    /// Office Open XML text document.
    Docx,
    /// Office Open XML workbook.
    Xlsx,
    /// PDF with a text layer.
    Pdf,
}

/// A byte range of [`Source::text`] that is in no passage, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// Bytes of [`Source::text`].
    pub range: Range<usize>,
    /// Why.
    pub reason: DropReason,
}

/// Why characters of a file are in no passage.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// The `---` block at the head of a Markdown file; its values are the document's metadata.
    FrontMatter,
    /// The document's title; kept as metadata.
    Title,
    /// A heading; kept in the path of the passages below it.
    Heading,
    /// Markdown signs such as `#`, `|`, `**`.
    Markup,
    /// Blank lines, indentation, spaces at line ends.
    Whitespace,
    /// A line end inside a paragraph or a word that was only layout.
    LineBreak,
    /// Menus, counters, share buttons, footers of a web page.
    Navigation,
    /// A page number.
    PageNumber,
    /// A line repeated at the head or foot of pages.
    RunningHeader,
    /// A table of contents.
    Contents,
    /// Text that the same corpus already holds.
    Duplicate,
    /// Invisible characters: zero width, bidirectional controls, NUL, byte order marks.
    Invisible,
}

impl fmt::Display for DropReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::FrontMatter => "front matter",
            Self::Title => "title",
            Self::Heading => "heading",
            Self::Markup => "markup",
            Self::Whitespace => "whitespace",
            Self::LineBreak => "line break",
            Self::Navigation => "navigation",
            Self::PageNumber => "page number",
            Self::RunningHeader => "running header",
            Self::Contents => "table of contents",
            Self::Duplicate => "duplicate",
            Self::Invisible => "invisible",
        })
    }
}
