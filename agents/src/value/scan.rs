//! The scanner: tries each kind of value at each character, from the most particular to the most general.

use super::calendar::{date, time};
use super::clause::{clause, idle};
use super::code::{code, idiom, marker, token};
use super::fold::Folded;
use super::number::{Form, Number, Ratio, number};
use super::unit::{bound_after, bound_before, literal, temporal, unit};
use super::{Bound, Date, Found, Value};

/// A value with its place in the folded text.
#[derive(Debug, Clone)]
pub(super) struct Hit {
    pub(super) value: Value,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Every value of a text, in order.
pub fn values(text: &str) -> Vec<Found> {
    let folded = Folded::dense(text);
    let chars = &folded.chars;
    let (mut hits, mut at): (Vec<Hit>, usize) = (Vec::new(), 0);
    while at < chars.len() {
        let floor = hits.last().map_or(0, |hit| hit.end);
        match read(chars, at, &hits) {
            Read::Hit(mut hit) => {
                before(chars, &mut hit, floor);
                at = hit.end.max(at + 1);
                ends(chars, &mut hits, &mut hit);
                hits.push(hit);
            }
            Read::Skip(end) => at = end.max(at + 1),
        }
    }
    hits.into_iter()
        .map(|hit| Found {
            range: folded.range(hit.start, hit.end),
            value: hit.value,
        })
        .collect()
}

pub(super) enum Read {
    Hit(Hit),
    /// Nothing up to there.
    Skip(usize),
}

fn read(chars: &[char], at: usize, hits: &[Hit]) -> Read {
    let skip = Read::Skip(at + 1);
    match chars[at] {
        '第' => clause(chars, at)
            .map_or_else(|| Read::Skip(idle(chars, at).unwrap_or(at + 1)), Read::Hit),
        '每' | '/' => per(chars, at).map_or(skip, Read::Hit),
        '百' | '千' | '万' => share(chars, at)
            .or_else(|| round(chars, at))
            .map_or(skip, Read::Hit),
        '半' => half(chars, at).map_or(skip, Read::Hit),
        letter if letter.is_ascii_alphabetic() => token(chars, at),
        _ => {
            let earlier = hits.last().and_then(|hit| match hit.value {
                Value::Date { date, .. } => Some((date, hit.end)),
                _ => None,
            });
            let Some(number) = number(chars, at) else {
                return skip;
            };
            if let Some(hit) = calendar(chars, at, earlier) {
                return Read::Hit(hit);
            }
            if let Some(hit) = code(chars, at) {
                return Read::Hit(hit);
            }
            if idiom(chars, at, &number) || marker(chars, at, &number) {
                return Read::Skip(number.end);
            }
            quantity(chars, at, &number).map_or(Read::Skip(number.end), Read::Hit)
        }
    }
}

fn calendar(chars: &[char], at: usize, earlier: Option<(Date, usize)>) -> Option<Hit> {
    date(chars, at, earlier).or_else(|| time(chars, at))
}

/// Takes the bounding words and the currency in front into the value.
fn before(chars: &[char], hit: &mut Hit, floor: usize) {
    if let Value::Quantity { unit, .. } = &hit.value
        && unit == "元"
    {
        for word in ["人民币", "¥"] {
            let begin = hit
                .start
                .checked_sub(word.chars().count())
                .filter(|begin| *begin >= floor);
            hit.start = begin
                .filter(|begin| literal(chars, *begin, word).is_some())
                .unwrap_or(hit.start);
        }
    }
    if matches!(hit.value, Value::Quantity { .. })
        && let Some((begin, bound)) = bound_before(chars, hit.start, floor)
    {
        hit.start = begin;
        hit.value.bind(bound);
    }
}

/// Marks both ends of `30日至60日`, whose units are alike.
fn ends(chars: &[char], hits: &mut [Hit], hit: &mut Hit) {
    let Some(last) = hits.last_mut() else { return };
    let Some(joint) = joint(chars, last.end) else {
        return;
    };
    if joint != hit.start {
        return;
    }
    if let (Value::Quantity { unit: first, .. }, Value::Quantity { unit: second, .. }) =
        (&last.value, &hit.value)
        && first == second
        && !first.starts_with('第')
    {
        last.value.bind(Bound::From);
        hit.value.bind(Bound::To);
    }
}

/// Where the second number of a range begins, if a sign of range stands at `at`.
pub(super) fn joint(chars: &[char], at: usize) -> Option<usize> {
    match chars.get(at)? {
        '至' | '到' | '-' | '–' | '—' | '~' | '−' => Some(
            at + 1 + usize::from(chars.get(at) == Some(&'—') && chars.get(at + 1) == Some(&'—')),
        ),
        _ => None,
    }
}

fn quantity(chars: &[char], at: usize, number: &Number) -> Option<Hit> {
    if let Some(hit) = fraction(chars, at, number) {
        return Some(hit);
    }
    let mut amount = number.amount;
    let Some(Measured {
        name,
        end,
        extra,
        about,
    }) = measured(chars, number.end)
    else {
        return ranged(chars, at, number).or_else(|| bare(chars, at, number));
    };
    // 三五天, 七八个 mean a few; the words themselves are the value.
    if number.form == Form::Row && number.end - at == 2 {
        let text: String = chars[at..end].iter().collect();
        return Some(Hit {
            value: Value::Code(text),
            start: at,
            end,
        });
    }
    if name == "比例" {
        amount = amount.times(extra)?;
    } else {
        amount = amount.plus(extra)?;
    }
    let mut value = Value::Quantity {
        amount,
        unit: name.to_owned(),
        bounds: Vec::new(),
    };
    if about {
        value.bind(Bound::About);
    }
    Some(closed(chars, value, at, end, temporal(name)))
}

/// Takes the bounding word behind into the value.
fn closed(chars: &[char], mut value: Value, start: usize, end: usize, temporal: bool) -> Hit {
    match bound_after(chars, end, temporal) {
        Some((after, bound)) => {
            value.bind(bound);
            Hit {
                value,
                start,
                end: after,
            }
        }
        None => Hit { value, start, end },
    }
}

pub(super) struct Measured {
    name: &'static str,
    end: usize,
    /// What the unit adds (一年半, 两个半月), or for shares the factor.
    extra: Ratio,
    about: bool,
}

/// The unit behind a number that ends at `at`, with 多, 余 and 半.
pub(super) fn measured(chars: &[char], at: usize) -> Option<Measured> {
    let about = chars
        .get(at)
        .is_some_and(|next| matches!(next, '多' | '余'));
    let at = at + usize::from(about);
    let share = |factor: Option<Ratio>, end: usize| {
        factor.map(|extra| Measured {
            name: "比例",
            end,
            extra,
            about,
        })
    };
    match chars.get(at)? {
        '%' => return share(Ratio::new(1, 100), at + 1),
        '‰' => return share(Ratio::new(1, 1_000), at + 1),
        '成' if !chars.get(at + 1).is_some_and(|next| {
            matches!(
                next,
                '立' | '本' | '果' | '员' | '为' | '功' | '年' | '人' | '交'
            )
        }) =>
        {
            return share(Ratio::new(1, 10), at + 1);
        }
        _ => {}
    }
    let half = Ratio::new(1, 2)?;
    if let Some(after) = literal(chars, at, "个半") {
        for (word, name) in [("月", "个月"), ("小时", "小时"), ("钟头", "小时")] {
            if let Some(end) = literal(chars, after, word) {
                return Some(Measured {
                    name,
                    end,
                    extra: half,
                    about,
                });
            }
        }
    }
    let (name, end) = unit(chars, at)?;
    let halved = matches!(name, "年" | "日" | "倍" | "岁" | "周")
        .then(|| literal(chars, end, "半"))
        .flatten();
    Some(Measured {
        name,
        end: halved.unwrap_or(end),
        extra: if halved.is_some() {
            half
        } else {
            Ratio::whole(0)
        },
        about,
    })
}

/// The first end of `30至60日`, which shares the unit and the 万 of the second.
fn ranged(chars: &[char], at: usize, first: &Number) -> Option<Hit> {
    let second = number(chars, joint(chars, first.end)?)?;
    let Measured { name, extra, .. } = measured(chars, second.end)?;
    let mut amount = first.amount;
    if let Some(scale) = second.scale.filter(|_| first.scale.is_none()) {
        amount = amount.times(Ratio::whole(scale))?;
    }
    if name == "比例" {
        amount = amount.times(extra)?;
    }
    Some(Hit {
        value: Value::Quantity {
            amount,
            unit: name.to_owned(),
            bounds: vec![Bound::From],
        },
        start: at,
        end: first.end,
    })
}

/// A number without a unit: figures always count, Chinese numerals only from 十 on.
fn bare(chars: &[char], at: usize, number: &Number) -> Option<Hit> {
    let value = match number.form {
        Form::Arabic => Value::Quantity {
            amount: number.amount,
            unit: String::new(),
            bounds: Vec::new(),
        },
        Form::Placed if number.end - at >= 2 => Value::Quantity {
            amount: number.amount,
            unit: String::new(),
            bounds: Vec::new(),
        },
        Form::Row if number.end - at >= 3 => Value::Code(number.amount.to_string()),
        Form::Placed | Form::Digit | Form::Row => return None,
    };
    Some(closed(chars, value, at, number.end, false))
}

/// `三分之二`, `1/3`.
fn fraction(chars: &[char], at: usize, first: &Number) -> Option<Hit> {
    let slash = chars.get(first.end) == Some(&'/') && first.form == Form::Arabic;
    let after = literal(chars, first.end, "分之").or(slash.then_some(first.end + 1))?;
    let second = number(chars, after)?;
    let amount = if slash {
        first.amount.over(second.amount)?
    } else {
        second.amount.over(first.amount)?
    };
    let value = Value::Quantity {
        amount,
        unit: "比例".to_owned(),
        bounds: Vec::new(),
    };
    Some(closed(chars, value, at, second.end, false))
}

/// `百分之五`, `万分之三`.
fn share(chars: &[char], at: usize) -> Option<Hit> {
    let whole = match chars[at] {
        '百' => 100,
        '千' => 1_000,
        _ => 10_000,
    };
    let after = literal(chars, at + 1, "分之")?;
    let hundred = chars.get(after) == Some(&'百');
    let (part, end) = if hundred {
        (Ratio::whole(100), after + 1)
    } else {
        let number = number(chars, after)?;
        (number.amount, number.end)
    };
    let amount = part.over(Ratio::whole(whole))?;
    let mut value = Value::Quantity {
        amount,
        unit: "比例".to_owned(),
        bounds: Vec::new(),
    };
    // 百分之五至百分之十, 百分之五至十.
    if let Some(second) = joint(chars, end).and_then(|begin| number(chars, begin))
        && measured(chars, second.end).is_none()
    {
        value.bind(Bound::From);
    }
    Some(closed(chars, value, at, end, false))
}

/// `百日`, `千元`: a round number without a digit, only before units with which it is no idiom.
fn round(chars: &[char], at: usize) -> Option<Hit> {
    if at
        .checked_sub(1)
        .is_some_and(|before| matches!(chars[before], '数' | '几' | '上' | '成'))
    {
        return None;
    }
    let amount = Ratio::whole(if chars[at] == '百' {
        100
    } else if chars[at] == '千' {
        1_000
    } else {
        10_000
    });
    let known = |name: &str| matches!(name, "日" | "元" | "倍" | "米" | "公里" | "吨" | "工作日");
    let (name, end) = unit(chars, at + 1).filter(|(name, _)| known(name))?;
    let value = Value::Quantity {
        amount,
        unit: name.to_owned(),
        bounds: Vec::new(),
    };
    Some(closed(chars, value, at, end, temporal(name)))
}

/// 半年 is 6个月, 半个月, 半天, 半小时.
fn half(chars: &[char], at: usize) -> Option<Hit> {
    if literal(chars, at, "半年").is_some()
        && chars
            .get(at.wrapping_sub(1))
            .is_some_and(|next| matches!(next, '上' | '下'))
    {
        return None;
    }
    let (amount, name, end) = if let Some(end) = literal(chars, at, "半年") {
        (Ratio::whole(6), "个月", end)
    } else {
        let (name, end) = unit(chars, at + 1)
            .filter(|(name, _)| matches!(*name, "个月" | "日" | "小时" | "价"))?;
        (Ratio::new(1, 2)?, name, end)
    };
    let value = Value::Quantity {
        amount,
        unit: name.to_owned(),
        bounds: Vec::new(),
    };
    Some(closed(chars, value, at, end, true))
}

/// `每月`, `每人`; `/年` behind a unit.
fn per(chars: &[char], at: usize) -> Option<Hit> {
    if chars[at] == '/'
        && chars
            .get(at.wrapping_sub(1))
            .is_none_or(char::is_ascii_alphanumeric)
    {
        return None;
    }
    let (name, end) = match literal(chars, at + 1, "月") {
        Some(end) => ("个月", end),
        None => unit(chars, at + 1)?,
    };
    Some(Hit {
        value: Value::Per(format!("每{name}")),
        start: at,
        end,
    })
}
