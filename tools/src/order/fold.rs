//! The work order as the fold of its entries. No field is set anywhere else, so that a history tells all of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::action::{
    Action, Answers, Channel, Consent, Dispatching, Field, Grading, Item, Level, Opening,
    Registration, RequestKind, Suspension,
};
use super::actor::ActorRole;
use super::clock::Reminder;
use super::due::{Due, DueKind};
use super::entry::{Checked, Entry, GENESIS};
use super::error::{BrokenChain, Fault};
use super::state::State;
use super::table;
use crate::digest;

/// A work order.
///
/// Who asked is not in it: `citizen` is an opaque handle into another store, `contact` is masked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Order {
    /// Id.
    pub id: String,
    /// Idempotency key of the intake.
    pub key: String,
    /// Where it stands.
    pub state: State,
    /// The person's words.
    pub text: String,
    /// SHA-256 of the words, in lower-case hex.
    pub text_hash: String,
    /// By which way they came.
    pub channel: Channel,
    /// Who may be told who asked.
    pub consent: Consent,
    /// Masked telephone number or address.
    pub contact: Option<String>,
    /// Handle of the person.
    pub citizen: String,
    /// What it is.
    pub request: Option<RequestKind>,
    /// The needs in it.
    pub items: Vec<Item>,
    /// The place.
    pub address: Option<String>,
    /// The unit about which somebody complains.
    pub accused: Option<String>,
    /// Facts by name.
    pub fields: BTreeMap<String, Field>,
    /// What was asked for and not yet given.
    pub missing: Vec<String>,
    /// Since when the clock stands.
    pub awaiting_since: Option<Timestamp>,
    /// The grade.
    pub grading: Option<Grading>,
    /// Id of the person who gave or confirmed the grade.
    pub confirmed_by: Option<String>,
    /// The unit that leads.
    pub lead: Option<String>,
    /// Units that assist.
    pub assist: BTreeSet<String>,
    /// Units that have signed since the last dispatch.
    pub signed: BTreeSet<String>,
    /// The district that has a copy.
    pub copy: Option<String>,
    /// Whether the unit was named after a consultation or a return, so that it cannot return the order.
    pub decided: bool,
    /// Due times that run.
    pub dues: BTreeMap<DueKind, Due>,
    /// How often it was returned.
    pub returns: u32,
    /// Whether it was returned since it was last opened.
    pub returned: bool,
    /// Extensions since it was last opened.
    pub extensions: u16,
    /// Working days for which the unit asks.
    pub extension_asked: Option<u16>,
    /// How often it was done again since it was last opened.
    pub redos: u16,
    /// Reminders given.
    pub reminders: Vec<Reminded>,
    /// How often the unit was urged.
    pub urges: u32,
    /// The due time for which a clock has urged.
    pub urged: Option<Timestamp>,
    /// Level of supervision in this period, 0 for none.
    pub supervision: u8,
    /// The order into which it was merged.
    pub parent: Option<String>,
    /// Other orders about the same thing.
    pub links: BTreeSet<String>,
    /// What the citizen said in this callback.
    pub answers: Option<Answers>,
    /// How often the citizen could not be reached in this callback.
    pub tries: u16,
    /// Why it is blocked.
    pub suspension: Option<Suspension>,
    /// Whether the emergency number has it.
    pub acknowledged: bool,
    /// Whether the citizen took it back, and the centre has yet to ask.
    pub withdrawn: bool,
    /// How often it was opened again.
    pub reopens: u32,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// All that was done.
    pub entries: Vec<Entry>,
}

/// A reminder that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Reminded {
    /// Of what.
    pub what: Reminder,
    /// For which due time.
    pub due: Timestamp,
}

/// How an order ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The citizen says that it is settled and is content.
    Resolved,
    /// Settled, and the citizen is not content; the centre finds no ground to do it again.
    Unsatisfied,
    /// The citizen could not be reached.
    Unreachable,
    /// Answered at once.
    Answered,
    /// Merged into another order.
    Merged,
    /// Not for the hotline.
    Declined,
    /// Taken on by an emergency number.
    Transferred,
    /// Taken back by the citizen.
    Withdrawn,
}

impl Order {
    /// Folds stored entries, after checking each.
    ///
    /// # Errors
    ///
    /// [`BrokenChain`] with the first entry that was altered, lost or moved.
    pub fn replay<E: Into<Checked>>(
        entries: impl IntoIterator<Item = E>,
    ) -> Result<Self, BrokenChain> {
        let mut order = Self::default();
        for (checked, sequence) in entries.into_iter().map(E::into).zip(1..) {
            let broken = |fault| BrokenChain { sequence, fault };
            order.verify(&checked, sequence).map_err(broken)?;
            order.put(checked.entry);
        }
        if order.entries.is_empty() {
            let (sequence, fault) = (1, Fault::Empty);
            return Err(BrokenChain { sequence, fault });
        }
        Ok(order)
    }

