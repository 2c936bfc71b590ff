//! Personal numbers in running text: found by structure and checksum, and masked as Chinese offices do.
//!
//! Names and addresses are not found here: they have no checksum, and a mask that hides half of them promises too much.

use std::borrow::Cow;
use std::ops::Range;

use crate::value::fold::Folded;

/// A piece of personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Personal {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// Kinds of personal data that can be told by their form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// 居民身份证号码: 18 characters with a possible date and the right check character.
    Identity,
    /// 手机号.
    Mobile,
    /// 银行卡号: known issuer, right check digit.
    Bank,
    /// 固定电话 with its area code.
    Landline,
    /// An e-mail address.
    Mail,
}

/// Everything personal in a text, in order and disjoint.
pub fn find(text: &str) -> Vec<Personal> {
    find_except(text, &[])
}

/// As [`find`], without the numbers that a public service is known by, however they are written.
pub fn find_except(text: &str, public: &[String]) -> Vec<Personal> {
    let folded = Folded::new(text);
    let public: Vec<String> = public
        .iter()
        .map(|number| digits(&Folded::new(number).chars))
        .collect();
    let known = |found: &Matched| public.contains(&digits(&folded.chars[found.from..found.to]));
    matches(&folded.chars)
        .into_iter()
        .filter(|found| !matches!(found.kind, Kind::Landline | Kind::Mobile) || !known(found))
        .map(|found| Personal {
            range: folded.range(found.from, found.to),
            kind: found.kind,
        })
        .collect()
}

/// The text with everything personal masked: `138****1234`, `4401**********1234`.
pub fn mask(text: &str) -> Cow<'_, str> {
    mask_except(text, &[])
}

/// As [`mask`], leaving the numbers of public services.
pub fn mask_except<'a>(text: &'a str, public: &[String]) -> Cow<'a, str> {
    let found = find_except(text, public);
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

/// Stars in place of the middle; blanks and hyphens stay where they were.
fn hidden(text: &str, kind: Kind) -> String {
    if kind == Kind::Mail {
        let at = text.find(['@', '＠']).unwrap_or(0);
        let first: String = text.chars().take(1).collect();
        return format!("{first}***{}", &text[at..]);
    }
    let counted = |character: &char| crate::value::fold::fold(*character).is_ascii_alphanumeric();
    let total = text.chars().filter(counted).count();
    let first = match kind {
        Kind::Identity | Kind::Bank => 4,
        // The country code stays before the first three figures.
        Kind::Mobile => total.saturating_sub(8),
        Kind::Landline => area(text),
        Kind::Mail => 0,
    };
    let mut seen = 0;
    text.chars()
        .map(|character| {
            if !counted(&character) {
                return character;
            }
            seen += 1;
            if seen <= first || seen + 4 > total {
                character
            } else {
                '*'
            }
        })
        .collect()
}

/// Length of the area code at the head of a landline number: 010 and 02x have three figures.
fn area(text: &str) -> usize {
    let second = text
        .chars()
        .map(crate::value::fold::fold)
        .filter(char::is_ascii_digit)
        .nth(1);
    if matches!(second, Some('1' | '2')) {
        3
    } else {
        4
    }
}

struct Matched {
    from: usize,
    to: usize,
    kind: Kind,
}

fn digits(chars: &[char]) -> String {
    let all: String = chars.iter().filter(|next| next.is_ascii_digit()).collect();
    all.strip_prefix("86")
        .filter(|rest| rest.len() >= 10)
        .map_or(all.clone(), str::to_owned)
}

fn matches(chars: &[char]) -> Vec<Matched> {
    let (mut found, mut at): (Vec<Matched>, usize) = (Vec::new(), 0);
    while at < chars.len() {
        let floor = found.last().map_or(0, |last| last.to);
        let one = match chars[at] {
            '@' => mail(chars, at, floor),
            '0'..='9' | '+' | '(' => number(chars, at),
            _ => None,
        };
        match one {
            Some(matched) => {
                at = matched.to;
                found.push(matched);
            }
            // A run of figures is judged as a whole, so that no part of an order number is taken for a telephone.
            None if chars[at].is_ascii_digit() => {
                at += chars[at..]
                    .iter()
                    .take_while(|next| next.is_ascii_digit())
                    .count();
            }
            None => at += 1,
        }
    }
    found
}

fn mail(chars: &[char], at: usize, floor: usize) -> Option<Matched> {
    let local =
        |next: &char| next.is_ascii_alphanumeric() || matches!(next, '.' | '_' | '%' | '+' | '-');
    let from = at
        - chars[floor..at]
            .iter()
            .rev()
            .take_while(|next| local(next))
            .count();
    let domain = chars[at + 1..]
        .iter()
        .take_while(|next| next.is_ascii_alphanumeric() || matches!(next, '.' | '-'))
        .count();
    let host: String = chars[at + 1..at + 1 + domain].iter().collect();
    let host = host.trim_end_matches(['.', '-']);
    let (_, top) = host.rsplit_once('.')?;
    let real = from < at && top.len() >= 2 && top.chars().all(|next| next.is_ascii_alphabetic());
    real.then(|| Matched {
        from,
        to: at + 1 + host.chars().count(),
        kind: Kind::Mail,
    })
}

