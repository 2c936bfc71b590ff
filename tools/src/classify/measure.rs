//! How good a classifier is, on records that it was not trained on.
//!
//! Records that tell the same story twice may fall on both sides of a split by chance; figures are then better than on
//! orders of tomorrow. Give records of a later month as a test where there are such.

use serde::Serialize;

use super::classifier::{Classifier, Options, Progress, rank};
use super::error::Error;
use super::fold::stratified;
use super::record::Record;
use super::train::{Counted, Ticker, check};

/// Bins of the calibration error.
const BINS: usize = 15;

/// Points of the curve.
const POINTS: usize = 20;

/// Figures over records, all from 0 to 1 where nothing else is said.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// How many records.
    pub n: usize,
    /// Share whose most probable label is right.
    pub accuracy: f64,
    /// F1 of each label, averaged over the labels that are right or were predicted anywhere.
    pub macro_f1: f64,
    /// Share whose right label is among the two most probable.
    pub top2: f64,
    /// Expected calibration error: how far the highest probability is from the share that is right, averaged over 15
    /// bins of equal width, each by its records.
    pub ece: f64,
    /// [share of records, accuracy on them], the surest records first, in twentieths.
    pub curve: Vec<[f64; 2]>,
    /// Labels of `confusion`, sorted.
    pub labels: Vec<String>,
    /// Numbers of records: one row for each right label, in it one for each predicted label.
    pub confusion: Vec<Vec<usize>>,
}

/// What a cross-validation finds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Validation {
    /// Over all records, each predicted by what was learnt from the other folds.
    pub figures: Figures,
    /// Over the records of each fold.
    pub folds: Vec<Figures>,
    /// The fold of each record, from 0, for others who want to use the same.
    pub assignment: Vec<usize>,
    /// What was said of each record, in their order.
    #[serde(skip)]
    pub said: Vec<Said>,
}

/// All labels with their probabilities, the most probable first.
pub type Said = Vec<(String, f64)>;

/// The right label of a record and all labels with probabilities, the most probable first.
type Ranked<'a> = (&'a str, Vec<(&'a str, f64)>);

/// Trains on all folds but one and tests on that, for each fold. Calibration sees the training folds only.
///
/// # Errors
/// As [`Classifier::train`]; [`Error::Option`] unless folds are two or more and no more than there are records.
pub fn cross_validate(
    records: &[Record],
    folds: usize,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Validation, Error> {
    check(records, options)?;
    if !(2..=records.len()).contains(&folds) {
        return Err(Error::Option {
            option: "folds",
            value: folds.to_string(),
            range: "2 or more, and no more than there are records",
        });
    }
    let assignment = stratified(records, folds, options.seed);
    let counted = Counted::new(records, options);
    let mut ticker = Ticker::new(folds * counted.lines(options), progress);
    let (mut all, mut each) = (Vec::with_capacity(records.len()), Vec::with_capacity(folds));
    let mut said = vec![Said::new(); records.len()];
    for held in 0..folds {
        let (test, train): (Vec<usize>, Vec<usize>) =
            (0..records.len()).partition(|at| assignment[*at] == held);
        let learnt = counted.learn(&train, options, &mut ticker);
        let start = all.len();
        all.extend(test.into_iter().map(|at| {
            let ranked = rank(&counted.labels, learnt.probabilities(&counted.counts[at]));
            (records[at].label.as_str(), ranked)
        }));
        each.push(figures(&all[start..]));
        for (at, (_, ranked)) in (0..records.len())
            .filter(|at| assignment[*at] == held)
            .zip(&all[start..])
        {
            let owned = |(label, probability): &(&str, f64)| ((*label).to_owned(), *probability);
            said[at] = ranked.iter().map(owned).collect();
        }
    }
    Ok(Validation {
        figures: figures(&all),
        said,
        folds: each,
        assignment,
    })
}

/// Trains on some records and tests on others. A label that was not trained is never predicted, so its records are wrong.
///
/// # Errors
/// As [`Classifier::train`].
pub fn train_and_test(
    train: &[Record],
    test: &[Record],
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Figures, Error> {
    Ok(evaluate(
        &Classifier::train(train, options, progress)?,
        test,
    ))
}

/// Tests a classifier.
pub fn evaluate(classifier: &Classifier, test: &[Record]) -> Figures {
    let ranked: Vec<Ranked<'_>> = test
        .iter()
        .map(|record| (record.label.as_str(), classifier.predict(&record.input)))
        .collect();
    figures(&ranked)
}

fn figures(ranked: &[Ranked<'_>]) -> Figures {
    let labels = labels(ranked);
    let confusion = confusion(ranked, &labels);
    let share = |right: usize| {
        if ranked.is_empty() {
            0.0
        } else {
            right as f64 / ranked.len() as f64
        }
    };
    let within = |first: usize| {
        let right = |(gold, guesses): &&Ranked<'_>| {
            guesses.iter().take(first).any(|guess| guess.0 == *gold)
        };
        ranked.iter().filter(right).count()
    };
    let sure: Vec<(f64, bool)> = ranked
        .iter()
        .map(|(gold, guesses)| (guesses[0].1, guesses[0].0 == *gold))
        .collect();
    Figures {
        n: ranked.len(),
        accuracy: share(within(1)),
        macro_f1: macro_f1(&confusion),
        top2: share(within(2)),
        ece: calibration_error(&sure),
        curve: curve(sure),
        labels: labels.into_iter().map(str::to_owned).collect(),
        confusion,
    }
}

/// Labels that are right or were predicted anywhere.
fn labels<'a>(ranked: &[Ranked<'a>]) -> Vec<&'a str> {
    let mut labels: Vec<&str> = ranked
        .iter()
        .flat_map(|(gold, guesses)| [*gold, guesses[0].0])
        .collect();
    labels.sort_unstable();
    labels.dedup();
    labels
}

