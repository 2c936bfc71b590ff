//! Small files made in code, one or more for each promise; hostile ones; and the real ones beside the repository.

mod corpus;
mod hostile;
mod office;
mod pages;
mod plain;
mod web;

use std::io::{Cursor, Write};

use super::{ReadError, read_bytes};
use crate::source::{DropReason, Source};

/// The text of a source with the dropped ranges marked, for snapshots.
fn shown(source: &Source) -> String {
    let mut out = String::new();
    let mut position = 0;
    for dropped in &source.dropped {
        out.push_str(&source.text[position..dropped.range.start]);
        let inside = source.text[dropped.range.clone()]
            .trim_end()
            .escape_debug()
            .to_string();
        out.push_str(&format!("<{}: {inside}>", dropped.reason));
        if source.text[dropped.range.clone()].ends_with('\n') {
            out.push('\n');
        }
        position = dropped.range.end;
    }
    out.push_str(&source.text[position..]);
    while out.contains("\n\n") {
        out = out.replace("\n\n", "\n");
    }
    out
}

fn good(name: &str, bytes: &[u8]) -> Source {
    let source = read_bytes(name, bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    sound(&source);
    source
}

fn bad(name: &str, bytes: &[u8]) -> ReadError {
    read_bytes(name, bytes).expect_err("the file should be refused")
}

/// What holds of every source: ranges ascend, do not overlap and end at characters; lines end in `\n` only.
fn sound(source: &Source) {
    let mut position = 0;
    for dropped in &source.dropped {
        assert!(
            dropped.range.start >= position && dropped.range.end > dropped.range.start,
            "{:?}",
            source.dropped
        );
        assert!(
            source.text.get(dropped.range.clone()).is_some(),
            "{dropped:?} does not end at a character"
        );
        position = dropped.range.end;
    }
    assert!(position <= source.text.len());
    assert!(!source.text.contains('\r'));
}

fn dropped(source: &Source, reason: DropReason) -> Vec<&str> {
    let of_reason = source
        .dropped
        .iter()
        .filter(|dropped| dropped.reason == reason);
    of_reason
        .map(|dropped| source.text[dropped.range.clone()].trim())
        .collect()
}

fn package(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, content) in parts {
        writer.start_file(*name, options).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
