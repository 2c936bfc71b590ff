//! The store: tokens, the audit chain, several writers, interrupted writes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;
use std::sync::Arc;

use agents::audit::{Altered, Reason};
use agents::{Request, Role};
use futures::TryStreamExt;
use server::pins::{Pinned, Pins};
use server::store::{AuditError, FILE, Finished, Outcome, Store, StoreError};
use server::turn::Caller;
use sqlx::AnyConnection;
use tempfile::TempDir;

use crate::database::database;
use crate::http::script::{answer, events};

fn request(question: &str, conversation: &str) -> Request {
    Request {
        question: question.into(),
        as_of: None,
        place: None,
        today: "2026-11-21".parse().unwrap(),
        history: Vec::new(),
        corpora: None,
        limit: None,
        role: Role::Citizen,
        conversation: Some(conversation.into()),
        turn: 1,
        seed: 0,
        ..Request::new("", Role::Citizen, "2026-11-21".parse().unwrap())
    }
}

/// Records of one turn.
pub(crate) const RECORDS: u64 = 10;

pub(crate) async fn turn(store: &Store, question: &str) -> Result<String, StoreError> {
    let begun = store.begin("policy-qa", None, &Caller::CITIZEN).await?;
    let request = request(question, &begun.id);
    let (answer, events) = (answer(&request), events(&request));
    let pinned = Pinned {
        agent: "policy-qa".into(),
        request,
        remembered: begun.remembered,
        pins: Pins::default(),
        noted: Vec::new(),
    };
    let finished = Finished {
        conversation: &begun.id,
        turn: begun.turn,
        caller: &Caller::CITIZEN,
        question,
        events: &events,
        outcome: Outcome::Answered(&answer),
        pinned: &pinned,
        personal: false,
    };
    store.finish(&finished).await?;
    Ok(begun.id)
}

async fn opened() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&database(folder.path())).await.unwrap();
    (folder, store)
}

/// The store in a file, where it is about files.
async fn in_file() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().into()).await.unwrap();
    (folder, store)
}

/// The store as somebody with a SQL shell has it.
async fn shell(folder: &Path) -> AnyConnection {
    crate::database::shell(folder, FILE, "chengzhi").await
}

#[tokio::test]
async fn tokens_are_stored_as_hashes_only() {
    let (folder, store) = opened().await;
    let secret = store.token_add("值班-1", Role::Officer).await.unwrap();
    assert!(secret.starts_with("cz_") && secret.len() == 67, "{secret}");
    assert_ne!(
        secret,
        store.token_add("other", Role::Developer).await.unwrap()
    );
    assert_eq!(
        store
            .bearer(&secret)
            .await
            .unwrap()
            .map(|caller| (caller.name.unwrap(), caller.role)),
        Some(("值班-1".into(), Role::Officer))
    );
    for wrong in [
        "",
        "cz_",
        &secret[..66],
        &secret.to_uppercase(),
        "值班-1",
        "' or 1=1 --",
    ] {
        assert_eq!(store.bearer(wrong).await.unwrap(), None, "{wrong}");
    }
    assert!(matches!(
        store.token_add("other", Role::Officer).await,
        Err(StoreError::TokenExists(_))
    ));
    for name in ["", "a b", "a/b", &"x".repeat(65)] {
        assert!(
            matches!(
                store.token_add(name, Role::Officer).await,
                Err(StoreError::TokenName(_))
            ),
            "{name}"
        );
    }
    store.token_revoke("值班-1").await.unwrap();
    assert_eq!(store.bearer(&secret).await.unwrap(), None);
    assert!(matches!(
        store.token_revoke("值班-1").await,
        Err(StoreError::UnknownToken(_))
    ));
    assert!(
        matches!(
            store.token_add("值班-1", Role::Officer).await,
            Err(StoreError::TokenExists(_))
        ),
        "a name is not used twice"
    );
    let listed = store.token_list().await.unwrap();
    assert_eq!(
        listed
            .iter()
            .map(|token| (token.name.as_str(), token.revoked.is_some()))
            .collect::<Vec<_>>(),
        [("值班-1", true), ("other", false)]
    );
    store.close().await;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let random = secret.trim_start_matches("cz_").as_bytes();
        assert!(
            !bytes.windows(32).any(|window| window == &random[..32]),
            "the secret is on disk"
        );
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, store) = in_file().await;
    turn(&store, "问").await.unwrap();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(
            entry.metadata().unwrap().permissions().mode() & 0o077,
            0,
            "{:?}",
            entry.file_name()
        );
    }
}

