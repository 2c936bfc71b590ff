use std::sync::OnceLock;

use jiff::SignedDuration;
use proptest::prelude::*;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tools::sensor::{Datastream, Thing, Unit};

use super::super::model::{Kind, Property};
use super::*;

/// A store with some datastreams, for all cases.
struct Bench {
    runtime: Runtime,
    store: Store,
    _folder: TempDir,
}

fn bench() -> &'static Bench {
    static BENCH: OnceLock<Bench> = OnceLock::new();
    BENCH.get_or_init(|| {
        let runtime = Runtime::new().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store = runtime
            .block_on(Store::open(&folder.path().into()))
            .unwrap();
        Bench {
            runtime,
            store,
            _folder: folder,
        }
    })
}

fn minute(number: i64) -> Timestamp {
    let start: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
    start + SignedDuration::from_mins(number)
}

/// Registers datastreams and stores minutes and values of each.
async fn put(store: &Store, rows: &[(String, i64, f64)]) {
    let thing = Thing {
        id: "TH-1".into(),
        name: String::new(),
        place: String::new(),
        district: String::new(),
        longitude: 0.0,
        latitude: 0.0,
    };
    let datastreams = rows.iter().map(|(id, ..)| Datastream {
        id: id.clone(),
        thing: "TH-1".into(),
        kind: "h2s".into(),
        unit: Unit::PartsPerMillion,
        interval_s: 60,
    });
    let datastreams: Vec<Datastream> = datastreams.collect();
    store.put_network(&[thing], &datastreams).await.unwrap();
    let reading = |(id, at, value): &(String, i64, f64)| Reading {
        datastream: id.clone(),
        at: minute(*at),
        value: *value,
        unit: None,
    };
    let readings: Vec<Reading> = rows.iter().map(reading).collect();
    store.append(&readings).await.unwrap();
}

/// The value that a reading has for a condition.
fn value(reading: &Reading, property: &Property) -> Option<Literal> {
    match property.path {
        "id" => Some(Literal::Text(id(reading))),
        "result" => Some(Literal::Number(reading.value)),
        "Datastream/id" => Some(Literal::Text(reading.datastream.clone())),
        "phenomenonTime" | "resultTime" => Some(Literal::Time(reading.at)),
        _ => None,
    }
}

fn comparison() -> impl Strategy<Value = String> {
    let sign = prop::sample::select(vec!["eq", "ne", "gt", "ge", "lt", "le"]);
    let time = (0..30_i64, 0..3_i64).prop_map(|(number, nanoseconds)| {
        let at = minute(number) + SignedDuration::from_nanos(nanoseconds * 400);
        at.to_string()
    });
    let number = (-3..8_i32).prop_map(|number| (f64::from(number) / 2.0).to_string());
    prop_oneof![
        (sign.clone(), time.clone())
            .prop_map(|(sign, time)| format!("phenomenonTime {sign} {time}")),
        (sign.clone(), time).prop_map(|(sign, time)| format!("{time} {sign} resultTime")),
        (sign.clone(), number).prop_map(|(sign, number)| format!("result {sign} {number}")),
        (sign, "[AB]").prop_map(|(sign, id)| format!("Datastream/id {sign} '{id}'")),
        (0..30_i64, "[AB]", any::<bool>()).prop_map(|(number, of, same)| {
            let sign = if same { "eq" } else { "ne" };
            format!("id {sign} '{of}@{}'", minute(number))
        }),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    comparison().prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("{one} and {other}")),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("{one} or {other}")),
            inner.clone().prop_map(|one| format!("not {one}")),
            inner.prop_map(|one| format!("({one})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_store_finds_what_the_condition_says(
        text in condition(),
        values in prop::collection::vec((0..30_i64, -3..8_i32), 0..25),
    ) {
        let Bench { runtime, store, .. } = bench();
        // Each case has a datastream of its own that is called A in conditions: rows are never deleted.
        static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let own = format!("A{}", NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        let text = text.replace("'A", &format!("'{own}"));
        let expression = Expression::parse(Kind::Observation, &text).unwrap();
        let rows: Vec<_> = values
            .iter()
            .map(|(at, value)| (own.clone(), *at, f64::from(*value) / 2.0))
            .collect();
        let (all, found, counted) = runtime.block_on(async {
            put(store, &rows).await;
            let ever = (Timestamp::MIN, Timestamp::MAX);
            let all = store.readings(&[&own], ever, 1000).await.unwrap();
            let condition = condition_on(&expression, &own);
            let page = Page { datastream: &own, condition: &condition, order: PageOrder::Oldest, skip: 0, top: 1000 };
            let found = store.observations(&page).await.unwrap();
            let counted = store.count_observations(&own, &condition).await.unwrap();
            (all, found, counted)
        });
        let held = |reading: &&Reading| expression.holds(&|property| value(reading, property));
        let expected: Vec<Reading> = all.iter().filter(held).cloned().collect();
        prop_assert_eq!(&found, &expected, "{}", text);
        prop_assert_eq!(counted, u64::try_from(expected.len()).unwrap());
    }
}

fn options(pairs: &[(&str, &str)]) -> Options {
    let pairs = pairs
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()));
    Options::parse(Kind::Observation, false, pairs.collect()).unwrap()
}

