use super::*;
use crate::sensor::watch::rule::{Limit, Scope, Stuck};

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

fn rule() -> Rule {
    let limit = |level, bound, clear, minimum| Limit {
        level,
        side: Side::Above,
        bound,
        clear,
        minimum: minutes(minimum),
    };
    Rule {
        id: "r".to_owned(),
        kind: "h2s".to_owned(),
        title: "硫化氢".to_owned(),
        unit: "ppm".to_owned(),
        decimals: 1,
        scope: Scope::Kind,
        limits: vec![
            limit(Level::Blue, 5.0, 3.0, 20),
            limit(Level::Yellow, 10.0, 8.0, 20),
            limit(Level::Red, 50.0, 40.0, 0),
        ],
        stuck: Some(Stuck {
            after: Unchanged::Readings(4),
            rest: Some(0.0),
        }),
        missing: Some(minutes(30)),
        cooldown: minutes(60),
        escalate: Some(minutes(15)),
        basis: "《办法》第一条".to_owned(),
    }
}

fn at(minute: i64) -> Timestamp {
    let start: Timestamp = "2026-11-20T08:00:00Z".parse().unwrap();
    start + minutes(minute)
}

fn minute(time: Timestamp) -> i64 {
    time.duration_since(at(0)).as_mins()
}

