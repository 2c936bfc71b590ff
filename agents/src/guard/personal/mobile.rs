//! 手机号: eleven figures from 13 to 19 on, with or without the country code.

use super::figures::{Groups, may_end, separator};
use super::{Kind, Matched, before};

/// How people group them.
const SHAPES: [&[usize]; 4] = [&[11], &[3, 4, 4], &[3, 8], &[7, 4]];
/// Groupings that are taken only where a telephone is announced.
const ODD: [&[usize]; 4] = [&[4, 4, 3], &[4, 3, 4], &[3, 3, 5], &[5, 6]];

/// Units and counters that make figures an amount: 19678174659元.
const COUNTED: [char; 14] = [
    '元', '万', '亿', '%', '吨', '件', '户', '人', '个', '次', '米', '度', '克', '株',
];

pub(super) fn at(chars: &[char], at: usize) -> Option<Matched> {
    let literal = |word: &str| {
        let alike = word
            .chars()
            .enumerate()
            .all(|(offset, next)| chars.get(at + offset) == Some(&next));
        alike.then_some(at + word.len())
    };
    let country = ["(+86)", "+86", "0086", "86"]
        .iter()
        .find_map(|word| literal(word));
    let country = country.map(|end| end + separator(chars, end));
    // Without a country code first: 86 may also begin something else.
    let end = [Some(at), country]
        .into_iter()
        .flatten()
        .find_map(|begin| ended(chars, begin))?;
    Some(Matched {
        from: at,
        to: end,
        kind: Kind::Mobile,
    })
}

/// The end of the number that begins here.
fn ended(chars: &[char], begin: usize) -> Option<usize> {
    let groups = Groups::read(chars, begin);
    let shaped = |shapes: &[&[usize]]| shapes.iter().find_map(|shape| groups.shaped(shape));
    let end = shaped(&SHAPES).or_else(|| shaped(&ODD).filter(|_| announced(chars, begin)))?;
    let counts = chars.get(end).is_some_and(|next| COUNTED.contains(next));
    let valid = groups.figures[0] == 1 && groups.figures[1] >= 3 && may_end(chars, end) && !counts;
    valid.then_some(end)
}

fn announced(chars: &[char], at: usize) -> bool {
    let before = before(chars, at, 10);
    ["电话", "手机", "号码", "联系", "拨打", "致电", "微信"]
        .iter()
        .any(|word| before.contains(word))
}
