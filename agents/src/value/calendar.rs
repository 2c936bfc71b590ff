//! Dates and times of day.

use super::number::{Form, Number, digit, number};
use super::scan::Hit;
use super::unit::{bound_after, literal};
use super::{Bound, Date, Part, Value};

/// The date that begins at `at`; `earlier` is the date just before, whose year and month `至15日` goes on with.
pub(super) fn date(chars: &[char], at: usize, earlier: Option<(Date, usize)>) -> Option<Hit> {
    let (date, end) = numeric(chars, at)
        .or_else(|| worded(chars, at))
        .or_else(|| month_day(chars, at, Date::default()))
        .or_else(|| continued(chars, at, earlier))
        .or_else(|| monthly(chars, at))?;
    let (bounds, end) = bounds(chars, end);
    Some(Hit {
        value: Value::Date { date, bounds },
        start: at,
        end,
    })
}

fn bounds(chars: &[char], end: usize) -> (Vec<Bound>, usize) {
    match bound_after(chars, end, true) {
        Some((after, bound)) => (vec![bound], after),
        None => (Vec::new(), end),
    }
}

fn figures(chars: &[char], at: usize) -> Option<(u16, usize)> {
    let count = chars[at.min(chars.len())..]
        .iter()
        .take_while(|next| next.is_ascii_digit())
        .count();
    if !(1..=4).contains(&count) {
        return None;
    }
    let text: String = chars[at..at + count].iter().collect();
    Some((text.parse().ok()?, at + count))
}

fn year_number(chars: &[char], at: usize) -> Option<(u16, usize)> {
    if chars.get(at)?.is_ascii_digit() {
        return figures(chars, at)
            .filter(|(year, end)| end - at == 4 && (1000..3000).contains(year));
    }
    let row = chars[at..]
        .iter()
        .take_while(|next| digit(**next).is_some())
        .count();
    let Number {
        amount,
        end,
        form: Form::Row,
        ..
    } = number(chars, at)?
    else {
        return None;
    };
    let year = u16::try_from(amount.as_whole()?).ok()?;
    (row == 4 && (1000..3000).contains(&year)).then_some((year, end))
}

fn month(number: u16) -> Option<u8> {
    u8::try_from(number)
        .ok()
        .filter(|month| (1..=12).contains(month))
}

fn day(number: u16) -> Option<u8> {
    u8::try_from(number)
        .ok()
        .filter(|day| (1..=31).contains(day))
}

/// `2024-05-01`, `2024.5.1`, `2024/5/1`, `2024-05`.
fn numeric(chars: &[char], at: usize) -> Option<(Date, usize)> {
    let (year, after) = year_number(chars, at).filter(|_| chars[at].is_ascii_digit())?;
    let separator = *chars
        .get(after)
        .filter(|next| matches!(next, '-' | '.' | '/'))?;
    let (second, month_end) = figures(chars, after + 1)?;
    let month = month(second)?;
    let whole = chars.get(month_end) == Some(&separator);
    if let Some((third, end)) = figures(chars, month_end + 1).filter(|_| whole)
        && let Some(day) = day(third)
    {
        return Some((
            Date {
                year: Some(year),
                month: Some(month),
                day: Some(day),
                part: None,
            },
            end,
        ));
    }
    let short =
        separator == '-' && month_end - after == 3 && !whole && (1900..2100).contains(&year);
    short.then_some((
        Date {
            year: Some(year),
            month: Some(month),
            ..Date::default()
        },
        month_end,
    ))
}

/// `2024年5月1日`, `二〇二四年五月`, `2024年底`; the first year of `2023至2025年`.
fn worded(chars: &[char], at: usize) -> Option<(Date, usize)> {
    let (year, after) = year_number(chars, at)?;
    let date = Date {
        year: Some(year),
        ..Date::default()
    };
    let Some(end) = literal(chars, after, "年") else {
        let next = chars
            .get(after)
            .filter(|next| matches!(next, '至' | '到' | '-' | '–' | '—' | '~' | '、'))?;
        let second = after + 1 + usize::from(*next == '—' && chars.get(after + 1) == Some(&'—'));
        let (_, end) = year_number(chars, second)?;
        return literal(chars, end, "年").map(|_| (date, after));
    };
    if let Some(found) = month_day(chars, end, date) {
        return Some(found);
    }
    let (part, end) = part(
        chars,
        end,
        &[("上半年", Part::FirstHalf), ("下半年", Part::SecondHalf)],
    );
    let end = if part.is_none() {
        literal(chars, end, "度").unwrap_or(end)
    } else {
        end
    };
    Some((Date { part, ..date }, end))
}

fn part(chars: &[char], at: usize, more: &[(&str, Part)]) -> (Option<Part>, usize) {
    let common = [
        ("底", Part::End),
        ("末", Part::End),
        ("初", Part::Beginning),
    ];
    let found = more
        .iter()
        .chain(&common)
        .find_map(|(word, part)| Some((*part, literal(chars, at, word)?)));
    found.map_or((None, at), |(part, end)| (Some(part), end))
}

/// `5月1日`, `五月`, `5月底`.
fn month_day(chars: &[char], at: usize, date: Date) -> Option<(Date, usize)> {
    let Number { amount, end, .. } = number(chars, at)?;
    let month = month(u16::try_from(amount.as_whole()?).ok()?)?;
    let end = literal(chars, end, "月")?;
    let date = Date {
        month: Some(month),
        ..date
    };
    if let Some((day, end)) = day_of_month(chars, end) {
        return Some((
            Date {
                day: Some(day),
                ..date
            },
            end,
        ));
    }
    let (part, end) = part(
        chars,
        end,
        &[
            ("中旬", Part::Middle),
            ("上旬", Part::Beginning),
            ("下旬", Part::End),
        ],
    );
    Some((Date { part, ..date }, end))
}

