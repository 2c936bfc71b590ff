//! `GET /v1/submissions/{number}`: a form that was handed in, as JSON, as a Word document or as a page to print.
//!
//! Only for the person who handed it in and for the department that takes it. For others it is not there.

use std::sync::Arc;

use agents::Aigc;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use tools::form::export::{docx, json, page};
use tools::form::handed_in;
use tools::sheet::Mark;
use tools::{Submission, ToolEntry};

use super::Shared;
use super::error::{ApiError, ErrorBody};
use super::export::{Format, carried};
use super::extract::Path;
use crate::app::App;
use crate::turn::Caller;

/// The visible label: an assistant put the form together.
const LABEL: &str = "本表由人工智能助手按本人所述和登记库整理，提交前已经本人核对确认。";

/// How it is wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    #[serde(default)]
    format: Format,
    conversation: Option<String>,
}

/// A form that was handed in, with the label of generated text.
#[utoipa::path(
    get,
    path = "/v1/submissions/{number}",
    params(
        ("number" = String, Path, description = "Number of the form"),
        ("format" = Option<Format>, Query, description = "`json` if absent"),
        ("conversation" = Option<String>, Query, description = "The conversation of a caller without a token"),
    ),
    responses(
        (status = 200, description = "The form", body = Object),
        (status = "4XX", description = "Not there, or not for this caller", body = ErrorBody),
    )
)]
pub(super) async fn read(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Path(number): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, ApiError> {
    let app = &shared.app;
    let stored = app.toolbox.store().submission(&number).await;
    let stored = stored.map_err(tools::Error::from)?;
    let unknown = || ApiError::not_found("unknown_submission", "没有查到这份表单，请核对编号。");
    let submission = stored.ok_or_else(unknown)?;
    let entry = app
        .catalog
        .tools
        .get(&submission.tool)
        .ok_or_else(unknown)?;
    if !may_see(&caller, wanted.conversation.as_deref(), &submission, entry) {
        return Err(unknown());
    }
    written(app, &submission, entry, wanted.format).ok_or_else(ApiError::internal)
}

fn may_see(
    caller: &Caller,
    conversation: Option<&str>,
    submission: &Submission,
    entry: &ToolEntry,
) -> bool {
    let own = caller
        .person(conversation)
        .is_some_and(|person| person.id == submission.person.id);
    let department = entry.manifest.form.as_ref().map(|form| &form.department);
    own || caller.role == agents::Role::Officer
        && caller.unit.is_some()
        && caller.unit.as_ref() == department
}

fn written(
    app: &App,
    submission: &Submission,
    entry: &ToolEntry,
    format: Format,
) -> Option<Response> {
    let mut review = handed_in(entry.form.as_ref()?, &submission.arguments);
    review.title = format!("{}（{}）", review.title, submission.id);
    let content = json(&review, None);
    let aigc = serde_json::to_value(Aigc::new(&app.settings.city.producer, &content)).ok()?;
    let mark = Some(Mark {
        label: LABEL,
        aigc: &aigc,
    });
    let body = match format {
        Format::Json => json(&review, mark).into_bytes(),
        Format::Docx => docx(&review, mark).ok()?,
        Format::Page => page(&review, mark).into_bytes(),
    };
    carried(format, &submission.id, body)
}
