//! A real listener: connections that break, and shutdown.

use std::net::SocketAddr;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::script::{Hand, by_hand, events};
use super::world::{Serving, World};

struct Running {
    world: World,
    hand: Hand,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<std::io::Result<()>>,
}

async fn running() -> Running {
    let (work, hand) = by_hand();
    let world = World::new(work).await;
    let Serving {
        address,
        stop,
        served,
    } = world.serve().await;
    Running {
        world,
        hand,
        address,
        stop,
        served,
    }
}

async fn asked(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let body = json!({"question": "问"}).to_string();
    let head = format!(
        "POST /v1/agents/policy-qa/turns HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

async fn read_until(stream: &mut TcpStream, wanted: &str) -> String {
    let mut text = Vec::new();
    let mut piece = [0; 4_096];
    while !String::from_utf8_lossy(&text).contains(wanted) {
        let read = stream.read(&mut piece).await.unwrap();
        assert!(
            read > 0,
            "the connection ended without `{wanted}`: {}",
            String::from_utf8_lossy(&text)
        );
        text.extend_from_slice(&piece[..read]);
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[tokio::test]
async fn a_broken_connection_stops_the_work() {
    let mut running = running().await;
    let mut stream = asked(running.address).await;
    let request = running.hand.request.recv().await.unwrap();
    running
        .hand
        .say
        .send(Ok(events(&request).swap_remove(0)))
        .unwrap();
    read_until(&mut stream, "event: started").await;
    drop(stream);
    running.hand.say.closed().await;
    running.world.app.store.settled().await;
    assert_eq!(
        running.world.audit().await.last().unwrap().0,
        "turn.cancelled"
    );
}

#[tokio::test]
async fn shutdown_finishes_running_turns() {
    let mut running = running().await;
    let mut stream = asked(running.address).await;
    let request = running.hand.request.recv().await.unwrap();
    let script = events(&request);
    running.hand.say.send(Ok(script[0].clone())).unwrap();
    read_until(&mut stream, "event: started").await;
    running.stop.send(()).unwrap();
    for event in &script[1..] {
        running.hand.say.send(Ok(event.clone())).unwrap();
    }
    read_until(&mut stream, "event: done").await;
    running.served.await.unwrap().unwrap();
    assert_eq!(
        running.world.app.store.verify().await.unwrap().count,
        script.len() as u64 + 1
    );
    assert!(
        TcpStream::connect(running.address).await.is_err(),
        "nobody listens any more"
    );
}
