//! `chengzhi eval export`

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, ValueEnum};
use evals::log::{self, Log, Out, inspect, junit, lines, markdown};
use serde::Serialize;

use crate::cli::Usage;
use crate::cli::output::Output;

/// Write the log of a run in a format of other tools
///
/// LOG is the journal of a run of this program, also of one that goes on or was killed, or a log of Inspect.
#[derive(Debug, Args)]
#[command(after_help = "\
Formats:
  inspect       the archive of PyPI inspect_ai, for `inspect view`, `inspect log dump` and its data frames
  inspect-json  the same as one JSON object
  junit         JUnit XML for continuous integration: one test case a sample, failures with their reasons
  jsonl         one JSON object a line for each sample, with input, output and grades
  markdown      a summary for a pull request: figures with their bounds, what failed, what could not be read

Examples:
  chengzhi eval export data/evals/RUN.jsonl --format inspect      then: inspect view --log-dir data/evals
  chengzhi eval export RUN.jsonl --format junit --out junit.xml
  chengzhi eval export RUN.jsonl --format markdown >> \"$GITHUB_STEP_SUMMARY\"
  chengzhi eval export RUN.jsonl --format jsonl | jq 'select(.grades.status.value == 0) | .input'")]
pub(in crate::cli) struct Export {
    /// Journal of a run, or a log of Inspect (`.eval` or `.json`)
    log: PathBuf,
    /// What to write
    #[arg(long, value_enum)]
    format: Format,
    /// Where to [default: beside LOG under Inspect's name for the formats of Inspect, standard output for the others]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace a file that is there already
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Inspect,
    InspectJson,
    Junit,
    Jsonl,
    Markdown,
}

#[derive(Serialize)]
struct Exported<'a> {
    suite: &'a str,
    run: &'a str,
    file: String,
}

pub(super) fn run(output: Output, command: &Export) -> anyhow::Result<ExitCode> {
    let log = Log::open(&command.log)?;
    let Some(path) = command.out.clone().or_else(|| beside(command, &log)) else {
        if output.json {
            return Err(Usage(
                "with `--json` the file is named on standard output, so it needs `--out FILE`"
                    .into(),
            )
            .into());
        }
        return to_stdout(command.format, &log);
    };
    refuse_loss(command, &path)?;
    log::replace(&path, |out| write(command.format, &log, out))?;
    let file = path.display().to_string();
    if output.json {
        output.json(&Exported {
            suite: &log.header.suite,
            run: &log.header.run,
            file,
        })?;
    } else {
        output.line(file)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn write(format: Format, log: &Log, out: &mut Out<'_>) -> Result<(), evals::Error> {
    match format {
        Format::Inspect => inspect::write_archive(log, out),
        Format::InspectJson => inspect::write_document(log, out),
        Format::Junit => junit::write(log, out),
        Format::Jsonl => lines::write(log, out),
        Format::Markdown => markdown::write(log, out),
    }
}

/// Inspect looks for its logs by their names; other formats have none of their own.
fn beside(command: &Export, log: &Log) -> Option<PathBuf> {
    let ending = match command.format {
        Format::Inspect => "eval",
        Format::InspectJson => "json",
        Format::Junit | Format::Jsonl | Format::Markdown => return None,
    };
    let name = format!("{}.{ending}", inspect::stem(&log.header));
    Some(command.log.with_file_name(name))
}

fn to_stdout(format: Format, log: &Log) -> anyhow::Result<ExitCode> {
    let mut stdout = BufWriter::new(std::io::stdout().lock());
    write(
        format,
        log,
        &mut Out {
            name: Path::new("standard output"),
            to: &mut stdout,
        },
    )?;
    stdout.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// A log is never written over itself, another file only if that is wanted.
fn refuse_loss(command: &Export, path: &Path) -> anyhow::Result<()> {
    let Ok(there) = path.canonicalize() else {
        return Ok(());
    };
    let shown = path.display();
    if command.log.canonicalize().is_ok_and(|log| log == there) {
        bail!("`{shown}` is the log itself\nhint: name another file with `--out FILE`");
    }
    if !command.force {
        bail!(
            "`{shown}` is there already\nhint: name another file with `--out FILE`, or replace it with `--force`"
        );
    }
    Ok(())
}
