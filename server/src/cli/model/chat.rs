//! `chengzhi model chat`: a talk with a bare model, for those who try one out. No agent, no corpus, no check.

mod request;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, anyhow};
use clap::Args;
use futures::StreamExt;
use models::{ChatModel, ChatRequest, Message, Role, Stop, ToolCall, Usage};
use serde::Serialize;
use tokio::io::{AsyncBufReadExt, BufReader, Stdin};
use tokio::signal::ctrl_c;

use super::choice::open;
use crate::cli::context::Context;
use crate::cli::output::{Ink, Output, note};
use crate::cli::report;

/// Talk to a model itself, without an agent: nothing that it says is checked
///
/// With a message it answers once. Without one it reads lines and remembers what was said; `:new` forgets it, `:q` ends.
/// After a call the next line is taken as its result. Ctrl-C stops an answer; between answers it ends the program.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi model chat qwen3-0.6b
  chengzhi model chat qwen3-0.6b \"用一句话介绍自己\" --temperature 0.7 --seed 1
  chengzhi model chat ./some.gguf \"三种水果\" --json-schema fruits.json
  chengzhi model chat qwen3-4b \"明天会下雨吗？\" --tools tools.json --call --json

A file of tools is a list:
  [{\"name\": \"weather\", \"description\": \"Weather of a day\",
    \"parameters\": {\"type\": \"object\", \"properties\": {\"day\": {\"type\": \"string\"}}, \"required\": [\"day\"]}}]")]
pub(in crate::cli) struct Chat {
    /// Name of a model, see `chengzhi model list`; or a `.gguf` file, or a folder with `config.json` and `*.safetensors`
    model: String,
    /// What to say; without it lines are read
    message: Option<String>,
    #[command(flatten)]
    options: request::Options,
}

/// One answer, for `--json`.
#[derive(Default, Serialize)]
struct Answer {
    text: String,
    tool_calls: Vec<ToolCall>,
    stop: Option<Stop>,
    usage: Usage,
    seconds: f64,
}

/// What the next line of a person is.
enum Line {
    Words(String),
    Wrong,
    End,
}

pub(super) async fn run(
    context: &Context,
    output: Output,
    command: Chat,
) -> anyhow::Result<ExitCode> {
    let request = command.options.request()?;
    note(
        "warning: this is the bare model: nothing that it says is checked, cited or kept in the audit log",
    );
    let catalog = context.catalog();
    let model = tokio::select! {
        model = open(context, &catalog, &command.model) => model?,
        interrupted = ctrl_c() => {
            interrupted?;
            anyhow::bail!("interrupted while the model was loaded");
        }
    };
    let mut talk = Talk {
        beginning: request.messages.len(),
        model,
        request,
        calls: Vec::new(),
        output,
    };
    match command.message {
        Some(words) => match talk.say(words).await? {
            Said::Whole => Ok(ExitCode::SUCCESS),
            Said::Stopped => anyhow::bail!("interrupted"),
        },
        None => talk.lines().await,
    }
}

/// How an answer ended.
enum Said {
    Whole,
    /// By the person.
    Stopped,
}

struct Talk {
    model: Arc<dyn ChatModel>,
    /// What was said so far, and how answers are wanted.
    request: ChatRequest,
    /// Messages that stay when a talk begins anew.
    beginning: usize,
    /// Calls without a result, the next one last.
    calls: Vec<ToolCall>,
    output: Output,
}

impl Talk {
    /// Line by line to the end of the input.
    async fn lines(&mut self) -> anyhow::Result<ExitCode> {
        let mut lines = BufReader::new(tokio::io::stdin());
        let interactive = std::io::stdin().is_terminal();
        let mut failed = false;
        loop {
            if interactive {
                self.prompt();
            }
            let line = tokio::select! {
                line = next(&mut lines) => line?,
                interrupted = ctrl_c() => {
                    interrupted?;
                    break;
                }
            };
            let words = match line {
                Line::End => break,
                Line::Words(words) => words,
                Line::Wrong => {
                    note("error: the line is not UTF-8 text");
                    failed = true;
                    continue;
                }
            };
            match words.trim() {
                "" if self.calls.is_empty() => {}
                ":q" | "exit" | "quit" | "退出" => break,
                ":new" => {
                    self.request.messages.truncate(self.beginning);
                    self.calls.clear();
                }
                words => match self.say(words.to_owned()).await {
                    Ok(Said::Whole) => {}
                    Ok(Said::Stopped) if interactive => note("stopped; it is as if not asked"),
                    Ok(Said::Stopped) => anyhow::bail!("interrupted"),
                    Err(error) if error.is::<std::io::Error>() => return Err(error),
                    Err(error) => {
                        report::report(&error);
                        failed = true;
                    }
                },
            }
        }
        // At a terminal the person saw what failed and went on; a script must be told.
        Ok(if failed && !interactive {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        })
    }

