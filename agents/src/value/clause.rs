//! Names of clauses: 第四十条之一, 第12条第二款第（三）项; and other ordinals: 第二批.

use super::Value;
use super::number::{Form, Number, Ratio, number};
use super::scan::Hit;
use super::unit::{literal, unit};

const DIVISIONS: [&str; 8] = ["分编", "编", "章", "节", "条", "款", "项", "目"];

/// Ordinals that are words: 第三人, 第三方, 第一时间.
const WORDS: [&str; 12] = [
    "人称", "人", "方", "者", "时间", "责任", "书记", "手", "课堂", "产业", "代理", "监护",
];

/// The clause name or ordinal that begins at `at`.
pub(super) fn clause(chars: &[char], at: usize) -> Option<Hit> {
    let mut name = String::new();
    let mut end = at;
    while let Some((part, after)) = division(chars, end) {
        name.push_str(&part);
        end = after;
        while chars.get(end) == Some(&'之') {
            let Some(number) = number(chars, end + 1) else {
                break;
            };
            // 第四十条之一 is a name; 第十条之一项 does not occur, 二分之一 does not begin with 第.
            let Some(whole) = number.amount.as_whole() else {
                break;
            };
            name.push_str(&format!("之{whole}"));
            end = number.end;
        }
    }
    if end > at {
        return Some(Hit {
            value: Value::Clause(name),
            start: at,
            end,
        });
    }
    ordinal(chars, at)
}

fn division(chars: &[char], at: usize) -> Option<(String, usize)> {
    let begin = literal(chars, at, "第")?;
    let (whole, after) = ordinal_number(chars, begin)?;
    DIVISIONS.iter().find_map(|name| {
        let end = literal(chars, after, name)?;
        // 第三节课, 第一项目部 are no clauses; 第二目标 neither.
        let other = match *name {
            "项" => chars.get(end) == Some(&'目'),
            "目" => chars
                .get(end)
                .is_some_and(|next| matches!(next, '标' | '的' | '录')),
            "节" => chars.get(end) == Some(&'课'),
            "条" => chars
                .get(end)
                .is_some_and(|next| matches!(next, '件' | '线')),
            _ => false,
        };
        (!other).then(|| (format!("第{whole}{name}"), end))
    })
}

fn ordinal_number(chars: &[char], at: usize) -> Option<(i128, usize)> {
    let bracket = chars.get(at) == Some(&'(');
    let Number { amount, end, .. } = number(chars, at + usize::from(bracket))?;
    let whole = amount.as_whole()?;
    match (bracket, chars.get(end)) {
        (true, Some(')')) => Some((whole, end + 1)),
        (true, _) => None,
        (false, _) => Some((whole, end)),
    }
}

fn ordinal(chars: &[char], at: usize) -> Option<Hit> {
    let begin = literal(chars, at, "第")?;
    let Number {
        amount, end, form, ..
    } = number(chars, begin)?;
    let word = WORDS.iter().any(|word| literal(chars, end, word).is_some());
    let whole = Ratio::whole(amount.as_whole()?);
    let hit = |unit: String, end: usize| Hit {
        value: Value::Quantity {
            amount: whole,
            unit,
            bounds: Vec::new(),
        },
        start: at,
        end,
    };
    match unit(chars, end) {
        Some((name, after)) if !word => Some(hit(format!("第{name}"), after)),
        _ if form == Form::Arabic => Some(hit("第".to_owned(), end)),
        _ => None,
    }
}

/// How far a 第 that is no value reaches, so that 第三人 is not read as 三人.
pub(super) fn idle(chars: &[char], at: usize) -> Option<usize> {
    let begin = literal(chars, at, "第")?;
    let after = number(chars, begin)?.end;
    let word = WORDS.iter().find_map(|word| literal(chars, after, word));
    Some(word.unwrap_or(after))
}
