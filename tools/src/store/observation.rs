//! Observations for those who page through them: readings of one datastream, under a condition, by time or by value.
//!
//! The statements are made here, all of them, in what SQLite and PostgreSQL have in common; what callers give is bound and never
//! part of a text. By time a page takes as long as it is large, wherever it begins.

use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Sqlite};

use super::sensor::{Found, down, reading, time, up};
use super::{Store, StoreError};
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
        let mut statement = Statement::new(
            "select at, value, unit from observation where datastream = ",
            page.datastream,
        );
        statement.condition(page.condition);
        statement.text.push_str(match page.order {
            Order::Oldest => " order by at",
            Order::Newest => " order by at desc",
            Order::Smallest => " order by value, at",
            Order::Largest => " order by value desc, at",
        });
        statement.text.push_str(" limit ");
        statement.bind(Bound::Whole(whole(page.top)));
        statement.text.push_str(" offset ");
        statement.bind(Bound::Whole(whole(page.skip)));
        let query = sqlx::query_as::<Sqlite, Found>(AssertSqlSafe(statement.text));
        let mut query = query.persistent(false);
        for bound in statement.bounds {
            query = match bound {
                Bound::Text(text) => query.bind(text),
                Bound::Whole(number) => query.bind(number),
                Bound::Number(number) => query.bind(number),
            };
        }
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
        let mut statement = Statement::new(
            "select count(*) from observation where datastream = ",
            datastream,
        );
        statement.condition(condition);
        let query = sqlx::query_as::<Sqlite, (i64,)>(AssertSqlSafe(statement.text));
        let mut query = query.persistent(false);
        for bound in statement.bounds {
            query = match bound {
                Bound::Text(text) => query.bind(text),
                Bound::Whole(number) => query.bind(number),
                Bound::Number(number) => query.bind(number),
            };
        }
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

/// A statement, and what is bound to its places.
struct Statement<'a> {
    text: String,
    bounds: Vec<Bound<'a>>,
}

enum Bound<'a> {
    Text(&'a str),
    Whole(i64),
    Number(f64),
}

impl<'a> Statement<'a> {
    fn new(select: &str, datastream: &'a str) -> Self {
        let mut statement = Self {
            text: select.to_owned(),
            bounds: Vec::new(),
        };
        statement.bind(Bound::Text(datastream));
        statement
    }

    fn bind(&mut self, bound: Bound<'a>) {
        self.bounds.push(bound);
        self.text.push('$');
        self.text.push_str(&self.bounds.len().to_string());
    }

    fn condition(&mut self, condition: &ObservationFilter) {
        if *condition != ObservationFilter::Always {
            self.text.push_str(" and ");
            self.term(condition);
        }
    }

    fn term(&mut self, condition: &ObservationFilter) {
        match condition {
            ObservationFilter::Always => self.text.push_str("1 = 1"),
            ObservationFilter::Never => self.text.push_str("1 = 0"),
            ObservationFilter::Time(relation, at) => self.time(*relation, *at),
            ObservationFilter::Value(relation, value) => {
                self.text.push_str("value ");
                self.text.push_str(relation.sign());
                self.text.push(' ');
                self.bind(Bound::Number(*value));
            }
            ObservationFilter::All(terms) => self.terms(terms, " and ", "1 = 1"),
            ObservationFilter::Any(terms) => self.terms(terms, " or ", "1 = 0"),
            ObservationFilter::Not(term) => {
                self.text.push_str("not (");
                self.term(term);
                self.text.push(')');
            }
        }
    }

    fn terms(&mut self, terms: &[ObservationFilter], between: &str, none: &str) {
        if terms.is_empty() {
            return self.text.push_str(none);
        }
        self.text.push('(');
        for (index, term) in terms.iter().enumerate() {
            if index > 0 {
                self.text.push_str(between);
            }
            self.term(term);
        }
        self.text.push(')');
    }

    /// Stored times have whole microseconds, given ones may lie between two.
    fn time(&mut self, relation: Relation, at: Timestamp) {
        let exact = up(at) == down(at);
        let (sign, bound) = match relation {
            Relation::Equal if !exact => return self.text.push_str("1 = 0"),
            Relation::NotEqual if !exact => return self.text.push_str("1 = 1"),
            Relation::Equal | Relation::NotEqual => (relation.sign(), up(at)),
            Relation::Greater | Relation::LessOrEqual => (relation.sign(), down(at)),
            Relation::GreaterOrEqual | Relation::Less => (relation.sign(), up(at)),
        };
        self.text.push_str("at ");
        self.text.push_str(sign);
        self.text.push(' ');
        self.bind(Bound::Whole(bound));
    }
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(condition: &ObservationFilter, expected: &str) {
        let mut statement = Statement::new("", "DS-1");
        statement.condition(condition);
        let text = statement.text.strip_prefix("$1").unwrap().to_owned();
        assert_eq!(text, expected);
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
        check(&exact, " and at = $2");
        check(&between(Relation::Equal), " and 1 = 0");
        check(&between(Relation::NotEqual), " and 1 = 1");
        check(&between(Relation::Greater), " and at > $2");
        let either =
            ObservationFilter::Any(vec![exact, ObservationFilter::Not(Box::new(value.clone()))]);
        check(&either, " and (at = $2 or not (value > $3))");
        check(&ObservationFilter::All(Vec::new()), " and 1 = 1");
        check(&ObservationFilter::Any(Vec::new()), " and 1 = 0");
        check(&ObservationFilter::Always.and(value), " and value > $2");
    }
}
