//! Means with standard errors, plain and clustered, and what follows from them by Student's t. Not for rates of few cases
//! (`rate`) nor for skewed scores of few cases (`bootstrap`).

use serde::Serialize;
use std::collections::BTreeMap;

use super::distribution::{student_quantile, student_tail};
use super::interval::{Interval, is_level};

/// A mean of scores, or of differences of scores, with its standard error; both are finite, in the unit of the scores.
///
/// Bounds and p values use Student's t with [`Estimate::degrees`] degrees of freedom. Miller (arXiv 2411.00640) uses the
/// normal distribution, which is the limit for many cases; t is wider for few. A sample without spread has the standard
/// error 0 and bounds equal to its value: it says nothing about the spread of what was not drawn, so scores that are only
/// 0 or 1 belong in [`super::rate`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    value: f64,
    standard_error: f64,
    degrees: u64,
}

impl Estimate {
    /// The mean.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// The standard error of the mean; 0 when all scores are equal.
    pub fn standard_error(&self) -> f64 {
        self.standard_error
    }

    /// Degrees of freedom: the number of scores, or of clusters, less one.
    pub fn degrees(&self) -> u64 {
        self.degrees
    }

    /// Two-sided interval: value ± t · standard error. `None` when `confidence` is not between 0 and 1.
    pub fn interval(&self, confidence: f64) -> Option<Interval> {
        let margin = self.margin(is_level(confidence).then_some(0.5 + confidence / 2.0)?);
        Interval::new(self.value, self.value - margin, self.value + margin)
    }

    /// The bound that the true mean is above with this confidence: the low end of a two-sided interval of
    /// 2 · `confidence` − 1. `None` when `confidence` is not between 0 and 1.
    pub fn lower(&self, confidence: f64) -> Option<f64> {
        is_level(confidence).then(|| self.value - self.margin(confidence))
    }

    /// The bound that the true mean is below with this confidence, as [`Estimate::lower`].
    pub fn upper(&self, confidence: f64) -> Option<f64> {
        is_level(confidence).then(|| self.value + self.margin(confidence))
    }

    /// Two-sided p value of "the true mean is `null`" by the t test. Without spread it is 1 at the value itself and 0
    /// elsewhere. `None` when `null` is not finite.
    pub fn p_value(&self, null: f64) -> Option<f64> {
        let tail = self.p_above(null)?.min(self.p_below(null)?);
        Some((2.0 * tail).min(1.0))
    }

    /// One-sided p value of "the true mean is at most `null`": small when the mean is surely above. Without spread it is
    /// 0 above `null` and 1 otherwise. `None` when `null` is not finite.
    pub fn p_above(&self, null: f64) -> Option<f64> {
        null.is_finite().then(|| self.tail(self.value - null))
    }

    /// One-sided p value of "the true mean is at least `null`", as [`Estimate::p_above`].
    pub fn p_below(&self, null: f64) -> Option<f64> {
        null.is_finite().then(|| self.tail(null - self.value))
    }

    fn margin(&self, p: f64) -> f64 {
        student_quantile(p, self.degrees) * self.standard_error
    }

    fn tail(&self, distance: f64) -> f64 {
        match (self.standard_error > 0.0, distance > 0.0) {
            (true, _) => student_tail(distance / self.standard_error, self.degrees),
            (false, true) => 0.0,
            (false, false) => 1.0,
        }
    }
}

/// The mean of independent scores, with the standard error of the central limit theorem: √(Σ(s − s̄)² / (n − 1) / n),
/// degrees of freedom n − 1 (Miller, arXiv 2411.00640).
///
/// `None` for fewer than two scores, which have no spread to measure, and for scores that are not finite. Several epochs
/// of a case are averaged first: they are not independent.
pub fn estimate(values: &[f64]) -> Option<Estimate> {
    clustered_estimate(values, &Vec::from_iter(0..values.len()))
}

