//! Work orders in the store. Entries are appended and never changed; every order that is read is checked against its chain.

use std::sync::Arc;

use futures::TryStreamExt;
use futures::stream::TryChunksError;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::{Any, Row, Transaction};
use tokio::task::spawn_blocking;

use super::{Store, StoreError, numbered, read, written};
use crate::database::Statement;
use crate::error::Error;
use crate::order::due::DueKind;
use crate::order::entry::{Checked, Entry};
use crate::order::{Order, State};
use crate::tool::Person;

/// Who asked, kept apart from the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reporter {
    /// As whom they called.
    pub person: Person,
    /// What they gave as their name.
    pub name: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
}

/// An order in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderRow {
    /// Its number.
    pub id: String,
    /// Where it stands.
    pub state: State,
    /// Its grade.
    pub level: String,
    /// Code of its main item.
    pub category: Option<String>,
    /// The unit that leads.
    pub lead: Option<String>,
    /// The district that has a copy.
    pub district: Option<String>,
    /// The place.
    pub address: Option<String>,
    /// When it came in.
    pub opened: Timestamp,
    /// When something last happened.
    pub changed: Timestamp,
    /// When the unit must be done.
    pub due: Option<Timestamp>,
}

/// Which orders a list has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderFilter {
    /// In one of these states; empty means all.
    pub states: Vec<State>,
    /// Led by this unit.
    pub lead: Option<String>,
    /// Of the person with this handle.
    pub citizen: Option<String>,
    /// Of one of these items; empty means all.
    pub categories: Vec<String>,
    /// Came in from the first of these moments to the second, both included.
    pub opened: Option<(Timestamp, Timestamp)>,
    /// Something happened to it at this moment or later.
    pub changed_since: Option<Timestamp>,
    /// At most so many, the latest first; 0 means all.
    pub limit: u32,
}

/// Which orders are looked at: what came in since a moment, what was changed since another, and what is not closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Since {
    /// The first moment at which they came in.
    pub opened: Timestamp,
    /// The first moment at which something happened to them.
    pub changed: Timestamp,
}

/// An order that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreadable {
    /// Its number.
    pub id: String,
    /// What is wrong with its record.
    pub reason: String,
}

/// What a person made of a suggestion.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Label {
    /// The order.
    pub order: String,
    /// RFC 3339.
    pub time: String,
    /// The person's words.
    pub text: String,
    /// Departments with their probabilities, the likeliest first.
    pub suggested: Vec<(String, f64)>,
    /// The department to which it went.
    pub chosen: String,
}

impl Store {
    /// The order with this number, checked.
    ///
    /// # Errors
    /// [`StoreError::Row`] when an entry was altered.
    pub async fn order(&self, id: &str) -> Result<Option<Order>, StoreError> {
        let rows: Vec<(String,)> = sqlx::query_as(ENTRIES)
            .bind(id)
            .fetch_all(self.readers())
            .await?;
        found(id, &rows)
    }

    /// All orders with their entries, by number.
    ///
    /// # Errors
    /// As [`Store::order`].
    pub async fn orders_in_full(&self) -> Result<Vec<Order>, StoreError> {
        let mut orders = Vec::new();
        let since = Since {
            opened: Timestamp::MIN,
            changed: Timestamp::MIN,
        };
        let take = |order| orders.push(order);
        let unreadable = self.each_order(since, |order| order, take).await?;
        match unreadable.into_iter().next() {
            Some(first) => Err(StoreError::Row(first.reason)),
            None => Ok(orders),
        }
    }

