//! Layers over models that stall, fail and end, on a clock that stands still.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::{self, BoxStream};
use proptest::prelude::*;
use tokio::time::{Instant, sleep};

use super::*;
use crate::chat::{ChatModel, ChatRequest, Room, Stop, Usage};
use crate::error::Wait;

/// One step of a stream.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    Text,
    /// A sign of life without text.
    Thought,
    After(u64),
    Fail,
    End,
    Stall,
}

/// A model that does what it is told, and knows how many of its streams run.
struct Puppet {
    name: &'static str,
    turns: Mutex<VecDeque<Vec<Step>>>,
    running: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn puppet(name: &'static str, turns: impl IntoIterator<Item = Vec<Step>>) -> Arc<Puppet> {
    Arc::new(Puppet {
        name,
        turns: Mutex::new(turns.into_iter().collect()),
        running: Arc::default(),
        most: Arc::default(),
    })
}

impl ChatModel for Puppet {
    fn name(&self) -> &str {
        self.name
    }

    fn chat(&self, _: ChatRequest) -> BoxStream<'static, Result<Delta, Error>> {
        let steps = self.turns.lock().unwrap().pop_front().unwrap_or_default();
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(running, Ordering::SeqCst);
        let guard = Running(self.running.clone());
        let name = self.name;
        stream::unfold(
            (steps.into_iter(), guard),
            move |(mut steps, guard)| async move {
                loop {
                    let delta = match steps.next()? {
                        Step::Text => delta("字"),
                        Step::Thought => delta(""),
                        Step::End => Delta {
                            stop: Some(Stop::End),
                            usage: Some(Usage {
                                output_tokens: 2,
                                ..Usage::default()
                            }),
                            ..delta("终")
                        },
                        Step::After(seconds) => {
                            sleep(Duration::from_secs(seconds)).await;
                            continue;
                        }
                        Step::Stall => std::future::pending().await,
                        Step::Fail => return Some((Err(failure(name)), (steps, guard))),
                    };
                    return Some((Ok(delta), (steps, guard)));
                }
            },
        )
        .boxed()
    }

    fn room(&self, request: &ChatRequest) -> Result<Room, Error> {
        Ok(Room::estimated(request, 4_096))
    }
}

fn delta(text: &str) -> Delta {
    Delta {
        text: text.into(),
        ..Delta::default()
    }
}

fn failure(model: &str) -> Error {
    Error::Unavailable {
        model: model.into(),
        reason: "broken".into(),
    }
}

async fn read(model: &dyn ChatModel) -> (String, Option<Result<Delta, Error>>) {
    let mut stream = model.chat(ChatRequest::default());
    let (mut text, mut last) = (String::new(), None);
    while let Some(item) = stream.next().await {
        if let Ok(delta) = &item {
            text.push_str(&delta.text);
        }
        last = Some(item);
    }
    (text, last)
}

const WAITS: Waits = Waits {
    first_token: Duration::from_secs(30),
    idle: Duration::from_secs(10),
    total: Duration::from_secs(120),
};

