//! The message as the answer to the question that was asked: 张三; 是的; 三万五.

use std::ops::Range;

use super::clause::{Clause, polite, turns_away};
use super::label::is_bare;
use super::pattern::loose;
use super::resolve::CORRECTING;
use super::{Hit, How, Message, name, overlaps};
use crate::form::field::Kind;
use crate::form::number::figure;
use crate::form::read::words::chosen;
use crate::form::validate;

/// Particles at the end.
const PARTICLES: [char; 11] = [
    '吧', '啊', '呢', '哦', '呀', '了', '哈', '噢', '"', '”', '」',
];

/// A free text, taken as it stands, if it does not turn away from the form.
pub(super) fn text(said: &Message<'_>) -> Vec<Hit> {
    let range = said.text.trimmed(0..said.text.len());
    let (Some(asked), false) = (said.asked, range.is_empty()) else {
        return Vec::new();
    };
    if turns_away(said.text.slice(range.clone())) || super::command::command(said).is_some() {
        return Vec::new();
    }
    vec![said.hit(asked, range, How::Asked)]
}

/// Whether a message in which values with a label stand tells something besides them.
pub(super) fn tells(said: &Message<'_>, labelled: &[Hit]) -> bool {
    let clauses = said
        .clauses
        .iter()
        .filter(|clause| clause.tells() && !overlaps(labelled, &clause.range));
    let told = clauses.map(|clause| clause.range.clone()).filter(|range| {
        let text = said.text.slice(range.clone());
        !polite(text) && !CORRECTING.iter().any(|word| text.contains(word))
    });
    let own = labelled.iter().any(|hit| Some(hit.field) == said.asked);
    !own && told.map(|range| range.len()).sum::<usize>() >= 4
}

/// The answer to the question that was asked, in what `taken` leaves over.
pub(super) fn hits(said: &Message<'_>, taken: &[Hit]) -> Vec<Hit> {
    let (Some(asked), Some(field)) = (said.asked, said.asked_field()) else {
        return Vec::new();
    };
    let hit = |range| said.hit(asked, range, How::Asked);
    // An address may well hold the name of a district, which is a choice elsewhere.
    let holds = |other: &&Hit| field.kind == Kind::Address && other.how == How::Choice;
    let taken: Vec<Hit> = taken
        .iter()
        .filter(|other| !holds(other))
        .cloned()
        .collect();
    let free: Vec<Range<usize>> = said
        .clauses
        .iter()
        .filter(|clause| clause.tells())
        .flat_map(|clause| left(said, &clause.range, &taken))
        .filter(|range| !polite(said.text.slice(range.clone())) && !is_bare(said, range.clone()))
        .collect();
    let each = |find: &dyn Fn(Range<usize>) -> Vec<Range<usize>>| -> Vec<Hit> {
        free.iter()
            .flat_map(|range| find(range.clone()))
            .map(hit)
            .collect()
    };
    match field.kind {
        Kind::Name => name::names(said, &free),
        Kind::Address => address(said, &free),
        Kind::Text => Vec::new(),
        Kind::YesNo | Kind::Choice if unmeant(said, &free) => vec![hit(free[0].clone())],
        Kind::YesNo => {
            let mut found = free
                .iter()
                .filter_map(|range| chosen(field, &said.text, range.clone()).into_iter().next());
            found
                .next()
                .map(|meaning| hit(meaning.range))
                .into_iter()
                .collect()
        }
        Kind::Choice if free.len() != 1 => Vec::new(),
        Kind::Choice => each(&|range| {
            let found = chosen(field, &said.text, range);
            found.into_iter().map(|meaning| meaning.range).collect()
        }),
        Kind::Date | Kind::Amount | Kind::Integer => each(&|range| values(said, field.kind, range)),
        Kind::Identity
        | Kind::Mobile
        | Kind::Phone
        | Kind::CreditCode
        | Kind::Mail
        | Kind::Plate
        | Kind::Bank => each(&|range| loose(said, field.kind, range).into_iter().collect()),
    }
}

/// A clause, or the pieces between its blanks that hold nothing taken: 张三 13800001234.
fn left(said: &Message<'_>, clause: &Range<usize>, taken: &[Hit]) -> Vec<Range<usize>> {
    if !overlaps(taken, clause) {
        return vec![clause.clone()];
    }
    let blanks = clause.clone().filter(|at| said.text.chars[*at] == ' ');
    let ends: Vec<usize> = std::iter::once(clause.start)
        .chain(blanks)
        .chain([clause.end])
        .collect();
    let pieces = ends
        .windows(2)
        .map(|pair| said.text.trimmed(pair[0]..pair[1]));
    pieces
        .filter(|piece| !piece.is_empty() && !overlaps(taken, piece))
        .collect()
}

