//! What a run amounts to, in one glance and in sentences, and what has to be said first; and the table of several runs.

use std::fmt::Display;
use std::io::{self, Write};

use jiff::tz::TimeZone;

use super::compare::Comparison;
use super::markup::{Said, Text, Word, line};
use super::plot::{self, Axis};
use super::{Prepared, cost, format, gates, words};
use crate::record::{Header, Status};
use crate::stats::effect::{Design, rate_sd};

/// Title, and with what the run was made.
pub(super) fn heading(header: &Header) -> String {
    let title = if header.title.is_empty() {
        &header.suite
    } else {
        &header.title
    };
    Text(&line(title, 120)).to_string()
}

/// The model, or that there was none.
pub(super) fn mode(header: &Header) -> Said<'static> {
    match &header.model {
        Some(name) => words::MODEL.with(&[("name", &line(name, 80))]),
        None => words::MODEL_OFF.with(&[]),
    }
}

/// Suite, model, time of a run.
pub(super) fn write_facts(
    run: &Prepared<'_>,
    zone: &TimeZone,
    out: &mut dyn Write,
) -> io::Result<()> {
    let header = &run.reported.run.header;
    write!(
        out,
        r#"<p class="facts"><code>{}</code> <span>{}</span> <span>{}</span></p>"#,
        Text(&line(&header.suite, 80)),
        mode(header),
        format::moment(header.created, zone)
    )
}

/// What must be known before any figure is read.
pub(super) fn write_warnings(run: &Prepared<'_>, out: &mut dyn Write) -> io::Result<()> {
    let warnings = warnings(run);
    if warnings.is_empty() {
        return Ok(());
    }
    out.write_all(b"<ul class=\"warnings\">")?;
    for warning in warnings {
        write!(out, "<li>{warning}</li>")?;
    }
    out.write_all(b"</ul>")
}

