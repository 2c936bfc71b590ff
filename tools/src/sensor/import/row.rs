//! The lines of a file, one at a time and in bounded memory, however long they are.

use std::io::{BufRead, Read};

use super::csv::Columns;
use super::refusal::{Problem, Refusal};
use crate::sensor::reading::RawReading;

/// The longest line that is read, with its end; a reading takes about a hundred bytes.
const LONGEST: usize = 8 * 1024;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// `datastream,time,value,unit` in any order, the unit if there is one; the first line names them.
    Csv,
    /// A [`RawReading`] in each line.
    Jsonl,
}

/// What stands in a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its number, from 1.
    pub line: u64,
    /// The reading, as it was sent.
    pub raw: RawReading,
}

/// The lines of a file, one after the other. Empty ones are passed over.
#[derive(Debug)]
pub struct Rows<R> {
    reader: R,
    shape: Shape,
    line: u64,
    /// The line, used again for the next one.
    bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
enum Shape {
    Header,
    Csv(Columns),
    Jsonl,
    /// Nothing more can be read.
    Ended,
}

impl<R: BufRead> Rows<R> {
    /// Begins to read.
    pub fn new(reader: R, format: Format) -> Self {
        let shape = match format {
            Format::Csv => Shape::Header,
            Format::Jsonl => Shape::Jsonl,
        };
        Self {
            reader,
            shape,
            line: 0,
            bytes: Vec::new(),
        }
    }

    /// Reads a line; false at the end of the file.
    fn advance(&mut self) -> Result<bool, Refusal> {
        self.bytes.clear();
        let limit = u64::try_from(LONGEST).unwrap_or(u64::MAX);
        let mut start = self.reader.by_ref().take(limit);
        let read = start
            .read_until(b'\n', &mut self.bytes)
            .map_err(unreadable)?;
        if read == 0 {
            return Ok(false);
        }
        self.line += 1;
        if read == LONGEST && !self.bytes.ends_with(b"\n") {
            self.reader.skip_until(b'\n').map_err(unreadable)?;
            return Err(Refusal::TooLong { limit: LONGEST });
        }
        Ok(true)
    }

    /// What stands in the line that was read; `None` in an empty one and the header.
    fn read(&mut self) -> Result<Option<RawReading>, Refusal> {
        let text = text(&self.bytes, self.line == 1)?;
        if text.trim().is_empty() {
            return Ok(None);
        }
        match self.shape {
            Shape::Header => {
                self.shape = Shape::Csv(Columns::read(text)?);
                Ok(None)
            }
            Shape::Csv(columns) => columns.reading(text).map(Some),
            Shape::Jsonl => json(text).map(Some),
            Shape::Ended => Ok(None),
        }
    }

    /// A refusal with its line. Without a header nothing can be read.
    fn problem(&mut self, reason: Refusal) -> Problem {
        let reason = match self.shape {
            Shape::Header if !reason.ends() => Refusal::Header {
                message: reason.to_string(),
            },
            Shape::Header | Shape::Csv(_) | Shape::Jsonl | Shape::Ended => reason,
        };
        if reason.ends() {
            self.shape = Shape::Ended;
        }
        let line = self.line.max(1);
        Problem { line, reason }
    }
}

impl<R: BufRead> Iterator for Rows<R> {
    type Item = Result<Row, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        while !matches!(self.shape, Shape::Ended) {
            match self.advance() {
                Ok(true) => {}
                Ok(false) if matches!(self.shape, Shape::Header) => {
                    let message = "the file is empty".to_owned();
                    return Some(Err(self.problem(Refusal::Header { message })));
                }
                Ok(false) => break,
                Err(reason) => return Some(Err(self.problem(reason))),
            }
            match self.read() {
                Ok(None) => {}
                Ok(Some(raw)) => {
                    let line = self.line;
                    return Some(Ok(Row { line, raw }));
                }
                Err(reason) => return Some(Err(self.problem(reason))),
            }
        }
        None
    }
}

/// A line without its end; the first one also without a byte order mark.
fn text(bytes: &[u8], first: bool) -> Result<&str, Refusal> {
    if bytes.contains(&0) {
        return Err(Refusal::Nul);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Refusal::NotUtf8)?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    Ok(match text.strip_prefix('\u{feff}') {
        Some(marked) if first => marked,
        _ => text,
    })
}

fn json(text: &str) -> Result<RawReading, Refusal> {
    // From an array serde would take the values in their order.
    if !text.trim_start().starts_with('{') {
        let message = "the line is not a JSON object".to_owned();
        return Err(Refusal::Json { message });
    }
    serde_json::from_str(text).map_err(|error| {
        let message = error.to_string().replace("at line 1 column", "at column");
        let message = message.chars().take(200).collect();
        Refusal::Json { message }
    })
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn unreadable(error: std::io::Error) -> Refusal {
    Refusal::Unreadable {
        message: error.to_string(),
    }
}
