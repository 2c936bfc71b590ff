//! The same form filled in on a page: each entry becomes a line of a message, so that its value has a place like any other.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Candidate, Extraction, Found, How, Refused};
use crate::form::field::{Field, SourceKind};
use crate::form::read::read;
use crate::form::schema::Form;
use crate::form::value::{Source, Value};

/// What a page sent, as a message of the person's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entered {
    /// `title：entry` on a line each. Kept like any message.
    pub message: String,
    /// What it says.
    pub extraction: Extraction,
}

/// Reads the entries `(field, text)` of a page, in turn `turn` on the day `today`. Empty entries, names that are no fields and
/// fields that the person may not fill are left out. The entry of a choice is its value or its title.
pub fn enter(form: &Form, entries: &[(String, String)], today: Date, turn: u32) -> Entered {
    let mut entered = Entered {
        message: String::new(),
        extraction: Extraction::default(),
    };
    for field in form
        .fields()
        .iter()
        .filter(|field| field.allows(SourceKind::Given))
    {
        let entry = entries
            .iter()
            .rev()
            .find(|(name, text)| *name == field.name && !text.trim().is_empty());
        if let Some((_, text)) = entry {
            line(&mut entered, field, &said(field, text.trim()), today, turn);
        }
    }
    entered
}

/// A value of the data as the person saw it.
fn said(field: &Field, text: &str) -> String {
    let written = |choice: &&super::super::Choice| {
        choice.value.as_str().map_or_else(
            || format!("{}", choice.value) == text,
            |value| value == text,
        )
    };
    if let Some(choice) = field.choices.iter().find(written) {
        return choice.title.clone();
    }
    match (field.json_type(), text) {
        ("boolean", "true") => "是".into(),
        ("boolean", "false") => "否".into(),
        _ => text.to_owned(),
    }
}

fn line(entered: &mut Entered, field: &Field, words: &str, today: Date, turn: u32) {
    if !entered.message.is_empty() {
        entered.message.push('\n');
    }
    entered.message.push_str(&field.title);
    entered.message.push('：');
    let start = entered.message.chars().count();
    entered.message.push_str(words);
    let end = entered.message.chars().count();
    let words = words.to_owned();
    match read(field, &words, today) {
        Ok(value) => {
            let source = Source::Given {
                turn,
                start,
                end,
                words,
            };
            let value = Value {
                value,
                source,
                at_turn: turn,
            };
            entered.extraction.found.push(Found {
                field: field.name.clone(),
                value,
                how: How::Labelled,
                correction: true,
            });
        }
        Err(reason) => {
            let candidate = Candidate { start, end, words };
            entered.extraction.refused.push(Refused {
                field: field.name.clone(),
                candidate,
                reason: reason.to_string(),
            });
        }
    }
}
