//! Cross-references inside a text: 《title》第三条, 本条例第三条, 第十条至第十二条, 前款.

use std::ops::Range;

use super::Link;
use crate::numeral::{Label, clause_name, label_at, number_at};

/// Longest title between 《 and 》, in bytes.
const TITLE: usize = 300;

/// The references of a text from `start` on, which is where the label of its own article ends.
pub(super) fn links(text: &str, start: usize) -> Vec<Link> {
    const SIGNS: [char; 4] = ['《', '第', '本', '前'];
    let mut links = Vec::new();
    let mut at = start;
    // The document of the last reference and where that ended: 《title》第十条至第十二条 names it once.
    let mut named: Option<(String, usize)> = None;
    while let Some(found) = text[at..].find(SIGNS) {
        let here = at + found;
        let (end, document, clause) = match reference(text, here) {
            Some(reference) => reference,
            None => {
                at = here + text[here..].chars().next().map_or(1, char::len_utf8);
                continue;
            }
        };
        let document = document.or_else(|| {
            let (title, before) = named.as_ref()?;
            (text[here..].starts_with('第') && connects(&text[*before..here]))
                .then(|| title.clone())
        });
        named = document.clone().map(|title| (title, end));
        links.push(Link {
            range: here..end,
            document,
            clause,
        });
        at = end;
    }
    links
}

/// Where a reference ends, the document it names and the article it names.
type Reference = (usize, Option<String>, Option<String>);

fn reference(text: &str, at: usize) -> Option<Reference> {
    let rest = &text[at..];
    match rest.chars().next()? {
        '《' => {
            let title = title(rest)?;
            let end = at + title.end + '》'.len_utf8();
            let (end, clause) = clause(text, end).unwrap_or((end, None));
            Some((end, Some(rest[title].to_owned()), clause))
        }
        '第' => {
            let (end, clause) = clause(text, at)?;
            clause.is_some().then_some((end, None, clause))
        }
        '本' => own(text, at),
        _ => previous(text, at),
    }
}

/// The inside of 《》, which may hold a title again.
fn title(text: &str) -> Option<Range<usize>> {
    let mut depth = 0;
    for (at, character) in text.char_indices().take_while(|(at, _)| *at < TITLE) {
        match character {
            '《' => depth += 1,
            '》' => depth -= 1,
            '\n' => return None,
            _ => {}
        }
        if depth == 0 {
            return (at > '《'.len_utf8()).then_some('《'.len_utf8()..at);
        }
    }
    None
}

/// 第三条, with 第二款 and 第（三）项 that follow.
fn clause(text: &str, at: usize) -> Option<(usize, Option<String>)> {
    let (mut end, name) = match label_at(&text[at..]) {
        Some(Label {
            number,
            branch,
            length,
        }) => (at + length, Some(clause_name(number, branch))),
        None => (at, None),
    };
    while let Some(length) = part(&text[end..]) {
        end += length;
    }
    (end > at).then_some((end, name))
}

/// 第二款, 第（三）项 or 第2目 at the beginning of a text, as a length.
fn part(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('第')?;
    let rest = rest.strip_prefix(['（', '(']).unwrap_or(rest);
    let (_, rest) = number_at(rest)?;
    let rest = rest.strip_prefix(['）', ')']).unwrap_or(rest);
    let rest = rest.strip_prefix(['款', '项', '項', '目'])?;
    Some(text.len() - rest.len())
}

/// 本法第三条, 本条第二款.
fn own(text: &str, at: usize) -> Option<Reference> {
    const NAMES: [&str; 17] = [
        "本条例",
        "本條例",
        "本办法",
        "本辦法",
        "本规定",
        "本規定",
        "本细则",
        "本規則",
        "本规则",
        "本决定",
        "本通知",
        "本指南",
        "本章程",
        "本法",
        "本规程",
        "本条",
        "本條",
    ];
    let name = NAMES.iter().find(|name| text[at..].starts_with(**name))?;
    let (end, clause) = clause(text, at + name.len())?;
    Some((end, None, clause))
}

/// 前款, 前两款, 前条第二款.
fn previous(text: &str, at: usize) -> Option<Reference> {
    let rest = &text[at + '前'.len_utf8()..];
    let rest = number_at(rest).map_or(rest, |(_, after)| after);
    let rest = rest.strip_prefix(['款', '条', '條', '项', '項'])?;
    let mut end = text.len() - rest.len();
    while let Some(length) = part(&text[end..]) {
        end += length;
    }
    Some((end, None, None))
}

/// Whether a text between two articles lists them.
fn connects(text: &str) -> bool {
    matches!(
        text,
        "至" | "、"
            | "和"
            | "或者"
            | "或"
            | "及"
            | "以及"
            | "与"
            | "到"
            | "與"
            | "，"
            | "—"
            | "-"
    )
}
