//! What the beginning of a line says: 第三章, 第十二条, （一）, 1., 附件. One line at a time.
//!
//! Whether 第十二条 heads an article or only refers to one takes the whole document: see [`super::sequence`].

use std::ops::Range;

use crate::numeral::{clause_name, label_at, number_at, to_chinese};

/// The rank of a division; an inner division has a higher one.
pub(super) mod rank {
    /// 附件.
    pub(in super::super) const ANNEX: u8 = 9;
    /// The title of a regulation inside of a notice.
    pub(in super::super) const TITLE: u8 = 10;
    /// 编, 篇 and 部分.
    pub(in super::super) const BOOK: u8 = 11;
    /// 分编.
    pub(in super::super) const SUBBOOK: u8 = 12;
    /// 章, and 总则 or 附则 without a number.
    pub(in super::super) const CHAPTER: u8 = 13;
    /// 节.
    pub(in super::super) const SECTION: u8 = 14;
    /// A line that is bold from end to end.
    pub(in super::super) const BOLD: u8 = 66;
    /// 一、 and, in steps of ten, the numberings below it.
    pub(in super::super) const NUMBERED: u8 = 70;
}

/// How a line is numbered, from the outermost numbering inwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Numbering {
    /// `一、`
    Plain,
    /// `（一）` and `㈠`
    Bracket,
    /// `1.`
    Figure,
    /// `（1）`, `⑴`, `①` and `1）`
    FigureBracket,
}

/// The number with which a line begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marker {
    pub(super) numbering: Numbering,
    pub(super) number: u32,
}

/// A division above the article, for example 第三章.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Division {
    pub(super) rank: u8,
    /// `第三章 合同的效力`, whatever the spaces in the source.
    pub(super) name: String,
}

/// What may be the head of an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) number: u32,
    pub(super) branch: u32,
    /// The title in brackets, in bytes of the line.
    pub(super) title: Option<Range<usize>>,
    /// Where the text of the article begins.
    pub(super) body: usize,
    /// Set off by a space, brackets or markup, which references seldom are.
    pub(super) strong: bool,
}

impl Head {
    /// `第十三条`, with its title where there is one.
    pub(super) fn name(&self, line: &str) -> String {
        let name = clause_name(self.number, self.branch);
        match &self.title {
            Some(title) => format!("{name} {}", collapse(&line[title.clone()])),
            None => name,
        }
    }
}

/// The number with which a line begins, if it counts items.
pub(super) fn marker(line: &str) -> Option<Marker> {
    let first = line.chars().next()?;
    let marker = |numbering, number| Some(Marker { numbering, number });
    match first {
        '㈠'..='㈩' => return marker(Numbering::Bracket, first as u32 - '㈠' as u32 + 1),
        '⑴'..='⒇' => return marker(Numbering::FigureBracket, first as u32 - '⑴' as u32 + 1),
        '①'..='⑳' => return marker(Numbering::FigureBracket, first as u32 - '①' as u32 + 1),
        '⒈'..='⒛' => return marker(Numbering::Figure, first as u32 - '⒈' as u32 + 1),
        '（' | '(' => {
            let (number, rest) = number_at(&line[first.len_utf8()..])?;
            let rest = rest.strip_prefix(['）', ')'])?;
            // （一）项 continues a reference.
            if rest.starts_with(['项', '項', '目', '款', '、', '至', '和']) {
                return None;
            }
            let figure = line[first.len_utf8()..].trim_start().starts_with(is_figure);
            return marker(
                if figure {
                    Numbering::FigureBracket
                } else {
                    Numbering::Bracket
                },
                number,
            );
        }
        _ => {}
    }
    let (number, rest) = number_at(line)?;
    let mut rest = rest.chars();
    let sign = rest.next()?;
    let next = rest.next();
    match sign {
        '、' if is_figure(first) => marker(Numbering::Figure, number),
        // 一、二级响应 counts levels.
        '、' if next.is_some_and(|next| "一二三四五六七八九十".contains(next)) => None,
        '、' => marker(Numbering::Plain, number),
        '.' | '．' if is_figure(first) && !next.is_some_and(is_figure) => {
            marker(Numbering::Figure, number)
        }
        '）' | ')' if is_figure(first) => marker(Numbering::FigureBracket, number),
        _ => None,
    }
}

