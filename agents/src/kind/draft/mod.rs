//! Kind `draft`: a reply drafted for an officer. Points of the request, clauses for each, paragraphs from a template, check.
//!
//! Every sentence of a draft is fixed, cites, or is marked 待核; nothing is sent from here. A rule not in force blocks its
//! paragraph, and what is in force is offered. The request is material: nothing in it is carried out, and nothing it claims
//! is a basis. An edited draft comes back as one more request and is held against the same evidence.

mod conclude;
mod edit;
mod example;
mod part;
mod point;
mod record;
mod search;
mod template;
mod view;
mod wording;
mod write;

use std::collections::BTreeMap;

use corpora::Found;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tools::{Arguments, Outcome as Called};

use crate::answer::Event;
use crate::error::Error;
use crate::guard;
use crate::model::Cause;
use crate::request::Request;
use crate::turn::{CallFailure, Outcome, Setting, Step, ToolCall};
use crate::understand::Understood;

use edit::Edited;
use point::Points;
use record::Record;
use search::{Gathered, Next, Search, Why};

pub use example::PastReply;
pub use part::{DraftPart, DraftTexts};
pub use template::Template;
pub use view::{
    BlockedView, DraftView, ExampleView, ParagraphKind, ParagraphView, PointState, PointView,
    SentenceView, Source, Span, TemplateView,
};

/// The longest request of which a reply is drafted, in characters.
pub const LIMIT: usize = 20_000;

/// What a draft is made of besides the words of the request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Brief {
    /// Number of an order; its words are the request then.
    pub order: Option<String>,
    /// Name of a template.
    pub template: Option<String>,
    /// A draft as an officer has edited it, to be checked.
    pub edited: Option<String>,
}

/// A turn of a `draft` agent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DraftTurn {
    request: Request,
    /// The request without its words: day, place and rights of every search.
    base: Request,
    as_of: Date,
    phase: Phase,
    order: Option<String>,
    record: Option<Record>,
    failure: Option<String>,
    /// What is drafted for.
    text: String,
    points: Points,
    /// One for each point.
    gathered: Vec<Gathered>,
    search: Option<Search>,
    edited: Option<Edited>,
    /// Paragraphs that a model worded, by point.
    worded: BTreeMap<usize, Vec<SentenceView>>,
    /// The point that is being worded.
    asked: usize,
    /// How many of its passages the model is given.
    offered: usize,
    model: Option<String>,
    degraded: Option<Cause>,
    /// Whether the request looks written for a model; then none is asked.
    wary: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Phase {
    Order,
    Points,
    Editing,
    Wording,
}

impl DraftTurn {
    pub(crate) fn begin(
        setting: Setting<'_>,
        request: Request,
    ) -> Result<(Self, Vec<Event>, Step), Error> {
        let clean = guard::text::clean_within(&request.question, LIMIT);
        let clean = clean.map_err(|error| Error::Question(error.to_string()))?;
        // What is quoted back to people keeps its full-width marks.
        let text = guard::text::readable(&request.question).trim().to_owned();
        if setting.agent.templates.is_empty() {
            return Err(Error::Data {
                file: format!("agents/{}/agent.toml", setting.agent.name),
                message: "there is no template beside it".to_owned(),
            });
        }
        let brief = request.draft.clone().unwrap_or_default();
        if let Some(edited) = &brief.edited {
            guard::text::clean_within(edited, edit::LONGEST)
                .map_err(|error| Error::Question(error.to_string()))?;
        }
        let as_of = request.as_of.unwrap_or(request.today);
        let started = Event::started(setting, &request);
        let base = Request {
            question: String::new(),
            history: Vec::new(),
            as_of: Some(as_of),
            memory: None,
            draft: None,
            ..request.clone()
        };
        let order = brief
            .order
            .as_deref()
            .or(Some(&clean.text))
            .and_then(number);
        let mut turn = Self {
            wary: guard::injection::detect(&request.question).is_some(),
            request,
            base,
            as_of,
            phase: Phase::Order,
            order,
            record: None,
            failure: None,
            text: String::new(),
            points: Points::default(),
            gathered: Vec::new(),
            search: None,
            edited: None,
            worded: BTreeMap::new(),
            asked: 0,
            offered: 0,
            model: None,
            degraded: None,
        };
        let mut events = vec![started];
        let (more, step) = match (turn.order.clone(), turn.part(setting)) {
            (Some(order), Some(part)) => (Vec::new(), turn.call(&part.status, order)),
            (None, _) | (_, None) => turn.start(setting, text),
        };
        events.extend(more);
        Ok((turn, events, step))
    }

