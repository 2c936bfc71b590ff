//! The walk through the lines of a document: headings open and close divisions, other lines fill the passage that is open.

use std::collections::HashMap;
use std::ops::Range;

use super::clause::Article;
use super::heading::numbered_rank;
use super::lines::Flow;
use super::mark::{Head, Marker, collapse, is_shorter, marker, rank};
use super::wrap::{is_bullet, question};
use super::{ChunkKind, Draft, section, table};
use crate::source::{DropReason, Format};

/// The passages of a document and the lines that are in none.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// In the order of the source.
    pub(super) drafts: Vec<Draft>,
    /// Ranges of the flow's text, in no order.
    pub(super) dropped: Vec<(Range<usize>, DropReason)>,
}

impl Outline {
    /// Walks through a document.
    pub(super) fn of(
        format: Format,
        flow: &Flow,
        fates: &[Option<DropReason>],
        articles: HashMap<usize, Head>,
    ) -> Self {
        let mut outline = Self::default();
        let mut kept = Vec::with_capacity(flow.lines.len());
        for (index, fate) in fates.iter().enumerate() {
            match fate {
                Some(reason) => outline
                    .dropped
                    .push((flow.lines[index].range.clone(), *reason)),
                None => kept.push(index),
            }
        }
        let mut walk = Walk {
            flow,
            kept,
            articles,
            workbook: format == Format::Xlsx,
            stack: Vec::new(),
            section: Vec::new(),
            article: None,
            opening: true,
            outline,
        };
        let mut at = 0;
        while at < walk.kept.len() {
            at = walk.step(at);
        }
        walk.close();
        while !walk.stack.is_empty() {
            walk.pop();
        }
        let mut outline = walk.outline;
        outline
            .drafts
            .sort_by_key(|draft| draft.pieces.first().map_or(0, |piece| piece.start));
        outline
    }
}

/// A heading above the current line.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) rank: u8,
    /// Its number of `#`, or 0.
    pub(super) hashes: u8,
    pub(super) name: String,
    pub(super) range: Range<usize>,
    /// Whether a passage has it in its path.
    pub(super) used: bool,
}

pub(super) struct Walk<'a> {
    pub(super) flow: &'a Flow,
    /// The lines that are content.
    pub(super) kept: Vec<usize>,
    pub(super) articles: HashMap<usize, Head>,
    /// Each line is a row.
    pub(super) workbook: bool,
    pub(super) stack: Vec<Entry>,
    /// Paragraphs of the open section.
    pub(super) section: Vec<Range<usize>>,
    pub(super) article: Option<Article>,
    /// Nothing but headings and notes so far, here or in the document inside of this one.
    pub(super) opening: bool,
    outline: Outline,
}

