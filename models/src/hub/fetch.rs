//! One file over HTTP: goes on where it stopped, tries again what may pass, refuses what may not be.
//!
//! Redirects are followed here and not by the client, because the token may not go along to another host.

use std::time::Duration;

use futures::StreamExt;
use reqwest::header::{self, HeaderMap};
use reqwest::{Client, Response, StatusCode, Url};

use super::address::{Hub, host, shown};
use super::part::Part;
use super::{Expected, Step, megabytes};
use crate::error::Error;

/// How long a server is waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// Until a connection stands.
    pub(super) connect: Duration,
    /// Between two pieces of an answer.
    pub(super) idle: Duration,
    /// Tries in a row that bring nothing new.
    pub(super) tries: u32,
    /// Before the second try; doubled before each further one, up to 64 times.
    pub(super) pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            idle: Duration::from_secs(30),
            tries: 6,
            pause: Duration::from_millis(500),
        }
    }
}

/// A file that does not say how long it is may have so many bytes.
const UNSTATED: u64 = 64 << 20;
const REDIRECTS: usize = 5;
/// A server may not ask for a longer pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(120);

/// Fetches files from one hub.
pub(super) struct Fetcher<'a> {
    /// Where from.
    pub(super) hub: &'a Hub,
    client: Client,
    patience: Patience,
    /// Free bytes for the part at hand; none where that is not known.
    pub(super) space: fn(&Part) -> Option<u64>,
    /// Host that is talked to.
    host: Option<String>,
}

/// What was learned from the hub about a file that is whole now.
pub(super) struct Fetched {
    /// SHA-256 that the hub states.
    pub(super) sha256: Option<String>,
    /// Commit of the repository.
    pub(super) commit: Option<String>,
}

/// Why a try broke off.
enum Broken {
    /// Another try may bring it.
    Passing {
        reason: String,
        pause: Option<Duration>,
    },
    /// No other try will.
    Lasting(Error),
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self::Lasting(error)
    }
}

/// An answer after redirects, with what the hub itself said on the way.
struct Answer {
    response: Response,
    stated: Stated,
}

#[derive(Default)]
struct Stated {
    sha256: Option<String>,
    commit: Option<String>,
}

pub(super) type Tell<'a> = dyn FnMut(Step<'_>) + Send + 'a;

impl<'a> Fetcher<'a> {
    pub(super) fn new(hub: &'a Hub, patience: Patience) -> Result<Self, Error> {
        // Another part of the program may have done it before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(patience.connect)
            .read_timeout(patience.idle)
            .user_agent(concat!("chengzhi/", env!("CARGO_PKG_VERSION")));
        if hub.is_here() {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| Error::Fetch {
            address: format!("from {}", hub.host()),
            reason: format!(
                "{}\nhint: https needs the certificates of the system, on Debian the package `ca-certificates`",
                causes(&error)
            ),
        })?;
        Ok(Self {
            hub,
            client,
            patience,
            space: |part| fs4::available_space(part.path().parent()?).ok(),
            host: None,
        })
    }

    /// Fetches `address` into `part`, until it is whole. Its hash is not compared here with what is expected, but a hub
    /// that announces another one is not asked for the content.
    pub(super) async fn fetch(
        &mut self,
        address: &Url,
        expected: &Expected,
        part: &mut Part,
        tell: &mut Tell<'_>,
    ) -> Result<Fetched, Error> {
        let (mut tries, mut best) = (0, part.length());
        loop {
            let (reason, pause) = match self.attempt(address, expected, part, tell).await {
                Ok(fetched) => return Ok(fetched),
                Err(Broken::Lasting(error)) => return Err(error),
                Err(Broken::Passing { reason, pause }) => (reason, pause),
            };
            if part.length() > best {
                (tries, best) = (0, part.length());
            }
            tries += 1;
            if tries >= self.patience.tries {
                return Err(Error::Fetch {
                    address: shown(address),
                    reason: format!(
                        "{reason}; given up after {tries} tries\nhint: {} are kept, the same command goes on from there",
                        megabytes(part.length())
                    ),
                });
            }
            let own = self.patience.pause * (1 << (tries - 1).min(6));
            let pause = pause.map_or(own, |asked| asked.clamp(own, LONGEST_PAUSE.max(own)));
            tell(Step::Again {
                reason: &reason,
                pause,
            });
            tokio::time::sleep(pause).await;
        }
    }

