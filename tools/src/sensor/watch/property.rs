//! The state machine against its definition, on random series. Only for tests.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::event::{Event, What};
use super::level::Level;
use super::rule::{Limit, Rule, Scope, Side, Stuck, Unchanged};
use super::state::State;
use super::step::{Input, step};
use crate::sensor::reading::Reading;

type Series = Vec<(i64, f64)>;

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

fn at(minute: i64) -> Timestamp {
    let start: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
    start + minutes(minute)
}

fn read(minute: i64, value: f64) -> Input {
    let datastream = "DS-1".to_owned();
    let at = at(minute);
    Input::Reading(Reading {
        datastream,
        at,
        value,
        unit: None,
    })
}

/// Three levels on either side, in a small world in which everything happens often.
fn rule() -> impl Strategy<Value = Rule> {
    let minimum = prop::array::uniform3(0_i64..25);
    let gaps = prop::array::uniform3(1_i32..4);
    let parts = (
        any::<bool>(),
        minimum,
        gaps,
        0_i64..60,
        10_i64..40,
        any::<bool>(),
    );
    parts.prop_map(|(is_above, minimum, gaps, cooldown, missing, escalates)| {
        let (side, sign) = if is_above {
            (Side::Above, 1.0)
        } else {
            (Side::Below, -1.0)
        };
        let levels = [Level::Blue, Level::Yellow, Level::Red];
        let mut clear = f64::NEG_INFINITY;
        let limits = (0..3).map(|place| {
            let bound = [4.0, 6.0, 9.0][place];
            clear = f64::max(clear, bound - f64::from(gaps[place]));
            Limit {
                level: levels[place],
                side,
                bound: sign * bound,
                clear: sign * clear,
                minimum: minutes(minimum[place]),
            }
        });
        Rule {
            id: "r".to_owned(),
            kind: "h2s".to_owned(),
            title: "硫化氢".to_owned(),
            unit: "ppm".to_owned(),
            decimals: 1,
            scope: Scope::Kind,
            limits: limits.collect(),
            stuck: Some(Stuck {
                after: Unchanged::Readings(4),
                rest: Some(0.0),
            }),
            missing: Some(minutes(missing)),
            cooldown: minutes(cooldown),
            escalate: escalates.then(|| minutes(20)),
            basis: "《办法》第一条".to_owned(),
        }
    })
}

/// Readings by time, with values that wander so that limits are crossed slowly as well as at once.
fn series() -> impl Strategy<Value = Series> {
    let step = (1_i64..15, -3_i32..=3, prop::bool::weighted(0.1));
    prop::collection::vec(step, 1..120).prop_map(|steps| {
        let (mut minute, mut value) = (0, 3);
        let points = steps.into_iter().map(|(pause, change, is_gap)| {
            minute += if is_gap { pause * 5 } else { pause };
            value = (value + change).clamp(-11, 11);
            (minute, f64::from(value))
        });
        points.collect()
    })
}

fn run(rule: &Rule, inputs: &[Input]) -> (State, Vec<Event>) {
    let mut state = State::new("DS-1");
    let mut all = Vec::new();
    for input in inputs {
        let (next, events) = step(rule, &state, input);
        state = next;
        all.extend(events);
    }
    (state, all)
}

fn inputs(series: &Series) -> Vec<Input> {
    series
        .iter()
        .map(|(minute, value)| read(*minute, *value))
        .collect()
}

