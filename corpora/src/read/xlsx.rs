//! Workbooks: each row becomes one line in which every value carries the name of its column, because a row is read and
//! cited alone. Formulas are not evaluated; the values that were saved are read.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{
    DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, open_workbook_from_rs,
};

use super::draft::Draft;
use super::package::Package;
use super::{Allowance, ReadError};
use crate::meta::Meta;
use crate::source::{Format, Source};

/// Cells of a row that must hold words for the row to name the columns.
const HEADER_CELLS: usize = 2;

/// A cell's text and whether it is words rather than a number or date.
struct Value {
    text: String,
    is_words: bool,
}

type Row = BTreeMap<u32, Value>;

pub(super) fn read(bytes: &[u8], allowance: &Allowance) -> Result<Source, ReadError> {
    inspect(bytes, allowance)?;
    let mut workbook: Xlsx<_> =
        open_workbook_from_rs(Cursor::new(bytes)).map_err(|error| damaged(&error, "workbook"))?;
    let sheets: Vec<_> = workbook.sheets_metadata().to_vec();
    let mut draft = Draft::default();
    for sheet in sheets {
        if sheet.typ != SheetType::WorkSheet || sheet.visible != SheetVisible::Visible {
            continue;
        }
        let mut lines = Lines::default();
        for_each_row(&mut workbook, &sheet.name, allowance, |row| {
            lines.push(&row);
            lines.within(allowance)
        })?;
        let lines = lines.finish();
        if lines.is_empty() {
            continue;
        }
        draft.gap();
        draft.line(&format!("## {}", one_line(&sheet.name)));
        draft.gap();
        for line in lines {
            draft.line(&line);
        }
    }
    draft.finish(Format::Xlsx, "binary", Meta::default(), &allowance.limits)
}

/// calamine trusts a package; this does not. Every part that it will inflate is inflated here first, within the limits.
fn inspect(bytes: &[u8], allowance: &Allowance) -> Result<(), ReadError> {
    let mut package = Package::open(bytes, &allowance.limits)?;
    for name in package.names() {
        if !name.ends_with(".xml") && !name.ends_with(".rels") {
            continue;
        }
        allowance.check()?;
        let Some(part) = package.part(&name)? else {
            continue;
        };
        // The number of strings is allocated as stated, so it must not exceed what the part can hold.
        let stated = part
            .split_once("uniqueCount=")
            .map(|(_, rest)| rest.trim_start_matches(['"', '\'']));
        let digits = stated.map(|rest| {
            rest.split(|character: char| !character.is_ascii_digit())
                .next()
                .unwrap_or("")
        });
        if digits.is_some_and(|digits| {
            digits
                .parse::<usize>()
                .map_or(!digits.is_empty(), |count| count > part.len())
        }) {
            return Err(ReadError::Unsafe {
                what: format!("part `{name}` states more strings than it can hold"),
            });
        }
    }
    Ok(())
}

fn damaged(error: &calamine::XlsxError, place: &str) -> ReadError {
    match error {
        calamine::XlsxError::Password => ReadError::Encrypted,
        other => ReadError::malformed(format!("the workbook is damaged: {other}"), place),
    }
}

/// Streams the rows of a sheet; the dense range that calamine also offers would take the memory of every empty cell.
fn for_each_row(
    workbook: &mut Xlsx<Cursor<&[u8]>>,
    sheet: &str,
    allowance: &Allowance,
    mut visit: impl FnMut(Row) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let place = format!("sheet `{sheet}`");
    let mut cells = workbook
        .worksheet_cells_reader(sheet)
        .map_err(|error| damaged(&error, &place))?;
    let mut row = Row::new();
    let mut number = 0;
    while let Some((cell, style)) = cells
        .next_cell_with_style_id()
        .map_err(|error| damaged(&error, &place))?
    {
        let (line, column) = cell.get_position();
        if line != number {
            allowance.check()?;
            visit(std::mem::take(&mut row))?;
            number = line;
        }
        let format = cells
            .styles()
            .get(style)
            .and_then(|style| style.number_format.as_ref());
        let is_percent = format.is_some_and(|format| format.format_code.contains('%'));
        if let Some(value) = value(cell.get_value(), is_percent) {
            row.insert(column, value);
        }
    }
    visit(row)
}

