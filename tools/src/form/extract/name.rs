//! Names in answers and behind labels. A name has no checksum: what tells it from a sentence are the words around it.

use std::ops::Range;

use super::answer::trim_particles;
use super::{Hit, How, Message};
use crate::form::validate::is_name_character;

/// What may stand before a name in an answer; the longer first.
const BEFORE_NAME: [&str; 27] = [
    "名字叫",
    "名字是",
    "姓名是",
    "名字",
    "姓名",
    "应该是",
    "就叫",
    "叫做",
    "改成",
    "好的",
    "我叫",
    "他叫",
    "她叫",
    "就是",
    "填写",
    "我是",
    "他是",
    "她是",
    "不对",
    "嗯",
    "哦",
    "叫",
    "是",
    "填",
    "写",
    ":",
    " ",
];
/// What ends a name that other words follow.
const AFTER_NAME: [&str; 20] = [
    "性别",
    "今年",
    "身份证",
    "电话",
    "手机",
    "住在",
    "住址",
    "地址",
    "出生",
    "生于",
    "年龄",
    "这个名字",
    "的",
    "是",
    "先生",
    "女士",
    "同志",
    "还有",
    "以及",
    "联系",
];
/// Words that are said in place of a name.
const NO_NAME: [&str; 26] = [
    "没有", "还没", "没想", "想好", "待定", "未定", "再说", "保密", "忘", "什么", "怎么", "上面",
    "如上", "同上", "一样", "随便", "不知", "不清", "不告", "不想", "不是", "不对", "我先", "知道",
    "明白", "本人",
];
/// Characters of sentences: with one of them a few characters are no name by themselves.
const SENTENCE: &str = "我你您他她它的了是吗呢吧叫这想问请谢啊们";

/// A name in a clause. What has the length of a name but is a sentence is none; what is no name is refused only where it
/// is all that was said.
pub(super) fn names(said: &Message<'_>, free: &[Range<usize>]) -> Vec<Hit> {
    let Some(asked) = said.asked else {
        return Vec::new();
    };
    let hits: Vec<Hit> = free
        .iter()
        .filter_map(|range| name(said, range.clone()))
        .map(|range| said.hit(asked, range, How::Asked))
        .collect();
    let valid: Vec<Hit> = hits
        .iter()
        .filter(|hit| hit.value.is_ok())
        .cloned()
        .collect();
    match (valid.is_empty(), free) {
        (false, _) => valid,
        (true, [_]) => hits,
        (true, _) => Vec::new(),
    }
}

fn name(said: &Message<'_>, range: Range<usize>) -> Option<Range<usize>> {
    let whole = trim_particles(said, range.clone());
    let sentence = |range: &Range<usize>| {
        let text = said.text.slice(range.clone());
        SENTENCE.chars().any(|next| text.contains(next))
            || NO_NAME.iter().any(|word| text.contains(word))
    };
    let longest = if said.text.slice(whole.clone()).contains('·') {
        20
    } else {
        6
    };
    if !sentence(&whole) && whole.len() <= longest {
        return Some(whole);
    }
    let mut start = range.start;
    while let Some(head) = BEFORE_NAME
        .iter()
        .find(|word| start < range.end && said.text.at(start, word))
    {
        start += head.chars().count();
    }
    let rest = cut(said, start.min(range.end)..range.end);
    // Without a label in front, a sentence stays a sentence; it is handed on to be refused.
    if start > range.start && !sentence(&rest) && !rest.is_empty() {
        return Some(rest);
    }
    let orders = said.text.slice(whole.clone());
    (!sentence(&whole) && !orders.is_empty()).then_some(whole)
}

/// The name behind a label.
pub(super) fn labelled_name(said: &Message<'_>, region: Range<usize>) -> Option<Range<usize>> {
    let range = cut(said, region);
    let text = said.text.slice(range.clone());
    let none = range.is_empty() || NO_NAME.iter().any(|word| text.contains(word));
    (!none).then_some(range)
}

/// The characters of names at the beginning, to where other words begin.
fn cut(said: &Message<'_>, range: Range<usize>) -> Range<usize> {
    let names = (range.start..range.end).take_while(|at| {
        let next = said.text.chars[*at];
        is_name_character(next) || (next == ' ' && inner_blank(said, *at, range.end))
    });
    let mut end = names.last().map_or(range.start, |last| last + 1);
    for word in AFTER_NAME {
        if let Some(found) = said.text.find(word, range.start..end)
            && found.start >= range.start + 2
        {
            end = found.start;
        }
    }
    trim_particles(said, range.start..end)
}

/// 张 三: a blank between two single characters.
fn inner_blank(said: &Message<'_>, at: usize, end: usize) -> bool {
    let name = |at: usize| at < end && is_name_character(said.text.chars[at]);
    let alone = at >= 1 && name(at - 1) && (at < 2 || !name(at - 2));
    alone && name(at + 1) && !name(at + 3)
}
