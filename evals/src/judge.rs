//! Whether a run may stand: its figures clear their gates, and nothing got worse against the baseline.
//!
//! The one-sided 95 % bound decides a gate, not the point; a missing figure does not pass. Regressions are told by paired
//! tests with Holm's correction; without a model every difference is real, so a suite may name how many cases may turn.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::diff::{Comparison, Verdict, compare};
use crate::grade::lower_is_better;
use crate::record::Status;
use crate::stats::gate::{self, Decision, Limit};
use crate::stats::{mean, paired};
use crate::suite::{Gate, Manifest, Mode};
use crate::tally::Tally;

/// What was asked of a run, and whether it holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// What kind of thing was asked.
    pub kind: Kind,
    /// Of which metric; of none for the whole run.
    pub metric: Option<String>,
    /// Whether it holds.
    pub passes: bool,
    /// The same in words.
    pub text: String,
    /// Numbers of a gate.
    pub decision: Option<Decision>,
}

/// Kinds of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The run is whole: no bad case, nothing left out.
    Whole,
    /// A figure clears its threshold.
    Gate,
    /// A metric is not worse than in the baseline.
    Regression,
    /// A metric is not worse by more than the margin.
    Margin,
    /// No more cases turned than may.
    Turned,
}

/// What a run is judged by, besides its figures.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The suite.
    pub manifest: &'a Manifest,
    /// Whether a model took part.
    pub mode: Mode,
    /// Samples that the run wants.
    pub total: usize,
    /// Cases that could not be read.
    pub problems: usize,
    /// How the run ended.
    pub status: Status,
}

/// All findings, and how the run compares with the baseline where there is one.
pub fn judge(
    asked: Asked<'_>,
    tally: &Tally,
    baseline: Option<&Tally>,
) -> (Vec<Finding>, Option<Comparison>) {
    let mut findings = Vec::from_iter(whole(asked, tally));
    let gates = asked
        .manifest
        .gates
        .iter()
        .filter(|it| it.counts(asked.mode));
    findings.extend(gates.map(|gate| decided(gate, tally)));
    let regression = &asked.manifest.regression;
    let comparison = baseline.map(|baseline| compare(baseline, tally, &regression.metrics));
    if let Some(comparison) = &comparison {
        findings.extend(comparison.metrics.iter().map(|row| Finding {
            kind: Kind::Regression,
            metric: Some(row.metric.clone()),
            passes: row.verdict != Verdict::Worse,
            text: format!(
                "{:.3} against {:.3}, {} worse, {} better, p {:.3} after correction",
                row.candidate,
                row.baseline,
                row.worse.len(),
                row.better.len(),
                row.p_worse_adjusted
            ),
            decision: None,
        }));
        findings.extend(
            baseline
                .into_iter()
                .flat_map(|it| lost(it, tally, &regression.metrics)),
        );
        if let Some(margin) = regression.margin {
            findings.extend(margins(comparison, baseline, tally, margin));
        }
        findings.extend(
            regression
                .most_worse
                .filter(|_| asked.mode == Mode::Off)
                .map(|most| turned(comparison, most)),
        );
    }
    (findings, comparison)
}

/// Metrics that were compared with and are no more, and wanted ones that never were; cases that are gone.
fn lost(baseline: &Tally, tally: &Tally, wanted: &[String]) -> Vec<Finding> {
    let now: BTreeSet<&str> = tally.names().collect();
    let then = baseline.names().map(str::to_owned);
    let mut names: Vec<String> = match wanted {
        [] => then.collect(),
        wanted => wanted.to_vec(),
    };
    names.retain(|name| !now.contains(name.as_str()));
    let finding = |metric: Option<String>, text: String| Finding {
        kind: Kind::Regression,
        metric,
        passes: false,
        text,
        decision: None,
    };
    let metrics = names
        .into_iter()
        .map(|name| finding(Some(name), "the run has no such figure".to_owned()));
    let here: BTreeSet<&str> = tally.ids().collect();
    let gone: Vec<&str> = baseline.ids().filter(|id| !here.contains(id)).collect();
    let cases = (!gone.is_empty()).then(|| {
        let named = gone.iter().take(20).copied().collect::<Vec<_>>().join(", ");
        let text = format!(
            "cases of the baseline that the run lacks: {}: {named}",
            gone.len()
        );
        finding(None, text)
    });
    metrics.chain(cases).collect()
}

fn whole(asked: Asked<'_>, tally: &Tally) -> Option<Finding> {
    let text = match () {
        () if asked.status != Status::Success => {
            format!(
                "the run broke off after {} of {} samples",
                tally.samples, asked.total
            )
        }
        () if asked.problems > 0 => format!("{} cases could not be read", asked.problems),
        () if tally.samples < asked.total => {
            format!("{} of {} samples are there", tally.samples, asked.total)
        }
        () => return None,
    };
    Some(Finding {
        kind: Kind::Whole,
        metric: None,
        passes: false,
        text,
        decision: None,
    })
}

