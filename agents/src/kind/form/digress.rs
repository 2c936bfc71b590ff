//! Questions in between: another agent answers, and the form goes on behind its answer.

use super::guide::Quoted;
use super::show::{OFFERED, joined};
use super::{FormTurn, Phase, Stage, choose};
use crate::answer::{Answer, Event, Status};
use crate::kind::answer::AnswerTurn;
use crate::request::Request;
use crate::turn::{Outcome, Setting, Step};

impl FormTurn {
    /// Lets the other agent answer a question; the form goes on behind it.
    pub(super) fn digress(&mut self, setting: Setting<'_>, question: &str) -> (Vec<Event>, Step) {
        let Some(agent) = setting.digress else {
            return self.go_on(setting);
        };
        let inner = Setting { agent, ..setting };
        let request = Request {
            question: question.to_owned(),
            memory: None,
            fields: Vec::new(),
            ..self.request.clone()
        };
        match AnswerTurn::begin(inner, request) {
            Ok((turn, events, step)) => {
                self.phase = Phase::Digressing;
                self.digression = Some(Box::new(turn));
                self.within(setting, events, step)
            }
            Err(_) => self.go_on(setting),
        }
    }

    pub(super) fn digressing(
        &mut self,
        setting: Setting<'_>,
        outcome: Outcome,
    ) -> (Vec<Event>, Step) {
        let (Some(agent), Some(turn)) = (setting.digress, &mut self.digression) else {
            return self.failed(setting, "nobody answers");
        };
        let (events, step) = turn.resume(Setting { agent, ..setting }, outcome);
        self.within(setting, events, step)
    }

    /// Events of the agent that answers are this turn's; its end is not.
    fn within(
        &mut self,
        setting: Setting<'_>,
        events: Vec<Event>,
        step: Step,
    ) -> (Vec<Event>, Step) {
        let mut passed = Vec::new();
        for event in events {
            match event {
                Event::Started { .. } | Event::Quoted(_) => {}
                Event::Done(answer) => {
                    let done = self.after(setting, *answer);
                    passed.push(done);
                    return (passed, Step::Done);
                }
                other => passed.push(other),
            }
        }
        (passed, step)
    }

    /// Behind the answer of the other agent: the form goes on, or which forms there are.
    fn after(&mut self, setting: Setting<'_>, mut answer: Answer) -> Event {
        let Some(part) = self.part(setting) else {
            return Event::Done(Box::new(answer));
        };
        answer.agent.clone_from(&setting.agent.name);
        if self.memory.tool.is_none() {
            let refused = answer.status == Status::Refused;
            answer.choices = choose::forms(setting, part)
                .iter()
                .map(|form| form.manifest.title.clone())
                .take(OFFERED)
                .collect();
            let text = if refused {
                &part.texts.none
            } else {
                &part.texts.choose
            };
            answer.message = joined([answer.message.take(), Some(text.clone())]);
        } else if self.memory.stage == Stage::Refused {
            // A question that came as a request: it is answered, and can be taken down all the same.
            let text = Some(part.texts.answered.clone()).filter(|text| !text.is_empty());
            answer.message = joined([answer.message.take(), text]);
        } else {
            let ask = if self.memory.stage == Stage::Confirm {
                Some(part.texts.confirm.clone())
            } else {
                self.question(setting)
            };
            answer.message = joined([answer.message.take(), Some(part.texts.resumed.clone()), ask]);
            answer.choices = self.choices(setting);
        }
        answer.form = Some(Box::new(self.view(setting, &mut Quoted::default())));
        Event::Done(Box::new(answer.labelled(setting)))
    }
}
