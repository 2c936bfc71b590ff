//! The structure of Chinese legal and administrative text: articles, sections, tables, and the way back to the source.
//!
//! [`chunk`] goes in four steps, each on the result of the one before:
//! 1. `lines` reads paragraphs: markup, blanks and wrapping (`wrap`) are left out, every character keeps its place (`extract`);
//! 2. `noise` and `navigation` find the title and the lines that are no content;
//! 3. `sequence` tells the heads of articles from references to articles (`mark` reads the beginning of a line);
//! 4. `outline` walks through the lines, sees which are headings (`heading`) and fills passages (`clause`, `section`,
//!    `table`), in which `link` finds references.
//!
//! Nothing here reads files, and nothing interprets what a clause means.

mod clause;
mod extract;
mod heading;
mod lines;
mod link;
mod mark;
mod navigation;
mod noise;
mod outline;
mod section;
mod sequence;
mod table;
mod wrap;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use self::lines::Flow;
use crate::source::{DropReason, Dropped, Source};

/// A document cut into passages, with every byte of the source accounted for.
#[derive(Debug, Clone, PartialEq)]
pub struct Chunked {
    /// The title, from metadata or else from the text; empty when neither states one.
    pub title: String,
    /// In the order of the source.
    pub chunks: Vec<Chunk>,
    /// What is in no chunk, ascending and disjoint; together with the spans of the chunks it covers the source exactly.
    pub dropped: Vec<Dropped>,
}

/// One passage: an article (条) of a regulation, a section of a guide, a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Chunk {
    /// What it is.
    pub kind: ChunkKind,
    /// From the outermost division inwards, for example `第二章 合同的订立`, `第十三条 合同解除`. Pieces of a long article end
    /// with their 款, pieces of a long table with `表头：` and the cells of its header.
    pub path: Vec<String>,
    /// The text to show: paragraphs separated by `\n`, otherwise only characters of the source in their order. A wrapped line
    /// that was joined keeps a `\n` between two Latin words, since the source has no space there.
    pub text: String,
    /// Byte ranges of [`Source::text`], ascending; concatenated they are `text` without its `\n`.
    pub spans: Vec<Range<usize>>,
    /// 款, 项 and 目 inside `text`, in order, nested ones after the one they stand in.
    pub parts: Vec<Part>,
    /// Cross-references inside `text`.
    pub links: Vec<Link>,
}

/// Kinds of passages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChunkKind {
    /// 条.
    Clause,
    /// Paragraphs below a heading.
    Section,
    /// A table, cut between rows only when very long; in a workbook one row.
    Table,
    /// 题注: adoption and amendment notes at the head of a regulation.
    Note,
}

/// 款, 项 or 目 of an article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// `第二款`, `第二款第（三）项`, `第（一）项第2目`: the whole label below the article. An article of one 款 does not name it.
    pub label: String,
    /// Bytes of the chunk's text.
    pub range: Range<usize>,
}

/// A reference to another clause or document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Bytes of the chunk's text.
    pub range: Range<usize>,
    /// Title between 《》, or none for the same document (本法, 本条例, 前款).
    pub document: Option<String>,
    /// Normalised article label, for example `第三十九条`, when the reference names one.
    pub clause: Option<String>,
}

/// Cuts a document into passages. Never fails: text without structure becomes passages of whole sentences.
pub fn chunk(source: &Source) -> Chunked {
    let flow = Flow::of(source);
    let noise::Sifted { title, mut fates } = noise::sift(source, &flow);
    let articles = sequence::articles(&flow, &fates);
    if articles.is_empty()
        && flow
            .lines
            .iter()
            .zip(&fates)
            .all(|(line, fate)| line.hashes == 0 || fate.is_some())
    {
        noise::duplicates(&flow, &mut fates);
    }
    let outline = outline::Outline::of(source.format, &flow, &fates, articles);
    let dropped = outline
        .dropped
        .into_iter()
        .flat_map(|(range, reason)| origins(&flow, range, reason));
    let dropped = ordered(dropped.chain(flow.dropped.iter().cloned()).collect());
    let chunks = outline
        .drafts
        .into_iter()
        .map(|draft| draft.finish(&flow))
        .collect();
    Chunked {
        title,
        chunks,
        dropped,
    }
}

/// A passage as ranges of the flow's text.
#[derive(Debug)]
struct Draft {
    kind: ChunkKind,
    path: Vec<String>,
    /// Its paragraphs.
    pieces: Vec<Range<usize>>,
    /// In bytes of its text.
    parts: Vec<Part>,
    /// Bytes of the article's label at the beginning of its text, which is no reference.
    label: usize,
}

impl Draft {
    fn finish(self, flow: &Flow) -> Chunk {
        let mut text = String::with_capacity(self.pieces.iter().map(|piece| piece.len() + 1).sum());
        let mut spans: Vec<Range<usize>> = Vec::new();
        for piece in &self.pieces {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&flow.text()[piece.clone()]);
            for origin in flow.origins(piece.clone()) {
                match spans.last_mut() {
                    Some(last) if last.end == origin.start => last.end = origin.end,
                    _ => spans.push(origin),
                }
            }
        }
        let links = link::links(&text, self.label.min(text.len()));
        Chunk {
            kind: self.kind,
            path: self.path,
            text,
            spans,
            parts: self.parts,
            links,
        }
    }
}

fn origins(flow: &Flow, range: Range<usize>, reason: DropReason) -> impl Iterator<Item = Dropped> {
    flow.origins(range)
        .map(move |range| Dropped { range, reason })
}

/// In the order of the source, neighbours with the same reason as one.
fn ordered(mut dropped: Vec<Dropped>) -> Vec<Dropped> {
    dropped.sort_unstable_by_key(|dropped| dropped.range.start);
    dropped.dedup_by(|next, before| {
        let joins = before.range.end == next.range.start && before.reason == next.reason;
        if joins {
            before.range.end = next.range.end;
        }
        joins
    });
    dropped
}

#[cfg(test)]
mod tests;
