//! Figures with their bounds, from grades.
//!
//! How bounds are made is told at [`of_mean`]; what is no number is absent. Names are a public contract: other tools read them.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::record::Metric;
use crate::stats::bootstrap::Bootstrap;
use crate::stats::interval::Interval;
use crate::stats::{mean, rate};

/// Confidence of all bounds that are shown.
pub const CONFIDENCE: f64 = 0.95;

/// What an evaluation command prints with `--json`; a public contract.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scored {
    /// Name of the suite, or of what was scored.
    pub suite: String,
    /// Cases.
    pub n: usize,
    /// `off`, or `on` with a model.
    pub mode: String,
    /// Name of the model.
    pub model: Option<String>,
    /// Figures by name.
    pub metrics: BTreeMap<String, Metric>,
    /// Wall time of a case, in milliseconds.
    pub ms_per_case: f64,
    /// Wall time of all, in seconds.
    pub seconds: f64,
    /// The log of the run, if one was written.
    pub log: Option<String>,
    /// Cases that could not be read, with file and line.
    pub problems: Vec<String>,
}

impl Scored {
    /// Figures that were computed without a model, in `seconds` of wall time.
    pub fn off(
        suite: impl Into<String>,
        n: usize,
        metrics: BTreeMap<String, Metric>,
        seconds: f64,
        problems: Vec<String>,
    ) -> Self {
        Self {
            suite: suite.into(),
            n,
            mode: "off".to_owned(),
            model: None,
            metrics,
            ms_per_case: seconds * 1_000.0 / n.max(1) as f64,
            seconds,
            log: None,
            problems,
        }
    }
}

/// `passed` of `n`, by Wilson; none of nothing.
pub fn of_rate(passed: usize, n: usize) -> Option<Metric> {
    let interval = rate::interval(passed as u64, n as u64, CONFIDENCE)?;
    Some(of_interval(&interval, n))
}

/// Cases between which bounds of means are bootstrapped: of fewer no bootstrap is right, with more it is that of Student to
/// all digits that are shown, and slow.
const BOOTSTRAPPED: std::ops::RangeInclusive<usize> = 10..=2_000;

/// The mean of values with the cluster of each; none of nothing, or of what is no number.
///
/// Bounds of rates, values that are only 0 or 1, are Wilson's; where cases share clusters, the wider of those and of the
/// clustered ones, which know nothing where few clusters happen to agree. Bounds of other means are BCa's where cases are
/// independent, else clustered. The bounds of shares are cut to 0..=1.
pub fn of_mean<C: Ord>(values: &[f64], clusters: &[C]) -> Option<Metric> {
    let n = values.len();
    let alone = {
        let mut names: Vec<&C> = clusters.iter().collect();
        names.sort_unstable();
        names.windows(2).all(|pair| pair[0] != pair[1])
    };
    let rate = values.iter().all(|value| *value == 0.0 || *value == 1.0);
    let wilson = || {
        let passed = values.iter().filter(|value| **value == 1.0).count();
        of_rate(passed, n)
    };
    if alone && rate {
        return wilson();
    }
    let bootstrapped = (alone && BOOTSTRAPPED.contains(&n))
        .then(|| Bootstrap::default().mean(values))
        .flatten();
    let estimate = || mean::clustered_estimate(values, clusters)?.interval(CONFIDENCE);
    let Some(interval) = bootstrapped.or_else(estimate) else {
        // One cluster has no spread.
        if rate {
            return wilson();
        }
        let value = values.iter().sum::<f64>() / n as f64;
        let bare = Metric {
            value,
            low: value,
            high: value,
            n,
        };
        return value.is_finite().then_some(bare);
    };
    let mut metric = of_interval(&interval, n);
    if rate && let Some(wilson) = wilson() {
        metric.low = metric.low.min(wilson.low);
        metric.high = metric.high.max(wilson.high);
    }
    if values.iter().all(|value| (0.0..=1.0).contains(value)) {
        (metric.low, metric.high) = (metric.low.max(0.0), metric.high.min(1.0));
    }
    Some(metric)
}

/// A value between its bounds, from `n` cases.
pub fn of_interval(interval: &Interval, n: usize) -> Metric {
    Metric {
        value: interval.value(),
        low: interval.low(),
        high: interval.high(),
        n,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(metric: Option<Metric>) -> String {
        metric.map_or("none".to_owned(), |metric| {
            let Metric {
                value,
                low,
                high,
                n,
            } = metric;
            format!("{value:.3} [{low:.3}, {high:.3}] of {n}")
        })
    }

    #[test]
    fn a_rate_a_mean_and_clusters() {
        insta::assert_snapshot!(check(of_rate(85, 100)), @"0.850 [0.767, 0.907] of 100");
        insta::assert_snapshot!(check(of_rate(0, 0)), @"none");
        let passed = [1.0, 1.0, 0.0, 1.0];
        insta::assert_snapshot!(check(of_mean(&passed, &["a", "b", "c", "d"])), @"0.750 [0.301, 0.954] of 4");
        insta::assert_snapshot!(check(of_mean(&passed, &["a", "a", "b", "b"])), @"0.750 [0.000, 1.000] of 4");
        // Clusters that agree are no certainty.
        insta::assert_snapshot!(check(of_mean(&[1.0; 4], &["a", "a", "b", "b"])), @"1.000 [0.510, 1.000] of 4");
        insta::assert_snapshot!(check(of_mean(&[0.5], &["a"])), @"0.500 [0.500, 0.500] of 1");
        let shares: Vec<f64> = (0..20).map(|at| f64::from(at % 5) / 4.0).collect();
        insta::assert_snapshot!(check(of_mean(&shares, &Vec::from_iter(0..20))), @"0.500 [0.350, 0.650] of 20");
        insta::assert_snapshot!(check(of_mean::<&str>(&[], &[])), @"none");
        insta::assert_snapshot!(check(of_mean(&[f64::NAN], &["a"])), @"none");
    }
}
