//! `cargo bench --workspace --bench watch`: from a reading that reaches a limit to an alert with the draft of an order, both committed,
//! on the demonstration's network with its thirty days of readings.
//!
//! The limit to compare with: p95 of 50 ms.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints and stops at the first fault"
)]
#![allow(missing_docs, reason = "a benchmark")]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use tools::sensor::demo::generate;
use tools::sensor::{Datastream, Reading, SensorFiles, Sensors};
use tools::{Store, Watch};

/// How often it is raised.
const EVENTS: usize = 200;

/// p95, in milliseconds.
const LIMIT_MS: f64 = 50.0;

#[tokio::main]
async fn main() {
    let sensors = Arc::new(sensors());
    let network = sensors.network.as_ref().unwrap();
    let (things, datastreams) = network.entities();
    let now: Timestamp = "2026-11-21T04:00:00Z".parse().unwrap();
    let readings: Vec<Reading> = generate(network, 2026, now, 30).collect();
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().into()).await.unwrap();
    let began = Instant::now();
    let network = store.put_network_with(&things, &datastreams, &readings);
    network.await.unwrap();
    println!(
        "{} readings stored in {:.1} s",
        readings.len(),
        began.elapsed().as_secs_f64()
    );
    let watch = Watch::new(store.clone(), sensors.clone());
    let began = Instant::now();
    let alerts = watch.look(now).await.unwrap();
    println!(
        "all looked at in {:.1} s: {} alerts",
        began.elapsed().as_secs_f64(),
        alerts.len()
    );
    let began = Instant::now();
    watch.look(now).await.unwrap();
    println!(
        "a look without news: {:.1} ms",
        began.elapsed().as_secs_f64() * 1000.0
    );

    let pits: Vec<&Datastream> = datastreams.iter().filter(|it| it.kind == "h2s").collect();
    let mut took = Vec::new();
    for event in 0..EVENTS {
        let pit = pits[event % pits.len()];
        // Far enough apart that neither the cooldown nor the one before plays a part.
        let at = now + SignedDuration::from_hours(3 * (1 + event as i64));
        let quiet = reading(pit, at - SignedDuration::from_mins(5), 1.0);
        store.append(&[quiet]).await.unwrap();
        watch.look_at_ids(&[&pit.id], at).await.unwrap();
        let began = Instant::now();
        store.append(&[reading(pit, at, 80.0)]).await.unwrap();
        let raised = watch.look_at_ids(&[&pit.id], at).await.unwrap();
        let view = watch.views(&raised).await.unwrap().pop().unwrap();
        assert!(view.order.is_some(), "a red alert drafts an order");
        took.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    took.sort_by(f64::total_cmp);
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    println!(
        "reading to draft order, {EVENTS} events: p50 {:.1} ms, p95 {:.1} ms, {:.2} of the limit of {LIMIT_MS} ms",
        at(0.5),
        at(0.95),
        at(0.95) / LIMIT_MS
    );
}

fn reading(datastream: &Datastream, at: Timestamp, value: f64) -> Reading {
    Reading {
        datastream: datastream.id.clone(),
        at,
        value,
        unit: None,
    }
}

fn sensors() -> Sensors {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seeds");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let texts = ["kinds", "holidays", "rules", "playbooks", "network"]
        .map(|name| read(&format!("sensors/{name}.toml")));
    let files = SensorFiles {
        kinds: ("kinds.toml", &texts[0]),
        holidays: ("holidays.toml", &texts[1]),
        rules: ("rules.toml", &texts[2]),
        playbooks: ("playbooks.toml", &texts[3]),
        network: Some(("network.toml", &texts[4])),
    };
    let dispatch = read("dispatch.toml");
    let codes = dispatch
        .lines()
        .filter_map(|line| line.strip_prefix("code = "));
    let items: BTreeSet<String> = codes
        .map(|code| code.trim_matches('"').to_owned())
        .collect();
    Sensors::parse(&files, &items).unwrap()
}
