//! A run beside its baseline, case by case. Pure figures; how they are shown is in `comparison`.

use std::collections::{BTreeMap, BTreeSet};

use super::known::{self, Sense};
use super::outcome::{self, Case, Outcome};
use crate::metric::CONFIDENCE;
use crate::stats::interval::Interval;
use crate::stats::{holm, paired};

/// What changed.
#[derive(Debug, Clone, Default)]
pub(super) struct Comparison {
    /// Cases that both runs have.
    pub(super) common: usize,
    /// Cases of the run alone.
    pub(super) only_run: usize,
    /// Cases of the baseline alone.
    pub(super) only_baseline: usize,
    /// By metric, in the order of figures.
    pub(super) metrics: Vec<Compared>,
    /// Cases that are worse in some metric.
    pub(super) worse: BTreeSet<String>,
    /// Cases that are better in some metric and worse in none.
    pub(super) better: BTreeSet<String>,
    /// Cases that were stable in the baseline and no longer are.
    pub(super) unstable: BTreeSet<String>,
}

/// One metric in both runs, on the cases that both have.
#[derive(Debug, Clone)]
pub(super) struct Compared {
    pub(super) name: String,
    /// Cases that were scored in both.
    pub(super) n: usize,
    /// Mean of the baseline.
    pub(super) before: f64,
    /// Mean of the run.
    pub(super) after: f64,
    /// Run minus baseline, in the unit of the metric; none of too few cases.
    pub(super) difference: Option<Interval>,
    /// Ids that got better, whichever direction is better.
    pub(super) better: Vec<String>,
    /// Ids that got worse.
    pub(super) worse: Vec<String>,
    /// Two-sided p value of the paired test, corrected by Holm over the metrics.
    pub(super) p_value: Option<f64>,
}

impl Compared {
    /// Whether the run is better, worse (false) or the same (none) on the whole.
    pub(super) fn improved(&self) -> Option<bool> {
        let fault = known::sense(&self.name) == Sense::Fault;
        let change = if fault {
            self.before - self.after
        } else {
            self.after - self.before
        };
        (change != 0.0).then_some(change > 0.0)
    }
}

/// Compares cases of a run with those of its baseline.
pub(super) fn compare(run: &[Case<'_>], baseline: &[Case<'_>]) -> Comparison {
    let (here, there) = (outcomes(run), outcomes(baseline));
    let common = here.keys().filter(|id| there.contains_key(*id)).count();
    let mut comparison = Comparison {
        common,
        only_run: here.len() - common,
        only_baseline: there.len() - common,
        ..Comparison::default()
    };
    let names = |cases: &[Case<'_>]| -> BTreeSet<String> {
        let grades = cases
            .iter()
            .flat_map(|case| &case.samples)
            .flat_map(|sample| sample.grades.keys());
        grades.cloned().collect()
    };
    let mut metrics: Vec<String> = names(run).intersection(&names(baseline)).cloned().collect();
    metrics.retain(|name| known::sense(name) != Sense::Note);
    metrics.sort_by_key(|name| known::rank(name));
    comparison.metrics = metrics
        .iter()
        .filter_map(|name| metric(name, run, baseline))
        .collect();
    correct(&mut comparison.metrics);
    for compared in &comparison.metrics {
        comparison.worse.extend(compared.worse.iter().cloned());
        comparison.better.extend(compared.better.iter().cloned());
    }
    for (id, now) in &here {
        if let Some(before) = there.get(id) {
            comparison.add(id, *before, *now);
        }
    }
    let Comparison { better, worse, .. } = &mut comparison;
    better.retain(|id| !worse.contains(id));
    comparison
}

impl Comparison {
    /// What grades do not tell: a case without an answer has changed whatever they say.
    fn add(
        &mut self,
        id: &str,
        (before, had_error): (Outcome, bool),
        (now, has_error): (Outcome, bool),
    ) {
        match (had_error, has_error) {
            (false, true) => drop(self.worse.insert(id.to_owned())),
            (true, false) => drop(self.better.insert(id.to_owned())),
            (true, true) | (false, false) => {}
        }
        if now == Outcome::Unstable && before != Outcome::Unstable {
            self.unstable.insert(id.to_owned());
        }
    }
}

/// The outcome of each case, and whether an answer was missing.
fn outcomes<'a>(cases: &[Case<'a>]) -> BTreeMap<&'a str, (Outcome, bool)> {
    let of = |case: &Case<'a>| (case.first().id.as_str(), (case.outcome, case.has_error()));
    cases.iter().map(of).collect()
}

fn metric(name: &str, run: &[Case<'_>], baseline: &[Case<'_>]) -> Option<Compared> {
    let (run, mut before) = (outcome::scores(run, name), paired::Scores::new());
    let mut after = paired::Scores::new();
    for (id, (score, _)) in outcome::scores(baseline, name) {
        if let Some((other, _)) = run.get(id) {
            before.insert(id.to_owned(), score);
            after.insert(id.to_owned(), *other);
        }
    }
    let n = before.len();
    if n == 0 {
        return None;
    }
    let clusters = |id: &str| {
        run.get(id)
            .map_or_else(String::new, |(_, cluster)| (*cluster).to_owned())
    };
    let flips = paired::flips(&before, &after);
    let (difference, p_value) = test(&before, &after, clusters);
    let mean = |scores: &paired::Scores| scores.values().sum::<f64>() / n as f64;
    let (better, worse) = match known::sense(name) {
        Sense::Fault => (flips.worse, flips.better),
        Sense::Verdict | Sense::Degree | Sense::Note => (flips.better, flips.worse),
    };
    Some(Compared {
        name: name.to_owned(),
        n,
        before: mean(&before),
        after: mean(&after),
        difference,
        better,
        worse,
        p_value,
    })
}

/// The difference with its interval, and its two-sided p value: of rates by McNemar, otherwise, and where cases come in
/// clusters, by Student.
fn test(
    before: &paired::Scores,
    after: &paired::Scores,
    cluster: impl Fn(&str) -> String,
) -> (Option<Interval>, Option<f64>) {
    let clusters: BTreeSet<String> = before.keys().map(|id| cluster(id)).collect();
    let is_rate =
        |scores: &paired::Scores| scores.values().all(|score| *score == 0.0 || *score == 1.0);
    let estimate = paired::clustered_difference(before, after, cluster);
    let spread = estimate.filter(|estimate| estimate.standard_error() > 0.0);
    if is_rate(before) && is_rate(after) && (clusters.len() == before.len() || spread.is_none()) {
        let flips = paired::flips(before, after);
        let (better, worse) = (flips.better.len() as u64, flips.worse.len() as u64);
        return (
            paired::rate_difference(better, worse, before.len() as u64, CONFIDENCE),
            paired::mcnemar(better, worse).map(|test| test.p_value),
        );
    }
    (
        estimate.and_then(|estimate| estimate.interval(CONFIDENCE)),
        estimate.and_then(|estimate| estimate.p_value(0.0)),
    )
}

/// Several tests at once: their p values by Holm.
fn correct(metrics: &mut [Compared]) {
    let tested: Vec<f64> = metrics
        .iter()
        .filter_map(|compared| compared.p_value)
        .collect();
    let adjusted = holm::adjust(&tested).unwrap_or(tested);
    let p_values = metrics
        .iter_mut()
        .filter_map(|compared| compared.p_value.as_mut());
    for (p_value, adjusted) in p_values.zip(adjusted) {
        *p_value = adjusted;
    }
}
