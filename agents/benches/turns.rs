//! `cargo bench --workspace --bench turns`: whole turns with the model off over STARD's 55,407 articles, 1 and 32 clients.
//!
//! Limits to compare with: p50 of a turn 15 ms, 300 turns a second on two cores, 400 MB resident memory.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints and stops at the first fault"
)]
#![allow(missing_docs, reason = "a benchmark")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use agents::{Agent, Event, Models, Request, Role, Seeds, World};
use corpora::{Index, Lexicon, Retriever};
use futures::StreamExt;
use jiff::civil::date;
use serde_json::Value;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let file = root.join("../shared/data/retrieval/stard/queries.dev.jsonl");
    let place = std::env::var_os("CHENGZHI_BENCH").map_or_else(
        || std::env::temp_dir().join("chengzhi-bench"),
        PathBuf::from,
    );
    if !file.exists() || !place.join("stard").exists() {
        println!("skipped: `cargo bench --workspace --bench retrieval -- stard` makes the index");
        return;
    }
    let world = world(&root, &place);
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let manifest = read("agents/policy-qa/agent.toml");
    let prompt = read("agents/policy-qa/prompt.md");
    let rewrite = read("agents/policy-qa/rewrite.md");
    let agent = Arc::new(Agent::parse("policy-qa", &manifest, &prompt, Some(&rewrite)).unwrap());
    let text = |line: &str| {
        serde_json::from_str::<Value>(line).unwrap()["text"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let questions: Arc<Vec<String>> = Arc::new(
        std::fs::read_to_string(file)
            .unwrap()
            .lines()
            .map(text)
            .collect(),
    );
    for clients in [1, 32] {
        measure(&agent, &world, &questions, clients);
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    for line in status
        .lines()
        .filter(|line| line.starts_with("VmRSS") || line.starts_with("RssAnon"))
    {
        println!("{line}");
    }
}

fn world(root: &Path, place: &Path) -> World {
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let mut lexicon = Lexicon::default();
    for entry in std::fs::read_dir(root.join("corpora/lexicon")).unwrap() {
        let path = entry.unwrap().path();
        lexicon
            .add(
                &path.to_string_lossy(),
                &std::fs::read_to_string(&path).unwrap(),
            )
            .unwrap();
    }
    let index = Arc::new(Index::open(&place.join("stard"), "stard").unwrap());
    let seeds = Seeds::parse(
        &read("seeds/departments.toml"),
        &read("seeds/gazetteer.tsv"),
        &read("seeds/emergencies.toml"),
        &read("seeds/declined.toml"),
    );
    World {
        retriever: Retriever::new(vec![index], Arc::new(lexicon)),
        seeds: Arc::new(seeds.unwrap()),
        models: Models::default(),
        titles: Arc::default(),
        place: Some("和澜市".into()),
        producer: "和澜市政务服务和数据管理局".into(),
        desk: agents::Desk::default(),
    }
}

fn measure(agent: &Arc<Agent>, world: &World, questions: &Arc<Vec<String>>, clients: usize) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let client = || {
        let (agent, world, questions, next) = (
            agent.clone(),
            world.clone(),
            questions.clone(),
            next.clone(),
        );
        async move {
            let mut times = Vec::new();
            while let Some(question) = questions.get(next.fetch_add(1, Ordering::Relaxed)) {
                let started = Instant::now();
                let events: Vec<_> = agent
                    .clone()
                    .run(world.clone(), request(question))
                    .collect()
                    .await;
                assert!(matches!(events.last(), Some(Ok(Event::Done(_)))));
                times.push(started.elapsed().as_secs_f64() * 1e3);
            }
            times
        }
    };
    let mut times: Vec<f64> = runtime.block_on(async {
        let tasks: Vec<_> = (0..clients).map(|_| tokio::spawn(client())).collect();
        let mut all = Vec::new();
        for task in tasks {
            all.extend(task.await.unwrap());
        }
        all
    });
    let rate = times.len() as f64 / started.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "{clients} clients: {} turns, {rate:.0} turns/s ({:.2} of the limit 300), p50 {:.1} ms ({:.2} of the limit 15), p99 {:.1} ms",
        times.len(),
        rate / 300.0,
        at(0.5),
        at(0.5) / 15.0,
        at(0.99)
    );
}

fn request(question: &str) -> Request {
    Request::new(question, Role::Citizen, date(2026, 11, 21))
}
