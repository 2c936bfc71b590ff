//! Whether the server runs (`/healthz`), can answer (`/readyz`), and how it does (`/metrics`). Open to everybody;
//! nothing in them is about a person or a document.

use std::collections::BTreeSet;
use std::sync::Arc;

use agents::Role;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;
use super::error::{ApiError, ErrorBody};

/// The server runs.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    /// `ok`
    status: String,
}

/// The server can answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Readiness {
    /// `ready`
    status: String,
    /// Corpora that are open.
    corpora: usize,
    /// Models that were asked for and could be opened; whether an endpoint answers shows with the first request.
    models: Vec<String>,
    /// Models that were asked for and could not be opened; the log and `chengzhi check` say why. Answers do without them.
    problems: Vec<String>,
    /// The MQTT broker from which readings come: `connected`, `disconnected` or `held_up`, where readings cannot be stored;
    /// none where none is configured. Without it the server answers all the same.
    broker: Option<String>,
}

/// Says that the process runs.
#[utoipa::path(get, path = "/healthz", responses((status = 200, body = Health)))]
pub(super) async fn healthz() -> Json<Health> {
    Json(Health {
        status: "ok".into(),
    })
}

/// Says whether stores and corpora can be read.
#[utoipa::path(get, path = "/readyz", responses((status = 200, body = Readiness), (status = 503, body = ErrorBody)))]
pub(super) async fn readyz(State(shared): State<Arc<Shared>>) -> Result<Json<Readiness>, ApiError> {
    shared.app.store.ping().await?;
    let tools = shared.app.toolbox.store().ping().await;
    tools.map_err(tools::Error::from)?;
    let app = shared.app.clone();
    let open = move || -> Result<usize, ApiError> {
        let mut names = BTreeSet::new();
        for role in [Role::Citizen, Role::Officer, Role::Developer] {
            for index in app.world(role).retriever.corpora() {
                index.snapshot()?;
                names.insert(index.corpus().to_owned());
            }
        }
        Ok(names.len())
    };
    let corpora = tokio::task::spawn_blocking(open)
        .await
        .map_err(|_| ApiError::internal())??;
    let roles = &shared.app.roles;
    Ok(Json(Readiness {
        status: "ready".into(),
        corpora,
        models: roles.ready.clone(),
        problems: roles
            .problems
            .iter()
            .map(|problem| problem.file.clone())
            .collect(),
        broker: shared.app.inflow.broker().map(|state| state.name().into()),
    }))
}

/// Counters for Prometheus.
#[utoipa::path(get, path = "/metrics", responses((status = 200, body = String, content_type = "text/plain")))]
pub(super) async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    shared.metrics.take_inflow(&shared.app.inflow);
    (
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        shared.metrics.render(),
    )
        .into_response()
}
