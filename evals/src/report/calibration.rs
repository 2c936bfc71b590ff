//! Whether confidence can be believed: a plot where a run has the metric `ece` and its samples the grades `confidence` (the
//! probability that came with the answer) and `accuracy`.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::plot::whole_percent;
use super::{format, words};
use crate::metric::{CONFIDENCE, of_rate};
use crate::record::{Metric, Run};

/// Bins of equal width.
const BINS: usize = 10;

/// A bin: mean confidence, and how often it was right.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bin {
    confidence: f64,
    right: Metric,
}

/// Writes the plot and its table; nothing where there is nothing to plot.
pub(super) fn write(run: &Run, out: &mut dyn Write) -> io::Result<()> {
    let bins = bins(run);
    if bins.is_empty() {
        return Ok(());
    }
    write!(
        out,
        r#"<h3>{}</h3><figure class="square"><div class="frame"><svg class="curve" width="100%" height="300" role="img"><title>{}</title>{}</svg></div><figcaption>{}</figcaption></figure>"#,
        words::CALIBRATION,
        words::CALIBRATION.both(),
        drawing(&bins),
        words::CALIBRATION_NOTE
    )?;
    write!(
        out,
        r#"<table class="plain"><caption class="unseen">{}</caption><thead><tr><th scope="col">{}</th><th scope="col">{}</th><th scope="col">n</th></tr></thead><tbody>"#,
        words::CALIBRATION,
        words::CONFIDENCE,
        words::ACCURACY
    )?;
    for Bin { confidence, right } in &bins {
        write!(
            out,
            r#"<tr><th scope="row">{}</th><td>{} <small>{}</small></td><td>{}</td></tr>"#,
            format::percent(*confidence),
            format::percent(right.value),
            format::percent_bounds(right.low, right.high),
            format::count(right.n)
        )?;
    }
    out.write_all(b"</tbody></table>")
}

fn bins(run: &Run) -> Vec<Bin> {
    let mut sums = [(0.0, 0, 0); BINS];
    for sample in &run.samples {
        let value = |name: &str| sample.grades.get(name).and_then(|grade| grade.value);
        let (Some(confidence), Some(right)) = (value("confidence"), value("accuracy")) else {
            continue;
        };
        if (0.0..=1.0).contains(&confidence) {
            let place = ((confidence * BINS as f64).ceil() as usize).clamp(1, BINS) - 1;
            let (sum, passed, n) = &mut sums[place];
            *sum += confidence;
            *passed += usize::from(right >= 1.0);
            *n += 1;
        }
    }
    let bin = |(sum, passed, n): (f64, usize, usize)| {
        let right = of_rate(passed, n)?;
        Some(Bin {
            confidence: sum / n as f64,
            right,
        })
    };
    sums.into_iter().filter_map(bin).collect()
}

fn drawing(bins: &[Bin]) -> String {
    let mut svg = format!(
        "<desc>n = {}, {:.0}%</desc>",
        bins.iter().map(|bin| bin.right.n).sum::<usize>(),
        CONFIDENCE * 100.0
    );
    for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let (x, y, text) = (share * 100.0, 100.0 - share * 100.0, whole_percent(share));
        let _ = write!(
            svg,
            r#"<line class="grid" x1="0" x2="100%" y1="{y}%" y2="{y}%"/><text class="left" x="-8" y="{y}%" dy="4">{text}</text><line class="grid" x1="{x}%" x2="{x}%" y1="0" y2="100%"/><text class="under" x="{x}%" y="100%" dy="18">{text}</text>"#
        );
    }
    svg.push_str(r#"<line class="diagonal" x1="0" y1="100%" x2="100%" y2="0"/>"#);
    for Bin { confidence, right } in bins {
        let up = |share: f64| 100.0 - share * 100.0;
        let (x, y, low, high) = (
            confidence * 100.0,
            up(right.value),
            up(right.low),
            up(right.high),
        );
        let _ = write!(
            svg,
            r#"<line class="range" x1="{x:.2}%" x2="{x:.2}%" y1="{low:.2}%" y2="{high:.2}%"/><circle class="dot" cx="{x:.2}%" cy="{y:.2}%" r="4"/>"#
        );
    }
    svg
}
