//! Tables: one passage each, cut between rows only when very long.

use std::ops::Range;

use super::section::sentences;
use super::{ChunkKind, Draft};

/// Most characters of a table in one passage.
const LONGEST: usize = 3000;

/// The passages of a table. `rows` are its lines, after a line that introduces it when `introduced`.
pub(super) fn drafts(
    text: &str,
    path: &[String],
    rows: &[Range<usize>],
    introduced: bool,
) -> Vec<Draft> {
    let mut groups: Vec<Vec<Range<usize>>> = Vec::new();
    let mut length = 0;
    // A single row beyond the limit is no row of a table that anybody can read; it is cut like a paragraph.
    for row in rows
        .iter()
        .flat_map(|row| sentences(text, row.clone(), LONGEST))
    {
        let characters = text[row.clone()].chars().count();
        match groups.last_mut() {
            Some(group) if length + characters <= LONGEST => {
                length += characters;
                group.push(row);
            }
            _ => {
                length = characters;
                groups.push(vec![row]);
            }
        }
    }
    let header = rows
        .get(usize::from(introduced))
        .map(|row| header(&text[row.clone()]))
        .unwrap_or_default();
    groups
        .into_iter()
        .enumerate()
        .map(|(index, pieces)| {
            let mut path = path.to_vec();
            if index > 0 && !header.is_empty() {
                path.push(format!("表头：{header}"));
            }
            Draft {
                kind: ChunkKind::Table,
                path,
                pieces,
                parts: Vec::new(),
                label: 0,
            }
        })
        .collect()
}

/// The cells of a header row, for the path of the passages that do not hold it.
fn header(row: &str) -> String {
    const LONGEST_HEADER: usize = 200;
    let cells: Vec<&str> = row
        .split('|')
        .map(str::trim)
        .filter(|cell| !cell.is_empty())
        .collect();
    cells.join(" | ").chars().take(LONGEST_HEADER).collect()
}
