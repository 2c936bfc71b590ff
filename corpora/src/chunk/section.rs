//! Paragraphs below a heading, packed into passages of readable length. Sentences stay whole, questions stay with their answers.

use std::ops::Range;

use super::mark::is_shorter;
use super::wrap::{is_lead, question};

/// Most characters of a passage.
pub(super) const LONGEST: usize = 500;
/// Fewest characters of a passage, where its section has as many.
const SHORTEST: usize = 150;
/// Most characters of a question with its answer in one passage.
const LONGEST_ANSWER: usize = 1000;

/// Paragraphs that belong together. Ranges are bytes of the flow's text.
#[derive(Debug, Default)]
struct Unit {
    paragraphs: Vec<Range<usize>>,
    characters: usize,
    /// A question with its answer.
    answer: bool,
    /// It begins with a short line, as sections of a press text do.
    heads: bool,
}

impl Unit {
    fn push(&mut self, paragraph: Range<usize>, characters: usize) {
        self.paragraphs.push(paragraph);
        self.characters += characters;
    }
}

/// Packs the paragraphs of one section into passages.
pub(super) fn pack(text: &str, paragraphs: &[Range<usize>]) -> Vec<Vec<Range<usize>>> {
    let units: Vec<Unit> = units(text, paragraphs)
        .into_iter()
        .flat_map(|unit| divide(text, unit))
        .collect();
    let total: usize = units.iter().map(|unit| unit.characters).sum();
    // Passages of equal length rather than full ones and a remainder.
    let target = (total / total.div_ceil(LONGEST).max(1)).max(SHORTEST);
    let mut passages: Vec<Unit> = Vec::new();
    for unit in units {
        match passages.last_mut() {
            Some(last) if fits(last, &unit, target) => {
                last.characters += unit.characters;
                last.paragraphs.extend(unit.paragraphs);
            }
            _ => passages.push(unit),
        }
    }
    if let [.., before, last] = passages.as_mut_slice()
        && last.characters < SHORTEST
        && before.characters + last.characters <= LONGEST
    {
        before.paragraphs.append(&mut last.paragraphs);
        passages.pop();
    }
    passages
        .into_iter()
        .map(|passage| passage.paragraphs)
        .collect()
}

fn fits(passage: &Unit, unit: &Unit, target: usize) -> bool {
    let limit = if unit.heads { SHORTEST } else { target };
    passage.characters < limit && passage.characters + unit.characters <= LONGEST
}

/// Puts together a question and its answer, and a short line or one that ends with ： and what follows it.
fn units(text: &str, paragraphs: &[Range<usize>]) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut leads = false;
    for paragraph in paragraphs {
        let line = &text[paragraph.clone()];
        let asked = question(line);
        let joins = match asked {
            Some(true) => false,
            Some(false) => units.last().is_some_and(|unit| unit.answer),
            None => units
                .last()
                .is_some_and(|unit| unit.answer || (leads && unit.characters < SHORTEST)),
        };
        let characters = line.chars().count();
        match units.last_mut() {
            Some(unit) if joins => unit.push(paragraph.clone(), characters),
            _ => units.push(Unit {
                paragraphs: vec![paragraph.clone()],
                characters,
                answer: asked == Some(true),
                heads: false,
            }),
        }
        if let Some(unit) = units
            .last_mut()
            .filter(|unit| unit.paragraphs.len() == 2 && leads && !unit.answer)
        {
            unit.heads = !text[unit.paragraphs[0].clone()].ends_with(['：', ':']);
        }
        leads = is_lead(line);
    }
    units
}

/// Cuts a unit that is too long for a passage: between its paragraphs, then between sentences.
fn divide(text: &str, unit: Unit) -> Vec<Unit> {
    let limit = if unit.answer { LONGEST_ANSWER } else { LONGEST };
    if unit.characters <= limit {
        return vec![unit];
    }
    let heads = unit.heads;
    let mut divided: Vec<Unit> = Vec::new();
    for paragraph in unit.paragraphs {
        for piece in sentences(text, paragraph, LONGEST) {
            let characters = text[piece.clone()].chars().count();
            let fits = divided.len() == 1 && divided[0].characters + characters <= LONGEST;
            match divided.last_mut() {
                Some(first) if fits && is_lead(&text[first.paragraphs[0].clone()]) => {
                    first.push(piece, characters);
                }
                _ => divided.push(Unit {
                    paragraphs: vec![piece],
                    characters,
                    ..Unit::default()
                }),
            }
        }
    }
    if let Some(first) = divided.first_mut() {
        first.heads = heads;
    }
    divided
}

/// Cuts a paragraph into pieces of at most `limit` characters: after a sentence, else after a clause, else anywhere.
pub(super) fn sentences(text: &str, paragraph: Range<usize>, limit: usize) -> Vec<Range<usize>> {
    let line = &text[paragraph.clone()];
    if is_shorter(line, limit + 1) {
        return vec![paragraph];
    }
    let total = line.chars().count();
    let target = total / total.div_ceil(limit);
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut begun = 0;
    let mut sentence = Stop::default();
    let mut clause = Stop::default();
    let mut ended = false;
    let mut characters = line.char_indices().enumerate().peekable();
    while let Some((count, (at, character))) = characters.next() {
        let end = at + character.len_utf8();
        let stop = Stop {
            at: end,
            count: count + 1,
        };
        ended = "。！？!?…".contains(character) || (ended && CLOSING.contains(character));
        let goes_on = characters
            .peek()
            .is_some_and(|(_, (_, next))| CLOSING.contains(*next) || "。！？…".contains(*next));
        if ended && !goes_on {
            sentence = stop;
        } else if matches!(character, '；' | '，' | ';' | ',' | ' ') {
            clause = stop;
        }
        let length = count + 1 - begun;
        let cut = if sentence.at == end && length >= target {
            sentence
        } else if length < limit {
            continue;
        } else if sentence.at > start {
            sentence
        } else if clause.at > start {
            clause
        } else {
            stop
        };
        pieces.push(paragraph.start + start..paragraph.start + cut.at);
        (start, begun) = (cut.at, cut.count);
    }
    if start < line.len() {
        pieces.push(paragraph.start + start..paragraph.end);
    }
    pieces
}

/// Signs that belong to the sentence before them.
const CLOSING: &str = "”’」』）)》】";

/// A place where a paragraph may be cut.
#[derive(Debug, Default, Clone, Copy)]
struct Stop {
    at: usize,
    /// Characters before it.
    count: usize,
}
