use std::io::Cursor;
use std::time::Duration;

use jiff::SignedDuration;
use tempfile::TempDir;

use super::*;
use crate::sensor::{Format, Kinds, Rows};
use crate::store::place::database;

const START: &str = "2026-11-20T00:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn stands(id: &str) -> Thing {
    Thing {
        id: id.to_owned(),
        name: "古城步行街客流计".to_owned(),
        place: "古城步行街".to_owned(),
        district: "临江区".to_owned(),
        longitude: 118.6012,
        latitude: 27.6034,
    }
}

fn measures(id: &str, kind: &str) -> Datastream {
    Datastream {
        id: id.to_owned(),
        thing: "TH-1".to_owned(),
        kind: kind.to_owned(),
        unit: Unit::PartsPerMillion,
        interval_s: 600,
    }
}

/// A store with the datastreams DS-1 to DS-3.
async fn store() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&database(folder.path())).await.unwrap();
    let datastreams: Vec<Datastream> = ["DS-1", "DS-2", "DS-3"]
        .iter()
        .map(|id| measures(id, "h2s"))
        .collect();
    let thing = [stands("TH-1")];
    store.put_network(&thing, &datastreams).await.unwrap();
    (folder, store)
}

fn reported(datastream: &str, at: &str, value: f64) -> Reading {
    Reading {
        datastream: datastream.to_owned(),
        at: at.parse().unwrap(),
        value,
        unit: None,
    }
}

/// Readings of one datastream, a minute apart.
fn minutes(datastream: &str, count: usize) -> Vec<Reading> {
    let start = at(START);
    let later = |minute: usize| start + SignedDuration::from_mins(i64::try_from(minute).unwrap());
    let reading = |minute| Reading {
        datastream: datastream.to_owned(),
        at: later(minute),
        value: f64::from(u32::try_from(minute).unwrap()) / 10.0,
        unit: (minute % 2 == 0).then(|| "ppm".to_owned()),
    };
    (0..count).map(reading).collect()
}

async fn all(store: &Store) -> Vec<Reading> {
    let ids = ["DS-1", "DS-2", "DS-3"];
    let ever = (Timestamp::MIN, Timestamp::MAX);
    store.readings(&ids, ever, usize::MAX).await.unwrap()
}

/// New, repeated and conflicting ones.
fn counts(appended: &Appended) -> (usize, usize, usize) {
    (appended.new, appended.repeated, appended.conflicting.len())
}

#[tokio::test]
async fn a_network_is_put_and_replaced() {
    let (_folder, store) = store().await;
    assert_eq!(store.things().await.unwrap(), [stands("TH-1")]);
    let mut moved = stands("TH-1");
    moved.place = "文庙广场".to_owned();
    moved.longitude = -0.125;
    let mut faster = measures("DS-2", "ch4");
    faster.unit = Unit::PercentLel;
    faster.interval_s = u32::MAX;
    let things = [stands("TH-0"), moved.clone()];
    let put = store.put_network(&things, std::slice::from_ref(&faster));
    put.await.unwrap();
    assert_eq!(store.things().await.unwrap(), [stands("TH-0"), moved]);
    let expected = [measures("DS-1", "h2s"), faster, measures("DS-3", "h2s")];
    assert_eq!(store.datastreams().await.unwrap(), expected);
}

#[tokio::test]
async fn a_wrong_network_leaves_nothing() {
    let (_folder, store) = store().await;
    let mut nowhere = measures("DS-9", "h2s");
    nowhere.thing = "TH-9".to_owned();
    let put = store.put_network(&[stands("TH-2")], &[nowhere]).await;
    assert!(matches!(put, Err(StoreError::Database(_))), "{put:?}");
    store.append(&minutes("DS-1", 1)).await.unwrap();
    let put = store
        .put_network(&[stands("TH-2")], &[measures("DS-1", "co")])
        .await;
    assert_eq!(
        put.unwrap_err().to_string(),
        "datastream `DS-1` has readings as `h2s` and cannot become `co`\nhint: register a new datastream for `co`; nothing was stored"
    );
    assert_eq!(store.things().await.unwrap().len(), 1);
    assert_eq!(store.datastreams().await.unwrap().len(), 3);
}

