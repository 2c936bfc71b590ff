//! Kind `statistics`: what the orders of some days come to, in claims with the orders behind them. For the hotline's
//! centre.
//!
//! The arguments are days, a comparison and a breakdown; words become them before, and never here. People's words in the
//! claims are as they said them: whoever shows them to others masks them.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::Error;
use crate::hotline::Hotline;
use crate::manifest::Manifest;
use crate::order::rates::{Grouping, Period, Rates, rates};
use crate::order::{ActorRole, Order};
use crate::statistics::claim::{Breakdown, Claim, Rated, claims, unreadable};
use crate::statistics::count::Group;
use crate::statistics::{Case, Limits, Statistics, summarize};
use crate::store::{Since, Store, StoreError, Unreadable};
use crate::tool::{Output, Task, Tool, ToolSpec};

/// Which days, and with what they are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// The first day.
    pub first: Date,
    /// The last day.
    pub last: Date,
    /// Whole weeks of the comparison.
    pub weeks: u32,
    /// The days that are looked at.
    pub window: Period,
    /// Whole weeks before them.
    pub baseline: Period,
}

impl Days {
    /// Weeks of the comparison, unless others are asked for.
    pub const WEEKS: u32 = 8;
    /// Longest period, in days.
    pub const LONGEST: i32 = 366;
    /// Longest comparison, in weeks.
    pub const MOST_WEEKS: u32 = 104;

    /// From a day to another, compared with so many weeks before; none where the last lies before the first, or the period
    /// or the comparison is too long.
    pub fn of(first: Date, last: Date, weeks: u32) -> Option<Self> {
        let days = first.until(last).ok()?.get_days();
        if days >= Self::LONGEST || weeks == 0 || weeks > Self::MOST_WEEKS {
            return None;
        }
        let before = first
            .checked_sub(Span::new().weeks(i64::from(weeks)))
            .ok()?;
        let window = Period::of_days(first, last)?;
        let start = Period::of_days(before, last)?.from;
        Some(Self {
            first,
            last,
            weeks,
            window,
            baseline: Period {
                from: start,
                to: window.from,
            },
        })
    }
}

/// What the orders of some days come to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Counted {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Each figure with the places of its orders in `ids`.
    pub statistics: Statistics,
    /// The three rates, by district.
    pub rates: BTreeMap<String, Rates>,
    /// Orders whose record was altered; they are counted nowhere.
    pub unreadable: Vec<Unreadable>,
    #[serde(skip)]
    weeks: u32,
    #[serde(skip)]
    rated: Rated,
}

/// A name with a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Count {
    /// The name.
    pub name: String,
    /// The number.
    pub value: u64,
}

/// The same in claims: what the tool brings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summed {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Weeks before, with which the days are compared.
    pub weeks: u32,
    /// The moment at which deadlines are looked at.
    pub now: Timestamp,
    /// Cases by category, the most first.
    pub categories: Vec<Count>,
    /// Cases by day, in the order of days; a day on which none came has none.
    pub days: Vec<Count>,
    /// What may be said, in order.
    pub claims: Vec<Claim>,
    /// Orders whose record was altered; they are counted nowhere.
    pub unreadable: Vec<Unreadable>,
}

/// Counts the orders of some days, as they stand at a moment: one look at each, on all cores, and none of them is kept.
///
/// # Errors
/// What the database reports. An order whose entries were altered is named, and the others are counted.
pub async fn counted(
    store: &Store,
    hotline: &Arc<Hotline>,
    days: Days,
    now: Timestamp,
) -> Result<Counted, StoreError> {
    let (mut cases, mut rated, mut by_district) = (Vec::new(), Rated::default(), BTreeMap::new());
    let since = Since {
        opened: days.baseline.from,
        changed: days.window.from,
    };
    let (window, catalog) = (days.window, Arc::clone(hotline));
    let look = move |order: Order| {
        let of_order = rates(std::slice::from_ref(&order), window, Grouping::District);
        let case = catalog.case(&order);
        (order.id, of_order, case)
    };
    let take = |(id, of_order, case): (String, BTreeMap<String, Rates>, Option<Case>)| {
        for (district, rates) in of_order {
            rated.add(&id, &rates);
            by_district
                .entry(district)
                .or_insert_with(Rates::default)
                .add(&rates);
        }
        cases.extend(case);
    };
    let unreadable = store.each_order(since, look, take).await?;
    // Weeks before the first order there is are no weeks in which nothing came.
    let begun = cases.iter().map(|case: &Case| day_of(case.at)).min();
    let baseline = Period {
        from: begun.map_or(days.baseline.from, |begun| days.baseline.from.max(begun)),
        to: days.baseline.to,
    };
    let compute = move || summarize(&cases, days.window, baseline, now, &Limits::default());
    let statistics = tokio::task::spawn_blocking(compute)
        .await
        .expect("counting does not panic, and nobody cancels this");
    Ok(Counted {
        from: days.first,
        to: days.last,
        statistics,
        rates: by_district,
        unreadable,
        weeks: days.weeks,
        rated,
    })
}

