//! Two runs on the same cases: what got better, what got worse, and how sure that is.
//!
//! Differences are candidate minus baseline in the unit of the metric; `worse` and `better` are about people, so for a
//! metric such as `over_refusal` a higher value is worse.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::grade::lower_is_better;
use crate::metric::{CONFIDENCE, of_interval};
use crate::record::Metric;
use crate::stats::effect::Design;
use crate::stats::holm;
use crate::stats::paired::{self, Scores};
use crate::tally::Tally;

/// The chance of calling a metric worse that is not, over all metrics together.
pub const ALPHA: f64 = 0.05;

/// How two runs compare.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// One for each metric that both runs have.
    pub metrics: Vec<Row>,
    /// Cases that come out differently from epoch to epoch in the candidate.
    pub unstable: Vec<String>,
    /// Cases that only the baseline has.
    pub only_baseline: Vec<String>,
    /// Cases that only the candidate has.
    pub only_candidate: Vec<String>,
}

/// How two runs compare in one metric.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Name of the metric.
    pub metric: String,
    /// Cases that have it in both runs.
    pub n: usize,
    /// Mean of the baseline over these.
    pub baseline: f64,
    /// Mean of the candidate over these.
    pub candidate: f64,
    /// Candidate minus baseline, with 95 % bounds.
    pub difference: Metric,
    /// Two-sided p value: they differ. McNemar's exact test for what passes or fails, else the paired t test.
    pub p_value: f64,
    /// The same after Holm's correction for the metrics of this comparison.
    pub p_value_adjusted: f64,
    /// One-sided p value: the candidate is worse.
    pub p_worse: f64,
    /// The same after Holm's correction for the metrics of this comparison.
    pub p_worse_adjusted: f64,
    /// What follows at 5 %.
    pub verdict: Verdict,
    /// The smallest difference that a comparison of this size can be expected to see, if one case in ten differs.
    pub detectable: Option<f64>,
    /// Ids of the cases that got better.
    pub better: Vec<String>,
    /// Ids of the cases that got worse.
    pub worse: Vec<String>,
}

/// What can be said of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Surely better, also after correction.
    Better,
    /// Surely worse, also after correction.
    Worse,
    /// Neither is sure.
    Same,
}

/// Compares two runs in these metrics; none means all that both have.
pub fn compare(baseline: &Tally, candidate: &Tally, metrics: &[String]) -> Comparison {
    let both: BTreeSet<&str> = baseline.names().collect();
    let both = candidate.names().filter(|name| both.contains(name));
    let wanted = both.filter(|name| metrics.is_empty() || metrics.iter().any(|it| it == name));
    let mut rows: Vec<Row> = wanted
        .filter_map(|name| row(name, baseline, candidate))
        .collect();
    // What has no p value is left as it is: it fails nothing and passes nothing.
    let adjusted = |raw: Vec<f64>| holm::adjust(&raw).unwrap_or(raw);
    let worse = adjusted(rows.iter().map(|row| row.p_worse).collect());
    let differ = adjusted(rows.iter().map(|row| row.p_value).collect());
    for ((row, worse), differ) in rows.iter_mut().zip(worse).zip(differ) {
        (row.p_worse_adjusted, row.p_value_adjusted) = (worse, differ);
        row.verdict = match () {
            () if worse <= ALPHA => Verdict::Worse,
            () if differ <= ALPHA && row.p_worse > 0.5 => Verdict::Better,
            () => Verdict::Same,
        };
    }
    let ids = |tally: &Tally| tally.ids().map(str::to_owned).collect::<BTreeSet<_>>();
    let (before, after) = (ids(baseline), ids(candidate));
    Comparison {
        metrics: rows,
        unstable: candidate.unstable(),
        only_baseline: before.difference(&after).cloned().collect(),
        only_candidate: after.difference(&before).cloned().collect(),
    }
}

