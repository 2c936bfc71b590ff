//! The lines of a document as its author meant them: one paragraph each, without markup, blanks and wrapping.

use std::ops::Range;

use super::extract::{Extract, visible};
use super::wrap::Layout;
use crate::source::{DropReason, Dropped, Source};

/// The paragraphs of a document.
#[derive(Debug)]
pub(super) struct Flow {
    extract: Extract,
    /// In the order of the source; together they are all of [`Self::text`].
    pub(super) lines: Vec<Line>,
    /// What was left out, in no order.
    pub(super) dropped: Vec<Dropped>,
}

/// A paragraph, heading or table row.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// Bytes of the flow's text.
    pub(super) range: Range<usize>,
    /// The number of `#` before it.
    pub(super) hashes: u8,
    /// Whether `>` stands before it.
    pub(super) quote: bool,
    /// Whether it is a row of a pipe table.
    pub(super) row: bool,
    /// Bytes at its beginning that are bold.
    pub(super) bold: usize,
    /// Whether a blank line stands before it.
    pub(super) gap: bool,
}

/// A line of the file. Offsets are bytes of the visible text.
#[derive(Debug)]
pub(super) struct Raw {
    /// Without its line end.
    outer: Range<usize>,
    /// Where the indentation ends.
    start: usize,
    /// Without indentation, markup at its beginning and blanks at its end.
    body: Range<usize>,
    hashes: u8,
    quote: bool,
    row: bool,
    /// Markup from end to end: `---`, `|---|---|`.
    rule: bool,
    /// Columns before it.
    pub(super) indent: usize,
    /// Columns of its body; a Chinese character has two.
    pub(super) width: usize,
    /// Whether a blank line stands before it.
    pub(super) gap: bool,
}

impl Raw {
    pub(super) fn body<'text>(&self, text: &'text str) -> &'text str {
        &text[self.body.clone()]
    }

    /// Columns with its indentation.
    pub(super) fn full_width(&self) -> usize {
        self.indent + self.width
    }

    /// Whether markup says what it is.
    pub(super) fn is_marked(&self) -> bool {
        self.hashes > 0 || self.quote || self.row || self.rule
    }
}

impl Flow {
    /// Reads the paragraphs of a source.
    pub(super) fn of(source: &Source) -> Self {
        let (page, dropped) = visible(source);
        let mut raws = raws(&page.text);
        mark_tables(&mut raws, &page.text);
        let mut layout = Layout::of(&raws, &page.text, source.format);
        let mut flow = Self {
            extract: Extract::default(),
            lines: Vec::new(),
            dropped,
        };
        let mut end = 0;
        let mut before: Option<&Raw> = None;
        for raw in &raws {
            if raw.rule {
                flow.leave(&page, end..raw.start, DropReason::Whitespace);
                flow.leave(&page, raw.start..raw.body.end, DropReason::Markup);
                before = Some(raw);
                end = raw.body.end;
                continue;
            }
            match before {
                Some(previous) if layout.joins(previous, raw, &page.text) => {
                    flow.join(&page, source, previous, raw);
                }
                _ => {
                    layout.begin(raw.body(&page.text));
                    flow.leave(&page, end..raw.start, DropReason::Whitespace);
                    flow.begin(raw);
                }
            }
            flow.append(&page, source, raw);
            before = Some(raw);
            end = raw.body.end;
        }
        flow.leave(&page, end..page.text.len(), DropReason::Whitespace);
        flow
    }

    /// The text of all lines, without separators.
    pub(super) fn text(&self) -> &str {
        &self.extract.text
    }

    /// The text of a line.
    pub(super) fn line(&self, index: usize) -> &str {
        &self.extract.text[self.lines[index].range.clone()]
    }

    /// The ranges of the source behind a range of the text.
    pub(super) fn origins(&self, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        self.extract.origins(range)
    }

    fn leave(&mut self, page: &Extract, range: Range<usize>, reason: DropReason) {
        self.dropped
            .extend(page.origins(range).map(|range| Dropped { range, reason }));
    }

    fn begin(&mut self, raw: &Raw) {
        let at = self.extract.text.len();
        self.lines.push(Line {
            range: at..at,
            hashes: raw.hashes,
            quote: raw.quote,
            row: raw.row,
            bold: 0,
            gap: raw.gap,
        });
    }

    /// Leaves out the line end between two lines of a paragraph. Between Latin words a line end stands in its place, because
    /// a space that is not in the source cannot be shown; digits on both sides are one torn number.
    fn join(&mut self, page: &Extract, source: &Source, before: &Raw, next: &Raw) {
        let last = before.body(&page.text).chars().next_back();
        let first = next.body(&page.text).chars().next();
        let latin = |character: Option<char>| {
            character.is_some_and(|character| character.is_ascii_graphic())
        };
        let number =
            |character: Option<char>| character.is_some_and(|character| character.is_ascii_digit());
        let apart = latin(last) && latin(first) && !(number(last) && number(first));
        let mut end = before.body.end;
        if apart {
            let blank = page.text[end..before.outer.end]
                .chars()
                .next()
                .map_or(0, char::len_utf8);
            if blank > 0 {
                self.keep(page, source, end..end + blank);
                end += blank;
            } else {
                self.extract.push_break();
            }
        }
        self.leave(page, end..next.start, DropReason::LineBreak);
    }

