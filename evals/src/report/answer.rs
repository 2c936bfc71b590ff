//! What came of a sample: an answer of an agent with its citations and messages where it has that shape, else its text.
//!
//! The shape is read with tolerance and apart from `agents::Answer`: a log may be older or of another program.

use std::io::{self, Write};

use serde::Deserialize;
use serde_json::Value;

use super::markup::{Text, beginning};
use super::words;
use crate::record::Sample;

/// Characters of a text that are shown; the rest is in the log.
const LIMIT: usize = 4_000;
/// Characters of a cited passage that are shown.
const PASSAGE: usize = 600;
/// Sentences, sources, contacts that are shown of one answer.
const PARTS: usize = 60;

/// What is read of an answer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    status: Option<String>,
    interpreted: Option<String>,
    as_of: Option<String>,
    jurisdiction: Option<String>,
    lead: Option<String>,
    sentences: Vec<Sentence>,
    citations: Vec<Citation>,
    missing: Vec<String>,
    next: Vec<Contact>,
    choices: Vec<String>,
    message: Option<String>,
    degraded: Option<String>,
    label: Option<String>,
    aigc: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Sentence {
    text: String,
    citations: Vec<String>,
    worded_by: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Citation {
    id: String,
    title: String,
    path: String,
    text: String,
    effective_from: Option<String>,
    effective_to: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Contact {
    name: String,
    contact: String,
}

/// The answer, if it has the shape of an agent's.
fn read(value: &Value) -> Option<Answer> {
    let has_shape = value.get("sentences").is_some_and(Value::is_array);
    has_shape.then(|| Answer::deserialize(value).ok()).flatten()
}

/// Whether a sample holds generated text that was labelled as such.
pub(super) fn is_labelled(sample: &Sample) -> bool {
    sample.answer.get("aigc").is_some_and(Value::is_object)
}

/// Writes what came.
pub(super) fn write(sample: &Sample, out: &mut dyn Write) -> io::Result<()> {
    match read(&sample.answer) {
        Some(answer) => answer.write(out),
        None if sample.output.is_empty() => {
            write!(out, r#"<p class="note">{}</p>"#, words::NO_TEXT)
        }
        None => paragraph(out, "said", &sample.output),
    }
}

/// A text as it is, its beginning if it is long.
pub(super) fn paragraph(out: &mut dyn Write, class: &str, text: &str) -> io::Result<()> {
    write!(out, r#"<p class="{class}" dir="auto">"#)?;
    cut(out, text, LIMIT)?;
    out.write_all(b"</p>")
}

fn cut(out: &mut dyn Write, text: &str, limit: usize) -> io::Result<()> {
    let (shown, left) = beginning(text, limit);
    write!(out, "{}", Text(shown))?;
    if left > 0 {
        let left = super::format::count(left);
        write!(
            out,
            r#"… <small>{}</small>"#,
            words::CUT.with(&[("n", &left)])
        )?;
    }
    Ok(())
}

impl Answer {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        self.head(out)?;
        for text in self.message.iter().chain(&self.lead) {
            paragraph(out, "message", text)?;
        }
        if !self.sentences.is_empty() {
            out.write_all(b"<ul class=\"sentences\">")?;
            for sentence in self.sentences.iter().take(PARTS) {
                self.sentence(out, sentence)?;
            }
            out.write_all(b"</ul>")?;
        }
        list(out, words::MISSING, &self.missing)?;
        list(out, words::CHOICES, &self.choices)?;
        let contacts = self
            .next
            .iter()
            .map(|next| format!("{}　{}", next.name, next.contact));
        list(out, words::NEXT, &contacts.collect::<Vec<_>>())?;
        if let Some(text) = &self.degraded {
            paragraph(out, "message", text)?;
        }
        self.sources(out)?;
        self.label(out)
    }

    /// Kind of answer, and how the question was understood.
    fn head(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"<p class=\"understood\">")?;
        if let Some(status) = &self.status {
            match words::status(status) {
                Some(word) => write!(out, "<b>{word}</b>")?,
                None => write!(out, "<b>{}</b>", Text(&super::markup::line(status, 40)))?,
            }
        }
        for part in [&self.interpreted, &self.jurisdiction, &self.as_of]
            .into_iter()
            .flatten()
        {
            write!(
                out,
                " <span>{}</span>",
                Text(&super::markup::line(part, 200))
            )?;
        }
        out.write_all(b"</p>")
    }

    fn sentence(&self, out: &mut dyn Write, sentence: &Sentence) -> io::Result<()> {
        out.write_all(b"<li dir=\"auto\">")?;
        cut(out, &sentence.text, LIMIT)?;
        for id in sentence.citations.iter().take(PARTS) {
            // A citation that is not among the sources is the fault that a reader looks for.
            match self
                .citations
                .iter()
                .position(|citation| citation.id == *id)
            {
                Some(place) => write!(out, " <sup>[{}]</sup>", place + 1)?,
                None => write!(
                    out,
                    " <sup class=\"lost\">[?] {}</sup>",
                    Text(&super::markup::line(id, 80))
                )?,
            }
        }
        if let Some(model) = &sentence.worded_by {
            write!(
                out,
                " <small>{}</small>",
                Text(&super::markup::line(model, 60))
            )?;
        }
        out.write_all(b"</li>")
    }

    fn sources(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.citations.is_empty() {
            return Ok(());
        }
        write!(out, r#"<h5>{}</h5><ol class="sources">"#, words::SOURCES)?;
        for citation in self.citations.iter().take(PARTS) {
            let name = format!("《{}》{}", citation.title, citation.path);
            write!(
                out,
                "<li><span>{}</span>",
                Text(&super::markup::line(&name, 300))
            )?;
            if let Some(from) = &citation.effective_from {
                write!(
                    out,
                    " <small>{}</small>",
                    words::IN_FORCE_FROM.with(&[("from", from)])
                )?;
            }
            if let Some(to) = &citation.effective_to {
                write!(
                    out,
                    " <small>{}</small>",
                    words::IN_FORCE_TO.with(&[("to", to)])
                )?;
            }
            if !citation.text.is_empty() {
                out.write_all(b"<blockquote dir=\"auto\">")?;
                cut(out, &citation.text, PASSAGE)?;
                out.write_all(b"</blockquote>")?;
            }
            out.write_all(b"</li>")?;
        }
        out.write_all(b"</ol>")
    }

    /// The visible label and the metadata that came with the answer.
    fn label(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.aigc.is_null() && self.label.is_none() {
            return Ok(());
        }
        out.write_all(b"<p class=\"label\">")?;
        if let Some(label) = &self.label {
            cut(out, label, PASSAGE)?;
        }
        if self.aigc.is_object() {
            let metadata = serde_json::json!({ "AIGC": self.aigc }).to_string();
            write!(out, r#" <data value="{}">AIGC</data>"#, Text(&metadata))?;
        }
        out.write_all(b"</p>")
    }
}

fn list(out: &mut dyn Write, head: super::markup::Word, items: &[String]) -> io::Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    write!(out, "<h5>{head}</h5><ul>")?;
    for item in items.iter().take(PARTS) {
        out.write_all(b"<li dir=\"auto\">")?;
        cut(out, item, PASSAGE)?;
        out.write_all(b"</li>")?;
    }
    out.write_all(b"</ul>")
}