    /// Folds in an entry which [`Self::decide`] made for this order, or which was checked as [`Self::replay`] does.
    pub fn apply(&mut self, entry: &Entry) {
        self.put(entry.clone());
    }

    /// The time by which something happens now: never before the last entry, whatever clocks say.
    pub fn not_before_last(&self, at: Timestamp) -> Timestamp {
        self.entries.last().map_or(at, |last| last.at.max(at))
    }

    /// The grade; general as long as there is none.
    pub fn level(&self) -> Level {
        self.grading.as_ref().map_or(Level::General, |it| it.level)
    }

    /// What the request is; a request for help as long as nobody said.
    pub fn request_kind(&self) -> RequestKind {
        self.request.unwrap_or(RequestKind::Help)
    }

    fn put(&mut self, entry: Entry) {
        self.fold(&entry);
        for due in &entry.dues {
            self.dues.insert(due.kind, due.clone());
        }
        self.state = entry.to;
        self.entries.push(entry);
    }

    fn verify(&self, Checked { entry, holds }: &Checked, sequence: u64) -> Result<(), Fault> {
        let last = self.entries.last();
        let from = last.map(|last| last.to);
        let faults = [
            (entry.sequence != sequence, Fault::Sequence),
            (
                entry.previous != last.map_or(GENESIS, |last| &last.hash),
                Fault::Previous,
            ),
            (!holds, Fault::Content),
            (last.is_some_and(|last| entry.at < last.at), Fault::Time),
            (
                entry.from != from || !table::holds(entry),
                Fault::Transition,
            ),
        ];
        let fault = faults.into_iter().find(|(is, _)| *is);
        fault.map_or(Ok(()), |(_, fault)| Err(fault))
    }

    fn fold(&mut self, entry: &Entry) {
        match &entry.action {
            Action::Open(opening) => self.fold_opening(opening),
            Action::Register(registration) => self.fold_registration(registration),
            Action::AskFacts { missing } => {
                self.missing.clone_from(missing);
                self.awaiting_since = Some(entry.at);
            }
            Action::SupplyFacts { fields } => {
                self.awaiting_since = None;
                self.add_fields(fields);
            }
            Action::Link { orders, .. } => self.links.extend(orders.iter().cloned()),
            Action::Merge { into, .. } => {
                self.parent = Some(into.clone());
                self.close(Outcome::Merged);
            }
            Action::Decline { .. } => self.close(Outcome::Declined),
            Action::Transfer { .. } => {
                self.acknowledged = false;
                self.awaiting_since = None;
            }
            Action::Acknowledge { .. } => self.acknowledged = true,
            Action::Grade(grading) => {
                self.grading = Some(grading.clone());
                let person = entry.actor.role != ActorRole::Machine;
                self.confirmed_by = person.then(|| entry.actor.id.clone());
            }
            Action::Confirm => self.confirmed_by = Some(entry.actor.id.clone()),
            Action::Regrade { level } => self.fold_level(*level),
            Action::Dispatch(dispatching) => self.fold_dispatching(dispatching, entry.from),
            Action::Sign => self.fold_signature(entry.actor.unit.as_ref(), entry.from),
            Action::TakeAsSigned | Action::RefuseReturn => {
                let lead = self.lead.clone();
                self.fold_signature(lead.as_ref(), Some(State::Dispatched));
            }
            Action::AcceptReturn => self.fold_return(),
            Action::Contact { .. } => self.end_due(DueKind::Contact),
            Action::AddAssist { unit, .. } => self.assist.extend([unit.clone()]),
            Action::RequestExtension { days } => self.extension_asked = Some(*days),
            Action::ApproveExtension { .. } => {
                self.extension_asked = None;
                self.extensions += 1;
            }
            Action::RefuseExtension | Action::Reply(_) => self.extension_asked = None,
            Action::Remind { what } => self.fold_reminder(*what),
            Action::Urge { .. } => self.fold_urging(entry.actor.role),
            Action::Supervise { level } => self.supervision = *level,
            Action::ReturnReply => self.end_due(DueKind::Callback),
            Action::AcceptReply => self.begin_callback(),
            Action::AnswerCallback(answers) => self.answers = Some(answers.clone()),
            Action::MissCallback { .. } => self.tries = self.tries.saturating_add(1),
            Action::Redo => {
                // Somebody who did not take it back after all is no failure of the unit.
                self.redos += u16::from(self.answers.is_some());
                self.begin_period();
            }
            Action::Suspend(suspension) => {
                self.begin_period();
                self.suspension = Some(suspension.clone());
            }
            Action::ReviewSuspension { review, .. } => self.fold_review(*review),
            Action::Resume => self.begin_period(),
            Action::Archive => self.close(self.outcome_of(entry)),
            Action::Withdraw if entry.to == State::Archived => self.close(Outcome::Withdrawn),
            Action::Withdraw => {
                self.begin_period();
                self.withdrawn = true;
            }
            Action::Reopen { facts } => self.fold_reopening(facts),
            Action::Complete
            | Action::Accept { .. }
            | Action::Answer { .. }
            | Action::Continue
            | Action::Consult { .. }
            | Action::RequestReturn { .. }
            | Action::Report { .. } => {}
        }
    }

