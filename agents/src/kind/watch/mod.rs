//! Kind `watch`: what sensors measured, and what was raised because of it. Words become a query by rules, inside the tool; no
//! model takes part, and nothing is switched, approved or sent.
//!
//! What watches is [`tools::Watch`], all the time and without anybody asking; here people are told of it.

mod part;
mod view;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tools::{Arguments, Outcome as Called, Output, digest};

pub use part::{WatchPart, WatchTexts};
pub use view::{Curve, CurveGap, CurvePoint, WatchView};

use crate::answer::{Answer, Citation, CitationKind, Contact, Event, Sentence, Status};
use crate::error::Error;
use crate::kind::proposal::called;
use crate::request::{Request, Role, Speaker};
use crate::turn::{CallFailure, Outcome, Setting, Step, ToolCall};

/// A turn of this kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WatchTurn {
    request: Request,
    message: String,
    phase: Phase,
}

/// What the turn waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Phase {
    Asking,
    /// With the question before it: what was asked back is answered.
    AskingAgain,
    Listing,
}

/// What a message is about.
enum Wish {
    /// The alert with this number.
    Alert(String),
    /// Alerts; only those that are not over, or all.
    Alerts { open: bool },
    /// Something is to be done at once.
    Act,
    /// Readings, or something else.
    Readings,
}

impl WatchTurn {
    pub(crate) fn begin(
        setting: Setting<'_>,
        request: Request,
    ) -> Result<(Self, Vec<Event>, Step), Error> {
        let message = request.clean()?.text;
        let started = Event::started(setting, &request);
        let mut turn = Self {
            request,
            message,
            phase: Phase::Asking,
        };
        let Some(part) = setting.agent.manifest.watch.as_deref() else {
            let done = turn.said(setting, Status::Refused, String::new());
            return Ok((turn, vec![started, done], Step::Done));
        };
        let (mut events, step) = turn.respond(setting, part);
        events.insert(0, started);
        Ok((turn, events, step))
    }

    fn respond(&mut self, setting: Setting<'_>, part: &WatchPart) -> (Vec<Event>, Step) {
        let texts = &part.texts;
        let end = |event| (vec![event], Step::Done);
        if let Some(emergency) = setting.seeds.emergencies.find(&self.message) {
            let message = [emergency.advice.as_str(), &texts.emergency].join("\n");
            let mut answer = self.answer(setting, Status::Handoff);
            answer.next = vec![Contact::of(emergency)];
            answer.message = Some(message);
            return end(Event::Done(Box::new(answer.labelled(setting))));
        }
        match wish(&self.message, part) {
            Wish::Act => end(self.said(setting, Status::Refused, texts.not_done.clone())),
            Wish::Alert(_) | Wish::Alerts { .. } if self.request.role == Role::Citizen => {
                end(self.said(setting, Status::Refused, texts.not_shown.clone()))
            }
            Wish::Alert(id) => {
                self.phase = Phase::Listing;
                let arguments = self.arguments("alert", Value::from(id));
                (Vec::new(), self.call(&part.alerts, arguments))
            }
            Wish::Alerts { open } => {
                self.phase = Phase::Listing;
                let arguments = self.arguments("text", Value::from(self.message.as_str()));
                let arguments = arguments.and("open", open, self.request.role.origin());
                (Vec::new(), self.call(&part.alerts, arguments))
            }
            Wish::Readings => {
                let arguments = self.arguments("text", Value::from(self.message.as_str()));
                (Vec::new(), self.call(&part.ask, arguments))
            }
        }
    }

    fn arguments(&self, name: &str, value: Value) -> Arguments {
        Arguments::default().and(name, value, self.request.role.origin())
    }

    fn call(&self, tool: &str, arguments: Arguments) -> Step {
        let again = if self.phase == Phase::AskingAgain {
            "/again"
        } else {
            ""
        };
        Step::CallTool(ToolCall {
            tool: tool.to_owned(),
            arguments,
            key: format!("{}/{tool}{again}", self.request.key()),
            replaces: None,
        })
    }

