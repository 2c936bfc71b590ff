//! Work orders through the toolbox and the store: rights, repeats, clocks, and what survives a killed process.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tools::order::State;
use tools::{Arguments, Call, Error, OrderFilter, Origin, Outcome, Person, ToolEntry, Toolbox};

use crate::city::{citizen, create, grant, hotline, noon, officer, text, toolbox};

const CENTRE: &str = "和澜市12345政务服务便民热线";
const FIRE: &str = "和澜市消防救援支队";

/// Calls, and confirms what is proposed.
async fn done(toolbox: &Toolbox, call: Call) -> Result<Value, Error> {
    let (person, now) = (call.person.clone(), call.now);
    match toolbox.call(call).await? {
        Outcome::Done(output) => Ok(output.value),
        Outcome::Proposed(proposal) => {
            let output = toolbox
                .confirm(&proposal.id, &person, grant(toolbox), now)
                .await?;
            Ok(output.value)
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "calls read better so")]
fn act(toolbox: &Toolbox, person: &Person, tool: &str, order: &str, action: Value) -> Call {
    Call {
        tool: tool.to_owned(),
        arguments: Arguments::default()
            .and("order", order, Origin::Staff)
            .and("action", action.clone(), Origin::Staff)
            .and("reason", "情况属实", Origin::Staff),
        grant: grant(toolbox),
        person: person.clone(),
        said: Vec::new(),
        key: format!("{}/{order}/{action}", person.id),
        approval: None,
        now: noon(),
    }
}

fn status(toolbox: &Toolbox, person: &Person, order: &str, phone: Option<&str>) -> Call {
    let mut arguments = Arguments::default().and("order", order, Origin::Citizen);
    if let Some(phone) = phone {
        arguments = arguments.and("phone", phone, Origin::Citizen);
    }
    Call {
        tool: "hotline-status".to_owned(),
        arguments,
        key: String::new(),
        ..act(toolbox, person, "", order, json!({}))
    }
}

/// Why the centre cannot do something to an order.
async fn refusal(toolbox: &Toolbox, order: &str, action: Value) -> Error {
    let call = act(toolbox, &officer(CENTRE), "hotline-centre", order, action);
    toolbox.call(call).await.unwrap_err()
}

/// An order that was taken down for a citizen; its number.
async fn taken_down(toolbox: &Toolbox) -> String {
    let receipt = done(toolbox, create(toolbox, &citizen("1"), "k"))
        .await
        .unwrap();
    receipt["order"].as_str().unwrap().to_owned()
}

fn dispatch() -> Value {
    json!({"kind": "dispatch", "data": {
        "lead": FIRE, "assist": [], "copy": null, "catalogue": "0301@2026.1", "basis": "权责清单",
    }})
}

#[tokio::test]
async fn an_order_goes_from_the_citizen_to_the_unit() {
    let folder = tempfile::tempdir().unwrap();
    let toolbox = toolbox(folder.path(), Arc::new(hotline())).await;
    let who = citizen("1");
    let receipt = done(&toolbox, create(&toolbox, &who, "k")).await.unwrap();
    let order = receipt["order"].as_str().unwrap().to_owned();
    assert_eq!(order, "HL2026112300001");
    assert_eq!(
        receipt["view"]["items"],
        json!(["楼道堆物", "无障碍通道被占"])
    );
    assert_eq!(receipt["view"]["contact"], "139****1234");
    let (centre, fire) = (officer(CENTRE), officer(FIRE));
    // A unit that does not have the order sees nothing of it, and only the centre dispatches.
    for (person, tool, action) in [
        (&fire, "hotline-unit", json!({"kind": "sign"})),
        (&fire, "hotline-centre", dispatch()),
        (&officer("没有这个单位"), "hotline-centre", dispatch()),
    ] {
        let refused = toolbox
            .call(act(&toolbox, person, tool, &order, action))
            .await;
        assert!(matches!(refused, Err(Error::Refused { .. })), "{refused:?}");
    }
    let refused = toolbox
        .call(act(&toolbox, &who, "hotline-centre", &order, dispatch()))
        .await;
    assert!(
        matches!(refused, Err(Error::Forbidden { .. })),
        "{refused:?}"
    );
    let view = done(
        &toolbox,
        act(&toolbox, &centre, "hotline-centre", &order, dispatch()),
    )
    .await
    .unwrap();
    assert_eq!(
        (&view["state"], &view["lead"]),
        (&json!("dispatched"), &json!(FIRE))
    );
    let view = done(
        &toolbox,
        act(
            &toolbox,
            &fire,
            "hotline-unit",
            &order,
            json!({"kind": "sign"}),
        ),
    )
    .await
    .unwrap();
    assert_eq!(view["state"], "handling");
    assert_eq!(
        view["contact"],
        Value::Null,
        "the citizen did not agree to that"
    );
    let labels = toolbox.store().labels().await.unwrap();
    assert_eq!(labels.len(), 1);
    assert_eq!(
        (labels[0].order.as_str(), labels[0].chosen.as_str()),
        (order.as_str(), FIRE)
    );
    assert!(!labels[0].suggested.is_empty());
}

#[tokio::test]
async fn an_illegal_step_changes_nothing_and_says_what_may_be_done() {
    let folder = tempfile::tempdir().unwrap();
    let toolbox = toolbox(folder.path(), Arc::new(hotline())).await;
    let order = &taken_down(&toolbox).await;
    let before = toolbox.store().order(order).await.unwrap();
    for action in [
        json!({"kind": "archive"}),
        json!({"kind": "redo"}),
        json!({"kind": "resume"}),
    ] {
        let error = refusal(&toolbox, order, action).await;
        assert!(error.to_string().contains("派单"), "{error}");
    }
    for action in [
        json!({"kind": "sign"}),
        json!({"kind": "no such"}),
        json!({"kind": "dispatch", "data": {"lead": 1}}),
    ] {
        let error = refusal(&toolbox, order, action).await;
        assert!(matches!(error, Error::Invalid { .. }), "{error}");
    }
    assert_eq!(toolbox.store().order(order).await.unwrap(), before);
}

#[tokio::test]
async fn an_order_is_shown_to_whom_it_concerns() {
    let folder = tempfile::tempdir().unwrap();
    let toolbox = toolbox(folder.path(), Arc::new(hotline())).await;
    let order = &taken_down(&toolbox).await;
    let seen = async |person: Person, phone: Option<&str>| {
        toolbox
            .call(status(&toolbox, &person, order, phone))
            .await
            .is_ok()
    };
    assert!(seen(citizen("1"), None).await);
    assert!(
        seen(citizen("2"), Some("13900001234")).await,
        "whoever knows number and telephone"
    );
    assert!(!seen(citizen("2"), None).await);
    assert!(!seen(citizen("2"), Some("13900001235")).await);
    assert!(seen(officer(CENTRE), None).await);
    assert!(!seen(officer(FIRE), None).await);
    let without = Person {
        unit: None,
        ..officer("x")
    };
    assert!(!seen(without, None).await, "a token without a unit");
}

#[tokio::test]
async fn a_unit_does_not_read_a_number_in_the_words_either() {
    let folder = tempfile::tempdir().unwrap();
    let toolbox = toolbox(folder.path(), Arc::new(hotline())).await;
    let mut call = create(&toolbox, &citizen("1"), "k");
    let text = "东门里小区2号楼楼道堆满杂物，我电话13900001234，座机0571-88880000，一共3次了";
    call.arguments = Arguments::default().and("text", text, Origin::Citizen);
    call.said = vec![text.to_owned()];
    let receipt = done(&toolbox, call).await.unwrap();
    let order = receipt["order"].as_str().unwrap();
    let (centre, fire) = (officer(CENTRE), officer(FIRE));
    done(
        &toolbox,
        act(&toolbox, &centre, "hotline-centre", order, dispatch()),
    )
    .await
    .unwrap();
    let read = async |person: &Person| {
        let view = done(&toolbox, status(&toolbox, person, order, None))
            .await
            .unwrap();
        view["text"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        read(&fire).await,
        "东门里小区2号楼楼道堆满杂物，我电话****，座机****，一共3次了"
    );
    assert_eq!(read(&centre).await, text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_request_a_hundred_times_is_one_order() {
    let folder = tempfile::tempdir().unwrap();
    let toolbox = Arc::new(toolbox(folder.path(), Arc::new(hotline())).await);
    let mut tasks = Vec::new();
    for _ in 0..100 {
        let toolbox = toolbox.clone();
        tasks.push(tokio::spawn(async move {
            let who = citizen("1");
            // A confirmation of what another of them did already comes too late; the key has the answer.
            match done(&toolbox, create(&toolbox, &who, "k")).await {
                Err(Error::Approval(_)) => done(&toolbox, create(&toolbox, &who, "k")).await,
                other => other,
            }
        }));
    }
    let mut numbers = Vec::new();
    for task in tasks {
        numbers.push(
            task.await.unwrap().unwrap()["order"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    numbers.dedup();
    assert_eq!(numbers.len(), 1);
    assert_eq!(
        toolbox
            .store()
            .orders(&OrderFilter::default())
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_clock_reminds_once_and_a_clock_set_back_does_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let hotline = Arc::new(hotline());
    let toolbox = toolbox(folder.path(), hotline.clone()).await;
    let order = &taken_down(&toolbox).await;
    done(
        &toolbox,
        act(
            &toolbox,
            &officer(CENTRE),
            "hotline-centre",
            order,
            dispatch(),
        ),
    )
    .await
    .unwrap();
    let store = toolbox.store();
    let later = noon() + jiff::SignedDuration::from_hours(24 * 10);
    assert!(hotline.tick(store, later).await.unwrap() > 0);
    assert_eq!(hotline.tick(store, later).await.unwrap(), 0);
    assert_eq!(hotline.tick(store, noon()).await.unwrap(), 0);
    let after = store.order(order).await.unwrap().unwrap();
    assert_eq!(
        after.state,
        State::Handling,
        "the limit for signing has passed"
    );
    assert!(after.urges > 0 && after.supervision > 0, "{after:?}");
}

#[tokio::test]
async fn an_unknown_department_is_named_and_another_proposed() {
    let folder = tempfile::tempdir().unwrap();
    let toolbox = toolbox(folder.path(), Arc::new(hotline())).await;
    let order = &taken_down(&toolbox).await;
    for (part, value) in [
        ("lead", json!("和澜市消防局")),
        ("assist", json!(["和澜市消防局"])),
        ("copy", json!("和澜市消防局")),
    ] {
        let mut action = dispatch();
        action["data"][part] = value;
        let error = refusal(&toolbox, order, action).await.to_string();
        assert!(
            error.contains("和澜市消防局") && error.contains(FIRE),
            "{error}"
        );
    }
}

#[tokio::test]
async fn an_emergency_is_handed_over_and_its_order_waits_for_a_person() {
    let folder = tempfile::tempdir().unwrap();
    let toolbox = toolbox(folder.path(), Arc::new(hotline())).await;
    let mut call = create(&toolbox, &citizen("1"), "k");
    let text = "云台区学府路12号着火了，楼道里全是烟，有老人没下来";
    call.arguments = Arguments::default().and("text", text, Origin::Citizen).and(
        "phone",
        "13900001234",
        Origin::Citizen,
    );
    call.said = vec![text.to_owned(), "13900001234".to_owned()];
    let receipt = done(&toolbox, call).await.unwrap();
    assert_eq!(
        receipt["view"]["state"], "grade",
        "a person confirms the grade"
    );
    assert_eq!(receipt["view"]["grade"], "特急");
    let order = receipt["order"].as_str().unwrap();
    let order = toolbox.store().order(order).await.unwrap().unwrap();
    let kinds: Vec<&str> = order
        .entries
        .iter()
        .map(|it| it.action.kind().name())
        .collect();
    assert_eq!(kinds, ["登记", "补录事项", "紧急转接", "同步办理", "定级"]);
    let told = format!("{:?}", order.entries[2].action);
    assert!(told.contains("119"), "{told}");
}

const SEEDS: &str = "CHENGZHI_KILLS";
const FOLDER: &str = "CHENGZHI_KILLED_IN";

/// What a killed process does: it takes requests down one after the other, and says each number once it has it. It runs as
/// a test of this very program, when the test below starts it.
#[tokio::test]
async fn child() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let toolbox = toolbox(folder.as_ref(), Arc::new(hotline())).await;
    std::io::stdout().write_all(b"\nready\n").unwrap();
    for request in 0..1_000 {
        let who = citizen(&request.to_string());
        let receipt = done(&toolbox, create(&toolbox, &who, &format!("k{request}")))
            .await
            .unwrap();
        let line = format!("\nk{request} {}\n", receipt["order"].as_str().unwrap());
        std::io::stdout().write_all(line.as_bytes()).unwrap();
    }
}

/// kill -9 at a random moment; 50 of them, or as many as the environment says. Whatever was acknowledged is there, every
/// request is one order at most, and what was cut off can be done with its key, once.
#[tokio::test]
async fn a_killed_process_loses_nothing_and_does_nothing_twice() {
    let seeds = std::env::var(SEEDS)
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(50_u64);
    let (mut acknowledged, mut cut) = (0, 0);
    for seed in 0..seeds {
        let folder = tempfile::tempdir().unwrap();
        let said = killed(folder.path(), seed);
        // A process that starts again knows the orders of its own store alone.
        let hotline = Arc::new(hotline());
        let toolbox = toolbox(folder.path(), hotline.clone()).await;
        let store = toolbox.store();
        hotline.restore(store).await.unwrap();
        store.verify().await.unwrap();
        let orders = store.orders(&OrderFilter::default()).await.unwrap();
        let mut by_key: BTreeMap<String, String> = BTreeMap::new();
        for row in &orders {
            let order = store.order(&row.id).await.unwrap().unwrap();
            assert!(
                by_key.insert(order.key.clone(), order.id).is_none(),
                "seed {seed}: two orders of {}",
                order.key
            );
        }
        for (key, order) in &said {
            assert_eq!(by_key.get(key), Some(order), "seed {seed}");
        }
        acknowledged += said.len();
        // The request that was under way: whatever had become of it, its key leads to one order.
        let next = said.len();
        let under_way = by_key.get(&format!("k{next}")).cloned();
        cut += usize::from(under_way.is_some());
        let who = citizen(&next.to_string());
        let receipt = done(&toolbox, create(&toolbox, &who, &format!("k{next}")))
            .await
            .unwrap();
        if let Some(order) = under_way {
            assert_eq!(receipt["order"], order.as_str(), "seed {seed}");
        }
        assert_eq!(
            store.orders(&OrderFilter::default()).await.unwrap().len(),
            next + 1,
            "seed {seed}"
        );
    }
    println!(
        "{seeds} kills: {acknowledged} orders acknowledged and found, {cut} made and not acknowledged"
    );
}

/// Starts the child, kills it after a while that the seed decides, and returns what it acknowledged.
fn killed(folder: &std::path::Path, seed: u64) -> Vec<(String, String)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "orders::child",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while lines.next().is_some_and(|line| line.unwrap() != "ready") {}
    // Some 15 ms an order here, so that kills fall into all of its writes.
    std::thread::sleep(Duration::from_micros(
        500 + seed.wrapping_mul(7_919) % 60_000,
    ));
    child.kill().unwrap();
    child.wait().unwrap();
    let said = lines.map_while(Result::ok);
    let numbers = said.filter_map(|line| {
        let (key, order) = line.split_once(' ')?;
        (key.starts_with('k') && order.starts_with("HL"))
            .then(|| (key.to_owned(), order.to_owned()))
    });
    numbers.collect()
}

/// What the schema of a form calls critical, no model makes up; and of the words it takes no piece.
#[test]
fn a_model_fills_in_nothing_that_was_not_said() {
    let said = ["东门里小区楼道堆满杂物，我叫李明，电话13800001234".to_owned()];
    for (tool, argument, value, allowed) in [
        ("elderly-allowance", "name", "李明", true),
        ("elderly-allowance", "mobile", "13800001234", true),
        ("elderly-allowance", "mobile", "13900009999", false),
        ("elderly-allowance", "elder_name", "周大河", false),
        ("hotline-create", "address", "东门里小区", true),
        ("hotline-create", "phone", "13900009999", false),
        ("hotline-create", "text", "楼道堆满杂物", false),
        ("hotline-create", "text", said[0].as_str(), true),
    ] {
        let manifest = text(&format!("tools/{tool}/tool.toml"));
        let schema = text(&format!("tools/{tool}/input.schema.json"));
        let spec = ToolEntry::parse(tool, &manifest, &schema).unwrap().spec;
        let check = |origin| {
            let arguments = Arguments::default().and(argument, value, origin);
            spec.check_rules(&arguments, &said).is_ok()
        };
        assert_eq!(check(Origin::Model), allowed, "{tool} {argument} {value}");
        assert!(check(Origin::Citizen), "{tool} {argument} {value}");
    }
}
