//! What a run took: time of samples as a curve, wall and processor time, tokens.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::markup::Word;
use super::outcome::Totals;
use super::{format, words};
use crate::record::Run;

/// Points of the curve.
const POINTS: usize = 160;
/// From this ratio of slowest to fastest on the axis is logarithmic.
const SPREAD: f64 = 30.0;
/// Height of the plot.
const HEIGHT: u32 = 220;

/// Writes the section's tables and plot.
pub(super) fn write(
    run: &Run,
    totals: &Totals,
    baseline: Option<(&Run, &Totals)>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let times = times(run);
    let before = baseline.map(|(run, _)| self::times(run));
    curve(&times, before.as_deref(), out)?;
    table(run, totals, &times, baseline.zip(before.as_deref()), out)
}

/// Wall times of samples, in order; what is no time is left out.
fn times(run: &Run) -> Vec<f64> {
    let seconds = run.samples.iter().map(|sample| sample.seconds);
    let mut times: Vec<f64> = seconds
        .filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
        .collect();
    times.sort_by(f64::total_cmp);
    times
}

/// The time within which a share of the samples is done.
fn quantile(times: &[f64], share: f64) -> Option<f64> {
    let place = (share * times.len() as f64).ceil() as usize;
    times.get(place.clamp(1, times.len().max(1)) - 1).copied()
}

/// Processor time, where all of it is known.
fn processor(run: &Run) -> Option<f64> {
    match &run.ended {
        Some(ended) => Some(ended.cpu_seconds),
        None => run.samples.iter().map(|sample| sample.cpu_seconds).sum(),
    }
}

fn wall(run: &Run) -> Option<f64> {
    run.ended.as_ref().map(|ended| ended.seconds)
}