    async fn attempt(
        &mut self,
        address: &Url,
        expected: &Expected,
        part: &mut Part,
        tell: &mut Tell<'_>,
    ) -> Result<Fetched, Broken> {
        let Answer { response, stated } = self.open(address, part.length(), tell).await?;
        let refuse = |reason: String| {
            Broken::Lasting(Error::Fetch {
                address: shown(address),
                reason,
            })
        };
        if let (Some(theirs), Some(ours)) = (&stated.sha256, &expected.sha256)
            && theirs != ours
        {
            return Err(refuse(expected.other(&format!(
                "the hub announces a file with the hash {theirs}"
            ))));
        }
        let fetched = Fetched {
            sha256: stated.sha256,
            commit: stated.commit,
        };
        let label = fetched
            .sha256
            .clone()
            .or_else(|| text(response.headers(), header::ETAG));
        let status = response.status();
        let total = match status {
            StatusCode::RANGE_NOT_SATISFIABLE => {
                if range(response.headers()).is_some_and(|range| range.total == Some(part.length()))
                {
                    return Ok(fetched);
                }
                part.restart()?;
                return Err(passing("what is there is longer than the file"));
            }
            StatusCode::PARTIAL_CONTENT => {
                let range =
                    range(response.headers()).filter(|range| range.first == Some(part.length()));
                let (Some(range), true) = (range, may_go_on(part, label.as_deref())) else {
                    part.restart()?;
                    return Err(passing("the file has changed since it was begun"));
                };
                range.total
            }
            _ => {
                // The whole file comes, whatever was asked for.
                part.restart()?;
                response.content_length()
            }
        };
        if let Some(reason) = unusable(response.headers()) {
            return Err(refuse(reason));
        }
        if let (Some(total), Some(bytes)) = (total, expected.bytes)
            && total != bytes
        {
            return Err(refuse(
                expected.other(&format!("the file has {total} bytes there")),
            ));
        }
        self.check_space(part, total)?;
        part.set_label(label.as_deref())?;
        receive(response, total, part, tell, &refuse).await?;
        Ok(fetched)
    }

    /// The answer at the end of redirects; only answers that carry the file, or 416.
    async fn open(
        &mut self,
        address: &Url,
        from: u64,
        tell: &mut Tell<'_>,
    ) -> Result<Answer, Broken> {
        let (mut place, mut stated) = (address.clone(), Stated::default());
        for _ in 0..=REDIRECTS {
            let name = host(&place);
            if self.host.as_ref() != Some(&name) {
                tell(Step::Connect { host: &name });
                self.host = Some(name);
            }
            let mut request = self
                .client
                .get(place.clone())
                .header(header::ACCEPT_ENCODING, "identity");
            if let Some(token) = self.hub.token_for(&place) {
                request = request.bearer_auth(token);
            }
            if from > 0 {
                request = request.header(header::RANGE, format!("bytes={from}-"));
            }
            let response = request
                .send()
                .await
                .map_err(|error| passing(causes(&error)))?;
            if self.hub.is_origin_of(&place) {
                stated.learn(response.headers());
            }
            let status = response.status();
            if status == StatusCode::OK
                || status == StatusCode::PARTIAL_CONTENT && from > 0
                || status == StatusCode::RANGE_NOT_SATISFIABLE && from > 0
            {
                return Ok(Answer { response, stated });
            }
            if !status.is_redirection() {
                return Err(refused(self.hub, &place, &response));
            }
            place = target(&place, response.headers()).map_err(|reason| {
                Broken::Lasting(Error::Fetch {
                    address: shown(&place),
                    reason,
                })
            })?;
        }
        Err(Broken::Lasting(Error::Fetch {
            address: shown(address),
            reason: format!(
                "more than {REDIRECTS} redirects\nhint: another mirror may answer, `--mirror` or `HF_ENDPOINT`"
            ),
        }))
    }

    fn check_space(&self, part: &Part, total: Option<u64>) -> Result<(), Error> {
        let (Some(total), Some(free)) = (total, (self.space)(part)) else {
            return Ok(());
        };
        let needed = total.saturating_sub(part.length());
        if needed <= free {
            return Ok(());
        }
        Err(super::file_error(
            part.path(),
            format!(
                "{} are needed and {} are free\nhint: make space, or name another data directory with `--data DIR`",
                megabytes(needed),
                megabytes(free)
            ),
        ))
    }
}

async fn receive(
    response: Response,
    total: Option<u64>,
    part: &mut Part,
    tell: &mut Tell<'_>,
    refuse: &(dyn Fn(String) -> Broken + Sync),
) -> Result<(), Broken> {
    let limit = total.unwrap_or(UNSTATED);
    let mut pieces = response.bytes_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| passing(causes(&error)))?;
        if part.length() + piece.len() as u64 > limit {
            part.restart()?;
            return Err(refuse(format!(
                "more than {limit} bytes came\nhint: another mirror may have the file, `--mirror` or `HF_ENDPOINT`"
            )));
        }
        part.append(&piece)?;
        tell(Step::Bytes {
            done: part.length(),
            total,
        });
    }
    match total {
        Some(total) if part.length() < total => {
            Err(passing("the connection ended before the file did"))
        }
        Some(_) | None => Ok(()),
    }
}

