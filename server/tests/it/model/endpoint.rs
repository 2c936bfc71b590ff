//! Endpoints that break, hang, and talk nonsense; and one that does as it should.

use std::convert::Infallible;
use std::future::pending;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use server::settings::Settings;
use tokio::net::TcpListener;
use tower::ServiceExt;

use super::{TURNS, assert_checked, only, place_of, work};
use crate::http::world::{World, server_events, streamed};

const QUESTION: &str = "楼道能堆杂物吗？";

/// What the second rule of the test's city says.
const FACT: &str = "禁止在楼道堆放杂物";

/// What the endpoint does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conduct {
    /// Answers with a sentence of the passages, cited.
    Well,
    /// The connection is gone in the middle.
    Killed,
    /// Says something and then nothing.
    Stalled,
    /// Takes the request and says nothing at all.
    Silent,
    /// Sends what is no event of the protocol.
    Garbage,
    /// A page for people.
    Page,
    /// Says that it has failed.
    Failing,
    /// Says what no passage says.
    Wrong,
    /// Ends without an end.
    Cut,
}

/// An endpoint on this machine.
pub(super) struct Endpoint {
    pub(super) url: String,
    last: Arc<Mutex<Option<Instant>>>,
}

impl Endpoint {
    pub(super) async fn start(conduct: Conduct) -> Self {
        let last: Arc<Mutex<Option<Instant>>> = Arc::default();
        let router = Router::new()
            .route("/v1/chat/completions", post(reply))
            .with_state((conduct, last.clone()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, last }
    }

    /// The manifest of a model behind it.
    pub(super) fn manifest(&self) -> String {
        format!(
            "title = 'Far'\nlicence = 'MIT'\ncontext = 8192\n[remote]\nmodel = 'm'\nurl = '{}'\nsupports = ['regex']\n",
            self.url
        )
    }

    /// When it was asked last.
    pub(super) fn last(&self) -> Option<Instant> {
        *self.last.lock().unwrap()
    }

    /// Puts the manifest into the data directory.
    pub(super) fn place(&self, settings: &Settings) {
        let folder = settings.data.directory.as_ref().unwrap().join("models/far");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("model.toml"), self.manifest()).unwrap();
    }

    fn serve(&self, settings: &mut Settings) {
        self.place(settings);
        settings.models.large = vec!["far".into()];
        settings.models.first_token_s = NonZeroU32::new(FIRST_TOKEN).unwrap();
        settings.models.idle_s = NonZeroU32::new(IDLE).unwrap();
    }
}

/// Seconds to the first word, and between words.
const FIRST_TOKEN: u32 = 2;
const IDLE: u32 = 1;

type Shared = State<(Conduct, Arc<Mutex<Option<Instant>>>)>;

async fn reply(State((conduct, last)): Shared, body: String) -> Response {
    let asked: Value = serde_json::from_str(&body).unwrap();
    *last.lock().unwrap() = Some(Instant::now());
    let begun = text("应当自");
    match conduct {
        Conduct::Well => events([text(&cited(&asked)) + &end()]),
        Conduct::Wrong => events([text("楼道可以堆放杂物，罚款五万元。[1]") + &end()]),
        Conduct::Cut => events([begun]),
        Conduct::Garbage => events(["data: {\"choices\": [{\"de\n\n".to_owned()]),
        Conduct::Page => Response::new(Body::from("<html>hello</html>")),
        Conduct::Failing => {
            let response = Response::builder().status(500);
            response.body(Body::from("out of memory")).unwrap()
        }
        Conduct::Silent => pending().await,
        Conduct::Stalled => {
            let pieces = stream::iter([begun]).chain(stream::once(pending()));
            body_of(pieces.map(Ok::<_, Infallible>))
        }
        Conduct::Killed => {
            // The beginning reaches the wire before the end does.
            let pieces = [Ok(begun), Err(std::io::Error::other("killed"))];
            body_of(stream::iter(pieces).then(|piece| async {
                tokio::task::yield_now().await;
                piece
            }))
        }
    }
}

/// The fact with the mark of the passage that has it.
fn cited(asked: &Value) -> String {
    let evidence = asked["messages"][0]["content"].as_str().unwrap();
    let (before, _) = evidence.split_once(FACT).expect("the passage was sent");
    let (_, mark) = before.rsplit_once("\n[").unwrap();
    let (number, _) = mark.split_once(']').unwrap();
    format!("{FACT}。[{number}]")
}

fn body_of<E: Into<axum::BoxError> + 'static>(
    pieces: impl futures::Stream<Item = Result<String, E>> + Send + 'static,
) -> Response {
    let response = Response::builder().header("content-type", "text/event-stream");
    response.body(Body::from_stream(pieces)).unwrap()
}

fn events<const N: usize>(pieces: [String; N]) -> Response {
    body_of(stream::iter(pieces).map(Ok::<_, Infallible>))
}

fn text(text: &str) -> String {
    let choice = json!({"index": 0, "delta": {"content": text}, "finish_reason": null});
    format!("data: {}\n\n", json!({ "choices": [choice] }))
}

fn end() -> String {
    let choice = json!({"index": 0, "delta": {}, "finish_reason": "stop"});
    format!(
        "data: {}\n\ndata: [DONE]\n\n",
        json!({ "choices": [choice] })
    )
}