#[tokio::test]
async fn the_chain_survives_reopening() {
    let (folder, store) = opened().await;
    assert_eq!(store.verify().await.unwrap().count, 0);
    turn(&store, "一").await.unwrap();
    store.close().await;
    let store = Store::open(&database(folder.path())).await.unwrap();
    turn(&store, "二").await.unwrap();
    let verified = store.verify().await.unwrap();
    assert_eq!(verified.count, 2 * RECORDS);
    let records: Vec<_> = store.audit().try_collect().await.unwrap();
    assert_eq!(records.last().unwrap().hash, verified.last);
}

#[tokio::test]
async fn personal_data_is_masked_in_the_log_and_kept_in_the_conversation() {
    let (folder, store) = opened().await;
    let question = "我叫王强，身份证11010519491231002X，电话13912345678，邮箱wang.qiang@example.com，怎么落户？";
    let id = turn(&store, question).await.unwrap();
    let log: Vec<_> = store
        .audit()
        .map_ok(|record| record.body.to_string())
        .try_collect()
        .await
        .unwrap();
    let log = log.join("\n");
    assert!(log.contains("怎么落户"));
    for secret in [
        "11010519491231002X",
        "13912345678",
        "wang.qiang@",
        "13800001234",
    ] {
        assert!(!log.contains(secret), "{secret}");
    }
    let past = store.conversation(&id, &Caller::CITIZEN).await.unwrap();
    assert_eq!(
        past.turns[0].question, question,
        "the person reads their own words again"
    );
    // Deleted, they are nowhere.
    store.delete(&id, &Caller::CITIZEN).await.unwrap();
    let rows: Vec<(String,)> = sqlx::query_as("select question || answer from turn")
        .fetch_all(&mut shell(folder.path()).await)
        .await
        .unwrap();
    assert!(rows.is_empty());
}

#[tokio::test]
async fn the_first_altered_record_is_named() {
    let cases = [
        (
            "update audit set body = replace(body, '问', '文') where sequence = 12",
            12,
            Reason::Content,
        ),
        (
            "update audit set body = 'not json' where sequence = 4",
            4,
            Reason::Content,
        ),
        (
            "update audit set kind = 'turn.done' where sequence = 5",
            5,
            Reason::Content,
        ),
        (
            "update audit set time = '2020-01-01T00:00:00Z' where sequence = 1",
            1,
            Reason::Content,
        ),
        (
            "update audit set conversation = 'x' where sequence = 7",
            7,
            Reason::Content,
        ),
        (
            "update audit set hash = previous where sequence = 3",
            3,
            Reason::Content,
        ),
        ("delete from audit where sequence = 6", 6, Reason::Missing),
        ("delete from audit where sequence = 1", 1, Reason::Missing),
        ("delete from audit where sequence > 15", 16, Reason::Missing),
        ("delete from audit", 1, Reason::Missing),
    ];
    for (statement, sequence, reason) in cases {
        let (folder, store) = opened().await;
        turn(&store, "问").await.unwrap();
        turn(&store, "问").await.unwrap();
        assert!(store.verify().await.is_ok());
        let done = sqlx::query(statement)
            .execute(&mut shell(folder.path()).await)
            .await
            .unwrap();
        assert!(done.rows_affected() > 0, "{statement}");
        let named = |result| match result {
            Err(AuditError::Altered(altered)) => altered,
            other => panic!("{statement}: {other:?}"),
        };
        assert_eq!(
            named(store.verify().await),
            Altered { sequence, reason },
            "{statement}"
        );
        // Going on does not heal it.
        turn(&store, "后来").await.unwrap();
        assert_eq!(
            named(store.verify().await).sequence,
            sequence,
            "{statement}"
        );
    }
}

