//! An answer in Chinese. Every number in it is one of the answer.

use jiff::Timestamp;

use super::super::kind::SensorKind;
use super::super::query::{Aggregate, Query, local, minute};
use super::super::unit::Unit;
use super::{Answered, Compared, Gap};

/// At most so many gaps are listed; the others are counted.
const MOST_GAPS: usize = 3;

impl Answered {
    /// The answer for the person who asked: the number with its unit, the period, how many readings it rests on, and what is missing.
    pub fn sentence(&self, query: &Query, kind: &SensorKind) -> String {
        let Some(value) = self.value else {
            return self.nothing(query, kind);
        };
        let mut parts = vec![self.head(query, kind, value)];
        parts.push(self.basis(kind));
        if let Some(gaps) = self.silence(query.aggregate) {
            parts.push(gaps);
        }
        if self.stale && query.aggregate != Aggregate::Latest {
            parts.push("时段末尾没有数据".to_owned());
        }
        if let Some(compared) = &self.compared {
            parts.push(compared.clause(query.aggregate, kind));
        }
        let decibel = matches!(kind.unit, Unit::DecibelA | Unit::Decibel);
        if decibel && query.aggregate == Aggregate::Mean {
            parts.push("这是读数的算术平均，不是等效声级".to_owned());
        }
        format!("{}。", parts.join("；"))
    }

    /// The number, and of when it is.
    fn head(&self, query: &Query, kind: &SensorKind, value: f64) -> String {
        let (place, title) = (query.place.name(), &kind.title);
        let period = query.period.describe();
        let shown = kind.shown(value);
        let when = self.at.map(minute).unwrap_or_default();
        match query.aggregate {
            Aggregate::Latest if self.stale => format!(
                "{place}没有新的{title}数据，最后一次是{when}的{shown}，距{}已过{}，不能代表当时情况",
                minute(self.to),
                self.at.map_or_else(String::new, |at| passed(at, self.to))
            ),
            Aggregate::Latest => format!("{place}的{title}为{shown}（{when}测得）"),
            Aggregate::Mean => format!("{place}{period}的{title}平均值为{shown}"),
            Aggregate::Max => format!("{place}{period}的{title}最大值为{shown}，出现在{when}"),
            Aggregate::Min => format!("{place}{period}的{title}最小值为{shown}，出现在{when}"),
            Aggregate::Sum => format!("{place}{period}的{title}累计为{shown}"),
            Aggregate::Count => format!("{place}{period}的{title}共有{value:.0}条读数"),
            Aggregate::Above(_) | Aggregate::Below(_) if value == 0.0 => format!(
                "{place}{period}没有{}",
                query
                    .aggregate
                    .describe(kind)
                    .replacen("的读数", &format!("的{title}读数"), 1)
            ),
            Aggregate::Above(_) | Aggregate::Below(_) => format!(
                "{place}{period}有{value:.0}条{}，分{}次（连续的算一次），第一次在{when}",
                query
                    .aggregate
                    .describe(kind)
                    .replacen("的读数", &format!("的{title}读数"), 1),
                self.runs.unwrap_or_default()
            ),
        }
    }

    /// How many readings of how many sensors.
    fn basis(&self, kind: &SensorKind) -> String {
        let mut basis = format!("依据{}条读数", self.points);
        if self.points < self.expected {
            basis.push_str(&format!("（应有{}条）", self.expected));
        }
        if self.sensors > 1 {
            let join = kind.join.name();
            basis.push_str(&format!("，{}个传感器{join}", self.sensors));
        }
        basis
    }

    /// The gaps, if there are any.
    fn silence(&self, aggregate: Aggregate) -> Option<String> {
        if self.gaps.is_empty() {
            return None;
        }
        if aggregate == Aggregate::Latest {
            let names: Vec<&str> = self
                .gaps
                .iter()
                .map(|gap| gap.datastream.as_str())
                .collect();
            return Some(format!("{}没有数据", names.join("、")));
        }
        let shown: Vec<String> = self
            .gaps
            .iter()
            .take(MOST_GAPS)
            .map(|it| self.gap(it))
            .collect();
        let more = if self.gaps.len() > MOST_GAPS {
            "等"
        } else {
            ""
        };
        Some(format!(
            "缺测{}段：{}{more}",
            self.gaps.len(),
            shown.join("、")
        ))
    }

    fn gap(&self, gap: &Gap) -> String {
        let span = format!("{} 至 {}", minute(gap.from), minute(gap.to));
        if self.sensors > 1 {
            format!("{}在{span}", gap.datastream)
        } else {
            span
        }
    }

    /// That there is no number, and why.
    fn nothing(&self, query: &Query, kind: &SensorKind) -> String {
        let (place, period, title) = (query.place.name(), query.period.describe(), &kind.title);
        if self.sensors == 0 {
            return format!("{place}没有{title}传感器，无法回答。");
        }
        let silent: Vec<&str> = self
            .gaps
            .iter()
            .filter(|gap| gap.from <= self.from && gap.to >= self.to)
            .map(|gap| gap.datastream.as_str())
            .collect();
        if silent.len() == self.sensors || self.points == 0 && silent.is_empty() {
            return format!("{place}{period}没有{title}数据，无法回答。");
        }
        let silent = if silent.is_empty() {
            "各传感器的数据时间对不上".to_owned()
        } else {
            format!("{}没有数据", silent.join("、"))
        };
        format!(
            "{place}{period}的{title}要由{}个传感器{}得出，其中{silent}，无法回答。",
            self.sensors,
            kind.join.name()
        )
    }
}

impl Compared {
    /// How the answer stands to the other side.
    fn clause(&self, aggregate: Aggregate, kind: &SensorKind) -> String {
        let name = &self.name;
        let (Some(value), Some(difference)) = (self.value, self.difference) else {
            return format!("{name}没有数据，不能比较");
        };
        let shown = |value: f64| match aggregate {
            Aggregate::Count | Aggregate::Above(_) | Aggregate::Below(_) => format!("{value:.0}条"),
            Aggregate::Latest
            | Aggregate::Mean
            | Aggregate::Max
            | Aggregate::Min
            | Aggregate::Sum => kind.shown(value),
        };
        let percent = self
            .percent
            .map(|percent| format!("（{:.1}%）", percent.abs()))
            .unwrap_or_default();
        let than = match difference.total_cmp(&0.0) {
            std::cmp::Ordering::Greater => format!("高出{}{percent}", shown(difference)),
            std::cmp::Ordering::Less => format!("低{}{percent}", shown(-difference)),
            std::cmp::Ordering::Equal => "与之相同".to_owned(),
        };
        let points = self.points;
        // A value that was old even then compares with nothing.
        if self.stale && aggregate == Aggregate::Latest {
            return format!("{name}没有新的数据，不能比较");
        }
        format!("对比{name}的{}（{points}条读数），{than}", shown(value))
    }
}

impl SensorKind {
    /// Whether zero means that there is none, so that a share of a value means something. ℃ and dB have no such zero, nor has what may
    /// be negative.
    pub(super) fn has_origin(&self) -> bool {
        self.low >= 0.0 && !matches!(self.unit, Unit::DecibelA | Unit::Decibel | Unit::Celsius)
    }
}

/// How long ago, in the largest unit that fits.
fn passed(from: Timestamp, to: Timestamp) -> String {
    let minutes = local(to).duration_since(&local(from)).as_secs() / 60;
    match minutes {
        ..120 => format!("{minutes}分钟"),
        120..2880 => format!("{}小时", minutes / 60),
        2880.. => format!("{}天", minutes / 1440),
    }
}
