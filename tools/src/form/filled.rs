//! What is known of a form: values with their sources, what was left open, what nobody knows, and what was corrected.
//!
//! A state is serialisable and comes back equal. It holds no message: [`Filled::check`] is given them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::extract::{Candidate, Extraction, Found, How, Refused};
use super::field::{Derivation, Field, Kind, SourceKind};
use super::read::{fits, read};
use super::schema::Form;
use super::validate::identity;
use super::value::{Source, Value};

mod check;

/// A value that another took the place of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// The field.
    pub field: String,
    /// What stood there before.
    pub before: Value,
    /// The turn of the correction.
    pub at_turn: u32,
}

/// What is known of a form. Fields that do not apply any more keep their values, which are not shown or handed in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filled {
    values: BTreeMap<String, Value>,
    skipped: BTreeSet<String>,
    unknown: BTreeSet<String>,
    history: Vec<Correction>,
}

/// What the register has of a resident.
#[derive(Debug, Clone, Copy)]
pub struct Register<'a> {
    /// The entry, by the keys that `x-registry` names.
    pub record: &'a Map<String, Json>,
    /// Identifier of the look-up in the turn's evidence.
    pub evidence: &'a str,
}

/// What [`Filled::take`] did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    /// Fields that have a new value.
    pub filled: Vec<String>,
    /// Fields whose value was replaced.
    pub replaced: Vec<String>,
    /// Fields that keep their value although the message has another, which may be about something else: ask.
    pub kept: Vec<Found>,
}

impl Filled {
    /// The value of a field.
    pub fn value(&self, field: &str) -> Option<&Value> {
        self.values.get(field)
    }

    /// All values, also of fields that do not apply.
    pub fn values(&self) -> &BTreeMap<String, Value> {
        &self.values
    }

    /// Fields that the person left open.
    pub fn skipped(&self) -> &BTreeSet<String> {
        &self.skipped
    }

    /// Fields of which the person does not know the value.
    pub fn unknown(&self) -> &BTreeSet<String> {
        &self.unknown
    }

    /// What was replaced, in order.
    pub fn history(&self) -> &[Correction] {
        &self.history
    }

    /// Whether a field applies: every field in its condition applies and has one of the values named.
    pub fn applies(&self, form: &Form, field: &Field) -> bool {
        // Conditions run in no circle, so that this ends.
        field.when.iter().all(|(name, values)| {
            let known = self
                .values
                .get(name)
                .is_some_and(|value| values.contains(&value.value));
            known
                && form
                    .field(name)
                    .is_some_and(|other| self.applies(form, other))
        })
    }

    /// The values that apply, as they are handed in, in the order of the fields.
    pub fn submission(&self, form: &Form) -> Json {
        let applying = form.fields.iter().filter(|field| self.applies(form, field));
        let values = applying.filter_map(|field| {
            Some((
                field.name.clone(),
                self.values.get(&field.name)?.value.clone(),
            ))
        });
        Json::Object(values.collect::<Map<_, _>>())
    }

    /// Fills from the register what is empty and may come from there. Returns what the register has that does not fit.
    pub fn prefill(
        &mut self,
        form: &Form,
        register: Register<'_>,
        today: Date,
        turn: u32,
    ) -> Vec<Refused> {
        let mut refused = Vec::new();
        for field in form
            .fields
            .iter()
            .filter(|field| field.allows(SourceKind::Registry))
        {
            let entry = field
                .registry
                .as_ref()
                .and_then(|key| register.record.get(key));
            let words = entry.map(text).unwrap_or_default();
            if words.is_empty() || self.values.contains_key(&field.name) {
                continue;
            }
            match read(field, &words, today) {
                Ok(value) => {
                    let evidence = register.evidence.to_owned();
                    let source = Source::Registry { evidence };
                    self.values.insert(
                        field.name.clone(),
                        Value {
                            value,
                            source,
                            at_turn: turn,
                        },
                    );
                }
                Err(reason) => {
                    let candidate = Candidate {
                        start: 0,
                        end: 0,
                        words,
                    };
                    refused.push(Refused {
                        field: field.name.clone(),
                        candidate,
                        reason: reason.to_string(),
                    });
                }
            }
        }
        self.derive(form, turn);
        refused
    }

