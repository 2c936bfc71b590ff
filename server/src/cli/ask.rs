//! `chengzhi ask`: one question, one answer. A refusal is an answer, so its exit code is 0.

use std::process::ExitCode;
use std::sync::Arc;

use agents::{Answer, Event, Role};
use anyhow::anyhow;
use clap::Args;
use futures::StreamExt;

use super::context::Context;
use super::output::Output;
use super::{Global, text};
use crate::app::App;
use crate::turn::{self, Caller, Question};

/// Ask one question.
///
/// Whoever sits at this terminal can read the data directory, so every corpus in it is searched.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi ask \"孩子刚出生怎么上户口？\"
  chengzhi ask \"租房押金房东不退怎么办？\" --place 临江区 --json
  chengzhi ask \"门诊报销起付线是多少？\" --as-of 2023-05-01
  chengzhi ask \"那要带什么材料？\" --conversation 0b7e…      goes on; the id stands in `--json`
  chengzhi ask \"试用期最长多久？\" --corpus laws --corpus mine

With --json it prints {status, question, interpreted, as_of, jurisdiction, lead, sentences, citations, missing,
searched, next, choices, message, mode, degraded, agent, label, aigc, conversation}; see config/schema/answer.json.")]
pub(super) struct Ask {
    /// The question, in quotation marks
    question: String,
}

pub(super) async fn run(
    context: Context,
    output: Output,
    command: Ask,
) -> anyhow::Result<ExitCode> {
    let question = question(
        &context.global,
        command.question,
        context.global.conversation.clone(),
    );
    let app = context.app().await?;
    corpora_exist(&app, &question)?;
    let outcome = answer(&app, output, question).await;
    app.store.close().await;
    let (answer, shown) = outcome?;
    match shown {
        _ if output.json => output.json(&answer)?,
        Some(shown) => text::settled(output, &shown, &answer)?,
        None => {
            text::interpreted(output, &answer)?;
            text::whole(output, &answer)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What the options ask.
pub(super) fn question(
    global: &Global,
    question: String,
    conversation: Option<String>,
) -> Question {
    Question {
        agent: global.agent.clone(),
        question,
        as_of: global.as_of,
        place: global.place.clone(),
        conversation,
        history: Vec::new(),
        corpora: (!global.corpus.is_empty()).then(|| global.corpus.clone()),
        limit: global.limit.map(|limit| limit as usize),
        fields: Vec::new(),
        draft: None,
    }
}

/// A corpus that was named and cannot be used is told with its reason and what to do.
pub(super) fn corpora_exist(app: &App, question: &Question) -> anyhow::Result<()> {
    for corpus in question.corpora.iter().flatten() {
        app.corpora.get(corpus)?;
    }
    Ok(())
}

/// Who sits at the terminal. No token has such a name, so these conversations cannot be read through HTTP.
pub(super) fn caller() -> Caller {
    Caller {
        role: Role::Developer,
        name: Some("(terminal)".to_owned()),
        unit: None,
        resident: None,
    }
}

/// The answer, and the quoted one that was shown before it.
async fn answer(
    app: &Arc<App>,
    output: Output,
    question: Question,
) -> anyhow::Result<(Answer, Option<Answer>)> {
    let mut events = turn::run(app.clone(), caller(), question);
    let mut shown = None;
    while let Some(event) = events.next().await {
        match event? {
            Event::Quoted(answer) if output.live() => {
                text::interpreted(output, &answer)?;
                text::quoted(output, &answer)?;
                shown = Some(*answer);
            }
            Event::Done(answer) => return Ok((*answer, shown)),
            _ => {}
        }
    }
    Err(anyhow!("the agent ended without an answer"))
}
