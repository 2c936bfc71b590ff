//! What a model worded: taken apart into sentences, each held against the passages it cites.

use std::sync::LazyLock;

use regex::Regex;

use crate::check::check;
use crate::compose::Quote;

/// The first `offered` passages of the quotes, numbered from 1, for the prompt.
pub(crate) fn evidence(quotes: &[Quote], offered: usize) -> String {
    let mut text = String::new();
    for (number, quote) in passages(quotes).into_iter().take(offered).enumerate() {
        text.push_str(&format!("[{}] {}\n\n", number + 1, quote.labelled()));
    }
    text
}

/// One quote of each passage, in order.
pub(crate) fn passages(quotes: &[Quote]) -> Vec<&Quote> {
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

/// Words with which a model says that the passages do not answer.
const NO_BASIS: &str = "没有依据";

/// Sentences of an answer, characters of one, and marks behind it, at most.
const MOST: (usize, usize, usize) = (6, 120, 3);

/// Fewer characters say too little to be held against anything.
const SHORT: usize = 4;

/// What an answer from passages 1 to `offered` looks like: sentences, each with marks of these passages, or that there is
/// no basis. A grammar keeps a model from forgetting marks; whether they are right is checked all the same.
pub(crate) fn pattern(offered: usize) -> String {
    let numbers: Vec<String> = (1..=offered).map(|number| number.to_string()).collect();
    let (sentences, characters, marks) = MOST;
    let mark = format!(r"\[(?:{})\]", numbers.join("|"));
    let sentence =
        format!(r"[^\[\]【】〔〕<>。！？\r\n\t]{{4,{characters}}}。(?:{mark}){{1,{marks}}}");
    format!("(?:{sentence}){{1,{sentences}}}|{NO_BASIS}")
}

/// A sentence of a model.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// It says what the passages say that it cites.
    Kept {
        /// The sentence, without marks.
        text: String,
        /// Ids of the passages.
        citations: Vec<String>,
    },
    /// It does not.
    Removed {
        /// The sentence, without marks.
        text: String,
        /// What is wrong with it.
        reason: String,
        /// Ids of those passages that it cites and that are there.
        cited: Vec<String>,
    },
}

static MARK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[\[【]([0-9]{1,2})[\]】]").expect("a fixed pattern"));

/// The sentences of `text`, held against the first `offered` passages of the quotes.
///
/// # Errors
/// Why `text` is no answer at all.
pub(crate) fn pieces(
    text: &str,
    quotes: &[Quote],
    offered: usize,
    own_words: &str,
) -> Result<Vec<Piece>, &'static str> {
    if let Some(reason) = garbage(text) {
        return Err(reason);
    }
    let passages: Vec<&Quote> = passages(quotes).into_iter().take(offered).collect();
    let pieces: Vec<Piece> = sentences(text)
        .into_iter()
        .filter_map(|sentence| piece(&sentence, &passages, own_words))
        .collect();
    if pieces.is_empty() {
        return Err("the answer has no sentence");
    }
    Ok(pieces)
}

/// Why `text` is no answer. What a model thinks is for nobody, so a text with a trace of it is not taken apart.
pub(crate) fn garbage(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    let hidden = |next: char| {
        next.is_control() && next != '\n'
            || matches!(next, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffd}')
    };
    if lower.contains("<think") || lower.contains("</think") {
        Some("the answer has thoughts in it")
    } else if lower.contains("<|") || lower.contains("|>") {
        Some("the answer has marks of a chat template in it")
    } else if text.contains(hidden) {
        Some("the answer has characters that nobody sees")
    } else if text.trim().trim_end_matches('。') == NO_BASIS {
        Some("the model sees no basis in the passages")
    } else {
        None
    }
}

fn piece(sentence: &str, passages: &[&Quote], own_words: &str) -> Option<Piece> {
    let numbers: Vec<usize> = MARK
        .captures_iter(sentence)
        .filter_map(|mark| mark[1].parse().ok())
        .collect();
    let text = MARK.replace_all(sentence, "").trim().to_owned();
    if text.is_empty() {
        return None;
    }
    let cited: Vec<&Quote> = passages
        .iter()
        .enumerate()
        .filter(|(at, _)| numbers.contains(&(at + 1)))
        .map(|(_, quote)| *quote)
        .collect();
    let known = |number: &usize| (1..=passages.len()).contains(number);
    let words = text.chars().filter(|next| next.is_alphanumeric()).count();
    let fault = if words < SHORT || text.contains(['[', ']', '【', '】', '<', '>']) {
        Err("不成句".to_owned())
    } else if numbers.is_empty() {
        Err("没有标注依据".to_owned())
    } else if !numbers.iter().all(known) {
        Err("标注的依据不存在".to_owned())
    } else {
        held(&text, &cited, own_words)
    };
    let citations = cited.iter().map(|quote| quote.passage.id.clone()).collect();
    Some(match fault {
        Ok(()) => Piece::Kept { text, citations },
        Err(reason) => Piece::Removed {
            text,
            reason,
            cited: citations,
        },
    })
}

/// Whether `text` says only what the passages of `quotes` say.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn held(text: &str, quotes: &[&Quote], own_words: &str) -> Result<(), String> {
    let cited: Vec<String> = quotes.iter().map(|quote| quote.labelled()).collect();
    let cited: Vec<&str> = cited.iter().map(String::as_str).collect();
    check(text, &cited, own_words).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        faults.join("；")
    })
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

    #[test]
    fn the_pattern_takes_cited_sentences_and_nothing_else() {
        let pattern = Regex::new(&format!("^(?:{})$", pattern(12))).unwrap();
        for text in [
            "应当自签订之日起30日内办理登记。[1]",
            "甲乙丙丁。[1][12]戊己庚辛。[2]",
            "没有依据",
        ] {
            assert!(pattern.is_match(text), "{text}");
        }
        for text in [
            "",
            "应当办理登记。",
            "应当办理登记。[13]",
            "应当办理登记[1]",
            "<think>想一想</think>应当办理登记。[1]",
            "甲乙丙丁。[1]没有依据",
            &"甲乙丙丁。[1]".repeat(7),
        ] {
            assert!(!pattern.is_match(text), "{text}");
        }
    }

    #[test]
    fn garbage_is_not_taken_apart() {
        for text in [
            "",
            "  \n",
            "[1][2]",
            "没有依据。",
            "<think>我想</think>甲。[1]",
            "甲</THINK>乙。[1]",
            "甲。[1]<|im_end|>",
            "甲\u{202e}乙。[1]",
            "甲\u{fffd}乙。[1]",
        ] {
            assert!(pieces(text, &[], 0, "").is_err(), "{text}");
        }
    }
}