impl Walk<'_> {
    /// Reads the line at a position of `kept` and returns the next position.
    fn step(&mut self, at: usize) -> usize {
        let index = self.kept[at];
        let (line, text) = (&self.flow.lines[index], self.flow.line(index));
        if line.row {
            return self.table(at);
        }
        if let Some(head) = self.articles.remove(&index) {
            self.open_article(at, &head);
            return at + 1;
        }
        if let Some(entry) = self.heading(at) {
            self.push_heading(entry);
            return at + 1;
        }
        if let Some(end) = self.note_end(at) {
            self.note(at, end);
            return end;
        }
        let range = line.range.clone();
        self.opening = false;
        if let Some(article) = &mut self.article {
            article.push(self.flow.text(), range);
        } else if self.workbook {
            self.emit(ChunkKind::Table, vec![range]);
        } else {
            self.leave_numbered(text);
            self.section.push(range);
        }
        at + 1
    }

    /// 三、 with its text on the same line ends the division 二、, of which it is no part.
    fn leave_numbered(&mut self, text: &str) {
        let Some(Marker { numbering, number }) = marker(text) else {
            return;
        };
        let rank = numbered_rank(numbering);
        let before = |entry: &Entry| {
            entry.rank == rank
                && marker(&entry.name)
                    .is_some_and(|before| before.number.saturating_add(1) == number)
        };
        let Some(sibling) = self.stack.iter().position(before) else {
            return;
        };
        self.close();
        while self.stack.len() > sibling {
            self.pop();
        }
        let title = text.split(['。', '：', ':']).next().unwrap_or(text);
        if is_shorter(title, 25) {
            let name = collapse(title);
            self.stack.push(Entry {
                rank,
                hashes: 0,
                name,
                range: 0..0,
                used: true,
            });
        }
    }

    pub(super) fn text(&self, at: usize) -> Option<&str> {
        self.kept.get(at).map(|index| self.flow.line(*index))
    }

    fn path(&self) -> Vec<String> {
        self.stack.iter().map(|entry| entry.name.clone()).collect()
    }

    /// The path for a passage; the headings in it then need no passage of their own.
    fn use_path(&mut self) -> Vec<String> {
        for entry in &mut self.stack {
            entry.used = true;
        }
        self.path()
    }

    fn emit(&mut self, kind: ChunkKind, pieces: Vec<Range<usize>>) {
        let path = self.use_path();
        self.outline.drafts.push(Draft {
            kind,
            path,
            pieces,
            parts: Vec::new(),
            label: 0,
        });
    }

    /// Ends the open passage.
    fn close(&mut self) {
        let paragraphs = std::mem::take(&mut self.section);
        if !paragraphs.is_empty() {
            for pieces in section::pack(self.flow.text(), &paragraphs) {
                self.emit(ChunkKind::Section, pieces);
            }
        }
        if let Some(article) = self.article.take() {
            self.outline.drafts.extend(article.drafts(self.flow.text()));
        }
    }

    /// Removes the innermost heading. One without a passage below it is a passage itself, so that it can be found.
    fn pop(&mut self) {
        let Some(entry) = self.stack.pop() else {
            return;
        };
        if entry.used {
            self.outline
                .dropped
                .push((entry.range, DropReason::Heading));
        } else {
            self.emit(ChunkKind::Section, vec![entry.range]);
        }
    }

    fn push_heading(&mut self, entry: Entry) {
        self.close();
        let structural = |rank: u8| (rank::ANNEX..=rank::SECTION).contains(&rank);
        while let Some(last) = self.stack.last() {
            let marked = last.hashes > 0
                && entry.hashes > 0
                && !(structural(last.rank) && structural(entry.rank));
            let outer = if marked {
                last.hashes < entry.hashes
            } else {
                last.rank < entry.rank
            };
            if outer {
                break;
            }
            self.pop();
        }
        self.opening |= entry.rank <= rank::SECTION;
        self.stack.push(entry);
    }

    fn note(&mut self, at: usize, end: usize) {
        self.close();
        let pieces: Vec<Range<usize>> = self.kept[at..end]
            .iter()
            .map(|index| self.flow.lines[*index].range.clone())
            .collect();
        if let Some(last) = self.outline.drafts.last_mut()
            && last.kind == ChunkKind::Note
            && last.pieces.last().map(|piece| piece.end) == pieces.first().map(|piece| piece.start)
        {
            last.pieces.extend(pieces);
            return;
        }
        let path = vec!["题注".to_owned()];
        self.outline.drafts.push(Draft {
            kind: ChunkKind::Note,
            path,
            pieces,
            parts: Vec::new(),
            label: 0,
        });
    }

    fn open_article(&mut self, at: usize, head: &Head) {
        self.close();
        self.opening = false;
        let index = self.kept[at];
        let (line, text) = (&self.flow.lines[index], self.flow.line(index));
        let path = self.use_path();
        let name = head.name(text);
        let article = match self.plain_title(at, head) {
            Some(title) => Article::titled(path, format!("{name} {title}"), line.range.clone()),
            None => Article::new(path, name, head, line.range.clone()),
        };
        self.article = Some(article);
    }

    /// The rows of a table, with the line above that introduces them.
    fn table(&mut self, at: usize) -> usize {
        let goes_on = |at: &usize| {
            let line = &self.flow.lines[self.kept[*at]];
            line.row && !line.gap
        };
        let end = (at + 1..self.kept.len())
            .find(|at| !goes_on(at))
            .unwrap_or(self.kept.len());
        let mut rows: Vec<Range<usize>> = self.kept[at..end]
            .iter()
            .map(|index| self.flow.lines[*index].range.clone())
            .collect();
        let text = self.flow.text();
        let intro = self.section.pop_if(|last| {
            let line = &text[last.clone()];
            line.ends_with(['：', ':'])
                && is_shorter(line, 200)
                && question(line).is_none()
                && !is_bullet(line)
        });
        let introduced = intro.is_some();
        if let Some(intro) = intro {
            rows.insert(0, intro);
        }
        self.opening = false;
        // The rest of an article may follow below its table.
        let path = match &self.article {
            Some(article) => article.path(),
            None => {
                self.close();
                self.use_path()
            }
        };
        self.outline
            .drafts
            .extend(table::drafts(text, &path, &rows, introduced));
        end
    }
}
