//! What a turn has found: results of tools, as the folder of the agent says them, and passages. Both are data.
//!
//! A sentence about a result is the program's: a line of `[react.results]` with values from the result. One that a model
//! wrote stands only where every word of it does, see [`holds`].

use corpora::Passage;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tools::{Output, digest};

use crate::answer::{Citation, CitationKind, Sentence};
use crate::check::check;
use crate::compose::Quote;
use crate::guard::text::plain;
use crate::value::fold::Folded;
use crate::worded::{garbage, held};

/// Characters of one value in a line, at most.
const LONGEST: usize = 300;

/// Something that sentences may rest on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Evidence {
    Result(Shown),
    /// What is quoted of one passage; never empty.
    Passage(Vec<Quote>),
}

/// The result of a tool, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shown {
    /// Names it among the evidence of the turn.
    id: String,
    tool: String,
    title: String,
    lines: Vec<String>,
    /// What stands behind it.
    sources: Vec<String>,
}

impl Shown {
    /// What the lines of the folder say of a result; without lines, the result as it is. `number` is its place in the turn.
    pub(super) fn new(
        number: usize,
        (tool, title): (&str, &str),
        lines: Option<&Vec<String>>,
        output: &Output,
    ) -> Self {
        let lines = match lines {
            Some(lines) => lines
                .iter()
                .filter_map(|line| filled(line, &output.value))
                .collect(),
            None => vec![cut(&plain(&output.value.to_string()))],
        };
        Self {
            id: format!("{tool}:{number}"),
            tool: tool.to_owned(),
            title: title.to_owned(),
            lines,
            sources: output.evidence.clone(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

impl Evidence {
    /// The same in a citation.
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Result(shown) => &shown.id,
            Self::Passage(quotes) => quotes.first().map_or("", |quote| &quote.passage.id),
        }
    }

    pub(super) fn passage(&self) -> Option<&Passage> {
        match self {
            Self::Result(_) => None,
            Self::Passage(quotes) => quotes.first().map(|quote| &quote.passage),
        }
    }

    /// What a model is given of it.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Result(shown) => shown.lines.join("\n"),
            Self::Passage(quotes) => quotes.first().map(Quote::labelled).unwrap_or_default(),
        }
    }

    /// What it says, in sentences that no model wrote.
    pub(super) fn sentences(&self) -> Vec<Sentence> {
        let texts: Vec<&String> = match self {
            Self::Result(shown) => shown.lines.iter().collect(),
            Self::Passage(quotes) => {
                let stands = |quote: &&Quote| held(&quote.text, &[*quote], "").is_ok();
                quotes.iter().filter(stands).map(|it| &it.text).collect()
            }
        };
        let sentence = |text: &String| Sentence {
            text: text.clone(),
            citations: vec![self.id().to_owned()],
            worded_by: None,
        };
        texts.into_iter().map(sentence).collect()
    }

    pub(super) fn citation(&self) -> Option<Citation> {
        match self {
            Self::Result(shown) => {
                let text = shown.lines.join("\n");
                let revision = digest::of_text(&text).chars().take(12).collect();
                Some(Citation {
                    id: shown.id.clone(),
                    kind: CitationKind::Result,
                    corpus: String::new(),
                    document: shown.tool.clone(),
                    title: shown.title.clone(),
                    path: shown.sources.join("、"),
                    revision,
                    text,
                    effective_from: None,
                    effective_to: None,
                })
            }
            Self::Passage(quotes) => quotes.first().map(|quote| quote.citation(quotes)),
        }
    }
}

/// Whether a sentence of a model says only what its evidence says: all of it results, or all of it passages.
///
/// # Errors
/// What is wrong with it.
pub(super) fn holds(text: &str, cited: &[&Evidence], own_words: &str) -> Result<(), String> {
    if text.trim().is_empty()
        || garbage(text).is_some()
        || text.contains(['[', ']', '【', '】', '<', '>', '\n'])
    {
        return Err("不成句".to_owned());
    }
    let (mut results, mut quotes) = (Vec::new(), Vec::new());
    for evidence in cited {
        match evidence {
            Evidence::Result(shown) => results.push(shown),
            Evidence::Passage(passage) => quotes.extend(passage.first()),
        }
    }
    match (results.as_slice(), quotes.as_slice()) {
        ([], []) => Err("没有标注依据".to_owned()),
        ([], quotes) => held(text, quotes, own_words),
        (results, []) => repeats(text, results),
        _ => Err("条文和查询结果要分开说".to_owned()),
    }
}

/// Words that join others and say nothing alone.
const JOINING: &str = "的是为由在于和及与并其该此这您";

/// Whether a sentence repeats results: nothing that [`check`] finds, and each clause made of pieces of one line.
fn repeats(text: &str, results: &[&Shown]) -> Result<(), String> {
    let whole: Vec<String> = results
        .iter()
        .map(|shown| format!("《{}》\n{}", shown.title, shown.lines.join("\n")))
        .collect();
    let whole: Vec<&str> = whole.iter().map(String::as_str).collect();
    check(text, &whole, "").map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        faults.join("；")
    })?;
    let lines: Vec<(Vec<char>, Vec<char>)> = results
        .iter()
        .flat_map(|shown| shown.lines.iter().map(|line| (line, &shown.title)))
        .map(|(line, title)| (Folded::words(line).chars, Folded::words(title).chars))
        .collect();
    for clause in text.split(['，', '。', '；', '：', ',', ';', ':', '！', '？']) {
        let clause = Folded::words(clause).chars;
        let stands = |(line, title): &(Vec<char>, Vec<char>)| is_made_of(&clause, [line, title]);
        if !clause.is_empty() && !lines.iter().any(stands) {
            let clause: String = clause.into_iter().collect();
            return Err(format!("“{clause}”与查询结果对不上"));
        }
    }
    Ok(())
}

