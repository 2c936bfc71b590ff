//! Readings from a real broker: Debian's `mosquitto`, started on a free port. Without it these tests are skipped and say so.

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use server::app::App;
use server::mqtt::{Subscription, run};
use server::readings::BrokerState;
use server::settings::Mqtt;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::http::readings::put_network;
use crate::http::script::prompt;
use crate::http::world::World;

const TOPIC: &str = "v1.1/Datastreams('DS-1')/Observations";

/// A broker with a folder in which it keeps its sessions; killed at the end of a test.
struct Broker {
    program: PathBuf,
    folder: TempDir,
    port: u16,
    child: Child,
}

impl Broker {
    /// `None` where there is no broker on this machine.
    fn start() -> Option<Self> {
        let places = [
            "/usr/sbin/mosquitto",
            "/usr/local/sbin/mosquitto",
            "/usr/bin/mosquitto",
        ];
        let Some(program) = places.iter().map(PathBuf::from).find(|it| it.is_file()) else {
            assert!(
                std::env::var_os("CI").is_none_or(|ci| ci != "true"),
                "`mosquitto` is missing; install Debian's package of that name"
            );
            println!("skipped: `mosquitto` is not installed");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = port.local_addr().unwrap().port();
        let at = folder.path().display();
        let settings = format!(
            "listener {port} 127.0.0.1\nallow_anonymous true\nuser root\nmax_queued_messages 0\npersistence true\npersistence_location {at}/\n"
        );
        std::fs::write(folder.path().join("broker.conf"), settings).unwrap();
        let child = spawn(&program, &folder);
        let broker = Self {
            program,
            folder,
            port,
            child,
        };
        broker.wait();
        Some(broker)
    }

    fn wait(&self) {
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(20), "no broker");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends it as a machine that is shut down does: it writes down what it holds.
    fn stop(&mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
        self.child.wait().unwrap();
    }

    fn again(&mut self) {
        self.child = spawn(&self.program, &self.folder);
        self.wait();
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(program: &PathBuf, folder: &TempDir) -> Child {
    Command::new(program)
        .arg("-c")
        .arg(folder.path().join("broker.conf"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Someone who sends, and waits until the broker has it.
async fn publish(broker: &Broker, messages: Vec<(String, Vec<u8>)>) {
    let mut options = MqttOptions::new("sender", "127.0.0.1", broker.port);
    options.set_max_packet_size(1 << 20, 1 << 20);
    let (client, mut events) = AsyncClient::new(options, 100);
    let expected = messages.len();
    let sending = async {
        for (topic, payload) in messages {
            let sent = client.publish(topic, QoS::AtLeastOnce, false, payload);
            sent.await.unwrap();
        }
    };
    let acknowledged = async {
        let mut acknowledged = 0;
        while acknowledged < expected {
            if let Event::Incoming(Packet::PubAck(_)) = events.poll().await.unwrap() {
                acknowledged += 1;
            }
        }
    };
    tokio::join!(sending, acknowledged);
}

/// The subscription at work; ends when it is dropped.
struct Work(JoinHandle<()>);

impl Work {
    fn start(app: &Arc<App>, broker: &Broker) -> Self {
        let settings = Mqtt {
            url: Some(format!("mqtt://127.0.0.1:{}", broker.port)),
            topics: vec![
                "v1.1/Datastreams({datastream})/Observations".into(),
                "city/readings".into(),
            ],
            client_id: "chengzhi-test".into(),
            arrival_time: false,
        };
        let subscription = Subscription::of(&settings, |_| None).unwrap().unwrap();
        let app = app.clone();
        Self(tokio::spawn(async move {
            run(&app, &subscription).await;
        }))
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn world() -> World {
    let world = World::new(prompt()).await;
    put_network(&world).await;
    world
}

fn counted(app: &App, became: &str) -> u64 {
    let counts = app.inflow.counts();
    let found = counts.iter().find(|it| it.0 == "mqtt" && it.1 == became);
    found.unwrap().2
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(120), "never: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn connected(app: &App) {
    until("connected", || {
        app.inflow.broker() == Some(BrokerState::Connected)
    })
    .await;
}

fn minute(number: i64) -> Timestamp {
    let start: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
    start + SignedDuration::from_mins(number)
}

fn observation(number: i64) -> (String, Vec<u8>) {
    let at = minute(number);
    let value = number % 500;
    let payload = format!("{{\"phenomenonTime\":\"{at}\",\"result\":{value}}}");
    (TOPIC.to_owned(), payload.into_bytes())
}

/// The values of the datastream, by time.
async fn stored(app: &App) -> Vec<f64> {
    let ever = (Timestamp::MIN, Timestamp::MAX);
    let store = app.toolbox.store();
    let readings = store.readings(&["DS-1"], ever, usize::MAX).await.unwrap();
    readings.iter().map(|reading| reading.value).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_stored_and_what_is_none_is_counted() {
    let Some(broker) = Broker::start() else {
        return;
    };
    let world = world().await;
    let _work = Work::start(&world.app, &broker);
    connected(&world.app).await;
    let topic = |text: &str| text.to_owned();
    let mut messages = vec![observation(0), observation(1), observation(0)];
    let own =
        "{\"datastream\":\"DS-2\",\"at\":\"2026-11-01T00:00:00Z\",\"value\":30,\"unit\":\"cm\"}";
    messages.push((topic("city/readings"), own.into()));
    let unit = "{\"at\":\"2026-11-01T00:02:00Z\",\"value\":7,\"unit\":\"ppm\"}";
    messages.push((topic(TOPIC), unit.into()));
    // Another value for a moment that is there.
    let other = "{\"at\":\"2026-11-01T00:02:00Z\",\"value\":8}";
    messages.push((topic(TOPIC), other.into()));
    for garbage in [
        &b""[..],
        b"7",
        b"\xff\xfe",
        b"{",
        b"{\"phenomenonTime\":\"yesterday\",\"result\":1}",
        b"{\"phenomenonTime\":\"2026-11-01T00:03:00Z\",\"result\":1e6}",
        &[b'1'; 200_000],
    ] {
        messages.push((topic(TOPIC), garbage.to_vec()));
    }
    let unknown = topic("v1.1/Datastreams('DS-9')/Observations");
    messages.push((unknown, observation(0).1));
    messages.push(observation(4));
    publish(&broker, messages).await;
    until("all are stored", || counted(&world.app, "stored") == 5).await;
    assert_eq!(counted(&world.app, "repeated"), 1);
    assert_eq!(counted(&world.app, "conflicting"), 1);
    assert_eq!(counted(&world.app, "refused"), 8);
    assert_eq!(stored(&world.app).await, [0.0, 1.0, 7.0, 4.0]);
    let metrics = world.get("/metrics").await.text();
    for line in [
        "chengzhi_readings_total{way=\"mqtt\",became=\"stored\"} 5",
        "chengzhi_readings_total{way=\"mqtt\",became=\"refused\"} 8",
        "chengzhi_mqtt_connected 1",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
    assert_eq!(world.get("/readyz").await.json()["broker"], "connected");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_was_gone_is_found_again() {
    let Some(mut broker) = Broker::start() else {
        return;
    };
    let world = world().await;
    let work = Work::start(&world.app, &broker);
    connected(&world.app).await;
    publish(&broker, vec![observation(0)]).await;
    until("the first", || counted(&world.app, "stored") == 1).await;

    broker.stop();
    until("gone", || {
        world.app.inflow.broker() == Some(BrokerState::Disconnected)
    })
    .await;
    let ready = world.get("/readyz").await;
    assert_eq!(
        (ready.status.as_u16(), &ready.json()["broker"]),
        (200, &"disconnected".into())
    );
    broker.again();
    connected(&world.app).await;
    publish(&broker, vec![observation(1)]).await;
    until("the second", || counted(&world.app, "stored") == 2).await;

    // Killed, it forgets us; we ask again for what we want.
    broker.child.kill().unwrap();
    broker.child.wait().unwrap();
    until("gone again", || {
        world.app.inflow.broker() == Some(BrokerState::Disconnected)
    })
    .await;
    broker.again();
    connected(&world.app).await;
    publish(&broker, vec![observation(2)]).await;
    until("the third", || counted(&world.app, "stored") == 3).await;

    // What is sent while we are away is kept for us, also over a restart of the broker.
    drop(work);
    publish(&broker, vec![observation(3)]).await;
    broker.stop();
    broker.again();
    publish(&broker, vec![observation(4)]).await;
    let _work = Work::start(&world.app, &broker);
    until("all", || counted(&world.app, "stored") == 5).await;
    assert_eq!(stored(&world.app).await, [0.0, 1.0, 2.0, 3.0, 4.0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_messages_come_in_order_and_none_is_lost() {
    const COUNT: i64 = 10_000;
    let Some(broker) = Broker::start() else {
        return;
    };
    let world = world().await;
    let work = Work::start(&world.app, &broker);
    connected(&world.app).await;
    let messages = (0..COUNT).map(observation).collect();
    let sending = publish(&broker, messages);
    let interrupted = async {
        until("a part", || counted(&world.app, "stored") > 500).await;
        // Cut off amidst of it, as a server that is killed.
        drop(work);
        Work::start(&world.app, &broker)
    };
    let ((), _work) = tokio::join!(sending, interrupted);
    let count = u64::try_from(COUNT).unwrap();
    until("all", || {
        // What was stored when we were cut off comes again.
        counted(&world.app, "stored") + counted(&world.app, "repeated") >= count
    })
    .await;
    let expected: Vec<f64> = (0..COUNT).map(|number| (number % 500) as f64).collect();
    // Those that came twice are counted twice.
    let all = async {
        while stored(&world.app).await.len() < expected.len() {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let waited = tokio::time::timeout(std::time::Duration::from_secs(60), all).await;
    assert!(waited.is_ok(), "messages are lost");
    assert_eq!(stored(&world.app).await, expected);
    assert_eq!(counted(&world.app, "conflicting"), 0);
    assert_eq!(counted(&world.app, "refused"), 0);
}
