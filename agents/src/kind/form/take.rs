//! What a message does to a form: values, corrections, what is left open, and what the first words come to.

use serde_json::{Map, Value};
use tools::Assessment;
use tools::form::{
    Command, Extraction, Form, Found, How, Register, Source, Value as Filling, enter, extract, read,
};

use super::show::titles;
use super::{FormTurn, Stage};
use crate::answer::{Event, Status};
use crate::kind::led;
use crate::kind::proposal;
use crate::turn::{CallFailure, Setting, Step};

/// The field that takes a person's words as they are.
const WORDS: &str = "text";
/// The field that takes a place.
const ADDRESS: &str = "address";
/// How often a place is asked for that cannot be found; then it is taken as it was said.
const TRIES: usize = 2;

impl FormTurn {
    pub(super) fn take(&mut self, setting: Setting<'_>, message: &str) -> (Vec<Event>, Step) {
        let form = self.entry(setting).and_then(|entry| entry.form.clone());
        let Some(form) = form else {
            return self.failed(setting, "the form does not say how to ask");
        };
        let (today, turn) = (self.request.today, self.request.turn);
        let extraction = if self.request.fields.is_empty() {
            extract(&form, self.memory.asked.as_deref(), message, today, turn)
        } else {
            enter(&form, &self.request.fields, today, turn).extraction
        };
        match &extraction.command {
            Some(Command::Cancel) => return (vec![self.cancelled(setting)], Step::Done),
            Some(Command::Back) => {
                if let Some(before) = self.latest() {
                    self.memory.filled.clear(&form, &before, turn);
                }
            }
            Some(Command::Change { field }) => self.memory.filled.clear(&form, field, turn),
            None => {}
        }
        if let Some(digression) = &extraction.digression
            && extraction.found.is_empty()
            && !self.begins
        {
            let question = digression.question.clone();
            if let Some(proposal) = self.shown.take() {
                // A question changes nothing: what was shown can still be confirmed.
                self.memory.proposal = Some(*proposal);
                self.memory.replaced = None;
                self.memory.stage = Stage::Confirm;
                self.memory.attempt -= 1;
            }
            return self.digress(setting, &question);
        }
        self.keep(setting, &form, &extraction);
        let where_asked = self.memory.asked.as_deref() == Some(ADDRESS);
        let spoken = self.request.fields.is_empty() && extraction.command.is_none();
        if !self.begins
            && spoken
            && (where_asked || self.changes)
            && let Some(tool) = self.assessor(setting)
        {
            return (Vec::new(), self.look_over(tool));
        }
        self.go_on(setting)
    }

    /// Takes values over, and says what became of them.
    fn keep(&mut self, setting: Setting<'_>, form: &Form, extraction: &Extraction) {
        let taken = self.memory.filled.take(form, extraction, self.request.turn);
        let Some(texts) = self.part(setting).map(|part| &part.texts) else {
            return;
        };
        let title = |name: &str| {
            form.field(name)
                .map_or_else(|| name.to_owned(), |field| field.title.clone())
        };
        for name in &taken.replaced {
            let value = self.memory.filled.value(name);
            let shown = value
                .zip(form.field(name))
                .map(|(value, field)| field.shown(&value.value));
            let note = texts.replaced.replace("{title}", &title(name));
            self.notes
                .push(note.replace("{value}", &shown.unwrap_or_default()));
        }
        for refused in &extraction.refused {
            let note = texts.invalid.replace("{title}", &title(&refused.field));
            self.notes.push(note.replace("{reason}", &refused.reason));
        }
        for ambiguous in &extraction.ambiguous {
            let note = texts
                .ambiguous
                .replace("{title}", &titles(form, &ambiguous.fields));
            let values: Vec<&str> = ambiguous
                .candidates
                .iter()
                .map(|candidate| candidate.words.as_str())
                .collect();
            self.notes
                .push(note.replace("{values}", &values.join("、")));
        }
        for name in &extraction.unskippable {
            self.notes
                .push(texts.needed.replace("{title}", &title(name)));
        }
        for name in &extraction.unknown {
            self.notes
                .push(texts.unknown.replace("{title}", &title(name)));
        }
    }

    /// The field that was filled last.
    fn latest(&self) -> Option<String> {
        let values = self.memory.filled.values().iter();
        let given = values.filter(|(_, value)| matches!(value.source, Source::Given { .. }));
        given
            .max_by_key(|(_, value)| value.at_turn)
            .map(|(name, _)| name.clone())
    }

    /// Fills in what the register knows, and says so.
    pub(super) fn prefill(
        &mut self,
        setting: Setting<'_>,
        record: &Map<String, Value>,
        evidence: Vec<String>,
    ) {
        let form = self.entry(setting).and_then(|entry| entry.form.clone());
        let (Some(form), Some(id)) = (form, evidence.first()) else {
            return;
        };
        // What does not fit is asked for.
        let register = Register {
            record,
            evidence: id,
        };
        let (today, turn) = (self.request.today, self.request.turn);
        let _ = self.memory.filled.prefill(&form, register, today, turn);
        let licences = record
            .get("licences")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let names = licences.filter_map(|licence| licence.get("name")?.as_str().map(str::to_owned));
        self.memory.licences = names.collect();
        let filled: Vec<String> = self.memory.filled.values().keys().cloned().collect();
        if let Some(texts) = self.part(setting).map(|part| &part.texts)
            && !filled.is_empty()
        {
            self.notes
                .push(texts.prefilled.replace("{fields}", &titles(&form, &filled)));
        }
        self.memory.evidence = evidence;
    }

