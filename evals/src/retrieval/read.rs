//! The three files of a BEIR set: rows, queries and grades. A line that cannot be used is named and the others are kept.

use std::collections::HashMap;
use std::io::{self, BufRead};

use serde::Deserialize;
use serde_json::Value;

use super::{BadLine, Document, Qrels, Query, line};

/// The rows of `corpus.jsonl`: `{"_id", "title", "text", "metadata"}`. `title` may be absent.
///
/// A string `path` in `metadata` holds the headings above the row, separated by ` > `; all other metadata is left alone.
///
/// # Errors
/// When `reader` fails.
pub fn corpus(reader: impl BufRead) -> io::Result<(Vec<Document>, Vec<BadLine>)> {
    rows(reader, |row, id| Document {
        id,
        title: row.title.unwrap_or_default(),
        path: row.metadata.get("path").map(headings).unwrap_or_default(),
        text: row.text,
    })
}

/// The rows of `queries.jsonl`: `{"_id", "text"}`.
///
/// # Errors
/// When `reader` fails.
pub fn queries(reader: impl BufRead) -> io::Result<(Vec<Query>, Vec<BadLine>)> {
    rows(reader, |row, id| Query { id, text: row.text })
}

/// Grades: `query document grade`, with or without a line of headings, or the four columns of TREC, `query 0 document
/// grade`. Columns are separated by tabs or, in a line without any, by blanks.
///
/// # Errors
/// When `reader` fails.
pub fn qrels(reader: impl BufRead) -> io::Result<(Qrels, Vec<BadLine>)> {
    let (mut qrels, mut first) = (Qrels::new(), true);
    let bad = line::each(reader, |_, text| {
        let columns = columns(text);
        let head = std::mem::take(&mut first);
        let ([query, document, grade] | [query, _, document, grade]) = columns[..] else {
            return Err(format!(
                "it has {} columns instead of 3 (query, document, grade) or the 4 of TREC",
                columns.len()
            ));
        };
        let Some(number) = whole(grade) else {
            return if head && HEADINGS.contains(&grade.to_lowercase().as_str()) {
                Ok(())
            } else {
                Err(format!("the grade `{grade}` is not a whole number"))
            };
        };
        let graded = qrels.entry(query.to_owned()).or_default();
        match graded.insert(document.to_owned(), number) {
            None => Ok(()),
            Some(before) => {
                graded.insert(document.to_owned(), before);
                Err(format!("`{document}` has a grade for `{query}` already"))
            }
        }
    })?;
    Ok((qrels, bad))
}

/// What stands above the grades.
const HEADINGS: [&str; 6] = ["score", "grade", "rel", "relevance", "label", "judgment"];

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "_id")]
    id: Id,
    title: Option<String>,
    text: String,
    #[serde(default)]
    metadata: Value,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "`_id` is neither a text nor a whole number")]
enum Id {
    Text(String),
    Number(i64),
}

/// Rows with identifiers of their own.
fn rows<T>(
    reader: impl BufRead,
    make: impl Fn(Row, String) -> T,
) -> io::Result<(Vec<T>, Vec<BadLine>)> {
    let (mut rows, mut lines) = (Vec::new(), HashMap::new());
    let bad = line::each(reader, |line, text| {
        if !text.trim_start().starts_with('{') {
            return Err("it is not a JSON object".to_owned());
        }
        let row: Row = serde_json::from_str(text).map_err(|error| reason(&error))?;
        let id = match &row.id {
            Id::Text(text) => text.clone(),
            Id::Number(number) => number.to_string(),
        };
        if id.trim().is_empty() {
            return Err("its `_id` is empty".to_owned());
        }
        if let Some(first) = lines.get(&id) {
            return Err(format!("the `_id` `{id}` is already on line {first}"));
        }
        lines.insert(id.clone(), line);
        rows.push(make(row, id));
        Ok(())
    })?;
    Ok((rows, bad))
}

/// The line is numbered by the caller; to the reader of JSON it is always the first.
fn reason(error: &serde_json::Error) -> String {
    error.to_string().replace("line 1 column", "column")
}

fn headings(path: &Value) -> Vec<String> {
    let steps = path.as_str().unwrap_or_default().split(" > ");
    let steps = steps.map(str::trim).filter(|step| !step.is_empty());
    steps.map(str::to_owned).collect()
}

fn columns(text: &str) -> Vec<&str> {
    if text.contains('\t') {
        let columns = text.split('\t').map(str::trim);
        columns.filter(|column| !column.is_empty()).collect()
    } else {
        text.split_whitespace().collect()
    }
}

/// A whole number, also as `1.0`.
fn whole(text: &str) -> Option<i64> {
    let fraction = |number: &f64| number.fract() == 0.0 && number.abs() < 1e9;
    let number = text.parse::<f64>().ok().filter(fraction);
    text.parse().ok().or(number.map(|number| number as i64))
}
