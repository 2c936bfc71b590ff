//! Formats of what may be taken away, and the answers that carry it. What stands in it is made elsewhere.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tools::sheet::POLICY;
use utoipa::ToSchema;

use super::turns::NO_STORE;

/// Formats.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    /// JSON.
    #[default]
    Json,
    /// A Word document.
    Docx,
    /// A page to print.
    Page,
}

/// The answer with such a body; `name` is that of the file, without its ending. None for a name that no header can hold.
pub(super) fn carried(format: Format, name: &str, body: Vec<u8>) -> Option<Response> {
    let (kind, ending) = match format {
        Format::Json => ("application/json", "json"),
        Format::Docx => (
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "docx",
        ),
        Format::Page => ("text/html; charset=utf-8", "html"),
    };
    let name = format!("attachment; filename=\"{name}.{ending}\"");
    let mut response = (NO_STORE, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    match format {
        // A page of its own may have its styles, and nothing else.
        Format::Page => headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(POLICY),
        ),
        Format::Json | Format::Docx => headers.insert(
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&name).ok()?,
        ),
    };
    Some(response)
}
