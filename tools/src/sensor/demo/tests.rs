use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::sensor::watch::event::{Event, Fault, What};
use crate::sensor::watch::seeds::{GAZETTEER, NETWORK, kinds, rules};
use crate::sensor::watch::state::State;
use crate::sensor::watch::step::{Input, step};

fn network() -> Network {
    Network::parse("network.toml", NETWORK, &kinds()).unwrap()
}

fn end() -> Timestamp {
    "2026-11-21T08:00:00Z".parse().unwrap()
}

/// Everything that happens in the network, by datastream, with a tick at each reading of any other.
fn watched(network: &Network, seed: u64, end: Timestamp) -> BTreeMap<String, Vec<Event>> {
    let rules = rules();
    let mut desks = Vec::new();
    for stream in &network.streams {
        let it = &stream.datastream;
        let place = &network.thing_of(&it.id).unwrap().place;
        let found = rules.of(&it.kind, place, &it.id);
        assert!(!found.is_empty(), "{}", it.id);
        desks.extend(found.into_iter().map(|rule| (rule, State::new(&it.id))));
    }
    let mut all: BTreeMap<String, Vec<Event>> = BTreeMap::new();
    let mut now = Timestamp::MIN;
    for reading in generate(network, seed, end, 30) {
        let is_later = reading.at > now;
        now = reading.at;
        for (rule, state) in &mut desks {
            let mut inputs = Vec::new();
            if state.datastream == reading.datastream {
                inputs.push(Input::Reading(reading.clone()));
            }
            if is_later && now.as_second() % 3600 == 0 {
                inputs.push(Input::Tick(now - SignedDuration::from_mins(1)));
            }
            for input in inputs {
                let (next, events) = step(rule, state, &input);
                *state = next;
                all.entry(state.datastream.clone())
                    .or_default()
                    .extend(events);
            }
        }
    }
    all
}

/// What has to be reported first for a plant, if anything.
fn is_reported(plant: &Plant, what: What) -> bool {
    match plant {
        Plant::Over { .. } | Plant::Under { .. } => matches!(what, What::Raised { .. }),
        Plant::Stuck(_) => matches!(what, What::Stuck { .. }),
        Plant::Missing(_) => matches!(what, What::Missing { .. }),
        Plant::Flapping { .. } | Plant::WrongUnit { .. } => false,
    }
}

fn is_news(what: What) -> bool {
    match what {
        What::Raised { .. }
        | What::Stuck { .. }
        | What::Missing { .. }
        | What::Suppressed { .. } => true,
        What::Changed { .. }
        | What::Cleared { .. }
        | What::Recovered { .. }
        | What::Escalated { .. } => false,
    }
}

fn check(seed: u64, end: Timestamp) {
    let network = network();
    let mut all = watched(&network, seed, end);
    let mut planted = 0;
    for stream in &network.streams {
        let id = &stream.datastream.id;
        let events = all.remove(id).unwrap_or_default();
        let mut news: Vec<&Event> = events.iter().filter(|event| is_news(event.what)).collect();
        let slack = SignedDuration::from_secs(2 * stream.interval());
        for plant in &stream.plants {
            let Some(window) = plant.window() else {
                continue;
            };
            let (from, to) = (window.from(end), window.to(end));
            let fits = |event: &&Event| {
                is_reported(plant, event.what) && from <= event.at && event.at <= to
            };
            let expected = !matches!(plant, Plant::Flapping { .. });
            let found = news.iter().position(fits);
            assert_eq!(found.is_some(), expected, "{id} {plant:?} {events:?}");
            let Some(found) = found else { continue };
            news.remove(found);
            planted += 1;
            let over = events.iter().find(|event| {
                let is_over = match plant {
                    Plant::Over { .. } | Plant::Under { .. } => {
                        matches!(event.what, What::Cleared { .. })
                    }
                    Plant::Stuck(_) => matches!(
                        event.what,
                        What::Recovered {
                            from: Fault::Stuck,
                            ..
                        }
                    ),
                    Plant::Missing(_) => matches!(
                        event.what,
                        What::Recovered {
                            from: Fault::Missing,
                            ..
                        }
                    ),
                    Plant::Flapping { .. } | Plant::WrongUnit { .. } => false,
                };
                is_over && event.at > from && event.at <= to + slack
            });
            assert!(over.is_some(), "{id} {plant:?} {events:?}");
        }
        assert!(news.is_empty(), "{id} {news:?}");
    }
    assert_eq!(planted, 28);
}

#[test]
fn all_that_is_planted_and_nothing_else() {
    check(7, end());
    // Whatever the noise, and wherever in an hour, a day, a month it ends.
    let hour = |hour| SignedDuration::from_hours(hour);
    check(8, end() + SignedDuration::from_secs(2_233));
    check(2026, end() - hour(5));
    check(31, end() + hour(24 * 97 + 13));
}

