//! Whether the line ends of a file are only layout, and which of them are.
//!
//! A file is hard-wrapped when many of its lines are nearly equally wide and stop inside of a sentence. Its lines are
//! joined; headings, items and lines that are clearly shorter stay lines. Press texts are also torn at the ends of columns
//! and pages, across a blank line: there a long line that stops inside of a sentence is joined with the next.

use super::lines::Raw;
use super::mark::{Marker, Numbering, division, ends_sentence, head, is_shorter, marker};
use crate::source::Format;

/// How the lines of a file are laid out.
#[derive(Debug)]
pub(super) struct Layout {
    /// Width of a full line in columns (a Chinese character has two), when the file is hard-wrapped.
    width: Option<usize>,
    /// Blank lines stand between its paragraphs.
    spaced: bool,
    /// The first lines of its paragraphs are indented.
    indented: bool,
    /// Long lines may be torn at column ends.
    torn: bool,
    /// The last number seen of each numbering.
    numbers: [u32; 4],
    /// The last article seen.
    article: u32,
}

/// Lines below this width are never taken for wrapped ones: 14 Chinese characters.
const NARROW: usize = 28;

impl Layout {
    pub(super) fn of(raws: &[Raw], text: &str, format: Format) -> Self {
        let prose: Vec<&Raw> = raws
            .iter()
            .filter(|raw| is_prose(raw, raw.body(text)))
            .collect();
        let indented = prose.iter().filter(|raw| raw.indent >= 2).count();
        let spaced = prose.iter().filter(|raw| raw.gap).count();
        Self {
            width: match format {
                Format::Xlsx => None,
                Format::Markdown | Format::Text | Format::Html | Format::Docx | Format::Pdf => {
                    common_width(raws, prose.len(), text)
                }
            },
            spaced: spaced * 6 >= prose.len(),
            indented: indented >= 3
                && indented * 10 >= prose.len()
                && indented * 10 <= prose.len() * 8,
            torn: format != Format::Xlsx,
            numbers: [0; 4],
            article: 0,
        }
    }

    /// Whether a line continues the one before it.
    pub(super) fn joins(&self, before: &Raw, next: &Raw, text: &str) -> bool {
        if before.is_marked() || next.is_marked() {
            return false;
        }
        let (line, following) = (before.body(text), next.body(text));
        let ended = ends_sentence(line);
        if self.opens(following, line, ended) {
            return false;
        }
        let Some(width) = self.width else {
            return self.torn && is_torn(before, line, following, ended);
        };
        if self.indented && next.indent >= 2 && before.indent < next.indent {
            return false;
        }
        if ended {
            // Behind ； an item would follow, which has been seen to open; behind ： anything may.
            let open = line.ends_with(['；', ';']);
            let close = line.ends_with(['：', ':']);
            let goes_on = open || (!close && ((self.indented && next.indent < 2) || self.spaced));
            return goes_on && !next.gap && before.full_width() * 10 >= width * 9;
        }
        before.full_width() * 10 >= width * 7
    }

    /// Takes note of a line that begins a paragraph.
    pub(super) fn begin(&mut self, line: &str) {
        if let Some(Marker { numbering, number }) = marker(line) {
            self.numbers[numbering as usize] = number;
            for inner in &mut self.numbers[numbering as usize + 1..] {
                *inner = 0;
            }
        } else if let Some(head) = head(line, 0)
            && (head.strong || head.number == self.article + 1)
        {
            self.article = head.number;
            self.numbers = [0; 4];
        }
    }

    /// Whether a line begins something of its own, whatever stands before it.
    fn opens(&self, line: &str, before: &str, ended: bool) -> bool {
        if is_bullet(line) || question(line).is_some() || division(line, false).is_some() {
            return true;
        }
        if let Some(Marker { numbering, number }) = marker(line) {
            let last = self.numbers[numbering as usize];
            return ended || number == 1 && numbering != Numbering::Figure || number == last + 1;
        }
        let Some(head) = head(line, 0) else {
            return false;
        };
        if head.strong {
            return ended || !cites(before);
        }
        head.number == self.article + 1 && ended
    }
}

/// Whether a text ends with words after which a reference follows.
fn cites(text: &str) -> bool {
    const WORDS: [&str; 22] = [
        "依照", "按照", "根据", "违反", "适用", "本法", "条例", "办法", "规定", "细则", "》", "和",
        "或者", "、", "及", "至", "有", "依据", "與", "同", "除", "在",
    ];
    WORDS.iter().any(|word| text.ends_with(word))
}

fn is_prose(raw: &Raw, line: &str) -> bool {
    !raw.is_marked() && !is_bullet(line) && marker(line).is_none()
}

/// A line torn at the end of a column: long, with punctuation inside and none at its end.
fn is_torn(before: &Raw, line: &str, following: &str, ended: bool) -> bool {
    const LONG: usize = 70;
    const INSIDE: [char; 4] = ['，', '。', ',', '；'];
    let stops = |character: char| {
        character.is_alphanumeric() || matches!(character, '，' | ',' | '、' | '“')
    };
    before.width >= LONG
        && !ended
        && line.ends_with(stops)
        && line.contains(INSIDE)
        && following.contains(['，', '。', ',', '；', '？', '！'])
}

/// The width that many lines share which stop inside of a sentence that a later line ends.
fn common_width(raws: &[Raw], prose: usize, text: &str) -> Option<usize> {
    let mut widths: Vec<usize> = Vec::new();
    // Whether the lines below finish a sentence that is open.
    let mut finishes = false;
    for raw in raws.iter().rev() {
        let line = raw.body(text);
        let ended = ends_sentence(line);
        if !ended && finishes && !raw.is_marked() && (NARROW..=240).contains(&raw.full_width()) {
            widths.push(raw.full_width());
        }
        finishes = (ended || finishes) && is_prose(raw, line);
    }
    widths.sort_unstable();
    let mut start = 0;
    let (mut count, mut width) = (0, 0);
    for (index, widest) in widths.iter().enumerate() {
        while widths[start] * 100 < widest * 86 {
            start += 1;
        }
        if index - start + 1 >= count {
            (count, width) = (index - start + 1, *widest);
        }
    }
    (count >= 3 && count * 7 >= prose).then_some(width)
}

/// Whether a line is an item of an unnumbered list.
pub(super) fn is_bullet(line: &str) -> bool {
    const SIGNS: &str = "-*+•·●○◆■□▪★▲➢➤✓";
    let mut characters = line.chars();
    let first = characters.next();
    first.is_some_and(|sign| SIGNS.contains(sign))
        && characters
            .next()
            .is_some_and(|next| next.is_whitespace() || !first.is_some_and(|sign| sign.is_ascii()))
}

/// Whether a line asks (`true`) or answers (`false`) in a list of questions.
pub(super) fn question(line: &str) -> Option<bool> {
    let (asks, rest) = if let Some(rest) = line
        .strip_prefix("问题")
        .or_else(|| line.strip_prefix(['问', '問', 'Q', 'Ｑ']))
    {
        (true, rest)
    } else {
        (
            false,
            line.strip_prefix("答复")
                .or_else(|| line.strip_prefix(['答', 'A', 'Ａ']))?,
        )
    };
    let rest = crate::numeral::number_at(rest).map_or(rest, |(_, rest)| rest);
    rest.starts_with(['：', ':', '.', '．', '、'])
        .then_some(asks)
}

/// Whether a line is short and unfinished, as headings, names and labels are.
pub(super) fn is_lead(line: &str) -> bool {
    line.ends_with(['：', ':']) || (is_shorter(line, 40) && !ends_sentence(line))
}
