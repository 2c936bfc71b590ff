//! One case: a line that says how it came out, and behind it everything that was asked, expected, answered and graded.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::answer;
use super::compare::Comparison;
use super::figures;
use super::format;
use super::known::{self, Sense};
use super::markup::{Text, line};
use super::outcome::{self, Case, Outcome};
use super::words;
use crate::record::{Grade, Sample};

/// What a list of cases knows besides.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beside<'a> {
    /// Number of the run on the page.
    pub(super) run: usize,
    /// The baseline's cases, by id.
    pub(super) baseline: Option<&'a BTreeMap<&'a str, &'a Case<'a>>>,
    /// What changed against it.
    pub(super) comparison: Option<&'a Comparison>,
    /// Places of metrics in the filter.
    pub(super) filter: &'a BTreeMap<&'a str, usize>,
}

/// The anchor of a case of a run, by its place in the list.
pub(super) fn anchor(run: usize, place: usize) -> String {
    format!("r{run}c{place}")
}

/// Writes the case at a place of the list.
pub(super) fn write(
    case: &Case<'_>,
    place: usize,
    beside: Beside<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let first = case.first();
    let (class, word) = outcome_word(case);
    write!(
        out,
        r#"<li class="case" data-outcome="{class}" data-type="{}""#,
        Text(&first.r#type)
    )?;
    let below = case
        .failed
        .iter()
        .filter_map(|name| beside.filter.get(name));
    let mut below: Vec<String> = below.map(usize::to_string).collect();
    if case.has_error() {
        below.push("error".to_owned());
    }
    write!(out, r#" data-failed="{}""#, below.join(" "))?;
    let change = change(&first.id, beside.comparison);
    if let Some((class, _)) = change {
        write!(out, r#" data-change="{class}""#)?;
    }
    write!(
        out,
        r#"><details><summary><span class="verdict {class}">{word}</span><span class="asked">{}</span><span class="facts"><code>{}</code>"#,
        Text(&line(&first.input, 120)),
        Text(&line(&first.id, 60)),
    )?;
    if !first.r#type.is_empty() {
        write!(out, " <span>{}</span>", Text(&line(&first.r#type, 40)))?;
    }
    for name in case.failed.iter().take(6) {
        write!(out, r#" <span class="below">{}</span>"#, short_title(name))?;
    }
    if let Some((class, word)) = change {
        write!(out, r#" <span class="{class}">{word}</span>"#)?;
    }
    write!(
        out,
        r#"</span></summary><div class="body" id="{}">"#,
        anchor(beside.run, place)
    )?;
    body(case, beside, out)?;
    out.write_all(b"</div></details></li>\n")
}

fn outcome_word(case: &Case<'_>) -> (&'static str, super::markup::Word) {
    match case.outcome {
        Outcome::Failing if case.has_error() => ("failing", words::NO_ANSWER),
        Outcome::Failing => ("failing", words::FAILING),
        Outcome::Unstable => ("unstable", words::INSTABLE),
        Outcome::Unscored => ("unscored", words::UNJUDGED),
        Outcome::Passing => ("passing", words::PASSING),
    }
}

fn change(
    id: &str,
    comparison: Option<&Comparison>,
) -> Option<(&'static str, super::markup::Word)> {
    let comparison = comparison?;
    if comparison.worse.contains(id) {
        Some(("worse", words::WORSE))
    } else if comparison.better.contains(id) {
        Some(("better", words::BETTER))
    } else {
        None
    }
}

fn short_title(name: &str) -> String {
    match known::metric(name) {
        Some(known) => known.title.to_string(),
        None => Text(&line(name, 40)).to_string(),
    }
}

fn body(case: &Case<'_>, beside: Beside<'_>, out: &mut dyn Write) -> io::Result<()> {
    let first = case.first();
    write!(out, "<h4>{}</h4>", words::QUESTION)?;
    answer::paragraph(out, "said", &first.input)?;
    if !first.target.is_empty() {
        write!(out, "<h4>{}</h4>", words::EXPECTED)?;
        answer::paragraph(out, "said", &first.target)?;
    }
    for group in alike(&case.samples) {
        if case.samples.len() == 1 {
            write!(out, "<h4>{}</h4>", words::ANSWER)?;
        } else {
            let times: Vec<String> = group
                .iter()
                .map(|sample| sample.epoch.to_string())
                .collect();
            write!(
                out,
                "<h4>{}</h4>",
                words::ANSWER_OF.with(&[("times", &times.join(", "))])
            )?;
        }
        sample(group[0], out)?;
        grades(&group[0].grades, None, out)?;
        spent(&group, out)?;
    }
    let before = beside
        .baseline
        .and_then(|cases| cases.get(first.id.as_str()));
    let Some(before) = before.filter(|before| !same(before.first(), first)) else {
        return Ok(());
    };
    write!(
        out,
        r#"<details class="fold"><summary>{}</summary>"#,
        words::ANSWER_BASELINE
    )?;
    sample(before.first(), out)?;
    grades(&before.first().grades, Some(&first.grades), out)?;
    out.write_all(b"</details>")
}

/// Samples that came out alike, together.
fn alike<'a>(samples: &[&'a Sample]) -> Vec<Vec<&'a Sample>> {
    let mut groups: Vec<Vec<&Sample>> = Vec::new();
    for sample in samples {
        match groups.iter_mut().find(|group| same(group[0], sample)) {
            Some(group) => group.push(sample),
            None => groups.push(vec![sample]),
        }
    }
    groups
}

fn same(left: &Sample, right: &Sample) -> bool {
    left.output == right.output && left.grades == right.grades && left.error == right.error
}

fn sample(sample: &Sample, out: &mut dyn Write) -> io::Result<()> {
    if let Some(error) = &sample.error {
        write!(out, r#"<p class="problem"><b>{}</b> "#, words::ERROR)?;
        write!(out, "{}</p>", Text(&line(error, 1_000)))?;
    }
    if sample.error.is_none() || !sample.output.is_empty() {
        out.write_all(b"<div class=\"answer\">")?;
        answer::write(sample, out)?;
        out.write_all(b"</div>")?;
    }
    Ok(())
}

/// The grades; of a baseline those that differ from the run's are marked.
fn grades(
    grades: &BTreeMap<String, Grade>,
    other: Option<&BTreeMap<String, Grade>>,
    out: &mut dyn Write,
) -> io::Result<()> {
    if grades.is_empty() {
        return Ok(());
    }
    write!(
        out,
        r#"<table class="grades"><caption class="unseen">{}</caption><thead><tr><th scope="col">{}</th><th scope="col">{}</th><th scope="col">{}</th></tr></thead><tbody>"#,
        words::GRADES,
        words::METRIC,
        words::GRADE,
        words::REASON
    )?;
    let mut ordered: Vec<(&String, &Grade)> = grades.iter().collect();
    ordered.sort_by_key(|(name, _)| known::rank(name));
    for (name, grade) in ordered {
        let differs =
            other.is_some_and(|other| other.get(name).map(|it| it.value) != Some(grade.value));
        let class = if differs { " class=\"differs\"" } else { "" };
        let (mark, shown) = mark(name, grade);
        write!(
            out,
            r#"<tr{class}><th scope="row">{}</th><td class="{mark}">{shown}</td><td dir="auto">"#,
            figures::title(name)
        )?;
        let reasons: Vec<&str> = grade
            .explanation
            .iter()
            .chain(&grade.answer)
            .map(String::as_str)
            .collect();
        write!(
            out,
            "{}</td></tr>",
            Text(&line(&reasons.join(" · "), 1_000))
        )?;
    }
    out.write_all(b"</tbody></table>")
}

/// Class and words of a grade.
fn mark(name: &str, grade: &Grade) -> (&'static str, String) {
    let Some(value) = grade.value.filter(|value| value.is_finite()) else {
        return ("unscored", words::UNJUDGED.to_string());
    };
    if known::sense(name) == Sense::Note {
        return ("unscored", format::fixed(value, 3));
    }
    let (class, word) = if outcome::fails(name, value) {
        ("failing", words::FAILING)
    } else {
        ("passing", words::PASSING)
    };
    let whole = value == 0.0 || value == 1.0;
    let number = if whole {
        String::new()
    } else {
        format!(" {}", format::fixed(value, 3))
    };
    (class, format!("{word}{number}"))
}

/// Time and tokens of the samples of a group.
fn spent(group: &[&Sample], out: &mut dyn Write) -> io::Result<()> {
    let times: Vec<String> = group
        .iter()
        .map(|sample| format::span(sample.seconds))
        .collect();
    let shown = times.len().min(20);
    write!(out, r#"<p class="spent">{}"#, times[..shown].join(", "))?;
    if shown < times.len() {
        out.write_all("…".as_bytes())?;
    }
    let tokens = group[0].usage;
    if tokens != crate::record::Usage::default() {
        write!(
            out,
            " · {} {} · {} {}",
            words::INPUT_TOKENS,
            format::count(tokens.input_tokens),
            words::OUTPUT_TOKENS,
            format::count(tokens.output_tokens)
        )?;
    }
    out.write_all(b"</p>")
}
