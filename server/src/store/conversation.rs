//! Conversations. Whoever knows the identifier of one that was begun without a token may read it; one that was begun
//! with a token is there for that token only.

use agents::kind::form::Memory;
use agents::{Answer, Exchange, Speaker};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{Store, StoreError, audit};
use crate::clock::now;
use crate::turn::Caller;

/// A conversation in which a turn begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    /// A random UUID.
    pub id: String,
    /// Number of the turn, from 1.
    pub turn: u32,
    /// The latest answered turns, oldest first.
    pub history: Vec<Exchange>,
    /// Their numbers.
    pub remembered: Vec<u32>,
    /// What the latest of them left of a form.
    pub memory: Option<Box<Memory>>,
}

/// A conversation to read again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Past {
    /// Its identifier.
    pub id: String,
    /// When it began (RFC 3339).
    pub created: String,
    /// Its answered turns, oldest first.
    pub turns: Vec<PastTurn>,
}

/// One answered turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PastTurn {
    /// What was asked.
    pub question: String,
    /// What was answered.
    pub answer: Answer,
}

/// Turns that a follow-up may refer to.
const REMEMBERED: i64 = 8;

impl Store {
    /// Begins a turn: in a new conversation, or in the one named.
    ///
    /// # Errors
    /// [`StoreError::UnknownConversation`] when the one named is not there for `caller` and `agent`.
    pub async fn begin(
        &self,
        agent: &str,
        conversation: Option<&str>,
        caller: &Caller,
    ) -> Result<Conversation, StoreError> {
        let Some(id) = conversation else {
            let id = Uuid::new_v4().to_string();
            let mut transaction = self.note().await?;
            let insert = "insert into conversation (id, agent, owner, created, turns) values ($1, $2, $3, $4, 1)";
            sqlx::query(insert)
                .bind(&id)
                .bind(agent)
                .bind(&caller.name)
                .bind(now())
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await?;
            return Ok(Conversation {
                id,
                turn: 1,
                history: Vec::new(),
                remembered: Vec::new(),
                memory: None,
            });
        };
        is_made(id)?;
        let mut transaction = self.note().await?;
        let update = "update conversation set turns = turns + 1 where id = $1 and agent = $2 and owner is not distinct from $3 returning turns";
        let row = sqlx::query_as(update)
            .bind(id)
            .bind(agent)
            .bind(&caller.name)
            .fetch_optional(&mut *transaction)
            .await?;
        let (turn,): (i64,) = row.ok_or_else(|| StoreError::UnknownConversation(id.to_owned()))?;
        let select = "select number, question, answer from turn where conversation = $1 and answer is not null order by number desc limit $2";
        let rows: Vec<(i64, String, String)> = sqlx::query_as(select)
            .bind(id)
            .bind(REMEMBERED)
            .fetch_all(&mut *transaction)
            .await?;
        transaction.commit().await?;
        let (mut history, mut remembered, mut memory) = (Vec::new(), Vec::new(), None);
        for (number, question, answer) in rows.into_iter().rev() {
            let answer = parsed(&answer)?;
            history.extend(exchange(&question, &answer));
            remembered.push(whole(number)?);
            memory = answer.form.map(|form| Box::new(form.memory));
        }
        Ok(Conversation {
            id: id.to_owned(),
            turn: whole(turn)?,
            history,
            remembered,
            memory,
        })
    }

    /// The conversation with this id.
    ///
    /// # Errors
    /// [`StoreError::UnknownConversation`] when it is not there for `caller`.
    pub async fn conversation(&self, id: &str, caller: &Caller) -> Result<Past, StoreError> {
        is_made(id)?;
        let select =
            "select created from conversation where id = $1 and owner is not distinct from $2";
        let row = sqlx::query_as(select)
            .bind(id)
            .bind(&caller.name)
            .fetch_optional(self.readers())
            .await?;
        let (created,): (String,) =
            row.ok_or_else(|| StoreError::UnknownConversation(id.to_owned()))?;
        let select = "select question, answer from turn where conversation = $1 and answer is not null order by number";
        let rows: Vec<(String, String)> = sqlx::query_as(select)
            .bind(id)
            .fetch_all(self.readers())
            .await?;
        let turns = rows.into_iter().map(|(question, answer)| {
            Ok(PastTurn {
                question,
                answer: parsed(&answer)?,
            })
        });
        Ok(Past {
            id: id.to_owned(),
            created,
            turns: turns.collect::<Result<_, StoreError>>()?,
        })
    }

    /// Deletes the conversation with this id. The audit log keeps its masked records, and says that it was deleted.
    ///
    /// # Errors
    /// [`StoreError::UnknownConversation`] when it is not there for `caller`.
    pub async fn delete(&self, id: &str, caller: &Caller) -> Result<(), StoreError> {
        is_made(id)?;
        let mut transaction = self.write().await?;
        let statement = "delete from conversation where id = $1 and owner is not distinct from $2";
        let done = sqlx::query(statement)
            .bind(id)
            .bind(&caller.name)
            .execute(&mut *transaction)
            .await?;
        if done.rows_affected() == 0 {
            return Err(StoreError::UnknownConversation(id.to_owned()));
        }
        let entry = ("conversation.deleted", json!({ "caller": caller }));
        audit::append(&mut transaction, id, &now(), [entry]).await?;
        transaction.commit().await?;
        Ok(())
    }
}

/// What is not made here is not looked for; it may be no text at all.
fn is_made(id: &str) -> Result<(), StoreError> {
    let unknown = |_| StoreError::UnknownConversation(id.to_owned());
    Uuid::parse_str(id).map(drop).map_err(unknown)
}

/// A turn as a later one remembers it.
pub fn exchange(question: &str, answer: &Answer) -> [Exchange; 2] {
    let said = |role, content| Exchange { role, content };
    [
        said(Speaker::User, question.to_owned()),
        said(Speaker::Assistant, answer.text()),
    ]
}

/// The number of a turn.
pub(super) fn whole(number: i64) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|error| StoreError::Row(format!("number of a turn: {error}")))
}

fn parsed(answer: &str) -> Result<Answer, StoreError> {
    serde_json::from_str(answer).map_err(|error| StoreError::Row(format!("answer: {error}")))
}