    fn keep(&mut self, page: &Extract, source: &Source, range: Range<usize>) {
        for origin in page.origins(range) {
            self.extract.push(&source.text, origin);
        }
    }

    /// Appends the body of a line, without `**`.
    fn append(&mut self, page: &Extract, source: &Source, raw: &Raw) {
        self.leave(page, raw.start..raw.body.start, DropReason::Markup);
        let mut end = raw.body.start;
        let mut bold = 0;
        let (signs, leads) = emphasis(raw.body(&page.text));
        for (index, sign) in signs.iter().enumerate() {
            let sign = raw.body.start + sign..raw.body.start + sign + 2;
            self.keep(page, source, end..sign.start);
            if index == 1 && leads {
                bold = sign.start - end;
            }
            end = sign.end;
            self.leave(page, sign, DropReason::Markup);
        }
        self.keep(page, source, end..raw.body.end);
        let length = self.extract.text.len();
        if let Some(line) = self.lines.last_mut() {
            if line.range.is_empty() {
                line.bold = bold;
            }
            line.range.end = length;
        }
    }
}

/// Where `**` opens or closes bold text, and whether the line begins with it. Four stars in a masked number are no markup.
fn emphasis(line: &str) -> (Vec<usize>, bool) {
    let mut signs = Vec::new();
    if !line.contains("**") {
        return (signs, false);
    }
    let bytes = line.as_bytes();
    let mut at = 0;
    while let Some(found) = line[at..].find('*') {
        let start = at + found;
        let run = bytes[start..]
            .iter()
            .take_while(|byte| **byte == b'*')
            .count();
        at = start + run;
        let opening = signs.len() % 2 == 0;
        let inside = if opening {
            line[at..].chars().next()
        } else {
            line[..start].chars().next_back()
        };
        if run == 2 && inside.is_some_and(|inside| !inside.is_whitespace()) {
            signs.push(start);
        }
    }
    if signs.len() % 2 == 1 {
        signs.pop();
    }
    let leads = signs.first() == Some(&0);
    (signs, leads)
}

fn raws(text: &str) -> Vec<Raw> {
    let mut raws = Vec::new();
    let mut at = 0;
    let mut gap = false;
    for line in text.split('\n') {
        let outer = at..at + line.len();
        at = outer.end + 1;
        let indented = line.trim_start();
        let start = outer.end - indented.len();
        let (mut rest, mut quote) = (indented, false);
        while let Some(inner) = rest.strip_prefix('>') {
            quote = true;
            rest = inner.trim_start();
        }
        let (hashes, rest) = heading(rest);
        let body = outer.end - rest.len()..outer.end - rest.len() + rest.trim_end().len();
        if body.is_empty() && hashes == 0 && !quote {
            gap = true;
            continue;
        }
        let shown = &text[body.clone()];
        raws.push(Raw {
            hashes,
            quote,
            row: false,
            rule: body.is_empty() || is_rule(shown),
            indent: columns(&text[outer.start..start]),
            width: columns(shown),
            gap: std::mem::take(&mut gap),
            outer,
            start,
            body,
        });
    }
    raws
}

/// The number of `#` at the beginning of a heading, and the heading.
fn heading(line: &str) -> (u8, &str) {
    let rest = line.trim_start_matches('#');
    let hashes = line.len() - rest.len();
    let title = rest.trim_start();
    // `#1` is a number and `##第一章` a heading whose space was forgotten.
    if (1..=6).contains(&hashes) && !title.is_empty() && (title.len() < rest.len() || hashes > 1) {
        (hashes as u8, title)
    } else {
        (0, line)
    }
}

fn is_rule(line: &str) -> bool {
    let Some(first) = line.chars().next() else {
        return true;
    };
    let mut signs = 0;
    for character in line.chars() {
        if character == first {
            signs += 1;
        } else if character != ' ' {
            return line.starts_with("```") && line.len() < 20 || is_delimiter(line);
        }
    }
    signs >= 3 && matches!(first, '-' | '*' | '_' | '=' | '`')
}

/// `|---|:---:|`, the line below the header of a table.
fn is_delimiter(line: &str) -> bool {
    line.contains('|')
        && line.contains('-')
        && line
            .chars()
            .all(|character| matches!(character, '|' | '-' | ':' | ' '))
}

fn mark_tables(raws: &mut [Raw], text: &str) {
    for index in 0..raws.len() {
        let line = raws[index].body(text);
        if raws[index].hashes > 0 || raws[index].rule {
            continue;
        }
        let piped = line.starts_with('|') && line.bytes().filter(|byte| *byte == b'|').count() > 1;
        let header = || {
            raws.get(index + 1)
                .is_some_and(|next| !next.gap && is_delimiter(next.body(text)))
                && line.contains('|')
        };
        let goes_on = || {
            let above = index.checked_sub(1).map(|above| &raws[above]);
            let in_table = above
                .is_some_and(|above| above.row || (above.rule && is_delimiter(above.body(text))));
            in_table && !raws[index].gap && line.contains('|')
        };
        raws[index].row = piped || header() || goes_on();
    }
}

fn columns(text: &str) -> usize {
    text.chars()
        .map(|character| if character.is_ascii() { 1 } else { 2 })
        .sum()
}
