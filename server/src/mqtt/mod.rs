//! Readings from an MQTT broker, as `[mqtt]` of the settings names one. It subscribes and publishes nothing.
//!
//! A message is acknowledged only when what became of it is on disk, so that the broker sends again what was lost on the way;
//! sent twice it is stored once. What is no reading is named in the log, counted and acknowledged: it would never become one.
//! While readings cannot be stored nothing is acknowledged, and the broker holds them back.

mod payload;
mod topic;

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use futures::FutureExt;
use rumqttc::{
    AsyncClient, Event, EventLoop, MqttOptions, Packet, Publish, QoS, SubscribeFilter,
    SubscribeReasonCode, TlsConfiguration, Transport,
};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::app::App;
use crate::readings::{Accepted, Arrival, BrokerState, Way, accept};
use crate::settings::Mqtt;
use crate::turn::causes;
use topic::Topic;

/// Environment variables with the user and the password at the broker.
pub const CREDENTIALS: (&str, &str) = ("CHENGZHI_MQTT_USER", "CHENGZHI_MQTT_PASSWORD");

/// Messages of one transaction, and messages that wait for one.
const BATCH: usize = 256;

/// Acknowledgements that wait to be sent. There are never more packet identifiers, so that none waits for room.
const ACKNOWLEDGEMENTS: usize = u16::MAX as usize;

/// Largest packet; a broker must not pass on larger ones. What is longer than a reading is refused, but it has to be read.
const LARGEST: usize = 16 << 20;

/// Messages of a transaction that are named in the log; the others are counted.
const NAMED: usize = 5;

/// What is subscribed to, and where.
#[derive(Debug, Clone)]
pub struct Subscription {
    options: MqttOptions,
    topics: Arc<[Topic]>,
    arrival_time: bool,
}

impl Subscription {
    /// Of the settings; `None` where they name no broker. `environment` reads variables.
    ///
    /// # Errors
    /// What is wrong with which key.
    pub fn of(
        settings: &Mqtt,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, String> {
        let Some(url) = &settings.url else {
            return Ok(None);
        };
        let topics: Result<Vec<Topic>, String> =
            settings.topics.iter().map(|it| Topic::parse(it)).collect();
        let topics = topics.map_err(|error| format!("key `mqtt.topics`: {error}"))?;
        if topics.is_empty() {
            return Err("key `mqtt.topics`: name at least one topic".to_owned());
        }
        let mut options = options(url, &settings.client_id)?;
        let (user, password) = (environment(CREDENTIALS.0), environment(CREDENTIALS.1));
        if let Some(user) = user {
            options.set_credentials(user, password.unwrap_or_default());
        }
        Ok(Some(Self {
            options,
            topics: topics.into(),
            arrival_time: settings.arrival_time,
        }))
    }
}

fn options(url: &str, client_id: &str) -> Result<MqttOptions, String> {
    let wrong = |what: &str| format!("key `mqtt.url`: `{url}`: {what}");
    let plain = |next: char| next.is_ascii_alphanumeric() || "-_.".contains(next);
    if client_id.is_empty() || client_id.len() > 64 || !client_id.chars().all(plain) {
        return Err(
            "key `mqtt.client_id`: write 1 to 64 letters, figures, `-`, `_` or `.`".to_owned(),
        );
    }
    let uri: axum::http::Uri = url
        .parse()
        .map_err(|_| wrong("write `mqtt://host:1883` or `mqtts://host:8883`"))?;
    let (transport, port) = match uri.scheme_str() {
        Some("mqtt") => (Transport::tcp(), 1883),
        Some("mqtts") => (encrypted()?, 8883),
        _ => return Err(wrong("write `mqtt://host:1883` or `mqtts://host:8883`")),
    };
    if uri.authority().is_some_and(|it| it.as_str().contains('@')) {
        let (user, password) = CREDENTIALS;
        return Err(wrong(&format!(
            "user and password come from `{user}` and `{password}`"
        )));
    }
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
        return Err(wrong("nothing may stand behind host and port"));
    }
    let host = uri.host().unwrap_or_default();
    let mut options = MqttOptions::new(client_id, host, uri.port_u16().unwrap_or(port));
    options
        .set_transport(transport)
        .set_keep_alive(Duration::from_secs(30))
        // The broker keeps what is sent while this server is away.
        .set_clean_session(false)
        .set_manual_acks(true)
        .set_max_packet_size(LARGEST, 64 * 1024);
    Ok(options)
}

/// TLS with the certificates that this machine trusts.
fn encrypted() -> Result<Transport, String> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let trusted = std::panic::catch_unwind(TlsConfiguration::default);
    let trusted = trusted.map_err(|_| {
        "key `mqtt.url`: the certificates that this machine trusts cannot be read".to_owned()
    })?;
    Ok(Transport::tls_with_config(trusted))
}

