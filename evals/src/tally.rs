//! The figures of a run, from its samples one by one. It keeps a few numbers of each sample and no texts.

use std::collections::{BTreeMap, BTreeSet};

use crate::determinism;
use crate::grade::lower_is_better;
use crate::metric::of_mean;
use crate::record::{Metric, Sample, Usage};
use crate::stats::paired::Scores;
use crate::stats::pass::{Attempts, pass_at_k, pass_hat_k};

/// What is known of a run so far.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Values by metric and case, one for each epoch.
    grades: BTreeMap<String, BTreeMap<String, Vec<f64>>>,
    cases: BTreeMap<String, Asked>,
    /// Samples.
    pub samples: usize,
    /// Samples without an output.
    pub errors: usize,
    /// Tokens of all samples.
    pub usage: Usage,
    /// Sum of their wall times, in seconds.
    pub seconds: f64,
}

/// What is known of a case.
#[derive(Debug, Clone, Default)]
struct Asked {
    r#type: String,
    cluster: String,
    epochs: u64,
    passed: u64,
    outputs: BTreeSet<u128>,
    /// Whether some epoch had no answer.
    failed: bool,
}

/// Whether everything about a sample is right: every grade is full, and there was no error.
pub fn passed(sample: &Sample) -> bool {
    let right = |(name, value): (&String, f64)| {
        if lower_is_better(name) {
            value <= 0.0
        } else {
            value >= 1.0
        }
    };
    let mut grades = sample
        .grades
        .iter()
        .filter_map(|(name, grade)| Some((name, grade.value?)));
    sample.error.is_none() && grades.all(right)
}