/// Figures from `at` on, in groups with single blanks or hyphens between: the figures, and where each group ends.
struct Groups {
    figures: Vec<u8>,
    /// Length and end of each group.
    ends: Vec<(usize, usize)>,
}

impl Groups {
    fn read(chars: &[char], at: usize) -> Self {
        let mut groups = Self {
            figures: Vec::new(),
            ends: Vec::new(),
        };
        let mut from = at;
        loop {
            let length = chars[from.min(chars.len())..]
                .iter()
                .take_while(|next| next.is_ascii_digit())
                .count();
            if length == 0 || groups.figures.len() + length > 24 {
                return groups;
            }
            for next in &chars[from..from + length] {
                groups
                    .figures
                    .push(u8::try_from(next.to_digit(10).unwrap_or(0)).unwrap_or(0));
            }
            let end = from + length;
            groups.ends.push((length, end));
            if !matches!(chars.get(end), Some(' ' | '-')) {
                return groups;
            }
            from = end + 1;
        }
    }

    /// The end of the first groups that have these lengths.
    fn shaped(&self, lengths: &[usize]) -> Option<usize> {
        let alike = self.ends.len() >= lengths.len()
            && self
                .ends
                .iter()
                .zip(lengths)
                .all(|((length, _), wanted)| length == wanted);
        alike.then(|| self.ends[lengths.len() - 1].1)
    }
}

fn number(chars: &[char], at: usize) -> Option<Matched> {
    let before = at.checked_sub(1).map(|before| chars[before]);
    let joined =
        before.is_some_and(|before| before.is_ascii_alphanumeric() || matches!(before, '.' | '_'));
    // `12-` or `12 ` in front makes the figures a part of something longer.
    let grouped = before == Some('-') && at >= 2 && chars[at - 2].is_ascii_alphanumeric();
    if joined || grouped {
        return None;
    }
    identity(chars, at)
        .or_else(|| mobile(chars, at))
        .or_else(|| bank(chars, at))
        .or_else(|| landline(chars, at))
        .filter(|matched| ends(chars, matched.to))
}

/// Whether a number may end here: no figure, letter or decimal goes on.
fn ends(chars: &[char], to: usize) -> bool {
    match chars.get(to) {
        Some(next) if next.is_ascii_alphanumeric() || *next == '_' => false,
        Some('.' | '-') => !chars.get(to + 1).is_some_and(char::is_ascii_alphanumeric),
        _ => true,
    }
}

fn identity(chars: &[char], at: usize) -> Option<Matched> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
    let groups = Groups::read(chars, at);
    // The last group lacks its figure where the check character is X.
    let end = [&[18][..], &[17], &[6, 8, 4], &[6, 8, 3], &[6, 12], &[6, 11]]
        .iter()
        .find_map(|shape| {
            let end = groups.shaped(shape)?;
            let whole = shape.iter().sum::<usize>() == 18;
            if whole {
                Some(end)
            } else {
                matches!(chars.get(end), Some('X' | 'x')).then_some(end + 1)
            }
        })?;
    let number: Vec<char> = chars[at..end]
        .iter()
        .copied()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let sum: u32 = number
        .iter()
        .zip(WEIGHTS)
        .filter_map(|(next, weight)| Some(next.to_digit(10)? * weight))
        .sum();
    let check = CHECKS[usize::try_from(sum % 11).ok()?];
    let field = |from: usize, to: usize| {
        number[from..to]
            .iter()
            .collect::<String>()
            .parse::<u16>()
            .ok()
    };
    let region = matches!(field(0, 2)?, 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83 | 91);
    let date = possible(field(6, 10)?, field(10, 12)?, field(12, 14)?);
    let valid = region && date && number.last()?.to_ascii_uppercase() == check;
    valid.then_some(Matched {
        from: at,
        to: end,
        kind: Kind::Identity,
    })
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

