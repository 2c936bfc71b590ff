//! What the head of a log says of its samples: how many, which scores, how many tokens.

use std::collections::BTreeMap;

use crate::record::{Sample, Usage};

#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Samples without an error.
    pub(super) completed: usize,
    /// By name of the metric.
    pub(super) scores: BTreeMap<String, Counts>,
    pub(super) usage: Usage,
    /// By name of the metric and case, of a run with several epochs.
    pub(super) reduced: BTreeMap<String, BTreeMap<String, Mean>>,
    epochs: u32,
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) scored: usize,
    pub(super) unscored: usize,
}

/// Of the epochs that were scored.
#[derive(Debug, Default)]
pub(super) struct Mean {
    sum: f64,
    n: u32,
}

impl Mean {
    pub(super) fn value(&self) -> Option<f64> {
        (self.n > 0).then(|| self.sum / f64::from(self.n))
    }
}

impl Tally {
    pub(super) fn new(epochs: u32) -> Self {
        Self {
            epochs,
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, sample: &Sample) {
        self.completed += usize::from(sample.error.is_none());
        let usage = &mut self.usage;
        usage.input_tokens = usage.input_tokens.saturating_add(sample.usage.input_tokens);
        usage.output_tokens = usage
            .output_tokens
            .saturating_add(sample.usage.output_tokens);
        for (name, grade) in &sample.grades {
            let counts = of(&mut self.scores, name);
            match grade.value {
                Some(_) => counts.scored += 1,
                None => counts.unscored += 1,
            }
            if self.epochs > 1 {
                let mean = of(of(&mut self.reduced, name), &sample.id);
                if let Some(value) = grade.value {
                    mean.sum += value;
                    mean.n += 1;
                }
            }
        }
    }
}

/// The entry of a key, which is copied only where it is new.
fn of<'a, T: Default>(map: &'a mut BTreeMap<String, T>, key: &str) -> &'a mut T {
    if !map.contains_key(key) {
        map.insert(key.to_owned(), T::default());
    }
    map.get_mut(key).expect("it is there now")
}
