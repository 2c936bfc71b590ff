//! What the orders of some days say, in numbers: for the hotline's centre.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use serde::Deserialize;
use tools::Days;
use tools::order::ActorRole;

use super::Shared;
use super::error::{ApiError, ErrorBody};
use super::export::{Format, carried};
use super::tools::person;
use super::turns::NO_STORE;
use crate::digest::{Document, of_days, written};
use crate::turn::Caller;

/// Which days.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// The first day.
    from: Date,
    /// The last day.
    to: Date,
    /// Weeks before the first day with which the days are compared.
    weeks: Option<u32>,
    /// How it is wanted.
    #[serde(default)]
    format: Format,
}

/// Counts, deadlines, the three rates, repeats, hot issues and what is new in the orders of some days.
#[utoipa::path(
    get,
    path = "/v1/digest",
    params(
        ("from" = String, Query, description = "The first day"),
        ("to" = String, Query, description = "The last day"),
        ("weeks" = Option<u32>, Query, description = "Weeks before, with which the days are compared; 8 if absent"),
        ("format" = Option<Format>, Query, description = "`json` if absent; the others are the claims of it with the label of generated text"),
    ),
    responses(
        (status = 200, description = "`statistics` and `rates`; each figure has `value`, `of` and `cases`, the places of its orders in `ids`. `unreadable` names orders that are counted nowhere because their record was altered", body = Object),
        (status = "4XX", description = "Not for this caller", body = ErrorBody),
    )
)]
pub(super) async fn read(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Response, ApiError> {
    let app = &shared.app;
    let Some(hotline) = &app.catalog.hotline else {
        return Err(ApiError::unavailable("no_hotline"));
    };
    let person = person(&caller, None)?;
    let actor = hotline.actor(&person);
    if actor.is_none_or(|actor| actor.role != ActorRole::Centre) {
        return Err(ApiError::forbidden("工单汇总只向热线服务中心开放。"));
    }
    let (days, weeks) = (Days::LONGEST, Days::MOST_WEEKS);
    let compared = asked.weeks.unwrap_or(Days::WEEKS);
    if compared == 0 || compared > weeks {
        let message = format!("`weeks` 应当在 1 到 {weeks} 之间。");
        return Err(ApiError::field("weeks", "invalid_period", message));
    }
    let found = Days::of(asked.from, asked.to, compared).ok_or_else(|| {
        let message = format!("`to` 应当不早于 `from`，且不超过 {days} 天。");
        ApiError::field("to", "invalid_period", message)
    })?;
    let counted = of_days(app.toolbox.store(), hotline, found, app.now()).await;
    let counted = counted.map_err(tools::Error::from)?;
    let document = match asked.format {
        Format::Json => return Ok((NO_STORE, Json(counted)).into_response()),
        Format::Docx => Document::Docx,
        Format::Page => Document::Page,
    };
    let body = written(
        &app.catalog,
        &app.settings.city.producer,
        &counted,
        document,
    );
    let name = format!("digest-{}-{}", asked.from, asked.to);
    body.and_then(|body| carried(asked.format, &name, body))
        .ok_or_else(ApiError::internal)
}