impl Stated {
    /// What Hugging Face says of a file before it sends the client elsewhere.
    fn learn(&mut self, headers: &HeaderMap) {
        let hash = text(headers, "x-linked-etag").map(|tag| tag.trim_matches('"').to_lowercase());
        let is_hash =
            |tag: &String| tag.len() == 64 && tag.bytes().all(|byte| byte.is_ascii_hexdigit());
        self.sha256 = hash.filter(is_hash).or(self.sha256.take());
        let is_commit = |commit: &String| {
            commit.len() <= 64 && commit.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        self.commit = text(headers, "x-repo-commit")
            .filter(is_commit)
            .or(self.commit.take());
    }
}

fn passing(reason: impl Into<String>) -> Broken {
    Broken::Passing {
        reason: reason.into(),
        pause: None,
    }
}

/// Whether what comes is of the same file as what is there, as far as the server says.
fn may_go_on(part: &Part, label: Option<&str>) -> bool {
    match (part.label(), label) {
        (Some(old), Some(new)) => old == new,
        (None, _) | (_, None) => true,
    }
}

/// Where a redirect leads.
fn target(place: &Url, headers: &HeaderMap) -> Result<Url, String> {
    let location = text(headers, header::LOCATION).ok_or("a redirect without an address")?;
    let next = place
        .join(&location)
        .map_err(|error| format!("a redirect to no address: {error}"))?;
    match (place.scheme(), next.scheme()) {
        (_, "https") | ("http", "http") => Ok(next),
        (_, "http") => Err(format!(
            "a redirect to {}, without encryption, is not followed",
            host(&next)
        )),
        (_, other) => Err(format!(
            "a redirect to a `{other}:` address is not followed"
        )),
    }
}

/// What an answer without the file means.
fn refused(hub: &Hub, place: &Url, response: &Response) -> Broken {
    let status = response.status();
    let pause = text(response.headers(), header::RETRY_AFTER)
        .and_then(|seconds| seconds.parse().ok())
        .map(Duration::from_secs);
    if status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429) {
        return Broken::Passing {
            reason: format!("{} answers {status}", host(place)),
            pause,
        };
    }
    let hint = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if hub.is_origin_of(place) => {
            "\nhint: accept the licence on the page of the model and put your token into `HF_TOKEN`; or `--mirror modelscope`; or `--from DIR` with files from elsewhere"
        }
        StatusCode::NOT_FOUND | StatusCode::GONE => {
            "\nhint: compare `source`, `revision` and `files` of the manifest with the page of the repository; a mirror may lack it"
        }
        _ => {
            "\nhint: another mirror may answer, `--mirror` or `HF_ENDPOINT`; or `--from DIR` with files from elsewhere"
        }
    };
    Broken::Lasting(Error::Fetch {
        address: shown(place),
        reason: format!("the server answers {status}{hint}"),
    })
}

/// Why an answer is not the file, whatever its status says.
fn unusable(headers: &HeaderMap) -> Option<String> {
    let kind = text(headers, header::CONTENT_TYPE).unwrap_or_default();
    if kind.to_ascii_lowercase().starts_with("text/html") {
        return Some("a web page came in place of the file\nhint: a proxy or a sign-in page may stand between; open the address in a browser".into());
    }
    let encoding = text(headers, header::CONTENT_ENCODING)?;
    (!encoding.eq_ignore_ascii_case("identity"))
        .then(|| format!("the file came encoded as `{encoding}`, which was not asked for"))
}

struct Range {
    first: Option<u64>,
    total: Option<u64>,
}

/// `bytes 5-9/10` or `bytes */10`
fn range(headers: &HeaderMap) -> Option<Range> {
    let text = text(headers, header::CONTENT_RANGE)?;
    let (span, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    Some(Range {
        first: span
            .split_once('-')
            .and_then(|(first, _)| first.trim().parse().ok()),
        total: total.trim().parse().ok(),
    })
}

fn text(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// An error of the client with its causes, without the address, which may hold a signature.
fn causes(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return if error.is_connect() {
            "no connection within the time for it".to_owned()
        } else {
            "the server sent nothing for too long".to_owned()
        };
    }
    let mut source = std::error::Error::source(error);
    let mut last = None;
    while let Some(cause) = source {
        last = Some(cause.to_string());
        source = cause.source();
    }
    let what = if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    };
    last.map_or_else(|| what.to_owned(), |last| format!("{what}: {last}"))
}