    /// Takes what a message says. A value that answers the question or has a label replaces what was there, with
    /// history; one that was only recognised replaces nothing that the person gave, unless the message corrects.
    pub fn take(&mut self, form: &Form, extraction: &Extraction, turn: u32) -> Taken {
        let mut taken = Taken::default();
        for found in &extraction.found {
            let allowed = form
                .field(&found.field)
                .is_some_and(|field| field.allows(SourceKind::Given));
            if allowed {
                self.put(found, turn, &mut taken);
            }
        }
        for name in extraction
            .unknown
            .iter()
            .filter(|name| !self.values.contains_key(*name))
        {
            self.unknown.insert(name.clone());
        }
        for name in extraction
            .skipped
            .iter()
            .filter(|name| !self.values.contains_key(*name))
        {
            self.skipped.insert(name.clone());
        }
        self.derive(form, turn);
        taken
    }

    fn put(&mut self, found: &Found, turn: u32, taken: &mut Taken) {
        let name = &found.field;
        self.skipped.remove(name);
        self.unknown.remove(name);
        let Some(before) = self.values.get(name) else {
            self.values.insert(name.clone(), found.value.clone());
            taken.filled.push(name.clone());
            return;
        };
        if before.value == found.value.value {
            return;
        }
        let given = matches!(before.source, Source::Given { .. });
        let meant = match found.how {
            How::Labelled | How::Asked => true,
            How::Pattern | How::Choice => found.correction || !given,
        };
        if meant {
            self.replace(name, found.value.clone(), turn);
            taken.replaced.push(name.clone());
        } else {
            taken.kept.push(found.clone());
        }
    }

    fn replace(&mut self, name: &str, value: Value, turn: u32) {
        if let Some(before) = self.values.insert(name.to_owned(), value) {
            self.history.push(Correction {
                field: name.to_owned(),
                before,
                at_turn: turn,
            });
        }
    }

    /// Empties a field so that it is asked again; the value stays in the history.
    pub fn clear(&mut self, form: &Form, name: &str, turn: u32) {
        self.skipped.remove(name);
        self.unknown.remove(name);
        if let Some(before) = self.values.remove(name) {
            self.history.push(Correction {
                field: name.to_owned(),
                before,
                at_turn: turn,
            });
        }
        self.derive(form, turn);
    }

    /// Fills what follows from identity numbers, and empties what no longer follows from any.
    fn derive(&mut self, form: &Form, turn: u32) {
        for field in form
            .fields
            .iter()
            .filter(|field| field.allows(SourceKind::Derived))
        {
            let now = self.derived(field);
            let before = self.values.get(&field.name);
            let ours = before.is_none_or(|before| matches!(before.source, Source::Derived { .. }));
            if !ours || before.map(|before| &before.value) == now.as_ref().map(|(value, _)| value) {
                continue;
            }
            let before = match now {
                Some((value, source)) => self.values.insert(
                    field.name.clone(),
                    Value {
                        value,
                        source,
                        at_turn: turn,
                    },
                ),
                None => self.values.remove(&field.name),
            };
            let history = before.map(|before| Correction {
                field: field.name.clone(),
                before,
                at_turn: turn,
            });
            self.history.extend(history);
        }
    }

    /// What follows for a field from the number that is there now.
    fn derived(&self, field: &Field) -> Option<(Json, Source)> {
        let derived = field.derived.as_ref()?;
        let number = self.values.get(&derived.from)?.value.as_str()?;
        let value = follows(field, derived.part, number)?;
        Some((
            value,
            Source::Derived {
                from: derived.from.clone(),
                rule: derived.part,
            },
        ))
    }
}

/// What follows from an identity number, as the field's value.
fn follows(field: &Field, part: Derivation, number: &str) -> Option<Json> {
    let identity = identity(number, Date::MAX).ok()?;
    let text = match part {
        Derivation::Birth => identity.birth.to_string(),
        Derivation::Sex => identity.sex.name().to_owned(),
    };
    let value = match field.kind {
        Kind::Choice => read(field, &text, Date::MAX).ok()?,
        Kind::Date
        | Kind::Text
        | Kind::Name
        | Kind::Identity
        | Kind::Mobile
        | Kind::Phone
        | Kind::CreditCode
        | Kind::Amount
        | Kind::Integer
        | Kind::Address
        | Kind::Mail
        | Kind::Plate
        | Kind::Bank
        | Kind::YesNo => text.into(),
    };
    fits(field, &value).is_ok().then_some(value)
}

/// An entry of the register as words; the parts of an address one after the other.
fn text(entry: &Json) -> String {
    match entry {
        Json::String(text) => text.trim().to_owned(),
        Json::Number(number) => number.to_string(),
        Json::Bool(true) => "是".into(),
        Json::Bool(false) => "否".into(),
        Json::Array(parts) => parts.iter().map(text).collect(),
        Json::Object(parts) => parts.values().map(text).collect(),
        Json::Null => String::new(),
    }
}
