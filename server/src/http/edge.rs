//! What every request passes: limits, headers, deadlines. Nothing here knows what a route does.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::body::HttpBody;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::Shared;
use super::error::ApiError;

/// How often one address may ask.
pub(super) struct Rate {
    /// Requests that change something or start work.
    asking: Option<DefaultKeyedRateLimiter<IpAddr>>,
    /// Requests that only read; a page makes several of them.
    reading: Option<DefaultKeyedRateLimiter<IpAddr>>,
    clock: DefaultClock,
}

/// Reads allowed for one question.
const READS: u32 = 10;

/// Addresses remembered before those that were quiet for a minute are forgotten.
const REMEMBERED: usize = 10_000;

impl Rate {
    /// `per_minute` questions a minute and address; 0 means no limit.
    pub(super) fn new(per_minute: u32) -> Self {
        let limiter = |number: u32| {
            NonZeroU32::new(number).map(|number| RateLimiter::keyed(Quota::per_minute(number)))
        };
        Self {
            asking: limiter(per_minute),
            reading: limiter(per_minute.saturating_mul(READS)),
            clock: DefaultClock::default(),
        }
    }

    /// # Errors
    /// Seconds to wait.
    fn check(&self, method: &Method, address: IpAddr) -> Result<(), u64> {
        let reads = *method == Method::GET || *method == Method::HEAD;
        let Some(limiter) = (if reads { &self.reading } else { &self.asking }) else {
            return Ok(());
        };
        if limiter.len() > REMEMBERED {
            limiter.retain_recent();
        }
        limiter
            .check_key(&address)
            .map_err(|until| until.wait_time_from(self.clock.now()).as_secs() + 1)
    }
}

/// Turns away an address that asks too often: 429 with `Retry-After`.
pub(super) async fn rate(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0.ip());
    let address = address(peer, request.headers());
    match shared.rate.check(request.method(), address) {
        Ok(()) => next.run(request).await,
        Err(seconds) => {
            shared.metrics.shed("rate");
            ApiError::rate_limited(seconds).into_response()
        }
    }
}

/// Who is counted. A proxy on this machine is believed about who asks; anybody else could claim anything.
fn address(peer: Option<IpAddr>, headers: &HeaderMap) -> IpAddr {
    let peer = peer
        .unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
        .to_canonical();
    let forwarded = headers
        .get_all("x-forwarded-for")
        .iter()
        .next_back()
        .and_then(|value| value.to_str().ok());
    let nearest = forwarded
        .and_then(|value| value.rsplit(',').next())
        .and_then(|last| last.trim().parse::<IpAddr>().ok());
    match nearest
        .filter(|_| peer.is_loopback())
        .unwrap_or(peer)
        .to_canonical()
    {
        // One household has a whole /64.
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(
            address.to_bits() & !u128::from(u64::MAX),
        )),
        address @ IpAddr::V4(_) => address,
    }
}

/// Ends what takes too long to begin its response; of a route that answers in one piece, that is the whole work.
pub(super) async fn deadline(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let limit = shared.app.settings.patience();
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::timeout().into_response(),
    }
}

/// Headers of every response.
pub(super) async fn secured(request: Request, next: Next) -> Response {
    let sends = !request.body().is_end_stream();
    let mut response = next.run(request).await;
    for (name, value) in SECURITY {
        // A document of its own may have a policy of its own.
        response
            .headers_mut()
            .entry(HeaderName::from_static(name))
            .or_insert(HeaderValue::from_static(value));
    }
    let status = response.status();
    if sends && (status.is_client_error() || status.is_server_error()) {
        // What the caller sends may not have been read, and then the connection cannot be used again.
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    response
}

const SECURITY: &[(&str, &str)] = &[
    (
        "content-security-policy",
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=()",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(peer: &str, forwarded: &[&'static str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_static(value));
        }
        address(Some(peer.parse().unwrap()), &headers).to_string()
    }

    #[test]
    fn only_a_proxy_on_this_machine_is_believed() {
        assert_eq!(counted("203.0.113.7", &[]), "203.0.113.7");
        assert_eq!(counted("203.0.113.7", &["198.51.100.1"]), "203.0.113.7");
        assert_eq!(
            counted("127.0.0.1", &["10.0.0.1, 198.51.100.1"]),
            "198.51.100.1"
        );
        assert_eq!(
            counted("::1", &["10.0.0.1", "198.51.100.2"]),
            "198.51.100.2"
        );
        assert_eq!(counted("127.0.0.1", &["nonsense"]), "127.0.0.1");
        assert_eq!(counted("::ffff:203.0.113.7", &[]), "203.0.113.7");
    }

    #[test]
    fn an_ipv6_network_counts_as_one() {
        assert_eq!(counted("2001:db8:1:2:3:4:5:6", &[]), "2001:db8:1:2::");
    }

    #[test]
    fn asking_and_reading_are_counted_apart() {
        let rate = Rate::new(2);
        let (one, other) = (
            IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1)),
            IpAddr::V4(Ipv4Addr::new(198, 51, 100, 2)),
        );
        assert!(rate.check(&Method::POST, one).is_ok() && rate.check(&Method::POST, one).is_ok());
        let seconds = rate.check(&Method::POST, one).unwrap_err();
        assert!((1..=31).contains(&seconds), "{seconds}");
        assert!(rate.check(&Method::POST, other).is_ok());
        assert!(rate.check(&Method::GET, one).is_ok());
        assert!((0..1_000).all(|_| Rate::new(0).check(&Method::POST, one).is_ok()));
    }
}
