//! Values as Python writes them: `str(value)` in the text of a template, `json.dumps(value)` in its `tojson`. Joining
//! texts with `~` is the template engine's own and writes numbers as Rust does.

use std::fmt::Write;
use std::io;

use minijinja::value::{Value, ValueKind};
use minijinja::{Error, ErrorKind, Output};
use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use super::OUTPUT;
use super::environment::endless;

/// How deep lists may lie in one another where they are written.
const DEPTH: usize = 100;
/// Bytes that a value counts for besides its text: walking over it takes time.
const EACH: usize = 64;

/// Writes `str(value)`.
pub(super) fn write(out: &mut Output<'_>, value: &Value) -> Result<(), Error> {
    match value.as_str() {
        Some(string) => Ok(out.write_str(string)?),
        None => Ok(out.write_str(&text(value)?)?),
    }
}

/// `str(value)`.
pub(super) fn text(value: &Value) -> Result<String, Error> {
    match value.kind() {
        ValueKind::String => Ok(value.as_str().unwrap_or_default().to_owned()),
        ValueKind::Undefined => Ok(String::new()),
        _ => {
            let mut spare = OUTPUT;
            measure(value, DEPTH, &mut spare).map(|()| repr(value))
        }
    }
}

/// Refuses what is too deep or too much to write. The same list may lie in others many times over.
fn measure(value: &Value, depth: usize, spare: &mut usize) -> Result<(), Error> {
    let takes = EACH + value.as_str().map_or(0, str::len);
    *spare = spare.checked_sub(takes).ok_or_else(endless)?;
    if !matches!(
        value.kind(),
        ValueKind::Seq | ValueKind::Map | ValueKind::Iterable
    ) {
        return Ok(());
    }
    let depth = depth.checked_sub(1).ok_or_else(|| {
        Error::new(
            ErrorKind::InvalidOperation,
            "its lists lie too deep in one another",
        )
    })?;
    for item in value.try_iter()? {
        measure(&item, depth, spare)?;
        if value.kind() == ValueKind::Map {
            measure(&value.get_item(&item)?, depth, spare)?;
        }
    }
    Ok(())
}

/// `repr(value)`.
fn repr(value: &Value) -> String {
    match value.kind() {
        ValueKind::Bool if value.is_true() => "True".into(),
        ValueKind::Bool => "False".into(),
        ValueKind::None => "None".into(),
        ValueKind::Number => number(value),
        ValueKind::String => quoted(value.as_str().unwrap_or_default()),
        ValueKind::Seq => format!("[{}]", items(value, repr)),
        ValueKind::Map => {
            let entry = |key: &Value| {
                let item = value.get_item(key).unwrap_or_default();
                format!("{}: {}", repr(key), repr(&item))
            };
            format!("{{{}}}", items(value, entry))
        }
        _ => value.to_string(),
    }
}

fn items(value: &Value, one: impl Fn(&Value) -> String) -> String {
    let items: Vec<_> = value
        .try_iter()
        .into_iter()
        .flatten()
        .map(|item| one(&item))
        .collect();
    items.join(", ")
}

fn number(value: &Value) -> String {
    match (value.is_integer(), f64::try_from(value.clone())) {
        (false, Ok(number)) => float(number),
        _ => value.to_string(),
    }
}

/// Single quotes, or double ones around a text that has single ones only.
fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut out = String::from(quote);
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            character if character == quote => {
                out.push('\\');
                out.push(character);
            }
            character if character.is_ascii_control() => {
                let _ = write!(out, "\\x{:02x}", u32::from(character));
            }
            character => out.push(character),
        }
    }
    out.push(quote);
    out
}

/// `repr(number)`: the shortest digits that give the number back, with an exponent below 1e-4 and from 1e16 on.
fn float(number: f64) -> String {
    if !number.is_finite() {
        return match number {
            number if number.is_nan() => "nan".into(),
            number if number > 0.0 => "inf".into(),
            _ => "-inf".into(),
        };
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if number == 0.0 || (-4..16).contains(&exponent) {
        return format!("{number:?}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// `json.dumps(value, ensure_ascii=False, indent=indent)`.
pub(super) fn json(value: &Value, indent: Option<usize>) -> Result<String, Error> {
    let failed = |error: serde_json::Error| {
        Error::new(
            ErrorKind::InvalidOperation,
            format!("this cannot be written as JSON: {error}"),
        )
    };
    let mut spare = OUTPUT;
    measure(value, DEPTH, &mut spare)?;
    let mut out = Vec::new();
    match indent {
        None => {
            value
                .serialize(&mut Serializer::with_formatter(&mut out, Spaced))
                .map_err(failed)?;
        }
        Some(indent) => {
            let spaces = " ".repeat(indent);
            let formatter = Indented(PrettyFormatter::with_indent(spaces.as_bytes()));
            value
                .serialize(&mut Serializer::with_formatter(&mut out, formatter))
                .map_err(failed)?;
        }
    }
    String::from_utf8(out)
        .map_err(|_| Error::new(ErrorKind::InvalidOperation, "this is no text as JSON"))
}

/// One line, with `, ` and `: `.
struct Spaced;

impl Formatter for Spaced {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(float(value).as_bytes())
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        separate(writer, first)
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        separate(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

fn separate<W: ?Sized + io::Write>(writer: &mut W, first: bool) -> io::Result<()> {
    if first {
        return Ok(());
    }
    writer.write_all(b", ")
}

/// Many lines; Python's layout is that of `serde_json`, but for floats.
struct Indented<'a>(PrettyFormatter<'a>);

impl Formatter for Indented<'_> {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(float(value).as_bytes())
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}
