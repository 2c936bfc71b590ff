//! Text drawn from a source piece by piece, with the way back to the source.
//!
//! Every later step works on such a text and never on offsets of the source, so that no step can lose or invent a character.

use std::ops::Range;

use crate::source::{DropReason, Dropped, Source};

/// Characters of a source in their order; line ends may be added that stand nowhere in it.
#[derive(Debug, Default)]
pub(super) struct Extract {
    /// The text.
    pub(super) text: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, Copy)]
struct Piece {
    /// Where it stands in the extract.
    at: usize,
    /// Where it stands in the source.
    source: usize,
    length: usize,
}

impl Extract {
    /// Appends a range of the source.
    pub(super) fn push(&mut self, source: &str, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        let at = self.text.len();
        self.text.push_str(&source[range.clone()]);
        if let Some(last) = self.pieces.last_mut()
            && last.at + last.length == at
            && last.source + last.length == range.start
        {
            last.length += range.len();
            return;
        }
        self.pieces.push(Piece {
            at,
            source: range.start,
            length: range.len(),
        });
    }

    /// Appends a line end that stands nowhere in the source.
    pub(super) fn push_break(&mut self) {
        self.text.push('\n');
    }

    /// The ranges of the source behind a range of the extract, ascending; added line ends have none.
    pub(super) fn origins(&self, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let first = self
            .pieces
            .partition_point(|piece| piece.at + piece.length <= range.start);
        let end = range.end;
        self.pieces[first..]
            .iter()
            .take_while(move |piece| piece.at < end)
            .filter_map(move |piece| {
                let from = piece.at.max(range.start);
                let to = (piece.at + piece.length).min(range.end);
                (from < to).then(|| piece.source + from - piece.at..piece.source + to - piece.at)
            })
    }
}

/// The source without what its reader dropped and without invisible characters; both are listed.
pub(super) fn visible(source: &Source) -> (Extract, Vec<Dropped>) {
    let text = source.text.as_str();
    let mut extract = Extract::default();
    let mut dropped = Vec::new();
    let mut end = 0;
    let mut ranges: Vec<&Dropped> = source.dropped.iter().collect();
    ranges.sort_by_key(|dropped| (dropped.range.start, dropped.range.end));
    for known in ranges {
        let range = known.range.start.max(end)..known.range.end.min(text.len());
        if range.start >= range.end || text.get(range.clone()).is_none() {
            continue;
        }
        push_visible(text, end..range.start, &mut extract, &mut dropped);
        let splits = text[range.clone()].contains('\n') && !extract.text.is_empty();
        if splits && !extract.text.ends_with('\n') && !text[range.end..].starts_with('\n') {
            extract.push_break();
        }
        end = range.end;
        dropped.push(Dropped {
            range,
            reason: known.reason,
        });
    }
    push_visible(text, end..text.len(), &mut extract, &mut dropped);
    (extract, dropped)
}

fn push_visible(
    text: &str,
    range: Range<usize>,
    extract: &mut Extract,
    dropped: &mut Vec<Dropped>,
) {
    let mut start = range.start;
    for (at, character) in text[range.clone()].char_indices() {
        if is_invisible(character) {
            let at = range.start + at;
            let end = at + character.len_utf8();
            extract.push(text, start..at);
            dropped.push(Dropped {
                range: at..end,
                reason: DropReason::Invisible,
            });
            start = end;
        }
    }
    extract.push(text, start..range.end);
}

/// Characters without any mark on paper: controls, zero width, bidirectional controls, tags, soft hyphens.
fn is_invisible(character: char) -> bool {
    match character {
        '\n' | '\t' | '\r' | ' '..='~' => false,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' => true,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{e0000}'..='\u{e007f}' => true,
        other => other.is_control() && !other.is_whitespace(),
    }
}
