//! Kind `queue`: a request or an order looked over for the one who dispatches it.
//!
//! Items, grade and departments come from a tool, by rules and by what was learned from the city's orders; the duty clause
//! of each department is quoted from the corpus in this turn. Nothing is dispatched here.

use corpora::Passage;
use serde::{Deserialize, Serialize};
use tools::{Arguments, Assessment, Lean, Origin, Outcome as Called};

use crate::answer::{Answer, Citation, Event, Sentence, Status};
use crate::error::Error;
use crate::request::Request;
use crate::turn::{CallFailure, Document, Outcome, Setting, Step, ToolCall};

/// `[queue]` of `agent.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QueueTexts {
    /// Tool that looks words over.
    pub assess: String,
    /// Tool that shows an order.
    pub status: String,
    /// Corpus in which the duties stand.
    pub corpus: String,
    /// The visible label.
    pub label: String,
    /// Above the duties.
    pub lead: String,
    /// What it came to: `{items}`, `{grade}`, `{reason}`.
    pub found: String,
    /// Nothing was recognised.
    pub none: String,
    /// A person has to confirm the grade.
    pub confirm_grade: String,
    /// An order that is being worked on may be about the same: `{order}`.
    pub near: String,
    /// The tool brought nothing: `{reason}`.
    pub failed: String,
}

/// What is suggested for an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct QueueView {
    /// Number of the order, where one was named.
    pub order: Option<String>,
    /// Names of the items.
    pub items: Vec<String>,
    /// 一般, 紧急 or 特急.
    pub grade: String,
    /// Why.
    pub reason: String,
    /// A person has to confirm the grade.
    pub confirm: bool,
    /// Departments, the likeliest first, three at most.
    pub departments: Vec<DepartmentView>,
    /// Those that would assist.
    pub assist: Vec<String>,
    /// Facts that are missing, as questions.
    pub missing: Vec<String>,
    /// An order that may be about the same.
    pub near: Option<String>,
}

/// A department that may be the right one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DepartmentView {
    /// Its name.
    pub department: String,
    /// From 0 to 1.
    pub probability: f64,
    /// Why, in Chinese.
    pub because: String,
    /// Where its duty stands: id of a citation of the answer; none where it was not found.
    pub citation: Option<String>,
}

/// A turn of this kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct QueueTurn {
    request: Request,
    order: Option<String>,
    assessment: Option<Assessment>,
    passages: Vec<Passage>,
    unread: Vec<String>,
    failure: Option<String>,
}

impl QueueTurn {
    pub(crate) fn begin(
        setting: Setting<'_>,
        request: Request,
    ) -> Result<(Self, Vec<Event>, Step), Error> {
        let clean = request.clean()?;
        let started = Event::started(setting, &request);
        let mut turn = Self {
            order: number(&clean.text),
            request,
            assessment: None,
            passages: Vec::new(),
            unread: Vec::new(),
            failure: None,
        };
        let Some(texts) = setting.agent.manifest.queue.as_deref() else {
            return Ok((turn.clone(), vec![started, turn.done(setting)], Step::Done));
        };
        let step = match turn.order.clone() {
            Some(order) => turn.call(&texts.status, "order", order),
            None => turn.call(&texts.assess, "text", clean.text),
        };
        Ok((turn, vec![started], step))
    }

    fn call(&mut self, tool: &str, argument: &str, value: String) -> Step {
        Step::CallTool(ToolCall {
            tool: tool.to_owned(),
            arguments: Arguments::default().and(argument, value, Origin::Staff),
            key: format!("{}/{tool}", self.request.key()),
            replaces: None,
        })
    }

    pub(crate) fn resume(&mut self, setting: Setting<'_>, outcome: Outcome) -> (Vec<Event>, Step) {
        let Some(texts) = setting.agent.manifest.queue.as_deref() else {
            return (vec![self.done(setting)], Step::Done);
        };
        match outcome {
            Outcome::Called(called) => self.called(setting, texts, called),
            Outcome::Read(passages) => {
                self.passages.extend(passages);
                self.read(setting, texts)
            }
            Outcome::Found(_) | Outcome::Generated(_) => (vec![self.done(setting)], Step::Done),
        }
    }

    fn called(
        &mut self,
        setting: Setting<'_>,
        texts: &QueueTexts,
        called: Result<Called, CallFailure>,
    ) -> (Vec<Event>, Step) {
        let output = match called {
            Ok(Called::Done(output)) => output,
            Ok(Called::Proposed(_)) => return (vec![self.done(setting)], Step::Done),
            Err(failure) => {
                self.failure = Some(failure.reason);
                return (vec![self.done(setting)], Step::Done);
            }
        };
        let event = Event::Called {
            tool: texts.assess.clone(),
            outcome: "done".to_owned(),
            evidence: output.evidence.clone(),
        };
        let text = output.value.get("text").and_then(|text| text.as_str());
        if self.order.is_some()
            && self.assessment.is_none()
            && let Some(text) = text
        {
            let step = self.call(&texts.assess, "text", text.to_owned());
            return (vec![event], step);
        }
        match serde_json::from_value::<Assessment>(output.value) {
            Ok(assessment) => {
                for lean in &assessment.departments {
                    if let Some(duty) = &lean.duty
                        && !self.unread.contains(&duty.file)
                    {
                        self.unread.push(duty.file.clone());
                    }
                }
                self.assessment = Some(assessment);
            }
            Err(error) => self.failure = Some(error.to_string()),
        }
        let (mut events, step) = self.read(setting, texts);
        events.insert(0, event);
        (events, step)
    }

