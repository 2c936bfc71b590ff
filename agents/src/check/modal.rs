//! Negations and modal words, told apart from words that merely contain their characters (许可, 供应, 避免).

use crate::value::fold::Folded;
use crate::value::values;

/// What a word does to the sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Force {
    Negation,
    Modal,
    /// Contains the characters of one, but is none.
    Neither,
}

/// A negation or modal word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Modal {
    pub(super) force: Force,
    /// The word that stands for all its spellings: 可以 for 可.
    pub(super) name: &'static str,
}

use Force::{Modal as Must, Negation as Not, Neither as Idle};

/// Spellings by name. Words of different strength have different names: 应当 is not 可以 and 不得 is not 不宜.
const WORDS: &[(Force, &str, &[&str])] = &[
    (Must, "可以", &["可以", "可", "得以"]),
    (Must, "应当", &["应当", "应该", "应"]),
    (Must, "必须", &["必须", "须", "务必", "务须"]),
    (Must, "不得", &["不得"]),
    (Must, "禁止", &["禁止", "严禁", "不准", "不许"]),
    (Must, "有权", &["有权"]),
    (Must, "无权", &["无权"]),
    (
        Must,
        "无需",
        &[
            "无需",
            "无须",
            "不需要",
            "不需",
            "不必",
            "不用",
            "毋需",
            "毋须",
        ],
    ),
    (Must, "需要", &["需要", "需"]),
    (
        Must,
        "免",
        &[
            "免于", "免予", "免除", "免费", "免收", "免交", "免缴", "免征", "免",
        ],
    ),
    (Must, "允许", &["允许", "准予", "准许"]),
    (Must, "不能", &["不可以", "不能够", "不能", "不可"]),
    (Must, "不应", &["不应当", "不应该", "不应"]),
    (Must, "不宜", &["不宜"]),
    (Not, "不", &["不"]),
    (Not, "不足", &["不足"]),
    (Not, "未", &["尚未", "从未", "并未", "未"]),
    (Not, "没有", &["没有", "没"]),
    (Not, "无", &["无"]),
    (Not, "非", &["非"]),
    (Not, "勿", &["请勿", "切勿", "勿"]),
    (Not, "除外", &["除外"]),
    (Not, "拒绝", &["拒绝", "拒不"]),
    // Away from a number, within which they belong to the value, these bound what is named instead: 超过规定面积.
    (Not, "超过", &["超过", "超出"]),
    (Not, "低于", &["低于"]),
    (Not, "高于", &["高于"]),
    (Not, "少于", &["少于"]),
    (Not, "多于", &["多于"]),
    (Not, "大于", &["大于"]),
    (Not, "小于", &["小于"]),
    (Not, "以上", &["以上"]),
    (Not, "以下", &["以下"]),
    (Not, "以内", &["以内"]),
    (Not, "以外", &["以外"]),
    (Not, "以前", &["以前", "之前"]),
    (Not, "以后", &["以后", "之后"]),
    (
        Idle,
        "",
        &[
            "不断",
            "不仅",
            "不论",
            "不管",
            "不但",
            "不动产",
            "不可抗力",
            "只不过",
            "无论",
            "是否",
            "能否",
            "可否",
            "否则",
        ],
    ),
    (
        Idle,
        "",
        &[
            "以上述",
            "以下简称",
            "以下称",
            "非常",
            "未来",
            "避免",
            "难免",
            "以免",
            "未免",
            "免疫",
            "没收",
            "无锡",
            "淹没",
            "除非",
        ],
    ),
    (
        Idle,
        "",
        &[
            "可能",
            "许可证",
            "许可",
            "认可",
            "可行",
            "可靠",
            "可持续",
            "可再生",
            "可是",
            "宁可",
            "可见",
            "可信",
            "可视",
            "可操作",
        ],
    ),
    (
        Idle,
        "",
        &[
            "应急", "供应", "相应", "响应", "反应", "适应", "对应", "应用", "应对", "应届", "效应",
            "回应", "应诉", "应征", "应聘",
        ],
    ),
    (
        Idle,
        "",
        &[
            "应纳", "应缴", "应付", "应收", "应税", "应有", "接应", "应邀",
        ],
    ),
    (
        Idle,
        "",
        &[
            "须知", "必需", "需求", "所需", "急需", "供需", "内需", "按需", "刚需", "军需",
        ],
    ),
];

/// The negations and modal words of a text, in order, without those that are part of a value: 不超过30日.
pub(super) fn modals(text: &str) -> Vec<Modal> {
    let ranges: Vec<_> = values(text).into_iter().map(|found| found.range).collect();
    let folded = Folded::words(text);
    let valued = folded.within(&ranges);
    let chars: Vec<char> = folded
        .chars
        .iter()
        .zip(valued)
        .map(|(next, valued)| if valued { '\0' } else { *next })
        .collect();
    let (mut found, mut at) = (Vec::new(), 0);
    while at < chars.len() {
        let stands = |word: &str| {
            word.chars()
                .enumerate()
                .all(|(offset, next)| chars.get(at + offset) == Some(&next))
        };
        let best = WORDS
            .iter()
            .flat_map(|(force, name, spellings)| {
                spellings.iter().map(move |word| (*force, *name, *word))
            })
            .filter(|(_, _, word)| stands(word))
            .max_by_key(|(_, _, word)| word.len());
        let Some((force, name, word)) = best else {
            at += 1;
            continue;
        };
        if force != Idle {
            found.push(Modal { force, name });
        }
        at += word.chars().count();
    }
    found
}

/// The first word by which two sequences differ: of the evidence if it was lost, else of the sentence.
pub(super) fn difference(sentence: &str, evidence: &[Modal]) -> Option<Modal> {
    let own = modals(sentence);
    if own == evidence {
        return None;
    }
    let missing = |from: &[Modal], other: &[Modal]| {
        let mut rest = other.to_vec();
        from.iter().copied().find(|modal| {
            match rest.iter().position(|candidate| candidate == modal) {
                Some(at) => {
                    rest.remove(at);
                    false
                }
                None => true,
            }
        })
    };
    missing(evidence, &own)
        .or_else(|| missing(&own, evidence))
        .or_else(|| {
            own.iter()
                .zip(evidence)
                .find(|(left, right)| left != right)
                .map(|(left, _)| *left)
        })
}
