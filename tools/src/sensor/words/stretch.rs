//! The stretch of time between the days and times of day that a text names, up to the present.

use std::ops::Range;
use std::sync::LazyLock;

use jiff::civil::{Date, DateTime, Time};
use jiff::{Span, Timestamp};
use regex::Regex;

use super::clock::{Clock, Part};
use super::day::Days;
use super::time::{NOW, Trouble, When, future, several, unread, vague};
use super::{blot, pattern, unblotted};
use crate::sensor::query::{Period, local, moment};

/// Between two times that are the ends of one.
static JOINT: LazyLock<Regex> = LazyLock::new(|| pattern("^(?:的?)(?:到|至|-|~)$"));
static UNTIL_NOW: LazyLock<Regex> =
    LazyLock::new(|| pattern("^的?(?:至今|到现在|到目前为止|到目前|以来|开始|起|到今天为止)"));
static AFTER: LazyLock<Regex> = LazyLock::new(|| pattern("^的?(?:以后|之后|过后)"));
static BEFORE: LazyLock<Regex> = LazyLock::new(|| pattern("^的?(?:以前|之前)"));

/// One end of a period, or the whole of it.
#[derive(Debug, Default)]
pub(super) struct End {
    days: Option<Days>,
    part: Option<Part>,
    clock: Option<Clock>,
    range: Range<usize>,
}

/// Puts days and times of day together into at most two ends.
pub(super) fn ends(text: &str, days: Vec<Days>, clocks: Vec<Clock>) -> Result<Vec<End>, Trouble> {
    let mut tokens: Vec<(Range<usize>, Option<Days>, Option<Clock>)> = Vec::new();
    tokens.extend(
        days.into_iter()
            .map(|it| (it.range.clone(), Some(it), None)),
    );
    tokens.extend(
        clocks
            .into_iter()
            .map(|it| (it.range.clone(), None, Some(it))),
    );
    tokens.sort_by_key(|(range, ..)| range.start);
    let mut ends: Vec<End> = Vec::new();
    for (range, days, clock) in tokens {
        let joint = ends.last().is_some_and(|end| {
            let between = text.get(end.range.end..range.start);
            between.is_some_and(|between| JOINT.is_match(between))
        });
        if joint || ends.is_empty() {
            ends.push(End {
                range: range.clone(),
                ..End::default()
            });
        }
        let Some(end) = ends.last_mut() else {
            continue;
        };
        end.range.end = range.end;
        let (hour, part) = clock.map_or((None, None), |clock| {
            let part = clock.part;
            (clock.hour.is_some().then_some(clock), part)
        });
        let twice = (days.is_some() && end.days.is_some())
            || (hour.is_some() && end.clock.is_some())
            || (part.is_some() && end.part.is_some());
        if twice {
            return Err(several());
        }
        end.days = end.days.take().or(days);
        end.part = end.part.or(part);
        end.clock = end.clock.take().or(hour);
        // 晚上 … 8点: the part stands before its hour.
        if let (Some(clock), Some(part)) = (&mut end.clock, end.part) {
            clock.part = Some(part);
        }
    }
    if ends.len() > 2 {
        return Err(several());
    }
    Ok(ends)
}

/// From minute to minute of days.
type Minutes = ((Date, i64), (Date, i64));

/// The period between the ends.
pub(super) fn period(text: &str, ends: &[End], now: Timestamp) -> Result<When, Trouble> {
    let local_now = local(now);
    let (today, time) = (local_now.date(), local_now.datetime());
    let [first, rest @ ..] = ends else {
        return Err(several());
    };
    let last = rest.first();
    let end = last.map_or(first.range.end, |last| last.range.end);
    let tail = text.get(end..).unwrap_or_default();
    let said = first.days.is_some();
    let date = first.days.as_ref().map_or(today, |days| days.first);
    let mut words = if said {
        String::new()
    } else {
        "今天".to_owned()
    };
    words.push_str(&unblotted(
        text.get(first.range.clone()).unwrap_or_default(),
    ));
    if let Some(last) = last {
        words.push('至');
        words.push_str(&unblotted(text.get(last.range.clone()).unwrap_or_default()));
    }
    let mut candidates: Vec<Minutes> = match last {
        Some(last) => between(first, last, date)?,
        None => within(first, date)?,
    };
    let mut bare = text.to_owned();
    for end in ends {
        bare = blot(&bare, &end.range);
    }
    if let Some((found, ending)) = suffix(tail) {
        bound(&mut candidates, first, ending).ok_or_else(|| vague(found))?;
        words.push_str(found);
        bare = blot(&bare, &(end..end + found.len()));
    }
    unread(&NOW.replace_all(&bare, ""), &words)?;
    let begun = |it: &&Minutes| at(it.0) < time && at(it.0) < at(it.1);
    let past: Vec<&Minutes> = candidates.iter().filter(begun).collect();
    let (from, to) = match past.as_slice() {
        [] => return Err(not_yet(&words, said, first, last)),
        [only] => (at(only.0), at(only.1)),
        several => return Err(which(several)),
    };
    let single = last.is_none() && first.clock.is_none() && first.part.is_none();
    let feast = first.days.as_ref().and_then(|days| days.feast.clone());
    Ok(When {
        period: Period {
            from: moment(from.date(), from.time()),
            to: moment(to.date(), to.time()).min(now),
            words,
        },
        current: false,
        anchor: from.date(),
        feast: feast.filter(|_| single),
    })
}

