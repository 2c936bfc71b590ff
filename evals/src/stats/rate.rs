//! Rates, k of n independent cases, by Wilson's score interval. Not for means of graded scores (`mean`), nor for cases
//! that come in clusters (`mean::clustered_estimate`).

use super::distribution::{normal_quantile, normal_tail};
use super::interval::{Interval, is_level};

/// The rate with its two-sided interval (Wilson, JASA 22, 1927, without continuity correction).
///
/// All numbers are shares of one. Unlike value ± z · standard error it stays within 0..=1 and has a width at 0 of n and
/// n of n, where the near bound is exactly 0 or 1. `None` when `n` is 0, `successes` exceeds `n`, or `confidence` is not
/// between 0 and 1.
pub fn interval(successes: u64, n: u64, confidence: f64) -> Option<Interval> {
    if !is_level(confidence) {
        return None;
    }
    let z = normal_quantile(0.5 + confidence / 2.0);
    let value = rate(successes, n)?;
    Interval::new(value, wilson(successes, n, -z), wilson(successes, n, z))
}

/// The bound that the true rate is above with this confidence: the low end of Wilson's interval of
/// 2 · `confidence` − 1. `None` as for [`interval`].
pub fn lower(successes: u64, n: u64, confidence: f64) -> Option<f64> {
    rate(successes, n)?;
    is_level(confidence).then(|| wilson(successes, n, -normal_quantile(confidence)))
}

/// The bound that the true rate is below with this confidence, as [`lower`].
pub fn upper(successes: u64, n: u64, confidence: f64) -> Option<f64> {
    rate(successes, n)?;
    is_level(confidence).then(|| wilson(successes, n, normal_quantile(confidence)))
}

/// One-sided p value of "the true rate is at most `threshold`" by the score test, of which [`lower`] is the inverse: it is
/// below 0.05 where the 95 % bound is above the threshold.
///
/// 0 for a threshold of 0 or less, which every rate reaches; 1 for 1 or more, which no sample proves. `None` for no cases,
/// for `successes` above `n` and for a threshold that is not finite.
pub fn p_above(successes: u64, n: u64, threshold: f64) -> Option<f64> {
    let value = rate(successes, n)?;
    if !threshold.is_finite() {
        return None;
    }
    if threshold <= 0.0 || threshold >= 1.0 {
        return Some(if threshold <= 0.0 { 0.0 } else { 1.0 });
    }
    let error = (threshold * (1.0 - threshold) / n as f64).sqrt();
    Some(normal_tail((value - threshold) / error))
}

/// One-sided p value of "the true rate is at least `threshold`": [`p_above`] of the failures.
pub fn p_below(successes: u64, n: u64, threshold: f64) -> Option<f64> {
    p_above(n.checked_sub(successes)?, n, 1.0 - threshold)
}

fn rate(successes: u64, n: u64) -> Option<f64> {
    (n > 0 && successes <= n).then(|| successes as f64 / n as f64)
}

/// The bound `z` standard errors from the rate.
fn wilson(successes: u64, n: u64, z: f64) -> f64 {
    let (k, count, square) = (successes as f64, n as f64, z * z);
    // Rounding would leave a trace of these two.
    if (successes == 0 && z <= 0.0) || (successes == n && z >= 0.0) {
        return k / count;
    }
    let spread = (k * (count - k) / count + square / 4.0).sqrt();
    ((k + square / 2.0 + z * spread) / (count + square)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::reference::{cases, close, integer, number};
    use proptest::prelude::*;
    use rstest::rstest;

    #[test]
    fn bounds_agree_with_statsmodels_and_scipy() {
        for case in cases("rate") {
            let (k, n) = (integer(&case, "successes"), integer(&case, "n"));
            let (confidence, threshold) = (number(&case, "confidence"), number(&case, "threshold"));
            let interval = interval(k, n, confidence).unwrap();
            for (name, got) in [
                ("low", interval.low()),
                ("high", interval.high()),
                ("lower", lower(k, n, confidence).unwrap()),
                ("upper", upper(k, n, confidence).unwrap()),
                ("p_above", p_above(k, n, threshold).unwrap()),
                ("p_below", p_below(k, n, threshold).unwrap()),
            ] {
                close(got, number(&case, name), &(name, &case));
            }
        }
    }

    #[test]
    fn all_or_nothing_still_has_a_width() {
        let none = interval(0, 20, 0.95).unwrap();
        assert_eq!((none.value(), none.low()), (0.0, 0.0));
        assert!(none.high() > 0.1);
        let all = interval(20, 20, 0.95).unwrap();
        assert_eq!((all.value(), all.high()), (1.0, 1.0));
        assert!(all.low() < 0.9);
    }

    #[rstest]
    #[case(0, 0, 0.95)]
    #[case(3, 2, 0.95)]
    #[case(1, 2, 0.0)]
    #[case(1, 2, 1.0)]
    #[case(1, 2, f64::NAN)]
    fn what_is_no_rate_is_none(#[case] successes: u64, #[case] n: u64, #[case] confidence: f64) {
        assert_eq!(interval(successes, n, confidence), None);
        assert_eq!(lower(successes, n, confidence), None);
        assert_eq!(upper(successes, n, confidence), None);
    }

    #[test]
    fn thresholds_at_the_ends() {
        assert_eq!(p_above(0, 5, 0.0), Some(0.0));
        assert_eq!(p_above(5, 5, 1.0), Some(1.0));
        assert_eq!(p_below(5, 5, 1.0), Some(0.0));
        assert_eq!(p_below(0, 5, 0.0), Some(1.0));
        assert_eq!(p_above(1, 5, f64::NAN), None);
        assert_eq!(p_below(6, 5, 0.5), None);
    }

    proptest! {
        #[test]
        fn bounds_are_ordered_and_mirror_each_other(
            (n, k) in (1..5_000u64).prop_flat_map(|n| (Just(n), 0..=n)),
            confidence in 0.5..0.9999f64,
        ) {
            let wide = interval(k, n, confidence).unwrap();
            let (lower, upper) = (lower(k, n, confidence).unwrap(), upper(k, n, confidence).unwrap());
            prop_assert!(0.0 <= wide.low() && wide.low() <= lower && lower <= wide.value());
            prop_assert!(wide.value() <= upper && upper <= wide.high() && wide.high() <= 1.0);
            let mirror = interval(n - k, n, confidence).unwrap();
            prop_assert!((mirror.low() - (1.0 - wide.high())).abs() < 1e-12);
        }

        #[test]
        fn the_test_and_the_bound_agree(
            (n, k) in (1..2_000u64).prop_flat_map(|n| (Just(n), 0..=n)),
            threshold in 0.01..0.99f64,
        ) {
            let bound = lower(k, n, 0.95).unwrap();
            prop_assume!((bound - threshold).abs() > 1e-9);
            prop_assert_eq!(p_above(k, n, threshold).unwrap() < 0.05, bound > threshold);
        }
    }
}
