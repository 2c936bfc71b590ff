//! Where the figures of a run come from, and what it takes to repeat it.

use std::io::{self, Write};

use jiff::tz::TimeZone;

use super::markup::{Text, Word, line};
use super::{format, words};
use crate::record::{Header, Run};

/// Problems that are named; the rest is in the log.
const NAMED: usize = 100;

/// Writes the section.
pub(super) fn write(run: &Run, zone: &TimeZone, out: &mut dyn Write) -> io::Result<()> {
    let Header {
        suite,
        agent,
        cases,
        cases_hash,
        fingerprint,
        seed,
        epochs,
        today,
        ..
    } = &run.header;
    write!(out, r#"<p class="note">{}</p><dl>"#, words::PROVENANCE_NOTE)?;
    row(out, words::SUITE, suite)?;
    if let Some(agent) = agent {
        row(out, words::AGENT, agent)?;
    }
    row(out, words::MODE, run.header.mode())?;
    row(out, words::RUN_ID, &run.header.run)?;
    row(out, words::BEGUN, &format::moment(run.header.created, zone))?;
    if let Some(ended) = &run.ended {
        row(out, words::ENDED, &format::moment(ended.time, zone))?;
    }
    row(out, words::PROGRAM, &run.header.program)?;
    row(out, words::TODAY, &today.to_string())?;
    row(out, words::EPOCHS, &epochs.to_string())?;
    row(out, words::SEED, &seed.to_string())?;
    row(out, words::CASES_FILE, cases)?;
    row(out, words::HASH, cases_hash)?;
    row(out, words::FINGERPRINT, fingerprint)?;
    if !run.header.corpora.is_empty() {
        write!(out, "<dt>{}</dt><dd>", words::CORPORA)?;
        for (name, revision) in &run.header.corpora {
            write!(
                out,
                "<div><code>{} {}</code></div>",
                Text(name),
                Text(revision)
            )?;
        }
        out.write_all(b"</dd>")?;
    }
    out.write_all(b"</dl>")?;
    problems(&run.header.problems, out)
}

fn row(out: &mut dyn Write, word: Word, value: &str) -> io::Result<()> {
    write!(out, "<dt>{word}</dt><dd><code>{}</code></dd>", Text(value))
}

fn problems(problems: &[String], out: &mut dyn Write) -> io::Result<()> {
    if problems.is_empty() {
        return Ok(());
    }
    let n = format::count(problems.len());
    write!(
        out,
        r#"<p class="problem">{}</p><ul>"#,
        words::PROBLEMS.with(&[("n", &n)])
    )?;
    for problem in problems.iter().take(NAMED) {
        write!(out, "<li dir=\"auto\">{}</li>", Text(&line(problem, 500)))?;
    }
    if problems.len() > NAMED {
        write!(out, "<li>{}</li>", words::AND_MORE.with(&[("n", &n)]))?;
    }
    out.write_all(b"</ul>")
}
