//! Times of day in a text: parts (晚上), hours (下午3点) and both together, in minutes from the beginning of the day.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::number::whole;
use super::pattern;
use super::time::Trouble;

/// A time of day that a text names.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Clock {
    /// The bytes that name it.
    pub(super) range: Range<usize>,
    /// The part of the day.
    pub(super) part: Option<Part>,
    /// The hour and minute.
    pub(super) hour: Option<Hour>,
}

/// An hour as it was said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Hour {
    hour: i64,
    minute: i64,
    /// 15:00 and 零点 leave no doubt.
    sure: bool,
}

/// A part of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// 凌晨
    SmallHours,
    /// 早上
    Morning,
    /// 早高峰
    MorningRush,
    /// 上午
    Forenoon,
    /// 中午
    Noon,
    /// 下午
    Afternoon,
    /// 傍晚
    Dusk,
    /// 晚高峰
    EveningRush,
    /// 晚上: until the next morning
    Night,
    /// 白天
    Daytime,
}

const PARTS: [(&str, Part); 22] = [
    ("凌晨", Part::SmallHours),
    ("清晨", Part::Morning),
    ("清早", Part::Morning),
    ("大早上", Part::Morning),
    ("早上", Part::Morning),
    ("早晨", Part::Morning),
    ("早高峰", Part::MorningRush),
    ("上午", Part::Forenoon),
    ("中午", Part::Noon),
    ("正午", Part::Noon),
    ("下午", Part::Afternoon),
    ("午后", Part::Afternoon),
    ("傍晚", Part::Dusk),
    ("晚高峰", Part::EveningRush),
    ("晚上", Part::Night),
    ("夜里", Part::Night),
    ("夜间", Part::Night),
    ("夜晚", Part::Night),
    ("晚间", Part::Night),
    ("白天", Part::Daytime),
    ("晚", Part::Night),
    ("夜", Part::Night),
];

/// Only directly behind a day: 今早.
const SHORT: [(&str, Part); 2] = [("早", Part::Morning), ("晨", Part::Morning)];

impl Part {
    /// From and to which minute of the day it reaches.
    pub(super) fn span(self) -> (i64, i64) {
        let (from, to) = match self {
            Self::SmallHours => (0, 6),
            Self::Morning => (6, 9),
            Self::MorningRush => (7, 9),
            Self::Forenoon => (6, 12),
            Self::Noon => (11, 13),
            Self::Afternoon => (12, 18),
            Self::Dusk => (17, 19),
            Self::EveningRush => (17, 19),
            Self::Night => (18, 30),
            Self::Daytime => (6, 18),
        };
        (from * 60, to * 60)
    }

    /// Which minute of the day an hour of this part is.
    fn minute(self, said: Hour) -> Option<i64> {
        let hour = said.hour;
        let hour = match self {
            Self::SmallHours if hour == 12 => 0,
            Self::SmallHours if hour <= 6 => hour,
            Self::Morning | Self::MorningRush | Self::Forenoon if (4..=12).contains(&hour) => hour,
            Self::Noon if (11..=14).contains(&hour) => hour,
            Self::Noon if (1..=2).contains(&hour) => hour + 12,
            Self::Afternoon | Self::Dusk | Self::EveningRush if (1..=7).contains(&hour) => {
                hour + 12
            }
            Self::Afternoon | Self::Dusk | Self::EveningRush if (12..=19).contains(&hour) => hour,
            Self::Night if (5..=11).contains(&hour) => hour + 12,
            Self::Night if (17..=24).contains(&hour) => hour,
            Self::Night if hour == 12 => 24,
            Self::Night if hour <= 4 => hour + 24,
            Self::SmallHours
            | Self::Morning
            | Self::MorningRush
            | Self::Forenoon
            | Self::Noon
            | Self::Afternoon
            | Self::Dusk
            | Self::EveningRush
            | Self::Night
            | Self::Daytime => return None,
        };
        Some(hour * 60 + said.minute)
    }
}

