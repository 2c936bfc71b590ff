//! What an answer must look like, as a mask over the vocabulary.
//!
//! [`Grammars`] are made once for a tokenizer. [`Grammars::mask`] turns a [`Constraint`] into a [`Mask`], which says
//! token by token what may come, and closes the text legally within a budget of tokens. [`check`] looks at what came,
//! from whatever model. Nothing here knows logits or chooses a token.

mod call;
mod check;
mod closing;
mod mask;
mod number;
mod schema;
#[cfg(test)]
mod tests;
mod vocabulary;

#[cfg(test)]
use call::parse_calls;
pub(crate) use check::check;
pub(crate) use mask::Mask;
pub(crate) use vocabulary::Vocabulary;

use std::panic::AssertUnwindSafe;

use llguidance::ParserFactory;
use llguidance::api::{GrammarWithLexer, ParserLimits, TopLevelGrammar};
use llguidance::earley::SlicedBiasComputer;
use llguidance::panic_utils::catch_unwind;

use crate::chat::{Constraint, ToolSpec};
use crate::error::Error;
use crate::file::CallFormat;
use crate::mark::{CALL, CALLED};
use call::key;
use mask::Frame;

/// Largest regular expression or Lark grammar, in bytes.
const LARGEST: usize = 256 << 10;

/// Pieces of sentences: what every class of characters holds that agents have sentences made of. Tokens like these are
/// allowed or forbidden all at once, where a grammar takes any of them; the slices of `llguidance` hold brackets and full
/// stops, which those classes do not.
const PIECE: &str = r"[^\[\]【】〔〕<>。！？\x00-\x1F\x7F]{1,10}";

/// What is prepared once for a tokenizer.
pub(crate) struct Grammars {
    model: String,
    factory: ParserFactory,
}

impl Grammars {
    /// Prepares a vocabulary; takes a tenth of a second.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the vocabulary is none.
    pub(crate) fn new(model: &str, vocabulary: Vocabulary) -> Result<Self, Error> {
        let prepare = || {
            let environment = vocabulary.environment()?;
            let mut slices = SlicedBiasComputer::general_slices();
            slices.push(PIECE.to_owned());
            guarded(|| ParserFactory::new(&environment, Default::default(), &slices))
        };
        let mut factory = prepare().map_err(|reason| Error::Unavailable {
            model: model.to_string(),
            reason,
        })?;
        factory.quiet();
        *factory.limits_mut() = limits();
        Ok(Self {
            model: model.to_string(),
            factory,
        })
    }

    /// A factory alone, which is soon made: no lexemes are prepared.
    fn bare(vocabulary: Vocabulary) -> Result<ParserFactory, String> {
        let environment = vocabulary.environment()?;
        let mut factory = guarded(|| ParserFactory::new(&environment, Default::default(), &[]))?;
        factory.quiet();
        *factory.limits_mut() = limits();
        Ok(factory)
    }

    /// What a constraint allows, in an answer of at most `budget` tokens.
    ///
    /// # Errors
    /// [`Error::Request`] if the constraint cannot be held, or nothing that fits it is as short as the budget.
    pub(crate) fn mask(
        &self,
        constraint: &Constraint,
        tools: &[ToolSpec],
        format: CallFormat,
        budget: usize,
    ) -> Result<Mask, Error> {
        let refuse = |reason| Error::Request {
            model: self.model.clone(),
            reason,
        };
        let (grammar, json) = self.grammar(constraint, tools, format).map_err(refuse)?;
        let parser = guarded(|| self.factory.create_parser(grammar))
            .map_err(|reason| refuse(format!("the constraint cannot be held: {reason}")))?;
        let frame = match (constraint, format, self.marks()) {
            (Constraint::Tool, CallFormat::Qwen, Some((before, after))) => Frame {
                before: vec![before],
                after: vec![after],
            },
            _ => Frame::default(),
        };
        Mask::new(&self.model, parser, frame, json, budget)
    }

