//! What a question asks for besides its words: a date, a place, and what an earlier turn already said.
//!
//! Rules only. What was understood is shown to the person, so that a misreading is seen.

use std::sync::LazyLock;

use corpora::fold::{fold, terms};
use corpora::{Expansion, Level};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::request::{Exchange, Request, Speaker};
use crate::seeds::Seeds;

/// A question as it was understood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Understood {
    /// The question, completed from the conversation where it is a follow-up.
    pub question: String,
    /// The same without the date for which rules are asked: it picks the revision, and is no word to look for.
    pub search: String,
    /// The day for which rules are asked.
    pub as_of: Date,
    /// Whether the question or the caller named it.
    pub as_of_stated: bool,
    /// The year in the question, for sources without a validity period.
    pub year: Option<i16>,
    /// Places whose rules apply, the country first; none when no place is known.
    pub places: Option<Vec<String>>,
    /// Whether the question or the caller named the place.
    pub place_stated: bool,
    /// The earlier question that this one goes on from.
    pub follows: Option<String>,
    /// The parts of the question, when it asks for several things.
    pub parts: Vec<String>,
}

impl Understood {
    /// Reads `request`; `place` is where callers are who name none.
    pub fn of(request: &Request, seeds: &Seeds, place: Option<&str>) -> Self {
        let question = request.question.trim().to_owned();
        let follows = follows(&question, &request.history, seeds);
        let completed = match &follows {
            Some(earlier) => format!("{earlier} {question}"),
            None => question.clone(),
        };
        let earlier = follows.as_ref().filter(|_| !is_now(&fold(&question)));
        let stated = as_of(&question, request.today)
            .or_else(|| earlier.and_then(|earlier| as_of(earlier, request.today)));
        let as_of = request
            .as_of
            .or(stated.map(|stated| stated.date))
            .unwrap_or(request.today);
        let (places, place_stated) = places(&completed, request, seeds, place);
        Self {
            parts: parts(&question),
            search: without_dates(&completed, request.today),
            question: completed,
            as_of,
            as_of_stated: request.as_of.is_some() || stated.is_some(),
            year: stated.map(|stated| stated.year),
            places,
            place_stated,
            follows,
        }
    }

    /// Place names below the province, for people: `和澜市 临江区`.
    pub fn jurisdiction(&self) -> Option<String> {
        let places = self.places.as_ref()?;
        let shown: Vec<&str> = places
            .iter()
            .skip(if places.len() > 2 {
                2
            } else {
                places.len() - 1
            })
            .map(String::as_str)
            .collect();
        Some(shown.join(" "))
    }

    /// One line that shows what was understood.
    pub fn line(&self, question: &str, expansions: &[Expansion]) -> String {
        let mut notes = Vec::new();
        if let Some(earlier) = &self.follows {
            notes.push(format!("接上文“{earlier}”"));
        }
        if self.as_of_stated {
            notes.push(format!("截至 {}", self.as_of));
        }
        if let Some(place) = self.jurisdiction().filter(|_| self.place_stated) {
            notes.push(format!("适用地 {place}"));
        }
        let words: Vec<String> = expansions
            .iter()
            .map(|expansion| format!("{}→{}", expansion.expression, expansion.terms.join("、")))
            .collect();
        if !words.is_empty() {
            notes.push(words.join("，"));
        }
        if notes.is_empty() {
            question.to_owned()
        } else {
            format!("{question}（{}）", notes.join("；"))
        }
    }
}

/// A date in a question, with its year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stated {
    date: Date,
    year: i16,
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("patterns of this file are tested")
}

static DATE: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"((?:19|20)\d\d)\s*[年./-]\s*(?:(\d{1,2})\s*[月./-]\s*(?:(\d{1,2})\s*[日号]?)?)?")
});
static AGO: LazyLock<Regex> = LazyLock::new(|| regex(r"(\d{1,2})年(?:以)?前"));
/// What happened to a person in that year; the rules of today are asked.
static EVENT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^[月日号\d]{0,6}(?:就|才|刚|已经|已)?(?:出生|生的|参加工作|入职|结的婚|结婚的|离的婚|领的证|买的|买了|买房|签的|签了|毕业|退休的|退的休|入伍|搬来|来和澜|落的户|注册的|开业|开的店|建的|建成|竣工|拿到|考的|借的|借了|去世|办的证|修订|修正|公布)",
    )
});