fn row(metric: &str, baseline: &Tally, candidate: &Tally) -> Option<Row> {
    let (before, after) = (baseline.scores(metric), candidate.scores(metric));
    let common: Vec<(&String, f64, f64)> = before
        .iter()
        .filter_map(|(id, value)| Some((id, *value, *after.get(id)?)))
        .collect();
    let n = common.len();
    let (sum_before, sum_after) = common
        .iter()
        .fold((0.0, 0.0), |(left, right), (_, before, after)| {
            (left + before, right + after)
        });
    let lower = lower_is_better(metric);
    let towards_good = |scores: &Scores| -> Scores {
        scores
            .iter()
            .map(|(id, value)| (id.clone(), if lower { -value } else { *value }))
            .collect()
    };
    let flips = paired::flips(&towards_good(&before), &towards_good(&after));
    let (p_value, p_worse) = tests(&common, &flips, lower, candidate)?;
    let difference = difference(&common, &flips, lower, candidate)?;
    Some(Row {
        metric: metric.to_owned(),
        n,
        baseline: sum_before / n as f64,
        candidate: sum_after / n as f64,
        difference,
        p_value,
        p_value_adjusted: p_value,
        p_worse,
        p_worse_adjusted: p_worse,
        verdict: Verdict::Same,
        detectable: Design::default().paired_rate(0.1, n as u64),
        better: flips.better,
        worse: flips.worse,
    })
}

fn is_binary(common: &[(&String, f64, f64)]) -> bool {
    let is_bit = |value: f64| value == 0.0 || value == 1.0;
    common
        .iter()
        .all(|(_, before, after)| is_bit(*before) && is_bit(*after))
}

/// Two-sided p value, and that of "worse". None of nothing.
fn tests(
    common: &[(&String, f64, f64)],
    flips: &paired::Flips,
    lower: bool,
    candidate: &Tally,
) -> Option<(f64, f64)> {
    if common.is_empty() {
        return None;
    }
    let exact = paired::mcnemar(flips.better.len() as u64, flips.worse.len() as u64)?;
    let exact = (exact.p_value, exact.p_worse);
    if is_binary(common) {
        return Some(exact);
    }
    // Where all differences are alike there is no t; the signs still tell.
    let spread = |estimate: &crate::stats::mean::Estimate| estimate.standard_error() > 0.0;
    let Some(estimate) = clustered(common, candidate).filter(spread) else {
        return Some(exact);
    };
    let (below, above) = (estimate.p_below(0.0), estimate.p_above(0.0));
    Some(
        match (estimate.p_value(0.0), if lower { above } else { below }) {
            (Some(two), Some(worse)) => (two, worse),
            _ => exact,
        },
    )
}

fn clustered(
    common: &[(&String, f64, f64)],
    tally: &Tally,
) -> Option<crate::stats::mean::Estimate> {
    let scores = |after: bool| -> Scores {
        let pick =
            |(id, old, new): &(&String, f64, f64)| ((*id).clone(), if after { *new } else { *old });
        common.iter().map(pick).collect()
    };
    paired::clustered_difference(&scores(false), &scores(true), |id| tally.cluster(id))
}

/// Of rates whose cases are independent by Agresti and Min, else with clustered standard errors.
fn difference(
    common: &[(&String, f64, f64)],
    flips: &paired::Flips,
    lower: bool,
    candidate: &Tally,
) -> Option<Metric> {
    let n = common.len();
    let clusters: BTreeSet<String> = common
        .iter()
        .map(|(id, ..)| candidate.cluster(id))
        .collect();
    let (more, less) = if lower {
        (&flips.worse, &flips.better)
    } else {
        (&flips.better, &flips.worse)
    };
    let rates =
        || paired::rate_difference(more.len() as u64, less.len() as u64, n as u64, CONFIDENCE);
    let estimate = clustered(common, candidate).filter(|estimate| estimate.standard_error() > 0.0);
    let means = || estimate.and_then(|estimate| estimate.interval(CONFIDENCE));
    let interval = if is_binary(common) && clusters.len() == n {
        rates()
    } else {
        // Without a spread no bounds of means are known; those of how often it got better or worse are wider.
        means().or_else(rates)
    };
    let value = common
        .iter()
        .map(|(_, before, after)| after - before)
        .sum::<f64>()
        / n as f64;
    Some(interval.map_or(
        Metric {
            value,
            low: value,
            high: value,
            n,
        },
        |it| {
            let metric = of_interval(&it, n);
            let (low, high) = (metric.low.min(value), metric.high.max(value));
            Metric {
                value,
                low,
                high,
                n,
            }
        },
    ))
}

#[cfg(test)]
mod tests;
