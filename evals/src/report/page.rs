//! The frame of the page: head with policy and label, contents, one section for each run, foot.

use std::io::{self, Write};

use jiff::tz::TimeZone;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::markup::{Text, Word, line};
use super::{
    Prepared, calibration, cases, comparison, cost, figures, format, gates, known, provenance,
    summary, words,
};
use figures::Figures;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The mark of the program, as on its page.
const MARK: &str = r#"<svg class="brand-mark" viewBox="0 0 48 48" width="40" height="40" aria-hidden="true" focusable="false"><circle class="sun" cx="34.5" cy="12.5" r="4.5"/><path class="city" d="M7 33V21.5h6V33zM15.5 33V13l7.5-5v25zM25.5 33v-5.2h-2l.8-1.6c4.6-.4 7.3-2.4 8.2-5.7.9 3.3 3.6 5.3 8.2 5.7l.8 1.6h-2V33h-3.5v-4h-7v4z"/><path class="river" d="M5 38.2c3.2-2.6 6.3-2.6 9.5 0s6.3 2.6 9.5 0 6.3-2.6 9.5 0 6.3 2.6 9.5 0"/></svg>"#;

/// Writes the page; `aigc` is the metadata of generated text, if any is shown.
pub(super) fn write(
    runs: &[Prepared<'_>],
    aigc: Option<&Value>,
    zone: &TimeZone,
    out: &mut dyn Write,
) -> io::Result<()> {
    head(runs, aigc, out)?;
    masthead(runs, out)?;
    if aigc.is_some() {
        write!(out, r#"<p class="label">{}</p>"#, words::LABEL)?;
    }
    write!(
        out,
        "<main class=\"{}\">",
        if runs.len() == 1 { "single" } else { "several" }
    )?;
    if runs.is_empty() {
        write!(out, r#"<p class="note">{}</p>"#, words::NO_RUNS)?;
    }
    if runs.len() > 1 {
        summary::write_overview(runs, zone, out)?;
    }
    for run in runs {
        write!(
            out,
            r#"<article id="run{}"><header><h2>{}</h2>"#,
            run.place,
            summary::heading(&run.reported.run.header)
        )?;
        summary::write_facts(run, zone, out)?;
        out.write_all(b"</header>")?;
        section(run, zone, out)?;
        out.write_all(b"</article>")?;
    }
    write!(out, "</main><footer><p>{}</p>", words::MADE_FROM)?;
    if aigc.is_some() {
        write!(out, "<p>{}</p>", words::LABEL)?;
    }
    writeln!(out, "</footer><script>{SCRIPT}</script></body></html>")
}

fn head(runs: &[Prepared<'_>], aigc: Option<&Value>, out: &mut dyn Write) -> io::Result<()> {
    let title = match runs {
        [run] => format!(
            "{} · {}",
            summary::heading(&run.reported.run.header),
            words::TITLE.both()
        ),
        _ => words::TITLE.both(),
    };
    write!(
        out,
        r#"<!doctype html>
<html lang="zh-Hans"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{}"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer"><meta name="format-detection" content="telephone=no">"#,
        policy()
    )?;
    if let Some(aigc) = aigc {
        write!(
            out,
            r#"<meta name="AIGC" content="{}">"#,
            Text(&aigc.to_string())
        )?;
    }
    write!(
        out,
        "<title>{title}</title><style>{STYLE}</style></head><body>"
    )
}

/// Nothing is loaded, and only our own style and script have an effect.
fn policy() -> String {
    let hash = |text: &str| base64(&Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

/// RFC 4648, section 4.
pub(super) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place)) as usize & 63];
            text.push(if place > chunk.len() {
                '='
            } else {
                char::from(letter)
            });
        }
    }
    text
}