fn confusion(ranked: &[Ranked<'_>], labels: &[&str]) -> Vec<Vec<usize>> {
    let at = |label: &str| {
        labels
            .binary_search(&label)
            .expect("labels were collected from these records")
    };
    let mut confusion = vec![vec![0; labels.len()]; labels.len()];
    for (gold, guesses) in ranked {
        confusion[at(gold)][at(guesses[0].0)] += 1;
    }
    confusion
}

fn macro_f1(confusion: &[Vec<usize>]) -> f64 {
    let f1 = |label: usize| {
        let given: usize = confusion[label].iter().sum();
        let said: usize = confusion.iter().map(|row| row[label]).sum();
        2.0 * confusion[label][label] as f64 / (given + said) as f64
    };
    if confusion.is_empty() {
        return 0.0;
    }
    (0..confusion.len()).map(f1).sum::<f64>() / confusion.len() as f64
}

/// Of probabilities and whether each was right.
fn calibration_error(sure: &[(f64, bool)]) -> f64 {
    let mut bins = [(0.0, 0.0); BINS];
    for (probability, right) in sure {
        // A bin holds its upper edge, as is usual.
        let bin = (probability * BINS as f64).ceil().max(1.0) as usize - 1;
        let bin = &mut bins[bin.min(BINS - 1)];
        *bin = (bin.0 + probability, bin.1 + f64::from(u8::from(*right)));
    }
    let gaps: f64 = bins
        .iter()
        .map(|(promised, kept)| (promised - kept).abs())
        .sum();
    gaps / sure.len().max(1) as f64
}

fn curve(mut sure: Vec<(f64, bool)>) -> Vec<[f64; 2]> {
    if sure.is_empty() {
        return Vec::new();
    }
    sure.sort_by(|one, other| other.0.total_cmp(&one.0));
    let point = |point: usize| {
        let first = (sure.len() * point).div_ceil(POINTS);
        let right = sure[..first].iter().filter(|(_, right)| *right).count();
        [
            first as f64 / sure.len() as f64,
            right as f64 / first as f64,
        ]
    };
    (1..=POINTS).map(point).collect()
}

#[cfg(test)]
mod tests;