fn is_figure(character: char) -> bool {
    character.is_ascii_digit() || ('０'..='９').contains(&character)
}

/// Longest heading that is recognised without markup, in characters.
const HEADING: usize = 45;

/// A line that heads a division: 第三章 合同的效力, 附则, 附件2. `marked` says that markup makes it a heading anyway.
pub(super) fn division(line: &str, marked: bool) -> Option<Division> {
    if !is_shorter(line, HEADING) || (!marked && line.contains(['。', '；', '！', '？'])) {
        return None;
    }
    numbered_division(line, marked)
        .or_else(|| named_division(line))
        .or_else(|| annex(line))
}

fn numbered_division(line: &str, marked: bool) -> Option<Division> {
    const NAMES: [(&str, &str, u8); 9] = [
        ("部分", "部分", rank::BOOK),
        ("分编", "分编", rank::SUBBOOK),
        ("分編", "分编", rank::SUBBOOK),
        ("编", "编", rank::BOOK),
        ("編", "编", rank::BOOK),
        ("篇", "篇", rank::BOOK),
        ("章", "章", rank::CHAPTER),
        ("节", "节", rank::SECTION),
        ("節", "节", rank::SECTION),
    ];
    let (number, rest) = number_at(line.strip_prefix('第')?)?;
    let (_, unit, rank, rest) = NAMES.iter().find_map(|(written, unit, rank)| {
        Some((written, unit, rank, rest.strip_prefix(written)?))
    })?;
    let title = rest.trim_start_matches(['　', ' ', '\u{a0}', '\t', '：', ':', '、']);
    let refers = title.starts_with([
        '的', '规', '規', '中', '所', '和', '至', '、', '及', '或', '与', '與', '，', ',', '第',
    ]);
    if !marked
        && ((title.len() == rest.len() && refers) || line.ends_with(['，', '、', '：', ',', ':']))
    {
        return None;
    }
    let label = format!("第{}{unit}", to_chinese(number));
    let name = if title.is_empty() {
        label
    } else {
        format!("{label} {}", collapse(title))
    };
    Some(Division { rank: *rank, name })
}

fn named_division(line: &str) -> Option<Division> {
    const NAMES: [&str; 13] = [
        "总则", "总纲", "分则", "罚则", "附则", "序言", "前言", "引言", "總則", "總綱", "罰則",
        "附則", "結語",
    ];
    if line.len() > 24 {
        return None;
    }
    let name: String = line
        .chars()
        .filter(|character| !character.is_whitespace())
        .collect();
    NAMES.contains(&name.as_str()).then_some(Division {
        rank: rank::CHAPTER,
        name,
    })
}

fn annex(line: &str) -> Option<Division> {
    let rest = ["附件", "附录", "附錄", "附表", "附"]
        .iter()
        .find_map(|name| line.strip_prefix(name))?;
    let bare = line.len() - rest.len() == '附'.len_utf8();
    let next = rest.chars().next();
    let heads = match next {
        None => !bare,
        Some('：' | ':') => true,
        Some(' ' | '　' | '（' | '(') => !bare,
        Some(_) => {
            !bare
                && number_at(rest)
                    .is_some_and(|(_, after)| !after.starts_with(['项', '条', '张', '份', '级']))
        }
    };
    let name = heading_name(line);
    heads.then_some(Division {
        rank: rank::ANNEX,
        name,
    })
}

