//! Kind `form`: from a person's words to a form that is shown, confirmed and handed in.
//!
//! Which value comes from where is decided in [`tools::form`], by rules; nothing here makes one up. A message is an answer
//! to what was asked, a correction, a command (取消, 跳过), a question that another agent answers, or the word that
//! confirms what was shown. Only that word, alone, confirms.

mod choose;
mod digress;
mod guide;
mod hand;
mod memory;
mod part;
mod show;
mod take;

use corpora::Passage;
use serde::{Deserialize, Serialize};
use tools::form::{Next, Said, next};
use tools::{Arguments, Outcome as Called, ToolEntry};

pub use memory::{FieldView, FormView, MaterialView, Memory, ProposalView, Stage};
pub use part::{FormPart, FormTexts};

use crate::answer::{Event, Status};
use crate::error::Error;
use crate::kind::answer::AnswerTurn;
use crate::kind::led;
use crate::kind::proposal::{self, decision};
use crate::request::Request;
use crate::turn::{CallFailure, Document, Outcome, Setting, Step, ToolCall};

/// A turn of this kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FormTurn {
    request: Request,
    memory: Memory,
    phase: Phase,
    /// Answers a question in between.
    digression: Option<Box<AnswerTurn>>,
    /// Said above what comes next.
    notes: Vec<String>,
    /// Of the guide, and of documents that it refers to.
    passages: Vec<Passage>,
    /// Files still to be read.
    unread: Vec<String>,
    /// The form was chosen in this turn.
    begins: bool,
    /// Something that was shown is to be different.
    changes: bool,
    /// What was shown, as long as it is not known whether it is to be different.
    shown: Option<Box<tools::Proposal>>,
    searched: Vec<String>,
}

/// What the turn waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Phase {
    Registering,
    Assessing,
    Reading,
    Proposing,
    Deciding,
    Digressing,
}

impl FormTurn {
    pub(crate) fn begin(
        setting: Setting<'_>,
        mut request: Request,
    ) -> Result<(Self, Vec<Event>, Step), Error> {
        let clean = request.clean()?;
        let started = Event::started(setting, &request);
        let memory = request
            .memory
            .take()
            .map(|memory| *memory)
            .unwrap_or_default();
        let memory = if memory.stage.is_over() {
            Memory::default()
        } else {
            memory
        };
        let mut turn = Self {
            request,
            memory,
            phase: Phase::Reading,
            digression: None,
            notes: Vec::new(),
            passages: Vec::new(),
            unread: Vec::new(),
            begins: false,
            changes: false,
            shown: None,
            searched: Vec::new(),
        };
        if turn.memory.key.is_empty() {
            turn.memory.key = turn.request.key();
        }
        let message = turn.heard(setting);
        if let Some(emergency) = setting.seeds.emergencies.find(&clean.text) {
            let done = turn.emergency(setting, emergency);
            return Ok((turn, vec![started, done], Step::Done));
        }
        let (events, step) = led(started, turn.respond(setting, &message));
        Ok((turn, events, step))
    }

    pub(crate) fn resume(&mut self, setting: Setting<'_>, outcome: Outcome) -> (Vec<Event>, Step) {
        match (self.phase, outcome) {
            (Phase::Registering, Outcome::Called(called)) => self.registered(setting, called),
            (Phase::Assessing, Outcome::Called(called)) => self.assessed(setting, called),
            (Phase::Reading, Outcome::Read(passages)) => {
                self.passages.extend(passages);
                self.show(setting)
            }
            (Phase::Proposing, Outcome::Called(called)) => self.proposed(setting, called),
            (Phase::Deciding, Outcome::Called(called)) => self.decided(setting, called),
            (Phase::Digressing, outcome) => self.digressing(setting, outcome),
            (
                Phase::Registering
                | Phase::Assessing
                | Phase::Reading
                | Phase::Proposing
                | Phase::Deciding,
                Outcome::Found(_) | Outcome::Generated(_) | Outcome::Read(_) | Outcome::Called(_),
            ) => self.failed(setting, "an outcome came that nobody waited for"),
        }
    }

