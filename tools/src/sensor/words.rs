//! Out of a person's words a query, by rules: what is measured, where, when, and which number.
//!
//! Nothing is guessed. Two possible meanings become a question; a place without a sensor, a time to come and a thing that nobody
//! measures are said. What a rule did not read, and looks like a time, is asked for again rather than passed over.

mod business;
mod clock;
mod compare;
mod day;
mod measure;
mod mention;
mod number;
mod rolling;
mod spot;
mod stretch;
mod subject;
mod time;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use self::measure::Measure;
pub use self::mention::{Mentioned, mentioned};
use self::time::When;
use super::holiday::Holidays;
use super::kind::{Kinds, SensorKind};
use super::query::{Aggregate, Query, Where};
use super::thing::{Datastream, Thing};
use crate::place::Places;
use crate::place::fold::folded;

/// A question of sensors is short; a longer text is a report, and somebody else reads it.
const LONGEST: usize = 300;

/// What the city has.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// What can be measured.
    pub kinds: &'a Kinds,
    /// The gazetteer.
    pub places: &'a Places,
    /// What stands where.
    pub things: &'a [Thing],
    /// What it measures.
    pub datastreams: &'a [Datastream],
    /// When the feasts were.
    pub holidays: &'a Holidays,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Interpreted {
    /// It is clear.
    Query(Query),
    /// Something is missing, or may mean several things.
    Ask(Ask),
    /// It is clear, and there is nothing of it.
    Unknown(Unknown),
    /// It asks for no reading.
    NotAQuestionOfSensors,
}

/// A question back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// What is asked for.
    pub what: What,
    /// The question, in Chinese.
    pub question: String,
    /// Answers that would be understood; may be empty.
    pub options: Vec<String>,
}

/// What a question back asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// What is measured.
    Kind,
    /// Where.
    Place,
    /// When.
    Period,
    /// Which number.
    Aggregate,
    /// Above or below what.
    Threshold,
    /// With what it is compared.
    Compare,
}

/// Something that there is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unknown {
    /// What there is not.
    pub what: Missing,
    /// As it was said.
    pub name: String,
    /// That it is not there, a Chinese sentence.
    pub sentence: String,
    /// What there is instead, nearest first; may be empty.
    pub options: Vec<String>,
}

/// What there is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// Nobody measures it.
    Kind,
    /// It is not in the gazetteer, or not of this city.
    Place,
    /// The place has no sensor of the kind.
    Sensor,
    /// No thing or datastream has this id.
    Datastream,
    /// There is no such day, or it has not come yet.
    Period,
}

/// What a rule read, or what becomes of the message instead.
type Read<T> = Result<T, Box<Interpreted>>;

/// Reads a message that came at `now`.
pub fn interpret(message: &str, now: Timestamp, known: &Known<'_>) -> Interpreted {
    // A text of any length is cut before it is read.
    let text = folded(&message.chars().take(LONGEST * 4).collect::<String>());
    let length = text.chars().count();
    if length == 0 || length > LONGEST || business::is_other(&text) {
        return Interpreted::NotAQuestionOfSensors;
    }
    match query(&text, now, known) {
        Ok(query) => Interpreted::Query(query),
        Err(instead) => *instead,
    }
}

fn query(text: &str, now: Timestamp, known: &Known<'_>) -> Read<Query> {
    let (text, other) = compare::split(text, known);
    let (said, masked) = spot::find(&text, known);
    let (subject, bare) = subject::find(&masked, known.kinds);
    let question = business::is_question(&masked) || other.is_some();
    let kinds = subject::known(subject, &said, &masked, known)?;
    let (measure, untimed) = measure::find(&masked, &bare)?;
    let when = time::read(&untimed, now, known.holidays);
    let timed = !matches!(when, Ok(None));
    if !(question || timed || measure.is_some() || business::is_terse(&bare)) {
        return Err(Box::new(Interpreted::NotAQuestionOfSensors));
    }
    let (kind, place) = spot::settle(&kinds, &said, known)?;
    let (when, aggregate) = number_of(kind, when?, measure, now)?;
    let compare = match other {
        Some(other) => Some(compare::settle(&other, kind, &place, &when, now, known)?),
        None => None,
    };
    Ok(Query {
        kind: kind.code.clone(),
        place,
        period: when.period,
        aggregate,
        compare,
    })
}

