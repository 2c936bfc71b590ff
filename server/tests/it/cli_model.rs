//! `chengzhi model` against a hub of this test.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::sandbox::{Sandbox, keys};

/// A hub with one file of 300,000 bytes. The first answer breaks off after 100,000; then, where it is told to, it goes
/// silent.
struct Hub {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
    left: Arc<AtomicUsize>,
}

const SIZE: usize = 300_000;

impl Hub {
    /// Breaks off `breaks` times; `silent`: keeps the connection open instead.
    fn start(breaks: usize, silent: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let hub = Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            asked: Arc::default(),
            left: Arc::new(AtomicUsize::new(breaks)),
        };
        let (asked, left) = (hub.asked.clone(), hub.left.clone());
        std::thread::spawn(move || {
            let mut kept = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let head = head(&mut stream);
                let from = head
                    .lines()
                    .find_map(|line| {
                        line.to_lowercase()
                            .strip_prefix("range: bytes=")?
                            .strip_suffix('-')?
                            .parse()
                            .ok()
                    })
                    .unwrap_or(0);
                asked.lock().unwrap().push(head);
                let breaks = left.load(Ordering::SeqCst) > 0;
                let end = if breaks {
                    (from + 100_000).min(SIZE)
                } else {
                    SIZE
                };
                let range = format!("Content-Range: bytes {from}-{}/{SIZE}\r\n", SIZE - 1);
                let (status, range) = if from > 0 {
                    ("206 Partial Content", range.as_str())
                } else {
                    ("200 OK", "")
                };
                let head = format!(
                    "HTTP/1.1 {status}\r\n{range}Content-Length: {}\r\nConnection: close\r\n\r\n",
                    SIZE - from
                );
                let _ = stream.write_all(head.as_bytes());
                let _ = stream.write_all(&content()[from..end]);
                if breaks {
                    left.fetch_sub(1, Ordering::SeqCst);
                }
                if breaks && silent {
                    kept.push(stream);
                }
            }
        });
        hub
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn head(stream: &mut impl Read) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

fn content() -> Vec<u8> {
    (0..SIZE).map(|number| (number % 251) as u8).collect()
}

const MANIFEST: &str = "title = 'Tiny'\nlicence = 'MIT'\ncontext = 512\n[local]\nsource = 'o/n'\nfiles = [{ path = 'tiny.gguf' }]\n";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("d/models/tiny/model.toml", MANIFEST);
    sandbox
}

fn pull(sandbox: &Sandbox, hub: &Hub, more: &[&str]) -> std::process::Command {
    let mut command = sandbox.command();
    command
        .env("HF_ENDPOINT", &hub.address)
        .env("HF_TOKEN", "hf_secret");
    command
        .args(["model", "pull", "tiny", "--data", "d"])
        .args(more);
    command
}

#[test]
fn the_models_of_the_program_are_listed() {
    let sandbox = sandbox();
    let listed = sandbox.json(&["model", "list", "--data", "d", "--json"]);
    let models = listed.as_array().unwrap();
    let of = |name: &str| models.iter().find(|model| model["name"] == name).unwrap();
    assert_eq!(
        (&of("qwen3-0.6b")["state"], &of("qwen3-0.6b")["kind"]),
        (&"absent".into(), &"local".into())
    );
    assert_eq!(
        (&of("vllm")["state"], &of("vllm")["kind"]),
        (&"endpoint".into(), &"remote".into())
    );
    assert_eq!(of("tiny")["context"], 512);
    assert_eq!(
        keys(of("tiny")),
        [
            "name",
            "title",
            "description",
            "kind",
            "state",
            "bytes",
            "licence",
            "context",
            "source",
            "manifest"
        ]
    );
    let ran = sandbox.run(&["model", "list", "--data", "d"]);
    assert!(
        ran.out.contains("Apache-2.0") && ran.out.contains("Qwen/Qwen3-4B-GGUF"),
        "{}",
        ran.out
    );
    for command in ["list", "pull", "verify", "bench", "chat"] {
        let help = sandbox.run(&["model", command, "--help"]);
        assert_eq!(help.code, Some(0));
    }
}

