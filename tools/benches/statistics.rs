//! `cargo bench --workspace --bench statistics`: what a digest of 100,000 orders in the store costs, for windows of a day to
//! 91 days, all of it: read, checked against its chain, counted, hot issues, topics that rise.
//!
//! The orders are the demonstration's thousand, a hundred times, each copy with its own numbers and people. Limit to
//! compare with: 10 s for a digest. `CHENGZHI_BENCH_ORDERS` asks for another number.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints and stops at the first fault"
)]
#![allow(missing_docs, reason = "a benchmark")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tools::{Days, Hotline, HotlineFiles, Store, counted, read_past};

const LIMIT: Duration = Duration::from_secs(10);
/// First days of windows that end on the last day of the demonstration.
const WINDOWS: [&str; 4] = ["2026-11-20", "2026-11-14", "2026-10-22", "2026-08-22"];

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let wanted: usize = std::env::var("CHENGZHI_BENCH_ORDERS")
        .ok()
        .and_then(|number| number.parse().ok())
        .unwrap_or(100_000);
    let folder = tempfile::tempdir().unwrap();
    let (store, hotline) = (
        Store::open(&folder.path().into()).await.unwrap(),
        Arc::new(hotline()),
    );
    let (past, _) = read_past(&text("seeds/orders.jsonl"));
    let begun = Instant::now();
    let mut stored = 0;
    for copy in 0..wanted.div_ceil(past.len()) {
        let copies: Vec<_> = past
            .iter()
            .map(|order| {
                let mut order = order.clone();
                order.id = format!("{}{copy:03}", order.id);
                order.reporter = format!("{}-{copy}", order.reporter);
                order
            })
            .collect();
        stored += hotline.take_in(&store, &copies).await.unwrap().stored;
    }
    println!(
        "{stored} orders taken in, {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    for first in WINDOWS {
        let days = Days::of(first.parse().unwrap(), "2026-11-20".parse().unwrap(), 8).unwrap();
        let now = "2026-11-21T04:00:00Z".parse().unwrap();
        let begun = Instant::now();
        let found = counted(&store, &hotline, days, now).await.unwrap();
        let took = begun.elapsed();
        let summed = found.summed(None);
        println!(
            "{first}: {} orders in the window, {} claims, {:.2} s, {:.2} of the limit",
            found.statistics.total.value,
            summed.claims.len(),
            took.as_secs_f64(),
            took.as_secs_f64() / LIMIT.as_secs_f64()
        );
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    for line in status.lines().filter(|line| line.starts_with("VmHWM")) {
        println!("{line}");
    }
}

fn text(file: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::read_to_string(root.join(file)).unwrap()
}

fn hotline() -> Hotline {
    let names = [
        "hotline.toml",
        "dispatch.toml",
        "grades.toml",
        "emergencies.toml",
        "questions.toml",
        "gazetteer.tsv",
    ];
    let texts = names.map(|name| text(&format!("seeds/{name}")));
    let years = ["2025.toml", "2026.toml", "helan-2026.toml"];
    let years = years.map(|name| (name, text(&format!("seeds/calendar/{name}"))));
    let calendars: Vec<(&str, &str)> = years
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    Hotline::parse(&HotlineFiles {
        rules: (names[0], &texts[0]),
        calendars: &calendars,
        catalog: (names[1], &texts[1]),
        grades: (names[2], &texts[2]),
        emergencies: (names[3], &texts[3]),
        questions: (names[4], &texts[4]),
        places: (names[5], &texts[5]),
        departments: &[
            "临江区人民政府",
            "云台区人民政府",
            "望海区人民政府",
            "松溪县人民政府",
        ],
    })
    .unwrap()
}
