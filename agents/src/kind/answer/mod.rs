//! Questions answered from passages: guard, understand, retrieve, basis check, compose, check, answer.
//!
//! With the model off the answer is made of quoted sentences. With a model they are shown first; its sentences are
//! checked one by one against what they cite, and the quoted answer stands when none is left.

mod release;
mod rewrite;
mod wording;

use corpora::{Found, Passage, Query};
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Contact, Event, OFF, Status};
use crate::basis::Basis;
use crate::compose::{Quote, compose};
use crate::error::Error;
use crate::guard;
use crate::request::Request;
use crate::turn::{Outcome, Scope, Setting, Step};
use crate::understand::Understood;

/// A turn of an `answer` agent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AnswerTurn {
    request: Request,
    understood: Understood,
    interpreted: String,
    phase: Phase,
    searched: Vec<String>,
    /// What applies to the caller.
    found: Found,
    /// What a model is to word, and what stands in for it.
    quotes: Vec<Quote>,
    /// The quoted answer that was shown while a model is at work.
    quoted: Option<Box<Answer>>,
    /// Whether other words were asked for.
    rewritten: bool,
    /// Whether the model for them could not be used.
    unaided: bool,
    /// Those that brought something new.
    words: Vec<String>,
    /// Whether the quotes rest on other words than the person's.
    doubtful: bool,
    /// How many passages, best first, the model is given.
    offered: usize,
    missing: Vec<String>,
    message: Option<String>,
    /// Whether the question looks written for a model; then none is asked.
    wary: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Phase {
    /// Rules that apply to the caller.
    Here,
    /// Rules of any place, where the caller named none.
    Elsewhere,
    /// Rules not in force, after those in force gave no basis.
    Lapsed,
    /// Other words for the question.
    Rewriting,
    /// What they find.
    Wider,
    Wording,
}

/// How much better rules of a part of the city must match before the part is asked for.
const BETTER: f32 = 1.15;

impl AnswerTurn {
    pub(crate) fn begin(
        setting: Setting<'_>,
        mut request: Request,
    ) -> Result<(Self, Vec<Event>, Step), Error> {
        let clean = request.clean()?;
        let wary = guard::injection::detect(&request.question).is_some();
        let asked = std::mem::replace(&mut request.question, clean.text);
        let read = std::mem::take(&mut request.question);
        request.question = guard::text::unmarked(&read);
        if request.question.trim().is_empty() {
            request.question.clone_from(&read);
        }
        let understood = Understood::of(&request, setting.seeds, setting.place);
        request.question = read;
        let started = Event::started(setting, &request);
        let emergency = setting.seeds.emergencies.find(&request.question).cloned();
        let declined = setting.seeds.declined.find(&request.question).is_some();
        let interpreted = understood.line(&request.question, &[]);
        request.question = asked;
        let mut turn = Self {
            request,
            understood,
            interpreted,
            phase: Phase::Here,
            searched: Vec::new(),
            found: Found::default(),
            quotes: Vec::new(),
            quoted: None,
            rewritten: false,
            unaided: false,
            words: Vec::new(),
            doubtful: false,
            offered: 0,
            missing: Vec::new(),
            message: None,
            wary,
        };
        if let Some(emergency) = emergency {
            turn.message = Some(emergency.advice.clone());
            let mut answer = turn.answer(setting, Status::Handoff);
            answer.next = vec![Contact::of(&emergency)];
            return Ok((
                turn,
                vec![started, Event::Done(Box::new(answer))],
                Step::Done,
            ));
        }
        if declined {
            // Its words are not repeated: nothing of what was asked is missing.
            turn.message = Some(setting.agent.manifest.texts().declined.clone());
            let mut answer = turn.answer(setting, Status::Refused);
            answer.next = turn.contacts(setting);
            return Ok((
                turn,
                vec![started, Event::Done(Box::new(answer))],
                Step::Done,
            ));
        }
        let query = turn.query(setting);
        Ok((turn, vec![started], Step::Retrieve(query, Scope::InForce)))
    }

    pub(crate) fn resume(&mut self, setting: Setting<'_>, outcome: Outcome) -> (Vec<Event>, Step) {
        match (self.phase, outcome) {
            (Phase::Here, Outcome::Found(found)) => self.here(setting, &found),
            (Phase::Elsewhere, Outcome::Found(found)) => self.elsewhere(setting, &found),
            (Phase::Lapsed, Outcome::Found(found)) => self.lapsed(setting, &found),
            (Phase::Rewriting, Outcome::Generated(said)) => self.rewritten(setting, said),
            (Phase::Wider, Outcome::Found(found)) => self.wider(setting, &found),
            (Phase::Wording, Outcome::Generated(said)) => self.worded(setting, said),
            (
                _,
                Outcome::Found(_) | Outcome::Generated(_) | Outcome::Read(_) | Outcome::Called(_),
            ) => {
                let answer = self.answer(setting, Status::Refused);
                (vec![Event::Done(Box::new(answer))], Step::Done)
            }
        }
    }

