//! Calls read from what a model wrote: as JSON, between Hermes marks, or as calls of Python.
//!
//! A text that does not begin as a call holds none; one that does, and is not read to its end, is an error. Nothing is
//! evaluated: a value is a literal.

mod cursor;
mod error;
mod json;
mod literal;
mod number;
mod python;
mod string;

pub use error::DecodeError;

use super::call::Call;

const FENCE: &str = "```";

/// The calls of a text: `{"name": …, "arguments": {…}}` or a list of such objects, `<tool_call>` blocks with any text
/// around them, or `[f(a=1), g(b='x')]` with or without brackets; the first and the last also in a code fence.
///
/// # Errors
/// What is wrong with the first call that cannot be read.
///
/// ```
/// # use evals::bfcl::decode;
/// let calls = decode("[weather.get(city='Heilan', days=3)]")?;
/// assert_eq!(calls[0].name, "weather.get");
/// assert_eq!(calls[0].arguments["days"], 3);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
pub fn decode(text: &str) -> Result<Vec<Call>, DecodeError> {
    if text.contains(json::OPEN) {
        return json::between_marks(text);
    }
    let text = unfenced(text.trim());
    if json::begins(text) {
        json::alone(text)
    } else if python::begins(text) {
        python::calls(text)
    } else {
        Ok(Vec::new())
    }
}

/// The inside of a code fence, if the text is one.
fn unfenced(text: &str) -> &str {
    let opened = text.strip_prefix(FENCE);
    let Some(inside) = opened.and_then(|text| text.strip_suffix(FENCE)) else {
        return text;
    };
    match inside.split_once('\n') {
        Some((language, body)) if language.trim().chars().all(is_word) => body.trim(),
        Some(_) | None => inside.trim(),
    }
}

fn is_word(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}
