//! The straight way from counted records to lines and their calibration, shared by training and by measuring.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use super::calibration::Calibration;
use super::classifier::{Options, Progress};
use super::error::Error;
use super::fold::deal;
use super::linear::{Line, Rows, Search, part};
use super::record::{LEAST, Record};
use super::term::{Counts, Terms};
use super::weighing::Weighing;

/// Records, counted once however often they are trained on.
#[derive(Debug)]
pub(super) struct Counted {
    pub(super) terms: Terms,
    pub(super) counts: Vec<Counts>,
    /// Sorted.
    pub(super) labels: Vec<String>,
    /// The label of each record, by number.
    pub(super) gold: Vec<usize>,
}

/// What was learnt, in the numbers of the terms of [`Counted`].
#[derive(Debug)]
pub(super) struct Learnt {
    pub(super) weighing: Weighing,
    /// One per label.
    pub(super) lines: Vec<Line>,
    pub(super) calibration: Calibration,
}

/// Tells how many lines of how many are found.
pub(super) struct Ticker<'a> {
    state: Progress,
    report: &'a mut dyn FnMut(Progress),
}

impl<'a> Ticker<'a> {
    pub(super) fn new(total: usize, report: &'a mut dyn FnMut(Progress)) -> Self {
        report(Progress { done: 0, total });
        Self {
            state: Progress { done: 0, total },
            report,
        }
    }

    fn tick(&mut self) {
        self.state.done += 1;
        (self.report)(self.state);
    }
}

impl Counted {
    pub(super) fn new(records: &[Record], options: &Options) -> Self {
        let mut labels: Vec<String> = records.iter().map(|record| record.label.clone()).collect();
        labels.sort_unstable();
        labels.dedup();
        let mut terms = Terms::default();
        let mut counts: Vec<Counts> = records
            .iter()
            .map(|record| terms.learn(&record.input, options.head))
            .collect();
        // What is rare among all records is rare among any of them.
        terms.keep(&mut counts, options.records);
        let gold = |record: &Record| {
            labels
                .binary_search(&record.label)
                .expect("it was collected above")
        };
        Self {
            gold: records.iter().map(gold).collect(),
            terms,
            counts,
            labels,
        }
    }

    /// How many lines [`Counted::learn`] finds.
    pub(super) fn lines(&self, options: &Options) -> usize {
        (options.folds + 1) * self.labels.len()
    }

    /// Learns from some of the records: the lines from all of them, the calibration from what lines learnt from the
    /// other folds say of each.
    pub(super) fn learn(
        &self,
        members: &[usize],
        options: &Options,
        ticker: &mut Ticker<'_>,
    ) -> Learnt {
        let gold: Vec<usize> = members.iter().map(|member| self.gold[*member]).collect();
        let fold = deal(&gold, options.folds, options.seed);
        let mut scores = vec![Vec::new(); members.len()];
        for held in 0..options.folds {
            let kept: Vec<usize> = (0..members.len())
                .filter(|at| fold[*at] != held)
                .map(|at| members[at])
                .collect();
            let (weighing, lines) = self.part(&kept, options, ticker);
            for at in (0..members.len()).filter(|at| fold[*at] == held) {
                let vector = weighing.vector(&self.counts[members[at]]);
                scores[at] = lines.iter().map(|line| line.score(&vector)).collect();
            }
        }
        let (weighing, lines) = self.part(members, options, ticker);
        let calibration = Calibration::fit(&scores, &gold, self.labels.len());
        Learnt {
            weighing,
            lines,
            calibration,
        }
    }

    fn part(
        &self,
        members: &[usize],
        options: &Options,
        ticker: &mut Ticker<'_>,
    ) -> (Weighing, Vec<Line>) {
        let counts = members.iter().map(|member| &self.counts[*member]);
        let weighing = Weighing::learn(counts.clone(), self.terms.len(), options.records);
        let rows = Rows::new(counts.map(|counts| weighing.vector(counts)));
        let line = |label: usize| {
            let inside: Vec<bool> = members
                .iter()
                .map(|member| self.gold[*member] == label)
                .collect();
            let search = Search {
                cost: options.cost,
                stretch: options.stretch,
                // The order of steps differs from label to label, not from thread to thread.
                seed: options.seed.wrapping_add(label as u64),
            };
            part(&rows, &inside, self.terms.len(), search)
        };
        let lines = in_parallel(self.labels.len(), options.threads, &line, &mut || {
            ticker.tick();
        });
        (weighing, lines)
    }
}

impl Learnt {
    /// Probabilities of all labels.
    pub(super) fn probabilities(&self, counts: &Counts) -> Vec<f64> {
        let vector = self.weighing.vector(counts);
        let scores: Vec<f32> = self.lines.iter().map(|line| line.score(&vector)).collect();
        self.calibration.probabilities(&scores)
    }
}

/// Results of `job(0)`, `job(1)`, ..., in that order; `done` is called here after each.
fn in_parallel<T: Send>(
    jobs: usize,
    threads: usize,
    job: &(impl Fn(usize) -> T + Sync),
    done: &mut dyn FnMut(),
) -> Vec<T> {
    let (next, (sender, receiver)) = (AtomicUsize::new(0), mpsc::channel());
    let mut results: Vec<Option<T>> = (0..jobs).map(|_| None).collect();
    std::thread::scope(|scope| {
        for _ in 0..threads.min(jobs) {
            let (next, sender) = (&next, sender.clone());
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= jobs || sender.send((index, job(index))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for (index, result) in receiver {
            results[index] = Some(result);
            done();
        }
    });
    results
        .into_iter()
        .map(|result| result.expect("every job was taken by a thread"))
        .collect()
}

/// Whether records and options are such that something can be learnt.
pub(super) fn check(records: &[Record], options: &Options) -> Result<(), Error> {
    options.check()?;
    let mut labels: Vec<&str> = records.iter().map(|record| record.label.as_str()).collect();
    labels.sort_unstable();
    let runs: Vec<&[&str]> = labels.chunk_by(|one, other| one == other).collect();
    if runs.len() < 2 {
        return Err(Error::few(format!(
            "{} records have {} label(s); give records of at least two labels",
            records.len(),
            runs.len()
        )));
    }
    match runs.iter().find(|run| run.len() < LEAST) {
        None => Ok(()),
        Some(run) => Err(Error::few(format!(
            "label `{}` has {} record(s), and a label is learnt from {LEAST} or more; add records or leave it out",
            run[0],
            run.len()
        ))),
    }
}
