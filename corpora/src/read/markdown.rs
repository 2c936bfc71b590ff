//! Markdown with an optional block of `key: value` lines at its head. Not YAML: no nesting, no lists, no types but dates.

use jiff::civil::Date;

use super::draft::Draft;
use super::{Limits, ReadError, encoding};
use crate::meta::{Meta, Status};
use crate::source::{DropReason, Dropped, Format, Source};

const FENCE: &str = "---";
const UNKNOWN: &str = "unknown";
const BYTE_ORDER_MARK: char = '\u{FEFF}';

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Source, ReadError> {
    let decoded = encoding::decode(bytes, None)?;
    let text = decoded.text;
    let start = text.len() - text.trim_start_matches(BYTE_ORDER_MARK).len();
    let mut meta = Meta::default();
    let mut dropped = Vec::new();
    if let Some(length) = front_matter(&text[start..], &mut meta)? {
        dropped.push(Dropped {
            range: start..start + length,
            reason: DropReason::FrontMatter,
        });
    }
    Draft { text, dropped }.finish(Format::Markdown, decoded.encoding, meta, limits)
}

/// Reads the block into `meta` and returns its length in bytes, or none if the text does not begin with one.
fn front_matter(text: &str, meta: &mut Meta) -> Result<Option<usize>, ReadError> {
    let mut lines = text.split_inclusive('\n');
    let Some(first) = lines.next().filter(|line| line.trim_end() == FENCE) else {
        return Ok(None);
    };
    let mut length = first.len();
    let mut found = Meta::default();
    for (index, line) in lines.enumerate() {
        let number = index + 2;
        length += line.len();
        if line.trim_end() == FENCE {
            *meta = found;
            return Ok(Some(length));
        }
        match entry(line) {
            Entry::Pair(key, value) => set(&mut found, key, value, number)?,
            Entry::Ignored => {}
            // A `---` may also be a rule between paragraphs; then nothing like a key follows it.
            Entry::Prose if number == 2 => return Ok(None),
            Entry::Prose => {
                return Err(ReadError::malformed(
                    format!("`{}` in the front matter is not `key: value`", line.trim()),
                    format!("line {number}"),
                ));
            }
        }
    }
    // A rule as the only or last line opens nothing.
    if length == first.len() {
        return Ok(None);
    }
    Err(ReadError::malformed(
        "the front matter is not closed by a line `---`",
        "line 1",
    ))
}

enum Entry<'a> {
    Pair(&'a str, &'a str),
    /// Blank lines, comments, and the nested lines of keys that are not ours.
    Ignored,
    Prose,
}

fn entry(line: &str) -> Entry<'_> {
    let line = line.trim_end();
    if line.is_empty() || line.starts_with(['#', ' ', '\t', '-']) {
        return Entry::Ignored;
    }
    match line.split_once(':') {
        Some((key, value)) if is_key(key.trim_end()) => {
            Entry::Pair(key.trim_end(), unquoted(value.trim()))
        }
        _ => Entry::Prose,
    }
}

fn is_key(key: &str) -> bool {
    !key.is_empty()
        && key
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "_-.".contains(character))
}

fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = value
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote))
        {
            return inner;
        }
    }
    value
}

fn set(meta: &mut Meta, key: &str, value: &str, line: usize) -> Result<(), ReadError> {
    if value.is_empty() {
        return Ok(());
    }
    let text = || Some(value.to_owned());
    match key {
        "id" => meta.id = text(),
        "title" => meta.title = text(),
        "issuing_body" => meta.issuing_body = text(),
        "document_type" => meta.document_type = text(),
        "jurisdiction" => meta.jurisdiction = text(),
        "document_number" => meta.document_number = text(),
        "source" => meta.source = text(),
        "version_date" => meta.version_date = date(key, value, line)?,
        "effective_date" => meta.effective_date = date(key, value, line)?,
        "superseded_on" => meta.superseded_on = date(key, value, line)?,
        "repealed_on" => meta.repealed_on = date(key, value, line)?,
        "status" => meta.status = Some(status(value, line)?),
        _ => {}
    }
    Ok(())
}

/// A date that the file says is not known is none; a date that nobody can read is an error.
fn date(key: &str, value: &str, line: usize) -> Result<Option<Date>, ReadError> {
    if value == UNKNOWN {
        return Ok(None);
    }
    let wrong = || {
        ReadError::malformed(
            format!("`{key}: {value}` is not a date such as 2024-05-01"),
            format!("line {line}"),
        )
    };
    // jiff also accepts a date with a time and without hyphens; a person who reads the file should not have to.
    if value.len() != "2024-05-01".len() {
        return Err(wrong());
    }
    value.parse().map(Some).map_err(|_| wrong())
}

fn status(value: &str, line: usize) -> Result<Status, ReadError> {
    match value {
        "current" => Ok(Status::Current),
        "superseded" => Ok(Status::Superseded),
        "repealed" => Ok(Status::Repealed),
        _ => Err(ReadError::malformed(
            format!("`status: {value}` is none of current, superseded, repealed"),
            format!("line {line}"),
        )),
    }
}
