//! The list of cases of a run, the worst first, with what filters it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::case::{self, Beside};
use super::compare::Comparison;
use super::markup::{Text, Word};
use super::outcome::Case;
use super::{Prepared, format, known, words};

/// Writes the section.
pub(super) fn write(run: &Prepared<'_>, out: &mut dyn Write) -> io::Result<()> {
    let shown = run.shown();
    if shown.is_empty() {
        return write!(out, r#"<p class="note">{}</p>"#, words::NO_CASES);
    }
    note(run, out)?;
    let failed: BTreeSet<&str> = shown
        .iter()
        .flat_map(|case| case.failed.iter().copied())
        .collect();
    let filter: BTreeMap<&str, usize> = failed
        .into_iter()
        .enumerate()
        .map(|(place, name)| (name, place))
        .collect();
    toolbar(run, &filter, out)?;
    out.write_all(b"<ol class=\"cases\">\n")?;
    let baseline: Option<BTreeMap<&str, &Case<'_>>> = run.baseline.as_ref().map(|baseline| {
        let of = |case| (Case::first(case).id.as_str(), case);
        baseline.cases.iter().map(of).collect()
    });
    let beside = Beside {
        run: run.place,
        baseline: baseline.as_ref(),
        comparison: run.baseline.as_ref().map(|baseline| &baseline.comparison),
        filter: &filter,
    };
    for (place, case) in shown.iter().enumerate() {
        case::write(case, place, beside, out)?;
    }
    out.write_all(b"</ol>")
}

fn note(run: &Prepared<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (all, listed) = (run.cases.len(), run.listed);
    let said = if listed == all {
        words::LISTED_ALL.with(&[("n", &format::count(all))])
    } else {
        let worst = all - run.totals.passing;
        words::LISTED.with(&[
            ("worst", &format::count(worst)),
            ("passing", &format::count(listed - worst)),
            ("left", &format::count(all - listed)),
        ])
    };
    write!(out, r#"<p class="note">{said}</p>"#)
}

/// Hidden until the script shows it: without the script it could do nothing.
fn toolbar(
    run: &Prepared<'_>,
    filter: &BTreeMap<&str, usize>,
    out: &mut dyn Write,
) -> io::Result<()> {
    out.write_all(b"<form class=\"filter\" hidden>")?;
    outcomes(run, out)?;
    let types = run.shown().iter().map(|case| case.first().r#type.as_str());
    let types: BTreeSet<&str> = types.collect();
    if types.len() > 1 {
        let types = types
            .into_iter()
            .map(|name| (name.to_owned(), name.to_owned()));
        select(words::TYPE, "type", types, out)?;
    }
    let errors = (run.totals.errors > 0).then(|| ("error".to_owned(), words::NO_ANSWER.both()));
    let metrics = filter.iter().map(|(name, place)| {
        let title = known::metric(name).map(|known| known.title.zh);
        let text = title.map_or((*name).to_owned(), |title| format!("{title} {name}"));
        (place.to_string(), text)
    });
    let metrics: Vec<(String, String)> = errors.into_iter().chain(metrics).collect();
    if metrics.len() > 1 {
        select(words::BELOW, "failed", metrics.into_iter(), out)?;
    }
    write!(
        out,
        r#"<label class="search"><span>{}</span><input type="search" name="search" autocomplete="off" spellcheck="false"></label><p class="shown" role="status">{} <output>{}</output></p></form>"#,
        words::SEARCH,
        words::SHOWN,
        format::count(run.listed)
    )
}

/// One choice for each outcome and change that some listed case has.
fn outcomes(run: &Prepared<'_>, out: &mut dyn Write) -> io::Result<()> {
    let totals = &run.totals;
    let changed = |ids: fn(&Comparison) -> &BTreeSet<String>| {
        let ids = run
            .baseline
            .as_ref()
            .map(|baseline| ids(&baseline.comparison));
        let is_changed = |case: &&Case<'_>| ids.is_some_and(|ids| ids.contains(&case.first().id));
        run.shown().iter().filter(is_changed).count()
    };
    let passing = run.listed - (run.cases.len() - totals.passing);
    let choices: [(&str, Word, usize); 7] = [
        ("", words::ALL, run.listed),
        ("failing", words::FAILING, totals.failing),
        ("unstable", words::INSTABLE, totals.unstable),
        ("unscored", words::UNJUDGED, totals.unscored),
        ("passing", words::PASSING, passing),
        (
            "worse",
            words::WORSE,
            changed(|comparison| &comparison.worse),
        ),
        (
            "better",
            words::BETTER,
            changed(|comparison| &comparison.better),
        ),
    ];
    write!(
        out,
        r#"<fieldset><legend class="unseen">{}</legend>"#,
        words::OUTCOME
    )?;
    let some = choices
        .into_iter()
        .filter(|(value, _, n)| value.is_empty() || *n > 0);
    for (value, word, n) in some {
        let checked = if value.is_empty() { " checked" } else { "" };
        write!(
            out,
            r#"<label><input type="radio" name="outcome{}" value="{value}"{checked}><span>{word} <small>{}</small></span></label>"#,
            run.place,
            format::count(n)
        )?;
    }
    out.write_all(b"</fieldset>")
}

fn select(
    word: Word,
    name: &str,
    options: impl Iterator<Item = (String, String)>,
    out: &mut dyn Write,
) -> io::Result<()> {
    write!(
        out,
        r#"<label><span>{word}</span><select name="{name}"><option value="">—</option>"#
    )?;
    for (value, text) in options {
        write!(
            out,
            r#"<option value="{}">{}</option>"#,
            Text(&value),
            Text(&super::markup::line(&text, 60))
        )?;
    }
    out.write_all(b"</select></label>")
}
