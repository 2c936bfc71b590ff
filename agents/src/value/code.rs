//! Strings of figures that count nothing, and words and list numbers that only look like values.

use super::Value;
use super::number::{Form, Number, Ratio, number};
use super::scan::{Hit, Read, joint, measured};
use super::unit::{literal, unit};

/// Words and names that hold Latin letters and figures: `A4`, `GB45438-2025`.
pub(super) fn token(chars: &[char], at: usize) -> Read {
    let part =
        |character: &char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    let end = at + chars[at..].iter().take_while(|next| part(next)).count();
    let text: String = chars[at..end]
        .iter()
        .filter(|next| next.is_ascii_alphanumeric())
        .collect();
    if text.chars().any(|next| next.is_ascii_digit()) {
        return Read::Hit(Hit {
            value: Value::Code(text.to_ascii_uppercase()),
            start: at,
            end,
        });
    }
    Read::Skip(end)
}

/// Telephone numbers and long strings of figures that count nothing.
pub(super) fn code(chars: &[char], at: usize) -> Option<Hit> {
    let run = |from: usize| {
        chars[from.min(chars.len())..]
            .iter()
            .take_while(|next| next.is_ascii_digit())
            .count()
    };
    let mut groups = vec![run(at)];
    let first = groups[0];
    if first == 0 {
        return None;
    }
    let hit = |end: usize| {
        let text: String = chars[at..end]
            .iter()
            .filter(|next| next.is_ascii_alphanumeric())
            .collect();
        Some(Hit {
            value: Value::Code(text.to_ascii_uppercase()),
            start: at,
            end,
        })
    };
    let mut end = at + first;
    while matches!(chars.get(end), Some('-' | ' ')) && run(end + 1) > 0 {
        groups.push(run(end + 1));
        end += 1 + groups[groups.len() - 1];
    }
    let starts = |prefix: &str| literal(chars, at, prefix).is_some();
    let phone = match groups.as_slice() {
        [3 | 4, 7 | 8, ..] => starts("0"),
        [3, 3, 4] | [3, 4, 3] => starts("400") || starts("800"),
        [3, 4, 4] => starts("1"),
        _ => false,
    };
    // GB 45438-2025: the number of a standard.
    let standard = matches!(groups.as_slice(), [4..=6, 4]) && {
        let letters = chars[..at]
            .iter()
            .rev()
            .skip_while(|next| **next == ' ')
            .take_while(|next| next.is_ascii_alphabetic());
        letters.count() > 0
    };
    if phone || standard {
        return hit(end);
    }
    let end = at + first;
    let next = chars.get(end);
    // 5G, 3D, 12A: letters that are no unit belong to the figures.
    if next.is_some_and(char::is_ascii_alphabetic) && unit(chars, end).is_none() {
        return hit(end
            + chars[end..]
                .iter()
                .take_while(|next| next.is_ascii_alphanumeric())
                .count());
    }
    let separated = matches!(next, Some(',' | '.')) && run(end + 1) > 0;
    let zero = starts("0") && first >= 2;
    if separated || (first < 5 && !zero) {
        return None;
    }
    let number = number(chars, at)?;
    let counted = number.end > end || measured(chars, end).is_some();
    let hotline = first == 5
        && ["12", "95", "96", "100"]
            .iter()
            .any(|prefix| starts(prefix));
    let served = literal(chars, end, "人工").is_some() || literal(chars, end, "部门").is_some();
    let ranged = joint(chars, end).is_some_and(|second| run(second) > 0);
    if zero || (!ranged && (!counted || (hotline && served))) {
        hit(end)
    } else {
        None
    }
}

/// Words that only look like values: 统一, 之一, 十分, 一次性, 一起.
pub(super) fn idiom(chars: &[char], at: usize, number: &Number) -> bool {
    let previous = at.checked_sub(1).map(|before| chars[before]);
    let next = |offset: usize| chars.get(number.end + offset).copied();
    let one = number.form == Form::Digit && number.amount == Ratio::whole(1);
    if one {
        let bound = previous.is_some_and(|before| {
            matches!(
                before,
                '统' | '唯'
                    | '同'
                    | '之'
                    | '万'
                    | '逐'
                    | '均'
                    | '划'
                    | '专'
                    | '单'
                    | '某'
                    | '进'
                    | '任'
                    | '另'
            )
        });
        let word = matches!(
            (next(0), next(1)),
            (Some('次'), Some('性')) | (Some('种'), _) | (Some('处' | '线' | '部'), _)
        ) || (next(0) == Some('项') && previous == Some('每'));
        return bound || word;
    }
    let very = number.form == Form::Placed && number.end - at == 1 && next(0) == Some('分');
    let around = matches!((chars[at], next(0)), ('四', Some('处')) | ('四', Some('级')) if next(1) == Some('里'));
    (very && next(1) != Some('钟') && next(1) != Some('之')) || around
}

/// Numbers of lists and of citations: `1.`, `（2）`, `[3]`, `2、`.
pub(super) fn marker(chars: &[char], at: usize, number: &Number) -> bool {
    if number.form != Form::Arabic || number.end - at > 2 {
        return false;
    }
    let previous = at.checked_sub(1).map(|before| chars[before]);
    let next = chars.get(number.end);
    let bracketed = matches!(
        (previous, next),
        (Some('('), Some(')'))
            | (Some('['), Some(']'))
            | (Some('【'), Some('】'))
            | (Some('〔'), Some('〕'))
            | (Some('^'), _)
    );
    let head = previous
        .is_none_or(|before| matches!(before, '\n' | ';' | '。' | ':' | ',' | '|' | ' ' | '#'));
    let listed = head && next.is_some_and(|next| matches!(next, '.' | '、' | ')'));
    bracketed || listed
}
