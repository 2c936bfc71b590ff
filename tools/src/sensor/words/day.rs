//! Days, weeks, months, years and feasts in a text. It reads which days are named, not what part of them.

use std::cmp::Reverse;
use std::ops::Range;
use std::sync::LazyLock;

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};
use regex::{Captures, Regex};

use super::number::whole;
use super::pattern;
use super::time::Trouble;
use crate::sensor::holiday::Holidays;

/// Days that a text names.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Days {
    /// The bytes that name them.
    pub(super) range: Range<usize>,
    /// The first day.
    pub(super) first: Date,
    /// The last day.
    pub(super) last: Date,
    /// The day of a month that was not named: 20号.
    pub(super) bare: Option<i8>,
    /// The feast.
    pub(super) feast: Option<String>,
}

impl Days {
    /// The only day, if it is one.
    pub(super) fn single(&self) -> Option<Date> {
        (self.first == self.last).then_some(self.first)
    }
}

type Rule = (LazyLock<Regex>, fn(&Captures<'_>, Date) -> Option<Reading>);

/// What a rule makes of its words; `None` if they are none of a time.
type Reading = Result<(Date, Date), Trouble>;

/// What a rule found.
struct Found {
    range: Range<usize>,
    bare: Option<i8>,
    feast: Option<String>,
    reading: Reading,
}

/// A day, a month or a count in figures or numerals.
const N: &str = "[0-9]{1,2}|[一二三四五六七八九十]{1,3}";

/// A match that is longer, or begins earlier, wins; so the order is free.
static RULES: [Rule; 10] = [
    (
        LazyLock::new(|| {
            pattern(&format!(
                "(?:(?P<year>[0-9]{{4}})年|(?P<word>今年|去年|前年|明年)的?)?(?P<month>{N})月份?(?P<day>{N})[日号]"
            ))
        }),
        |found, today| Some(month_and_day(found, today)),
    ),
    (
        LazyLock::new(|| {
            pattern("(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})日?")
        }),
        |found, today| Some(month_and_day(found, today)),
    ),
    (
        LazyLock::new(|| {
            pattern(&format!(
                "(?:(?P<year>[0-9]{{4}})年|(?P<word>今年|去年|前年|明年)的?)?(?P<month>{N})月份?"
            ))
        }),
        |found, today| Some(month(found, today)),
    ),
    (
        LazyLock::new(|| pattern("大前天|前[天日]|[昨今][天日儿]")),
        |found, today| Some(back(today, relative(found.get(0)?.as_str()))),
    ),
    // 昨晚 names its day by one character; the night is read as part of it.
    (
        LazyLock::new(|| pattern("(?P<range>[前昨今])[晚夜早晨]")),
        |found, today| Some(back(today, relative(&found["range"]))),
    ),
    (
        LazyLock::new(|| pattern(&format!("(?P<count>[0-9]{{1,4}}|{N}|两)天[以之]?前"))),
        |found, today| Some(back(today, whole(&found["count"])?)),
    ),
    (
        LazyLock::new(|| {
            pattern(
                "(?P<which>上上|上|这|本)?(?P<one>一?个)?(?:周|星期|礼拜)(?P<day>[一二三四五六日天末1-6])?",
            )
        }),
        week,
    ),
    (
        LazyLock::new(|| pattern("(?P<which>上上|上|这|本|当)一?个?月")),
        |found, today| {
            let back = weeks_back(&found["which"]);
            Some(whole_month(today.saturating_sub(Span::new().months(back))))
        },
    ),
    (
        LazyLock::new(|| pattern("(?P<year>[0-9]{4})年|(?P<word>今年|去年|前年)")),
        |found, today| {
            let year = year(found, today)??;
            let first = Date::new(year, 1, 1).ok()?;
            Some(Ok((first, Date::new(year, 12, 31).ok()?)))
        },
    ),
    (
        LazyLock::new(|| pattern(&format!("(?P<bare>{N})[日号]"))),
        |found, today| Some(bare_day(whole(&found["bare"])?, today)),
    ),
];

/// What makes 3号 no day.
const NO_DAY: &str = "线楼栋幢门井点厅机桩泵站院坝馆口仓车库路";

/// The days that a text names, in order and without overlap.
pub(super) fn find(text: &str, today: Date, holidays: &Holidays) -> Result<Vec<Days>, Trouble> {
    let mut found: Vec<Found> = Vec::new();
    for (rule, read) in &RULES {
        for captures in rule.captures_iter(text) {
            let Some(whole_match) = captures.get(0) else {
                continue;
            };
            let range = captures.name("range").unwrap_or(whole_match).range();
            let bare = captures.name("bare").and_then(|bare| whole(bare.as_str()));
            let bare = bare.and_then(|day| i8::try_from(day).ok());
            let no_day = text[range.end..].starts_with(|next| NO_DAY.contains(next));
            if bare.is_some() && no_day {
                continue;
            }
            if let Some(reading) = read(&captures, today) {
                found.push(Found {
                    range,
                    bare,
                    feast: None,
                    reading,
                });
            }
        }
    }
    found.extend(feasts(text, today, holidays));
    found.sort_by_key(|found| (found.range.start, Reverse(found.range.end)));
    let mut days: Vec<Days> = Vec::new();
    for Found {
        range,
        bare,
        feast,
        reading,
    } in found
    {
        if days.last().is_some_and(|last| range.start < last.range.end) {
            continue;
        }
        let range_before = days.last().filter(|last| {
            let between = text.get(last.range.end..range.start);
            between.is_some_and(|between| ["到", "至", "-", "~"].contains(&between))
        });
        // 11月1号到5号: the month is the one before.
        let of_month = range_before
            .filter(|_| bare.is_some())
            .map(|last| last.last);
        let reading = match (of_month, bare) {
            (Some(before), Some(day)) => of(before.year(), before.month(), day),
            (None, _) | (_, None) => reading,
        };
        let (first, last) = reading?;
        days.push(Days {
            range,
            first,
            last,
            bare,
            feast,
        });
    }
    Ok(days)
}

/// The feasts that a text names, each with the year that is meant.
fn feasts(text: &str, today: Date, holidays: &Holidays) -> Vec<Found> {
    let mut found = Vec::new();
    for holiday in holidays.all() {
        for word in &holiday.words {
            for (at, _) in text.match_indices(word.as_str()) {
                let (before, after) = (&text[..at], &text[at + word.len()..]);
                let head = BEFORE.captures(before);
                let tail = AFTER.find(after).map_or(0, |found| found.end());
                let year = head.as_ref().and_then(|head| year(head, today)).flatten();
                let start = head
                    .as_ref()
                    .and_then(|it| it.get(0))
                    .map_or(at, |it| it.start());
                let days = match year {
                    Some(year) => holiday.of_year(year),
                    None => holiday.latest(today),
                };
                let name = &holiday.name;
                let said = year.map_or_else(String::new, |year| format!("{year}年"));
                let reading = days.ok_or_else(|| {
                    Trouble::Refused(format!("没有{said}{name}的放假日期，请直接说日期。"))
                });
                found.push(Found {
                    range: start..at + word.len() + tail,
                    bare: None,
                    feast: Some(name.clone()),
                    reading,
                });
            }
        }
    }
    found
}

static BEFORE: LazyLock<Regex> =
    LazyLock::new(|| pattern("(?:(?P<year>[0-9]{4})年|(?P<word>今年|去年|前年))的?$"));
static AFTER: LazyLock<Regex> =
    LazyLock::new(|| pattern("^节?(?:假期|长假|小长假|黄金周|期间|假日|放假)*"));

/// The year that is said; the outer `None` for a word that is none.
fn year(found: &Captures<'_>, today: Date) -> Option<Option<i16>> {
    if let Some(year) = found.name("year") {
        return Some(i16::try_from(whole(year.as_str())?).ok());
    }
    let Some(word) = found.name("word") else {
        return Some(None);
    };
    let back = match word.as_str() {
        "明年" => -1,
        "去年" => 1,
        "前年" => 2,
        _ => 0,
    };
    Some(Some(today.year() - back))
}

fn month_and_day(found: &Captures<'_>, today: Date) -> Reading {
    let part = |name| i8::try_from(whole(&found[name]).unwrap_or(0)).unwrap_or(0);
    let (month, day) = (part("month"), part("day"));
    let said = year(found, today).flatten();
    let days = of(said.unwrap_or(today.year()), month, day)?;
    if said.is_none() && days.0 > today {
        let before = today.year() - 1;
        return Err(Trouble::Ask {
            question: format!("今年{month}月{day}日还没有到，要查{before}年{month}月{day}日吗？"),
            options: vec![format!("{before}年{month}月{day}日")],
        });
    }
    Ok(days)
}

fn month(found: &Captures<'_>, today: Date) -> Reading {
    let month = i8::try_from(whole(&found["month"]).unwrap_or(0)).unwrap_or(0);
    let said = year(found, today).flatten();
    let year = said.unwrap_or(today.year());
    let Ok(first) = Date::new(year, month, 1) else {
        return Err(Trouble::Refused(format!("没有{month}月，请核对日期。")));
    };
    if said.is_none() && first > today {
        let before = year - 1;
        return Err(Trouble::Ask {
            question: format!("今年{month}月还没有到，要查{before}年{month}月吗？"),
            options: vec![format!("{before}年{month}月")],
        });
    }
    whole_month(first)
}

fn bare_day(day: i64, today: Date) -> Reading {
    let day = i8::try_from(day).unwrap_or(0);
    let days = of(today.year(), today.month(), day)?;
    if days.0 > today {
        let before = today.saturating_sub(1.month());
        let (year, month) = (before.year(), before.month());
        return Err(Trouble::Ask {
            question: format!("本月{day}日还没有到，要查{year}年{month}月{day}日吗？"),
            options: vec![format!("{year}年{month}月{day}日")],
        });
    }
    Ok(days)
}

/// One day, or that there is none.
fn of(year: i16, month: i8, day: i8) -> Reading {
    match Date::new(year, month, day) {
        Ok(date) => Ok((date, date)),
        Err(_) => Err(Trouble::Refused(format!(
            "{year}年没有{month}月{day}日，请核对日期。"
        ))),
    }
}

fn whole_month(date: Date) -> Reading {
    Ok((date.first_of_month(), date.last_of_month()))
}

fn back(today: Date, days: i64) -> Reading {
    let date = today.saturating_sub(days.days());
    Ok((date, date))
}

fn relative(word: &str) -> i64 {
    match word.chars().next() {
        Some('昨') => 1,
        Some('前') => 2,
        Some('大') => 3,
        Some(_) | None => 0,
    }
}

fn weeks_back(which: &str) -> i64 {
    match which {
        "上上" => 2,
        "上" => 1,
        _ => 0,
    }
}

/// 上周, 上周三, 这周末, 周三. A bare 周 is no time.
fn week(found: &Captures<'_>, today: Date) -> Option<Reading> {
    let which = found.name("which").map(|which| which.as_str());
    let day = found.name("day").map(|day| day.as_str());
    if which.is_none() && (day.is_none() || found.name("one").is_some()) {
        return None;
    }
    let monday = monday(today).saturating_sub(weeks_back(which.unwrap_or("这")).weeks());
    let Some(day) = day else {
        return Some(Ok((monday, monday.saturating_add(6.days()))));
    };
    if day == "末" {
        let (first, last) = (monday + 5.days(), monday + 6.days());
        if which.is_none() && first > today {
            return Some(Err(Trouble::Ask {
                question: "这个周末还没有到，要查上周末吗？".to_owned(),
                options: vec!["上周末".to_owned()],
            }));
        }
        return Some(Ok((first, last)));
    }
    let at = "一二三四五六日".find(day).map(|byte| byte / 3);
    let at = at.or_else(|| "123456".find(day)).unwrap_or(6);
    let date = monday.saturating_add(i64::try_from(at).unwrap_or(0).days());
    if which.is_none() && date > today {
        return Some(Err(Trouble::Ask {
            question: format!("这周{day}还没有到，要查上周{day}吗？"),
            options: vec![format!("上周{day}")],
        }));
    }
    Some(Ok((date, date)))
}

/// The first day of a week.
pub(super) fn monday(date: Date) -> Date {
    let passed = match date.weekday() {
        Weekday::Monday => 0,
        Weekday::Tuesday => 1,
        Weekday::Wednesday => 2,
        Weekday::Thursday => 3,
        Weekday::Friday => 4,
        Weekday::Saturday => 5,
        Weekday::Sunday => 6,
    };
    date.saturating_sub(passed.days())
}
