//! Observations: the readings of one datastream, or of several one after the other.
//!
//! They are never in memory all at once. By time a page takes as long as it is large; where several datastreams are asked for
//! by time, each is asked for as many as the page holds.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tools::sensor::Reading;
use tools::{ObservationFilter, Page, PageOrder, Relation, Store};

use super::filter::{Expression, Literal, related};
use super::options::Options;
use super::wrong::Wrong;
use crate::http::error::ApiError;

/// Observations that may be passed over; further on one gets by the links between pages.
const DEEPEST: u64 = 10_000;

/// A page of observations.
pub(super) struct Found {
    pub(super) readings: Vec<Reading>,
    pub(super) count: Option<u64>,
    /// Whether there are more behind it.
    pub(super) more: bool,
    /// Whether the next page begins behind the last id, and not after a number of observations.
    pub(super) by_id: bool,
}

/// How a page is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// As they are stored: by datastream, then by time.
    Id,
    Time {
        descending: bool,
    },
    Value {
        descending: bool,
    },
}

/// By which an observation is named: `DS-0007@2026-11-20T08:00:00Z`.
pub(super) fn id(reading: &Reading) -> String {
    format!("{}@{}", reading.datastream, reading.at)
}

/// The datastream and the time of an id.
pub(super) fn parts(id: &str) -> Option<(&str, Timestamp)> {
    let (datastream, at) = id.rsplit_once('@')?;
    Some((datastream, at.parse().ok()?))
}

/// What an observation is shown with.
pub(super) fn shown(reading: &Reading) -> Map<String, Value> {
    let at = reading.at.to_string();
    let members = [
        ("phenomenonTime", json!(at)),
        ("resultTime", json!(at)),
        ("result", json!(reading.value)),
    ];
    members
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// One observation.
pub(super) async fn one(store: &Store, wanted: &str) -> Result<Option<Reading>, ApiError> {
    let Some((datastream, at)) = parts(wanted) else {
        return Ok(None);
    };
    let condition = ObservationFilter::Time(Relation::Equal, at);
    let page = Page {
        datastream,
        condition: &condition,
        order: PageOrder::Oldest,
        skip: 0,
        top: 1,
    };
    let found = store.observations(&page).await;
    let found = found.map_err(tools::Error::from)?.into_iter().next();
    // Another way to write the time is another id.
    Ok(found.filter(|reading| id(reading) == wanted))
}

/// A page of the observations of `datastreams`.
pub(super) async fn page(
    store: &Store,
    datastreams: &[String],
    options: &Options,
) -> Result<Found, ApiError> {
    if options.skip > DEEPEST {
        let message = format!(
            "`$skip` 最多{DEEPEST}；请改用 `@iot.nextLink` 逐页读取，或者按 phenomenonTime 筛选。"
        );
        return Err(ApiError::field("$skip", "invalid_option", message));
    }
    let order = order(options);
    let by_value = matches!(order, Order::Value { .. });
    let by_id = options
        .order
        .iter()
        .any(|order| order.property.path == "id");
    let backwards = by_id && order != Order::Id;
    if (by_value || backwards) && datastreams.len() > 1 {
        let message = "只有同一数据流的观测可以这样排序";
        return Err(Wrong::unsupported(1, message).of("$orderby"));
    }
    let after = match &options.after {
        None => None,
        Some(_) if by_value || options.skip > 0 => return Err(bad_token()),
        Some(token) => Some(parts(token).ok_or_else(bad_token)?),
    };
    let asked = Asked {
        store,
        order,
        after,
        wanted: options.skip + options.top + 1,
    };
    let mut sorted: Vec<&String> = datastreams.iter().collect();
    sorted.sort();
    let mut readings = Vec::new();
    let mut count = 0;
    for datastream in sorted {
        let condition = options.filter.as_ref();
        let condition =
            condition.map_or(ObservationFilter::Always, |it| condition_on(it, datastream));
        if options.count {
            let counted = store.count_observations(datastream, &condition).await;
            count += counted.map_err(tools::Error::from)?;
        }
        asked.add(datastream, condition, &mut readings).await?;
    }
    let skip = usize::try_from(options.skip).unwrap_or(usize::MAX);
    let top = usize::try_from(options.top).unwrap_or(usize::MAX);
    let mut readings: Vec<Reading> = readings.into_iter().skip(skip).collect();
    let more = readings.len() > top;
    readings.truncate(top);
    Ok(Found {
        // Of nothing there is no last one to go on from.
        more: more && !readings.is_empty(),
        readings,
        count: options.count.then_some(count),
        by_id: !by_value,
    })
}

fn order(options: &Options) -> Order {
    let Some(order) = options.order.first() else {
        return Order::Id;
    };
    let descending = order.descending;
    match order.property.path {
        "result" => Order::Value { descending },
        "id" if !descending => Order::Id,
        _ => Order::Time { descending },
    }
}

fn bad_token() -> ApiError {
    let message = "`$skiptoken` 只应来自 `@iot.nextLink`，不能自行填写。";
    ApiError::field("$skiptoken", "invalid_option", message)
}

/// What each datastream is asked for.
struct Asked<'a> {
    store: &'a Store,
    order: Order,
    /// Behind which observation the page begins.
    after: Option<(&'a str, Timestamp)>,
    wanted: u64,
}

impl Asked<'_> {
    /// Adds what a datastream has to the page; they come by id.
    async fn add(
        &self,
        datastream: &str,
        condition: ObservationFilter,
        readings: &mut Vec<Reading>,
    ) -> Result<(), ApiError> {
        let wanted = usize::try_from(self.wanted).unwrap_or(usize::MAX);
        let condition = condition.and(self.behind(datastream));
        let top = match self.order {
            Order::Id => wanted.saturating_sub(readings.len()),
            Order::Time { .. } | Order::Value { .. } => wanted,
        };
        if top == 0 || condition == ObservationFilter::Never {
            return Ok(());
        }
        let page = Page {
            datastream,
            condition: &condition,
            order: match self.order {
                Order::Id | Order::Time { descending: false } => PageOrder::Oldest,
                Order::Time { descending: true } => PageOrder::Newest,
                Order::Value { descending: false } => PageOrder::Smallest,
                Order::Value { descending: true } => PageOrder::Largest,
            },
            skip: 0,
            top: u64::try_from(top).unwrap_or(u64::MAX),
        };
        let found = self.store.observations(&page).await;
        readings.extend(found.map_err(tools::Error::from)?);
        if let Order::Time { descending } = self.order {
            // Stable: of one moment the datastreams stay by id.
            readings.sort_by(|one, other| match descending {
                false => one.at.cmp(&other.at),
                true => other.at.cmp(&one.at),
            });
            readings.truncate(wanted);
        }
        Ok(())
    }

    /// Which of a datastream come behind the observation after which the page begins.
    fn behind(&self, datastream: &str) -> ObservationFilter {
        let Some((last, at)) = self.after else {
            return ObservationFilter::Always;
        };
        let relation = match (self.order, datastream.cmp(last)) {
            (Order::Id, Ordering::Less) => return ObservationFilter::Never,
            (Order::Id, Ordering::Greater) => return ObservationFilter::Always,
            (Order::Time { descending: true }, Ordering::Greater) => Relation::LessOrEqual,
            (Order::Time { descending: true }, _) => Relation::Less,
            (_, Ordering::Greater) => Relation::GreaterOrEqual,
            (_, Ordering::Less | Ordering::Equal) => Relation::Greater,
        };
        ObservationFilter::Time(relation, at)
    }
}

