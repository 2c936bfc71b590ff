//! A review written down: JSON, a Word document, a page to print. Each carries the label of generated text where it is
//! given one, visibly and as metadata under the key `AIGC` (GB 45438-2025); nothing here decides whether it needs one.

mod docx;
mod page;

use serde_json::{Value as Json, json};

use super::review::Review;

pub use docx::docx;
pub use page::page;

/// The label of generated text.
#[derive(Debug, Clone, Copy)]
pub struct Mark<'a> {
    /// The visible sentence.
    pub label: &'a str,
    /// The value of the key `AIGC`.
    pub aigc: &'a Json,
}

/// The review as JSON on several lines, with the keys `label` and `AIGC` where there is a mark.
pub fn json(review: &Review, mark: Option<Mark<'_>>) -> String {
    let mut document = json!({
        "title": review.title,
        "rows": review.rows,
        "problems": review.problems,
        "summary": review.summary,
    });
    if let Some(Mark { label, aigc }) = mark {
        document["label"] = json!(label);
        document["AIGC"] = aigc.clone();
    }
    format!("{document:#}\n")
}

/// A text for XML and HTML: characters that XML 1.0 forbids are left out, the five signs are written as references.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for next in text.chars().filter(|next| allowed(*next)) {
        match next {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\r' | '\t' => escaped.push(' '),
            next => escaped.push(next),
        }
    }
    escaped
}

/// XML 1.0, production 2, without the controls that it discourages and marks that turn the direction of a text.
fn allowed(next: char) -> bool {
    let turning =
        matches!(next, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let nothing = u32::from(next) & 0xfffe == 0xfffe || matches!(next, '\u{fdd0}'..='\u{fdef}');
    !turning && !nothing && (!next.is_control() || matches!(next, '\n' | '\r' | '\t'))
}

#[cfg(test)]
mod tests;