    fn call(&self, tool: &str, order: String) -> Step {
        Step::CallTool(ToolCall {
            tool: tool.to_owned(),
            arguments: Arguments::default().and("order", order, self.request.role.origin()),
            key: format!("{}/{tool}", self.request.key()),
            replaces: None,
        })
    }

    pub(crate) fn resume(&mut self, setting: Setting<'_>, outcome: Outcome) -> (Vec<Event>, Step) {
        match (self.phase, outcome) {
            (Phase::Order, Outcome::Called(called)) => self.called(setting, called),
            (Phase::Points | Phase::Editing, Outcome::Found(found)) => self.found(setting, *found),
            (Phase::Wording, Outcome::Generated(said)) => self.worded(setting, said),
            (
                _,
                Outcome::Called(_) | Outcome::Found(_) | Outcome::Generated(_) | Outcome::Read(_),
            ) => self.end(setting, Vec::new()),
        }
    }

    fn called(
        &mut self,
        setting: Setting<'_>,
        called: Result<Called, CallFailure>,
    ) -> (Vec<Event>, Step) {
        let tool = self.part(setting).map(|part| part.status.clone());
        let tool = tool.unwrap_or_default();
        let output = match called {
            Ok(Called::Done(output)) => output,
            Ok(Called::Proposed(_)) => return self.end(setting, Vec::new()),
            Err(failure) => {
                self.failure = Some(failure.reason);
                return self.end(setting, Vec::new());
            }
        };
        let event = Event::Called {
            tool: tool.clone(),
            outcome: "done".to_owned(),
            evidence: output.evidence,
        };
        self.record = Record::read(&tool, &output.value);
        let text = self.record.as_ref().map(|record| record.text.clone());
        let text = text.unwrap_or_default();
        let (mut events, step) = match guard::text::clean_within(&text, LIMIT) {
            Ok(_) => {
                self.wary |= guard::injection::detect(&text).is_some();
                // Who asked is kept apart from the order, and must not come back with their words.
                let readable = guard::text::readable(&text);
                let masked = guard::mask::mask_own(readable.trim()).into_owned();
                self.start(setting, masked)
            }
            Err(error) => {
                self.failure = Some(error.to_string());
                self.end(setting, Vec::new())
            }
        };
        events.insert(0, event);
        (events, step)
    }

    /// Takes the request apart and looks for clauses.
    fn start(&mut self, setting: Setting<'_>, text: String) -> (Vec<Event>, Step) {
        self.points = point::points(&text);
        let address = self.record.as_ref().map(|record| record.address.clone());
        let whole = Request {
            question: format!("{text}\n{}", address.unwrap_or_default()),
            ..self.base.clone()
        };
        // A place that is named anywhere holds for all points.
        let understood = Understood::of(&whole, setting.seeds, setting.place);
        if understood.place_stated && self.base.place.is_none() {
            self.base.place = understood.places.as_ref().and_then(|it| it.last().cloned());
        }
        let event = Event::Interpreted {
            question: self.request.question.clone(),
            interpreted: text.clone(),
            as_of: self.as_of,
            as_of_stated: self.request.as_of.is_some(),
            jurisdiction: understood.places.unwrap_or_default(),
            expansions: Vec::new(),
        };
        self.text = text;
        self.phase = Phase::Points;
        let (mut events, step) = self.advance(setting, Vec::new());
        events.insert(0, event);
        (events, step)
    }

    fn found(&mut self, setting: Setting<'_>, found: Found) -> (Vec<Event>, Step) {
        let event = Event::Searched {
            corpora: found.searched.clone(),
            passages: found.hits.len(),
        };
        let Some(search) = &mut self.search else {
            return self.end(setting, vec![event]);
        };
        match search.resume(setting, found) {
            Next::Step(step) => (vec![event], step),
            Next::Done(gathered) => {
                self.search = None;
                self.keep(setting, gathered);
                self.advance(setting, vec![event])
            }
        }
    }

    /// Keeps what was found, where it can be quoted.
    fn keep(&mut self, setting: Setting<'_>, mut gathered: Gathered) {
        let quotable = !write::quotations(self.template(setting), &gathered.quotes).is_empty();
        if !quotable {
            gathered.quotes.clear();
            if gathered.blocked.is_none() {
                gathered.why.get_or_insert(Why::Nothing);
            }
        }
        if self.phase == Phase::Editing {
            self.looked_up(gathered);
        } else {
            self.gathered.push(gathered);
        }
    }

