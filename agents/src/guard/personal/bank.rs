//! 银行卡号: 16 to 19 figures of a known issuer with the right check digit (Luhn).

use tools::form::validate;

use super::figures::{Groups, digits};
use super::{Kind, Matched, before};

/// First figures of cards issued in China: UnionPay, and the older ranges of the large banks.
const ISSUERS: [&str; 12] = [
    "62", "9558", "95599", "4367", "4563", "4380", "5218", "5187", "5201", "5309", "5491", "3568",
];

/// How a card's figures are grouped.
const SHAPES: [&[usize]; 9] = [
    &[4, 4, 4, 4, 3],
    &[4, 4, 4, 4, 2],
    &[4, 4, 4, 4, 1],
    &[4, 4, 4, 7],
    &[4, 4, 4, 4],
    &[6, 13],
    &[6, 10],
    &[8, 8],
    &[4, 15],
];

pub(super) fn at(chars: &[char], at: usize) -> Option<Matched> {
    let groups = Groups::read(chars, at);
    let plain = groups
        .ends
        .first()
        .filter(|(length, _)| (16..=19).contains(length))
        .map(|(_, end)| *end);
    let end = plain.or_else(|| SHAPES.iter().find_map(|shape| groups.shaped(shape)))?;
    let number = digits(&chars[at..end]);
    let issued = ISSUERS.iter().any(|issuer| number.starts_with(issuer))
        || (number.starts_with(['4', '5']) && number.len() == 16 && announced(chars, at));
    (issued && luhn(&number)).then_some(Matched {
        from: at,
        to: end,
        kind: Kind::Bank,
    })
}

/// Whether the words in front speak of a card: foreign ranges are too wide to be taken without.
fn announced(chars: &[char], at: usize) -> bool {
    let before = before(chars, at, 12);
    ["卡", "账号", "账户", "帐号"]
        .iter()
        .any(|word| before.contains(word))
}

fn luhn(number: &str) -> bool {
    let figures = number.chars().filter_map(|next| next.to_digit(10));
    validate::luhn(&figures.collect::<Vec<_>>())
}
