//! A model at an OpenAI-compatible endpoint, by `async-openai` over a transport of our own.
//!
//! Only what may succeed a little later is tried again, and only before the answer has begun; nothing is hedged. The
//! request is sent as it is given: personal data in it leaves this machine, so whoever builds it masks it before.
//! Errors and logs hold no text of a request, no text of an answer, and no key.

mod answer;
mod body;
mod breaker;
mod check;
mod failure;
mod lines;
mod thoughts;
mod transport;

use std::collections::BTreeSet;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt, TryStreamExt};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use reqwest::Url;
use reqwest::header::HeaderValue;
use serde_json::Value;
use tower::ServiceBuilder;

use self::answer::Answer;
use self::breaker::Breaker;
use self::check::Check;
use self::failure::{Failure, unavailable};
use self::transport::{Fault, Line, Post, Retrying};
use crate::chat::{ChatModel, ChatRequest, Delta, Role, Room};
use crate::error::Error;
use crate::hub::{Endpoint, Support};

/// A model at an endpoint.
pub struct Remote {
    endpoint: Arc<Served>,
}

/// How an endpoint is reached, and how patiently.
#[derive(Debug, Clone)]
pub struct Access {
    /// Name of the model, for answers and logs.
    pub name: String,
    /// The endpoint, as its manifest says.
    pub endpoint: Endpoint,
    /// Tokens of a request and its answer together.
    pub context: u32,
    /// The key, if the server wants one.
    pub key: Option<Key>,
    /// How patiently.
    pub patience: Patience,
    /// Spreads the retries of many callers; best different in every process.
    pub seed: u64,
}

/// How often and how long an endpoint is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Until a connection stands.
    pub connect: Duration,
    /// Further attempts after the first.
    pub retries: u32,
    /// Before the second attempt; then twice as long each time.
    pub first_wait: Duration,
    /// Between two attempts. A server that asks for more is not tried again.
    pub longest_wait: Duration,
    /// After so many failed attempts in a row nothing is sent for a while.
    pub failures: u32,
    /// That while.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            retries: 2,
            first_wait: Duration::from_millis(250),
            longest_wait: Duration::from_secs(5),
            failures: 6,
            pause: Duration::from_secs(15),
        }
    }
}

/// A key. It is shown to the endpoint and to nobody else.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// The key in `text`, or none where it can be none: empty, or with characters that no header can hold.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let visible = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        visible.then(|| Self(text.to_owned()))
    }

    fn reveal(&self) -> &str {
        &self.0
    }

    fn header(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(&format!("Bearer {}", self.0)).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(***)")
    }
}

/// What all requests share.
struct Served {
    name: String,
    /// Name of the model at the server.
    model: String,
    supports: BTreeSet<Support>,
    context: u32,
    config: OpenAIConfig,
    line: Arc<Line>,
}

impl Remote {
    /// Makes ready; nothing is sent before a request is.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when this machine cannot make connections of that kind.
    pub fn open(access: Access) -> Result<Self, Error> {
        let name = access.name;
        let wrong = |reason: String| unavailable(&name, reason);
        let http = http(&access.endpoint.url, access.patience.connect).map_err(wrong)?;
        // Everything is said here, since the defaults are read from variables that are meant for other programs. The
        // key is added where a request is sent.
        let config = OpenAIConfig::default()
            .with_api_base(access.endpoint.url.trim_end_matches('/'))
            .with_api_key("")
            .with_org_id("")
            .with_project_id("");
        let line = Line {
            model: name.clone(),
            http,
            key: access.key,
            variable: access.endpoint.key,
            breaker: Arc::new(Breaker::new(
                access.patience.failures,
                access.patience.pause,
            )),
            patience: access.patience,
            jitter: Mutex::new(ChaCha8Rng::seed_from_u64(access.seed)),
        };
        let endpoint = Arc::new(Served {
            name,
            model: access.endpoint.model,
            supports: access.endpoint.supports,
            context: access.context,
            config,
            line: Arc::new(line),
        });
        Ok(Self { endpoint })
    }
}

impl ChatModel for Remote {
    fn name(&self) -> &str {
        &self.endpoint.name
    }

    fn chat(&self, request: ChatRequest) -> BoxStream<'static, Result<Delta, Error>> {
        stream::once(ask(self.endpoint.clone(), request))
            .try_flatten()
            .boxed()
    }

    /// An estimate: the vocabulary of the server's model is not known here.
    fn room(&self, request: &ChatRequest) -> Result<Room, Error> {
        Ok(Room::estimated(request, self.endpoint.context))
    }
}

