//! Two runs on the same cases: how much better the candidate is than the baseline, and where. Not for runs on different
//! cases: those compare two [`Estimate`]s, and see far less.

use serde::Serialize;
use std::collections::BTreeMap;

use super::distribution::{coin_tail, normal_quantile};
use super::interval::{Interval, is_level};
use super::mean::{self, Estimate};

/// One score for each case, by the id of the case; more is better. Several epochs are averaged first.
pub type Scores = BTreeMap<String, f64>;

/// The mean of candidate minus baseline over the ids that both have, in the unit of the scores, with the standard error of
/// the differences (Miller, arXiv 2411.00640). Its interval, bounds and p values are those of the paired t
/// test: `difference(..)?.p_value(0.0)`.
///
/// Ids of one run only are left out. `None` for fewer than two common ids and for scores that are not finite.
pub fn difference(baseline: &Scores, candidate: &Scores) -> Option<Estimate> {
    clustered_difference(baseline, candidate, str::to_owned)
}

/// [`difference`] of cases that come in clusters, with the clustered standard error of [`mean::clustered_estimate`].
/// `cluster` names the cluster of an id. `None` for fewer than two clusters among the common ids, too.
pub fn clustered_difference<C: Ord>(
    baseline: &Scores,
    candidate: &Scores,
    cluster: impl Fn(&str) -> C,
) -> Option<Estimate> {
    let (differences, clusters): (Vec<f64>, Vec<C>) = common(baseline, candidate)
        .map(|(id, before, after)| (after - before, cluster(id)))
        .unzip();
    mean::clustered_estimate(&differences, &clusters)
}

/// The difference of two rates on the same `n` cases, of which `better` pass only in the candidate and `worse` only in the
/// baseline: (better − worse) / n, two-sided.
///
/// The bounds are those of Agresti and Min (Statistics in Medicine 24, 2005): half a case is added to each cell of the
/// table, so that runs which agree everywhere still have a width, which [`difference`] denies them. They are cut to
/// −1..=1 and widened to the value. `None` when `n` is 0, when more than `n` cases differ, and when `confidence` is not
/// between 0 and 1.
pub fn rate_difference(better: u64, worse: u64, n: u64, confidence: f64) -> Option<Interval> {
    let apart = better.checked_add(worse)?;
    if n == 0 || apart > n || !is_level(confidence) {
        return None;
    }
    let net = better as f64 - worse as f64;
    let cases = n as f64 + 2.0;
    let error = (apart as f64 + 1.0 - net * net / cases).sqrt() / cases;
    let margin = normal_quantile(0.5 + confidence / 2.0) * error;
    let (value, center) = (net / n as f64, net / cases);
    let low = (center - margin).max(-1.0).min(value);
    Interval::new(value, low, (center + margin).min(1.0).max(value))
}

/// The p values of McNemar's exact test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct McNemar {
    /// Two-sided: the candidate differs. Twice the smaller tail, at most 1.
    pub p_value: f64,
    /// One-sided: small when the candidate is surely better.
    pub p_better: f64,
    /// One-sided: small when the candidate is surely worse.
    pub p_worse: f64,
}

/// McNemar's exact test on the cases that pass in one run only (McNemar, Psychometrika 12, 1947, with the binomial
/// distribution): were the runs equally good, each would be a toss of a fair coin. Without such cases all p values are 1.
/// `None` when the two counts overflow together.
pub fn mcnemar(better: u64, worse: u64) -> Option<McNemar> {
    let tosses = better.checked_add(worse)?;
    let (p_better, p_worse) = (coin_tail(better, tosses), coin_tail(worse, tosses));
    Some(McNemar {
        p_value: (2.0 * p_better.min(p_worse)).min(1.0),
        p_better,
        p_worse,
    })
}

/// The ids whose score changed, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Flips {
    /// Those that score higher in the candidate.
    pub better: Vec<String>,
    /// Those that score lower in the candidate.
    pub worse: Vec<String>,
}

/// The common ids whose score changed, by however little. A score that is not a number changes nothing. For rates, the
/// lengths are the counts of [`mcnemar`] and [`rate_difference`].
pub fn flips(baseline: &Scores, candidate: &Scores) -> Flips {
    let mut flips = Flips::default();
    for (id, before, after) in common(baseline, candidate) {
        if after > before {
            flips.better.push(id.to_owned());
        } else if after < before {
            flips.worse.push(id.to_owned());
        }
    }
    flips
}

/// The ids whose epochs do not all have the same score, in order. An id with one epoch, or none, is stable.
pub fn unstable(epochs: &BTreeMap<String, Vec<f64>>) -> Vec<String> {
    let disagree = |scores: &[f64]| scores.windows(2).any(|pair| pair[0] != pair[1]);
    epochs
        .iter()
        .filter(|(_, scores)| disagree(scores))
        .map(|(id, _)| id.clone())
        .collect()
}

