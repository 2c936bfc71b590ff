//! What stands in the city, what it measures and what it reported. A reading is written once and never changed: the same one
//! again is passed over, another number for its moment is not stored.
//!
//! Whether a reading is plausible is decided before, by [`crate::sensor::accept`].

use std::collections::{BTreeSet, HashMap};
use std::io::BufRead;

use jiff::Timestamp;
use serde::Serialize;
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use super::{Store, StoreError};
use crate::database::{Dialect, Statement, exact};
use crate::sensor::{Appended, Conflict, Datastream, Import, Reading, Thing, Unit};

/// How far the readings of a datastream reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Extent {
    /// Time of the first.
    pub first: Timestamp,
    /// Time of the last.
    pub last: Timestamp,
    /// How many there are.
    pub count: u64,
}

/// Rows of one statement.
const ROWS: usize = 500;

impl Store {
    /// Puts things and datastreams; those that are there are replaced.
    ///
    /// # Errors
    /// [`StoreError::KindChanged`], and what the database reports, also where a datastream names a thing that is not there; then
    /// nothing is stored.
    pub async fn put_network(
        &self,
        things: &[Thing],
        datastreams: &[Datastream],
    ) -> Result<(), StoreError> {
        self.put_network_with(things, datastreams, &[]).await
    }

    /// The same with readings, all or nothing.
    ///
    /// # Errors
    /// As [`Store::put_network`] and [`Store::append`].
    pub async fn put_network_with(
        &self,
        things: &[Thing],
        datastreams: &[Datastream],
        readings: &[Reading],
    ) -> Result<(), StoreError> {
        let mut transaction = self.write_network().await?;
        put_all(&mut transaction, things, datastreams, readings).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The same for a city of which nothing is known yet; says whether that is so. Of several that do it at once one does.
    ///
    /// # Errors
    /// As [`Store::put_network_with`].
    pub async fn put_first_network(
        &self,
        things: &[Thing],
        datastreams: &[Datastream],
        readings: &[Reading],
    ) -> Result<bool, StoreError> {
        let mut transaction = self.write_network().await?;
        let there: Option<(String,)> = sqlx::query_as("select id from thing limit 1")
            .fetch_optional(&mut *transaction)
            .await?;
        if there.is_some() {
            return Ok(false);
        }
        put_all(&mut transaction, things, datastreams, readings).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// All things, by id.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn things(&self) -> Result<Vec<Thing>, StoreError> {
        let select = "select id, name, place, district, longitude, latitude from thing order by id";
        let rows = sqlx::query(select).fetch_all(self.readers()).await?;
        rows.iter().map(thing).collect()
    }

    /// All datastreams, by id.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn datastreams(&self) -> Result<Vec<Datastream>, StoreError> {
        let select = "select id, thing, kind, unit, interval_s from datastream order by id";
        let rows = sqlx::query(select).fetch_all(self.readers()).await?;
        rows.iter().map(datastream).collect()
    }

