//! Pass or fail: whether the one-sided 95 % bound clears the threshold. The point does not decide, and neither does a lack of
//! evidence: where there is no bound there is no [`Decision`], and the gate has not passed.

use serde::{Deserialize, Serialize};

use super::interval::Interval;
use super::mean::Estimate;
use super::{paired, rate};

/// The confidence of the bound that decides.
pub const CONFIDENCE: f64 = 0.95;

/// The confidence of the two-sided interval whose ends are the one-sided bounds of [`CONFIDENCE`].
pub const TWO_SIDED: f64 = 2.0 * CONFIDENCE - 1.0;

/// What a gate asks for, in the unit of the measure; of rates, shares of one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// The truth is at least this; the lower bound decides.
    AtLeast(f64),
    /// The truth is at most this; the upper bound decides.
    AtMost(f64),
}

/// A gate that was decided; all numbers are finite.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Decision {
    /// Whether the bound is on the right side of the threshold, or on it.
    pub passes: bool,
    /// What was measured.
    pub value: f64,
    /// The one-sided 95 % bound on the side of the threshold.
    pub bound: f64,
    /// What was asked for.
    pub threshold: f64,
    /// One-sided p value of "the truth is on the wrong side", for [`super::holm`]; at most 0.05 where the gate passes. Absent
    /// for the bootstrap and for paired rates, whose bounds come without a test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_value: Option<f64>,
}

/// A rate, `successes` of `n` independent cases, by Wilson's bound and the score test. `None` as for [`rate::interval`],
/// and when the threshold is not finite.
pub fn rate(limit: Limit, successes: u64, n: u64) -> Option<Decision> {
    let interval = rate::interval(successes, n, TWO_SIDED)?;
    let p_value = match limit {
        Limit::AtLeast(threshold) => rate::p_above(successes, n, threshold),
        Limit::AtMost(threshold) => rate::p_below(successes, n, threshold),
    };
    decide(limit, &interval, p_value)
}

/// A mean, by its t bound and t test; clustered if the estimate is. `None` when the threshold is not finite.
///
/// A sample without spread is its own bound, however small: a gate on a mean wants a least number of cases beside it.
pub fn mean(limit: Limit, estimate: &Estimate) -> Option<Decision> {
    let p_value = match limit {
        Limit::AtLeast(threshold) => estimate.p_above(threshold),
        Limit::AtMost(threshold) => estimate.p_below(threshold),
    };
    decide(limit, &estimate.interval(TWO_SIDED)?, p_value)
}

/// Anything else, by the end of its two-sided interval of the confidence [`TWO_SIDED`], such as a BCa interval of a mean, of
/// macro-F1 or of the calibration error. `None` when the threshold is not finite.
pub fn interval(limit: Limit, interval: &Interval) -> Option<Decision> {
    decide(limit, interval, None)
}

/// Whether the candidate is at most `margin` worse than the baseline: the lower bound of the paired difference, candidate
/// minus baseline, against −`margin`. Where less is better, the estimate is that of baseline minus candidate.
///
/// `None` when `margin` is negative or not finite. For scores that are only 0 or 1 take [`non_inferior_rate`]: runs which
/// agree everywhere have no spread here.
pub fn non_inferior(difference: &Estimate, margin: f64) -> Option<Decision> {
    mean(Limit::AtLeast(tolerated(margin)?), difference)
}

/// [`non_inferior`] of rates on the same `n` cases, of which `better` pass only in the candidate and `worse` only in the
/// baseline, by the bound of [`paired::rate_difference`]. `None` as there, and when `margin` is negative or not finite.
pub fn non_inferior_rate(better: u64, worse: u64, n: u64, margin: f64) -> Option<Decision> {
    let difference = paired::rate_difference(better, worse, n, TWO_SIDED)?;
    interval(Limit::AtLeast(tolerated(margin)?), &difference)
}

/// The lowest difference that a margin lets pass.
fn tolerated(margin: f64) -> Option<f64> {
    (margin >= 0.0).then_some(-margin)
}

