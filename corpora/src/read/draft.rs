//! A text under construction, with the ranges that are not content. Not a document model: lines in reading order.

use std::ops::Range;

use super::{Limits, ReadError};
use crate::meta::Meta;
use crate::source::{DropReason, Dropped, Format, Source};

/// Grows by lines; becomes a [`Source`] at the end.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) text: String,
    pub(super) dropped: Vec<Dropped>,
}

impl Draft {
    /// Adds a line that is content.
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Adds a line that is not content.
    pub(super) fn aside(&mut self, line: &str, reason: DropReason) {
        let start = self.text.len();
        self.line(line);
        self.dropped.push(Dropped {
            range: start..self.text.len(),
            reason,
        });
    }

    /// Adds a blank line, unless there is one or nothing stands above.
    pub(super) fn gap(&mut self) {
        if self.text.is_empty() || self.text.ends_with("\n\n") {
            return;
        }
        self.text.push('\n');
    }

    /// Adds a pipe table whose first row is its header.
    pub(super) fn table(&mut self, rows: &[Vec<String>]) {
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        if columns == 0 {
            return;
        }
        self.gap();
        for (index, row) in rows.iter().enumerate() {
            let mut line = String::from("|");
            for column in 0..columns {
                line.push(' ');
                line.push_str(&cell(row.get(column).map_or("", String::as_str)));
                line.push_str(" |");
            }
            self.line(&line);
            if index == 0 {
                self.line(&format!("|{}", " --- |".repeat(columns)));
            }
        }
        self.gap();
    }

    /// Ends the text. Invisible characters are listed here, for all formats alike.
    pub(super) fn finish(
        mut self,
        format: Format,
        encoding: &str,
        meta: Meta,
        limits: &Limits,
    ) -> Result<Source, ReadError> {
        if self.text.chars().count() > limits.characters {
            return Err(ReadError::TooLarge {
                what: "the text",
                limit: limits.characters,
                unit: "characters",
            });
        }
        self.dropped.sort_by_key(|dropped| dropped.range.start);
        let dropped = with_invisible(&self.text, &self.dropped);
        Ok(Source {
            format,
            encoding: encoding.to_owned(),
            meta,
            text: self.text,
            dropped,
        })
    }
}

/// The text of a table cell: one line, with `|` escaped.
fn cell(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('|', "\\|")
}

/// The ranges of `dropped` and, between them, runs of invisible characters.
fn with_invisible(text: &str, dropped: &[Dropped]) -> Vec<Dropped> {
    let mut all = Vec::with_capacity(dropped.len());
    let mut position = 0;
    for known in dropped {
        push_invisible(text, position..known.range.start, &mut all);
        all.push(known.clone());
        position = known.range.end;
    }
    push_invisible(text, position..text.len(), &mut all);
    all
}

fn push_invisible(text: &str, range: Range<usize>, all: &mut Vec<Dropped>) {
    let mut open: Option<Range<usize>> = None;
    for (offset, character) in text[range.clone()].char_indices() {
        if !is_invisible(character) {
            continue;
        }
        let start = range.start + offset;
        let end = start + character.len_utf8();
        match &mut open {
            Some(run) if run.end == start => run.end = end,
            _ => {
                all.extend(open.take().map(invisible));
                open = Some(start..end);
            }
        }
    }
    all.extend(open.map(invisible));
}

fn invisible(range: Range<usize>) -> Dropped {
    Dropped {
        range,
        reason: DropReason::Invisible,
    }
}

/// Characters which a reader does not see but a search or a rule would: controls, zero width, bidirectional, tags.
fn is_invisible(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{FEFF}' => true,
        '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' => true,
        '\u{2060}'..='\u{206F}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}' => true,
        other => other.is_control(),
    }
}