    /// Looks at orders, many at a time on all cores, and takes what was seen of each in the order of their numbers: none of
    /// them is kept. One that was altered is named, and the others are looked at. Given up, it looks at some hundreds more.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn each_order<T: Send + 'static>(
        &self,
        since: Since,
        look: impl Fn(Order) -> T + Send + Sync + 'static,
        mut take: impl FnMut(T),
    ) -> Result<Vec<Unreadable>, StoreError> {
        // One row for an order, its entries in lines: a row costs more than what is in it.
        let select = "select work_order, count(*), string_agg(body, '\n' order by sequence) from order_entry \
            where work_order in (select id from work_order where opened >= $1 or changed >= $2 or state <> 'archived') \
            group by work_order order by work_order";
        let look = Arc::new(look);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let batches = sqlx::query_as(select)
            .bind(since.opened.to_string())
            .bind(since.changed.to_string())
            .fetch(self.readers())
            .try_chunks(BATCH)
            .map_err(|TryChunksError(_, error)| StoreError::from(error));
        let mut seen = batches
            .map_ok(|batch| see(batch, Arc::clone(&look)))
            .try_buffered(cores + 1);
        let mut unreadable = Vec::new();
        while let Some(batch) = seen.try_next().await? {
            for one in batch {
                match one {
                    Ok(one) => take(one),
                    Err(one) => unreadable.push(one),
                }
            }
        }
        Ok(unreadable)
    }

    /// The order that the call with this key made or changed.
    ///
    /// # Errors
    /// As [`Store::order`].
    pub async fn order_of_key(&self, key: &str) -> Result<Option<Order>, StoreError> {
        let row: Option<(String,)> =
            sqlx::query_as("select work_order from order_entry where key = $1")
                .bind(key)
                .fetch_optional(self.readers())
                .await?;
        match row {
            Some((id,)) => self.order(&id).await,
            None => Ok(None),
        }
    }

    /// The order and the number of the entry that the call with this key made.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn entry_of_key(&self, key: &str) -> Result<Option<(String, u64)>, StoreError> {
        let row: Option<(String, i64)> =
            sqlx::query_as("select work_order, sequence from order_entry where key = $1")
                .bind(key)
                .fetch_optional(self.readers())
                .await?;
        let Some((order, sequence)) = row else {
            return Ok(None);
        };
        let sequence =
            u64::try_from(sequence).map_err(|error| StoreError::Row(error.to_string()))?;
        Ok(Some((order, sequence)))
    }

    /// Makes an order with the next number of `day`, unless one with this key is there.
    pub(crate) async fn open_order(
        &self,
        key: &str,
        day: Date,
        reporter: &Reporter,
        make: impl FnOnce(String) -> Result<Order, Error>,
    ) -> Result<Order, Error> {
        let mut transaction = self.write().await?;
        let there: Option<(String,)> = sqlx::query_as("select id from work_order where key = $1")
            .bind(key)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(StoreError::from)?;
        if let Some((id,)) = there {
            return within(&mut transaction, &id).await;
        }
        let prefix = format!("HL{}", day.strftime("%Y%m%d"));
        let (first, end) = numbered(&prefix);
        let count: (i64,) =
            sqlx::query_as("select count(*) from work_order where id >= $1 and id < $2")
                .bind(first)
                .bind(end)
                .fetch_one(&mut *transaction)
                .await
                .map_err(StoreError::from)?;
        let order = make(format!("{prefix}{:05}", count.0 + 1))?;
        put_row(&mut transaction, &order).await?;
        put_entries(&mut transaction, &order.id, &order.entries, Some(key)).await?;
        put_reporter(&mut transaction, &order.id, reporter).await?;
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(order)
    }

    /// Stores orders with their numbers, in one transaction; one with a number or key that is there is passed over. Says
    /// how many were stored.
    pub(crate) async fn put_orders(&self, orders: &[(Order, Reporter)]) -> Result<usize, Error> {
        let mut transaction = self.write().await?;
        let mut stored = 0;
        for (order, reporter) in orders {
            let there: Option<(String,)> =
                sqlx::query_as("select id from work_order where id = $1 or key = $2")
                    .bind(&order.id)
                    .bind(&order.key)
                    .fetch_optional(&mut *transaction)
                    .await
                    .map_err(StoreError::from)?;
            if there.is_some() {
                continue;
            }
            put_row(&mut transaction, order).await?;
            put_entries(
                &mut transaction,
                &order.id,
                &order.entries,
                Some(&order.key),
            )
            .await?;
            put_reporter(&mut transaction, &order.id, reporter).await?;
            stored += 1;
        }
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(stored)
    }

    /// Changes an order: `decide` says with which entries, on the order as it stands while nobody else can write. Nothing
    /// happens where the call with this key has changed it already.
    pub(crate) async fn change_order(
        &self,
        id: &str,
        key: Option<&str>,
        decide: impl FnOnce(&mut Order) -> Result<Option<Label>, Error>,
    ) -> Result<Order, Error> {
        let mut transaction = self.write().await?;
        let mut order = within(&mut transaction, id).await?;
        let before = order.entries.len();
        if let Some(key) = key {
            let there: Option<(String,)> =
                sqlx::query_as("select work_order from order_entry where key = $1")
                    .bind(key)
                    .fetch_optional(&mut *transaction)
                    .await
                    .map_err(StoreError::from)?;
            if there.is_some() {
                return Ok(order);
            }
        }
        let label = decide(&mut order)?;
        if order.entries.len() == before {
            return Ok(order);
        }
        put_entries(&mut transaction, id, &order.entries[before..], key).await?;
        put_row(&mut transaction, &order).await?;
        if let Some(label) = label {
            put_label(&mut transaction, &label).await?;
        }
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(order)
    }

    /// Who asked. Whether the one who looks may know is for the caller to decide.
    pub(crate) async fn reporter(&self, id: &str) -> Result<Option<Reporter>, StoreError> {
        let row =
            sqlx::query("select person, name, phone, email from reporter where work_order = $1")
                .bind(id)
                .fetch_optional(self.readers())
                .await?;
        let Some(row) = row else { return Ok(None) };
        let person: String = row.try_get("person").map_err(unreadable)?;
        Ok(Some(Reporter {
            person: read(&person)?,
            name: row.try_get("name").map_err(unreadable)?,
            phone: row.try_get("phone").map_err(unreadable)?,
            email: row.try_get("email").map_err(unreadable)?,
        }))
    }

    /// Orders, the latest first.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn orders(&self, filter: &OrderFilter) -> Result<Vec<OrderRow>, StoreError> {
        let mut select = Statement::new(self.dialect(), "select * from work_order where true");
        let states: Result<Vec<String>, _> = filter.states.iter().map(name_of).collect();
        select.among("state", &states?);
        for (column, value) in [("lead", &filter.lead), ("citizen", &filter.citizen)] {
            select.equal(column, value.as_deref());
        }
        select.among("category", &filter.categories);
        // Seconds with a fraction sort before the same ones without: what is between the whole seconds is looked at again.
        if let Some((from, to)) = filter.opened {
            let to = second(to)
                .saturating_add(SignedDuration::from_secs(2))
                .unwrap_or(to);
            select
                .text(" and opened >= ")
                .value(second(from).to_string())
                .text(" and opened <= ")
                .value(to.to_string());
        }
        if let Some(since) = filter.changed_since {
            select
                .text(" and changed >= ")
                .value(second(since).to_string());
        }
        select
            .text(" order by opened desc, id desc")
            .limit(filter.limit);
        let rows = select.query().fetch_all(self.readers()).await?;
        let mut orders: Vec<OrderRow> = rows.iter().map(order_row).collect::<Result<_, _>>()?;
        orders.retain(|order| {
            let within = |(from, to): &(Timestamp, Timestamp)| (from..=to).contains(&&order.opened);
            filter.opened.as_ref().is_none_or(within)
                && filter
                    .changed_since
                    .is_none_or(|since| order.changed >= since)
        });
        Ok(orders)
    }

    /// Labels, the oldest first.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn labels(&self) -> Result<Vec<Label>, StoreError> {
        let rows = sqlx::query("select * from label order by time, work_order")
            .fetch_all(self.readers())
            .await?;
        let text = |row: &sqlx::any::AnyRow, name: &str| {
            row.try_get::<String, _>(name).map_err(unreadable)
        };
        rows.iter()
            .map(|row| {
                Ok(Label {
                    order: text(row, "work_order")?,
                    time: text(row, "time")?,
                    text: text(row, "text")?,
                    suggested: read(&text(row, "suggested")?)?,
                    chosen: text(row, "chosen")?,
                })
            })
            .collect()
    }
}

