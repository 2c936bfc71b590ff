//! One line of CSV. A line is a record: no field of a reading holds a line feed, so that an open quotation mark costs its line
//! and not the rest of the file; readers for general CSV, which read on to the next mark, are not used for that reason.

use std::borrow::Cow;

use super::refusal::{Refusal, short};
use crate::sensor::reading::RawReading;

/// Where the columns stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Columns {
    datastream: usize,
    time: usize,
    value: usize,
    unit: Option<usize>,
    count: usize,
}

impl Columns {
    /// Reads the header.
    pub(super) fn read(header: &str) -> Result<Self, Refusal> {
        let wrong = |message: String| Refusal::Header { message };
        let names =
            fields(header).ok_or_else(|| wrong("the quotation marks do not match".to_owned()))?;
        let mut places = [None; 4];
        for (index, name) in names.iter().enumerate() {
            let name = name.trim();
            let Some(place) = NAMES.iter().position(|it| *it == name) else {
                return Err(wrong(format!("`{}` is not a column", short(name))));
            };
            if places[place].replace(index).is_some() {
                return Err(wrong(format!("column `{name}` is given twice")));
            }
        }
        let [datastream, time, value, unit] = places;
        let needed = |place: Option<usize>, name: &str| {
            place.ok_or_else(|| wrong(format!("column `{name}` is missing")))
        };
        Ok(Self {
            datastream: needed(datastream, "datastream")?,
            time: needed(time, "time")?,
            value: needed(value, "value")?,
            unit,
            count: names.len(),
        })
    }

    /// Reads a line under the header.
    pub(super) fn reading(self, line: &str) -> Result<RawReading, Refusal> {
        let fields = fields(line).ok_or(Refusal::Quotes)?;
        if fields.len() != self.count {
            return Err(Refusal::Fields {
                found: fields.len(),
                expected: self.count,
            });
        }
        let text = |place: usize| fields.get(place).map_or("", |field| field.trim());
        let value = text(self.value);
        let unit = self.unit.map(text).filter(|unit| !unit.is_empty());
        Ok(RawReading {
            datastream: text(self.datastream).to_owned(),
            time: text(self.time).to_owned(),
            value: value.parse().map_err(|_| Refusal::Number {
                value: short(value),
            })?,
            unit: unit.map(str::to_owned),
        })
    }
}

const NAMES: [&str; 4] = ["datastream", "time", "value", "unit"];

/// The fields of a line; `None` where quotation marks do not match.
pub(super) fn fields(line: &str) -> Option<Vec<Cow<'_, str>>> {
    let mut fields = Vec::with_capacity(NAMES.len());
    let mut rest = line;
    loop {
        let (field, behind) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_field(quoted)?,
            None => bare_field(rest)?,
        };
        fields.push(field);
        if behind.is_empty() {
            return Some(fields);
        }
        rest = behind.strip_prefix(',')?;
    }
}

fn bare_field(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let (field, behind) = text.split_at(text.find(',').unwrap_or(text.len()));
    (!field.contains('"')).then_some((Cow::Borrowed(field), behind))
}

/// A field behind its first quotation mark.
fn quoted_field(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let mut end = text.find('"')?;
    while text[end + 1..].starts_with('"') {
        end += 2 + text[end + 2..].find('"')?;
    }
    let field = match &text[..end] {
        plain if !plain.contains('"') => Cow::Borrowed(plain),
        doubled => Cow::Owned(doubled.replace("\"\"", "\"")),
    };
    Some((field, &text[end + 1..]))
}
