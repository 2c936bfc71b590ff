//! The one period that a message names. It ends at the present moment at most.

use std::sync::LazyLock;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use regex::Regex;

use super::clock;
use super::day;
use super::number::NUMERAL;
use super::{Missing, Read, What, ask, blot, pattern, rolling, stretch, unblotted, unknown};
use crate::sensor::holiday::Holidays;
use crate::sensor::query::{Period, local};

/// How far the present value may lie back before there is none.
const PRESENT: SignedDuration = SignedDuration::from_hours(24);

/// Of when.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct When {
    /// The period itself.
    pub(super) period: Period,
    /// Whether it is the present moment.
    pub(super) current: bool,
    /// The day by which a comparison counts.
    pub(super) anchor: Date,
    /// The feast that it is.
    pub(super) feast: Option<String>,
}

/// Why there is no period.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Trouble {
    /// It may be several.
    Ask {
        /// The question back.
        question: String,
        /// Answers that would be understood.
        options: Vec<String>,
    },
    /// There is no such time, or it has not come.
    Refused(String),
}

impl When {
    /// The present moment.
    pub(super) fn now(words: &str, now: Timestamp) -> Self {
        let from = now.saturating_sub(PRESENT).unwrap_or(now);
        Self {
            period: Period {
                from,
                to: now,
                words: words.to_owned(),
            },
            current: true,
            anchor: local(now).date(),
            feast: None,
        }
    }
}

static FUTURE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        "明[天日晚早年]|后[天日]|大后天|下个?(?:周|星期|礼拜|月)|未来|将来|接下来|预测|预报|预计|待会|过一会|稍后|下一?个?小时",
    )
});
pub(super) static NOW: LazyLock<Regex> =
    LazyLock::new(|| pattern("现在|此刻|目前|当前|这会儿?|眼下|实时|刚才|刚刚|此时"));
/// A moment without a length: 两小时前.
static AGO: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        "(?P<count>{NUMERAL}|半)(?P<unit>个?(?:小时|钟头|分钟))[以之]?前"
    ))
});
/// What looks like a time when all that was read is blotted out.
static UNREAD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        "季度|小时|钟头|分钟|星期|礼拜|每天|天天|一天|整天|几天|些天|当天|周|月|年|昨|前天|以前|之前|以后|之后|上次|历史|一直|半夜|深夜|夜|点钟|[0-9]+[点号]|[0-9一二三四五六七八九十两]+[日天]|最近|近期|近来",
    )
});
static HARMLESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern("三天两头|周边|周围|四周|天气|[0-9]+号(?:楼|线|门|井|栋|泵站|桩)|年轻|夜市|一直走")
});

/// Reads the period of a text, of which what else was read is blotted out. `None` if none is named.
pub(super) fn read(text: &str, now: Timestamp, holidays: &Holidays) -> Read<Option<When>> {
    period(text, now, holidays).map_err(|trouble| match trouble {
        Trouble::Ask { question, options } => ask(What::Period, question, &options),
        Trouble::Refused(sentence) => unknown(
            Missing::Period,
            unblotted(text).trim(),
            sentence,
            Vec::new(),
        ),
    })
}

fn period(text: &str, now: Timestamp, holidays: &Holidays) -> Result<Option<When>, Trouble> {
    if let Some(found) = FUTURE.find(text) {
        return Err(future(found.as_str()));
    }
    let today = local(now).date();
    if let Some(found) = AGO.captures(text) {
        let (count, unit) = (&found["count"], &found["unit"]);
        return Err(Trouble::Ask {
            question: format!("“{}”是指从那时到现在吗？", &found[0]),
            options: vec![format!("近{count}{unit}")],
        });
    }
    if let Some((when, range)) = rolling::find(text, now)? {
        return alone(when, &blot(text, &range), today, holidays).map(Some);
    }
    let days = day::find(text, today, holidays)?;
    let ends: Vec<usize> = days.iter().map(|days| days.range.end).collect();
    let mut bare = text.to_owned();
    for days in &days {
        bare = blot(&bare, &days.range);
    }
    let clocks = clock::find(&bare, &ends)?;
    for clock in &clocks {
        bare = blot(&bare, &clock.range);
    }
    if days.is_empty() && clocks.is_empty() {
        unread(&bare, "")?;
        let found = NOW.find(text);
        return Ok(found.map(|found| When::now(found.as_str(), now)));
    }
    let ends = stretch::ends(text, days, clocks)?;
    stretch::period(text, &ends, now).map(Some)
}

/// A rolling period stands alone.
fn alone(when: When, rest: &str, today: Date, holidays: &Holidays) -> Result<When, Trouble> {
    let others = day::find(rest, today, holidays)?;
    if !others.is_empty() || !clock::find(rest, &[])?.is_empty() {
        return Err(several());
    }
    unread(rest, &when.period.words)?;
    Ok(when)
}

/// Asks where something that looks like a time was not read.
pub(super) fn unread(rest: &str, read: &str) -> Result<(), Trouble> {
    let rest = HARMLESS.replace_all(rest, "");
    let Some(found) = UNREAD.find(&rest) else {
        return Ok(());
    };
    if read.is_empty() {
        return Err(vague(found.as_str()));
    }
    Err(several())
}

pub(super) fn vague(said: &str) -> Trouble {
    Trouble::Ask {
        question: format!("“{said}”是指哪段时间？"),
        options: ["今天", "昨天", "近24小时", "近7天", "近30天"]
            .map(str::to_owned)
            .to_vec(),
    }
}

pub(super) fn several() -> Trouble {
    Trouble::Ask {
        question: "一次只能查一段连续的时间，要查哪一段？".to_owned(),
        options: Vec::new(),
    }
}

pub(super) fn future(words: &str) -> Trouble {
    Trouble::Refused(format!(
        "只能查到现在为止的监测数据，“{words}”还没有到，查不了。"
    ))
}