/// The day of which a question speaks. A year alone means its last day that is not in the future, a month likewise.
fn as_of(question: &str, today: Date) -> Option<Stated> {
    let folded = fold(question);
    if is_now(&folded) {
        return None;
    }
    for found in DATE.captures_iter(&folded) {
        let whole = found.get(0)?;
        let number = |group: usize| {
            found
                .get(group)
                .and_then(|digits| digits.as_str().parse::<i16>().ok())
        };
        let year = number(1)?;
        if EVENT.is_match(&folded[whole.end()..]) {
            continue;
        }
        let month = number(2)
            .filter(|month| (1..=12).contains(month))
            .map(|month| month as i8);
        let day = number(3).and_then(|day| Date::new(year, month?, day as i8).ok());
        let early = folded[whole.end()..].starts_with(['初']);
        let date = match (month, day) {
            (_, Some(day)) => day,
            (Some(month), None) => date(year, month, 1).last_of_month(),
            (None, None) if early => date(year, 1, 1),
            (None, None) => date(year, 12, 31),
        };
        // The running year or month means today.
        let running = day.is_none()
            && year == today.year()
            && month.is_none_or(|month| month == today.month());
        return Some(Stated {
            date: if running { today } else { date },
            year,
        });
    }
    let ago = |years: i64| {
        today.checked_sub(years.years()).ok().map(|date| Stated {
            date,
            year: date.year(),
        })
    };
    if let Some(found) = AGO.captures(&folded) {
        return ago(found[1].parse().ok()?);
    }
    for (word, years) in [("大前年", 3), ("前年", 2), ("去年", 1), ("上一年", 1)] {
        if folded.contains(word) {
            let year = today.year() - years;
            return Some(Stated {
                date: date(year, 12, 31),
                year,
            });
        }
    }
    None
}

fn is_now(folded: &str) -> bool {
    ["现在", "目前", "如今", "现行", "眼下"]
        .iter()
        .any(|now| folded.contains(now))
}

/// `question` without the dates that say when.
fn without_dates(question: &str, today: Date) -> String {
    if as_of(question, today).is_none() {
        return question.to_owned();
    }
    static WHEN: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?:截至|截止到?|到|在)?(?:19|20)\d\d\s*[年./-]\s*(?:\d{1,2}\s*[月./-]\s*(?:\d{1,2}\s*[日号]?)?)?(?:底|末|初|的时候|那会儿|当时|时)?(?:，|,)?",
        )
    });
    // Only what is left of the question is searched; a question that is nothing but a date stays as it is.
    let rest = WHEN.replace_all(question, " ").trim().to_owned();
    if rest
        .chars()
        .filter(|character| character.is_alphanumeric())
        .count()
        >= 4
    {
        rest
    } else {
        question.to_owned()
    }
}

/// Places that apply, and whether they were named. Words of the question come before the caller's choice.
fn places(
    question: &str,
    request: &Request,
    seeds: &Seeds,
    place: Option<&str>,
) -> (Option<Vec<String>>, bool) {
    let gazetteer = &seeds.gazetteer;
    let folded = fold(question);
    let named = gazetteer.find(&folded).into_iter().filter(|(at, place)| {
        let before = folded[..*at].chars().next_back();
        // 大厦门口, 入海口, 出海口 are not cities.
        place.level != Level::Country
            && !(matches!(before, Some('大' | '入' | '出')) && place.level == Level::City)
    });
    let deepest = named
        .max_by_key(|(at, place)| (place.level.min(Level::District), *at))
        .map(|(_, place)| place.name.clone());
    let chosen = request
        .place
        .as_deref()
        .map(str::trim)
        .filter(|place| !place.is_empty());
    let chain = |name: &str| gazetteer.chain(name);
    match (deepest, chosen) {
        // The question names a wider place than the caller chose, which lies in it: the choice stands.
        (Some(named), Some(chosen)) if chain(chosen).contains(&named) => {
            (Some(chain(chosen)), true)
        }
        (Some(named), _) => (Some(chain(&named)), true),
        (None, Some(chosen)) => (Some(chain(chosen)), true),
        (None, None) => (place.map(chain), false),
    }
}