#[tokio::test(start_paused = true)]
async fn deadlines_pass_when_they_say() {
    use Step::{After, End, Stall, Text, Thought};
    let slow: Vec<Step> = [After(9), Text].repeat(20);
    let thinking: Vec<Step> = [After(9), Thought].repeat(20);
    for (steps, expected) in [
        (vec![Stall], Some((Wait::FirstToken, 30))),
        (vec![After(31), Text], Some((Wait::FirstToken, 30))),
        (vec![After(29), Text, Stall], Some((Wait::Idle, 39))),
        (vec![After(29), Text, After(9), End], None),
        (slow, Some((Wait::Total, 120))),
        (thinking, Some((Wait::Total, 120))),
    ] {
        let model = puppet("slow", [steps.clone()]);
        let began = Instant::now();
        let (_, last) = read(&Deadline::new(model.clone(), WAITS)).await;
        let passed = began.elapsed().as_secs();
        match (last, expected) {
            (Some(Err(Error::TimedOut { wait, .. })), Some(expected)) => {
                assert_eq!((wait, passed), expected, "{steps:?}");
            }
            (Some(Ok(_)), None) => {}
            (last, _) => panic!("{steps:?}: {last:?}"),
        }
        assert_eq!(model.running.load(Ordering::SeqCst), 0, "{steps:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_takes_his_time_is_no_stall() {
    let model = puppet("quick", [vec![Step::Text, Step::Text, Step::End]]);
    let mut stream = Deadline::new(model, WAITS).chat(ChatRequest::default());
    for _ in 0..3 {
        sleep(Duration::from_secs(20)).await;
        stream.next().await.unwrap().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn beyond_the_queue_a_request_is_told_so_at_once() {
    let model = puppet("busy", vec![vec![Step::Text, Step::After(5), Step::End]; 9]);
    let limited = Limited::new(model.clone(), 2, 3);
    let mut streams: Vec<_> = (0..5)
        .map(|_| limited.chat(ChatRequest::default()))
        .collect();
    for stream in &mut streams {
        // Asked once, so that it runs or stands in the queue.
        let _ = futures::poll!(stream.next());
    }
    let (_, last) = read(&limited).await;
    assert_eq!(
        last,
        Some(Err(Error::Busy {
            model: "busy".into(),
            waiting: 3
        }))
    );
    // One that leaves makes room for another one.
    drop(streams.pop());
    assert!(read_all(streams, &limited).await);
    assert_eq!(model.most.load(Ordering::SeqCst), 2);
}

async fn read_all(
    streams: Vec<BoxStream<'static, Result<Delta, Error>>>,
    limited: &Limited,
) -> bool {
    let running = streams.into_iter().map(|stream| stream.collect::<Vec<_>>());
    let (_, (_, last)) = futures::join!(futures::future::join_all(running), read(limited));
    last.is_some_and(|last| last.is_ok())
}

#[tokio::test(start_paused = true)]
async fn the_wait_in_the_queue_is_part_of_the_deadline() {
    let model = puppet("busy", vec![vec![Step::Stall]; 2]);
    let limited = Arc::new(Limited::new(model, 1, 1));
    let mut first = limited.chat(ChatRequest::default());
    let _ = futures::poll!(first.next());
    let began = Instant::now();
    let (_, last) = read(&Deadline::new(limited, WAITS)).await;
    assert!(
        matches!(last, Some(Err(Error::TimedOut { .. }))),
        "{last:?}"
    );
    assert_eq!(began.elapsed().as_secs(), 30);
}

#[tokio::test]
async fn the_next_model_is_asked_only_before_a_word_was_said() {
    use Step::{End, Fail, Text, Thought};
    for (first, second, expected, by) in [
        (vec![Text, End], vec![Text, End], "字终", Some("a")),
        (vec![Fail], vec![Text, End], "字终", Some("b")),
        (vec![Thought, Fail], vec![End], "终", Some("b")),
        (vec![], vec![End], "终", Some("b")),
        (vec![Text, Fail], vec![Text, End], "字", None),
        (vec![Text], vec![Text, End], "字", None),
        (vec![Fail], vec![Fail], "", None),
    ] {
        let (a, b) = (puppet("a", [first.clone()]), puppet("b", [second]));
        let (text, last) = read(&Fallback::new(a, vec![b])).await;
        assert_eq!(text, expected, "{first:?}");
        match last.unwrap() {
            Ok(delta) => assert_eq!(delta.model.as_deref(), by, "{first:?}"),
            Err(error) => assert_eq!(
                (by, text.is_empty()),
                (None, error.to_string().contains("before it")),
                "{error}"
            ),
        }
    }
}

#[test]
fn a_list_has_the_room_of_its_tightest_model() {
    let room = |needed, context| Ok(Room { needed, context });
    let never = || Err(failure("never"));
    for (rooms, expected) in [
        (vec![room(900, 1_000), room(900, 4_000)], room(900, 1_000)),
        (vec![room(900, 4_000), room(900, 1_000)], room(900, 1_000)),
        (vec![room(900, 1_000), room(50, 100)], room(50, 100)),
        (
            vec![room(900, 4_000), room(900, 800), never()],
            room(900, 800),
        ),
        (vec![never(), room(900, 1_000)], room(900, 1_000)),
        (vec![never(), never()], never()),
    ] {
        let mut models = rooms.iter().cloned().map(Roomy::shared);
        let first = models.next().unwrap();
        let list = Fallback::new(first, models.collect());
        assert_eq!(list.room(&ChatRequest::default()), expected, "{rooms:?}");
    }
}

/// A model of which only the room matters.
struct Roomy(Result<Room, Error>);

impl Roomy {
    fn shared(room: Result<Room, Error>) -> Arc<dyn ChatModel> {
        Arc::new(Self(room))
    }
}

impl ChatModel for Roomy {
    fn name(&self) -> &str {
        "roomy"
    }

    fn chat(&self, _: ChatRequest) -> BoxStream<'static, Result<Delta, Error>> {
        stream::empty().boxed()
    }

    fn room(&self, _: &ChatRequest) -> Result<Room, Error> {
        self.0.clone()
    }
}

#[tokio::test]
async fn an_end_is_counted_once_by_its_kind() {
    use metrics_of_tests::Counted;
    let counted = Counted::default();
    let model = puppet(
        "watched",
        [
            vec![Step::Text, Step::End],
            vec![Step::Text, Step::Fail],
            vec![Step::Text],
            vec![Step::Text, Step::End],
        ],
    );
    metrics::with_local_recorder(&counted, || {
        let traced = Traced::new(model);
        for _ in 0..3 {
            futures::executor::block_on(read(&traced));
        }
        let mut dropped = traced.chat(ChatRequest::default());
        let _ = futures::executor::block_on(dropped.next());
    });
    assert_eq!(
        counted.of("chengzhi_model_requests_total"),
        ["cancelled 1", "cut off 1", "finished 1", "unavailable 1"]
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever streams do, and whenever they are dropped, all places are free at the end.
    #[test]
    fn places_come_back(
        turns in proptest::collection::vec(
            (
                proptest::collection::vec(
                    prop_oneof![
                        Just(Step::Text), Just(Step::Thought), Just(Step::Fail), Just(Step::End),
                        Just(Step::Stall), (1u64..40).prop_map(Step::After),
                    ],
                    0..6,
                ),
                0usize..6,
            ),
            1..24,
        ),
        parallel in 1usize..4,
        queue in 0usize..6,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let model = puppet("any", turns.iter().map(|(steps, _)| steps.clone()));
            let limited = Arc::new(Limited::new(model.clone(), parallel, queue));
            let stacked = Deadline::new(limited.clone(), WAITS);
            let streams = turns.iter().map(|(_, pieces)| {
                let stream = stacked.chat(ChatRequest::default());
                stream.take(*pieces).collect::<Vec<_>>()
            });
            futures::future::join_all(streams).await;
            assert!(model.most.load(Ordering::SeqCst) <= parallel);
            assert_eq!(model.running.load(Ordering::SeqCst), 0);
            assert_eq!(limited.free(), (parallel, 0));
        });
    }
}

mod metrics_of_tests {
    //! A recorder that keeps counters only.

    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex};

    use metrics::{
        Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    };

    type Counts = Arc<Mutex<BTreeMap<(String, String), u64>>>;

    #[derive(Default)]
    pub(super) struct Counted(Counts);

    struct One(Counts, (String, String));

    impl CounterFn for One {
        fn increment(&self, value: u64) {
            *self.0.lock().unwrap().entry(self.1.clone()).or_default() += value;
        }

        fn absolute(&self, _: u64) {}
    }

    impl Counted {
        /// `outcome count` of a counter, in order.
        pub(super) fn of(&self, name: &str) -> Vec<String> {
            let counts = self.0.lock().unwrap();
            let mine = counts.iter().filter(|((counter, _), _)| counter == name);
            mine.map(|((_, outcome), count)| format!("{outcome} {count}"))
                .collect()
        }
    }

    impl Recorder for Counted {
        fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

        fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
            let outcome = key.labels().find(|label| label.key() == "outcome");
            let outcome = outcome.map_or("", |label| label.value());
            let name = (key.name().to_owned(), outcome.to_owned());
            Counter::from_arc(Arc::new(One(self.0.clone(), name)))
        }

        fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
            Gauge::noop()
        }

        fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
            Histogram::noop()
        }
    }
}