/// By definition: a level is on at a reading if, at it or before, readings reached the bound of this or a graver level
/// without a break for at least its minimum, and none since was at or past the clear value of this level.
fn level_by_definition(rule: &Rule, series: &Series, now: usize) -> Option<Level> {
    let missing = rule.missing.unwrap();
    let ready = |limit: &Limit, last: usize| {
        (0..=last).any(|first| {
            let run = &series[first..=last];
            let reached = run.iter().all(|(_, value)| limit.is_reached(*value));
            let whole = run
                .windows(2)
                .all(|two| minutes(two[1].0 - two[0].0) <= missing);
            reached && whole && minutes(run[run.len() - 1].0 - run[0].0) >= limit.minimum
        })
    };
    let on = |limit: &&Limit| {
        (0..=now).any(|last| {
            let graver = rule.limits.iter().filter(|it| it.level >= limit.level);
            let holds = series[last + 1..=now]
                .iter()
                .all(|(_, value)| !limit.is_clear(*value));
            holds && graver.into_iter().any(|it| ready(it, last))
        })
    };
    rule.limits.iter().rev().find(on).map(|limit| limit.level)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn as_defined(rule in rule(), series in series()) {
        let rule = Rule { cooldown: SignedDuration::ZERO, ..rule };
        let mut state = State::new("DS-1");
        for now in 0..series.len() {
            let (minute, value) = series[now];
            let before = state.alarm.as_ref().map(|alarm| alarm.level);
            let (next, events) = step(&rule, &state, &read(minute, value));
            state = next;
            let expected = level_by_definition(&rule, &series, now);
            let got = state.alarm.as_ref().map(|alarm| alarm.level);
            prop_assert_eq!(got, expected, "{:?} {:?}", &series[..=now], &rule.limits);
            let told: Vec<&Event> = events.iter().filter(|event| matches!(
                event.what,
                What::Raised { .. } | What::Changed { .. } | What::Cleared { .. }
            )).collect();
            prop_assert_eq!(told.len(), usize::from(got != before));
        }
    }

    #[test]
    fn duplicates_change_nothing(
        rule in rule(),
        series in series(),
        again in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), -11_i32..11), 0..40),
    ) {
        let (once, expected) = run(&rule, &inputs(&series));
        // After each reading, some of those up to it again, in any order, with the same or another value.
        let mut more: BTreeMap<usize, Vec<Input>> = BTreeMap::new();
        for (place, which, value) in &again {
            let place = place.index(series.len());
            let (minute, same) = series[which.index(place + 1)];
            let value = if value % 2 == 0 { same } else { f64::from(*value) };
            more.entry(place).or_default().push(read(minute, value));
        }
        let mut all = Vec::new();
        for (place, input) in inputs(&series).into_iter().enumerate() {
            all.push(input);
            all.extend(more.remove(&place).unwrap_or_default());
        }
        let (twice, got) = run(&rule, &all);
        prop_assert_eq!(got, expected);
        let discarded = twice.discarded;
        prop_assert_eq!(discarded.late + discarded.repeated, again.len() as u64);
        prop_assert_eq!(State { discarded: once.discarded, ..twice }, once);
    }

    #[test]
    fn stored_and_read_back(
        rule in rule(),
        series in series(),
        fine in prop::collection::vec(-1e3_f64..1e3, 120),
        ticks in prop::collection::vec((-50_i64..900, any::<bool>()), 0..40),
    ) {
        let mut all: Vec<Input> = series.iter().zip(&fine).map(|((minute, value), fine)| {
            // Every third value has all of its digits.
            let value = if minute % 3 == 0 { *value + *fine / 1e3 } else { *value };
            read(*minute, value)
        }).collect();
        for (place, (minute, is_acknowledged)) in ticks.iter().enumerate() {
            let input = if *is_acknowledged { Input::Acknowledged } else { Input::Tick(at(*minute)) };
            all.insert((place * 7) % (all.len() + 1), input);
        }
        let (kept, expected) = run(&rule, &all);
        let mut state = State::new("DS-1");
        let mut got = Vec::new();
        for input in &all {
            let stored = serde_json::to_string(&state).unwrap();
            state = serde_json::from_str(&stored).unwrap();
            let (next, events) = step(&rule, &state, input);
            state = next;
            got.extend(events);
        }
        prop_assert_eq!(got, expected);
        prop_assert_eq!(state, kept);
    }

    #[test]
    fn in_turn_and_with_a_pause(
        rule in rule(),
        series in series(),
        ticks in prop::collection::vec(-500_i64..2_000, 0..60),
    ) {
        let mut all = inputs(&series);
        for (place, minute) in ticks.iter().enumerate() {
            all.insert((place * 11) % (all.len() + 1), Input::Tick(at(*minute)));
        }
        let (_, events) = run(&rule, &all);
        let mut raised = false;
        let mut cleared: Option<(Timestamp, Level)> = None;
        for event in &events {
            prop_assert!(event.evidence.len() <= super::state::NAMED);
            let first = event.evidence.first();
            let may_be_empty = matches!(event.what, What::Missing { .. });
            prop_assert!(first.is_some() || may_be_empty);
            match event.what {
                What::Raised { level, since, .. } => {
                    prop_assert!(!raised);
                    raised = true;
                    let limit = rule.limits.iter().find(|limit| limit.level == level).unwrap();
                    prop_assert!(event.at.duration_since(since) >= limit.minimum);
                    prop_assert_eq!(first.unwrap(), &super::state::reading_id("DS-1", since));
                    if let Some((at, peak)) = cleared {
                        let pause = event.at.duration_since(at);
                        prop_assert!(level > peak || pause >= rule.cooldown);
                    }
                }
                What::Cleared { peak, .. } => {
                    prop_assert!(raised);
                    raised = false;
                    cleared = Some((event.at, peak));
                }
                What::Changed { .. } | What::Escalated { .. } => prop_assert!(raised),
                What::Suppressed { .. } => prop_assert!(!raised),
                What::Stuck { .. } | What::Missing { .. } | What::Recovered { .. } => {}
            }
        }
    }

    #[test]
    fn a_tick_never_raises(rule in rule(), series in series(), ticks in prop::collection::vec(-9_000_i64..9_000, 1..40)) {
        let (mut state, _) = run(&rule, &inputs(&series));
        let before = state.alarm.as_ref().map(|alarm| alarm.level);
        for minute in ticks {
            let (next, events) = step(&rule, &state, &Input::Tick(at(minute)));
            let fits = |event: &Event| matches!(event.what, What::Missing { .. } | What::Escalated { .. });
            prop_assert!(events.iter().all(fits));
            state = next;
            prop_assert_eq!(state.alarm.as_ref().map(|alarm| alarm.level), before);
        }
    }

    #[test]
    fn ticks_only_tell_sooner(rule in rule(), series in series(), ticks in prop::collection::vec(any::<prop::sample::Index>(), 0..40)) {
        // However often the clock is looked at between readings, the same happens as of the same time.
        let plain = inputs(&series);
        let mut ticked = Vec::new();
        for (place, input) in plain.iter().enumerate() {
            ticked.push(input.clone());
            let next = series.get(place + 1).map_or(series[place].0, |next| next.0);
            let length = usize::try_from(next - series[place].0).unwrap();
            if let Some(tick) = ticks.get(place).filter(|_| length > 0) {
                ticked.push(Input::Tick(at(series[place].0 + i64::try_from(tick.index(length)).unwrap())));
            }
        }
        let sorted = |inputs: &[Input]| {
            let (_, mut events) = run(&rule, inputs);
            events.sort_by_key(|event| (event.at, format!("{:?}", event.what)));
            events
        };
        prop_assert_eq!(sorted(&ticked), sorted(&plain));
    }
}
