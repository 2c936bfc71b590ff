//! The statistics of some days of orders, for the API and for the command line. People's words in them are masked.

use std::collections::BTreeMap;
use std::sync::Arc;

use agents::audit::masked;
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use serde::Serialize;
use tools::order::rates::{Period, Rates};
use tools::statistics::{Limits, Statistics, summarize};
use tools::{Hotline, Store, StoreError};

use crate::rates::{By, of_period};

/// Weeks before the days in question with which these are compared.
pub(crate) const WEEKS: u32 = 8;

/// What the orders of some days say.
#[derive(Debug, Serialize)]
pub(crate) struct Digest {
    pub(crate) from: Date,
    pub(crate) to: Date,
    /// Each figure with the places of its orders in `ids`.
    pub(crate) statistics: Statistics,
    /// The three rates, by district.
    pub(crate) rates: BTreeMap<String, Rates>,
}

/// Which days.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Days {
    from: Date,
    to: Date,
    /// The days that are looked at.
    window: Period,
    /// Whole weeks before them.
    baseline: Period,
}

impl Days {
    /// From a day to another, compared with so many weeks before; none where the last lies before the first.
    pub(crate) fn of(first: Date, last: Date, weeks: u32) -> Option<Self> {
        let before = first
            .checked_sub(Span::new().weeks(i64::from(weeks)))
            .ok()?;
        let window = Period::of_days(first, last)?;
        let start = Period::of_days(before, last)?.from;
        Some(Self {
            from: first,
            to: last,
            window,
            baseline: Period {
                from: start,
                to: window.from,
            },
        })
    }
}

/// Computes it: statistics from the orders since the beginning of the comparison, rates from all.
///
/// # Errors
/// What the store reports; an order whose entries were altered.
pub(crate) async fn of_days(
    store: &Store,
    hotline: &Arc<Hotline>,
    days: Days,
    now: Timestamp,
) -> Result<Digest, StoreError> {
    let mut cases = Vec::new();
    let since = days.baseline.from;
    store
        .each_order(since, |order| cases.extend(hotline.case(&order)))
        .await?;
    let compute = move || {
        let mut statistics = summarize(&cases, days.window, days.baseline, now, &Limits::default());
        for issue in &mut statistics.issues {
            issue.title = masked_text(&issue.title);
        }
        statistics
    };
    let statistics = tokio::task::spawn_blocking(compute)
        .await
        .expect("counting does not panic, and nobody cancels this");
    Ok(Digest {
        from: days.from,
        to: days.to,
        statistics,
        rates: of_period(store, days.window, By::District).await?,
    })
}

fn masked_text(text: &str) -> String {
    match masked(text.into()) {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_compared_with_whole_weeks_before_them() {
        let day = |text: &str| text.parse().unwrap();
        let days = Days::of(day("2026-11-14"), day("2026-11-20"), 8).unwrap();
        assert_eq!(days.window.from.to_string(), "2026-11-13T16:00:00Z");
        assert_eq!(days.window.to.to_string(), "2026-11-20T16:00:00Z");
        assert_eq!(days.baseline.from.to_string(), "2026-09-18T16:00:00Z");
        assert_eq!(days.baseline.to, days.window.from);
        assert!(Days::of(day("2026-11-20"), day("2026-11-14"), 8).is_none());
    }

    #[test]
    fn what_people_said_is_masked() {
        let shown = masked_text("楼道堆物，电话13812345678");
        assert!(shown.contains("138****5678"), "{shown}");
    }
}
