use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::sensor::{Datastream, Thing, Unit};
use crate::store::place::database;

impl Store {
    /// What a look leaves.
    async fn put(&self, states: &[WatchState], alerts: &[Alert]) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        for state in states {
            put_state(&mut transaction, state).await?;
        }
        for alert in alerts {
            put_alert(&mut transaction, alert).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    async fn remembered(&self, rule: &str, datastream: &str) -> Option<Value> {
        let states = self.watch_states_of(&[datastream]).await.unwrap();
        let of_rule = states.into_iter().find(|state| state.rule == rule);
        of_rule.map(|state| state.state)
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

async fn store() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&database(folder.path())).await.unwrap();
    let thing = Thing {
        id: "TH-1".to_owned(),
        name: "沿河路窨井".to_owned(),
        place: "沿河路".to_owned(),
        district: "临江区".to_owned(),
        longitude: 118.6,
        latitude: 27.6,
    };
    let datastream = |id: &str| Datastream {
        id: id.to_owned(),
        thing: "TH-1".to_owned(),
        kind: "h2s".to_owned(),
        unit: Unit::PartsPerMillion,
        interval_s: 600,
    };
    let datastreams = [datastream("DS-1"), datastream("DS-2")];
    store.put_network(&[thing], &datastreams).await.unwrap();
    (folder, store)
}

fn alert(id: &str, datastream: &str, level: Option<&str>, raised: &str) -> Alert {
    Alert {
        id: id.to_owned(),
        rule: "R-1".to_owned(),
        datastream: datastream.to_owned(),
        level: level.map(str::to_owned),
        raised: at(raised),
        cleared: None,
        events: vec![json!({"what": "raised", "value": 0.1 + 0.2})],
        proposal: json!({"actions": [], "alert": {"text": "硫化氢超限"}}),
        acknowledged: None,
    }
}

fn remembered(rule: &str, datastream: &str, state: Value) -> WatchState {
    WatchState {
        rule: rule.to_owned(),
        datastream: datastream.to_owned(),
        state,
    }
}

#[tokio::test]
async fn states_are_remembered_by_rule_and_datastream() {
    let (_folder, store) = store().await;
    assert_eq!(store.remembered("R-1", "DS-1").await, None);
    let states = [
        remembered("R-1", "DS-1", json!({"last": 0.1 + 0.2})),
        remembered("R-1", "DS-2", json!(null)),
        remembered("R-2", "DS-1", json!([1])),
    ];
    for state in &states {
        store.put(std::slice::from_ref(state), &[]).await.unwrap();
    }
    store
        .put(&[remembered("R-2", "DS-1", json!([2]))], &[])
        .await
        .unwrap();
    let read = async |rule, datastream| store.remembered(rule, datastream).await;
    assert_eq!(read("R-1", "DS-1").await, Some(json!({"last": 0.1 + 0.2})));
    assert_eq!(read("R-1", "DS-2").await, Some(json!(null)));
    assert_eq!(read("R-2", "DS-1").await, Some(json!([2])));
    let all = store.watch_states().await.unwrap();
    assert_eq!(all[..2], states[..2]);
    assert_eq!(all.len(), 3);
}

#[tokio::test]
async fn an_alert_is_raised_once_and_keeps_who_acknowledged_it() {
    let (_folder, store) = store().await;
    let mut raised = alert("AL-1", "DS-1", Some("黄"), "2026-11-20T00:00:00Z");
    store.put(&[], std::slice::from_ref(&raised)).await.unwrap();
    store.put(&[], std::slice::from_ref(&raised)).await.unwrap();
    let all = AlertFilter::default();
    assert_eq!(store.alerts(&all).await.unwrap(), [raised.clone()]);

    let (first, second) = (at("2026-11-20T00:05:00Z"), at("2026-11-20T00:06:00Z"));
    let seen = store
        .acknowledge("AL-1", "王", first)
        .await
        .unwrap()
        .unwrap();
    let acknowledged = Some(Acknowledged {
        by: "王".to_owned(),
        at: first,
    });
    assert_eq!(seen.acknowledged, acknowledged);
    let again = store
        .acknowledge("AL-1", "李", second)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(again, seen);
    assert_eq!(store.acknowledge("AL-9", "王", first).await.unwrap(), None);

    raised.level = Some("红".to_owned());
    raised.cleared = Some(second);
    raised.events.push(json!({"what": "cleared"}));
    store.put(&[], std::slice::from_ref(&raised)).await.unwrap();
    raised.acknowledged = acknowledged;
    assert_eq!(store.alerts(&all).await.unwrap(), [raised]);
}

#[tokio::test]
async fn alerts_are_listed_by_filter_the_latest_first() {
    let (_folder, store) = store().await;
    let mut alerts = [
        alert("AL-1", "DS-1", Some("黄"), "2026-11-20T00:00:00Z"),
        alert("AL-2", "DS-2", Some("红"), "2026-11-20T02:00:00Z"),
        alert("AL-3", "DS-1", None, "2026-11-20T01:00:00Z"),
        alert("AL-4", "DS-2", Some("蓝"), "2026-11-20T02:00:00Z"),
    ];
    alerts[0].cleared = Some(at("2026-11-20T00:30:00Z"));
    alerts[1].rule = "R-2".to_owned();
    store.put(&[], &alerts).await.unwrap();
    let now = at("2026-11-20T03:00:00Z");
    store.acknowledge("AL-2", "王", now).await.unwrap();
    let check = async |filter: AlertFilter, expected: &str| {
        let alerts = store.alerts(&filter).await.unwrap();
        let ids: Vec<&str> = alerts.iter().map(|alert| &alert.id[3..]).collect();
        assert_eq!(ids.join(" "), expected, "{filter:?}");
    };
    let all = AlertFilter::default;
    let text = |text: &str| Some(text.to_owned());
    let levels = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect();
    check(all(), "4 2 3 1").await;
    check(AlertFilter { limit: 2, ..all() }, "4 2").await;
    check(
        AlertFilter {
            open: true,
            ..all()
        },
        "4 2 3",
    )
    .await;
    check(
        AlertFilter {
            unacknowledged: true,
            ..all()
        },
        "4 3 1",
    )
    .await;
    check(
        AlertFilter {
            rule: text("R-2"),
            ..all()
        },
        "2",
    )
    .await;
    check(
        AlertFilter {
            datastream: text("DS-1"),
            ..all()
        },
        "3 1",
    )
    .await;
    check(
        AlertFilter {
            levels: levels(&["红", "黄"]),
            ..all()
        },
        "2 1",
    )
    .await;
    check(
        AlertFilter {
            levels: levels(&["'"]),
            ..all()
        },
        "",
    )
    .await;
    check(
        AlertFilter {
            datastream: text("DS-1"),
            open: true,
            ..all()
        },
        "3",
    )
    .await;
}

#[tokio::test]
async fn states_and_alerts_are_stored_together_or_not_at_all() {
    let (_folder, store) = store().await;
    let state = remembered("R-1", "DS-1", json!({}));
    let unknown = alert("AL-1", "DS-9", None, "2026-11-20T00:00:00Z");
    let put = store.put(std::slice::from_ref(&state), &[unknown]).await;
    assert!(matches!(put, Err(StoreError::Database(_))));
    assert_eq!(store.watch_states().await.unwrap(), []);
    let known = alert("AL-1", "DS-2", None, "2026-11-20T00:00:00Z");
    store
        .put(std::slice::from_ref(&state), &[known])
        .await
        .unwrap();
    assert_eq!(store.watch_states().await.unwrap(), [state]);
}
