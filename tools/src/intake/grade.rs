//! How urgent a message is, by words, with the reason and where it stands. It only raises what the catalogue says, and
//! never lowers: that takes a person.
//!
//! It errs towards danger. Words of danger beside words of asking, practice or the past do not make an emergency, but
//! leave a low confidence, so that a person looks.

mod emergency;

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::catalog::{Grade, Item};
use super::error::{IntakeError, line};
use super::word::{Said, Word};
use crate::place::Span;

/// How urgent a message is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Graded {
    /// At least this.
    pub grade: Grade,
    /// Why, in Chinese.
    pub reason: String,
    /// The words that decided, if it was words.
    pub span: Option<Span>,
    /// Whether somebody's life may be in danger.
    pub life_safety: bool,
    /// The emergency number whose business it is: a list of emergencies says so, and nothing speaks against it.
    #[serde(default)]
    pub number: Option<String>,
    /// From 0 to 1. Not measured on a city's data: an order of trust, of which the operator sets the threshold.
    pub confidence: f64,
}

/// The words by which it is told.
#[derive(Debug, Clone)]
pub struct Grades {
    /// Goes into the record.
    pub version: String,
    /// Of all files, since what is harmless in one is so in the other.
    harmless: Vec<Word>,
    unless: Vec<Word>,
    lists: Vec<List>,
}

/// The rules of one file, with the words that hold for all of them.
#[derive(Debug, Clone)]
struct List {
    now: Vec<Word>,
    /// With any of these a sign beside another word is no danger.
    asks: Vec<Word>,
    rules: Vec<Rule>,
}

#[derive(Debug, Clone)]
struct Rule {
    reason: String,
    grade: Grade,
    life_safety: bool,
    words: Vec<Word>,
    signs: Vec<Word>,
    with: Vec<Word>,
    /// How many clauses a sign may lie before or behind what it goes with.
    near: usize,
    unless: Vec<Word>,
    number: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: String,
    #[serde(default)]
    harmless: Vec<String>,
    #[serde(default)]
    unless: Vec<String>,
    #[serde(default)]
    now: Vec<String>,
    #[serde(rename = "rule")]
    rules: Vec<Spanned<WrittenRule>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRule {
    id: String,
    reason: String,
    grade: Grade,
    life_safety: bool,
    words: Vec<String>,
    #[serde(default)]
    signs: Vec<String>,
    #[serde(default)]
    with: Vec<String>,
    #[serde(default)]
    unless: Vec<String>,
}

/// A rule that holds.
struct Found<'a> {
    rule: &'a Rule,
    from: usize,
    to: usize,
    /// By one word, not by a sign beside another.
    direct: bool,
}

/// For the rules of the own list.
const NEAR: usize = 2;

const SURE: f64 = 0.95;
const COMBINED: f64 = 0.75;
/// Something says that it happens, something that it does not.
const DOUBTFUL: f64 = 0.6;
/// Words of danger that were set aside.
const SET_ASIDE: f64 = 0.5;
/// No words of danger.
const NOTHING: f64 = 0.85;

impl Grades {
    /// Reads the list; `file` is its name for messages.
    ///
    /// # Errors
    ///
    /// [`IntakeError`] with file, line and key for what is not of the format, a word without letters, `signs` without
    /// `with`, or a rule for what is 一般 anyway.
    pub fn parse(file: &str, text: &str) -> Result<Self, IntakeError> {
        let written: Written = toml::from_str(text).map_err(|error| IntakeError::Format {
            file: file.to_owned(),
            message: error.to_string(),
        })?;
        let words = |at: usize, key: &str, list: &[String]| words(file, at, key, list);
        let mut rules = Vec::new();
        for rule in &written.rules {
            let at = line(text, rule.span().start);
            let rule = rule.get_ref();
            let wrong = |key: &str, message: &str| IntakeError::Entry {
                file: file.to_owned(),
                line: at,
                key: key.to_owned(),
                message: format!("rule `{}` {message}", rule.id),
            };
            if rule.words.is_empty() {
                return Err(wrong("words", "has none; write some"));
            }
            if rule.signs.is_empty() != rule.with.is_empty() {
                return Err(wrong("with", "needs both `signs` and `with`, or neither"));
            }
            if rule.grade == Grade::Ordinary {
                return Err(wrong("grade", "is for 一般; whatever has no rule is that"));
            }
            rules.push(Rule {
                reason: rule.reason.clone(),
                grade: rule.grade,
                life_safety: rule.life_safety,
                words: words(at, "words", &rule.words)?,
                signs: words(at, "signs", &rule.signs)?,
                with: words(at, "with", &rule.with)?,
                near: NEAR,
                number: None,
                unless: words(at, "unless", &rule.unless)?,
            });
        }
        let list = List {
            now: words(1, "now", &written.now)?,
            asks: Vec::new(),
            rules,
        };
        Ok(Self {
            version: written.version,
            harmless: words(1, "harmless", &written.harmless)?,
            unless: words(1, "unless", &written.unless)?,
            lists: vec![list],
        })
    }

