//! A value with its bounds. Not how they were found: that is in the files beside it.

use serde::{Deserialize, Serialize};

/// A finite value between finite bounds: `low <= value <= high`, in the unit of the value.
///
/// It cannot be made or read otherwise, so a report holds no NaN and no crossed bounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Interval {
    value: f64,
    low: f64,
    high: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    value: f64,
    low: f64,
    high: f64,
}

impl Interval {
    /// `None` when a number is not finite or the value is outside the bounds.
    pub fn new(value: f64, low: f64, high: f64) -> Option<Self> {
        let ordered = low <= value && value <= high;
        (ordered && low.is_finite() && high.is_finite()).then_some(Self { value, low, high })
    }

    /// The measured value.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// The lower bound.
    pub fn low(&self) -> f64 {
        self.low
    }

    /// The upper bound.
    pub fn high(&self) -> f64 {
        self.high
    }
}

impl TryFrom<Unchecked> for Interval {
    type Error = &'static str;

    fn try_from(unchecked: Unchecked) -> Result<Self, Self::Error> {
        Self::new(unchecked.value, unchecked.low, unchecked.high)
            .ok_or("`low`, `value` and `high` must be numbers in this order")
    }
}

/// Whether this is a confidence level, a significance level or a power: above 0 and below 1.
pub(crate) fn is_level(level: f64) -> bool {
    level > 0.0 && level < 1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(f64::NAN, 0.0, 1.0)]
    #[case(0.5, f64::NAN, 1.0)]
    #[case(0.5, 0.0, f64::NAN)]
    #[case(0.5, f64::NEG_INFINITY, 1.0)]
    #[case(0.5, 0.0, f64::INFINITY)]
    #[case(0.5, 0.6, 1.0)]
    #[case(0.5, 0.0, 0.4)]
    fn wrong_bounds_are_refused(#[case] value: f64, #[case] low: f64, #[case] high: f64) {
        assert_eq!(Interval::new(value, low, high), None);
    }

    #[test]
    fn it_is_written_and_read_as_three_numbers() {
        let interval = Interval::new(0.5, 0.25, 0.75).unwrap();
        let text = serde_json::to_string(&interval).unwrap();
        insta::assert_snapshot!(text, @r#"{"value":0.5,"low":0.25,"high":0.75}"#);
        assert_eq!(serde_json::from_str::<Interval>(&text).unwrap(), interval);
        let crossed = r#"{"value":0.5,"low":0.75,"high":0.25}"#;
        insta::assert_snapshot!(
            serde_json::from_str::<Interval>(crossed).unwrap_err(),
            @"`low`, `value` and `high` must be numbers in this order"
        );
    }
}
