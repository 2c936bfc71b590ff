//! Kind `digest`: one order in its parts, or what the orders of some days come to.
//!
//! Every number comes from a tool that counts, and every claim opens to the orders behind it. A model, where there is
//! one, says issues and topics in other words and nothing more; without one the templates of the folder stand. Who may
//! see which orders is decided by the tools.

mod claim;
mod days;
mod order;
mod part;
mod sheet;
mod wording;

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};
use tools::{Arguments, Assessment, Origin, Outcome as Called, Summed};

pub use claim::days_view;
pub use part::{
    ClaimView, DaysView, DigestPart, DigestView, Export, FoundView, OrderSummary, PartKind,
    PartView, Section, SectionView, SpanView,
};
pub use sheet::sheet;

use crate::answer::{Answer, Citation, CitationKind, Event, OFF, Sentence, Status};
use crate::error::Error;
use crate::kind::led;
use crate::kind::proposal::called;
use crate::model::{Failure, Said, Task};
use crate::request::Request;
use crate::turn::{CallFailure, Outcome, Setting, Step, ToolCall};
use claim::{lines, revision};
use order::{Seen, summary};

/// A turn of this kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DigestTurn {
    request: Request,
    phase: Phase,
    view: DigestView,
    /// What stands behind the result, for its citation.
    evidence: Vec<String>,
    degraded: bool,
}

/// What the turn waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Phase {
    /// The order.
    Order,
    /// What its words come to.
    Assessing(Box<Seen>),
    Counting,
    Wording,
}

impl DigestTurn {
    pub(crate) fn begin(
        setting: Setting<'_>,
        request: Request,
    ) -> Result<(Self, Vec<Event>, Step), Error> {
        let clean = request.clean()?;
        let started = Event::started(setting, &request);
        let mut turn = Self {
            request,
            phase: Phase::Counting,
            view: DigestView::default(),
            evidence: Vec::new(),
            degraded: false,
        };
        let (events, step) = turn.respond(setting, &clean.text);
        let (events, step) = led(started, (events, step));
        Ok((turn, events, step))
    }

    fn respond(&mut self, setting: Setting<'_>, message: &str) -> (Vec<Event>, Step) {
        let Some(part) = setting.agent.manifest.digest.as_deref() else {
            return self.said(setting, Status::Refused, String::new());
        };
        if let Some(found) = ORDER.find(&message.to_ascii_uppercase()) {
            self.phase = Phase::Order;
            let arguments = Arguments::default().and("order", found.as_str(), self.origin());
            return (Vec::new(), self.call(&part.status, arguments));
        }
        let Some((first, last)) = days::days(message, self.request.today) else {
            let ask = part.ask.clone();
            return self.said(setting, Status::Clarify, ask);
        };
        let mut arguments = Arguments::default()
            .and("from", first.to_string(), self.origin())
            .and("to", last.to_string(), self.origin());
        if let Some(by) = days::breakdown(message) {
            let by = serde_json::to_value(by).unwrap_or_default();
            arguments = arguments.and("by", by, self.origin());
        }
        (Vec::new(), self.call(&part.statistics, arguments))
    }

    fn origin(&self) -> Origin {
        self.request.role.origin()
    }

    fn call(&self, tool: &str, arguments: Arguments) -> Step {
        Step::CallTool(ToolCall {
            tool: tool.to_owned(),
            arguments,
            key: format!("{}/{tool}", self.request.key()),
            replaces: None,
        })
    }

    pub(crate) fn resume(&mut self, setting: Setting<'_>, outcome: Outcome) -> (Vec<Event>, Step) {
        let Some(part) = setting.agent.manifest.digest.as_deref() else {
            return self.said(setting, Status::Refused, String::new());
        };
        match (self.phase.clone(), outcome) {
            (Phase::Order, Outcome::Called(brought)) => led(
                called(&part.status, &brought),
                self.shown(setting, part, brought),
            ),
            (Phase::Assessing(seen), Outcome::Called(brought)) => {
                let event = called(&part.assess, &brought);
                led(event, self.assessed(setting, part, &seen, brought))
            }
            (Phase::Counting, Outcome::Called(brought)) => {
                let event = called(&part.statistics, &brought);
                led(event, self.counted(setting, part, brought))
            }
            (Phase::Wording, Outcome::Generated(said)) => self.worded(setting, part, said),
            (
                Phase::Order | Phase::Assessing(_) | Phase::Counting | Phase::Wording,
                Outcome::Found(_) | Outcome::Generated(_) | Outcome::Read(_) | Outcome::Called(_),
            ) => self.done(setting, part),
        }
    }

