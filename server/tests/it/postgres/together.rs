//! Several servers on one database: whatever they do at the same moment is done once, also when they are killed meanwhile.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use server::app::App;
use server::catalog::Catalog;
use server::embedded::Origin;
use server::settings::Settings;
use server::store::Store;
use tempfile::TempDir;
use tools::OrderFilter;
use tools::database::Database;

use super::shared;
use crate::cli_serve::Server;
use crate::sandbox::{Sandbox, with_corpus};

const SETTINGS: &str = "[data]\ndemo = false\n[server]\nrate_per_minute = 0\nconcurrency = 64\n[models]\nsmall = []\nlarge = []\n";

/// Requests of each client.
const REQUESTS: usize = 25;

/// Clients of each server. The first of one and the first of the other are the same person, and so on.
const CLIENTS: usize = 3;

/// How long a client tries again what failed.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn both_stores_are_made_once_however_many_open_them() {
    let folder = tempfile::tempdir().unwrap();
    let Some(database) = shared(folder.path()) else {
        return;
    };
    let open = (0..8).map(|_| {
        let database = database.clone();
        tokio::spawn(async move {
            Store::open(&database).await.unwrap().close().await;
            tools::Store::open(&database).await.unwrap().close().await;
        })
    });
    for opened in open.collect::<Vec<_>>() {
        opened.await.unwrap();
    }
    assert_eq!(
        Store::open(&database)
            .await
            .unwrap()
            .verify()
            .await
            .unwrap()
            .count,
        0
    );
}

/// One program over a database, of a day; its folder holds no corpora.
async fn program(database: &Database, day: &str) -> (TempDir, Arc<App>) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = Settings::default_of(&Origin::Embedded).unwrap();
    settings.data.directory = Some(folder.path().to_owned());
    settings.data.database = match database {
        Database::Server(address) => Some(address.clone()),
        Database::Folder(_) => None,
    };
    settings.clock.today = Some(day.parse().unwrap());
    let app = App::open(settings, Catalog::load(Origin::Embedded))
        .await
        .unwrap();
    (folder, app)
}

/// Number of readings.
async fn readings(app: &App) -> u64 {
    let store = app.toolbox.store();
    let mut count = 0;
    for datastream in store.datastreams().await.unwrap() {
        let extent = store.extent(&datastream.id).await.unwrap();
        count += extent.map_or(0, |extent| extent.count);
    }
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demonstration_is_prepared_once_by_two_that_start_together() {
    let folder = tempfile::tempdir().unwrap();
    let Some(database) = shared(folder.path()) else {
        return;
    };
    let (_one, one) = program(&database, "2026-11-21").await;
    // Another day: its readings would be others.
    let (_other, other) = program(&database, "2026-11-22").await;
    let (left, right) = tokio::join!(server::city::open(&one), server::city::open(&other));
    left.unwrap();
    right.unwrap();
    let (_alone, alone) = program(&folder.path().into(), "2026-11-21").await;
    server::city::open(&alone).await.unwrap();
    let expected = readings(&alone).await;
    assert!(expected > 10_000, "{expected}");
    assert_eq!(readings(&one).await, expected);
    let all = OrderFilter::default();
    let orders = one.toolbox.store().orders(&all).await.unwrap();
    let expected = alone.toolbox.store().orders(&all).await.unwrap();
    assert_eq!(orders, expected);
    one.toolbox.store().verify().await.unwrap();
}

/// The clocks of two servers strike at the same moment: what is due is done once.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_is_done_once_by_two_clocks() {
    let folder = tempfile::tempdir().unwrap();
    let Some(database) = shared(folder.path()) else {
        return;
    };
    let (_one, one) = program(&database, "2026-11-21").await;
    let (_other, other) = program(&database, "2026-11-21").await;
    server::city::open(&one).await.unwrap();
    let later = "2026-11-26T04:00:00Z".parse().unwrap();
    let tick = async |app: &App| {
        let hotline = app.catalog.hotline.as_ref().unwrap();
        hotline.tick(app.toolbox.store(), later).await.unwrap()
    };
    let (left, right) = tokio::join!(tick(&one), tick(&other));
    let (_alone, alone) = program(&folder.path().into(), "2026-11-21").await;
    server::city::open(&alone).await.unwrap();
    let expected = tick(&alone).await;
    assert!(expected > 0);
    assert_eq!(left + right, expected);
    let orders = one.toolbox.store().orders_in_full().await.unwrap();
    assert_eq!(
        orders,
        alone.toolbox.store().orders_in_full().await.unwrap()
    );
}

/// Where a server is now; another address after it was started again.
type Place = Arc<Mutex<SocketAddr>>;