    fn read(&mut self, setting: Setting<'_>, texts: &QueueTexts) -> (Vec<Event>, Step) {
        if self.unread.is_empty() {
            return (vec![self.done(setting)], Step::Done);
        }
        let (as_of, today) = (self.request.today, self.request.today);
        let document = Document {
            corpus: texts.corpus.clone(),
            file: self.unread.remove(0),
            as_of,
            today,
        };
        (Vec::new(), Step::Read(document))
    }

    fn done(&self, setting: Setting<'_>) -> Event {
        let texts = setting.agent.manifest.queue.as_deref();
        let (mut sentences, mut citations) = (Vec::new(), Vec::new());
        let queue = self.assessment.as_ref().map(|assessment| {
            let departments = assessment.departments.iter().map(|lean| {
                let citation = self.duty(lean).map(|passage| {
                    let citation = Citation::of(passage, passage.path_text());
                    sentences.push(Sentence {
                        text: passage.text.clone(),
                        citations: vec![citation.id.clone()],
                        worded_by: None,
                    });
                    let id = citation.id.clone();
                    citations.push(citation);
                    id
                });
                DepartmentView {
                    department: lean.department.clone(),
                    probability: lean.probability,
                    because: lean.because.clone(),
                    citation,
                }
            });
            let departments = departments.collect();
            self.view(assessment, departments)
        });
        let message = texts.map(|texts| self.message(texts, queue.as_ref()));
        let recognised = queue
            .as_ref()
            .is_some_and(|queue| !queue.departments.is_empty());
        let status = if recognised {
            Status::Answered
        } else {
            Status::Refused
        };
        let answer = Answer {
            lead: texts
                .map(|texts| texts.lead.clone())
                .filter(|_| !sentences.is_empty()),
            sentences,
            citations,
            searched: texts
                .map(|texts| texts.corpus.clone())
                .into_iter()
                .collect(),
            message,
            label: texts.map(|texts| texts.label.clone()).unwrap_or_default(),
            queue,
            ..Answer::new(setting, &self.request, status)
        };
        Event::Done(Box::new(answer.labelled(setting)))
    }

    fn view(&self, assessment: &Assessment, departments: Vec<DepartmentView>) -> QueueView {
        QueueView {
            order: self.order.clone(),
            items: assessment
                .items
                .iter()
                .map(|item| item.name.clone())
                .collect(),
            grade: assessment.grade.grade.name().to_owned(),
            reason: assessment.grade.reason.clone(),
            confirm: assessment.confirm_grade,
            departments,
            assist: assessment.assist.clone(),
            missing: assessment
                .missing
                .iter()
                .map(|asked| asked.question.clone())
                .collect(),
            near: assessment
                .near
                .as_ref()
                .map(|near| near.id.clone())
                .filter(|near| self.order.as_ref() != Some(near)),
        }
    }

    fn message(&self, texts: &QueueTexts, queue: Option<&QueueView>) -> String {
        if let Some(reason) = &self.failure {
            return texts.failed.replace("{reason}", reason);
        }
        let Some(queue) = queue else {
            return texts.none.clone();
        };
        let mut lines = Vec::new();
        if queue.items.is_empty() {
            lines.push(texts.none.clone());
        } else {
            let found = texts.found.replace("{items}", &queue.items.join("、"));
            lines.push(
                found
                    .replace("{grade}", &queue.grade)
                    .replace("{reason}", &queue.reason),
            );
        }
        if queue.confirm {
            lines.push(texts.confirm_grade.clone());
        }
        lines.extend(
            queue
                .near
                .as_ref()
                .map(|order| texts.near.replace("{order}", order)),
        );
        lines.join("\n")
    }

    /// The clause that gives a department its duty, if it stands in the document and names the department.
    fn duty(&self, lean: &Lean) -> Option<&Passage> {
        let duty = lean.duty.as_ref()?;
        self.passages.iter().find(|passage| {
            passage.clause() == Some(duty.clause.as_str())
                && passage.text.contains(&lean.department)
        })
    }
}

/// The number of an order, if the message is nothing else.
fn number(message: &str) -> Option<String> {
    let trimmed = message.trim().to_ascii_uppercase();
    let figures = trimmed.strip_prefix("HL")?;
    (figures.len() >= 9 && figures.bytes().all(|byte| byte.is_ascii_digit())).then_some(trimmed)
}
