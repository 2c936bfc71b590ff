//! The end of a form: what would be done is shown, the person's word decides, and it is handed in.

use serde_json::json;
use tools::form::Source;
use tools::{Arguments, Origin, Outcome as Called, ToolEntry};

use super::{FormTurn, Stage};
use crate::answer::{Event, Status};
use crate::kind::led;
use crate::kind::proposal::{self, Decided, decided, number};
use crate::turn::{CallFailure, Setting, Step};

impl FormTurn {
    pub(super) fn proposed(
        &mut self,
        setting: Setting<'_>,
        called: Result<Called, CallFailure>,
    ) -> (Vec<Event>, Step) {
        let tool = self.memory.tool.clone().unwrap_or_default();
        let event = proposal::called(&tool, &called);
        match called {
            Ok(Called::Proposed(proposal)) => {
                self.memory.proposal = Some(*proposal);
                self.memory.stage = Stage::Confirm;
                (vec![event, self.confirming(setting)], Step::Done)
            }
            // The same request was carried out before, and its answer was lost.
            Ok(Called::Done(output)) => self.handed_in(setting, &output, event),
            Err(failure) => led(event, self.unable(setting, &failure)),
        }
    }

    pub(super) fn decided(
        &mut self,
        setting: Setting<'_>,
        called: Result<Called, CallFailure>,
    ) -> (Vec<Event>, Step) {
        let (event, decided) = decided(called);
        match decided {
            Decided::Done(output) => self.handed_in(setting, &output, event),
            Decided::Declined => (vec![event, self.cancelled(setting)], Step::Done),
            Decided::Unclear(failure) => {
                self.memory.stage = Stage::Confirm;
                led(event, self.unable(setting, &failure))
            }
            Decided::Failed(failure) => {
                // Expired, or things have moved on: it is shown anew, and nothing was done.
                self.memory.proposal = None;
                self.memory.attempt += 1;
                if let Some(texts) = self.part(setting).map(|part| &part.texts) {
                    let note = if failure.refused {
                        failure.reason
                    } else {
                        texts.expired.clone()
                    };
                    self.notes.push(note);
                }
                led(event, self.go_on(setting))
            }
        }
    }

    fn handed_in(
        &mut self,
        setting: Setting<'_>,
        output: &tools::Output,
        event: Event,
    ) -> (Vec<Event>, Step) {
        self.memory.stage = Stage::Submitted;
        self.memory.proposal = None;
        self.memory.asked = None;
        let title = self
            .entry(setting)
            .map(|entry| entry.manifest.title.clone());
        if let Some(texts) = self.part(setting).map(|part| &part.texts) {
            let text = texts
                .submitted
                .replace("{number}", number(output).unwrap_or_default());
            self.notes
                .push(text.replace("{title}", title.as_deref().unwrap_or_default()));
        }
        self.memory.receipt = Some(json!(output.value));
        self.open_guide(setting);
        led(event, self.show(setting))
    }

    pub(super) fn cancelled(&mut self, setting: Setting<'_>) -> Event {
        self.memory.stage = Stage::Cancelled;
        self.memory.proposal = None;
        if let Some(texts) = self.part(setting).map(|part| &part.texts) {
            self.notes.push(texts.cancelled.clone());
        }
        Event::Done(Box::new(self.answer(setting, Status::Refused)))
    }

    /// The values as arguments, each with the origin of its source.
    pub(super) fn arguments(&self, entry: &ToolEntry) -> Arguments {
        let mut arguments = Arguments::default();
        let Some(form) = &entry.form else {
            return arguments;
        };
        let submission = self.memory.filled.submission(form);
        for (name, value) in submission.as_object().into_iter().flatten() {
            let source = self.memory.filled.value(name).map(|value| &value.source);
            let source = match source {
                Some(Source::Derived { from, .. }) => {
                    self.memory.filled.value(from).map(|value| &value.source)
                }
                other => other,
            };
            let origin = match source {
                Some(Source::Given { .. }) => self.request.role.origin(),
                // The register is part of the installation.
                Some(Source::Registry { .. }) => Origin::Operator,
                Some(Source::Derived { .. }) | None => Origin::Tool,
            };
            arguments = arguments.and(name, value.clone(), origin);
        }
        arguments
    }
}
