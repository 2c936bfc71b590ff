//! Random walks: random actions by random people at random times, also backward. Whatever happens, the promises hold.
//!
//! `CHENGZHI_CASES` sets the number of walks.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::action::Action;
use super::clock::tick;
use super::demo::*;
use super::entry::{Entry, Proposal};
use super::error::Fault;
use super::fold::{Order, Outcome};
use super::kind::ActionKind;
use super::rates::{Grouping, Period, Rates, UNKNOWN, rates};
use super::state::State;
use super::table;

/// One attempt: what, by whom, how much later, with which data.
#[derive(Debug, Clone)]
struct Attempt {
    kind: usize,
    person: usize,
    minutes: i64,
    salt: u16,
    /// Whether something that is allowed is preferred, so that walks get far.
    likely: bool,
    ticks: bool,
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let minutes = prop_oneof![
        6 => 0..600_i64,
        2 => -3_000..3_000_i64,
        1 => 0..150_000_i64,
    ];
    (
        0..ActionKind::ALL.len(),
        0..people().len(),
        minutes,
        any::<u16>(),
        prop::bool::weighted(0.8),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(kind, person, minutes, salt, likely, ticks)| Attempt {
            kind,
            person,
            minutes,
            salt,
            likely,
            ticks,
        })
}

fn cases() -> u32 {
    let set = std::env::var("CHENGZHI_CASES").ok();
    set.and_then(|it| it.parse().ok()).unwrap_or(500)
}

/// In which of how many attempts an action is likely that leads aside, so that walks get to the end of the way, too.
fn detour(kind: ActionKind) -> u16 {
    match kind {
        ActionKind::Transfer | ActionKind::Withdraw | ActionKind::Merge | ActionKind::Decline => 9,
        ActionKind::Register
        | ActionKind::Link
        | ActionKind::Grade
        | ActionKind::Regrade
        | ActionKind::Remind
        | ActionKind::Contact
        | ActionKind::Report => 4,
        ActionKind::Urge | ActionKind::Supervise | ActionKind::AnswerCallback => 2,
        _ => 1,
    }
}

/// What is tried, and what came of it.
struct Walk {
    desk: Desk,
    accepted: BTreeMap<ActionKind, usize>,
    states: BTreeMap<State, usize>,
    refused: usize,
}

impl Walk {
    fn new(day: u8) -> Self {
        let written = format!("2026-03-{day:02} 09:00");
        let mut walk = Self {
            desk: Desk::at(&written, opening()),
            accepted: BTreeMap::new(),
            states: BTreeMap::new(),
            refused: 0,
        };
        walk.accepted.insert(ActionKind::Open, 1);
        walk.states.insert(State::Received, 1);
        walk
    }

    fn all(&mut self, attempts: &[Attempt]) {
        for attempt in attempts {
            self.attempt(attempt);
            if attempt.ticks {
                self.tick();
            }
        }
    }

    fn attempt(&mut self, attempt: &Attempt) {
        let minutes = SignedDuration::from_mins(attempt.minutes);
        self.desk.now = self.desk.now.saturating_add(minutes).unwrap();
        let proposal = self.proposal(attempt);
        let Desk {
            rules,
            calendar,
            order,
            ..
        } = &self.desk;
        // To decide borrows the order, so that a refusal cannot change it; the replay at the end sees whether it did.
        match order.decide(proposal.clone(), rules, calendar) {
            Ok(entry) => {
                check_dues(order, &proposal, &entry, &self.desk, attempt.salt);
                self.accept(&entry);
            }
            Err(refused) => {
                self.refused += 1;
                assert_eq!(refused.from, Some(order.state));
                assert_eq!(refused.allowed, order.allowed(&proposal.actor));
                assert!(!refused.why.is_empty());
            }
        }
    }

    fn proposal(&self, attempt: &Attempt) -> Proposal {
        let order = &self.desk.order;
        let mut kind = ActionKind::ALL[attempt.kind];
        let mut actor = people()[attempt.person].clone();
        if attempt.likely {
            let all = people().into_iter().flat_map(|actor| {
                let kinds = order.allowed(&actor).into_iter();
                kinds.map(move |kind| (kind, actor.clone()))
            });
            let (usual, detours): (Vec<_>, Vec<_>) =
                all.partition(|(kind, _)| attempt.salt.is_multiple_of(detour(*kind)));
            let pairs = if usual.is_empty() { detours } else { usual };
            let index = attempt.kind * 8 + attempt.person;
            (kind, actor) = pairs[index % pairs.len()].clone();
        }
        let reason = if attempt.salt % 19 == 3 {
            ""
        } else {
            "情况如此"
        };
        Proposal {
            action: data(kind, attempt.salt, self.desk.now),
            actor,
            at: self.desk.now,
            reason: reason.to_owned(),
            evidence: vec!["录音1".to_owned(); usize::from(attempt.salt % 2)],
        }
    }

