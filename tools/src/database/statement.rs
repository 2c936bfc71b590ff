//! Statements whose length is known only when they are made.

use sqlx::any::{Any, AnyArguments};
use sqlx::query::{Query, QueryAs};
use sqlx::{AnyConnection, Arguments, AssertSqlSafe, Encode, FromRow, Type};

/// Which SQL a database speaks, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite. It reads `$1` as well, and looks for it among all others: too slow for hundreds.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl Dialect {
    /// What is spoken at the other end.
    pub fn of(connection: &AnyConnection) -> Self {
        match connection.backend_name() {
            "SQLite" => Self::Sqlite,
            _ => Self::Postgres,
        }
    }

    /// A number as a text from which [`exact`] reads the very same number. It has no blanks.
    pub fn exactly(self, number: &str) -> String {
        match self {
            // What SQLite writes as a decimal may read as the number beside it: whole and part are written as two whole numbers.
            Self::Sqlite => {
                let whole = format!("cast({number} as integer)");
                let part = format!("cast(({number} - {whole}) * {PARTS:?} as integer)");
                format!(
                    "case when {whole} + {part} / {PARTS:?} = {number} then {whole} || '/' || {part} else '?' end"
                )
            }
            Self::Postgres => format!("{number}::text"),
        }
    }
}

/// Of how many parts one is made: 2^62, so that nothing is lost of a number above a thousandth.
const PARTS: f64 = 4_611_686_018_427_387_904.0;

/// The number that a database wrote by [`Dialect::exactly`]; none where it could not.
pub fn exact(text: &str) -> Option<f64> {
    let Some((whole, part)) = text.split_once('/') else {
        return text.parse().ok();
    };
    let (whole, part): (i64, i64) = (whole.parse().ok()?, part.parse().ok()?);
    #[expect(
        clippy::cast_precision_loss,
        reason = "both came from a number of 53 bits"
    )]
    let number = whole as f64 + part as f64 / PARTS;
    Some(number)
}

/// A statement that grows, with its values.
pub struct Statement {
    dialect: Dialect,
    text: String,
    values: AnyArguments,
}

impl Statement {
    /// That begins so. Its text is the program's own; what comes from elsewhere is a value.
    pub fn new(dialect: Dialect, text: &str) -> Self {
        Self {
            dialect,
            text: text.to_owned(),
            values: AnyArguments::default(),
        }
    }

    /// Goes on so.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Goes on with a value.
    pub fn value<'t, T: Encode<'t, Any> + Type<Any>>(&mut self, value: T) -> &mut Self {
        self.values
            .add(value)
            .expect("text, numbers and their absence can be encoded");
        match self.dialect {
            Dialect::Sqlite => self.text.push('?'),
            Dialect::Postgres => {
                self.text.push('$');
                self.text.push_str(&self.values.len().to_string());
            }
        }
        self
    }

    /// Goes on with a condition on a column, if there is a value for it.
    pub fn equal(&mut self, column: &str, value: Option<&str>) -> &mut Self {
        if let Some(value) = value {
            self.text(" and ").text(column).text(" = ").value(value);
        }
        self
    }

    /// Goes on with the condition that a column has one of the values, if there are any.
    pub fn among(&mut self, column: &str, values: &[String]) -> &mut Self {
        for (index, value) in values.iter().enumerate() {
            match index {
                0 => self.text(" and ").text(column).text(" in ("),
                _ => self.text(", "),
            };
            self.value(value.as_str());
        }
        if !values.is_empty() {
            self.text(")");
        }
        self
    }

    /// Goes on with at most so many rows; 0 means all.
    pub fn limit(&mut self, limit: u32) -> &mut Self {
        if limit > 0 {
            self.text(" limit ").value(i64::from(limit));
        }
        self
    }

    /// Goes on with `(a, b), (c, d)`, each of which `row` puts in by [`Statement::value`].
    pub fn rows<T>(
        &mut self,
        rows: impl IntoIterator<Item = T>,
        row: impl Fn(&mut Columns<'_>, T),
    ) -> &mut Self {
        for (index, of) in rows.into_iter().enumerate() {
            self.text(if index == 0 { "(" } else { ", (" });
            let mut columns = Columns {
                statement: self,
                first: true,
            };
            row(&mut columns, of);
            self.text(")");
        }
        self
    }

    /// Its text up to here.
    #[cfg(test)]
    pub(crate) fn sql(&self) -> &str {
        &self.text
    }

    /// To be executed.
    pub fn query(self) -> Query<'static, Any, AnyArguments> {
        sqlx::query_with(AssertSqlSafe(self.text), self.values)
    }

    /// To be executed, for rows of a kind.
    pub fn query_as<O: for<'r> FromRow<'r, sqlx::any::AnyRow>>(
        self,
    ) -> QueryAs<'static, Any, O, AnyArguments> {
        sqlx::query_as_with(AssertSqlSafe(self.text), self.values)
    }
}

/// The values of one row.
pub struct Columns<'a> {
    statement: &'a mut Statement,
    first: bool,
}

impl Columns<'_> {
    /// The next one.
    pub fn value<'t, T: Encode<'t, Any> + Type<Any>>(&mut self, value: T) -> &mut Self {
        if !std::mem::take(&mut self.first) {
            self.statement.text(", ");
        }
        self.statement.value(value);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbered_where_it_is_needed() {
        let text = |dialect| {
            let mut statement = Statement::new(dialect, "insert into a values ");
            statement
                .rows([1_i64, 2], |row, number| {
                    row.value(number).value("x");
                })
                .text(" limit ")
                .value(3_i64);
            statement.text
        };
        assert_eq!(
            text(Dialect::Sqlite),
            "insert into a values (?, ?), (?, ?) limit ?"
        );
        assert_eq!(
            text(Dialect::Postgres),
            "insert into a values ($1, $2), ($3, $4) limit $5"
        );
    }
}
