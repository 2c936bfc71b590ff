//! What else a message says: how often it was brought, since when, what is told and what is asked for, and what the
//! person wishes. Each is a stretch of the message; nothing is computed from it, and no wish is carried out here.

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::place::Span;
use crate::place::fold::Folded;

/// A stretch of the message with its words as the person wrote them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Said {
    /// Where.
    pub span: Span,
    /// The words.
    pub words: String,
}

/// That it was brought before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeat {
    /// How many times, where a number is said.
    pub times: Option<u32>,
    /// The words.
    pub words: String,
    /// Where.
    pub span: Span,
}

/// A clause of the message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clause {
    /// Where and in which words.
    pub said: Said,
    /// Whether something is asked for, rather than told.
    pub asks: bool,
}

/// What a person may wish of the handling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WishKind {
    /// That it be dealt with.
    Handle,
    /// To be answered or called back.
    Reply,
    /// Money back, or damages.
    Money,
    /// That somebody be punished.
    Punish,
    /// That the name be kept secret.
    Secret,
    /// That a department not be given it, or be given it. It is for the dispatcher to read.
    Department,
    /// That nothing be done any more.
    Withdraw,
}

/// A wish in the person's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// Which.
    pub kind: WishKind,
    /// Where and in which words.
    pub said: Said,
}

/// What a message says besides its needs and its place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// That it was brought before.
    pub repeat: Option<Repeat>,
    /// Expressions of time, in order.
    pub times: Vec<Said>,
    /// The first of them that says since when or how long.
    pub since: Option<Said>,
    /// The clauses, in order.
    pub clauses: Vec<Clause>,
    /// In order of mention.
    pub wishes: Vec<Wish>,
}

impl Reading {
    /// Reads a message.
    pub fn of(message: &str) -> Self {
        let folded = Folded::new(message);
        let said = |from: usize, to: usize| {
            let span = folded.span(from, to);
            Said {
                span,
                words: span.cut(message),
            }
        };
        let times: Vec<(Said, bool)> = TIME
            .find_iter(&folded.text)
            .map(|found| {
                let since = SINCE.is_match(found.as_str());
                let from = folded.position(found.start());
                (said(from, folded.position(found.end())), since)
            })
            .collect();
        let clauses = folded.clauses().into_iter().map(|(from, to)| Clause {
            asks: ASK.is_match(folded.slice(from, to)) || folded.chars.get(to) == Some(&'?'),
            said: said(from, to),
        });
        Self {
            repeat: repeat(&folded, message),
            since: times
                .iter()
                .find(|(_, since)| *since)
                .map(|(said, _)| said.clone()),
            clauses: clauses.collect(),
            wishes: wishes(&folded, message),
            times: times.into_iter().map(|(said, _)| said).collect(),
        }
    }
}

fn pattern(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is constant")
}

const COUNT: &str = "(?:[0-9]{1,4}|[一二两三四五六七八九十百半几]{1,4}|好几|好多)";

static TIME: LazyLock<Regex> = LazyLock::new(|| {
    let part =
        "(?:凌晨|清晨|早上|早晨|今早|上午|中午|下午|傍晚|晚上|夜里|夜间|半夜|深夜|夜晚|晚间)";
    let clock = format!("{COUNT}(?:点半|点钟|点多|点|时|:[0-9]{{2}})(?:到{COUNT}点半?)?");
    let day = "(?:今天|昨天|前天|昨晚|今晚|前晚|今早|今晨|昨夜|(?:上|这|本|前)个?(?:星期|周|礼拜|月)(?:[一二三四五六日天末]|初|底)?|去年|今年|前年|年初|年底|春节|国庆|中秋|元旦|(?:[0-9]{2,4}年)?(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})月(?:(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})[日号])?|每天|每晚|天天|夜夜|每周末?|周末|平时|刚才|刚刚|现在|最近|近期|连日)";
    let length = format!(
        "(?:已经|持续|连续|将近|快|大概|都)?{COUNT}个?多?个?(?:年|月|星期|礼拜|周|天|小时|钟头|晚上|分钟)半?多?"
    );
    pattern(&format!(
        "(?:从|自从|自)?(?:{day}(?:{part})?(?:{clock})?|{part}(?:{clock})?|{clock}|{length})(?:多)?(?:开始|起|以来|至今|到现在|之后|后)?(?:到现在|至今)?(?:了)?"
    ))
});

static SINCE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        "^(?:从|自)|(?:开始|起|以来|至今|到现在|之后|后)|(?:年|月|星期|礼拜|周|天|小时|钟头|晚上|分钟)半?多?了$|^(?:已经|持续|连续)",
    )
});

static ASK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        "^请|请(?:帮|尽|求|有关|相关|部门|你们|问|派|安排|处理|解决|给|协调|督促|核实|查)|希望|要求|恳请|恳求|麻烦|盼|望(?:尽快|尽早|能|予以|有关|相关|领导)|建议|能不能|能否|可否|可不可以|是否可以|帮忙|帮我|管管|管一管|尽快|尽早|赶紧|务必|强烈|什么时候|何时|怎么办|为什么|为何|凭什么|[吗呢]$|派单给|派给",
    )
});

