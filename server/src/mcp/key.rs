//! The key of a call, under which the toolbox lets nothing happen twice.

use jiff::Timestamp;
use rmcp::ErrorData;
use serde_json::{Value, json};
use tools::{Arguments, Person, digest, zone};

use super::call::Client;

/// Key of `_meta` under which a caller names its request.
pub(super) const KEY: &str = "chengzhi/key";

/// Longest such name, in bytes.
const LONGEST: usize = 200;

/// The key of a call: the caller's own if it has one, or else what is asked, by whom, in which session, or without sessions on
/// which day. So a request that is repeated because its answer was lost has no second effect.
///
/// # Errors
/// That the caller's own name for it is none.
pub(super) fn of(
    client: &Client,
    person: &Person,
    tool: &str,
    arguments: &Arguments,
    now: Timestamp,
) -> Result<String, ErrorData> {
    let person = &person.id;
    match &client.own_key {
        Some(Value::String(own)) if !own.is_empty() && own.len() <= LONGEST => {
            return Ok(format!("mcp:{person}:{own}"));
        }
        Some(_) => {
            let message = format!("`_meta`, `{KEY}`: a text of 1 to {LONGEST} bytes");
            return Err(ErrorData::invalid_params(message, None));
        }
        None => {}
    }
    let day = now.to_zoned(zone()).date().to_string();
    let scope = client.session.as_ref().unwrap_or(&day);
    let request = json!([scope, person, tool, arguments.values()]);
    let digest = digest::of_text(&digest::canonical(&request));
    Ok(format!("mcp:{digest}"))
}