/// The earlier question that `question` goes on from, if it does.
///
/// It does when it points back (那, 这个, 如果), when it begins without a subject (要带什么, 多久能拿), or when it is short
/// and speaks of something that was said.
fn follows(question: &str, history: &[Exchange], seeds: &Seeds) -> Option<String> {
    let last = history
        .iter()
        .rposition(|exchange| exchange.role == Speaker::User)?;
    let earlier = history[last].content.trim();
    let folded = fold(question);
    let characters = folded
        .chars()
        .filter(|character| character.is_alphanumeric())
        .count();
    let refers = REFERS.is_match(&folded) || folded.trim_end_matches(['?', '。']).ends_with('呢');
    let bare = characters <= BARE && SUBJECTLESS.is_match(&folded);
    let said: String = history[last..]
        .iter()
        .map(|exchange| fold(&exchange.content))
        .collect();
    let same_matter = terms(&folded).iter().any(|term| {
        term.chars().count() == 2 && !ASKING.contains(&term.as_str()) && said.contains(term)
    });
    let short = characters <= SHORT && same_matter;
    // A place alone answers the question where.
    let place = seeds
        .gazetteer
        .place(folded.trim_matches(['?', '。', ' ']))
        .is_some();
    if !(refers || bare || short || place) {
        return None;
    }
    // The earlier question may itself go on from one before it.
    Some(match follows(earlier, &history[..last], seeds) {
        Some(first) if first.chars().count() < CHAIN => format!("{first} {earlier}"),
        Some(_) | None => earlier.to_owned(),
    })
}

/// Characters of earlier questions up to which they are carried on.
const CHAIN: usize = 120;

/// Characters up to which a question without a subject lives on the one before it.
const BARE: usize = 16;

/// Characters up to which a question on the same matter does.
const SHORT: usize = 16;

static REFERS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:那|这|它|他|她|如果|要是|还|然后|另外|再|万一|上面|刚才|前面|上述|其中|除了|假如|逾期|超过|照这|照你)|这个|那个|这种|那种|上述|刚才|这笔",
    )
});

static SUBJECTLESS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:要|需要|得|多少|多久|多长|几|怎么|如何|去哪|在哪|到哪|哪里|哪些|什么|谁|能|可以|可不可以|带|补|交|有没有|为什么|为啥|不|没|必须|最|可)",
    )
});

/// Bigrams of asking, which say nothing of the matter.
const ASKING: &[&str] = &[
    "怎么", "么办", "多少", "什么", "可以", "需要", "哪里", "多久", "办理", "申请", "规定", "应当",
    "怎样", "如何", "是不", "不是", "能不", "不能", "几天", "么领", "么样", "少钱", "多长", "时间",
];

/// The questions within a question.
fn parts(question: &str) -> Vec<String> {
    static JOIN: LazyLock<Regex> =
        LazyLock::new(|| regex(r"[？?；;]|[，,。]\s*(?:另外|还有|以及|同时|顺便问一下|顺便)"));
    let parts: Vec<String> = JOIN
        .split(question)
        .map(|part| part.trim_matches(['，', ',', '。', ' ']).to_owned())
        .filter(|part| part.chars().count() >= 4)
        .collect();
    if parts.len() > 1 { parts } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> Date {
        date(2026, 11, 21)
    }

    #[test]
    fn dates_in_questions() {
        for (question, expected) in [
            ("2020年的时候低保多少", Some(date(2020, 12, 31))),
            ("截至2023年，解决率是多少", Some(date(2023, 12, 31))),
            ("2021年5月那会儿", Some(date(2021, 5, 31))),
            ("二〇二一年五月三日", Some(date(2021, 5, 3))),
            ("2021年5月3日", Some(date(2021, 5, 3))),
            ("2026年的标准", Some(today())),
            ("去年的标准", Some(date(2025, 12, 31))),
            ("三年前怎么规定", Some(date(2023, 11, 21))),
            ("我2015年参加工作，能领多少", None),
            ("孩子2019年9月出生的能报名吗", None),
            ("2020年的合同现在还有效吗", None),
            ("没有日期", None),
        ] {
            assert_eq!(
                as_of(question, today()).map(|stated| stated.date),
                expected,
                "{question}"
            );
        }
    }

    #[test]
    fn parts_of_questions() {
        assert_eq!(
            parts("摊位费多少？中午有人吗？"),
            ["摊位费多少", "中午有人吗"]
        );
        assert!(parts("摊位费多少？").is_empty());
    }
}
