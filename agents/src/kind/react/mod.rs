//! Kind `react`: a model chooses what to look up and proposes what to do; it decides nothing.
//!
//! Which tools there are is fixed before anything is read. What a model writes is an argument of origin `model`, unless
//! the person said it; what a tool brings is data. A call with an effect ends the turn as a proposal, and the person's word
//! in the next turn decides. Sentences are held against what was found in this turn, or are the program's own. Without a
//! model it refuses.

mod ask;
mod evidence;
mod part;
mod say;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tools::{
    Arguments, Effect, Labelled, Origin, Outcome as Called, ToolEntry, ToolSpec, is_whole, occurs,
};

pub use part::{ReactPart, ReactTexts};

use crate::answer::Event;
use crate::basis::Basis;
use crate::compose::compose;
use crate::error::Error;
use crate::guard;
use crate::guard::veil::Veil;
use crate::kind::answer::query;
use crate::kind::form::{Memory, Stage};
use crate::kind::led;
use crate::kind::proposal::{called, decision};
use crate::model::{Failure, Said, Task};
use crate::request::Request;
use crate::turn::{CallFailure, Outcome, Scope, Setting, Step, ToolCall};
use crate::understand::Understood;
use ask::{Call, Final, Move, Search, read};
use evidence::{Evidence, Shown};

/// A turn of this kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReactTurn {
    request: Request,
    /// What the person said, without what nobody sees.
    message: String,
    understood: Understood,
    /// What waits for the person's word, or came of it.
    memory: Memory,
    phase: Phase,
    /// Names of the tools of this turn.
    open: Vec<String>,
    /// How often the model was asked.
    steps: usize,
    deeds: Vec<Deed>,
    /// From 1 in what a model says.
    evidence: Vec<Evidence>,
    searched: Vec<String>,
    /// Personal data that no model sees.
    veil: Veil,
}

/// What the turn waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Phase {
    Choosing,
    Calling(Call),
    Searching(Box<Understood>),
    Deciding,
}

/// A step of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Deed {
    /// What it said, as it saw it.
    said: String,
    /// What it wanted; none where that cannot be read.
    wanted: Option<Move>,
    came: Came,
    /// It wanted the same before, and got what had come then.
    again: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Came {
    /// Numbers of evidence, from 1.
    Found(Vec<usize>),
    /// Why nothing came.
    Nothing(String),
}

impl ReactTurn {
    pub(crate) fn begin(
        setting: Setting<'_>,
        mut request: Request,
    ) -> Result<(Self, Vec<Event>, Step), Error> {
        let clean = request.clean()?;
        let started = Event::started(setting, &request);
        let memory = request.memory.take().unwrap_or_default();
        let understood = Understood::of(&request, setting.seeds, setting.place);
        let mut turn = Self {
            message: clean.text,
            understood,
            memory: Memory {
                key: request.key(),
                ..Memory::default()
            },
            phase: Phase::Choosing,
            open: open(setting, &request),
            steps: 0,
            deeds: Vec::new(),
            evidence: Vec::new(),
            searched: Vec::new(),
            veil: Veil::default(),
            request,
        };
        let (events, step) = led(started, turn.respond(setting, *memory));
        Ok((turn, events, step))
    }

    fn respond(&mut self, setting: Setting<'_>, memory: Memory) -> (Vec<Event>, Step) {
        if let Some(emergency) = setting.seeds.emergencies.find(&self.message) {
            return self.emergency(setting, emergency);
        }
        let waits = memory.stage == Stage::Confirm;
        if let Some(proposal) = memory.proposal.as_ref().filter(|_| waits)
            && let Some(decision) = decision(proposal, &self.message)
        {
            self.phase = Phase::Deciding;
            self.memory = memory;
            return (Vec::new(), Step::Decide(decision));
        }
        let Some(texts) = self.texts(setting) else {
            return self.refuse(setting, "");
        };
        if setting.act.is_none() {
            return self.refuse(setting, &texts.off);
        }
        if guard::injection::detect(&self.request.question).is_some() {
            return self.refuse(setting, &texts.wary);
        }
        self.next(setting)
    }

    pub(crate) fn resume(&mut self, setting: Setting<'_>, outcome: Outcome) -> (Vec<Event>, Step) {
        match (self.phase.clone(), outcome) {
            (Phase::Choosing, Outcome::Generated(said)) => self.chosen(setting, said),
            (Phase::Calling(call), Outcome::Called(called)) => self.called(setting, call, called),
            (Phase::Searching(understood), Outcome::Found(found)) => {
                self.found(setting, &understood, &found)
            }
            (Phase::Deciding, Outcome::Called(called)) => self.decided(setting, called),
            (
                Phase::Choosing | Phase::Calling(_) | Phase::Searching(_) | Phase::Deciding,
                Outcome::Found(_) | Outcome::Generated(_) | Outcome::Read(_) | Outcome::Called(_),
            ) => self.cut_short(setting, Vec::new(), None),
        }
    }

