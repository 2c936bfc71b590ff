//! What a person is told and shown of a form. Facts are quotations of the guide with their citations; the rest are questions,
//! their own values, and fixed texts of the agent's folder.

use serde_json::Value;
use tools::form::{Filled, Form, Problem, View, review};
use tools::{Condition, ToolEntry};

use super::guide::{Quoted, applies, holds, materials, standing};
use super::{FieldView, FormTurn, FormView, MaterialView, ProposalView, Stage};
use crate::answer::{Answer, Contact, Event, Status};
use crate::guard::Emergency;
use crate::turn::{Setting, Step};

/// Most forms that are offered to choose from.
pub(super) const OFFERED: usize = 12;

impl FormTurn {
    /// The number to call comes first; what was said is kept, so that it can be taken down afterwards.
    pub(super) fn emergency(&mut self, setting: Setting<'_>, emergency: &Emergency) -> Event {
        self.notes.push(emergency.advice.clone());
        let more = self.part(setting).map(|part| part.texts.emergency.clone());
        self.notes.extend(more.filter(|text| !text.is_empty()));
        let mut answer = self.answer(setting, Status::Handoff);
        answer.next = vec![Contact::of(emergency)];
        Event::Done(Box::new(answer))
    }

    /// Which form is meant.
    pub(super) fn choose(
        &mut self,
        setting: Setting<'_>,
        forms: &[&ToolEntry],
    ) -> (Vec<Event>, Step) {
        self.memory.stage = Stage::Choosing;
        if let Some(texts) = self.part(setting).map(|part| &part.texts) {
            self.notes.push(texts.choose.clone());
        }
        let mut answer = self.answer(setting, Status::Clarify);
        let titles = forms.iter().map(|form| form.manifest.title.clone());
        answer.choices = titles.take(OFFERED).collect();
        (vec![Event::Done(Box::new(answer))], Step::Done)
    }

    /// One question; at the beginning with what the guide says.
    pub(super) fn asking(&mut self, setting: Setting<'_>) -> Event {
        let unmet = self.unmet(setting);
        let texts = self.part(setting).map(|part| &part.texts);
        if let (Some(texts), true, Some(entry)) = (texts, self.begins, self.entry(setting)) {
            self.notes
                .insert(0, texts.begin.replace("{title}", &entry.manifest.title));
        }
        if let Some(texts) = texts {
            for condition in &unmet {
                self.notes
                    .push(texts.not_met.replace("{condition}", &condition.text));
            }
            if self.memory.asked.is_none() && unmet.is_empty() {
                let problems = self.problems(setting);
                let lines: Vec<String> = problems.into_iter().map(|problem| problem.text).collect();
                self.notes
                    .push(texts.problems.replace("{problems}", &lines.join("；")));
            }
        }
        let status = if unmet.is_empty() {
            Status::Clarify
        } else {
            Status::Refused
        };
        if unmet.is_empty() {
            self.notes.extend(self.question(setting));
        }
        let choices = if unmet.is_empty() {
            self.choices(setting)
        } else {
            Vec::new()
        };
        let mut answer = self.answer(setting, status);
        answer.choices = choices;
        Event::Done(Box::new(answer))
    }

    /// What will happen, for the person's word.
    pub(super) fn confirming(&mut self, setting: Setting<'_>) -> Event {
        if let Some(texts) = self.part(setting).map(|part| &part.texts) {
            self.notes.push(texts.review.clone());
            self.notes.push(texts.confirm.clone());
        }
        Event::Done(Box::new(self.answer(setting, Status::Confirm)))
    }

