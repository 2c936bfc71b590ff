//! The values in a sentence: quantities with their units, dates, times, clause names and codes, in a form in which two
//! ways of writing the same value are equal.
//!
//! Values are read from the surface of the text. Nothing is converted that the law keeps apart: 一年 is not 12个月,
//! 24小时 is not 1日, 工作日 is not 日. Whether a value may be said is decided by [`crate::check`].

mod calendar;
mod clause;
mod code;
mod dimension;
pub(crate) mod fold;
mod number;
mod scan;
mod unit;

#[cfg(test)]
mod tests;

use std::ops::Range;

pub(crate) use dimension::Dimension;
pub use number::Ratio;
pub use scan::values;

/// A value and where it stands, with the words that bound it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// The value.
    pub value: Value,
}

/// What a text states, in canonical form.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// A number with its unit: `十五日`, `2,000元`, `5%` (one twentieth of the unit `比例`).
    Quantity {
        /// How much.
        amount: Ratio,
        /// Canonical name of the unit, empty where the text has none.
        unit: String,
        /// `超过`, `以上`, ends of a range; in the order of [`Bound`].
        bounds: Vec<Bound>,
    },
    /// A date or a part of one.
    Date {
        /// As far as it is stated.
        date: Date,
        /// `前`, `起`.
        bounds: Vec<Bound>,
    },
    /// A time of day.
    Time {
        /// 0 to 24.
        hour: u8,
        /// 0 to 59.
        minute: u8,
        /// `前`, `后`.
        bounds: Vec<Bound>,
    },
    /// `第四十条之一第二款` as `第40条之1第2款`.
    Clause(String),
    /// `每月`, `每人`, `/年` as `每年`: what a quantity is counted by.
    Per(String),
    /// Telephone numbers, document numbers and other strings of figures, without hyphens.
    Code(String),
}

/// The stated parts of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Date {
    /// Four figures.
    pub year: Option<u16>,
    /// 1 to 12.
    pub month: Option<u8>,
    /// 1 to 31.
    pub day: Option<u8>,
    /// 年底, 月初, 上半年.
    pub part: Option<Part>,
}

/// A part of a year or month named by a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// 初.
    Beginning,
    /// 中.
    Middle,
    /// 底, 末.
    End,
    /// 上半年.
    FirstHalf,
    /// 下半年.
    SecondHalf,
}

/// How a value is bounded. In law 以上, 以下 and 以内 include the number itself, 超过 and 不足 do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bound {
    /// 超过, 大于, 以外.
    Above,
    /// 以上, 不低于, 满.
    AtLeast,
    /// 不足, 低于, 不满.
    Below,
    /// 以下, 以内, 不超过.
    AtMost,
    /// 前.
    Before,
    /// 后.
    After,
    /// 起, and the first end of `30至60日`.
    From,
    /// 止, and the second end of `30至60日`.
    To,
    /// 约, 左右, 余.
    About,
}

impl Value {
    /// The same value without the words that bound it.
    pub fn unbounded(&self) -> Self {
        let mut value = self.clone();
        if let Some(bounds) = value.bounds_mut() {
            bounds.clear();
        }
        value
    }

    fn bounds_mut(&mut self) -> Option<&mut Vec<Bound>> {
        match self {
            Self::Quantity { bounds, .. }
            | Self::Date { bounds, .. }
            | Self::Time { bounds, .. } => Some(bounds),
            Self::Clause(_) | Self::Per(_) | Self::Code(_) => None,
        }
    }

    /// Adds a bound once, in canonical order.
    fn bind(&mut self, bound: Bound) {
        if let Some(bounds) = self.bounds_mut()
            && !bounds.contains(&bound)
        {
            bounds.push(bound);
            bounds.sort_unstable();
        }
    }
}
