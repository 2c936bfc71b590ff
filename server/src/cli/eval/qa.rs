//! `chengzhi eval qa`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use evals::baseline::Baselines;
use evals::case::adopted;
use evals::grade::Grader;
use evals::suite::{Manifest, Regression};

use super::perform::{Options, Work};
use super::read;
use super::run::shown;
use super::stop::Stop;
use super::world::played;
use crate::catalog::SuiteEntry;
use crate::cli::context::Context;
use crate::cli::output::Output;

/// Ask an agent the questions of a file
///
/// One JSON object a line: {question, as_of, place, history, expect, gold: [{file, clause}], must_contain,
/// must_not_contain}, and where wanted id and type; other keys are passed over. `expect` is answered, partial, refused,
/// clarify or handoff. The corpus must have been read in: `chengzhi ingest FOLDER --corpus NAME`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi eval qa questions.jsonl --corpus laws --json
  chengzhi eval qa questions.jsonl.zst --corpus mine --model qwen3-0.6b --limit 50

Metrics: status (the kind of answer is right), citation (a gold clause is cited), content (what must and must not stand in
it), refusal (of questions to be refused), over_refusal (of questions that have an answer), grounded, faithful; each also
by type of question.")]
pub(in crate::cli) struct Qa {
    /// The questions; may be packed with gzip or zstd
    file: PathBuf,
    #[command(flatten)]
    options: Options,
}

pub(super) async fn run(
    context: &Context,
    output: Output,
    command: Qa,
) -> anyhow::Result<ExitCode> {
    let text = adopted(&read::text(&command.file)?);
    let catalog = context.catalog();
    let corpora = context.corpora(&catalog)?;
    let name = command
        .file
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy();
    let name: String = name
        .chars()
        .map(|it| if it.is_alphanumeric() { it } else { '-' })
        .collect();
    let entry = SuiteEntry {
        manifest: Manifest {
            title: command.file.display().to_string(),
            description: String::new(),
            agent: Some(context.global.agent.clone()),
            cases: None,
            corpora: None,
            orders: Vec::new(),
            graders: vec![Grader::Answer, Grader::Grounded],
            today: context.today(),
            epochs: 1,
            same_seed: false,
            gates: Vec::new(),
            regression: Regression::default(),
        },
        cases: command.file.display().to_string(),
        baselines: Baselines::default(),
    };
    let mut runs = Vec::new();
    let stop = Stop::on_interrupt();
    for played in &played(context, &catalog, command.options.model.as_deref()).await? {
        if stop.is_asked() {
            break;
        }
        let work = Work {
            context,
            catalog: &catalog,
            corpora: &corpora,
            name: &name,
            entry: &entry,
            text: Some(text.clone()),
            played,
            options: &command.options,
            stop: &stop,
        };
        runs.push(work.run().await?);
    }
    shown(output, &runs, &stop)
}
