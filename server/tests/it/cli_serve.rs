//! `serve` as a process: one server for a data directory and a port, and how it ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Stdio};

use crate::sandbox::Sandbox;

/// A running server; killed at the end of a test.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) fn start(sandbox: &Sandbox, arguments: &[&str]) -> Self {
        let mut command = sandbox.command();
        command
            .arg("serve")
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let Some(address) = line.trim().strip_prefix("http://") else {
            let mut error = String::new();
            child
                .stderr
                .take()
                .unwrap()
                .read_to_string(&mut error)
                .unwrap();
            panic!("no address in `{line}`: {error}");
        };
        Self {
            address: address.parse().unwrap(),
            child,
        }
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response
    }

    #[cfg(unix)]
    fn signal(&self, name: &str) {
        let done = std::process::Command::new("kill")
            .args([format!("-{name}"), self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(done.success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_demo_city_is_served_from_an_empty_directory() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox, &["--address", "127.0.0.1:0", "--data", "d"]);
    assert!(server.get("/").contains("<html"));
    assert!(server.get("/healthz").starts_with("HTTP/1.1 200"));
    assert!(server.get("/v1/agents").contains("policy-qa"));
    assert!(sandbox.path("d/corpora/helan/prepared.json").is_file());
}

#[test]
fn a_data_directory_has_one_server() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox, &["--address", "127.0.0.1:0", "--data", "d"]);
    let second = sandbox.run(&["serve", "--address", "127.0.0.1:0", "--data", "d"]);
    second.failed(
        1,
        &[
            "`d` is already served by process",
            &format!("http://{}", server.address),
            "hint: ",
        ],
    );
    // Asking beside it is allowed.
    assert_eq!(
        sandbox
            .run(&["ask", "孩子刚出生怎么上户口？", "--data", "d"])
            .code,
        Some(0)
    );
    drop(server);
    // A killed server leaves nothing that would hold up the next.
    drop(Server::start(
        &sandbox,
        &["--address", "127.0.0.1:0", "--data", "d"],
    ));
}

#[test]
fn a_port_in_use_is_told() {
    let sandbox = Sandbox::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ran = sandbox.run(&["serve", "--address", &address, "--data", "d"]);
    ran.failed(
        1,
        &[
            "cannot listen on",
            &address,
            "because: ",
            "hint: another program uses this port",
        ],
    );
}

/// A settings file may name a model before it is there; whoever names one on the command line means it.
#[test]
fn a_model_that_cannot_be_used_is_told() {
    let sandbox = Sandbox::new();
    sandbox.write("my.toml", "[models]\nlarge = [\"no-such\"]\n");
    let serve = ["--address", "127.0.0.1:0", "--data", "d"];
    let server = Server::start(&sandbox, &[&serve[..], &["--config", "my.toml"]].concat());
    assert!(server.get("/readyz").contains("models/no-such"));
    drop(server);
    let checked = sandbox.run(&["check", "--config", "my.toml", "--data", "d"]);
    assert_eq!(checked.code, Some(1));
    assert!(
        checked.out.contains("chengzhi model list"),
        "{}",
        checked.out
    );
    let named = sandbox.run(&[&["serve", "--model", "no-such"], &serve[..]].concat());
    named.failed(1, &["`no-such`", "hint: `chengzhi model list`"]);
}

#[test]
fn other_machines_are_let_in_only_with_a_token() {
    let sandbox = Sandbox::new();
    sandbox.write("quiet.toml", "[data]\ndemo = false\n");
    let arguments = [
        "--address",
        "0.0.0.0:0",
        "--data",
        "d",
        "--config",
        "quiet.toml",
    ];
    let ran = sandbox.run(&[&["serve"], arguments.as_slice()].concat());
    ran.failed(
        1,
        &[
            "refusing to listen on 0.0.0.0",
            "no token",
            "hint: `chengzhi token add",
        ],
    );
    assert_eq!(
        sandbox
            .run(&["token", "add", "desk", "--role", "officer", "--data", "d"])
            .code,
        Some(0)
    );
    drop(Server::start(&sandbox, &arguments));
    assert_eq!(
        sandbox
            .run(&["token", "revoke", "desk", "--data", "d"])
            .code,
        Some(0)
    );
    sandbox
        .run(&[&["serve"], arguments.as_slice()].concat())
        .failed(1, &["refusing to listen"]);
}

#[cfg(unix)]
#[test]
fn signals_end_it_in_order() {
    for signal in ["TERM", "INT"] {
        let sandbox = Sandbox::new();
        let mut server = Server::start(&sandbox, &["--address", "127.0.0.1:0", "--data", "d"]);
        server.signal(signal);
        let status = server.child.wait().unwrap();
        let mut error = String::new();
        server
            .child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut error)
            .unwrap();
        assert_eq!(status.code(), Some(0), "{signal}: {error}");
        assert!(error.contains("stopping"), "{error}");
    }
}

#[test]
fn a_corpus_ingested_meanwhile_is_asked() {
    let sandbox = Sandbox::new();
    sandbox.write("quiet.toml", "[data]\ndemo = false\n");
    let server = Server::start(
        &sandbox,
        &[
            "--address",
            "127.0.0.1:0",
            "--data",
            "d",
            "--config",
            "quiet.toml",
        ],
    );
    sandbox.write("p/lamps.md", crate::sandbox::regulation("路灯", 5));
    sandbox.json(&["ingest", "p", "--corpus", "mine", "--data", "d", "--json"]);
    let body = r#"{"question":"路灯管理办法第三条"}"#;
    let mut stream = TcpStream::connect(server.address).unwrap();
    write!(stream, "POST /v1/agents/policy-qa/turns HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(response.contains("mine:lamps@"), "{response}");
}
