//! Whether a finished text is what its constraint asks for, whoever wrote it.

use std::sync::Arc;

use llguidance::api::TopLevelGrammar;
use serde_json::Value;

use super::call::parse_calls;
use super::vocabulary::Vocabulary;
use super::{Grammars, guarded, schema};
use crate::chat::{Constraint, ToolCall, ToolSpec};
use crate::file::CallFormat;

/// The text besides calls, and the calls, of a finished answer. With no constraint a text may hold calls of the tools.
/// `made` is how many calls the conversation has already seen.
///
/// # Errors
/// Why it is not what was asked for, in words.
pub(crate) fn check(
    text: &str,
    constraint: Option<&Constraint>,
    tools: &[ToolSpec],
    format: CallFormat,
    made: usize,
) -> Result<(String, Vec<ToolCall>), String> {
    match constraint {
        None if tools.is_empty() => {}
        None => return parse_calls(text, format, tools, made),
        Some(Constraint::Tool) => {
            let (besides, calls) = parse_calls(text, format, tools, made)?;
            if calls.len() != 1 || !besides.is_empty() {
                return Err(format!("{} calls came, and not one alone", calls.len()));
            }
            return Ok((besides, calls));
        }
        Some(Constraint::JsonSchema(schema)) => check_json(text, schema)?,
        Some(Constraint::Regex(pattern)) => {
            check_grammar(text, TopLevelGrammar::from_regex(pattern))?;
        }
        Some(Constraint::Lark(lark)) => {
            check_grammar(text, TopLevelGrammar::from_lark(lark.clone()))?;
        }
    }
    Ok((text.to_string(), Vec::new()))
}

/// Whether a text is JSON and fits a schema.
fn check_json(text: &str, schema: &Value) -> Result<(), String> {
    let value: Value =
        serde_json::from_str(text).map_err(|error| format!("this is not JSON: {error}"))?;
    schema::validator(schema)?
        .validate(&value)
        .map_err(|error| schema::words(&error))
}

/// Whether a text is one of a grammar, read byte by byte: no model's vocabulary is needed.
fn check_grammar(text: &str, grammar: TopLevelGrammar) -> Result<(), String> {
    let end = 256;
    let vocabulary = Vocabulary {
        tokens: (0..=u8::MAX)
            .map(|byte| vec![byte])
            .chain([b"<end>".to_vec()])
            .collect(),
        controls: vec![end],
        ends: vec![end],
        encode: Arc::new(|text| text.bytes().map(u32::from).collect()),
    };
    let factory = Grammars::bare(vocabulary)?;
    let mut tokens: Vec<u32> = text.bytes().map(u32::from).collect();
    tokens.push(end);
    let taken = guarded(|| {
        let mut parser = factory.create_parser(grammar)?;
        parser.start_without_prompt();
        parser.validate_tokens_raw(&tokens)
    })?;
    if taken == tokens.len() {
        Ok(())
    } else if taken == text.len() {
        Err("the text ends too early".into())
    } else {
        Err(format!("the text leaves the grammar at byte {taken}"))
    }
}
