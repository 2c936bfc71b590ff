use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::sensor::watch::seeds;
use crate::sensor::{Holidays, Kinds, Unit};
use crate::store::AlertFilter;
use crate::store::place::database;

const KINDS: &str = include_str!("../../../seeds/sensors/kinds.toml");
const START: &str = "2026-11-20T00:00:00Z";

fn at(minutes: i64) -> Timestamp {
    let start: Timestamp = START.parse().unwrap();
    start + SignedDuration::from_mins(minutes)
}

struct City {
    _folder: tempfile::TempDir,
    watch: Watch,
}

/// A pit whose hydrogen sulphide is measured every five minutes.
async fn city() -> City {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&database(folder.path())).await.unwrap();
    let thing = Thing {
        id: "TH-1".to_owned(),
        name: "石桥公寓2号化粪池监测点".to_owned(),
        place: "石桥公寓".to_owned(),
        district: "临江区".to_owned(),
        longitude: 119.6,
        latitude: 26.6,
    };
    let datastream = Datastream {
        id: "DS-1".to_owned(),
        thing: "TH-1".to_owned(),
        kind: "h2s".to_owned(),
        unit: Unit::read("mg/m3").unwrap(),
        interval_s: 300,
    };
    store.put_network(&[thing], &[datastream]).await.unwrap();
    let sensors = Sensors {
        kinds: Kinds::parse("kinds.toml", KINDS).unwrap(),
        holidays: Holidays::default(),
        rules: seeds::rules(),
        playbooks: seeds::playbooks(),
        network: None,
    };
    City {
        _folder: folder,
        watch: Watch::new(store, Arc::new(sensors)),
    }
}

/// Readings every five minutes from a minute on.
fn readings(from: i64, values: &[f64]) -> Vec<Reading> {
    let reading = |(value, place): (&f64, i64)| Reading {
        datastream: "DS-1".to_owned(),
        at: at(from + 5 * place),
        value: *value,
        unit: None,
    };
    values.iter().zip(0..).map(reading).collect()
}

impl City {
    async fn feed(&self, from: i64, values: &[f64]) -> Vec<Alert> {
        let readings = readings(from, values);
        self.watch.store.append(&readings).await.unwrap();
        let now = readings.last().unwrap().at;
        self.watch.look(now).await.unwrap()
    }

    async fn all(&self) -> Vec<AlertView> {
        self.watch.alerts(&AlertFilter::default()).await.unwrap()
    }

    /// The alerts as lines, for a glance.
    async fn told(&self) -> String {
        let mut lines = String::new();
        for view in self.all().await.iter().rev() {
            let level = view.level.as_deref().unwrap_or("故障");
            let over = view.cleared.map_or("未解除", |_| "已解除");
            lines.push_str(&format!("{level} {over} {}\n", view.text));
            for note in &view.notes[1..] {
                lines.push_str(&format!("  {}\n", note.text));
            }
        }
        lines
    }
}

