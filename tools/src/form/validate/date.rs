//! Days as people write and say them.

use std::ops::Range;
use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::Date;
use regex::{Captures, Regex};

use super::Invalid;
use crate::form::fold::{Folded, dense};
use crate::form::number::{ONE, read, spelled};

/// Every form; blanks may stand between the parts in running text.
const SHAPE: &str = r"(?P<lunar>(?:农历|阴历|正月|冬月|腊月|闰)[〇零一二三四五六七八九十廿0-9年月日初]*|[0-9一二三四五六七八九十]{1,2}月初[一二三四五六七八九十])|(?:(?P<year>[0-9]{4}|[0-9]{2}|[〇零一二三四五六七八九]{4}|[〇零一二三四五六七八九]{2}|今|去|前|明|后) ?年 ?(?:的 ?)?)?(?P<month>[0-9]{1,2}|[一二三四五六七八九十]{1,2}) ?月份? ?(?:的 ?)?(?P<day>[0-9]{1,2} ?[日号]?|(?:[一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九]) ?[日号]?)|(?P<iso>[0-9]{4} ?[-/.] ?[0-9]{1,2} ?[-/.] ?[0-9]{1,2})|(?P<solid>(?:19|20)[0-9]{6})|(?P<near>上个?月|这个?月|本月|下个?月)的?(?P<nearday>[0-9]{1,2}|[一二三四五六七八九十]{1,3}) ?[日号]|(?P<word>大前天|前天|昨天|昨日|今天|今日|明天|明日|后天)|(?P<partyear>[0-9]{4}|[〇零一二三四五六七八九]{4}|今|去|前|明) ?年(?: ?(?P<partmonth>[0-9]{1,2}|[一二三四五六七八九十]{1,2}) ?月份?)?";

static WITHIN: LazyLock<Regex> = LazyLock::new(|| Regex::new(SHAPE).expect("constant"));
static EXACT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(&format!("^(?:{SHAPE})$")).expect("constant"));

/// A day between 1900 and 2100 (GB/T 7408.1 calendar dates, and as people say them): `2024-03-05`, `2024.3.5`,
/// `20240305`, 二〇二四年三月五号, 去年5月1日, 上个月5号, 昨天; the last three relative to `today`. A day without a year, a month without a
/// day and a lunar date are refused rather than completed. Of two figures for a year, `26` and less in 2026 are 20xx,
/// those from twenty years on are 19xx, and those between are refused.
///
/// # Errors
/// What is wrong, for the person.
pub fn date(text: &str, today: Date) -> Result<Date, Invalid> {
    let text = dense(text);
    let unread = || Invalid::new("没有读懂这个日期，请写年月日，如“2024年3月5日”");
    if WITHIN
        .captures(&text)
        .is_some_and(|found| found.name("lunar").is_some())
    {
        return Err(Invalid::new(
            "请把农历日期换算成公历，写年月日，如“2024年3月5日”",
        ));
    }
    let found = EXACT.captures(&text).ok_or_else(unread)?;
    if found.name("partyear").is_some() {
        return Err(Invalid::new("请写明到哪一天，如“2024年3月5日”"));
    }
    let date = day(&found, today)?.ok_or_else(|| Invalid::new("没有这一天，请核对年月日"))?;
    if !(1900..=2100).contains(&date.year()) {
        return Err(Invalid::new("年份应在1900年至2100年之间，请核对"));
    }
    Ok(date)
}

/// Days in running text, well formed or not.
pub(in crate::form) fn dates(text: &Folded, range: Range<usize>) -> Vec<Range<usize>> {
    let mut found = text.matches(&WITHIN, range);
    let figure = |at: Option<&char>| at.is_some_and(char::is_ascii_digit);
    found.retain(|found| {
        !figure(text.chars.get(found.end))
            && !figure(found.start.checked_sub(1).and_then(|at| text.chars.get(at)))
    });
    found
}

/// The day that was found; `None` where the calendar has none.
fn day(found: &Captures<'_>, today: Date) -> Result<Option<Date>, Invalid> {
    if let Some(word) = found.name("word") {
        let days = match word.as_str() {
            "大前天" => -3,
            "前天" => -2,
            "昨天" | "昨日" => -1,
            "明天" | "明日" => 1,
            "后天" => 2,
            _ => 0,
        };
        return Ok(today.checked_add(days.days()).ok());
    }
    if let Some(iso) = found.name("iso").or(found.name("solid")) {
        return Ok(figures(iso.as_str()));
    }
    if let (Some(near), Some(day)) = (found.name("near"), found.name("nearday")) {
        let months = match near.as_str().chars().next() {
            Some('上') => -1,
            Some('下') => 1,
            _ => 0,
        };
        let first = today.first_of_month().checked_add(months.months()).ok();
        return Ok(first
            .and_then(|first| built(first.year(), first.month().into(), number(day.as_str())?)));
    }
    let year = match found.name("year") {
        Some(year) => full_year(year.as_str(), today)?,
        None => return Err(Invalid::new("请写明是哪一年，如“2024年3月5日”")),
    };
    let part = |name: &str| number(found.name(name)?.as_str());
    Ok(part("month")
        .zip(part("day"))
        .and_then(|(month, day)| built(year, month, day)))
}

fn figures(text: &str) -> Option<Date> {
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let (year, month, day) = match parts[..] {
        [year, month, day] => (year, month, day),
        _ => (text.get(..4)?, text.get(4..6)?, text.get(6..)?),
    };
    built(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

fn built(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// A month or a day, without 日 and 号.
fn number(text: &str) -> Option<i16> {
    let text = text.trim_end_matches(['日', '号']);
    i16::try_from(read(text)? / ONE).ok()
}

fn full_year(text: &str, today: Date) -> Result<i16, Invalid> {
    let offset = match text {
        "今" => Some(0),
        "去" => Some(-1),
        "前" => Some(-2),
        "明" => Some(1),
        "后" => Some(2),
        _ => None,
    };
    if let Some(offset) = offset {
        return Ok(today.year() + offset);
    }
    let unread = || Invalid::new("年份请写四位数，如“2024年”");
    let year = text
        .parse()
        .ok()
        .or_else(|| i16::try_from(spelled(text)? / ONE).ok())
        .ok_or_else(unread)?;
    let now = today.year() % 100;
    match year {
        100.. => Ok(year),
        _ if year <= now => Ok(today.year() - now + year),
        _ if year >= now + 20 => Ok(today.year() - now - 100 + year),
        _ => Err(unread()),
    }
}