#[test]
fn a_model_is_pulled_through_a_bad_connection() {
    let (sandbox, hub) = (sandbox(), Hub::start(1, false));
    let ran = crate::sandbox::Ran::from(pull(&sandbox, &hub, &[]).output().unwrap());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let place = ran
        .err
        .find(&format!("`tiny`: 1 file of o/n from {}", hub.address));
    assert!(place < ran.err.find("connecting to"), "{}", ran.err);
    assert!(
        ran.err.contains("next try") && ran.err.contains("nobody states a hash"),
        "{}",
        ran.err
    );
    assert_eq!(
        std::fs::read(sandbox.path("d/models/tiny/tiny.gguf")).unwrap(),
        content()
    );
    assert!(hub.asked()[0].starts_with("GET /o/n/resolve/main/tiny.gguf "));
    assert!(
        hub.asked()[0]
            .to_lowercase()
            .contains("authorization: bearer hf_secret")
    );
    assert!(
        hub.asked()[1]
            .to_lowercase()
            .contains("range: bytes=100000-")
    );

    let asked = hub.asked().len();
    let again: Value =
        serde_json::from_slice(&pull(&sandbox, &hub, &["--json"]).output().unwrap().stdout)
            .unwrap();
    assert_eq!(
        (&again[0]["files"][0]["new"], &again[0]["files"][0]["trust"]),
        (&false.into(), &"first".into())
    );
    let listed = sandbox.json(&["model", "list", "--data", "d", "--json"]);
    let tiny = listed
        .as_array()
        .unwrap()
        .iter()
        .find(|model| model["name"] == "tiny")
        .unwrap();
    assert_eq!(
        (&tiny["state"], &tiny["bytes"]),
        (&"pulled".into(), &SIZE.into())
    );
    assert_eq!(
        hub.asked().len(),
        asked,
        "only `pull` connects, and only for what is missing"
    );
}

#[test]
fn a_changed_file_fails_verification() {
    let (sandbox, hub) = (sandbox(), Hub::start(0, false));
    assert!(pull(&sandbox, &hub, &[]).status().unwrap().success());
    // The right hash does not make it a model.
    let ran = sandbox.run(&["model", "verify", "tiny", "--data", "d", "--json"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let shown: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(shown[0]["files"][0]["path"], "tiny.gguf");
    assert!(
        shown[0]["problems"][0].as_str().unwrap().contains("GGUF"),
        "{shown}"
    );

    let mut bytes = content();
    bytes[5] ^= 1;
    sandbox.write("d/models/tiny/tiny.gguf", bytes);
    let ran = sandbox.run(&["model", "verify", "--data", "d", "--json"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let shown: Value = serde_json::from_str(&ran.out).unwrap();
    let problem = shown[0]["problems"][0].as_str().unwrap();
    assert!(
        problem.contains("tiny.gguf") && problem.contains("chengzhi model pull tiny"),
        "{problem}"
    );
}

#[test]
fn a_folder_stands_in_for_the_network() {
    let sandbox = sandbox();
    sandbox.write("usb/tiny.gguf", content());
    let ran = sandbox.run(&[
        "model", "pull", "tiny", "--from", "usb", "--data", "d", "--json",
    ]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(!ran.err.contains("connecting"), "{}", ran.err);
    assert_eq!(
        std::fs::read(sandbox.path("d/models/tiny/tiny.gguf")).unwrap(),
        content()
    );
}

#[cfg(unix)]
#[test]
fn an_interruption_leaves_a_part_to_go_on_with() {
    let (sandbox, hub) = (sandbox(), Hub::start(1, true));
    let mut command = pull(&sandbox, &hub, &[]);
    let mut child = command
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let part = sandbox.path("d/models/tiny/tiny.gguf.part");
    while std::fs::metadata(&part).map_or(0, |data| data.len()) < 100_000 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let pid = child.id().to_string();
    assert!(
        std::process::Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let mut err = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut err)
        .unwrap();
    assert!(err.contains("goes on from there"), "{err}");
    assert!(pull(&sandbox, &hub, &[]).output().unwrap().status.success());
    assert!(
        hub.asked()[1]
            .to_lowercase()
            .contains("range: bytes=100000-")
    );
    assert_eq!(
        std::fs::read(sandbox.path("d/models/tiny/tiny.gguf")).unwrap(),
        content()
    );
}

#[test]
fn wrong_names_and_manifests_say_what_to_do() {
    let sandbox = sandbox();
    sandbox.write("d/models/odd/model.toml", "titel = 'x'\n");
    sandbox
        .run(&["model", "pull", "none", "--data", "d"])
        .failed(1, &["no model `none`", "`qwen3-0.6b`", "hint: "]);
    sandbox
        .run(&["model", "pull", "vllm", "--data", "d"])
        .failed(1, &["`vllm` is a server"]);
    sandbox
        .run(&["model", "pull", "odd", "--data", "d"])
        .failed(1, &["odd/model.toml", "line 1", "`titel`"]);
    sandbox
        .run(&["model", "pull", "--data", "d"])
        .failed(2, &["<NAME>"]);
    sandbox
        .run(&["model", "pull", "tiny", "--mirror", "moon"])
        .failed(2, &["huggingface", "modelscope"]);
    let ran = sandbox.run(&["check", "--data", "d"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.out.contains("models     llama-3.2-1b") && ran.out.contains("odd/model.toml"),
        "{}",
        ran.out
    );
    let mut command = sandbox.command();
    command
        .env("HF_ENDPOINT", "http://127.0.0.1:1")
        .args(["model", "pull", "tiny", "--from", "nowhere", "--data", "d"]);
    crate::sandbox::Ran::from(command.output().unwrap())
        .failed(1, &["`nowhere/tiny.gguf`", "--from"]);
}
