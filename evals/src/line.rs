//! Lines of a file, one after the other, so that a bad one is named and the others are used.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, BufRead};

use serde::Serialize;

/// A line that is not an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadLine {
    /// From 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for BadLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.reason)
    }
}

/// What `item` makes of each line of a text that is not blank, and the lines of which it makes none.
pub(crate) fn items<T>(
    text: &str,
    mut item: impl FnMut(usize, &str) -> Result<T, String>,
) -> (Vec<T>, Vec<BadLine>) {
    let mut items = Vec::new();
    let bad = each(text.as_bytes(), |line, text| {
        items.push(item(line, text)?);
        Ok(())
    });
    (items, bad.expect("a text in memory is read without fault"))
}

/// Ids of a file, each with its line.
#[derive(Default)]
pub(crate) struct Ids(HashMap<String, usize>);

impl Ids {
    /// Takes an id that no line before had.
    pub(crate) fn take(&mut self, id: &str, line: usize) -> Result<(), String> {
        match self.0.insert(id.to_owned(), line) {
            None => Ok(()),
            Some(first) => Err(format!("the id `{id}` is already on line {first}")),
        }
    }
}

/// Gives each line that is not blank to `take`, numbered from 1. What `take` says against a line makes it a bad one.
pub(crate) fn each(
    mut reader: impl BufRead,
    mut take: impl FnMut(usize, &str) -> Result<(), String>,
) -> io::Result<Vec<BadLine>> {
    let (mut bad, mut bytes, mut line) = (Vec::new(), Vec::new(), 0);
    loop {
        bytes.clear();
        if reader.read_until(b'\n', &mut bytes)? == 0 {
            return Ok(bad);
        }
        line += 1;
        let start = if line == 1 && bytes.starts_with(MARK) {
            MARK.len()
        } else {
            0
        };
        let taken = match std::str::from_utf8(&bytes[start..]) {
            Ok(text) if text.trim().is_empty() => Ok(()),
            Ok(text) => take(line, text.trim_end_matches(['\r', '\n'])),
            Err(_) => Err("it is not UTF-8 text".to_owned()),
        };
        bad.extend(taken.err().map(|reason| BadLine { line, reason }));
    }
}

/// What some editors put before UTF-8 text.
const MARK: &[u8] = "\u{feff}".as_bytes();
