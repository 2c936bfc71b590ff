//! The table of metrics with a forest plot: all cases first, then by type of case.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::known::{self, Sense, Unit};
use super::markup::{Text, Word};
use super::outcome::{self, Case};
use super::plot::{self, Axis};
use super::words;
use super::{Judged, Subject, format};
use crate::metric;
use crate::record::{Metric, Run};
use crate::stats::gate::Limit;

/// Rows by type that are shown without being asked for.
const OPEN: usize = 40;

/// The figures of a run, and whether they had to be computed from its samples, since its log has no end.
pub(super) fn figures(run: &Run, cases: &[Case<'_>]) -> (BTreeMap<String, Metric>, bool) {
    match &run.ended {
        Some(ended) if !ended.metrics.is_empty() => (ended.metrics.clone(), false),
        Some(_) | None => (computed(cases), true),
    }
}

fn computed(cases: &[Case<'_>]) -> BTreeMap<String, Metric> {
    let names: BTreeSet<&String> = cases
        .iter()
        .flat_map(|case| &case.samples)
        .flat_map(|sample| sample.grades.keys())
        .collect();
    let mut types = BTreeMap::<&str, Vec<Case<'_>>>::new();
    for case in cases {
        types
            .entry(&case.first().r#type)
            .or_default()
            .push(case.clone());
    }
    let mut figures = BTreeMap::new();
    for name in names
        .into_iter()
        .filter(|name| known::sense(name) != Sense::Note)
    {
        figures.extend(mean(cases, name).map(|metric| (name.clone(), metric)));
        for (kind, cases) in types.iter().filter(|(kind, _)| !kind.is_empty()) {
            figures.extend(mean(cases, name).map(|metric| (format!("{name}.{kind}"), metric)));
        }
    }
    figures
}

fn mean(cases: &[Case<'_>], name: &str) -> Option<Metric> {
    let (values, clusters): (Vec<f64>, Vec<&str>) =
        outcome::scores(cases, name).into_values().unzip();
    metric::of_mean(&values, &clusters)
}

/// What is drawn and written.
pub(super) struct Figures<'a> {
    pub(super) metrics: &'a BTreeMap<String, Metric>,
    pub(super) baseline: Option<&'a BTreeMap<String, Metric>>,
    pub(super) gates: &'a [Judged],
}

impl Figures<'_> {
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let (whole, typed): (Vec<&String>, Vec<&String>) = self
            .ordered()
            .into_iter()
            .partition(|name| known::split(name).1.is_none());
        if whole.is_empty() && typed.is_empty() {
            return write!(out, r#"<p class="note">{}</p>"#, words::NO_FIGURES);
        }
        write!(out, r#"<p class="note">{}"#, words::FIGURES_NOTE)?;
        if self.baseline.is_some() {
            write!(out, "{}", words::BASELINE_MARK)?;
        }
        if self.gates.iter().any(|gate| gate.subject == Subject::Run) {
            write!(out, "{}", words::THRESHOLD_MARK)?;
        }
        out.write_all(b"</p>")?;
        if !whole.is_empty() {
            self.head(out, words::FIGURES)?;
            out.write_all(b"<tbody>")?;
            self.rows(out, &whole, title)?;
            out.write_all(b"</tbody></table>")?;
        }
        if typed.is_empty() {
            Ok(())
        } else {
            self.write_types(&typed, out)
        }
    }

    /// All metrics by type of case in one table, so that their axis is read once.
    fn write_types(&self, typed: &[&String], out: &mut dyn Write) -> io::Result<()> {
        let open = if typed.len() <= OPEN { " open" } else { "" };
        write!(
            out,
            r#"<details class="fold"{open}><summary>{} <span class="count">{}</span></summary>"#,
            words::BY_TYPE,
            format::count(typed.len())
        )?;
        self.head(out, words::BY_TYPE)?;
        for group in typed.chunk_by(|left, right| known::split(left).0 == known::split(right).0) {
            write!(
                out,
                r#"<tbody class="group"><tr><th scope="rowgroup" colspan="3">{}</th></tr>"#,
                title(known::split(group[0]).0)
            )?;
            let of_type = |name: &str| Text(known::split(name).1.unwrap_or(name)).to_string();
            self.rows(out, group, of_type)?;
            out.write_all(b"</tbody>")?;
        }
        out.write_all(b"</table></details>")
    }

    /// Known metrics first, in their order; then by name.
    fn ordered(&self) -> Vec<&String> {
        let mut names: Vec<&String> = self.metrics.keys().collect();
        let key = |name: &str| {
            (
                known::rank(name),
                known::split(name).0.to_owned(),
                name.to_owned(),
            )
        };
        names.sort_by_cached_key(|name| key(name));
        names
    }

    fn head(&self, out: &mut dyn Write, caption: Word) -> io::Result<()> {
        write!(
            out,
            r#"<table class="forest"><caption class="unseen">{caption}</caption><thead><tr><th scope="col">{}</th><th scope="col">{}</th><td>{}</td></tr></thead>"#,
            words::METRIC,
            words::VALUE,
            plot::scale(Axis::SHARES, plot::whole_percent),
        )
    }

    fn rows(
        &self,
        out: &mut dyn Write,
        names: &[&String],
        head: impl Fn(&str) -> String,
    ) -> io::Result<()> {
        for name in names {
            if let Some(metric) = self.metrics.get(*name) {
                self.row(out, name, metric, &head(name))?;
            }
        }
        Ok(())
    }

    fn row(&self, out: &mut dyn Write, name: &str, metric: &Metric, head: &str) -> io::Result<()> {
        let unit = unit(name, metric);
        let baseline = self.baseline.and_then(|metrics| metrics.get(name));
        write!(
            out,
            r#"<tr><th scope="row">{head}<small>n {}</small></th><td class="value"><b>{}</b><small>{}</small>"#,
            format::count(metric.n),
            show(unit, metric.value),
            bounds(unit, metric),
        )?;
        if let Some(baseline) = baseline {
            let value = show(unit, baseline.value);
            write!(
                out,
                "<small>{}</small>",
                words::BASELINE_IS.with(&[("value", &value)])
            )?;
        }
        out.write_all(b"</td><td class=\"plot\">")?;
        if unit != Unit::Milliseconds {
            let gate = self
                .gates
                .iter()
                .find(|gate| gate.metric == name && gate.subject == Subject::Run);
            let threshold = gate.map(|gate| match gate.limit {
                Limit::AtLeast(value) | Limit::AtMost(value) => value,
            });
            out.write_all(plot::interval(Axis::SHARES, metric, baseline, threshold).as_bytes())?;
        }
        out.write_all(b"</td></tr>")
    }
}

/// The title of a metric with its name, and whether less is better; of one that is not known, its name.
pub(super) fn title(name: &str) -> String {
    let (bare, r#type) = known::split(name);
    let mut text = match known::metric(bare) {
        Some(known) => {
            let mut text = format!("{} <code>{}</code>", known.title, Text(bare));
            if known.sense == Sense::Fault {
                text += &format!(" <small>{}</small>", words::LESS_IS_BETTER);
            }
            text
        }
        None => format!("<code>{}</code>", Text(bare)),
    };
    if let Some(r#type) = r#type {
        text += &format!(" <span class=\"type\">{}</span>", Text(r#type));
    }
    text
}

/// How a figure is shown; one that is not known, as a share where it can be one.
pub(super) fn unit(name: &str, metric: &Metric) -> Unit {
    let is_share = (0.0..=1.0).contains(&metric.value) || !metric.value.is_finite();
    match known::metric(name) {
        Some(known) => known.unit,
        None if name.ends_with("_ms") => Unit::Milliseconds,
        None if is_share => Unit::Share,
        None => Unit::Score,
    }
}

pub(super) fn show(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Share => format::percent(value),
        Unit::Score => format::fixed(value, 3),
        Unit::Milliseconds => format::span(value / 1_000.0),
    }
}

fn bounds(unit: Unit, metric: &Metric) -> String {
    match unit {
        Unit::Share => format::percent_bounds(metric.low, metric.high),
        Unit::Score | Unit::Milliseconds => {
            format::bounds(metric.low, metric.high, |value| show(unit, value))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[(&str, f64)], gates: &[Judged]) -> String {
        let metrics = names.iter().map(|(name, value)| {
            let metric = Metric {
                value: *value,
                low: value - 0.1,
                high: value + 0.05,
                n: 40,
            };
            ((*name).to_owned(), metric)
        });
        let figures = Figures {
            metrics: &metrics.collect(),
            baseline: None,
            gates,
        };
        let mut page = Vec::new();
        figures.write(&mut page).unwrap();
        let page = String::from_utf8(page).unwrap();
        let row = |row: &str| {
            let text = row.split("<svg").next().unwrap_or(row);
            let mut plain = String::new();
            let mut inside = false;
            for character in text.chars() {
                match character {
                    '<' => inside = true,
                    '>' => {
                        inside = false;
                        plain.push(' ');
                    }
                    _ if !inside => plain.push(character),
                    _ => {}
                }
            }
            plain.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        page.split("<tr><th scope=\"row\">")
            .skip(1)
            .map(row)
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn known_metrics_come_first_and_types_last() {
        insta::assert_snapshot!(check(&[
            ("tone", 0.5),
            ("citation.direct", 0.9),
            ("citation", 0.875),
            ("over_refusal", 0.05),
            ("ndcg@10", 0.71),
            ("p99_ms", 12.5),
            ("odd", 7.25),
            ("broken", f64::NAN),
        ], &[]), @r"
        引用正确 Right clause cited citation n 40 87.5% [77.5, 92.5]
        误拒率 Wrongly refused over_refusal 越低越好 less is better n 40 5.0% [−5.0, 10.0]
        nDCG ndcg@10 n 40 0.710 [0.610, 0.760]
        99% 用时 99% of times p99_ms 越低越好 less is better n 40 12 ms [12 ms, 13 ms]
        broken n 40 — [—, —]
        odd n 40 7.250 [7.150, 7.300]
        tone n 40 50.0% [40.0, 55.0]
        direct n 40 90.0% [80.0, 95.0]
        ");
    }
}
