//! Lines that are no content: the title, tables of contents, repetitions. `navigation` finds what a web page puts around its text.
//!
//! Each is recognised only where it is sure; a doubtful line stays.

use std::collections::{HashMap, HashSet};

use super::lines::Flow;
use super::mark::{Division, division, ends_sentence, head, is_shorter, marker, rank};
use super::navigation;
use super::wrap::is_bullet;
use crate::source::{DropReason, Format, Source};

/// What becomes of the lines of a document before its structure is known.
pub(super) struct Sifted {
    /// The title, or nothing when neither metadata nor the text states one.
    pub(super) title: String,
    /// For each line, why it is dropped, if it is.
    pub(super) fates: Vec<Option<DropReason>>,
}

/// Finds the title and the lines that are no content.
pub(super) fn sift(source: &Source, flow: &Flow) -> Sifted {
    let mut fates = vec![None; flow.lines.len()];
    if matches!(source.format, Format::Text | Format::Html) {
        navigation::drop_navigation(flow, &mut fates);
    }
    let title = title(source, flow, &mut fates);
    contents(flow, &mut fates);
    Sifted { title, fates }
}

/// A line without what two copies of it may differ in: blanks, width of letters, case.
pub(super) fn squeeze(line: &str) -> String {
    line.chars()
        .filter(|character| !character.is_whitespace())
        .map(narrow)
        .flat_map(char::to_lowercase)
        .collect()
}

/// The ASCII form of a full-width letter, digit or sign.
fn narrow(character: char) -> char {
    match character {
        '！'..='～' => char::from_u32(character as u32 - 0xfee0).unwrap_or(character),
        other => other,
    }
}

/// Most characters of a line that can be a title.
pub(super) const TITLE: usize = 60;

fn title(source: &Source, flow: &Flow, fates: &mut [Option<DropReason>]) -> String {
    let stated = source
        .meta
        .title
        .as_deref()
        .map(str::trim)
        .filter(|title| !title.is_empty());
    if let Some(title) = stated {
        drop_title(title, flow, fates);
        return title.to_owned();
    }
    let kept: Vec<usize> = (0..flow.lines.len())
        .filter(|index| fates[*index].is_none())
        .collect();
    if let Some(index) = kept
        .iter()
        .copied()
        .find(|index| flow.lines[*index].hashes == 1)
    {
        fates[index] = Some(DropReason::Title);
        return flow.line(index).to_owned();
    }
    if source.format == Format::Xlsx {
        return String::new();
    }
    // A document that is one line has a text, but no title.
    let [first, following @ .., _] = kept.as_slice() else {
        return String::new();
    };
    if !can_be_title(flow, *first) {
        return String::new();
    }
    // A title may fill three lines; more are a list.
    let run = following
        .iter()
        .take(3)
        .take_while(|index| !flow.lines[**index].gap && can_be_title(flow, **index))
        .count();
    let lines = &kept[..if run < 3 { 1 + run } else { 1 }];
    for index in lines {
        fates[*index] = Some(DropReason::Title);
    }
    lines
        .iter()
        .map(|index| flow.line(*index))
        .collect::<Vec<_>>()
        .join(" ")
}

fn can_be_title(flow: &Flow, index: usize) -> bool {
    let (line, text) = (&flow.lines[index], flow.line(index));
    let plain = !line.row
        && !line.quote
        && marker(text).is_none()
        && !is_bullet(text)
        && head(text, 0).is_none();
    let worded = text.chars().take(TITLE).any(char::is_alphabetic)
        && !text.starts_with(['（', '('])
        && !is_contents(text);
    plain
        && worded
        && line.hashes == 0
        && division(text, false).is_none()
        && is_shorter(text, TITLE)
        && !ends_sentence(text)
}

/// Drops the line, or the two or three lines, that repeat the title at the head of the document.
fn drop_title(title: &str, flow: &Flow, fates: &mut [Option<DropReason>]) {
    let wanted = squeeze(title);
    let kept: Vec<usize> = (0..flow.lines.len())
        .filter(|index| fates[*index].is_none())
        .collect();
    let same = |index: usize| {
        flow.line(index).len() <= title.len() * 2 + 16 && squeeze(flow.line(index)) == wanted
    };
    if let Some(index) = kept
        .iter()
        .find(|index| flow.lines[**index].hashes > 0 && same(**index))
    {
        fates[*index] = Some(DropReason::Title);
    }
    for (at, index) in kept.iter().take(6).enumerate() {
        let mut joined = String::new();
        for (length, next) in kept[at..].iter().take(3).enumerate() {
            if flow.line(*next).len() > title.len() * 2 + 16 || fates[*index].is_some() {
                break;
            }
            joined.push_str(&squeeze(flow.line(*next)));
            if joined == wanted {
                for line in &kept[at..=at + length] {
                    fates[*line] = Some(DropReason::Title);
                }
                return;
            }
        }
    }
}

