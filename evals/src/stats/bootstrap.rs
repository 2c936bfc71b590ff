//! BCa bootstrap: intervals of means and of any other statistic, by drawing cases, or clusters of cases, with replacement.
//! Not for rates (`rate`), and no substitute for data: of a handful of cases no interval is right.

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

use super::distribution::{normal_cdf, normal_quantile};
use super::interval::{Interval, is_level};

/// How the bootstrap is drawn: bias-corrected and accelerated intervals (Efron, JASA 82, 1987; Efron and Tibshirani, "An
/// Introduction to the Bootstrap", 1993, chapter 14).
///
/// The same settings and data in the same order give the same resamples on every machine. A one-sided 95 % bound is an end of
/// the two-sided 90 % interval. Where nothing varies (one case, one cluster, equal scores), value, low and high are equal:
/// such an interval is no evidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// How many resamples are drawn; 10,000 by default.
    pub resamples: usize,
    /// Where the random numbers begin; 0 by default.
    pub seed: u64,
    /// Of the two-sided interval; 0.95 by default.
    pub confidence: f64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self {
            resamples: 10_000,
            seed: 0,
            confidence: 0.95,
        }
    }
}

impl Bootstrap {
    /// The mean of independent scores. `None` for no scores, for scores that are not finite, for no resamples, and when
    /// the confidence is not between 0 and 1.
    pub fn mean(&self, values: &[f64]) -> Option<Interval> {
        self.statistic(values.len(), |cases| mean_of(values, cases))
    }

    /// The mean of scores that come in clusters: whole clusters are drawn, every score keeps the same weight.
    /// `clusters[i]` is the cluster of `values[i]`. `None` as for [`Bootstrap::mean`], and for slices of unequal length.
    pub fn clustered_mean(&self, values: &[f64], clusters: &[impl Ord]) -> Option<Interval> {
        if values.len() != clusters.len() {
            return None;
        }
        self.clustered_statistic(clusters, |cases| mean_of(values, cases))
    }

    /// Any statistic of `n` independent cases. It is given the indexes of the cases drawn, some more than once, and answers
    /// with a number that does not depend on their order.
    ///
    /// `None` for no cases, when the statistic is not finite for the cases or for any sample of them, for no resamples,
    /// and when the confidence is not between 0 and 1.
    pub fn statistic(&self, n: usize, statistic: impl Fn(&[usize]) -> f64) -> Option<Interval> {
        self.clustered_statistic(&Vec::from_iter(0..n), statistic)
    }

    /// Any statistic of cases that come in clusters; `clusters[i]` is the cluster of case i. Whole clusters are drawn, and
    /// left out one by one for the acceleration. `None` as for [`Bootstrap::statistic`].
    pub fn clustered_statistic(
        &self,
        clusters: &[impl Ord],
        statistic: impl Fn(&[usize]) -> f64,
    ) -> Option<Interval> {
        if clusters.is_empty() {
            return None;
        }
        let groups = groups(clusters);
        let value = statistic(&groups.concat());
        let resampled = self.resample(&groups, &statistic);
        if !value.is_finite() || !resampled.iter().all(|value| value.is_finite()) {
            return None;
        }
        if resampled.iter().all(|resample| *resample == value) {
            let exists = is_level(self.confidence) && self.resamples > 0;
            return Interval::new(value, value, value).filter(|_| exists);
        }
        let jackknife = jackknife(&groups, &statistic);
        Bca::new(value, &resampled, &jackknife)?.interval(value, &resampled, self.confidence)
    }

    /// The statistic of each resample.
    fn resample(&self, groups: &[Vec<usize>], statistic: impl Fn(&[usize]) -> f64) -> Vec<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        let mut cases = Vec::new();
        (0..self.resamples)
            .map(|_| {
                cases.clear();
                for _ in groups {
                    cases.extend_from_slice(&groups[draw(&mut random, groups.len())]);
                }
                statistic(&cases)
            })
            .collect()
    }
}

/// What turns percentiles of the resamples into BCa bounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bca {
    /// z₀: the normal quantile of the share of resamples below the value, of equal ones half. Infinite when all are on one
    /// side.
    pub bias: f64,
    /// a: a sixth of the skewness of the leave-one-out statistics; 0 when they do not vary.
    pub acceleration: f64,
}

