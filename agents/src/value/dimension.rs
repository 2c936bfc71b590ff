//! What kind of thing a value measures: values of one dimension can stand in each other's place, 两个月 for 六十日 and
//! 每年 for 每月, although they are never converted into one another.

use std::cmp::Ordering;

use super::{Date, Ratio, Value};

/// What a value measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dimension<'a> {
    /// An amount of what this unit and its family measure.
    Quantity(&'a str),
    /// What a quantity is counted by, likewise.
    Per(&'a str),
    /// A day, month or year.
    Date,
    /// A time of day.
    Time,
    /// A clause.
    Clause,
    /// A telephone or document number.
    Code,
}

/// Units that measure the same, by the one that stands for them. Any other unit measures something of its own.
const FAMILIES: &[(&str, &[&str])] = &[
    (
        "日",
        &[
            "工作日",
            "自然日",
            "小时",
            "分钟",
            "秒",
            "个月",
            "年",
            "年度",
            "周年",
            "周",
            "季度",
            "学期",
            "学年",
        ],
    ),
    ("元", &["美元", "港元", "欧元", "角"]),
    ("比例", &["百分点", "倍", "折"]),
    ("平方米", &["平方公里", "公顷", "亩"]),
    ("立方米", &["升", "毫升"]),
    ("米", &["公里", "厘米", "毫米"]),
    ("千克", &["吨", "克", "毫克"]),
    ("人", &["名", "位", "人次"]),
    ("家", &["户"]),
    ("件", &["件次", "例", "宗", "笔"]),
];

fn family(unit: &str) -> &str {
    FAMILIES
        .iter()
        .find(|(_, others)| others.contains(&unit))
        .map_or(unit, |(name, _)| name)
}

impl Value {
    /// What it measures.
    pub(crate) fn dimension(&self) -> Dimension<'_> {
        match self {
            Self::Quantity { unit, .. } => Dimension::Quantity(family(unit)),
            Self::Per(name) => Dimension::Per(family(name.trim_start_matches('每'))),
            Self::Date { .. } => Dimension::Date,
            Self::Time { .. } => Dimension::Time,
            Self::Clause(_) => Dimension::Clause,
            Self::Code(_) => Dimension::Code,
        }
    }
}

impl Date {
    /// Which of two dates is earlier, as far as what they state tells.
    pub(crate) fn compare(self, other: Self) -> Option<Ordering> {
        let year = self.year?.cmp(&other.year?);
        if year.is_ne() {
            return Some(year);
        }
        if self.part.or(other.part).is_some() {
            return None;
        }
        let month = self.month?.cmp(&other.month?);
        if month.is_ne() {
            return Some(month);
        }
        Some(self.day?.cmp(&other.day?))
    }
}

impl Ratio {
    /// Which of two numbers is smaller; `None` when that cannot be reckoned.
    pub(crate) fn compare(self, other: Self) -> Option<Ordering> {
        let difference = self.plus(other.times(Self::whole(-1))?)?;
        Some(difference.numerator().cmp(&0))
    }
}
