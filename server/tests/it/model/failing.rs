//! The model in this process fails in the middle of an answer: its thread dies, or stands still. The quoted answer
//! stands.
//!
//! What a test can reach on that thread without a door of its own is the log: a subscriber is called there.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, LazyLock, Mutex, Once, OnceLock};
use std::time::{Duration, Instant};

use axum::body::BodyDataStream;
use futures::StreamExt;
use models::{Delta, Error, collect};
use serde_json::{Value, json};
use server::turn::Work;
use tower::ServiceExt;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::layer::{Context, SubscriberExt};

use super::{TURNS, only, place_of, watched, with_tiny_as};
use crate::http::world::{World, server_events, streamed};

const QUESTION: &str = "楼道能堆杂物吗？";

/// What happens on the thread of a model when its second sequence begins, by the name of the model.
type Act = Arc<dyn Fn() + Send + Sync>;
static ACTS: LazyLock<Mutex<BTreeMap<String, Act>>> = LazyLock::new(Mutex::default);

struct Listener;

impl<S: tracing::Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        if fields.message != "sequence begins" || fields.id != 1 {
            return;
        }
        let act = ACTS.lock().unwrap().get(&fields.model).cloned();
        if let Some(act) = act {
            act();
        }
    }
}

#[derive(Default)]
struct Fields {
    message: String,
    model: String,
    id: u64,
}

impl Visit for Fields {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "id" {
            self.id = value;
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "model" {
            self.model = value.to_owned();
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let text = format!("{value:?}");
        match field.name() {
            "message" => self.message = text,
            "model" => self.model = text.trim_matches('"').to_owned(),
            _ => {}
        }
    }
}

fn when_a_second_one_begins(model: &str, act: impl Fn() + Send + Sync + 'static) {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let thread = FilterFn::new(|metadata| metadata.target() == "models::local::thread");
        let listener = Listener.with_filter(thread.with_max_level_hint(LevelFilter::DEBUG));
        let subscriber = tracing_subscriber::registry().with(listener);
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
    ACTS.lock().unwrap().insert(model.to_owned(), Arc::new(act));
}

/// How the thread fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Killed,
    Stalled,
}

/// A world whose model fails once it has said something.
pub(super) struct Failing {
    /// A thread that stands still goes on when this is gone; it goes before the world, which waits for the thread.
    _release: Sender<()>,
    pub(super) world: World,
    /// When it failed.
    pub(super) at: Arc<OnceLock<Instant>>,
}

impl Failing {
    pub(super) async fn new(
        name: &str,
        fault: Fault,
        change: impl FnOnce(&mut server::settings::Settings),
    ) -> Self {
        let at: Arc<OnceLock<Instant>> = Arc::default();
        let failed = at.clone();
        let (release, held) = channel::<()>();
        let held = Mutex::new(held);
        when_a_second_one_begins(name, move || {
            failed.set(Instant::now()).unwrap();
            match fault {
                Fault::Killed => panic!("the test ends this thread"),
                Fault::Stalled => _ = held.lock().unwrap().recv(),
            }
        });
        let world = World::with(second_after_the_first_word(), |settings| {
            with_tiny_as(name, settings);
            change(settings);
        })
        .await;
        assert_eq!(world.app.roles.ready, [name]);
        Self {
            _release: release,
            world,
            at,
        }
    }
}

/// Agents whose model is asked a second time, by nobody, when it has said its first word.
fn second_after_the_first_word() -> Work {
    let asked = Arc::new(AtomicBool::new(false));
    watched(move |model, request| {
        let (again, asked) = (model.clone(), asked.clone());
        let deltas = model.chat(request.clone());
        let second = move |_: &Result<Delta, Error>| {
            if !asked.swap(true, Ordering::AcqRel) {
                tokio::spawn(collect(again.chat(request.clone())));
            }
        };
        deltas.inspect(second).boxed()
    })
}

/// Events as they come, each with when it was there.
pub(super) async fn timed(world: &World, question: &str) -> Vec<(String, Value, Instant)> {
    let request = streamed(TURNS, &json!({ "question": question }));
    let response = world.router.clone().oneshot(request).await.unwrap();
    let mut body: BodyDataStream = response.into_body().into_data_stream();
    let (mut text, mut events) = (Vec::new(), Vec::new());
    while let Some(piece) = body.next().await {
        let now = Instant::now();
        text.extend_from_slice(&piece.unwrap());
        let Some(end) = text.windows(2).rposition(|two| two == b"\n\n") else {
            continue;
        };
        let whole: Vec<u8> = text.drain(..end + 2).collect();
        for (name, data) in server_events(str::from_utf8(&whole).unwrap()) {
            events.push((name, data, now));
        }
    }
    events
}

/// The same without the time.
pub(super) fn untimed(events: &[(String, Value, Instant)]) -> Vec<(String, Value)> {
    let events = events.iter().cloned();
    events.map(|event| (event.0, event.1)).collect()
}

/// What a machine that is busy with other things adds is no matter of the program.
const ATTEMPTS: usize = 3;
const IDLE: u32 = 2;

#[tokio::test(flavor = "multi_thread")]
async fn when_the_thread_of_a_model_dies_the_quoted_answer_stands() {
    stands_within_half_a_second(Fault::Killed, "unavailable", Duration::ZERO).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_thread_of_a_model_stands_still_the_quoted_answer_stands() {
    let known = Duration::from_secs(IDLE.into());
    stands_within_half_a_second(Fault::Stalled, "late", known).await;
}

async fn stands_within_half_a_second(fault: Fault, cause: &str, known_after: Duration) {
    let mut quickest = Duration::MAX;
    for attempt in 0..ATTEMPTS {
        let name = format!("{fault:?}-{attempt}").to_lowercase();
        let failing = Failing::new(&name, fault, |settings| {
            settings.models.idle_s = NonZeroU32::new(IDLE).unwrap();
        })
        .await;
        let events = timed(&failing.world, QUESTION).await;
        let (.., end) = events.last().unwrap();
        let failed = *failing.at.get().expect("it failed in the middle");
        quickest = quickest.min(end.saturating_duration_since(failed + known_after));
        judge(&untimed(&events), cause);
        if fault == Fault::Killed {
            // Nobody waits for a dead thread.
            judge(&untimed(&timed(&failing.world, QUESTION).await), cause);
        }
        failing.world.app.store.verify().await.unwrap();
        if quickest < Duration::from_millis(500) {
            return;
        }
    }
    panic!("{fault:?}: {quickest:?}");
}

#[track_caller]
fn judge(events: &[(String, Value)], cause: &str) {
    let (quoted, done) = (only(events, "quoted"), only(events, "done"));
    assert_eq!(only(events, "degraded")["cause"], cause);
    assert!(place_of(events, "quoted") < place_of(events, "degraded"));
    assert!(!quoted["sentences"].as_array().unwrap().is_empty());
    assert_eq!(done["sentences"], quoted["sentences"]);
    assert_eq!(done["mode"], "off");
    assert!(done["degraded"].is_string());
}