    fn accept(&mut self, entry: &Entry) {
        let kind = entry.action.kind();
        let before = &self.desk.order;
        let (count, last) = (before.entries.len(), before.entries.last().unwrap());
        assert!(table::holds(entry), "{entry:?}");
        assert!(before.allowed(&entry.actor).contains(&kind));
        assert_eq!(entry.from, Some(before.state));
        assert_eq!(entry.previous, last.hash);
        assert!(entry.at >= last.at);
        self.desk.order.apply(entry);
        let order = &self.desk.order;
        assert_eq!(order.state, entry.to);
        assert_eq!(order.entries.len(), count + 1);
        check_order(order);
        *self.accepted.entry(kind).or_default() += 1;
        *self.states.entry(entry.to).or_default() += 1;
    }

    /// The clock's actions are all accepted, and leave nothing to do.
    fn tick(&mut self) {
        let Desk {
            rules,
            calendar,
            order,
            now,
        } = &self.desk;
        for action in tick(order, *now, rules, calendar) {
            let entry = self.desk.propose(machine(), action).unwrap();
            self.accept(&entry);
        }
        let Desk {
            rules,
            calendar,
            order,
            now,
        } = &self.desk;
        assert_eq!(tick(order, *now, rules, calendar), []);
    }
}

/// What holds of every order, whatever was done.
fn check_order(order: &Order) {
    assert_eq!(order.state == State::Archived, order.outcome.is_some());
    assert_eq!(order.state == State::Suspended, order.suspension.is_some());
    assert_eq!(
        order.state == State::AwaitingFacts,
        order.awaiting_since.is_some()
    );
    let with_unit = [
        State::Dispatched,
        State::ReturnRequested,
        State::Handling,
        State::Replied,
        State::Callback,
        State::Suspended,
    ];
    if with_unit.contains(&order.state) {
        assert!(order.lead.is_some() && order.grading.is_some());
        // Nothing goes to a unit before a person has seen what a person has to see.
        let grading = order.grading.as_ref().unwrap();
        assert!(!grading.life_safety || order.confirmed_by.is_some());
    }
    assert!(order.redos <= 2 && order.extensions <= 1 && order.tries <= 3);
    assert!(order.supervision <= 3);
    if let Some(Outcome::Resolved | Outcome::Unsatisfied) = order.outcome {
        assert!(order.answers.as_ref().unwrap().resolved.yes);
    }
}

/// Due times begin and end in order, and a later clock never makes them earlier.
fn check_dues(order: &Order, proposal: &Proposal, entry: &Entry, desk: &Desk, salt: u16) {
    for due in &entry.dues {
        assert!(due.from <= entry.at && due.at >= due.from, "{due:?}");
        let old = order.dues.get(&due.kind);
        if matches!(entry.action, Action::Regrade { level } if level > order.level()) {
            assert!(due.at < old.unwrap().at && due.at >= entry.at);
        } else if let Some(old) = old
            && matches!(
                entry.action,
                Action::ApproveExtension { .. }
                    | Action::SupplyFacts { .. }
                    | Action::Regrade { .. }
            )
        {
            assert!(due.at >= old.at);
        }
    }
    for minutes in [-i64::from(salt), i64::from(salt % 3_000)] {
        let at = proposal.at + SignedDuration::from_mins(minutes);
        let other = Proposal {
            at,
            ..proposal.clone()
        };
        let Ok(other) = order.decide(other, &desk.rules, &desk.calendar) else {
            continue;
        };
        let (first, second) = if minutes < 0 {
            (&other, entry)
        } else {
            (entry, &other)
        };
        for due in &first.dues {
            let later = second.dues.iter().find(|it| it.kind == due.kind);
            // A raise that comes too late to matter sets no time at all.
            if let Some(later) = later {
                assert!(due.at <= later.at, "{due:?} {later:?}");
            }
        }
    }
}

