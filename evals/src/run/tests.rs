use std::sync::Mutex;

use models::{Reply, Scripted};

use super::*;
use crate::case;
use crate::script::Script;
use crate::tally::passed;

fn cases(count: usize) -> Vec<Case> {
    let line = |index: usize| {
        format!("{{\"id\":\"c{index}\",\"input\":\"q{index}\",\"ideal\":\"a{index}\"}}\n")
    };
    let read = case::read("cases.jsonl", &(0..count).map(line).collect::<String>());
    assert!(read.problems.is_empty());
    read.cases
}

fn plan(model: impl ChatModel + 'static, cases: Vec<Case>) -> Plan {
    Plan {
        subject: Subject::Model(Arc::new(model)),
        graders: vec![Grader::Exact],
        cases,
        today: jiff::civil::date(2026, 11, 21),
        epochs: 1,
        seed: 7,
        same_seed: false,
        concurrency: 4,
        patience: Duration::from_secs(5),
        done: BTreeSet::new(),
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
}

fn samples(plan: Plan) -> Vec<Sample> {
    sorted(runtime().block_on(run(plan).collect::<Vec<_>>()))
}

fn script(text: &str) -> Script {
    Script::parse("script", "script.jsonl", text).unwrap()
}

fn shown(samples: &[Sample]) -> String {
    let line = |sample: &Sample| {
        format!(
            "{} {} {:?} {} {:?}",
            sample.id,
            sample.epoch,
            sample.output,
            passed(sample),
            sample.error
        )
    };
    samples.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_model_that_fails_stalls_and_chatters_spoils_its_own_cases_only() {
    let model = script(concat!(
        "{\"when\": \"q0\", \"reply\": \"a0\"}\n",
        "{\"when\": \"q1\", \"fails\": \"down\"}\n",
        "{\"when\": \"q2\", \"stalls\": \"a\"}\n",
        "{\"when\": \"q3\", \"endless\": \"a\"}\n",
        "{\"when\": \"q4\", \"cut\": \"a4\"}\n",
        "{\"reply\": \"\\u0000NaN\"}\n",
    ));
    insta::assert_snapshot!(shown(&samples(plan(model, cases(6)))), @r#"
    c0 1 "a0" true None
    c1 1 "" false Some("model `script` is not available: down")
    c2 1 "" false Some("no answer within 5 s")
    c3 1 "" false Some("more than 65536 bytes came")
    c4 1 "" false Some("the answer broke off")
    c5 1 "\0NaN" false None
    "#);
}

/// A model that panics at its second question.
struct Panics(Mutex<u32>);

impl ChatModel for Panics {
    fn name(&self) -> &str {
        "panics"
    }

    fn chat(&self, request: ChatRequest) -> BoxStream<'static, Result<Delta, Error>> {
        let mut asked = self.0.lock().unwrap();
        *asked += 1;
        let second = *asked == 2;
        drop(asked);
        assert!(!second, "the second question");
        Scripted::turns("panics", 100, [Reply::Text("a0".into())]).chat(request)
    }

    fn room(&self, request: &ChatRequest) -> Result<Room, Error> {
        Ok(Room::estimated(request, 100))
    }
}

#[test]
fn a_panic_is_a_sample_with_an_error() {
    let model = Panics(Mutex::default());
    let samples = samples(Plan {
        concurrency: 1,
        ..plan(model, cases(3))
    });
    let wrong: Vec<bool> = samples
        .iter()
        .map(|sample| sample.error.is_some())
        .collect();
    assert_eq!(wrong, [false, true, false]);
    assert!(
        samples[1].error.as_ref().unwrap().contains("panic"),
        "{samples:?}"
    );
    assert!(!passed(&samples[1]));
}

#[test]
fn what_is_done_is_not_done_again() {
    let done = BTreeSet::from([("c0".to_owned(), 1), ("c1".to_owned(), 2)]);
    let plan = Plan {
        epochs: 2,
        done,
        ..plan(script("{\"reply\": \"a0\"}"), cases(2))
    };
    let left: Vec<(String, u32)> = samples(plan)
        .into_iter()
        .map(|it| (it.id, it.epoch))
        .collect();
    assert_eq!(left, [("c0".to_owned(), 2), ("c1".to_owned(), 1)]);
}

/// A model that says which seed it was given.
struct Seeds;

impl ChatModel for Seeds {
    fn name(&self) -> &str {
        "seeds"
    }

    fn chat(&self, request: ChatRequest) -> BoxStream<'static, Result<Delta, Error>> {
        let text = request.seed.to_string();
        Scripted::turns("seeds", 100, [Reply::Text(text)]).chat(request)
    }

    fn room(&self, request: &ChatRequest) -> Result<Room, Error> {
        Ok(Room::estimated(request, 100))
    }
}

#[test]
fn epochs_have_seeds_of_their_own_unless_they_share_one() {
    let outputs = |same_seed| -> Vec<String> {
        let plan = Plan {
            epochs: 3,
            same_seed,
            ..plan(Seeds, cases(1))
        };
        samples(plan)
            .into_iter()
            .map(|sample| sample.output)
            .collect()
    };
    assert_eq!(outputs(false), ["7", "8", "9"]);
    assert_eq!(outputs(true), ["7", "7", "7"]);
}

#[test]
fn tokens_and_time_are_counted() {
    let samples = samples(plan(script("{\"reply\": \"a0 and more\"}"), cases(1)));
    assert!(samples[0].usage.output_tokens > 1, "{samples:?}");
    assert!(samples[0].seconds >= 0.0 && samples[0].cpu_seconds.is_none());
}

#[test]
fn dropping_the_stream_ends_the_work() {
    struct Held(Arc<()>);
    impl ChatModel for Held {
        fn name(&self) -> &str {
            "held"
        }
        fn chat(&self, _: ChatRequest) -> BoxStream<'static, Result<Delta, Error>> {
            let held = self.0.clone();
            stream::once(async move {
                let _held = held;
                std::future::pending().await
            })
            .boxed()
        }
        fn room(&self, request: &ChatRequest) -> Result<Room, Error> {
            Ok(Room::estimated(request, 100))
        }
    }
    let held = Arc::new(());
    let runtime = runtime();
    runtime.block_on(async {
        let mut work = Box::pin(run(plan(Held(held.clone()), cases(3))));
        assert!(futures::poll!(work.next()).is_pending());
        tokio::task::yield_now().await;
        assert!(Arc::strong_count(&held) > 2);
        drop(work);
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert_eq!(Arc::strong_count(&held), 1);
    });
}
