//! What is hidden of a text before it is kept in a log or sent to a model elsewhere.
//!
//! Everywhere: personal numbers and mail, whosever they are, as Chinese offices mask them. Only in a person's own words
//! ([`mask_own`]): names, addresses and plates as well. Laws, guides and answers are full of addresses and names of
//! offices; to mask those would break quotations and hide nothing of anybody, while what a person writes of themselves
//! has no business in a log. Of an address the street stays, since it decides which rules apply; of a name the surname.

use std::borrow::Cow;

use super::personal::{Kind, Personal, find_generously, find_numbers, street};
use crate::value::fold::{Folded, fold};

/// The text with numbers and mail masked: `138****1234`, `4401**********1234`.
pub fn mask(text: &str) -> Cow<'_, str> {
    hide(text, find_numbers(text))
}

/// As [`mask`], leaving the numbers that public services are known by, however they are written.
pub fn mask_except<'a>(text: &'a str, public: &[String]) -> Cow<'a, str> {
    let public: Vec<String> = public.iter().map(|number| digits(number)).collect();
    let mut found = find_numbers(text);
    found.retain(|personal| {
        !matches!(personal.kind, Kind::Phone | Kind::Mobile)
            || !public.contains(&digits(&text[personal.range.clone()]))
    });
    hide(text, found)
}

/// A person's own words with everything personal masked: also `张**`, `滨江二路***`, `京A*****`.
pub fn mask_own(text: &str) -> Cow<'_, str> {
    hide(text, find_generously(text))
}

fn hide(text: &str, found: Vec<Personal>) -> Cow<'_, str> {
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let (mut masked, mut at) = (String::with_capacity(text.len()), 0);
    for personal in found {
        masked.push_str(&text[at..personal.range.start]);
        masked.push_str(&hidden(&text[personal.range.clone()], personal.kind));
        at = personal.range.end;
    }
    masked.push_str(&text[at..]);
    Cow::Owned(masked)
}

/// What is shown of a piece of personal data.
fn hidden(text: &str, kind: Kind) -> String {
    let counted = |character: &char| fold(*character).is_alphanumeric();
    let total = text.chars().filter(counted).count();
    // The characters that stay at the beginning and at the end.
    let (first, last) = match kind {
        Kind::Mail => {
            let at = text.find(['@', '＠']).unwrap_or(0);
            let first: String = text.chars().take(1).collect();
            return format!("{first}***{}", &text[at..]);
        }
        Kind::Address => return format!("{}***", &text[..street(text)]),
        Kind::Identity | Kind::Bank => (4, 4),
        // The country code stays before the first three figures.
        Kind::Mobile => (total.saturating_sub(8), 4),
        Kind::Phone => (area(text), 4),
        // 欧阳建国 has two.
        Kind::Name => (if total > 3 { 2 } else { 1 }, 0),
        Kind::Plate => (2, 0),
    };
    let mut seen = 0;
    text.chars()
        .map(|character| {
            if !counted(&character) {
                return character;
            }
            seen += 1;
            if seen <= first || seen + last > total {
                character
            } else {
                '*'
            }
        })
        .collect()
}

/// Length of the area code at the head of a landline number: 010 and 02x have three figures; none without one.
fn area(text: &str) -> usize {
    let figures = digits(text);
    match figures.as_bytes() {
        [b'0', b'1' | b'2', ..] => 3,
        [b'0', ..] => 4,
        _ => 0,
    }
}

/// The figures of a number without the country code.
fn digits(text: &str) -> String {
    let folded = Folded::new(text);
    let all: String = folded
        .chars
        .iter()
        .filter(|next| next.is_ascii_digit())
        .collect();
    all.strip_prefix("86")
        .filter(|rest| rest.len() >= 10)
        .map_or(all.clone(), str::to_owned)
}

#[cfg(test)]
mod tests;