fn masthead(runs: &[Prepared<'_>], out: &mut dyn Write) -> io::Result<()> {
    let cases = runs
        .first()
        .map_or("top".to_owned(), |run| anchor(run, "cases"));
    write!(
        out,
        r##"<a class="skip" href="#{cases}">{}</a><header class="masthead" id="top">{MARK}<span class="brand">{}</span><h1>{}</h1><fieldset class="language"><legend class="unseen">{}</legend><label><input type="radio" name="language" id="language-zh" value="zh-Hans" checked><b lang="zh-Hans">中文</b></label><label><input type="radio" name="language" id="language-en" value="en"><b lang="en">English</b></label></fieldset></header>"##,
        words::SKIP,
        words::BRAND,
        words::TITLE,
        words::LANGUAGE.both()
    )
}

fn anchor(run: &Prepared<'_>, part: &str) -> String {
    format!("{part}{}", run.place)
}

/// All that is said of one run.
fn section(run: &Prepared<'_>, zone: &TimeZone, out: &mut dyn Write) -> io::Result<()> {
    let reported = run.reported;
    summary::write_warnings(run, out)?;
    summary::write_verdict(run, out)?;
    contents(run, out)?;
    if !reported.gates.is_empty() {
        part(run, "gates", words::GATES, out, |out| {
            gates::write(&reported.gates, out)
        })?;
    }
    let figures = Figures {
        metrics: &run.figures,
        baseline: run.baseline.as_ref().map(|baseline| &baseline.figures),
        gates: &reported.gates,
    };
    part(run, "figures", words::FIGURES, out, |out| {
        figures.write(out)?;
        let calibrated = run.figures.keys().any(|name| known::split(name).0 == "ece");
        if calibrated {
            calibration::write(reported.run, out)
        } else {
            Ok(())
        }
    })?;
    if let Some(baseline) = &run.baseline {
        part(run, "comparison", words::COMPARISON, out, |out| {
            compared_with(baseline, zone, out)?;
            comparison::write(run, &baseline.comparison, out)
        })?;
    }
    part(run, "cases", words::CASES, out, |out| {
        cases::write(run, out)
    })?;
    let before = run
        .baseline
        .as_ref()
        .map(|baseline| (baseline.run, &baseline.totals));
    part(run, "cost", words::COST, out, |out| {
        cost::write(reported.run, &run.totals, before, out)
    })?;
    part(run, "provenance", words::PROVENANCE, out, |out| {
        provenance::write(reported.run, zone, out)
    })
}

fn contents(run: &Prepared<'_>, out: &mut dyn Write) -> io::Result<()> {
    let parts = [
        ("gates", words::GATES, !run.reported.gates.is_empty()),
        ("figures", words::FIGURES, true),
        ("comparison", words::COMPARISON, run.baseline.is_some()),
        ("cases", words::CASES, true),
        ("cost", words::COST, true),
        ("provenance", words::PROVENANCE, true),
    ];
    write!(out, r#"<nav aria-label="{}"><ul>"#, words::CONTENTS.both())?;
    for (name, word, _) in parts.into_iter().filter(|(.., there)| *there) {
        write!(
            out,
            r##"<li><a href="#{}">{word}</a></li>"##,
            anchor(run, name)
        )?;
    }
    out.write_all(b"</ul></nav>")
}

fn part(
    run: &Prepared<'_>,
    name: &str,
    title: Word,
    out: &mut dyn Write,
    body: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    write!(
        out,
        r#"<section id="{}" class="{name}"><h3 class="part">{title}</h3>"#,
        anchor(run, name)
    )?;
    body(out)?;
    out.write_all(b"</section>")
}

fn compared_with(
    baseline: &super::Baseline<'_>,
    zone: &TimeZone,
    out: &mut dyn Write,
) -> io::Result<()> {
    let header = &baseline.run.header;
    write!(
        out,
        r#"<p class="facts"><span>{} <code>{}</code></span> <span>{}</span> <span>{}</span>"#,
        words::BASELINE,
        Text(&line(&header.run, 60)),
        summary::mode(header),
        format::moment(header.created, zone)
    )?;
    let counts = [
        (words::IN_BOTH, baseline.comparison.common),
        (words::ONLY_HERE, baseline.comparison.only_run),
        (words::ONLY_THERE, baseline.comparison.only_baseline),
    ];
    for (place, (word, n)) in counts.into_iter().enumerate() {
        if place == 0 || n > 0 {
            write!(
                out,
                " <span>{}</span>",
                word.with(&[("n", &format::count(n))])
            )?;
        }
    }
    out.write_all(b"</p>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_pads() {
        // The vectors of RFC 4648.
        let vectors =
            ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|text| base64(text.as_bytes()));
        insta::assert_snapshot!(vectors.join(" "), @" Zg== Zm8= Zm9v Zm9vYg== Zm9vYmE= Zm9vYmFy");
    }

    #[test]
    fn style_and_script_cannot_end_their_elements() {
        assert!(!STYLE.contains("</") && !SCRIPT.contains("</") && !SCRIPT.contains("<!--"));
        // A browser hashes what it has read, and reads line ends as this one.
        assert!(!STYLE.contains('\r') && !SCRIPT.contains('\r'));
    }
}