/// The rates by another way: a picture of the order after each entry.
fn brute_force(orders: &[Order], period: Period, by: Grouping) -> BTreeMap<String, Rates> {
    let mut all: BTreeMap<String, Rates> = BTreeMap::new();
    for order in orders {
        let mut pictures: Vec<Order> = vec![Order::default()];
        for entry in &order.entries {
            let mut picture = pictures.last().unwrap().clone();
            picture.apply(entry);
            pictures.push(picture);
        }
        let at = |picture: &Order| picture.entries.last().unwrap().at;
        let known: Vec<&Order> = pictures
            .iter()
            .skip(1)
            .filter(|it| at(it) < period.to)
            .collect();
        let changed = |has: &dyn Fn(&Order) -> bool| -> Option<Order> {
            let pairs = pictures.windows(2).filter(|pair| {
                let now = at(&pair[1]);
                !has(&pair[0]) && has(&pair[1]) && now >= period.from && now < period.to
            });
            pairs.last().map(|pair| pair[1].clone())
        };
        let name = |picture: &Order| {
            let name = match by {
                Grouping::District => picture.copy.clone(),
                Grouping::Unit => picture.lead.clone(),
                Grouping::Category => picture.items.first().map(|item| item.category.clone()),
            };
            name.unwrap_or_else(|| UNKNOWN.to_owned())
        };
        let blocked = known.last().is_some_and(|it| it.state == State::Suspended);
        if blocked {
            let name = name(known[known.len() - 1]);
            all.entry(name).or_default().suspended += 1;
        }
        let answered = changed(&|it| it.answers.is_some());
        let lost = changed(&|it| it.outcome == Some(Outcome::Unreachable));
        if let Some(picture) = answered {
            let group = all.entry(name(&picture)).or_default();
            let said = picture.answers.unwrap();
            group.responded.of += 1;
            group.responded.yes += u64::from(said.responded.yes);
            let counted = u64::from(!blocked);
            group.resolved.of += counted;
            group.satisfied.of += counted;
            group.resolved.yes += counted * u64::from(said.resolved.yes);
            group.satisfied.yes += counted * u64::from(said.satisfied.yes);
        } else if let Some(picture) = lost {
            all.entry(name(&picture)).or_default().unreachable += 1;
        }
    }
    all
}

fn check_rates(orders: &[Order], start: u16, length: u16) {
    let first: Timestamp = time("2026-03-01 00:00");
    let from = first + SignedDuration::from_hours(i64::from(start));
    let to = from + SignedDuration::from_hours(i64::from(length));
    for by in [Grouping::District, Grouping::Unit, Grouping::Category] {
        let period = Period { from, to };
        assert_eq!(rates(orders, period, by), brute_force(orders, period, by));
    }
}

/// Stored and read back the history is the same; altered anywhere it is found out there.
fn check_history(order: &Order, salt: u16) {
    let stored = serde_json::to_string(&order.entries).unwrap();
    let read: Vec<Entry> = serde_json::from_str(&stored).unwrap();
    assert_eq!(Order::replay(&read).as_ref(), Ok(order));
    let place = usize::from(salt) % read.len();
    let mut altered = read.clone();
    altered[place].rules.push('x');
    let broken = Order::replay(&altered).unwrap_err();
    assert_eq!(
        (broken.sequence, broken.fault),
        (place as u64 + 1, Fault::Content)
    );
    let mut lost = read;
    lost.remove(place);
    if place < lost.len() {
        let broken = Order::replay(&lost).unwrap_err();
        assert_eq!(
            (broken.sequence, broken.fault),
            (place as u64 + 1, Fault::Sequence)
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_promises_hold(
        walks in vec(vec(attempt(), 1..80), 1..3),
        start in 0..4_000_u16,
        length in 1..6_000_u16,
        salt in any::<u16>(),
    ) {
        let mut orders = Vec::new();
        for (attempts, day) in walks.iter().zip(2..) {
            let mut walk = Walk::new(day);
            walk.all(attempts);
            check_history(&walk.desk.order, salt);
            orders.push(walk.desk.order);
        }
        check_rates(&orders, start, length);
    }
}

#[test]
fn walks_reach_every_state_and_action() {
    let strategy = vec(attempt(), 90);
    let mut runner = TestRunner::deterministic();
    let mut states: BTreeMap<State, usize> = BTreeMap::new();
    let mut accepted: BTreeMap<ActionKind, usize> = BTreeMap::new();
    let mut outcomes = BTreeSet::new();
    let (mut refused, mut answered) = (0, 0);
    for _ in 0..200 {
        let attempts = strategy.new_tree(&mut runner).unwrap().current();
        let mut walk = Walk::new(2);
        for attempt in &attempts {
            walk.all(std::slice::from_ref(attempt));
            outcomes.extend(walk.desk.order.outcome);
        }
        for (state, count) in walk.states {
            *states.entry(state).or_default() += count;
        }
        for (kind, count) in walk.accepted {
            *accepted.entry(kind).or_default() += count;
        }
        refused += walk.refused;
        let entries = walk.desk.order.entries.iter();
        answered += entries
            .filter(|it| it.action.kind() == ActionKind::AnswerCallback)
            .count();
    }
    eprintln!("entries by state: {states:?}");
    eprintln!("entries by action: {accepted:?}");
    eprintln!("refused: {refused}, callbacks answered: {answered}, outcomes: {outcomes:?}");
    assert_eq!(states.len(), State::ALL.len(), "{states:?}");
    let missing = ActionKind::ALL
        .iter()
        .filter(|it| !accepted.contains_key(it));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&ActionKind>::new());
    assert_eq!(outcomes.len(), 8, "{outcomes:?}");
    assert!(refused > 1_000 && answered > 50, "{refused} {answered}");
}
