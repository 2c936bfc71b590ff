//! Numbers and addresses that can be nothing else, with or without a label.

use std::ops::Range;

use super::{Hit, How, Message, overlaps};
use crate::form::field::{Field, Kind};
use crate::form::validate::{self, bank, credit_code, identity, mobile, phone};

/// Kinds that are recognised without a label, the surest first.
const SURE: [Kind; 7] = [
    Kind::Mail,
    Kind::CreditCode,
    Kind::Identity,
    Kind::Plate,
    Kind::Mobile,
    Kind::Phone,
    Kind::Bank,
];

/// Most groups in which figures are written.
const GROUPS: usize = 6;

/// What is recognised without a label, outside of `taken`. In questions only what answers the question that was asked.
pub(super) fn hits(said: &Message<'_>, taken: &[Hit]) -> Vec<Hit> {
    let mut hits: Vec<Hit> = Vec::new();
    for clause in said.clauses.iter().filter(|clause| !clause.taken_back) {
        for kind in SURE {
            let fields: Vec<usize> = said
                .open()
                .filter(|(_, field)| field.kind == kind)
                .map(|(at, _)| at)
                .collect();
            let asked = said.asked.filter(|asked| fields.contains(asked));
            if fields.is_empty() || (clause.question && asked.is_none()) {
                continue;
            }
            for range in first(said, kind, clause.range.clone()) {
                if overlaps(taken, &range)
                    || overlaps(&hits, &range)
                    || denied(said, clause.range.start, range.start)
                {
                    continue;
                }
                hits.push(match asked {
                    Some(asked) => said.hit(asked, range, How::Asked),
                    None => Hit {
                        others: fields[1..].to_vec(),
                        ..said.hit(fields[0], range, How::Pattern)
                    },
                });
            }
        }
    }
    hits.extend(births(said, taken));
    hits
}

/// A day of which the message says that somebody was born, where only one field of the form asks for such a day.
fn births(said: &Message<'_>, taken: &[Hit]) -> Vec<Hit> {
    let asks = |field: &Field| {
        field.kind == Kind::Date && (field.title.contains("出生") || field.title.contains("生日"))
    };
    let fields: Vec<usize> = said
        .open()
        .filter(|(_, field)| asks(field))
        .map(|(at, _)| at)
        .collect();
    let [field] = fields[..] else {
        return Vec::new();
    };
    let born = |range: &Range<usize>| {
        let behind = ["生", "出生", "凌晨生", "出世"]
            .iter()
            .any(|word| said.text.at(range.end, word));
        behind || said.text.slice(0..range.start).trim_end().ends_with("生于")
    };
    let clauses = said.clauses.iter().filter(|clause| clause.tells());
    let days = clauses.flat_map(|clause| validate::dates(&said.text, clause.range.clone()));
    days.filter(|range| born(range) && !overlaps(taken, range))
        .map(|range| said.hit(field, range, How::Pattern))
        .collect()
}

/// Whether the person says that it is not this one.
fn denied(said: &Message<'_>, from: usize, at: usize) -> bool {
    let before = said.text.slice(from..at);
    let near = ["不是", "并非", "别填", "不要填", "不要写", "别写", "不用"];
    near.iter().any(|word| before.trim_end().ends_with(word))
}

/// All that is well formed of a kind in a range.
pub(super) fn first(said: &Message<'_>, kind: Kind, range: Range<usize>) -> Vec<Range<usize>> {
    let today = said.today;
    match kind {
        Kind::Mail => validate::mails(&said.text, range),
        Kind::Plate => validate::plates(&said.text, range),
        Kind::Identity => numbers(said, range, &|text| identity(text, today).is_ok()),
        Kind::Mobile => numbers(said, range, &|text| mobile(text).is_ok()),
        Kind::Phone => numbers(said, range, &|text| phone(text).is_ok()),
        Kind::CreditCode => numbers(said, range, &|text| credit_code(text).is_ok()),
        Kind::Bank => numbers(said, range, &|text| bank(text).is_ok()),
        Kind::Name
        | Kind::Date
        | Kind::Amount
        | Kind::Integer
        | Kind::Address
        | Kind::Choice
        | Kind::YesNo
        | Kind::Text => Vec::new(),
    }
}

