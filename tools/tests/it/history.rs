//! Orders of the past: those of the demo city go through the state machine, once.

use tools::order::State;
use tools::order::rates::{Grouping, Period, rates};
use tools::{OrderFilter, Store, read_past};

use crate::city::hotline;

fn seeds() -> String {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../seeds/orders.jsonl");
    std::fs::read_to_string(file).unwrap()
}

#[tokio::test]
async fn the_past_of_the_demo_city_obeys_its_rules_and_is_taken_in_once() {
    let folder = tempfile::tempdir().unwrap();
    let (store, hotline) = (Store::open(folder.path()).await.unwrap(), hotline());
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
    let (store, hotline) = (Store::open(folder.path()).await.unwrap(), hotline());
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
