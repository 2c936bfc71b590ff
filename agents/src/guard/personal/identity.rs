//! 居民身份证号码 (GB 11643): region, date of birth, serial, check character (ISO 7064, MOD 11-2).

use tools::form::validate::identity_check;

use super::figures::{Groups, separator};
use super::{Kind, Matched, before};

/// Most groups in which a number is written.
const GROUPS: usize = 6;

pub(super) fn at(chars: &[char], at: usize) -> Option<Matched> {
    let groups = Groups::read(chars, at);
    let end = groups
        .together(18, GROUPS)
        .or_else(|| with_letter(chars, &groups))
        .filter(|end| valid(&chars[at..*end]))
        .or_else(|| old(chars, at, &groups))?;
    Some(Matched {
        from: at,
        to: end,
        kind: Kind::Identity,
    })
}

/// The end of a number whose check character is X.
fn with_letter(chars: &[char], groups: &Groups) -> Option<usize> {
    let end = groups.together(17, GROUPS)?;
    let gap = match chars.get(end) {
        Some(' ' | '-') => 1,
        _ => separator(chars, end),
    };
    let letter = matches!(chars.get(end + gap), Some('X' | 'x' | '×'));
    letter.then_some(end + gap + 1)
}

fn valid(chars: &[char]) -> bool {
    let number: Vec<char> = chars
        .iter()
        .map(|next| match next {
            'x' | '×' => 'X',
            next => *next,
        })
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let figures = number.iter().filter_map(|next| next.to_digit(10));
    let check = identity_check(&figures.collect::<Vec<_>>());
    let date = field(&number, 6, 10)
        .zip(field(&number, 10, 12))
        .zip(field(&number, 12, 14))
        .is_some_and(|((year, month), day)| possible(year, month, day));
    region(&number) && date && number.last() == Some(&check)
}

/// A number of 15 figures as they were given until 1999. It has no check character, so it must be announced.
fn old(chars: &[char], at: usize, groups: &Groups) -> Option<usize> {
    let end = groups.shaped(&[15])?;
    let number = &chars[at..end];
    let date = possible(
        1900 + field(number, 6, 8)?,
        field(number, 8, 10)?,
        field(number, 10, 12)?,
    );
    let announced = before(chars, at, 8).contains("身份证");
    (announced && date && region(number)).then_some(end)
}

fn field(number: &[char], from: usize, to: usize) -> Option<u16> {
    number
        .get(from..to)?
        .iter()
        .collect::<String>()
        .parse()
        .ok()
}

fn region(number: &[char]) -> bool {
    matches!(
        field(number, 0, 2),
        Some(11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83 | 91)
    )
}

fn possible(year: u16, month: u16, day: u16) -> bool {
    let leap = (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    (1900..2100).contains(&year) && (1..=days).contains(&day)
}