    /// Grades a message; `items` are the catalogue's items of its needs.
    pub fn of(&self, message: &str, items: &[&Item]) -> Graded {
        let base = items.iter().map(|item| item.grade).max();
        let base = base.unwrap_or(Grade::Ordinary);
        let mut said = Said::new(message);
        said.pass_over(&self.harmless);
        let mere = stands(&said, &self.unless);
        let graded = self.lists.iter().map(|list| list.of(&said, mere, base));
        let worst = graded.reduce(|one, other| {
            let rank = |it: &Graded| (it.life_safety, it.grade, it.span.is_some());
            if rank(&other) > rank(&one) {
                return other;
            }
            // Nothing was found by either, but one has set something aside.
            let confidence = if one.span.is_none() && other.span.is_none() {
                one.confidence.min(other.confidence)
            } else {
                one.confidence
            };
            // Whoever must be called is called, whichever list says how urgent it is.
            let number = one.number.or(other.number);
            Graded {
                confidence,
                number,
                ..one
            }
        });
        worst.expect("there is one list at least")
    }
}

impl List {
    /// Grades by the rules of this list; `mere` says that the message may only speak of danger.
    fn of(&self, said: &Said, mere: bool, base: Grade) -> Graded {
        let now = stands(said, &self.now);
        let combines = !stands(said, &self.asks);
        let found = self
            .rules
            .iter()
            .filter_map(|rule| find(rule, said, combines));
        let mut aside = false;
        for found in found {
            let own = stands(said, &found.rule.unless);
            // What hurts daily life is not set aside by 请问, only by its own words.
            let asked = own || (mere && found.rule.life_safety);
            if asked && !now {
                aside = true;
                continue;
            }
            let confidence = match (asked, found.direct) {
                (true, _) => DOUBTFUL,
                (false, true) => SURE,
                (false, false) => COMBINED,
            };
            return graded(base, &found, said, confidence);
        }
        Graded {
            grade: base,
            reason: match base {
                Grade::Ordinary => "没有紧急情形的说法".to_owned(),
                Grade::Urgent | Grade::Critical => format!("目录事项定为{}", base.name()),
            },
            span: None,
            life_safety: false,
            number: None,
            confidence: if aside { SET_ASIDE } else { NOTHING },
        }
    }
}

fn graded(base: Grade, found: &Found<'_>, said: &Said, confidence: f64) -> Graded {
    Graded {
        grade: base.max(found.rule.grade),
        reason: found.rule.reason.clone(),
        span: Some(said.span(found.from, found.to)),
        life_safety: found.rule.life_safety,
        number: found.rule.number.clone().filter(|_| confidence >= SURE),
        confidence,
    }
}

fn find<'a>(rule: &'a Rule, said: &Said, combines: bool) -> Option<Found<'a>> {
    let first = rule.words.iter().flat_map(|word| word.means(said));
    let first = first.min_by_key(|(from, to)| (*from, Reverse(*to)));
    if let Some((from, to)) = first {
        let direct = true;
        return Some(Found {
            rule,
            from,
            to,
            direct,
        });
    }
    if !combines {
        return None;
    }
    let clause = |at: usize| said.clauses.iter().position(|(_, end)| at < *end);
    let signs: Vec<usize> = rule
        .signs
        .iter()
        .flat_map(|word| word.means(said))
        .filter_map(|(at, _)| clause(at))
        .collect();
    let near = |at: usize| {
        let own = clause(at);
        own.is_some_and(|own| signs.iter().any(|sign| sign.abs_diff(own) <= rule.near))
    };
    let with = rule.with.iter().flat_map(|word| word.means(said));
    let (from, to) = with.filter(|(at, _)| near(*at)).min()?;
    let direct = false;
    Some(Found {
        rule,
        from,
        to,
        direct,
    })
}

/// Whether any of these is said, denied or not.
fn stands(said: &Said, words: &[Word]) -> bool {
    words.iter().any(|word| !word.find(said).is_empty())
}

/// Words of a list, folded.
fn words(file: &str, line: usize, key: &str, words: &[String]) -> Result<Vec<Word>, IntakeError> {
    let read = |word: &String| {
        Word::new(word).ok_or_else(|| IntakeError::Entry {
            file: file.to_owned(),
            line,
            key: key.to_owned(),
            message: format!("`{word}` needs letters, and some beside each …"),
        })
    };
    words.iter().map(read).collect()
}

#[cfg(test)]
mod tests;