fn decide(limit: Limit, interval: &Interval, p_value: Option<f64>) -> Option<Decision> {
    let (bound, threshold) = match limit {
        Limit::AtLeast(threshold) => (interval.low(), threshold),
        Limit::AtMost(threshold) => (interval.high(), threshold),
    };
    let passes = match limit {
        Limit::AtLeast(_) => bound >= threshold,
        Limit::AtMost(_) => bound <= threshold,
    };
    threshold.is_finite().then_some(Decision {
        passes,
        value: interval.value(),
        bound,
        threshold,
        p_value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::bootstrap::Bootstrap;
    use crate::stats::mean::estimate;
    use crate::stats::reference::{cases, close, integer, number, numbers};
    use proptest::prelude::*;
    use serde_json::Value;

    fn limit(case: &Value) -> Limit {
        serde_json::from_value(case["limit"].clone()).unwrap()
    }

    #[test]
    fn decisions_agree_with_the_tests_of_scipy_and_statsmodels() {
        for case in cases("gate") {
            let got = match case.get("values") {
                Some(_) => mean(limit(&case), &estimate(&numbers(&case, "values")).unwrap()),
                None => rate(
                    limit(&case),
                    integer(&case, "successes"),
                    integer(&case, "n"),
                ),
            };
            let got = got.unwrap();
            close(got.bound, number(&case, "bound"), &case);
            close(got.p_value.unwrap(), number(&case, "p_value"), &case);
            assert_eq!(got.passes, case["passes"], "{case}");
        }
    }

    fn check(decision: Option<Decision>) -> String {
        decision.map_or("no decision".to_owned(), |decision| {
            let Decision {
                passes,
                value,
                bound,
                threshold,
                ..
            } = decision;
            let word = if passes { "passes" } else { "fails" };
            format!("{word}: {value:.3}, bound {bound:.3}, asked {threshold:.3}")
        })
    }

    #[test]
    fn the_bound_decides_and_not_the_point() {
        insta::assert_snapshot!(check(rate(Limit::AtLeast(0.92), 282, 300)), @"fails: 0.940, bound 0.913, asked 0.920");
        insta::assert_snapshot!(check(rate(Limit::AtLeast(0.92), 285, 300)), @"passes: 0.950, bound 0.925, asked 0.920");
        insta::assert_snapshot!(check(rate(Limit::AtMost(0.05), 12, 300)), @"fails: 0.040, bound 0.063, asked 0.050");
        insta::assert_snapshot!(check(rate(Limit::AtMost(0.05), 8, 300)), @"passes: 0.027, bound 0.047, asked 0.050");
        insta::assert_snapshot!(check(rate(Limit::AtLeast(0.5), 0, 0)), @"no decision");
        insta::assert_snapshot!(check(rate(Limit::AtLeast(f64::NAN), 1, 2)), @"no decision");
    }

    #[test]
    fn a_candidate_may_be_a_little_worse() {
        insta::assert_snapshot!(check(non_inferior_rate(3, 4, 300, 0.02)), @"passes: -0.003, bound -0.019, asked -0.020");
        insta::assert_snapshot!(check(non_inferior_rate(3, 9, 300, 0.02)), @"fails: -0.020, bound -0.039, asked -0.020");
        insta::assert_snapshot!(check(non_inferior_rate(0, 0, 300, 0.01)), @"passes: 0.000, bound -0.005, asked -0.010");
        insta::assert_snapshot!(check(non_inferior_rate(0, 0, 5, 0.01)), @"fails: 0.000, bound -0.235, asked -0.010");
        insta::assert_snapshot!(check(non_inferior_rate(0, 0, 300, -0.01)), @"no decision");
        let difference = estimate(&[0.0, -0.1, 0.1, 0.05, -0.05, 0.0]).unwrap();
        insta::assert_snapshot!(check(non_inferior(&difference, 0.1)), @"passes: 0.000, bound -0.058, asked -0.100");
        insta::assert_snapshot!(check(non_inferior(&difference, 0.05)), @"fails: 0.000, bound -0.058, asked -0.050");
        insta::assert_snapshot!(check(non_inferior(&difference, f64::INFINITY)), @"no decision");
    }

    #[test]
    fn an_end_of_a_bootstrap_interval_decides() {
        let values: Vec<f64> = (0..50).map(|case| f64::from(case % 5)).collect();
        let bootstrap = Bootstrap {
            confidence: TWO_SIDED,
            ..Bootstrap::default()
        };
        let measured = bootstrap.mean(&values).unwrap();
        for (threshold, passes) in [(measured.low(), true), (measured.low() + 1e-9, false)] {
            let decision = interval(Limit::AtLeast(threshold), &measured).unwrap();
            assert_eq!((decision.passes, decision.p_value), (passes, None));
        }
    }

    #[test]
    fn a_limit_is_written_with_its_sense() {
        let text = serde_json::to_string(&[Limit::AtLeast(0.9), Limit::AtMost(0.05)]).unwrap();
        insta::assert_snapshot!(text, @r#"[{"at_least":0.9},{"at_most":0.05}]"#);
    }

    proptest! {
        #[test]
        fn what_passes_beats_the_threshold(
            (n, k) in (1..3_000u64).prop_flat_map(|n| (Just(n), 0..=n)),
            threshold in 0.01..0.99f64,
        ) {
            let least = rate(Limit::AtLeast(threshold), k, n).unwrap();
            let most = rate(Limit::AtMost(threshold), k, n).unwrap();
            prop_assert!(!(least.passes && most.passes));
            prop_assert!(!least.passes || least.value >= threshold);
            prop_assert!(!most.passes || most.value <= threshold);
        }
    }
}
