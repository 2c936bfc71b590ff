//! A hub that misbehaves on purpose.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::Response;
use futures::StreamExt;

/// What the server does with one request.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// Answers as it should.
    Serve,
    /// Cuts the connection after so many bytes of the answer.
    Drop(usize),
    /// Goes silent after so many bytes of the answer.
    Stall(usize),
    /// Sends the whole file, whatever range was asked for.
    IgnoreRange,
    /// Sends the whole file up to so many bytes, whatever range was asked for.
    IgnoreRangeAndDrop(usize),
    /// Changes one byte.
    WrongByte,
    /// Answers with this status.
    Status(u16),
    /// Sends the client elsewhere.
    Redirect(String),
    /// A sign-in page.
    WebPage,
    /// Without a length, for ever.
    Endless,
    /// The right bytes in small pieces with pauses.
    Slow,
}

/// One request as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) path: String,
    pub(super) range: Option<String>,
    pub(super) token: Option<String>,
}

#[derive(Clone)]
pub(super) struct Server {
    pub(super) address: String,
    pub(super) acts: Arc<Mutex<VecDeque<Act>>>,
    pub(super) asked: Arc<Mutex<Vec<Asked>>>,
    pub(super) content: Arc<Vec<u8>>,
    pub(super) headers: Arc<Mutex<HeaderMap>>,
}

impl Server {
    /// Does `acts`, one for each request, and then as it should.
    pub(super) async fn start(acts: impl IntoIterator<Item = Act>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            acts: Arc::new(Mutex::new(acts.into_iter().collect())),
            asked: Arc::default(),
            content: Arc::new(content()),
            headers: Arc::default(),
        };
        let router = axum::Router::new()
            .fallback(answer)
            .with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        server
    }

    pub(super) fn says(&self, name: &'static str, value: &str) {
        self.headers
            .lock()
            .unwrap()
            .insert(name, value.parse().unwrap());
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(super) fn ranges(&self) -> Vec<Option<String>> {
        self.asked().into_iter().map(|asked| asked.range).collect()
    }
}

async fn answer(Shared(server): Shared<Server>, uri: Uri, headers: HeaderMap) -> Response {
    let text = |name: header::HeaderName| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    server.asked.lock().unwrap().push(Asked {
        path: uri.path().to_owned(),
        range: text(header::RANGE),
        token: text(header::AUTHORIZATION),
    });
    let act = server
        .acts
        .lock()
        .unwrap()
        .pop_front()
        .unwrap_or(Act::Serve);
    let mut all = server.content.as_ref().clone();
    let asked = text(header::RANGE).and_then(|range| {
        range
            .strip_prefix("bytes=")?
            .strip_suffix('-')?
            .parse::<usize>()
            .ok()
    });
    let whole = matches!(act, Act::IgnoreRange | Act::IgnoreRangeAndDrop(_));
    let from = asked.filter(|_| !whole).unwrap_or(0);
    let mut response = Response::builder();
    response
        .headers_mut()
        .unwrap()
        .extend(server.headers.lock().unwrap().clone());
    let body = match act {
        Act::Status(status) => return response.status(status).body(Body::empty()).unwrap(),
        Act::Redirect(place) => {
            return response
                .status(302)
                .header("location", place)
                .body(Body::empty())
                .unwrap();
        }
        Act::WebPage => {
            return response
                .header("content-type", "text/html; charset=utf-8")
                .body("<html>".into())
                .unwrap();
        }
        Act::Endless => {
            let pieces = futures::stream::repeat_with(|| {
                Ok::<_, std::io::Error>(Bytes::from(vec![7; 1 << 20]))
            });
            return response.body(Body::from_stream(pieces)).unwrap();
        }
        Act::WrongByte => {
            all[20_000] ^= 1;
            pieces(&all[from..], None, Duration::ZERO)
        }
        Act::Drop(after) => pieces(&all[from..from + after], Some(true), Duration::ZERO),
        Act::IgnoreRangeAndDrop(after) => pieces(&all[..after], Some(true), Duration::ZERO),
        Act::Stall(after) => pieces(&all[from..from + after], Some(false), Duration::ZERO),
        Act::Slow => pieces(&all[from..], None, Duration::from_millis(1)),
        Act::Serve | Act::IgnoreRange => {
            if from >= all.len() {
                response = response
                    .status(416)
                    .header("content-range", format!("bytes */{}", all.len()));
                return response.body(Body::empty()).unwrap();
            }
            pieces(&all[from..], None, Duration::ZERO)
        }
    };
    if asked.is_some() && !whole {
        let range = format!("bytes {from}-{}/{}", all.len() - 1, all.len());
        response = response
            .status(StatusCode::PARTIAL_CONTENT)
            .header("content-range", range);
    }
    response
        .header("content-length", all.len() - from)
        .body(body)
        .unwrap()
}

/// `bytes` in pieces, and then the end, a broken connection or silence.
fn pieces(bytes: &[u8], broken: Option<bool>, pause: Duration) -> Body {
    let pieces: Vec<_> = bytes.chunks(4_096).map(Bytes::copy_from_slice).collect();
    let pieces = futures::stream::iter(pieces).then(move |piece| async move {
        tokio::time::sleep(pause).await;
        Ok::<_, std::io::Error>(piece)
    });
    match broken {
        None => Body::from_stream(pieces),
        Some(true) => {
            // What was sent before must have left the buffer.
            let end = futures::stream::once(async {
                tokio::time::sleep(Duration::from_millis(5)).await;
                Err(std::io::Error::other("cut"))
            });
            Body::from_stream(pieces.chain(end))
        }
        Some(false) => Body::from_stream(pieces.chain(futures::stream::pending())),
    }
}

pub(super) fn content() -> Vec<u8> {
    (0..100_000_u32)
        .map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect()
}