/// Whether the only thing that was said is short and stands for no choice, so that it is refused with the choices.
fn unmeant(said: &Message<'_>, free: &[Range<usize>]) -> bool {
    match (free, said.asked_field()) {
        ([range], Some(field)) => {
            range.len() <= 12 && chosen(field, &said.text, range.clone()).is_empty()
        }
        _ => false,
    }
}

pub(super) fn trim_particles(said: &Message<'_>, range: Range<usize>) -> Range<usize> {
    let mut range = said.text.trimmed(range);
    while range.len() > 2 && PARTICLES.contains(&said.text.chars[range.end - 1]) {
        range.end -= 1;
    }
    range
}

/// An address: the whole message if it is one, else the clauses that are.
fn address(said: &Message<'_>, free: &[Range<usize>]) -> Vec<Hit> {
    let (Some(asked), Some(first), Some(last)) = (said.asked, free.first(), free.last()) else {
        return Vec::new();
    };
    let all = said
        .clauses
        .iter()
        .filter(|clause: &&Clause| !polite(said.text.slice(clause.range.clone())))
        .count();
    if all == free.len() {
        let whole =
            phrase(said, first.start..last.end).map(|range| said.hit(asked, range, How::Asked));
        if let Some(hit) = whole.filter(|hit| hit.value.is_ok()) {
            return vec![hit];
        }
    }
    let hits: Vec<Hit> = free
        .iter()
        .filter_map(|range| phrase(said, range.clone()))
        .map(|range| said.hit(asked, range, How::Asked))
        .collect();
    if hits.len() == 1 {
        hits
    } else {
        hits.into_iter().filter(|hit| hit.value.is_ok()).collect()
    }
}

/// A phrase without what introduces it and without particles.
pub(super) fn phrase(said: &Message<'_>, range: Range<usize>) -> Option<Range<usize>> {
    let mut range = trim_particles(said, range);
    let heads = [
        "我现在住在",
        "现在住在",
        "我们住在",
        "我家住在",
        "我住在",
        "家住在",
        "住在",
        "我家在",
        "家在",
        "我住",
        "改成",
        "改为",
        "是",
        "在",
    ];
    if let Some(head) = heads.iter().find(|head| said.text.at(range.start, head)) {
        range.start = (range.start + head.chars().count()).min(range.end);
    }
    (!range.is_empty()).then_some(range)
}

/// Days, amounts or numbers in a range, well formed or not.
pub(super) fn values(said: &Message<'_>, kind: Kind, range: Range<usize>) -> Vec<Range<usize>> {
    if kind == Kind::Date {
        return validate::dates(&said.text, range);
    }
    let found = numerals(said, kind, range);
    let sure = |range: &Range<usize>| {
        range.len() > 1
            || said.text.chars[range.start].is_ascii_digit()
            || said.text.chars[range.start] == '十'
    };
    // 一 in 一般 is a number only if there is no other.
    if found.iter().any(sure) {
        found.into_iter().filter(sure).collect()
    } else {
        found
    }
}

/// Runs of numerals with the words that make them inexact, which are read with them and refused.
fn numerals(said: &Message<'_>, kind: Kind, range: Range<usize>) -> Vec<Range<usize>> {
    let chars = &said.text.chars;
    let numeral = |next: char| {
        next.is_ascii_digit() || figure(next).is_some() || "十百千万亿拾佰仟".contains(next)
    };
    let part = |next: char| {
        numeral(next)
            || ",.".contains(next)
            || (kind == Kind::Amount && "元块圆角毛分整".contains(next))
    };
    let (mut found, mut at) = (Vec::new(), range.start);
    while at < range.end {
        if !numeral(chars[at]) {
            at += 1;
            continue;
        }
        let from = at;
        while at < range.end && part(chars[at]) {
            at += 1;
        }
        let mut end = at;
        while end > from && ",.".contains(chars[end - 1]) {
            end -= 1;
        }
        let rest = end..range.end;
        let tail = ["左右", "上下", "多", "几", "%", "-", "/"]
            .iter()
            .find(|word| !rest.is_empty() && said.text.at(end, word));
        end = (end + tail.map_or(0, |word| word.chars().count())).min(range.end);
        let before = said.text.slice(range.start..from);
        let head = ["差不多", "大概", "大约", "约", "-", "负", "¥"]
            .iter()
            .find(|word| before.ends_with(*word));
        found.push(from - head.map_or(0, |word| word.chars().count())..end);
        at = at.max(end);
    }
    found
}
