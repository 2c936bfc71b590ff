//! Due times, each with how it was computed: from when, by which rule, on which basis, by which calendar.
//!
//! The clock stands only while facts are awaited, and moves by an approved extension. A return, a consultation or a reply
//! that goes back do not stop it: the citizen was shown a time, and it is kept. Work after a suspension, a redo or a
//! reopening is a new period.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::action::{Action, Level};
use super::calendar::Calendar;
use super::fold::Order;
use super::kind::ActionKind;
use super::rules::{Deadline, Limit, LimitUnit, Rules};
use super::state::State;

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DueKind {
    /// That a unit has the order.
    Dispatch,
    /// That the centre names a unit after a consultation.
    Designate,
    /// That the unit signs.
    Sign,
    /// That the unit speaks with the citizen.
    Contact,
    /// That the unit is done.
    Handle,
    /// That the centre asks the citizen.
    Callback,
    /// That a blocked order is looked at again.
    Review,
}

/// A due time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Due {
    /// What is due.
    pub kind: DueKind,
    /// From when it is counted.
    pub from: Timestamp,
    /// When.
    pub at: Timestamp,
    /// In what time it is counted.
    pub unit: LimitUnit,
    /// The rule, in Chinese: `一般工单（求助），3个工作日`.
    pub rule: String,
    /// Document and clause.
    pub basis: String,
    /// The notices by which days were counted, in Chinese.
    pub calendar: String,
}

impl DueKind {
    /// Its Chinese name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dispatch => "派单期限",
            Self::Designate => "指定期限",
            Self::Sign => "签收期限",
            Self::Contact => "联系期限",
            Self::Handle => "办理期限",
            Self::Callback => "回访期限",
            Self::Review => "复核日期",
        }
    }
}

impl Due {
    /// How it was computed, in Chinese, with local times.
    pub fn explain(&self, calendar: &Calendar) -> String {
        let (name, rule, basis) = (self.kind.name(), &self.rule, &self.basis);
        let (from, at) = (clock(self.from, calendar), clock(self.at, calendar));
        let days = &self.calendar;
        format!("{name}至{at}（自{from}起算；规则：{rule}；依据：{basis}；日历：{days}）")
    }

    /// The moment at which a part of the period has passed.
    pub(crate) fn share(&self, percent: u8, calendar: &Calendar) -> Timestamp {
        let percent = i32::from(percent);
        if self.unit.is_working() {
            let whole = calendar.working_time(self.from, self.at);
            calendar.add_working_time(self.from, whole / 100 * percent)
        } else {
            let whole = self.at.duration_since(self.from);
            calendar.add_time(self.from, whole / 100 * percent)
        }
    }
}

/// A local time for people: `2026年3月5日17:30`.
pub(crate) fn clock(at: Timestamp, calendar: &Calendar) -> String {
    let zoned = at.to_zoned(calendar.zone().clone());
    zoned.strftime("%Y年%-m月%-d日%H:%M").to_string()
}

/// The rules and the calendar by which due times are computed.
pub(crate) struct Reckoning<'a> {
    pub(crate) rules: &'a Rules,
    pub(crate) calendar: &'a Calendar,
}

