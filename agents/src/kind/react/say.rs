//! How a turn ends: with what was found, with something to confirm, with what came of it, or with a refusal.

use std::collections::BTreeMap;

use tools::{Output, Proposal};

use super::ask::Claim;
use super::evidence::{Evidence, holds};
use super::{ReactTexts, ReactTurn};
use crate::answer::{Answer, Citation, Contact, Event, OFF, Sentence, Status};
use crate::guard::Emergency;
use crate::guard::text::plain;
use crate::kind::form::{FormView, Memory, ProposalView, Stage};
use crate::kind::led;
use crate::kind::proposal::{Decided, decided, number};
use crate::model::Cause;
use crate::turn::{CallFailure, Setting, Step};

impl ReactTurn {
    /// The model is done. Its sentences stand, or give way to what they cite.
    pub(super) fn end(
        &mut self,
        setting: Setting<'_>,
        claims: Vec<Claim>,
        model: Option<&str>,
    ) -> (Vec<Event>, Step) {
        let (mut events, mut missing) = (Vec::new(), Vec::new());
        let mut sentences: Vec<Sentence> = Vec::new();
        for Claim { text, evidence } in claims {
            let all_there = evidence
                .iter()
                .all(|at| (1..=self.evidence.len()).contains(at));
            let cited = self.evidence.iter().zip(1..);
            let cited = cited.filter(|(_, at)| evidence.contains(at));
            let cited: Vec<&Evidence> = cited.map(|(evidence, _)| evidence).collect();
            let held = if all_there {
                holds(&text, &cited, &self.request.question)
            } else {
                Err("标注的依据不存在".to_owned())
            };
            match held {
                Ok(()) => add(
                    &mut sentences,
                    vec![Sentence {
                        text,
                        citations: cited.iter().map(|it| it.id().to_owned()).collect(),
                        worded_by: model.map(str::to_owned),
                    }],
                ),
                Err(reason) => {
                    let instead: Vec<Sentence> =
                        cited.iter().flat_map(|it| it.sentences()).collect();
                    if instead.is_empty() {
                        let removed = self.texts(setting).map(|texts| texts.removed.clone());
                        missing.extend(removed.filter(|text| !missing.contains(text)));
                    }
                    let text = plain(&text);
                    events.push(Event::Removed { text, reason });
                    add(&mut sentences, instead);
                }
            }
        }
        if sentences.is_empty() {
            return self.cut_short(setting, events, None);
        }
        let status = if missing.is_empty() {
            Status::Answered
        } else {
            Status::Partial
        };
        let mut answer = self.told(setting, status, sentences, &mut events);
        answer.missing = missing;
        events.push(Event::Done(Box::new(answer.labelled(setting))));
        (events, Step::Done)
    }

    /// There is no end: the person gets what was found, or a refusal. A model that failed is told of.
    pub(super) fn cut_short(
        &mut self,
        setting: Setting<'_>,
        mut events: Vec<Event>,
        cause: Option<Cause>,
    ) -> (Vec<Event>, Step) {
        let texts = self.texts(setting);
        let degraded = texts
            .filter(|_| cause.is_some())
            .map(|it| it.degraded.clone());
        let sentences = self.all();
        let mut answer = if sentences.is_empty() {
            self.refusal(setting, texts.map_or("", |texts| &texts.none))
        } else {
            let mut answer = self.told(setting, Status::Partial, sentences, &mut events);
            answer.missing = texts.map(|it| it.incomplete.clone()).into_iter().collect();
            answer
        };
        answer.degraded = degraded;
        events.push(Event::Done(Box::new(answer.labelled(setting))));
        (events, Step::Done)
    }

    /// What all that was found says, each sentence once.
    fn all(&self) -> Vec<Sentence> {
        let mut sentences = Vec::new();
        for evidence in &self.evidence {
            add(&mut sentences, evidence.sentences());
        }
        sentences
    }

    pub(super) fn refuse(&mut self, setting: Setting<'_>, message: &str) -> (Vec<Event>, Step) {
        let answer = self.refusal(setting, message).labelled(setting);
        (vec![Event::Done(Box::new(answer))], Step::Done)
    }

    fn refusal(&self, setting: Setting<'_>, message: &str) -> Answer {
        let places = self.understood.places.as_deref().unwrap_or_default();
        Answer {
            next: setting.seeds.contacts(&self.understood.question, places),
            ..self.answer(setting, Status::Refused, Some(message.to_owned()))
        }
    }

    pub(super) fn emergency(
        &mut self,
        setting: Setting<'_>,
        emergency: &Emergency,
    ) -> (Vec<Event>, Step) {
        let advice = Some(emergency.advice.clone());
        let answer = Answer {
            next: vec![Contact::of(emergency)],
            ..self.answer(setting, Status::Handoff, advice)
        };
        (
            vec![Event::Done(Box::new(answer.labelled(setting)))],
            Step::Done,
        )
    }

    /// Something is to be done: it is shown, with what was found on the way, and the person's word decides.
    pub(super) fn proposed(
        &mut self,
        setting: Setting<'_>,
        tool: String,
        proposal: Proposal,
    ) -> (Vec<Event>, Step) {
        self.memory = Memory {
            tool: Some(tool),
            stage: Stage::Confirm,
            proposal: Some(proposal),
            ..self.memory.clone()
        };
        let mut events = Vec::new();
        let sentences = self.all();
        let message = self.said(setting, |texts| &texts.confirm, "");
        let answer = Answer {
            message: Some(message),
            form: Some(Box::new(self.view(setting))),
            ..self.told(setting, Status::Confirm, sentences, &mut events)
        };
        events.push(Event::Done(Box::new(answer.labelled(setting))));
        (events, Step::Done)
    }