/// The beginning of the day of a moment.
fn day_of(moment: Timestamp) -> Timestamp {
    let day = moment.to_zoned(crate::zone()).start_of_day();
    day.map_or(moment, |day| day.timestamp())
}

impl Counted {
    /// The claims of it; `by` leaves out the other breakdowns.
    pub fn summed(&self, by: Option<Breakdown>) -> Summed {
        let counts = |groups: &[Group]| {
            let count = |group: &Group| Count {
                name: group.name.clone(),
                value: group.cases.value,
            };
            groups.iter().map(count).collect()
        };
        let mut said = claims(&self.statistics, &self.rated, &Limits::default(), by);
        let altered = self.unreadable.iter().map(|it| it.id.clone());
        said.extend(unreadable(altered.collect()));
        Summed {
            from: self.from,
            to: self.to,
            weeks: self.weeks,
            now: self.statistics.now,
            categories: counts(&self.statistics.counts.category),
            days: counts(&self.statistics.counts.day),
            claims: said,
            unreadable: self.unreadable.clone(),
        }
    }
}

impl Rated {
    fn add(&mut self, id: &str, rates: &Rates) {
        self.rates.add(rates);
        if rates.responded.of > 0 {
            self.responded.push(id.to_owned());
        }
        if rates.resolved.of > 0 {
            self.resolved.push(id.to_owned());
        }
    }
}

/// A tool of this kind.
pub(crate) struct StatisticsTool {
    spec: Arc<ToolSpec>,
    hotline: Arc<Hotline>,
    store: Store,
}

impl StatisticsTool {
    pub(crate) fn new(
        file: &str,
        spec: Arc<ToolSpec>,
        manifest: &Manifest,
        hotline: Arc<Hotline>,
        store: Store,
    ) -> Result<Self, Error> {
        manifest.only_reads(file)?;
        Ok(Self {
            spec,
            hotline,
            store,
        })
    }

    async fn summed(&self, task: Task<'_>) -> Result<Summed, Error> {
        let actor = self.hotline.actor(task.person);
        if actor.is_none_or(|actor| actor.role != ActorRole::Centre) {
            return Err(refused("工单汇总只向热线服务中心开放。"));
        }
        let arguments = Value::Object(task.arguments.values().clone());
        let asked: Asked = serde_json::from_value(arguments).map_err(|error| Error::Invalid {
            tool: self.spec.name.clone(),
            message: error.to_string(),
        })?;
        let days = Days::of(asked.from, asked.to, asked.weeks.unwrap_or(Days::WEEKS));
        let days = days.ok_or_else(|| {
            let (days, weeks) = (Days::LONGEST, Days::MOST_WEEKS);
            refused(&format!(
                "结束日期应当不早于开始日期，且不超过{days}天；比对的周数应当在1到{weeks}之间。"
            ))
        })?;
        let counted = counted(&self.store, &self.hotline, days, task.now).await?;
        Ok(counted.summed(asked.by))
    }
}

fn refused(message: &str) -> Error {
    Error::Refused {
        message: message.to_owned(),
    }
}

/// The arguments.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    from: Date,
    to: Date,
    weeks: Option<u32>,
    by: Option<Breakdown>,
}

impl Tool for StatisticsTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn invoke<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Output, Error>> {
        Box::pin(async move {
            let summed = self.summed(task).await?;
            let total = summed.claims.first().map(|claim| &claim.ids);
            let ids = total.into_iter().flatten();
            Ok(Output {
                evidence: ids.map(|id| format!("order:{id}")).collect(),
                value: json!(summed),
            })
        })
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
    }

    #[test]
    fn days_that_are_none_or_too_many_are_refused() {
        let check = |first: &str, last: &str, weeks, expected: bool| {
            let days = Days::of(first.parse().unwrap(), last.parse().unwrap(), weeks);
            assert_eq!(days.is_some(), expected, "{first} {last} {weeks}");
        };
        check("2026-11-20", "2026-11-20", 1, true);
        check("2026-11-20", "2026-11-19", 1, false);
        check("2025-11-20", "2026-11-20", 8, true);
        check("2025-11-19", "2026-11-20", 8, false);
        check("2026-11-20", "2026-11-20", 0, false);
        check("2026-11-20", "2026-11-20", 105, false);
        check("-009999-01-01", "-009999-01-02", 8, false);
        check("9999-12-31", "9999-12-31", 8, false);
    }
}
