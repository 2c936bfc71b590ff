//! The public shape of a draft: the request with its points, the paragraphs with their sentences, and what is held back.

use std::ops::Range;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::answer::Contact;

/// A draft of a reply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DraftView {
    /// Name of the template.
    pub template: String,
    /// Title of the reply.
    pub title: String,
    /// The templates that there are.
    pub templates: Vec<TemplateView>,
    /// Number of the order, where one was named.
    pub order: Option<String>,
    /// The request as it was read; the points are pieces of it.
    pub request: String,
    /// What is asked for, in order.
    pub points: Vec<PointView>,
    /// Pieces of the request that are written for a model. Nothing is done about them.
    pub set_aside: Vec<Span>,
    /// The draft.
    pub paragraphs: Vec<ParagraphView>,
    /// Rules that an officer has named in it and that are not in force.
    pub blocked: Vec<BlockedView>,
    /// Past replies on something like it: 参考既往答复, never a basis.
    pub examples: Vec<ExampleView>,
    /// What the officer should know, in fixed texts.
    pub notes: Vec<String>,
    /// Whether these are the words of an officer, checked.
    pub edited: bool,
}

/// A template that may be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TemplateView {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
}

/// A piece of the request, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Span {
    /// The first.
    pub start: usize,
    /// Behind the last.
    pub end: usize,
}

impl Span {
    /// Of a range of bytes.
    pub(super) fn of(text: &str, range: &Range<usize>) -> Self {
        let start = text[..range.start].chars().count();
        Self {
            start,
            end: start + text[range.clone()].chars().count(),
        }
    }
}

/// One thing that is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PointView {
    /// From 1.
    pub number: usize,
    /// The person's words, with names, numbers and addresses masked.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// What there is for it.
    pub state: PointState,
    /// Why it is to be looked at.
    pub reason: Option<String>,
    /// Ids of citations that were found for it.
    pub citations: Vec<String>,
    /// Rules that it names and that are not in force.
    pub blocked: Vec<BlockedView>,
    /// What it says and the clauses do not.
    pub notes: Vec<String>,
    /// Who may know.
    pub contacts: Vec<Contact>,
}

/// What there is for a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PointState {
    /// Clauses in force.
    Supported,
    /// Nothing: 待核.
    Uncovered,
    /// It rests on a rule that is not in force.
    Blocked,
}

/// A rule that is not in force, and what is offered in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BlockedView {
    /// 《……》第……条.
    pub clause: String,
    /// Since or from when, in words.
    pub validity: String,
    /// Sentences from rules in force that may stand there.
    pub offered: Vec<SentenceView>,
}

/// A paragraph of the draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ParagraphView {
    /// What it is there for.
    pub kind: ParagraphKind,
    /// The point it answers.
    pub point: Option<usize>,
    /// Its sentences.
    pub sentences: Vec<SentenceView>,
}

/// Kinds of paragraphs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ParagraphKind {
    /// 称谓.
    Salutation,
    /// What it is about.
    Opening,
    /// What the order says.
    Record,
    /// A point.
    Point,
    /// Last words.
    Closing,
    /// 落款.
    Sign,
    /// Of an officer, and none of these.
    Other,
}

/// A sentence of the draft. It is fixed, or it cites, or it is marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SentenceView {
    /// The words.
    pub text: String,
    /// Whose they are.
    pub source: Source,
    /// Ids of citations of the answer.
    pub citations: Vec<String>,
    /// 待核, and why.
    pub mark: Option<String>,
    /// Name of the model that worded it.
    pub worded_by: Option<String>,
}

/// Whose words a sentence is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The template's: no fact.
    Fixed,
    /// A clause's.
    Quoted,
    /// A model's, from clauses.
    Worded,
    /// The record's of the order.
    Record,
    /// An officer's.
    Written,
}

/// A past reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ExampleView {
    /// Its number.
    pub number: String,
    /// When it was sent.
    pub date: Date,
    /// What it was about.
    pub subject: String,
    /// What it said.
    pub text: String,
    /// Points that it is like.
    pub points: Vec<usize>,
}

impl SentenceView {
    /// Words of the template.
    pub(super) fn fixed(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            source: Source::Fixed,
            citations: Vec::new(),
            mark: None,
            worded_by: None,
        }
    }

    /// Whether it states something, so that it must cite or be marked.
    pub fn is_factual(&self) -> bool {
        self.source != Source::Fixed
    }

    /// The words, with the mark that nobody can miss.
    pub fn shown(&self) -> String {
        match &self.mark {
            Some(reason) => format!("{}【待核：{reason}】", self.text),
            None => self.text.clone(),
        }
    }
}

impl ParagraphView {
    /// Its words, without marks.
    pub fn text(&self) -> String {
        self.sentences
            .iter()
            .map(|sentence| sentence.text.as_str())
            .collect()
    }
}

impl DraftView {
    /// Title and paragraphs, with their marks.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n", self.title);
        for paragraph in &self.paragraphs {
            text.extend(paragraph.sentences.iter().map(SentenceView::shown));
            text.push('\n');
        }
        text
    }

    /// The paragraphs as an officer edits them, without title and marks.
    pub fn editable(&self) -> String {
        let paragraphs: Vec<String> = self.paragraphs.iter().map(ParagraphView::text).collect();
        paragraphs.join("\n")
    }

    /// All sentences of its paragraphs.
    pub fn sentences(&self) -> impl Iterator<Item = &SentenceView> {
        self.paragraphs
            .iter()
            .flat_map(|paragraph| &paragraph.sentences)
    }
}
