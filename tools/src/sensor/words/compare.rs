//! With what a number is compared: the same place at an earlier time, or another place at the same time.

use std::sync::LazyLock;

use jiff::civil::{Date, Time};
use jiff::{Span, Timestamp, ToSpan};
use regex::Regex;

use super::day::{self, monday};
use super::time::When;
use super::{Interpreted, Known, Missing, Read, What, ask, blot, pattern, spot, unknown};
use crate::sensor::kind::SensorKind;
use crate::sensor::query::{Compare, Period, Where, local, moment};

/// The other side, as it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Other {
    /// An earlier time: 昨天, 同比.
    Time(String),
    /// What names another place.
    Place(String),
}

const TIME: &str = "(?P<time>大前天|前[天日晚]|昨[天日晚]|前一天|(?:上上|上)个?(?:周|星期|礼拜)[一二三四五六日天]?|(?:上上|上)个?月|[去前]年|上一?个?(?:周期|时段)|平时|平常|往常|往年|以前|之前)(?:同期|的?同一?时段|的?这个?时候|的?同一?时间|的?此时)?";

/// 同比 and 环比 with what they count from.
static STATISTICAL: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!("(?P<word>同比|环比)(?:{TIME})?")));
/// 比昨天
static THAN: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!("(?:相比于?|比起?|较)(?:{TIME})")));
/// 跟昨天比
static WITH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        "[跟和与同](?:{TIME})的?(?:相比|对比|比较|比)(?:起来|一下)?"
    ))
});
/// 跟文庙广场比; 和文庙广场哪个
static WITH_PLACE: LazyLock<Regex> = LazyLock::new(|| {
    pattern("[跟和与同](?P<other>[^跟和与同,，。?？!！]{2,20}?)(?:相比|对比|比较|比|哪|谁)")
});
/// 比文庙广场
static THAN_PLACE: LazyLock<Regex> =
    LazyLock::new(|| pattern("比起?(?P<other>[^,，。?？!！]{2,20})"));

/// What is compared with, and the text without it.
pub(super) fn split(text: &str, known: &Known<'_>) -> (String, Option<Other>) {
    for rule in [&WITH, &STATISTICAL, &THAN] {
        let Some(found) = rule.captures(text) else {
            continue;
        };
        let range = found.get(0).map_or(0..0, |it| it.range());
        let time = found.name("time").or_else(|| found.name("word"));
        let time = time.map_or("", |it| it.as_str()).to_owned();
        return (blot(text, &range), Some(Other::Time(time)));
    }
    for rule in [&WITH_PLACE, &THAN_PLACE] {
        let Some(other) = rule.captures(text).and_then(|found| found.name("other")) else {
            continue;
        };
        let located = known.places.locate(other.as_str());
        let spans = spot::spans(&located, other.as_str());
        let (Some(first), Some(last)) = (
            spans.iter().map(|span| span.start).min(),
            spans.iter().map(|span| span.end).max(),
        ) else {
            continue;
        };
        // What stands behind the other place still says what is asked.
        let place = other.as_str()[first..last].to_owned();
        let range = other.start() + first..other.start() + last;
        return (blot(text, &range), Some(Other::Place(place)));
    }
    (text.to_owned(), None)
}

/// The other side, now that the query itself is known.
pub(super) fn settle(
    other: &Other,
    kind: &SensorKind,
    own: &Where,
    when: &When,
    now: Timestamp,
    known: &Known<'_>,
) -> Read<Compare> {
    match other {
        Other::Time(words) => earlier(words, when, now, known).map(Compare::Period),
        Other::Place(text) => {
            let (said, _) = spot::find(text, known);
            let (_, place) = spot::settle(&[kind], &said, known)?;
            if place == *own {
                return Err(which());
            }
            Ok(Compare::Place(place))
        }
    }
}