#[tokio::test]
async fn the_same_again_is_passed_over() {
    let (_folder, store) = store().await;
    let readings = minutes("DS-1", 1234);
    assert_eq!(
        counts(&store.append(&readings).await.unwrap()),
        (1234, 0, 0)
    );
    assert_eq!(
        counts(&store.append(&readings).await.unwrap()),
        (0, 1234, 0)
    );
    let more = minutes("DS-1", 1300);
    assert_eq!(counts(&store.append(&more).await.unwrap()), (66, 1234, 0));
    assert_eq!(all(&store).await, more);
    assert_eq!(counts(&store.append(&[]).await.unwrap()), (0, 0, 0));
}

#[tokio::test]
async fn another_value_for_the_moment_is_not_stored() {
    let (_folder, store) = store().await;
    store.append(&minutes("DS-1", 700)).await.unwrap();
    let mut readings = minutes("DS-1", 702);
    readings.reverse();
    readings[5].value = 99.0;
    readings[600].value += 1e-9;
    let appended = store.append(&readings).await.unwrap();
    assert_eq!(counts(&appended), (2, 698, 2));
    let conflict = |index: usize, stored: f64| Conflict {
        index,
        reading: readings[index].clone(),
        stored,
    };
    let expected = [conflict(5, 69.6), conflict(600, 10.1)];
    assert_eq!(appended.conflicting, expected);
    assert_eq!(all(&store).await, minutes("DS-1", 702));
}

#[tokio::test]
async fn within_a_batch_the_first_counts() {
    let (_folder, store) = store().await;
    let batch = [
        reported("DS-2", START, 1.0),
        reported("DS-1", START, 2.0),
        reported("DS-2", START, 3.0),
        reported("DS-2", START, 1.0),
        reported("DS-2", "2026-11-20T08:00:00.0000004+08:00", 4.0),
        reported("DS-2", "2026-11-20T00:00:00.000001Z", 5.0),
    ];
    let appended = store.append(&batch).await.unwrap();
    assert_eq!(counts(&appended), (3, 1, 2));
    let places: Vec<usize> = appended.conflicting.iter().map(|it| it.index).collect();
    assert_eq!(places, [2, 4]);
    assert_eq!(
        all(&store).await,
        [batch[1].clone(), batch[0].clone(), batch[5].clone()]
    );
}

#[tokio::test]
async fn numbers_and_times_come_back_as_they_were() {
    let (_folder, store) = store().await;
    let values = [
        0.0,
        -0.0,
        0.1 + 0.2,
        1e308,
        f64::MIN_POSITIVE,
        5e-324,
        -273.15,
        9_007_199_254_740_993.0,
        1e19,
    ];
    let mut readings = minutes("DS-1", values.len());
    for (reading, value) in readings.iter_mut().zip(values) {
        reading.value = value;
    }
    readings.push(reported("DS-2", "1969-12-31T23:59:59.999999Z", 1.0));
    readings.push(reported("DS-2", "-009999-01-02T01:59:59Z", 2.0));
    readings.sort_by_key(|reading| reading.at);
    store.append(&readings).await.unwrap();
    assert_eq!(all(&store).await, readings);
}

#[tokio::test]
async fn what_cannot_be_stored_leaves_nothing() {
    let (_folder, store) = store().await;
    for wrong in [
        reported("DS-9", START, 1.0),
        reported("DS-1", START, f64::NAN),
    ] {
        let mut batch = minutes("DS-2", 600);
        batch.push(wrong);
        let appended = store.append(&batch).await;
        assert!(matches!(appended, Err(StoreError::Database(_))));
        assert_eq!(all(&store).await, []);
    }
}