#[test]
fn network_of_the_demo_city() {
    let network = network();
    assert_eq!(network.streams.len(), 60);
    assert_eq!(network.things.len(), 43);
    let rows = GAZETTEER.lines().filter(|line| !line.starts_with('#'));
    let places: BTreeSet<(String, String)> = rows
        .map(|line| {
            let mut columns = line.split('\t');
            let mut next = || columns.next().unwrap_or_default().to_owned();
            (next(), next())
        })
        .collect();
    for thing in &network.things {
        let place = (thing.place.clone(), thing.district.clone());
        assert!(places.contains(&place), "{place:?}");
        assert!((118.3..118.9).contains(&thing.longitude), "{}", thing.id);
        assert!((27.4..27.8).contains(&thing.latitude), "{}", thing.id);
    }
    let count = |code: &str| {
        network
            .streams
            .iter()
            .filter(|it| it.kind.code == code)
            .count()
    };
    for kind in kinds() {
        assert!(count(&kind.code) >= 2, "{}", kind.code);
    }
    let hourly = network
        .streams
        .iter()
        .filter(|it| it.datastream.interval_s == 3600);
    assert!(hourly.count() > 30);
}

#[test]
fn repeatable() {
    let network = network();
    let run = |seed, days| generate(&network, seed, end(), days).collect::<Vec<_>>();
    assert_eq!(run(7, 2), run(7, 2));
    assert_ne!(run(7, 2), run(8, 2));
    // The last days are the same however many there are.
    let long = run(7, 3);
    let short = run(7, 2);
    assert!(long.ends_with(&short));
    assert!(short.windows(2).all(|two| two[0].at <= two[1].at));
    assert_eq!(short.last().unwrap().at, end());
    assert!(run(7, 0).is_empty());
    let ids: BTreeSet<&str> = short.iter().map(|it| it.datastream.as_str()).collect();
    assert_eq!(ids.len(), 60);
    let _ = generate(&network, 7, Timestamp::MIN, 2).count();
    let _ = generate(&network, 7, Timestamp::MAX, 2).count();
}

#[test]
fn as_the_devices_say() {
    let network = network();
    let wrong = |stream: &&Stream| {
        stream
            .plants
            .iter()
            .any(|it| matches!(it, Plant::WrongUnit { .. }))
    };
    let stream = network.streams.iter().find(wrong).unwrap();
    assert_eq!(
        (stream.datastream.unit.name(), stream.kind.unit.name()),
        ("ppm", "ppm")
    );
    let mean = |id: &str| {
        let values = send(&network, 7, end(), 10).filter(|sent| sent.datastream == id);
        let values: Vec<f64> = values.map(|sent| sent.value).collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    let mut honest = network.clone();
    let place = network.streams.iter().position(|it| it == stream).unwrap();
    honest.streams[place].plants.clear();
    let values = send(&honest, 7, end(), 10).filter(|sent| sent.datastream == stream.datastream.id);
    let values: Vec<f64> = values.map(|sent| sent.value).collect();
    let honest = values.iter().sum::<f64>() / values.len() as f64;
    // One ppm of hydrogen sulfide is 1.39 mg/m3.
    assert!((mean(&stream.datastream.id) / honest - 1.394).abs() < 0.01);
    // What is sent and what is kept differ by the declared unit.
    for (sent, kept) in send(&network, 7, end(), 1).zip(generate(&network, 7, end(), 1)) {
        assert_eq!((&sent.datastream, sent.at), (&kept.datastream, kept.at));
        if sent.unit.name() == "kPa" {
            assert!((sent.value / 1000.0 - kept.value).abs() < 1e-9);
        }
    }
}

#[test]
fn refused() {
    let check = |from: &str, to: &str, expected: &str| {
        assert!(NETWORK.contains(from), "{from}");
        let text = NETWORK.replacen(from, to, 1);
        let error = Network::parse("network.toml", &text, &kinds())
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("network.toml: line ") && error.contains(expected),
            "{error}"
        );
    };
    check(
        "id = \"TH-0002\"",
        "id = \"TH-0001\"",
        "`TH-0001`: `id`: is given twice",
    );
    check(
        "id = \"DS-0002\"",
        "id = \"DS-0001\"",
        "`DS-0001`: `id`: is given twice",
    );
    check(
        "kind = \"people_flow\"",
        "kind = \"crowd\"",
        "`DS-0001`: `kind`: is not one of",
    );
    check(
        "unit = \"人\"",
        "unit = \"ppm\"",
        "`DS-0001`: `unit`: `ppm` cannot be turned into `人`",
    );
    check(
        "interval_s = 900",
        "interval_s = 90",
        "`interval_s`: has to be whole minutes",
    );
    check("high = 3200", "high = 1", "`high`: has to be above");
    check(
        "longitude = 118.6012",
        "longitude = 200",
        "`TH-0001`: `longitude`",
    );
    check("minutes = 180", "minutes = 0", "`plants`: needs");
    check("minutes = 180", "minute = 180", "`minute`: unexpected keys");
    check(
        "sends = \"mg/m3\"",
        "sends = \"℃\"",
        "`unit`: `℃` cannot be turned into",
    );
    check(
        "shape = \"crowd\"",
        "shape = \"crowds\"",
        "unknown variant `crowds`",
    );
}