/// All pages, each of seven, as minutes with the datastream before.
async fn paged(store: &Store, datastreams: &[String], order: Option<&str>) -> Vec<String> {
    let (mut all, mut after): (Vec<Reading>, Option<String>) = (Vec::new(), None);
    loop {
        let mut pairs = vec![("$top", "7")];
        pairs.extend(order.map(|order| ("$orderby", order)));
        pairs.extend(after.as_deref().map(|after| ("$skiptoken", after)));
        let found = page(store, datastreams, &options(&pairs)).await.unwrap();
        assert!(found.readings.len() <= 7);
        all.extend(found.readings);
        if !found.more {
            let shown = |it: &Reading| {
                let minutes = it.at.duration_since(minute(0)).as_mins();
                format!("{}{minutes}", it.datastream)
            };
            return all.iter().map(shown).collect();
        }
        after = all.last().map(id);
    }
}

#[test]
fn pages_hold_everything_once_and_in_order() {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().into()).await.unwrap();
        let datastreams: Vec<String> = ["x", "y", "z"].map(str::to_owned).to_vec();
        let mut rows = Vec::new();
        for (datastream, step) in datastreams.iter().zip([1, 2, 3]) {
            rows.extend(
                (0..20)
                    .step_by(step)
                    .map(|at| (datastream.clone(), at, 0.0)),
            );
        }
        put(&store, &rows).await;
        let mut expected: Vec<(String, i64)> =
            rows.iter().map(|(id, at, _)| (id.clone(), *at)).collect();
        let shown = |rows: &[(String, i64)]| -> Vec<String> {
            rows.iter().map(|(id, at)| format!("{id}{at}")).collect()
        };
        assert_eq!(paged(&store, &datastreams, None).await, shown(&expected));
        expected.sort_by_key(|(_, at)| *at);
        let by_time = paged(&store, &datastreams, Some("phenomenonTime")).await;
        assert_eq!(by_time, shown(&expected));
        expected.sort_by_key(|(_, at)| -at);
        let newest = paged(&store, &datastreams, Some("phenomenonTime desc")).await;
        assert_eq!(newest, shown(&expected));
        // Passed over instead.
        let skipped = page(
            &store,
            &datastreams,
            &options(&[
                ("$orderby", "resultTime desc"),
                ("$skip", "5"),
                ("$top", "3"),
                ("$count", "true"),
            ]),
        )
        .await
        .unwrap();
        let ids: Vec<(String, i64)> = expected[5..8].to_vec();
        let found: Vec<String> = skipped
            .readings
            .iter()
            .map(|it| {
                format!(
                    "{}{}",
                    it.datastream,
                    it.at.duration_since(minute(0)).as_mins()
                )
            })
            .collect();
        assert_eq!(found, shown(&ids));
        assert_eq!(skipped.count, Some(37));
    });
}

#[test]
fn what_cannot_be_paged_says_so() {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().into()).await.unwrap();
        let both = ["x".to_owned(), "y".to_owned()];
        let code = async |pairs: &[(&str, &str)], datastreams: &[String]| {
            let found = page(&store, datastreams, &options(pairs)).await;
            found.map_or_else(|error| error.code(), |_| "found")
        };
        assert_eq!(code(&[("$skip", "10000")], &both).await, "found");
        assert_eq!(code(&[("$skip", "10001")], &both).await, "invalid_option");
        assert_eq!(
            code(&[("$orderby", "result")], &both).await,
            "not_supported"
        );
        assert_eq!(code(&[("$orderby", "result")], &both[..1]).await, "found");
        assert_eq!(
            code(&[("$orderby", "id desc")], &both).await,
            "not_supported"
        );
        assert_eq!(code(&[("$orderby", "id desc")], &both[..1]).await, "found");
        assert_eq!(code(&[("$skiptoken", "x")], &both).await, "invalid_option");
    });
}