#[tokio::test]
async fn a_period_holds_its_beginning_and_not_its_end() {
    let (_folder, store) = store().await;
    store.append(&minutes("DS-1", 10)).await.unwrap();
    let check = async |from: &str, to: &str, expected: &[f64]| {
        let period = (at(from), at(to));
        let readings = store.readings(&["DS-1"], period, 100).await.unwrap();
        let values: Vec<f64> = readings.iter().map(|reading| reading.value).collect();
        assert_eq!(values, expected, "{from} {to}");
    };
    let three = "2026-11-20T00:03:00Z";
    let five = "2026-11-20T00:05:00Z";
    check(three, five, &[0.3, 0.4]).await;
    check(three, "2026-11-20T00:05:00.000001Z", &[0.3, 0.4, 0.5]).await;
    check(three, "2026-11-20T00:05:00.000000001Z", &[0.3, 0.4, 0.5]).await;
    check("2026-11-20T00:03:00.000001Z", five, &[0.4]).await;
    check("2026-11-20T00:03:00.000000001Z", five, &[0.4]).await;
    check("2026-11-20T00:02:59.999999999Z", five, &[0.3, 0.4]).await;
    check("2026-11-20T08:03:00+08:00", five, &[0.3, 0.4]).await;
    check(three, three, &[]).await;
    check(five, three, &[]).await;
    check("2026-11-20T00:09:00Z", "2027-01-01T00:00:00Z", &[0.9]).await;
    check("2025-11-20T00:09:00Z", "2026-11-20T00:00:00Z", &[]).await;
}

#[tokio::test]
async fn readings_come_by_time_then_by_datastream() {
    let (_folder, store) = store().await;
    let mut batch = minutes("DS-3", 4);
    batch.extend(minutes("DS-1", 3));
    batch.reverse();
    store.append(&batch).await.unwrap();
    let ever = (Timestamp::MIN, Timestamp::MAX);
    let check = async |ids: &[&str], limit: usize, expected: &str| {
        let readings = store.readings(ids, ever, limit).await.unwrap();
        let minute = |reading: &Reading| reading.at.duration_since(at(START)).as_mins();
        let shown = readings
            .iter()
            .map(|it| format!("{}:{}", &it.datastream[3..], minute(it)));
        assert_eq!(shown.collect::<Vec<_>>().join(" "), expected);
    };
    let whole = "1:0 3:0 1:1 3:1 1:2 3:2 3:3";
    check(&["DS-1", "DS-3"], 100, whole).await;
    check(&["DS-3", "DS-1", "DS-3", "DS-9"], 7, whole).await;
    check(&["DS-1", "DS-3"], 3, "1:0 3:0 1:1").await;
    check(&["DS-3"], 2, "3:0 3:1").await;
    check(&["DS-3"], 0, "").await;
    check(&["DS-2"], 100, "").await;
    check(&[], 100, "").await;
}

