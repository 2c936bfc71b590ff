//! Writes `docs/failures.md`: what people see, and when, while a model is killed, stalls or returns garbage.

use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

use serde_json::Value;
use server::embedded::Origin;
use server::settings::Settings;

use super::endpoint::{Conduct, Endpoint};
use super::failing::{Failing, Fault, timed, untimed};
use super::{only, with_tiny, work};
use crate::http::world::World;

const COMMAND: &str =
    "RUST_BACKTRACE=0 cargo test --workspace --test it -- failures_are_shown --ignored";
const QUESTION: &str = "租房押金房东不退怎么办？";

/// One run.
struct Run {
    model: &'static str,
    fault: &'static str,
    events: Vec<(String, Value, Instant)>,
    began: Instant,
    /// When the model did what was wrong; none where it was at work to the end.
    failed: Option<Instant>,
}

async fn run(
    model: &'static str,
    fault: &'static str,
    world: &World,
    failed: impl FnOnce() -> Option<Instant>,
) -> Run {
    let demo = server::prepare::demo(&world.app.data, &world.app.catalog, &mut |_, _| true);
    demo.unwrap();
    // Once for the disk.
    let search = serde_json::json!({ "question": "和澜市住房租赁管理办法第九百条" });
    world.post(super::TURNS, &search).await;
    let began = Instant::now();
    let events = timed(world, QUESTION).await;
    Run {
        model,
        fault,
        events,
        began,
        failed: failed(),
    }
}

async fn at_an_endpoint(fault: &'static str, conduct: Conduct) -> Run {
    let endpoint = Endpoint::start(conduct).await;
    let world = World::with(work(), |settings| {
        endpoint.place(settings);
        settings.models.large = vec!["far".into()];
    })
    .await;
    run("endpoint", fault, &world, || endpoint.last()).await
}

async fn in_this_process(name: &str, what: &'static str, fault: Fault) -> Run {
    let failing = Failing::new(name, fault, with_the_usual_deadlines).await;
    run("in this process", what, &failing.world, || {
        failing.at.get().copied()
    })
    .await
}

fn with_the_usual_deadlines(settings: &mut Settings) {
    let usual = Settings::default_of(&Origin::Embedded).unwrap().models;
    settings.models.first_token_s = usual.first_token_s;
    settings.models.idle_s = usual.idle_s;
    settings.models.total_s = usual.total_s;
}

async fn garbage_in_this_process() -> Run {
    let world = World::with(work(), |settings| {
        with_tiny(settings);
        with_the_usual_deadlines(settings);
    })
    .await;
    run(
        "in this process",
        "random weights: it writes garbage",
        &world,
        || None,
    )
    .await
}

impl Run {
    fn row(&self) -> String {
        let after = |at: Instant| at.saturating_duration_since(self.began).as_millis();
        let when = |name: &str| {
            let event = self.events.iter().find(|event| event.0 == name);
            after(event.unwrap_or_else(|| panic!("no `{name}`")).2)
        };
        let events = untimed(&self.events);
        let (quoted, done) = (only(&events, "quoted"), only(&events, "done"));
        assert_eq!(done["sentences"], quoted["sentences"]);
        let sentences = done["sentences"].as_array().unwrap().len();
        let failed = self
            .failed
            .map_or_else(|| "-".to_owned(), |at| after(at).to_string());
        format!(
            "| {} | {} | {} | {failed} | {} | {sentences} | {} |",
            self.model,
            self.fault,
            when("quoted"),
            when("done"),
            done["degraded"].as_str().unwrap(),
        )
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute and writes `docs/failures.md`: see the command there"]
async fn failures_are_shown() {
    let runs = [
        at_an_endpoint("killed while it answers", Conduct::Killed).await,
        at_an_endpoint("stalls while it answers", Conduct::Stalled).await,
        at_an_endpoint("takes the question and says nothing", Conduct::Silent).await,
        at_an_endpoint("returns garbage", Conduct::Garbage).await,
        at_an_endpoint("says what no clause says", Conduct::Wrong).await,
        in_this_process(
            "shown-killed",
            "its thread is killed while it answers",
            Fault::Killed,
        )
        .await,
        in_this_process(
            "shown-stalled",
            "its thread stalls while it answers",
            Fault::Stalled,
        )
        .await,
        garbage_in_this_process().await,
    ];
    let mut text = format!(
        "# When a model fails\n\n\
        What a person sees who asks {QUESTION} in the demo city, in milliseconds after the question was sent, while the model\n\
        that is to word the answer fails. Whatever it does, the quoted answer was there before and stands, and says why. The\n\
        deadlines are those of `config/default.toml`: 30 s to the first word, 10 s between two, 120 s in all.\n\n\
        Written by `{COMMAND}`, a build for tests, on\n\
        {} cores; the tests in `server/tests/it/model/` hold each answer to 500 ms after its fault can be known.\n\n\
        | model | what happened to it | quoted answer shown | the model failed | answer complete | sentences | and says |\n\
        |---|---|--:|--:|--:|--:|---|\n",
        std::thread::available_parallelism().map_or(1, usize::from)
    );
    for run in &runs {
        writeln!(text, "{}", run.row()).unwrap();
    }
    println!("{text}");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/failures.md");
    std::fs::write(file, text).unwrap();
}
