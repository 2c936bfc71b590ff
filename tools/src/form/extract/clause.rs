//! A message in clauses, and which of them ask something.

use std::ops::Range;

use crate::form::fold::Folded;

/// A piece between marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clause {
    /// Folded characters, without blanks at the ends.
    pub(super) range: Range<usize>,
    /// The mark behind it; a line end at the end of the message.
    pub(super) mark: char,
    /// Whether it asks something.
    pub(super) question: bool,
    /// Whether the next clause takes it back: 说错了.
    pub(super) taken_back: bool,
}

/// Words that ask.
const ASKING: [&str; 40] = [
    "吗",
    "多少",
    "怎么",
    "怎样",
    "如何",
    "要不要",
    "为什么",
    "为啥",
    "什么",
    "哪里",
    "哪儿",
    "哪个",
    "哪些",
    "哪几",
    "谁",
    "是否",
    "能不能",
    "可不可以",
    "是不是",
    "有没有",
    "会不会",
    "用不用",
    "行不行",
    "对不对",
    "好不好",
    "需不需要",
    "多久",
    "多长时间",
    "咋",
    "啥",
    "几天",
    "几点",
    "几个工作日",
    "要几",
    "想问",
    "请问",
    "问一下",
    "问下",
    "咨询一下",
    "到哪",
];

/// Questions that only ask for a nod to what was just said.
const TAGS: [&str; 12] = [
    "对吗",
    "对吧",
    "是吗",
    "是吧",
    "好吗",
    "行吗",
    "可以吗",
    "对不对",
    "好不好",
    "行不行",
    "可以吧",
    "这样",
];

/// Greetings and the like, in which nothing is said.
const POLITE: [&str; 16] = [
    "你好",
    "您好",
    "谢谢",
    "谢谢你",
    "谢谢您",
    "麻烦了",
    "等等",
    "等一下",
    "稍等",
    "等会儿",
    "对了",
    "那个",
    "嗯",
    "哦",
    "好的",
    "好",
];

/// Clauses that take back the one before.
const TAKEN_BACK: [&str; 16] = [
    "不对",
    "错了",
    "说错了",
    "写错了",
    "打错了",
    "填错了",
    "搞错了",
    "弄错了",
    "我说错了",
    "我写错了",
    "我填错了",
    "哦不对",
    "不对不对",
    "更正",
    "更正一下",
    "不是这个",
];

/// The clauses that are not empty, in order.
pub(super) fn split(text: &Folded) -> Vec<Clause> {
    let (mut clauses, mut from) = (Vec::new(), 0);
    for at in 0..=text.len() {
        let mark = text.chars.get(at).copied().unwrap_or('\n');
        if !breaks(text, at, mark) {
            continue;
        }
        let range = text.trimmed(from..at);
        if !range.is_empty() {
            let question = asks(text.slice(range.clone()), mark);
            clauses.push(Clause {
                range,
                mark,
                question,
                taken_back: false,
            });
        }
        from = at + 1;
    }
    for at in 1..clauses.len() {
        let text = text.slice(clauses[at].range.clone());
        clauses[at - 1].taken_back = TAKEN_BACK.contains(&text);
    }
    clauses
}

impl Clause {
    /// Whether values may stand in it.
    pub(super) fn tells(&self) -> bool {
        !self.question && !self.taken_back
    }
}

/// Whether a clause ends here. A comma between thousands does not end one.
fn breaks(text: &Folded, at: usize, mark: char) -> bool {
    let figures = |range: Range<usize>| {
        let chars = text.chars.get(range);
        chars.is_some_and(|chars| chars.iter().all(char::is_ascii_digit))
    };
    match mark {
        ',' => {
            let grouped = at > 0
                && figures(at - 1..at)
                && figures(at + 1..at + 4)
                && !figures(at + 1..at + 5);
            !grouped
        }
        '\n' | '。' | ';' | '!' | '?' | '、' | '…' => true,
        _ => false,
    }
}

fn asks(clause: &str, mark: char) -> bool {
    if TAGS.contains(&clause) {
        return false;
    }
    mark == '?' || clause.ends_with('呢') || ASKING.iter().any(|word| clause.contains(word))
}

/// Whether nothing is said in a clause.
pub(super) fn polite(clause: &str) -> bool {
    let clause = clause.trim_matches(|next: char| !next.is_alphanumeric());
    clause.is_empty() || POLITE.contains(&clause) || TAGS.contains(&clause)
}

/// Whether a free text is a question of the person's rather than the answer: it turns away from the form, or asks at its
/// end.
pub(super) fn turns_away(message: &str) -> bool {
    let message = message.trim();
    let begins = ["等等", "等一下", "请问", "问一下", "想问", "我想问", "对了"];
    let ends = ['?', '吗', '呢'];
    begins.iter().any(|word| message.starts_with(word)) || message.ends_with(ends)
}