#[tokio::test]
async fn numbers_and_units_come_back_as_they_were() {
    let (_folder, store) = store().await;
    let mut bits = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        bits = bits
            .wrapping_mul(0x5851_f42d_4c95_7f2d)
            .wrapping_add(0x1405_7b7e_f767_814f);
        f64::from_bits(bits)
    };
    let mut extreme = vec![
        -0.0,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        f64::from_bits(1),
    ];
    let mut usual = vec![
        0.1 + 0.2,
        1.0 / 3.0,
        -0.001,
        1e15,
        9_007_199_254_740_993.0,
        -9e18,
    ];
    while usual.len() < 1000 {
        // Of every size between a thousandth and 2^63, with all their bits.
        let value = next();
        if (0.001..9e18).contains(&value.abs()) {
            usual.push(value);
        } else if value.is_finite() && extreme.len() < 100 {
            extreme.push(value);
        }
    }
    let units = [None, Some(""), Some("mg/m3"), Some("a b\n1 2")];
    for (id, values) in [("DS-1", usual), ("DS-2", extreme)] {
        let mut batch = minutes(id, values.len());
        for (reading, (value, unit)) in batch
            .iter_mut()
            .zip(values.iter().zip(units.iter().cycle()))
        {
            reading.value = *value;
            reading.unit = unit.map(str::to_owned);
        }
        store.append(&batch).await.unwrap();
        let ever = (Timestamp::MIN, Timestamp::MAX);
        let read = store.readings(&[id], ever, usize::MAX).await.unwrap();
        let other = batch.iter().zip(&read).find(|(was, is)| was != is);
        assert_eq!((read.len(), other), (batch.len(), None));
    }
    // What is usual is brought the fast way.
    let value = store.dialect().exactly("value");
    let select = format!("select {value} from observation where datastream = 'DS-1'");
    let written: Vec<(String,)> = sqlx::query_as(sqlx::AssertSqlSafe(select))
        .fetch_all(store.readers())
        .await
        .unwrap();
    assert!(written.len() == 1000 && written.iter().all(|(text,)| exact(text).is_some()));
}

