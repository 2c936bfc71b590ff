//! Which days a message means, by rules: 今天, 上周, 最近7天, 11月9日到15日. Nothing is guessed: a message that names
//! none is asked back.

use std::sync::LazyLock;

use jiff::civil::{Date, date};
use jiff::{Span, ToSpan};
use regex::{Captures, Regex};
use tools::statistics::claim::Breakdown;

/// Reads one way of naming days.
type Reader = fn(&str, Date) -> Option<(Date, Date)>;

/// The days of a message, the first and the last; none where it names none.
pub(super) fn days(message: &str, today: Date) -> Option<(Date, Date)> {
    let text = narrow(message);
    let readers: [Reader; 6] = [range, numeric, one, length, named, month];
    readers.iter().find_map(|read| read(&text, today))
}

/// By what alone orders are to be counted.
pub(super) fn breakdown(message: &str) -> Option<Breakdown> {
    let named = [
        (Breakdown::Category, "按(?:事项|问题)?(?:类别|类型|分类)"),
        (Breakdown::District, "按(?:区县|区域|各区|区|地区|县)"),
        (Breakdown::Department, "按(?:主办|承办)?(?:部门|单位)"),
        (Breakdown::Grade, "按(?:紧急程度|等级|级别)"),
    ];
    let mut found = named
        .into_iter()
        .filter(|(_, words)| Regex::new(words).is_ok_and(|words| words.is_match(message)));
    match (found.next(), found.next()) {
        (Some((only, _)), None) => Some(only),
        (_, _) => None,
    }
}

fn pattern(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is constant")
}

const DAY: &str = r"(?:(?P<y>\d{4})年)?(?P<m>\d{1,2})月(?P<d>\d{1,2})[日号]?";

static RANGE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"{DAY}(?:到|至|-|—|~)(?:(?:(?P<y2>\d{{4}})年)?(?P<m2>\d{{1,2}})月)?(?P<d2>\d{{1,2}})[日号]?"
    ))
});
static NUMERIC: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?:日?(?:到|至|~|—|--)(?P<y2>\d{4})[-/.](?P<m2>\d{1,2})[-/.](?P<d2>\d{1,2}))?",
    )
});
static ONE: LazyLock<Regex> = LazyLock::new(|| pattern(DAY));
static LENGTH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:最近|近|过去|前|这)(?P<n>\d{1,3}|[一二两三四五六七八九十]{1,3})个?(?P<unit>天|日|周|星期|礼拜|月)",
    )
});
static MONTH: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:(?P<y>\d{4})年)?(?P<m>\d{1,2})月份?"));

fn range(text: &str, today: Date) -> Option<(Date, Date)> {
    let found = RANGE.captures(text)?;
    let (month, day) = (number(&found, "m")?, number(&found, "d")?);
    let (last_month, last_day) = (number(&found, "m2").unwrap_or(month), number(&found, "d2")?);
    let year = number(&found, "y");
    let last = number(&found, "y2").or(year);
    let last = dated(last, last_month, last_day, today)?;
    let first = match year {
        Some(year) => dated(Some(year), month, day, today)?,
        // 12月28日到1月3日 begins in the year before.
        None => [last.year(), last.year() - 1]
            .into_iter()
            .filter_map(|year| Date::new(year, month, day).ok())
            .find(|first| *first <= last)?,
    };
    Some((first, last))
}

fn numeric(text: &str, today: Date) -> Option<(Date, Date)> {
    let found = NUMERIC.captures(text)?;
    let day = |y: &str, m: &str, d: &str| {
        dated(
            Some(number(&found, y)?),
            number(&found, m)?,
            number(&found, d)?,
            today,
        )
    };
    let first = day("y", "m", "d")?;
    Some((first, day("y2", "m2", "d2").unwrap_or(first)))
}

fn one(text: &str, today: Date) -> Option<(Date, Date)> {
    let found = ONE.captures(text)?;
    let day = dated(
        number(&found, "y"),
        number(&found, "m")?,
        number(&found, "d")?,
        today,
    )?;
    Some((day, day))
}

fn length(text: &str, today: Date) -> Option<(Date, Date)> {
    let found = LENGTH.captures(text)?;
    let count = counted(found.name("n")?.as_str())?;
    let before: Span = match found.name("unit")?.as_str() {
        "天" | "日" => (count - 1).days(),
        "月" => count.months(),
        _ => (count * 7 - 1).days(),
    };
    let first = today.checked_sub(before).ok()?;
    let is_months = found.name("unit")?.as_str() == "月";
    let first = if is_months {
        first.tomorrow().ok()?
    } else {
        first
    };
    (count > 0).then_some((first, today))
}