/// What a server answered; none where it was not there or broke off.
fn exchange(place: &Place, head: &str, body: &Value) -> Option<(u16, Value)> {
    let address = *place.lock().unwrap();
    let body = body.to_string();
    let mut stream = TcpStream::connect(address).ok()?;
    write!(
        stream,
        "{head} HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .ok()?;
    let mut response = String::new();
    stream.read_to_string(&mut response).ok()?;
    let status = response.get(9..12)?.parse().ok()?;
    let (_, body) = response.split_once("\r\n\r\n")?;
    Some((status, serde_json::from_str(body).ok()?))
}

/// Tries until there is an answer that is not 503, as a client does that heeds `Retry-After`.
fn insist(place: &Place, head: &str, body: &Value) -> Value {
    let began = Instant::now();
    loop {
        match exchange(place, head, body) {
            Some((200..=299, value)) => return value,
            Some((503, _)) | None => {}
            Some((status, value)) => panic!("{head}: {status} {value}"),
        }
        assert!(began.elapsed() < PATIENCE, "{head}: no answer");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Takes a request down under a key: calls, confirms what is proposed, and reads the number that was acknowledged.
fn order(place: &Place, conversation: &str, key: &str) -> String {
    let call = json!({
        "arguments": {"text": "我们东门里小区2号楼楼道堆满杂物，轮椅出不去", "address": "东门里小区2号楼", "phone": "13900001234"},
        "key": key,
        "conversation": conversation,
    });
    let began = Instant::now();
    loop {
        let called = insist(place, "POST /v1/tools/hotline-create/calls", &call);
        if let Some(number) = called["done"]["value"]["order"].as_str() {
            return number.to_owned();
        }
        let id = called["proposed"]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{called}"));
        let decision = json!({"confirm": true, "conversation": conversation});
        // Whatever comes of it, also where the same person has confirmed elsewhere: the key tells.
        let _ = exchange(place, &format!("POST /v1/proposals/{id}"), &decision);
        assert!(began.elapsed() < PATIENCE, "{key}: no order");
    }
}

/// What one client was told.
#[derive(Default)]
struct Told {
    /// Numbers of orders by the person and key.
    orders: BTreeMap<String, String>,
    /// Conversations in which an answer came.
    conversations: Vec<String>,
}

fn client(place: &Place, number: usize, done: &AtomicUsize) -> Told {
    let mut told = Told::default();
    for request in 0..REQUESTS {
        let key = format!("k{number}-{request}");
        let order = order(place, &format!("c{number}"), &key);
        told.orders
            .insert(format!("conversation:c{number}/{key}"), order);
        let question = json!({"question": format!("路灯第{}号事项几日内办结？", request % 5 + 1)});
        let answer = insist(place, "POST /v1/agents/policy-qa/turns", &question);
        let conversation = answer["conversation"].as_str().unwrap().to_owned();
        told.conversations.push(conversation);
        done.fetch_add(1, Ordering::SeqCst);
    }
    told
}

fn start(sandbox: &Sandbox, data: &str) -> Server {
    let serve = [
        "--address",
        "127.0.0.1:0",
        "--data",
        data,
        "--config",
        "my.toml",
    ];
    Server::start(sandbox, &serve)
}

/// Kills a server once so many requests are done, and starts it again.
fn kill(server: &mut Option<Server>, again: impl FnOnce() -> Server, place: &Place) {
    // SIGKILL.
    drop(server.take());
    let started = again();
    *place.lock().unwrap() = started.address;
    *server = Some(started);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_lose_nothing_and_do_nothing_twice_when_they_are_killed() {
    let sandbox = with_corpus();
    let Some(database) = shared(sandbox.folder()) else {
        return;
    };
    sandbox.json(&[
        "ingest", "policies", "--corpus", "mine", "--data", "e", "--json",
    ]);
    sandbox.write("my.toml", SETTINGS);
    let mut servers = ["d", "e"].map(|data| Some(start(&sandbox, data)));
    let places: Vec<Place> = servers
        .iter()
        .map(|server| Arc::new(Mutex::new(server.as_ref().unwrap().address)))
        .collect();
    let done = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (0..2 * CLIENTS)
        .map(|client_number| {
            let (place, done) = (places[client_number % 2].clone(), done.clone());
            std::thread::spawn(move || client(&place, client_number / 2, &done))
        })
        .collect();
    let all = 2 * CLIENTS * REQUESTS;
    for (index, data) in ["d", "e"].into_iter().enumerate() {
        let wanted = all / 3 * (index + 1);
        while done.load(Ordering::SeqCst) < wanted && !clients.iter().all(|it| it.is_finished()) {
            std::thread::sleep(Duration::from_millis(1));
        }
        kill(
            &mut servers[index],
            || start(&sandbox, data),
            &places[index],
        );
    }
    let told: Vec<Told> = clients.into_iter().map(|it| it.join().unwrap()).collect();
    let tools = tools::Store::open(&database).await.unwrap();
    let mut by_key = BTreeMap::new();
    for order in tools.orders_in_full().await.unwrap() {
        let before = by_key.insert(order.key.clone(), order.id);
        assert_eq!(before, None, "two orders of {}", order.key);
    }
    assert_eq!(by_key.len(), CLIENTS * REQUESTS);
    for (key, number) in told.iter().flat_map(|told| &told.orders) {
        assert_eq!(by_key.get(key), Some(number));
    }
    let numbers: std::collections::BTreeSet<_> = by_key.values().collect();
    assert_eq!(numbers.len(), by_key.len(), "no number twice");
    for conversation in told.iter().flat_map(|told| &told.conversations) {
        let past = insist(
            &places[0],
            &format!("GET /v1/conversations/{conversation}"),
            &json!({}),
        );
        assert_eq!(past["turns"].as_array().unwrap().len(), 1);
    }
    let records = tools.verify().await.unwrap().count;
    let store = Store::open(&database).await.unwrap();
    let audited = store.verify().await.unwrap().count;
    println!(
        "{} orders, {records} records of tools, {audited} audit records; both servers killed once",
        by_key.len()
    );
}