impl Clock {
    /// The minutes of the day that its hour may be: two, where nobody says whether it is before noon. `inherited` is the part of the
    /// hour before it.
    pub(super) fn minutes(&self, inherited: Option<Part>) -> Result<Vec<i64>, Trouble> {
        let Some(said) = self.hour else {
            return Ok(Vec::new());
        };
        let plain = said.hour * 60 + said.minute;
        if let Some(part) = self.part {
            return match part.minute(said) {
                Some(minute) => Ok(vec![minute]),
                None => Err(Trouble::Refused(
                    "一天里没有这个时间，请核对钟点。".to_owned(),
                )),
            };
        }
        if said.sure || said.hour == 0 || said.hour >= 12 {
            return Ok(vec![plain]);
        }
        // 下午3点到5点 is one afternoon.
        if let Some(minute) = inherited.and_then(|part| part.minute(said)) {
            return Ok(vec![minute]);
        }
        Ok(vec![plain, plain + 12 * 60])
    }
}

static HOUR: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        "^(?P<hour>[0-9]{1,2}|[零〇一二两三四五六七八九十]{1,3})",
        "(?::(?P<colon>[0-9]{2})|(?:点钟|点|(?P<written>时))(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<minute>[0-9]{1,2}|[一二三四五六七八九十零]{1,3})分?)?)",
    ))
});

/// The times of day in a text, in order. `days` are the ends of the days that it names.
pub(super) fn find(text: &str, days: &[usize]) -> Result<Vec<Clock>, Trouble> {
    let mut clocks = Vec::new();
    let mut at = 0;
    let mut before = None;
    while let Some(next) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = &text[at..];
        let short = if days.contains(&at) { &SHORT[..] } else { &[] };
        let part = PARTS
            .iter()
            .chain(short)
            .find(|(word, _)| rest.starts_with(word));
        let behind = part.map_or(0, |(word, _)| word.len());
        let gap = usize::from(behind > 0 && rest[behind..].starts_with('的')) * '的'.len_utf8();
        // 12 in 112点 is no hour.
        let within =
            part.is_none() && before.is_some_and(|it: char| it.is_ascii_digit() || it == '.');
        let hour = if within {
            None
        } else {
            hour(&rest[behind + gap..])?
        };
        // 有一点挤 is no hour.
        let vague = rest.starts_with("一点") && !rest.starts_with("一点到") && !days.contains(&at);
        let length = match (part, hour) {
            (None, Some(_)) if vague => 0,
            (_, Some((_, length))) => behind + gap + length,
            (Some(_), None) => behind,
            (None, None) => 0,
        };
        if length == 0 {
            at += next.len_utf8();
            before = Some(next);
            continue;
        }
        clocks.push(Clock {
            range: at..at + length,
            part: part.map(|(_, part)| *part),
            hour: hour.map(|(hour, _)| hour),
        });
        at += length;
        before = text[..at].chars().next_back();
    }
    Ok(clocks)
}

/// The hour with which a text begins, and its bytes.
fn hour(text: &str) -> Result<Option<(Hour, usize)>, Trouble> {
    let Some(found) = HOUR.captures(text) else {
        return Ok(None);
    };
    let part = |name| found.name(name).and_then(|it| whole(it.as_str()));
    let (Some(hour), length) = (part("hour"), found[0].len()) else {
        return Ok(None);
    };
    let minute = match (part("colon").or(part("minute")), part("quarter")) {
        (Some(minute), _) => minute,
        (None, Some(quarter)) => quarter * 15,
        (None, None) => i64::from(found.name("half").is_some()) * 30,
    };
    if hour > 24 || minute > 59 || (hour == 24 && minute > 0) {
        let message = format!("没有“{}”这个时间，请核对钟点。", &found[0]);
        return Err(Trouble::Refused(message));
    }
    // 8时 is how notices write the twenty-four hours, 8点 how people speak of twelve.
    let sure = found.name("colon").or(found.name("written")).is_some();
    Ok(Some((Hour { hour, minute, sure }, length)))
}