    /// Asks the model what to do, as long as it may be asked.
    fn next(&mut self, setting: Setting<'_>) -> (Vec<Event>, Step) {
        if self.steps >= self.part(setting).map_or(0, |part| part.steps) {
            return self.cut_short(setting, Vec::new(), None);
        }
        self.steps += 1;
        self.phase = Phase::Choosing;
        (Vec::new(), self.request(setting))
    }

    fn chosen(&mut self, setting: Setting<'_>, said: Result<Said, Failure>) -> (Vec<Event>, Step) {
        let said = match said {
            Ok(said) => said,
            Err(Failure { cause, reason }) => {
                let event = Event::Degraded {
                    task: Task::Act,
                    cause,
                    reason,
                    model: None,
                };
                return self.cut_short(setting, vec![event], Some(cause));
            }
        };
        let (text, wanted) = read(&said.text);
        let wanted = match wanted {
            Ok(wanted) => self.lifted(wanted),
            Err(reason) => return self.noted(setting, text, None, Came::Nothing(reason)),
        };
        let before = self.deeds.iter().find(|deed| {
            deed.wanted.as_ref() == Some(&wanted) && !matches!(wanted, Move::Final(_))
        });
        if let Some(before) = before {
            let deed = Deed {
                said: text,
                again: true,
                ..before.clone()
            };
            self.deeds.push(deed);
            return self.next(setting);
        }
        match wanted {
            Move::Final(Final { claims }) => {
                let model = said.model.or_else(|| setting.act.map(str::to_owned));
                self.end(setting, claims, model.as_deref())
            }
            Move::Call(call) => match self.checked(setting, &call) {
                Ok(step) => {
                    self.pending(text, Move::Call(call.clone()));
                    self.phase = Phase::Calling(call);
                    (Vec::new(), step)
                }
                Err(reason) => {
                    self.noted(setting, text, Some(Move::Call(call)), Came::Nothing(reason))
                }
            },
            Move::Search(Search { search })
                if self.part(setting).is_some_and(|part| part.search.is_some()) =>
            {
                let request = Request {
                    question: search.clone(),
                    history: Vec::new(),
                    ..self.request.clone()
                };
                let understood = Understood::of(&request, setting.seeds, setting.place);
                let query = query(setting, &self.request, &understood);
                self.pending(text, Move::Search(Search { search }));
                self.phase = Phase::Searching(Box::new(understood));
                (Vec::new(), Step::Retrieve(query, Scope::InForce))
            }
            wanted @ Move::Search(_) => {
                let reason = "there is no search".to_owned();
                self.noted(setting, text, Some(wanted), Came::Nothing(reason))
            }
        }
    }

    /// A move with the person's own words in the place of marks.
    fn lifted(&self, wanted: Move) -> Move {
        match wanted {
            Move::Call(Call { tool, arguments }) => Move::Call(Call {
                tool,
                arguments: self.veil.lifted_members(&arguments),
            }),
            Move::Search(Search { search }) => Move::Search(Search {
                search: self.veil.lifted(&search),
            }),
            Move::Final(Final { mut claims }) => {
                for claim in &mut claims {
                    claim.text = self.veil.lifted(&claim.text);
                }
                Move::Final(Final { claims })
            }
        }
    }

    /// The step for a call of one of the tools, with arguments that fit.
    fn checked(&self, setting: Setting<'_>, call: &Call) -> Result<Step, String> {
        let entry = self
            .entries(setting)
            .find(|entry| entry.name == call.tool)
            .ok_or_else(|| format!("there is no tool `{}`", call.tool))?;
        let arguments = self.labelled(&entry.spec, &call.arguments);
        let fits = entry.spec.validate(&arguments);
        fits.map_err(|error| error.to_string())?;
        // The key of an effect is fixed before any model is asked: one in a turn.
        let key = match entry.spec.effect {
            Effect::Read => format!("{}/{}", self.memory.key, self.steps),
            Effect::Write => format!("{}/{}", self.memory.key, call.tool),
        };
        Ok(Step::CallTool(ToolCall {
            tool: call.tool.clone(),
            arguments,
            key,
            replaces: None,
        }))
    }

    /// Arguments of a model. What stands in the person's own words is the person's, unless a piece of them does not do.
    fn labelled(&self, spec: &ToolSpec, arguments: &Map<String, Value>) -> Arguments {
        let said = self.request.said();
        let mut labelled = Arguments::default();
        for (name, value) in arguments {
            let own = if spec.wants_whole(name) {
                is_whole(value, &said)
            } else {
                says(value) && occurs(value, &said)
            };
            let origin = if own {
                self.request.role.origin()
            } else {
                Origin::Model
            };
            labelled.set(name, Labelled::new(value.clone(), origin));
        }
        labelled
    }