    /// Conditions that the values do not meet, as far as code can tell, and that stand in the guide.
    pub(super) fn unmet<'a>(&self, setting: Setting<'a>) -> Vec<&'a Condition> {
        let service = self
            .entry(setting)
            .and_then(|entry| entry.manifest.form.as_ref());
        let conditions = service.into_iter().flat_map(|service| &service.condition);
        let filled = &self.memory.filled;
        let mut unmet: Vec<&Condition> = Vec::new();
        for condition in conditions {
            let fails = condition.rule.as_ref().is_some_and(|rule| {
                self.field_applies(setting, &rule.field) && holds(rule, filled) == Some(false)
            });
            let here = applies(&condition.when, filled) == Some(true);
            let stands = standing(&self.passages, &condition.clause, &condition.text).is_some();
            if fails && here && stands && unmet.iter().all(|known| known.text != condition.text) {
                unmet.push(condition);
            }
        }
        unmet
    }

    fn field_applies(&self, setting: Setting<'_>, name: &str) -> bool {
        let form = self.entry(setting).and_then(|entry| entry.form.as_ref());
        form.is_some_and(|form| {
            form.field(name)
                .is_some_and(|field| self.memory.filled.applies(form, field))
        })
    }

    pub(super) fn problems(&self, setting: Setting<'_>) -> Vec<Problem> {
        let form = self.entry(setting).and_then(|entry| entry.form.as_ref());
        form.map(|form| problems(form, &self.memory.filled))
            .unwrap_or_default()
    }

    pub(super) fn question(&self, setting: Setting<'_>) -> Option<String> {
        let form = self.entry(setting)?.form.as_ref()?;
        let field = form.field(self.memory.asked.as_ref()?)?;
        Some(field.ask.clone())
    }

    pub(super) fn choices(&self, setting: Setting<'_>) -> Vec<String> {
        let form = self.entry(setting).and_then(|entry| entry.form.as_ref());
        let field = form
            .zip(self.memory.asked.as_ref())
            .and_then(|(form, name)| form.field(name));
        let choices = field.into_iter().flat_map(|field| &field.choices);
        choices.map(|choice| choice.title.clone()).collect()
    }

    /// An answer with the form as it stands.
    pub(super) fn answer(&mut self, setting: Setting<'_>, status: Status) -> Answer {
        let mut quoted = Quoted::default();
        let view = self.view(setting, &mut quoted);
        let label = self.part(setting).map(|part| part.texts.label.clone());
        let lead = self.part(setting).map(|part| part.texts.lead.clone());
        Answer {
            question: self.message().to_owned(),
            interpreted: self.message().to_owned(),
            lead: lead.filter(|_| !quoted.sentences.is_empty()),
            sentences: quoted.sentences,
            citations: quoted.citations,
            searched: self.searched.clone(),
            message: joined(self.notes.iter().cloned().map(Some)),
            label: label.unwrap_or_default(),
            form: Some(Box::new(view)),
            ..Answer::new(setting, &self.request, status)
        }
        .labelled(setting)
    }

    /// The form as it stands. What the guide says goes into `quoted` when the form begins, and when it is complete.
    pub(super) fn view(&self, setting: Setting<'_>, quoted: &mut Quoted) -> FormView {
        let entry = self.entry(setting);
        let form = entry.and_then(|entry| entry.form.as_ref());
        let service = entry.and_then(|entry| entry.manifest.form.as_ref());
        let mut shown = Vec::new();
        if let Some(service) = service {
            if self.begins {
                for condition in &service.condition {
                    if applies(&condition.when, &self.memory.filled) != Some(false) {
                        quoted.add(&self.passages, &condition.clause, &condition.text);
                    }
                }
            }
            for condition in self.unmet(setting) {
                quoted.add(&self.passages, &condition.clause, &condition.text);
            }
            for material in materials(service, &self.memory.filled) {
                let Some(passage) = standing(&self.passages, &material.clause, &material.quote)
                else {
                    continue;
                };
                let citation = quoted.cite(passage, &material.quote);
                shown.push(MaterialView {
                    name: material.name.clone(),
                    original: material.original,
                    copies: material.copies,
                    waived: self.waived(setting, material),
                    citation,
                });
            }
            if matches!(self.memory.stage, Stage::Confirm | Stage::Submitted)
                && let Some(limit) = &service.limit
            {
                quoted.add(&self.passages, "", limit);
            }
        }
        FormView {
            tool: self.memory.tool.clone(),
            title: entry.map(|entry| entry.manifest.title.clone()),
            stage: self.memory.stage,
            asked: self.memory.asked.clone(),
            fields: form.map(|form| self.fields(form)).unwrap_or_default(),
            materials: shown,
            unmet: self
                .unmet(setting)
                .into_iter()
                .map(|condition| condition.text.clone())
                .collect(),
            proposal: self.memory.proposal.as_ref().map(ProposalView::of),
            receipt: self.memory.receipt.clone(),
            memory: self.memory.clone(),
        }
    }

    /// Why a document need not be handed in: the register holds the licence, and a rule says that this is enough.
    fn waived(&self, setting: Setting<'_>, material: &tools::Material) -> Option<String> {
        let licence = material.licence.as_ref()?;
        let words = material.shared.as_ref()?;
        let held = self.memory.licences.contains(licence);
        let stands = self
            .passages
            .iter()
            .any(|passage| passage.text.contains(words));
        let texts = &self.part(setting)?.texts;
        (held && stands).then(|| {
            let text = texts.waived.replace("{name}", &material.name);
            text.replace("{licence}", licence)
        })
    }

    fn fields(&self, form: &Form) -> Vec<FieldView> {
        let filled = &self.memory.filled;
        let review = review(form, filled, View::Full);
        let mut fields = Vec::new();
        for row in review.rows {
            let Some(field) = form.field(&row.field) else {
                continue;
            };
            let problem = review
                .problems
                .iter()
                .find(|problem| problem.field == row.field);
            fields.push(FieldView {
                name: row.field.clone(),
                title: row.title,
                kind: name_of(&field.kind),
                ask: field.ask.clone(),
                why: field.why.clone(),
                required: field.required || self.memory.wanted.contains(&row.field),
                choices: field
                    .choices
                    .iter()
                    .map(|choice| choice.title.clone())
                    .collect(),
                shown: row.filled.then_some(row.shown),
                source: row.source,
                problem: problem
                    .filter(|_| row.filled)
                    .map(|problem| problem.text.clone()),
            });
        }
        fields
    }
}

/// What is wrong with a form as it stands.
pub(super) fn problems(form: &Form, filled: &Filled) -> Vec<Problem> {
    review(form, filled, View::Full).problems
}

/// Titles of fields, for people.
pub(super) fn titles(form: &Form, names: &[String]) -> String {
    let titles = names
        .iter()
        .map(|name| form.field(name).map_or(name.as_str(), |field| &field.title));
    titles.collect::<Vec<_>>().join("、")
}

pub(super) fn joined(parts: impl IntoIterator<Item = Option<String>>) -> Option<String> {
    let parts: Vec<String> = parts
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}

/// The name of a value of a closed set, as in JSON.
fn name_of(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(name)) => name,
        _ => String::new(),
    }
}
