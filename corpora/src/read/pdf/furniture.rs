//! Page numbers and the lines that repeat at the head or foot of pages. Only lines at the edge of a page are looked at,
//! so that a number in a table stays.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use regex::Regex;

use super::Reason;
use super::page::Line;
use crate::source::DropReason;

/// Lines at the head and at the foot of a page that may be furniture.
const EDGE: usize = 2;

/// Pages from which repetition says something, and the percentage of them that must have the line.
const PAGES: usize = 3;
const SHARE: usize = 60;

static NUMBERED: LazyLock<Regex> = LazyLock::new(|| {
    let page = r"第\s*[0-9０-９一二三四五六七八九十百]+\s*页(\s*[,，/]?\s*[(（]?共\s*[0-9０-９一二三四五六七八九十百]+\s*页[)）]?)?";
    let dashed = r"[-—–－·•]+\s*[0-9０-９]{1,4}\s*[-—–－·•]+";
    let fraction = r"[0-9]{1,4}\s*/\s*[0-9]{1,4}";
    let english = r"(?i:page)\s*[0-9]{1,4}(\s*(of|/)\s*[0-9]{1,4})?";
    Regex::new(&format!("^({page}|{dashed}|{fraction}|{english})$")).expect("the pattern is valid")
});

/// For each line of each page, why it is not content.
pub(super) fn furniture(pages: &[Vec<Line>]) -> Vec<Vec<Reason>> {
    let edges: Vec<Vec<usize>> = pages.iter().map(|lines| edge(lines)).collect();
    let repeated = repeated(pages, &edges);
    let offsets = offsets(pages, &edges);
    let mut reasons = Vec::with_capacity(pages.len());
    for (number, (lines, edge)) in pages.iter().zip(&edges).enumerate() {
        let mut page: Vec<Reason> = vec![None; lines.len()];
        for index in edge {
            let line = &lines[*index];
            let text = line.text.trim();
            let is_counted =
                bare(text).is_some_and(|value| offsets.contains(&(value - number as i64)));
            if NUMBERED.is_match(text) || is_counted {
                page[*index] = Some(DropReason::PageNumber);
            } else if repeated.contains(&key(line)) {
                page[*index] = Some(DropReason::RunningHeader);
            }
        }
        reasons.push(page);
    }
    reasons
}

/// Indexes of the highest and lowest lines.
fn edge(lines: &[Line]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by(|one, other| lines[*other].y.total_cmp(&lines[*one].y));
    let head = order.iter().take(EDGE).copied();
    let foot = order.iter().rev().take(EDGE).copied();
    head.chain(foot)
        .collect::<HashSet<_>>()
        .into_iter()
        .collect()
}

/// Lines that most pages have at an edge. The size is part of the key: a title that later becomes a header is larger.
fn repeated(pages: &[Vec<Line>], edges: &[Vec<usize>]) -> HashSet<(String, i32)> {
    let mut counts: HashMap<(String, i32), usize> = HashMap::new();
    for (lines, edge) in pages.iter().zip(edges) {
        for key in edge
            .iter()
            .map(|index| key(&lines[*index]))
            .collect::<HashSet<_>>()
        {
            *counts.entry(key).or_insert(0) += 1;
        }
    }
    let enough = |count: usize| count >= PAGES && count * 100 >= pages.len() * SHARE;
    // What ends like a sentence is one, even if a form repeats it on each page.
    let is_label = |text: &str| !text.is_empty() && !text.ends_with(['。', '；', '！', '？']);
    counts
        .into_iter()
        .filter(|((text, _), count)| is_label(text) && enough(*count))
        .map(|(key, _)| key)
        .collect()
}

/// The text without spaces, and without digits where they count pages; and the size.
fn key(line: &Line) -> (String, i32) {
    let counts = line.text.contains('页') || line.text.contains("Page");
    let keep = |character: &char| !(character.is_whitespace() || counts && character.is_numeric());
    (
        line.text.chars().filter(keep).collect(),
        line.size.round() as i32,
    )
}

/// Differences between a bare number at an edge and the position of its page that occur often enough to be counting.
fn offsets(pages: &[Vec<Line>], edges: &[Vec<usize>]) -> HashSet<i64> {
    let mut counts: HashMap<i64, usize> = HashMap::new();
    for (number, (lines, edge)) in pages.iter().zip(edges).enumerate() {
        let values: HashSet<i64> = edge
            .iter()
            .filter_map(|index| bare(lines[*index].text.trim()))
            .collect();
        for value in values {
            *counts.entry(value - number as i64).or_insert(0) += 1;
        }
    }
    // A document of one page can only count to one.
    let is_single = pages.len() == 1;
    counts
        .into_iter()
        .filter(|(offset, count)| *count >= 2 || (is_single && *offset == 1))
        .map(|(offset, _)| offset)
        .collect()
}

fn bare(text: &str) -> Option<i64> {
    (text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())?
}
