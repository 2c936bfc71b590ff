//! The tool that counts: for the centre alone, every claim with its orders, and an altered record named and left out.

use std::sync::Arc;

use serde_json::json;
use tools::statistics::claim::ClaimKind;
use tools::{
    Arguments, Call, Days, Error, Grant, Origin, Outcome, Person, Resources, Store, Summed,
    ToolEntry, Toolbox, counted, read_past,
};

use crate::city::{citizen, hotline, officer, text};
use crate::database::{database, shell};

const CENTRE: &str = "和澜市12345政务服务便民热线";

async fn toolbox(folder: &std::path::Path) -> (Toolbox, Store) {
    let (store, hotline) = (
        Store::open(&database(folder)).await.unwrap(),
        Arc::new(hotline()),
    );
    let (past, _) = read_past(&text("seeds/orders.jsonl"));
    hotline.take_in(&store, &past).await.unwrap();
    let resources = Resources {
        store: store.clone(),
        hotline: Some(hotline),
        sensors: None,
    };
    let name = "hotline-statistics";
    let manifest = text(&format!("tools/{name}/tool.toml"));
    let schema = text(&format!("tools/{name}/input.schema.json"));
    let entry = ToolEntry::parse(name, &manifest, &schema).unwrap();
    let tool = entry.open(&resources, &|_| None).unwrap();
    (Toolbox::new([tool], store.clone()), store)
}

fn call(person: Person, arguments: Arguments) -> Call {
    Call {
        tool: "hotline-statistics".to_owned(),
        arguments,
        grant: Grant {
            agent: "test".to_owned(),
            tools: ["hotline-statistics".to_owned()].into_iter().collect(),
        },
        person,
        said: Vec::new(),
        key: "k".to_owned(),
        approval: None,
        now: "2026-11-21T04:00:00Z".parse().unwrap(),
    }
}

fn days(from: &str, to: &str) -> Arguments {
    Arguments::default()
        .and("from", from, Origin::Staff)
        .and("to", to, Origin::Staff)
}

#[tokio::test]
async fn the_centre_gets_claims_with_their_orders_and_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let (toolbox, _) = toolbox(folder.path()).await;
    let week = || days("2026-11-09", "2026-11-15");
    let Outcome::Done(output) = toolbox.call(call(officer(CENTRE), week())).await.unwrap() else {
        panic!("it has no effect");
    };
    let summed: Summed = serde_json::from_value(output.value).unwrap();
    let of = |kind| summed.claims.iter().find(|claim| claim.kind == kind);
    let issue = of(ClaimKind::Issue).unwrap();
    assert_eq!(issue.values["place"], json!("星河湾小区"));
    assert!(issue.ids.len() >= 10 && issue.count == issue.ids.len() as u64);
    assert!(of(ClaimKind::Rise).is_some());
    let total = of(ClaimKind::Total).unwrap();
    assert_eq!(total.values["value"], json!(total.count));
    let by_day: u64 = summed.days.iter().map(|day| day.value).sum();
    assert_eq!(by_day, total.count);
    for person in [officer("和澜市水务局"), citizen("a")] {
        let refused = toolbox.call(call(person, week())).await;
        assert!(
            matches!(
                refused,
                Err(Error::Refused { .. } | Error::Forbidden { .. })
            ),
            "{refused:?}"
        );
    }
    let backwards = days("2026-11-15", "2026-11-09");
    let refused = toolbox.call(call(officer(CENTRE), backwards)).await;
    assert!(matches!(refused, Err(Error::Refused { .. })), "{refused:?}");
    let wrong = week().and("by", "mood", Origin::Staff);
    let invalid = toolbox.call(call(officer(CENTRE), wrong)).await;
    assert!(matches!(invalid, Err(Error::Invalid { .. })), "{invalid:?}");
}

#[tokio::test]
async fn a_flat_week_raises_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (_, store) = toolbox(folder.path()).await;
    let days = Days::of(
        "2026-10-26".parse().unwrap(),
        "2026-11-01".parse().unwrap(),
        Days::WEEKS,
    );
    let now = "2026-11-21T04:00:00Z".parse().unwrap();
    let counted = counted(&store, &Arc::new(hotline()), days.unwrap(), now).await;
    let summed = counted.unwrap().summed(None);
    let kinds: Vec<ClaimKind> = summed.claims.iter().map(|claim| claim.kind).collect();
    assert!(
        kinds.contains(&ClaimKind::Quiet) && !kinds.contains(&ClaimKind::Rise),
        "{kinds:?}"
    );
}

#[tokio::test]
async fn an_altered_order_is_named_and_the_others_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let (_, store) = toolbox(folder.path()).await;
    let day = "2026-11-10".parse().unwrap();
    let days = Days::of(day, day, Days::WEEKS).unwrap();
    let now = "2026-11-21T04:00:00Z".parse().unwrap();
    let hotline = Arc::new(hotline());
    let before = counted(&store, &hotline, days, now).await.unwrap();
    assert_eq!(before.unreadable, []);
    let id = before.statistics.ids(&before.statistics.total)[0].to_owned();
    let mut shell = shell(folder.path(), tools::FILE, "chengzhi_tools").await;
    let change = "update order_entry set body = replace(body, '\"reason\":\"', '\"reason\":\"x') where work_order = $1 and sequence = 2";
    let done = sqlx::query(change).bind(&id).execute(&mut shell).await;
    assert_eq!(done.unwrap().rows_affected(), 1);
    let after = counted(&store, &hotline, days, now).await.unwrap();
    let named: Vec<&str> = after.unreadable.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(named, [id.as_str()]);
    assert!(
        after.unreadable[0].reason.contains(&id),
        "{:?}",
        after.unreadable
    );
    assert_eq!(
        after.statistics.total.value,
        before.statistics.total.value - 1
    );
    let last = after.summed(None).claims.pop().unwrap();
    assert_eq!((last.kind, last.ids), (ClaimKind::Unreadable, vec![id]));
    // An entry that was emptied is not overlooked, not even the last.
    let second = before.statistics.ids(&before.statistics.total)[1].to_owned();
    let change = "update order_entry set body = '' where work_order = $1 and sequence = (select max(sequence) from order_entry where work_order = $1)";
    let done = sqlx::query(change).bind(&second).execute(&mut shell).await;
    assert_eq!(done.unwrap().rows_affected(), 1);
    let after = counted(&store, &hotline, days, now).await.unwrap();
    let named: Vec<&str> = after.unreadable.iter().map(|it| it.id.as_str()).collect();
    assert!(named.contains(&second.as_str()), "{named:?}");
    // Who wants all orders is told that one is missing.
    assert!(store.orders_in_full().await.is_err());
}
