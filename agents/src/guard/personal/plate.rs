//! 机动车号牌 (GA 36): a province, an authority, and five characters, six on 新能源 vehicles; 使馆 and 武警 beside.

use std::sync::LazyLock;

use regex::Regex;

use super::{Kind, Matched};

static PLATE: LazyLock<Regex> = LazyLock::new(|| {
    let province = "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]";
    // I and O are not given; small letters are how people type them.
    let letter = "[A-HJ-NP-Za-hj-np-z]";
    let any = "[A-HJ-NP-Za-hj-np-z0-9]";
    let pattern = format!(
        r"{province}{letter}[ ·.•・-]?(?:[A-Ka-k]{any}[0-9]{{4}}|[0-9]{{5}}[A-Ka-k]|{any}{{4}}[学警港澳挂试超领]|{any}{{5}})|使[0-9]{{3}}[·.•・][0-9]{{3}}|[0-9]{{3}}[·.•・][0-9]{{3}}[使领]|[Ww][Jj]{province}[·.]?{any}{{5}}"
    );
    Regex::new(&pattern).expect("the pattern is constant")
});

pub(super) fn find(chars: &[char], _: &[Matched]) -> Vec<Matched> {
    let text: String = chars.iter().collect();
    let place = |byte: usize| text[..byte].chars().count();
    PLATE
        .find_iter(&text)
        .map(|found| Matched {
            from: place(found.start()),
            to: place(found.end()),
            kind: Kind::Plate,
        })
        .filter(|found| {
            let figures = chars[found.from..found.to].iter();
            let ends = |next: &char| next.is_ascii_alphanumeric() || matches!(next, '_' | '-');
            figures.filter(|next| next.is_ascii_digit()).count() >= 1
                && !chars.get(found.to).is_some_and(ends)
                && (found.from == 0 || !chars[found.from - 1].is_ascii_alphanumeric())
        })
        .collect()
}