fn day_of_month(chars: &[char], at: usize) -> Option<(u8, usize)> {
    let Number { amount, end, .. } = number(chars, at)?;
    let day = day(u16::try_from(amount.as_whole()?).ok()?)?;
    let end = literal(chars, end, "日").or_else(|| literal(chars, end, "号"))?;
    Some((day, end))
}

/// The second end of `5月1日至15日`.
fn continued(chars: &[char], at: usize, earlier: Option<(Date, usize)>) -> Option<(Date, usize)> {
    let (date, end) = earlier?;
    date.day?;
    let joined =
        end + 1 == at && matches!(chars.get(end)?, '至' | '到' | '-' | '–' | '—' | '~' | '、');
    let (day, end) = day_of_month(chars, at).filter(|_| joined)?;
    Some((
        Date {
            day: Some(day),
            ..date
        },
        end,
    ))
}

/// `每月15日`, `次月10日`: a day of the month, not a duration.
fn monthly(chars: &[char], at: usize) -> Option<(Date, usize)> {
    let named = ["每月", "次月", "当月", "本月", "每个月"]
        .iter()
        .any(|word| {
            at.checked_sub(word.chars().count())
                .is_some_and(|from| literal(chars, from, word).is_some())
        });
    let (day, end) = day_of_month(chars, at).filter(|_| named)?;
    Some((
        Date {
            day: Some(day),
            ..Date::default()
        },
        end,
    ))
}

/// `9:00`, `9时30分`, `下午五点半`.
pub(super) fn time(chars: &[char], at: usize) -> Option<Hit> {
    let (start, later) = day_part(chars, at);
    let (hour, minute, end) = digital(chars, at).or_else(|| spoken(chars, at, start < at))?;
    let hour = if later && (1..12).contains(&hour) {
        hour + 12
    } else {
        hour
    };
    if hour > 24 || minute > 59 {
        return None;
    }
    let (bounds, end) = bounds(chars, end);
    Some(Hit {
        value: Value::Time {
            hour,
            minute,
            bounds,
        },
        start,
        end,
    })
}

fn day_part(chars: &[char], at: usize) -> (usize, bool) {
    const PARTS: [(&str, bool); 9] = [
        ("上午", false),
        ("早上", false),
        ("早晨", false),
        ("凌晨", false),
        ("中午", false),
        ("下午", true),
        ("傍晚", true),
        ("晚上", true),
        ("夜间", true),
    ];
    let found = at.checked_sub(2).and_then(|from| {
        PARTS
            .iter()
            .find(|(word, _)| literal(chars, from, word).is_some())
            .map(|(_, later)| (from, *later))
    });
    found.unwrap_or((at, false))
}

fn digital(chars: &[char], at: usize) -> Option<(u8, u8, usize)> {
    let (hour, after) = figures(chars, at).filter(|(_, end)| end - at <= 2)?;
    let (minute, end) =
        figures(chars, literal(chars, after, ":")?).filter(|(_, end)| end - after == 3)?;
    let end = match figures(chars, end + 1) {
        Some((_, seconds)) if chars.get(end) == Some(&':') && seconds - end == 3 => seconds,
        _ => end,
    };
    Some((u8::try_from(hour).ok()?, u8::try_from(minute).ok()?, end))
}

fn spoken(chars: &[char], at: usize, named: bool) -> Option<(u8, u8, usize)> {
    // 八点二十 would be read as the decimal 8.2: the hour is read by itself.
    let hour_end = at
        + chars[at..]
            .iter()
            .take_while(|next| next.is_ascii_digit() || **next == '十' || digit(**next).is_some())
            .count();
    let Number { amount, end, .. } =
        number(&chars[..hour_end], at).filter(|number| number.end == hour_end)?;
    let hour = u8::try_from(amount.as_whole()?).ok()?;
    let (word, after) = ["点钟", "点整", "点", "时"]
        .iter()
        .find_map(|word| Some((*word, literal(chars, end, word)?)))?;
    // 一时, 一点 alone are words; 小时 never gets here.
    let alone = !named && hour <= 1;
    if let Some(half) = literal(chars, after, "半") {
        return Some((hour, 30, half));
    }
    if let Some(Number {
        amount,
        end: minutes_end,
        form,
        ..
    }) = number(chars, after).filter(|_| word.len() == 3)
    {
        let minutes = u8::try_from(amount.as_whole()?).ok()?;
        if let Some(end) = literal(chars, minutes_end, "分") {
            return Some((hour, minutes, end));
        }
        if word == "点"
            && (form == Form::Placed || (form == Form::Arabic && minutes_end - after == 2))
        {
            return Some((hour, minutes, minutes_end));
        }
    }
    // 三点意见, 五时期: not a time. `时` needs figures or a part of the day.
    let other = match word {
        "点" => {
            !named
                && chars.get(after).is_some_and(|next| {
                    !matches!(
                        next,
                        '至' | '到'
                            | '-'
                            | '前'
                            | '后'
                            | '以'
                            | '之'
                            | '起'
                            | '止'
                            | ','
                            | '。'
                            | '~'
                            | '—'
                            | ')'
                    )
                })
        }
        "时" => {
            !named
                && !chars[at].is_ascii_digit()
                && chars.get(after).is_some_and(|next| {
                    !matches!(next, '至' | '到' | '前' | '后' | '以' | '起' | '止')
                })
        }
        _ => false,
    };
    (!alone && !other).then_some((hour, 0, after))
}