    /// Those of `ids` that are registered, by id.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn datastreams_of(
        &self,
        ids: &[impl AsRef<str>],
    ) -> Result<Vec<Datastream>, StoreError> {
        let select = "select id, thing, kind, unit, interval_s from datastream where id = $1";
        let mut datastreams = Vec::new();
        let mut transaction = self.snapshot().await?;
        for id in distinct(ids) {
            let row = sqlx::query(select).bind(id);
            let row = row.fetch_optional(&mut *transaction).await?;
            datastreams.extend(row.as_ref().map(datastream).transpose()?);
        }
        Ok(datastreams)
    }

    /// Stores readings of registered datastreams, all or none of them. Of two for one moment the first is kept.
    ///
    /// # Errors
    /// What the database reports, also where a datastream is not registered or a value is not finite; then nothing is stored.
    pub async fn append(&self, readings: &[Reading]) -> Result<Appended, StoreError> {
        let mut transaction = self.write_readings().await?;
        let appended = append_all(&mut transaction, readings).await?;
        transaction.commit().await?;
        Ok(appended)
    }

    /// Stores what an import takes, one transaction after the other; its summary says what became of the lines. The file is read
    /// on the thread that polls; `stored` is called after each transaction.
    ///
    /// # Errors
    /// As [`Store::append`]; what the summary counts up to then is stored, and importing the file again is harmless.
    pub async fn import<R: BufRead>(
        &self,
        import: &mut Import<'_, R>,
        mut stored: impl FnMut(),
    ) -> Result<(), StoreError> {
        loop {
            let batch = import.batch();
            if batch.is_empty() {
                return Ok(());
            }
            let appended = self.append(&batch).await?;
            import.stored(appended);
            stored();
        }
    }

    /// The readings of datastreams from `from` to before `to`, by time, at most the first `limit`.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn readings(
        &self,
        datastreams: &[impl AsRef<str>],
        (from, to): (Timestamp, Timestamp),
        limit: usize,
    ) -> Result<Vec<Reading>, StoreError> {
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut readings = Vec::new();
        let mut transaction = self.snapshot().await?;
        for id in distinct(datastreams) {
            let found = found(&mut transaction, id, (up(from), up(to)), most).await?;
            for row in found {
                readings.push(reading(id, row)?);
            }
        }
        // No two readings of a datastream are of one moment; those of several are in the order of their ids, and the sort is stable.
        readings.sort_by_key(|reading| reading.at);
        readings.truncate(limit);
        Ok(readings)
    }

    /// The last reading of each datastream that has one, by id.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn latest(
        &self,
        datastreams: &[impl AsRef<str>],
    ) -> Result<Vec<Reading>, StoreError> {
        let select = "select at, value, unit from observation where datastream = $1 order by at desc limit 1";
        let mut readings = Vec::new();
        let mut transaction = self.snapshot().await?;
        for id in distinct(datastreams) {
            let row: Option<Found> = sqlx::query_as(select)
                .bind(id)
                .fetch_optional(&mut *transaction)
                .await?;
            if let Some(row) = row {
                readings.push(reading(id, row)?);
            }
        }
        Ok(readings)
    }

    /// How far the readings of a datastream reach; `None` where there are none.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn extent(&self, datastream: &str) -> Result<Option<Extent>, StoreError> {
        let select = "select min(at), max(at), count(*) from observation where datastream = $1";
        let row: (Option<i64>, Option<i64>, i64) = sqlx::query_as(select)
            .bind(datastream)
            .fetch_one(self.readers())
            .await?;
        let (Some(first), Some(last), count) = row else {
            return Ok(None);
        };
        Ok(Some(Extent {
            first: time(first)?,
            last: time(last)?,
            count: u64::try_from(count).unwrap_or(0),
        }))
    }
}

/// Time, value and unit of a row.
pub(super) type Found = (i64, f64, Option<String>);

/// Readings of a datastream. They come in one row for a unit: a row costs more than what is in it.
async fn found(
    transaction: &mut Transaction<'static, Any>,
    id: &str,
    (from, to): (i64, i64),
    most: i64,
) -> Result<Vec<Found>, StoreError> {
    let rows = "select at, value, unit from observation where datastream = $1 and at >= $2 and at < $3 order by at limit $4";
    let value = Dialect::of(transaction).exactly("value");
    let joined = format!(
        "select unit, string_agg(at || ' ' || {value}, ' ') from ({rows}) as found group by unit"
    );
    let units: Vec<(Option<String>, String)> = sqlx::query_as(AssertSqlSafe(joined))
        .bind(id)
        .bind(from)
        .bind(to)
        .bind(most)
        .fetch_all(&mut **transaction)
        .await?;
    let found = units.iter().flat_map(|(unit, text)| {
        let pair = |(at, value)| Some((at?, value?, unit.clone()));
        pairs(text).map(pair)
    });
    if let Some(found) = found.collect() {
        return Ok(found);
    }
    // A number among them is too small or too large to be written exactly.
    let found = sqlx::query_as(rows)
        .bind(id)
        .bind(from)
        .bind(to)
        .bind(most)
        .fetch_all(&mut **transaction)
        .await?;
    Ok(found)
}

