//! The section that sets a run beside its baseline: differences with their intervals, and the cases that changed.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::compare::Comparison;
use super::known::Unit;
use super::markup::{Text, Word, line};
use super::plot::{self, Axis};
use super::{Prepared, figures, format, words};
use crate::diff::{Row, Verdict};
use crate::record::Metric;

/// Ids that are named of each kind of change.
const NAMED: usize = 300;

/// Writes the section.
pub(super) fn write(
    run: &Prepared<'_>,
    comparison: &Comparison,
    out: &mut dyn Write,
) -> io::Result<()> {
    table(&comparison.metrics, out)?;
    let none = [&comparison.worse, &comparison.better, &comparison.unstable]
        .iter()
        .all(|ids| ids.is_empty());
    if none {
        return write!(out, r#"<p class="note">{}</p>"#, words::NO_FLIPS);
    }
    write!(
        out,
        r#"<div class="flips"><h4 class="unseen">{}</h4>"#,
        words::FLIPS
    )?;
    changed(run, words::WORSE, "worse", &comparison.worse, out)?;
    changed(
        run,
        words::BECAME_UNSTABLE,
        "unstable",
        &comparison.unstable,
        out,
    )?;
    changed(run, words::BETTER, "better", &comparison.better, out)?;
    out.write_all(b"</div>")
}

fn table(metrics: &[Row], out: &mut dyn Write) -> io::Result<()> {
    if metrics.is_empty() {
        return write!(out, r#"<p class="note">{}</p>"#, words::NOTHING_COMMON);
    }
    write!(out, r#"<p class="note">{}</p>"#, words::COMPARISON_NOTE)?;
    let shares = metrics
        .iter()
        .filter(|compared| unit(compared) != Unit::Milliseconds);
    let bounds = shares.map(|compared| compared.difference);
    let axis = Axis::around_zero(bounds.flat_map(|difference| [difference.low, difference.high]));
    write!(
        out,
        r#"<table class="compare"><caption class="unseen">{}</caption><thead><tr><th scope="col">{}</th><th scope="col">{}{}</th><th scope="col">{}{}</th><th scope="col">{}</th></tr></thead><tbody>"#,
        words::COMPARISON,
        words::METRIC,
        words::BEFORE_AFTER,
        plot::scale(Axis::SHARES, plot::whole_percent),
        words::DIFFERENCE,
        plot::scale(axis, whole_points),
        words::FLIPS,
    )?;
    for compared in metrics {
        row(compared, axis, out)?;
    }
    out.write_all(b"</tbody></table>")
}

/// Points of an axis, without digits behind the point.
fn whole_points(share: f64) -> String {
    format::points(share).trim_end_matches(".0").to_owned()
}

fn row(compared: &Row, axis: Axis, out: &mut dyn Write) -> io::Result<()> {
    let Row {
        metric: name,
        n,
        baseline: before,
        candidate: after,
        ..
    } = compared;
    let (unit, class) = (unit(compared), class(compared));
    write!(
        out,
        r#"<tr><th scope="row">{}<small>n {}</small></th><td>{} → <b>{}</b>"#,
        figures::title(name),
        format::count(*n),
        figures::show(unit, *before),
        figures::show(unit, *after),
    )?;
    if unit != Unit::Milliseconds {
        out.write_all(plot::dumbbell(Axis::SHARES, *before, *after, class).as_bytes())?;
    }
    out.write_all(b"</td><td>")?;
    let Metric {
        value, low, high, ..
    } = compared.difference;
    let value_shown = format::points(value);
    let bounds = format::points_bounds(low, high);
    write!(out, "<b>{value_shown}</b> <small>{bounds}</small>")?;
    out.write_all(plot::difference(axis, value, (low, high), class).as_bytes())?;
    write!(
        out,
        r#"</td><td class="counts"><span class="worse">▼ {}</span> <span class="better">▲ {}</span>"#,
        format::count(compared.worse.len()),
        format::count(compared.better.len())
    )?;
    let p_value = format::p_value(compared.p_value_adjusted);
    write!(out, "<small>p {}</small>", Text(&p_value))?;
    out.write_all(b"</td></tr>")
}

/// Whether a difference is sure, all tests taken together, and which way.
fn class(compared: &Row) -> &'static str {
    match compared.verdict {
        Verdict::Better => "better",
        Verdict::Worse => "worse",
        Verdict::Same => "even",
    }
}

fn unit(compared: &Row) -> Unit {
    let Row {
        metric: name,
        n,
        candidate: after,
        ..
    } = compared;
    let metric = Metric {
        value: *after,
        low: *after,
        high: *after,
        n: *n,
    };
    figures::unit(name, &metric)
}

fn changed(
    run: &Prepared<'_>,
    word: Word,
    class: &str,
    ids: &BTreeSet<String>,
    out: &mut dyn Write,
) -> io::Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    write!(
        out,
        r#"<div><h5 class="{class}">{word} <span class="count">{}</span></h5><p>"#,
        format::count(ids.len())
    )?;
    for id in ids.iter().take(NAMED) {
        let shown = line(id, 60);
        match run.anchor(id) {
            Some(anchor) => write!(
                out,
                r##"<a href="#{anchor}"><code>{}</code></a> "##,
                Text(&shown)
            )?,
            None => write!(out, "<code>{}</code> ", Text(&shown))?,
        }
    }
    if ids.len() > NAMED {
        write!(
            out,
            "{}",
            words::AND_MORE.with(&[("n", &format::count(ids.len()))])
        )?;
    }
    out.write_all(b"</p></div>")
}
