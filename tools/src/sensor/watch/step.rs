//! What an input means for one datastream under one rule: a pure function from state to state, with the events between.
//!
//! Time is that of the phenomenon. Only a reading raises, changes or clears something, so a clock that jumps, forwards or
//! backwards, cannot; a tick only says that something is awaited too long, and always as of when it became so, whatever
//! the rhythm of the ticks. There is no waiting for readings that come late: they are counted and change nothing.
//!
//! A fault does not lower what is raised: when a device falls silent, nobody knows that the danger is over.

use jiff::{SignedDuration, Timestamp};

use super::event::{Event, Fault, What};
use super::level::{Level, Notice};
use super::rule::{Rule, Side, Unchanged};
use super::state::{Alarm, Cleared, Point, State, Trace, reading_id};
use crate::sensor::reading::Reading;

/// What can come.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A reading, in the unit of its kind.
    Reading(Reading),
    /// It is so late.
    Tick(Timestamp),
    /// Somebody has seen what is raised.
    Acknowledged,
}

/// The state after an input, and what happened, in order.
pub fn step(rule: &Rule, state: &State, input: &Input) -> (State, Vec<Event>) {
    let mut step = Step {
        rule,
        state: state.clone(),
        events: Vec::new(),
    };
    match input {
        Input::Reading(reading) => step.reading(reading),
        Input::Tick(now) => step.tick(*now),
        Input::Acknowledged => step.acknowledge(),
    }
    // What became due is noticed late, but was before what is noticed with it.
    step.events.sort_by_key(|event| event.at);
    (step.state, step.events)
}

struct Step<'a> {
    rule: &'a Rule,
    state: State,
    events: Vec<Event>,
}

impl Step<'_> {
    fn tick(&mut self, now: Timestamp) {
        let since = *self.state.watched_since.get_or_insert(now);
        let heard = self.state.last.map_or(since, |last| last.at);
        self.miss(heard, now);
        self.escalate(now);
    }

    fn acknowledge(&mut self) {
        if let Some(alarm) = &mut self.state.alarm {
            alarm.acknowledged = true;
        }
    }

    fn reading(&mut self, reading: &Reading) {
        let (at, value) = (reading.at, reading.value);
        let discarded = &mut self.state.discarded;
        if reading.datastream != self.state.datastream || !value.is_finite() {
            discarded.unusable += 1;
            return;
        }
        match self.state.last {
            Some(last) if at < last.at => discarded.late += 1,
            Some(last) if at == last.at => discarded.repeated += 1,
            Some(_) | None => self.next(Point { at, value }),
        }
    }

    /// A reading later than all before.
    fn next(&mut self, point: Point) {
        self.hear(point);
        self.compare(point);
        // Before the reading counts, as a tick just before it would have done.
        self.escalate(point.at);
        self.judge(point);
        self.state.last = Some(point);
    }

    fn say(&mut self, at: Timestamp, what: What, trace: &Trace) {
        let points = trace.points();
        self.say_points(at, what, &points, trace.count);
    }

    fn say_points(&mut self, at: Timestamp, what: What, points: &[Point], readings: u32) {
        let datastream = &self.state.datastream;
        let ids = points.iter().map(|point| reading_id(datastream, point.at));
        self.events.push(Event {
            rule: self.rule.id.clone(),
            datastream: datastream.clone(),
            at,
            what,
            evidence: ids.collect(),
            readings,
        });
    }
}

/// Whether the device is heard, and whether its value moves.
impl Step<'_> {
    /// Reports silence that is too long, once.
    fn miss(&mut self, since: Timestamp, now: Timestamp) {
        let Some(limit) = self.rule.missing else {
            return;
        };
        if self.state.missing || now.duration_since(since) <= limit {
            return;
        }
        self.state.missing = true;
        let points: Vec<Point> = self.state.last.into_iter().collect();
        let count = u32::from(self.state.last.is_some());
        self.say_points(later(since, limit), What::Missing { since }, &points, count);
    }

    fn hear(&mut self, point: Point) {
        let heard = self.state.last.map(|last| last.at);
        let Some(since) = heard.or(self.state.watched_since) else {
            return;
        };
        self.miss(since, point.at);
        let limit = self.rule.missing;
        if limit.is_some_and(|limit| point.at.duration_since(since) > limit) {
            // What was in between is not known.
            self.state.runs.clear();
            self.state.suppressed = None;
            if !self.state.stuck {
                self.state.same = None;
            }
        }
        if self.state.missing {
            self.state.missing = false;
            self.recover(Fault::Missing, since, point);
        }
    }

    fn recover(&mut self, from: Fault, since: Timestamp, point: Point) {
        let points: Vec<Point> = self.state.last.into_iter().chain([point]).collect();
        let what = What::Recovered { from, since };
        let count = 1 + u32::from(self.state.last.is_some());
        self.say_points(point.at, what, &points, count);
    }

    /// Follows the value for as long as it is exactly the same; a stuck device repeats itself to the bit.
    fn compare(&mut self, point: Point) {
        let Some(stuck) = self.rule.stuck else {
            return;
        };
        let same = match self.state.same.take() {
            Some(mut same) if same.last.value == point.value => {
                same.push(point, None);
                same
            }
            Some(before) => {
                if self.state.stuck {
                    self.state.stuck = false;
                    self.recover(Fault::Stuck, before.first.at, point);
                }
                Trace::new(point)
            }
            None => Trace::new(point),
        };
        let is_long = match stuck.after {
            Unchanged::Readings(readings) => same.count >= readings,
            Unchanged::Lasting(limit) => point.at.duration_since(same.first.at) >= limit,
        };
        if is_long && !self.state.stuck && stuck.rest != Some(point.value) {
            self.state.stuck = true;
            let (since, value) = (same.first.at, point.value);
            self.say(point.at, What::Stuck { since, value }, &same);
        }
        self.state.same = Some(same);
    }
}