    fn prompt(&self) {
        let prompt = match self.calls.last() {
            Some(call) => format!("result of {}> ", call.name),
            None => "> ".to_owned(),
        };
        let mut stderr = std::io::stderr();
        // Without a prompt one can type all the same.
        let _ = write!(stderr, "{prompt}").and_then(|()| stderr.flush());
    }

    /// Takes `words` in and shows the answer, unless another result is awaited first. What fails or is stopped leaves
    /// no trace in the talk.
    async fn say(&mut self, words: String) -> anyhow::Result<Said> {
        let (length, calls) = (self.request.messages.len(), self.calls.clone());
        let message = match self.calls.pop() {
            Some(call) => Message::tool(call.id, words),
            None => Message::user(words),
        };
        self.request.messages.push(message);
        if !self.calls.is_empty() {
            return Ok(Said::Whole);
        }
        match self.answer().await {
            Ok(Some(answer)) => {
                self.show(&answer)?;
                self.keep(answer);
                Ok(Said::Whole)
            }
            other => {
                self.request.messages.truncate(length);
                self.calls = calls;
                other.map(|_| Said::Stopped)
            }
        }
    }

    /// The answer, shown piece by piece; none when it was stopped.
    async fn answer(&self) -> anyhow::Result<Option<Answer>> {
        let begun = Instant::now();
        // One listener for the whole answer: none that comes between two pieces is missed.
        let mut interrupt = std::pin::pin!(ctrl_c());
        let mut deltas = self.model.chat(self.request.clone());
        let mut answer = Answer::default();
        while answer.stop.is_none() {
            let delta = tokio::select! {
                biased;
                interrupted = &mut interrupt => {
                    interrupted?;
                    self.break_line(&answer)?;
                    return Ok(None);
                }
                delta = deltas.next() => delta,
            };
            let broken = || anyhow!("the model broke off\nhint: ask again");
            let delta = match delta.ok_or_else(broken).and_then(|delta| Ok(delta?)) {
                Ok(delta) => delta,
                Err(error) => {
                    self.break_line(&answer)?;
                    return Err(error);
                }
            };
            if !self.output.json {
                self.output.piece(&delta.text)?;
            }
            answer.text.push_str(&delta.text);
            answer.tool_calls.extend(delta.tool_calls);
            answer.stop = delta.stop;
            answer.usage = delta.usage.unwrap_or(answer.usage);
        }
        answer.seconds = begun.elapsed().as_secs_f64();
        Ok(Some(answer))
    }

    fn break_line(&self, answer: &Answer) -> anyhow::Result<()> {
        if !self.output.json && !answer.text.is_empty() {
            self.output.line("")?;
        }
        Ok(())
    }

    /// What was not shown yet.
    fn show(&self, answer: &Answer) -> anyhow::Result<()> {
        if self.output.json {
            return self.output.json(answer);
        }
        self.break_line(answer)?;
        for call in &answer.tool_calls {
            let name = self.output.paint(Ink::Strong, &call.name);
            self.output.line(format!("{name} {}", call.arguments))?;
        }
        let Usage {
            input_tokens,
            cached_tokens,
            output_tokens,
        } = answer.usage;
        let cut = match answer.stop {
            Some(Stop::Length) => "; it reached `--max-tokens`",
            Some(Stop::End | Stop::ToolCalls) | None => "",
        };
        note(format!(
            "{input_tokens} tokens read ({cached_tokens} from the cache), {output_tokens} written in {:.1} s{cut}",
            answer.seconds
        ));
        Ok(())
    }

    fn keep(&mut self, answer: Answer) {
        self.calls = answer.tool_calls.iter().rev().cloned().collect();
        self.request.messages.push(Message {
            role: Role::Assistant,
            content: answer.text,
            tool_calls: answer.tool_calls,
            tool_call_id: None,
        });
    }
}

async fn next(lines: &mut BufReader<Stdin>) -> anyhow::Result<Line> {
    let mut line = Vec::new();
    let length = lines.read_until(b'\n', &mut line).await;
    if length.context("standard input cannot be read")? == 0 {
        return Ok(Line::End);
    }
    Ok(String::from_utf8(line).map_or(Line::Wrong, Line::Words))
}
