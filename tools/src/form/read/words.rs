//! Words that stand for a choice, for yes and for no, with what turns them round: 不是婚生 does not mean 婚生.

use std::ops::Range;

use serde_json::Value as Json;

use crate::form::field::{Field, Kind};
use crate::form::fold::{Folded, dense};

/// Words for yes, the longest first where one begins another.
const YES: [&str; 25] = [
    "是的",
    "对的",
    "没错",
    "没问题",
    "确实",
    "需要",
    "可以",
    "同意",
    "愿意",
    "好的",
    "已经",
    "办过",
    "参加了",
    "交过",
    "享受过",
    "是",
    "对",
    "有",
    "要",
    "好",
    "嗯",
    "行",
    "能",
    "会",
    "在",
];
/// Words for no.
const NO: [&str; 24] = [
    "不是",
    "不对",
    "没有",
    "不要",
    "不需要",
    "不用",
    "不必",
    "不同意",
    "不愿意",
    "不可以",
    "不行",
    "不能",
    "不会",
    "不在",
    "没办",
    "没参加",
    "没交",
    "从未",
    "从没",
    "未曾",
    "否",
    "没",
    "无",
    "不",
];
/// What turns the next word round. 非 is left to the words themselves: 非婚生.
const TURNS: [&str; 18] = [
    "不是",
    "并不是",
    "并非",
    "不算",
    "不属于",
    "不选",
    "不要选",
    "别选",
    "没有",
    "不叫",
    "而不是",
    "不再是",
    "不",
    "没",
    "未",
    "非",
    "无",
    "别",
];

/// A word and the value that it stands for.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::form) struct Meaning {
    /// Folded characters.
    pub(in crate::form) range: Range<usize>,
    /// The value.
    pub(in crate::form) value: Json,
}

/// What the words in a range stand for: the words of the choices, or an ordinal where there is no other; yes and no.
pub(in crate::form) fn chosen(field: &Field, text: &Folded, range: Range<usize>) -> Vec<Meaning> {
    let found = said(field, text, range.clone());
    if !found.is_empty() {
        return found;
    }
    match field.kind {
        Kind::YesNo => yes_no(field, text, range).into_iter().collect(),
        Kind::Choice => ordinal(field, text, range).into_iter().collect(),
        Kind::Name
        | Kind::Identity
        | Kind::Mobile
        | Kind::Phone
        | Kind::CreditCode
        | Kind::Date
        | Kind::Amount
        | Kind::Integer
        | Kind::Address
        | Kind::Mail
        | Kind::Plate
        | Kind::Bank
        | Kind::Text => Vec::new(),
    }
}

/// The words of the choices alone. The longest word at a place is taken; one that is turned round counts for nothing.
pub(in crate::form) fn said(field: &Field, text: &Folded, range: Range<usize>) -> Vec<Meaning> {
    let words = vocabulary(field);
    let (mut found, mut at): (Vec<Meaning>, usize) = (Vec::new(), range.start);
    while at < range.end {
        let longest = words
            .iter()
            .filter(|(word, _)| text.at(at, word))
            .map(|(word, value)| (word.chars().count(), *value))
            .filter(|(length, _)| at + length <= range.end)
            .max_by_key(|(length, _)| *length);
        let Some((length, value)) = longest else {
            at += 1;
            continue;
        };
        if !turned(text, range.start, at) {
            found.push(Meaning {
                range: at..at + length,
                value: value.clone(),
            });
        }
        at += length;
    }
    found
}

/// Folded titles and words with their values.
fn vocabulary(field: &Field) -> Vec<(String, &Json)> {
    let mut words = Vec::new();
    for choice in &field.choices {
        for word in std::iter::once(&choice.title).chain(&choice.words) {
            words.push((dense(word), &choice.value));
        }
    }
    words
}

/// Whether what stands before a place turns it round: 不是, perhaps with 属于 or a blank between.
pub(in crate::form) fn turned(text: &Folded, from: usize, at: usize) -> bool {
    let near: String = text.chars[from.max(at.saturating_sub(6))..at]
        .iter()
        .collect();
    let near = near.trim_end();
    let near = near
        .trim_end_matches("属于")
        .trim_end_matches("一个")
        .trim_end_matches('是');
    let whole: String = text.chars[from.max(at.saturating_sub(6))..at]
        .iter()
        .collect();
    let ends = |text: &str| TURNS.iter().any(|turn| text.trim_end().ends_with(turn));
    // 是不是 asks and 不得不 affirms; neither says no.
    !whole.trim_end().ends_with("是不是") && (ends(&whole) || ends(near))
}

/// Yes or no at the beginning of what was said: 是的, 没有, 有社保, 不用了谢谢.
fn yes_no(field: &Field, text: &Folded, range: Range<usize>) -> Option<Meaning> {
    let mut at = range.start;
    while at < range.end
        && matches!(
            text.chars[at],
            ' ' | '我'
                | '们'
                | '都'
                | '他'
                | '她'
                | '就'
                | '这'
                | '个'
                | '那'
                | ':'
                | '呃'
                | '啊'
                | '哦'
                | '也'
                | '还'
        )
    {
        at += 1;
    }
    let longest = |words: &[&'static str]| {
        let fitting = words.iter().filter(|word| text.at(at, word));
        fitting
            .map(|word| word.chars().count())
            .filter(|length| at + length <= range.end)
            .max()
    };
    let (yes, no) = (longest(&YES), longest(&NO));
    let (length, meant) = match (yes, no) {
        (_, Some(no)) if yes.is_none_or(|yes| no >= yes) => (no, false),
        (Some(yes), _) => (yes, true),
        (None, _) => return None,
    };
    let value = if field.choices.is_empty() {
        Json::Bool(meant)
    } else {
        titled(field, meant)?
    };
    Some(Meaning {
        range: at..at + length,
        value,
    })
}

/// The choice that is true or false, or whose title begins with a word for it.
fn titled(field: &Field, meant: bool) -> Option<Json> {
    let (right, wrong) = if meant {
        (&YES[..], &NO[..])
    } else {
        (&NO[..], &YES[..])
    };
    let begins = |title: &str, words: &[&str]| {
        words
            .iter()
            .filter(|word| title.starts_with(*word))
            .map(|word| word.len())
            .max()
    };
    let mut fitting = field.choices.iter().filter(|choice| match &choice.value {
        Json::Bool(value) => *value == meant,
        Json::String(_) | Json::Number(_) | Json::Null | Json::Array(_) | Json::Object(_) => {
            begins(&choice.title, right) > begins(&choice.title, wrong)
        }
    });
    match (fitting.next(), fitting.next()) {
        (Some(choice), None) => Some(choice.value.clone()),
        _ => None,
    }
}

/// 第二个, 选2, 2: by the order in which the choices are shown, and only where nothing else was said.
fn ordinal(field: &Field, text: &Folded, range: Range<usize>) -> Option<Meaning> {
    let range = text.trimmed(range);
    let mut said = text.slice(range.clone());
    for head in ["我", "选", "第"] {
        said = said.strip_prefix(head).unwrap_or(said);
    }
    for tail in ["吧", "个", "种", "项", "类"] {
        said = said.strip_suffix(tail).unwrap_or(said);
    }
    let mut chars = said.chars();
    let (Some(figure), None) = (chars.next(), chars.next()) else {
        return None;
    };
    let number = figure
        .to_digit(10)
        .or_else(|| crate::form::number::figure(figure))?;
    let choice = field.choices.get((number as usize).checked_sub(1)?)?;
    Some(Meaning {
        range,
        value: choice.value.clone(),
    })
}
