//! Pins: what a server says of a tool is shown to agents only if somebody has read exactly this.
//!
//! The digest is SHA-256 of the JSON, with sorted keys and without spaces, of `name`, `title`, `description`, `inputSchema` and
//! `outputSchema`, an absent one being null. Annotations, icons and `_meta` are neither shown nor believed.

use std::time::Duration;

use jsonschema::Validator;
use rmcp::model::Tool;
use serde_json::{Value, json};

use super::{McpToolPart, STEPS};
use crate::digest;
use crate::manifest::Manifest;
use crate::schema;
use crate::tool::ToolSpec;

/// Characters of what a server says that a message quotes, so that it can be read before it is pinned.
const QUOTED: usize = 4000;

/// What is pinned, in one line of JSON.
fn said(tool: &Tool) -> String {
    let shown = json!({
        "name": tool.name,
        "title": tool.title,
        "description": tool.description,
        "inputSchema": Value::Object(tool.input_schema.as_ref().clone()),
        "outputSchema": tool.output_schema.as_ref().map(|schema| Value::Object(schema.as_ref().clone())),
    });
    digest::canonical(&shown)
}

/// Whether the tool that was found is the one that was pinned.
///
/// # Errors
/// Both digests, what the server says, and how to pin it.
pub(super) fn check(part: &McpToolPart, found: Option<&Tool>) -> Result<(), String> {
    let Some(found) = found else {
        return Err(format!(
            "the server has no tool of this name\n  pinned: {}\n  found:  none\nhint: take its `[[mcp.tool]]` out of the manifest",
            shown(&part.digest),
        ));
    };
    let said = said(found);
    let is = format!("sha256:{}", digest::of_text(&said));
    if is == part.digest {
        return Ok(());
    }
    let quoted: String = said.chars().take(QUOTED).map(visible).collect();
    Err(format!(
        "the server says something else of it than what was pinned\n  pinned: {}\n  found:  {is}\n  it says: {quoted}\nhint: read \
         what it says; if it is right, set `digest = \"{is}\"` in its `[[mcp.tool]]`",
        shown(&part.digest),
    ))
}

/// A character that can be seen: one that cannot, or that turns the direction of others, is written as its number.
fn visible(character: char) -> String {
    let unseen = matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}');
    if unseen || character.is_control() {
        character.escape_unicode().to_string()
    } else {
        character.to_string()
    }
}

fn shown(digest: &str) -> &str {
    if digest.is_empty() { "none" } else { digest }
}

/// The tool as agents see it, and what checks its results.
///
/// # Errors
/// Why it is left out.
pub(super) fn take(
    folder: &str,
    manifest: &Manifest,
    part: &McpToolPart,
    found: Option<&Tool>,
) -> Result<(ToolSpec, Option<Validator>), String> {
    check(part, found)?;
    let Some(found) = found else {
        return Err("the server has no tool of this name".to_owned());
    };
    let output = match &found.output_schema {
        Some(output) => {
            let output = Value::Object(output.as_ref().clone());
            Some(
                schema::validator(&output)
                    .map_err(|message| format!("its `outputSchema`: {message}"))?,
            )
        }
        None => None,
    };
    let own = Manifest {
        title: found.title.clone().unwrap_or_else(|| part.name.clone()),
        description: found.description.as_deref().unwrap_or_default().to_owned(),
        effect: part.effect,
        roles: if part.roles.is_empty() {
            manifest.roles.clone()
        } else {
            part.roles.clone()
        },
        arguments: part.arguments.clone(),
        ..manifest.clone()
    };
    let name = format!("{folder}.{}", part.name);
    let mut spec = ToolSpec::new(&name, &own, "its `inputSchema`", closed(found))
        .map_err(|error| error.to_string())?;
    spec.timeout = spec.timeout * STEPS + Duration::from_secs(1);
    Ok((spec, output))
}

/// The schema of the arguments with nothing let through that it does not name, which many servers leave open.
fn closed(tool: &Tool) -> Value {
    let mut schema = tool.input_schema.as_ref().clone();
    schema.insert("additionalProperties".to_owned(), Value::Bool(false));
    Value::Object(schema)
}