fn warnings(run: &Prepared<'_>) -> Vec<Said<'static>> {
    let header = &run.reported.run.header;
    let mut warnings = Vec::new();
    match &run.reported.run.ended {
        None => warnings.push(words::KILLED.with(&[])),
        Some(ended) => match ended.status {
            Status::Success => {}
            Status::Cancelled => warnings.push(words::CANCELLED.with(&[])),
            Status::Error => {
                let reason = line(ended.error.as_deref().unwrap_or(format::NOTHING), 500);
                warnings.push(words::BROKEN.with(&[("reason", &reason)]));
            }
        },
    }
    let n = run.reported.run.samples.len();
    if n < header.total {
        let (n, total) = (format::count(n), format::count(header.total));
        warnings.push(words::INCOMPLETE.with(&[("n", &n), ("total", &total)]));
    }
    if !header.problems.is_empty() {
        let n = format::count(header.problems.len());
        warnings.push(words::PROBLEMS.with(&[("n", &n)]));
    }
    if run.computed && !run.figures.is_empty() {
        warnings.push(words::COMPUTED.with(&[]));
    }
    let other = run.baseline.as_ref().map(|baseline| &baseline.run.header);
    match other {
        Some(other) if other.suite != header.suite => {
            warnings.push(words::OTHER_SUITE.with(&[("name", &line(&other.suite, 80))]));
        }
        Some(other) if other.cases_hash != header.cases_hash => {
            warnings.push(words::OTHER_CASES.with(&[]));
        }
        Some(_) | None => {}
    }
    warnings
}

/// The figures at a glance, the bar of outcomes, and the same in sentences.
pub(super) fn write_verdict(run: &Prepared<'_>, out: &mut dyn Write) -> io::Result<()> {
    glance(run, out)?;
    bar(run, out)?;
    sentences(run, out)
}

fn glance(run: &Prepared<'_>, out: &mut dyn Write) -> io::Result<()> {
    let totals = &run.totals;
    let rate = totals.rate.map_or(format::NOTHING.to_owned(), |rate| {
        format::percent(rate.value)
    });
    let (passed, n) = (
        format::count(totals.passing),
        format::count(totals.scored()),
    );
    out.write_all(b"<div class=\"glance\">")?;
    figure(
        words::PASS_RATE,
        &rate,
        &words::PASSED_OF.with(&[("passed", &passed), ("n", &n)]),
        out,
    )?;
    let gates = &run.reported.gates;
    if !gates.is_empty() {
        let (met, all) = (gates::met(gates), gates.len());
        let (class, word) = if met == all {
            ("passing", words::MET)
        } else {
            ("failing", words::NOT_MET)
        };
        let shown = format!(r#"<i class="{class}">{met}</i><i> / {all}</i>"#);
        figure(words::GATES_MET, &shown, &word, out)?;
    }
    if let Some(baseline) = &run.baseline {
        let Comparison { better, worse, .. } = &baseline.comparison;
        let change = totals
            .rate
            .zip(baseline.totals.rate)
            .map(|(now, then)| format::points(now.value - then.value));
        let (better, worse) = (format::count(better.len()), format::count(worse.len()));
        let since = words::SINCE.with(&[("better", &better), ("worse", &worse)]);
        figure(
            words::AGAINST,
            change.as_deref().unwrap_or(format::NOTHING),
            &since,
            out,
        )?;
    }
    let [_, wall, _] = cost::line(run.reported.run, totals);
    let samples = format!(
        "{} {}",
        words::SAMPLES,
        format::count(run.reported.run.samples.len())
    );
    figure(words::WALL, &wall, &samples, out)?;
    out.write_all(b"</div>")
}

/// A large figure between its name and a remark; all are markup.
fn figure(name: Word, figure: &str, remark: &dyn Display, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        "<div><span>{name}</span><b>{figure}</b><small>{remark}</small></div>"
    )
}

fn bar(run: &Prepared<'_>, out: &mut dyn Write) -> io::Result<()> {
    let totals = &run.totals;
    let parts = [
        ("passing", words::PASSING, totals.passing),
        ("unstable", words::INSTABLE, totals.unstable),
        ("failing", words::FAILING, totals.failing),
        ("unscored", words::UNJUDGED, totals.unscored),
    ];
    if run.cases.is_empty() {
        return Ok(());
    }
    write!(
        out,
        r#"<div class="outcomes">{}<ul aria-label="{}">"#,
        plot::stacked(&parts.map(|(class, _, n)| (class, n))),
        words::OUTCOMES.both()
    )?;
    for (class, word, n) in parts.into_iter().filter(|(_, _, n)| *n > 0) {
        write!(
            out,
            r#"<li class="{class}">{word} <b>{}</b></li>"#,
            format::count(n)
        )?;
    }
    out.write_all(b"</ul></div>")
}

fn sentences(run: &Prepared<'_>, out: &mut dyn Write) -> io::Result<()> {
    let totals = &run.totals;
    out.write_all(b"<p class=\"sentences\">")?;
    match totals.rate {
        Some(rate) => {
            let said = words::VERDICT.with(&[
                ("n", &format::count(totals.scored())),
                ("passed", &format::count(totals.passing)),
                ("rate", &format::percent(rate.value)),
                (
                    "bounds",
                    &format::percent_bounds(rate.low.max(0.0), rate.high.min(1.0)),
                ),
            ]);
            write!(out, "{said}")?;
        }
        None => write!(out, "{}", words::VERDICT_NONE)?,
    }
    let counts = [
        (words::FAILED, totals.failing),
        (words::ERRORS, totals.errors),
        (words::UNSTABLE, totals.unstable),
        (words::UNSCORED, totals.unscored),
    ];
    for (word, n) in counts.into_iter().filter(|(_, n)| *n > 0) {
        write!(out, "{}", word.with(&[("n", &format::count(n))]))?;
    }
    if let Some(effect) = detectable(run) {
        let points = format::fixed(effect * 100.0, 1);
        write!(out, "{}", words::DETECTABLE.with(&[("points", &points)]))?;
    }
    out.write_all(b"</p>")
}

/// The smallest difference of pass rates that another run of this size could show; none where all cases came out alike.
fn detectable(run: &Prepared<'_>) -> Option<f64> {
    let rate = run.totals.rate?;
    let spread = rate_sd(rate.value).filter(|spread| *spread > 0.0)?;
    Design::default().unpaired(spread, rate.n as u64)
}

/// The table of several runs.
pub(super) fn write_overview(
    runs: &[Prepared<'_>],
    zone: &TimeZone,
    out: &mut dyn Write,
) -> io::Result<()> {
    write!(
        out,
        r#"<section class="overview"><h2>{}</h2><table class="forest wide"><caption class="unseen">{}</caption><thead><tr><th scope="col">{}</th><th scope="col">{}</th><td>{}</td><th scope="col">{}</th><th scope="col">{}</th><th scope="col">{}</th><th scope="col">{}</th></tr></thead><tbody>"#,
        words::OVERVIEW,
        words::OVERVIEW,
        words::RUN,
        words::PASS_RATE,
        plot::scale(Axis::SHARES, plot::whole_percent),
        words::GATES,
        words::TOKENS,
        words::WALL,
        words::CPU,
    )?;
    for run in runs {
        overview_row(run, zone, out)?;
    }
    out.write_all(b"</tbody></table></section>")
}

fn overview_row(run: &Prepared<'_>, zone: &TimeZone, out: &mut dyn Write) -> io::Result<()> {
    let header = &run.reported.run.header;
    write!(
        out,
        r##"<tr><th scope="row"><a href="#run{}">{}</a><small>{} · {}</small></th>"##,
        run.place,
        heading(header),
        mode(header),
        format::moment(header.created, zone)
    )?;
    match run.totals.rate {
        Some(rate) => {
            let before = run
                .baseline
                .as_ref()
                .and_then(|baseline| baseline.totals.rate);
            write!(
                out,
                r#"<td class="value"><b>{}</b><small>{}</small></td><td class="plot">{}</td>"#,
                format::percent(rate.value),
                format::percent_bounds(rate.low, rate.high),
                plot::interval(Axis::SHARES, &rate, before.as_ref(), None)
            )?;
        }
        None => write!(out, "<td>{}</td><td></td>", format::NOTHING)?,
    }
    let gates = &run.reported.gates;
    let met = gates::met(gates);
    match gates.len() {
        0 => write!(out, "<td>{}</td>", format::NOTHING)?,
        all if met == all => write!(out, r#"<td class="passing">{met} / {all}</td>"#)?,
        all => write!(out, r#"<td class="failing">{met} / {all}</td>"#)?,
    }
    for part in cost::line(run.reported.run, &run.totals) {
        write!(out, "<td>{part}</td>")?;
    }
    out.write_all(b"</tr>")
}
