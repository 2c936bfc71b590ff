//! Proposals: what a call would do, waiting for a person to confirm it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{Any, Row, Transaction};

use super::{Store, StoreError, read, read_time, record, written};
use crate::error::ApprovalReason;
use crate::origin::Arguments;
use crate::tool::{Person, Preview};

/// What a call would do, for the person who may confirm it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// Its number.
    pub id: String,
    /// Name of the tool.
    pub tool: String,
    /// Name of the agent that proposes it.
    pub agent: String,
    /// What will happen.
    pub preview: Preview,
    /// Arguments, as they will be passed on.
    pub arguments: serde_json::Map<String, Value>,
    /// When it was made.
    pub created: Timestamp,
    /// From when on it can no longer be confirmed.
    pub expires: Timestamp,
}

/// A proposal as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stored {
    pub(crate) id: String,
    pub(crate) tool: String,
    pub(crate) agent: String,
    pub(crate) arguments: Arguments,
    pub(crate) person: Person,
    pub(crate) said: Vec<String>,
    pub(crate) key: String,
    pub(crate) preview: Preview,
    pub(crate) digest: String,
    pub(crate) created: Timestamp,
    pub(crate) expires: Timestamp,
    pub(crate) is_confirmed: bool,
    pub(crate) is_declined: bool,
    pub(crate) is_used: bool,
}

impl Stored {
    /// What a person is shown.
    pub(crate) fn shown(self) -> Proposal {
        Proposal {
            id: self.id,
            tool: self.tool,
            agent: self.agent,
            preview: self.preview,
            arguments: self.arguments.values().clone(),
            created: self.created,
            expires: self.expires,
        }
    }

    /// Whether `person` may still decide on it.
    pub(crate) fn open_to(&self, person: &Person, now: Timestamp) -> Result<(), ApprovalReason> {
        if self.person != *person {
            return Err(ApprovalReason::Person);
        }
        if self.is_declined {
            return Err(ApprovalReason::Declined);
        }
        if self.is_used {
            return Err(ApprovalReason::Used);
        }
        // A clock that was set back does not give more time.
        if now.max(self.created) >= self.expires {
            return Err(ApprovalReason::Expired);
        }
        Ok(())
    }
}

impl Store {
    pub(crate) async fn propose(&self, proposal: &Stored, body: &Value) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        let insert = "insert into proposal (id, tool, agent, arguments, person, said, key, preview, digest, created, expires) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        sqlx::query(insert)
            .bind(&proposal.id)
            .bind(&proposal.tool)
            .bind(&proposal.agent)
            .bind(written(&proposal.arguments)?)
            .bind(written(&proposal.person)?)
            .bind(written(&proposal.said)?)
            .bind(&proposal.key)
            .bind(written(&proposal.preview)?)
            .bind(&proposal.digest)
            .bind(proposal.created.to_string())
            .bind(proposal.expires.to_string())
            .execute(&mut *transaction)
            .await?;
        record::append(&mut transaction, proposal.created, &proposal.tool, body).await?;
        transaction.commit().await?;
        Ok(())
    }

    pub(crate) async fn proposal(&self, id: &str) -> Result<Option<Stored>, StoreError> {
        let row = sqlx::query("select * from proposal where id = $1")
            .bind(id)
            .fetch_optional(self.readers())
            .await?;
        row.map(|row| stored(&row)).transpose()
    }

    /// Proposals that can still be decided at `now`, the oldest first.
    pub(crate) async fn open_proposals(&self, now: Timestamp) -> Result<Vec<Stored>, StoreError> {
        let select =
            "select * from proposal where used is null and declined is null order by created, id";
        let rows = sqlx::query(select).fetch_all(self.readers()).await?;
        let all: Result<Vec<Stored>, _> = rows.iter().map(stored).collect();
        Ok(all?
            .into_iter()
            .filter(|proposal| now < proposal.expires)
            .collect())
    }

    /// Puts a person's decision on the record, if it can still be made.
    pub(crate) async fn decide(
        &self,
        id: &str,
        person: &Person,
        confirms: bool,
        now: Timestamp,
    ) -> Result<Result<Stored, ApprovalReason>, StoreError> {
        let mut transaction = self.write().await?;
        let Some(mut proposal) = within(&mut transaction, id).await? else {
            return Ok(Err(ApprovalReason::Unknown));
        };
        if let Err(reason) = proposal.open_to(person, now) {
            return Ok(Err(reason));
        }
        if !proposal.is_confirmed {
            let column = if confirms { "confirmed" } else { "declined" };
            let update = format!("update proposal set {column} = $1 where id = $2");
            sqlx::query(sqlx::AssertSqlSafe(update))
                .bind(now.to_string())
                .bind(id)
                .execute(&mut *transaction)
                .await?;
            let body = serde_json::json!({
                "outcome": column,
                "proposal": id,
                "person": person,
                "digest": proposal.digest,
            });
            record::append(&mut transaction, now, &proposal.tool, &body).await?;
        }
        transaction.commit().await?;
        proposal.is_confirmed |= confirms;
        proposal.is_declined |= !confirms;
        Ok(Ok(proposal))
    }
}

/// The proposal as it stands inside `transaction`.
pub(super) async fn within(
    transaction: &mut Transaction<'static, Any>,
    id: &str,
) -> Result<Option<Stored>, StoreError> {
    let row = sqlx::query("select * from proposal where id = $1")
        .bind(id)
        .fetch_optional(&mut **transaction)
        .await?;
    row.map(|row| stored(&row)).transpose()
}

fn stored(row: &sqlx::any::AnyRow) -> Result<Stored, StoreError> {
    let unreadable = |error: sqlx::Error| StoreError::Row(error.to_string());
    let text = |name: &str| row.try_get::<String, _>(name).map_err(unreadable);
    let maybe = |name: &str| row.try_get::<Option<String>, _>(name).map_err(unreadable);
    Ok(Stored {
        id: text("id")?,
        tool: text("tool")?,
        agent: text("agent")?,
        arguments: read(&text("arguments")?)?,
        person: read(&text("person")?)?,
        said: read(&text("said")?)?,
        key: text("key")?,
        preview: read(&text("preview")?)?,
        digest: text("digest")?,
        created: read_time(&text("created")?)?,
        expires: read_time(&text("expires")?)?,
        is_confirmed: maybe("confirmed")?.is_some(),
        is_declined: maybe("declined")?.is_some(),
        is_used: maybe("used")?.is_some(),
    })
}
