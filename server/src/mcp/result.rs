//! Answers of `tools/call`: what happened, as structured content and as text, and which errors are the protocol's.

use rmcp::ErrorData;
use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::{Value, json};
use tools::{Error, Output, Proposal};

/// It was carried out.
pub(super) fn done(output: &Output) -> CallToolResult {
    let value = json!({"status": "done", "value": output.value, "evidence": output.evidence});
    answer(output.value.to_string(), value)
}

/// It waits for a person, who confirms it on the page.
pub(super) fn waiting(proposal: &Proposal) -> CallToolResult {
    let value = json!({
        "status": "needs_confirmation",
        "proposal": proposal.id,
        "lines": proposal.preview.lines,
        "expires": proposal.expires,
    });
    let lines = proposal.preview.lines.join("\n");
    answer(
        format!("尚未办理，等待本人确认（编号 {}）：\n{lines}", proposal.id),
        value,
    )
}

/// The person does not want it.
pub(super) fn declined() -> CallToolResult {
    answer(
        "本人没有同意，未办理。".to_owned(),
        json!({"status": "declined"}),
    )
}

/// The person broke off before all was known.
pub(super) fn cancelled() -> CallToolResult {
    answer(
        "本人中断了填写，未办理。".to_owned(),
        json!({"status": "cancelled"}),
    )
}

fn answer(text: String, value: Value) -> CallToolResult {
    let mut result = CallToolResult::structured(value);
    result.content = vec![ContentBlock::text(text)];
    result
}

/// It was not carried out, and the caller can read why.
pub(super) fn failed(message: impl Into<String>) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(message.into())])
}

/// A tool that does not exist and one that this person may not have called look the same.
pub(super) fn unknown(tool: &str) -> ErrorData {
    let name: String = tool.chars().take(100).collect();
    ErrorData::invalid_params(format!("Unknown tool: {name}"), None)
}

/// An error of the toolbox: what the caller can do something about is a result, the rest an error of the protocol.
///
/// # Errors
/// Errors of the protocol.
pub(super) fn refused(error: Error) -> Result<CallToolResult, ErrorData> {
    match error {
        Error::Forbidden { tool } => Err(unknown(&tool)),
        Error::Invalid { .. }
        | Error::Argument { .. }
        | Error::Approval(_)
        | Error::Refused { .. }
        | Error::KeyTaken { .. }
        | Error::Late { .. }
        | Error::Failed { .. } => Ok(failed(error.to_string())),
        Error::Data { .. } | Error::Store(_) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a call over MCP failed"
            );
            Err(ErrorData::internal_error(
                "the call could not be carried out",
                None,
            ))
        }
    }
}
