//! Which tables of a page hold data, and the white space of its text.

use scraper::node::Element;
use scraper::{ElementRef, Node};

use super::blocks::{INLINE, NodeRef, is_invisible};

/// A table with a longer cell only arranges the page.
const CELL_CHARACTERS: usize = 1_000;

/// The caption and rows of a table that holds data, or none for one that only arranges the page.
pub(super) fn data_table(
    node: NodeRef<'_>,
    element: &Element,
) -> Option<(String, Vec<Vec<String>>)> {
    if element.name() != "table" || element.attr("role") == Some("presentation") {
        return None;
    }
    let table = ElementRef::wrap(node)?;
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut caption = String::new();
    for part in table.descendent_elements().skip(1) {
        match part.value().name() {
            "table" | "h1" | "h2" | "form" => return None,
            "tr" => rows.push(Vec::new()),
            "td" | "th" => {
                let span = part
                    .attr("colspan")
                    .and_then(|span| span.parse().ok())
                    .unwrap_or(1_usize)
                    .clamp(1, 64);
                let text = visible(part);
                if text.chars().count() > CELL_CHARACTERS {
                    return None;
                }
                let row = rows.last_mut()?;
                row.push(text);
                row.extend(std::iter::repeat_n(String::new(), span - 1));
            }
            "caption" => caption = visible(part),
            _ => {}
        }
    }
    rows.retain(|row| row.iter().any(|cell| !cell.is_empty()));
    let is_grid =
        rows.len() > 1 && rows.iter().filter(|row| row.len() > 1).count() * 2 > rows.len();
    is_grid.then_some((caption, rows))
}

fn visible(element: ElementRef<'_>) -> String {
    let mut text = String::new();
    for node in element.descendants() {
        match node.value() {
            Node::Text(piece)
                if !node
                    .parent()
                    .and_then(ElementRef::wrap)
                    .is_some_and(|it| is_invisible(it.value())) =>
            {
                text.push_str(piece);
            }
            // A paragraph or line break in a cell separates words.
            Node::Element(inner) if !INLINE.contains(&inner.name()) => text.push(' '),
            _ => {}
        }
    }
    collapsed(&text)
}

/// White space as a browser shows it; a line end of the file between two ideographs is not shown at all.
pub(super) fn collapsed(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut space: Option<bool> = None;
    for character in text.trim().chars() {
        match character {
            '\n' | '\r' => space = Some(true),
            ' ' | '\t' | '\u{0C}' | '\u{A0}' => space = space.or(Some(false)),
            _ => {
                if let Some(has_line_end) = space.take() {
                    let between =
                        line.chars().next_back().is_some_and(is_wide) && is_wide(character);
                    if !(has_line_end && between) {
                        line.push(' ');
                    }
                }
                line.push(character);
            }
        }
    }
    line
}

fn is_wide(character: char) -> bool {
    matches!(character, '\u{3000}'..='\u{9FFF}' | '\u{FF00}'..='\u{FFEF}' | '\u{20000}'..='\u{323AF}')
}
