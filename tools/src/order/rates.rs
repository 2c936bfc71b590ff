//! The three rates (三率), computed from entries and never entered.
//!
//! 北京市接诉即办工作条例第三十二条 makes 响应率, 解决率 and 满意率 the core of the assessment; 和澜市12345政务服务便民热线管理办法
//! 第十四条 says what the callback asks, 第十七条 that the rates are published monthly. Neither defines the fractions; these
//! are ours:
//!
//! - Every order counts once: by the last callback in the period in which the citizen answered.
//! - 响应率: of these orders, those whose citizen says that the unit got in touch.
//! - 解决率: of these orders, those whose citizen says that it is settled. Orders that are blocked (挂账) at the end of the
//!   period are left out above and below, and their number is given.
//! - 满意率: of the same orders as for 解决率, those whose citizen is content.
//! - An order closed in the period because the citizen could not be reached, without an answer in the period, is in no
//!   rate; their number is given. It does not hide an earlier answer.
//! - Orders that were answered at once, declined, merged, transferred or taken back have no callback and are in no rate.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::action::{Action, Answers};
use super::entry::Entry;
use super::fold::Order;
use super::state::State;

/// The name of the group of orders for which it is not known.
pub const UNKNOWN: &str = "未定";

/// From a moment to before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Period {
    /// The first moment.
    pub from: Timestamp,
    /// The first moment that is no longer in it.
    pub to: Timestamp,
}

impl Period {
    /// From the beginning of a day to the end of another, in the city; none where the last lies before the first, or
    /// outside of the calendar.
    pub fn of_days(first: Date, last: Date) -> Option<Self> {
        let begin = |day: Date| Some(day.to_zoned(crate::zone()).ok()?.timestamp());
        let period = Self {
            from: begin(first)?,
            to: begin(last.tomorrow().ok()?)?,
        };
        (first <= last).then_some(period)
    }
}

/// By what orders are grouped, as they stood when the citizen answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// The district that has a copy.
    District,
    /// The unit that leads.
    Unit,
    /// The category of the first item.
    Category,
}

/// A fraction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Rate {
    /// How many.
    pub yes: u64,
    /// Of how many.
    pub of: u64,
}

/// The rates of a group, with what is in none of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Rates {
    /// 响应率.
    pub responded: Rate,
    /// 解决率.
    pub resolved: Rate,
    /// 满意率.
    pub satisfied: Rate,
    /// Orders closed because the citizen could not be reached.
    pub unreachable: u64,
    /// Orders that are blocked at the end of the period.
    pub suspended: u64,
}

impl Rate {
    /// From 0 to 1; `None` of nothing.
    pub fn share(self) -> Option<f64> {
        // Counts of orders are far below 2^53.
        (self.of > 0).then(|| self.yes as f64 / self.of as f64)
    }

    fn count(&mut self, yes: bool) {
        self.of += 1;
        self.yes += u64::from(yes);
    }

    fn add(&mut self, other: Self) {
        self.yes += other.yes;
        self.of += other.of;
    }
}

impl Rates {
    /// Adds those of other orders.
    pub fn add(&mut self, other: &Self) {
        self.responded.add(other.responded);
        self.resolved.add(other.resolved);
        self.satisfied.add(other.satisfied);
        self.unreachable += other.unreachable;
        self.suspended += other.suspended;
    }
}

/// The rates of a period by group, in the order of their names.
pub fn rates(orders: &[Order], period: Period, by: Grouping) -> BTreeMap<String, Rates> {
    let mut all: BTreeMap<String, Rates> = BTreeMap::new();
    for order in orders {
        let mut seen = Seen::new(by);
        let before_end = order.entries.iter().take_while(|it| it.at < period.to);
        for entry in before_end {
            seen.entry(entry, entry.at >= period.from);
        }
        seen.count(&mut all);
    }
    all
}

/// What was seen of one order.
struct Seen<'a> {
    by: Grouping,
    group: Option<&'a String>,
    state: Option<State>,
    /// Whether the callback that is under way has its answer, or there is nothing to be asked.
    has_answer: bool,
    answers: Option<(&'a Answers, Option<&'a String>)>,
    unreachable: Option<Option<&'a String>>,
}

impl<'a> Seen<'a> {
    fn new(by: Grouping) -> Self {
        Self {
            by,
            group: None,
            state: None,
            has_answer: false,
            answers: None,
            unreachable: None,
        }
    }

    fn entry(&mut self, entry: &'a Entry, in_period: bool) {
        self.state = Some(entry.to);
        self.regroup(&entry.action);
        if entry.to == State::Callback && entry.from != Some(State::Callback) {
            self.has_answer = entry.action == Action::Withdraw;
        }
        if let Action::AnswerCallback(answers) = &entry.action {
            self.has_answer = true;
            if in_period {
                self.answers = Some((answers, self.group));
            }
        }
        let closed = entry.action == Action::Archive && entry.from == Some(State::Callback);
        if closed && !self.has_answer && in_period {
            self.unreachable = Some(self.group);
        }
    }

    fn regroup(&mut self, action: &'a Action) {
        match (self.by, action) {
            (Grouping::District, Action::Dispatch(to)) => self.group = to.copy.as_ref(),
            (Grouping::Unit, Action::Dispatch(to)) => self.group = Some(&to.lead),
            (Grouping::Unit, Action::AcceptReturn) => self.group = None,
            (Grouping::Category, Action::Register(what)) => {
                let first = what.items.first().map(|item| &item.category);
                self.group = first.or(self.group);
            }
            _ => {}
        }
    }

    fn count(&self, all: &mut BTreeMap<String, Rates>) {
        let mut group = |name: Option<&String>, count: &dyn Fn(&mut Rates)| {
            let name = name.map_or_else(|| UNKNOWN.to_owned(), String::clone);
            count(all.entry(name).or_default());
        };
        let suspended = self.state == Some(State::Suspended);
        if suspended {
            group(self.group, &|rates| rates.suspended += 1);
        }
        match (self.answers, self.unreachable) {
            (Some((answers, name)), _) => group(name, &|rates| {
                rates.responded.count(answers.responded.yes);
                if !suspended {
                    rates.resolved.count(answers.resolved.yes);
                    rates.satisfied.count(answers.satisfied.yes);
                }
            }),
            (None, Some(name)) => group(name, &|rates| rates.unreachable += 1),
            (None, None) => {}
        }
    }
}

#[cfg(test)]
mod tests;
