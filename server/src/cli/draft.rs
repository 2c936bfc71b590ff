//! `chengzhi draft`: a reply drafted from a file or an order, checked again where it was edited, and written down.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use agents::kind::draft::{Brief, DraftView, LIMIT, PointState};
use agents::{Answer, Event, Kind, Role};
use anyhow::{Context as _, anyhow, bail, ensure};
use clap::Args;
use futures::StreamExt;

use super::context::Context;
use super::output::{Ink, Output, note};
use super::{Usage, text};
use crate::app::App;
use crate::draft::{Format, numbered, written};
use crate::turn::{self, Caller, Question};

/// Draft a reply to a request, point by point, with clauses
///
/// Every sentence cites or is marked 待核. A rule that is no longer in force blocks its paragraph, and what is in force is
/// offered. Nothing is sent.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi draft letter.txt                                    points, draft, clauses
  chengzhi draft --order HL202608230002 --template proposal-reply
  chengzhi draft letter.txt --as-of 2025-06-01 --json
  chengzhi draft letter.txt --check edited.txt --docx reply.docx    check what you changed, and write it down
  pdftotext letter.pdf - | chengzhi draft - --page reply.html

Files are UTF-8 text of at most 20,000 characters; `-` reads standard input.")]
pub(super) struct Draft {
    /// The request; `-` reads standard input
    #[arg(value_name = "FILE", required_unless_present = "order")]
    file: Option<PathBuf>,
    /// Number of an order; its words are the request then
    #[arg(long, value_name = "NUMBER", conflicts_with = "file")]
    order: Option<String>,
    /// Template: the name of a file in templates/ of the agent
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
    /// The unit that replies; without it the hotline's centre, for orders
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
    /// A draft that was edited, to be checked
    #[arg(long, value_name = "EDITED")]
    check: Option<PathBuf>,
    /// Write the draft as a Word document
    #[arg(long, value_name = "OUT")]
    docx: Option<PathBuf>,
    /// Write the draft as a page to print
    #[arg(long, value_name = "OUT")]
    page: Option<PathBuf>,
}

/// The agent that drafts, unless another one is named.
const DRAFTER: &str = "drafter";

pub(super) async fn run(
    context: Context,
    output: Output,
    command: &Draft,
) -> anyhow::Result<ExitCode> {
    let both = |path: &Option<PathBuf>| path.as_deref() == Some(Path::new("-"));
    if both(&command.file) && both(&command.check) {
        return Err(Usage("standard input can be read once: FILE or --check".to_owned()).into());
    }
    let request = match (&command.file, &command.order) {
        (Some(file), _) => contents(file)?,
        (None, Some(order)) => order.clone(),
        (None, None) => bail!("nothing to draft for"),
    };
    let edited = command.check.as_deref().map(contents).transpose()?;
    let global = &context.global;
    let question = Question {
        agent: global.agent.clone(),
        question: request,
        as_of: global.as_of,
        place: global.place.clone(),
        conversation: None,
        history: Vec::new(),
        corpora: (!global.corpus.is_empty()).then(|| global.corpus.clone()),
        limit: global.limit.map(|limit| limit as usize),
        fields: Vec::new(),
        draft: Some(Brief {
            order: command.order.clone(),
            template: command.template.clone(),
            edited,
        }),
    };
    let app = context.app().await?;
    crate::city::open(&app)
        .await
        .context("the records of the city cannot be opened")?;
    let outcome = drafted(&app, question, command).await;
    app.store.close().await;
    let answer = outcome?;
    let files = [(&command.docx, Format::Docx), (&command.page, Format::Page)];
    if files.iter().any(|(path, _)| path.is_some()) {
        let reason = || {
            anyhow!(
                "there is no draft to write down: {}",
                answer.message.clone().unwrap_or_default()
            )
        };
        ensure!(answer.draft.is_some(), reason());
    }
    for (path, format) in files {
        if let Some(path) = path {
            let bytes = written(&answer, format).context("the draft cannot be written down")?;
            put(path, &bytes)?;
            note(format!("wrote `{}`", path.display()));
        }
    }
    if output.json {
        output.json(&answer)?;
    } else {
        shown(output, &answer)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The text of a file: UTF-8, not empty, not too long.
fn contents(path: &Path) -> anyhow::Result<String> {
    let name = if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        format!("`{}`", path.display())
    };
    // Of UTF-8 no character has more than four bytes.
    let most = 4 * LIMIT as u64 + 1;
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().take(most).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes))
    };
    read.with_context(|| format!("{name} cannot be read"))?;
    ensure!(
        (bytes.len() as u64) < most,
        "{name} is too long: at most {LIMIT} characters\nhint: draft for one part after the other"
    );
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        anyhow!("{name} is not UTF-8 text: byte {at} cannot be read\nhint: save it as UTF-8; of a PDF or Word file, save the text")
    })?;
    let text = text.trim_start_matches('\u{feff}').to_owned();
    ensure!(!text.trim().is_empty(), "{name} is empty");
    let characters = text.chars().count();
    ensure!(
        characters <= LIMIT,
        "{name} is too long: {characters} characters, at most {LIMIT}\nhint: draft for one part after the other"
    );
    Ok(text)
}