#[tokio::test]
async fn the_latest_and_the_extent_are_known() {
    let (_folder, store) = store().await;
    let one = minutes("DS-1", 61);
    store.append(&one).await.unwrap();
    store.append(&minutes("DS-3", 2)).await.unwrap();
    let latest = store.latest(&["DS-3", "DS-2", "DS-1"]).await.unwrap();
    assert_eq!(latest, [one[60].clone(), minutes("DS-3", 2)[1].clone()]);
    assert_eq!(store.latest(&["DS-2"]).await.unwrap(), []);
    let extent = Extent {
        first: at(START),
        last: at("2026-11-20T01:00:00Z"),
        count: 61,
    };
    assert_eq!(store.extent("DS-1").await.unwrap(), Some(extent));
    assert_eq!(store.extent("DS-2").await.unwrap(), None);
    assert_eq!(store.extent("DS-9").await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_batch_sent_a_hundred_times_at_once_is_stored_once() {
    let (_folder, store) = store().await;
    let mut batch = minutes("DS-1", 600);
    batch.extend(minutes("DS-2", 600));
    let sent: Vec<_> = (0..100)
        .map(|_| {
            let (store, batch) = (store.clone(), batch.clone());
            tokio::spawn(async move { store.append(&batch).await.unwrap() })
        })
        .collect();
    let (mut new, mut repeated) = (0, 0);
    for appended in sent {
        let appended = appended.await.unwrap();
        assert_eq!(appended.conflicting, []);
        new += appended.new;
        repeated += appended.repeated;
    }
    assert_eq!((new, repeated), (1200, 99 * 1200));
    assert_eq!(all(&store).await.len(), 1200);
}

#[tokio::test]
async fn what_is_broken_off_leaves_nothing() {
    let (folder, store) = store().await;
    let batch = minutes("DS-1", 600);
    let rows: Vec<(usize, &Reading)> = batch.iter().enumerate().collect();
    let mut appended = Appended::default();
    let mut transaction = store.write().await.unwrap();
    let done = append_rows(&mut transaction, &rows[..ROWS], &mut appended);
    done.await.unwrap();
    assert_eq!(appended.new, ROWS);
    assert_eq!(all(&store).await, []);
    drop(transaction);
    assert_eq!(all(&store).await, []);
    // Another process sees none of it either.
    let other = Store::open(&database(folder.path())).await.unwrap();
    assert_eq!(all(&other).await, []);
    assert_eq!(counts(&other.append(&batch).await.unwrap()), (600, 0, 0));
}

#[tokio::test]
async fn an_append_given_up_stores_all_or_nothing() {
    let (_folder, store) = store().await;
    let batch = minutes("DS-1", 5000);
    for patience in [0, 1, 2, 4, 8, 16, 32] {
        let given_up = tokio::time::timeout(Duration::from_millis(patience), store.append(&batch));
        let _ = given_up.await;
        let count = all(&store).await.len();
        assert!(count == 0 || count == 5000, "{count}");
    }
    store.append(&batch).await.unwrap();
    assert_eq!(all(&store).await, batch);
}

#[tokio::test]
async fn keys_are_looked_up_by_the_index() {
    let folder = tempfile::tempdir().unwrap();
    // PostgreSQL plans by how much there is.
    let store = Store::open(&folder.path().into()).await.unwrap();
    let check = async |select: &str, expected: &str| {
        let plan: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(sqlx::AssertSqlSafe(format!("explain query plan {select}")))
                .fetch_all(store.readers())
                .await
                .unwrap();
        let steps: Vec<String> = plan.into_iter().map(|step| step.3).collect();
        assert_eq!(steps[0], expected, "{steps:?}");
    };
    let primary = "SEARCH observation USING PRIMARY KEY";
    check(
        "select at, value, unit from observation where datastream = 'a' and at >= 1 and at < 2 order by at limit 3",
        &format!("{primary} (datastream=? AND at>? AND at<?)"),
    )
    .await;
    check(
        "select at from observation where datastream = 'a' order by at desc limit 1",
        &format!("{primary} (datastream=?)"),
    )
    .await;
    check(
        "select value from observation where (datastream, at) in (values ('a', 1), ('b', 2))",
        &format!("{primary} (datastream=? AND at=?)"),
    )
    .await;
}

#[tokio::test]
async fn a_file_is_imported_and_its_lines_are_counted() {
    let (_folder, store) = store().await;
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/../seeds/sensors/kinds.toml");
    let kinds = Kinds::parse("kinds.toml", &std::fs::read_to_string(seeds).unwrap()).unwrap();
    let datastreams = store.datastreams().await.unwrap();
    store.append(&[reported("DS-1", START, 5.0)]).await.unwrap();
    let text = "datastream,time,value,unit\n\
        DS-1,2026-11-20T08:00:00+08:00,5,\n\
        DS-1,2026-11-20T08:00:00+08:00,6,\n\
        \n\
        DS-9,2026-11-20T08:00:00+08:00,5,\n\
        DS-2,2026-11-20T08:00:00+08:00,13.938650306748466,mg/m3\n\
        DS-2,2026-11-20T08:10:00+08:00,viel,\n\
        DS-2,2026-11-20T08:10:00+08:00,7,ppm\n";
    let rows = Rows::new(Cursor::new(text), Format::Csv);
    let mut import = Import::new(rows, &datastreams, &kinds, at("2026-11-20T08:00:00Z"));
    store.import(&mut import, || {}).await.unwrap();
    let summary = import.summary();
    let sums = (
        summary.read,
        summary.stored,
        summary.repeated,
        summary.conflicting,
    );
    assert_eq!(sums, (6, 2, 1, 1));
    let refused: Vec<(&str, u64)> = summary
        .refused
        .iter()
        .map(|(code, n)| (*code, *n))
        .collect();
    assert_eq!(refused, [("number", 1), ("unknown_datastream", 1)]);
    let examples: Vec<String> = summary
        .examples
        .iter()
        .map(|it| format!("{} {}", it.line, it.reason.code()))
        .collect();
    assert_eq!(
        examples,
        ["3 conflicting", "5 unknown_datastream", "7 number"]
    );
    assert_eq!(summary.broken_off, None);
    let stored: Vec<(String, String)> = all(&store)
        .await
        .iter()
        .map(|it| (it.evidence(), format!("{:.6}", it.value)))
        .collect();
    let expected = [
        ("reading:DS-1@2026-11-20T00:00:00Z", "5.000000"),
        ("reading:DS-2@2026-11-20T00:00:00Z", "10.000000"),
        ("reading:DS-2@2026-11-20T00:10:00Z", "7.000000"),
    ]
    .map(|(id, value)| (id.to_owned(), value.to_owned()));
    assert_eq!(stored, expected);
}
