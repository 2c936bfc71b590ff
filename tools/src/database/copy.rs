//! All records of one database copied into another, for a city that moves from files to PostgreSQL.

use futures::TryStreamExt;
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use super::connections::Connections;
use super::statement::{Dialect, Statement};

/// Why records could not be copied. Nothing was.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// There are records already.
    #[error("the database has records already: table `{0}`\nhint: copy into a database of its own")]
    NotEmpty(String),
    /// It is no PostgreSQL database.
    #[error("records are copied into a PostgreSQL database")]
    NoServer,
    /// A row cannot be kept there.
    #[error("row {row} of table `{table}` cannot be copied")]
    Row {
        /// The table.
        table: String,
        /// The row, from 1, in the order of the file; the first of those that were written together.
        row: u64,
        /// What the database says.
        #[source]
        source: sqlx::Error,
    },
    /// What a database reports.
    #[error("the records cannot be copied")]
    Database(#[from] sqlx::Error),
}

/// Rows of one statement; the widest table has eleven columns, and PostgreSQL takes 65,535 values.
const ROWS: usize = 500;

/// A column, and what its values are.
struct Column {
    name: String,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Whole,
    Number,
}

enum Cell {
    Text(Option<String>),
    Whole(Option<i64>),
    Number(Option<f64>),
}

impl Connections {
    /// Whether none of `tables` has a row.
    ///
    /// # Errors
    /// [`CopyError::NotEmpty`] with the first that has one, [`CopyError::NoServer`].
    pub async fn hold_nothing(&self, tables: &[&str]) -> Result<(), CopyError> {
        if self.dialect() != Dialect::Postgres {
            return Err(CopyError::NoServer);
        }
        holds_nothing(&mut self.snapshot().await?, tables).await
    }

    /// Copies the rows of `tables` into the same tables of `target`, all or none of them; a table stands behind those that it refers to.
    /// `copied` is told the table and how many of its rows are copied. Returns the number of all rows.
    ///
    /// # Errors
    /// [`CopyError`]; then nothing was copied.
    pub async fn copy_into(
        &self,
        target: &Self,
        tables: &[&str],
        mut copied: impl FnMut(&str, u64),
    ) -> Result<u64, CopyError> {
        if target.dialect() != Dialect::Postgres {
            return Err(CopyError::NoServer);
        }
        let mut from = self.snapshot().await?;
        let mut to = target.write().await?;
        holds_nothing(&mut to, tables).await?;
        let mut all = 0;
        for table in tables {
            let columns = columns(&mut to, table).await?;
            all += rows(&mut from, &mut to, (table, &columns), |count| {
                copied(table, count);
            })
            .await?;
        }
        to.commit().await?;
        Ok(all)
    }
}

/// # Errors
/// [`CopyError::NotEmpty`] with the first table that has rows.
async fn holds_nothing(
    to: &mut Transaction<'static, Any>,
    tables: &[&str],
) -> Result<(), CopyError> {
    for table in tables {
        let any = AssertSqlSafe(format!("select 1::bigint from \"{table}\" limit 1"));
        let any: Option<(i64,)> = sqlx::query_as(any).fetch_optional(&mut **to).await?;
        if any.is_some() {
            return Err(CopyError::NotEmpty((*table).to_owned()));
        }
    }
    Ok(())
}

async fn columns(
    to: &mut Transaction<'static, Any>,
    table: &str,
) -> Result<Vec<Column>, sqlx::Error> {
    let select = "select column_name::text, data_type::text from information_schema.columns \
        where table_schema = current_schema() and table_name = $1 and is_identity = 'NO' order by ordinal_position";
    let rows: Vec<(String, String)> = sqlx::query_as(select)
        .bind(table)
        .fetch_all(&mut **to)
        .await?;
    let column = |(name, of): (String, String)| Column {
        name,
        kind: match of.as_str() {
            "bigint" => Kind::Whole,
            "double precision" => Kind::Number,
            _ => Kind::Text,
        },
    };
    Ok(rows.into_iter().map(column).collect())
}

async fn rows(
    from: &mut Transaction<'static, Any>,
    to: &mut Transaction<'static, Any>,
    (table, columns): (&str, &[Column]),
    mut copied: impl FnMut(u64),
) -> Result<u64, CopyError> {
    let names: Vec<String> = columns
        .iter()
        .map(|it| format!("\"{}\"", it.name))
        .collect();
    let names = names.join(", ");
    let select = AssertSqlSafe(format!("select {names} from \"{table}\""));
    let insert = format!("insert into \"{table}\" ({names}) values ");
    let mut found = sqlx::query(select).fetch(&mut **from);
    let (mut count, mut batch) = (0, Vec::with_capacity(ROWS));
    loop {
        let row = found.try_next().await?;
        let ended = row.is_none();
        if let Some(row) = row {
            batch.push(cells(&row, columns)?);
        }
        if batch.len() == ROWS || (ended && !batch.is_empty()) {
            let written = batch.len() as u64;
            put(to, &insert, &mut batch)
                .await
                .map_err(|source| CopyError::Row {
                    table: table.to_owned(),
                    row: count + 1,
                    source,
                })?;
            count += written;
            copied(count);
        }
        if ended {
            return Ok(count);
        }
    }
}

fn cells(row: &AnyRow, columns: &[Column]) -> Result<Vec<Cell>, sqlx::Error> {
    let cell = |(at, column): (usize, &Column)| {
        Ok(match column.kind {
            Kind::Text => Cell::Text(row.try_get(at)?),
            Kind::Whole => Cell::Whole(row.try_get(at)?),
            Kind::Number => Cell::Number(row.try_get(at)?),
        })
    };
    columns.iter().enumerate().map(cell).collect()
}

async fn put(
    to: &mut Transaction<'static, Any>,
    insert: &str,
    batch: &mut Vec<Vec<Cell>>,
) -> Result<(), sqlx::Error> {
    let mut statement = Statement::new(Dialect::Postgres, insert);
    statement.rows(batch.drain(..), |row, cells| {
        for cell in cells {
            match cell {
                Cell::Text(value) => row.value(value),
                Cell::Whole(value) => row.value(value),
                Cell::Number(value) => row.value(value),
            };
        }
    });
    statement
        .query()
        .persistent(false)
        .execute(&mut **to)
        .await?;
    Ok(())
}