    /// The next search; behind the last one the draft, its check, or its wording.
    fn advance(&mut self, setting: Setting<'_>, events: Vec<Event>) -> (Vec<Event>, Step) {
        while self.phase == Phase::Points && self.gathered.len() < self.points.points.len() {
            let point = &self.points.points[self.gathered.len()];
            let text = searched(&self.text[point.range.clone()]);
            let (search, next) = Search::begin(setting, &self.base, &text, &point.context);
            match next {
                Next::Step(step) => {
                    self.search = Some(search);
                    return (events, step);
                }
                Next::Done(gathered) => self.keep(setting, gathered),
            }
        }
        if self.phase == Phase::Points
            && let Some(text) = self.request.draft.as_ref().and_then(|it| it.edited.clone())
        {
            self.phase = Phase::Editing;
            self.edited = Some(self.edits(setting, &text));
        }
        while let Some(next) = self.look_up(setting) {
            match next {
                Next::Step(step) => return (events, step),
                Next::Done(gathered) => self.keep(setting, gathered),
            }
        }
        self.write(setting, events)
    }

    fn edits(&self, setting: Setting<'_>, text: &str) -> Edited {
        let points = self.point_views(setting);
        let offered: Vec<(usize, SentenceView)> = points
            .iter()
            .flat_map(|point| {
                let blocked = point.blocked.iter().flat_map(|it| it.offered.clone());
                blocked
                    .map(|sentence| (point.number, sentence))
                    .collect::<Vec<_>>()
            })
            .collect();
        let paragraphs = self.paragraphs(setting, &points);
        let text = guard::text::readable(text);
        Edited::read(&text, &self.heading(setting), &paragraphs, &offered)
    }

    /// The quoted draft, at once; then a model words it, where there is one.
    fn write(&mut self, setting: Setting<'_>, mut events: Vec<Event>) -> (Vec<Event>, Step) {
        match self.word_next(setting) {
            Some(step) => {
                events.push(Event::Quoted(Box::new(self.answer(setting))));
                (events, step)
            }
            None => self.end(setting, events),
        }
    }

    /// The last events: what is cited, what is said, the answer.
    fn end(&self, setting: Setting<'_>, mut events: Vec<Event>) -> (Vec<Event>, Step) {
        let answer = self.answer(setting);
        events.extend(answer.citations.iter().cloned().map(Event::Citation));
        for (index, sentence) in answer.sentences.iter().enumerate() {
            events.push(Event::Sentence {
                index,
                text: sentence.text.clone(),
                citations: sentence.citations.clone(),
            });
        }
        events.push(Event::Done(Box::new(answer)));
        (events, Step::Done)
    }

    fn part<'a>(&self, setting: Setting<'a>) -> Option<&'a DraftPart> {
        setting.agent.manifest.draft.as_deref()
    }

    /// The template that is asked for, else the agent's own.
    fn template<'a>(&self, setting: Setting<'a>) -> &'a Template {
        self.chosen(setting).1
    }

    fn chosen<'a>(&self, setting: Setting<'a>) -> (&'a str, &'a Template) {
        let templates = &setting.agent.templates;
        let named = self
            .request
            .draft
            .as_ref()
            .and_then(|it| it.template.as_ref());
        let own = self.part(setting).map(|part| &part.template);
        let known = named.into_iter().chain(own);
        known
            .filter_map(|name| templates.get_key_value(name))
            .chain(templates)
            .map(|(name, template)| (name.as_str(), template))
            .next()
            .expect("an agent of kind `draft` is not loaded without a template")
    }
}

/// The words of a point as they are looked for: folded, without tags and links.
fn searched(text: &str) -> String {
    let clean = guard::text::clean_within(text, LIMIT);
    let clean = clean.map_or_else(|_| text.to_owned(), |clean| clean.text);
    guard::text::unmarked(&clean)
}

/// The number of an order, if the text is nothing else.
fn number(text: &str) -> Option<String> {
    let trimmed = text.trim().to_ascii_uppercase();
    let figures = trimmed.strip_prefix("HL")?;
    (figures.len() >= 9 && figures.bytes().all(|byte| byte.is_ascii_digit())).then_some(trimmed)
}
