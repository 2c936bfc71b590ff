//! What is remembered of watched datastreams, and what was raised. States, events and proposals are JSON of
//! `sensor::watch`; nothing here knows what they mean.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{Any, Transaction};

use super::sensor::{column, time};
use super::{Store, StoreError, read, written};
use crate::database::Statement;

/// What is remembered of a datastream under a rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WatchState {
    /// Id of the rule.
    pub rule: String,
    /// Id of the datastream.
    pub datastream: String,
    /// What is remembered.
    pub state: Value,
}

/// What was raised, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Alert {
    /// Its id; the same id is the same alert.
    pub id: String,
    /// Id of the rule.
    pub rule: String,
    /// Id of the datastream.
    pub datastream: String,
    /// How grave it is; `None` where a device is at fault.
    pub level: Option<String>,
    /// When it was raised.
    pub raised: Timestamp,
    /// When it was over.
    pub cleared: Option<Timestamp>,
    /// What happened since, in order.
    pub events: Vec<Value>,
    /// What is said, and what may be done.
    pub proposal: Value,
    /// Who has seen it.
    pub acknowledged: Option<Acknowledged>,
}

/// That somebody has seen an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Acknowledged {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Which alerts a list has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlertFilter {
    /// Of this rule.
    pub rule: Option<String>,
    /// Of this datastream.
    pub datastream: Option<String>,
    /// Of one of these levels; empty means all, also faults.
    pub levels: Vec<String>,
    /// Only those that are not over.
    pub open: bool,
    /// Only those that nobody has acknowledged.
    pub unacknowledged: bool,
    /// At most so many, the latest first; 0 means all.
    pub limit: u32,
}

impl Store {
    /// All that is remembered, by rule and datastream.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn watch_states(&self) -> Result<Vec<WatchState>, StoreError> {
        let select = "select rule, datastream, state from watch_state order by rule, datastream";
        let rows: Vec<(String, String, String)> =
            sqlx::query_as(select).fetch_all(self.readers()).await?;
        let state = |(rule, datastream, state): (String, String, String)| {
            let state = read(&state)?;
            Ok(WatchState {
                rule,
                datastream,
                state,
            })
        };
        rows.into_iter().map(state).collect()
    }

    /// Alerts, the latest first.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn alerts(&self, filter: &AlertFilter) -> Result<Vec<Alert>, StoreError> {
        let mut select = Statement::new(self.dialect(), "select * from alert where true");
        for (column, value) in [("rule", &filter.rule), ("datastream", &filter.datastream)] {
            select.equal(column, value.as_deref());
        }
        select.among("level", &filter.levels);
        if filter.open {
            select.text(" and cleared is null");
        }
        if filter.unacknowledged {
            select.text(" and acknowledged_at is null");
        }
        select
            .text(" order by raised desc, id desc")
            .limit(filter.limit);
        let rows = select.query().fetch_all(self.readers()).await?;
        rows.iter().map(alert).collect()
    }

    /// Notes that somebody has seen an alert, and says how it stands; the first who did stays. `None` where there is no such
    /// alert.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn acknowledge(
        &self,
        id: &str,
        by: &str,
        now: Timestamp,
    ) -> Result<Option<Alert>, StoreError> {
        let mut transaction = self.write().await?;
        let update = "update alert set acknowledged_by = $1, acknowledged_at = $2 where id = $3 and acknowledged_at is null";
        sqlx::query(update)
            .bind(by)
            .bind(now.as_microsecond())
            .bind(id)
            .execute(&mut *transaction)
            .await?;
        let row = sqlx::query("select * from alert where id = $1")
            .bind(id)
            .fetch_optional(&mut *transaction)
            .await?;
        transaction.commit().await?;
        row.map(|row| alert(&row)).transpose()
    }
}

pub(super) async fn put_state(
    transaction: &mut Transaction<'static, Any>,
    state: &WatchState,
) -> Result<(), StoreError> {
    let put = "insert into watch_state (rule, datastream, state) values ($1, $2, $3) \
        on conflict (rule, datastream) do update set state = excluded.state";
    sqlx::query(put)
        .bind(&state.rule)
        .bind(&state.datastream)
        .bind(written(&state.state)?)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

pub(super) async fn put_alert(
    transaction: &mut Transaction<'static, Any>,
    alert: &Alert,
) -> Result<(), StoreError> {
    let put = "insert into alert (id, rule, datastream, level, raised, cleared, events, proposal, acknowledged_by, acknowledged_at) \
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
        on conflict (id) do update set level = excluded.level, cleared = excluded.cleared, events = excluded.events, \
        proposal = excluded.proposal";
    let acknowledged = alert.acknowledged.as_ref();
    sqlx::query(put)
        .bind(&alert.id)
        .bind(&alert.rule)
        .bind(&alert.datastream)
        .bind(&alert.level)
        .bind(alert.raised.as_microsecond())
        .bind(alert.cleared.map(Timestamp::as_microsecond))
        .bind(written(&alert.events)?)
        .bind(written(&alert.proposal)?)
        .bind(acknowledged.map(|it| &it.by))
        .bind(acknowledged.map(|it| it.at.as_microsecond()))
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

pub(super) fn alert(row: &AnyRow) -> Result<Alert, StoreError> {
    let maybe_time = |name| {
        let stored: Option<i64> = column(row, name)?;
        stored.map(time).transpose()
    };
    let by: Option<String> = column(row, "acknowledged_by")?;
    let acknowledged = by.zip(maybe_time("acknowledged_at")?);
    Ok(Alert {
        id: column(row, "id")?,
        rule: column(row, "rule")?,
        datastream: column(row, "datastream")?,
        level: column(row, "level")?,
        raised: time(column(row, "raised")?)?,
        cleared: maybe_time("cleared")?,
        events: read(&column::<String>(row, "events")?)?,
        proposal: read(&column::<String>(row, "proposal")?)?,
        acknowledged: acknowledged.map(|(by, at)| Acknowledged { by, at }),
    })
}

#[cfg(test)]
mod tests;
