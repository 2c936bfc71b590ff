//! One article: its paragraphs (款), items (项) and subitems (目), and its text in one passage or, when very long, in several.

use std::ops::Range;

use super::mark::{Head, Marker, Numbering, marker};
use super::section::sentences;
use super::{ChunkKind, Draft, Part};
use crate::numeral::to_chinese;

/// Most characters of an article in one passage.
const WHOLE: usize = 4000;
/// Most characters of a passage of an article that is cut.
const PIECE: usize = 1500;

/// An article under construction.
#[derive(Debug)]
pub(super) struct Article {
    /// `第十三条 合同解除`.
    pub(super) name: String,
    path: Vec<String>,
    lines: Vec<ArticleLine>,
    /// The last item, to tell items that begin with 一、 from text.
    item: u32,
}

/// A line of an article. Ranges are bytes of the flow's text.
#[derive(Debug, Clone)]
struct ArticleLine {
    range: Range<usize>,
    /// Where its text begins, after the label of the article.
    start: usize,
    role: Role,
    /// The 款 it belongs to, counted from 1.
    paragraph: u32,
    /// The 项 it belongs to, or 0.
    item: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// The label and the title alone.
    Head,
    /// 款.
    Paragraph,
    /// 项.
    Item,
    /// 目, with its number.
    Subitem(u32),
}

impl Article {
    /// Begins an article with its first line. `path` holds the divisions above it.
    pub(super) fn new(path: Vec<String>, name: String, head: &Head, range: Range<usize>) -> Self {
        let start = range.start + head.body;
        let role = if start >= range.end {
            Role::Head
        } else {
            Role::Paragraph
        };
        let paragraph = u32::from(role == Role::Paragraph);
        let line = ArticleLine {
            range,
            start,
            role,
            paragraph,
            item: 0,
        };
        Self {
            name,
            path,
            lines: vec![line],
            item: 0,
        }
    }

    /// Begins an article whose first line is its label and its title.
    pub(super) fn titled(path: Vec<String>, name: String, range: Range<usize>) -> Self {
        let line = ArticleLine {
            start: range.end,
            range,
            role: Role::Head,
            paragraph: 0,
            item: 0,
        };
        Self {
            name,
            path,
            lines: vec![line],
            item: 0,
        }
    }

    /// The divisions above the article and the article.
    pub(super) fn path(&self) -> Vec<String> {
        let mut path = self.path.clone();
        path.push(self.name.clone());
        path
    }

    /// Adds a line below the first.
    pub(super) fn push(&mut self, text: &str, range: Range<usize>) {
        let role = self.role(&text[range.clone()]);
        let last = self.lines.last().map_or(0, |line| line.paragraph);
        let paragraph = match role {
            Role::Paragraph => last + 1,
            Role::Head | Role::Item | Role::Subitem(_) => last.max(1),
        };
        self.lines.push(ArticleLine {
            start: range.start,
            range,
            role,
            paragraph,
            item: self.item,
        });
    }

    fn role(&mut self, line: &str) -> Role {
        match marker(line) {
            Some(Marker {
                numbering: Numbering::Bracket,
                number,
            }) => {
                self.item = number;
                Role::Item
            }
            Some(Marker {
                numbering: Numbering::Plain,
                number,
            }) if number == 1 || number == self.item + 1 => {
                self.item = number;
                Role::Item
            }
            Some(Marker {
                numbering: Numbering::Figure | Numbering::FigureBracket,
                number,
            }) => Role::Subitem(number),
            Some(_) | None => {
                self.item = 0;
                Role::Paragraph
            }
        }
    }

    /// The passages of the article.
    pub(super) fn drafts(self, text: &str) -> Vec<Draft> {
        let path = self.path();
        let several = self
            .lines
            .iter()
            .filter(|line| line.role == Role::Paragraph)
            .count()
            > 1;
        let characters: usize = self
            .lines
            .iter()
            .map(|line| text[line.range.clone()].chars().count())
            .sum();
        let draft = |lines: &[ArticleLine], path: Vec<String>| Draft {
            kind: ChunkKind::Clause,
            path,
            pieces: lines.iter().map(|line| line.range.clone()).collect(),
            parts: parts(lines, several),
            label: lines
                .first()
                .map_or(0, |line| line.start.min(line.range.end) - line.range.start),
        };
        if characters <= WHOLE {
            return vec![draft(&self.lines, path)];
        }
        let cut = |lines: &[ArticleLine]| {
            let mut path = path.clone();
            if several {
                path.push(format!("第{}款", to_chinese(lines[0].paragraph.max(1))));
            }
            draft(lines, path)
        };
        groups(text, self.lines)
            .iter()
            .map(|lines| cut(lines))
            .collect()
    }
}

/// Cuts the lines of a long article into groups, between lines where possible.
fn groups(text: &str, lines: Vec<ArticleLine>) -> Vec<Vec<ArticleLine>> {
    let mut groups: Vec<Vec<ArticleLine>> = Vec::new();
    let mut length = 0;
    for line in lines {
        for (index, range) in sentences(text, line.range.clone(), PIECE)
            .into_iter()
            .enumerate()
        {
            let characters = text[range.clone()].chars().count();
            let start = if index == 0 { line.start } else { range.start };
            let piece = ArticleLine {
                range,
                start,
                ..line.clone()
            };
            match groups.last_mut() {
                Some(group) if length + characters <= PIECE => {
                    length += characters;
                    group.push(piece);
                }
                _ => {
                    length = characters;
                    groups.push(vec![piece]);
                }
            }
        }
    }
    groups
}

/// The parts that lie in some lines of an article, which follow each other in a text with one line end between them.
fn parts(lines: &[ArticleLine], several: bool) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    // Indexes of the part of the current 款 and 项, which grow with the lines below them.
    let mut open: [Option<usize>; 2] = [None, None];
    let mut place = (0, 0);
    let mut at = 0;
    for line in lines {
        let start = at + line.start.min(line.range.end) - line.range.start;
        let end = at + line.range.len();
        at = end + 1;
        if line.role == Role::Head {
            continue;
        }
        let open_part = |parts: &mut Vec<Part>, label: String| {
            parts.push(Part {
                label,
                range: start..end,
            });
            parts.len() - 1
        };
        if several && place.0 != line.paragraph {
            open = [Some(open_part(&mut parts, paragraph_label(line))), None];
        }
        if line.item > 0
            && (place != (line.paragraph, line.item)
                || (line.role == Role::Item && open[1].is_none()))
        {
            open[1] = Some(open_part(&mut parts, item_label(line, several)));
        } else if line.item == 0 {
            open[1] = None;
        }
        place = (line.paragraph, line.item);
        for index in open.into_iter().flatten() {
            parts[index].range.end = end;
        }
        if let Role::Subitem(number) = line.role {
            let label = format!(
                "{}第{number}{}",
                item_label(line, several),
                if line.item > 0 { "目" } else { "项" }
            );
            parts.push(Part {
                label,
                range: start..end,
            });
        }
    }
    parts
}

fn paragraph_label(line: &ArticleLine) -> String {
    format!("第{}款", to_chinese(line.paragraph))
}

/// `第二款第（三）项`, without the 款 where the article has only one.
fn item_label(line: &ArticleLine, several: bool) -> String {
    let mut label = if several {
        paragraph_label(line)
    } else {
        String::new()
    };
    if line.item > 0 {
        label.push_str(&format!("第（{}）项", to_chinese(line.item)));
    }
    label
}
