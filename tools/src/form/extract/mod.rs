//! What a person's message says about a form: values with their places in the message, what was refused and why, what is
//! not clear, what they do not know or leave out, and what they want instead.
//!
//! Rules alone, in one pass: values with a label (手机号是…), numbers that can be nothing else, words of choices, and then
//! the message as the answer to the question that was asked. What a message orders a program to do has no effect here:
//! it is text, and as a value it is refused. Whether a value replaces another is decided in [`super::Filled::take`].

use std::ops::Range;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::field::{Field, Kind, SourceKind};
use super::fold::{Folded, characters};
use super::read::read;
use super::schema::Form;
use super::validate::Invalid;
use super::value::{Source, Value};

mod answer;
mod choice;
mod clause;
mod command;
mod label;
mod name;
mod page;
mod pattern;
mod resolve;

use clause::Clause;

pub use page::{Entered, enter};

/// How a value was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// A label stands before it.
    Labelled,
    /// It answers the question that was asked.
    Asked,
    /// It can be nothing else: a number with a checksum, a plate, a mail address.
    Pattern,
    /// A word of a choice.
    Choice,
}

/// A value in the message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The field.
    pub field: String,
    /// The value with its place.
    pub value: Value,
    /// How it was recognised.
    pub how: How,
    /// Whether words of correction stand before it: 不对, 改成.
    pub correction: bool,
}

/// A piece of the message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// First character, from 0.
    pub start: usize,
    /// The character after the last.
    pub end: usize,
    /// The characters between.
    pub words: String,
}

/// An answer that is not valid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The field.
    pub field: String,
    /// What was said.
    pub candidate: Candidate,
    /// What is wrong, for the person.
    pub reason: String,
}

/// More than one way to take it: one of several candidates for one field, or one candidate for one of several fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ambiguous {
    /// The fields.
    pub fields: Vec<String>,
    /// The candidates.
    pub candidates: Vec<Candidate>,
}

/// What the person wants to do instead of answering.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Command {
    /// Leave the form: 取消, 不办了.
    Cancel,
    /// Back to the question before: 上一步.
    Back,
    /// Give another answer to a question: 电话要改一下.
    Change {
        /// The field.
        field: String,
    },
}

/// A question of the person's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digression {
    /// In their words.
    pub question: String,
}

/// What a message says. Lists are in the order of the form's fields.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Extraction {
    /// Values.
    pub found: Vec<Found>,
    /// Answers that are not valid.
    pub refused: Vec<Refused>,
    /// What has to be asked again.
    pub ambiguous: Vec<Ambiguous>,
    /// Fields of which the person says that they do not know: 不知道, 忘了.
    pub unknown: Vec<String>,
    /// Fields that the person leaves open: 跳过.
    pub skipped: Vec<String>,
    /// Fields that the person would leave open but that are needed.
    pub unskippable: Vec<String>,
    /// What they want instead.
    pub command: Option<Command>,
    /// What they ask.
    pub digression: Option<Digression>,
}

/// Reads a message of turn `turn`, said on the day `today`, in answer to the question for the field `asked`.
///
/// Places are characters of `message`. Only the first 4,000 characters are read.
pub fn extract(
    form: &Form,
    asked: Option<&str>,
    message: &str,
    today: Date,
    turn: u32,
) -> Extraction {
    let text = Folded::new(message);
    let asked = asked.and_then(|name| form.fields.iter().position(|field| field.name == name));
    let asked = asked.filter(|at| form.fields[*at].allows(SourceKind::Given));
    let clauses = clause::split(&text);
    let said = Message {
        form,
        asked,
        message,
        text,
        clauses,
        today,
        turn,
    };
    if command::cancels(&said) {
        return Extraction {
            command: Some(Command::Cancel),
            ..Extraction::default()
        };
    }
    let marks = command::marks(&said);
    let mut hits = label::hits(&said);
    let labelled = hits.iter().any(|hit| hit.value.is_ok());
    let open_text = said
        .asked_field()
        .is_some_and(|field| field.kind == Kind::Text);
    if open_text && !labelled {
        // What stands in a free text is about the text, not about other fields.
        hits = if marks.is_empty() {
            answer::text(&said)
        } else {
            Vec::new()
        };
    } else if open_text && marks.is_empty() && answer::tells(&said, &hits) {
        hits.extend(answer::text(&said));
    } else {
        hits.extend(pattern::hits(&said, &hits));
        hits.extend(choice::hits(&said, &hits));
        let answered = |hit: &Hit| Some(hit.field) == said.asked && hit.value.is_ok();
        if marks.is_empty() && !hits.iter().any(answered) {
            let answers = answer::hits(&said, &hits);
            let inside = |hit: &Hit| hit.how == How::Choice && overlaps(&answers, &hit.range);
            hits.retain(|hit| !inside(hit));
            hits.extend(answers);
        }
    }
    resolve::extraction(&said, &hits, &marks)
}

/// A message while it is read.
struct Message<'a> {
    form: &'a Form,
    /// Position of the field that was asked for.
    asked: Option<usize>,
    message: &'a str,
    text: Folded,
    clauses: Vec<Clause>,
    today: Date,
    turn: u32,
}

/// A piece of the message that may be a value of a field.
#[derive(Debug, Clone)]
struct Hit {
    /// Position in the form; several where it is not clear whose it is.
    field: usize,
    others: Vec<usize>,
    /// Folded characters.
    range: Range<usize>,
    how: How,
    value: Result<Json, Invalid>,
}

impl Message<'_> {
    fn asked_field(&self) -> Option<&Field> {
        self.asked.map(|at| &self.form.fields[at])
    }

    /// Fields that words may fill, with their positions.
    fn open(&self) -> impl Iterator<Item = (usize, &Field)> {
        let fields = self.form.fields.iter().enumerate();
        fields.filter(|(_, field)| field.allows(SourceKind::Given))
    }

    /// A piece read for a field.
    fn hit(&self, field: usize, range: Range<usize>, how: How) -> Hit {
        let words = self.candidate(&range).words;
        let value = read(&self.form.fields[field], &words, self.today);
        Hit {
            field,
            others: Vec::new(),
            range,
            how,
            value,
        }
    }

    /// A piece of the original.
    fn candidate(&self, range: &Range<usize>) -> Candidate {
        let Range { start, end } = self.text.original(range);
        Candidate {
            start,
            end,
            words: characters(self.message, &(start..end)),
        }
    }

    fn value(&self, hit: &Hit, value: Json) -> Value {
        let Candidate { start, end, words } = self.candidate(&hit.range);
        let source = Source::Given {
            turn: self.turn,
            start,
            end,
            words,
        };
        Value {
            value,
            source,
            at_turn: self.turn,
        }
    }
}

fn overlaps(hits: &[Hit], range: &Range<usize>) -> bool {
    hits.iter()
        .any(|hit| hit.range.start < range.end && range.start < hit.range.end)
}

#[cfg(test)]
mod tests;