    /// Keeps what the person said; fields that were filled in on the page are said as lines.
    fn heard(&mut self, setting: Setting<'_>) -> String {
        let entered = self
            .entry(setting)
            .and_then(|entry| entry.form.as_ref())
            .filter(|_| !self.request.fields.is_empty());
        let message = match entered {
            Some(form) => {
                tools::form::enter(
                    form,
                    &self.request.fields,
                    self.request.today,
                    self.request.turn,
                )
                .message
            }
            None => self.request.question.clone(),
        };
        self.memory.said.push(Said {
            turn: self.request.turn,
            day: self.request.today,
            text: message.clone(),
        });
        message
    }

    fn respond(&mut self, setting: Setting<'_>, message: &str) -> (Vec<Event>, Step) {
        if let Some(proposal) = self.memory.proposal.take() {
            // Who fills in fields says something else.
            let decision = decision(&proposal, message).filter(|_| self.request.fields.is_empty());
            if let Some(decision) = decision {
                self.phase = Phase::Deciding;
                self.memory.proposal = Some(proposal);
                return (Vec::new(), Step::Decide(decision));
            }
            // Something is to be different: what was shown is no longer what would be done.
            self.memory.attempt += 1;
            self.memory.stage = Stage::Asking;
            self.changes = true;
            self.memory.replaced = Some(proposal.id.clone());
            self.shown = Some(Box::new(proposal));
        }
        if self.memory.tool.is_some() {
            return self.take(setting, message);
        }
        let Some(part) = &setting.agent.manifest.form else {
            return self.failed(setting, "the agent has no forms");
        };
        let forms = choose::forms(setting, part);
        let fits = match forms.as_slice() {
            [only] => vec![*only],
            several => choose::chosen(several, message),
        };
        match fits.as_slice() {
            [form] => {
                self.memory.tool = Some(form.name.clone());
                self.memory.stage = Stage::Asking;
                self.begins = true;
                self.register(setting)
            }
            [] => match setting.digress {
                Some(_) => self.digress(setting, message),
                None => self.choose(setting, &forms),
            },
            several => self.choose(setting, several),
        }
    }

    /// What offices know already; where there is no such tool, or nothing that it could fill, the next step.
    fn register(&mut self, setting: Setting<'_>) -> (Vec<Event>, Step) {
        let tool = self.part(setting).and_then(|part| part.register.clone());
        let Some(tool) = tool else {
            return self.assess(setting);
        };
        self.phase = Phase::Registering;
        let key = format!("{}/register", self.memory.key);
        (
            Vec::new(),
            Step::CallTool(ToolCall {
                tool,
                arguments: Arguments::default(),
                key,
                replaces: None,
            }),
        )
    }

    fn registered(
        &mut self,
        setting: Setting<'_>,
        called: Result<Called, CallFailure>,
    ) -> (Vec<Event>, Step) {
        let event = proposal::called("register", &called);
        if let Ok(Called::Done(output)) = called
            && let Some(record) = output
                .value
                .get("resident")
                .and_then(serde_json::Value::as_object)
        {
            self.prefill(setting, record, output.evidence);
        }
        led(event, self.assess(setting))
    }

    /// Has the first words looked over, where there is a tool for it.
    fn assess(&mut self, setting: Setting<'_>) -> (Vec<Event>, Step) {
        match self.assessor(setting) {
            Some(tool) => (Vec::new(), self.look_over(tool)),
            None => {
                let message = self.message().to_owned();
                self.take(setting, &message)
            }
        }
    }

    /// The tool that looks words over.
    fn assessor(&self, setting: Setting<'_>) -> Option<String> {
        self.part(setting)?.assess.clone()
    }

    fn look_over(&mut self, tool: String) -> Step {
        self.phase = Phase::Assessing;
        let origin = self.request.role.origin();
        Step::CallTool(ToolCall {
            tool,
            arguments: Arguments::default().and("text", self.message(), origin),
            key: format!("{}/assess", self.memory.key),
            replaces: None,
        })
    }