fn shown(event: &Event) -> String {
    let level = Level::name;
    let what = match event.what {
        What::Raised {
            level: it,
            since,
            value,
        } => format!("raised {} {} {value}", level(it), minute(since)),
        What::Changed { from, to, .. } => format!("{}->{}", level(from), level(to)),
        What::Cleared { peak, value, .. } => format!("cleared {} {value}", level(peak)),
        What::Stuck { since, value } => format!("stuck {value} {}", minute(since)),
        What::Missing { since } => format!("missing {}", minute(since)),
        What::Recovered { from, .. } => format!("recovered {from:?}"),
        What::Suppressed {
            level: it, until, ..
        } => format!("suppressed {} {}", level(it), minute(until)),
        What::Escalated { notice, .. } => format!("escalated {notice:?}"),
    };
    format!("{}: {what}", minute(event.at))
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

/// Inputs are `minute=value` for a reading, `minute` for a tick, `ok` for an acknowledgement.
fn inputs(script: &str) -> Vec<Input> {
    let input = |word: &str| match word.split_once('=') {
        Some((minute, value)) => read(minute.parse().unwrap(), value.parse().unwrap()),
        None if word == "ok" => Input::Acknowledged,
        None => Input::Tick(at(word.parse().unwrap())),
    };
    script.split_whitespace().map(input).collect()
}

fn check(script: &str, expected: &[&str]) {
    let (_, events) = run(&rule(), &inputs(script));
    let got: Vec<String> = events.iter().map(shown).collect();
    assert_eq!(got, expected, "{script}");
}

#[test]
fn raised_and_cleared() {
    check("0=1 10=2", &[]);
    check("0=5 10=5.5", &[]);
    check("0=5 10=5.5 20=6", &["20: raised 蓝 0 6"]);
    check("0=5 10=4.9 20=6 30=6", &[]);
    check("0=5 10=4.9 20=6 30=6 40=5", &["40: raised 蓝 20 6"]);
    check(
        "0=5 10=5.5 20=6 ok 30=4 40=3.1 50=3",
        &["20: raised 蓝 0 6", "50: cleared 蓝 6"],
    );
    // Of a reading of the greatest gravity one is enough.
    check(
        "0=1 10=60 20=1",
        &["10: raised 红 10 60", "20: cleared 红 60"],
    );
}

#[test]
fn changed() {
    let raised = "20: raised 蓝 0 6";
    check("0=5 10=5.5 20=6 ok 25=12 35=12", &[raised]);
    check(
        "0=5 10=5.5 20=6 25=12 35=12 45=11",
        &[raised, "35: escalated Lead", "45: 蓝->黄"],
    );
    check(
        "0=55 ok 10=45 20=39 30=8.5 40=8 50=2",
        &[
            "0: raised 红 0 55",
            "20: 红->黄",
            "40: 黄->蓝",
            "50: cleared 红 55",
        ],
    );
}

#[test]
fn a_gap_breaks_a_run() {
    check("0=5 31=5", &["30: missing 0", "31: recovered Missing"]);
    check("0=5 30=5", &["30: raised 蓝 0 5"]);
    check(
        "0=5 31=5 51=5",
        &[
            "30: missing 0",
            "31: recovered Missing",
            "51: raised 蓝 31 5",
        ],
    );
}

#[test]
fn missing() {
    check("0=1 30", &[]);
    check("0=1 31", &["30: missing 0"]);
    check("0=1 31 45 90", &["30: missing 0"]);
    check("0=1 31 40=1", &["30: missing 0", "40: recovered Missing"]);
    // A device that never sends is missed as well, from the first tick.
    check("0 30", &[]);
    check("0 31", &["30: missing 0"]);
    check("0 31 32=1 33", &["30: missing 0", "32: recovered Missing"]);
    // A late reading is no sign of life.
    check("10=1 50 5=1", &["40: missing 10"]);
}

#[test]
fn stuck() {
    check("0=1 10=1 20=1", &[]);
    check("0=1 10=1 20=1 30=1", &["30: stuck 1 0"]);
    check(
        "0=1 10=1 20=1 30=1 40=1 50=2",
        &["30: stuck 1 0", "50: recovered Stuck"],
    );
    check("0=1 10=1 20=1.1 30=1 40=1 50=1", &[]);
    check("0=0 10=0 20=0 30=0 40=0", &[]);
    check(
        "0=1 10=1 50=1 60=1",
        &["40: missing 10", "50: recovered Missing"],
    );
    let mut lasting = rule();
    lasting.stuck = Some(Stuck {
        after: Unchanged::Lasting(minutes(25)),
        rest: None,
    });
    let (_, events) = run(&lasting, &inputs("0=0 10=0 20=0 25=0 30=0"));
    assert_eq!(
        events.iter().map(shown).collect::<Vec<_>>(),
        ["25: stuck 0 0"]
    );
}

#[test]
fn cooldown() {
    let first = ["0: raised 红 0 55", "10: cleared 红 55"];
    let with = |more: &[&'static str]| [&first, more].concat();
    check("0=55 10=1 20=55", &with(&["20: suppressed 红 70"]));
    check(
        "0=55 10=1 20=55 30=56 40=57",
        &with(&["20: suppressed 红 70"]),
    );
    check(
        "0=55 10=1 20=55 30=1 40=57",
        &with(&["20: suppressed 红 70", "40: suppressed 红 70"]),
    );
    check(
        "0=55 10=1 20=2 30=3 40=2 50=1 60=2 70=55",
        &with(&["70: raised 红 70 55"]),
    );
    check(
        "0=55 10=1 45=55 60=56 70=57",
        &with(&[
            "40: missing 10",
            "45: recovered Missing",
            "45: suppressed 红 70",
            "70: raised 红 45 57",
        ]),
    );
    // Something graver is not held back.
    check(
        "0=6 10=7 20=6 30=1 40=55",
        &[
            "20: raised 蓝 0 7",
            "30: cleared 蓝 7",
            "40: raised 红 40 55",
        ],
    );
}

#[test]
fn escalated() {
    let raised = "0: raised 红 0 55";
    check("0=55 14", &[raised]);
    check("0=55 15", &[raised, "15: escalated Lead"]);
    check("0=55 15 16 29", &[raised, "15: escalated Lead"]);
    check(
        "0=55 15 30",
        &[raised, "15: escalated Lead", "30: escalated Command"],
    );
    check(
        "0=55 31 90=55",
        &[
            raised,
            "15: escalated Lead",
            "30: missing 0",
            "30: escalated Command",
            "90: recovered Missing",
        ],
    );
    check("0=55 ok 25", &[raised]);
    check("0=55 16 ok 25", &[raised, "15: escalated Lead"]);
    check(
        "0=55 20=55 25=1",
        &[raised, "15: escalated Lead", "25: cleared 红 55"],
    );
    check("ok 0=55 15", &[raised, "15: escalated Lead"]);
    let mut quiet = rule();
    quiet.escalate = None;
    let (state, events) = run(&quiet, &inputs("0=55 20 20=55 40=55"));
    assert_eq!(events.len(), 1);
    assert!(state.alarm.is_some());
}

#[test]
fn discarded() {
    let script = "10=5 20=6 0=90 10=90 20=90 20=6 30=7";
    let (state, events) = run(&rule(), &inputs(script));
    assert_eq!(
        events.iter().map(shown).collect::<Vec<_>>(),
        ["30: raised 蓝 10 7"]
    );
    assert_eq!((state.discarded.late, state.discarded.repeated), (2, 2));
    let stray = Reading {
        datastream: "DS-2".to_owned(),
        at: at(40),
        value: 90.0,
        unit: None,
    };
    let odd = [
        Input::Reading(stray),
        read(40, f64::NAN),
        read(40, f64::INFINITY),
    ];
    let (state, events) = run(&rule(), &odd);
    assert!(events.is_empty() && state.last.is_none());
    assert_eq!(state.discarded.unusable, 3);
}

#[test]
fn clock_that_jumps() {
    check("100 0 -1000 100", &[]);
    check("0=5 10=6 -500 -100 15", &[]);
    check("0=5 10=6 20=7 -500 0", &["20: raised 蓝 0 7"]);
    // Forwards and back: what is missing is heard again with the next reading.
    check(
        "0=1 5000 10=2 20",
        &["30: missing 0", "10: recovered Missing"],
    );
    let (_, events) = run(
        &rule(),
        &[Input::Tick(Timestamp::MIN), Input::Tick(Timestamp::MAX)],
    );
    assert_eq!(events.len(), 1);
    let (_, events) = run(
        &rule(),
        &[
            read(0, 60.0),
            Input::Tick(Timestamp::MAX),
            Input::Tick(Timestamp::MIN),
        ],
    );
    assert_eq!(events.len(), 4);
}

#[test]
fn evidence() {
    let mut script: Vec<Input> = (0..40).map(|minute| read(minute, 5.0)).collect();
    script[30] = read(30, 9.0);
    script.push(read(40, 1.0));
    let mut rule = rule();
    rule.stuck = None;
    let (_, events) = run(&rule, &script);
    let cleared = events.last().unwrap();
    assert_eq!(shown(cleared), "40: cleared 蓝 9");
    assert_eq!(cleared.evidence.len(), super::super::state::NAMED);
    assert_eq!(cleared.readings, 41);
    assert_eq!(cleared.evidence[0], "reading:DS-1@2026-11-20T08:00:00Z");
    assert_eq!(cleared.evidence[10], "reading:DS-1@2026-11-20T08:30:00Z");
    assert_eq!(cleared.evidence[11], "reading:DS-1@2026-11-20T08:40:00Z");
}

#[test]
fn below() {
    let mut rule = rule();
    rule.limits = vec![Limit {
        level: Level::Blue,
        side: Side::Below,
        bound: 0.15,
        clear: 0.18,
        minimum: minutes(10),
    }];
    let (_, events) = run(&rule, &inputs("0=0.15 10=0.1 20=0.16 30=0.18"));
    let got: Vec<String> = events.iter().map(shown).collect();
    assert_eq!(
        got,
        [
            "10: raised 蓝 0 0.1",
            "25: escalated Lead",
            "30: cleared 蓝 0.1"
        ]
    );
}
