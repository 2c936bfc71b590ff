//! `chengzhi replay`: runs recorded turns again and says where an answer is another one. Exit code 1 if one is.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use serde_json::{Value, json};

use super::context::Context;
use super::output::{Ink, Output, note};
use crate::app::App;
use crate::replay::{self, Recording, Replayed, Verdict, Words, read, renew, written};
use crate::store::{AuditError, FILE, Recorded};

/// Run recorded turns again and compare the answers byte for byte
///
/// Each turn is recorded with what its answer rests on: the request with its day, place and history, the revision of every
/// corpus, program, agent, and the words of models. It is run again with all of this, over the corpora as they are now;
/// where the answer differs, the first place is shown with what else has changed. Nothing is stored.
///
/// A conversation is kept as it was said. The audit log is masked: there a turn with personal numbers cannot be run again,
/// and the others are compared as they are masked.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi replay 0b7e…                                one conversation; its id stands in every answer
  chengzhi replay 120..180                             turns with a record from 120 to 180 in the audit log, which is
                                                       verified first
  chengzhi replay 0b7e… --model qwen3-0.6b             ask the model again: same weights, same seed, same bytes
  chengzhi replay 0b7e… --save case.jsonl              and keep the session as a file
  chengzhi replay case.jsonl --data elsewhere          run it anywhere
  chengzhi replay evals/replay/recordings.jsonl        the sessions that the tests compare with
  chengzhi replay evals/replay/recordings.jsonl --renew    take what comes now for right from here on

Verdicts: same, different; and not compared: masked (the log does not keep personal numbers; run the conversation),
unpinned (recorded by an earlier version), unanswered (cancelled or failed).
Exit codes: 0 nothing differs, 1 an answer is another one, 2 wrong usage.")]
pub(super) struct Replay {
    /// Id of a conversation, a range of the audit log such as 120..180, or a FILE.jsonl of recordings
    what: String,
    /// Ask this model again where a model spoke, instead of taking its recorded words
    #[arg(long, value_name = "NAME", conflicts_with = "renew")]
    model: Option<String>,
    /// Keep the recorded turns as a file; what was said stands in it unmasked
    #[arg(long, value_name = "FILE.jsonl")]
    save: Option<PathBuf>,
    /// Write the answers that come now over those in the file
    #[arg(long, conflicts_with = "save")]
    renew: bool,
}

/// What is to be run.
enum What {
    Conversation(String),
    Log(u64, u64),
    File(PathBuf),
}

impl What {
    fn of(text: &str) -> anyhow::Result<Self> {
        let path = Path::new(text);
        let named = path.extension().is_some_and(|kind| kind == "jsonl");
        if named || text.contains(std::path::is_separator) || path.is_file() {
            return Ok(Self::File(path.to_owned()));
        }
        let Some((from, to)) = text.split_once("..") else {
            return Ok(Self::Conversation(text.to_owned()));
        };
        let range = (from.parse(), to.trim_start_matches('=').parse());
        match range {
            (Ok(from), Ok(to)) if 0 < from && from <= to => Ok(Self::Log(from, to)),
            _ => Err(super::Usage(format!(
                "`{text}` is no range of the audit log\nhint: write it as 120..180, both ends included; records are counted from 1"
            ))
            .into()),
        }
    }
}

pub(super) async fn run(
    mut context: Context,
    output: Output,
    command: Replay,
) -> anyhow::Result<ExitCode> {
    let what = What::of(&command.what)?;
    let models = &mut context.settings.models;
    // Weights are read only where a model is asked.
    let named: Vec<String> = command.model.iter().cloned().collect();
    (models.small, models.large) = (named.clone(), named);
    if command.renew {
        let What::File(file) = what else {
            let message = "`--renew` is for a file of recordings\nhint: `--save FILE.jsonl` keeps recorded turns as a file";
            return Err(super::Usage(message.to_owned()).into());
        };
        return renewed(context, output, &file).await;
    }
    // What cannot be read is told before a corpus is prepared.
    let recordings = match &what {
        What::File(file) => recordings(file)?,
        What::Conversation(_) | What::Log(..) => {
            context.ensure_records(FILE, "nothing is recorded")?;
            Vec::new()
        }
    };
    let app = context.app().await?;
    if let Some(problem) = app.roles.problems.first() {
        bail!("{}", problem.message);
    }
    let outcome = compared(&app, output, &command, &what, &recordings).await;
    app.store.close().await;
    outcome
}

