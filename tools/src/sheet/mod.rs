//! A sheet for people: headings, paragraphs, quotations, lists, tables and charts, written down as a Word document or as
//! a page to print. Each carries the label of generated text where it is given one, visibly and as metadata under the key
//! `AIGC` (GB 45438-2025); nothing here decides whether it needs one, and nothing here words anything.
//!
//! Equal sheets give equal bytes. Whatever a text holds is shown as text.

mod chart;
mod docx;
mod page;

use serde_json::Value as Json;

pub use chart::{Chart, Form};
pub use docx::docx;
pub use page::{POLICY, page};

/// What is written down.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// What it is called.
    pub title: String,
    /// Its parts, in order.
    pub blocks: Vec<Block>,
}

/// A part of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading under the title.
    Heading(String),
    /// A paragraph.
    Paragraph(String),
    /// Words of somebody else, set apart.
    Quotation(String),
    /// Points.
    List(Vec<String>),
    /// Rows under a head. The first cell of a row says what the row is.
    Table {
        /// What the columns are.
        head: Vec<String>,
        /// Of each row as many cells as there are columns; what is missing is empty, what is over is left out.
        rows: Vec<Vec<String>>,
        /// How wide the columns are, in twentieths of a point; [`WIDTH`] together is the text width of A4.
        widths: Vec<u32>,
    },
    /// A remark in small letters.
    Note(String),
    /// Numbers as a drawing on the page, and as a table in the document.
    Chart(Chart),
}

/// The text width of A4 with the margins of a sheet, in twentieths of a point.
pub const WIDTH: u32 = 9300;

/// The label of generated text.
#[derive(Debug, Clone, Copy)]
pub struct Mark<'a> {
    /// The visible sentence.
    pub label: &'a str,
    /// The value of the key `AIGC`.
    pub aigc: &'a Json,
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
