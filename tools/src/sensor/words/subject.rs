//! What is measured, out of the words of the catalogue. A word that several kinds share leaves several.

use std::sync::LazyLock;

use regex::Regex;

use super::spot::Said;
use super::{Interpreted, Known, Missing, Read, What, ask, blot, pattern, unknown};
use crate::sensor::kind::{Kinds, SensorKind};

/// What people ask for and no kind of the catalogue is; each blots out the kinds within it: 水温 is no 气温.
static STRANGE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        "湿度|风速|风力|风向|辐射|酸碱度|(?-u:\\b)ph(?-u:\\b)|水温|二氧化硫|(?-u:\\b)so2(?-u:\\b)|二氧化碳|(?-u:\\b)co2(?-u:\\b)|车流量?|车速|电量|电压|电流|负氧离子|能见度|紫外线",
        "|气压|水质|浊度|余氯|甲醛|氨气|振动|裂缝|沉降|光照|流速|用电量|用水量|垃圾量",
    ))
});

/// What asks for a number of a place without saying which.
static ASKED: LazyLock<Regex> =
    LazyLock::new(|| pattern("数据|读数|传感器|监测|多少|怎么样|怎样|情况|正常吗|最新|超过|低于"));

/// What a message asks about.
pub(super) struct Subject<'a> {
    /// For each word that remains the kinds that it may mean.
    words: Vec<Vec<&'a SensorKind>>,
    /// A word for something that nobody measures.
    strange: Option<String>,
}

impl Subject<'_> {
    /// The Chinese names of the kinds that may be meant, once each.
    pub(super) fn titles(&self) -> Vec<String> {
        let mut titles: Vec<String> = Vec::new();
        for kind in self.words.iter().flatten() {
            if !titles.contains(&kind.title) {
                titles.push(kind.title.clone());
            }
        }
        titles
    }
}

/// The kinds that are named, and the text without their words.
pub(super) fn find<'a>(text: &str, kinds: &'a Kinds) -> (Subject<'a>, String) {
    let strange = STRANGE.find(text).map(|found| found.as_str().to_owned());
    let mut bare = text.to_owned();
    for found in STRANGE.find_iter(text) {
        bare = blot(&bare, &found.range());
    }
    let mut words: Vec<Vec<&SensorKind>> = Vec::new();
    let starts: Vec<usize> = bare.char_indices().map(|(at, _)| at).collect();
    for at in starts {
        let meant = kinds.all().iter().filter_map(|kind| {
            let length = leading(&bare, at, kind)?;
            Some((length, kind))
        });
        let meant: Vec<(usize, &SensorKind)> = meant.collect();
        let Some(longest) = meant.iter().map(|(length, _)| *length).max() else {
            continue;
        };
        let of_longest = meant.iter().filter(|(length, _)| *length == longest);
        words.push(of_longest.map(|(_, kind)| *kind).collect());
        // What is blotted out begins no further word.
        bare = blot(&bare, &(at..at + longest));
    }
    let words = narrowed(words);
    (Subject { words, strange }, bare)
}

/// The kinds that may be meant, at least one. More than one stands only where one word means several.
pub(super) fn known<'a>(
    subject: Subject<'a>,
    said: &Said<'a>,
    masked: &str,
    known: &Known<'a>,
) -> Read<Vec<&'a SensorKind>> {
    if let Some(strange) = &subject.strange {
        return Err(nobody_measures(strange, known.kinds));
    }
    let mut words = subject.words.into_iter();
    match (words.next(), words.next()) {
        (None, _) => unsaid(said, masked, known),
        (Some(kinds), None) => Ok(kinds),
        (Some(first), Some(second)) => {
            let all = first.into_iter().chain(second).chain(words.flatten());
            let mut titles: Vec<&str> = Vec::new();
            for kind in all {
                if !titles.contains(&kind.title.as_str()) {
                    titles.push(&kind.title);
                }
            }
            let question = format!("一次只能查一项，请选一项：{}", titles.join("、"));
            Err(ask(What::Kind, question, &titles))
        }
    }
}

/// Asks which of several kinds that one word means.
pub(super) fn which(kinds: &[&SensorKind]) -> Box<Interpreted> {
    let titles: Vec<&str> = kinds.iter().map(|kind| kind.title.as_str()).collect();
    let question = format!("要查哪一项？可以查{}", titles.join("、"));
    ask(What::Kind, question, &titles)
}

/// No word of a kind: the datastream says it, or whoever asks is asked. A place alone is no question of sensors.
fn unsaid<'a>(said: &Said<'a>, masked: &str, known: &Known<'a>) -> Read<Vec<&'a SensorKind>> {
    let kinds: Vec<&SensorKind> = known
        .kinds
        .all()
        .iter()
        .filter(|kind| said.has(&kind.code, known))
        .collect();
    if said.is_device() || (ASKED.is_match(masked) && !kinds.is_empty()) {
        return match kinds.as_slice() {
            [] | [_] if said.is_device() => Ok(kinds),
            [] | [_, ..] => Err(which(&kinds)),
        };
    }
    Err(Box::new(Interpreted::NotAQuestionOfSensors))
}

fn nobody_measures(strange: &str, kinds: &Kinds) -> Box<Interpreted> {
    let titles: Vec<String> = kinds.all().iter().map(|kind| kind.title.clone()).collect();
    let sentence = format!(
        "没有监测“{strange}”的传感器；现有的监测项目是{}。",
        titles.join("、")
    );
    unknown(Missing::Kind, strange, sentence, titles)
}

/// The bytes of the longest word of a kind that begins here. Latin words end where letters and figures do.
fn leading(text: &str, at: usize, kind: &SensorKind) -> Option<usize> {
    let latin = |next: Option<char>| next.is_some_and(|next| next.is_ascii_alphanumeric());
    let begins = |word: &&String| {
        let Some(rest) = text[at..].strip_prefix(word.as_str()) else {
            return false;
        };
        let begin = latin(word.chars().next()) && latin(text[..at].chars().next_back());
        let end = latin(word.chars().next_back()) && latin(rest.chars().next());
        !begin && !end
    };
    let words = kind.words.iter().filter(begins);
    words.map(String::len).max()
}

/// The words that say something new: of two words the vaguer one that may mean the same goes.
fn narrowed(mut words: Vec<Vec<&SensorKind>>) -> Vec<Vec<&SensorKind>> {
    words.sort_by_key(Vec::len);
    let mut kept: Vec<Vec<&SensorKind>> = Vec::new();
    for word in words {
        let said = |other: &Vec<&SensorKind>| other.iter().all(|kind| word.contains(kind));
        if !kept.iter().any(said) {
            kept.push(word);
        }
    }
    kept
}
