//! How a request is read for [`super`]: in sentences and clauses, folded, with words that have gaps.

use std::ops::Range;

use crate::guard::text::{PASSED, listed};

/// How many characters `…` may stand for, and how far apart the halves of a pair may be.
pub(super) const GAP: usize = 10;

/// A sentence with more characters tells a story and is passed over.
const LONGEST: usize = 100;

/// A sentence of a question, folded, in clauses. A word does not reach over the end of its clause.
pub(super) struct Sentence {
    pub(super) clauses: Vec<String>,
}

impl Sentence {
    pub(super) fn has(&self, words: &[String]) -> bool {
        self.clauses
            .iter()
            .any(|clause| contains_any(clause, words))
    }
}

pub(super) fn sentences(question: &str, harmless: &[String]) -> Vec<Sentence> {
    let ends = |next: char| matches!(next, '。' | '！' | '!' | '？' | '?' | '；' | ';' | '\n');
    let pauses = |next: char| matches!(next, '，' | ',' | '：' | ':' | '…' | '—');
    let clause = |text: &str| {
        let passed = |text: String, word: &String| text.replace(word.as_str(), PASSED);
        let clause = harmless.iter().fold(folded(text), passed);
        // At its end it asks for help, and 怎么办假证 does not.
        match clause.strip_suffix("怎么办") {
            Some(before) => format!("{before}{PASSED}"),
            None => clause,
        }
    };
    let sentence = |text: &str| Sentence {
        clauses: text.split(pauses).map(clause).collect(),
    };
    let short = |sentence: &Sentence| {
        let characters = |clause: &String| clause.chars().count();
        sentence.clauses.iter().map(characters).sum::<usize>() <= LONGEST
    };
    question.split(ends).map(sentence).filter(short).collect()
}

/// Words of dialects, with what they are taken for; in the list as in the question.
const SAME: [(&str, &str); 11] = [
    ("咋个", "怎么"),
    ("咋样", "怎么样"),
    ("咋", "怎么"),
    ("怎麽", "怎么"),
    ("哪样", "什么"),
    ("啥子", "什么"),
    ("啥", "什么"),
    ("晓得", "知道"),
    ("俺", "我"),
    ("咱", "我"),
    ("您", "你"),
];

/// As [`listed`].
pub(super) fn folded(text: &str) -> String {
    listed(text, &SAME)
}

pub(super) fn contains_any(clause: &str, words: &[String]) -> bool {
    words.iter().any(|word| contains(clause, word))
}

pub(super) fn starts_with_any(text: &str, words: &[String]) -> bool {
    words.iter().any(|word| text.starts_with(word.as_str()))
}

fn contains(clause: &str, word: &str) -> bool {
    match word.split_once('…') {
        None => clause.contains(word),
        Some(_) => places(clause, word).next().is_some(),
    }
}

/// Where a word stands in a clause, from its first part to its last.
pub(super) fn places<'a>(clause: &'a str, word: &'a str) -> impl Iterator<Item = Range<usize>> {
    let (head, rest) = word.split_once('…').unwrap_or((word, ""));
    clause.match_indices(head).filter_map(move |(at, _)| {
        let mut end = at + head.len();
        for part in rest.split('…').filter(|part| !part.is_empty()) {
            let next = clause[end..].find(part)?;
            if clause[end..end + next].chars().count() > GAP {
                return None;
            }
            end += next + part.len();
        }
        Some(at..end)
    })
}

pub(super) fn first(text: &str, characters: usize) -> &str {
    let end = text.char_indices().nth(characters);
    end.map_or(text, |(end, _)| &text[..end])
}

pub(super) fn last(text: &str, characters: usize) -> &str {
    let begin = text.char_indices().rev().nth(characters.saturating_sub(1));
    begin.map_or(text, |(begin, _)| &text[begin..])
}
