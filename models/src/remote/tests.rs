//! An endpoint that misbehaves, on this machine.
#![expect(
    clippy::needless_pass_by_value,
    reason = "`json!` at the call is what makes these tests short"
)]

mod form;

use std::convert::Infallible;
use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Request};
use axum::response::Response;
use axum::routing::post;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::*;
use crate::chat::{Constraint, Message, Stop, ToolSpec, Usage};
use crate::error::Wait;
use crate::layer::{Deadline, Waits};

type Broken = Box<dyn Fn() -> Response + Send + Sync>;

type Answering = dyn Fn(usize) -> Response + Send + Sync;

/// Answers the n-th request with `answer(n)`, and keeps what it was sent.
struct Server {
    url: String,
    asked: Arc<Asked>,
}

struct Asked {
    count: AtomicUsize,
    requests: Mutex<Vec<(HeaderMap, Value)>>,
    answer: Box<Answering>,
}

impl Server {
    async fn start(answer: impl Fn(usize) -> Response + Send + Sync + 'static) -> Self {
        let asked = Arc::new(Asked {
            count: AtomicUsize::new(0),
            requests: Mutex::default(),
            answer: Box::new(answer),
        });
        let router = Router::new()
            .route("/v1/chat/completions", post(reply))
            .with_state(asked.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, asked }
    }

    fn count(&self) -> usize {
        self.asked.count.load(Ordering::SeqCst)
    }

    fn request(&self) -> (HeaderMap, Value) {
        self.requests()[0].clone()
    }

    fn requests(&self) -> Vec<(HeaderMap, Value)> {
        self.asked.requests.lock().unwrap().clone()
    }
}

async fn reply(State(asked): State<Arc<Asked>>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let value = serde_json::from_slice(&body).unwrap();
    asked.requests.lock().unwrap().push((head.headers, value));
    (asked.answer)(asked.count.fetch_add(1, Ordering::SeqCst))
}

fn status(code: u16, header: Option<(&str, &str)>, body: &str) -> Response {
    let mut response = Response::builder().status(code);
    if let Some((name, value)) = header {
        response = response.header(name, value);
    }
    response.body(Body::from(body.to_owned())).unwrap()
}

fn events(body: impl Into<Body>) -> Response {
    Response::builder()
        .header("content-type", "text/event-stream; charset=utf-8")
        .body(body.into())
        .unwrap()
}

/// `first`, and then `rest` for ever, as long as somebody listens.
fn endless(first: String, rest: String) -> Response {
    let chunks = stream::iter([first]).chain(stream::repeat(rest));
    events(Body::from_stream(chunks.map(Ok::<_, Infallible>)))
}

/// `first`, and then nothing.
fn stalling(first: String) -> Response {
    let chunks = stream::iter([first]).chain(stream::once(pending()));
    events(Body::from_stream(chunks.map(Ok::<_, Infallible>)))
}

/// `first`, and then the connection is gone.
fn breaking(first: String) -> Response {
    let chunks = [Ok(first), Err(std::io::Error::other("gone"))];
    // The beginning reaches the wire before the end does.
    let chunks = stream::iter(chunks).then(|chunk| async {
        tokio::task::yield_now().await;
        chunk
    });
    events(Body::from_stream(chunks))
}

fn event(value: Value) -> String {
    format!("data: {value}\n\n")
}

fn piece(delta: Value) -> String {
    event(json!({"choices": [{"index": 0, "delta": delta, "finish_reason": null}]}))
}

fn text(text: &str) -> String {
    piece(json!({"content": text}))
}

fn end(reason: &str) -> String {
    let usage = json!({"prompt_tokens": 7, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 5}});
    event(json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}))
        + &event(json!({"choices": [], "usage": usage}))
        + "data: [DONE]\n\n"
}

fn whole(content: &str) -> Response {
    events(text(content) + &end("stop"))
}

fn access(url: &str) -> Access {
    Access {
        name: "far".into(),
        endpoint: Endpoint {
            url: url.into(),
            model: "m".into(),
            key: Some("FAR_KEY".into()),
            supports: [Support::Tools, Support::Schema, Support::Regex].into(),
        },
        context: 4_096,
        key: Key::new("sk-secret\n"),
        patience: Patience {
            first_wait: Duration::from_millis(1),
            longest_wait: Duration::from_millis(4),
            ..Patience::default()
        },
        seed: 1,
    }
}

fn remote(url: &str) -> Remote {
    Remote::open(access(url)).unwrap()
}

fn question() -> ChatRequest {
    ChatRequest {
        messages: vec![
            Message::system("s"),
            Message::user("张三住在和澜市中山路九号"),
        ],
        max_tokens: 64,
        ..ChatRequest::default()
    }
}