    fn fold_opening(&mut self, opening: &Opening) {
        self.id.clone_from(&opening.order);
        self.key.clone_from(&opening.key);
        self.text.clone_from(&opening.text);
        self.text_hash = digest::of_text(&opening.text);
        self.channel = opening.channel;
        self.consent = opening.consent;
        self.contact.clone_from(&opening.contact);
        self.citizen.clone_from(&opening.citizen);
    }

    fn fold_registration(&mut self, registration: &Registration) {
        self.request = registration.request.or(self.request);
        if !registration.items.is_empty() {
            self.items.clone_from(&registration.items);
        }
        for (new, old) in [
            (&registration.address, &mut self.address),
            (&registration.accused, &mut self.accused),
        ] {
            if new.is_some() {
                old.clone_from(new);
            }
        }
        self.add_fields(&registration.fields);
    }

    fn fold_level(&mut self, level: Level) {
        if let Some(grading) = &mut self.grading {
            grading.level = level;
        }
    }

    fn fold_dispatching(&mut self, dispatching: &Dispatching, from: Option<State>) {
        self.lead = Some(dispatching.lead.clone());
        self.assist = dispatching.assist.iter().cloned().collect();
        self.copy.clone_from(&dispatching.copy);
        self.signed.clear();
        self.decided = self.returned || from == Some(State::Consultation);
        self.end_due(DueKind::Dispatch);
        self.end_due(DueKind::Designate);
    }

    /// The signature of the unit that leads ends its limit; one that assists signs for its part.
    fn fold_signature(&mut self, unit: Option<&String>, from: Option<State>) {
        if from == Some(State::Dispatched) && unit == self.lead.as_ref() {
            self.end_due(DueKind::Sign);
        }
        self.signed.extend(unit.cloned());
    }

    fn fold_return(&mut self) {
        self.returns += 1;
        self.returned = true;
        self.lead = None;
        self.assist.clear();
        self.end_due(DueKind::Sign);
    }

    fn fold_reminder(&mut self, what: Reminder) {
        let kind = match what {
            Reminder::NearDue { .. } => DueKind::Handle,
            Reminder::Passed { due } => due,
            Reminder::ReviewNear => DueKind::Review,
        };
        if let Some(due) = self.dues.get(&kind) {
            let due = due.at;
            self.reminders.push(Reminded { what, due });
        }
    }

    fn fold_urging(&mut self, role: ActorRole) {
        self.urges += 1;
        if role == ActorRole::Machine {
            self.urged = self.dues.get(&DueKind::Handle).map(|due| due.at);
        }
    }

    fn fold_review(&mut self, review: Date) {
        if let Some(suspension) = &mut self.suspension {
            suspension.review = review;
        }
    }

    fn fold_reopening(&mut self, facts: &[Field]) {
        self.begin_period();
        self.reopens += 1;
        self.outcome = None;
        self.decided = false;
        self.returned = false;
        self.extensions = 0;
        self.redos = 0;
        self.parent = None;
        self.add_fields(facts);
    }

    fn end_due(&mut self, kind: DueKind) {
        self.dues.remove(&kind);
    }

    fn add_fields(&mut self, fields: &[Field]) {
        for field in fields {
            self.missing.retain(|name| *name != field.name);
            self.fields.insert(field.name.clone(), field.clone());
        }
    }

    /// What was said in an earlier callback is in the entries.
    fn begin_callback(&mut self) {
        self.answers = None;
        self.tries = 0;
        self.withdrawn = false;
    }

    /// The unit's time begins anew, or ends.
    fn begin_period(&mut self) {
        self.begin_callback();
        self.suspension = None;
        self.dues.clear();
        self.extension_asked = None;
        self.supervision = 0;
        self.urged = None;
    }

    fn close(&mut self, outcome: Outcome) {
        let answers = self.answers.take();
        self.begin_period();
        self.answers = answers;
        self.awaiting_since = None;
        self.outcome = Some(outcome);
    }

    fn outcome_of(&self, entry: &Entry) -> Outcome {
        match (entry.from, &self.answers) {
            (Some(State::Answered), _) => Outcome::Answered,
            (Some(State::Emergency), _) => Outcome::Transferred,
            (_, Some(answers)) if answers.are_good() => Outcome::Resolved,
            (_, Some(_)) => Outcome::Unsatisfied,
            (_, None) if self.withdrawn => Outcome::Withdrawn,
            (_, None) => Outcome::Unreachable,
        }
    }
}
