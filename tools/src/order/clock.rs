//! What a clock has to do: reminders, urging, supervision, what counts as signed, what is looked at again.
//!
//! [`tick`] only says it; the caller proposes each action as [`super::actor::ActorRole::Machine`] and applies the entry.
//! After that the same time asks for nothing more. The same function is the guard of those actions, so that a machine can
//! do none of them early or twice.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::action::Action;
use super::calendar::Calendar;
use super::due::{Due, DueKind, runs};
use super::fold::{Order, Reminded};
use super::rules::Rules;
use super::state::State;

/// Of what somebody is reminded. Each once for a due time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Reminder {
    /// A part of the unit's period has passed.
    NearDue {
        /// How much.
        percent: u8,
    },
    /// A due time has passed at which nothing else happens.
    Passed {
        /// Which.
        due: DueKind,
    },
    /// A blocked order is soon to be looked at again.
    ReviewNear,
}

/// What a clock has to do with an order now, in the order in which it has to be done.
pub fn tick(order: &Order, now: Timestamp, rules: &Rules, calendar: &Calendar) -> Vec<Action> {
    let now = order.not_before_last(now);
    let clock = Clock {
        order,
        now,
        rules,
        calendar,
    };
    match order.state {
        State::Received | State::Intake | State::Screen | State::Grade | State::DispatchReady => {
            clock.passed(DueKind::Dispatch).into_iter().collect()
        }
        State::Consultation => clock.passed(DueKind::Designate).into_iter().collect(),
        State::Dispatched | State::ReturnRequested | State::Handling => clock.unit(),
        State::Replied | State::Callback => clock.passed(DueKind::Callback).into_iter().collect(),
        State::Suspended => clock.review().into_iter().collect(),
        // Facts are awaited, or there is nothing to wait for.
        State::AwaitingFacts | State::Answered | State::Archived | State::Emergency => Vec::new(),
    }
}

struct Clock<'a> {
    order: &'a Order,
    now: Timestamp,
    rules: &'a Rules,
    calendar: &'a Calendar,
}

impl Clock<'_> {
    fn due(&self, kind: DueKind) -> Option<&Due> {
        self.order.dues.get(&kind)
    }

    fn is_past(&self, kind: DueKind) -> bool {
        self.due(kind).is_some_and(|due| self.now > due.at)
    }

    fn was_reminded(&self, what: Reminder, due: &Due) -> bool {
        let reminded = Reminded { what, due: due.at };
        self.order.reminders.contains(&reminded)
    }

    fn passed(&self, kind: DueKind) -> Option<Action> {
        let what = Reminder::Passed { due: kind };
        let due = self.due(kind)?;
        (self.is_past(kind) && !self.was_reminded(what, due)).then_some(Action::Remind { what })
    }

    fn unit(&self) -> Vec<Action> {
        debug_assert!(runs(self.order.state));
        let mut actions = Vec::new();
        if self.order.state == State::Dispatched && self.is_past(DueKind::Sign) {
            actions.push(Action::TakeAsSigned);
        }
        actions.extend(self.passed(DueKind::Contact));
        let Some(due) = self.due(DueKind::Handle) else {
            return actions;
        };
        if self.now <= due.at {
            actions.extend(self.near(due));
            return actions;
        }
        if self.order.urged != Some(due.at) {
            let words = String::new();
            actions.push(Action::Urge { words });
        }
        let next = usize::from(self.order.supervision);
        let limits = self.rules.supervision.iter().zip(1..).skip(next);
        let late = limits.take_while(|(limit, _)| self.now > limit.after(due.at, self.calendar));
        actions.extend(late.map(|(_, level)| Action::Supervise { level }));
        actions
    }

    /// The furthest mark that was passed; an earlier one that was missed is no longer news.
    fn near(&self, due: &Due) -> Option<Action> {
        let mut marks = self.rules.near_due.iter().rev();
        let percent = *marks.find(|percent| self.now >= due.share(**percent, self.calendar))?;
        let what = Reminder::NearDue { percent };
        let further = self.order.reminders.iter().any(|it| match it.what {
            Reminder::NearDue { percent: before } => it.due == due.at && before >= percent,
            Reminder::Passed { .. } | Reminder::ReviewNear => false,
        });
        (!further).then_some(Action::Remind { what })
    }

    fn review(&self) -> Option<Action> {
        let due = self.due(DueKind::Review)?;
        if self.now >= due.at {
            return Some(Action::Resume);
        }
        let days = i64::from(self.rules.suspension.remind_days);
        let left = due.at.duration_since(self.now);
        let what = Reminder::ReviewNear;
        let near = left <= SignedDuration::from_hours(24 * days);
        (near && !self.was_reminded(what, due)).then_some(Action::Remind { what })
    }
}
