//! What the toolbox lets through, and what it does not.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use tools::{
    Altered, Approval, ApprovalReason, ArgumentReason, Arguments, Call, Effect, Error, Grant,
    Origin, Outcome, Person, Proposal, Store, Toolbox,
};

use crate::database::{database, shell};
use crate::ledger::{Fault, Ledger};

struct World {
    ledger: Arc<Ledger>,
    toolbox: Arc<Toolbox>,
    folder: TempDir,
}

async fn world(effect: Effect) -> World {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Arc::new(Ledger::new(effect));
    let store = Store::open(&database(folder.path())).await.unwrap();
    let toolbox = Arc::new(Toolbox::new(
        [ledger.clone() as Arc<dyn tools::Tool>],
        store,
    ));
    World {
        ledger,
        toolbox,
        folder,
    }
}

fn noon() -> Timestamp {
    "2026-11-26T04:00:00Z".parse().unwrap()
}

fn person(id: &str, role: &str) -> Person {
    Person {
        id: id.to_owned(),
        role: role.to_owned(),
        unit: None,
    }
}

fn grant() -> Grant {
    Grant {
        agent: "intake".to_owned(),
        tools: ["ledger".to_owned()].into(),
    }
}

fn arguments() -> Arguments {
    Arguments::default()
        .and("to", "王五", Origin::Citizen)
        .and("amount", 12, Origin::Model)
}

fn call() -> Call {
    Call {
        tool: "ledger".to_owned(),
        arguments: arguments(),
        grant: grant(),
        person: person("conversation:1", "citizen"),
        said: vec!["给王五记12块".to_owned()],
        key: "conversation:1/1".to_owned(),
        approval: None,
        now: noon(),
    }
}

async fn proposed(toolbox: &Toolbox, call: Call) -> Proposal {
    match toolbox.call(call).await.unwrap() {
        Outcome::Proposed(proposal) => *proposal,
        Outcome::Done(output) => panic!("done without confirmation: {output:?}"),
    }
}

async fn confirmed(toolbox: &Toolbox, call: Call) -> Approval {
    let (who, now) = (call.person.clone(), call.now);
    let proposal = proposed(toolbox, call).await;
    Approval::confirm(toolbox.store(), &proposal.id, &who, now)
        .await
        .unwrap()
}