    /// What the first words come to: what is still to be asked, and whether it is done here at all.
    pub(super) fn assessed(
        &mut self,
        setting: Setting<'_>,
        called: Result<tools::Outcome, CallFailure>,
    ) -> (Vec<Event>, Step) {
        let event = proposal::called("assess", &called);
        let assessment = match called {
            Ok(tools::Outcome::Done(output)) => {
                serde_json::from_value::<Assessment>(output.value).ok()
            }
            Ok(tools::Outcome::Proposed(_)) | Err(_) => None,
        };
        let looked = match assessment {
            Some(assessment) if !self.begins => self.looked_again(setting, &assessment),
            Some(assessment) => self.looked_over(setting, &assessment),
            None => self.failed(setting, "the words could not be looked over"),
        };
        led(event, looked)
    }

    fn looked_over(&mut self, setting: Setting<'_>, assessment: &Assessment) -> (Vec<Event>, Step) {
        let form = self.entry(setting).and_then(|entry| entry.form.clone());
        let (Some(part), Some(form)) = (self.part(setting), form) else {
            return self.failed(setting, "the agent has no forms");
        };
        let message = self.message().to_owned();
        if let Some(outside) = &assessment.outside {
            self.memory.stage = Stage::Refused;
            let text = part.texts.outside.replace("{name}", &outside.name);
            self.notes.push(text.replace("{channel}", &outside.channel));
            let answer = self.answer(setting, Status::Refused);
            return (vec![Event::Done(Box::new(answer))], Step::Done);
        }
        if assessment.is_question && setting.digress.is_some() {
            self.memory.stage = Stage::Refused;
            return self.digress(setting, &message);
        }
        self.fill(&form, WORDS, (0, message.chars().count()));
        self.memory.wanted = assessment
            .missing
            .iter()
            .map(|asked| asked.fact.field().to_owned())
            .collect();
        if let Some(span) = place_span(assessment) {
            self.fill(&form, ADDRESS, span);
        }
        for place in &assessment.place.unknown {
            self.notes
                .push(part.texts.unknown_place.replace("{place}", place));
        }
        if !assessment.place.candidates.is_empty() {
            let names: Vec<&str> = assessment
                .place
                .candidates
                .iter()
                .map(|place| place.name.as_str())
                .collect();
            self.notes.push(
                part.texts
                    .ambiguous_place
                    .replace("{places}", &names.join("、")),
            );
        }
        if let Some(near) = &assessment.near {
            self.notes
                .push(part.texts.near.replace("{order}", &near.id));
        }
        self.take(setting, &message)
    }

    /// A later message that says where it is, or corrects it. A place that nobody can find is asked for again.
    fn looked_again(
        &mut self,
        setting: Setting<'_>,
        assessment: &Assessment,
    ) -> (Vec<Event>, Step) {
        let form = self.entry(setting).and_then(|entry| entry.form.clone());
        let (Some(part), Some(form)) = (self.part(setting), form) else {
            return self.failed(setting, "the agent has no forms");
        };
        if let Some(span) = place_span(assessment) {
            self.fill(&form, ADDRESS, span);
        } else if self.memory.asked.as_deref() == Some(ADDRESS) && self.memory.tries < TRIES {
            self.memory.tries += 1;
            self.memory.filled.clear(&form, ADDRESS, self.request.turn);
            for place in &assessment.place.unknown {
                self.notes
                    .push(part.texts.unknown_place.replace("{place}", place));
            }
        }
        self.go_on(setting)
    }

    /// Fills a field with the person's own words, where they can be its value.
    fn fill(&mut self, form: &Form, name: &str, (start, end): (usize, usize)) {
        let turn = self.request.turn;
        let words: String = self
            .message()
            .chars()
            .skip(start)
            .take(end - start)
            .collect();
        let Some(value) = form
            .field(name)
            .and_then(|field| read(field, &words, self.request.today).ok())
        else {
            return;
        };
        let source = Source::Given {
            turn,
            start,
            end,
            words,
        };
        let found = Found {
            field: name.to_owned(),
            value: Filling {
                value,
                source,
                at_turn: turn,
            },
            how: How::Asked,
            correction: false,
        };
        let extraction = Extraction {
            found: vec![found],
            ..Extraction::default()
        };
        self.memory.filled.take(form, &extraction, turn);
    }
}

/// Where a message says where it is, if somebody who is sent there finds it.
fn place_span(assessment: &Assessment) -> Option<(usize, usize)> {
    let place = &assessment.place;
    let address = &place.address;
    let spans = address
        .segments
        .values()
        .chain(&address.cross)
        .chain(&address.landmark)
        .filter_map(|segment| segment.span);
    let start = spans.clone().map(|span| span.start).min()?;
    let end = spans.map(|span| span.end).max()?;
    (place.is_findable() && start < end).then_some((start, end))
}
