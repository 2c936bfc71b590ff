//! Lines of a file, one after the other, so that a bad one is named and the others are used.

use std::io::{self, BufRead};

use super::BadLine;

/// Gives each line that is not blank to `take`, numbered from 1. What `take` says against a line makes it a bad one.
pub(super) fn each(
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