/// Writes beside the place and moves there, so that nobody sees half a file.
fn put(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let failed = || format!("cannot write to `{}`", path.display());
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut file =
        tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).with_context(failed)?;
    std::io::Write::write_all(&mut file, bytes).with_context(failed)?;
    file.persist(path).with_context(failed)?;
    Ok(())
}

async fn drafted(
    app: &Arc<App>,
    mut question: Question,
    command: &Draft,
) -> anyhow::Result<Answer> {
    let drafts = |name: &String| {
        let agent = app.catalog.agents.get(name);
        agent.is_some_and(|agent| agent.manifest.kind == Kind::Draft)
    };
    if !drafts(&question.agent) {
        question.agent = DRAFTER.to_owned();
    }
    let centre = app
        .catalog
        .hotline
        .as_ref()
        .map(|hotline| hotline.rules.centre.clone());
    let unit = command
        .unit
        .clone()
        .or_else(|| command.order.as_ref().and(centre));
    let caller = Caller {
        role: Role::Officer,
        name: Some("(terminal)".to_owned()),
        unit,
        resident: None,
    };
    super::ask::corpora_exist(app, &question)?;
    let mut events = turn::run(app.clone(), caller, question);
    while let Some(event) = events.next().await {
        if let Event::Done(answer) = event? {
            return Ok(*answer);
        }
    }
    Err(anyhow!("the agent ended without an answer"))
}

/// A draft as text, also where it is the answer of a chat.
pub(super) fn shown(output: Output, answer: &Answer) -> anyhow::Result<()> {
    let Some(draft) = &answer.draft else {
        text::head(output, answer)?;
        return text::tail(output, answer);
    };
    text::head(output, answer)?;
    points(output, draft)?;
    output.line(format!("\n{}", output.paint(Ink::Strong, &draft.title)))?;
    for paragraph in &draft.paragraphs {
        output.line("")?;
        for sentence in &paragraph.sentences {
            let line = numbered(sentence, &answer.citations);
            match sentence.mark {
                Some(_) => output.line(output.paint(Ink::Yellow, &line))?,
                None => output.line(line)?,
            }
        }
    }
    for example in &draft.examples {
        let line = format!(
            "\n参考既往答复（不作为依据）：{} · {} · {}",
            example.number, example.date, example.subject
        );
        output.line(output.paint(Ink::Faint, &format!("{line}\n  {}", example.text)))?;
    }
    text::tail(output, answer)
}

fn points(output: Output, draft: &DraftView) -> anyhow::Result<()> {
    for point in &draft.points {
        let (word, ink) = match point.state {
            PointState::Supported => ("有依据", Ink::Green),
            PointState::Uncovered => ("待核", Ink::Yellow),
            PointState::Blocked => ("所引失效", Ink::Red),
        };
        let state = output.paint(ink, word);
        output.line(format!("  {}. {}（{state}）", point.number, point.text))?;
        for text in point.reason.iter().chain(&point.notes) {
            output.line(output.paint(Ink::Yellow, &format!("     {text}")))?;
        }
        for blocked in &point.blocked {
            for offered in &blocked.offered {
                output.line(format!("     现行：{}", offered.text))?;
            }
        }
        for contact in &point.contacts {
            output.line(output.paint(
                Ink::Faint,
                &format!("     可以询问：{} {}", contact.name, contact.contact),
            ))?;
        }
    }
    Ok(())
}