/// Times and values, one after the other.
fn pairs(text: &str) -> impl Iterator<Item = (Option<i64>, Option<f64>)> {
    let mut words = text.split(' ');
    std::iter::from_fn(move || {
        let at = words.next()?.parse().ok();
        Some((at, words.next().and_then(exact)))
    })
}

/// By which a reading is stored. Two that differ by less than a microsecond are of one moment.
fn key(reading: &Reading) -> (&str, i64) {
    (&reading.datastream, reading.at.as_microsecond())
}

/// The first microsecond that is not before `at`.
pub(super) fn up(at: Timestamp) -> i64 {
    at.as_microsecond() + i64::from(at.subsec_nanosecond() % 1000 > 0)
}

/// The last microsecond that is not after `at`.
pub(super) fn down(at: Timestamp) -> i64 {
    at.as_microsecond() - i64::from(at.subsec_nanosecond() % 1000 < 0)
}

/// A time as it was stored.
pub(super) fn time(microsecond: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(microsecond).map_err(|error| StoreError::Row(error.to_string()))
}

fn distinct(datastreams: &[impl AsRef<str>]) -> BTreeSet<&str> {
    datastreams.iter().map(AsRef::as_ref).collect()
}

async fn put_all(
    transaction: &mut Transaction<'static, Any>,
    things: &[Thing],
    datastreams: &[Datastream],
    readings: &[Reading],
) -> Result<(), StoreError> {
    for thing in things {
        put_thing(transaction, thing).await?;
    }
    for datastream in datastreams {
        keeps_kind(transaction, datastream).await?;
        put_datastream(transaction, datastream).await?;
    }
    append_all(transaction, readings).await?;
    Ok(())
}

async fn append_all(
    transaction: &mut Transaction<'static, Any>,
    readings: &[Reading],
) -> Result<Appended, StoreError> {
    let mut rows: Vec<(usize, &Reading)> = readings.iter().enumerate().collect();
    // Neighbours are written together, in whatever order they came.
    rows.sort_by(|(_, one), (_, other)| key(one).cmp(&key(other)));
    let mut appended = Appended::default();
    for rows in rows.chunks(ROWS) {
        append_rows(transaction, rows, &mut appended).await?;
    }
    appended.conflicting.sort_by_key(|conflict| conflict.index);
    Ok(appended)
}

async fn append_rows(
    transaction: &mut Transaction<'static, Any>,
    rows: &[(usize, &Reading)],
    appended: &mut Appended,
) -> Result<(), StoreError> {
    let insert = "insert into observation (datastream, at, value, unit) values ";
    let mut statement = Statement::new(Dialect::of(transaction), insert);
    statement.rows(rows, |row, (_, reading)| {
        let (datastream, at) = key(reading);
        row.value(datastream)
            .value(at)
            .value(reading.value)
            .value(reading.unit.as_deref());
    });
    statement.text(" on conflict (datastream, at) do nothing");
    // Only the statement that comes again is worth keeping.
    let query = statement.query().persistent(rows.len() == ROWS);
    let done = query.execute(&mut **transaction).await?;
    let new = usize::try_from(done.rows_affected()).unwrap_or(rows.len());
    let conflicting = match new == rows.len() {
        true => Vec::new(),
        false => conflicts(transaction, rows).await?,
    };
    appended.new += new;
    appended.repeated += rows.len() - new - conflicting.len();
    appended.conflicting.extend(conflicting);
    Ok(())
}

/// Those of `rows` for whose moment another value is stored.
async fn conflicts(
    transaction: &mut Transaction<'static, Any>,
    rows: &[(usize, &Reading)],
) -> Result<Vec<Conflict>, StoreError> {
    let select = "select datastream, at, value from observation where (datastream, at) in (values ";
    let mut statement = Statement::new(Dialect::of(transaction), select);
    statement.rows(rows, |row, (_, reading)| {
        let (datastream, at) = key(reading);
        row.value(datastream).value(at);
    });
    statement.text(")");
    let stored: Vec<(String, i64, f64)> = statement
        .query_as()
        .persistent(rows.len() == ROWS)
        .fetch_all(&mut **transaction)
        .await?;
    let stored: HashMap<(&str, i64), f64> = stored
        .iter()
        .map(|(datastream, at, value)| ((datastream.as_str(), *at), *value))
        .collect();
    let conflict = |(index, reading): &(usize, &Reading)| {
        let stored = *stored.get(&key(reading))?;
        (stored != reading.value).then(|| Conflict {
            index: *index,
            reading: (*reading).clone(),
            stored,
        })
    };
    Ok(rows.iter().filter_map(conflict).collect())
}