impl Bca {
    /// From the statistic of the data, of each resample, and of the data without each case or cluster. `None` without
    /// resamples, and when a leave-one-out statistic is not finite.
    pub fn new(value: f64, resampled: &[f64], jackknife: &[f64]) -> Option<Self> {
        if resampled.is_empty() || !jackknife.iter().all(|left| left.is_finite()) {
            return None;
        }
        let below = resampled.iter().filter(|other| **other < value).count();
        let equal = resampled.iter().filter(|other| **other == value).count();
        let share = (below as f64 + equal as f64 / 2.0) / resampled.len() as f64;
        let center = jackknife.iter().sum::<f64>() / jackknife.len().max(1) as f64;
        let power = |exponent| -> f64 {
            let deviations = jackknife.iter().map(|left| center - left);
            deviations.map(|deviation| deviation.powi(exponent)).sum()
        };
        let spread = power(2).powf(1.5);
        Some(Self {
            bias: normal_quantile(share),
            acceleration: if spread > 0.0 {
                power(3) / (6.0 * spread)
            } else {
                0.0
            },
        })
    }

    /// The two shares of the resamples that the bounds cut off: Φ(z₀ + (z₀ + z) / (1 − a (z₀ + z))), z the normal quantile.
    /// Plain percentiles when the bias is infinite. `confidence` is between 0 and 1.
    pub fn shares(&self, confidence: f64) -> (f64, f64) {
        let tail = 0.5 - confidence / 2.0;
        if self.bias.is_infinite() {
            return (tail, 1.0 - tail);
        }
        let z = normal_quantile(tail);
        (self.share(z), self.share(-z))
    }

    /// The bounds are linear between resamples. Where they leave out the value, as with a statistic that resampling
    /// inflates, they are widened to it. `None` without resamples, and when a number is not finite or the confidence not
    /// between 0 and 1.
    pub fn interval(&self, value: f64, resampled: &[f64], confidence: f64) -> Option<Interval> {
        if resampled.is_empty() || !is_level(confidence) {
            return None;
        }
        let mut sorted = resampled.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (low, high) = self.shares(confidence);
        let (low, high) = (percentile(&sorted, low), percentile(&sorted, high));
        Interval::new(value, low.min(value), high.max(value))
    }

    fn share(&self, z: f64) -> f64 {
        let shifted = self.bias + z;
        let divisor = 1.0 - self.acceleration * shifted;
        // At the pole the share has reached the end of the resamples.
        if divisor <= 0.0 {
            return if shifted > 0.0 { 1.0 } else { 0.0 };
        }
        normal_cdf(self.bias + shifted / divisor)
    }
}

fn mean_of(values: &[f64], cases: &[usize]) -> f64 {
    cases.iter().map(|case| values[*case]).sum::<f64>() / cases.len() as f64
}

/// The cases of each cluster.
fn groups(clusters: &[impl Ord]) -> Vec<Vec<usize>> {
    let mut groups = BTreeMap::<_, Vec<usize>>::new();
    for (case, cluster) in clusters.iter().enumerate() {
        groups.entry(cluster).or_default().push(case);
    }
    groups.into_values().collect()
}

/// One of `n`, by the high half of a product: the same on every machine and with every release of `rand`.
fn draw(random: &mut ChaCha8Rng, n: usize) -> usize {
    ((u128::from(random.next_u64()) * n as u128) >> 64) as usize
}

/// The statistic without each group in turn.
fn jackknife(groups: &[Vec<usize>], statistic: impl Fn(&[usize]) -> f64) -> Vec<f64> {
    (0..groups.len())
        .map(|left_out| {
            statistic(
                &[&groups[..left_out], &groups[left_out + 1..]]
                    .concat()
                    .concat(),
            )
        })
        .collect()
}

/// Of sorted values, at least one.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let position = share * (sorted.len() - 1) as f64;
    let (below, above) = (position.floor() as usize, position.ceil() as usize);
    let weight = position - position.floor();
    sorted[below] + weight * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests;
