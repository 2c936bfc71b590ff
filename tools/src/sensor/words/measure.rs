//! Which number of the readings is asked for.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::number::{self, NUMERAL};
use super::{Interpreted, Read, What, ask, blot, pattern};
use crate::sensor::kind::SensorKind;
use crate::sensor::query::Aggregate;
use crate::sensor::unit::{Unit, list};

/// What was said, before the kind is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Measure {
    /// One that needs no value.
    Plain(Aggregate),
    /// Above a value, with its unit where one was said.
    Above(f64, Option<Unit>),
    /// Below a value.
    Below(f64, Option<Unit>),
}

static MAX: LazyLock<Regex> =
    LazyLock::new(|| pattern("最[高大多深热吵强挤]|最严重|峰值|顶峰|[早晚]?高峰"));
static MIN: LazyLock<Regex> = LazyLock::new(|| pattern("最[低小少浅冷空]|谷值"));
static MEAN: LazyLock<Regex> = LazyLock::new(|| pattern("平均|均值|日均"));
static SUM: LazyLock<Regex> =
    LazyLock::new(|| pattern("一共|总共|累计|合计|总量|总计|总数|加起来"));
static COUNT: LazyLock<Regex> = LazyLock::new(|| {
    pattern("(?:多少|几)(?:条|个)(?:数据|读数|记录)|(?:多少|几)条|数据量|上报了?(?:多少|几)次")
});
static LATEST: LazyLock<Regex> = LazyLock::new(|| pattern("最新"));

static ABOVE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        "(?:超过|超出|大于|高于|多于|突破|超)了?(?P<number>{NUMERAL})"
    ))
});
static BELOW: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        "(?:低于|小于|少于|不足|不到|不满)了?(?P<number>{NUMERAL})"
    ))
});
/// Without a value, or with one that may itself count: 达到100.
static UNSAID: LazyLock<Regex> = LazyLock::new(|| {
    pattern("超标|超限|达标|正常吗|正不正常|达到[了过]?[0-9一二三四五六七八九十百千万两]+")
});

/// Behind a number, what shows that it is no value: 超过3天.
static NO_VALUE: LazyLock<Regex> =
    LazyLock::new(|| pattern("^(?:个?小时|分钟|天|周|个?月|年|次|点|号|日)"));

/// What is asked for, and `bare` without it. `masked` is the text in which units still stand.
pub(super) fn find(masked: &str, bare: &str) -> Read<(Option<Measure>, String)> {
    let mut found: Vec<(Measure, Range<usize>)> = Vec::new();
    for (pattern, above) in [(&ABOVE, true), (&BELOW, false)] {
        if let Some((value, unit, range)) = threshold(pattern, masked) {
            let measure = if above {
                Measure::Above(value, unit)
            } else {
                Measure::Below(value, unit)
            };
            found.push((measure, range));
        }
    }
    if found.is_empty()
        && let Some(unsaid) = UNSAID.find(masked)
    {
        let question = format!("“{}”按多少算？请说出数值，例如“超过100”", unsaid.as_str());
        return Err(ask::<&str>(What::Threshold, question, &[]));
    }
    let plain = [
        (&MAX, Aggregate::Max),
        (&MIN, Aggregate::Min),
        (&MEAN, Aggregate::Mean),
        (&SUM, Aggregate::Sum),
        (&LATEST, Aggregate::Latest),
        (&COUNT, Aggregate::Count),
    ];
    for (pattern, aggregate) in plain {
        // 早高峰 is a time.
        let within = pattern
            .find_iter(masked)
            .find(|found| !found.as_str().starts_with(['早', '晚']));
        if let Some(within) = within {
            found.push((Measure::Plain(aggregate), within.range()));
        }
    }
    // How many readings lie above a value is one question, not two.
    if found.len() > 1 && !matches!(found[0].0, Measure::Plain(_)) {
        found.retain(|(measure, _)| *measure != Measure::Plain(Aggregate::Count));
    }
    // 一共多少条 counts.
    if found.len() == 2 && found[1].0 == Measure::Plain(Aggregate::Count) {
        found.retain(|(measure, _)| *measure != Measure::Plain(Aggregate::Sum));
    }
    if found.len() > 1 {
        return Err(several(&found));
    }
    let mut rest = bare.to_owned();
    for (_, range) in &found {
        rest = blot(&rest, range);
    }
    Ok((found.first().map(|(measure, _)| *measure), rest))
}

impl Measure {
    /// The aggregate for a kind, its value in the unit of the kind.
    pub(super) fn aggregate(self, kind: &SensorKind) -> Read<Aggregate> {
        let value = |value: f64, unit: Option<Unit>| {
            let Some(unit) = unit else {
                return Ok(value);
            };
            kind.convert(value, unit).map_err(|_| {
                let possible = list(&kind.unit.sources(kind.molar_mass));
                let question = format!("{}不能用{}比较，请换成{possible}", kind.title, unit.name());
                ask::<&str>(What::Threshold, question, &[])
            })
        };
        match self {
            Self::Plain(aggregate) => Ok(aggregate),
            Self::Above(limit, unit) => Ok(Aggregate::Above(value(limit, unit)?)),
            Self::Below(limit, unit) => Ok(Aggregate::Below(value(limit, unit)?)),
        }
    }
}

/// A value behind a word, its unit, and the bytes that both take.
fn threshold(pattern: &Regex, text: &str) -> Option<(f64, Option<Unit>, Range<usize>)> {
    for found in pattern.captures_iter(text) {
        let (whole, number) = (found.get(0)?, found.name("number")?);
        let rest = &text[whole.end()..];
        if NO_VALUE.is_match(rest) {
            continue;
        }
        let value = number::read(number.as_str())?;
        let unit = Unit::leading(rest);
        let end = whole.end() + unit.map_or(0, |(_, length)| length);
        return Some((value, unit.map(|(unit, _)| unit), whole.start()..end));
    }
    None
}

fn several(found: &[(Measure, Range<usize>)]) -> Box<Interpreted> {
    let names: Vec<&str> = found
        .iter()
        .map(|(measure, _)| match measure {
            Measure::Plain(Aggregate::Latest) => "最新值",
            Measure::Plain(Aggregate::Mean) => "平均值",
            Measure::Plain(Aggregate::Max) => "最大值",
            Measure::Plain(Aggregate::Min) => "最小值",
            Measure::Plain(Aggregate::Sum) => "累计值",
            Measure::Plain(Aggregate::Count) => "读数条数",
            Measure::Plain(Aggregate::Above(_)) | Measure::Above(..) => "超过多少的读数",
            Measure::Plain(Aggregate::Below(_)) | Measure::Below(..) => "低于多少的读数",
        })
        .collect();
    let question = format!("一次只能查一个数，要查哪一个？{}", names.join("、"));
    ask(What::Aggregate, question, &names)
}
