//! The options of `chengzhi model chat` and the request that they mean. Files are read here, nothing is sent.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use models::{ChatRequest, Constraint, Message, Sampling, ToolSpec};

/// How an answer is wanted.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Instruction that stands before everything
    #[arg(long, value_name = "TEXT")]
    system: Option<String>,
    /// Most tokens of an answer, thoughts included
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..))]
    max_tokens: u32,
    /// 0 takes the likeliest token; 1 chooses as the model was trained to
    #[arg(long, value_name = "X", default_value_t = 0.0)]
    temperature: f32,
    /// Choose among the likeliest tokens whose probabilities add up to this
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    top_p: f32,
    /// Choose among so many of the likeliest tokens; 0 is all
    #[arg(long, value_name = "N", default_value_t = 0)]
    top_k: u32,
    /// Choose among tokens at least this share as likely as the likeliest
    #[arg(long, value_name = "X", default_value_t = 0.0)]
    min_p: f32,
    /// Above 1, what was just said is said again less
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    repetition_penalty: f32,
    /// The same seed gives the same answer
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Let the model think before it answers, if it can; thoughts count as tokens and are not shown
    #[arg(long)]
    thinking: bool,
    /// JSON Schema that answers must fit
    #[arg(long, value_name = "FILE", group = "constraint")]
    json_schema: Option<PathBuf>,
    /// Regular expression that whole answers must fit
    #[arg(long, value_name = "REGEX", group = "constraint")]
    regex: Option<String>,
    /// Grammar that answers must follow, in the Lark syntax of llguidance
    #[arg(long, value_name = "FILE", group = "constraint")]
    grammar: Option<PathBuf>,
    /// JSON list of tools that the model may call: `name`, `description`, `parameters`. Nothing is called
    #[arg(long, value_name = "FILE")]
    tools: Option<PathBuf>,
    /// Every answer must be exactly one call of a tool
    #[arg(long, requires = "tools", group = "constraint")]
    call: bool,
}

impl Options {
    /// The request before anything was said.
    pub(super) fn request(&self) -> anyhow::Result<ChatRequest> {
        Ok(ChatRequest {
            messages: self.system.iter().map(Message::system).collect(),
            tools: self
                .tools
                .as_deref()
                .map(tools)
                .transpose()?
                .unwrap_or_default(),
            constraint: self.constraint()?,
            form_optional: false,
            sampling: Sampling {
                temperature: self.temperature,
                top_p: self.top_p,
                top_k: self.top_k,
                min_p: self.min_p,
                repetition_penalty: self.repetition_penalty,
            },
            max_tokens: self.max_tokens,
            seed: self.seed,
            thinking: self.thinking,
        })
    }

    fn constraint(&self) -> anyhow::Result<Option<Constraint>> {
        if let Some(file) = &self.json_schema {
            let schema = serde_json::from_str(&text(file, "--json-schema")?)
                .with_context(|| format!("`{}` is not JSON", file.display()))?;
            return Ok(Some(Constraint::JsonSchema(schema)));
        }
        if let Some(file) = &self.grammar {
            return Ok(Some(Constraint::Lark(text(file, "--grammar")?)));
        }
        if let Some(regex) = &self.regex {
            return Ok(Some(Constraint::Regex(regex.clone())));
        }
        Ok(self.call.then_some(Constraint::Tool))
    }
}

fn tools(file: &Path) -> anyhow::Result<Vec<ToolSpec>> {
    let tools: Vec<ToolSpec> =
        serde_json::from_str(&text(file, "--tools")?).with_context(|| {
            format!(
                "`{}` is not a list of tools\nhint: `chengzhi model chat --help` shows one",
                file.display()
            )
        })?;
    anyhow::ensure!(
        !tools.is_empty(),
        "`{}` holds no tools\nhint: name one, or leave `--tools` out",
        file.display()
    );
    Ok(tools)
}

fn text(file: &Path, option: &str) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| {
        format!(
            "cannot read `{}`\nhint: `{option}` takes the path of a UTF-8 file",
            file.display()
        )
    })
}