/// Takes in what the broker sends, until it is dropped.
pub async fn run(app: &App, subscription: &Subscription) -> Infallible {
    loop {
        app.inflow.set_broker(BrokerState::Disconnected);
        let session = AssertUnwindSafe(session(app, subscription)).catch_unwind();
        if session.await.is_err() {
            tracing::error!("mqtt: a fault of the program; the subscription begins anew");
        }
        tokio::time::sleep(Pause::LONGEST).await;
    }
}

/// A message on its way to the store.
struct Message {
    /// The connection that brought it. Acknowledged on another one, its number could be that of another message.
    connection: u64,
    publish: Publish,
    arrival: Arrival,
}

/// What listening and storing share.
struct Link<'a> {
    app: &'a App,
    subscription: &'a Subscription,
    client: AsyncClient,
    /// Counts connections, made and lost.
    connection: AtomicU64,
    connected: AtomicBool,
    /// Whether the log says already that the broker is gone: once for each time, not for each try.
    told: AtomicBool,
    held_up: AtomicBool,
}

async fn session(app: &App, subscription: &Subscription) {
    let (client, events) = AsyncClient::new(subscription.options.clone(), ACKNOWLEDGEMENTS);
    let (sender, receiver) = mpsc::channel(BATCH);
    let link = Link {
        app,
        subscription,
        client,
        connection: AtomicU64::new(0),
        connected: AtomicBool::new(false),
        told: AtomicBool::new(false),
        held_up: AtomicBool::new(false),
    };
    tokio::join!(link.listen(events, sender), link.store(receiver));
}

impl Link<'_> {
    /// Hands on what the broker sends; where it is gone, comes back.
    async fn listen(&self, mut events: EventLoop, messages: mpsc::Sender<Message>) {
        let mut pause = Pause::new();
        let mut since = Instant::now();
        loop {
            match events.poll().await {
                Ok(Event::Incoming(Packet::ConnAck(_))) => {
                    since = Instant::now();
                    self.greet();
                }
                Ok(Event::Incoming(Packet::SubAck(granted))) => {
                    if granted.return_codes.contains(&SubscribeReasonCode::Failure) {
                        tracing::error!("mqtt: the broker refuses a topic; see its access rules");
                    }
                }
                Ok(Event::Incoming(Packet::Publish(publish))) => {
                    if messages.send(self.received(publish)).await.is_err() {
                        return;
                    }
                }
                Ok(Event::Incoming(_) | Event::Outgoing(_)) => {}
                Err(error) => {
                    // What was read from the lost connection is sent again on the next one.
                    events.state.events.clear();
                    self.lost(&causes(&error));
                    if since.elapsed() >= Pause::LONGEST {
                        pause = Pause::new();
                    }
                    pause.wait().await;
                }
            }
        }
    }

    fn greet(&self) {
        self.connection.fetch_add(1, Ordering::Relaxed);
        self.connected.store(true, Ordering::Relaxed);
        self.told.store(false, Ordering::Relaxed);
        self.tell();
        let topics = self.subscription.topics.iter();
        let filters = topics.map(|topic| SubscribeFilter::new(topic.filter(), QoS::AtLeastOnce));
        match self.client.try_subscribe_many(filters) {
            Ok(()) => tracing::info!("mqtt: connected"),
            Err(error) => tracing::error!("mqtt: cannot subscribe: {error}"),
        }
    }

    fn lost(&self, why: &str) {
        self.connection.fetch_add(1, Ordering::Relaxed);
        self.connected.store(false, Ordering::Relaxed);
        if !self.told.swap(true, Ordering::Relaxed) {
            tracing::warn!("mqtt: the broker is gone and is tried again: {why}");
        }
        self.tell();
    }

    fn tell(&self) {
        let connected = self.connected.load(Ordering::Relaxed);
        let held_up = self.held_up.load(Ordering::Relaxed);
        self.app.inflow.set_broker(match (connected, held_up) {
            (false, _) => BrokerState::Disconnected,
            (true, true) => BrokerState::HeldUp,
            (true, false) => BrokerState::Connected,
        });
    }

    /// Reads a message at once, so that only what a reading takes waits for the store.
    fn received(&self, mut publish: Publish) -> Message {
        let payload = std::mem::take(&mut publish.payload);
        let arrival = self.subscription.arrival_time.then(|| self.app.now());
        let mut topics = self.subscription.topics.iter();
        let id = topics.find_map(|topic| topic.id(&publish.topic)).flatten();
        Message {
            connection: self.connection.load(Ordering::Relaxed),
            arrival: Arrival {
                place: 0,
                reading: payload::read(id, &payload, arrival),
            },
            publish,
        }
    }

    /// Stores what was handed on, as much as there is at a time, and acknowledges it then.
    async fn store(&self, mut messages: mpsc::Receiver<Message>) {
        let mut batch = Vec::with_capacity(BATCH);
        while messages.recv_many(&mut batch, BATCH).await > 0 {
            let accepted = self.accepted(&batch).await;
            log(&accepted, &batch);
            for message in batch.drain(..) {
                let current = self.connection.load(Ordering::Relaxed);
                if message.connection == current
                    && let Err(error) = self.client.try_ack(&message.publish)
                {
                    // It comes again with the next connection.
                    tracing::warn!("mqtt: a message cannot be acknowledged: {error}");
                }
            }
        }
    }

    /// Tries until the store takes it.
    async fn accepted(&self, batch: &[Message]) -> Accepted {
        let arrival = |(message, place): (&Message, u64)| Arrival {
            place,
            ..message.arrival.clone()
        };
        let mut pause = Pause::new();
        loop {
            let arrivals = batch.iter().zip(0..).map(arrival).collect();
            match accept(self.app, Way::Mqtt, arrivals).await {
                Ok(accepted) => {
                    if self.held_up.swap(false, Ordering::Relaxed) {
                        tracing::info!("mqtt: readings are stored again");
                        self.tell();
                    }
                    return accepted;
                }
                Err(error) => {
                    if !self.held_up.swap(true, Ordering::Relaxed) {
                        let why = causes(&error);
                        tracing::error!("mqtt: readings cannot be stored and wait: {why}");
                        self.tell();
                    }
                    pause.wait().await;
                }
            }
        }
    }
}

