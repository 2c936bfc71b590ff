//! A classifier as a city uses it: trained on its orders, asked for labels, and asked why.

use super::calibration::Calibration;
use super::error::Error;
use super::linear::Line;
use super::record::{Input, Record};
use super::term::{BLOCKS, Block, Terms};
use super::train::{Counted, Learnt, Ticker, check};
use super::weighing::Weighing;
use crate::digest;

/// How a classifier is trained. The defaults cross-validated best on messages to a city, with seven labels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Decides folds and the order of steps; the same seed gives the same bytes.
    pub seed: u64,
    /// Weight of errors against simplicity, above zero.
    pub cost: f64,
    /// How much terms that tell labels apart are preferred beforehand, from 0 to 1.
    pub stretch: f32,
    /// Terms in fewer records do not count; at least 2, or a file would hold what one person alone wrote.
    pub records: u32,
    /// Characters at the beginning that count once more, as a title does.
    pub head: usize,
    /// Parts into which records are cut to calibrate probabilities, from 2 to 20.
    pub folds: usize,
    /// Labels learnt at the same time, at least 1; it changes no result.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            cost: 1.0,
            stretch: 0.5,
            records: 2,
            head: 25,
            folds: 5,
            threads: 2,
        }
    }
}

impl Options {
    pub(super) fn check(&self) -> Result<(), Error> {
        let wrong = |option, value: String, range| {
            Err(Error::Option {
                option,
                value,
                range,
            })
        };
        if !(self.cost.is_finite() && self.cost > 0.0) {
            return wrong("cost", self.cost.to_string(), "a number above 0");
        }
        if !(0.0..=1.0).contains(&self.stretch) {
            return wrong("stretch", self.stretch.to_string(), "0 to 1");
        }
        if self.records < 2 {
            return wrong("records", self.records.to_string(), "2 or more");
        }
        if !(2..=20).contains(&self.folds) {
            return wrong("folds", self.folds.to_string(), "2 to 20");
        }
        if self.threads == 0 {
            return wrong("threads", "0".into(), "1 or more");
        }
        Ok(())
    }
}

/// How far training is: lines between a label and the rest that are found, of all that are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Found.
    pub done: usize,
    /// Looked for.
    pub total: usize,
}

/// Labels by n-grams.
#[derive(Debug)]
pub struct Classifier {
    pub(super) labels: Vec<String>,
    pub(super) head: usize,
    /// Numbered by block and term.
    pub(super) terms: Terms,
    pub(super) weighing: Weighing,
    /// Weights of the first term for all labels, of the second, and so on, in steps of their label.
    pub(super) weights: Vec<i8>,
    /// What a step is for each label.
    pub(super) steps: Vec<f32>,
    pub(super) bias: Vec<f32>,
    pub(super) calibration: Calibration,
    /// SHA-256 of the records that it was learnt from.
    pub(super) learnt_from: String,
}