/// What may be the head of an article. `marked` counts the bytes at the beginning of the line that markup sets off.
pub(super) fn head(line: &str, marked: usize) -> Option<Head> {
    let label = label_at(line)?;
    let after = &line[label.length..];
    let rest = after.trim_start();
    let spaced = after.len() > rest.len();
    let set_off = marked >= label.length && marked > 0;
    if refers(rest, spaced || set_off) {
        return None;
    }
    let mut head = Head {
        number: label.number,
        branch: label.branch,
        title: None,
        body: line.len() - rest.len(),
        strong: spaced || set_off || rest.is_empty(),
    };
    if let Some(colon) = rest.strip_prefix(['：', ':']) {
        head.strong = true;
        head.body = line.len() - colon.trim_start().len();
    } else if let Some(title) = bracketed(rest) {
        let end = head.body + title.end;
        let closed = end + line[end..].chars().next().map_or(0, char::len_utf8);
        head.title = Some(head.body + title.start..end);
        head.body = line.len() - line[closed..].trim_start().len();
        head.strong = true;
    } else if rest.starts_with(['（', '(']) && !spaced && marker(rest).is_none() {
        return None;
    }
    Some(head)
}

/// Whether what follows a label shows that it is a reference: 第十条的规定, 第十条、第十二条, 第十条第二款.
fn refers(rest: &str, spaced: bool) -> bool {
    const AFTER_SPACE: [&str; 12] = [
        "的规定",
        "的規定",
        "规定的",
        "規定的",
        "所称的",
        "所列",
        "、",
        "，",
        "至第",
        "和第",
        "或者第",
        "及第",
    ];
    let part = rest
        .strip_prefix('第')
        .and_then(number_at)
        .is_some_and(|(_, after)| after.starts_with(['款', '项', '項', '目', '条', '條']));
    if part || AFTER_SPACE.iter().any(|word| rest.starts_with(word)) {
        return true;
    }
    let item = rest.starts_with(['（', '('])
        && rest
            .chars()
            .skip(1)
            .take(6)
            .skip_while(|next| *next != '）' && *next != ')')
            .nth(1)
            .is_some_and(|next| matches!(next, '项' | '項' | '目' | '、' | '至' | '和'));
    const DIRECT: &str = "的规規第和及或至、，,；;。.中之以所与與到修改增删内內外列〉》”’）)】";
    item || (!spaced
        && rest
            .chars()
            .next()
            .is_some_and(|next| DIRECT.contains(next)))
}

/// The inside of brackets at the beginning of a text, when it can be a title.
fn bracketed(rest: &str) -> Option<Range<usize>> {
    let open = rest.chars().next()?;
    let close = match open {
        '【' => '】',
        '〔' => '〕',
        '[' => ']',
        '（' => '）',
        '(' => ')',
        _ => return None,
    };
    let start = open.len_utf8();
    let end = rest
        .char_indices()
        .take(32)
        .find(|(_, character)| *character == close)?
        .0;
    let inside = rest[start..end].trim();
    let numeral = number_at(inside).is_some_and(|(_, after)| after.is_empty());
    let title = !inside.is_empty()
        && !numeral
        && !inside.contains(['。', '；', '：'])
        && !inside.starts_with("以下");
    title.then_some(start..end)
}

/// Whether a line ends a sentence, or a clause after which a new line is meant.
pub(super) fn ends_sentence(line: &str) -> bool {
    let line = line.trim_end_matches([
        '”', '’', '」', '』', '）', ')', '】', '》', '"', '*', ' ', '　',
    ]);
    let mut ends = line.chars().rev();
    match ends.next() {
        Some('.') => ends
            .next()
            .is_some_and(|before| before.is_ascii_alphabetic()),
        Some(last) => "。！？!?；;：:…".contains(last),
        None => false,
    }
}

/// Whether a line has fewer characters than a limit, without reading beyond it.
pub(super) fn is_shorter(line: &str, limit: usize) -> bool {
    line.chars().nth(limit).is_none()
}

/// A heading as it stands in a path.
pub(super) fn heading_name(line: &str) -> String {
    collapse(line.trim_end_matches(['：', ':', ' ', '　']))
}

/// The line with every run of blanks as one space.
pub(super) fn collapse(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}
