//! Small plots as inline SVG. Positions are shares of the width, so that a plot fills whatever room it has and its marks and
//! letters keep their size. They repeat what stands beside them in words, so readers of the screen pass them over.

use std::fmt::Write as _;

use super::format::percent;
use crate::record::Metric;

/// What is left free on each side, so that marks at the ends are whole; in percent.
const EDGE: f64 = 2.5;

/// Between which numbers a row is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Axis {
    /// Of shares.
    pub(super) const SHARES: Self = Self {
        low: 0.0,
        high: 1.0,
    };

    /// Around zero, wide enough for all of these.
    pub(super) fn around_zero(values: impl Iterator<Item = f64>) -> Self {
        let widest = values
            .filter(|value| value.is_finite())
            .map(f64::abs)
            .fold(0.0, f64::max);
        let steps = [0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0];
        let high = steps
            .into_iter()
            .find(|step| widest <= *step)
            .unwrap_or(widest.max(1.0));
        Self { low: -high, high }
    }

    /// Five numbers from end to end.
    pub(super) fn ticks(self) -> [f64; 5] {
        [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| self.low + share * (self.high - self.low))
    }

    /// In percent of the width; what is beyond an end is drawn at the end.
    fn at(self, value: f64) -> f64 {
        let share = (value - self.low) / (self.high - self.low);
        EDGE + share.clamp(0.0, 1.0) * (100.0 - 2.0 * EDGE)
    }

    fn holds(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// A dot with its interval, a baseline beneath, and the gate.
pub(super) fn interval(
    axis: Axis,
    metric: &Metric,
    baseline: Option<&Metric>,
    gate: Option<f64>,
) -> String {
    let mut svg = open("row", 26);
    grid(&mut svg, axis, 26);
    if let Some(threshold) = gate {
        upright(&mut svg, "gate", axis.at(threshold), 4, 22);
    }
    if let Some(baseline) = baseline.filter(|metric| is_finite(metric)) {
        range(&mut svg, "base", axis, (baseline.low, baseline.high), 20);
        diamond(&mut svg, axis.at(baseline.value), 20);
    }
    if is_finite(metric) {
        let y = if baseline.is_some() { 10 } else { 13 };
        range(&mut svg, "range", axis, (metric.low, metric.high), y);
        dot(&mut svg, "dot", axis.at(metric.value), y);
    }
    close(svg)
}

/// From before to after.
pub(super) fn dumbbell(axis: Axis, before: f64, after: f64, class: &str) -> String {
    let mut svg = open("row", 20);
    grid(&mut svg, axis, 20);
    let (from, to) = (axis.at(before), axis.at(after));
    let _ = write!(
        svg,
        r#"<line class="bell {class}" x1="{from:.2}%" x2="{to:.2}%" y1="10" y2="10"/>"#
    );
    diamond(&mut svg, from, 10);
    dot(&mut svg, &format!("dot {class}"), to, 10);
    close(svg)
}

/// A difference between its bounds, zero in the middle.
pub(super) fn difference(axis: Axis, value: f64, bounds: (f64, f64), class: &str) -> String {
    let mut svg = open("row", 20);
    upright(&mut svg, "zero", axis.at(0.0), 0, 20);
    range(&mut svg, &format!("range {class}"), axis, bounds, 10);
    dot(&mut svg, &format!("dot {class}"), axis.at(value), 10);
    close(svg)
}

/// The numbers of an axis, above or beneath its rows.
pub(super) fn scale(axis: Axis, show: impl Fn(f64) -> String) -> String {
    let mut svg = open("scale", 16);
    for tick in axis.ticks() {
        let _ = write!(
            svg,
            r#"<text x="{:.2}%" y="12">{}</text>"#,
            axis.at(tick),
            show(tick)
        );
    }
    close(svg)
}

/// Percent without digits behind the point, for axes.
pub(super) fn whole_percent(share: f64) -> String {
    percent(share).replace(".0%", "%")
}

/// A bar in parts: class and count of each.
pub(super) fn stacked(parts: &[(&str, usize)]) -> String {
    let total: usize = parts.iter().map(|(_, n)| n).sum();
    let mut svg = open("stacked", 10);
    let mut x = 0.0;
    for (class, n) in parts.iter().filter(|(_, n)| *n > 0) {
        let width = *n as f64 / total as f64 * 100.0;
        let _ = write!(
            svg,
            r#"<rect class="{class}" x="{x:.3}%" width="{width:.3}%" height="10"/>"#
        );
        x += width;
    }
    close(svg)
}

fn open(class: &str, height: u32) -> String {
    format!(
        r#"<svg class="{class}" width="100%" height="{height}" aria-hidden="true" focusable="false">"#
    )
}

fn close(mut svg: String) -> String {
    svg.push_str("</svg>");
    svg
}

fn grid(svg: &mut String, axis: Axis, height: u32) {
    for tick in axis.ticks() {
        upright(svg, "grid", axis.at(tick), 0, height);
    }
}

fn upright(svg: &mut String, class: &str, x: f64, top: u32, bottom: u32) {
    let _ = write!(
        svg,
        r#"<line class="{class}" x1="{x:.2}%" x2="{x:.2}%" y1="{top}" y2="{bottom}"/>"#
    );
}

/// The line between two bounds, with feet where it ends within the axis.
fn range(svg: &mut String, class: &str, axis: Axis, (low, high): (f64, f64), y: u32) {
    let (from, to) = (axis.at(low), axis.at(high));
    let _ = write!(
        svg,
        r#"<line class="{class}" x1="{from:.2}%" x2="{to:.2}%" y1="{y}" y2="{y}"/>"#
    );
    for (bound, x) in [(low, from), (high, to)] {
        if axis.holds(bound) {
            upright(svg, class, x, y - 3, y + 3);
        }
    }
}

fn dot(svg: &mut String, class: &str, x: f64, y: u32) {
    let _ = write!(
        svg,
        r#"<circle class="{class}" cx="{x:.2}%" cy="{y}" r="4"/>"#
    );
}

/// A hollow diamond. It is drawn in a frame of its own, since a path has no percent.
fn diamond(svg: &mut String, x: f64, y: u32) {
    let top = y - 5;
    let _ = write!(
        svg,
        r#"<svg class="mark" x="{x:.2}%" y="{top}" width="10" height="10"><path class="diamond" d="M-4 5 0 1 4 5 0 9z"/></svg>"#
    );
}

fn is_finite(metric: &Metric) -> bool {
    metric.value.is_finite() && metric.low.is_finite() && metric.high.is_finite()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_with_its_baseline_and_gate() {
        let metric = |value, low, high| Metric {
            value,
            low,
            high,
            n: 9,
        };
        insta::assert_snapshot!(interval(Axis::SHARES, &metric(0.5, 0.25, 1.0), None, Some(0.9)), @r#"<svg class="row" width="100%" height="26" aria-hidden="true" focusable="false"><line class="grid" x1="2.50%" x2="2.50%" y1="0" y2="26"/><line class="grid" x1="26.25%" x2="26.25%" y1="0" y2="26"/><line class="grid" x1="50.00%" x2="50.00%" y1="0" y2="26"/><line class="grid" x1="73.75%" x2="73.75%" y1="0" y2="26"/><line class="grid" x1="97.50%" x2="97.50%" y1="0" y2="26"/><line class="gate" x1="88.00%" x2="88.00%" y1="4" y2="22"/><line class="range" x1="26.25%" x2="97.50%" y1="13" y2="13"/><line class="range" x1="26.25%" x2="26.25%" y1="10" y2="16"/><line class="range" x1="97.50%" x2="97.50%" y1="10" y2="16"/><circle class="dot" cx="50.00%" cy="13" r="4"/></svg>"#);
        let odd = metric(f64::NAN, 0.0, 1.0);
        let drawn = interval(Axis::SHARES, &odd, Some(&metric(0.5, -3.0, 4.0)), None);
        assert!(!drawn.contains("NaN") && drawn.contains("diamond"));
    }

    #[test]
    fn axes_have_round_ends() {
        let high = |values: &[f64]| Axis::around_zero(values.iter().copied()).high;
        assert_eq!(high(&[]), 0.02);
        assert_eq!(high(&[0.031, -0.07, f64::NAN]), 0.1);
        assert_eq!(high(&[3.0]), 3.0);
        let ticks = Axis::SHARES.ticks().map(whole_percent);
        assert_eq!(ticks, ["0%", "25%", "50%", "75%", "100%"]);
    }

    #[test]
    fn a_bar_has_no_empty_parts() {
        insta::assert_snapshot!(stacked(&[("good", 3), ("bad", 1), ("none", 0)]), @r#"<svg class="stacked" width="100%" height="10" aria-hidden="true" focusable="false"><rect class="good" x="0.000%" width="75.000%" height="10"/><rect class="bad" x="75.000%" width="25.000%" height="10"/></svg>"#);
        assert!(!stacked(&[("good", 0)]).contains("rect"));
    }
}
