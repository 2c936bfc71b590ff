//! A database that goes away and comes back: what failed is told and leaves nothing, and nobody has to start the server again.

use std::net::SocketAddr;
use std::path::Path;

use agents::Role;
use serde_json::json;
use server::store::{Store, StoreError};
use sqlx::{AssertSqlSafe, Connection};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::task::{JoinHandle, JoinSet};
use tools::database::Address;

use super::shared;
use crate::database::{address, shell};
use crate::http::script::prompt;
use crate::http::world::World;
use crate::store::{RECORDS, turn};

/// A way to the database that can be cut.
struct Way {
    address: SocketAddr,
    socket: String,
    carrying: Option<JoinHandle<()>>,
}

impl Way {
    /// To the database of the test with this folder; its address by this way. None where the server is not at a socket.
    async fn to(folder: &Path) -> Option<(Self, Address)> {
        let direct = address(folder)?;
        let (before, query) = direct.split_once('?')?;
        let parameters = query.split('&').filter_map(|pair| pair.split_once('='));
        let value = |name| {
            let mut found = parameters.clone().filter(|(key, _)| *key == name);
            found.next().map(|(_, value)| value.replace("%2F", "/"))
        };
        let (host, user) = (value("host")?, value("user")?);
        let name = before.rsplit('/').next()?;
        let mut way = Self {
            address: "127.0.0.1:0".parse().unwrap(),
            socket: format!("{host}/.s.PGSQL.5432"),
            carrying: None,
        };
        way.open().await;
        let address = format!(
            "postgres://{user}:geheim@{}/{name}?sslmode=disable",
            way.address
        );
        Some((way, Address::parse(&address).unwrap()))
    }

    async fn open(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.address = listener.local_addr().unwrap();
        let socket = self.socket.clone();
        self.carrying = Some(tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(carry(stream, socket.clone()));
            }
        }));
    }

    /// Whoever is on the way breaks off, and nobody else gets through.
    async fn cut(&mut self) {
        let carrying = self.carrying.take().unwrap();
        carrying.abort();
        let _ = carrying.await;
    }
}

async fn carry(mut near: TcpStream, socket: String) {
    let mut far = UnixStream::connect(socket).await.unwrap();
    let _ = copy_bidirectional(&mut near, &mut far).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_gone_is_told_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let Some(database) = shared(folder.path()) else {
        return;
    };
    let Some((mut way, by_way)) = Way::to(folder.path()).await else {
        println!("skipped: the server is at no socket");
        return;
    };
    let world = World::with(prompt(), |settings| {
        settings.data.database = Some(by_way.clone());
    })
    .await;
    let question = json!({"question": "楼道能堆放杂物吗"});
    let call = json!({
        "arguments": {"text": "楼道堆满杂物", "address": "东门里小区2号楼", "phone": "13900001234"},
        "key": "k", "conversation": "c",
    });
    let (ask, create) = (
        "/v1/agents/policy-qa/turns",
        "/v1/tools/hotline-create/calls",
    );
    assert_eq!(world.get("/readyz").await.status, 200);
    assert_eq!(world.post(ask, &question).await.status, 200);
    let of_one = world.app.store.verify().await.unwrap().count;
    // In the middle of whatever they are at.
    let asked = async {
        let turns = (0..8).map(|_| world.post(ask, &question));
        futures::future::join_all(turns).await
    };
    let cut = async {
        tokio::task::yield_now().await;
        way.cut().await;
    };
    let (answers, ()) = tokio::join!(asked, cut);
    let mut answered = 1;
    for got in answers {
        if got.status == 200 {
            answered += 1;
            continue;
        }
        assert_eq!(got.status, 503, "{}", got.text());
        assert!(got.error().1.starts_with("storage_"), "{}", got.text());
        assert_eq!(got.header("retry-after"), "10");
    }
    let (ready, called) = tokio::join!(world.get("/readyz"), world.post(create, &call));
    for got in [ready, called] {
        assert_eq!(
            (got.status.as_u16(), got.header("retry-after")),
            (503, "10")
        );
        assert!(!got.text().contains("geheim"), "{}", got.text());
    }
    // Nothing half: every turn is whole, or not there. One whose commit was not acknowledged may be.
    let direct = Store::open(&database).await.unwrap();
    let count = direct.verify().await.unwrap().count;
    assert!(
        count.is_multiple_of(of_one) && count >= answered * of_one,
        "{count}"
    );
    way.open().await;
    assert_eq!(world.get("/readyz").await.status, 200);
    assert_eq!(world.post(ask, &question).await.status, 200);
    let proposed = world.post(create, &call).await;
    assert_eq!(proposed.status, 200, "{}", proposed.text());
    world.app.store.verify().await.unwrap();
    world.app.toolbox.store().verify().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_break_leave_whole_turns() {
    let folder = tempfile::tempdir().unwrap();
    let Some(database) = shared(folder.path()) else {
        return;
    };
    let store = Store::open(&database).await.unwrap();
    let mut admin = shell(folder.path(), "", "public").await;
    let (mut whole, mut broken) = (0, 0);
    for round in 0..30 {
        let writes = (0..4).map(|number| {
            let store = store.clone();
            tokio::spawn(async move { turn(&store, &format!("第{round}轮第{number}问")).await })
        });
        let writes: Vec<_> = writes.collect();
        for _ in 0..round % 6 {
            tokio::task::yield_now().await;
        }
        let terminate = "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
        sqlx::query(AssertSqlSafe(terminate.to_owned()))
            .execute(&mut admin)
            .await
            .unwrap();
        for write in writes {
            match write.await.unwrap() {
                Ok(_) => whole += 1,
                Err(StoreError::Gone(_)) => broken += 1,
                Err(error) => panic!("{error:?}"),
            }
        }
        let verified = store.verify().await;
        let verified = match verified {
            // The connection that reads was among them.
            Err(_) => store.verify().await.unwrap(),
            Ok(verified) => verified,
        };
        assert_eq!(verified.count % RECORDS, 0, "whole turns only");
        assert!(verified.count >= whole * RECORDS);
    }
    assert!(broken > 0, "nothing was broken off");
    println!("{whole} turns written, {broken} broken off");
    store.token_add("after", Role::Officer).await.unwrap();
    admin.close().await.unwrap();
}

#[test]
fn a_database_that_cannot_be_reached_is_named_without_its_password() {
    let sandbox = crate::sandbox::Sandbox::new();
    let mut command = sandbox.command();
    command.args(["token", "list", "--json"]);
    command.env("CHENGZHI_DATABASE", "postgres://cz:geheim@127.0.0.1:1/city");
    let ran: crate::sandbox::Ran = command.output().unwrap().into();
    ran.failed(
        1,
        &[
            "cannot open `postgres://cz:***@127.0.0.1:1/city`",
            "refused",
            "hint: check that the database runs",
        ],
    );
    assert!(!ran.err.contains("geheim"), "{}", ran.err);
    assert!(sandbox.entries().is_empty(), "nothing is made");
}
