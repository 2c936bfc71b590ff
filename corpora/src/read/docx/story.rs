//! One flow of WordprocessingML (the body, a header, the notes) as paragraphs and tables in reading order.

use quick_xml::events::{BytesStart, Event};

use super::styles::{Role, Styles, outline};
use crate::read::package::{attribute, events, reference};
use crate::read::{Allowance, ReadError};

/// A paragraph or a table.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Block {
    Paragraph {
        text: String,
        level: Option<u8>,
        is_title: bool,
        is_contents: bool,
    },
    Table(Vec<Vec<String>>),
}

/// Elements whose text nobody sees on the page. `Fallback` repeats what the `Choice` beside it shows.
const HIDDEN: [&str; 7] = [
    "del",
    "moveFrom",
    "delText",
    "instrText",
    "Fallback",
    "separator",
    "annotationRef",
];

pub(super) fn story(
    xml: &str,
    name: &str,
    styles: &Styles,
    allowance: &Allowance,
) -> Result<Vec<Block>, ReadError> {
    let mut story = Story {
        styles,
        blocks: Vec::new(),
        paragraphs: Vec::new(),
        tables: Vec::new(),
        hidden: 0,
        run: 0,
    };
    events(xml, name, allowance, |event| {
        match event {
            Event::Start(element) => story.start(element),
            Event::End(element) => story.end(element.local_name().as_ref()),
            Event::Text(text) => story.text(&text.xml10_content()),
            Event::CData(text) => story.text(&text.xml10_content()),
            Event::GeneralRef(entity) => story.text(&reference(entity)),
            Event::Empty(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::Eof => {}
        }
        Ok(())
    })?;
    Ok(story.blocks)
}

struct Story<'a> {
    styles: &'a Styles,
    blocks: Vec<Block>,
    /// Open paragraphs: a text box is a paragraph inside another.
    paragraphs: Vec<Paragraph>,
    /// Open tables, the innermost last.
    tables: Vec<Table>,
    /// Open elements whose text is hidden.
    hidden: usize,
    /// Open `t` elements; text anywhere else is indentation of the XML.
    run: usize,
}

#[derive(Default)]
struct Paragraph {
    text: String,
    style: Option<String>,
    outline: Option<u8>,
}

#[derive(Default)]
struct Table {
    rows: Vec<Vec<String>>,
    /// Columns which the open cell covers beyond its first, and the open cell.
    span: usize,
    cell: Option<String>,
}

impl Story<'_> {
    fn start(&mut self, element: &BytesStart<'_>) {
        let name = element.local_name();
        let name = name.as_ref();
        if HIDDEN.contains(&name) {
            self.hidden += 1;
        }
        match name {
            "p" => self.paragraphs.push(Paragraph::default()),
            "t" => self.run += 1,
            "tab" | "br" | "cr" | "noBreakHyphen" | "sym" if !self.paragraphs.is_empty() => {
                self.sign(name);
            }
            "pStyle" => {
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.style = attribute(element, "val");
                }
            }
            "outlineLvl" => {
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.outline = attribute(element, "val").and_then(|value| outline(&value));
                }
            }
            "tbl" => self.tables.push(Table::default()),
            "tr" => {
                if let Some(table) = self.tables.last_mut() {
                    table.rows.push(Vec::new());
                }
            }
            "tc" => {
                if let Some(table) = self.tables.last_mut() {
                    table.cell = Some(String::new());
                    table.span = 0;
                }
            }
            "gridSpan" => {
                if let Some(table) = self.tables.last_mut() {
                    let columns = attribute(element, "val")
                        .and_then(|value| value.parse::<usize>().ok())
                        .unwrap_or(1);
                    // Word itself allows 63 columns.
                    table.span = columns.clamp(1, 63) - 1;
                }
            }
            _ => {}
        }
    }

    /// Elements that stand for a character. Tabs inside `pPr` are stops, not characters.
    fn sign(&mut self, name: &str) {
        if self.hidden > 0 {
            return;
        }
        let character = match name {
            "tab" => '\t',
            "noBreakHyphen" => '-',
            "sym" => '□',
            _ => '\n',
        };
        if let Some(paragraph) = self.paragraphs.last_mut() {
            // A stop comes before any text; an indent by a tab is layout as well.
            if character == '\t' && paragraph.text.is_empty() {
                return;
            }
            paragraph.text.push(character);
        }
    }

    fn text(&mut self, text: &str) {
        if self.hidden > 0 || self.run == 0 {
            return;
        }
        if let Some(paragraph) = self.paragraphs.last_mut() {
            paragraph.text.push_str(text);
        }
    }

    fn end(&mut self, name: &str) {
        if HIDDEN.contains(&name) {
            self.hidden = self.hidden.saturating_sub(1);
        }
        match name {
            "t" => self.run = self.run.saturating_sub(1),
            "p" => {
                if let Some(paragraph) = self.paragraphs.pop() {
                    self.push_paragraph(paragraph);
                }
            }
            "tc" => {
                if let Some(table) = self.tables.last_mut() {
                    let cell = table.cell.take().unwrap_or_default();
                    if let Some(row) = table.rows.last_mut() {
                        row.push(cell);
                        row.extend(std::iter::repeat_n(String::new(), table.span));
                    }
                }
            }
            "tbl" => {
                if let Some(table) = self.tables.pop() {
                    self.push_table(table);
                }
            }
            _ => {}
        }
    }

    fn push_paragraph(&mut self, paragraph: Paragraph) {
        if let Some(cell) = self.open_cell() {
            append(cell, &paragraph.text);
            return;
        }
        let role = paragraph
            .style
            .as_deref()
            .and_then(|style| self.styles.role(style));
        let level = match role {
            Some(Role::Title) => Some(1),
            Some(Role::Heading(level)) => Some(level),
            Some(Role::Contents) => None,
            None => paragraph.outline,
        };
        self.blocks.push(Block::Paragraph {
            text: paragraph.text,
            level,
            is_title: role == Some(Role::Title),
            is_contents: role == Some(Role::Contents),
        });
    }

    /// A table inside a cell becomes text of that cell: a pipe table cannot hold another.
    fn push_table(&mut self, table: Table) {
        let rows: Vec<_> = table
            .rows
            .into_iter()
            .filter(|row| row.iter().any(|cell| !cell.trim().is_empty()))
            .collect();
        if let Some(cell) = self.open_cell() {
            for row in rows {
                append(cell, &row.join(" "));
            }
            return;
        }
        self.blocks.push(Block::Table(rows));
    }

    fn open_cell(&mut self) -> Option<&mut String> {
        self.tables.last_mut().and_then(|table| table.cell.as_mut())
    }
}

fn append(cell: &mut String, text: &str) {
    if !cell.is_empty() && !text.is_empty() {
        cell.push(' ');
    }
    cell.push_str(text);
}