/// Drops tables of contents: below 目录, or chapter headings without text between them that all come again.
fn contents(flow: &Flow, fates: &mut [Option<DropReason>]) {
    let mut later: Option<HashMap<String, usize>> = None;
    let mut index = 0;
    while index < flow.lines.len() {
        let named = fates[index].is_none() && is_contents(flow.line(index));
        let begins = named || (fates[index].is_none() && starts_run(flow, index));
        if !begins {
            index += 1;
            continue;
        }
        let last = later.get_or_insert_with(|| {
            (0..flow.lines.len())
                .filter(|index| is_shorter(flow.line(*index), TITLE))
                .map(|index| (entry(flow.line(index)), index))
                .collect()
        });
        let from = index + usize::from(named);
        let end = entries_end(flow, from);
        let count = end - from;
        let repeated = (from..end)
            .filter(|at| {
                last.get(&entry(flow.line(*at)))
                    .is_some_and(|last| *last >= end)
            })
            .count();
        let paged = (from..end)
            .filter(|at| leader(flow.line(*at)) < flow.line(*at).len())
            .count();
        let sure = if named {
            count >= 1 && (repeated * 2 >= count || paged * 2 >= count)
        } else {
            repeated == count
        };
        if sure {
            fates[index..end].fill(Some(DropReason::Contents));
        }
        index = end.max(index + 1);
    }
}

fn is_contents(line: &str) -> bool {
    line.len() <= 24
        && matches!(
            squeeze(line).trim_matches(['-', '【', '】', '[', ']']),
            "目录" | "目次" | "目錄"
        )
}

fn starts_run(flow: &Flow, index: usize) -> bool {
    let chapter = |index: usize| {
        index < flow.lines.len()
            && division(flow.line(index), false)
                .is_some_and(|division: Division| division.rank >= rank::BOOK)
    };
    chapter(index) && chapter(index + 1) && chapter(index + 2)
}

/// Where a table of contents that begins at `from` ends: at its first entry's return, at text, at a Markdown heading.
fn entries_end(flow: &Flow, from: usize) -> usize {
    let Some(first) = (from < flow.lines.len()).then(|| entry(flow.line(from))) else {
        return from;
    };
    let marked = flow.lines[from].hashes > 0;
    (from..flow.lines.len())
        .find(|index| {
            let (line, text) = (&flow.lines[*index], flow.line(*index));
            let returns = *index > from && is_shorter(text, TITLE) && entry(text) == first;
            returns
                || line.row
                || (line.hashes > 0 && !marked)
                || !is_shorter(text, TITLE)
                || text.ends_with(['。', '；', '：'])
        })
        .unwrap_or(flow.lines.len())
}

/// An entry of a table of contents, folded, without its page number, bullet or link.
fn entry(line: &str) -> String {
    let line = &line[..leader(line)];
    let line = line.trim_start_matches(['-', '*', '•', ' ']);
    let line = match (line.strip_prefix('['), line.find("](")) {
        (Some(_), Some(end)) => &line[1..end],
        _ => line,
    };
    squeeze(line)
}

/// Where the dots and the page number at the end of an entry begin.
fn leader(line: &str) -> usize {
    let name = line.trim_end_matches(|character: char| {
        character.is_ascii_digit() || matches!(character, '（' | '）' | '(' | ')')
    });
    let bare = name.trim_end_matches(['.', '…', '·', '．', '—', '-', ' ', '\t', '　']);
    let digits = line.len() > name.len();
    let dots = name.len() - bare.len();
    if digits && (dots >= 2 || name.ends_with(['\t', '…'])) {
        bare.len()
    } else {
        line.len()
    }
}

/// Fewest characters of a paragraph that is recognised when it comes again.
const PARAGRAPH: usize = 60;

/// Drops runs of lines that stood before in the same document, when at least one of them is a paragraph.
///
/// Only for documents without articles and headings: sections of a form may rightly repeat each other.
pub(super) fn duplicates(flow: &Flow, fates: &mut [Option<DropReason>]) {
    let mut seen: HashSet<String> = HashSet::new();
    let mut run: Vec<usize> = Vec::new();
    let mut long = false;
    let kept: Vec<usize> = (0..flow.lines.len())
        .filter(|index| fates[*index].is_none())
        .collect();
    for index in kept {
        let line = &flow.lines[index];
        let folded = squeeze(flow.line(index));
        if !line.row && seen.contains(&folded) {
            long |= !is_shorter(&folded, PARAGRAPH);
            run.push(index);
            continue;
        }
        seen.insert(folded);
        if std::mem::take(&mut long) {
            drop_run(&run, fates);
        }
        run.clear();
    }
    if long {
        drop_run(&run, fates);
    }
}

fn drop_run(run: &[usize], fates: &mut [Option<DropReason>]) {
    for index in run {
        fates[*index] = Some(DropReason::Duplicate);
    }
}
