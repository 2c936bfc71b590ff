//! The chain of records: every call of a tool, with the hash of the record before. Values of arguments are not in it, only
//! their digest, names and origins: what is not here cannot leak from here.

use futures::TryStreamExt;
use serde::Serialize;
use serde_json::Value;
use sqlx::{Any, Row, Transaction};

use super::{Store, StoreError, written};
use crate::digest;

/// What the first record names as the hash before it.
const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Record {
    /// 1 for the first, then without gaps.
    pub sequence: i64,
    /// RFC 3339.
    pub time: String,
    /// Name of the tool.
    pub tool: String,
    /// Agent, person, key, digest and outcome; JSON.
    pub body: String,
    /// Hash of the record before.
    pub previous: String,
    /// SHA-256 over all other fields.
    pub hash: String,
}

/// A sound chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Its length.
    pub count: i64,
    /// Hash of its last record.
    pub last: String,
}

/// Why a chain is not sound.
#[derive(Debug, thiserror::Error)]
pub enum Altered {
    /// The first record that is not as it was written, or not where it was.
    #[error("record {0} of the tools was altered, moved or removed")]
    Record(i64),
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Record {
    fn digest(&self) -> String {
        let sequence = self.sequence.to_string();
        digest::of_parts(&[
            "record",
            &sequence,
            &self.time,
            &self.tool,
            &self.body,
            &self.previous,
        ])
    }
}

/// Appends a record inside `transaction`.
pub(crate) async fn append(
    transaction: &mut Transaction<'static, Any>,
    time: jiff::Timestamp,
    tool: &str,
    body: &Value,
) -> Result<(), StoreError> {
    let newest: Option<(i64, String)> = sqlx::query_as("select sequence, hash from head")
        .fetch_optional(&mut **transaction)
        .await?;
    let (sequence, previous) = newest.unwrap_or((0, GENESIS.to_owned()));
    let mut record = Record {
        sequence: sequence + 1,
        time: time.to_string(),
        tool: tool.to_owned(),
        body: written(body)?,
        previous,
        hash: String::new(),
    };
    record.hash = record.digest();
    sqlx::query(
        "insert into record (sequence, time, tool, body, previous, hash) values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(record.sequence)
    .bind(&record.time)
    .bind(&record.tool)
    .bind(&record.body)
    .bind(&record.previous)
    .bind(&record.hash)
    .execute(&mut **transaction)
    .await?;
    let head = "insert into head (\"only\", sequence, hash) values (1, $1, $2) on conflict (\"only\") do update set sequence = excluded.sequence, hash = excluded.hash";
    sqlx::query(head)
        .bind(record.sequence)
        .bind(&record.hash)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

impl Store {
    /// Records from number `first` on, `limit` at most.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn records(&self, first: i64, limit: u32) -> Result<Vec<Record>, StoreError> {
        let select = "select * from record where sequence >= $1 order by sequence limit $2";
        let rows = sqlx::query(select)
            .bind(first)
            .bind(i64::from(limit))
            .fetch(self.readers());
        rows.map_err(StoreError::from)
            .and_then(|row| async move { record(&row) })
            .try_collect()
            .await
    }

    /// Checks the whole chain, and that nothing was cut off at its end.
    ///
    /// # Errors
    /// [`Altered::Record`] names the first altered, missing or displaced record.
    pub async fn verify(&self) -> Result<Verified, Altered> {
        // Taken first: records that come while this runs are behind it.
        let head: Option<(i64, String)> = sqlx::query_as("select sequence, hash from head")
            .fetch_optional(self.readers())
            .await
            .map_err(StoreError::from)?;
        let (count, last) = head.unwrap_or((0, GENESIS.to_owned()));
        let mut previous = GENESIS.to_owned();
        let mut expected = 1;
        let rows = sqlx::query("select * from record order by sequence").fetch(self.readers());
        let mut rows = rows.map_err(StoreError::from);
        while let Some(row) = rows.try_next().await? {
            if expected > count {
                break;
            }
            let sound = record(&row).is_ok_and(|record| {
                let sound = record.sequence == expected
                    && record.previous == previous
                    && record.hash == record.digest();
                previous = record.hash;
                sound
            });
            if !sound {
                return Err(Altered::Record(expected));
            }
            expected += 1;
        }
        if expected <= count {
            return Err(Altered::Record(expected));
        }
        if previous != last {
            return Err(Altered::Record(count));
        }
        Ok(Verified { count, last })
    }
}

fn record(row: &sqlx::any::AnyRow) -> Result<Record, StoreError> {
    let text = |name: &str| {
        row.try_get::<String, _>(name)
            .map_err(|error| StoreError::Row(error.to_string()))
    };
    Ok(Record {
        sequence: row
            .try_get("sequence")
            .map_err(|error| StoreError::Row(error.to_string()))?,
        time: text("time")?,
        tool: text("tool")?,
        body: text("body")?,
        previous: text("previous")?,
        hash: text("hash")?,
    })
}
