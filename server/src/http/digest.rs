//! What the orders of some days say, in numbers: for the hotline's centre.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::response::IntoResponse;
use jiff::civil::Date;
use serde::Deserialize;
use tools::order::ActorRole;

use super::Shared;
use super::error::{ApiError, ErrorBody};
use super::tools::person;
use super::turns::NO_STORE;
use crate::digest::{Days, WEEKS, of_days};
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
}

/// Longest period, in days, and longest comparison, in weeks.
const LONGEST: (i32, u32) = (366, 104);

/// Counts, deadlines, the three rates, repeats, hot issues and what is new in the orders of some days.
#[utoipa::path(
    get,
    path = "/v1/digest",
    params(
        ("from" = String, Query, description = "The first day"),
        ("to" = String, Query, description = "The last day"),
        ("weeks" = Option<u32>, Query, description = "Weeks before, with which the days are compared; 8 if absent"),
    ),
    responses(
        (status = 200, description = "`statistics` and `rates`; each figure has `value`, `of` and `cases`, the places of its orders in `ids`", body = Object),
        (status = "4XX", description = "Not for this caller", body = ErrorBody),
    )
)]
pub(super) async fn read(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<impl IntoResponse, ApiError> {
    let app = &shared.app;
    let Some(hotline) = &app.catalog.hotline else {
        return Err(ApiError::unavailable("no_hotline"));
    };
    let person = person(&caller, None)?;
    let actor = hotline.actor(&person);
    if actor.is_none_or(|actor| actor.role != ActorRole::Centre) {
        return Err(ApiError::forbidden("工单汇总只向热线服务中心开放。"));
    }
    let (days, weeks) = LONGEST;
    let compared = asked.weeks.unwrap_or(WEEKS);
    if compared == 0 || compared > weeks {
        let message = format!("`weeks` 应当在 1 到 {weeks} 之间。");
        return Err(ApiError::field("weeks", "invalid_period", message));
    }
    let length = asked.from.until(asked.to).map(|span| span.get_days());
    let found = Days::of(asked.from, asked.to, compared)
        .filter(|_| length.is_ok_and(|length| length < days));
    let found = found.ok_or_else(|| {
        let message = format!("`to` 应当不早于 `from`，且不超过 {days} 天。");
        ApiError::field("to", "invalid_period", message)
    })?;
    let store = app.toolbox.store();
    let digest = of_days(store, hotline, found, app.now()).await;
    Ok((NO_STORE, Json(digest.map_err(tools::Error::from)?)))
}
