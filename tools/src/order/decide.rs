//! From what somebody wants to do to an entry, or to a refusal that says why and what else.
//!
//! It changes nothing: the caller stores the entry first, and then applies it.

use jiff::{SignedDuration, Timestamp};

use super::action::{Action, Grading, Level, Opening};
use super::actor::{Actor, ActorRole};
use super::calendar::Calendar;
use super::due::Reckoning;
use super::entry::{Entry, GENESIS, Proposal};
use super::error::Refused;
use super::fold::Order;
use super::guard::{Guard, opening};
use super::kind::ActionKind;
use super::rules::Rules;
use super::state::State;
use super::table;

impl Order {
    /// Opens an order. Its idempotency key goes into the first entry; that the key is new is for the caller to see to.
    ///
    /// # Errors
    ///
    /// [`Refused`] if something is missing, somebody opens for another person, or the contact is not masked.
    pub fn open(
        what: Opening,
        actor: Actor,
        at: Timestamp,
        rules: &Rules,
        calendar: &Calendar,
    ) -> Result<Self, Refused> {
        let mut order = Self::default();
        let row = table::row(ActionKind::Open);
        let checked = if row.roles.contains(&actor.role) {
            opening(&what, &actor)
        } else {
            Err("只能由诉求人、话务人员或者系统登记".to_owned())
        };
        if let Err(why) = checked {
            return Err(Refused {
                action: ActionKind::Open,
                from: None,
                role: actor.role,
                why,
                allowed: Vec::new(),
            });
        }
        let proposal = Proposal {
            action: Action::Open(what),
            actor,
            at,
            reason: String::new(),
            evidence: Vec::new(),
        };
        let reckoning = Reckoning { rules, calendar };
        let entry = order.entry(proposal, State::Received, &reckoning);
        order.apply(&entry);
        Ok(order)
    }

    /// The entry by which something is done; to be stored and then applied.
    ///
    /// A time before the last entry is taken as the last entry's, and the entry says by how much the clock stood back.
    ///
    /// # Errors
    ///
    /// [`Refused`] with the reason and with what the same actor may do instead.
    pub fn decide(
        &self,
        proposal: Proposal,
        rules: &Rules,
        calendar: &Calendar,
    ) -> Result<Entry, Refused> {
        let kind = proposal.action.kind();
        let reckoning = Reckoning { rules, calendar };
        let guard = Guard {
            order: self,
            proposal: &proposal,
            at: self.not_before_last(proposal.at),
            reckoning: &reckoning,
        };
        let checked = self.may(kind, &proposal.actor).and_then(|()| guard.check());
        if let Err(why) = checked {
            return Err(self.refused(kind, &proposal.actor, why));
        }
        let to = self.target(&proposal, rules);
        Ok(self.entry(proposal, to, &reckoning))
    }

    /// Whether a person has to confirm a grade before the order is dispatched.
    pub fn needs_confirmation(grading: &Grading, rules: &Rules) -> bool {
        let confidence = grading.scores.first().map_or(0, |score| score.per_mille);
        grading.level == Level::Critical || grading.life_safety || confidence < rules.low_confidence
    }

    fn entry(&self, proposal: Proposal, to: State, reckoning: &Reckoning) -> Entry {
        let last = self.entries.last();
        let at = self.not_before_last(proposal.at);
        let back = at.duration_since(proposal.at);
        let mut entry = Entry {
            sequence: last.map_or(1, |last| last.sequence.saturating_add(1)),
            at,
            skew: back.is_positive().then(|| seconds(back)),
            from: last.map(|last| last.to),
            to,
            dues: reckoning.dues(self, &proposal.action, at),
            actor: proposal.actor,
            action: proposal.action,
            reason: proposal.reason,
            evidence: proposal.evidence,
            rules: reckoning.rules.version.clone(),
            previous: last.map_or(GENESIS, |last| &last.hash).to_owned(),
            hash: String::new(),
        };
        entry.hash = entry.digest();
        entry
    }

    /// Where an action leads that is allowed: to the usual state of the table, but for four.
    fn target(&self, proposal: &Proposal, rules: &Rules) -> State {
        let action = &proposal.action;
        let machine = proposal.actor.role == ActorRole::Machine;
        let row = table::row(action.kind());
        let usual = row.to.first().copied().unwrap_or(self.state);
        if row.kind == ActionKind::Register && self.state == State::Emergency {
            State::Emergency
        } else if row.kind == ActionKind::Sign && proposal.actor.unit != self.lead {
            // A unit that assists signs for its part, whether or not the one that leads has signed.
            self.state
        } else if row.kind == ActionKind::Withdraw && !self.state.is_before_dispatch() {
            State::Callback
        } else if let Action::Grade(grading) = action
            && machine
            && Self::needs_confirmation(grading, rules)
        {
            State::Grade
        } else {
            usual
        }
    }
}

/// Whole seconds, rounded up.
fn seconds(duration: SignedDuration) -> u64 {
    let part = u64::from(duration.subsec_nanos() > 0);
    u64::try_from(duration.as_secs()).unwrap_or(0) + part
}