    pub(crate) fn resume(&mut self, setting: Setting<'_>, outcome: Outcome) -> (Vec<Event>, Step) {
        let part = setting.agent.manifest.watch.as_deref();
        let (Some(part), Outcome::Called(outcome)) = (part, outcome) else {
            return (
                vec![self.said(setting, Status::Refused, String::new())],
                Step::Done,
            );
        };
        let tool = match self.phase {
            Phase::Asking | Phase::AskingAgain => &part.ask,
            Phase::Listing => &part.alerts,
        };
        let event = called(tool, &outcome);
        let (mut events, step) = self.came(setting, part, outcome);
        events.insert(0, event);
        (events, step)
    }

    fn came(
        &mut self,
        setting: Setting<'_>,
        part: &WatchPart,
        outcome: Result<Called, CallFailure>,
    ) -> (Vec<Event>, Step) {
        let output = match outcome {
            Ok(Called::Done(output)) => output,
            Ok(Called::Proposed(_)) => {
                return (
                    vec![self.failed(setting, part, "a question has no effect")],
                    Step::Done,
                );
            }
            // The tool's own words: there is no such place, or it does not know which is meant.
            Err(failure) if failure.refused => {
                return (
                    vec![self.said(setting, Status::Refused, failure.reason)],
                    Step::Done,
                );
            }
            Err(failure) => {
                return (
                    vec![self.failed(setting, part, &failure.reason)],
                    Step::Done,
                );
            }
        };
        match self.phase {
            Phase::Listing => (vec![self.listed(setting, part, &output)], Step::Done),
            Phase::Asking | Phase::AskingAgain => self.read(setting, part, &output),
        }
    }

