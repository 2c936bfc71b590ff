//! Orders that somebody labelled, read from JSON lines.
//!
//! A line is an object with `label`, or `department` as orders have it, and either `tokens` (words with blanks between them) or `text`, before which a
//! `title` is put; where both are there the tokens count. `id` is a string or a number. Other keys are not read.

use std::collections::{BTreeMap, HashMap};
use std::io::BufRead;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::error::Error;

/// What is classified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// As it was written.
    Text(String),
    /// Words with blanks between them.
    Tokens(String),
}

/// An order and the label that it got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// As the city names it; unique in a file.
    pub id: Option<String>,
    /// What the person wrote.
    pub input: Input,
    /// What it was labelled, without blanks at the ends; never empty.
    pub label: String,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// In the order of the file, those with an id that was there already included.
    pub records: Vec<Record>,
    /// Ids that stand in several lines, once for each line but the first. An order that was exported twice counts twice,
    /// so whoever reads a file shows them.
    pub repeated: Vec<Repeated>,
}

/// A line whose id was there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeated {
    /// Number of the line, from 1.
    pub line: usize,
    /// The id.
    pub id: String,
    /// The line where it stands first.
    pub first: usize,
}

/// How many records a label needs before it is learnt.
pub const LEAST: usize = 2;

#[derive(Deserialize)]
struct Line {
    id: Option<Value>,
    title: Option<String>,
    text: Option<String>,
    tokens: Option<String>,
    label: Option<String>,
    department: Option<String>,
}

/// Reads a file of records. Empty lines are passed over.
///
/// # Errors
/// [`Error::Io`], or [`Error::Records`] with every line that is not such an object or has no words or no label.
pub fn read(path: &Path) -> Result<History, Error> {
    let file = std::fs::File::open(path).map_err(Error::io(path))?;
    parse(&path.display().to_string(), std::io::BufReader::new(file))
}

/// As [`read`], from anywhere; `file` is what errors call it.
///
/// # Errors
/// As [`read`].
pub fn parse(file: &str, mut from: impl BufRead) -> Result<History, Error> {
    let (mut records, mut repeated, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    let mut ids: HashMap<String, usize> = HashMap::new();
    let mut bytes = Vec::new();
    for number in 1.. {
        bytes.clear();
        let read = from.read_until(b'\n', &mut bytes);
        if read.map_err(Error::io(Path::new(file)))? == 0 {
            break;
        }
        match line(&bytes) {
            Ok(Some(record)) => {
                repeated.extend(repeats(&record, number, &mut ids));
                records.push(record);
            }
            Ok(None) => {}
            Err(reason) => problems.push((number, reason)),
        }
    }
    if problems.is_empty() {
        return Ok(History { records, repeated });
    }
    Err(Error::Records {
        file: file.to_owned(),
        problems,
    })
}

/// Parts records whose label has at least [`LEAST`] from the rest, which is returned as label and number of records, by
/// label. Whoever trains shows the rest: those labels are never suggested.
pub fn without_rare(mut records: Vec<Record>) -> (Vec<Record>, Vec<(String, usize)>) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for record in &records {
        *counts.entry(record.label.clone()).or_default() += 1;
    }
    records.retain(|record| counts[&record.label] >= LEAST);
    counts.retain(|_, count| *count < LEAST);
    (records, counts.into_iter().collect())
}

fn repeats(record: &Record, line: usize, ids: &mut HashMap<String, usize>) -> Option<Repeated> {
    let id = record.id.clone()?;
    let first = *ids.entry(id.clone()).or_insert(line);
    (first != line).then_some(Repeated { line, id, first })
}

fn line(bytes: &[u8]) -> Result<Option<Record>, String> {
    // Some programs begin a file with a mark of its byte order.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = str::from_utf8(bytes)
        .map_err(|error| format!("not UTF-8 after byte {}", error.valid_up_to()))?;
    if text.trim().is_empty() {
        return Ok(None);
    }
    let line: Line = serde_json::from_str(text)
        .map_err(|error| format!("not an object with `text` or `tokens` and `label`: {error}"))?;
    let label = line.label.or(line.department).unwrap_or_default();
    let label = label.trim();
    if label.is_empty() {
        return Err("`label` is missing or empty".into());
    }
    Ok(Some(Record {
        id: id(line.id)?,
        label: label.to_owned(),
        input: input(line.title, line.text, line.tokens)?,
    }))
}

