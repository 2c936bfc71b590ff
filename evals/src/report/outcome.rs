//! What became of each case: samples of a run, gathered by case. Not how a case is shown; that is in `case`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::known::{self, Sense};
use crate::record::{Sample, Usage};

/// How a case came out, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    /// It never passes.
    Failing,
    /// It passes in some epochs only.
    Unstable,
    /// No grade says anything.
    Unscored,
    /// It always passes.
    Passing,
}

/// A case with its samples.
#[derive(Debug, Clone)]
pub(super) struct Case<'a> {
    /// One for each epoch, at least one; in order of epochs.
    pub(super) samples: Vec<&'a Sample>,
    pub(super) outcome: Outcome,
    /// Metrics that failed in some epoch.
    pub(super) failed: BTreeSet<&'a str>,
}

impl<'a> Case<'a> {
    fn of(mut samples: Vec<&'a Sample>) -> Self {
        samples.sort_by_key(|sample| sample.epoch);
        let verdicts = samples.iter().map(|sample| passes(sample));
        let outcome = match (
            verdicts.clone().any(|it| it == Some(true)),
            verdicts.clone().any(|it| it == Some(false)),
        ) {
            (true, true) => Outcome::Unstable,
            (true, false) => Outcome::Passing,
            (false, true) => Outcome::Failing,
            (false, false) => Outcome::Unscored,
        };
        let failed = samples.iter().flat_map(|sample| &sample.grades);
        let failed =
            failed.filter(|(name, grade)| grade.value.is_some_and(|value| fails(name, value)));
        Self {
            outcome,
            failed: failed.map(|(name, _)| name.as_str()).collect(),
            samples,
        }
    }

    /// The sample that names type, question and cluster of the case.
    pub(super) fn first(&self) -> &'a Sample {
        self.samples[0]
    }

    /// Whether an epoch brought no answer.
    pub(super) fn has_error(&self) -> bool {
        self.samples.iter().any(|sample| sample.error.is_some())
    }

    /// The share of its epochs that pass, of those that were scored.
    fn passed(&self) -> Option<f64> {
        let verdicts: Vec<bool> = self
            .samples
            .iter()
            .filter_map(|sample| passes(sample))
            .collect();
        let passed = verdicts.iter().filter(|passed| **passed).count();
        (!verdicts.is_empty()).then(|| passed as f64 / verdicts.len() as f64)
    }
}

/// Whether a grade says that a sample has failed.
pub(super) fn fails(metric: &str, value: f64) -> bool {
    match known::sense(metric) {
        Sense::Verdict => value < 1.0,
        Sense::Degree => value <= 0.0,
        Sense::Fault => value > 0.0,
        Sense::Note => false,
    }
}

/// Whether a sample passes in everything that was judged; none where nothing was.
pub(super) fn passes(sample: &Sample) -> Option<bool> {
    if sample.error.is_some() {
        return Some(false);
    }
    let judged = sample.grades.iter().filter_map(|(name, grade)| {
        let value = grade.value.filter(|value| value.is_finite())?;
        (known::sense(name) != Sense::Note).then(|| !fails(name, value))
    });
    judged.reduce(|all, one| all && one)
}

/// The cases, the worst first, otherwise in the order of the run.
pub(super) fn cases(samples: &[Sample]) -> Vec<Case<'_>> {
    let mut places = HashMap::new();
    let mut gathered: Vec<Vec<&Sample>> = Vec::new();
    for sample in samples {
        let place = *places.entry(sample.id.as_str()).or_insert_with(|| {
            gathered.push(Vec::new());
            gathered.len() - 1
        });
        gathered[place].push(sample);
    }
    let mut cases: Vec<Case<'_>> = gathered.into_iter().map(Case::of).collect();
    cases.sort_by_key(|case| (case.outcome, !case.has_error()));
    cases
}

/// What a run comes to.
#[derive(Debug, Clone, Default)]
pub(super) struct Totals {
    pub(super) failing: usize,
    pub(super) unstable: usize,
    pub(super) unscored: usize,
    pub(super) passing: usize,
    /// Failing or unstable for want of an answer.
    pub(super) errors: usize,
    /// The share of cases that pass, each by the share of its epochs.
    pub(super) rate: Option<crate::record::Metric>,
    pub(super) usage: Usage,
}

impl Totals {
    pub(super) fn of(cases: &[Case<'_>]) -> Self {
        let mut totals = Self::default();
        let (mut values, mut clusters) = (Vec::new(), Vec::new());
        for case in cases {
            *match case.outcome {
                Outcome::Failing => &mut totals.failing,
                Outcome::Unstable => &mut totals.unstable,
                Outcome::Unscored => &mut totals.unscored,
                Outcome::Passing => &mut totals.passing,
            } += 1;
            totals.errors += usize::from(case.has_error());
            if let Some(passed) = case.passed() {
                values.push(passed);
                clusters.push(case.first().cluster.as_str());
            }
            for sample in &case.samples {
                let Usage {
                    input_tokens,
                    output_tokens,
                } = sample.usage;
                totals.usage.input_tokens = totals.usage.input_tokens.saturating_add(input_tokens);
                totals.usage.output_tokens =
                    totals.usage.output_tokens.saturating_add(output_tokens);
            }
        }
        totals.rate = crate::metric::of_mean(&values, &clusters);
        totals
    }

    /// Cases that were scored.
    pub(super) fn scored(&self) -> usize {
        self.failing + self.unstable + self.passing
    }
}

/// The grades of a metric, each case by the mean of its epochs, with the cluster of the case.
pub(super) fn scores<'a>(cases: &[Case<'a>], metric: &str) -> BTreeMap<&'a str, (f64, &'a str)> {
    let of = |case: &Case<'a>| {
        let grades = case
            .samples
            .iter()
            .filter_map(|sample| sample.grades.get(metric)?.value);
        let values: Vec<f64> = grades.filter(|value| value.is_finite()).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let first = case.first();
        (!values.is_empty()).then_some((first.id.as_str(), (mean, first.cluster.as_str())))
    };
    cases.iter().filter_map(of).collect()
}