    fn query(&self, setting: Setting<'_>) -> Query {
        query(setting, &self.request, &self.understood)
    }

    fn basis(&self, found: &Found) -> Basis {
        Basis::of(&self.understood, found)
    }

    fn here(&mut self, setting: Setting<'_>, found: &Found) -> (Vec<Event>, Step) {
        self.searched.clone_from(&found.searched);
        self.interpreted = self
            .understood
            .line(&self.request.question, &found.expansions);
        let mut events = vec![
            Event::Interpreted {
                question: self.request.question.clone(),
                interpreted: self.interpreted.clone(),
                as_of: self.understood.as_of,
                as_of_stated: self.understood.as_of_stated,
                jurisdiction: self.understood.places.clone().unwrap_or_default(),
                expansions: found.expansions.clone(),
            },
            Event::Searched {
                corpora: found.searched.clone(),
                passages: found.hits.len(),
            },
        ];
        let texts = setting.agent.manifest.texts();
        if found.searched.is_empty() {
            self.message = Some(texts.refused_empty.clone());
            let (more, step) = self.refuse(setting);
            events.extend(more);
            return (events, step);
        }
        if let Some(clause) = found
            .no_such_clause
            .as_ref()
            .or(found.unknown_title.as_ref())
        {
            self.message = Some(texts.no_such_clause.replace("{clause}", clause));
            let (more, step) = self.refuse(setting);
            events.extend(more);
            return (events, step);
        }
        self.found = found.clone();
        if !self.understood.place_stated && self.other_places(setting) {
            self.phase = Phase::Elsewhere;
            let query = Query {
                places: None,
                ..self.query(setting)
            };
            return (events, Step::Retrieve(query, Scope::InForce));
        }
        let (more, step) = self.decide(setting, &self.basis(found));
        events.extend(more);
        (events, step)
    }

    /// Nobody said where. If rules of places within this one fit better than those of all of it, the place decides, and
    /// is asked for.
    fn elsewhere(&mut self, setting: Setting<'_>, found: &Found) -> (Vec<Event>, Step) {
        let gazetteer = &setting.seeds.gazetteer;
        let here = self.understood.places.as_deref().and_then(<[String]>::last);
        let (basis, local) = (self.basis(found), self.basis(&self.found));
        let mut places: Vec<String> = Vec::new();
        let mut best: f32 = 0.0;
        for candidate in basis.near() {
            let passage = &candidate.hit.passage;
            let Some(place) = passage.jurisdiction.as_ref().filter(|place| {
                here.is_some_and(|here| *place != here && gazetteer.chain(place).contains(here))
            }) else {
                continue;
            };
            best = best.max(candidate.hit.score);
            if !places.contains(place) {
                places.push(place.clone());
            }
        }
        let fits_better = !local.stands() || places.len() > 1 && best > local.score() * BETTER;
        if places.is_empty() || !basis.stands() || !fits_better || self.found.named > 0 {
            return self.decide(setting, &local);
        }
        self.message = Some(setting.agent.manifest.texts().clarify_place.clone());
        let mut answer = self.answer(setting, Status::Clarify);
        answer.choices = places
            .iter()
            .map(|place| format!("{place}：{}", guard::text::plain(&self.request.question)))
            .collect();
        (vec![Event::Done(Box::new(answer))], Step::Done)
    }

    /// Whether there are rules of parts of the caller's place.
    fn other_places(&self, setting: Setting<'_>) -> bool {
        let Some(here) = self.understood.places.as_deref().and_then(<[String]>::last) else {
            return false;
        };
        let within = |place: &String| setting.seeds.gazetteer.chain(place).contains(here);
        self.found.other_places.iter().any(within)
    }

    fn decide(&mut self, setting: Setting<'_>, basis: &Basis) -> (Vec<Event>, Step) {
        let texts = setting.agent.manifest.texts();
        if self.may_rewrite(setting, basis) {
            let mut events = Vec::new();
            if basis.stands() {
                self.settle(setting, basis);
                let (_, answer) = self.assemble(setting, self.quotations(), self.missing.clone());
                events.extend(answer.and_then(|answer| self.quoted(answer)));
            }
            return (events, self.rewrite(setting));
        }
        let held_back = self.found.titles.is_empty() && !self.found.titles_held_back.is_empty();
        if held_back && self.found.other_dates {
            self.phase = Phase::Lapsed;
            return (
                Vec::new(),
                Step::Retrieve(self.query(setting), Scope::OutOfForce),
            );
        }
        if !basis.stands() && !self.found.other_dates {
            self.message = Some(self.fill(setting, &texts.refused));
            return self.refuse(setting);
        }
        if !basis.stands() {
            self.phase = Phase::Lapsed;
            return (
                Vec::new(),
                Step::Retrieve(self.query(setting), Scope::OutOfForce),
            );
        }
        self.settle(setting, basis);
        self.word(setting)
    }