fn with_tool() -> ChatRequest {
    ChatRequest {
        tools: vec![ToolSpec {
            name: "weather".into(),
            description: "d".into(),
            parameters: json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}),
        }],
        ..question()
    }
}

async fn read(
    model: &dyn ChatModel,
    request: ChatRequest,
) -> (String, Result<Option<Delta>, Error>) {
    let mut stream = model.chat(request);
    let (mut text, mut last) = (String::new(), None);
    while let Some(item) = stream.next().await {
        match item {
            Ok(delta) => {
                text.push_str(&delta.text);
                last = Some(delta);
            }
            Err(error) => {
                assert!(
                    stream.next().await.is_none(),
                    "nothing comes after an error"
                );
                return (text, Err(error));
            }
        }
    }
    (text, Ok(last))
}

fn kind(error: &Error) -> &'static str {
    match error {
        Error::Unavailable { .. } => "unavailable",
        Error::Request { .. } => "request",
        Error::Garbage { .. } => "garbage",
        Error::TimedOut { .. } => "timed out",
        _ => "other",
    }
}

#[tokio::test]
async fn an_answer_comes_in_pieces_and_ends_with_its_cost() {
    let endpoint = Server::start(|_| {
        events(
            piece(json!({"role": "assistant", "content": ""}))
                + ": ping\n\n"
                + &piece(json!({"reasoning_content": "想", "content": null}))
                + &text("<think>再想</think>\n第")
                + &text("九条。")
                + &end("stop"),
        )
    })
    .await;
    let (said, last) = read(&remote(&endpoint.url), question()).await;
    let last = last.unwrap().unwrap();
    assert_eq!((said.as_str(), last.stop), ("第九条。", Some(Stop::End)));
    let usage = Usage {
        input_tokens: 7,
        cached_tokens: 5,
        output_tokens: 3,
    };
    assert_eq!(last.usage, Some(usage));
    let (headers, body) = endpoint.request();
    assert_eq!(headers["authorization"], "Bearer sk-secret");
    assert_eq!(
        (&body["model"], &body["stream"]),
        (&json!("m"), &json!(true))
    );
}

#[tokio::test]
async fn without_a_key_none_is_sent() {
    let endpoint = Server::start(|_| whole("好")).await;
    let open = Access {
        key: None,
        ..access(&endpoint.url)
    };
    read(&Remote::open(open).unwrap(), question())
        .await
        .1
        .unwrap();
    assert!(!endpoint.request().0.contains_key("authorization"));
}

