//! 固定电话: with its area code, or seven or eight figures that are announced as a landline.

use super::figures::{Groups, run};
use super::{Kind, Matched, before};

pub(super) fn at(chars: &[char], at: usize) -> Option<Matched> {
    let open = chars[at] == '(';
    let groups = Groups::read(chars, at + usize::from(open));
    let end = if open {
        bracketed(chars, &groups)
    } else {
        coded(&groups).or_else(|| local(chars, at, &groups))
    }?;
    // An extension belongs to the number.
    let extension = (chars.get(end) == Some(&'-'))
        .then(|| run(chars, end + 1))
        .filter(|length| (1..=6).contains(length));
    Some(Matched {
        from: at,
        to: end + extension.map_or(0, |length| length + 1),
        kind: Kind::Phone,
    })
}

/// Whether the figures begin with an area code of this length: 010 and 02x have three figures, others four.
fn has_area(figures: &[u8], length: usize) -> bool {
    match figures {
        [0, 1, 0, ..] | [0, 2, 0..=9, ..] => length == 3,
        [0, 3..=9, _, _, ..] => length == 4,
        _ => false,
    }
}

/// (0571)87654321
fn bracketed(chars: &[char], groups: &Groups) -> Option<usize> {
    let &(area, area_end) = groups.ends.first()?;
    let close = (chars.get(area_end) == Some(&')')).then_some(area_end + 1)?;
    let from = close + usize::from(matches!(chars.get(close), Some(' ' | '-')));
    let length = run(chars, from);
    (has_area(&groups.figures, area) && matches!(length, 7 | 8)).then_some(from + length)
}

/// 0571-87654321, 0571-8765 4321, 057187654321
fn coded(groups: &Groups) -> Option<usize> {
    let &(area, area_end) = groups.ends.first()?;
    if matches!(area, 10..=12) {
        let code = if matches!(groups.figures[1], 1 | 2) {
            3
        } else {
            4
        };
        let whole = has_area(&groups.figures, code) && matches!(area - code, 7 | 8);
        return whole.then_some(area_end);
    }
    let &(length, end) = groups.ends.get(1)?;
    let split = groups
        .ends
        .get(2)
        .filter(|(rest, _)| *rest == 4 && matches!(length, 3 | 4))
        .map(|(_, end)| *end);
    let whole = matches!(length, 7 | 8).then_some(end);
    has_area(&groups.figures, area)
        .then_some(whole.or(split))
        .flatten()
}

/// 家里座机87654321
fn local(chars: &[char], at: usize, groups: &Groups) -> Option<usize> {
    let end = [&[7][..], &[8], &[4, 4], &[3, 4]]
        .iter()
        .find_map(|shape| groups.shaped(shape))?;
    let before = before(chars, at, 8);
    let announced = [
        "座机",
        "固话",
        "固定电话",
        "宅电",
        "住宅电话",
        "家庭电话",
        "家里电话",
    ]
    .iter()
    .any(|word| before.contains(word));
    (announced && groups.figures[0] >= 2).then_some(end)
}
