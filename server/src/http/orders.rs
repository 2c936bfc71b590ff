//! Work orders in lists: the queue of an officer, and the orders of one's own.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use tools::order::State as OrderState;
use tools::{OrderFilter, OrderRow, handle};

use super::Shared;
use super::error::{ApiError, ErrorBody};
use super::tools::person;
use super::turns::NO_STORE;
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

fn states(named: Option<&str>) -> Result<Vec<OrderState>, ApiError> {
    let names = named.into_iter().flat_map(|named| named.split(','));
    let names = names.map(str::trim).filter(|name| !name.is_empty());
    names
        .map(|name| {
            serde_json::from_value(name.into()).map_err(|_| {
                ApiError::field(
                    "state",
                    "unknown_state",
                    format!("没有名为 `{name}` 的工单状态。"),
                )
            })
        })
        .collect()
}