async fn compared(
    app: &App,
    output: Output,
    command: &Replay,
    what: &What,
    recordings: &[Recording],
) -> anyhow::Result<ExitCode> {
    let turns = match what {
        What::File(_) => recordings.iter().map(|it| (it.recorded(), true)).collect(),
        What::Conversation(id) => {
            let turns = app.store.recorded(id).await?;
            turns.into_iter().map(|turn| (turn, true)).collect()
        }
        What::Log(from, to) => logged(app, *from, *to).await?,
    };
    if let Some(file) = &command.save {
        save(file, &turns)?;
    }
    let words = match command.model {
        Some(_) => Words::Live,
        None => Words::Recorded,
    };
    let mut failed = Ok(());
    let all = replay::replay(app, &turns, words, |replayed| {
        if !output.json && failed.is_ok() {
            failed = shown(output, replayed);
        }
    })
    .await;
    failed?;
    let count = |verdict| all.iter().filter(|turn| turn.verdict == verdict).count();
    let verdicts = [
        ("same", count(Verdict::Same)),
        ("different", count(Verdict::Different)),
        ("masked", count(Verdict::Masked)),
        ("unpinned", count(Verdict::Unpinned)),
        ("unanswered", count(Verdict::Unanswered)),
    ];
    if output.json {
        let mut report = json!({ "turns": all.len() });
        for (verdict, count) in verdicts {
            report[verdict] = json!(count);
        }
        report["results"] = json!(all);
        output.json(&report)?;
    } else {
        let counted = verdicts.iter().filter(|(_, count)| *count > 0);
        let counted: Vec<String> = counted
            .map(|(verdict, count)| format!("{count} {verdict}"))
            .collect();
        output.line(format!("{} turns: {}", all.len(), counted.join(", ")))?;
        explain(&all);
    }
    Ok(if count(Verdict::Different) > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Turns of the audit log, which must be as it was written.
async fn logged(app: &App, from: u64, to: u64) -> anyhow::Result<Vec<(Recorded, bool)>> {
    let verified = app.store.verify().await.map_err(|error| match error {
        AuditError::Altered(altered) => {
            anyhow::anyhow!("the audit log was altered, so it is no basis for a replay: {altered}")
        }
        AuditError::Store(error) => error.into(),
    })?;
    let turns = app.store.recorded_in(from..=to).await?;
    ensure!(
        turns.iter().any(|(_, wanted)| *wanted),
        "no turn has a record from {from} to {to}\nhint: the log has {} records",
        verified.count
    );
    Ok(turns)
}

fn recordings(file: &Path) -> anyhow::Result<Vec<Recording>> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|error| {
        let hint = if error.kind() == ErrorKind::NotFound {
            "\nhint: `chengzhi replay ID --save FILE.jsonl` makes such a file"
        } else {
            ""
        };
        anyhow::Error::new(error).context(format!("cannot read `{name}`{hint}"))
    })?;
    read(&name, &text).map_err(anyhow::Error::msg)
}

fn save(file: &Path, turns: &[(Recorded, bool)]) -> anyhow::Result<()> {
    ensure!(
        !file.exists(),
        "`{}` is there already\nhint: choose another name, or remove it first",
        file.display()
    );
    let kept: Vec<Recording> = turns
        .iter()
        .filter_map(|(turn, _)| Recording::of(turn))
        .collect();
    ensure!(
        !kept.is_empty(),
        "there is nothing to save\nhint: turns of a conversation are saved that were recorded with what they rest on; of the audit log, which is masked, none"
    );
    write(file, &kept)?;
    let left = turns.len() - kept.len();
    note(format!(
        "saved {} turns in `{}`",
        kept.len(),
        file.display()
    ));
    if left > 0 {
        note(format!(
            "warning: {left} turns were left out, since they are not recorded in full"
        ));
    }
    Ok(())
}

/// Writes a file of recordings, whole or not at all.
fn write(file: &Path, recordings: &[Recording]) -> anyhow::Result<()> {
    let part = file.with_extension("jsonl.part");
    let done =
        std::fs::write(&part, written(recordings)).and_then(|()| std::fs::rename(&part, file));
    if done.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    done.with_context(|| format!("cannot write `{}`", file.display()))
}

