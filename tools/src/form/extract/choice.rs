//! Words of choices in what a person tells: 我们是非婚生.

use super::{Hit, How, Message, overlaps};
use crate::form::field::{Field, Kind};
use crate::form::read::words::{Meaning, said as meanings};

/// A word of a field.
struct Word {
    field: usize,
    meaning: Meaning,
}

/// The words of choices outside of `taken`. A word of two fields counts for the one that was asked for; for none if
/// neither was. A single character is taken only for the field that was asked for.
pub(super) fn hits(said: &Message<'_>, taken: &[Hit]) -> Vec<Hit> {
    let taken: Vec<Hit> = taken
        .iter()
        .filter(|hit| hit.value.is_ok())
        .cloned()
        .collect();
    let mut words: Vec<Word> = Vec::new();
    for clause in said.clauses.iter().filter(|clause| clause.tells()) {
        for (field, definition) in said.open().filter(|(_, field)| has_words(field)) {
            let found = meanings(definition, &said.text, clause.range.clone());
            words.extend(found.into_iter().map(|meaning| Word { field, meaning }));
        }
    }
    words.retain(|word| {
        let asked = Some(word.field) == said.asked;
        (asked || word.meaning.range.len() > 1) && !overlaps(&taken, &word.meaning.range)
    });
    let stands = |word: &&Word| words.iter().all(|other| !yields(said, word, other));
    words
        .iter()
        .filter(stands)
        .map(|word| {
            let how = if Some(word.field) == said.asked {
                How::Asked
            } else {
                How::Choice
            };
            said.hit(word.field, word.meaning.range.clone(), how)
        })
        .collect()
}

fn has_words(field: &Field) -> bool {
    matches!(field.kind, Kind::Choice | Kind::YesNo) && !field.choices.is_empty()
}

/// Whether a word counts for nothing beside another field's: that one is longer, or asked for, or neither is better.
fn yields(said: &Message<'_>, word: &Word, other: &Word) -> bool {
    let (mine, theirs) = (&word.meaning.range, &other.meaning.range);
    let overlap = mine.start < theirs.end && theirs.start < mine.end;
    if word.field == other.field || !overlap {
        return false;
    }
    theirs.len() > mine.len() || (theirs.len() == mine.len() && Some(word.field) != said.asked)
}
