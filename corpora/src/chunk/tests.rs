//! Cases of every rule, the real corpora, and random texts.

/// Compares passages, parts, links and dropped texts of a document, Markdown unless said otherwise.
macro_rules! check {
    ($text:expr, @$expected:literal) => { check!($crate::source::Format::Markdown, $text, @$expected) };
    ($format:expr, $text:expr, @$expected:literal) => { insta::assert_snapshot!($crate::chunk::tests::show($format, $text), @$expected) };
}

mod clause;
mod corpus;
mod noise;
mod random;
mod section;
mod wrap;

use std::fmt::Write as _;
use std::path::PathBuf;

use super::*;
use crate::ledger::Ledger;
use crate::meta::Meta;
use crate::source::Format;

/// A source as a reader makes it: front matter is dropped and its title is known.
fn source(format: Format, text: &str) -> Source {
    let mut source = Source {
        format,
        encoding: "UTF-8".to_owned(),
        meta: Meta::default(),
        text: text.to_owned(),
        dropped: Vec::new(),
    };
    if let Some(rest) = text.strip_prefix("---\n") {
        let end = rest.find("---\n").map_or(text.len(), |end| end + 8);
        source.meta.title = field(text, "title").map(str::to_owned);
        source.dropped.push(Dropped {
            range: 0..end,
            reason: DropReason::FrontMatter,
        });
    }
    source
}

fn field<'text>(text: &'text str, key: &str) -> Option<&'text str> {
    text.lines()
        .take(30)
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))
}

fn chunked(source: &Source) -> Chunked {
    let chunked = chunk(source);
    if let Err(error) = Ledger::of(source, &chunked) {
        panic!("{error}: {:?}", source.text);
    }
    chunked
}

/// Passages, parts, links and dropped texts, one a line.
fn show(format: Format, text: &str) -> String {
    let source = source(format, text);
    let chunked = chunked(&source);
    let mut shown = String::new();
    if !chunked.title.is_empty() {
        writeln!(shown, "title {}", chunked.title).unwrap();
    }
    for chunk in &chunked.chunks {
        writeln!(
            shown,
            "{:?} {} | {}",
            chunk.kind,
            chunk.path.join(" > "),
            chunk.text.replace('\n', "⏎")
        )
        .unwrap();
        for part in &chunk.parts {
            writeln!(
                shown,
                "  {}: {}",
                part.label,
                chunk.text[part.range.clone()].replace('\n', "⏎")
            )
            .unwrap();
        }
        for link in &chunk.links {
            let document = link.document.as_deref().unwrap_or("-");
            let clause = link.clause.as_deref().unwrap_or("-");
            writeln!(
                shown,
                "  -> {} = {document} {clause}",
                &chunk.text[link.range.clone()]
            )
            .unwrap();
        }
    }
    for dropped in &chunked.dropped {
        let text = &source.text[dropped.range.clone()];
        if dropped.reason != DropReason::Whitespace {
            writeln!(shown, "x {}: {}", dropped.reason, text.replace('\n', "⏎")).unwrap();
        }
    }
    shown
}

/// A folder beside the repository, or nothing when it is absent; continuous integration must have it.
fn shared(folder: &str) -> Option<Vec<PathBuf>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/corpora")
        .join(folder);
    let Ok(entries) = std::fs::read_dir(&path) else {
        assert!(
            std::env::var_os("CI").is_none(),
            "{} is absent",
            path.display()
        );
        eprintln!("skipped: {} is absent", path.display());
        return None;
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    Some(files)
}
