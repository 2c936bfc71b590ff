//! `chengzhi eval classify`

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context as _;
use clap::Args;
use evals::metric::{CONFIDENCE, Scored, of_interval};
use evals::stats::bootstrap::Bootstrap;
use evals::stats::calibration::{BINS, expected_calibration_error};
use evals::stats::classify::{Guess, Prediction, accuracy, macro_f1, top_k_accuracy};
use serde::Serialize;
use tools::classify::classifier::{Classifier, Options};
use tools::classify::measure::{self, Figures, Said};
use tools::classify::record::{self, Record};

use super::{read, show};
use crate::cli::context::Context;
use crate::cli::output::{Output, note};
use crate::cli::progress::Bar;

/// Score the classifier of departments: train on one file and test on another, or cross-validate
///
/// Every record of the test counts; one whose label was not among those learnt is wrong. Labels with a single record cannot
/// be learnt and are left out of training, with a warning. Files may be packed with gzip or zstd.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi eval classify --train history.jsonl --test later.jsonl
  chengzhi eval classify --train history.jsonl --folds 5 --json

With --json it prints {suite, n, mode, model, metrics: {accuracy, macro_f1, top2, ece}, …}, each metric {value, low, high,
n}, with `curve`, [[share of records, accuracy on them]] of the surest first, `labels`, `confusion` (a row for each right
label), `left_out` (label and number of records), and of a cross-validation `assignment`, the fold of each record, null for
those left out, and `folds`.")]
pub(in crate::cli) struct Classify {
    /// Records {text or tokens, label}, one a line
    #[arg(long, value_name = "FILE")]
    train: PathBuf,
    /// Records to test on
    #[arg(long, value_name = "FILE", conflicts_with = "folds")]
    test: Option<PathBuf>,
    /// Cut the records into so many parts and test on each what the others teach [default: 5 without --test]
    #[arg(long, value_name = "N")]
    folds: Option<usize>,
    /// Decides the parts and the order of steps; the same gives the same
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// What is printed: the usual object, and what only classifiers have.
#[derive(Debug, Serialize)]
struct Printed {
    #[serde(flatten)]
    scored: Scored,
    curve: Vec<[f64; 2]>,
    labels: Vec<String>,
    confusion: Vec<Vec<usize>>,
    left_out: Vec<(String, usize)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assignment: Option<Vec<Option<usize>>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    folds: Vec<Scores>,
}

/// What a classifier scores on records that it has not learnt from.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct Scores {
    pub(in crate::cli) n: usize,
    pub(in crate::cli) accuracy: f64,
    pub(in crate::cli) macro_f1: f64,
    pub(in crate::cli) top2: f64,
    pub(in crate::cli) ece: f64,
}

/// Resamples for the bounds of what is no rate. Each looks at every record.
const RESAMPLES: usize = 2_000;

pub(super) async fn run(
    context: &Context,
    output: Output,
    command: Classify,
) -> anyhow::Result<ExitCode> {
    let limit = context.global.limit.map_or(usize::MAX, |it| it as usize);
    let work = tokio::task::spawn_blocking(move || score(&command, limit));
    let printed = tokio::select! {
        done = work => done.context("scoring broke off")?,
        _ = tokio::signal::ctrl_c() => anyhow::bail!("stopped"),
    }?;
    for (label, n) in &printed.left_out {
        note(format!(
            "warning: {n} record of label `{label}` is left out; a label is learnt from {} or more",
            record::LEAST
        ));
    }
    if output.json {
        output.json(&printed)?;
        return Ok(ExitCode::SUCCESS);
    }
    let code = show(output, &printed.scored)?;
    for [share, accuracy] in printed.curve.iter().skip(9).step_by(5) {
        let line = format!(
            "  accuracy of the surest {:3.0} %  {accuracy:.3}",
            share * 100.0
        );
        output.line(line)?;
    }
    Ok(code)
}