fn reason(error: &Error) -> ApprovalReason {
    match error {
        Error::Approval(reason) => *reason,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_write_is_shown_confirmed_and_done_once() {
    let World {
        ledger,
        toolbox,
        folder: _folder,
    } = world(Effect::Write).await;
    let proposal = proposed(&toolbox, call()).await;
    assert_eq!(proposal.preview.lines, ["向 王五 记账 12"]);
    assert_eq!(ledger.invoked.load(Ordering::SeqCst), 0);
    let who = person("conversation:1", "citizen");
    assert_eq!(
        toolbox.waiting(&who, noon()).await.unwrap(),
        std::slice::from_ref(&proposal)
    );
    let output = toolbox
        .confirm(&proposal.id, &who, grant(), noon())
        .await
        .unwrap();
    assert_eq!(output.value["booked"], 12);
    assert_eq!(ledger.effects(), 1);
    assert!(toolbox.waiting(&who, noon()).await.unwrap().is_empty());
    // The same request again, after a lost answer: the same answer, no second effect.
    let again = toolbox.call(call()).await.unwrap();
    assert_eq!(again, Outcome::Done(output));
    assert_eq!(ledger.invoked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_read_needs_no_confirmation() {
    let World {
        toolbox,
        folder: _folder,
        ..
    } = world(Effect::Read).await;
    assert!(matches!(
        toolbox.call(call()).await.unwrap(),
        Outcome::Done(_)
    ));
}

/// Each cell of grant, role and tool: only the one that both sides name is open.
#[tokio::test]
async fn deny_by_default() {
    let World {
        toolbox,
        folder: _folder,
        ..
    } = world(Effect::Write).await;
    for role in ["citizen", "officer", "developer", "", "Citizen"] {
        for tools in [vec![], vec!["ledger"], vec!["Ledger"], vec!["other"]] {
            for tool in ["ledger", "other", "", "ledger "] {
                let may = ["citizen", "officer"].contains(&role)
                    && tools == ["ledger"]
                    && tool == "ledger";
                let call = Call {
                    tool: tool.to_owned(),
                    grant: Grant {
                        agent: "a".to_owned(),
                        tools: tools.iter().map(|&tool| tool.to_owned()).collect(),
                    },
                    person: person("p", role),
                    ..call()
                };
                match toolbox.call(call).await {
                    Ok(_) => assert!(may, "{role} {tools:?} {tool}"),
                    Err(Error::Forbidden { .. }) => assert!(!may, "{role} {tools:?} {tool}"),
                    Err(other) => panic!("{other}"),
                }
            }
        }
    }
}

#[tokio::test]
async fn arguments_are_checked_before_anything_else() {
    let World {
        ledger,
        toolbox,
        folder: _folder,
    } = world(Effect::Write).await;
    let with = |name: &str, value: serde_json::Value, origin| arguments().and(name, value, origin);
    for wrong in [
        with("amount", 0.into(), Origin::Citizen),
        with("amount", "12".into(), Origin::Citizen),
        with("more", 1.into(), Origin::Citizen),
        with("to", "一".repeat(21).into(), Origin::Citizen),
        Arguments::default(),
    ] {
        let error = toolbox
            .call(Call {
                arguments: wrong,
                ..call()
            })
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Invalid { .. }), "{error}");
    }
    let cases = [
        (
            with("channel", "fax".into(), Origin::Staff),
            ArgumentReason::NotAllowed,
        ),
        (
            with("basis", "第一条".into(), Origin::Model),
            ArgumentReason::Origin("model".to_owned()),
        ),
        (
            with("to", "赵六".into(), Origin::Model),
            ArgumentReason::NotSaid,
        ),
        (
            with("to", "赵六".into(), Origin::Retrieved),
            ArgumentReason::NotSaid,
        ),
        (
            with("to", "赵六".into(), Origin::Tool),
            ArgumentReason::NotSaid,
        ),
    ];
    for (wrong, expected) in cases {
        match toolbox
            .call(Call {
                arguments: wrong,
                ..call()
            })
            .await
            .unwrap_err()
        {
            Error::Argument { reason, .. } => assert_eq!(reason, expected),
            other => panic!("{other}"),
        }
    }
    // A model may repeat what the person said.
    proposed(
        &toolbox,
        Call {
            arguments: with("to", "王 五".into(), Origin::Model),
            ..call()
        },
    )
    .await;
    assert_eq!(ledger.invoked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_confirmation_is_for_one_call_only() {
    let World {
        ledger,
        toolbox,
        folder: _folder,
    } = world(Effect::Write).await;
    // Other arguments.
    let approval = confirmed(&toolbox, call()).await;
    let more = arguments().and("amount", 13, Origin::Citizen);
    let altered = Call {
        arguments: more,
        approval: Some(approval),
        ..call()
    };
    assert_eq!(
        reason(&toolbox.call(altered).await.unwrap_err()),
        ApprovalReason::Altered
    );
    // Another key.
    let approval = confirmed(&toolbox, call()).await;
    let other = Call {
        key: "conversation:1/2".to_owned(),
        approval: Some(approval),
        ..call()
    };
    assert_eq!(
        reason(&toolbox.call(other).await.unwrap_err()),
        ApprovalReason::Altered
    );
    // Another person.
    let approval = confirmed(&toolbox, call()).await;
    let stranger = Call {
        person: person("conversation:2", "citizen"),
        approval: Some(approval),
        ..call()
    };
    assert_eq!(
        reason(&toolbox.call(stranger).await.unwrap_err()),
        ApprovalReason::Person
    );
    // The world moved on.
    let approval = confirmed(&toolbox, call()).await;
    ledger.version.store(2, Ordering::SeqCst);
    let moved = Call {
        approval: Some(approval),
        ..call()
    };
    assert_eq!(
        reason(&toolbox.call(moved).await.unwrap_err()),
        ApprovalReason::Moved
    );
    assert_eq!(ledger.invoked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_confirmation_is_used_once() {
    let World {
        ledger,
        toolbox,
        folder: _folder,
    } = world(Effect::Write).await;
    let who = person("conversation:1", "citizen");
    let proposal = proposed(&toolbox, call()).await;
    // Confirmed twice, as by an impatient person; both are the same confirmation.
    let first = Approval::confirm(toolbox.store(), &proposal.id, &who, noon())
        .await
        .unwrap();
    let second = Approval::confirm(toolbox.store(), &proposal.id, &who, noon())
        .await
        .unwrap();
    toolbox
        .call(Call {
            approval: Some(first),
            ..call()
        })
        .await
        .unwrap();
    toolbox
        .call(Call {
            approval: Some(second),
            ..call()
        })
        .await
        .unwrap();
    assert_eq!(ledger.effects(), 1);
    let again = Approval::confirm(toolbox.store(), &proposal.id, &who, noon())
        .await
        .unwrap_err();
    assert_eq!(reason(&again), ApprovalReason::Used);
}

#[tokio::test]
async fn a_confirmation_expires() {
    let World {
        ledger,
        toolbox,
        folder: _folder,
    } = world(Effect::Write).await;
    let who = person("conversation:1", "citizen");
    let proposal = proposed(&toolbox, call()).await;
    let late = noon() + SignedDuration::from_mins(5);
    let error = Approval::confirm(toolbox.store(), &proposal.id, &who, late)
        .await
        .unwrap_err();
    assert_eq!(reason(&error), ApprovalReason::Expired);
    // A clock that is set back gives no more time than there was.
    let before = noon() - SignedDuration::from_hours(1);
    let approval = Approval::confirm(toolbox.store(), &proposal.id, &who, before)
        .await
        .unwrap();
    let error = toolbox
        .call(Call {
            approval: Some(approval),
            now: late,
            ..call()
        })
        .await
        .unwrap_err();
    assert_eq!(reason(&error), ApprovalReason::Expired);
    assert_eq!(ledger.invoked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn nobody_else_confirms_or_declines() {
    let World {
        toolbox,
        folder: _folder,
        ..
    } = world(Effect::Write).await;
    let proposal = proposed(&toolbox, call()).await;
    for stranger in [
        person("conversation:2", "citizen"),
        person("conversation:1", "officer"),
    ] {
        let error = Approval::confirm(toolbox.store(), &proposal.id, &stranger, noon())
            .await
            .unwrap_err();
        assert_eq!(reason(&error), ApprovalReason::Person);
        assert!(toolbox.waiting(&stranger, noon()).await.unwrap().is_empty());
    }
    let who = person("conversation:1", "citizen");
    let unknown = Approval::confirm(toolbox.store(), "no such", &who, noon())
        .await
        .unwrap_err();
    assert_eq!(reason(&unknown), ApprovalReason::Unknown);
    Approval::decline(toolbox.store(), &proposal.id, &who, noon())
        .await
        .unwrap();
    let error = toolbox
        .confirm(&proposal.id, &who, grant(), noon())
        .await
        .unwrap_err();
    assert_eq!(reason(&error), ApprovalReason::Declined);
}

/// A hundred clients send the same request at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_at_once_are_one() {
    let World {
        ledger,
        toolbox,
        folder: _folder,
    } = world(Effect::Write).await;
    let who = person("conversation:1", "citizen");
    let proposal = proposed(&toolbox, call()).await;
    let mut tasks = Vec::new();
    for _ in 0..100 {
        let (toolbox, id, who) = (toolbox.clone(), proposal.id.clone(), who.clone());
        tasks.push(tokio::spawn(async move {
            match Approval::confirm(toolbox.store(), &id, &who, noon()).await {
                Ok(approval) => {
                    toolbox
                        .call(Call {
                            approval: Some(approval),
                            ..call()
                        })
                        .await
                }
                // Confirmed and done by another of them; the key has the answer.
                Err(Error::Approval(ApprovalReason::Used)) => toolbox.call(call()).await,
                Err(error) => Err(error),
            }
        }));
    }
    for task in tasks {
        match task.await.unwrap().unwrap() {
            Outcome::Done(output) => assert_eq!(output.value["booked"], 12),
            Outcome::Proposed(_) => panic!("proposed again"),
        }
    }
    assert_eq!(ledger.effects(), 1);
    assert_eq!(ledger.invoked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn after_a_silence_the_tool_is_asked() {
    for (fault, invoked) in [(Fault::HangsBefore, 2), (Fault::HangsAfter, 1)] {
        let World {
            ledger,
            toolbox,
            folder: _folder,
        } = world(Effect::Write).await;
        let approval = confirmed(&toolbox, call()).await;
        *ledger.fault.lock().unwrap() = Some(fault);
        let late = toolbox
            .call(Call {
                approval: Some(approval),
                ..call()
            })
            .await
            .unwrap_err();
        assert!(matches!(late, Error::Late { .. }), "{late}");
        let outcome = toolbox.call(call()).await.unwrap();
        assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
        assert_eq!(ledger.effects(), 1);
        assert_eq!(ledger.invoked.load(Ordering::SeqCst), invoked, "{fault:?}");
    }
}

#[tokio::test]
async fn a_failure_without_effect_can_be_tried_again() {
    let World {
        ledger,
        toolbox,
        folder: _folder,
    } = world(Effect::Write).await;
    let approval = confirmed(&toolbox, call()).await;
    *ledger.fault.lock().unwrap() = Some(Fault::Before);
    let error = toolbox
        .call(Call {
            approval: Some(approval),
            ..call()
        })
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
    // It takes a new confirmation.
    let approval = confirmed(&toolbox, call()).await;
    toolbox
        .call(Call {
            approval: Some(approval),
            ..call()
        })
        .await
        .unwrap();
    assert_eq!(ledger.effects(), 1);
}

#[tokio::test]
async fn a_key_means_one_request() {
    let World {
        toolbox,
        folder: _folder,
        ..
    } = world(Effect::Write).await;
    let approval = confirmed(&toolbox, call()).await;
    toolbox
        .call(Call {
            approval: Some(approval),
            ..call()
        })
        .await
        .unwrap();
    for other in [
        Call {
            arguments: arguments().and("amount", 13, Origin::Citizen),
            ..call()
        },
        Call {
            person: person("conversation:2", "citizen"),
            ..call()
        },
    ] {
        let error = toolbox.call(other).await.unwrap_err();
        assert!(matches!(error, Error::KeyTaken { .. }), "{error}");
    }
}

/// One call proposed, confirmed and done, and one refused.
async fn four_records(toolbox: &Toolbox) {
    let approval = confirmed(toolbox, call()).await;
    let approved = Call {
        approval: Some(approval),
        ..call()
    };
    toolbox.call(approved).await.unwrap();
    let other = Call {
        tool: "other".to_owned(),
        ..call()
    };
    toolbox.call(other).await.unwrap_err();
}

#[tokio::test]
async fn everything_is_on_the_record() {
    let World {
        toolbox,
        folder: _folder,
        ..
    } = world(Effect::Write).await;
    four_records(&toolbox).await;
    let records = toolbox.store().records(1, 100).await.unwrap();
    let outcomes: Vec<String> = records
        .iter()
        .map(|record| {
            serde_json::from_str::<serde_json::Value>(&record.body).unwrap()["outcome"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(outcomes, ["proposed", "confirmed", "done", "refused"]);
    let all = serde_json::to_string(&records).unwrap();
    assert!(!all.contains("王五"), "values stay out of the records");
    assert_eq!(toolbox.store().verify().await.unwrap().count, 4);
}

#[tokio::test]
async fn the_first_altered_record_is_named() {
    for (statement, expected) in [
        (
            "update record set body = replace(body, 'done', 'gone') where sequence = 3",
            3,
        ),
        (
            "update record set time = '2020-01-01T00:00:00Z' where sequence = 2",
            2,
        ),
        ("delete from record where sequence = 1", 1),
        ("delete from record where sequence = 4", 4),
        ("delete from record", 1),
    ] {
        let World {
            toolbox, folder, ..
        } = world(Effect::Write).await;
        four_records(&toolbox).await;
        let mut shell = shell(folder.path(), tools::FILE, "chengzhi_tools").await;
        let done = sqlx::query(statement).execute(&mut shell).await.unwrap();
        assert!(done.rows_affected() > 0, "{statement}");
        match toolbox.store().verify().await {
            Err(Altered::Record(sequence)) => assert_eq!(sequence, expected, "{statement}"),
            other => panic!("{statement}: {other:?}"),
        }
    }
}
