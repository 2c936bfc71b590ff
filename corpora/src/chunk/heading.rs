//! Which lines head a division, a note or an article of their own, seen among their neighbours.

use super::mark::{
    Division, Head, Marker, Numbering, collapse, division, ends_sentence, heading_name, is_shorter,
    marker, rank,
};
use super::outline::{Entry, Walk};

impl Walk<'_> {
    /// The line as a heading, if it is one.
    pub(super) fn heading(&self, at: usize) -> Option<Entry> {
        let index = self.kept[at];
        let (line, text) = (&self.flow.lines[index], self.flow.line(index));
        let entry = |rank: u8, name: String| {
            Some(Entry {
                rank,
                hashes: line.hashes,
                name,
                range: line.range.clone(),
                used: false,
            })
        };
        let bold = line.bold > 0 && line.bold == text.len();
        if let Some(Division { rank, name }) = division(text, line.hashes > 0) {
            return entry(rank, name);
        }
        if line.hashes > 0 {
            return entry(line.hashes * 10, heading_name(text));
        }
        if line.quote || self.workbook {
            return None;
        }
        if self.is_embedded_title(at) {
            return entry(rank::TITLE, heading_name(text));
        }
        if self.article.is_some() {
            return None;
        }
        if let Some(numbering) = self.numbered_heading(at) {
            return entry(numbered_rank(numbering), heading_name(text));
        }
        let heads = bold
            && is_shorter(text, 40)
            && !ends_sentence(text.trim_end_matches(['：', ':', '？', '?']));
        if heads {
            entry(rank::BOLD, heading_name(text))
        } else {
            None
        }
    }

    /// 一、申请条件 on a line of its own, with text below it. Items that follow each other are a list.
    fn numbered_heading(&self, at: usize) -> Option<Numbering> {
        let text = self.text(at)?;
        let Marker { numbering, .. } = marker(text)?;
        if !is_shorter(text, 40) || text.ends_with(['。', '；', ';', '，', ',', '、', '.', '！'])
        {
            return None;
        }
        if text
            .trim_end_matches(['：', ':'])
            .contains(['：', '。', '；'])
        {
            return None;
        }
        let same = |at: Option<usize>| {
            let text = at.and_then(|at| self.text(at));
            text.and_then(marker)
                .is_some_and(|marker| marker.numbering == numbering)
        };
        let next = self.kept.get(at + 1)?;
        let outer = self.flow.lines[*next].hashes > 0
            || marker(self.flow.line(*next)).is_some_and(|marker| marker.numbering < numbering);
        let listed = same(Some(at + 1)) || (same(at.checked_sub(1)) && !self.follows_heading(at));
        (!listed && !outer).then_some(numbering)
    }

    /// Whether the line before is a heading that stays open.
    fn follows_heading(&self, at: usize) -> bool {
        let before = at
            .checked_sub(1)
            .map(|at| self.flow.lines[self.kept[at]].range.clone());
        self.stack
            .last()
            .is_some_and(|entry| Some(&entry.range) == before.as_ref())
    }

    /// The title of a regulation inside of a notice: a short line before its first chapter or article.
    fn is_embedded_title(&self, at: usize) -> bool {
        const KINDS: [&str; 22] = [
            "法", "条例", "规定", "办法", "细则", "规则", "决定", "方案", "规程", "章程", "制度",
            "准则", "解释", "预案", "规范", "指南", "意见", "條例", "規定", "辦法", "细则", "通则",
        ];
        const LONGEST: usize = 50;
        let Some(text) = self.text(at).filter(|text| is_shorter(text, LONGEST)) else {
            return false;
        };
        let bare = text.trim_end_matches(['》', '）', ')']);
        let bare = ["（试行", "(试行", "（暂行", "(暂行", "（草案", "（修订"]
            .iter()
            .find_map(|end| bare.strip_suffix(end))
            .unwrap_or(bare);
        if !KINDS.iter().any(|kind| bare.ends_with(kind))
            || text.contains(['。', '，', '；', '：', ':'])
        {
            return false;
        }
        let mut next = at + 1;
        for _ in 0..3 {
            match self.note_end(next) {
                Some(end) => next = end,
                None => break,
            }
        }
        let Some(index) = self.kept.get(next) else {
            return false;
        };
        let first = self
            .articles
            .get(index)
            .is_some_and(|head| head.number == 1);
        first
            || division(self.flow.line(*index), false)
                .is_some_and(|division| division.name.starts_with("第一"))
    }

    /// Where a note of adoption that begins here ends, if one does.
    pub(super) fn note_end(&self, at: usize) -> Option<usize> {
        const LONGEST: usize = 12;
        let index = *self.kept.get(at)?;
        let (line, text) = (&self.flow.lines[index], self.flow.line(index));
        let fresh = self.article.is_none() && self.section.is_empty() && self.opening;
        if line.quote {
            return (fresh && (self.stack.is_empty() || is_adoption(text))).then_some(at + 1);
        }
        if self.article.is_some() || !text.starts_with(['（', '(']) || !is_adoption(text) {
            return None;
        }
        let closes = |at: &usize| {
            self.text(*at)
                .is_some_and(|text| text.ends_with(['）', ')']))
        };
        let end = (at..self.kept.len().min(at + LONGEST)).find(closes)? + 1;
        let plain = |at: usize| {
            self.kept
                .get(at)
                .is_some_and(|index| !self.articles.contains_key(index))
        };
        (at..end).all(plain).then_some(end)
    }

    /// The rest of the line as the title of an article whose text begins on the next line.
    pub(super) fn plain_title(&self, at: usize, head: &Head) -> Option<String> {
        let index = self.kept[at];
        let text = self.flow.line(index);
        let rest = text[head.body..].trim();
        let limit = if self.flow.lines[index].hashes > 0 {
            30
        } else {
            20
        };
        let short = head.title.is_none()
            && !rest.is_empty()
            && is_shorter(rest, limit)
            && !ends_sentence(rest);
        let next = *self.kept.get(at + 1)?;
        let text_below = !self.articles.contains_key(&next)
            && !self.flow.lines[next].row
            && self.flow.lines[next].hashes == 0
            && division(self.flow.line(next), false).is_none()
            && marker(self.flow.line(next)).is_none();
        (short && text_below && !rest.contains(['，', '。', '；', ','])).then(|| collapse(rest))
    }
}

/// The rank of a heading that is numbered.
pub(super) fn numbered_rank(numbering: Numbering) -> u8 {
    rank::NUMBERED + 10 * numbering as u8
}

/// Whether a text says when and by whom a document was adopted.
fn is_adoption(text: &str) -> bool {
    const WORDS: [&str; 12] = [
        "通过", "公布", "发布", "修订", "修正", "施行", "批准", "印发", "通過", "發布", "修訂",
        "施行",
    ];
    is_shorter(text, 400) && text.contains('年') && WORDS.iter().any(|word| text.contains(word))
}
