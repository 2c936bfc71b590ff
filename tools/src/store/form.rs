//! Forms that were handed in, and the register of residents.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Map, Value};
use sqlx::Row;

use super::{Store, StoreError, numbered, read, read_time, written};
use crate::origin::Arguments;
use crate::tool::Person;

/// A form that was handed in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Submission {
    /// Its number.
    pub id: String,
    /// The form.
    pub tool: String,
    /// By whom.
    pub person: Person,
    /// Values with their origins.
    pub arguments: Arguments,
    /// When.
    pub created: Timestamp,
}

impl Store {
    /// Stores a form under the next number of `day`, unless one with this key is there.
    pub(crate) async fn submit(
        &self,
        (tool, key): (&str, &str),
        person: &Person,
        arguments: &Arguments,
        (now, day): (Timestamp, Date),
    ) -> Result<Submission, StoreError> {
        let mut transaction = self.write().await?;
        let row = sqlx::query("select * from submission where key = $1")
            .bind(key)
            .fetch_optional(&mut *transaction)
            .await?;
        if let Some(row) = row {
            return submission(&row);
        }
        let prefix = format!("SX{}", day.strftime("%Y%m%d"));
        let (first, end) = numbered(&prefix);
        let count: (i64,) =
            sqlx::query_as("select count(*) from submission where id >= $1 and id < $2")
                .bind(first)
                .bind(end)
                .fetch_one(&mut *transaction)
                .await?;
        let stored = Submission {
            id: format!("{prefix}{:05}", count.0 + 1),
            tool: tool.to_owned(),
            person: person.clone(),
            arguments: arguments.clone(),
            created: now,
        };
        sqlx::query("insert into submission (id, key, tool, person, arguments, created) values ($1, $2, $3, $4, $5, $6)")
            .bind(&stored.id)
            .bind(key)
            .bind(tool)
            .bind(written(person)?)
            .bind(written(arguments)?)
            .bind(now.to_string())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(stored)
    }

    pub(crate) async fn submission_of_key(
        &self,
        key: &str,
    ) -> Result<Option<Submission>, StoreError> {
        let row = sqlx::query("select * from submission where key = $1")
            .bind(key)
            .fetch_optional(self.readers())
            .await?;
        row.map(|row| submission(&row)).transpose()
    }

    /// The form with this number.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn submission(&self, id: &str) -> Result<Option<Submission>, StoreError> {
        let row = sqlx::query("select * from submission where id = $1")
            .bind(id)
            .fetch_optional(self.readers())
            .await?;
        row.map(|row| submission(&row)).transpose()
    }

    /// Puts residents into the register; one that is there is replaced.
    ///
    /// # Errors
    /// What the database reports; then none of them is stored.
    pub async fn put_residents(
        &self,
        residents: &[(String, Map<String, Value>)],
    ) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        for (id, body) in residents {
            sqlx::query("insert into resident (id, body) values ($1, $2) on conflict (id) do update set body = excluded.body")
                .bind(id)
                .bind(written(body)?)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// What the register knows of a resident. Whether the one who asks may know is for the caller to decide.
    pub(crate) async fn resident(
        &self,
        id: &str,
    ) -> Result<Option<Map<String, Value>>, StoreError> {
        let row: Option<(String,)> = sqlx::query_as("select body from resident where id = $1")
            .bind(id)
            .fetch_optional(self.readers())
            .await?;
        row.map(|(body,)| read(&body)).transpose()
    }
}

fn submission(row: &sqlx::any::AnyRow) -> Result<Submission, StoreError> {
    let text = |name: &str| {
        row.try_get::<String, _>(name)
            .map_err(|error| StoreError::Row(error.to_string()))
    };
    Ok(Submission {
        id: text("id")?,
        tool: text("tool")?,
        person: read(&text("person")?)?,
        arguments: read(&text("arguments")?)?,
        created: read_time(&text("created")?)?,
    })
}