fn named(text: &str, today: Date) -> Option<(Date, Date)> {
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let before = |days: i64| today.checked_sub(days.days()).ok();
    let since_monday = i64::from(today.weekday().to_monday_zero_offset());
    let one = |day: Option<Date>| day.map(|day| (day, day));
    match () {
        () if says(&["今天", "今日", "当天"]) => one(Some(today)),
        () if says(&["昨天", "昨日"]) => one(before(1)),
        () if says(&["前天"]) => one(before(2)),
        () if says(&["上周", "上星期", "上个星期", "上礼拜"]) => {
            Some((before(since_monday + 7)?, before(since_monday + 1)?))
        }
        () if says(&["本周", "这周", "这星期", "这个星期", "本星期"]) => {
            Some((before(since_monday)?, today))
        }
        () if says(&["上月", "上个月"]) => {
            let last = today.first_of_month().yesterday().ok()?;
            Some((last.first_of_month(), last))
        }
        () if says(&["本月", "这个月", "这月"]) => Some((today.first_of_month(), today)),
        () if says(&["今年以来", "本年"]) => Some((date(today.year(), 1, 1), today)),
        () if says(&["最近", "近期", "这几天", "一周"]) => Some((before(6)?, today)),
        () => None,
    }
}

fn month(text: &str, today: Date) -> Option<(Date, Date)> {
    let found = MONTH.captures(text)?;
    // 2月30日 is no month.
    let behind = text[found.get(0)?.end()..].chars().next();
    if behind.is_some_and(|next| next.is_ascii_digit()) {
        return None;
    }
    let first = dated(number(&found, "y"), number(&found, "m")?, 1, today)?;
    Some((first, first.last_of_month()))
}

/// A day; without a year the last one of that name that is not to come.
fn dated(year: Option<i16>, month: i8, day: i8, today: Date) -> Option<Date> {
    match year {
        Some(year) => Date::new(year, month, day).ok(),
        None => [today.year(), today.year() - 1]
            .into_iter()
            .filter_map(|year| Date::new(year, month, day).ok())
            .find(|it| *it <= today),
    }
}

fn number<T: std::str::FromStr>(found: &Captures<'_>, name: &str) -> Option<T> {
    found.name(name)?.as_str().parse().ok()
}

/// A small number in figures or Chinese.
fn counted(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let digit = |next: char| match next {
        '两' => Some(2),
        next => "零一二三四五六七八九"
            .chars()
            .position(|it| it == next)
            .and_then(|at| i64::try_from(at).ok()),
    };
    let (mut sum, mut last) = (0, None);
    for next in text.chars() {
        if next == '十' {
            sum += last.take().unwrap_or(1) * 10;
        } else {
            last = Some(digit(next)?);
        }
    }
    Some(sum + last.unwrap_or(0))
}

/// Half-width figures and no blanks.
fn narrow(message: &str) -> String {
    let narrow = |next: char| match next {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(next as u32 - 0xfee0).unwrap_or(next),
        '–' | '─' => '—',
        next => next,
    };
    message
        .chars()
        .filter(|next| !next.is_whitespace())
        .map(narrow)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Saturday.
    const TODAY: Date = date(2026, 11, 21);

    #[test]
    fn days_are_read() {
        let check = |message: &str, expected: &str| {
            let read = days(message, TODAY)
                .map_or_else(|| "-".to_owned(), |(first, last)| format!("{first} {last}"));
            assert_eq!(read, expected, "{message}");
        };
        check("今天的工单汇总", "2026-11-21 2026-11-21");
        check("昨天收了多少件", "2026-11-20 2026-11-20");
        check("本周情况", "2026-11-16 2026-11-21");
        check("上周的热点", "2026-11-09 2026-11-15");
        check("本月", "2026-11-01 2026-11-21");
        check("上个月", "2026-10-01 2026-10-31");
        check("最近7天", "2026-11-15 2026-11-21");
        check("最近７天", "2026-11-15 2026-11-21");
        check("近三十天", "2026-10-23 2026-11-21");
        check("过去两周", "2026-11-08 2026-11-21");
        check("最近一个月", "2026-10-22 2026-11-21");
        check("11月9日到15日", "2026-11-09 2026-11-15");
        check("11月9号至11月15号的汇总", "2026-11-09 2026-11-15");
        check("2026年10月28日到11月3日", "2026-10-28 2026-11-03");
        check("12月28日到1月3日", "2025-12-28 2026-01-03");
        check("2026-11-09到2026-11-15", "2026-11-09 2026-11-15");
        check("2026-11-09 至 2026-11-15", "2026-11-09 2026-11-15");
        check("2026-11-09", "2026-11-09 2026-11-09");
        check("11月9日", "2026-11-09 2026-11-09");
        check("12月1日", "2025-12-01 2025-12-01");
        check("10月份的工单", "2026-10-01 2026-10-31");
        check("最近怎么样", "2026-11-15 2026-11-21");
        check("2月30日", "-");
        check("99月", "-");
        check("汇总一下", "-");
        check("最近0天", "2026-11-15 2026-11-21");
        check("", "-");
    }

    #[test]
    fn one_breakdown_is_read() {
        let check = |message: &str, expected: Option<Breakdown>| {
            assert_eq!(breakdown(message), expected, "{message}");
        };
        check("上周按类别", Some(Breakdown::Category));
        check("按区县看", Some(Breakdown::District));
        check("按主办单位分", Some(Breakdown::Department));
        check("按紧急程度", Some(Breakdown::Grade));
        check("按类别和按区县", None);
        check("上周", None);
    }
}
