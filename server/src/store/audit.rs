//! The rows of the audit chain: appended in the transaction of what they record, never changed.

use agents::audit::{Altered, Record, Verified, verify_to};
use agents::{Answer, Event};
use futures::TryStreamExt;
use futures::stream::BoxStream;
use serde_json::{Value, json};
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};
use tokio::sync::mpsc;
use tools::database::{Dialect, Statement};

use super::{Store, StoreError};
use crate::clock::now;
use crate::pins::Pinned;
use crate::turn::Caller;

/// A turn that has ended, one way or another.
pub struct Finished<'a> {
    /// Identifier of the conversation.
    pub conversation: &'a str,
    /// Number of the turn in it.
    pub turn: u32,
    /// Who asked.
    pub caller: &'a Caller,
    /// What was asked.
    pub question: &'a str,
    /// What happened, in order, as far as it is not on the record yet.
    pub events: &'a [Event],
    /// How it ended.
    pub outcome: Outcome<'a>,
    /// What is needed to run it again.
    pub pinned: &'a Pinned,
    /// Whether something in `pinned`, or in the history that it leaves out, is masked in the log.
    pub personal: bool,
}

/// How a turn ended.
pub enum Outcome<'a> {
    /// With an answer.
    Answered(&'a Answer),
    /// The caller went away.
    Cancelled,
    /// It could not be completed; why, for the log.
    Failed(&'a str),
}

/// Why the chain could not be verified.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The first record that is not as it was written.
    #[error(transparent)]
    Altered(#[from] Altered),
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Puts events of a running turn on the record, before somebody sees what they say.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`]; then none of them is stored.
    pub async fn record(
        &self,
        conversation: &str,
        caller: &Caller,
        events: &[Event],
    ) -> Result<(), StoreError> {
        let entries = events.iter().map(|event| entry(event, caller));
        let entries: Vec<_> = entries.collect::<Result<_, _>>()?;
        let mut transaction = self.write().await?;
        append(&mut transaction, conversation, &now(), entries).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Puts a turn on the record: its row and one audit record for each event, in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`]; then nothing of it is stored but what was recorded before.
    pub async fn finish(&self, turn: &Finished<'_>) -> Result<(), StoreError> {
        let time = now();
        let answer = match turn.outcome {
            Outcome::Answered(answer) => Some(text_of(answer)?),
            Outcome::Cancelled | Outcome::Failed(_) => None,
        };
        let pinned = serde_json::to_string(turn.pinned).map_err(unwritable)?;
        let entries = entries(turn)?;
        let mut transaction = self.write().await?;
        // A conversation that was deleted meanwhile gets no row; what happened stays on the record.
        let insert = "insert into turn (conversation, number, time, question, answer, pinned) select id, $1, $2, $3, $4, $5 from conversation where id = $6";
        let query = sqlx::query(insert)
            .bind(i64::from(turn.turn))
            .bind(&time)
            // PostgreSQL has no text with such a character, and nobody types one.
            .bind(turn.question.replace('\0', "\u{fffd}"))
            .bind(answer)
            .bind(pinned)
            .bind(turn.conversation);
        query.execute(&mut *transaction).await?;
        append(&mut transaction, turn.conversation, &time, entries).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// All records, from the first on.
    pub fn audit(&self) -> BoxStream<'_, Result<Record, StoreError>> {
        let rows = sqlx::query("select * from audit order by sequence").fetch(self.readers());
        Box::pin(
            rows.map_err(StoreError::from)
                .and_then(|row| async move { record(&row) }),
        )
    }

    /// Checks the whole chain, and that nothing was cut off at its end.
    ///
    /// # Errors
    /// [`AuditError::Altered`] names the first altered, missing or displaced record.
    pub async fn verify(&self) -> Result<Verified, AuditError> {
        // Taken first: records that come while this runs are behind it.
        let head: Option<(i64, String)> = sqlx::query_as("select sequence, hash from head")
            .fetch_optional(self.readers())
            .await
            .map_err(StoreError::from)?;
        let head = head.map(|(sequence, hash)| Verified {
            count: sequence.unsigned_abs(),
            last: hash,
        });
        let head = head.unwrap_or_else(|| Verified {
            count: 0,
            last: agents::audit::GENESIS.to_owned(),
        });
        let (sender, mut receiver) = mpsc::channel(256);
        // Hashing is work for its own thread; the channel keeps only a few records in memory.
        let checked = tokio::task::spawn_blocking(move || {
            verify_to(std::iter::from_fn(|| receiver.blocking_recv()), &head)
        });
        let mut records = self.audit();
        let mut next = 1;
        while let Some(record) = records.try_next().await.transpose() {
            let record = match record {
                Ok(record) => record,
                // A row that cannot even be read was not written by this program.
                Err(StoreError::Row(_)) => {
                    return Err(Altered {
                        sequence: next,
                        reason: agents::audit::Reason::Content,
                    }
                    .into());
                }
                Err(error) => return Err(error.into()),
            };
            next = record.sequence + 1;
            if sender.send(record).await.is_err() {
                break;
            }
        }
        drop(sender);
        Ok(checked.await.expect("verification does not panic")?)
    }
}