/// Whether `clause` is pieces of `texts`, of two characters or more, with nothing but joining words between them. A number
/// or a Latin word is one piece.
fn is_made_of(clause: &[char], texts: [&Vec<char>; 2]) -> bool {
    let mut at = 0;
    while at < clause.len() {
        let rest = &clause[at..];
        let piece = texts.iter().map(|text| longest(rest, text)).max();
        let piece = piece.unwrap_or(0);
        if piece > 1 || (piece == 1 && rest[0].is_ascii_alphanumeric()) {
            at += piece;
        } else if JOINING.contains(rest[0]) {
            at += 1;
        } else {
            return false;
        }
    }
    true
}

/// How much of the beginning of `rest` stands in `text`, without cutting a number or a Latin word.
fn longest(rest: &[char], text: &[char]) -> usize {
    let ascii = |next: Option<&char>| next.is_some_and(char::is_ascii_alphanumeric);
    let mut best = 0;
    for from in 0..text.len() {
        let starts_inside = from > 0 && ascii(text.get(from)) && ascii(text.get(from - 1));
        if starts_inside {
            continue;
        }
        let same = rest.iter().zip(&text[from..]);
        let mut length = same.take_while(|(one, other)| one == other).count();
        let cuts = |length: usize| {
            let last = length > 0 && ascii(rest.get(length - 1));
            last && (ascii(rest.get(length)) || ascii(text.get(from + length)))
        };
        while cuts(length) {
            length -= 1;
        }
        best = best.max(length);
    }
    best
}

/// A line with the values of a result; none where one of them is empty.
fn filled(line: &str, value: &Value) -> Option<String> {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('{') {
        let (path, behind) = after.split_once('}')?;
        text.push_str(before);
        text.push_str(&cut(&plain(&words(path, value)?)));
        rest = behind;
    }
    text.push_str(rest);
    Some(text)
}

/// What stands at `path`; members of a list one after the other.
fn words(path: &str, value: &Value) -> Option<String> {
    let said = match value {
        Value::Array(items) => {
            let said: Vec<String> = items.iter().filter_map(|item| words(path, item)).collect();
            said.join("、")
        }
        Value::Object(members) => {
            let (name, rest) = path.split_once('.').unwrap_or((path, ""));
            words(rest, members.get(name)?)?
        }
        _ if !path.is_empty() => return None,
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(true) => "是".to_owned(),
        Value::Bool(false) => "否".to_owned(),
        Value::Null => return None,
    };
    Some(said).filter(|said| !said.is_empty())
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}……", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown() -> Shown {
        let lines = [
            "工单{id}：{state_name}。",
            "主办：{lead}。",
            "协办：{assist}。",
            "时限：{dues}。",
            "关联：{links.id}。",
            "没有：{nothing}。",
        ];
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let output = Output {
            value: json!({
                "id": "HL202611260001", "state_name": "办理中", "lead": "和澜市城市管理局", "assist": ["临江区水务局"],
                "dues": ["2026年12月3日前反馈"], "links": [{"id": "HL202611200007"}], "nothing": [],
            }),
            evidence: vec!["order:HL202611260001".to_owned()],
        };
        Shown::new(1, ("hotline-status", "查询工单"), Some(&lines), &output)
    }

    #[test]
    fn lines_are_filled_in_or_left_out() {
        let text = Evidence::Result(shown()).text();
        insta::assert_snapshot!(text, @r"
        工单HL202611260001：办理中。
        主办：和澜市城市管理局。
        协办：临江区水务局。
        时限：2026年12月3日前反馈。
        关联：HL202611200007。
        ");
    }

    #[test]
    fn a_sentence_that_repeats_a_result_stands() {
        let evidence = Evidence::Result(shown());
        for text in [
            "工单HL202611260001办理中。",
            "该工单在办理中，主办的是和澜市城市管理局。",
            "时限为2026年12月3日前反馈。",
            "查询的工单HL202611260001是办理中。",
        ] {
            assert_eq!(holds(text, &[&evidence], ""), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_sentence_that_says_anything_else_does_not() {
        let evidence = Evidence::Result(shown());
        for text in [
            "工单HL202611260001已办结。",
            "工单HL202611260002办理中。",
            "工单HL20261126办理中。",
            "主办的是临江区水务局。",
            "时限为2026年12月13日前反馈。",
            "时限为2026年12月3日后反馈。",
            "工单不在办理中。",
            "请拨打110。",
            "工单办理中<b>。",
            "[1]工单办理中。",
            "",
        ] {
            assert!(holds(text, &[&evidence], "").is_err(), "{text}");
        }
        assert!(holds("工单办理中。", &[], "").is_err());
    }

    #[test]
    fn what_a_person_said_does_not_make_a_result() {
        let evidence = Evidence::Result(shown());
        let own = "工单HL202611260002已经办结了吗";
        assert!(holds("工单HL202611260002办理中。", &[&evidence], own).is_err());
    }
}
