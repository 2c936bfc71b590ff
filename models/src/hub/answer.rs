//! What an answer over HTTP means: a file, a piece of it, a way elsewhere, a reason to try again or to stop.

use std::time::Duration;

use reqwest::header::{self, HeaderMap};
use reqwest::{Response, StatusCode, Url};

use super::address::{Hub, host, shown};
use crate::error::Error;

/// Why a try broke off.
pub(super) enum Broken {
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
pub(super) struct Answer {
    pub(super) response: Response,
    pub(super) stated: Stated,
}

/// What the hub says of a file.
#[derive(Default)]
pub(super) struct Stated {
    /// Its SHA-256.
    pub(super) sha256: Option<String>,
    /// Commit of the repository.
    pub(super) commit: Option<String>,
}

impl Stated {
    /// What Hugging Face says of a file before it sends the client elsewhere.
    pub(super) fn learn(&mut self, headers: &HeaderMap) {
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

/// Another try may bring it.
pub(super) fn passing(reason: impl Into<String>) -> Broken {
    Broken::Passing {
        reason: reason.into(),
        pause: None,
    }
}

/// Where a redirect leads.
pub(super) fn target(place: &Url, headers: &HeaderMap) -> Result<Url, String> {
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
pub(super) fn refused(hub: &Hub, place: &Url, response: &Response) -> Broken {
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
pub(super) fn unusable(headers: &HeaderMap) -> Option<String> {
    let kind = text(headers, header::CONTENT_TYPE).unwrap_or_default();
    if kind.to_ascii_lowercase().starts_with("text/html") {
        return Some("a web page came in place of the file\nhint: a proxy or a sign-in page may stand between; open the address in a browser".into());
    }
    let encoding = text(headers, header::CONTENT_ENCODING)?;
    (!encoding.eq_ignore_ascii_case("identity"))
        .then(|| format!("the file came encoded as `{encoding}`, which was not asked for"))
}

/// Which bytes of how many come.
pub(super) struct Range {
    pub(super) first: Option<u64>,
    pub(super) total: Option<u64>,
}

/// `bytes 5-9/10` or `bytes */10`
pub(super) fn range(headers: &HeaderMap) -> Option<Range> {
    let text = text(headers, header::CONTENT_RANGE)?;
    let (span, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    Some(Range {
        first: span
            .split_once('-')
            .and_then(|(first, _)| first.trim().parse().ok()),
        total: total.trim().parse().ok(),
    })
}

pub(super) fn text(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// An error of the client with its causes, without the address, which may hold a signature.
pub(super) fn causes(error: &reqwest::Error) -> String {
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
