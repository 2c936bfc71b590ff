//! Orders of the past: those of the demo city go through the state machine, once.

use std::collections::BTreeMap;

use jiff::Span;
use jiff::civil::Date;
use tools::order::State;
use tools::order::rates::{Grouping, Period, rates};
use tools::statistics::{Case, Limits, summarize};
use tools::{OrderFilter, Since, Store, read_past};

use crate::city::hotline;
use crate::database::database;

fn seeds() -> String {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../seeds/orders.jsonl");
    std::fs::read_to_string(file).unwrap()
}

#[tokio::test]
async fn the_past_of_the_demo_city_obeys_its_rules_and_is_taken_in_once() {
    let folder = tempfile::tempdir().unwrap();
    let (store, hotline) = (
        Store::open(&database(folder.path())).await.unwrap(),
        hotline(),
    );
    let (past, wrong) = read_past(&seeds());
    assert!(wrong.is_empty(), "{wrong:?}");
    let taken = hotline.take_in(&store, &past).await.unwrap();
    assert_eq!(taken.refused, []);
    assert_eq!((taken.stored, taken.known), (1_000, 0));
    let again = hotline.take_in(&store, &past).await.unwrap();
    assert_eq!((again.stored, again.known), (0, 1_000));

    let orders = store.orders_in_full().await.unwrap();
    assert_eq!(orders.len(), 1_000);
    let in_state = |state: State| orders.iter().filter(|order| order.state == state).count();
    let ended = |event: &str| {
        let last = past.iter().filter_map(|order| order.events.last());
        last.filter(|last| format!("{:?}", last.what).starts_with(event))
            .count()
    };
    assert_eq!(in_state(State::Archived), ended("Archived"));
    assert_eq!(in_state(State::Suspended), ended("Suspended"));
    let period = Period {
        from: "2026-08-23T00:00:00+08:00".parse().unwrap(),
        to: "2026-11-21T00:00:00+08:00".parse().unwrap(),
    };
    let by_unit = rates(&orders, period, Grouping::Unit);
    let asked: u64 = by_unit.values().map(|rates| rates.responded.of).sum();
    let called = past.iter().filter(|order| {
        let mut events = order.events.iter();
        events.any(|event| format!("{:?}", event.what).starts_with("CalledBack"))
    });
    assert_eq!(asked, called.count() as u64);
    let filter = OrderFilter {
        states: vec![State::Handling],
        ..OrderFilter::default()
    };
    assert_eq!(
        store.orders(&filter).await.unwrap().len(),
        in_state(State::Handling)
    );
    store.verify().await.unwrap();
}

#[tokio::test]
async fn what_the_rules_refuse_ends_the_history_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (store, hotline) = (
        Store::open(&database(folder.path())).await.unwrap(),
        hotline(),
    );
    let text = seeds();
    let whole: Vec<&str> = text.lines().take(2).collect();
    let mut order: serde_json::Value = serde_json::from_str(whole[0]).unwrap();
    let archived = serde_json::json!({"event": "archived", "time": "2026-08-27T12:18+08:00"});
    // Closed before anybody asked the citizen.
    order["events"] = serde_json::json!([order["events"][0], archived]);
    let mut unknown: serde_json::Value = serde_json::from_str(whole[1]).unwrap();
    unknown["item"] = "9999".into();
    let file = format!("{order}\n{unknown}\n{{\"id\": 1}}\n\n{}\n", whole[1]);
    let (past, wrong) = read_past(&file);
    assert_eq!(wrong.keys().copied().collect::<Vec<_>>(), [3]);
    let taken = hotline.take_in(&store, &past).await.unwrap();
    assert_eq!((taken.stored, taken.refused.len()), (2, 2));
    assert!(taken.refused[0].1.contains("办结"), "{taken:?}");
    assert!(taken.refused[1].1.contains("9999"), "{taken:?}");
    let stored = store
        .order(order["id"].as_str().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stored.state, State::Dispatched);
}

/// Which planted matter an order of the past belongs to.
fn planted() -> BTreeMap<String, String> {
    let of_line = |line: &str| {
        let order: serde_json::Value = serde_json::from_str(line).unwrap();
        let issue = order["planted"]["issue"].as_str()?.to_owned();
        Some((order["id"].as_str().unwrap().to_owned(), issue))
    };
    seeds().lines().filter_map(of_line).collect()
}

#[tokio::test]
async fn what_is_hot_and_new_in_the_past_of_the_demo_city_is_found_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (store, hotline) = (
        Store::open(&database(folder.path())).await.unwrap(),
        hotline(),
    );
    let (past, _) = read_past(&seeds());
    hotline.take_in(&store, &past).await.unwrap();
    let planted = planted();
    let now = "2026-11-21T04:00:00Z".parse().unwrap();
    let mut cases = Vec::new();
    let since = "2026-08-01T00:00:00Z".parse().unwrap();
    let since = Since {
        opened: since,
        changed: since,
    };
    let case = move |order| hotline.case(&order);
    let take = |case: Option<Case>| cases.extend(case);
    assert_eq!(store.each_order(since, case, take).await.unwrap(), []);
    assert_eq!(cases.len(), 1_000);
    let week = |first: &str, before: &str| {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let last = day(first).checked_add(Span::new().days(6)).unwrap();
        let window = Period::of_days(day(first), last).unwrap();
        let from = Period::of_days(day(before), last).unwrap().from;
        let baseline = Period {
            from,
            to: window.from,
        };
        summarize(&cases, window, baseline, now, &Limits::default())
    };
    for (first, before, issue, place) in [
        ("2026-09-14", "2026-08-24", "H2", "南浦新村"),
        ("2026-10-12", "2026-08-24", "H1", "锦湖一号小区"),
        ("2026-11-09", "2026-09-14", "H3", "星河湾小区"),
    ] {
        let found = week(first, before);
        let hot = &found.issues[0];
        assert_eq!(hot.place.as_deref(), Some(place), "{hot:?}");
        let rise = &found.emerging.rises[0];
        for figure in [&hot.people, &rise.people] {
            let ids = found.ids(figure);
            assert!(ids.len() >= 10, "{first}: {ids:?}");
            for id in ids {
                assert_eq!(planted.get(id).map(String::as_str), Some(issue), "{id}");
            }
        }
    }
    let flat = week("2026-10-26", "2026-08-31");
    assert!(flat.total.value > 50, "{}", flat.total.value);
    assert_eq!(flat.emerging.rises, []);
    let most = flat.issues.iter().map(|issue| issue.people.value).max();
    assert!(most.unwrap_or(0) < 5, "{:?}", flat.issues);
}
