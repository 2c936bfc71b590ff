//! A passage: the unit that is found, shown and cited. Its text is always the original, never the folded form.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::chunk::{ChunkKind, Link, Part};
use crate::numeral::clause_label;

/// What the index stores of a passage; the rest stands once in its [`Revision`](crate::revision::Revision).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stored {
    /// What it is.
    pub kind: ChunkKind,
    /// From the outermost division inwards.
    pub path: Vec<String>,
    /// Paragraphs separated by `\n`.
    pub text: String,
    /// Offset of its first character in the decoded source, in characters.
    pub start: usize,
    /// Offset behind its last character in the decoded source, in characters.
    pub end: usize,
    /// The last year named before it in its document, for documents without a validity period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<i16>,
    /// 款, 项 and 目.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// Cross-references.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
}

/// A passage with everything that a citation needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Passage {
    /// `corpus:document@revision:order`, stable as long as the source text does not change.
    pub id: String,
    /// Name of the corpus.
    pub corpus: String,
    /// The file it comes from, relative to the folder that was ingested.
    pub document: String,
    /// Title of the document.
    pub title: String,
    /// What it is.
    pub kind: ChunkKind,
    /// From the outermost division inwards.
    pub path: Vec<String>,
    /// Paragraphs separated by `\n`.
    pub text: String,
    /// Offset of its first character in the decoded source, in characters.
    pub start: usize,
    /// Offset behind its last character in the decoded source, in characters.
    pub end: usize,
    /// The last year named before it in its document, for documents without a validity period.
    pub year: Option<i16>,
    /// 款, 项 and 目.
    pub parts: Vec<Part>,
    /// Cross-references.
    pub links: Vec<Link>,
    /// 发文机关.
    pub issuing_body: Option<String>,
    /// Kind of document.
    pub document_type: Option<String>,
    /// Where it applies.
    pub jurisdiction: Option<String>,
    /// 发文字号.
    pub document_number: Option<String>,
    /// 公布 date.
    pub version_date: Option<Date>,
    /// First day on which it applies.
    pub effective_from: Option<Date>,
    /// First day on which it no longer applies.
    pub effective_to: Option<Date>,
    /// 废止 without a known date: never current.
    pub repealed: bool,
    /// First 12 hexadecimal digits of the SHA-256 of the source text.
    pub revision: String,
    /// Number of the revision in its corpus.
    pub ordinal: u32,
    /// Number of the passage in its revision.
    pub order: u32,
}

impl Passage {
    /// `第二章 劳动合同的订立 / 第十三条`.
    pub fn path_text(&self) -> String {
        self.path.join(" / ")
    }

    /// The innermost article label of the path (`第十三条`), if it is an article.
    pub fn clause(&self) -> Option<&str> {
        clause_of(&self.path)
    }

    /// Path narrowed to the 款 or 项 in which the byte range `start..end` of the text stands, if it stands in one.
    pub fn path_of(&self, start: usize, end: usize) -> String {
        let part = self
            .parts
            .iter()
            .filter(|part| part.range.start <= start && end <= part.range.end)
            .min_by_key(|part| part.range.len());
        match part {
            // A piece of a cut article already ends with its 款.
            Some(part)
                if self
                    .path
                    .last()
                    .is_some_and(|last| part.label.starts_with(last.as_str())) =>
            {
                format!(
                    "{} / {}",
                    self.path[..self.path.len() - 1].join(" / "),
                    part.label
                )
            }
            Some(part) => format!("{} / {}", self.path_text(), part.label),
            None => self.path_text(),
        }
    }
}

/// The article label in a path.
pub(crate) fn clause_of(path: &[String]) -> Option<&str> {
    let labels = path
        .iter()
        .rev()
        .map(|step| step.split([' ', '　']).next().unwrap_or(step));
    labels
        .filter(|label| label.starts_with('第') && label.contains('条'))
        .find(|label| clause_label(label).is_some_and(|(normal, ..)| normal == *label))
}
