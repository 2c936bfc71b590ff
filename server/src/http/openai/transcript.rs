//! An answer as one text: sentences with `[1]` marks, notes, who can help, the sources, the label.
//!
//! The text grows only at its end, so that what was streamed is the beginning of what is there when it is complete.

use std::fmt::Write;

use agents::{Answer, Citation, Texts};

use super::response::Annotation;

/// The line above the sentences. It is part of the whole answer, which a stream of quotations does not have yet.
#[derive(Default)]
pub(super) struct Lead(Option<String>);

impl Lead {
    pub(super) fn new(texts: &Texts) -> Self {
        Self(Some(texts.lead_quoted.clone()))
    }

    /// The line, once.
    pub(super) fn take(&mut self) -> Option<String> {
        self.0.take()
    }
}

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
        let mut transcript = Self {
            cited: answer.citations.clone(),
            ..Self::default()
        };
        let mut lead = answer.lead.as_deref();
        for sentence in &answer.sentences {
            transcript.sentence(lead.take(), &sentence.text, &sentence.citations);
        }
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

    /// A passage that the next sentences cite.
    pub(super) fn cite(&mut self, citation: Citation) {
        if self.cited.iter().all(|known| known.id != citation.id) {
            self.cited.push(citation);
        }
    }

    /// Adds a sentence with its marks, below `lead` if there is one. Returns what was added.
    pub(super) fn sentence(
        &mut self,
        lead: Option<&str>,
        text: &str,
        citations: &[String],
    ) -> String {
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

    /// Adds everything that comes behind the sentences. Returns what was added.
    pub(super) fn end(&mut self, answer: &Answer) -> String {
        let from = self.text.len();
        for citation in &answer.citations {
            self.cite(citation.clone());
        }
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