impl Classifier {
    /// Learns from records. The same records, in the same order, and the same options but for `threads` give the same
    /// classifier, bit by bit.
    ///
    /// # Errors
    /// [`Error::Few`] unless there are two labels with two records each and none with less, [`Error::Option`].
    pub fn train(
        records: &[Record],
        options: &Options,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Self, Error> {
        check(records, options)?;
        let counted = Counted::new(records, options);
        let mut ticker = Ticker::new(counted.lines(options), progress);
        let members: Vec<usize> = (0..records.len()).collect();
        let learnt = counted.learn(&members, options, &mut ticker);
        let learnt_from = digest(records);
        Ok(Self::compact(counted, learnt, options.head, learnt_from))
    }

    /// Leaves out what does not count, numbers the rest, and rounds weights to 255 steps: a score changes by a thousandth
    /// or so, and a file is a quarter as long.
    fn compact(counted: Counted, learnt: Learnt, head: usize, learnt_from: String) -> Self {
        let lists = BLOCKS.map(|block| {
            let mut list = counted.terms.sorted(block);
            list.retain(|(_, number)| learnt.weighing.rarity[*number as usize] > 0.0);
            list
        });
        let old = || lists.iter().flatten().map(|(_, number)| *number as usize);
        let step = |line: &Line| {
            let weights = old().map(|number| line.weights[number].abs());
            weights.fold(0.0, f32::max).max(f32::MIN_POSITIVE) / 127.0
        };
        let steps: Vec<f32> = learnt.lines.iter().map(step).collect();
        let weights = |number: usize| {
            let weight = move |(line, step): (&Line, &f32)| (line.weights[number] / step).round();
            // At most 127 by the choice of the step.
            learnt
                .lines
                .iter()
                .zip(&steps)
                .map(weight)
                .map(|weight| weight as i8)
        };
        Self {
            head,
            learnt_from,
            weighing: Weighing {
                rarity: old().map(|number| learnt.weighing.rarity[number]).collect(),
            },
            weights: old().flat_map(weights).collect(),
            steps: steps.clone(),
            bias: learnt.lines.iter().map(|line| line.bias).collect(),
            terms: Terms::from_lists(
                lists
                    .each_ref()
                    .map(|list| list.iter().map(|(gram, _)| *gram)),
            )
            .expect("the terms of a block differ"),
            labels: counted.labels,
            calibration: learnt.calibration,
        }
    }

    /// All labels, sorted.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// How many terms it knows.
    pub fn terms(&self) -> usize {
        self.terms.len()
    }

    /// SHA-256 of the records that it was learnt from, as [`digest()`] has it.
    pub fn learnt_from(&self) -> &str {
        &self.learnt_from
    }

    /// Whether it knows any term of `input`; without one, probabilities are those of the labels in general.
    pub fn knows(&self, input: &Input) -> bool {
        let vector = self.weighing.vector(&self.terms.count(input, self.head));
        !vector.is_empty()
    }

    /// All labels with their probability, which add up to one, the most probable first; equal ones by label.
    pub fn predict(&self, input: &Input) -> Vec<(&str, f64)> {
        let mut sums = vec![0.0; self.labels.len()];
        for (term, value) in self.weighing.vector(&self.terms.count(input, self.head)) {
            let weights = &self.weights[term as usize * self.labels.len()..];
            sums.iter_mut()
                .zip(weights)
                .for_each(|(sum, weight)| *sum += f32::from(*weight) * value);
        }
        let scores: Vec<f32> = (0..self.labels.len())
            .map(|label| self.bias[label] + self.steps[label] * sums[label])
            .collect();
        rank(&self.labels, self.calibration.probabilities(&scores))
    }

    /// The n-grams that speak most for a label in any order, at most `count`, with what they add to its score when they
    /// occur once beside little else; the weightiest first, equal ones by n-gram. Two words are parted by a blank; `#`
    /// stands for a number.
    ///
    /// # Errors
    /// [`Error::Label`].
    pub fn explain(&self, label: &str, count: usize) -> Result<Vec<(String, f32)>, Error> {
        let all = self
            .weighing
            .rarity
            .iter()
            .enumerate()
            .map(|(term, rarity)| (term as u32, *rarity));
        self.weightiest(label, count, all)
    }

    /// As [`Classifier::explain`], of what occurs in an order, with what it adds to the score there.
    ///
    /// # Errors
    /// [`Error::Label`].
    pub fn explain_input(
        &self,
        input: &Input,
        label: &str,
        count: usize,
    ) -> Result<Vec<(String, f32)>, Error> {
        let vector = self.weighing.vector(&self.terms.count(input, self.head));
        self.weightiest(label, count, vector.into_iter())
    }

    fn weightiest(
        &self,
        label: &str,
        count: usize,
        values: impl Iterator<Item = (u32, f32)>,
    ) -> Result<Vec<(String, f32)>, Error> {
        let known = || Error::Label {
            label: label.to_owned(),
            known: self.labels.join(", "),
        };
        let at = self
            .labels
            .iter()
            .position(|other| other == label)
            .ok_or_else(known)?;
        let mut added = vec![0.0; self.terms.len()];
        for (term, value) in values {
            let weight = self.weights[term as usize * self.labels.len() + at];
            added[term as usize] = value * self.steps[at] * f32::from(weight);
        }
        // The same characters count in several places; an officer sees them once.
        let mut grams = std::collections::BTreeMap::<&str, f32>::new();
        for (gram, term) in BLOCKS
            .into_iter()
            .flat_map(|block: Block| self.terms.names(block))
            .filter(|(_, term)| added[*term as usize] != 0.0)
        {
            *grams.entry(gram).or_default() += added[term as usize];
        }
        let mut ranked: Vec<(String, f32)> = grams
            .into_iter()
            .filter(|(_, value)| *value > 0.0)
            .map(|(gram, value)| (gram.to_owned(), value))
            .collect();
        ranked.sort_by(|one, other| other.1.total_cmp(&one.1));
        ranked.truncate(count);
        Ok(ranked)
    }
}

/// SHA-256 of records: the same for the same records in the same order.
pub fn digest(records: &[Record]) -> String {
    let parts = records.iter().flat_map(|record| match &record.input {
        Input::Text(text) => ["text", text, &record.label],
        Input::Tokens(tokens) => ["tokens", tokens, &record.label],
    });
    digest::of_parts(&parts.collect::<Vec<&str>>())
}

/// Labels, which are sorted, with their probabilities, the most probable first, equal ones by label.
pub(super) fn rank(labels: &[String], probabilities: Vec<f64>) -> Vec<(&str, f64)> {
    let mut ranked: Vec<(&str, f64)> = labels
        .iter()
        .map(String::as_str)
        .zip(probabilities)
        .collect();
    // Stable: equal ones stay sorted by label.
    ranked.sort_by(|one, other| other.1.total_cmp(&one.1));
    ranked
}

#[cfg(test)]
mod tests;