/// Appends one record for each of `entries` (kind and body) to the chain, inside `transaction`.
pub(super) async fn append<'a>(
    transaction: &mut Transaction<'static, Any>,
    conversation: &str,
    time: &str,
    entries: impl IntoIterator<Item = (&'a str, Value)>,
) -> Result<(), StoreError> {
    // The head counts, not only the rows: where rows were cut off, the chain goes on behind them and the gap shows.
    let select = "select sequence, hash from head union all select * from (select sequence, hash from audit order by sequence desc limit 1) as newest order by sequence desc limit 1";
    let newest: Option<(i64, String)> = sqlx::query_as(select)
        .fetch_optional(&mut **transaction)
        .await?;
    let newest = newest.map(|(sequence, hash)| Record {
        sequence: sequence.unsigned_abs(),
        time: String::new(),
        kind: String::new(),
        conversation: String::new(),
        body: Value::Null,
        previous: String::new(),
        hash,
    });
    let mut records: Vec<Record> = Vec::new();
    for (kind, body) in entries {
        let next = Record::next(
            records.last().or(newest.as_ref()),
            time,
            kind,
            conversation,
            settled(body)?,
        );
        records.push(next);
    }
    let insert =
        "insert into audit (sequence, time, kind, conversation, body, previous, hash) values ";
    let dialect = Dialect::of(transaction);
    // One statement for many rows: each statement is a trip to the database's own thread.
    for some in records.chunks(ROWS) {
        let mut rows = Statement::new(dialect, insert);
        rows.rows(some, |row, record| {
            row.value(record.sequence.cast_signed())
                .value(record.time.as_str())
                .value(record.kind.as_str())
                .value(record.conversation.as_str());
            row.value(record.body.to_string())
                .value(record.previous.as_str())
                .value(record.hash.as_str());
        });
        rows.query().execute(&mut **transaction).await?;
    }
    if let Some(last) = records.last() {
        let upsert = "insert into head (\"only\", sequence, hash) values (1, $1, $2) on conflict (\"only\") do update set sequence = excluded.sequence, hash = excluded.hash";
        sqlx::query(upsert)
            .bind(last.sequence.cast_signed())
            .bind(&last.hash)
            .execute(&mut **transaction)
            .await?;
    }
    Ok(())
}

/// Rows of one statement; it has seven parameters for each, and SQLite takes 32,766.
const ROWS: usize = 500;

/// Kind and body of each record of a turn.
fn entries(turn: &Finished<'_>) -> Result<Vec<(&'static str, Value)>, StoreError> {
    let number = turn.turn;
    let mut entries = Vec::with_capacity(turn.events.len() + 2);
    for event in turn.events {
        entries.push(entry(event, turn.caller)?);
    }
    // In front of the last record, whatever that is: whoever finds the end finds what it rests on.
    let ended = usize::from(matches!(turn.outcome, Outcome::Answered(_)));
    let mut pinned = serde_json::to_value(turn.pinned).map_err(unwritable)?;
    if let Some(pinned) = pinned.as_object_mut() {
        pinned.insert("masked".into(), json!(turn.personal));
    }
    entries.insert(entries.len().saturating_sub(ended), (PINNED, pinned));
    match turn.outcome {
        Outcome::Answered(_) => {}
        Outcome::Cancelled => entries.push((
            "turn.cancelled",
            json!({ "turn": number, "question": turn.question }),
        )),
        Outcome::Failed(reason) => {
            entries.push((
                "turn.failed",
                json!({ "turn": number, "question": turn.question, "reason": reason }),
            ));
        }
    }
    Ok(entries)
}

/// Kind of the record that says what a turn rests on.
pub(super) const PINNED: &str = "turn.pinned";

/// Kind of the record of an answer.
pub(super) const DONE: &str = "turn.done";

/// Kind and body of the record of an event.
fn entry(event: &Event, caller: &Caller) -> Result<(&'static str, Value), StoreError> {
    let mut body = serde_json::to_value(event).map_err(unwritable)?;
    if let Some(body) = body.as_object_mut() {
        body.shift_remove("event");
        if matches!(event, Event::Started { .. }) {
            body.insert("caller".into(), json!(caller));
        }
    }
    Ok((kind(event), body))
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn unwritable(error: serde_json::Error) -> StoreError {
    StoreError::Row(error.to_string())
}

fn kind(event: &Event) -> &'static str {
    match event {
        Event::Started { .. } => "turn.started",
        Event::Interpreted { .. } => "turn.interpreted",
        Event::Searched { .. } => "turn.searched",
        Event::Rewritten { .. } => "turn.rewritten",
        Event::Quoted(_) => "turn.quoted",
        Event::Dropped { .. } => "turn.dropped",
        Event::Removed { .. } => "turn.removed",
        Event::Degraded { .. } => "turn.degraded",
        Event::Called { .. } => "turn.called",
        Event::Citation(_) => "turn.citation",
        Event::Sentence { .. } => "turn.sentence",
        Event::Done(_) => DONE,
    }
}

/// `body` as it will be read back: a long decimal number may change in its last digit when it is printed and parsed.
fn settled(mut body: Value) -> Result<Value, StoreError> {
    for _ in 0..4 {
        let back: Value = serde_json::from_str(&body.to_string())
            .map_err(|error| StoreError::Row(error.to_string()))?;
        if back == body {
            break;
        }
        body = back;
    }
    Ok(body)
}

pub(super) fn record(row: &AnyRow) -> Result<Record, StoreError> {
    let body: String = row.try_get("body")?;
    Ok(Record {
        sequence: row.try_get::<i64, _>("sequence")?.unsigned_abs(),
        time: row.try_get("time")?,
        kind: row.try_get("kind")?,
        conversation: row.try_get("conversation")?,
        body: serde_json::from_str(&body)
            .map_err(|error| StoreError::Row(format!("body: {error}")))?,
        previous: row.try_get("previous")?,
        hash: row.try_get("hash")?,
    })
}

fn text_of(answer: &Answer) -> Result<String, StoreError> {
    serde_json::to_string(answer).map_err(unwritable)
}
