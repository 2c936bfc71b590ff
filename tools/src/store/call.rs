//! Calls with an effect, by their key: begun, then ended. One that was begun and not ended is looked up at its tool.

use jiff::Timestamp;
use serde_json::Value;
use sqlx::Row;

use super::{Store, StoreError, proposal, read, record, written};
use crate::error::ApprovalReason;
use crate::tool::{Output, Person};

/// What is known of a key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Started {
    /// Digest of tool, arguments and person.
    pub(crate) request: String,
    /// What it brought; none while that is not known.
    pub(crate) output: Option<Output>,
}

/// What came of beginning a call.
pub(crate) enum Begun {
    /// It may be carried out.
    Now,
    /// Another one with this key was there before.
    Before(Started),
    /// The confirmation does not let it through.
    Not(ApprovalReason),
}

impl Store {
    /// What is known of `key`.
    pub(crate) async fn call(&self, key: &str) -> Result<Option<Started>, StoreError> {
        let row = sqlx::query("select request, output from call where key = $1")
            .bind(key)
            .fetch_optional(self.readers())
            .await?;
        row.map(|row| started(&row)).transpose()
    }

    /// Uses up a confirmation and begins the call, in one transaction: neither is there without the other.
    pub(crate) async fn begin(
        &self,
        key: &str,
        request: &str,
        (id, digest): (&str, &str),
        person: &Person,
        now: Timestamp,
    ) -> Result<Begun, StoreError> {
        let mut transaction = self.write().await?;
        let row = sqlx::query("select request, output from call where key = $1")
            .bind(key)
            .fetch_optional(&mut *transaction)
            .await?;
        if let Some(row) = row {
            return Ok(Begun::Before(started(&row)?));
        }
        let Some(proposal) = proposal::within(&mut transaction, id).await? else {
            return Ok(Begun::Not(ApprovalReason::Unknown));
        };
        if let Err(reason) = proposal.open_to(person, now) {
            return Ok(Begun::Not(reason));
        }
        if !proposal.is_confirmed || proposal.digest != digest || proposal.key != key {
            return Ok(Begun::Not(ApprovalReason::Altered));
        }
        sqlx::query("update proposal set used = $1 where id = $2")
            .bind(now.to_string())
            .bind(id)
            .execute(&mut *transaction)
            .await?;
        sqlx::query("insert into call (key, request, tool, started) values ($1, $2, $3, $4)")
            .bind(key)
            .bind(request)
            .bind(&proposal.tool)
            .bind(now.to_string())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(Begun::Now)
    }

    /// Ends a call that was begun. Without output there was no effect, and the key is free again.
    pub(crate) async fn end(
        &self,
        key: &str,
        tool: &str,
        output: Option<&Output>,
        body: &Value,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        match output {
            Some(output) => {
                sqlx::query("update call set output = $1, ended = $2 where key = $3")
                    .bind(written(output)?)
                    .bind(now.to_string())
                    .bind(key)
                    .execute(&mut *transaction)
                    .await?;
            }
            None => {
                sqlx::query("delete from call where key = $1 and output is null")
                    .bind(key)
                    .execute(&mut *transaction)
                    .await?;
            }
        }
        record::append(&mut transaction, now, tool, body).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Puts a call without an effect, or one that was turned away, on the record.
    pub(crate) async fn note(
        &self,
        tool: &str,
        body: &Value,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        record::append(&mut transaction, now, tool, body).await?;
        transaction.commit().await?;
        Ok(())
    }
}

fn started(row: &sqlx::any::AnyRow) -> Result<Started, StoreError> {
    let unreadable = |error: sqlx::Error| StoreError::Row(error.to_string());
    let output: Option<String> = row.try_get("output").map_err(unreadable)?;
    Ok(Started {
        request: row.try_get("request").map_err(unreadable)?,
        output: output.as_deref().map(read).transpose()?,
    })
}
