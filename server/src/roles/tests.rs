//! What is asked for, what can be used, and how many share it.

use std::collections::VecDeque;

use futures::executor::block_on;
use futures::future::join_all;
use models::{Scripted, Stop};
use tokio::sync::mpsc;

use super::*;
use crate::catalog::Catalog;
use crate::embedded::Origin;
use crate::settings::Settings;

const REMOTE: &str = "title = 'a'\nlicence = 'b'\ncontext = 4096\n[remote]\nmodel = 'm'\nurl = 'http://127.0.0.1:9/v1'\n";

fn roles(small: &[&str], large: &[&str]) -> (Roles, Vec<Problem>) {
    let data = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("one", REMOTE.to_owned()),
        ("two", REMOTE.to_owned()),
        (
            "locked",
            format!("{REMOTE}key = 'CHENGZHI_TEST_NO_SUCH_KEY'\n"),
        ),
    ] {
        let folder = model_folder(data.path(), name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("model.toml"), text).unwrap();
    }
    let mut catalog = Catalog::load(Origin::Embedded);
    catalog.add_models(data.path());
    let mut settings = Settings::default_of(&Origin::Embedded).unwrap().models;
    settings.small = small.iter().map(|name| (*name).to_owned()).collect();
    settings.large = large.iter().map(|name| (*name).to_owned()).collect();
    (
        Roles::open(&settings, &catalog.models, data.path()),
        Roles::check(&settings, &catalog.models, data.path()),
    )
}

#[test]
fn nothing_is_configured_unless_somebody_does() {
    let (roles, problems) = roles(&[], &[]);
    assert!(roles.models.small.is_none() && roles.models.large.is_none());
    assert!(roles.ready.is_empty() && roles.problems.is_empty() && problems.is_empty());
}

#[test]
fn a_role_is_the_first_of_its_list_that_can_be_used() {
    let (roles, _) = roles(&["one"], &["missing", "two", "one"]);
    assert_eq!(roles.models.small.unwrap().name(), "one");
    assert_eq!(roles.models.large.unwrap().name(), "two");
    assert_eq!(roles.ready, ["one", "two"]);
}

#[test]
fn what_cannot_be_used_is_named_with_what_to_do() {
    let (roles, problems) = roles(&["missing", "locked"], &["qwen3-0.6b"]);
    assert!(roles.ready.is_empty());
    assert_eq!(roles.problems, problems);
    for (problem, words) in problems.iter().zip([
        ["models/missing", "chengzhi model list"],
        ["models/locked", "CHENGZHI_TEST_NO_SUCH_KEY"],
        ["models/qwen3-0.6b", "chengzhi model pull qwen3-0.6b"],
    ]) {
        let text = problem.to_string();
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
    }
    assert_eq!(problems.len(), 3);
}

#[test]
fn a_role_without_a_model_that_can_be_used_says_so_when_it_is_asked() {
    let (roles, _) = roles(&["missing", "locked"], &["locked"]);
    for (model, name) in [
        (roles.models.small, "missing"),
        (roles.models.large, "locked"),
    ] {
        let model = model.expect("it was asked for");
        let request = ChatRequest::default();
        assert!(model.room(&request).unwrap().fits());
        let said: Vec<_> = block_on(model.chat(request).collect());
        assert!(
            matches!(&said[..], [Err(Error::Unavailable { model, .. })] if model == name),
            "{said:?}"
        );
    }
}

#[test]
fn a_model_whose_opening_panics_leaves_the_others() {
    let mut settings = Settings::default_of(&Origin::Embedded).unwrap().models;
    settings.large = vec!["broken".into(), "whole".into()];
    let roles = Roles::of(&settings, |name| match name {
        "broken" => panic!("a table of 0 rows"),
        name => Ok(Arc::new(Scripted::new(name, ["甲。[1]"]))),
    });
    assert_eq!(roles.ready, ["whole"]);
    assert_eq!(roles.models.large.unwrap().name(), "whole");
    let problem = roles.problems[0].to_string();
    assert!(
        problem.contains("models/broken") && problem.contains("a table of 0 rows"),
        "{problem}"
    );
}

