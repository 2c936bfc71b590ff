//! An answer as one text: sentences with `[1]` marks, notes, who can help, the sources, the label.
//!
//! The text grows only at its end, so that what was streamed is the beginning of what is there when it is complete.

use std::fmt::Write;

use agents::{Answer, Citation};

use super::response::Annotation;

/// The text of an answer, with where in it the marks stand.
#[derive(Default)]
pub(super) struct Transcript {
    text: String,
    /// Length of the text, in characters.
    length: usize,
    cited: Vec<Citation>,
    annotations: Vec<Annotation>,
}

impl Transcript {
    /// The whole text of `answer`.
    pub(super) fn of(answer: &Answer) -> Self {
        let mut transcript = Self::default();
        transcript.say(answer);
        transcript.end(answer);
        transcript
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Length of the text, in characters.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    pub(super) fn annotations(&self) -> &[Annotation] {
        &self.annotations
    }

    /// Adds the sentences of `answer` with their marks, below its lead. Returns what was added, sentence by sentence.
    pub(super) fn say(&mut self, answer: &Answer) -> Vec<String> {
        self.cite(&answer.citations);
        let mut lead = answer.lead.as_deref();
        let mut added = Vec::new();
        for sentence in &answer.sentences {
            added.push(self.sentence(lead.take(), &sentence.text, &sentence.citations));
        }
        added
    }

    /// Adds a paragraph between two answers. Returns what was added.
    pub(super) fn between(&mut self, text: &str) -> String {
        let added = format!("\n\n{text}\n\n");
        self.push(&added);
        added
    }

    /// Adds everything that comes behind the sentences. Returns what was added.
    pub(super) fn end(&mut self, answer: &Answer) -> String {
        let from = self.text.len();
        self.cite(&answer.citations);
        let mut blocks = Vec::new();
        blocks.extend(answer.degraded.clone());
        blocks.extend(answer.message.clone());
        if !answer.missing.is_empty() {
            blocks.push(format!("未找到依据的部分：{}", answer.missing.join("；")));
        }
        if !answer.choices.is_empty() {
            blocks.push(listed("请选择：", answer.choices.iter().cloned()));
        }
        if !answer.next.is_empty() {
            blocks.push(listed(
                "可以咨询：",
                answer
                    .next
                    .iter()
                    .map(|contact| format!("{}（{}）", contact.name, contact.contact)),
            ));
        }
        if !self.cited.is_empty() {
            blocks.push(self.sources());
        }
        blocks.push(answer.label.clone());
        for block in blocks.iter().filter(|block| !block.is_empty()) {
            if !self.text.is_empty() {
                self.push("\n\n");
            }
            self.push(block);
        }
        self.text[from..].to_owned()
    }

    fn cite(&mut self, citations: &[Citation]) {
        for citation in citations {
            if self.cited.iter().all(|known| known.id != citation.id) {
                self.cited.push(citation.clone());
            }
        }
    }

    fn sentence(&mut self, lead: Option<&str>, text: &str, citations: &[String]) -> String {
        let from = self.text.len();
        if let Some(lead) = lead {
            self.push(lead);
            self.push("\n");
        }
        if !self.text.is_empty() {
            self.push("\n");
        }
        self.push(text);
        for id in citations {
            let Some(at) = self.cited.iter().position(|citation| citation.id == *id) else {
                continue;
            };
            let mark = format!("[{}]", at + 1);
            let start = self.length;
            self.push(&mark);
            self.annotations
                .push(Annotation::new(&self.cited[at], start, self.length));
        }
        self.text[from..].to_owned()
    }

    fn sources(&self) -> String {
        let mut text = String::from("来源：");
        for (at, citation) in self.cited.iter().enumerate() {
            let _ = write!(
                text,
                "\n[{}] 《{}》{}",
                at + 1,
                citation.title,
                citation.path
            );
            match (citation.effective_from, citation.effective_to) {
                (Some(from), Some(to)) => _ = write!(text, "（{from}起施行，{to}起失效）"),
                (Some(from), None) => _ = write!(text, "（{from}起施行）"),
                (None, Some(to)) => _ = write!(text, "（{to}起失效）"),
                (None, None) => {}
            }
        }
        text
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.length += text.chars().count();
    }
}

fn listed(head: &str, items: impl Iterator<Item = String>) -> String {
    std::iter::once(head.to_owned())
        .chain(items.map(|item| format!("- {item}")))
        .collect::<Vec<_>>()
        .join("\n")
}