    /// What comes next: a question, or what will happen.
    fn go_on(&mut self, setting: Setting<'_>) -> (Vec<Event>, Step) {
        let Some(entry) = self.entry(setting) else {
            return self.failed(setting, "the form is gone");
        };
        let Some(form) = entry.form.clone() else {
            return self.failed(setting, "the form does not say how to ask");
        };
        let wanted = self.memory.wanted.iter().find(|name| self.is_open(name));
        self.memory.asked = wanted
            .cloned()
            .or_else(|| match next(&form, &self.memory.filled) {
                Next::Ask(field) => Some(field.name.clone()),
                Next::Review => None,
            });
        self.open_guide(setting);
        self.show(setting)
    }

    /// The guide of the service, and documents that it refers to, are to be read.
    fn open_guide(&mut self, setting: Setting<'_>) {
        let Some(service) = self
            .entry(setting)
            .and_then(|entry| entry.manifest.form.as_ref())
        else {
            return;
        };
        let conditions = service.condition.iter().map(|condition| &condition.file);
        let materials = service.material.iter().map(|material| &material.file);
        let mut files = vec![service.guide.file.clone()];
        for file in conditions.chain(materials).flatten() {
            if !files.contains(file) {
                files.push(file.clone());
            }
        }
        self.searched = vec![service.guide.corpus.clone()];
        self.unread = files;
    }

    /// Reads what is still to be read, then asks, proposes, or says that it was handed in.
    fn show(&mut self, setting: Setting<'_>) -> (Vec<Event>, Step) {
        if !self.unread.is_empty() {
            let file = self.unread.remove(0);
            let corpus = self.searched.first().cloned().unwrap_or_default();
            self.phase = Phase::Reading;
            let (as_of, today) = (self.request.today, self.request.today);
            return (
                Vec::new(),
                Step::Read(Document {
                    corpus,
                    file,
                    as_of,
                    today,
                }),
            );
        }
        if self.memory.stage == Stage::Submitted {
            let answer = self.answer(setting, Status::Answered);
            return (vec![Event::Done(Box::new(answer))], Step::Done);
        }
        if self.memory.asked.is_some() || !self.is_complete(setting) {
            self.memory.stage = Stage::Asking;
            let done = self.asking(setting);
            return (vec![done], Step::Done);
        }
        let Some(entry) = self.entry(setting) else {
            return self.failed(setting, "the form is gone");
        };
        self.phase = Phase::Proposing;
        let call = ToolCall {
            tool: entry.name.clone(),
            arguments: self.arguments(entry),
            key: format!("{}/{}/{}", self.memory.key, entry.name, self.memory.attempt),
            replaces: self.memory.replaced.take(),
        };
        (Vec::new(), Step::CallTool(call))
    }

    fn failed(&mut self, setting: Setting<'_>, reason: &str) -> (Vec<Event>, Step) {
        let failure = CallFailure {
            reason: reason.to_owned(),
            refused: false,
            unclear: false,
        };
        self.unable(setting, &failure)
    }

    fn unable(&mut self, setting: Setting<'_>, failure: &CallFailure) -> (Vec<Event>, Step) {
        if let Some(texts) = self.part(setting).map(|part| &part.texts) {
            let text = if failure.unclear {
                texts.unclear.clone()
            } else {
                texts.failed.replace("{reason}", &failure.reason)
            };
            self.notes.push(text);
        }
        let answer = self.answer(setting, Status::Refused);
        (vec![Event::Done(Box::new(answer))], Step::Done)
    }

    /// What the person said in this turn.
    fn message(&self) -> &str {
        self.memory.said.last().map_or("", |said| &said.text)
    }

    fn part<'a>(&self, setting: Setting<'a>) -> Option<&'a FormPart> {
        setting.agent.manifest.form.as_deref()
    }

    fn entry<'a>(&self, setting: Setting<'a>) -> Option<&'a ToolEntry> {
        setting.entries.get(self.memory.tool.as_ref()?)
    }

    /// Whether a field may still be asked for.
    fn is_open(&self, name: &str) -> bool {
        let filled = &self.memory.filled;
        filled.value(name).is_none()
            && !filled.skipped().contains(name)
            && !filled.unknown().contains(name)
    }

    fn is_complete(&self, setting: Setting<'_>) -> bool {
        self.entry(setting)
            .and_then(|entry| entry.form.as_ref())
            .is_some_and(|form| show::problems(form, &self.memory.filled).is_empty())
            && self.unmet(setting).is_empty()
    }
}