/// The whole second before a moment, less one.
fn second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second().saturating_sub(1)).unwrap_or(Timestamp::MIN)
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn unreadable(error: sqlx::Error) -> StoreError {
    StoreError::Row(error.to_string())
}

/// Entries of one order.
const ENTRIES: &str = "select body from order_entry where work_order = $1 order by sequence";

/// Orders that are looked at together.
const BATCH: usize = 128;

fn found(id: &str, rows: &[(String,)]) -> Result<Option<Order>, StoreError> {
    if rows.is_empty() {
        return Ok(None);
    }
    let order = replayed(id, rows.iter().map(|(body,)| body.as_str()));
    order.map(Some).map_err(StoreError::Row)
}

/// The number of an order, that of its entries, and the entries in lines.
type Lines = (String, i64, String);

/// Looks at orders on a thread of its own.
async fn see<T: Send + 'static>(
    batch: Vec<Lines>,
    look: Arc<impl Fn(Order) -> T + Send + Sync + 'static>,
) -> Result<Vec<Result<T, Unreadable>>, StoreError> {
    let see = move |(id, count, lines): Lines| match of_lines(&id, count, &lines) {
        Ok(order) => Ok(look(order)),
        Err(reason) => Err(Unreadable { id, reason }),
    };
    let seen = spawn_blocking(|| batch.into_iter().map(see).collect());
    Ok(seen
        .await
        .expect("looking does not panic, and nobody cancels it"))
}

fn of_lines(id: &str, count: i64, lines: &str) -> Result<Order, String> {
    let entries: Vec<&str> = lines.split('\n').collect();
    if i64::try_from(entries.len()) != Ok(count) {
        return Err(format!(
            "order {id}: an entry is empty or has several lines"
        ));
    }
    replayed(id, entries.into_iter())
}