fn table(
    run: &Run,
    totals: &Totals,
    times: &[f64],
    baseline: Option<((&Run, &Totals), &[f64])>,
    out: &mut dyn Write,
) -> io::Result<()> {
    write!(
        out,
        r#"<table class="plain"><caption class="unseen">{}</caption><thead><tr><th scope="col">{}</th><th scope="col">{}</th>"#,
        words::COST,
        words::QUANTITY,
        words::RUN
    )?;
    if baseline.is_some() {
        write!(out, r#"<th scope="col">{}</th>"#, words::BASELINE)?;
    }
    out.write_all(b"</tr></thead><tbody>")?;
    let here = quantities(run, totals, times);
    let there = baseline.map(|((run, totals), times)| quantities(run, totals, times));
    for (place, (word, value)) in here.iter().enumerate() {
        write!(out, r#"<tr><th scope="row">{word}</th><td>{value}</td>"#)?;
        if let Some((_, value)) = there.as_ref().and_then(|there| there.get(place)) {
            write!(out, "<td>{value}</td>")?;
        }
        out.write_all(b"</tr>")?;
    }
    out.write_all(b"</tbody></table>")
}

fn quantities(run: &Run, totals: &Totals, times: &[f64]) -> Vec<(Word, String)> {
    let span = |seconds: Option<f64>| seconds.map_or(format::NOTHING.to_owned(), format::span);
    vec![
        (words::SAMPLES, format::count(run.samples.len())),
        (words::MEDIAN, span(quantile(times, 0.5))),
        (words::P90, span(quantile(times, 0.9))),
        (words::P99, span(quantile(times, 0.99))),
        (words::SLOWEST, span(times.last().copied())),
        (words::WALL, span(wall(run))),
        (words::CPU, span(processor(run))),
        (
            words::INPUT_TOKENS,
            format::count(totals.usage.input_tokens),
        ),
        (
            words::OUTPUT_TOKENS,
            format::count(totals.usage.output_tokens),
        ),
    ]
}

/// One line about what a run took, for the table of all runs.
pub(super) fn line(run: &Run, totals: &Totals) -> [String; 3] {
    let tokens = totals
        .usage
        .input_tokens
        .saturating_add(totals.usage.output_tokens);
    let span = |seconds: Option<f64>| seconds.map_or(format::NOTHING.to_owned(), format::span);
    [format::count(tokens), span(wall(run)), span(processor(run))]
}

/// Where a time stands on the axis, as a share of the width.
#[derive(Debug, Clone, Copy)]
struct Axis {
    low: f64,
    high: f64,
    log: bool,
}

impl Axis {
    fn of(times: &[&[f64]]) -> Option<Self> {
        let ends = |pick: fn(f64, f64) -> f64, places: fn(&[f64]) -> Option<f64>| {
            times.iter().filter_map(|times| places(times)).reduce(pick)
        };
        let first = ends(f64::min, |times| {
            times.iter().copied().find(|time| *time > 0.0)
        })?;
        let last = ends(f64::max, |times| times.last().copied())?;
        let log = last / first > SPREAD;
        let high = if last > first || log {
            last
        } else {
            last * 2.0
        };
        Some(Self {
            low: if log { first } else { 0.0 },
            high,
            log,
        })
    }

    fn at(self, time: f64) -> f64 {
        let share = if self.log {
            (time.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (time - self.low) / (self.high - self.low)
        };
        share.clamp(0.0, 1.0)
    }

    /// Round numbers, at most six.
    fn ticks(self) -> Vec<f64> {
        if !self.log {
            let step = round(self.high / 5.0);
            let ticks = (0..).map(|place| f64::from(place) * step);
            return ticks.take_while(|tick| *tick <= self.high).collect();
        }
        let (from, to) = (
            self.low.log10().ceil() as i32,
            self.high.log10().floor() as i32,
        );
        let every = ((to - from) / 5 + 1).max(1) as usize;
        let decades: Vec<f64> = (from..=to)
            .step_by(every)
            .map(|power| 10_f64.powi(power))
            .collect();
        if decades.len() >= 2 {
            decades
        } else {
            vec![self.low, self.high]
        }
    }
}

/// The next of 1, 2, 5, 10, … at or above a number.
fn round(number: f64) -> f64 {
    let decade = 10_f64.powf(number.log10().floor());
    let steps = [1.0, 2.0, 5.0].map(|step| step * decade);
    steps
        .into_iter()
        .find(|step| *step >= number)
        .unwrap_or(10.0 * decade)
}

fn curve(times: &[f64], baseline: Option<&[f64]>, out: &mut dyn Write) -> io::Result<()> {
    let mut all = vec![times];
    all.extend(baseline);
    let Some(axis) = Axis::of(&all).filter(|_| times.len() > 1) else {
        return Ok(());
    };
    let title = words::SPAN_ECDF.both();
    let [median, p90, p99] =
        [0.5, 0.9, 0.99].map(|share| quantile(times, share).map_or(String::new(), format::span));
    write!(
        out,
        r#"<figure><div class="frame"><svg class="curve" width="100%" height="{HEIGHT}" role="img"><title>{title}</title><desc>50% {median}; 90% {p90}; 99% {p99}</desc>{}"#,
        grid(axis)
    )?;
    out.write_all(
        r#"<svg width="100%" height="100%" viewBox="0 0 1000 1000" preserveAspectRatio="none">"#
            .as_bytes(),
    )?;
    if let Some(baseline) = baseline {
        write!(
            out,
            r#"<path class="steps base" d="{}"/>"#,
            path(axis, baseline)
        )?;
    }
    write!(
        out,
        r#"<path class="steps" d="{}"/></svg></svg></div><figcaption><b>{}</b> {}"#,
        path(axis, times),
        words::SPAN_ECDF,
        words::ECDF_NOTE
    )?;
    if axis.log {
        write!(out, "{}", words::ECDF_LOG)?;
    }
    if baseline.is_some() {
        write!(out, "{}", words::ECDF_BASELINE)?;
    }
    out.write_all(b"</figcaption></figure>")
}

fn grid(axis: Axis) -> String {
    let mut svg = String::new();
    for share in [0, 25, 50, 75, 100] {
        let y = 100 - share;
        let _ = write!(
            svg,
            r#"<line class="grid" x1="0" x2="100%" y1="{y}%" y2="{y}%"/><text class="left" x="-8" y="{y}%" dy="4">{share}%</text>"#
        );
    }
    for tick in axis.ticks() {
        let x = axis.at(tick) * 100.0;
        let _ = write!(
            svg,
            r#"<line class="grid" x1="{x:.2}%" x2="{x:.2}%" y1="0" y2="100%"/><text class="under" x="{x:.2}%" y="100%" dy="18">{}</text>"#,
            format::span(tick)
        );
    }
    svg
}

/// Steps through at most [`POINTS`] quantiles.
fn path(axis: Axis, times: &[f64]) -> String {
    let n = times.len();
    let mut path = String::from("M0 1000");
    let steps = n.min(POINTS);
    for step in 1..=steps {
        let place = (step * n).div_ceil(steps);
        let Some(time) = times.get(place - 1) else {
            continue;
        };
        let (x, y) = (
            axis.at(*time) * 1_000.0,
            1_000.0 - place as f64 / n as f64 * 1_000.0,
        );
        let _ = write!(path, "H{x:.1}V{y:.1}");
    }
    path.push_str("H1000");
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_times_that_were_seen() {
        let times: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(
            [0.5, 0.9, 0.99, 1.0, 0.0].map(|share| quantile(&times, share)),
            [50.0, 90.0, 99.0, 100.0, 1.0].map(Some)
        );
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn the_curve_ends_at_all_samples() {
        let axis = Axis::of(&[&[1.0, 2.0, 4.0]]).unwrap();
        insta::assert_snapshot!(path(axis, &[1.0, 2.0, 4.0]), @"M0 1000H250.0V666.7H500.0V333.3H1000.0V0.0H1000");
        let many: Vec<f64> = (0..20_000).map(f64::from).collect();
        let path = path(Axis::of(&[&many]).unwrap(), &many);
        assert!(path.matches('H').count() <= POINTS + 1 && path.ends_with("V0.0H1000"));
    }

    #[test]
    fn wide_ranges_are_logarithmic() {
        let axis = Axis::of(&[&[0.0, 0.002, 3.0]]).unwrap();
        assert!(axis.log);
        assert_eq!(axis.ticks(), [0.01, 0.1, 1.0]);
        assert_eq!((axis.at(0.0), axis.at(3.0)), (0.0, 1.0));
        assert!(Axis::of(&[&[0.0, 0.0], &[]]).is_none());
        let linear = Axis::of(&[&[0.01, 0.058]]).unwrap().ticks();
        insta::assert_snapshot!(linear.into_iter().map(format::span).collect::<Vec<_>>().join(" "), @"0 s 20 ms 40 ms");
        let equal = Axis::of(&[&[0.5, 0.5]]).unwrap();
        assert_eq!(equal.at(0.5), 0.5);
    }
}