impl Tally {
    /// The figures of these samples.
    pub fn of<'a>(samples: impl IntoIterator<Item = &'a Sample>) -> Self {
        let mut tally = Self::default();
        samples.into_iter().for_each(|sample| tally.add(sample));
        tally
    }

    /// Scores that were kept, as one epoch of cases that are all independent and of one type.
    pub fn of_scores(cases: &BTreeMap<String, BTreeMap<String, f64>>) -> Self {
        let mut tally = Self {
            samples: cases.len(),
            ..Self::default()
        };
        for (id, grades) in cases {
            let case = Asked {
                cluster: id.clone(),
                epochs: 1,
                ..Asked::default()
            };
            tally.cases.insert(id.clone(), case);
            for (metric, score) in grades {
                let scores = tally.grades.entry(metric.clone()).or_default();
                scores.insert(id.clone(), vec![*score]);
            }
        }
        tally
    }

    /// Counts one more.
    pub fn add(&mut self, sample: &Sample) {
        self.samples += 1;
        self.errors += usize::from(sample.error.is_some());
        self.usage.input_tokens += sample.usage.input_tokens;
        self.usage.output_tokens += sample.usage.output_tokens;
        self.seconds += sample.seconds;
        for (name, grade) in &sample.grades {
            if let Some(value) = grade.value {
                let cases = self.grades.entry(name.clone()).or_default();
                cases.entry(sample.id.clone()).or_default().push(value);
            }
        }
        let case = self.cases.entry(sample.id.clone()).or_default();
        case.r#type.clone_from(&sample.r#type);
        case.cluster.clone_from(&sample.cluster);
        case.epochs += 1;
        case.passed += u64::from(passed(sample));
        case.outputs.insert(determinism::hash(sample));
        case.failed |= sample.error.is_some();
    }

    /// Cases.
    pub fn cases(&self) -> usize {
        self.cases.len()
    }

    /// Their ids.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.cases.keys().map(String::as_str)
    }

    /// Names of the metrics that graders gave.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.grades.keys().map(String::as_str)
    }

    /// The score of each case, averaged over its epochs; more is better only where the metric says so.
    pub fn scores(&self, metric: &str) -> Scores {
        let cases = self.grades.get(metric).into_iter().flatten();
        let average = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        cases
            .map(|(id, values)| (id.clone(), average(values)))
            .collect()
    }

    /// The values of each epoch of each case.
    pub fn epochs(&self, metric: &str) -> Option<&BTreeMap<String, Vec<f64>>> {
        self.grades.get(metric)
    }

    /// The cluster of a case.
    pub fn cluster(&self, id: &str) -> String {
        self.cases
            .get(id)
            .map_or_else(|| id.to_owned(), |case| case.cluster.clone())
    }

    /// Cases that are not right in every epoch.
    pub fn wrong(&self) -> Vec<String> {
        let wrong = self
            .cases
            .iter()
            .filter(|(_, case)| case.passed < case.epochs);
        wrong.map(|(id, _)| id.clone()).collect()
    }

    /// Cases that do not come out the same in all epochs.
    pub fn unstable(&self) -> Vec<String> {
        let unlike = self
            .cases
            .iter()
            .filter(|(_, case)| case.passed > 0 && case.passed < case.epochs);
        unlike.map(|(id, _)| id.clone()).collect()
    }

    /// Names of all figures: each metric, each metric by type of case where there are several types, and with several
    /// epochs `pass@k`, `pass^k` and, of epochs with one seed, `determinism`.
    pub fn figures(&self, same_seed: bool) -> Vec<String> {
        let types: BTreeSet<&str> = self
            .cases
            .values()
            .map(|case| case.r#type.as_str())
            .collect();
        let several = types.len() > 1;
        let typed = |name: &String| {
            let by_type = types
                .iter()
                .filter(|_| several)
                .map(|kind| format!("{name}.{kind}"));
            std::iter::once(name.clone())
                .chain(by_type)
                .collect::<Vec<_>>()
        };
        let mut figures: Vec<String> = self.grades.keys().flat_map(typed).collect();
        let several = match self.least_epochs() {
            0 | 1 => Vec::new(),
            _ if same_seed => vec!["determinism".to_owned()],
            k => [1, k]
                .into_iter()
                .flat_map(|k| [format!("pass@{k}"), format!("pass^{k}")])
                .collect(),
        };
        figures.extend(several.iter().flat_map(typed));
        figures
    }

    fn least_epochs(&self) -> u64 {
        self.cases
            .values()
            .map(|case| case.epochs)
            .min()
            .unwrap_or(0)
    }

    /// The values behind a figure, one for each case, with the clusters; empty for a figure that is not there.
    pub fn values(&self, figure: &str) -> (Vec<f64>, Vec<&str>) {
        let attempts = |case: &Asked| Attempts {
            total: case.epochs,
            passed: case.passed,
        };
        let (bare, kind) = match figure.split_once('.') {
            Some((bare, kind)) => (bare, Some(kind)),
            None => (figure, None),
        };
        if bare == "determinism" {
            // A case that had no answer at times has no answer that is the same each time.
            let one = |case: &Asked| case.outputs.len() == 1 && !case.failed;
            return self.of_cases(kind, |case| Some(f64::from(u8::from(one(case)))));
        }
        if let Some(k) = bare.strip_prefix("pass@").and_then(|k| k.parse().ok()) {
            return self.of_cases(kind, |case| pass_at_k(attempts(case), k));
        }
        if let Some(k) = bare.strip_prefix("pass^").and_then(|k| k.parse().ok()) {
            return self.of_cases(kind, |case| pass_hat_k(attempts(case), k));
        }
        let (name, kind) = match figure.split_once('.') {
            Some((name, kind)) if !self.grades.contains_key(figure) => (name, Some(kind)),
            _ => (figure, None),
        };
        let scores = self.scores(name);
        let counted = scores.iter().filter_map(|(id, value)| {
            let case = self
                .cases
                .get(id)
                .filter(|case| kind.is_none_or(|kind| case.r#type == kind))?;
            Some((*value, case.cluster.as_str()))
        });
        counted.unzip()
    }

    fn of_cases(
        &self,
        kind: Option<&str>,
        value: impl Fn(&Asked) -> Option<f64>,
    ) -> (Vec<f64>, Vec<&str>) {
        let cases = self.cases.values();
        let cases = cases.filter(|case| kind.is_none_or(|kind| case.r#type == kind));
        cases
            .filter_map(|case| Some((value(case)?, case.cluster.as_str())))
            .unzip()
    }

    /// All figures with their bounds.
    pub fn metrics(&self, same_seed: bool) -> BTreeMap<String, Metric> {
        let measured = |figure: String| {
            let (values, clusters) = self.values(&figure);
            Some((figure, of_mean(&values, &clusters)?))
        };
        self.figures(same_seed)
            .into_iter()
            .filter_map(measured)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Grade;

    fn sample(id: &str, epoch: u32, grades: &[(&str, f64)]) -> Sample {
        let grades = grades
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Grade::share(*value)));
        Sample {
            id: id.to_owned(),
            epoch,
            r#type: id.split('-').next().unwrap_or_default().to_owned(),
            cluster: id.to_owned(),
            input: "问".to_owned(),
            target: String::new(),
            output: format!("{id} {epoch}"),
            answer: serde_json::Value::Null,
            grades: grades.collect(),
            usage: Usage {
                input_tokens: 3,
                output_tokens: 2,
            },
            seconds: 0.5,
            cpu_seconds: None,
            error: None,
        }
    }

    fn shown(metrics: &BTreeMap<String, Metric>) -> String {
        let line = |(name, it): (&String, &Metric)| {
            format!(
                "{name} {:.3} [{:.3}, {:.3}] {}",
                it.value, it.low, it.high, it.n
            )
        };
        metrics.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn figures_by_type_and_without_numbers_that_are_none() {
        let samples = [
            sample("a-1", 1, &[("status", 1.0), ("over_refusal", 0.0)]),
            sample("a-2", 1, &[("status", 0.0), ("over_refusal", 1.0)]),
            sample("b-1", 1, &[("status", 1.0), ("ece", f64::NAN)]),
        ];
        let tally = Tally::of(&samples);
        insta::assert_snapshot!(shown(&tally.metrics(false)), @r"
        over_refusal 0.500 [0.095, 0.905] 2
        over_refusal.a 0.500 [0.095, 0.905] 2
        status 0.667 [0.208, 0.939] 3
        status.a 0.500 [0.095, 0.905] 2
        status.b 1.000 [0.207, 1.000] 1
        ");
        assert_eq!(
            (tally.samples, tally.errors, tally.usage.input_tokens),
            (3, 0, 9)
        );
        assert_eq!(samples.each_ref().map(passed), [true, false, true]);
    }

    #[test]
    fn several_epochs_are_averaged_and_tell_who_is_unstable() {
        let samples: Vec<Sample> = (1..=4)
            .flat_map(|epoch| {
                let even = f64::from(epoch % 2);
                [
                    sample("a", epoch, &[("accuracy", 1.0)]),
                    sample("b", epoch, &[("accuracy", even)]),
                ]
            })
            .collect();
        let tally = Tally::of(&samples);
        insta::assert_snapshot!(shown(&tally.metrics(false)), @r"
        accuracy 0.750 [0.000, 1.000] 2
        accuracy.a 1.000 [0.207, 1.000] 1
        accuracy.b 0.500 [0.500, 0.500] 1
        pass@1 0.750 [0.000, 1.000] 2
        pass@1.a 1.000 [0.207, 1.000] 1
        pass@1.b 0.500 [0.500, 0.500] 1
        pass@4 1.000 [0.342, 1.000] 2
        pass@4.a 1.000 [0.207, 1.000] 1
        pass@4.b 1.000 [0.207, 1.000] 1
        pass^1 0.750 [0.000, 1.000] 2
        pass^1.a 1.000 [0.207, 1.000] 1
        pass^1.b 0.500 [0.500, 0.500] 1
        pass^4 0.500 [0.095, 0.905] 2
        pass^4.a 1.000 [0.207, 1.000] 1
        pass^4.b 0.000 [0.000, 0.793] 1
        ");
        assert_eq!(tally.unstable(), ["b"]);
        insta::assert_snapshot!(shown(&Tally::of(&samples).metrics(true)), @r"
        accuracy 0.750 [0.000, 1.000] 2
        accuracy.a 1.000 [0.207, 1.000] 1
        accuracy.b 0.500 [0.500, 0.500] 1
        determinism 0.000 [0.000, 0.658] 2
        determinism.a 0.000 [0.000, 0.793] 1
        determinism.b 0.000 [0.000, 0.793] 1
        ");
    }
}