/// Of when, and which number: what was said, and otherwise what the kind means by itself.
fn number_of(
    kind: &SensorKind,
    when: Option<When>,
    measure: Option<Measure>,
    now: Timestamp,
) -> Read<(When, Aggregate)> {
    let said = measure.map(|it| it.aggregate(kind)).transpose()?;
    let current = when.as_ref().is_none_or(|when| when.current);
    let aggregate = match said {
        Some(aggregate) => aggregate,
        // Now is the last value; only amounts of a kind are none at a moment.
        None if when.as_ref().is_some_and(|when| when.current) => Aggregate::Latest,
        None if current && kind.aggregate != Aggregate::Sum => Aggregate::Latest,
        // The last value of a day that is past says nothing about the day.
        None if kind.aggregate == Aggregate::Latest => Aggregate::Mean,
        None => kind.aggregate,
    };
    if aggregate == Aggregate::Sum && kind.aggregate != Aggregate::Sum {
        return Err(cannot_sum(kind));
    }
    if current && aggregate != Aggregate::Latest {
        return Err(ask(
            What::Period,
            format!("要查哪段时间的{}{}？", kind.title, aggregate.describe(kind)),
            &["今天", "昨天", "近24小时", "近7天"],
        ));
    }
    Ok((when.unwrap_or_else(|| When::now("现在", now)), aggregate))
}

fn cannot_sum(kind: &SensorKind) -> Box<Interpreted> {
    let question = format!(
        "{}是每个时刻的数值，各时刻的数不能相加；要查平均值、最大值还是最小值？",
        kind.title
    );
    ask(What::Aggregate, question, &["平均值", "最大值", "最小值"])
}

fn ask<T: AsRef<str>>(what: What, question: String, options: &[T]) -> Box<Interpreted> {
    Box::new(Interpreted::Ask(Ask {
        what,
        question,
        options: options.iter().map(|it| it.as_ref().to_owned()).collect(),
    }))
}

fn unknown(what: Missing, name: &str, sentence: String, options: Vec<String>) -> Box<Interpreted> {
    Box::new(Interpreted::Unknown(Unknown {
        what,
        name: name.to_owned(),
        sentence,
        options,
    }))
}

/// A text with a stretch of bytes blotted out, so that no other rule reads it.
fn blot(text: &str, range: &std::ops::Range<usize>) -> String {
    let (Some(before), Some(within), Some(after)) = (
        text.get(..range.start),
        text.get(range.clone()),
        text.get(range.end..),
    ) else {
        return text.to_owned();
    };
    // Of the same length in bytes, so that other ranges stay true.
    let blots: String = within
        .chars()
        .map(|next| BLOTS[next.len_utf8() - 1])
        .collect();
    format!("{before}{blots}{after}")
}

/// A character that no rule reads, by its length in UTF-8 less one.
const BLOTS: [char; 4] = ['\u{1}', '\u{a6}', '\u{25a1}', '\u{10000}'];

/// What is left of a text.
fn unblotted(text: &str) -> String {
    let left = text.chars().filter(|next| !BLOTS.contains(next));
    left.collect()
}

fn pattern(pattern: &str) -> regex::Regex {
    regex::Regex::new(pattern).expect("the pattern is constant")
}

/// Where a datastream's readings are asked for by its place.
fn place(name: &str, district: &str) -> Where {
    Where::Place {
        name: name.to_owned(),
        district: district.to_owned(),
    }
}

#[cfg(test)]
mod tests;