    fn shown(
        &mut self,
        setting: Setting<'_>,
        part: &DigestPart,
        brought: Result<Called, CallFailure>,
    ) -> (Vec<Event>, Step) {
        let seen: Seen = match self.taken(brought) {
            Ok(seen) => seen,
            Err(reason) => return self.failed(setting, part, &reason),
        };
        let arguments = Arguments::default().and("text", seen.text.clone(), self.origin());
        let step = self.call(&part.assess, arguments);
        self.phase = Phase::Assessing(Box::new(seen));
        (Vec::new(), step)
    }

    fn assessed(
        &mut self,
        setting: Setting<'_>,
        part: &DigestPart,
        seen: &Seen,
        brought: Result<Called, CallFailure>,
    ) -> (Vec<Event>, Step) {
        let evidence = std::mem::take(&mut self.evidence);
        // Without it less is known, and what is known stands.
        let assessment: Option<Assessment> = self.taken(brought).ok();
        self.evidence = evidence;
        self.view.order = Some(summary(part, seen, assessment.as_ref()));
        self.done(setting, part)
    }

    fn counted(
        &mut self,
        setting: Setting<'_>,
        part: &DigestPart,
        brought: Result<Called, CallFailure>,
    ) -> (Vec<Event>, Step) {
        let summed: Summed = match self.taken(brought) {
            Ok(summed) => summed,
            Err(reason) => return self.failed(setting, part, &reason),
        };
        let view = days_view(part, &summed);
        let request = wording::request(&setting.agent.prompt, &view, self.request.seed);
        self.view.days = Some(view);
        match request.filter(|_| setting.wording.is_some()) {
            Some(request) => {
                self.phase = Phase::Wording;
                (Vec::new(), Step::Generate(Task::Wording, request))
            }
            None => self.done(setting, part),
        }
    }

    fn worded(
        &mut self,
        setting: Setting<'_>,
        part: &DigestPart,
        said: Result<Said, Failure>,
    ) -> (Vec<Event>, Step) {
        let mut events = match (said, &mut self.view.days) {
            (Ok(said), Some(view)) => {
                let model = said.model.or_else(|| setting.wording.map(str::to_owned));
                wording::take(view, &said.text, model.as_deref())
            }
            (Ok(_), None) => Vec::new(),
            (Err(Failure { cause, reason }), _) => {
                self.degraded = true;
                vec![Event::Degraded {
                    task: Task::Wording,
                    cause,
                    reason,
                    model: None,
                }]
            }
        };
        let (more, step) = self.done(setting, part);
        events.extend(more);
        (events, step)
    }

    /// What a tool brought, with what stands behind it.
    fn taken<T: for<'a> Deserialize<'a>>(
        &mut self,
        brought: Result<Called, CallFailure>,
    ) -> Result<T, String> {
        match brought {
            Ok(Called::Done(output)) => {
                self.evidence = output.evidence;
                serde_json::from_value(output.value).map_err(|error| error.to_string())
            }
            Ok(Called::Proposed(_)) => Err(String::new()),
            Err(failure) => Err(failure.reason),
        }
    }

    fn failed(
        &mut self,
        setting: Setting<'_>,
        part: &DigestPart,
        reason: &str,
    ) -> (Vec<Event>, Step) {
        self.said(
            setting,
            Status::Refused,
            part.failed.replace("{reason}", reason),
        )
    }

