//! A draft written down: the reply with its marks, what it cites, past replies that were shown, and the label. For the API and
//! for the command line.

use agents::kind::draft::{DraftView, SentenceView};
use agents::{Answer, Citation};
use tools::sheet::{Block, Mark, Sheet, WIDTH, docx, page};

/// Widths of the columns of what is cited.
const COLUMNS: [u32; 3] = [900, 5400, WIDTH - 6300];

/// Formats of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// A Word document.
    Docx,
    /// A page to print.
    Page,
}

/// The draft of an answer in a format; none where it has no draft, or where the archive cannot be put together.
pub(crate) fn written(answer: &Answer, format: Format) -> Option<Vec<u8>> {
    let draft = answer.draft.as_deref()?;
    let sheet = sheet(answer, draft);
    let aigc = serde_json::to_value(&answer.aigc).ok()?;
    let mark = Some(Mark {
        label: &answer.label,
        aigc: &aigc,
    });
    match format {
        Format::Docx => docx(&sheet, mark).ok(),
        Format::Page => Some(page(&sheet, mark).into_bytes()),
    }
}

fn sheet(answer: &Answer, draft: &DraftView) -> Sheet {
    let mut blocks = Vec::new();
    for paragraph in &draft.paragraphs {
        let text: String = paragraph
            .sentences
            .iter()
            .map(|sentence| numbered(sentence, &answer.citations))
            .collect();
        // Lists in a clause keep their lines.
        blocks.extend(text.lines().map(|line| Block::Paragraph(line.to_owned())));
    }
    let rows: Vec<Vec<String>> = answer
        .citations
        .iter()
        .enumerate()
        .map(|(at, citation)| {
            let name = format!("《{}》{}", citation.title, citation.path);
            vec![format!("〔{}〕", at + 1), name, validity(citation)]
        })
        .collect();
    if !rows.is_empty() {
        blocks.push(Block::Heading("引用依据".to_owned()));
        blocks.push(Block::Table {
            head: ["序号", "条文", "施行"].map(str::to_owned).to_vec(),
            rows,
            widths: COLUMNS.to_vec(),
        });
    }
    if !answer.missing.is_empty() {
        blocks.push(Block::Heading("待核事项".to_owned()));
        blocks.push(Block::List(answer.missing.clone()));
    }
    let examples = draft.examples.iter().map(|example| {
        Block::Note(format!(
            "参考既往答复（不作为依据）：{}，{}，{}：{}",
            example.number, example.date, example.subject, example.text
        ))
    });
    blocks.extend(examples);
    Sheet {
        title: draft.title.clone(),
        blocks,
    }
}

/// A sentence with the numbers of what it cites, and its mark.
pub(crate) fn numbered(sentence: &SentenceView, citations: &[Citation]) -> String {
    let number = |id: &String| citations.iter().position(|citation| citation.id == *id);
    let numbers = sentence.citations.iter().filter_map(number);
    let numbers: Vec<String> = numbers.map(|at| (at + 1).to_string()).collect();
    if numbers.is_empty() {
        sentence.shown()
    } else {
        format!("{}〔{}〕", sentence.shown(), numbers.join("，"))
    }
}

/// From when, and until when, a clause applies.
fn validity(citation: &Citation) -> String {
    let from = citation.effective_from.map(|from| format!("{from} 起施行"));
    let to = citation.effective_to.map(|to| format!("{to} 起失效"));
    let parts: Vec<String> = from.into_iter().chain(to).collect();
    parts.join("，")
}

#[cfg(test)]
mod tests {
    use super::*;
    use agents::kind::draft::Source;

    #[test]
    fn marks_and_numbers_stand_behind_the_words() {
        let citation = Citation {
            id: "c".into(),
            kind: agents::CitationKind::Passage,
            corpus: String::new(),
            document: String::new(),
            title: "甲".into(),
            path: "第一条".into(),
            text: String::new(),
            effective_from: None,
            effective_to: None,
            revision: String::new(),
        };
        let sentence = |citations: &[&str], mark: Option<&str>| SentenceView {
            text: "应当办理。".into(),
            source: Source::Written,
            citations: citations.iter().map(|id| (*id).to_owned()).collect(),
            mark: mark.map(str::to_owned),
            worded_by: None,
        };
        let known = [citation];
        assert_eq!(numbered(&sentence(&["c"], None), &known), "应当办理。〔1〕");
        assert_eq!(numbered(&sentence(&["x"], None), &known), "应当办理。");
        assert_eq!(
            numbered(&sentence(&[], Some("无据")), &known),
            "应当办理。【待核：无据】"
        );
    }
}