/// A client with certificates of this machine, which follows no redirect. Proxies are those of the environment, but not
/// for this machine itself.
fn http(url: &str, connect: Duration) -> Result<reqwest::Client, String> {
    // Somebody else may have installed one; any will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut client = reqwest::Client::builder()
        .connect_timeout(connect)
        .redirect(reqwest::redirect::Policy::none())
        .tcp_nodelay(true);
    let url = Url::parse(url).map_err(|error| format!("`remote.url` is no address: {error}"))?;
    let host = url.host_str().unwrap_or_default();
    if host == "localhost" || host.starts_with("127.") || host == "[::1]" {
        client = client.no_proxy();
    }
    client
        .build()
        .map_err(|error| error.without_url().to_string())
}

type Chunks = Pin<Box<dyn Stream<Item = Result<Value, async_openai::error::OpenAIError>> + Send>>;

async fn ask(
    served: Arc<Served>,
    mut request: ChatRequest,
) -> Result<impl Stream<Item = Result<Delta, Error>>, Error> {
    let room = Room::estimated(&request, served.context);
    if !room.fits() {
        return Err(served.refused(format!(
            "it takes up to {} tokens with its answer, and the context holds {}",
            room.needed, room.context
        )));
    }
    if request.form_optional
        && let Some(constraint) = &request.constraint
        && !body::holds(&served.supports, constraint)
    {
        request.constraint = None;
    }
    let reading = match served.read(&request).await {
        // A server may refuse a form that its manifest promises. This is the same request, within the same deadline.
        Err(Error::Request { reason, .. })
            if request.form_optional && request.constraint.is_some() =>
        {
            tracing::warn!(model = served.name, "asked without its form: {reason}");
            request.constraint = None;
            served.read(&request).await
        }
        reading => reading,
    };
    Ok(stream::unfold(Some(reading?), |reading| async {
        reading?.next().await
    }))
}

impl Served {
    fn refused(&self, reason: String) -> Error {
        Error::Request {
            model: self.name.clone(),
            reason,
        }
    }

    /// Sends `request`, and has the beginning of an answer.
    async fn read(&self, request: &ChatRequest) -> Result<Reading, Error> {
        let check = Check::new(request).map_err(|reason| self.refused(reason))?;
        let body = body::body(&self.model, &self.supports, request)
            .map_err(|reason| self.refused(reason))?;
        let fault = Fault::default();
        let client = self.client(fault.clone(), request.max_tokens);
        let failed = |failure: Failure| without_echo(failure.error, request);
        let chunks = client
            .chat()
            .create_stream_byot::<_, Value>(body)
            .await
            .map_err(|error| failed(Failure::client(&self.name, error)))?;
        Ok(Reading {
            answer: Answer::new(&self.name, check, request.thinking),
            chunks,
            fault,
            request: request.clone(),
            model: self.name.clone(),
        })
    }

    fn client(&self, fault: Fault, max_tokens: u32) -> Client<OpenAIConfig> {
        // A chunk of vLLM with one token takes some 300 bytes.
        const FRAME: usize = 1 << 20;
        const TOKEN: usize = 2 << 10;
        let service = ServiceBuilder::new()
            .retry(Retrying {
                line: self.line.clone(),
                retries: 0,
            })
            .service(Post {
                line: self.line.clone(),
                fault,
                bytes: FRAME.saturating_add(TOKEN.saturating_mul(max_tokens as usize)),
            });
        Client::build(self.line.http.clone(), self.config.clone()).with_http_service(service)
    }
}

/// An answer that is being read.
struct Reading {
    answer: Answer,
    chunks: Chunks,
    fault: Fault,
    request: ChatRequest,
    model: String,
}

impl Reading {
    async fn next(mut self) -> Option<(Result<Delta, Error>, Option<Self>)> {
        loop {
            match self.chunks.next().await {
                Some(Ok(chunk)) => match self.answer.take(chunk) {
                    Ok(Some(delta)) => return Some((Ok(delta), Some(self))),
                    Ok(None) => {}
                    Err(error) => return Some((Err(without_echo(error, &self.request)), None)),
                },
                Some(Err(error)) => {
                    let failure = self.fault.get().cloned();
                    let failure = failure.unwrap_or_else(|| Failure::client(&self.model, error));
                    return Some((Err(failure.error), None));
                }
                None => return Some((self.answer.finish(), None)),
            }
        }
    }
}

/// A server that repeats what it was sent does not bring it into our logs.
fn without_echo(mut error: Error, request: &ChatRequest) -> Error {
    /// So many characters in a row are no accident.
    const RUN: usize = 8;
    if let Error::Unavailable { reason, .. }
    | Error::Request { reason, .. }
    | Error::Garbage { reason, .. } = &mut error
    {
        let said = |content: &str| {
            let characters: Vec<char> = content.chars().collect();
            let mut runs = characters.windows(RUN);
            runs.any(|run| reason.contains(&run.iter().collect::<String>()))
        };
        let private = request
            .messages
            .iter()
            .filter(|message| message.role != Role::System);
        if private.clone().any(|message| said(&message.content)) {
            *reason = "the server's message repeats the request and is left out".into();
        }
    }
    error
}

#[cfg(test)]
mod tests;
