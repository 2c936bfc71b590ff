//! `GET /v1/caller`: as whom the server knows the one who asks, so that a page can show what is open to them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;
use super::turns::NO_STORE;
use crate::turn::Caller;

/// Who asks.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CallerView {
    /// Whether there was a token.
    signed_in: bool,
    /// Name of the token.
    name: Option<String>,
    /// `citizen`, `officer`, `developer` or `device`.
    role: &'static str,
    /// The department that a civil servant works for.
    unit: Option<String>,
    /// The resident that a citizen has shown to be.
    resident: Option<String>,
    /// Whether that department is the hotline's centre.
    centre: bool,
}

/// As whom the server knows the caller.
#[utoipa::path(
    get,
    path = "/v1/caller",
    responses(
        (status = 200, description = "Who asks", body = CallerView),
        (status = 401, description = "The token is not one of ours", body = super::error::ErrorBody),
    )
)]
pub(super) async fn read(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
) -> impl axum::response::IntoResponse {
    let hotline = shared.app.catalog.hotline.as_ref();
    let centre = hotline.map(|hotline| &hotline.rules.centre);
    let view = CallerView {
        signed_in: caller.name.is_some(),
        centre: caller.unit.is_some() && caller.unit.as_ref() == centre,
        name: caller.name,
        role: caller.role.name(),
        unit: caller.unit,
        resident: caller.resident,
    };
    (NO_STORE, Json(view))
}
