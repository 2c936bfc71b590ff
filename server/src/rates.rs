//! The three rates (三率) of some days, for the API and for the command line.

use std::collections::BTreeMap;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use tools::order::rates::{Grouping, Period, Rates, rates};
use tools::{Store, StoreError};
use utoipa::ToSchema;

/// By what orders are grouped.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum By {
    /// The unit that leads.
    #[default]
    Unit,
    /// The district that has a copy.
    District,
    /// The category of the first item.
    Category,
}

/// Counts by group, from the entries of all orders.
pub(crate) async fn of_period(
    store: &Store,
    period: Period,
    by: By,
) -> Result<BTreeMap<String, Rates>, StoreError> {
    let by = match by {
        By::Unit => Grouping::Unit,
        By::District => Grouping::District,
        By::Category => Grouping::Category,
    };
    Ok(rates(&store.orders_in_full().await?, period, by))
}