    /// What came of a question of readings.
    fn read(
        &mut self,
        setting: Setting<'_>,
        part: &WatchPart,
        output: &Output,
    ) -> (Vec<Event>, Step) {
        let understood = output.value.get("understood").cloned().unwrap_or_default();
        let text = |name: &str| {
            let text = understood.get(name).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let options = understood.get("options").cloned().unwrap_or_default();
        let options: Vec<String> = serde_json::from_value(options).unwrap_or_default();
        let is = text("is");
        if is == "query" {
            let found = output.value.get("found").cloned().unwrap_or_default();
            return (
                vec![self.measured(setting, part, (understood, &found))],
                Step::Done,
            );
        }
        // What was asked back may be answered in a few words: they are read with the question before them.
        // A place that is not there is not found with other words before it.
        let again = self.phase == Phase::Asking && is != "unknown";
        if let (true, Some(before)) = (again, self.asked_before()) {
            let joined = format!("{before}，{}", self.message);
            self.phase = Phase::AskingAgain;
            let arguments = self.arguments("text", Value::from(joined));
            return (Vec::new(), self.call(&part.ask, arguments));
        }
        let event = match is.as_str() {
            "ask" => {
                let mut answer = self.answer(setting, Status::Clarify);
                answer.message = Some(text("question"));
                answer.choices = options;
                Event::Done(Box::new(answer.labelled(setting)))
            }
            "unknown" => {
                let mut answer = self.answer(setting, Status::Refused);
                answer.message = Some(text("sentence"));
                answer.choices = options;
                Event::Done(Box::new(answer.labelled(setting)))
            }
            _ => self.said(setting, Status::Refused, part.texts.other.clone()),
        };
        (vec![event], Step::Done)
    }

    /// What the person said before, if the conversation has just begun to ask back.
    fn asked_before(&self) -> Option<&str> {
        let user = |exchange: &&crate::request::Exchange| exchange.role == Speaker::User;
        let last = self.request.history.iter().rev().find(user)?;
        Some(last.content.as_str())
    }

    fn measured(
        &self,
        setting: Setting<'_>,
        part: &WatchPart,
        (query, found): (Value, &Value),
    ) -> Event {
        let text = |name: &str| found.get(name).and_then(Value::as_str).unwrap_or_default();
        let (described, sentence) = (text("described"), text("sentence"));
        let curve = Curve::of(found);
        let readings = curve.as_ref().map_or(0, |curve| curve.readings);
        let view = WatchView {
            described: Some(described.to_owned()),
            query: Some(query),
            curve,
            ..WatchView::default()
        };
        if readings == 0 {
            let mut answer = self.answer(setting, Status::Refused);
            answer.message = Some(part.texts.no_readings.replace("{sentence}", sentence));
            answer.watch = Some(Box::new(view));
            return Event::Done(Box::new(answer.labelled(setting)));
        }
        let evidence = view.curve.as_ref().map(|curve| curve.evidence.as_slice());
        let source = sources(evidence.unwrap_or_default(), readings);
        let citation = citation(setting, (&part.ask, 1), &source, sentence);
        let mut answer = self.answer(setting, Status::Answered);
        answer.lead = Some(part.texts.lead.replace("{described}", described));
        answer.sentences = vec![Sentence {
            text: sentence.to_owned(),
            citations: vec![citation.id.clone()],
            worded_by: None,
        }];
        answer.citations = vec![citation];
        answer.watch = Some(Box::new(view));
        Event::Done(Box::new(answer.labelled(setting)))
    }

    fn listed(&self, setting: Setting<'_>, part: &WatchPart, output: &Output) -> Event {
        let texts = &part.texts;
        let alerts = output.value.get("alerts").and_then(Value::as_array);
        let alerts = alerts.cloned().unwrap_or_default();
        let total = output
            .value
            .get("total")
            .and_then(Value::as_u64)
            .unwrap_or(0);
        let total = usize::try_from(total).unwrap_or(usize::MAX);
        if alerts.is_empty() {
            return self.said(setting, Status::Refused, texts.no_alerts.clone());
        }
        let mut answer = self.answer(setting, Status::Answered);
        let lead = texts.lead_alerts.replace("{total}", &total.to_string());
        answer.lead = Some(lead.replace("{shown}", &alerts.len().to_string()));
        let one = alerts.len() == 1;
        for (alert, number) in alerts.iter().zip(1..) {
            let lines = if one {
                in_full(alert, texts)
            } else {
                vec![in_line(alert, texts)]
            };
            let ids: Vec<String> = strings(alert, "evidence");
            let source = sources(&ids, ids.len() as u64);
            let citation = citation(setting, (&part.alerts, number), &source, &lines.join("\n"));
            for text in lines {
                answer.sentences.push(Sentence {
                    text,
                    citations: vec![citation.id.clone()],
                    worded_by: None,
                });
            }
            answer.citations.push(citation);
        }
        answer.watch = Some(Box::new(WatchView {
            alerts,
            total,
            ..WatchView::default()
        }));
        Event::Done(Box::new(answer.labelled(setting)))
    }

    fn failed(&self, setting: Setting<'_>, part: &WatchPart, reason: &str) -> Event {
        let message = part.texts.failed.replace("{reason}", reason);
        self.said(setting, Status::Refused, message)
    }

    fn said(&self, setting: Setting<'_>, status: Status, message: String) -> Event {
        let mut answer = self.answer(setting, status);
        answer.message = Some(message);
        Event::Done(Box::new(answer.labelled(setting)))
    }

    fn answer(&self, setting: Setting<'_>, status: Status) -> Answer {
        let part = setting.agent.manifest.watch.as_deref();
        Answer {
            label: part
                .map(|part| part.texts.label.clone())
                .unwrap_or_default(),
            ..Answer::new(setting, &self.request, status)
        }
    }
}

fn wish(message: &str, part: &WatchPart) -> Wish {
    let has = |words: &[String]| words.iter().any(|word| message.contains(word.as_str()));
    if let Some(id) = alert_id(message) {
        return Wish::Alert(id);
    }
    if has(&part.act_words) && !has(&part.question_words) {
        return Wish::Act;
    }
    if has(&part.alert_words) {
        return Wish::Alerts {
            open: has(&part.open_words),
        };
    }
    Wish::Readings
}

/// `AL20261121-1f0c22ab`, wherever it stands.
fn alert_id(message: &str) -> Option<String> {
    const LENGTH: usize = 19;
    let upper = message.to_ascii_uppercase();
    upper.match_indices("AL").find_map(|(at, _)| {
        let (day, hash) = upper.get(at + 2..at + LENGTH)?.split_once('-')?;
        let is_id = day.len() == 8
            && day.bytes().all(|byte| byte.is_ascii_digit())
            && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_id.then(|| format!("AL{day}-{}", hash.to_ascii_lowercase()))
    })
}

fn in_line(alert: &Value, texts: &WatchTexts) -> String {
    let state = match alert.get("cleared").and_then(Value::as_str) {
        Some(cleared) => texts.state_cleared.replace("{cleared}", &local(cleared)),
        None => texts.state_open.clone(),
    };
    let line = texts.alert.replace("{id}", string(alert, "id"));
    line.replace("{text}", string(alert, "text"))
        .replace("{state}", &state)
}

/// The alert, what happened since, what may be done.
fn in_full(alert: &Value, texts: &WatchTexts) -> Vec<String> {
    let list = |name: &str| {
        alert
            .get(name)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let mut lines = vec![in_line(alert, texts)];
    lines.extend(list("notes").iter().skip(1).map(|note| {
        let line = texts.note.replace("{at}", &local(string(note, "at")));
        line.replace("{text}", string(note, "text"))
    }));
    lines.extend(list("actions").iter().map(|action| {
        let line = texts.action.replace("{title}", string(action, "title"));
        let line = line.replace("{approver}", string(action, "approver"));
        line.replace("{lines}", &strings(action, "lines").join("；"))
    }));
    if let Some(order) = alert.get("order").filter(|order| order.is_object()) {
        lines.push(match order.get("number").and_then(Value::as_str) {
            Some(number) => texts.ordered.replace("{number}", number),
            None => {
                let line = texts.order.replace("{grade}", string(order, "grade"));
                line.replace("{text}", string(order, "text"))
            }
        });
    }
    lines
}

fn string<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn strings(value: &Value, name: &str) -> Vec<String> {
    let found = value.get(name).cloned().unwrap_or_default();
    serde_json::from_value(found).unwrap_or_default()
}

fn local(at: &str) -> String {
    let zoned = at
        .parse::<jiff::Timestamp>()
        .map(|at| at.to_zoned(tools::zone()));
    zoned.map_or_else(
        |_| at.to_owned(),
        |at| at.strftime("%-m月%-d日%H:%M").to_string(),
    )
}

/// The readings behind a sentence, the first and the last by name.
fn sources(ids: &[String], total: u64) -> String {
    match ids {
        [] => String::new(),
        [one] => one.clone(),
        [first, .., last] => format!("{first} … {last}（{total}条读数）"),
    }
}

fn citation(
    setting: Setting<'_>,
    (tool, number): (&str, usize),
    source: &str,
    text: &str,
) -> Citation {
    let title = setting
        .entries
        .get(tool)
        .map(|entry| entry.manifest.title.clone());
    Citation {
        id: format!("{tool}:{number}"),
        kind: CitationKind::Result,
        corpus: String::new(),
        document: tool.to_owned(),
        title: title.unwrap_or_else(|| tool.to_owned()),
        path: source.to_owned(),
        text: text.to_owned(),
        effective_from: None,
        effective_to: None,
        revision: digest::of_text(text).chars().take(12).collect(),
    }
}

#[cfg(test)]
mod tests;
