//! What the guide of a service says: conditions, materials and steps, each a quotation that stands in a passage of this
//! turn. What does not stand there is not said.

use std::collections::BTreeMap;

use corpora::Passage;
use serde_json::Value;
use tools::form::Filled;
use tools::{FormPart, Material, Rule};

use crate::answer::{Citation, Sentence};

/// The passage in which a quotation stands, under its heading where one fits.
pub(super) fn standing<'a>(
    passages: &'a [Passage],
    clause: &str,
    quote: &str,
) -> Option<&'a Passage> {
    let stands = |passage: &&Passage| passage.text.contains(quote);
    let headed = passages
        .iter()
        .filter(stands)
        .find(|passage| passage.path_text().contains(clause));
    headed.or_else(|| passages.iter().find(stands))
}

/// Whether something applies, as far as is known: not, where a field has another value; not yet, where it has none.
pub(super) fn applies(when: &BTreeMap<String, Vec<Value>>, filled: &Filled) -> Option<bool> {
    let mut all = Some(true);
    for (field, values) in when {
        match filled.value(field) {
            Some(value) if values.contains(&value.value) => {}
            Some(_) => return Some(false),
            None => all = None,
        }
    }
    all
}

/// Whether a rule holds; none where its field has no value yet.
pub(super) fn holds(rule: &Rule, filled: &Filled) -> Option<bool> {
    let value = &filled.value(&rule.field)?.value;
    let number = value.as_f64();
    let bounds = [
        rule.at_least
            .map(|least| number.is_some_and(|number| number >= least)),
        rule.at_most
            .map(|most| number.is_some_and(|number| number <= most)),
        rule.one_of.as_ref().map(|all| all.contains(value)),
        rule.is.as_ref().map(|only| only == value),
    ];
    Some(bounds.into_iter().flatten().all(|holds| holds))
}

/// The materials that are needed as far as is known, in the order of the guide.
pub(super) fn materials<'a>(part: &'a FormPart, filled: &Filled) -> Vec<&'a Material> {
    let needed = part.material.iter();
    needed
        .filter(|material| applies(&material.when, filled) == Some(true))
        .collect()
}

/// Sentences with their citations, each passage once.
#[derive(Debug, Default)]
pub(super) struct Quoted {
    pub(super) sentences: Vec<Sentence>,
    pub(super) citations: Vec<Citation>,
}

impl Quoted {
    /// Adds a quotation, if it stands in one of `passages`; tells whose it is.
    pub(super) fn add(
        &mut self,
        passages: &[Passage],
        clause: &str,
        quote: &str,
    ) -> Option<String> {
        let passage = standing(passages, clause, quote)?;
        let id = self.cite(passage, quote);
        let there = self.sentences.iter().any(|sentence| sentence.text == quote);
        if !there {
            self.sentences.push(Sentence {
                text: quote.to_owned(),
                citations: vec![id.clone()],
                worded_by: None,
            });
        }
        Some(id)
    }

    /// Cites a passage without quoting it as a sentence.
    pub(super) fn cite(&mut self, passage: &Passage, quote: &str) -> String {
        if self.citations.iter().all(|known| known.id != passage.id) {
            let start = passage.text.find(quote).unwrap_or(0);
            let path = passage.path_of(start, start + quote.len());
            self.citations.push(Citation::of(passage, path));
        }
        passage.id.clone()
    }
}
