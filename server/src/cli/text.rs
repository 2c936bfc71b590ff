//! Answers as text for a terminal. The words around them are Chinese, as the answers are.

use agents::{Answer, Citation, Event, Status};
use jiff::civil::Date;

use super::output::{Ink, Output};

/// How the question was understood; before the sentences.
pub(super) fn interpreted(output: Output, answer: &Answer) -> anyhow::Result<()> {
    let place = answer.jurisdiction.as_deref();
    understanding(output, &answer.interpreted, answer.as_of, place)
}

/// The same, as it is known before the answer.
pub(super) fn understood(output: Output, event: &Event) -> anyhow::Result<()> {
    let Event::Interpreted {
        interpreted,
        as_of,
        jurisdiction,
        ..
    } = event
    else {
        return Ok(());
    };
    understanding(
        output,
        interpreted,
        *as_of,
        jurisdiction.last().map(String::as_str),
    )
}

/// What the agent says of date and place already is not said twice.
fn understanding(
    output: Output,
    interpreted: &str,
    as_of: Date,
    place: Option<&str>,
) -> anyhow::Result<()> {
    let date =
        Some(format!(" · 截至 {as_of}")).filter(|_| !interpreted.contains(&as_of.to_string()));
    let place = place
        .filter(|_| !interpreted.contains("适用地"))
        .map(|place| format!(" · 适用地：{place}"));
    let line = format!(
        "理解为：{interpreted}{}{}",
        date.unwrap_or_default(),
        place.unwrap_or_default()
    );
    output.line(output.paint(Ink::Faint, &line))
}

/// A whole answer.
pub(super) fn whole(output: Output, answer: &Answer) -> anyhow::Result<()> {
    if answer.draft.is_some() {
        return super::draft::shown(output, answer);
    }
    head(output, answer)?;
    for said in &answer.sentences {
        sentence(output, &said.text, &said.citations, &answer.citations)?;
    }
    tail(output, answer)
}

/// The quoted answer, while a model is at work.
pub(super) fn quoted(output: Output, answer: &Answer) -> anyhow::Result<()> {
    whole(output, answer)?;
    output.line(output.paint(Ink::Faint, "\n模型正在整理文字……"))
}

/// The answer that stands after `shown`: all of it where it is another, else only why it is not.
pub(super) fn settled(output: Output, shown: &Answer, answer: &Answer) -> anyhow::Result<()> {
    if shown.sentences == answer.sentences {
        let flag = answer.degraded.as_deref().unwrap_or("以上为最后的回答。");
        return output.line(output.paint(Ink::Yellow, flag));
    }
    output.line("")?;
    whole(output, answer)
}

/// One sentence with the numbers of its citations among `known`.
pub(super) fn sentence(
    output: Output,
    text: &str,
    citations: &[String],
    known: &[Citation],
) -> anyhow::Result<()> {
    let numbers = citations
        .iter()
        .filter_map(|id| known.iter().position(|citation| citation.id == *id));
    let marks: String = numbers.map(|number| format!("[{}]", number + 1)).collect();
    output.line(format!(
        "  {} {}",
        text.replace('\n', "\n  "),
        output.paint(Ink::Strong, &marks)
    ))
}

/// Everything of an answer that stands before its sentences.
pub(super) fn head(output: Output, answer: &Answer) -> anyhow::Result<()> {
    if let Some(message) = &answer.message {
        let ink = match answer.status {
            Status::Handoff => Ink::Red,
            Status::Refused | Status::Partial => Ink::Yellow,
            Status::Answered | Status::Clarify | Status::Confirm => Ink::Strong,
        };
        output.line(output.paint(ink, message))?;
    }
    if let Some(lead) = &answer.lead {
        output.line(lead)?;
    }
    Ok(())
}

/// Everything of an answer that stands behind its sentences.
pub(super) fn tail(output: Output, answer: &Answer) -> anyhow::Result<()> {
    if let Some(flag) = &answer.degraded {
        output.line(output.paint(Ink::Yellow, flag))?;
    }
    // In a refusal all is missing, and the message has said so.
    for missing in answer
        .missing
        .iter()
        .filter(|_| answer.status == Status::Partial)
    {
        output.line(output.paint(Ink::Yellow, missing))?;
    }
    for (number, choice) in answer.choices.iter().enumerate() {
        output.line(format!("  {}. {choice}", number + 1))?;
    }
    if !answer.citations.is_empty() {
        output.line("\n引用：")?;
    }
    for (number, citation) in answer.citations.iter().enumerate() {
        let mark = output.paint(Ink::Strong, &format!("[{}]", number + 1));
        output.line(format!(
            "{mark} 《{}》 {}{}",
            citation.title,
            citation.path,
            dates(citation)
        ))?;
        output.line(output.paint(
            Ink::Faint,
            &format!(
                "    {} · {} · {}",
                citation.corpus, citation.document, citation.id
            ),
        ))?;
    }
    if !answer.next.is_empty() {
        output.line("\n可以咨询：")?;
    }
    for contact in &answer.next {
        output.line(format!("  {}：{}", contact.name, contact.contact))?;
    }
    output.line(format!("\n{}", output.paint(Ink::Faint, &answer.label)))
}

/// `（2024-05-01 起施行，2025-06-01 起失效）`, as far as it is known.
fn dates(citation: &Citation) -> String {
    let from = citation.effective_from.map(|from| format!("{from} 起施行"));
    let to = citation.effective_to.map(|to| format!("{to} 起失效"));
    let parts: Vec<String> = from.into_iter().chain(to).collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!("（{}）", parts.join("，"))
    }
}