#[tokio::test]
async fn an_alert_is_raised_made_graver_and_cleared() {
    let city = city().await;
    let quiet = city.feed(0, &[1.0, 1.2, 1.1]).await;
    assert!(quiet.is_empty());
    city.feed(15, &[7.5, 8.0, 7.8, 8.1, 8.2]).await;
    city.feed(40, &[22.0, 23.0, 24.0]).await;
    city.feed(55, &[3.0]).await;
    insta::assert_snapshot!(city.told().await, @"
    橙 已解除 【气体橙级】石桥公寓化粪池硫化氢24.0ppm，自11月20日08:40起达到14.3ppm，请立即疏散井口周边人员，严禁下井和动火。依据《和澜市城市运行监测预警内部规则》第五条第（一）项。
      【请值班长处理】石桥公寓硫化氢黄级预警自11月20日08:15起一直无人确认，极值23.0ppm。
      【气体橙级】石桥公寓化粪池硫化氢24.0ppm，自11月20日08:40起达到14.3ppm，请立即疏散井口周边人员，严禁下井和动火。依据《和澜市城市运行监测预警内部规则》第五条第（一）项。
      【解除】石桥公寓硫化氢已恢复正常。本次最高为橙级，自11月20日08:15起，极值24.0ppm。
    ");
    let view = city.all().await.remove(0);
    assert_eq!(
        view.evidence.first().unwrap(),
        "reading:DS-1@2026-11-20T00:15:00Z"
    );
    assert!(
        view.limit
            .is_some_and(|limit| (14.3..14.4).contains(&limit))
    );
}

#[tokio::test]
async fn it_does_not_matter_in_how_many_looks() {
    let values = [
        1.0, 8.0, 8.0, 8.1, 8.0, 8.2, 12.0, 12.0, 12.5, 12.1, 12.4, 3.0, 2.0, 8.0, 8.1, 8.2, 8.3,
        8.2,
    ];
    let at_once = city().await;
    at_once.feed(0, &values).await;
    let one_by_one = city().await;
    for (place, value) in values.iter().enumerate() {
        one_by_one.feed(5 * place as i64, &[*value]).await;
    }
    assert_eq!(at_once.all().await, one_by_one.all().await);
}

#[tokio::test]
async fn looking_twice_finds_nothing_new() {
    let city = city().await;
    assert_eq!(city.feed(0, &[8.0, 8.0, 8.1, 8.0, 8.2]).await.len(), 1);
    assert!(city.watch.look(at(21)).await.unwrap().is_empty());
    assert_eq!(city.all().await.len(), 1);
}

#[tokio::test]
async fn readings_that_were_stored_and_not_looked_at_are_not_lost() {
    let city = city().await;
    city.feed(0, &[1.0]).await;
    // Stored by whatever way; then the process died.
    city.watch
        .store
        .append(&readings(5, &[80.0]))
        .await
        .unwrap();
    let raised = city.watch.look(at(6)).await.unwrap();
    assert_eq!(raised[0].level.as_deref(), Some("红"));
}

#[tokio::test]
async fn silence_is_an_alert_and_its_end_is_too() {
    let city = city().await;
    city.feed(0, &[1.0]).await;
    assert!(city.watch.look(at(40)).await.unwrap().is_empty());
    assert_eq!(city.watch.look(at(41)).await.unwrap().len(), 1);
    assert!(city.watch.look(at(50)).await.unwrap().is_empty());
    city.feed(60, &[1.0]).await;
    insta::assert_snapshot!(city.told().await, @"
    故障 已解除 【设备】石桥公寓的石桥公寓2号化粪池监测点自11月20日08:00后没有硫化氢数据，现场情况不明。
      【恢复】石桥公寓的石桥公寓2号化粪池监测点数据已恢复，异常自11月20日08:00起。
    ");
}

#[tokio::test]
async fn what_was_acknowledged_is_not_passed_on() {
    let (heard, unheard) = (city().await, city().await);
    for city in [&heard, &unheard] {
        city.feed(0, &[8.0, 8.0, 8.1, 8.0, 8.2]).await;
    }
    let id = heard.all().await[0].id.clone();
    heard
        .watch
        .acknowledge(&id, "token:duty", at(22))
        .await
        .unwrap();
    for city in [&heard, &unheard] {
        city.feed(25, &[8.0, 8.1, 8.0, 8.2, 8.1]).await;
    }
    let escalated = |views: &[AlertView]| {
        views[0]
            .notes
            .iter()
            .any(|note| note.text.contains("值班长"))
    };
    assert!(!escalated(&heard.all().await));
    assert!(escalated(&unheard.all().await));
    assert_eq!(
        heard.all().await[0].acknowledged_by.as_deref(),
        Some("token:duty")
    );
}

#[tokio::test]
async fn an_approval_is_written_down_once_and_switches_nothing() {
    let city = city().await;
    city.feed(0, &[8.0, 8.0, 8.1, 8.0, 8.2]).await;
    let id = city.all().await[0].id.clone();
    city.watch
        .approve((&id, 0), "token:lead", at(22))
        .await
        .unwrap();
    city.watch
        .approve((&id, 0), "token:other", at(23))
        .await
        .unwrap();
    let view = city.all().await.remove(0);
    assert_eq!(view.actions[0].approved_by.as_deref(), Some("token:lead"));
    assert_eq!(view.actions[1].approved_by, None);
    assert_eq!(view.notes.len(), 2);
    assert!(view.notes[1].text.contains("没有操作设备"));
    let missing = city.watch.approve((&id, 9), "token:lead", at(22)).await;
    assert!(missing.unwrap_err().to_string().contains("第10项"));
    let missing = city
        .watch
        .approve(("AL20260101-00000000", 0), "token:lead", at(22))
        .await;
    assert!(
        missing
            .unwrap_err()
            .to_string()
            .contains("AL20260101-00000000")
    );
}
