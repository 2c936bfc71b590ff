//! Classifiers with one true label for each case: accuracy, confusion, precision, recall, F1. Whether their probabilities can
//! be believed is in `calibration`; rankings and several labels a case are not here.

use serde::Serialize;
use std::collections::BTreeMap;

use super::bootstrap::Bootstrap;
use super::interval::Interval;
use super::rate;

/// One case and what the classifier said.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// The true label.
    pub truth: String,
    /// The labels guessed, the likeliest first; empty where the classifier abstained, which is a wrong answer here.
    pub ranked: Vec<Guess>,
}

/// A label with the probability that the classifier gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct Guess {
    /// The label guessed.
    pub label: String,
    /// Between 0 and 1; only `calibration` reads it.
    pub probability: f64,
}

impl Prediction {
    /// Whether the true label is among the first `k` guesses.
    pub fn is_within(&self, k: usize) -> bool {
        self.ranked
            .iter()
            .take(k)
            .any(|guess| guess.label == self.truth)
    }

    /// The label guessed first.
    fn label(&self) -> Option<&str> {
        self.ranked.first().map(|guess| guess.label.as_str())
    }
}

/// The share of cases whose first guess is right, with Wilson's interval. `None` for no cases, and when `confidence` is not
/// between 0 and 1.
pub fn accuracy(predictions: &[Prediction], confidence: f64) -> Option<Interval> {
    top_k_accuracy(predictions, 1, confidence)
}

/// The share of cases whose true label is among the first `k` guesses, with Wilson's interval; 0 for `k` = 0. `None` as for
/// [`accuracy`].
pub fn top_k_accuracy(predictions: &[Prediction], k: usize, confidence: f64) -> Option<Interval> {
    let right = predictions
        .iter()
        .filter(|prediction| prediction.is_within(k))
        .count();
    rate::interval(right as u64, predictions.len() as u64, confidence)
}

/// The unweighted mean of F1 over the classes, with its BCa interval over cases. The classes are all labels that are true or
/// guessed first at least once in the sample at hand, as scikit-learn takes them, with 0 for a division by zero.
///
/// `None` for no cases, and as for [`Bootstrap::statistic`].
pub fn macro_f1(predictions: &[Prediction], bootstrap: &Bootstrap) -> Option<Interval> {
    let coded = Coded::new(predictions);
    bootstrap.statistic(predictions.len(), |cases| coded.macro_f1(cases))
}

/// How often each label was taken for each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Confusion {
    /// All labels that are true or guessed first at least once, in order.
    pub labels: Vec<String>,
    /// `counts[i][j]`: cases of `labels[i]` guessed as `labels[j]`.
    pub counts: Vec<Vec<u64>>,
    /// `abstained[i]`: cases of `labels[i]` without a guess.
    pub abstained: Vec<u64>,
}

/// One class of a [`Confusion`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Class {
    /// Its label.
    pub label: String,
    /// How many cases have it as true label.
    pub support: u64,
    /// Of the cases guessed so, the share that is so, with Wilson's interval. `None` when it was never guessed.
    pub precision: Option<Interval>,
    /// Of the cases that are so, the share guessed so, with Wilson's interval. `None` when no case is.
    pub recall: Option<Interval>,
    /// The harmonic mean of precision and recall, 2 tp / (2 tp + fp + fn); 0 where either does not exist.
    pub f1: f64,
}

/// Counts first guesses by true label; empty for no cases.
pub fn confusion(predictions: &[Prediction]) -> Confusion {
    let coded = Coded::new(predictions);
    let size = coded.labels.len();
    let mut counts = vec![vec![0; size]; size];
    let mut abstained = vec![0; size];
    for (truth, guess) in &coded.pairs {
        match guess {
            Some(guess) => counts[*truth][*guess] += 1,
            None => abstained[*truth] += 1,
        }
    }
    Confusion {
        labels: coded.labels.into_iter().map(str::to_owned).collect(),
        counts,
        abstained,
    }
}

impl Confusion {
    /// Precision, recall and F1 of each class, in the order of the labels. `None` when `confidence` is not between 0 and 1.
    pub fn classes(&self, confidence: f64) -> Option<Vec<Class>> {
        rate::interval(0, 1, confidence)?;
        Some(
            self.labels
                .iter()
                .enumerate()
                .map(|(index, label)| {
                    let right = self.counts[index][index];
                    let guessed: u64 = self.counts.iter().map(|row| row[index]).sum();
                    let support = self.counts[index].iter().sum::<u64>() + self.abstained[index];
                    Class {
                        label: label.clone(),
                        support,
                        precision: rate::interval(right, guessed, confidence),
                        recall: rate::interval(right, support, confidence),
                        f1: f1(right, guessed, support),
                    }
                })
                .collect(),
        )
    }
}

/// Predictions with numbers for labels, so that resamples are cheap.
struct Coded<'a> {
    labels: Vec<&'a str>,
    /// The true label and the first guess.
    pairs: Vec<(usize, Option<usize>)>,
}

impl<'a> Coded<'a> {
    fn new(predictions: &'a [Prediction]) -> Self {
        let truths = predictions
            .iter()
            .map(|prediction| prediction.truth.as_str());
        let guesses = predictions.iter().filter_map(Prediction::label);
        let mut codes: BTreeMap<&str, usize> =
            truths.chain(guesses).map(|label| (label, 0)).collect();
        for (code, slot) in codes.values_mut().enumerate() {
            *slot = code;
        }
        let pair = |prediction: &'a Prediction| {
            let guess = prediction.label().map(|label| codes[label]);
            (codes[prediction.truth.as_str()], guess)
        };
        Self {
            pairs: predictions.iter().map(pair).collect(),
            labels: codes.keys().copied().collect(),
        }
    }

    fn macro_f1(&self, cases: &[usize]) -> f64 {
        // Right, guessed, support.
        let mut counts = vec![(0, 0, 0); self.labels.len()];
        for case in cases {
            let (truth, guess) = self.pairs[*case];
            counts[truth].2 += 1;
            if let Some(guess) = guess {
                counts[guess].1 += 1;
                counts[truth].0 += u64::from(guess == truth);
            }
        }
        let present = counts
            .iter()
            .filter(|(_, guessed, support)| guessed + support > 0);
        let (mut sum, mut classes) = (0.0, 0.0);
        for &(right, guessed, support) in present {
            sum += f1(right, guessed, support);
            classes += 1.0;
        }
        sum / classes
    }
}

