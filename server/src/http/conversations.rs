//! Conversations to read again, or to delete.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::Shared;
use super::error::{ApiError, ErrorBody};
use super::extract::Path;
use super::openapi::shape;
use super::turns::NO_STORE;
use crate::turn::Caller;

/// Reads a conversation.
#[utoipa::path(
    get,
    path = "/v1/conversations/{id}",
    params(("id" = String, Path, description = "Identifier of the conversation")),
    responses((status = 200, body = shape::Conversation), (status = 404, description = "Not there, or not for this caller", body = ErrorBody))
)]
pub(super) async fn read(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let conversation = shared.app.store.conversation(&id, &caller).await?;
    Ok((NO_STORE, Json(conversation)).into_response())
}

/// Deletes a conversation; the audit log keeps its masked records.
#[utoipa::path(
    delete,
    path = "/v1/conversations/{id}",
    params(("id" = String, Path, description = "Identifier of the conversation")),
    responses((status = 204, description = "It is deleted"), (status = 404, description = "Not there, or not for this caller", body = ErrorBody))
)]
pub(super) async fn delete(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    shared.app.store.delete(&id, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