/// Each with a group `times` where it may hold a number.
static REPEATS: LazyLock<[Regex; 5]> = LazyLock::new(|| {
    let brought = "(?:反映|反应|投诉|举报|打|拨打|来电|报修|报|催|找|上报|说|讲|跟?物业说|问|去)";
    let times =
        "(?P<times>[0-9]{1,3}|[一二两三四五六七八九十百]{1,3}几?|十几|好几|无数|很多|好多|多|几)";
    [
        pattern(&format!(
            "{brought}(?:了|过)?(?:电话|12345热线|12345|热线)?(?:了|过)?(?:不下|至少|有|都|已经|将近|快)?{times}(?:多)?(?:次|遍|回|趟)(?:了)?"
        )),
        pattern(&format!(
            "(?:已经|都)?(?:是)?第{times}(?:次|遍|回)(?:{brought}(?:电话|热线)?|了)"
        )),
        pattern(&format!("{times}(?:次|遍|回)(?:的)?{brought}")),
        pattern(&format!(
            "(?:之前|以前|上次|上回|上周|上个?星期|上个?月|前几天|前阵子|昨天|前天|去年|早就|已经)(?:就|也|都|曾经?|已经?)?(?:打|{brought})过"
        )),
        pattern(&format!(
            "(?:再次|又一次|反复|一再|屡次|重复|继续)(?:来)?{brought}|又(?:来)?(?:打|反映|投诉)"
        )),
    ]
});

fn repeat(folded: &Folded, message: &str) -> Option<Repeat> {
    // 反映一次 is no repeat, and 第一次 even less.
    let found = REPEATS.iter().find_map(|pattern| {
        pattern.captures_iter(&folded.text).find_map(|found| {
            let times = found.name("times").and_then(|times| number(times.as_str()));
            let whole = found.get(0)?;
            (times != Some(1)).then_some((whole.range(), times))
        })
    });
    let (range, times) = found?;
    let span = folded.span(folded.position(range.start), folded.position(range.end));
    Some(Repeat {
        times,
        words: span.cut(message),
        span,
    })
}

/// A small number in figures or Chinese; `None` for 多, 几 and the like.
fn number(text: &str) -> Option<u32> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    if text.is_empty() {
        return None;
    }
    let digit = |next: char| match next {
        '两' => Some(2),
        next => "零一二三四五六七八九".chars().position(|it| it == next),
    };
    let (mut sum, mut last) = (0, None);
    for next in text.chars() {
        match next {
            '十' => sum += last.take().unwrap_or(1) * 10,
            '百' => sum += last.take().unwrap_or(1) * 100,
            next => last = Some(digit(next)?),
        }
    }
    u32::try_from(sum + last.unwrap_or(0)).ok()
}

static WISHES: LazyLock<[(WishKind, Regex); 7]> = LazyLock::new(|| {
    let to = "(?:派单给|派单到|派给|转给|交给|派到|转到|派单)";
    [
        (
            WishKind::Withdraw,
            pattern(
                "不用处理了|不用管了|撤销(?:投诉|工单)?|撤单|撤诉|不投诉了|不反映了|已经解决了",
            ),
        ),
        (
            WishKind::Department,
            pattern(&format!(
                "(?:不要|别|不用|不能|不想|请|直接)?(?:再)?{to}[^,。;!?\\s]{{0,12}}"
            )),
        ),
        (
            WishKind::Secret,
            pattern(
                "保密|匿名|不要(?:透露|泄露|公开)[^,。;!?]{0,8}|别(?:说|告诉)[^,。;!?]{0,8}是我|不想(?:透露|留)[^,。;!?]{0,6}",
            ),
        ),
        (
            WishKind::Money,
            pattern("退款|退钱|退还|退费|退押金|赔偿|赔钱|赔付|补偿|补发|返还|结清工资"),
        ),
        (
            WishKind::Punish,
            pattern("处罚|严惩|追责|问责|查处|严肃处理|取缔|关停|罚他|罚款"),
        ),
        (
            WishKind::Reply,
            pattern(
                "(?:给|请|要|希望|尽快|书面)?[^,。;!?]{0,4}(?:答复|回复|回电|回个电话|给个说法|给个解释|解释一下|告知结果)",
            ),
        ),
        (
            WishKind::Handle,
            pattern(
                "(?:请|希望|要求|恳请|麻烦|建议|尽快|赶紧)[^,。;!?]{0,12}(?:处理|解决|清理|清走|维修|修好|修复|整改|拆除|更换|协调|管管|督促|恢复|增设|加装)|管一?管",
            ),
        ),
    ]
});

fn wishes(folded: &Folded, message: &str) -> Vec<Wish> {
    let mut wishes: Vec<Wish> = WISHES
        .iter()
        .flat_map(|(kind, pattern)| pattern.find_iter(&folded.text).map(|found| (*kind, found)))
        .map(|(kind, found)| {
            let span = folded.span(folded.position(found.start()), folded.position(found.end()));
            let words = span.cut(message);
            Wish {
                kind,
                said: Said { span, words },
            }
        })
        .collect();
    wishes.sort_by_key(|wish| (wish.said.span, wish.kind));
    wishes
}

#[cfg(test)]
mod tests;
