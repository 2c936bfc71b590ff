//! HTTP below `async-openai`, as Tower services: one attempt, guarded to its last byte, and further attempts before the
//! answer has begun. Nothing here is hedged: there is one request at a time.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use async_openai::middleware::HttpRequestFactory;
use futures::stream;
use futures::{Stream, StreamExt, TryStreamExt};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Body, Response};
use tower::retry::Policy;

use super::breaker::{Attempt, Breaker};
use super::failure::{Failure, garbage, unavailable, words};
use super::lines::Lines;
use super::{Key, Patience};

/// What all requests to one endpoint share.
#[derive(Debug)]
pub(super) struct Line {
    /// Name of the model, for errors.
    pub(super) model: String,
    pub(super) http: reqwest::Client,
    pub(super) key: Option<Key>,
    /// Environment variable of the key, for errors.
    pub(super) variable: Option<String>,
    pub(super) breaker: Arc<Breaker>,
    pub(super) patience: Patience,
    /// Spreads the retries of many callers.
    pub(super) jitter: Mutex<ChaCha8Rng>,
}

/// Where a stream leaves why it ended: `async-openai` passes only text on.
pub(super) type Fault = Arc<OnceLock<Failure>>;

type Pending<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// One attempt.
#[derive(Clone)]
pub(super) struct Post {
    pub(super) line: Arc<Line>,
    pub(super) fault: Fault,
    /// Most bytes of an answer.
    pub(super) bytes: usize,
}

impl tower::Service<HttpRequestFactory> for Post {
    type Response = Response;
    type Error = Failure;
    type Future = Pending<Result<Response, Failure>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequestFactory) -> Self::Future {
        Box::pin(self.clone().send(request))
    }
}

impl Post {
    async fn send(self, request: HttpRequestFactory) -> Result<Response, Failure> {
        let model = &self.line.model;
        let attempt = self
            .line
            .breaker
            .enter()
            .map_err(|left| paused(model, left))?;
        match self.begin(request).await {
            Ok((first, rest)) => self.guard(attempt, first, rest),
            Err((failure, alive)) => {
                if alive {
                    attempt.answered();
                } else {
                    attempt.failed();
                }
                Err(failure)
            }
        }
    }

    /// Everything up to the first bytes of the answer. A failure says whether the endpoint is alive all the same.
    async fn begin(
        &self,
        request: HttpRequestFactory,
    ) -> Result<(Vec<u8>, Response), (Failure, bool)> {
        let model = &self.line.model;
        let broken = |error| (Failure::transport(model, error), false);
        let request = request.build().await;
        let mut request = request.map_err(|error| (Failure::client(model, error), true))?;
        request.headers_mut().remove(AUTHORIZATION);
        if let Some(key) = self.line.key.as_ref().and_then(Key::header) {
            request.headers_mut().insert(AUTHORIZATION, key);
        }
        let mut response = self.line.http.execute(request).await.map_err(broken)?;
        let status = response.status();
        if !status.is_success() {
            let after = retry_after(response.headers());
            let key = self.line.key.as_ref().map(Key::reveal);
            let words = words(&beginning(&mut response).await, key);
            let variable = self.line.variable.as_deref();
            let failure = Failure::status(model, status, after, &words, variable);
            return Err((failure, !status.is_server_error()));
        }
        if !is_event_stream(response.headers()) {
            return Err((
                Failure::lasting(garbage(
                    model,
                    "the server answers with something else than an event stream\nhint: `remote.url` ends in `/v1`, and the server must be able to stream",
                )),
                false,
            ));
        }
        match response.chunk().await.map_err(broken)? {
            Some(first) => Ok((first.to_vec(), response)),
            None => Err((Failure::broken(model, "an empty answer".into()), false)),
        }
    }

    /// The same answer, watched.
    fn guard(self, attempt: Attempt, first: Vec<u8>, rest: Response) -> Result<Response, Failure> {
        let model = self.line.model.clone();
        let rest = rest.bytes_stream().map_ok(|bytes| bytes.to_vec());
        let chunks = stream::iter([Ok(first)]).chain(rest);
        let watched = Watched {
            chunks: Box::pin(chunks),
            lines: Lines::new(self.bytes),
            attempt: Some(attempt),
            fault: self.fault,
            model: model.clone(),
        };
        let body = Body::wrap_stream(stream::try_unfold(watched, Watched::next));
        http::Response::builder()
            .header(CONTENT_TYPE, "text/event-stream")
            .body(body)
            .map(Response::from)
            .map_err(|error| Failure::lasting(unavailable(&model, error.to_string())))
    }
}

type Chunks = Pin<Box<dyn Stream<Item = reqwest::Result<Vec<u8>>> + Send>>;

/// A body that is read along.
struct Watched {
    chunks: Chunks,
    lines: Lines,
    /// Until it is known how it went.
    attempt: Option<Attempt>,
    fault: Fault,
    model: String,
}

impl Watched {
    async fn next(mut self) -> Result<Option<(Vec<u8>, Self)>, Failure> {
        let failure = match self.chunks.try_next().await {
            Ok(Some(bytes)) => match self.lines.push(&bytes) {
                Ok(()) => {
                    if let Some(attempt) = &mut self.attempt {
                        attempt.heard();
                    }
                    if self.lines.done() {
                        self.ended(Attempt::answered);
                    }
                    return Ok(Some((bytes, self)));
                }
                Err(wrong) => Failure::lasting(garbage(&self.model, wrong)),
            },
            Ok(None) => {
                self.ended(Attempt::answered);
                return Ok(None);
            }
            Err(error) => Failure::transport(&self.model, error),
        };
        self.ended(Attempt::failed);
        let _ = self.fault.set(failure.clone());
        Err(failure)
    }

