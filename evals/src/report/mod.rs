//! Runs as one page of HTML, for an auditor, a civil servant and a developer: what they come to, the gates, the figures with
//! their bounds, what changed against a baseline, what they took, and every case that went wrong.
//!
//! Pure: records in, bytes out; files and clocks belong to the caller. The page needs nothing but itself. It works without
//! its script, which only chooses the language, filters and opens cases, and its policy lets no other script run, whatever
//! stands in a case. Statistics are not made here: figures come from the log, differences from [`crate::stats`].
//!
//! - [`Report`], [`Reported`], [`Judged`]: what is reported.
//! - [`html`] writes it.

mod answer;
mod calibration;
mod case;
mod cases;
mod compare;
mod comparison;
mod cost;
mod figures;
mod format;
mod gates;
mod known;
mod markup;
mod outcome;
mod page;
mod plot;
mod provenance;
mod summary;
mod words;

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use jiff::tz::TimeZone;
use serde_json::Value;

use crate::record::{Metric, Run};
use crate::stats::gate::{Decision, Limit};
use compare::Comparison;
use outcome::{Case, Outcome, Totals};

/// How many passing cases of a run are listed where nobody says otherwise.
pub const PASSING: usize = 500;

/// What is reported.
#[derive(Debug, Clone)]
pub struct Report<'a> {
    /// The runs, in the order of the page.
    pub runs: Vec<Reported<'a>>,
    /// Of each run, all cases that fail, are unstable or were not scored are listed, and at most so many that pass.
    pub passing: usize,
    /// In which times are shown.
    pub zone: TimeZone,
}

/// A run with what it is held against.
#[derive(Debug, Clone)]
pub struct Reported<'a> {
    /// The run.
    pub run: &'a Run,
    /// The run it is compared with.
    pub baseline: Option<&'a Run>,
    /// Its gates, as they were decided.
    pub gates: Vec<Judged>,
}

/// A gate with its decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// Name of the metric.
    pub metric: String,
    /// Of what.
    pub subject: Subject,
    /// What was asked for.
    pub limit: Limit,
    /// What came of it; none without evidence, and then the gate is not met.
    pub decision: Option<Decision>,
    /// Whether it still holds when all gates are taken together (Holm); none where that was not asked.
    pub holds: Option<bool>,
}

impl Judged {
    /// Whether it passes.
    pub fn is_met(&self) -> bool {
        self.decision.is_some_and(|decision| decision.passes)
    }
}

/// What a gate is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The figure of the run.
    Run,
    /// Run minus baseline.
    Difference,
}

/// Writes the page.
///
/// Where it shows generated text, `label` makes the metadata of the whole page (the value of the key `AIGC`, GB 45438-2025)
/// from that text, and the visible label stands on it. Each answer keeps its own.
///
/// ```
/// use evals::report::{PASSING, Report, html};
///
/// let report = Report { runs: vec![], passing: PASSING, zone: jiff::tz::TimeZone::UTC };
/// let mut page = Vec::new();
/// html(&report, |_| unreachable!("nothing generated is shown"), &mut page).unwrap();
/// assert!(page.starts_with(b"<!doctype html>"));
/// ```
///
/// # Errors
/// Those of `out`.
pub fn html(
    report: &Report<'_>,
    label: impl FnOnce(&str) -> Value,
    out: &mut impl Write,
) -> io::Result<()> {
    let prepared = |(place, reported)| Prepared::of(place, reported, report.passing);
    let runs: Vec<Prepared<'_>> = report.runs.iter().enumerate().map(prepared).collect();
    let shown: Vec<String> = runs.iter().filter_map(Prepared::generated).collect();
    let aigc = (!shown.is_empty()).then(|| label(&shown.join("\n")));
    page::write(&runs, aigc.as_ref(), &report.zone, out)
}

/// A run with all that was worked out about it.
struct Prepared<'a> {
    /// Its number on the page.
    place: usize,
    reported: &'a Reported<'a>,
    /// The worst first; of those that pass, the changed ones first.
    cases: Vec<Case<'a>>,
    totals: Totals,
    figures: BTreeMap<String, Metric>,
    /// Whether the figures are not from the log.
    computed: bool,
    baseline: Option<Baseline<'a>>,
    /// How many of the cases are listed, from the first.
    listed: usize,
    /// Places of listed cases.
    places: HashMap<&'a str, usize>,
}

/// The baseline of a run.
struct Baseline<'a> {
    run: &'a Run,
    cases: Vec<Case<'a>>,
    totals: Totals,
    figures: BTreeMap<String, Metric>,
    comparison: Comparison,
}

impl<'a> Prepared<'a> {
    fn of(place: usize, reported: &'a Reported<'a>, passing: usize) -> Self {
        let mut cases = outcome::cases(&reported.run.samples);
        let (figures, computed) = figures::figures(reported.run, &cases);
        let baseline = reported.baseline.map(|run| Baseline::of(run, &cases));
        if let Some(Baseline { comparison, .. }) = &baseline {
            let changed =
                |id: &str| comparison.better.contains(id) || comparison.worse.contains(id);
            cases.sort_by_key(|case| {
                let passes = case.outcome == Outcome::Passing;
                (case.outcome, passes && !changed(&case.first().id))
            });
        }
        let totals = Totals::of(&cases);
        let listed = cases.len() - totals.passing.saturating_sub(passing);
        let ids = cases[..listed].iter().map(|case| case.first().id.as_str());
        Self {
            place,
            reported,
            places: ids.enumerate().map(|(place, id)| (id, place)).collect(),
            totals,
            figures,
            computed,
            baseline,
            listed,
            cases,
        }
    }

    /// The cases that are listed.
    fn shown(&self) -> &[Case<'a>] {
        &self.cases[..self.listed]
    }

    /// Where a case stands on the page.
    fn anchor(&self, id: &str) -> Option<String> {
        self.places
            .get(id)
            .map(|place| case::anchor(self.place, *place))
    }

    /// All generated text of the run that the page shows: what a model said, or what came with a label.
    fn generated(&self) -> Option<String> {
        let before = self.baseline.iter().flat_map(|baseline| {
            let shown = baseline
                .cases
                .iter()
                .filter(|case| self.places.contains_key(case.first().id.as_str()));
            shown.map(|case| (baseline.run, case))
        });
        let own = self.shown().iter().map(|case| (self.reported.run, case));
        let samples = own
            .chain(before)
            .flat_map(|(run, case)| case.samples.iter().map(move |sample| (run, *sample)));
        let generated = samples.filter(|(run, sample)| {
            answer::is_labelled(sample) || (run.header.model.is_some() && !sample.output.is_empty())
        });
        let texts: Vec<&str> = generated
            .map(|(_, sample)| sample.output.as_str())
            .collect();
        (!texts.is_empty()).then(|| texts.join("\n"))
    }
}

impl<'a> Baseline<'a> {
    fn of(run: &'a Run, cases: &[Case<'_>]) -> Self {
        let own = outcome::cases(&run.samples);
        Self {
            run,
            totals: Totals::of(&own),
            figures: figures::figures(run, &own).0,
            comparison: compare::compare(cases, &own),
            cases: own,
        }
    }
}

#[cfg(test)]
mod tests;