async fn put_thing(
    transaction: &mut Transaction<'static, Any>,
    thing: &Thing,
) -> Result<(), StoreError> {
    let put = "insert into thing (id, name, place, district, longitude, latitude) values ($1, $2, $3, $4, $5, $6) \
        on conflict (id) do update set name = excluded.name, place = excluded.place, district = excluded.district, \
        longitude = excluded.longitude, latitude = excluded.latitude";
    sqlx::query(put)
        .bind(&thing.id)
        .bind(&thing.name)
        .bind(&thing.place)
        .bind(&thing.district)
        .bind(thing.longitude)
        .bind(thing.latitude)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Readings are kept in the unit of the kind: under another kind they would be other numbers.
async fn keeps_kind(
    transaction: &mut Transaction<'static, Any>,
    datastream: &Datastream,
) -> Result<(), StoreError> {
    let select = "select kind from datastream where id = $1 and kind <> $2 \
        and exists (select 1 from observation where observation.datastream = datastream.id)";
    let other: Option<(String,)> = sqlx::query_as(select)
        .bind(&datastream.id)
        .bind(&datastream.kind)
        .fetch_optional(&mut **transaction)
        .await?;
    match other {
        None => Ok(()),
        Some((kind,)) => Err(StoreError::KindChanged {
            datastream: datastream.id.clone(),
            kind,
            given: datastream.kind.clone(),
        }),
    }
}

async fn put_datastream(
    transaction: &mut Transaction<'static, Any>,
    datastream: &Datastream,
) -> Result<(), StoreError> {
    let put = "insert into datastream (id, thing, kind, unit, interval_s) values ($1, $2, $3, $4, $5) \
        on conflict (id) do update set thing = excluded.thing, kind = excluded.kind, unit = excluded.unit, \
        interval_s = excluded.interval_s";
    sqlx::query(put)
        .bind(&datastream.id)
        .bind(&datastream.thing)
        .bind(&datastream.kind)
        .bind(datastream.unit.name())
        .bind(i64::from(datastream.interval_s))
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

pub(super) fn reading(datastream: &str, (at, value, unit): Found) -> Result<Reading, StoreError> {
    Ok(Reading {
        datastream: datastream.to_owned(),
        at: time(at)?,
        value,
        unit,
    })
}

fn thing(row: &AnyRow) -> Result<Thing, StoreError> {
    Ok(Thing {
        id: column(row, "id")?,
        name: column(row, "name")?,
        place: column(row, "place")?,
        district: column(row, "district")?,
        longitude: column(row, "longitude")?,
        latitude: column(row, "latitude")?,
    })
}

fn datastream(row: &AnyRow) -> Result<Datastream, StoreError> {
    let unit: String = column(row, "unit")?;
    let interval: i64 = column(row, "interval_s")?;
    Ok(Datastream {
        id: column(row, "id")?,
        thing: column(row, "thing")?,
        kind: column(row, "kind")?,
        unit: Unit::read(&unit).map_err(|error| StoreError::Row(error.to_string()))?,
        interval_s: u32::try_from(interval).map_err(|error| StoreError::Row(error.to_string()))?,
    })
}

/// A column of a row.
pub(super) fn column<'r, T>(row: &'r AnyRow, name: &str) -> Result<T, StoreError>
where
    T: sqlx::Decode<'r, Any> + sqlx::Type<Any>,
{
    row.try_get(name)
        .map_err(|error| StoreError::Row(error.to_string()))
}

#[cfg(test)]
mod tests;
