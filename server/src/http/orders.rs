//! Work orders in lists: the queue of an officer, the orders of one's own, and the three rates (三率).

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use jiff::civil::Date;
use serde::Deserialize;
use serde::Serialize;
use tools::order::State as OrderState;
use tools::order::rates::{Period, Rates};
use tools::{OrderFilter, OrderRow, handle};

use super::Shared;
use super::error::{ApiError, ErrorBody};
use super::tools::person;
use super::turns::NO_STORE;
use crate::rates::{By, of_period};
use crate::turn::Caller;

/// Most orders of a list.
const MOST: u32 = 200;

/// Which orders.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// Codes of states, with commas between them.
    state: Option<String>,
    /// The conversation of a caller without a token.
    conversation: Option<String>,
    /// How many, 50 if absent.
    limit: Option<u32>,
}

/// Orders: all for the centre, those that it leads for a unit, their own for a citizen.
#[utoipa::path(
    get,
    path = "/v1/orders",
    params(
        ("state" = Option<String>, Query, description = "Codes of states, with commas between them"),
        ("conversation" = Option<String>, Query, description = "The conversation of a caller without a token"),
        ("limit" = Option<u32>, Query, description = "How many, 50 if absent"),
    ),
    responses(
        (status = 200, description = "Orders, the latest first", body = Object),
        (status = "4XX", description = "Not for this caller", body = ErrorBody),
    )
)]
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Query(which): Query<Which>,
) -> Result<impl axum::response::IntoResponse, ApiError> {
    let app = &shared.app;
    let person = person(&caller, which.conversation.as_deref())?;
    let Some(hotline) = &app.catalog.hotline else {
        return Err(ApiError::unavailable("no_hotline"));
    };
    let actor = hotline
        .actor(&person)
        .ok_or_else(|| ApiError::not_found("no_unit", "令牌没有写明所在单位，不能查看工单。"))?;
    let mut filter = OrderFilter {
        states: states(which.state.as_deref())?,
        limit: which.limit.unwrap_or(50).min(MOST),
        ..OrderFilter::default()
    };
    use tools::order::ActorRole;
    match actor.role {
        ActorRole::Centre | ActorRole::Operator => {}
        ActorRole::Unit => filter.lead = actor.unit,
        ActorRole::Citizen | ActorRole::Machine => filter.citizen = Some(handle(&person)),
    }
    let orders = app.toolbox.store().orders(&filter).await;
    let orders: Vec<OrderRow> = orders.map_err(tools::Error::from)?;
    Ok((NO_STORE, Json(orders)))
}

/// Which rates.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Span {
    /// The first day.
    from: Date,
    /// The last day.
    to: Date,
    /// By what.
    #[serde(default)]
    by: By,
}

/// The three rates of a period.
#[derive(Debug, Serialize)]
pub(super) struct RatesView {
    from: Date,
    to: Date,
    by: By,
    /// Counts by group; a share is `yes` of `of`.
    groups: BTreeMap<String, Rates>,
}

/// The three rates, computed from the entries of orders.
#[utoipa::path(
    get,
    path = "/v1/rates",
    params(
        ("from" = String, Query, description = "The first day"),
        ("to" = String, Query, description = "The last day"),
        ("by" = Option<By>, Query, description = "By what orders are grouped"),
    ),
    responses(
        (status = 200, description = "`groups`: for each `responded`, `resolved`, `satisfied` with `yes` and `of`", body = Object),
        (status = "4XX", description = "Not for this caller", body = ErrorBody),
    )
)]
pub(super) async fn three_rates(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Query(span): Query<Span>,
) -> Result<impl axum::response::IntoResponse, ApiError> {
    if caller.role != agents::Role::Officer {
        return Err(ApiError::forbidden("三率只向工作人员开放。"));
    }
    let period = Period::of_days(span.from, span.to)
        .ok_or_else(|| ApiError::field("to", "invalid_period", "`to` 应当不早于 `from`。"))?;
    let store = shared.app.toolbox.store();
    let groups = of_period(store, period, span.by).await;
    let view = RatesView {
        from: span.from,
        to: span.to,
        by: span.by,
        groups: groups.map_err(tools::Error::from)?,
    };
    Ok((NO_STORE, Json(view)))
}

fn states(named: Option<&str>) -> Result<Vec<OrderState>, ApiError> {
    let names = named.into_iter().flat_map(|named| named.split(','));
    let names = names.map(str::trim).filter(|name| !name.is_empty());
    names
        .map(|name| {
            OrderState::of_code(name).ok_or_else(|| {
                ApiError::field(
                    "state",
                    "unknown_state",
                    format!("没有名为 `{name}` 的工单状态。"),
                )
            })
        })
        .collect()
}
