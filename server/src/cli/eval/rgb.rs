//! `chengzhi eval rgb`

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use agents::turn::{Outcome, Setting, Step, Turn};
use agents::{Event, Request, Role};
use anyhow::Context as _;
use clap::Args;
use corpora::Lexicon;
use evals::line::BadLine;
use evals::metric::Scored;
use evals::rgb::{self, Item, Noise};
use jiff::civil::Date;

use super::{limit, named, read, show};
use crate::cli::context::Context;
use crate::cli::output::Output;

/// Score the basis check on a file of RGB: answer from five documents, or refuse
///
/// The agent of --agent is given the five documents in place of what a search would find, with the model off: it quotes
/// the sentences that answer, or refuses. An answer is right if it holds the expected one as an exact substring.
/// `rejection` is the share of refusals where no document answers, `over_refusal` where some do.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi eval rgb zh_refine.jsonl
  chengzhi eval rgb zh_refine.jsonl.zst --noise 0.8 --json")]
pub(in crate::cli) struct Rgb {
    /// One item a line, in the shape of the benchmark; may be packed with gzip or zstd
    file: PathBuf,
    /// Share of documents that do not answer [default: each of them in turn]
    #[arg(long, value_name = "SHARE", value_parser = noise)]
    noise: Option<Noise>,
}

/// A share below 1: there the question is whether the answer is found.
fn noise(text: &str) -> Result<Noise, String> {
    let mut shares = Noise::EVERY.into_iter();
    shares
        .find(|noise| *noise != Noise::All && noise.name() == text)
        .ok_or_else(|| "use 0, 0.2, 0.4, 0.6 or 0.8".to_owned())
}

pub(super) fn run(context: &Context, output: Output, command: &Rgb) -> anyhow::Result<ExitCode> {
    let (mut items, mut bad) = rgb::read(&read::text(&command.file)?);
    limit(context, &mut items);
    let catalog = context.catalog();
    let name = &context.global.agent;
    let agent = catalog.agents.get(name).with_context(|| {
        format!("there is no agent `{name}`\nhint: `chengzhi check` lists those there are; `--agent NAME` takes another")
    })?;
    let setting = Setting {
        agent,
        seeds: &catalog.seeds,
        titles: &BTreeMap::new(),
        place: None,
        producer: &context.settings.city.producer,
        rewrite: None,
        wording: None,
        act: None,
        entries: &catalog.tools,
        digress: None,
    };
    let noises: Vec<Noise> = match command.noise {
        Some(noise) => vec![noise, Noise::All],
        None => Noise::EVERY.to_vec(),
    };
    let today = context.today();
    let begun = Instant::now();
    let mut outcomes = Vec::new();
    let asked = items.len();
    for item in &items {
        for &noise in &noises {
            let quoted = match quoted(setting, today, item, noise, &catalog.lexicon) {
                Ok(quoted) => quoted,
                Err(error) => {
                    let reason = format!("item `{}` cannot be asked: {error}", item.id);
                    bad.push(BadLine {
                        line: item.line,
                        reason,
                    });
                    break;
                }
            };
            outcomes.push(rgb::Outcome {
                item: item.id.clone(),
                noise,
                refused: quoted.is_empty(),
                right: item.is_right(&quoted.join("\n")),
            });
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    let problems = named(&command.file, &bad);
    let scored = Scored::off("rgb", asked, rgb::figures(&outcomes), seconds, problems);
    show(output, &scored)
}

/// The sentences that are quoted; none where the agent refuses.
///
/// Documents without dates and places need no second search: what a turn asks for after the first one is not given, and
/// a turn that ends without an answer has none.
fn quoted(
    setting: Setting<'_>,
    today: Date,
    item: &Item,
    noise: Noise,
    lexicon: &Lexicon,
) -> Result<Vec<String>, agents::Error> {
    let request = Request::new(&item.question, Role::Citizen, today);
    let (mut turn, _, step) = Turn::begin(setting, request)?;
    let Step::Retrieve(query, _) = step else {
        return Ok(Vec::new());
    };
    let found = corpora::rank(&item.documents(noise), &query.text, lexicon);
    let (events, _) = turn.resume(setting, Outcome::Found(Box::new(found)));
    let mut quoted = Vec::new();
    for event in events {
        if let Event::Done(answer) = event {
            quoted.extend(answer.sentences.into_iter().map(|sentence| sentence.text));
        }
    }
    Ok(quoted)
}