fn f1(right: u64, guessed: u64, support: u64) -> f64 {
    2.0 * right as f64 / (guessed + support).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::reference::{cases, close, integer, number, predictions, within};
    use proptest::prelude::*;

    #[test]
    fn scores_agree_with_scikit_learn() {
        for case in cases("classify") {
            let predictions = predictions(&case);
            close(
                accuracy(&predictions, 0.95).unwrap().value(),
                number(&case, "accuracy"),
                &case,
            );
            for top in case["top_k"].as_array().unwrap() {
                let k = integer(top, "k") as usize;
                let got = top_k_accuracy(&predictions, k, 0.95).unwrap();
                close(got.value(), number(top, "accuracy"), top);
            }
            let confusion = confusion(&predictions);
            assert_eq!(serde_json::json!(confusion.labels), case["labels"]);
            assert_eq!(serde_json::json!(confusion.counts), case["confusion"]);
            let classes = confusion.classes(0.95).unwrap();
            for (class, expected) in classes.iter().zip(case["classes"].as_array().unwrap()) {
                let value = |rate: Option<Interval>| rate.map_or(0.0, |rate| rate.value());
                close(
                    value(class.precision),
                    number(expected, "precision"),
                    expected,
                );
                close(value(class.recall), number(expected, "recall"), expected);
                close(class.f1, number(expected, "f1"), expected);
                assert_eq!(class.support, integer(expected, "support"));
            }
        }
    }

    /// The noise is that of the means in `bootstrap`; scipy drew 20,000 resamples of scikit-learn's score here.
    #[test]
    fn macro_f1_agrees_with_scikit_learn_and_its_interval_with_scipy() {
        for case in cases("classify") {
            let got = macro_f1(&predictions(&case), &Bootstrap::default()).unwrap();
            let (expected, error) = (
                &case["macro_f1"],
                number(&case["macro_f1"], "standard_error"),
            );
            close(got.value(), number(expected, "value"), expected);
            within(got.low(), number(expected, "low"), 0.18 * error, expected);
            within(got.high(), number(expected, "high"), 0.18 * error, expected);
        }
    }

    fn guess(truth: &str, label: &str) -> Prediction {
        let ranked = match label {
            "" => vec![],
            label => vec![Guess {
                label: label.to_owned(),
                probability: 0.5,
            }],
        };
        Prediction {
            truth: truth.to_owned(),
            ranked,
        }
    }

    #[test]
    fn abstaining_is_wrong_but_no_class() {
        let predictions = [
            guess("b", ""),
            guess("a", "a"),
            guess("a", "c"),
            guess("a", ""),
        ];
        let confusion = confusion(&predictions);
        insta::assert_snapshot!(serde_json::to_string(&confusion).unwrap(), @r#"{"labels":["a","b","c"],"counts":[[1,0,1],[0,0,0],[0,0,0]],"abstained":[1,1,0]}"#);
        let classes = confusion.classes(0.95).unwrap();
        let rows: Vec<_> = classes
            .iter()
            .map(|class| {
                let value = |rate: Option<Interval>| rate.map(|rate| rate.value());
                (
                    class.support,
                    value(class.precision),
                    value(class.recall),
                    class.f1,
                )
            })
            .collect();
        assert_eq!(rows[0], (3, Some(1.0), Some(1.0 / 3.0), 0.5));
        assert_eq!(rows[1], (1, None, Some(0.0), 0.0));
        assert_eq!(rows[2], (0, Some(0.0), None, 0.0));
        let macro_f1 = macro_f1(&predictions, &Bootstrap::default()).unwrap();
        close(macro_f1.value(), 0.5 / 3.0, &"abstained");
        assert_eq!(accuracy(&predictions, 0.95).unwrap().value(), 0.25);
        assert_eq!(top_k_accuracy(&predictions, 0, 0.95).unwrap().value(), 0.0);
    }

    #[test]
    fn without_cases_there_is_nothing() {
        assert_eq!(accuracy(&[], 0.95), None);
        assert_eq!(macro_f1(&[], &Bootstrap::default()), None);
        assert_eq!(confusion(&[]).classes(0.95), Some(vec![]));
        assert_eq!(confusion(&[guess("a", "a")]).classes(1.0), None);
    }

    proptest! {
        #[test]
        fn order_does_not_matter(rows in prop::collection::vec((0..4usize, 0..5usize), 1..40)) {
            let labels = ["a", "b", "c", "d", ""];
            let mut predictions: Vec<Prediction> =
                rows.iter().map(|(truth, label)| guess(labels[*truth], labels[*label])).collect();
            let bootstrap = Bootstrap { resamples: 50, ..Bootstrap::default() };
            let (table, score) = (confusion(&predictions), macro_f1(&predictions, &bootstrap));
            predictions.reverse();
            prop_assert_eq!(confusion(&predictions), table);
            let again = macro_f1(&predictions, &bootstrap).unwrap();
            let score = score.unwrap();
            prop_assert_eq!(again.value(), score.value());
            prop_assert!(score.low() <= score.value() && score.value() <= score.high());
        }
    }
}