    /// What came of the person's word.
    pub(super) fn decided(
        &mut self,
        setting: Setting<'_>,
        outcome: Result<tools::Outcome, CallFailure>,
    ) -> (Vec<Event>, Step) {
        let (event, decided) = decided(outcome);
        let ended = match decided {
            Decided::Done(output) => self.done(setting, &output),
            Decided::Declined => {
                let message = self.said(setting, |texts| &texts.cancelled, "");
                self.over(setting, Stage::Cancelled, message)
            }
            Decided::Unclear(_) => {
                let message = self.said(setting, |texts| &texts.unclear, "");
                self.over(setting, Stage::Confirm, message)
            }
            Decided::Failed(failure) => {
                let expired = self.said(setting, |texts| &texts.expired, "");
                let message = if failure.refused {
                    failure.reason
                } else {
                    expired
                };
                self.over(setting, Stage::Refused, message)
            }
        };
        led(event, ended)
    }

    /// It was done.
    pub(super) fn done(&mut self, setting: Setting<'_>, output: &Output) -> (Vec<Event>, Step) {
        self.memory.stage = Stage::Submitted;
        self.memory.proposal = None;
        self.memory.receipt = Some(output.value.clone());
        let number = number(output).unwrap_or_default();
        let message = self.said(setting, |texts| &texts.done, number);
        let answer = Answer {
            form: Some(Box::new(self.view(setting))),
            ..self.answer(setting, Status::Answered, Some(message))
        };
        (
            vec![Event::Done(Box::new(answer.labelled(setting)))],
            Step::Done,
        )
    }

    /// It was not done; only where nobody knows the proposal is kept.
    fn over(&mut self, setting: Setting<'_>, stage: Stage, message: String) -> (Vec<Event>, Step) {
        self.memory.stage = stage;
        if stage.is_over() {
            self.memory.proposal = None;
        }
        let answer = Answer {
            form: Some(Box::new(self.view(setting))),
            ..self.answer(setting, Status::Refused, Some(message))
        };
        (
            vec![Event::Done(Box::new(answer.labelled(setting)))],
            Step::Done,
        )
    }

    /// A fixed text of the agent with what it is about.
    fn said(&self, setting: Setting<'_>, text: fn(&ReactTexts) -> &String, number: &str) -> String {
        let text = self.texts(setting).map_or("", |texts| text(texts));
        let title = self.title(setting).unwrap_or_default();
        text.replace("{title}", &title).replace("{number}", number)
    }

    /// Title of the tool that is to be called, or was.
    fn title(&self, setting: Setting<'_>) -> Option<String> {
        let entry = setting.entries.get(self.memory.tool.as_ref()?)?;
        Some(entry.manifest.title.clone())
    }

    /// What waits for the person's word, where clients look for it.
    fn view(&self, setting: Setting<'_>) -> FormView {
        FormView {
            tool: self.memory.tool.clone(),
            title: self.title(setting),
            stage: self.memory.stage,
            asked: None,
            fields: Vec::new(),
            materials: Vec::new(),
            unmet: Vec::new(),
            proposal: self.memory.proposal.as_ref().map(ProposalView::of),
            receipt: self.memory.receipt.clone(),
            memory: self.memory.clone(),
        }
    }

    /// An answer of these sentences, with the events that tell it: each after what it cites.
    fn told(
        &self,
        setting: Setting<'_>,
        status: Status,
        sentences: Vec<Sentence>,
        events: &mut Vec<Event>,
    ) -> Answer {
        let by_id: BTreeMap<&str, &Evidence> =
            self.evidence.iter().map(|it| (it.id(), it)).collect();
        let mut citations: Vec<Citation> = Vec::new();
        for (index, sentence) in sentences.iter().enumerate() {
            for id in &sentence.citations {
                let known = citations.iter().any(|citation| citation.id == *id);
                let citation = by_id.get(id.as_str()).and_then(|it| it.citation());
                if let Some(citation) = citation.filter(|_| !known) {
                    events.push(Event::Citation(citation.clone()));
                    citations.push(citation);
                }
            }
            events.push(Event::Sentence {
                index,
                text: sentence.text.clone(),
                citations: sentence.citations.clone(),
            });
        }
        let author = sentences.iter().find_map(|it| it.worded_by.clone());
        let lead = self.texts(setting).map(|texts| texts.lead.clone());
        Answer {
            lead: lead.filter(|_| !sentences.is_empty()),
            mode: author.unwrap_or_else(|| OFF.to_owned()),
            sentences,
            citations,
            ..self.answer(setting, status, None)
        }
    }

    fn answer(&self, setting: Setting<'_>, status: Status, message: Option<String>) -> Answer {
        let label = self.texts(setting).map(|texts| texts.label.clone());
        Answer {
            jurisdiction: self.understood.jurisdiction(),
            searched: self.searched.clone(),
            message: message.filter(|text| !text.is_empty()),
            label: label.unwrap_or_default(),
            ..Answer::new(setting, &self.request, status)
        }
    }
}

/// Adds those sentences that are not there yet. The same words of two results are two sentences.
fn add(sentences: &mut Vec<Sentence>, more: Vec<Sentence>) {
    for sentence in more {
        let same =
            |known: &Sentence| known.text == sentence.text && known.citations == sentence.citations;
        if !sentences.iter().any(same) {
            sentences.push(sentence);
        }
    }
}