    /// A fixed text instead of a digest.
    fn said(&self, setting: Setting<'_>, status: Status, message: String) -> (Vec<Event>, Step) {
        let part = setting.agent.manifest.digest.as_deref();
        let choices = part.filter(|_| status == Status::Clarify);
        let answer = Answer {
            message: Some(message).filter(|text| !text.is_empty()),
            choices: choices.map(|part| part.choices.clone()).unwrap_or_default(),
            label: part.map(|part| part.label.clone()).unwrap_or_default(),
            ..Answer::new(setting, &self.request, status)
        };
        (
            vec![Event::Done(Box::new(answer.labelled(setting)))],
            Step::Done,
        )
    }

    fn done(&self, setting: Setting<'_>, part: &DigestPart) -> (Vec<Event>, Step) {
        let (tool, lead, told) = match (&self.view.order, &self.view.days) {
            (Some(order), _) => (&part.status, lead_of(part, order), of_order(part, order)),
            (None, Some(days)) => (&part.statistics, lead_of_days(part, days), of_days(days)),
            (None, None) => return self.said(setting, Status::Refused, String::new()),
        };
        let entry = setting.entries.get(tool);
        let title = entry.map_or(tool.as_str(), |entry| &entry.manifest.title);
        let citation = Citation {
            id: format!("{tool}:1"),
            kind: CitationKind::Result,
            corpus: String::new(),
            document: tool.clone(),
            title: title.to_owned(),
            path: told.path,
            revision: revision(&told.text),
            text: told.text,
            effective_from: None,
            effective_to: None,
        };
        let sentences = told
            .sentences
            .into_iter()
            .map(|(text, worded_by)| Sentence {
                text,
                citations: vec![citation.id.clone()],
                worded_by,
            });
        let sentences: Vec<Sentence> = sentences.collect();
        let author = sentences.iter().find_map(|it| it.worded_by.clone());
        let mut events = vec![Event::Citation(citation.clone())];
        events.extend(
            sentences
                .iter()
                .enumerate()
                .map(|(index, sentence)| Event::Sentence {
                    index,
                    text: sentence.text.clone(),
                    citations: sentence.citations.clone(),
                }),
        );
        let answer = Answer {
            lead: Some(lead),
            sentences,
            citations: vec![citation],
            mode: author.unwrap_or_else(|| OFF.to_owned()),
            degraded: self.degraded.then(|| part.degraded.clone()),
            label: part.label.clone(),
            digest: Some(Box::new(self.view.clone())),
            ..Answer::new(setting, &self.request, Status::Answered)
        };
        events.push(Event::Done(Box::new(answer.labelled(setting))));
        (events, Step::Done)
    }
}

/// The number of an order in a message.
static ORDER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("HL[0-9]{8,16}").expect("the pattern is constant"));

/// What is told, with the result behind it.
struct Told {
    sentences: Vec<(String, Option<String>)>,
    path: String,
    text: String,
}

fn lead_of(part: &DigestPart, order: &OrderSummary) -> String {
    part.lead_order
        .replace("{order}", &order.order)
        .replace("{state}", &order.state)
}

fn lead_of_days(part: &DigestPart, days: &DaysView) -> String {
    part.lead
        .replace("{from}", &days.from.to_string())
        .replace("{to}", &days.to.to_string())
        .replace("{weeks}", &days.weeks.to_string())
}

fn of_order(part: &DigestPart, order: &OrderSummary) -> Told {
    let line = |it: &PartView| {
        let texts: Vec<&str> = it.found.iter().map(|found| found.text.as_str()).collect();
        let texts = if texts.is_empty() {
            part.none.clone()
        } else {
            texts.join("；")
        };
        format!("{}：{texts}", it.title)
    };
    let entries = order.parts.iter().flat_map(|it| &it.found);
    let entries = entries.filter(|found| found.span.is_none());
    let mut text = vec![order.text.clone()];
    text.extend(entries.map(|found| found.text.clone()));
    Told {
        sentences: order.parts.iter().map(|it| (line(it), None)).collect(),
        path: format!("order:{}", order.order),
        text: text.join("\n"),
    }
}

fn of_days(days: &DaysView) -> Told {
    Told {
        sentences: days
            .claims()
            .map(|claim| (claim.text.clone(), claim.worded_by.clone()))
            .collect(),
        path: format!("{} {}", days.from, days.to),
        text: lines(days),
    }
}

#[cfg(test)]
mod tests;