/// Numbers in groups that pass a check, the longest at each place. No part of a longer number is taken.
fn numbers(
    said: &Message<'_>,
    range: Range<usize>,
    valid: &dyn Fn(&str) -> bool,
) -> Vec<Range<usize>> {
    let groups = groups(said, range);
    let (mut found, mut at) = (Vec::new(), 0);
    while at < groups.len() {
        // No further than a number may go: a message of nothing but figures is read once.
        let most = (at + 1..groups.len().min(at + GROUPS))
            .take_while(|next| adjoin(said, &groups[next - 1], &groups[*next]))
            .count()
            + 1;
        let longest = (1..=most).rev().find(|count| {
            let range = groups[at].start..groups[at + count - 1].end;
            range.len() <= 40 && valid(said.text.slice(range))
        });
        if let Some(count) = longest {
            found.push(groups[at].start..groups[at + count - 1].end);
        }
        at += longest.unwrap_or(1);
    }
    found
}

/// Runs of letters and figures; a country code or area code may have signs before it.
fn groups(said: &Message<'_>, range: Range<usize>) -> Vec<Range<usize>> {
    let chars = &said.text.chars;
    let (mut groups, mut at) = (Vec::new(), range.start);
    while at < range.end {
        let sign =
            matches!(chars[at], '+' | '(') && at + 1 < range.end && chars[at + 1].is_ascii_digit();
        if !chars[at].is_ascii_alphanumeric() && !sign {
            at += 1;
            continue;
        }
        let from = at;
        at += 1;
        while at < range.end
            && (chars[at].is_ascii_alphanumeric() || chars[at] == '×' || (sign && chars[at] == ')'))
        {
            at += 1;
        }
        groups.push(from..at);
    }
    groups
}

/// Whether two groups may be one number: one blank, hyphen or point between them, or a blank beside a hyphen.
fn adjoin(said: &Message<'_>, left: &Range<usize>, right: &Range<usize>) -> bool {
    let between: String = said.text.chars[left.end..right.start].iter().collect();
    matches!(
        between.as_str(),
        "" | " " | "-" | "." | "·" | " -" | "- " | " - " | "–" | "—"
    )
}

/// What was probably meant for a number that is not well formed: the first figures.
pub(super) fn loose(said: &Message<'_>, kind: Kind, range: Range<usize>) -> Option<Range<usize>> {
    match kind {
        Kind::Mail => {
            let at = said.text.find("@", range.clone())?;
            let part = |at: &usize| said.text.chars[*at].is_ascii_graphic();
            let start = (range.start..at.start)
                .rev()
                .take_while(part)
                .last()
                .unwrap_or(at.start);
            let end = (at.end..range.end)
                .take_while(part)
                .last()
                .map_or(at.end, |last| last + 1);
            Some(start..end)
        }
        Kind::Plate
        | Kind::Identity
        | Kind::Mobile
        | Kind::Phone
        | Kind::CreditCode
        | Kind::Bank => {
            let groups = groups(said, range);
            let numbered = |group: &&Range<usize>| {
                said.text.chars[(*group).clone()]
                    .iter()
                    .any(char::is_ascii_digit)
            };
            let at = groups.iter().position(|group| numbered(&group))?;
            let mut end = groups[at].end;
            for pair in groups[at..].windows(2) {
                // Two long groups are two numbers.
                if !adjoin(said, &pair[0], &pair[1]) || end - groups[at].start >= 11 {
                    break;
                }
                end = pair[1].end;
            }
            Some(groups[at].start..end)
        }
        Kind::Name
        | Kind::Date
        | Kind::Amount
        | Kind::Integer
        | Kind::Address
        | Kind::Choice
        | Kind::YesNo
        | Kind::Text => None,
    }
}
