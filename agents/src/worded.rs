//! What a model worded: taken apart into sentences, each held against the passages it cites.

use std::sync::LazyLock;

use regex::Regex;

use crate::check::check;
use crate::compose::Quote;

/// The passages of the quotes, numbered from 1, for the prompt.
pub(crate) fn evidence(quotes: &[Quote]) -> String {
    let mut text = String::new();
    for (number, quote) in passages(quotes).into_iter().enumerate() {
        text.push_str(&format!("[{}] {}\n\n", number + 1, quote.labelled()));
    }
    text
}

fn passages(quotes: &[Quote]) -> Vec<&Quote> {
    let mut passages: Vec<&Quote> = Vec::new();
    for quote in quotes {
        if passages
            .iter()
            .all(|known| known.passage.id != quote.passage.id)
        {
            passages.push(quote);
        }
    }
    passages
}

static MARK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[\[【](\d{1,2})[\]】]").expect("a fixed pattern"));

/// Sentences with their citations.
type Kept = Vec<(String, Vec<String>)>;

/// Sentences with why they were taken out.
type Removed = Vec<(String, String)>;

/// Splits `text` into sentences and keeps those that cite passages which support them.
pub(crate) fn checked(text: &str, quotes: &[Quote], own_words: &str) -> (Kept, Removed) {
    let passages = passages(quotes);
    let (mut kept, mut removed) = (Vec::new(), Vec::new());
    for sentence in sentences(text) {
        let numbers: Vec<usize> = MARK
            .captures_iter(&sentence)
            .filter_map(|mark| mark[1].parse().ok())
            .collect();
        let bare = MARK.replace_all(&sentence, "").trim().to_owned();
        if bare.is_empty() {
            continue;
        }
        let cited: Vec<&Quote> = numbers
            .iter()
            .filter_map(|number| passages.get(number.wrapping_sub(1)).copied())
            .collect();
        if cited.is_empty() || cited.len() < numbers.len() {
            let reason = if numbers.is_empty() {
                "没有标注依据"
            } else {
                "标注的依据不存在"
            };
            removed.push((bare, reason.to_owned()));
            continue;
        }
        let labelled: Vec<String> = cited.iter().map(|quote| quote.labelled()).collect();
        let texts: Vec<&str> = labelled.iter().map(String::as_str).collect();
        match check(&bare, &texts, own_words) {
            Ok(()) => kept.push((
                bare,
                cited.iter().map(|quote| quote.passage.id.clone()).collect(),
            )),
            Err(faults) => removed.push((
                bare,
                faults
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join("；"),
            )),
        }
    }
    (kept, removed)
}

/// Sentences with the marks that follow them.
fn sentences(text: &str) -> Vec<String> {
    let mut sentences: Vec<String> = Vec::new();
    let mut open = false;
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if let Some(mark) = MARK.find(rest).filter(|mark| mark.start() == 0) {
            // A mark behind the full stop belongs to the sentence before it.
            match sentences.last_mut() {
                Some(last) => last.push_str(mark.as_str()),
                None => sentences.push(mark.as_str().to_owned()),
            }
            rest = &rest[mark.end()..];
            continue;
        }
        rest = &rest[next.len_utf8()..];
        if next == '\n' {
            open = false;
            continue;
        }
        if !open {
            if next.is_whitespace() {
                continue;
            }
            sentences.push(String::new());
            open = true;
        }
        if let Some(last) = sentences.last_mut() {
            last.push(next);
        }
        if "。！？".contains(next) {
            open = false;
        }
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_belong_to_the_sentence_before_them() {
        assert_eq!(
            sentences("甲。[1][2]乙[1]。\n丙"),
            ["甲。[1][2]", "乙[1]。", "丙"]
        );
    }
}