async fn renewed(context: Context, output: Output, file: &Path) -> anyhow::Result<ExitCode> {
    let before = recordings(file)?;
    let app = context.app().await?;
    let outcome = renew(&app, &before).await;
    app.store.close().await;
    let after = outcome.map_err(anyhow::Error::msg)?;
    write(file, &after)?;
    let changed: Vec<Value> = before
        .iter()
        .zip(&after)
        .filter(|(before, after)| before.answer != after.answer)
        .map(|(_, after)| json!({"session": after.session, "turn": after.pinned.request.turn}))
        .collect();
    if output.json {
        output.json(&json!({"turns": after.len(), "changed": changed}))?;
        return Ok(ExitCode::SUCCESS);
    }
    for turn in &changed {
        output.line(format!(
            "{} turn {}",
            turn["session"].as_str().unwrap_or_default(),
            turn["turn"]
        ))?;
    }
    output.line(format!(
        "{} turns, {} with another answer",
        after.len(),
        changed.len()
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// One turn, and where it differs.
fn shown(output: Output, replayed: &Replayed) -> anyhow::Result<()> {
    let (ink, verdict) = match replayed.verdict {
        Verdict::Same => (Ink::Green, "same"),
        Verdict::Different => (Ink::Red, "different"),
        Verdict::Masked => (Ink::Yellow, "masked"),
        Verdict::Unpinned => (Ink::Yellow, "unpinned"),
        Verdict::Unanswered => (Ink::Yellow, "unanswered"),
    };
    let turn = replayed.turn.map(|turn| turn.to_string());
    output.line(format!(
        "{} turn {}  {}  {}",
        replayed.session,
        turn.as_deref().unwrap_or("?"),
        output.paint(ink, &format!("{verdict:<10}")),
        replayed.question.replace('\n', " ")
    ))?;
    let Some(difference) = &replayed.difference else {
        return Ok(());
    };
    let (recorded, now) = excerpts(difference.recorded.as_ref(), difference.replayed.as_ref());
    match difference.path.as_str() {
        "" => output.line("  the whole answer")?,
        path => output.line(format!("  {}", output.paint(Ink::Strong, path)))?,
    }
    output.line(format!(
        "    recorded  {}",
        output.paint(Ink::Red, &recorded)
    ))?;
    output.line(format!("    replayed  {}", output.paint(Ink::Green, &now)))?;
    for reason in &replayed.reasons {
        output.line(format!("  {reason}"))?;
    }
    if replayed.reasons.is_empty() {
        output.line("  nothing it rests on has changed: the answer is not repeatable")?;
    }
    Ok(())
}

/// Characters shown of a value, and of those before the first difference.
const SHOWN: usize = 60;
const BEFORE: usize = 12;

/// Two values from shortly before they differ.
fn excerpts(recorded: Option<&Value>, replayed: Option<&Value>) -> (String, String) {
    let text = |value: Option<&Value>| match value {
        None => "(nothing)".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    };
    let (recorded, replayed) = (text(recorded), text(replayed));
    let same = recorded.chars().zip(replayed.chars());
    let from = same.take_while(|(one, other)| one == other).count();
    let from = from.saturating_sub(BEFORE);
    let cut = |text: &str| {
        let head = if from > 0 { "…" } else { "" };
        let tail = if text.chars().count() > from + SHOWN {
            "…"
        } else {
            ""
        };
        let middle: String = text.chars().skip(from).take(SHOWN).collect();
        format!("{head}{middle}{tail}")
    };
    (cut(&recorded), cut(&replayed))
}

/// What to do about turns that were not compared.
fn explain(all: &[Replayed]) {
    if all.iter().any(|turn| turn.verdict == Verdict::Masked) {
        note(
            "masked: the log keeps no personal numbers, so these turns cannot be run again\nhint: `chengzhi replay CONVERSATION` has the words as they were said, until the conversation is deleted",
        );
    }
    if all.iter().any(|turn| turn.verdict == Verdict::Unpinned) {
        note(
            "unpinned: recorded by an earlier version, which did not keep what the answer rests on",
        );
    }
}
