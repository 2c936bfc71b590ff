//! An event in words, with what may be done about it: a proposal, for a person to approve or not.
//!
//! A pure function of the event and the data files; no model writes any of it, and nothing is done by it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::event::{Event, What};
use super::level::{Level, Notice};
use super::playbook::{Action, Grade, Occasion, OrderTemplate, Playbooks};
use super::rule::Rule;
use super::template::{Fact, Template};
use crate::sensor::thing::Thing;
use crate::zone;

/// What is said, and what may be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// What may be done, in order.
    pub actions: Vec<ProposedAction>,
    /// What is said.
    pub alert: AlertDraft,
    /// The order that may be written.
    pub order: Option<OrderDraft>,
}

/// Something that may be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProposedAction {
    /// What it is.
    pub title: String,
    /// A device is switched; else a person does something.
    pub device: bool,
    /// The role that approves it.
    pub approver: String,
    /// Always true: it is said what would be done, and nothing is done.
    pub dry_run: bool,
    /// What exactly would be done.
    pub lines: Vec<String>,
}

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertDraft {
    /// In Chinese.
    pub text: String,
    /// Ids of the readings that show it.
    pub evidence: Vec<String>,
}

/// An order that may be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderDraft {
    /// Code of the dispatch catalogue.
    pub item: String,
    /// How urgent.
    pub grade: Grade,
    /// Where.
    pub place: String,
    /// What it says, in Chinese.
    pub text: String,
    /// Ids of the readings that show it.
    pub evidence: Vec<String>,
}

/// What is said about an event of a thing, and what may be done. `rule` is the one which the event names.
///
/// Only what is new and asks for something has actions and an order: a level reached or made graver, a fault. For that
/// which became less grave, is over, was suppressed or not acknowledged there is only something to say.
pub fn plan(event: &Event, rule: &Rule, playbooks: &Playbooks, thing: &Thing) -> Proposal {
    let facts = Facts::new(event, rule, thing);
    let notices = &playbooks.notices;
    let alone = |text: &Template| facts.proposal(text, &[], None);
    let planned = |occasion| match playbooks.of(&rule.kind, occasion) {
        Some(it) => facts.proposal(&it.alert, &it.actions, it.order.as_ref()),
        None => alone(&notices.unplanned),
    };
    match event.what {
        What::Raised { level, .. } => planned(Occasion::Level(level)),
        What::Changed { from, to, .. } if to > from => planned(Occasion::Level(to)),
        What::Changed { .. } => alone(&notices.lowered),
        What::Stuck { .. } => planned(Occasion::Stuck),
        What::Missing { .. } => planned(Occasion::Missing),
        What::Cleared { .. } => alone(&notices.cleared),
        What::Recovered { .. } => alone(&notices.recovered),
        What::Suppressed { .. } => alone(&notices.suppressed),
        What::Escalated { .. } => alone(&notices.escalated),
    }
}

/// What is known about an event.
struct Facts<'a> {
    event: &'a Event,
    rule: &'a Rule,
    thing: &'a Thing,
    since: Timestamp,
    level: Option<Level>,
    value: Option<f64>,
    notice: Option<Notice>,
}

impl<'a> Facts<'a> {
    fn new(event: &'a Event, rule: &'a Rule, thing: &'a Thing) -> Self {
        let (since, level, value, notice) = match event.what {
            What::Raised {
                level,
                since,
                value,
            }
            | What::Suppressed {
                level,
                since,
                value,
                ..
            } => (since, Some(level), Some(value), None),
            What::Changed {
                to, since, value, ..
            } => (since, Some(to), Some(value), None),
            What::Cleared { peak, since, value } => (since, Some(peak), Some(value), None),
            What::Stuck { since, value } => (since, None, Some(value), None),
            What::Missing { since } | What::Recovered { since, .. } => (since, None, None, None),
            What::Escalated {
                level,
                notice,
                since,
                value,
            } => (since, Some(level), Some(value), Some(notice)),
        };
        Self {
            event,
            rule,
            thing,
            since,
            level,
            value,
            notice,
        }
    }

    fn proposal(
        &self,
        alert: &Template,
        actions: &[Action],
        order: Option<&OrderTemplate>,
    ) -> Proposal {
        Proposal {
            actions: actions.iter().map(|action| self.action(action)).collect(),
            alert: AlertDraft {
                text: self.fill(alert),
                evidence: self.event.evidence.clone(),
            },
            order: order.map(|order| OrderDraft {
                item: order.item.clone(),
                grade: order.grade,
                place: self.thing.place.clone(),
                text: self.fill(&order.text),
                evidence: self.event.evidence.clone(),
            }),
        }
    }

    fn action(&self, action: &Action) -> ProposedAction {
        ProposedAction {
            title: action.title.clone(),
            device: action.device,
            approver: action.approver.clone(),
            dry_run: true,
            lines: action.lines.iter().map(|line| self.fill(line)).collect(),
        }
    }

    fn fill(&self, template: &Template) -> String {
        template.fill(|fact| self.get(fact).unwrap_or_default())
    }

    /// `None` only for what the occasion does not have, which no template names.
    fn get(&self, fact: Fact) -> Option<String> {
        Some(match fact {
            Fact::Place => self.thing.place.clone(),
            Fact::Thing => self.thing.name.clone(),
            Fact::Title => self.rule.title.clone(),
            Fact::Value => self.number(self.value?),
            Fact::Unit => self.rule.unit.clone(),
            Fact::Since => local(self.since),
            Fact::Level => self.level?.name().to_owned(),
            Fact::Limit => self.number(self.limit()?),
            Fact::Basis => self.rule.basis.clone(),
            Fact::Notice => self.notice?.name().to_owned(),
        })
    }

    fn limit(&self) -> Option<f64> {
        let level = self.level?;
        let mut limits = self.rule.limits.iter();
        let limit = limits.find(|limit| limit.level == level)?;
        Some(limit.bound)
    }

    fn number(&self, value: f64) -> String {
        let decimals = usize::from(self.rule.decimals);
        format!("{value:.decimals$}")
    }
}

fn local(at: Timestamp) -> String {
    let zoned = at.to_zoned(zone());
    zoned.strftime("%-m月%-d日%H:%M").to_string()
}

#[cfg(test)]
mod tests;