    /// What is quoted, and what is missing.
    fn settle(&mut self, setting: Setting<'_>, basis: &Basis) {
        let texts = setting.agent.manifest.texts();
        self.missing = basis
            .missing
            .iter()
            .map(|part| texts.missing.replace("{part}", &guard::text::plain(part)))
            .collect();
        if (basis.is_weak() || self.doubtful) && self.missing.is_empty() {
            self.missing.push(texts.weak.clone());
        }
        self.quotes = compose(&self.understood, basis);
        self.message = release::notes(texts, &self.understood, &self.quotes);
    }

    /// No rule in force has the answer. One that was or will be in force is named, never cited.
    fn lapsed(&mut self, setting: Setting<'_>, found: &Found) -> (Vec<Event>, Step) {
        let basis = self.basis(found);
        let texts = setting.agent.manifest.texts();
        // The rule must be about the question, not merely the best of those that are left.
        let fits = basis.stands() && basis.score() > self.basis(&self.found).score() * BETTER;
        let is_named = |passage: &&Passage| self.found.titles_held_back.contains(&passage.title);
        let mut passages = basis
            .candidates
            .iter()
            .map(|candidate| &candidate.hit.passage);
        let candidate = passages.find(is_named).or_else(|| {
            let best = basis.chosen().next().filter(|_| fits);
            best.map(|candidate| &candidate.hit.passage)
        });
        self.message = Some(match candidate {
            Some(passage) => {
                let validity = match (passage.effective_from, passage.effective_to) {
                    _ if passage.repealed && passage.effective_to.is_none() => {
                        "已废止，废止日期不详".to_owned()
                    }
                    (Some(from), Some(to)) => format!("{from} 起施行，{to} 起不再适用"),
                    (Some(from), None) => format!("{from} 起施行"),
                    (None, Some(to)) => format!("{to} 起不再适用"),
                    (None, None) => "已有更新的文本".to_owned(),
                };
                texts
                    .out_of_force
                    .replace("{title}", &passage.title)
                    .replace("{validity}", &validity)
                    .replace("{as_of}", &self.understood.as_of.to_string())
            }
            None => self.fill(setting, &texts.refused),
        });
        self.refuse(setting)
    }

    fn fill(&self, setting: Setting<'_>, text: &str) -> String {
        let jurisdiction = self.understood.jurisdiction();
        let jurisdiction = jurisdiction.unwrap_or_else(|| "不限地区".to_owned());
        let title = |name: &String| setting.titles.get(name).unwrap_or(name).clone();
        let searched: Vec<String> = self.searched.iter().map(title).collect();
        text.replace("{searched}", &searched.join("、"))
            .replace("{as_of}", &self.understood.as_of.to_string())
            .replace("{jurisdiction}", &jurisdiction)
    }

    fn refuse(&mut self, setting: Setting<'_>) -> (Vec<Event>, Step) {
        let mut answer = self.answer(setting, Status::Refused);
        answer.missing = vec![guard::text::plain(&self.request.question)];
        answer.missing.retain(|part| !part.is_empty());
        answer.next = self.contacts(setting);
        (vec![self.done(setting, answer)], Step::Done)
    }

    /// The last event. What a model could not do is said, unless another one did more.
    fn done(&self, setting: Setting<'_>, mut answer: Answer) -> Event {
        if self.unaided && answer.mode == OFF {
            let flag = || setting.agent.manifest.texts().degraded_rewrite.clone();
            answer.degraded.get_or_insert_with(flag);
        }
        Event::Done(Box::new(answer))
    }

    fn contacts(&self, setting: Setting<'_>) -> Vec<Contact> {
        setting.seeds.contacts(
            &self.understood.question,
            self.understood.places.as_deref().unwrap_or_default(),
        )
    }

    /// An answer without sentences.
    fn answer(&self, setting: Setting<'_>, status: Status) -> Answer {
        Answer {
            interpreted: self.interpreted.clone(),
            as_of: self.understood.as_of,
            jurisdiction: self.understood.jurisdiction(),
            missing: self.missing.clone(),
            searched: self.searched.clone(),
            message: self.message.clone(),
            label: setting.agent.manifest.texts().label.clone(),
            ..Answer::new(setting, &self.request, status)
        }
        .labelled(setting)
    }
}

/// What is looked up for a question, among what agent and caller may read.
pub(crate) fn query(setting: Setting<'_>, request: &Request, understood: &Understood) -> Query {
    let allowed = &setting.agent.manifest.corpora;
    let corpora = match (&request.corpora, allowed) {
        (Some(asked), Some(allowed)) => Some(
            asked
                .iter()
                .filter(|name| allowed.contains(name))
                .cloned()
                .collect(),
        ),
        (asked, allowed) => asked.clone().or_else(|| allowed.clone()),
    };
    Query {
        text: understood.search.clone(),
        more: Vec::new(),
        as_of: understood.as_of,
        today: request.today,
        places: understood.places.clone(),
        corpora,
        limit: request.limit.unwrap_or(setting.agent.manifest.passages),
    }
}