/// What one end alone means: its days, or a part of its day, or the hour that begins with it.
fn within(end: &End, date: Date) -> Result<Vec<Minutes>, Trouble> {
    let last = end.days.as_ref().map_or(date, |days| days.last);
    if end.part.is_none() && end.clock.is_none() {
        return Ok(vec![((date, 0), (last, 1440))]);
    }
    if date != last {
        return Err(Trouble::Ask {
            question: "一次只能查一段连续的时间，请说是哪一天的这个时段".to_owned(),
            options: Vec::new(),
        });
    }
    if let Some(clock) = &end.clock {
        let hours = clock.minutes(None)?.into_iter();
        return Ok(hours.map(|it| ((date, it), (date, it + 60))).collect());
    }
    let (from, to) = end.part.map_or((0, 1440), Part::span);
    Ok(vec![((date, from), (date, to))])
}

/// What two ends mean.
fn between(first: &End, last: &End, date: Date) -> Result<Vec<Minutes>, Trouble> {
    let begins = starts(first, None)?;
    let inherited = last.days.is_none().then_some(first.part).flatten();
    let ends = match &last.clock {
        Some(clock) => clock.minutes(inherited)?,
        None => vec![last.part.map_or(1440, |part| part.span().1)],
    };
    let until = last.days.as_ref().map_or(date, |days| days.last);
    let same_half = begins.len() == 2 && ends.len() == 2;
    let mut candidates = Vec::new();
    for (at, begin) in begins.iter().enumerate() {
        // 3点到5点 lies on one side of noon, unless it is 10点到2点.
        let fitting: Vec<i64> = if same_half {
            let end = ends[at];
            vec![if end <= *begin && until == date {
                end + 720
            } else {
                end
            }]
        } else {
            ends.clone()
        };
        for end in fitting {
            // 晚上10点到2点 ends on the next day.
            let over = until == date && end <= *begin && *begin >= 1080;
            let end = if over { end + 1440 } else { end };
            candidates.push(((date, *begin), (until, end)));
        }
    }
    candidates.retain(|(from, to)| at(*from) < at(*to));
    if candidates.is_empty() {
        let message = "结束时间早于开始时间，请核对。";
        return Err(Trouble::Refused(message.to_owned()));
    }
    // 上午9点到3点: without a word the nearer of two ends counts.
    if begins.len() == 1 {
        candidates.truncate(1);
    }
    Ok(candidates)
}

/// The minutes of its day at which an end may begin.
fn starts(end: &End, inherited: Option<Part>) -> Result<Vec<i64>, Trouble> {
    match &end.clock {
        Some(clock) => clock.minutes(inherited),
        None => Ok(vec![end.part.map_or(0, |part| part.span().0)]),
    }
}

/// What stands behind a time.
#[derive(Clone, Copy)]
enum Ending {
    Now,
    After,
    Before,
}

/// Applies what stands behind a time; `None` where it leaves open where the period begins.
fn bound(candidates: &mut [Minutes], first: &End, ending: Ending) -> Option<()> {
    let hour = first.clock.is_some();
    let night = first.part == Some(Part::Night);
    for (from, to) in candidates {
        match ending {
            Ending::After if hour => *to = (from.0, if night { 1800 } else { 1440 }),
            Ending::Before if hour => {
                *to = *from;
                from.1 = 0;
            }
            Ending::Now | Ending::After => *to = (Date::MAX, 0),
            Ending::Before => return None,
        }
    }
    Some(())
}

fn suffix(tail: &str) -> Option<(&str, Ending)> {
    let found = |pattern: &Regex, ending| Some((pattern.find(tail)?.as_str(), ending));
    found(&UNTIL_NOW, Ending::Now)
        .or_else(|| found(&AFTER, Ending::After))
        .or_else(|| found(&BEFORE, Ending::Before))
}

/// A minute of a day, which may lie on the next one.
fn at((date, minute): (Date, i64)) -> DateTime {
    let midnight = date.to_datetime(Time::midnight());
    midnight.saturating_add(Span::new().minutes(minute))
}

/// A time that has not come: of a day that was not said, the one before is offered.
fn not_yet(words: &str, said: bool, first: &End, last: Option<&End>) -> Trouble {
    if said || last.is_some_and(|last| last.days.is_some()) || first.days.is_some() {
        return future(words);
    }
    let before = words.replacen("今天", "昨天", 1);
    Trouble::Ask {
        question: format!("{words}还没有到，要查{before}吗？"),
        options: vec![before],
    }
}

/// Which side of noon is meant.
fn which(candidates: &[&Minutes]) -> Trouble {
    let shown = |it: &&Minutes| {
        let (from, to) = (at(it.0), at(it.1));
        let hour = |time: DateTime| time.strftime("%H:%M").to_string();
        format!("{}{}到{}", from.strftime("%Y-%m-%d "), hour(from), hour(to)).replace(' ', "的")
    };
    let options: Vec<String> = candidates.iter().map(shown).collect();
    Trouble::Ask {
        question: format!("要查上午还是下午？{}", options.join("、")),
        options,
    }
}
