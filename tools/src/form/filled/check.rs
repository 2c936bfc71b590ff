//! Does every value still follow from its source? The proof that nothing was invented, for a state that was stored or sent
//! round.

use std::collections::BTreeSet;

use super::Filled;
use crate::form::error::FormError;
use crate::form::field::{Derivation, Field};
use crate::form::fold::characters;
use crate::form::read::{fits, read};
use crate::form::schema::Form;
use crate::form::value::{Said, Source, Value};

impl Filled {
    /// Whether every value, also of the history, follows from its source: the words stand in the message named and read as
    /// this value for this field, the evidence was given, the derivation gives the same again; and the source is one that the
    /// field allows.
    ///
    /// # Errors
    /// [`FormError::Unsourced`] with the first value that does not.
    pub fn check(
        &self,
        form: &Form,
        said: &[Said],
        evidence: &BTreeSet<String>,
    ) -> Result<(), FormError> {
        let history = self
            .history
            .iter()
            .map(|correction| (&correction.field, &correction.before, false));
        let values = self.values.iter().map(|(name, value)| (name, value, true));
        for (name, value, current) in history.chain(values) {
            let field = form.field(name).ok_or("is no field of this form");
            let checked = field.and_then(|field| {
                fitting(field, value)?;
                match &value.source {
                    Source::Given { .. } => given(field, value, said),
                    Source::Registry { evidence: id } if evidence.contains(id) => Ok(()),
                    Source::Registry { .. } => {
                        Err("no look-up of the register has this identifier")
                    }
                    Source::Derived { from, rule } => {
                        self.derives(field, from, *rule, value).or_else(|problem| {
                            if current {
                                Err(problem)
                            } else {
                                declared(field, from, *rule)
                            }
                        })
                    }
                }
            });
            checked.map_err(|problem| FormError::Unsourced {
                field: name.clone(),
                problem: problem.into(),
            })?;
        }
        Ok(())
    }

    /// Whether a value follows from the number that is there now.
    fn derives(
        &self,
        field: &Field,
        from: &str,
        rule: Derivation,
        value: &Value,
    ) -> Result<(), &'static str> {
        declared(field, from, rule)?;
        let again = self
            .derived(field)
            .is_some_and(|(again, _)| again == value.value);
        again
            .then_some(())
            .ok_or("the value does not follow from the number")
    }
}

fn fitting(field: &Field, value: &Value) -> Result<(), &'static str> {
    if !field.allows(value.source.kind()) {
        return Err("the field may not be filled from this source");
    }
    fits(field, &value.value).map_err(|_| "the value does not fit the schema")
}

/// Whether the words stand where they are said to stand, and mean this value.
fn given(field: &Field, value: &Value, said: &[Said]) -> Result<(), &'static str> {
    let Source::Given {
        turn,
        start,
        end,
        words,
    } = &value.source
    else {
        return Err("the value was not given");
    };
    let message = said.iter().find(|said| said.turn == *turn);
    let message = message.ok_or("no message has this turn")?;
    if start >= end || characters(&message.text, &(*start..*end)) != *words {
        return Err("the words do not stand at this place of the message");
    }
    let again =
        read(field, words, message.day).map_err(|_| "the words cannot be read as a value")?;
    (again == value.value)
        .then_some(())
        .ok_or("the words mean another value")
}

/// What an earlier value followed from may be gone; then only the declaration can be compared.
fn declared(field: &Field, from: &str, rule: Derivation) -> Result<(), &'static str> {
    let declared = field.derived.as_ref();
    let same = declared.is_some_and(|derived| derived.from == from && derived.part == rule);
    same.then_some(())
        .ok_or("the field does not follow from this one")
}
