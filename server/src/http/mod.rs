//! The HTTP face: routes, and what every request passes on its way to one.
//!
//! In the order of a request: [`edge`] limits it, [`extract`] reads who asks and what, a handler works, [`error`] turns
//! what fails into a status. Handlers hold no state of their own; everything comes with [`Shared`].

mod caller;
mod catalog;
mod conversations;
mod digest;
mod drafts;
mod edge;
mod error;
mod events;
mod export;
mod extract;
mod health;
mod mcp;
mod metrics;
mod open311;
mod openai;
mod openapi;
mod orders;
mod page;
mod passages;
mod permit;
mod submissions;
mod tools;
mod turns;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{
    MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer,
};
use tower_http::trace::TraceLayer;

use crate::app::App;
use crate::turn::Work;
use edge::Rate;
use error::ApiError;
use metrics::Metrics;

pub use openapi::openapi;

/// What handlers share.
pub(crate) struct Shared {
    app: Arc<App>,
    /// How agents work.
    work: Work,
    metrics: Metrics,
    rate: Rate,
    /// One for each turn that is worked on.
    permits: Arc<Semaphore>,
}

/// How long running turns may take to end once shutdown is asked for.
const GRACE: Duration = Duration::from_secs(10);

/// All routes.
pub fn router(app: Arc<App>) -> Router {
    router_with(app, Arc::new(agents::Agent::run))
}

/// As [`router`], with the work of agents given.
pub fn router_with(app: Arc<App>, work: Work) -> Router {
    router_counting(app, work, Metrics::new())
}

fn router_counting(app: Arc<App>, work: Work, metrics: Metrics) -> Router {
    let settings = &app.settings.server;
    let (body_limit, permits) = (
        settings.body_limit,
        Arc::new(Semaphore::new(
            settings.concurrency.clamp(1, Semaphore::MAX_PERMITS),
        )),
    );
    let rate = Rate::new(settings.rate_per_minute);
    let shared = Arc::new(Shared {
        app,
        work,
        metrics,
        rate,
        permits,
    });
    let mcp = mcp::routes(&shared).layer(from_fn_with_state(shared.clone(), edge::rate));
    let open311 = open311::routes(&shared);
    let api = Router::new()
        .route("/v1/agents", get(catalog::agents))
        .route("/v1/agents/{name}/turns", post(turns::ask))
        .route("/v1/chat/completions", post(openai::complete))
        .route("/v1/places", get(catalog::places))
        .route("/v1/passages/{id}", get(passages::read))
        .route(
            "/v1/conversations/{id}",
            get(conversations::read).delete(conversations::delete),
        )
        .route("/v1/tools", get(tools::list))
        .route("/v1/tools/{name}/calls", post(tools::call))
        .route("/v1/proposals", get(tools::waiting))
        .route("/v1/proposals/{id}", post(tools::decide))
        .route("/v1/orders", get(orders::list))
        .route("/v1/rates", get(orders::three_rates))
        .route("/v1/digest", get(digest::read))
        .route("/v1/drafts/export", post(drafts::export))
        .route("/v1/submissions/{number}", get(submissions::read))
        .route("/v1/caller", get(caller::read))
        .route("/v1/models", get(openai::models))
        .route("/v1/models/{id}", get(openai::model))
        .route("/v1/{*rest}", axum::routing::any(unknown))
        .method_not_allowed_fallback(async || ApiError::method())
        .layer(from_fn_with_state(shared.clone(), edge::deadline))
        .layer(from_fn_with_state(shared.clone(), edge::rate));
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .route("/openapi.json", get(openapi::document))
        .merge(api)
        .merge(mcp)
        .merge(open311)
        .fallback_service(
            get(page::file)
                .fallback(async || ApiError::method())
                .with_state(shared.clone()),
        )
        .method_not_allowed_fallback(async || ApiError::method())
        .layer(DefaultBodyLimit::max(body_limit))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::custom(
            |_: Box<dyn std::any::Any + Send>| ApiError::internal().into_response(),
        ))
        .layer(from_fn(edge::secured))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .with_state(shared)
}

/// Serves on `listener` until `shutdown` resolves; then running turns are finished, for ten seconds at most.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    app: Arc<App>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let metrics = Metrics::new();
    metrics.take_models();
    let router = router_counting(app.clone(), Arc::new(agents::Agent::run), metrics);
    serve_with(listener, app, router, shutdown).await
}

/// As [`serve`], with the routes given.
///
/// # Errors
/// When the listener fails.
pub async fn serve_with(
    listener: TcpListener,
    app: Arc<App>,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (asked, mut stopping) = tokio::sync::watch::channel(false);
    let stop = app.stop.clone();
    let shutdown = async move {
        shutdown.await;
        stop.cancel();
        let _ = asked.send(true);
    };
    // Sentences are small and must not wait for each other.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(shutdown);
    let too_late = async {
        let _ = stopping.wait_for(|&asked| asked).await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = server.into_future() => served?,
        () = too_late => tracing::warn!("turns were still running and are cut off"),
    }
    // What was answered is on the record already; what was cut off should be, too.
    let _ = tokio::time::timeout(Duration::from_secs(2), app.store.settled()).await;
    Ok(())
}

async fn unknown() -> Response {
    ApiError::not_found("not_found", "没有这个接口。").into_response()
}

fn span(request: &Request) -> tracing::Span {
    let id = request
        .extensions()
        .get::<RequestId>()
        .and_then(|id| id.header_value().to_str().ok());
    // The route, not the path: whoever knows the identifier of a conversation may read it.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map(MatchedPath::as_str);
    tracing::info_span!("request", id, method = %request.method(), route)
}