    fn called(
        &mut self,
        setting: Setting<'_>,
        call: Call,
        outcome: Result<Called, CallFailure>,
    ) -> (Vec<Event>, Step) {
        let event = called(&call.tool, &outcome);
        let entry = setting.entries.get(&call.tool);
        let writes = entry.is_some_and(|entry| entry.spec.effect == Effect::Write);
        let came = match outcome {
            Ok(Called::Proposed(proposal)) => {
                return led(event, self.proposed(setting, call.tool, *proposal));
            }
            // The same request was carried out before, and its answer was lost.
            Ok(Called::Done(output)) if writes => {
                self.memory.tool = Some(call.tool);
                return led(event, self.done(setting, &output));
            }
            Ok(Called::Done(output)) => {
                let title = entry.map_or(call.tool.as_str(), |entry| &entry.manifest.title);
                let lines = self
                    .part(setting)
                    .and_then(|part| part.results.get(&call.tool));
                let number = self.evidence.len() + 1;
                let shown = Shown::new(number, (&call.tool, title), lines, &output);
                if shown.is_empty() {
                    Came::Nothing("the result is empty".to_owned())
                } else {
                    self.evidence.push(Evidence::Result(shown));
                    Came::Found(vec![number])
                }
            }
            Err(failure) => Came::Nothing(failure.reason),
        };
        led(event, self.came(setting, came))
    }

    fn found(
        &mut self,
        setting: Setting<'_>,
        understood: &Understood,
        found: &corpora::Found,
    ) -> (Vec<Event>, Step) {
        let event = Event::Searched {
            corpora: found.searched.clone(),
            passages: found.hits.len(),
        };
        for corpus in &found.searched {
            if !self.searched.contains(corpus) {
                self.searched.push(corpus.clone());
            }
        }
        let basis = Basis::of(understood, found);
        let quotes = if basis.stands() {
            compose(understood, &basis)
        } else {
            Vec::new()
        };
        let mut numbers = Vec::new();
        for quote in quotes {
            let known = self.evidence.iter_mut().position(|evidence| {
                let passage = evidence.passage();
                passage.is_some_and(|passage| passage.id == quote.passage.id)
            });
            let at = known.unwrap_or(self.evidence.len());
            match self.evidence.get_mut(at) {
                Some(Evidence::Passage(quotes)) if !quotes.contains(&quote) => quotes.push(quote),
                Some(Evidence::Passage(_) | Evidence::Result(_)) => {}
                None => self.evidence.push(Evidence::Passage(vec![quote])),
            }
            if !numbers.contains(&(at + 1)) {
                numbers.push(at + 1);
            }
        }
        let came = if numbers.is_empty() {
            Came::Nothing("no passage answers that".to_owned())
        } else {
            Came::Found(numbers)
        };
        led(event, self.came(setting, came))
    }

    /// A deed of which nothing came yet.
    fn pending(&mut self, said: String, wanted: Move) {
        self.deeds.push(Deed {
            said,
            wanted: Some(wanted),
            came: Came::Nothing(String::new()),
            again: false,
        });
    }

    fn came(&mut self, setting: Setting<'_>, came: Came) -> (Vec<Event>, Step) {
        if let Some(last) = self.deeds.last_mut() {
            last.came = came;
        }
        self.next(setting)
    }

    fn noted(
        &mut self,
        setting: Setting<'_>,
        said: String,
        wanted: Option<Move>,
        came: Came,
    ) -> (Vec<Event>, Step) {
        self.deeds.push(Deed {
            said,
            wanted,
            came,
            again: false,
        });
        self.next(setting)
    }

    fn part<'a>(&self, setting: Setting<'a>) -> Option<&'a ReactPart> {
        setting.agent.manifest.react.as_deref()
    }

    fn texts<'a>(&self, setting: Setting<'a>) -> Option<&'a ReactTexts> {
        self.part(setting).map(|part| &part.texts)
    }

    /// The tools of this turn, in the order of the manifest.
    fn entries<'a>(&'a self, setting: Setting<'a>) -> impl Iterator<Item = &'a ToolEntry> {
        let open = self.open.iter();
        open.filter_map(|name| setting.entries.get(name))
    }
}

/// Names of the tools that the agent may choose from and the person may use.
fn open(setting: Setting<'_>, request: &Request) -> Vec<String> {
    let part = setting.agent.manifest.react.as_deref();
    let named = part.into_iter().flat_map(|part| &part.tools);
    let may = |name: &&String| {
        let entry = setting.entries.get(*name);
        entry.is_some_and(|entry| {
            let roles = &entry.spec.roles;
            roles.iter().any(|role| role == request.role.name())
        })
    };
    named.filter(may).cloned().collect()
}

/// Whether there is a word or a number in a value that somebody can have said.
fn says(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => false,
        Value::Number(_) => true,
        Value::String(text) => text.chars().any(char::is_alphanumeric),
        Value::Array(items) => items.iter().any(says),
        Value::Object(members) => members.values().any(says),
    }
}