#[tokio::test]
async fn two_writers_keep_one_chain() {
    let (folder, one) = opened().await;
    // As in another process: nothing is shared but the file.
    let other = Store::open(&database(folder.path())).await.unwrap();
    let mut turns = tokio::task::JoinSet::new();
    for number in 0..24 {
        let store = if number % 2 == 0 {
            one.clone()
        } else {
            other.clone()
        };
        turns.spawn(async move { turn(&store, &format!("第{number}问")).await.unwrap() });
    }
    turns.join_all().await;
    assert_eq!(one.verify().await.unwrap().count, 24 * RECORDS);
    assert_eq!(other.verify().await.unwrap(), one.verify().await.unwrap());
    // The records of one turn stand together.
    let records: Vec<_> = one.audit().try_collect().await.unwrap();
    for turn in records.chunks(RECORDS as usize) {
        assert!(
            turn.iter()
                .all(|record| record.conversation == turn[0].conversation)
        );
    }
}

#[tokio::test]
async fn two_turns_of_one_conversation_get_two_numbers() {
    let (_folder, store) = opened().await;
    let id = turn(&store, "一").await.unwrap();
    let (left, right) = tokio::join!(
        store.begin("policy-qa", Some(&id), &Caller::CITIZEN),
        store.begin("policy-qa", Some(&id), &Caller::CITIZEN)
    );
    let mut numbers = [left.unwrap().turn, right.unwrap().turn];
    numbers.sort_unstable();
    assert_eq!(numbers, [2, 3]);
    let elsewhere = store.begin("desk", Some(&id), &Caller::CITIZEN).await;
    assert!(
        matches!(elsewhere, Err(StoreError::UnknownConversation(_))),
        "a conversation stays with its agent"
    );
}

#[tokio::test]
async fn a_write_that_is_cut_off_leaves_a_valid_chain() {
    let (_folder, store) = opened().await;
    let store = Arc::new(store);
    let mut completed = 0;
    // Dropped after so many steps, from before the transaction to behind it.
    for steps in 0..60 {
        let mut write = Box::pin(turn(&store, "被打断的提问"));
        let mut done = false;
        for _ in 0..steps {
            done = futures::poll!(&mut write).is_ready();
            if done {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(write);
        completed += u64::from(done);
        let verified = store.verify().await.unwrap();
        assert_eq!(verified.count % RECORDS, 0, "whole turns only");
    }
    turn(&store, "之后").await.unwrap();
    let count = store.verify().await.unwrap().count;
    assert!(
        count >= (completed + 1) * RECORDS && count <= 61 * RECORDS,
        "{count}"
    );
}

#[tokio::test]
async fn a_full_disk_stores_nothing_and_heals() {
    let (_folder, store) = in_file().await;
    turn(&store, "之前").await.unwrap();
    store.limit_pages(1).await.unwrap();
    let mut failed = None;
    for _ in 0..50 {
        if let Err(error) = turn(&store, &"满".repeat(2_000)).await {
            failed = Some(error);
            break;
        }
    }
    assert!(matches!(failed, Some(StoreError::Full(_))), "{failed:?}");
    let count = store.verify().await.unwrap().count;
    assert_eq!(count % RECORDS, 0);
    assert!(
        matches!(store.token_list().await.as_deref(), Ok([])),
        "reading goes on"
    );
    store.limit_pages(1_000_000).await.unwrap();
    turn(&store, "之后").await.unwrap();
    assert_eq!(store.verify().await.unwrap().count, count + RECORDS);
}

#[tokio::test]
async fn what_is_no_store_is_refused_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join(FILE),
        "这不是数据库，只是一些文字。".repeat(200),
    )
    .unwrap();
    let error = Store::open(&folder.path().into()).await.err().unwrap();
    assert!(
        matches!(error, StoreError::Open { .. }) && error.to_string().contains(FILE),
        "{error}"
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(FILE)).unwrap();
    assert!(matches!(
        Store::open(&folder.path().into()).await.err().unwrap(),
        StoreError::Open { .. }
    ));
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_refused() {
    let (folder, store) = opened().await;
    store.close().await;
    let newer = "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
        select 9999, 'later', success, checksum, 0 from _sqlx_migrations limit 1";
    sqlx::query(newer)
        .execute(&mut shell(folder.path()).await)
        .await
        .unwrap();
    assert!(matches!(
        Store::open(&database(folder.path())).await.err().unwrap(),
        StoreError::Open { .. }
    ));
}