/// An earlier period like the one that is asked for.
fn earlier(words: &str, when: &When, now: Timestamp, known: &Known<'_>) -> Read<Period> {
    let today = local(now).date();
    if ["环比", "上一", "上个周期", "上个时段"]
        .iter()
        .any(|it| words.starts_with(it))
        && !when.current
    {
        return Ok(preceding(&when.period, "上一个同样长的时段".to_owned()));
    }
    let years = match words {
        "同比" | "去年" => Some(today.year() - 1),
        "前年" => Some(today.year() - 2),
        _ => None,
    };
    if let Some(year) = years {
        return year_back(when, year, words == "同比", now, known);
    }
    let months = match words {
        "上个月" | "上月" => Some(1),
        "上上个月" | "上上月" => Some(2),
        _ => None,
    };
    if let Some(months) = months {
        let target = today
            .first_of_month()
            .saturating_sub(Span::new().months(months));
        let back = month_number(when.anchor) - month_number(target);
        return positive(back)
            .map(|back| shifted(&when.period, Span::new().months(back), same(words)));
    }
    let days = days_back(words, when, today, known).and_then(positive)?;
    Ok(shifted(&when.period, days.days(), same(words)))
}

/// How many days lie between the day that is asked for and the one that is named.
fn days_back(words: &str, when: &When, today: Date, known: &Known<'_>) -> Read<i64> {
    if words == "前一天" {
        return Ok(1);
    }
    // 昨晚 names its day by one character.
    let words = words.replace('晚', "天");
    let named = day::find(&words, today, known.holidays).unwrap_or_default();
    let Some(named) = named.first() else {
        return Err(which());
    };
    let anchor = match named.single() {
        Some(_) => when.anchor,
        None => monday(when.anchor),
    };
    let passed = anchor.duration_since(named.first);
    Ok(passed.as_hours() / 24)
}

/// The same days of another year; of a feast, its days in that year.
fn year_back(
    when: &When,
    year: i16,
    statistical: bool,
    now: Timestamp,
    known: &Known<'_>,
) -> Read<Period> {
    // 同比 counts from the year that is asked for, 去年 from the present one.
    let year = if statistical {
        when.anchor.year() - 1
    } else {
        year
    };
    let back = positive(i64::from(when.anchor.year() - year))?;
    let Some(feast) = &when.feast else {
        let words = format!("{year}年同期");
        return Ok(shifted(&when.period, Span::new().years(back), words));
    };
    let holidays = known.holidays.all().iter();
    let days = holidays
        .filter(|holiday| holiday.name == *feast)
        .find_map(|holiday| holiday.of_year(year));
    let Some((first, last)) = days else {
        let sentence = format!("没有{year}年{feast}的放假日期，无法比较。");
        return Err(unknown(Missing::Period, feast, sentence, Vec::new()));
    };
    Ok(of_days(first, last, now, format!("{year}年{feast}")))
}

/// The same period some days, months or years earlier.
fn shifted(period: &Period, back: Span, words: String) -> Period {
    let earlier = |at: Timestamp| {
        let moved = local(at).datetime().saturating_sub(back);
        moment(moved.date(), moved.time())
    };
    Period {
        from: earlier(period.from),
        to: earlier(period.to),
        words,
    }
}

/// The period of the same length before.
fn preceding(period: &Period, words: String) -> Period {
    let length = period.to.duration_since(period.from);
    Period {
        from: period.from.saturating_sub(length).unwrap_or(Timestamp::MIN),
        to: period.from,
        words,
    }
}

/// All of a stretch of days, up to `now`.
fn of_days(first: Date, last: Date, now: Timestamp, words: String) -> Period {
    let behind = last.saturating_add(1.day());
    Period {
        from: moment(first, Time::midnight()),
        to: moment(behind, Time::midnight()).min(now),
        words,
    }
}

fn month_number(date: Date) -> i64 {
    i64::from(date.year()) * 12 + i64::from(date.month())
}

fn positive(back: i64) -> Read<i64> {
    if back > 0 { Ok(back) } else { Err(which()) }
}

fn same(words: &str) -> String {
    format!("{words}同一时段")
}

fn which() -> Box<Interpreted> {
    ask(
        What::Compare,
        "要和哪段时间或哪个地方比？".to_owned(),
        &["昨天同一时段", "上周同一时段", "上个月同一时段"],
    )
}