impl Reckoning<'_> {
    /// The due times which an action that is allowed sets or moves.
    pub(crate) fn dues(&self, order: &Order, action: &Action, at: Timestamp) -> Vec<Due> {
        match action {
            Action::Open(_) | Action::Reopen { .. } | Action::AcceptReturn => {
                vec![self.dispatch(at)]
            }
            Action::SupplyFacts { .. } => self.resumed(order, at).into_iter().collect(),
            Action::Consult { .. } => {
                let term = &self.rules.designate;
                let rule = format!("会商后指定承办单位，{}", term.limit.text());
                vec![self.due(DueKind::Designate, at, term.limit, rule, &term.basis)]
            }
            Action::Dispatch(_) => self.dispatched(order, at),
            Action::ApproveExtension { .. } => self.extended(order).into_iter().collect(),
            Action::Regrade { level } => self.regraded(order, *level, at),
            Action::Reply(_) | Action::Withdraw => self.callback(order, action, at),
            Action::Redo => vec![self.redo(at)],
            Action::Suspend(suspension) => vec![self.review(suspension.review, at)],
            Action::ReviewSuspension { review, .. } => vec![self.review(*review, at)],
            Action::Resume => {
                let level = order.level();
                let deadline = self.deadline(order, level);
                let named = named(order, level, "恢复办理，");
                let rule = format!("{named}{}", deadline.handle.text());
                let basis = &deadline.basis;
                vec![self.due(DueKind::Handle, at, deadline.handle, rule, basis)]
            }
            Action::Register(_)
            | Action::AskFacts { .. }
            | Action::Complete
            | Action::Link { .. }
            | Action::Accept { .. }
            | Action::Answer { .. }
            | Action::Merge { .. }
            | Action::Decline { .. }
            | Action::Transfer { .. }
            | Action::Acknowledge { .. }
            | Action::Continue
            | Action::Grade(_)
            | Action::Confirm
            | Action::Sign
            | Action::TakeAsSigned
            | Action::RequestReturn { .. }
            | Action::RefuseReturn
            | Action::Contact { .. }
            | Action::AddAssist { .. }
            | Action::Report { .. }
            | Action::RequestExtension { .. }
            | Action::RefuseExtension
            | Action::Remind { .. }
            | Action::Urge { .. }
            | Action::Supervise { .. }
            | Action::ReturnReply
            | Action::AcceptReply
            | Action::AnswerCallback(_)
            | Action::MissCallback { .. }
            | Action::Archive => Vec::new(),
        }
    }

    fn due(&self, kind: DueKind, from: Timestamp, limit: Limit, rule: String, basis: &str) -> Due {
        let at = limit.after(from, self.calendar);
        Due {
            kind,
            from,
            at,
            unit: limit.unit,
            rule,
            basis: basis.to_owned(),
            calendar: self.describe(limit.unit, from, at),
        }
    }

    fn describe(&self, unit: LimitUnit, from: Timestamp, at: Timestamp) -> String {
        if unit.is_working() {
            self.calendar.describe(from, at)
        } else {
            "连续计算，不除去休息日".to_owned()
        }
    }

    fn dispatch(&self, at: Timestamp) -> Due {
        let term = &self.rules.dispatch;
        let rule = format!("形成工单并派出，{}", term.limit.text());
        self.due(DueKind::Dispatch, at, term.limit, rule, &term.basis)
    }

    /// The time in which facts were awaited does not count.
    fn resumed(&self, order: &Order, at: Timestamp) -> Option<Due> {
        let due = order.dues.get(&DueKind::Dispatch)?;
        let waited = at.duration_since(order.awaiting_since?);
        // What had run out before facts were asked for stays overdue.
        let at = self.calendar.add_time(due.at, waited);
        let minutes = waited.as_mins();
        let rule = format!("{}，扣除待补充{minutes}分钟", due.rule);
        Some(Due {
            at,
            rule,
            ..due.clone()
        })
    }

    /// The unit's limits. A limit that was shown to the citizen before stays, whoever the unit is now.
    fn dispatched(&self, order: &Order, at: Timestamp) -> Vec<Due> {
        let term = &self.rules.sign;
        let rule = format!("签收或者申请退单，{}，逾期视为接单", term.limit.text());
        let mut dues = vec![self.due(DueKind::Sign, at, term.limit, rule, &term.basis)];
        if !order.dues.contains_key(&DueKind::Handle) {
            let level = order.level();
            dues.push(self.unit_due(order, DueKind::Contact, level, at));
            dues.push(self.unit_due(order, DueKind::Handle, level, at));
        }
        dues
    }

    fn unit_due(&self, order: &Order, kind: DueKind, level: Level, at: Timestamp) -> Due {
        let deadline = self.deadline(order, level);
        let limit = match kind {
            DueKind::Contact => deadline.contact,
            DueKind::Dispatch
            | DueKind::Designate
            | DueKind::Sign
            | DueKind::Handle
            | DueKind::Callback
            | DueKind::Review => deadline.handle,
        };
        let rule = format!("{}{}", named(order, level, ""), limit.text());
        self.due(kind, at, limit, rule, &deadline.basis)
    }

    /// The deadline of an order, with what another law lays down for its category.
    fn deadline(&self, order: &Order, level: Level) -> Deadline {
        let usual = &self.rules.deadlines[&(level, order.request_kind())];
        let mut items = order.items.iter();
        let law = items.find_map(|item| self.rules.statutory.get(&item.category));
        match law {
            Some(law) if level == Level::General => Deadline {
                contact: law.contact.unwrap_or(usual.contact),
                handle: law.handle.unwrap_or(usual.handle),
                basis: format!("{}；{}", law.basis, usual.basis),
            },
            Some(_) | None => usual.clone(),
        }
    }

    fn extended(&self, order: &Order) -> Option<Due> {
        let due = order.dues.get(&DueKind::Handle)?;
        let days = order.extension_asked?;
        let at = self.calendar.add_working_days(due.at, u32::from(days));
        Some(Due {
            at,
            unit: LimitUnit::WorkingDays,
            rule: format!("{}，延期{days}个工作日", due.rule),
            basis: format!("{}；{}", due.basis, self.rules.extension.basis),
            calendar: self.calendar.describe(due.from, at),
            ..due.clone()
        })
    }

    /// A more urgent grade brings a due time forward, never back. A less urgent one is counted from when the period began,
    /// so that a raise which was a mistake leaves no trace, and never brings a due time forward.
    fn regraded(&self, order: &Order, level: Level, at: Timestamp) -> Vec<Due> {
        let raised = level > order.level();
        let mut dues = Vec::new();
        for kind in [DueKind::Contact, DueKind::Handle] {
            let Some(old) = order.dues.get(&kind) else {
                continue;
            };
            let new = if raised {
                self.unit_due(order, kind, level, at)
            } else {
                self.lowered(order, kind, level, old)
            };
            if (raised && new.at < old.at) || (!raised && new.at > old.at) {
                dues.push(new);
            }
        }
        dues
    }

    fn lowered(&self, order: &Order, kind: DueKind, level: Level, old: &Due) -> Due {
        let mut entries = order.entries.iter().rev();
        let began = entries.find_map(|entry| {
            let due = entry.dues.iter().find(|due| due.kind == kind)?;
            let action = entry.action.kind();
            if action == ActionKind::Redo {
                // The limit of a redo does not depend on the grade.
                return Some(due.clone());
            }
            let begins = [ActionKind::Dispatch, ActionKind::Resume].contains(&action);
            begins.then(|| self.unit_due(order, kind, level, due.from))
        });
        began.unwrap_or_else(|| old.clone())
    }

    fn callback(&self, order: &Order, action: &Action, at: Timestamp) -> Vec<Due> {
        // A withdrawal before a unit has the order closes it, so that there is nothing to ask about.
        if *action == Action::Withdraw && order.state.is_before_dispatch() {
            return Vec::new();
        }
        let callback = &self.rules.callback;
        let rule = format!("回访，{}", callback.limit.text());
        vec![self.due(DueKind::Callback, at, callback.limit, rule, &callback.basis)]
    }

    fn redo(&self, at: Timestamp) -> Due {
        let redo = &self.rules.redo;
        let rule = format!("重办，{}", redo.limit.text());
        self.due(DueKind::Handle, at, redo.limit, rule, &redo.basis)
    }

    fn review(&self, review: jiff::civil::Date, at: Timestamp) -> Due {
        let rules = &self.rules.suspension;
        Due {
            kind: DueKind::Review,
            from: at,
            at: self.calendar.midnight(review).max(at),
            unit: LimitUnit::Hours,
            rule: format!("挂账复核，至迟{}个月", rules.months),
            basis: rules.basis.clone(),
            calendar: "连续计算，不除去休息日".to_owned(),
        }
    }
}

fn named(order: &Order, level: Level, before: &str) -> String {
    let kind = order.request_kind().name();
    format!("{before}{}工单（{kind}），", level.name())
}

/// Whether a unit has the order and its time runs.
pub(crate) fn runs(state: State) -> bool {
    matches!(
        state,
        State::Dispatched | State::ReturnRequested | State::Handling
    )
}
