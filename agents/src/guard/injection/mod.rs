//! A detector of words that are written for a model instead of for an office.
//!
//! It is advice, not a boundary: a question that it marks is answered in quoted sentences alone, and whoever words an
//! order politely passes it. What keeps the tools safe is that nothing in a text can call them. So it is held to seldom
//! mark what citizens write: each rule asks for an order and for something
//! of the machine it is given to (its instructions, its prompt, its other callers), since people too speak of 系统提示,
//! ask to ignore their last message and report what they were ordered to do.

mod chinese;
mod english;
mod markup;

use std::sync::LazyLock;

use corpora::fold::fold;
use regex::Regex;

use super::text::visible;

/// A rule: its name for the record, and a pattern over folded text.
type Rule = (&'static str, &'static str);

/// All rules; the first that fits is named.
static RULES: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
    [markup::RULES, english::RULES, chinese::RULES]
        .concat()
        .into_iter()
        .map(|(name, pattern)| {
            let regex = Regex::new(pattern).expect("the patterns are constant");
            (name, regex)
        })
        .collect()
});

/// How many zero-width characters within words are no longer chance.
const HIDDEN: usize = 3;

/// The name of the first rule by which a text looks written for a model; `None` for ordinary words.
pub fn detect(text: &str) -> Option<&'static str> {
    // Tag characters have no use in a question; they spell hidden ASCII.
    if text
        .chars()
        .any(|next| matches!(next, '\u{e0020}'..='\u{e007f}' | '\u{202d}' | '\u{202e}'))
    {
        return Some("hidden_characters");
    }
    let folded = latin(&fold(&visible(text)));
    let dense = dense(&folded);
    let fits = |text: &str| {
        RULES
            .iter()
            .find(|(_, rule)| is_order(rule, text))
            .map(|(name, _)| *name)
    };
    fits(&folded)
        .or_else(|| (dense != folded).then(|| fits(&dense)).flatten())
        .or_else(|| (split_words(text) >= HIDDEN).then_some("hidden_characters"))
}

/// Whether a rule fits somewhere where it is no question of a person: *should I* ignore these instructions?
fn is_order(rule: &Regex, text: &str) -> bool {
    rule.captures_iter(text)
        .any(|found| found.name("asks").is_none())
}

/// Letters of other alphabets that look like Latin ones, inside words that are Latin otherwise.
fn latin(text: &str) -> String {
    let alike = |next: char| {
        Some(match next {
            'а' | 'α' => 'a',
            'с' | 'ϲ' => 'c',
            'е' | 'ε' => 'e',
            'һ' => 'h',
            'і' | 'ι' => 'i',
            'ј' => 'j',
            'о' | 'ο' => 'o',
            'р' | 'ρ' => 'p',
            'ѕ' => 's',
            'у' | 'υ' => 'y',
            'х' | 'χ' => 'x',
            'ν' => 'v',
            _ => return None,
        })
    };
    if !text.chars().any(|next| alike(next).is_some()) {
        return text.to_owned();
    }
    text.split_inclusive(|next: char| !next.is_alphabetic())
        .flat_map(|word| {
            let mixed = word.chars().any(|next| next.is_ascii_alphabetic());
            word.chars()
                .map(move |next| alike(next).filter(|_| mixed).unwrap_or(next))
        })
        .collect()
}

/// Without what pulls words apart: marks and blanks between Chinese characters, blanks between single letters.
fn dense(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let han = |at: Option<usize>| {
        at.and_then(|at| chars.get(at))
            .is_some_and(|next| matches!(next, '\u{3400}'..='\u{9fff}'))
    };
    let letter = |at: usize| chars.get(at).is_some_and(char::is_ascii_alphabetic);
    let single = |at: usize| {
        let before = at.checked_sub(1).is_some_and(letter);
        letter(at) && !before && !letter(at + 1)
    };
    let mut dense = String::with_capacity(text.len());
    for (at, &next) in chars.iter().enumerate() {
        let mark = matches!(
            next,
            ' ' | '\n' | '\t' | '.' | '*' | '_' | '-' | '~' | '·' | '/' | '|' | '+'
        );
        let between = han(at.checked_sub(1)) && han(Some(at + 1));
        let apart = at.checked_sub(1).is_some_and(single) && single(at + 1);
        if !(mark && (between || apart)) {
            dense.push(next);
        }
    }
    dense
}

/// Zero-width characters that stand between two letters.
fn split_words(text: &str) -> usize {
    let characters: Vec<char> = text.chars().collect();
    let zero = |next: char| matches!(next, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}');
    characters
        .windows(3)
        .filter(|three| three[0].is_alphanumeric() && zero(three[1]) && three[2].is_alphanumeric())
        .count()
}

#[cfg(test)]
mod tests;