#[tokio::test]
async fn fragments_of_calls_are_joined() {
    let fragment = |value: Value| piece(json!({"tool_calls": [value]}));
    let body = fragment(
        json!({"index": 0, "id": "a", "function": {"name": "weather", "arguments": ""}}),
    ) + &fragment(json!({"index": 0, "function": {"arguments": "{\"city\": \"和"}}))
        + &fragment(
            json!({"index": 1, "id": "a", "function": {"name": "weather", "arguments": "{\"city\": \"b\"}"}}),
        )
        + &fragment(json!({"index": 0, "function": {"arguments": "澜\"}"}}))
        + &end("stop");
    let endpoint = Server::start(move |_| events(body.clone())).await;
    let last = read(&remote(&endpoint.url), with_tool())
        .await
        .1
        .unwrap()
        .unwrap();
    assert_eq!(last.stop, Some(Stop::ToolCalls));
    let calls: Vec<_> = last
        .tool_calls
        .iter()
        .map(|call| (call.id.as_str(), call.arguments.to_string()))
        .collect();
    assert_eq!(
        calls,
        [
            ("a", r#"{"city":"和澜"}"#.to_owned()),
            ("call_1", r#"{"city":"b"}"#.to_owned())
        ]
    );
}

/// What is answered every time, what the error is, whether it is tried again, and a word of the reason.
#[tokio::test]
async fn every_fault_has_its_kind() {
    let long = "长".repeat(90_000);
    let call = |arguments: &str| {
        piece(
            json!({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "weather", "arguments": arguments}}]}),
        ) + &end("tool_calls")
    };
    let cases: Vec<(&str, Broken, &str, usize, &str)> = vec![
        (
            "500",
            Box::new(|| status(500, None, "oops")),
            "unavailable",
            1,
            "500",
        ),
        (
            "503",
            Box::new(|| status(503, None, "{}")),
            "unavailable",
            3,
            "503",
        ),
        (
            "429",
            Box::new(|| {
                status(
                    429,
                    Some(("retry-after", "0")),
                    r#"{"error":{"message":"slow down"}}"#,
                )
            }),
            "unavailable",
            3,
            "slow down",
        ),
        (
            "429, come back in an hour",
            Box::new(|| status(429, Some(("retry-after", "3600")), "")),
            "unavailable",
            1,
            "429",
        ),
        (
            "400",
            Box::new(|| status(400, None, r#"{"error":{"message":"too long"}}"#)),
            "request",
            1,
            "too long",
        ),
        (
            "400 with the request in it",
            Box::new(|| {
                status(
                    400,
                    None,
                    r#"{"error":{"message":"bad input: 张三住在和澜市中山路九号"}}"#,
                )
            }),
            "request",
            1,
            "left out",
        ),
        (
            "401",
            Box::new(|| status(401, None, r#"{"error":"sk-secret is wrong"}"#)),
            "unavailable",
            1,
            "FAR_KEY",
        ),
        (
            "404",
            Box::new(|| status(404, None, "")),
            "unavailable",
            1,
            "/v1",
        ),
        (
            "redirect",
            Box::new(|| status(307, Some(("location", "http://127.0.0.1:9/v1")), "")),
            "unavailable",
            1,
            "remote.url",
        ),
        (
            "a page",
            Box::new(|| status(200, Some(("content-type", "text/html")), "<html>")),
            "garbage",
            1,
            "event stream",
        ),
        (
            "nothing",
            Box::new(|| events("")),
            "unavailable",
            3,
            "empty",
        ),
        (
            "no JSON",
            Box::new(|| events("data: hello\n\n")),
            "garbage",
            1,
            "no JSON",
        ),
        (
            "other JSON",
            Box::new(|| events("data: {\"choices\": 5}\n\n")),
            "garbage",
            1,
            "chunk",
        ),
        (
            "cut off",
            Box::new(|| events(text("半"))),
            "unavailable",
            1,
            "closed",
        ),
        (
            "dropped",
            Box::new(|| breaking(text("半"))),
            "unavailable",
            1,
            "broke",
        ),
        (
            "without end",
            Box::new(|| endless(text("长"), text("长"))),
            "garbage",
            1,
            "without end",
        ),
        (
            "pings without end",
            Box::new(|| endless(text("长"), ": ping\n\n".repeat(999))),
            "garbage",
            1,
            "without end",
        ),
        (
            "a huge line",
            Box::new(move || events(text(&long))),
            "garbage",
            1,
            "line",
        ),
        (
            "empty answer",
            Box::new(|| whole("")),
            "garbage",
            1,
            "empty",
        ),
        (
            "only thoughts",
            Box::new(|| events(text("<think>想") + &end("length"))),
            "garbage",
            1,
            "max_tokens",
        ),
        (
            "leaked thoughts",
            Box::new(|| whole("想</think>好")),
            "garbage",
            1,
            "reasoning-parser",
        ),
        (
            "filtered",
            Box::new(|| events(text("好") + &end("content_filter"))),
            "unavailable",
            1,
            "filter",
        ),
        (
            "error in the stream",
            Box::new(|| {
                events(text("好") + &event(json!({"error": {"message": "out of memory"}})))
            }),
            "unavailable",
            1,
            "out of memory",
        ),
        (
            "arguments that do not fit",
            Box::new(move || events(call(r#"{"city": 1}"#))),
            "garbage",
            1,
            "weather",
        ),
        (
            "arguments that are cut",
            Box::new(move || events(call(r#"{"city""#))),
            "garbage",
            1,
            "no JSON",
        ),
        (
            "arguments that are a list",
            Box::new(move || events(call("[]"))),
            "garbage",
            1,
            "no JSON object",
        ),
    ];
    for (name, answer, expected, attempts, word) in cases {
        let endpoint = Server::start(move |_| answer()).await;
        let (_, result) = read(&remote(&endpoint.url), with_tool()).await;
        let error = result.expect_err(name);
        let message = format!("{error} {error:?}");
        assert_eq!(kind(&error), expected, "{name}: {message}");
        assert_eq!(endpoint.count(), attempts, "{name}: {message}");
        assert!(message.contains(word), "{name}: {message}");
        assert!(
            !message.contains("sk-secret") && !message.contains("张三"),
            "{name}: {message}"
        );
    }
}

#[tokio::test]
async fn a_refused_connection_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let error = read(&remote(&url), question()).await.1.unwrap_err();
    assert_eq!(kind(&error), "unavailable");
    assert!(error.to_string().contains("cannot connect"), "{error}");
}

#[tokio::test]
async fn a_reset_before_the_answer_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let accepted = Arc::new(AtomicUsize::new(0));
    let count = accepted.clone();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            drop(connection);
        }
    });
    let error = read(&remote(&url), question()).await.1.unwrap_err();
    assert_eq!(kind(&error), "unavailable", "{error}");
    assert_eq!(accepted.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn what_passes_by_is_waited_for() {
    for code in [408, 429, 502, 503, 504] {
        let endpoint = Server::start(move |asked| match asked {
            0 | 1 => status(code, None, ""),
            _ => whole("好"),
        })
        .await;
        let (said, last) = read(&remote(&endpoint.url), question()).await;
        last.unwrap();
        assert_eq!((said.as_str(), endpoint.count()), ("好", 3));
    }
}

#[tokio::test]
async fn an_endpoint_that_fails_is_left_alone_for_a_while() {
    let endpoint = Server::start(|_| status(500, None, "")).await;
    let mut access = access(&endpoint.url);
    access.patience.failures = 2;
    let remote = Remote::open(access).unwrap();
    for _ in 0..5 {
        let error = read(&remote, question()).await.1.unwrap_err();
        assert_eq!(kind(&error), "unavailable");
    }
    assert_eq!(endpoint.count(), 2);
}

#[tokio::test]
async fn constraints_are_checked_whatever_the_server_says() {
    let schema = Constraint::JsonSchema(json!({"type": "object", "required": ["queries"]}));
    let regex = Constraint::Regex("[0-9]+日".into());
    let lark = Constraint::Lark("start: \"a\"".into());
    for (constraint, answer, expected) in [
        (schema.clone(), "{\"queries\": []}", "good"),
        (schema.clone(), "{\"queries\": ", "garbage"),
        (schema, "{}", "garbage"),
        (regex.clone(), "30日", "good"),
        (regex, "三十日", "garbage"),
        (Constraint::Regex("(".into()), "", "request"),
        (lark, "a", "request"),
        (Constraint::Tool, "a", "garbage"),
    ] {
        let endpoint = Server::start(move |_| whole(answer)).await;
        let request = ChatRequest {
            constraint: Some(constraint.clone()),
            ..with_tool()
        };
        let (_, result) = read(&remote(&endpoint.url), request).await;
        let found = result.as_ref().map_or_else(kind, |_| "good");
        assert_eq!(found, expected, "{constraint:?} {answer}: {result:?}");
        assert_eq!(endpoint.count(), usize::from(expected != "request"));
    }
}

#[tokio::test]
async fn what_does_not_fit_the_context_is_not_sent() {
    let endpoint = Server::start(|_| whole("好")).await;
    let request = ChatRequest {
        max_tokens: 4_090,
        ..question()
    };
    let error = read(&remote(&endpoint.url), request).await.1.unwrap_err();
    assert_eq!((kind(&error), endpoint.count()), ("request", 0));
    assert!(error.to_string().contains("4096"), "{error}");
}

#[tokio::test]
async fn a_stall_ends_at_the_deadline() {
    for (first, expected) in [(String::new(), Wait::FirstToken), (text("半"), Wait::Idle)] {
        let first = format!(": hello\n\n{first}");
        let endpoint = Server::start(move |_| stalling(first.clone())).await;
        let waits = Waits {
            first_token: Duration::from_millis(200),
            idle: Duration::from_millis(200),
            total: Duration::from_secs(60),
        };
        let model = Deadline::new(Arc::new(remote(&endpoint.url)), waits);
        let error = read(&model, question()).await.1.unwrap_err();
        let Error::TimedOut { wait, .. } = error else {
            panic!("{error}")
        };
        assert_eq!(wait, expected);
    }
}

#[tokio::test]
async fn a_dropped_stream_ends_the_request() {
    let (sender, ended) = oneshot::channel::<()>();
    let sender = Mutex::new(Some(sender));
    let endpoint = Server::start(move |_| {
        let sender = sender.lock().unwrap().take();
        let rest = stream::once(async move {
            pending::<()>().await;
            drop(sender);
            String::new()
        });
        let chunks = stream::iter([text("半")]).chain(rest);
        events(Body::from_stream(chunks.map(Ok::<_, Infallible>)))
    })
    .await;
    let mut stream = remote(&endpoint.url).chat(question());
    stream.next().await.unwrap().unwrap();
    drop(stream);
    // The sender is dropped with the body, when the server sees that nobody reads it.
    let ended = tokio::time::timeout(Duration::from_secs(5), ended).await;
    assert!(ended.expect("the request goes on").is_err());
}

#[test]
fn a_key_is_shown_to_nobody() {
    let access = access("http://127.0.0.1:9/v1");
    assert!(!format!("{access:?}").contains("sk-secret"));
    let line = format!("{:?}", Remote::open(access).unwrap().endpoint.line);
    assert!(!line.contains("sk-secret"), "{line}");
    assert_eq!(Key::new(" \n"), None);
    assert_eq!(Key::new("a b"), None);
    assert_eq!(Key::new("键"), None);
}
