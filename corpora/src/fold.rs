//! The form in which text is searched: width, script, case and numerals made one. Never shown to anybody.

use std::sync::LazyLock;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

use crate::numeral;

/// Version of [`fold`] and [`terms`]; an index built with another one is refused.
pub const VERSION: &str = "characters-1";

/// Folds text for search: NFKC, lower case, Simplified characters, Chinese numerals before a unit or after 第 as digits.
///
/// The same function runs over documents and questions, so that `三個月`, `３个月` and `3个月` meet.
pub fn fold(text: &str) -> String {
    let narrow: String = match is_nfkc_quick(text.chars()) {
        IsNormalized::Yes => text.to_lowercase(),
        IsNormalized::No | IsNormalized::Maybe => {
            text.nfkc().flat_map(char::to_lowercase).collect()
        }
    };
    // Most texts are Simplified already, and looking for that is ten times faster than converting.
    if narrow
        .chars()
        .any(|character| TRADITIONAL.contains(character))
    {
        digits(&hanconv::t2s(&narrow))
    } else {
        digits(&narrow)
    }
}

/// Characters that the conversion to Simplified changes, as a bit for each character of the basic plane's ideographs.
struct Traditional(Vec<u64>);

static TRADITIONAL: LazyLock<Traditional> = LazyLock::new(|| {
    let mut bits = vec![0; (Traditional::LAST - Traditional::FIRST) as usize / 64 + 1];
    for code in Traditional::FIRST..=Traditional::LAST {
        let changed = char::from_u32(code)
            .map(String::from)
            .is_some_and(|text| hanconv::t2s(&text) != text);
        if changed {
            let at = (code - Traditional::FIRST) as usize;
            bits[at / 64] |= 1 << (at % 64);
        }
    }
    Traditional(bits)
});

impl Traditional {
    const FIRST: u32 = 0x3400;
    const LAST: u32 = 0x9fff;

    fn contains(&self, character: char) -> bool {
        match u32::from(character) {
            code if code < Self::FIRST => false,
            code if code <= Self::LAST => {
                let at = (code - Self::FIRST) as usize;
                self.0[at / 64] >> (at % 64) & 1 == 1
            }
            // Compatibility and rare ideographs: let the conversion decide.
            code => code >= 0x2_0000 || (0xf900..0xfb00).contains(&code),
        }
    }
}

/// Character unigrams and bigrams of folded text; runs of ASCII letters or digits count as one character.
///
/// Bigrams do not reach over punctuation or blanks.
pub fn terms(folded: &str) -> Vec<String> {
    let mut terms = Vec::with_capacity(folded.len() / 2);
    let mut previous: Option<&str> = None;
    let mut rest = folded;
    while let Some(first) = rest.chars().next() {
        let end = if first.is_ascii_alphanumeric() {
            rest.find(|next: char| !next.is_ascii_alphanumeric())
                .unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (unit, tail) = rest.split_at(end);
        rest = tail;
        if !first.is_alphanumeric() {
            previous = None;
            continue;
        }
        terms.push(unit.to_owned());
        if let Some(previous) = previous {
            terms.push(format!("{previous}{unit}"));
        }
        previous = Some(unit);
    }
    terms
}

/// Units after which a Chinese numeral is written in digits. Without a unit or 第 before it a numeral character is
/// usually part of a word (一般, 统一, 三轮车).
const UNITS: &[&str] = &[
    "个月",
    "年",
    "月",
    "日",
    "天",
    "元",
    "周岁",
    "岁",
    "条",
    "款",
    "项",
    "章",
    "倍",
    "人",
    "次",
    "小时",
    "分钟",
    "平方米",
    "米",
    "公里",
    "万元",
    "亿元",
    "工作日",
    "个工作日",
    "周",
    "户",
    "级",
    "份",
    "名",
    "分",
    "吨",
    "度",
    "个",
    "%",
];

fn is_numeral(character: char) -> bool {
    "〇零一二三四五六七八九十百千万亿两廿卅".contains(character)
}

fn digits(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(percent) = rest.strip_prefix("百分之") {
            let end = numeral_end(percent);
            if let Some(value) = numeral::parse_chinese(&percent[..end]) {
                out.push_str(&value.to_string());
                out.push('%');
                rest = &percent[end..];
                continue;
            }
        }
        if !is_numeral(first) {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let end = numeral_end(rest);
        let (run, tail) = rest.split_at(end);
        let ordinal = out.ends_with('第');
        let measured = UNITS.iter().any(|unit| tail.starts_with(unit));
        match numeral::parse_chinese(run) {
            Some(value) if ordinal || measured => out.push_str(&value.to_string()),
            _ => out.push_str(run),
        }
        rest = tail;
    }
    out
}

fn numeral_end(text: &str) -> usize {
    text.find(|character| !is_numeral(character))
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_widths_and_numerals_meet() {
        for (left, right) in [
            ("三個月內", "3个月内"),
            ("第三十九条", "第39条"),
            ("第３９條", "第39条"),
            ("百分之五", "5%"),
            ("ＡＢＣ１２３４５", "abc12345"),
            ("雲上民主村", "云上民主村"),
            ("两千元", "2000元"),
        ] {
            assert_eq!(fold(left), fold(right), "{left} and {right}");
        }
        assert_eq!(fold("一般统一"), "一般统一");
    }

    #[test]
    fn terms_are_unigrams_and_bigrams_within_punctuation() {
        assert_eq!(
            terms("退休，12345热线"),
            ["退", "休", "退休", "12345", "热", "12345热", "线", "热线"]
        );
    }
}