/// The same condition, on the readings of one datastream.
pub(super) fn condition_on(expression: &Expression, datastream: &str) -> ObservationFilter {
    let all = |terms: &[Expression]| {
        terms
            .iter()
            .map(|it| condition_on(it, datastream))
            .collect()
    };
    match expression {
        Expression::All(terms) => ObservationFilter::All(all(terms)),
        Expression::Any(terms) => ObservationFilter::Any(all(terms)),
        Expression::Not(term) => ObservationFilter::Not(Box::new(condition_on(term, datastream))),
        Expression::Is(property, relation, literal) => match (property.path, literal) {
            (_, Literal::Time(time)) => ObservationFilter::Time(*relation, *time),
            (_, Literal::Number(number)) => ObservationFilter::Value(*relation, *number),
            ("id", Literal::Text(id)) => named(id, *relation, datastream),
            (_, Literal::Text(id)) => constant(related(datastream.cmp(id), *relation)),
        },
    }
}

/// Equal to an id, or not equal; others were refused when they were read.
fn named(id: &str, relation: Relation, datastream: &str) -> ObservationFilter {
    let of_this = parts(id).filter(|(own, at)| *own == datastream && id.ends_with(&at.to_string()));
    match of_this {
        Some((_, at)) => ObservationFilter::Time(relation, at),
        None => constant(relation == Relation::NotEqual),
    }
}

fn constant(holds: bool) -> ObservationFilter {
    if holds {
        ObservationFilter::Always
    } else {
        ObservationFilter::Never
    }
}

#[cfg(test)]
mod tests;