fn id(value: Option<Value>) -> Result<Option<String>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(id)) => Ok(Some(id)),
        Some(Value::Number(id)) => Ok(Some(id.to_string())),
        Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
            Err("`id` is neither a string nor a number".into())
        }
    }
}

fn input(
    title: Option<String>,
    text: Option<String>,
    tokens: Option<String>,
) -> Result<Input, String> {
    let filled = |text: &String| !text.trim().is_empty();
    if let Some(tokens) = tokens.filter(filled) {
        return Ok(Input::Tokens(tokens));
    }
    let parts: Vec<String> = [title, text].into_iter().flatten().filter(filled).collect();
    if parts.is_empty() {
        return Err("neither `text` nor `tokens` has words".into());
    }
    Ok(Input::Text(parts.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &str) -> String {
        match parse("orders.jsonl", lines.as_bytes()) {
            Ok(history) => format!("{history:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn lines_are_read() {
        let texts = parse(
            "a",
            "\u{feff}{\"id\":7,\"title\":\"路灯\",\"text\":\"不亮\",\"label\":\" 城建 \",\"x\":[1]}\r\n\n{\"text\":\"噪音\",\"tokens\":\"夜间 噪音\",\"department\":\"环保\"}".as_bytes(),
        )
        .unwrap()
        .records;
        let expected = [
            (Some("7"), Input::Text("路灯\n不亮".into()), "城建"),
            (None, Input::Tokens("夜间 噪音".into()), "环保"),
        ];
        assert_eq!(texts.len(), 2);
        for (record, (id, input, label)) in texts.iter().zip(expected) {
            assert_eq!((record.id.as_deref(), &record.input), (id, &input));
            assert_eq!(record.label, label);
        }
    }

    #[test]
    fn bad_lines_are_named_all_of_them() {
        let said = check(
            "{\"text\":\"a\",\"label\":\"\"}\n{\"label\":\"x\"}\nnonsense\n{\"id\":[],\"text\":\"a\",\"label\":\"x\"}\n{\"text\":\" \",\"tokens\":\"\",\"label\":\"x\"}",
        );
        insta::assert_snapshot!(said, @r"
        `orders.jsonl` has 5 line(s) that cannot be used
        line 1: `label` is missing or empty
        line 2: neither `text` nor `tokens` has words
        line 3: not an object with `text` or `tokens` and `label`: expected ident at line 1 column 2
        line 4: `id` is neither a string nor a number
        line 5: neither `text` nor `tokens` has words
        ");
    }

    #[test]
    fn an_id_that_stands_twice_is_told_and_kept() {
        let line = |id: &str| format!("{{\"id\":{id},\"text\":\"a\",\"label\":\"x\"}}\n");
        let lines = ["1", "\"b\"", "null", "\"1\"", "null", "1"]
            .map(line)
            .concat();
        let history = parse("x", lines.as_bytes()).unwrap();
        let repeated = |line| Repeated {
            line,
            id: "1".into(),
            first: 1,
        };
        assert_eq!(history.records.len(), 6);
        assert_eq!(history.repeated, [repeated(4), repeated(6)]);
    }

    #[test]
    fn bytes_that_are_no_text_are_named() {
        let error = parse("x", &b"{\"text\":\"\xff\"}"[..]).unwrap_err();
        assert!(error.to_string().contains("line 1: not UTF-8 after byte 9"));
    }

    #[test]
    fn many_bad_lines_are_counted() {
        let said = check(&"{}\n".repeat(25));
        assert!(said.contains("25 line(s)") && said.ends_with("and 15 more"));
    }

    #[test]
    fn labels_of_one_record_are_set_apart() {
        let record = |label: &str| Record {
            id: None,
            input: Input::Text("路".into()),
            label: label.into(),
        };
        let (kept, rare) = without_rare(vec![record("b"), record("a"), record("b"), record("c")]);
        assert_eq!(kept.len(), 2);
        assert_eq!(rare, [("a".into(), 1), ("c".into(), 1)]);
    }

    #[test]
    fn a_file_that_is_absent_is_named() {
        let error = read(Path::new("/none/orders.jsonl")).unwrap_err();
        assert!(error.to_string().contains("/none/orders.jsonl"));
    }
}
