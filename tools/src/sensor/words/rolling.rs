//! Spans that end now: 近24小时, 半小时内.

use std::ops::Range;
use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use regex::Regex;

use super::number::{NUMERAL, read as number};
use super::pattern;
use super::time::{Trouble, When};
use crate::sensor::query::{Period, local};

/// The longest time back that is read.
const FARTHEST_DAYS: f64 = 3660.0;

static ROLLING: LazyLock<Regex> = LazyLock::new(|| {
    let count = format!("(?P<count>{NUMERAL}|半)(?P<half>个半)?");
    let unit = "个?(?P<unit>小时|钟头|分钟|天|日|周|星期|礼拜|月|年)(?P<more>半)?";
    pattern(&format!(
        "(?:最近|过去|近|这)的?{count}{unit}(?:之内|以内|以来|内|里|来)?|{}(?:之内|以内|以来|内|里|来)",
        format!("{count}{unit}")
            .replace("<count>", "<count2>")
            .replace("<half>", "<half2>")
            .replace("<unit>", "<unit2>")
            .replace("<more>", "<more2>")
    ))
});
/// A span that ends now: 近24小时.
pub(super) fn find(text: &str, now: Timestamp) -> Result<Option<(When, Range<usize>)>, Trouble> {
    let Some(found) = ROLLING.captures(text) else {
        return Ok(None);
    };
    let part = |one, other| found.name(one).or(found.name(other)).map(|it| it.as_str());
    let range = found.get(0).map_or(0..0, |it| it.range());
    // 18日以来 in 11月18日以来 is a day.
    if text[..range.start].ends_with(|next: char| next == '月' || next.is_ascii_digit()) {
        return Ok(None);
    }
    let (Some(count), Some(unit)) = (part("count", "count2"), part("unit", "unit2")) else {
        return Ok(None);
    };
    let Some(mut count) = (if count == "半" {
        Some(0.5)
    } else {
        number(count)
    }) else {
        return Ok(None);
    };
    // 一个半小时, 一小时半.
    if part("half", "half2").is_some() || part("more", "more2").is_some() {
        count += 0.5;
    }
    let minutes = match unit {
        "分钟" => 1.0,
        "小时" | "钟头" => 60.0,
        "周" | "星期" | "礼拜" => 7.0 * 1440.0,
        "月" => 30.0 * 1440.0,
        "年" => 365.0 * 1440.0,
        _ => 1440.0,
    };
    let words = found[0].to_owned();
    let minutes = count * minutes;
    if !(1.0..=FARTHEST_DAYS * 1440.0).contains(&minutes) {
        return Err(Trouble::Refused(format!(
            "“{words}”太长或太短，最多能查十年，最少一分钟。"
        )));
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is at most ten years")]
    let length = SignedDuration::from_secs((minutes * 60.0) as i64);
    let from = now.saturating_sub(length).unwrap_or(now);
    let when = When {
        period: Period {
            from,
            to: now,
            words,
        },
        current: false,
        anchor: local(now).date(),
        feast: None,
    };
    Ok(Some((when, range)))
}
