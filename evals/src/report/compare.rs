//! A run beside its baseline, case by case: what [`diff`] says, and what grades do not tell. How it is shown is in
//! `comparison`.

use std::collections::{BTreeMap, BTreeSet};

use super::known::{self, Sense};
use super::outcome::{Case, Outcome};
use crate::diff::{self, Row};
use crate::tally::Tally;

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
    pub(super) metrics: Vec<Row>,
    /// Cases that are worse in some metric.
    pub(super) worse: BTreeSet<String>,
    /// Cases that are better in some metric and worse in none.
    pub(super) better: BTreeSet<String>,
    /// Cases that were stable in the baseline and no longer are.
    pub(super) unstable: BTreeSet<String>,
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
    let samples =
        |cases: &[Case<'_>]| Tally::of(cases.iter().flat_map(|case| case.samples.clone()));
    comparison.metrics = diff::compare(&samples(baseline), &samples(run), &[]).metrics;
    let metrics = &mut comparison.metrics;
    metrics.retain(|row| known::sense(&row.metric) != Sense::Note);
    metrics.sort_by_key(|row| known::rank(&row.metric));
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