/// The order of these entries, or why it cannot be read.
fn replayed<'a>(id: &str, entries: impl Iterator<Item = &'a str>) -> Result<Order, String> {
    let broken = |why: &dyn std::fmt::Display| format!("order {id}: {why}");
    let entries: Result<Vec<Checked>, _> = entries.map(Entry::read).collect();
    let entries = entries.map_err(|why| broken(&why))?;
    Order::replay(entries).map_err(|why| broken(&why))
}

/// The order as it stands inside `transaction`.
async fn within(transaction: &mut Transaction<'static, Any>, id: &str) -> Result<Order, Error> {
    let rows: Vec<(String,)> = sqlx::query_as(ENTRIES)
        .bind(id)
        .fetch_all(&mut **transaction)
        .await
        .map_err(StoreError::from)?;
    found(id, &rows)?.ok_or_else(|| Error::Refused {
        message: format!("没有工单 {id}"),
    })
}

async fn put_row(
    transaction: &mut Transaction<'static, Any>,
    order: &Order,
) -> Result<(), StoreError> {
    let (Some(first), Some(last)) = (order.entries.first(), order.entries.last()) else {
        return Err(StoreError::Row(format!(
            "order {}: it has no entries",
            order.id
        )));
    };
    let put = "insert into work_order (id, key, citizen, state, level, category, lead, district, address, opened, changed, due) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
        on conflict (id) do update set state = excluded.state, level = excluded.level, category = excluded.category, lead = excluded.lead, \
        district = excluded.district, address = excluded.address, changed = excluded.changed, due = excluded.due";
    sqlx::query(put)
        .bind(&order.id)
        .bind(&order.key)
        .bind(&order.citizen)
        .bind(name_of(&order.state)?)
        .bind(name_of(&order.level())?)
        .bind(order.items.first().map(|item| &item.category))
        .bind(&order.lead)
        .bind(&order.copy)
        .bind(&order.address)
        .bind(first.at.to_string())
        .bind(last.at.to_string())
        .bind(
            order
                .dues
                .get(&DueKind::Handle)
                .map(|due| due.at.to_string()),
        )
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

async fn put_entries(
    transaction: &mut Transaction<'static, Any>,
    id: &str,
    entries: &[Entry],
    key: Option<&str>,
) -> Result<(), StoreError> {
    for (index, entry) in entries.iter().enumerate() {
        let sequence =
            i64::try_from(entry.sequence).map_err(|error| StoreError::Row(error.to_string()))?;
        sqlx::query(
            "insert into order_entry (work_order, sequence, key, body) values ($1, $2, $3, $4)",
        )
        .bind(id)
        .bind(sequence)
        .bind(key.filter(|_| index == 0))
        .bind(entry.written())
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}

async fn put_reporter(
    transaction: &mut Transaction<'static, Any>,
    id: &str,
    reporter: &Reporter,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into reporter (work_order, person, name, phone, email) values ($1, $2, $3, $4, $5)",
    )
    .bind(id)
    .bind(written(&reporter.person)?)
    .bind(&reporter.name)
    .bind(&reporter.phone)
    .bind(&reporter.email)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

async fn put_label(
    transaction: &mut Transaction<'static, Any>,
    label: &Label,
) -> Result<(), StoreError> {
    let put = "insert into label (work_order, time, text, suggested, chosen) values ($1, $2, $3, $4, $5) \
        on conflict (work_order) do update set time = excluded.time, suggested = excluded.suggested, chosen = excluded.chosen";
    sqlx::query(put)
        .bind(&label.order)
        .bind(&label.time)
        .bind(&label.text)
        .bind(written(&label.suggested)?)
        .bind(&label.chosen)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// The name of a value of a closed set, as in JSON.
fn name_of(value: &impl Serialize) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => Ok(name),
        _ => Err(StoreError::Row("a name is not text".to_owned())),
    }
}

fn order_row(row: &sqlx::any::AnyRow) -> Result<OrderRow, StoreError> {
    let text = |name: &str| row.try_get::<String, _>(name).map_err(unreadable);
    let maybe = |name: &str| row.try_get::<Option<String>, _>(name).map_err(unreadable);
    Ok(OrderRow {
        id: text("id")?,
        state: read(&format!("\"{}\"", text("state")?))?,
        level: text("level")?,
        category: maybe("category")?,
        lead: maybe("lead")?,
        district: maybe("district")?,
        address: maybe("address")?,
        opened: super::read_time(&text("opened")?)?,
        changed: super::read_time(&text("changed")?)?,
        due: maybe("due")?.as_deref().map(super::read_time).transpose()?,
    })
}
