//! One file over HTTP: goes on where it stopped, tries again what may pass, refuses what may not be.
//!
//! Redirects are followed here and not by the client, because the token may not go along to another host.

use std::time::Duration;

use futures::StreamExt;
use reqwest::{Client, Response, StatusCode, Url, header};

use super::address::{Hub, host, shown};
use super::answer::{
    Answer, Broken, Stated, causes, passing, range, refused, target, text, unusable,
};
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
    ) -> Result<Stated, Error> {
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
    ) -> Result<Stated, Broken> {
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
            let what = format!("the hub announces a file with the hash {theirs}");
            return Err(refuse(expected.other(&what)));
        }
        let label = stated
            .sha256
            .clone()
            .or_else(|| text(response.headers(), header::ETAG));
        let total = match beginning(&response, part, label.as_deref())? {
            Beginning::Whole => return Ok(stated),
            Beginning::Here(total) => total,
        };
        if let Some(reason) = unusable(response.headers()) {
            return Err(refuse(reason));
        }
        if let (Some(total), Some(bytes)) = (total, expected.bytes)
            && total != bytes
        {
            let what = format!("the file has {total} bytes there");
            return Err(refuse(expected.other(&what)));
        }
        self.check_space(part, total)?;
        part.set_label(label.as_deref())?;
        receive(response, total, part, tell, &refuse).await?;
        Ok(stated)
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

/// Where an answer begins.
enum Beginning {
    /// All of the file is there already.
    Whole,
    /// At the end of the part; with the size of the whole file.
    Here(Option<u64>),
}

/// Where `response` begins; a part that it does not go on with begins again at nothing.
fn beginning(
    response: &Response,
    part: &mut Part,
    label: Option<&str>,
) -> Result<Beginning, Broken> {
    let range = range(response.headers());
    match response.status() {
        StatusCode::RANGE_NOT_SATISFIABLE => {
            if range.is_some_and(|range| range.total == Some(part.length())) {
                return Ok(Beginning::Whole);
            }
            part.restart()?;
            Err(passing("what is there is longer than the file"))
        }
        StatusCode::PARTIAL_CONTENT => {
            let range = range.filter(|range| range.first == Some(part.length()));
            if let (Some(range), true) = (range, may_go_on(part, label)) {
                return Ok(Beginning::Here(range.total));
            }
            part.restart()?;
            Err(passing("the file has changed since it was begun"))
        }
        // The whole file comes, whatever was asked for.
        _ => {
            part.restart()?;
            Ok(Beginning::Here(response.content_length()))
        }
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

/// Whether what comes is of the same file as what is there, as far as the server says.
fn may_go_on(part: &Part, label: Option<&str>) -> bool {
    match (part.label(), label) {
        (Some(old), Some(new)) => old == new,
        (None, _) | (_, None) => true,
    }
}
