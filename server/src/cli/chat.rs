//! `chengzhi chat`: questions line by line, in one conversation. Sentences are shown as they come.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;

use agents::{Answer, Event};
use anyhow::anyhow;
use clap::Args;
use futures::StreamExt;
use tokio::io::{AsyncBufReadExt, BufReader};

use super::ask::{caller, corpora_exist, question};
use super::context::Context;
use super::output::{Output, note};
use super::{Global, report, text};
use crate::app::App;
use crate::turn;

/// Ask in a conversation, line by line.
///
/// A follow-up may leave out what was said before. `:new` begins another conversation, `:q` ends the program.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi chat
  chengzhi chat --place 云台区
  printf '孩子刚出生怎么上户口？\\n那要带什么材料？\\n' | chengzhi chat --json      one answer after the other")]
pub(super) struct Chat {}

pub(super) async fn run(
    mut context: Context,
    output: Output,
    _: &Chat,
) -> anyhow::Result<ExitCode> {
    let mut global = std::mem::take(&mut context.global);
    let app = context.app().await?;
    corpora_exist(&app, &question(&global, String::new(), None))?;
    let mut lines = BufReader::new(tokio::io::stdin()).split(b'\n');
    let interactive = std::io::stdin().is_terminal();
    let mut failed = false;
    loop {
        if interactive {
            let _ = write!(std::io::stderr(), "问> ").and_then(|()| std::io::stderr().flush());
        }
        let Some(line) = lines.next_segment().await? else {
            break;
        };
        let Ok(line) = String::from_utf8(line) else {
            note("error: the line is not UTF-8 text");
            failed = true;
            continue;
        };
        match line.trim() {
            "" => continue,
            ":q" | "exit" | "quit" | "退出" => break,
            ":new" => {
                global.conversation = None;
                continue;
            }
            words => match one(&app, output, &global, words).await {
                Ok(answer) => global.conversation = answer.conversation,
                Err(error) if error.is::<std::io::Error>() => return Err(error),
                Err(error) => {
                    report::report(&error);
                    failed = true;
                }
            },
        }
    }
    app.store.close().await;
    // At a terminal the person saw what failed and went on; a script must be told.
    Ok(if failed && !interactive {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

async fn one(
    app: &Arc<App>,
    output: Output,
    global: &Global,
    words: &str,
) -> anyhow::Result<Answer> {
    let question = question(global, words.to_owned(), global.conversation.clone());
    let mut events = turn::run(app.clone(), caller(), question);
    let mut citations = Vec::new();
    let mut quoted: Option<Box<Answer>> = None;
    while let Some(event) = events.next().await {
        match event? {
            event @ Event::Interpreted { .. } if !output.json => text::understood(output, &event)?,
            Event::Quoted(answer) => {
                if output.live() {
                    text::quoted(output, &answer)?;
                }
                quoted = Some(answer);
            }
            // What may be replaced is not shown sentence by sentence.
            Event::Citation(_) | Event::Sentence { .. } if quoted.is_some() => {}
            Event::Citation(citation) => citations.push(citation),
            Event::Sentence {
                text,
                citations: cited,
                ..
            } if !output.json => text::sentence(output, &text, &cited, &citations)?,
            Event::Done(answer) if output.json => {
                output.json(&answer)?;
                return Ok(*answer);
            }
            Event::Done(answer) => {
                match quoted {
                    Some(quoted) if output.live() => text::settled(output, &quoted, &answer)?,
                    Some(_) => text::whole(output, &answer)?,
                    None => {
                        text::head(output, &answer)?;
                        text::tail(output, &answer)?;
                    }
                }
                output.line("")?;
                return Ok(*answer);
            }
            _ => {}
        }
    }
    Err(anyhow!("the agent ended without an answer"))
}