/// The mean of scores that come in clusters (cases of one source document, of one function), which vary together. Every
/// score has the same weight; `clusters[i]` is the cluster of `values[i]`.
///
/// The standard error is √(C / (C − 1) · Σ_c (Σ_{i in c} (s_i − s̄))²) / n for n scores in C clusters, with C − 1 degrees of
/// freedom. Miller (arXiv 2411.00640, appendix A) sums over the same pairs within clusters, but without C / (C − 1). This
/// factor against few clusters is the one of statsmodels and Inspect; with it, clusters of one score give [`estimate`].
///
/// `None` for fewer than two clusters, for slices of unequal length and for scores that are not finite. Below some twenty
/// clusters the error is still too small more often than not.
pub fn clustered_estimate(values: &[f64], clusters: &[impl Ord]) -> Option<Estimate> {
    if values.len() != clusters.len() || values.is_empty() {
        return None;
    }
    let n = values.len() as f64;
    // Rounding would give equal scores a spread.
    let equal = values.iter().all(|value| *value == values[0]);
    let value = if equal {
        values[0]
    } else {
        values.iter().sum::<f64>() / n
    };
    let mut residuals = BTreeMap::new();
    for (score, cluster) in values.iter().zip(clusters) {
        *residuals.entry(cluster).or_insert(0.0) += score - value;
    }
    let count = residuals.len() as f64;
    let squares: f64 = residuals.values().map(|residual| residual * residual).sum();
    let standard_error = (squares * count / (count - 1.0)).sqrt() / n;
    (residuals.len() >= 2 && value.is_finite() && standard_error.is_finite()).then(|| Estimate {
        value,
        standard_error,
        degrees: residuals.len() as u64 - 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::reference::{cases, close, integer, number, numbers, strings};
    use proptest::prelude::*;
    use rstest::rstest;

    #[test]
    fn means_agree_with_scipy_and_clusters_with_statsmodels() {
        for case in cases("mean") {
            let values = numbers(&case, "values");
            let got = match case.get("clusters") {
                Some(_) => clustered_estimate(&values, &strings(&case, "clusters")),
                None => estimate(&values),
            };
            let got = got.unwrap();
            let (confidence, null) = (number(&case, "confidence"), number(&case, "null"));
            let interval = got.interval(confidence).unwrap();
            assert_eq!(got.degrees(), integer(&case, "degrees"));
            for (name, got) in [
                ("value", got.value()),
                ("standard_error", got.standard_error()),
                ("low", interval.low()),
                ("high", interval.high()),
                ("lower", got.lower(confidence).unwrap()),
                ("upper", got.upper(confidence).unwrap()),
                ("p_value", got.p_value(null).unwrap()),
                ("p_above", got.p_above(null).unwrap()),
                ("p_below", got.p_below(null).unwrap()),
            ] {
                close(got, number(&case, name), &(name, &case));
            }
        }
    }

    #[rstest]
    #[case::empty(&[], &[])]
    #[case::one_score(&[1.0], &[1])]
    #[case::one_cluster(&[1.0, 2.0], &[1, 1])]
    #[case::unequal_length(&[1.0, 2.0, 3.0], &[1, 2])]
    #[case::not_a_number(&[1.0, f64::NAN], &[1, 2])]
    #[case::infinite(&[1.0, f64::INFINITY], &[1, 2])]
    #[case::equal_and_infinite(&[f64::INFINITY, f64::INFINITY], &[1, 2])]
    #[case::overflow(&[f64::MAX, -f64::MAX], &[1, 2])]
    fn what_has_no_error_is_none(#[case] values: &[f64], #[case] clusters: &[u8]) {
        assert_eq!(clustered_estimate(values, clusters), None);
    }

    #[test]
    fn equal_scores_have_no_spread() {
        let got = estimate(&[0.1; 7]).unwrap();
        assert_eq!((got.value(), got.standard_error()), (0.1, 0.0));
        assert_eq!(got.interval(0.95), Interval::new(0.1, 0.1, 0.1));
        let p_values = |null| (got.p_value(null), got.p_above(null), got.p_below(null));
        assert_eq!(p_values(0.1), (Some(1.0), Some(1.0), Some(1.0)));
        assert_eq!(p_values(0.0), (Some(0.0), Some(0.0), Some(1.0)));
    }

    #[test]
    fn levels_outside_0_and_1_are_none() {
        let got = estimate(&[1.0, 2.0]).unwrap();
        for level in [0.0, 1.0, -0.5, 95.0, f64::NAN] {
            assert_eq!(got.interval(level), None);
            assert_eq!((got.lower(level), got.upper(level)), (None, None));
        }
        assert_eq!(got.p_value(f64::NAN), None);
    }

    proptest! {
        #[test]
        fn order_does_not_matter_and_bounds_are_ordered(
            rows in prop::collection::vec((-10.0..10.0f64, 0..5u8), 2..40),
            confidence in 0.5..0.999f64,
        ) {
            let run = |rows: &[(f64, u8)]| {
                let (values, clusters): (Vec<_>, Vec<_>) = rows.iter().copied().unzip();
                clustered_estimate(&values, &clusters)
            };
            let mut turned = rows.clone();
            turned.reverse();
            let (Some(left), Some(right)) = (run(&rows), run(&turned)) else {
                return Ok(());
            };
            prop_assert!((left.value() - right.value()).abs() < 1e-12);
            prop_assert!((left.standard_error() - right.standard_error()).abs() < 1e-12);
            let (lower, upper) = (left.lower(confidence).unwrap(), left.upper(confidence).unwrap());
            let wide = left.interval(confidence).unwrap();
            prop_assert!(wide.low() <= lower && lower <= left.value());
            prop_assert!(left.value() <= upper && upper <= wide.high());
        }
    }
}
