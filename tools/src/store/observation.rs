//! Observations for those who page through them: readings of one datastream, under a condition, by time or by value.
//!
//! The statements are made here, all of them, in what SQLite and PostgreSQL have in common; what callers give is bound and never
//! part of a text. By time a page takes as long as it is large, wherever it begins.

use jiff::Timestamp;

use super::sensor::{Found, down, reading, time, up};
use super::{Store, StoreError};
use crate::database::Statement;
use crate::sensor::Reading;

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
}

/// Which readings of a datastream.
#[derive(Debug, Clone, PartialEq)]
pub enum ObservationFilter {
    /// All.
    Always,
    /// None.
    Never,
    /// By when they were measured.
    Time(Relation, Timestamp),
    /// By their value.
    Value(Relation, f64),
    /// All of these hold.
    All(Vec<ObservationFilter>),
    /// One of these holds.
    Any(Vec<ObservationFilter>),
    /// It does not hold.
    Not(Box<ObservationFilter>),
}

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The oldest first.
    Oldest,
    /// The newest first.
    Newest,
    /// The smallest first, of equal ones the oldest.
    Smallest,
    /// The largest first, of equal ones the oldest.
    Largest,
}

/// A part of the readings of a datastream.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// The id of the datastream.
    pub datastream: &'a str,
    /// Which of its readings.
    pub condition: &'a ObservationFilter,
    /// In which order.
    pub order: Order,
    /// How many of them are passed over. It takes the time to pass over them.
    pub skip: u64,
    /// How many at most.
    pub top: u64,
}

impl Relation {
    fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
        }
    }
}

impl ObservationFilter {
    /// Both hold.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, _) | (_, Self::Never) => Self::Never,
            (Self::Always, one) | (one, Self::Always) => one,
            (one, other) => Self::All(vec![one, other]),
        }
    }
}

impl Store {
    /// A part of the readings of a datastream.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn observations(&self, page: &Page<'_>) -> Result<Vec<Reading>, StoreError> {
        let select = "select at, value, unit from observation where datastream = ";
        let mut statement = Statement::new(self.dialect(), select);
        statement.value(page.datastream);
        under(&mut statement, page.condition);
        statement
            .text(match page.order {
                Order::Oldest => " order by at",
                Order::Newest => " order by at desc",
                Order::Smallest => " order by value, at",
                Order::Largest => " order by value desc, at",
            })
            .text(" limit ")
            .value(whole(page.top))
            .text(" offset ")
            .value(whole(page.skip));
        let query = statement.query_as::<Found>().persistent(false);
        let rows = query.fetch_all(self.readers()).await?;
        rows.into_iter()
            .map(|row| reading(page.datastream, row))
            .collect()
    }

    /// How many readings of a datastream there are under a condition. It takes the time to count them.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn count_observations(
        &self,
        datastream: &str,
        condition: &ObservationFilter,
    ) -> Result<u64, StoreError> {
        let select = "select count(*) from observation where datastream = ";
        let mut statement = Statement::new(self.dialect(), select);
        statement.value(datastream);
        under(&mut statement, condition);
        let query = statement.query_as::<(i64,)>().persistent(false);
        let (count,) = query.fetch_one(self.readers()).await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// When the first and the last reading of a datastream were measured; `None` where there are none.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn span(
        &self,
        datastream: &str,
    ) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
        // Each of them is looked up; together they would be counted out.
        let select = "select (select min(at) from observation where datastream = $1), \
            (select max(at) from observation where datastream = $2)";
        let row: (Option<i64>, Option<i64>) = sqlx::query_as(select)
            .bind(datastream)
            .bind(datastream)
            .fetch_one(self.readers())
            .await?;
        match row {
            (Some(first), Some(last)) => Ok(Some((time(first)?, time(last)?))),
            (None, _) | (_, None) => Ok(None),
        }
    }
}

/// Goes on with `condition`, if it is one.
fn under(statement: &mut Statement, condition: &ObservationFilter) {
    if *condition != ObservationFilter::Always {
        statement.text(" and ");
        term(statement, condition);
    }
}

fn term(statement: &mut Statement, condition: &ObservationFilter) {
    match condition {
        ObservationFilter::Always => statement.text("1 = 1"),
        ObservationFilter::Never => statement.text("1 = 0"),
        ObservationFilter::Time(relation, at) => of_time(statement, *relation, *at),
        ObservationFilter::Value(relation, value) => statement
            .text("value ")
            .text(relation.sign())
            .text(" ")
            .value(*value),
        ObservationFilter::All(all) => terms(statement, all, " and ", "1 = 1"),
        ObservationFilter::Any(any) => terms(statement, any, " or ", "1 = 0"),
        ObservationFilter::Not(not) => {
            statement.text("not (");
            term(statement, not);
            statement.text(")")
        }
    };
}

fn terms<'s>(
    statement: &'s mut Statement,
    terms: &[ObservationFilter],
    between: &str,
    none: &str,
) -> &'s mut Statement {
    if terms.is_empty() {
        return statement.text(none);
    }
    for (index, one) in terms.iter().enumerate() {
        statement.text(if index == 0 { "(" } else { between });
        term(statement, one);
    }
    statement.text(")")
}

/// Stored times have whole microseconds, given ones may lie between two.
fn of_time(statement: &mut Statement, relation: Relation, at: Timestamp) -> &mut Statement {
    let exact = up(at) == down(at);
    let bound = match relation {
        Relation::Equal if !exact => return statement.text("1 = 0"),
        Relation::NotEqual if !exact => return statement.text("1 = 1"),
        Relation::Greater | Relation::LessOrEqual => down(at),
        Relation::Equal | Relation::NotEqual | Relation::GreaterOrEqual | Relation::Less => up(at),
    };
    statement
        .text("at ")
        .text(relation.sign())
        .text(" ")
        .value(bound)
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::Dialect;

    fn check(condition: &ObservationFilter, expected: &str) {
        let mut statement = Statement::new(Dialect::Postgres, "");
        under(&mut statement, condition);
        assert_eq!(statement.sql(), expected);
    }

    #[test]
    fn what_is_given_is_bound() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let exact = ObservationFilter::Time(Relation::Equal, at("2026-11-20T00:00:00Z"));
        let between =
            |relation| ObservationFilter::Time(relation, at("2026-11-20T00:00:00.0000005Z"));
        let value = ObservationFilter::Value(Relation::Greater, 5.0);
        check(&ObservationFilter::Always, "");
        check(&ObservationFilter::Never, " and 1 = 0");
        check(&exact, " and at = $1");
        check(&between(Relation::Equal), " and 1 = 0");
        check(&between(Relation::NotEqual), " and 1 = 1");
        check(&between(Relation::Greater), " and at > $1");
        let either =
            ObservationFilter::Any(vec![exact, ObservationFilter::Not(Box::new(value.clone()))]);
        check(&either, " and (at = $1 or not (value > $2))");
        check(&ObservationFilter::All(Vec::new()), " and 1 = 1");
        check(&ObservationFilter::Any(Vec::new()), " and 1 = 0");
        check(&ObservationFilter::Always.and(value), " and value > $1");
    }
}
