//! Runs: what was found for each query, as the tools of TREC read and write it.

use std::collections::HashSet;
use std::io::{self, BufRead, Write};

use super::{BadLine, Ranked, Run, line};

/// What a search found, best first, with scores that fall: where one is not below the one before, it becomes the next
/// smaller number. Every tool then sees this order, whatever it makes of equal scores.
pub fn ranked(found: impl IntoIterator<Item = (String, f32)>) -> Vec<Ranked> {
    let mut before = f32::INFINITY;
    let mut lower = |(document, score): (String, f32)| {
        let score = if score < before {
            score
        } else {
            before.next_down()
        };
        before = score;
        Ranked { document, score }
    };
    found.into_iter().map(&mut lower).collect()
}

/// The lines of a run: `query Q0 document rank score tag`. The rank is not looked at, the score orders.
///
/// # Errors
/// When `reader` fails.
pub fn run(reader: impl BufRead) -> io::Result<(Run, Vec<BadLine>)> {
    let (mut run, mut known) = (Run::new(), HashSet::new());
    let bad = line::each(reader, |_, text| {
        let columns: Vec<&str> = text.split_whitespace().collect();
        let [query, _, document, _, score, _] = columns[..] else {
            return Err(format!(
                "it has {} columns instead of 6: query, Q0, document, rank, score, tag",
                columns.len()
            ));
        };
        // By way of `f64`, as trec_eval reads it; -0 is 0.
        let number = score.parse::<f64>().ok().map(|score| score as f32 + 0.0);
        let Some(number) = number.filter(|number| number.is_finite()) else {
            return Err(format!("the score `{score}` is not a number"));
        };
        if !known.insert((query.to_owned(), document.to_owned())) {
            return Err(format!("`{document}` was found for `{query}` already"));
        }
        let found = run.entry(query.to_owned()).or_default();
        found.push(Ranked {
            document: document.to_owned(),
            score: number,
        });
        Ok(())
    })?;
    Ok((run, bad))
}

/// Writes `run`, each query in the order of its documents, with `tag` as the name of what found them.
///
/// # Errors
/// When `writer` fails, and for an identifier with blanks, which the format cannot hold.
pub fn write_run(run: &Run, tag: &str, mut writer: impl Write) -> io::Result<()> {
    for (query, found) in run {
        for (rank, Ranked { document, score }) in (1..).zip(found) {
            for name in [query, document] {
                if name.is_empty() || name.contains(char::is_whitespace) {
                    let message = format!("a run cannot hold `{name}`: it has blanks");
                    return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
                }
            }
            writeln!(writer, "{query} Q0 {document} {rank} {score} {tag}")?;
        }
    }
    writer.flush()
}
