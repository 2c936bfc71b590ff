//! A summary of a run in Markdown, for a pull request: the figures with their bounds, what failed, what could not be read.

use std::fmt::Write;

use super::replace::Out;
use super::{Log, misses, unfinished};
use crate::error::Error;
use crate::record::{Grade, Metric, Sample};

/// Most samples that are listed, and most letters of a text in the list.
const LISTED: usize = 20;
const LETTERS: usize = 80;

/// Writes the summary.
///
/// # Errors
/// Of reading the log, or [`Error::File`].
pub fn write(log: &Log, out: &mut Out<'_>) -> Result<(), Error> {
    let mut failed = Vec::new();
    let (mut count, mut failures) = (0, 0);
    for sample in log.samples()? {
        let sample = sample?;
        count += 1;
        if sample.error.is_some() || !misses(&sample).is_empty() {
            failures += 1;
            if failed.len() < LISTED {
                failed.push(row(&sample));
            }
        }
    }
    let mut text = head(log, count);
    if let Some(ended) = &log.ended {
        text += "\n| metric | value | 95 % bounds | n |\n|---|--:|:-:|--:|\n";
        for (name, metric) in &ended.metrics {
            text += &figure(name, metric);
        }
    }
    if failures > 0 {
        let rest = failures - failed.len();
        let more = match rest {
            0 => String::new(),
            rest => format!(", {rest} of them not listed"),
        };
        writeln!(text, "\n### Failed: {failures} of {count}{more}\n").expect(MEMORY);
        text += "| case | epoch | input | why |\n|---|--:|---|---|\n";
        text += &failed.concat();
    }
    out.put(text.as_bytes())
}

const MEMORY: &str = "memory takes every text";

fn head(log: &Log, count: usize) -> String {
    let header = &log.header;
    let mut text = format!(
        "## {} (`{}`)\n\n{count} samples, model {}, program {}, seed {}, asked on {}",
        cell(&header.title),
        code(&header.suite),
        cell(header.mode()),
        cell(&header.program),
        header.seed,
        header.today,
    );
    if let Some(ended) = &log.ended {
        write!(text, ", {:.1} s", ended.seconds).expect(MEMORY);
    }
    text += ".\n";
    let problems = header.problems.iter().cloned();
    let problems: Vec<_> = unfinished(log, count).into_iter().chain(problems).collect();
    if !problems.is_empty() {
        text += "\n**Not whole:**\n\n";
        for problem in problems {
            writeln!(text, "- {}", cell(&problem)).expect(MEMORY);
        }
    }
    text
}

fn figure(name: &str, metric: &Metric) -> String {
    let Metric {
        value,
        low,
        high,
        n,
    } = metric;
    format!(
        "| `{}` | {value:.3} | {low:.3} to {high:.3} | {n} |\n",
        code(name)
    )
}

fn row(sample: &Sample) -> String {
    let why = match &sample.error {
        Some(error) => short(error),
        None => {
            let reasons: Vec<_> = misses(sample).into_iter().map(reason).collect();
            reasons.join("; ")
        }
    };
    format!(
        "| `{}` | {} | {} | {} |\n",
        code(&sample.id),
        sample.epoch,
        cell(&short(&sample.input)),
        cell(&why)
    )
}

fn reason((name, grade): (&str, &Grade)) -> String {
    let value = grade.value.unwrap_or(f64::NAN);
    match &grade.explanation {
        Some(explanation) => format!("{name} {value:.2}: {}", short(explanation)),
        None => format!("{name} {value:.2}"),
    }
}

fn short(text: &str) -> String {
    match text.char_indices().nth(LETTERS) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// Text that is neither markup nor the end of a cell.
fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '@' | '!' => {
                out.push('\\');
                out.push(letter);
            }
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            _ if letter.is_control() => out.push(' '),
            _ => out.push(letter),
        }
    }
    out
}

/// Text between back quotes in a cell.
fn code(text: &str) -> String {
    let plain = |letter: char| match letter {
        '`' | '|' => '\'',
        _ if letter.is_control() => ' ',
        _ => letter,
    };
    text.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::super::examples::{self, ODD, header};
    use super::*;
    use crate::log::journal::Journal;

    #[test]
    fn figures_and_what_failed() {
        insta::assert_snapshot!(examples::written(write), @"
        ## 政策问答 (`policy-qa`)

        6 samples, model tiny, program 0.1.0, seed 7, asked on 2026-11-21, 30.5 s.

        | metric | value | 95 % bounds | n |
        |---|--:|:-:|--:|
        | `citation` | 0.500 | 0.400 to 0.600 | 4 |
        | `citation.lookup` | 0.500 | 0.400 to 0.600 | 4 |
        | `content` | 0.750 | 0.650 to 0.850 | 2 |
        | `ece` | 0.200 | 0.100 to 0.300 | 6 |

        ### Failed: 4 of 6

        | case | epoch | input | why |
        |---|--:|---|---|
        | `法/第一条` | 1 | 押金不退怎么办？ | content 0.75: 3 of 4 |
        | `法/第一条` | 2 | 押金不退怎么办？ | citation 0.00: 第三条 &lt;未引用&gt; |
        | `断` | 1 | 押金不退怎么办？ | 断线 &lt;timeout&gt; |
        | `断` | 2 | 押金不退怎么办？ | content 0.75: 3 of 4 |
        ");
    }

    #[test]
    fn a_run_that_is_not_whole_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.jsonl");
        let mut header = header();
        header.model = None;
        header.total = 40;
        header.problems = vec!["cases.jsonl:3: `id` is missing".into()];
        let mut journal = Journal::create(&path, &header).unwrap();
        for at in 0..LISTED + 2 {
            let mut sample = examples::sample(&at.to_string(), 1);
            sample.error = Some("断线".into());
            journal.append(&sample).unwrap();
        }
        drop(journal);
        let text = examples::written_of(&Log::open(&path).unwrap(), write);
        let text: Vec<_> = text.lines().take(14).collect();
        insta::assert_snapshot!(text.join("\n"), @r"
        ## 政策问答 (`policy-qa`)

        22 samples, model off, program 0.1.0, seed 7, asked on 2026-11-21.

        **Not whole:**

        - the run did not end after 22 of 40 samples
        - cases.jsonl:3: \`id\` is missing

        ### Failed: 22 of 22, 2 of them not listed

        | case | epoch | input | why |
        |---|--:|---|---|
        | `0` | 1 | 押金不退怎么办？ | 断线 |
        ");
    }

    #[test]
    fn text_of_cases_is_no_markup() {
        insta::assert_snapshot!(cell(ODD), @r#"  \[31m￾ &lt;&amp;"'&gt; \]\]&gt; \\ud83d 𠮷 😀"#);
        insta::assert_snapshot!(code("a|b`c\n"), @"a'b'c");
    }
}