/// How grave it is, and who hears of it.
impl Step<'_> {
    fn judge(&mut self, point: Point) {
        let side = self.rule.limits.first().map(|limit| limit.side);
        self.follow(point, side);
        let ready = self.ready();
        let held = self.held(point.value);
        match (self.state.alarm.take(), held.max(ready)) {
            (None, Some(level)) => self.raise(level, point),
            (None, None) => self.state.suppressed = None,
            (Some(mut alarm), level) => {
                alarm.trace.push(point, side);
                match level {
                    Some(level) if level == alarm.level => self.state.alarm = Some(alarm),
                    Some(level) => self.change(alarm, level, point),
                    None => self.clear(&alarm, point),
                }
            }
        }
    }

    /// Which limits are reached without a break.
    fn follow(&mut self, point: Point, side: Option<Side>) {
        let mut before = std::mem::take(&mut self.state.runs);
        let reached = self
            .rule
            .limits
            .iter()
            .filter(|it| it.is_reached(point.value));
        for limit in reached {
            let run = match before.remove(&limit.level) {
                Some(mut run) => {
                    run.push(point, side);
                    run
                }
                None => Trace::new(point),
            };
            self.state.runs.insert(limit.level, run);
        }
    }

    /// The gravest level whose limit is reached for its minimum duration.
    fn ready(&self) -> Option<Level> {
        let limits = self.rule.limits.iter().rev();
        let mut levels = limits.filter(|limit| {
            let run = self.state.runs.get(&limit.level);
            run.is_some_and(|run| run.last.at.duration_since(run.first.at) >= limit.minimum)
        });
        levels.next().map(|limit| limit.level)
    }

    /// The gravest level, up to what is raised, that is not cleared.
    fn held(&self, value: f64) -> Option<Level> {
        let raised = self.state.alarm.as_ref()?.level;
        let limits = self.rule.limits.iter().rev();
        let mut held = limits.filter(|it| it.level <= raised && !it.is_clear(value));
        held.next().map(|limit| limit.level)
    }

    fn run(&self, level: Level, point: Point) -> Trace {
        let run = self.state.runs.get(&level).cloned();
        run.unwrap_or_else(|| Trace::new(point))
    }

    fn raise(&mut self, level: Level, point: Point) {
        let trace = self.run(level, point);
        let (since, value) = (trace.first.at, trace.extreme.value);
        if let Some(until) = self.cooling(level, point.at) {
            if self.state.suppressed < Some(level) {
                self.state.suppressed = Some(level);
                let what = What::Suppressed {
                    level,
                    since,
                    value,
                    until,
                };
                self.say(point.at, what, &trace);
            }
            return;
        }
        self.state.suppressed = None;
        let what = What::Raised {
            level,
            since,
            value,
        };
        self.say(point.at, what, &trace);
        self.state.alarm = Some(Alarm {
            level,
            peak: level,
            trace,
            acknowledged: false,
            waiting_since: point.at,
            waited: 0,
            notice: Notice::Duty,
        });
    }

    /// Until when this level is not raised again; something graver than before is raised at once.
    fn cooling(&self, level: Level, at: Timestamp) -> Option<Timestamp> {
        let cleared = self.state.cleared?;
        let until = later(cleared.at, self.rule.cooldown);
        (level <= cleared.peak && at < until).then_some(until)
    }

    fn change(&mut self, mut alarm: Alarm, to: Level, point: Point) {
        let from = alarm.level;
        alarm.level = to;
        if to > from {
            alarm.peak = alarm.peak.max(to);
            alarm.acknowledged = false;
            alarm.waiting_since = point.at;
            alarm.waited = 0;
            let run = self.run(to, point);
            let (since, value) = (run.first.at, run.extreme.value);
            let what = What::Changed {
                from,
                to,
                since,
                value,
            };
            self.say(point.at, what, &run);
        } else {
            let what = What::Changed {
                from,
                to,
                since: alarm.trace.first.at,
                value: point.value,
            };
            self.say(point.at, what, &alarm.trace);
        }
        self.state.alarm = Some(alarm);
    }

    fn clear(&mut self, alarm: &Alarm, point: Point) {
        let peak = alarm.peak;
        let what = What::Cleared {
            peak,
            since: alarm.trace.first.at,
            value: alarm.trace.extreme.value,
        };
        self.say(point.at, what, &alarm.trace);
        self.state.cleared = Some(Cleared { at: point.at, peak });
    }

    /// Tells the next person, and the one after when that too is due.
    fn escalate(&mut self, now: Timestamp) {
        let Some(limit) = self.rule.escalate else {
            return;
        };
        let Some(mut alarm) = self.state.alarm.take() else {
            return;
        };
        while let (false, Some(notice)) = (alarm.acknowledged, alarm.notice.next()) {
            let due = later(alarm.waiting_since, times(limit, alarm.waited));
            if now < due {
                break;
            }
            alarm.notice = notice;
            alarm.waited = alarm.waited.saturating_add(1);
            let what = What::Escalated {
                level: alarm.level,
                notice,
                since: alarm.trace.first.at,
                value: alarm.trace.extreme.value,
            };
            self.say(due, what, &alarm.trace);
        }
        self.state.alarm = Some(alarm);
    }
}

/// A time later by so much; the end of time at most.
fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// Once more than it has been waited; very long at most.
fn times(limit: SignedDuration, waited: u8) -> SignedDuration {
    let times = i32::from(waited) + 1;
    limit.checked_mul(times).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests;