/// Names what is not stored.
fn log(accepted: &Accepted, batch: &[Message]) {
    for problem in accepted.problems.iter().take(NAMED) {
        let index = usize::try_from(problem.place).unwrap_or(usize::MAX);
        let topic = batch.get(index).map(|it| it.publish.topic.as_str());
        let (topic, reason) = (printable(topic.unwrap_or_default()), &problem.reason);
        let reason = printable(&reason.to_string());
        tracing::warn!("mqtt: a message on `{topic}` is not stored: {reason}");
    }
    let more = accepted.problems.len().saturating_sub(NAMED);
    if more > 0 {
        tracing::warn!("mqtt: {more} more messages are not stored");
    }
}

/// What strangers wrote, for a line of the log.
fn printable(text: &str) -> String {
    let shown = text.chars().take(300);
    shown
        .map(|next| if next.is_control() { '\u{fffd}' } else { next })
        .collect()
}

/// Between two tries, longer each time.
struct Pause(Duration);

impl Pause {
    const SHORTEST: Duration = Duration::from_millis(100);
    const LONGEST: Duration = Duration::from_secs(10);

    fn new() -> Self {
        Self(Self::SHORTEST)
    }

    async fn wait(&mut self) {
        tokio::time::sleep(self.0).await;
        self.0 = (self.0 * 2).min(Self::LONGEST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, topics: &[&str], client_id: &str, expected: &str) {
        let settings = Mqtt {
            url: Some(url.into()),
            topics: topics.iter().map(|it| (*it).to_owned()).collect(),
            client_id: client_id.into(),
            arrival_time: false,
        };
        let shown = match Subscription::of(&settings, |_| None) {
            Ok(Some(subscription)) => {
                let (host, port) = subscription.options.broker_address();
                format!("{host}:{port}")
            }
            Ok(None) => "none".to_owned(),
            Err(error) => error,
        };
        assert!(shown.starts_with(expected), "{shown}");
    }

    #[test]
    fn a_broker_is_named_by_host_and_port_alone() {
        check("mqtt://broker.example", &["a"], "c", "broker.example:1883");
        check("mqtt://127.0.0.1:9/", &["a"], "c", "127.0.0.1:9");
        let url = "key `mqtt.url`: ";
        for wrong in [
            "broker.example",
            "http://broker.example",
            "mqtt://user:secret@broker.example",
            "mqtt://broker.example/topic",
            "mqtt://broker.example?client_id=1",
            "mqtt://",
            "",
        ] {
            check(wrong, &["a"], "c", url);
        }
        check("mqtt://h", &[], "c", "key `mqtt.topics`: ");
        check("mqtt://h", &["a#"], "c", "key `mqtt.topics`: `a#`");
        check("mqtt://h", &["a"], "", "key `mqtt.client_id`: ");
        check("mqtt://h", &["a"], "c d", "key `mqtt.client_id`: ");
    }
}
