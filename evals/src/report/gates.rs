//! The gates of a run: what was wanted, the bound that decides, and whether it is met.

use std::io::{self, Write};

use super::known::Unit;
use super::words;
use super::{Judged, Subject, figures, format};
use crate::record::Metric;
use crate::stats::gate::{Decision, Limit};

/// Writes the section's table.
pub(super) fn write(gates: &[Judged], out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        r#"<p class="note">{}</p><table class="gates"><caption class="unseen">{}</caption><thead><tr><th scope="col">{}</th><th scope="col">{}</th><th scope="col">{}</th><th scope="col">{}</th></tr></thead><tbody>"#,
        words::GATES_NOTE,
        words::GATES,
        words::METRIC,
        words::WANTED,
        words::MEASURED,
        words::OUTCOME,
    )?;
    for gate in gates {
        row(gate, out)?;
    }
    out.write_all(b"</tbody></table>")
}

/// How many are met.
pub(super) fn met(gates: &[Judged]) -> usize {
    gates.iter().filter(|gate| gate.is_met()).count()
}

fn row(gate: &Judged, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        r#"<tr><th scope="row">{}"#,
        figures::title(&gate.metric)
    )?;
    if gate.subject == Subject::Difference {
        write!(out, "<small>{}</small>", words::OF_DIFFERENCE)?;
    }
    let (sign, threshold) = match gate.limit {
        Limit::AtLeast(threshold) => ("≥", threshold),
        Limit::AtMost(threshold) => ("≤", threshold),
    };
    write!(out, "</th><td>{sign} {}</td><td>", show(gate, threshold))?;
    if let Some(Decision { value, bound, .. }) = gate.decision {
        let bound = show(gate, bound);
        write!(
            out,
            "<b>{}</b> <small>{}</small>",
            show(gate, value),
            words::BOUND.with(&[("bound", &bound)])
        )?;
    } else {
        out.write_all(format::NOTHING.as_bytes())?;
    }
    let (class, word) = match gate.decision {
        Some(decision) if decision.passes => ("passing", words::MET),
        Some(_) => ("failing", words::NOT_MET),
        None => ("failing", words::NO_EVIDENCE),
    };
    write!(
        out,
        r#"</td><td><span class="verdict {class}">{word}</span>"#
    )?;
    if let Some(holds) = gate.holds {
        let word = if holds {
            words::HOLM_HOLDS
        } else {
            words::HOLM_FALLS
        };
        write!(out, " <small>{word}</small>")?;
    }
    out.write_all(b"</td></tr>")
}

fn show(gate: &Judged, value: f64) -> String {
    let metric = Metric {
        value,
        low: value,
        high: value,
        n: 0,
    };
    match (gate.subject, figures::unit(&gate.metric, &metric)) {
        (Subject::Difference, Unit::Share | Unit::Score) => format::points(value),
        (Subject::Run | Subject::Difference, unit) => figures::show(unit, value),
    }
}