/// A model that says a word to sixteen at a time and takes turns among all whom it has, as the schedule of a local one
/// does.
struct TakingTurns {
    asked: mpsc::UnboundedSender<mpsc::UnboundedSender<Delta>>,
}

/// Words of an answer, and words said at a time.
const WORDS: usize = 200;
const SLOTS: usize = 16;

impl TakingTurns {
    fn start() -> Self {
        let (asked, mut coming) = mpsc::unbounded_channel::<mpsc::UnboundedSender<Delta>>();
        tokio::spawn(async move {
            let mut waiting = VecDeque::new();
            let mut clock = tokio::time::interval(Duration::from_millis(100));
            loop {
                clock.tick().await;
                while let Ok(listener) = coming.try_recv() {
                    waiting.push_back((listener, WORDS));
                }
                let speaking: Vec<_> = waiting.drain(..SLOTS.min(waiting.len())).collect();
                for (listener, left) in speaking {
                    let stop = (left == 1).then_some(Stop::End);
                    let heard = listener.send(Delta {
                        text: "字".into(),
                        stop,
                        ..Delta::default()
                    });
                    if heard.is_ok() && left > 1 {
                        waiting.push_back((listener, left - 1));
                    }
                }
            }
        });
        Self { asked }
    }
}

impl ChatModel for TakingTurns {
    fn name(&self) -> &str {
        "taking turns"
    }

    fn chat(&self, _: ChatRequest) -> BoxStream<'static, Result<Delta, Error>> {
        let (say, hear) = mpsc::unbounded_channel();
        self.asked.send(say).unwrap();
        stream::unfold(hear, |mut hear| async move {
            hear.recv().await.map(|delta| (Ok(delta), hear))
        })
        .boxed()
    }

    fn room(&self, request: &ChatRequest) -> Result<Room, Error> {
        Ok(Room::estimated(request, 8_192))
    }
}

fn local() -> Backend {
    let manifest = "title = 'a'\nlicence = 'b'\ncontext = 4096\n[local]\nsource = 'a/b'\nfiles = [{ path = 'm.gguf' }]\n";
    models::hub::Manifest::parse("model.toml", manifest)
        .unwrap()
        .backend
}

/// Sixty-four people with the default settings: all hear a word before the deadline, for a local model shares its time
/// among those who wait, too.
#[tokio::test(start_paused = true)]
async fn sixty_four_share_a_local_model_and_nobody_is_late() {
    let settings = Settings::default_of(&Origin::Embedded).unwrap().models;
    let waits = waits(&settings);
    let model = limited(Arc::new(TakingTurns::start()), &local(), &settings);
    let model = Deadline::new(Arc::new(model), waits);
    let people = (0..64).map(|_| model.chat(ChatRequest::default()).collect::<Vec<_>>());
    for heard in join_all(people).await {
        let last = heard.last().unwrap();
        assert!(last.is_ok(), "{last:?}");
        assert_eq!(heard.len(), WORDS);
    }
}

/// The queue is as long as ever: one more is told how many wait.
#[tokio::test(start_paused = true)]
async fn beyond_the_queue_of_a_local_model_one_is_told_so() {
    let settings = Settings::default_of(&Origin::Embedded).unwrap().models;
    let model = limited(Arc::new(TakingTurns::start()), &local(), &settings);
    let mut people: Vec<_> = (0..80)
        .map(|_| model.chat(ChatRequest::default()))
        .collect();
    for person in &mut people {
        let _ = futures::poll!(person.next());
    }
    let told = model.chat(ChatRequest::default()).next().await.unwrap();
    assert!(
        matches!(told, Err(Error::Busy { waiting: 64, .. })),
        "{told:?}"
    );
}
