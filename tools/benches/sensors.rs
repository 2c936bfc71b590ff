//! `cargo bench --workspace --bench sensors`: ten million readings in the store: how fast they are stored, what seven days of a
//! datastream cost, and the latest reading of twenty.
//!
//! Limit to compare with: 20 ms for seven days of a datastream (p95). `CHENGZHI_BENCH_READINGS` asks for another number.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints and stops at the first fault"
)]
#![allow(missing_docs, reason = "a benchmark")]

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tools::Store;
use tools::sensor::{Datastream, Reading, Thing, Unit};

const LIMIT: Duration = Duration::from_millis(20);
const DATASTREAMS: usize = 100;
const INTERVAL: i64 = 60;
const BATCH: usize = 50_000;
const QUERIES: usize = 400;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let wanted: usize = std::env::var("CHENGZHI_BENCH_READINGS")
        .ok()
        .and_then(|number| number.parse().ok())
        .unwrap_or(10_000_000);
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().into()).await.unwrap();
    let ids: Vec<String> = (0..DATASTREAMS).map(|at| format!("DS-{at:04}")).collect();
    put_network(&store, &ids).await;
    let from: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
    let rounds = wanted / DATASTREAMS;
    let begun = Instant::now();
    let mut batch = Vec::with_capacity(BATCH);
    for round in 0..rounds {
        let at = from + SignedDuration::from_secs(round as i64 * INTERVAL);
        batch.extend(ids.iter().map(|id| Reading {
            datastream: id.clone(),
            at,
            value: (round % 997) as f64,
            unit: None,
        }));
        if batch.len() >= BATCH || round + 1 == rounds {
            store.append(&batch).await.unwrap();
            batch.clear();
        }
    }
    let took = begun.elapsed().as_secs_f64();
    let stored = rounds * DATASTREAMS;
    println!(
        "{stored} readings, {took:.1} s, {:.0} a second",
        stored as f64 / took
    );
    let span = rounds as i64 * INTERVAL;
    let mut week = Vec::new();
    for query in 0..QUERIES {
        let days = SignedDuration::from_hours(7 * 24);
        let begin = (query as i64 * 7_919 * INTERVAL) % (span - days.as_secs()).max(1);
        let begin = from + SignedDuration::from_secs(begin);
        let id = &ids[query * 31 % DATASTREAMS];
        let begun = Instant::now();
        let found = store
            .readings(&[id], (begin, begin + days), 130_000)
            .await
            .unwrap();
        week.push(begun.elapsed());
        assert!(found.len() as i64 <= days.as_secs() / INTERVAL);
    }
    tell("seven days of a datastream", &mut week);
    let mut latest = Vec::new();
    for query in 0..QUERIES {
        let first = query % (DATASTREAMS - 20);
        let begun = Instant::now();
        let found = store.latest(&ids[first..first + 20]).await.unwrap();
        latest.push(begun.elapsed());
        assert_eq!(found.len(), 20);
    }
    tell("the latest of twenty", &mut latest);
}

fn tell(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    let (median, high) = (at(50), at(95));
    println!(
        "{what}: p50 {:.2} ms, p95 {:.2} ms, {:.2} of the limit",
        median.as_secs_f64() * 1e3,
        high.as_secs_f64() * 1e3,
        high.as_secs_f64() / LIMIT.as_secs_f64()
    );
}

async fn put_network(store: &Store, ids: &[String]) {
    let thing = Thing {
        id: "TH-0001".to_owned(),
        name: "气象站".to_owned(),
        place: "文庙广场".to_owned(),
        district: "临江区".to_owned(),
        longitude: 120.0,
        latitude: 30.0,
    };
    let datastreams: Vec<Datastream> = ids
        .iter()
        .map(|id| Datastream {
            id: id.clone(),
            thing: thing.id.clone(),
            kind: "temperature".to_owned(),
            unit: Unit::Celsius,
            interval_s: INTERVAL as u32,
        })
        .collect();
    store.put_network(&[thing], &datastreams).await.unwrap();
}
