//! Recorded turns, read back to be run again: from a conversation as they were said, from the audit log as it was masked.
//!
//! Whoever reads them here can read the file; nobody is asked whose conversation it is.

use std::ops::RangeInclusive;

use agents::audit::Record;
use serde_json::Value;

use super::audit::{DONE, PINNED, record};
use super::conversation::whole;
use super::{Store, StoreError};
use crate::pins::Pinned;

/// A turn as it was recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Identifier of the conversation.
    pub conversation: String,
    /// Number of the turn in it; none where a log of an earlier version does not tell.
    pub turn: Option<u32>,
    /// What was asked.
    pub question: String,
    /// The answer, as it was stored; none of a turn that was cancelled or failed.
    pub answer: Option<Value>,
    /// What is needed to run it again; none where an earlier version recorded it.
    pub pinned: Option<Pinned>,
    /// How much of it is here.
    pub kept: Kept,
}

/// How a turn was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// As it was said.
    Whole,
    /// In the audit log. What it was asked is whole; the answer is masked.
    Logged,
    /// In the audit log, where something personal of what it was asked is masked.
    Masked,
}

impl Store {
    /// All turns of a conversation, in order.
    ///
    /// # Errors
    /// [`StoreError::UnknownConversation`], [`StoreError::Row`].
    pub async fn recorded(&self, conversation: &str) -> Result<Vec<Recorded>, StoreError> {
        let known = sqlx::query("select id from conversation where id = $1")
            .bind(conversation)
            .fetch_optional(self.readers())
            .await?;
        if known.is_none() {
            return Err(StoreError::UnknownConversation(conversation.to_owned()));
        }
        let select = "select number, question, answer, pinned from turn where conversation = $1 order by number";
        type Row = (i64, String, Option<String>, Option<String>);
        let rows: Vec<Row> = sqlx::query_as(select)
            .bind(conversation)
            .fetch_all(self.readers())
            .await?;
        let recorded = rows.into_iter().map(|(number, question, answer, pinned)| {
            Ok(Recorded {
                conversation: conversation.to_owned(),
                turn: Some(whole(number)?),
                question,
                answer: answer.map(|text| json("answer", &text)).transpose()?,
                pinned: pinned.map(|text| json("pinned", &text)).transpose()?,
                kept: Kept::Whole,
            })
        });
        recorded.collect()
    }

    /// All turns of conversations that have a record in `range` of the audit log, each conversation in order; the flag
    /// says whether the turn itself has one. The others are what it refers to.
    ///
    /// # Errors
    /// [`StoreError::Row`].
    pub async fn recorded_in(
        &self,
        range: RangeInclusive<u64>,
    ) -> Result<Vec<(Recorded, bool)>, StoreError> {
        let select = "select conversation from audit where sequence between $1 and $2 group by conversation order by min(sequence)";
        let conversations: Vec<(String,)> = sqlx::query_as(select)
            .bind(range.start().cast_signed())
            .bind(range.end().cast_signed())
            .fetch_all(self.readers())
            .await?;
        let mut recorded = Vec::new();
        for (conversation,) in conversations {
            let select = "select * from audit where conversation = $1 order by sequence";
            let rows = sqlx::query(select)
                .bind(&conversation)
                .fetch_all(self.readers())
                .await?;
            let records: Vec<Record> = rows.iter().map(record).collect::<Result<_, _>>()?;
            let ended = |record: &Record| ENDS.contains(&record.kind.as_str());
            for turn in records
                .split_inclusive(ended)
                .filter(|turn| turn.last().is_some_and(ended))
            {
                let within = turn.iter().any(|record| range.contains(&record.sequence));
                recorded.push((of_records(turn)?, within));
            }
        }
        Ok(recorded)
    }
}

/// Kinds of last events.
const ENDS: [&str; 3] = [DONE, "turn.cancelled", "turn.failed"];

/// A turn from its records, of which the last one says how it ended and the one before what it rests on.
fn of_records(records: &[Record]) -> Result<Recorded, StoreError> {
    let end = &records[records.len() - 1];
    let before = records.iter().rev().nth(1);
    let (mut kept, mut pinned) = (Kept::Logged, None);
    if let Some(record) = before.filter(|record| record.kind == PINNED) {
        if record.body["masked"] == true {
            kept = Kept::Masked;
        }
        let read = serde_json::from_value::<Pinned>(record.body.clone());
        pinned = Some(read.map_err(|error| StoreError::Row(format!("{PINNED}: {error}")))?);
    }
    Ok(Recorded {
        conversation: end.conversation.clone(),
        turn: pinned.as_ref().map(|pinned| pinned.request.turn),
        question: end.body["question"].as_str().unwrap_or_default().to_owned(),
        answer: Some(end.body.clone()).filter(|_| end.kind == DONE),
        pinned,
        kept,
    })
}

fn json<T: serde::de::DeserializeOwned>(column: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Row(format!("{column}: {error}")))
}