/// The events of an answer, and when the last one was there.
async fn asked(world: &World) -> (Vec<(String, Value)>, Instant) {
    let request = streamed(TURNS, &json!({ "question": QUESTION }));
    let response = world.router.clone().oneshot(request).await.unwrap();
    let mut body = response.into_body().into_data_stream();
    let (mut text, mut last) = (Vec::new(), Instant::now());
    while let Some(piece) = body.next().await {
        last = Instant::now();
        text.extend_from_slice(&piece.unwrap());
    }
    (server_events(std::str::from_utf8(&text).unwrap()), last)
}

/// How long after what the endpoint did last a fault can be known.
fn known_after(conduct: Conduct) -> Duration {
    let seconds = match conduct {
        Conduct::Silent => FIRST_TOKEN,
        Conduct::Stalled => IDLE,
        Conduct::Well
        | Conduct::Killed
        | Conduct::Garbage
        | Conduct::Page
        | Conduct::Failing
        | Conduct::Wrong
        | Conduct::Cut => 0,
    };
    Duration::from_secs(seconds.into())
}

/// What a machine that is busy with other things adds is no matter of the program.
const ATTEMPTS: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn when_an_endpoint_fails_the_quoted_answer_stands_within_half_a_second() {
    let without = World::new(work()).await;
    let (plain, _) = asked(&without).await;
    let plain = only(&plain, "done");
    assert!(!plain["sentences"].as_array().unwrap().is_empty());
    let cases = [
        (Conduct::Killed, "unavailable"),
        (Conduct::Stalled, "late"),
        (Conduct::Silent, "late"),
        (Conduct::Garbage, "unfit"),
        (Conduct::Page, "unfit"),
        (Conduct::Failing, "unavailable"),
        (Conduct::Wrong, "unfit"),
        (Conduct::Cut, "unavailable"),
    ];
    for (conduct, cause) in cases {
        let mut quickest = Duration::MAX;
        for _ in 0..ATTEMPTS {
            let endpoint = Endpoint::start(conduct).await;
            let world = World::with(work(), |settings| endpoint.serve(settings)).await;
            let (events, at) = asked(&world).await;
            judge(&events, plain, conduct, cause);
            let last = endpoint.last().expect("it was asked");
            quickest = quickest.min(at.saturating_duration_since(last + known_after(conduct)));
            world.app.store.verify().await.unwrap();
            if quickest < Duration::from_millis(500) {
                break;
            }
        }
        assert!(
            quickest < Duration::from_millis(500),
            "{conduct:?}: {quickest:?}"
        );
    }
}

#[track_caller]
fn judge(events: &[(String, Value)], plain: &Value, conduct: Conduct, cause: &str) {
    let done = only(events, "done");
    let degraded = only(events, "degraded");
    assert_eq!(
        (&degraded["task"], &degraded["cause"]),
        (&json!("wording"), &json!(cause)),
        "{conduct:?}"
    );
    assert_eq!(degraded["reason"], "", "why is for the record");
    assert!(
        place_of(events, "quoted") < place_of(events, "degraded"),
        "{conduct:?}"
    );
    assert_eq!(
        only(events, "quoted")["sentences"],
        plain["sentences"],
        "{conduct:?}"
    );
    assert_eq!(done["sentences"], plain["sentences"], "{conduct:?}");
    assert_eq!(done["mode"], "off", "{conduct:?}");
    assert!(
        done["degraded"]
            .as_str()
            .is_some_and(|text| !text.is_empty()),
        "{conduct:?}"
    );
}

#[tokio::test]
async fn an_endpoint_that_nobody_listens_at_is_one_that_fails() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", free.local_addr().unwrap());
    drop(free);
    let endpoint = Endpoint {
        url,
        last: Arc::default(),
    };
    let world = World::with(work(), |settings| endpoint.serve(settings)).await;
    let (events, _) = asked(&world).await;
    assert_eq!(only(&events, "degraded")["cause"], "unavailable");
    assert_eq!(
        only(&events, "done")["sentences"],
        only(&events, "quoted")["sentences"]
    );
}

#[tokio::test]
async fn words_that_pass_the_check_replace_the_quoted_ones() {
    let endpoint = Endpoint::start(Conduct::Well).await;
    let world = World::with(work(), |settings| endpoint.serve(settings)).await;
    let (events, _) = asked(&world).await;
    assert!(place_of(&events, "quoted") < place_of(&events, "done"));
    assert_eq!(place_of(&events, "degraded"), None);
    let (quoted, done) = (only(&events, "quoted"), only(&events, "done"));
    assert_ne!(quoted["sentences"], done["sentences"]);
    assert_eq!(
        (&done["mode"], &done["degraded"]),
        (&json!("far"), &Value::Null)
    );
    let sentences = done["sentences"].as_array().unwrap();
    assert_eq!(sentences.len(), 1);
    assert_eq!(
        (&sentences[0]["text"], &sentences[0]["worded_by"]),
        (&json!(format!("{FACT}。")), &json!("far"))
    );
    assert_checked(done, QUESTION);
}

/// Whoever does not read events waits as long as the model may take, and gets an answer and no error.
#[tokio::test]
async fn an_answer_in_one_piece_waits_for_the_deadlines_of_the_model() {
    let endpoint = Endpoint::start(Conduct::Stalled).await;
    let world = World::with(work(), |settings| {
        endpoint.serve(settings);
        settings.server.timeout_s = 0;
    })
    .await;
    let got = world.post(TURNS, &json!({ "question": QUESTION })).await;
    assert_eq!(got.status, 200, "{}", got.text());
    assert!(got.json()["degraded"].is_string());
}