    /// The tokens of Qwen's marks, if they are control tokens here.
    fn marks(&self) -> Option<(u32, u32)> {
        let trie = self.factory.tok_env().tok_trie();
        Some((
            trie.get_special_token(CALL)?,
            trie.get_special_token(CALLED)?,
        ))
    }

    /// The grammar of a constraint, and whether its texts are JSON.
    fn grammar(
        &self,
        constraint: &Constraint,
        tools: &[ToolSpec],
        format: CallFormat,
    ) -> Result<(TopLevelGrammar, bool), String> {
        let small = |text: &str| match text.len() {
            0 => Err("the constraint is empty".to_string()),
            length if length > LARGEST => {
                Err(format!("the constraint is larger than {LARGEST} bytes"))
            }
            _ => Ok(()),
        };
        match constraint {
            Constraint::JsonSchema(schema) => {
                schema::validator(schema)?;
                Ok((
                    TopLevelGrammar::from_json_schema(schema::written(schema)),
                    true,
                ))
            }
            Constraint::Regex(pattern) => {
                small(pattern)?;
                Ok((TopLevelGrammar::from_regex(pattern), false))
            }
            Constraint::Lark(lark) => {
                small(lark)?;
                Ok((TopLevelGrammar::from_lark(lark.clone()), false))
            }
            Constraint::Tool => Ok((self.call(tools, format)?, true)),
        }
    }

    /// The grammar of one call of one of the tools.
    fn call(&self, tools: &[ToolSpec], format: CallFormat) -> Result<TopLevelGrammar, String> {
        let (mut calls, mut schemas) = (Vec::new(), Vec::new());
        for (index, tool) in tools.iter().enumerate() {
            let plain = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
            if tool.name.is_empty() || !tool.name.chars().all(plain) {
                return Err(format!("`{}` is no name for a tool", tool.name));
            }
            if tools[..index].iter().any(|other| other.name == tool.name) {
                return Err(format!("there are two tools with the name `{}`", tool.name));
            }
            let schema = schema::arguments(tool)?;
            schema::validator(&schema)
                .map_err(|reason| format!("tool `{}`: {reason}", tool.name))?;
            let head = format!(r#"{}", "{}": "#, tool.name, key(format));
            calls.push(format!("{} @tool{index}", literal(&head)));
            let mut grammar = GrammarWithLexer::from_json_schema(schema::written(&schema));
            grammar.name = Some(format!("tool{index}"));
            schemas.push(grammar);
        }
        if calls.is_empty() {
            return Err("a call is asked for, but there are no tools".into());
        }
        let (before, after) = match (format, self.marks()) {
            (CallFormat::Qwen, Some(_)) => ("\n".to_string(), "}\n".to_string()),
            (CallFormat::Qwen, None) => (format!("{CALL}\n"), format!("}}\n{CALLED}")),
            (CallFormat::Llama, _) => (String::new(), "}".to_string()),
        };
        let head = literal(&format!(r#"{before}{{"name": ""#));
        let lark = format!(
            "start: {head} call {}\ncall: {}\n",
            literal(&after),
            calls.join(" | ")
        );
        let mut grammars = vec![GrammarWithLexer::from_lark(lark)];
        grammars.extend(schemas);
        Ok(TopLevelGrammar {
            grammars,
            max_tokens: None,
        })
    }
}

/// A text as Lark writes it.
fn literal(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// How much work a constraint may cause, before it is refused.
fn limits() -> ParserLimits {
    ParserLimits {
        verbose_errors: false,
        ..ParserLimits::default()
    }
}

/// Runs work of `llguidance`; its panics are errors too. An error is its first line, without the state of the parser.
fn guarded<T, E: std::fmt::Display>(work: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(|| Ok(work()))) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(first_line(&format!("{error:#}"))),
        Err(error) => Err(first_line(&format!("{error:#}"))),
    }
}

fn first_line(text: &str) -> String {
    let line = text.lines().find(|line| !line.trim().is_empty());
    line.unwrap_or("no reason given")
        .chars()
        .take(300)
        .collect()
}