fn score(command: &Classify, limit: usize) -> anyhow::Result<Printed> {
    let begun = Instant::now();
    let options = Options {
        seed: command.seed,
        ..Options::default()
    };
    let all = records(&command.train, limit)?;
    let labels: Vec<String> = all.iter().map(|record| record.label.clone()).collect();
    let (learnt, left_out) = record::without_rare(all);
    let rare = |label: &String| left_out.iter().any(|(rare, _)| rare == label);
    let mut bar = Bar::of("learning".to_owned(), 0, "steps");
    let mut tick = |progress: tools::classify::classifier::Progress| {
        bar.at(progress.done, progress.total);
    };
    let in_file = || format!("`{}` cannot be learnt from", command.train.display());
    let (figures, predictions, folds, assignment) = if let Some(test) = &command.test {
        let test = records(test, limit)?;
        let classifier = Classifier::train(&learnt, &options, &mut tick).with_context(in_file)?;
        let predictions = test.iter().map(|record| {
            let said = classifier.predict(&record.input).into_iter();
            let said = said.map(|(label, probability)| (label.to_owned(), probability));
            prediction(record, said.collect())
        });
        let predictions: Vec<Prediction> = predictions.collect();
        let figures = measure::evaluate(&classifier, &test);
        (figures, predictions, Vec::new(), None)
    } else {
        let folds = command.folds.unwrap_or(5);
        let found =
            measure::cross_validate(&learnt, folds, &options, &mut tick).with_context(in_file)?;
        let predictions = learnt.iter().zip(found.said);
        let predictions: Vec<Prediction> = predictions
            .map(|(record, said)| prediction(record, said))
            .collect();
        let mut dealt = found.assignment.into_iter();
        let fold = |label: &String| if rare(label) { None } else { dealt.next() };
        let assignment: Vec<Option<usize>> = labels.iter().map(fold).collect();
        let folds = found.folds.iter().map(Scores::of).collect();
        (found.figures, predictions, folds, Some(assignment))
    };
    bar.finish();
    let bootstrap = Bootstrap {
        resamples: RESAMPLES,
        ..Bootstrap::default()
    };
    let n = predictions.len();
    let metrics = [
        ("accuracy", accuracy(&predictions, CONFIDENCE)),
        ("macro_f1", macro_f1(&predictions, &bootstrap)),
        ("top2", top_k_accuracy(&predictions, 2, CONFIDENCE)),
        (
            "ece",
            expected_calibration_error(&predictions, BINS, &bootstrap),
        ),
    ];
    let metrics = metrics
        .into_iter()
        .filter_map(|(name, interval)| Some((name.to_owned(), of_interval(&interval?, n))));
    let seconds = begun.elapsed().as_secs_f64();
    Ok(Printed {
        scored: Scored::off("classify", n, metrics.collect(), seconds, Vec::new()),
        curve: figures.curve,
        labels: figures.labels,
        confusion: figures.confusion,
        left_out,
        assignment,
        folds,
    })
}

impl Scores {
    pub(in crate::cli) fn of(figures: &Figures) -> Self {
        Self {
            n: figures.n,
            accuracy: figures.accuracy,
            macro_f1: figures.macro_f1,
            top2: figures.top2,
            ece: figures.ece,
        }
    }
}

fn prediction(record: &Record, said: Said) -> Prediction {
    let guess = |(label, probability): (String, f64)| Guess {
        label,
        // Sums of rounded numbers may end a hair above one.
        probability: probability.clamp(0.0, 1.0),
    };
    Prediction {
        truth: record.label.clone(),
        ranked: said.into_iter().map(guess).collect(),
    }
}

/// The records of a file, at most `limit`.
fn records(path: &Path, limit: usize) -> anyhow::Result<Vec<Record>> {
    let name = path.display().to_string();
    let mut records = record::parse(&name, read::open(path)?)?.records;
    anyhow::ensure!(
        !records.is_empty(),
        "`{name}` has no records\nhint: one object a line, with `text` or `tokens`, and `label`"
    );
    records.truncate(limit);
    Ok(records)
}
