//! The structure of Chinese legal and administrative text.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::source::{Dropped, Source};

/// A document cut into passages, with every byte of the source accounted for.
#[derive(Debug, Clone, PartialEq)]
pub struct Chunked {
    /// The title, from metadata or else from the text.
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
    /// From the outermost division inwards, for example `第二章 合同的订立`, `第十三条`.
    pub path: Vec<String>,
    /// The text to show: paragraphs separated by `\n`, otherwise only characters of the source in their order.
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
    /// A table, never cut.
    Table,
    /// 题注: adoption and amendment notes at the head of a regulation.
    Note,
}

/// 款, 项 or 目 of an article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// `第二款`, `第二款第（三）项`, `第一项第2目`: the whole label below the article.
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
/// stub
pub fn chunk(source:&Source)->Chunked{
 let start=source.dropped.first().map_or(0,|d|d.range.end); let mut chunks:Vec<Chunk>=vec![]; let mut chapter:Option<String>=None; let mut at=start; let mut head=String::new();
 for line in source.text[start..].split_inclusive('\n'){ let range=at..at+line.trim_end().len(); at+=line.len(); let line=line.trim(); if line.is_empty(){continue}
  if line.starts_with('#'){ let h=line.trim_start_matches('#').trim().to_owned(); if line.starts_with("# "){head=h.clone();} else {chapter=Some(h.clone());} chunks.push(Chunk{kind:ChunkKind::Section,path:vec![h],text:String::new(),spans:vec![],parts:vec![],links:vec![]}); continue }
  let label=line.strip_prefix('第').and_then(|r| r.find('条').filter(|e|*e<=24)).map(|e| line[..e+6].to_owned());
  if let Some(label)=label { let mut path:Vec<String>=chapter.clone().into_iter().collect(); path.push(label); chunks.push(Chunk{kind:ChunkKind::Clause,path,text:line.to_owned(),spans:vec![range],parts:vec![],links:vec![]}); }
  else if let Some(last)=chunks.last_mut(){ if !last.text.is_empty(){last.text.push('\n');} last.text.push_str(line); last.spans.push(range); } else { chunks.push(Chunk{kind:ChunkKind::Note,path:vec![],text:line.to_owned(),spans:vec![range],parts:vec![],links:vec![]}); } }
 chunks.retain(|c|!c.text.is_empty());
 Chunked{title:source.meta.title.clone().unwrap_or(head),chunks,dropped:source.dropped.clone()} }
