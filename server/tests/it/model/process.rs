//! The real server with a model: what `/readyz` and `/metrics` tell, who leaves makes way, and nothing grows.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use server::store::Store;

use super::endpoint::{Conduct, Endpoint};
use super::{TURNS, place_tiny};
use crate::cli_serve::Server;
use crate::sandbox::{Sandbox, with_corpus};

const SETTINGS: &str = "[data]\ndemo = false\n[server]\nrate_per_minute = 0\n[models]\nsmall = []\nfirst_token_s = 600\nidle_s = 600\ntotal_s = 600\n";

fn start(sandbox: &Sandbox, models: &str) -> Server {
    sandbox.write("my.toml", format!("{SETTINGS}large = {models}\n"));
    Server::start(
        sandbox,
        &[
            "--address",
            "127.0.0.1:0",
            "--data",
            "d",
            "--config",
            "my.toml",
        ],
    )
}

fn question(number: usize) -> String {
    format!("路灯第{number}号事项几日内办结？")
}

/// A question that was sent and whose events can be read.
fn ask(server: &Server, number: usize) -> TcpStream {
    ask_for("text/event-stream", server, number)
}

/// A question that was sent and whose answer can be read, in this form.
fn ask_for(form: &str, server: &Server, number: usize) -> TcpStream {
    let body = serde_json::json!({ "question": question(number) }).to_string();
    let mut stream = TcpStream::connect(server.address).unwrap();
    write!(
        stream,
        "POST {TURNS} HTTP/1.1\r\nHost: x\r\nAccept: {form}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    stream
}

fn read_until(stream: &mut TcpStream, wanted: &str) {
    let (mut text, mut piece) = (Vec::new(), [0; 4_096]);
    while !String::from_utf8_lossy(&text).contains(wanted) {
        let read = stream.read(&mut piece).unwrap();
        assert!(
            read > 0,
            "no `{wanted}`: {}",
            String::from_utf8_lossy(&text)
        );
        text.extend_from_slice(&piece[..read]);
    }
}

/// A number of `/metrics`; 0 where nothing was counted.
fn metric(server: &Server, name: &str) -> f64 {
    let text = server.get("/metrics");
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.map_or(0.0, |value| value.trim().parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_endpoint_did_is_told() {
    let endpoint = Endpoint::start(Conduct::Failing).await;
    let sandbox = with_corpus();
    sandbox.write("d/models/far/model.toml", endpoint.manifest());
    let server = start(&sandbox, "['far', 'no-such']");
    let ready = server.get("/readyz");
    assert!(
        ready.contains(r#""models":["far"]"#) && ready.contains("models/no-such"),
        "{ready}"
    );
    read_until(&mut ask(&server, 3), "event: done");
    let failed = r#"chengzhi_model_requests_total{model="far",outcome="unavailable"}"#;
    assert!(metric(&server, failed) >= 1.0, "{}", server.get("/metrics"));
    assert!(metric(&server, r#"chengzhi_model_in_flight{model="far"}"#) < 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_quoted_is_on_the_record_when_the_process_is_killed() {
    let endpoint = Endpoint::start(Conduct::Silent).await;
    let sandbox = with_corpus();
    sandbox.write("d/models/far/model.toml", endpoint.manifest());
    let server = start(&sandbox, "['far']");
    // Who reads stays until the process is gone: leaving would end the turn.
    let mut reader = ask(&server, 3);
    read_until(&mut reader, "event: quoted");
    drop(server);
    let store = Store::open(&sandbox.database("d")).await.unwrap();
    store.verify().await.unwrap();
    let records: Vec<_> = store.audit().try_collect().await.unwrap();
    let kinds: Vec<&str> = records.iter().map(|record| record.kind.as_str()).collect();
    let events = [
        "turn.started",
        "turn.interpreted",
        "turn.searched",
        "turn.quoted",
    ];
    assert_eq!(kinds, events, "what the person saw is there, and no end");
}

const SEQUENCES: &str = r#"chengzhi_model_sequences{model="tiny"}"#;
const CANCELLED: &str = r#"chengzhi_model_requests_total{model="tiny",outcome="cancelled"}"#;
const FINISHED: &str = r#"chengzhi_model_requests_total{model="tiny",outcome="finished"}"#;
const OUTPUT: &str = r#"chengzhi_model_tokens_total{model="tiny",kind="output"}"#;

#[test]
fn whoever_leaves_makes_way_within_a_second() {
    leaving_makes_way("text/event-stream");
}

#[test]
fn who_leaves_without_reading_events_makes_way_too() {
    leaving_makes_way("application/json");
}

fn leaving_makes_way(form: &str) {
    let sandbox = with_corpus();
    place_tiny(&sandbox.path("d"));
    let server = start(&sandbox, "['tiny']");
    let asked: Vec<TcpStream> = (1..=8)
        .map(|number| ask_for(form, &server, number % 5 + 1))
        .collect();
    while metric(&server, SEQUENCES) < 1.0 {
        assert!(
            metric(&server, FINISHED) < 8.0,
            "all ended before anybody left"
        );
        std::thread::yield_now();
    }
    let left = Instant::now();
    drop(asked);
    while metric(&server, SEQUENCES) > 0.0 {
        assert!(
            left.elapsed() < Duration::from_secs(10),
            "{}",
            server.get("/metrics")
        );
        std::thread::yield_now();
    }
    let took = left.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!(
        metric(&server, CANCELLED) >= 1.0,
        "{}",
        server.get("/metrics")
    );
    // The place is free: somebody else is answered.
    read_until(&mut ask(&server, 3), "event: done");
}

/// Resident kilobytes and threads of a process.
#[cfg(target_os = "linux")]
fn held(process: u32) -> (u64, u64) {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let field = |name: &str| {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    };
    (field("VmRSS:"), field("Threads:"))
}

#[cfg(target_os = "linux")]
fn nothing_grows_over(turns: usize) {
    let sandbox = with_corpus();
    place_tiny(&sandbox.path("d"));
    let server = start(&sandbox, "['tiny']");
    let run = |turns: usize| {
        for turn in (0..turns).step_by(4) {
            let mut asked: Vec<TcpStream> =
                (0..4).map(|at| ask(&server, (turn + at) % 5 + 1)).collect();
            for stream in &mut asked {
                read_until(stream, "event: done");
            }
        }
    };
    run(20);
    let (memory, threads) = held(server.process());
    run(turns);
    let (later, threads_later) = held(server.process());
    println!(
        "{turns} turns: {memory} kB, {threads} threads; then {later} kB, {threads_later} threads"
    );
    assert!(later < memory + 32_768, "{memory} kB, then {later} kB");
    // Those of a pool for what blocks come and go.
    assert!(
        threads_later <= threads + 8,
        "{threads} threads, then {threads_later}"
    );
    let (finished, output) = (metric(&server, FINISHED), metric(&server, OUTPUT));
    assert!(finished >= turns as f64, "{finished}");
    assert!(
        output > 0.0 && output <= finished * 800.0,
        "each token is counted once: {output}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_grows_over_a_few_turns() {
    nothing_grows_over(20);
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "takes minutes: `cargo test --test it nothing_grows -- --ignored --nocapture`"]
fn nothing_grows_over_a_thousand_turns() {
    nothing_grows_over(1_000);
}