fn decided(gate: &Gate, tally: &Tally) -> Finding {
    let limit = gate.limit();
    let decision = limit
        .as_ref()
        .ok()
        .and_then(|limit| decide(*limit, &gate.metric, tally));
    let asked = match limit {
        Ok(Limit::AtLeast(value)) => format!("at least {value:.3}"),
        Ok(Limit::AtMost(value)) => format!("at most {value:.3}"),
        Err(reason) => reason,
    };
    let text = match &decision {
        Some(decision) => format!(
            "{:.3}, bound {:.3}, asked {asked}",
            decision.value, decision.bound
        ),
        None => format!("no figure, asked {asked}"),
    };
    Finding {
        kind: Kind::Gate,
        metric: Some(gate.metric.clone()),
        passes: decision.is_some_and(|decision| decision.passes),
        text,
        decision,
    }
}

/// Whether a figure clears a limit; none where it has no bound. Rates by Wilson's bound; where cases share clusters, by the
/// clustered bound if that is the stricter one.
pub fn decide(limit: Limit, figure: &str, tally: &Tally) -> Option<Decision> {
    let (values, clusters) = tally.values(figure);
    let distinct: BTreeSet<&str> = clusters.iter().copied().collect();
    let passed = values.iter().filter(|value| **value == 1.0).count() as u64;
    let binary = values.iter().all(|value| *value == 0.0 || *value == 1.0);
    let rate = || gate::rate(limit, passed, values.len() as u64);
    if binary && distinct.len() == values.len() {
        return rate();
    }
    let spread =
        mean::clustered_estimate(&values, &clusters).filter(|it| it.standard_error() > 0.0);
    let clustered = spread.and_then(|estimate| gate::mean(limit, &estimate));
    if !binary {
        return clustered;
    }
    // Of few clusters the spread is known so badly that it may be next to none.
    let stricter = |decision: &Decision| match limit {
        Limit::AtLeast(_) => decision.bound,
        Limit::AtMost(_) => -decision.bound,
    };
    let both = clustered.into_iter().chain(rate());
    both.min_by(|left, right| stricter(left).total_cmp(&stricter(right)))
}

fn margins<'a>(
    comparison: &'a Comparison,
    baseline: Option<&'a Tally>,
    tally: &'a Tally,
    margin: f64,
) -> impl Iterator<Item = Finding> + 'a {
    comparison.metrics.iter().map(move |row| {
        let decision = non_inferior(row, baseline, tally, margin);
        let text = match &decision {
            Some(decision) => format!(
                "difference {:+.3}, bound {:+.3}, margin {margin:.3}",
                decision.value, decision.bound
            ),
            None => format!("no bound, margin {margin:.3}"),
        };
        Finding {
            kind: Kind::Margin,
            metric: Some(row.metric.clone()),
            passes: decision.is_some_and(|decision| decision.passes),
            text,
            decision,
        }
    })
}

fn non_inferior(
    row: &crate::diff::Row,
    baseline: Option<&Tally>,
    tally: &Tally,
    margin: f64,
) -> Option<Decision> {
    let baseline = baseline?;
    let sign = if lower_is_better(&row.metric) {
        -1.0
    } else {
        1.0
    };
    let signed = |tally: &Tally| -> paired::Scores {
        tally
            .scores(&row.metric)
            .into_iter()
            .map(|(id, value)| (id, sign * value))
            .collect()
    };
    let estimate =
        paired::clustered_difference(&signed(baseline), &signed(tally), |id| tally.cluster(id));
    match estimate.filter(|estimate| estimate.standard_error() > 0.0) {
        Some(estimate) => gate::non_inferior(&estimate, margin),
        None => gate::non_inferior_rate(
            row.better.len() as u64,
            row.worse.len() as u64,
            row.n as u64,
            margin,
        ),
    }
}

fn turned(comparison: &Comparison, most: usize) -> Finding {
    let worse: BTreeSet<&String> = comparison
        .metrics
        .iter()
        .flat_map(|row| &row.worse)
        .collect();
    let names: Vec<&str> = worse.iter().map(|id| id.as_str()).take(20).collect();
    Finding {
        kind: Kind::Turned,
        metric: None,
        passes: worse.len() <= most,
        text: {
            let colon = if names.is_empty() { "" } else { ": " };
            let named = names.join(", ");
            format!("got worse: {}, at most {most}{colon}{named}", worse.len())
        },
        decision: None,
    }
}

#[cfg(test)]
mod tests;
