//! From pieces of a message to what it says: one value for a field, or that it is not clear.

use super::clause::polite;
use super::command::{self, Marks};
use super::{
    Ambiguous, Candidate, Digression, Extraction, Found, Hit, How, Message, Refused, overlaps,
};
use crate::form::field::Kind;

/// Words after which what was said before does not count.
pub(super) const CORRECTING: [&str; 20] = [
    "不对",
    "错了",
    "说错",
    "写错",
    "打错",
    "填错",
    "搞错",
    "弄错",
    "更正",
    "纠正",
    "改成",
    "改为",
    "换成",
    "修改为",
    "变更为",
    "应该是",
    "不是",
    "更新为",
    "而是",
    "重新说",
];
/// Words that leave it open.
const EITHER: [&str; 5] = ["或者", "还是", "要么", "要不", "或"];

pub(super) fn extraction(said: &Message<'_>, hits: &[Hit], marks: &Marks) -> Extraction {
    let mut extraction = Extraction::default();
    let whose: Vec<&Hit> = hits.iter().filter(|hit| !hit.others.is_empty()).collect();
    for hit in whose {
        let fields = std::iter::once(&hit.field).chain(&hit.others);
        extraction.ambiguous.push(Ambiguous {
            fields: fields
                .map(|at| said.form.fields[*at].name.clone())
                .collect(),
            candidates: vec![said.candidate(&hit.range)],
        });
    }
    for (at, _) in said.open() {
        let mine: Vec<&Hit> = hits
            .iter()
            .filter(|hit| hit.field == at && hit.others.is_empty())
            .collect();
        settle(said, &mine, &mut extraction);
    }
    mark(said, marks, &mut extraction);
    if extraction.found.is_empty() && extraction.ambiguous.is_empty() && marks.is_empty() {
        extraction.command = command::command(said);
    }
    if extraction.command.is_none() {
        extraction.digression = digression(said, hits, &extraction);
    }
    extraction
}

/// What one field gets of the pieces that may be its value.
fn settle(said: &Message<'_>, hits: &[&Hit], extraction: &mut Extraction) {
    let Some(last) = hits.iter().map(|hit| level(said, hit)).max() else {
        return;
    };
    let mut hits: Vec<&Hit> = hits
        .iter()
        .filter(|hit| level(said, hit) == last)
        .copied()
        .collect();
    let open = EITHER
        .iter()
        .any(|word| said.text.find(word, 0..said.text.len()).is_some());
    if !open
        && hits
            .iter()
            .any(|hit| hit.how == How::Labelled && hit.value.is_ok())
    {
        hits.retain(|hit| hit.how == How::Labelled);
    }
    let field = &said.form.fields[hits[0].field];
    let mut valid: Vec<&Hit> = Vec::new();
    for hit in &hits {
        let new = hit.value.is_ok() && valid.iter().all(|other| other.value != hit.value);
        if new {
            valid.push(hit);
        }
    }
    match valid[..] {
        [] => {
            if let Some((hit, reason)) = hits
                .iter()
                .find_map(|hit| Some((hit, hit.value.as_ref().err()?)))
            {
                let candidate = said.candidate(&hit.range);
                extraction.refused.push(Refused {
                    field: field.name.clone(),
                    candidate,
                    reason: reason.to_string(),
                });
            }
        }
        [hit] => extraction
            .found
            .extend(hit.value.as_ref().ok().map(|value| Found {
                field: field.name.clone(),
                value: said.value(hit, value.clone()),
                how: hit.how,
                correction: last > 0,
            })),
        _ => {
            let candidates: Vec<Candidate> =
                valid.iter().map(|hit| said.candidate(&hit.range)).collect();
            extraction.ambiguous.push(Ambiguous {
                fields: vec![field.name.clone()],
                candidates,
            });
        }
    }
}

/// How many words of correction stand before a piece.
fn level(said: &Message<'_>, hit: &Hit) -> usize {
    let before = said.text.slice(0..hit.range.start);
    CORRECTING
        .iter()
        .map(|word| before.matches(word).count())
        .sum()
}

fn mark(said: &Message<'_>, marks: &Marks, extraction: &mut Extraction) {
    let name = |at: &usize| said.form.fields[*at].name.clone();
    let has = |extraction: &Extraction, name: &String| {
        extraction.found.iter().any(|found| found.field == *name)
    };
    for at in &marks.unknown {
        if !has(extraction, &name(at)) && !extraction.unknown.contains(&name(at)) {
            extraction.unknown.push(name(at));
        }
    }
    for at in &marks.skipped {
        let field = &said.form.fields[*at];
        let list = if field.skippable || !field.required {
            &mut extraction.skipped
        } else {
            &mut extraction.unskippable
        };
        if !list.contains(&field.name) {
            list.push(field.name.clone());
        }
    }
}

/// The question in a message: all of it where nothing else was said, else the clauses that ask.
fn digression(said: &Message<'_>, hits: &[Hit], extraction: &Extraction) -> Option<Digression> {
    let text = said
        .asked_field()
        .is_some_and(|field| field.kind == Kind::Text);
    let answered = |hit: &Hit| Some(hit.field) == said.asked && hit.value.is_ok();
    if text && hits.iter().any(answered) {
        return None;
    }
    let marked = !extraction.unknown.is_empty() || !extraction.skipped.is_empty();
    let asks = said
        .clauses
        .iter()
        .filter(|clause| clause.question && !overlaps(hits, &clause.range));
    let asks: Vec<_> = asks
        .filter(|clause| !polite(said.text.slice(clause.range.clone())))
        .collect();
    let (first, last) = (asks.first()?, asks.last()?);
    if marked && asks.iter().all(|clause| clause.mark != '?') {
        // 不清楚是多少 is no question.
        return None;
    }
    let alone = hits.is_empty() && !marked;
    let mark = usize::from(last.mark == '?');
    let range = if alone {
        0..said.text.len()
    } else {
        first.range.start..(last.range.end + mark).min(said.text.len())
    };
    let question = said.candidate(&said.text.trimmed(range)).words;
    Some(Digression { question })
}
