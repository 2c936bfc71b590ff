//! The page and its files, from the checkout or from the binary.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::Shared;
use super::error::ApiError;

const FOLDER: &str = "server/web";

/// A file of the page; `/` is `index.html`. Everything else is not there.
pub(super) async fn file(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let path = match uri.path().trim_start_matches('/') {
        "" => "index.html",
        path => path,
    };
    // Only what is plainly a file of the page is looked for: no percent signs, dots in front or doubled slashes.
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part
                .chars()
                .all(|character| character.is_ascii_alphanumeric() || "-_.".contains(character))
    };
    let kind = media_type(path).filter(|_| path.split('/').all(plain));
    let Some((kind, bytes)) = kind.and_then(|kind| {
        Some((
            kind,
            shared
                .app
                .catalog
                .origin
                .read(&format!("{FOLDER}/{path}"))?,
        ))
    }) else {
        return ApiError::not_found("not_found", "没有这个地址。").into_response();
    };
    // Weak: the compressed file counts as the same.
    let digest: String = Sha256::digest(&bytes)
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let tag = format!("W/\"{digest}\"");
    let known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let fresh = known
        .flat_map(|value| value.split(','))
        .any(|known| known.trim() == tag || known.trim() == "*");
    let mut response = if fresh {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        bytes.into_owned().into_response()
    };
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    // Names of files do not change with their content, so browsers ask each time whether it did.
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    fields.insert(
        header::ETAG,
        HeaderValue::from_str(&tag).expect("a tag is plain text"),
    );
    response
}

/// The media types of a page without build step; a file of another kind is not served.
fn media_type(path: &str) -> Option<&'static str> {
    Some(match path.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        "woff2" => "font/woff2",
        _ => return None,
    })
}