fn mobile(chars: &[char], at: usize) -> Option<Matched> {
    let literal = |at: usize, word: &str| {
        word.chars()
            .enumerate()
            .all(|(offset, next)| chars.get(at + offset) == Some(&next))
            .then_some(at + word.len())
    };
    let country = ["+86", "(+86)", "0086", "86"]
        .iter()
        .find_map(|word| literal(at, word));
    let country = country.map(|end| end + usize::from(matches!(chars.get(end), Some(' ' | '-'))));
    // Without a country code first: 86 may also begin something else.
    [Some(at), country].into_iter().flatten().find_map(|begin| {
        let groups = Groups::read(chars, begin);
        let end = [&[11][..], &[3, 4, 4], &[3, 8], &[7, 4]]
            .iter()
            .find_map(|shape| groups.shaped(shape))?;
        // 19678174659元 is an amount.
        let counts = chars
            .get(end)
            .is_some_and(|next| matches!(next, '元' | '万' | '亿' | '%' | '吨' | '件' | '户'));
        let valid = groups.figures[0] == 1 && groups.figures[1] >= 3 && ends(chars, end) && !counts;
        valid.then_some(Matched {
            from: at,
            to: end,
            kind: Kind::Mobile,
        })
    })
}

/// First figures of cards issued in China: UnionPay, and the older ranges of the large banks.
const ISSUERS: [&str; 12] = [
    "62", "9558", "95599", "4367", "4563", "4380", "5218", "5187", "5201", "5309", "5491", "3568",
];

fn bank(chars: &[char], at: usize) -> Option<Matched> {
    let groups = Groups::read(chars, at);
    let plain = groups
        .ends
        .first()
        .filter(|(length, _)| (16..=19).contains(length))
        .map(|(_, end)| *end);
    let shapes = [
        &[4, 4, 4, 4, 3][..],
        &[4, 4, 4, 4, 2],
        &[4, 4, 4, 4, 1],
        &[4, 4, 4, 4],
        &[6, 13],
        &[6, 10],
    ];
    let end = plain.or_else(|| shapes.iter().find_map(|shape| groups.shaped(shape)))?;
    let number = digits_of(&chars[at..end]);
    let issued = ISSUERS.iter().any(|issuer| number.starts_with(issuer))
        || (number.starts_with(['4', '5']) && number.len() == 16 && announced(chars, at));
    (issued && luhn(&number)).then_some(Matched {
        from: at,
        to: end,
        kind: Kind::Bank,
    })
}

fn digits_of(chars: &[char]) -> String {
    chars.iter().filter(|next| next.is_ascii_digit()).collect()
}

/// Whether the words in front speak of a card: foreign ranges are too wide to be taken without.
fn announced(chars: &[char], at: usize) -> bool {
    let before: String = chars[at.saturating_sub(12)..at].iter().collect();
    ["卡", "账号", "账户", "帐号"]
        .iter()
        .any(|word| before.contains(word))
}

fn luhn(number: &str) -> bool {
    let sum: u32 = number
        .chars()
        .rev()
        .filter_map(|next| next.to_digit(10))
        .enumerate()
        .map(|(at, figure)| match (at % 2, figure * 2) {
            (0, _) => figure,
            (_, double) if double > 9 => double - 9,
            (_, double) => double,
        })
        .sum();
    sum.is_multiple_of(10)
}

fn landline(chars: &[char], at: usize) -> Option<Matched> {
    let open = chars[at] == '(';
    let groups = Groups::read(chars, at + usize::from(open));
    let &(area, area_end) = groups.ends.first()?;
    let valid_area = |length: usize| match groups.figures.as_slice() {
        [0, 1, 0, ..] | [0, 2, 0..=9, ..] => length == 3,
        [0, 3..=9, _, _, ..] => length == 4,
        _ => false,
    };
    let local = |from: usize| {
        chars[from.min(chars.len())..]
            .iter()
            .take_while(|next| next.is_ascii_digit())
            .count()
    };
    let end = if open {
        let close = (chars.get(area_end) == Some(&')')).then_some(area_end + 1)?;
        let from = close + usize::from(matches!(chars.get(close), Some(' ' | '-')));
        (valid_area(area) && matches!(local(from), 7 | 8)).then(|| from + local(from))?
    } else if matches!(area, 10..=12) {
        // Written together: the area code is the first three or four figures.
        let code = if matches!(groups.figures[1], 1 | 2) {
            3
        } else {
            4
        };
        (valid_area(code) && matches!(area - code, 7 | 8)).then_some(area_end)?
    } else {
        let &(length, end) = groups.ends.get(1)?;
        // 0571-8765 4321
        let split = groups
            .ends
            .get(2)
            .filter(|(rest, _)| *rest == 4 && matches!(length, 3 | 4))
            .map(|(_, end)| *end);
        let whole = matches!(length, 7 | 8).then_some(end);
        (valid_area(area)).then_some(whole.or(split)?)?
    };
    // An extension belongs to the number.
    let extension = (chars.get(end) == Some(&'-'))
        .then(|| local(end + 1))
        .filter(|length| (1..=6).contains(length));
    Some(Matched {
        from: at,
        to: end + extension.map_or(0, |length| length + 1),
        kind: Kind::Landline,
    })
}

#[cfg(test)]
mod tests;
