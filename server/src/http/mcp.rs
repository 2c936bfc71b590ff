//! MCP over streamable HTTP: who a request comes from, and whose session it is in. The protocol itself is in `crate::mcp`.
//!
//! A caller is known as everywhere, by a token or not at all. The number of a session is signed for its caller, so that nobody
//! enters another's; somebody without a token is known by it.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use tools::Person;

use super::Shared;
use super::error::ApiError;
use crate::mcp::{Face, SESSION, Served};
use crate::settings::Server;
use crate::turn::Caller;

/// How long a session is kept in which nothing happens: longer than a person may think about a question.
const IDLE: Duration = Duration::from_secs(15 * 60);

/// `/mcp`, if the settings want it.
pub(super) fn routes(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    let settings = &shared.app.settings.server;
    if !settings.mcp {
        return Router::new();
    }
    // A page of somebody else's must not reach this through a person's browser: no page may call, and only known hosts count.
    let config = StreamableHttpServerConfig::default()
        .with_max_request_body_bytes(settings.body_limit)
        .with_cancellation_token(shared.app.stop.clone())
        .with_allowed_hosts(hosts(settings))
        .enforce_origin_validation();
    let mut sessions = LocalSessionManager::default();
    sessions.session_config.keep_alive = Some(IDLE);
    let served = Served::of(&shared.app);
    let service = StreamableHttpService::new(
        move || Ok(Face::of_request(served.clone())),
        Arc::new(sessions),
        config,
    );
    Router::new()
        .route_service("/mcp", service)
        .layer(from_fn_with_state(shared.clone(), known))
}

/// Names by which the server is called.
fn hosts(settings: &Server) -> Vec<String> {
    let own = settings.address.ip();
    let mut hosts = settings.mcp_hosts.clone();
    hosts.extend(["localhost", "127.0.0.1", "::1"].map(str::to_owned));
    if !own.is_unspecified() {
        hosts.push(own.to_string());
    }
    hosts
}

/// Knows the caller of each request, and lets nobody into another's session.
async fn known(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let seal = &shared.app.seal;
    let person = bearer(&caller);
    if let Some(sealed) = request.headers().get(SESSION) {
        let session = sealed
            .to_str()
            .ok()
            .and_then(|sealed| seal.session(sealed, &person))
            .and_then(|session| HeaderValue::from_str(&session).ok())
            .ok_or_else(|| ApiError::not_found("unknown_session", "没有这个会话，请重新开始。"))?;
        request.headers_mut().insert(SESSION, session);
    }
    request.extensions_mut().insert(caller);
    let mut response = next.run(request).await;
    let session = response
        .headers()
        .get(SESSION)
        .and_then(|session| session.to_str().ok());
    let sealed = session.map(|session| seal.of_session(session, &person));
    if let Some(sealed) = sealed.and_then(|sealed| HeaderValue::from_str(&sealed).ok()) {
        response.headers_mut().insert(SESSION, sealed);
    }
    Ok(response)
}

/// To whom a session is bound; all without a token are one, and have only the number.
fn bearer(caller: &Caller) -> Person {
    caller.person(None).unwrap_or_else(|| Person {
        id: String::new(),
        role: caller.role.name().to_owned(),
        unit: None,
    })
}