/// Id, score of the baseline, score of the candidate.
fn common<'a>(
    baseline: &'a Scores,
    candidate: &'a Scores,
) -> impl Iterator<Item = (&'a str, f64, f64)> {
    baseline
        .iter()
        .filter_map(|(id, before)| Some((id.as_str(), *before, *candidate.get(id)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::reference::{cases, close, integer, number};
    use proptest::prelude::*;
    use serde_json::Value;

    fn scores(case: &Value, key: &str) -> Scores {
        serde_json::from_value(case[key].clone()).unwrap()
    }

    fn named(rows: &[(&str, f64)]) -> Scores {
        rows.iter()
            .map(|(id, score)| ((*id).to_owned(), *score))
            .collect()
    }

    #[test]
    fn differences_agree_with_scipy_and_statsmodels() {
        for case in cases("paired") {
            let (baseline, candidate) = (scores(&case, "baseline"), scores(&case, "candidate"));
            let plain = difference(&baseline, &candidate);
            let cluster = |id: &str| case["cluster"][id].as_str().unwrap().to_owned();
            let clustered = clustered_difference(&baseline, &candidate, cluster);
            for (name, got) in [("plain", plain), ("clustered", clustered)] {
                let (got, expected) = (got.unwrap(), &case[name]);
                let interval = got.interval(0.95).unwrap();
                close(got.value(), number(expected, "value"), &case);
                close(
                    got.standard_error(),
                    number(expected, "standard_error"),
                    &case,
                );
                close(interval.low(), number(expected, "low"), &case);
                close(interval.high(), number(expected, "high"), &case);
                close(got.lower(0.95).unwrap(), number(expected, "lower"), &case);
                close(
                    got.p_value(0.0).unwrap(),
                    number(expected, "p_value"),
                    &case,
                );
            }
        }
    }

    #[test]
    fn mcnemar_agrees_with_statsmodels_and_scipy() {
        for case in cases("mcnemar") {
            let got = mcnemar(integer(&case, "better"), integer(&case, "worse")).unwrap();
            close(got.p_value, number(&case, "p_value"), &case);
            close(got.p_better, number(&case, "p_better"), &case);
            close(got.p_worse, number(&case, "p_worse"), &case);
        }
        assert_eq!(mcnemar(u64::MAX, 1), None);
    }

    #[test]
    fn differences_of_rates_agree_with_the_table() {
        for case in cases("rate_difference") {
            let (better, worse) = (integer(&case, "better"), integer(&case, "worse"));
            let got = rate_difference(better, worse, integer(&case, "n"), 0.95).unwrap();
            close(got.value(), number(&case, "value"), &case);
            close(got.low(), number(&case, "low"), &case);
            close(got.high(), number(&case, "high"), &case);
        }
        for (better, worse, n, confidence) in [(0, 0, 0, 0.95), (2, 2, 3, 0.95), (1, 1, 3, 1.0)] {
            assert_eq!(rate_difference(better, worse, n, confidence), None);
        }
        assert!(rate_difference(0, 0, 5, 0.9).unwrap().low() < -0.2);
    }

    #[test]
    fn flips_are_those_of_common_ids() {
        let baseline = named(&[
            ("a", 0.0),
            ("b", 1.0),
            ("c", 1.0),
            ("d", f64::NAN),
            ("e", 1.0),
        ]);
        let candidate = named(&[("a", 1.0), ("b", 0.5), ("c", 1.0), ("d", 1.0), ("f", 1.0)]);
        let flips = flips(&baseline, &candidate);
        insta::assert_snapshot!(serde_json::to_string(&flips).unwrap(), @r#"{"better":["a"],"worse":["b"]}"#);
        assert_eq!(difference(&baseline, &candidate), None);
    }

    #[test]
    fn runs_without_two_common_ids_have_no_difference() {
        let baseline = named(&[("a", 0.0), ("b", 1.0)]);
        assert_eq!(
            difference(&baseline, &named(&[("a", 1.0), ("c", 1.0)])),
            None
        );
        assert_eq!(difference(&Scores::new(), &Scores::new()), None);
        assert_eq!(clustered_difference(&baseline, &baseline, |_| 1), None);
    }

    #[test]
    fn epochs_that_disagree_are_named() {
        let epochs = [
            ("same", vec![1.0, 1.0, 1.0]),
            ("late", vec![1.0, 1.0, 0.0]),
            ("once", vec![0.5]),
            ("never", vec![]),
            ("broken", vec![f64::NAN, f64::NAN]),
        ];
        let epochs = epochs.map(|(id, scores)| (id.to_owned(), scores));
        assert_eq!(unstable(&BTreeMap::from(epochs)), ["broken", "late"]);
    }

    proptest! {
        #[test]
        fn swapped_runs_mirror(rows in prop::collection::vec((0.0..1.0f64, 0.0..1.0f64), 2..30)) {
            let side = |pick: fn(&(f64, f64)) -> f64| -> Scores {
                rows.iter().enumerate().map(|(id, row)| (id.to_string(), pick(row))).collect()
            };
            let (baseline, candidate) = (side(|row| row.0), side(|row| row.1));
            let forth = difference(&baseline, &candidate).unwrap();
            let back = difference(&candidate, &baseline).unwrap();
            prop_assert!((forth.value() + back.value()).abs() < 1e-12);
            prop_assert!((forth.p_value(0.0).unwrap() - back.p_value(0.0).unwrap()).abs() < 1e-12);
            prop_assert!((forth.lower(0.9).unwrap() + back.upper(0.9).unwrap()).abs() < 1e-12);
            let (there, here) = (flips(&baseline, &candidate), flips(&candidate, &baseline));
            prop_assert_eq!((there.better, there.worse), (here.worse, here.better));
        }

        #[test]
        fn swapped_counts_mirror(better in 0..200u64, worse in 0..200u64, rest in 1..200u64) {
            let (forth, back) = (mcnemar(better, worse).unwrap(), mcnemar(worse, better).unwrap());
            prop_assert_eq!(forth.p_value, back.p_value);
            prop_assert_eq!(forth.p_better, back.p_worse);
            let n = better + worse + rest;
            let forth = rate_difference(better, worse, n, 0.9).unwrap();
            let back = rate_difference(worse, better, n, 0.9).unwrap();
            prop_assert!((forth.low() + back.high()).abs() < 1e-12);
        }
    }
}
