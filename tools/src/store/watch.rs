//! What is remembered of watched datastreams, and what was raised. States, events and proposals are JSON of
//! `sensor::watch`; nothing here knows what they mean.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite, Transaction};

use super::sensor::{column, time};
use super::{Store, StoreError, read, written};

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
    /// What is remembered of a datastream under a rule.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn watch_state(
        &self,
        rule: &str,
        datastream: &str,
    ) -> Result<Option<Value>, StoreError> {
        let select = "select state from watch_state where rule = ? and datastream = ?";
        let row: Option<(String,)> = sqlx::query_as(select)
            .bind(rule)
            .bind(datastream)
            .fetch_optional(self.readers())
            .await?;
        row.map(|(state,)| read(&state)).transpose()
    }

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

    /// Remembers something of a datastream under a rule.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn put_watch_state(&self, state: &WatchState) -> Result<(), StoreError> {
        self.put_watch(std::slice::from_ref(state), &[]).await
    }

    /// Stores an alert, or what became of it: its level, when it was cleared, its events and its proposal. Who has acknowledged
    /// it is not touched; see [`Store::acknowledge`].
    ///
    /// # Errors
    /// What the database reports.
    pub async fn raise(&self, alert: &Alert) -> Result<(), StoreError> {
        self.put_watch(&[], std::slice::from_ref(alert)).await
    }

    /// What is remembered after some readings together with what they raised: all of it or nothing, so that an alert is neither
    /// lost nor raised twice.
    ///
    /// # Errors
    /// What the database reports; then nothing is stored.
    pub async fn put_watch(
        &self,
        states: &[WatchState],
        alerts: &[Alert],
    ) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        for state in states {
            put_state(&mut transaction, state).await?;
        }
        for alert in alerts {
            put_alert(&mut transaction, alert).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Alerts, the latest first.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn alerts(&self, filter: &AlertFilter) -> Result<Vec<Alert>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("select * from alert where true");
        for (column, value) in [("rule", &filter.rule), ("datastream", &filter.datastream)] {
            if let Some(value) = value {
                query
                    .push(format!(" and {column} = "))
                    .push_bind(value.clone());
            }
        }
        if !filter.levels.is_empty() {
            query.push(" and level in (");
            let mut levels = query.separated(", ");
            for level in &filter.levels {
                levels.push_bind(level.clone());
            }
            query.push(")");
        }
        if filter.open {
            query.push(" and cleared is null");
        }
        if filter.unacknowledged {
            query.push(" and acknowledged_at is null");
        }
        query.push(" order by raised desc, id desc");
        if filter.limit > 0 {
            query.push(" limit ").push_bind(filter.limit);
        }
        let rows = query.build().fetch_all(self.readers()).await?;
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
        let update = "update alert set acknowledged_by = ?, acknowledged_at = ? where id = ? and acknowledged_at is null";
        sqlx::query(update)
            .bind(by)
            .bind(now.as_microsecond())
            .bind(id)
            .execute(&mut *transaction)
            .await?;
        let row = sqlx::query("select * from alert where id = ?")
            .bind(id)
            .fetch_optional(&mut *transaction)
            .await?;
        transaction.commit().await?;
        row.map(|row| alert(&row)).transpose()
    }
}

pub(super) async fn put_state(
    transaction: &mut Transaction<'static, Sqlite>,
    state: &WatchState,
) -> Result<(), StoreError> {
    let put = "insert into watch_state (rule, datastream, state) values (?, ?, ?) \
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
    transaction: &mut Transaction<'static, Sqlite>,
    alert: &Alert,
) -> Result<(), StoreError> {
    let put = "insert into alert (id, rule, datastream, level, raised, cleared, events, proposal, acknowledged_by, acknowledged_at) \
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
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

pub(super) fn alert(row: &SqliteRow) -> Result<Alert, StoreError> {
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
