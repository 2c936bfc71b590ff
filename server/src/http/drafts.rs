//! `POST /v1/drafts/export`: a draft as a Word document or as a page to print.
//!
//! What is written down is not what the caller sends but what a turn of the agent makes of it: the text is checked again, so
//! that nothing leaves without its marks, and the turn is on the record like any other.

use std::sync::Arc;

use agents::Kind;
use agents::kind::draft::Brief;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tools::sheet::POLICY;
use utoipa::ToSchema;

use super::Shared;
use super::error::{ApiError, ErrorBody};
use super::extract::Body;
use super::turns::{DraftRequest, NO_STORE, answer, begun, date};
use crate::draft;
use crate::turn::{Caller, Question};

/// A draft that is wanted as a file.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportRequest {
    /// Name of the agent; `drafter` if absent.
    #[serde(default = "drafter")]
    agent: String,
    /// The words of the request, or the number of an order.
    question: String,
    /// `YYYY-MM-DD`: the day for which rules are asked.
    #[serde(default)]
    as_of: Option<String>,
    /// The place where they should apply.
    #[serde(default)]
    place: Option<String>,
    /// Order, template, and the text as it was edited.
    #[serde(default)]
    draft: DraftRequest,
    /// `docx` or `page`.
    format: ExportFormat,
}

fn drafter() -> String {
    "drafter".to_owned()
}

/// Formats.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum ExportFormat {
    /// A Word document.
    Docx,
    /// A page to print.
    Page,
}

/// Writes a draft down, checked again, with its marks and the label of generated text.
#[utoipa::path(
    post,
    path = "/v1/drafts/export",
    request_body = ExportRequest,
    responses(
        (status = 200, description = "The file", content_type = "application/octet-stream"),
        (status = "4XX", description = "The request cannot be taken", body = ErrorBody),
        (status = "5XX", description = "No answer now; see `Retry-After`", body = ErrorBody),
    )
)]
pub(super) async fn export(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Body(request): Body<ExportRequest>,
) -> Result<Response, ApiError> {
    let agents = &shared.app.catalog.agents;
    let drafts = agents
        .get(&request.agent)
        .is_some_and(|agent| agent.manifest.kind == Kind::Draft);
    if !drafts {
        return Err(ApiError::field(
            "agent",
            "no_drafter",
            "这个智能体不起草答复。",
        ));
    }
    let question = Question {
        agent: request.agent,
        question: request.question,
        as_of: request
            .as_of
            .as_deref()
            .map(|day| date("as_of", day))
            .transpose()?,
        place: request.place.filter(|place| !place.trim().is_empty()),
        conversation: None,
        history: Vec::new(),
        corpora: None,
        limit: None,
        fields: Vec::new(),
        draft: Some(Brief::from(request.draft)),
    };
    let events = begun(&shared, caller, question).await?;
    let answer = answer(events).await?;
    if answer.draft.is_none() {
        let reason = answer.message.unwrap_or_default();
        return Err(ApiError::not_found("no_draft", reason));
    }
    let (format, kind) = match request.format {
        ExportFormat::Docx => (
            draft::Format::Docx,
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        ExportFormat::Page => (draft::Format::Page, "text/html; charset=utf-8"),
    };
    let body = draft::written(&answer, format).ok_or_else(ApiError::internal)?;
    let mut response = (NO_STORE, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    match request.format {
        ExportFormat::Page => headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(POLICY),
        ),
        ExportFormat::Docx => headers.insert(
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"draft.docx\""),
        ),
    };
    Ok(response)
}