    fn ended(&mut self, how: fn(Attempt)) {
        if let Some(attempt) = self.attempt.take() {
            how(attempt);
        }
    }
}

fn paused(model: &str, left: Duration) -> Failure {
    Failure::lasting(unavailable(
        model,
        format!(
            "it failed several times in a row and is asked again in {} s",
            left.as_secs_f64().ceil()
        ),
    ))
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|value| value.trim().eq_ignore_ascii_case("text/event-stream"))
}

/// As much of an error body as is read, and for as long.
async fn beginning(response: &mut Response) -> Vec<u8> {
    const BYTES: usize = 64 * 1024;
    const TIME: Duration = Duration::from_secs(2);
    let mut body = Vec::new();
    let read = async {
        while let Ok(Some(chunk)) = response.chunk().await {
            body.extend_from_slice(&chunk);
            if body.len() > BYTES {
                break;
            }
        }
    };
    // A body that is cut is no JSON and says nothing; the status does.
    let _ = tokio::time::timeout(TIME, read).await;
    body
}

/// `Retry-After`, in seconds or as a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?;
    let date = SystemTime::from(date.timestamp());
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

/// Tries again, a little later, what may succeed then. An answer that has begun is never asked for again.
#[derive(Clone)]
pub(super) struct Retrying {
    pub(super) line: Arc<Line>,
    /// Attempts made so far beyond the first.
    pub(super) retries: u32,
}

impl Policy<HttpRequestFactory, Response, Failure> for Retrying {
    type Future = Pending<()>;

    fn retry(
        &mut self,
        _: &mut HttpRequestFactory,
        result: &mut Result<Response, Failure>,
    ) -> Option<Self::Future> {
        let patience = self.line.patience;
        let failure = result.as_ref().err()?;
        if !failure.transient || self.retries >= patience.retries {
            return None;
        }
        let wait = match failure.after {
            Some(after) if after > patience.longest_wait => return None,
            Some(after) => after.max(self.wait()),
            None => self.wait(),
        };
        self.retries += 1;
        tracing::debug!(
            model = self.line.model,
            retry = self.retries,
            wait = wait.as_secs_f64(),
            "{failure}"
        );
        Some(Box::pin(tokio::time::sleep(wait)))
    }

    fn clone_request(&mut self, request: &HttpRequestFactory) -> Option<HttpRequestFactory> {
        Some(request.clone())
    }
}

impl Retrying {
    /// Twice as long each time, and between half of that and all of it, so that callers do not come back together.
    fn wait(&self) -> Duration {
        let patience = self.line.patience;
        let longest = patience
            .first_wait
            .saturating_mul(1 << self.retries.min(16))
            .min(patience.longest_wait);
        let mut jitter = self
            .line
            .jitter
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        longest.mul_f64(jitter.random_range(0.5..=1.0))
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use tokio::time::Instant;

    use super::*;

    fn retrying(seed: u64) -> Retrying {
        let patience = Patience::default();
        Retrying {
            line: Arc::new(Line {
                model: "far".into(),
                http: super::super::http("http://127.0.0.1:9", patience.connect).unwrap(),
                key: None,
                variable: None,
                breaker: Arc::new(Breaker::new(patience.failures, patience.pause)),
                patience,
                jitter: Mutex::new(ChaCha8Rng::seed_from_u64(seed)),
            }),
            retries: 0,
        }
    }

    /// Seconds that `policy` waits after `failure`, or none when it gives up.
    async fn waited(policy: &mut Retrying, failure: &Failure) -> Option<f64> {
        let mut request = HttpRequestFactory::new(std::future::pending);
        let pause = policy.retry(&mut request, &mut Err(failure.clone()))?;
        let began = Instant::now();
        pause.await;
        Some(began.elapsed().as_secs_f64())
    }

    fn failure(after: Option<u64>) -> Failure {
        Failure {
            after: after.map(Duration::from_secs),
            ..Failure::broken("far", "gone".into())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn waits_grow_differ_by_seed_and_end() {
        let mut first = Vec::new();
        for seed in 0..20 {
            let mut policy = retrying(seed);
            let waits = [
                waited(&mut policy, &failure(None)).await.unwrap(),
                waited(&mut policy, &failure(None)).await.unwrap(),
            ];
            assert_eq!(waited(&mut policy, &failure(None)).await, None);
            assert!((0.125..=0.252).contains(&waits[0]), "{waits:?}");
            assert!((0.25..=0.502).contains(&waits[1]), "{waits:?}");
            first.push((waits[0] * 1_000.0) as u64);
        }
        first.dedup();
        assert!(first.len() > 10, "{first:?}");
        let again = waited(&mut retrying(0), &failure(None)).await.unwrap();
        assert_eq!((again * 1_000.0) as u64, first[0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_says_when_is_heard() {
        let wait = waited(&mut retrying(1), &failure(Some(3))).await.unwrap();
        assert!((3.0..3.1).contains(&wait), "{wait}");
        assert_eq!(waited(&mut retrying(1), &failure(Some(3_600))).await, None);
        let lasting = Failure::lasting(garbage("far", "no"));
        assert_eq!(waited(&mut retrying(1), &lasting).await, None);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let of = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().unwrap());
            retry_after(&headers)
        };
        assert_eq!(of("7"), Some(Duration::from_secs(7)));
        assert_eq!(of("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        assert!(of("Wed, 06 Nov 2999 08:49:37 GMT").is_some_and(|wait| wait.as_secs() > 1 << 30));
        assert_eq!(of("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
