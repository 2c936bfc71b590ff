//! Whether a value stands in a person's own words, in the way in which people write values of its role.
//!
//! A value stands there whole: `ann@a.com` does not stand in `joann@a.com`, nor `12` in `2012`. Nothing is understood:
//! "my landlord" names nobody.

use serde_json::Value;

use super::role::Role;

mod day;

/// Whether `value` stands in `said`. Booleans and null decide nothing and always do; of a list each item must.
pub fn stands(value: &Value, role: Role, said: &str) -> bool {
    match value {
        Value::Null | Value::Bool(_) => true,
        Value::Number(number) => number
            .as_f64()
            .is_some_and(|wanted| amount_stands(wanted, said)),
        Value::String(text) => text_stands(text, role, said),
        Value::Array(items) => items.iter().all(|item| stands(item, role, said)),
        Value::Object(members) => members.values().all(|item| stands(item, role, said)),
    }
}

fn text_stands(text: &str, role: Role, said: &str) -> bool {
    let said = narrow(said);
    let text = narrow(text);
    let text = text.trim();
    if text.is_empty() {
        return true;
    }
    let is_grouped = grouped(&said, text);
    match role {
        Role::Amount => text
            .parse()
            .is_ok_and(|wanted| amount_stands(wanted, &said)),
        Role::Day => day::stands(text, &said),
        Role::Secret => bounded(&said, text),
        Role::Address => bounded(
            &said.to_lowercase().replace("://", " "),
            bare(&text.to_lowercase()),
        ),
        Role::Who
        | Role::Member
        | Role::Entry
        | Role::Row
        | Role::Particular
        | Role::Text
        | Role::Other => {
            let (text, said) = (text.to_lowercase(), said.to_lowercase());
            bounded(&spaced(&said), &spaced(&text)) || is_grouped
        }
    }
}

/// Identifiers in a text that lead out of it or say who somebody is: addresses of pages and of mail, accounts, numbers of
/// six figures and more. A day or a time is none.
pub fn identifiers(text: &str) -> Vec<&str> {
    let apart = |character: char| {
        character.is_whitespace() || "()[]{}<>\"'“”‘’（）《》，。；：、！？,;|".contains(character)
    };
    let words = text
        .split(apart)
        .map(|word| word.trim_end_matches(['.', '!', '?', ':']));
    words.filter(|word| is_identifier(word)).collect()
}

fn is_identifier(word: &str) -> bool {
    let figures = word.chars().filter(char::is_ascii_digit).count();
    let is_page = word.contains("://") || word.starts_with("www.");
    let is_mail = word
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    is_page || is_mail || (figures >= 6 && !day::is_one(word))
}

/// Full-width characters become those of the keyboard.
fn narrow(text: &str) -> String {
    let one = |character: char| match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(character as u32 - 0xfee0).unwrap_or(character),
        '\u{3000}' => ' ',
        other => other,
    };
    text.chars().map(one).collect()
}

/// One space for any.
fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An address without scheme and last slash.
fn bare(address: &str) -> &str {
    let (_, rest) = address.split_once("://").unwrap_or(("", address));
    rest.trim_end_matches('/')
}

/// An account or telephone number that a person writes in groups.
fn grouped(said: &str, number: &str) -> bool {
    let joint = |text: &str| {
        text.chars()
            .filter(|character| !matches!(character, ' ' | '-'))
            .collect::<String>()
    };
    let number = joint(number);
    let figures = number.chars().filter(char::is_ascii_digit).count();
    let is_number = figures >= 8
        && number
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || character == '+');
    is_number && bounded(&joint_groups(said).to_lowercase(), &number.to_lowercase())
}

/// The same text with groups of figures and capitals put together: `GB29 NWBK 6016` is `GB29NWBK6016`, words stay apart.
fn joint_groups(said: &str) -> String {
    let has_figure = |word: &str| word.chars().any(|character| character.is_ascii_digit());
    let is_letters = |word: &str| {
        word.len() <= 4 && word.chars().all(|character| character.is_ascii_uppercase())
    };
    let mut joint = String::new();
    let words: Vec<&str> = said.split([' ', '-']).collect();
    for (at, word) in words.iter().enumerate() {
        let after = words.get(at + 1).copied().unwrap_or_default();
        let before = at
            .checked_sub(1)
            .and_then(|at| words.get(at))
            .copied()
            .unwrap_or_default();
        joint.push_str(word);
        // A group without figures belongs to the number if it is short, in capitals and between groups with figures.
        let in_number =
            has_figure(word) || (is_letters(word) && has_figure(before) && has_figure(after));
        let goes_on = has_figure(after)
            || (is_letters(after) && words.get(at + 2).is_some_and(|next| has_figure(next)));
        if !(in_number && goes_on) {
            joint.push(' ');
        }
    }
    joint
}

/// `wanted` stands in `said`, and what is beside it does not belong to it. Chinese has no spaces, so a Chinese neighbour
/// bounds nothing.
fn bounded(said: &str, wanted: &str) -> bool {
    if wanted.is_empty() {
        return true;
    }
    said.match_indices(wanted).any(|(at, _)| {
        let before = said[..at].chars().next_back();
        let mut rest = said[at + wanted.len()..].chars();
        let (after, next) = (rest.next(), rest.next());
        let joins = |one: char| {
            matches!(one, '.' | '@' | '/' | '?' | '#' | '=' | '&') && next.is_some_and(glued)
        };
        !before.is_some_and(|one| glued(one) || matches!(one, '.' | '@' | '/' | '+'))
            && !after.is_some_and(|one| glued(one) || joins(one))
    })
}

fn glued(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '%')
}

fn amount_stands(wanted: f64, said: &str) -> bool {
    numbers(&narrow(said))
        .into_iter()
        .any(|number| (number - wanted).abs() < 1e-9)
}

/// The numbers of a text: `1,200.50` is one, and so are the parts of a date.
fn numbers(said: &str) -> Vec<f64> {
    let mut numbers = Vec::new();
    let mut word = String::new();
    let characters: Vec<char> = said.chars().collect();
    for (at, &character) in characters.iter().enumerate() {
        let between = |other: char| {
            character == other
                && at > 0
                && characters[at - 1].is_ascii_digit()
                && characters.get(at + 1).is_some_and(char::is_ascii_digit)
        };
        if character.is_ascii_digit() || between('.') {
            word.push(character);
        } else if !(between(',')
            && characters
                .get(at + 1..at + 4)
                .is_some_and(|group| group.iter().all(char::is_ascii_digit)))
        {
            numbers.extend(word.parse::<f64>());
            word.clear();
        }
        // Part of a name, as in `GB29`: not a number that somebody says.
        if character.is_ascii_alphabetic()
            && characters.get(at + 1).is_some_and(char::is_ascii_digit)
        {
            word.push('x');
        }
    }
    numbers.extend(word.parse::<f64>());
    numbers
}

#[cfg(test)]
mod tests;