fn value(data: &DataRef<'_>, is_percent: bool) -> Option<Value> {
    let (text, is_words) = match data {
        DataRef::Empty | DataRef::Error(_) => return None,
        DataRef::String(text) => (one_line(text), true),
        DataRef::SharedString(text) => (one_line(text), true),
        DataRef::Bool(truth) => ((if *truth { "是" } else { "否" }).to_owned(), false),
        DataRef::Int(number) if is_percent => (percent(*number as f64), false),
        DataRef::Float(number) if is_percent => (percent(*number), false),
        DataRef::Int(number) => (number.to_string(), false),
        DataRef::Float(number) => (decimal(*number), false),
        DataRef::DateTime(moment) => (date(moment), false),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => (text.clone(), false),
    };
    (!text.is_empty()).then_some(Value { text, is_words })
}

/// The shortest decimal that a spreadsheet would show: fifteen significant digits, no trailing `.0`.
fn decimal(number: f64) -> String {
    format!("{number:.14e}")
        .parse::<f64>()
        .unwrap_or(number)
        .to_string()
}

fn percent(number: f64) -> String {
    format!("{}%", decimal(number * 100.0))
}

fn date(moment: &ExcelDateTime) -> String {
    if moment.is_duration() {
        let minutes = (moment.as_f64() * 24.0 * 60.0).round();
        return format!("{:02}:{:02}", (minutes / 60.0).floor(), minutes % 60.0);
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let time = match (hour, minute, second) {
        (0, 0, 0) => String::new(),
        (_, _, 0) => format!("{hour:02}:{minute:02}"),
        _ => format!("{hour:02}:{minute:02}:{second:02}"),
    };
    match (moment.as_f64() < 1.0, time.is_empty()) {
        (true, false) => time,
        (_, true) => format!("{year:04}-{month:02}-{day:02}"),
        (false, false) => format!("{year:04}-{month:02}-{day:02} {time}"),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The lines of a sheet while its rows come in.
#[derive(Default)]
struct Lines {
    /// Column names, once their row was found.
    header: Option<BTreeMap<u32, String>>,
    lines: Vec<String>,
    /// Whether a row followed the header.
    has_data: bool,
    bytes: usize,
}

impl Lines {
    fn push(&mut self, row: &Row) {
        if row.is_empty() {
            return;
        }
        let line = match &self.header {
            Some(header) => {
                self.has_data = true;
                joined(row.iter().map(|(column, value)| match header.get(column) {
                    Some(name) => format!("{name}：{}", value.text),
                    None => value.text.clone(),
                }))
            }
            None if row.values().filter(|value| value.is_words).count() >= HEADER_CELLS => {
                self.header = Some(
                    row.iter()
                        .map(|(column, value)| (*column, value.text.clone()))
                        .collect(),
                );
                return;
            }
            None => joined(row.values().map(|value| value.text.clone())),
        };
        self.bytes += line.len();
        self.lines.push(line);
    }

    fn within(&self, allowance: &Allowance) -> Result<(), ReadError> {
        // A character of these lines takes at most four bytes.
        if self.bytes / 4 > allowance.limits.characters {
            let limit = allowance.limits.characters;
            return Err(ReadError::TooLarge {
                what: "the sheet",
                limit,
                unit: "characters",
            });
        }
        Ok(())
    }

    /// A header without rows is all that the sheet says, so it becomes a line of its own.
    fn finish(mut self) -> Vec<String> {
        if let Some(header) = self.header.filter(|_| !self.has_data) {
            self.lines.push(joined(header.into_values()));
        }
        self.lines
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join("；")
}
