//! What a look at a datastream reads and writes, in one transaction: two processes that look at the same readings raise one alert.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use serde_json::Value;
use sqlx::{Any, Transaction};

use super::sensor::{column, reading};
use super::watch::{alert, put_alert, put_state};
use super::{Alert, Store, StoreError, WatchState, read};
use crate::sensor::Reading;

const STATES: &str = "select rule, state from watch_state where datastream = $1 order by rule";

/// For more datastreams than these all that is remembered is read in one go.
const FEW: usize = 16;

/// What there is to look at.
#[derive(Debug)]
pub(crate) struct Seen {
    /// What is remembered of the datastream, by rule.
    pub(crate) states: BTreeMap<String, Value>,
    /// Its alerts that are not over, and for each rule the last.
    pub(crate) alerts: Vec<Alert>,
    /// Its readings since, by time.
    pub(crate) readings: Vec<Reading>,
}

/// What a look leaves: states, alerts that changed, and something for whoever looks.
pub(crate) type Left<T> = (Vec<WatchState>, Vec<Alert>, T);

impl Store {
    /// What is remembered of datastreams.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn watch_states_of(
        &self,
        datastreams: &[impl AsRef<str>],
    ) -> Result<Vec<WatchState>, StoreError> {
        if datastreams.len() > FEW {
            let wanted: HashSet<&str> = datastreams.iter().map(AsRef::as_ref).collect();
            let mut all = self.watch_states().await?;
            all.retain(|state| wanted.contains(state.datastream.as_str()));
            return Ok(all);
        }
        let mut found = Vec::new();
        for datastream in datastreams.iter().map(AsRef::as_ref) {
            let rows: Vec<(String, String)> = sqlx::query_as(STATES)
                .bind(datastream)
                .fetch_all(self.readers())
                .await?;
            for (rule, state) in rows {
                found.push(WatchState {
                    rule,
                    datastream: datastream.to_owned(),
                    state: read(&state)?,
                });
            }
        }
        Ok(found)
    }

    /// Looks at the next readings of a datastream later than `from`, `limit` at most: `fold` says what is remembered then and which
    /// alerts changed. Nobody else looks meanwhile.
    ///
    /// # Errors
    /// What the database reports, and what `fold` does; then nothing is stored.
    pub(crate) async fn watch<T>(
        &self,
        datastream: &str,
        from: Option<Timestamp>,
        limit: usize,
        fold: impl FnOnce(Seen) -> Result<Left<T>, StoreError>,
    ) -> Result<(Vec<Alert>, T), StoreError> {
        // Nobody appends meanwhile: a reading that is stored a moment later, and is older, would never be looked at.
        let mut transaction = self.write_network().await?;
        let seen = Seen {
            states: states(&mut transaction, datastream).await?,
            alerts: open(&mut transaction, datastream).await?,
            readings: since(&mut transaction, (datastream, from), limit).await?,
        };
        let (states, alerts, rest) = fold(seen)?;
        for state in &states {
            put_state(&mut transaction, state).await?;
        }
        for alert in &alerts {
            put_alert(&mut transaction, alert).await?;
        }
        transaction.commit().await?;
        Ok((alerts, rest))
    }

    /// The alert with this id.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn alert(&self, id: &str) -> Result<Option<Alert>, StoreError> {
        let row = sqlx::query("select * from alert where id = $1")
            .bind(id)
            .fetch_optional(self.readers())
            .await?;
        row.map(|row| alert(&row)).transpose()
    }

    /// Changes an alert, as it stands while nobody else can write; `None` where there is none.
    ///
    /// # Errors
    /// What the database reports, and what `make` does; then nothing is stored.
    pub(crate) async fn change_alert<E: From<StoreError>>(
        &self,
        id: &str,
        make: impl FnOnce(&mut Alert) -> Result<(), E>,
    ) -> Result<Option<Alert>, E> {
        let mut transaction = self.write().await?;
        let row = sqlx::query("select * from alert where id = $1")
            .bind(id)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(StoreError::from)?;
        let Some(mut found) = row.map(|row| alert(&row)).transpose()? else {
            return Ok(None);
        };
        make(&mut found)?;
        put_alert(&mut transaction, &found).await?;
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(Some(found))
    }
}

async fn states(
    transaction: &mut Transaction<'static, Any>,
    datastream: &str,
) -> Result<BTreeMap<String, Value>, StoreError> {
    let rows: Vec<(String, String)> = sqlx::query_as(STATES)
        .bind(datastream)
        .fetch_all(&mut **transaction)
        .await?;
    let state = |(rule, state): (String, String)| Ok((rule, read(&state)?));
    rows.into_iter().map(state).collect()
}

/// Those that are not over, and for each rule the last.
async fn open(
    transaction: &mut Transaction<'static, Any>,
    datastream: &str,
) -> Result<Vec<Alert>, StoreError> {
    let select = "select * from alert where datastream = $1 and (cleared is null or raised = \
        (select max(raised) from alert last where last.datastream = alert.datastream and last.rule = alert.rule and last.level is not null)) \
        order by raised, id";
    let rows = sqlx::query(select)
        .bind(datastream)
        .fetch_all(&mut **transaction)
        .await?;
    rows.iter().map(alert).collect()
}

async fn since(
    transaction: &mut Transaction<'static, Any>,
    (datastream, from): (&str, Option<Timestamp>),
    limit: usize,
) -> Result<Vec<Reading>, StoreError> {
    let select = "select at, value, unit from observation where datastream = $1 and at > $2 order by at limit $3";
    let rows = sqlx::query(select)
        .bind(datastream)
        .bind(from.map_or(i64::MIN, Timestamp::as_microsecond))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&mut **transaction)
        .await?;
    let one = |row| {
        let found = (
            column(row, "at")?,
            column(row, "value")?,
            column(row, "unit")?,
        );
        reading(datastream, found)
    };
    rows.iter().map(one).collect()
}
