//! What handlers take from a request: who asks, the path, the JSON body. Each failure is an [`ApiError`].

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;

use super::Shared;
use super::error::ApiError;
use crate::turn::Caller;

/// The token of callers whose program insists on sending one; it stands for none.
const ANONYMOUS: &str = "anonymous";

impl FromRequestParts<Arc<Shared>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, ApiError> {
        let Some(value) = parts.headers.get(header::AUTHORIZATION) else {
            return Ok(Self::CITIZEN);
        };
        let value = value.to_str().map_err(|_| ApiError::unauthorized())?.trim();
        let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(ApiError::unauthorized());
        }
        let token = token.trim();
        if token.is_empty() || token == ANONYMOUS {
            return Ok(Self::CITIZEN);
        }
        let bearer = shared.app.store.bearer(token).await?;
        bearer.ok_or_else(ApiError::unauthorized)
    }
}

/// Parameters of the path.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(ApiError))]
pub(super) struct Path<T>(pub T);

impl From<PathRejection> for ApiError {
    fn from(_: PathRejection) -> Self {
        Self::invalid("invalid_path", "请求地址无效。")
    }
}

/// A JSON body.
pub(super) struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<Shared>> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::media_type());
        }
        let bytes =
            Bytes::from_request(request, shared)
                .await
                .map_err(|rejection| match rejection.status() {
                    StatusCode::PAYLOAD_TOO_LARGE => {
                        ApiError::too_large(shared.app.settings.server.body_limit)
                    }
                    _ => ApiError::invalid("incomplete_body", "请求内容不完整。"),
                })?;
        parse(&bytes).map(Self)
    }
}

/// A browser asks before it sends JSON to another origin, so that no foreign page can ask in a visitor's name.
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    value
        .split(';')
        .next()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| ApiError::invalid("invalid_utf8", "请求内容不是有效的 UTF-8 文本。"))?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value =
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| wrong(&error))?;
    let trailing = |error: serde_json::Error| syntax(&error);
    deserializer.end().map_err(trailing)?;
    Ok(value)
}

fn wrong(error: &serde_path_to_error::Error<serde_json::Error>) -> ApiError {
    let inner = error.inner();
    if !inner.is_data() {
        return syntax(inner);
    }
    let message = inner.to_string();
    let quoted = |lead: &str| {
        message
            .strip_prefix(lead)
            .and_then(|rest| rest.split('`').next())
            .map(str::to_owned)
    };
    if let Some(field) = quoted("unknown field `") {
        return ApiError::field(
            &field,
            "unknown_field",
            format!("请求中有未知字段 `{field}`。"),
        );
    }
    if let Some(field) = quoted("missing field `") {
        return ApiError::field(&field, "missing_field", format!("请求缺少字段 `{field}`。"));
    }
    if let Some(field) = quoted("duplicate field `") {
        return ApiError::field(
            &field,
            "duplicate_field",
            format!("请求中的字段 `{field}` 重复。"),
        );
    }
    let path = error.path().to_string();
    ApiError::field(
        &path,
        "invalid_field",
        format!("字段 `{path}` 的类型或者取值不正确。"),
    )
}

fn syntax(error: &serde_json::Error) -> ApiError {
    ApiError::invalid(
        "invalid_json",
        format!(
            "请求内容不是有效的 JSON（第{}行第{}列）。",
            error.line(),
            error.column()
        ),
    )
}
