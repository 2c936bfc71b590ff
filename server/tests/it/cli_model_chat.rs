//! `chengzhi model chat` with random weights and with an endpoint of this test.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::sandbox::{Ran, Sandbox, keys};

/// A model that says nonsense, deterministically.
fn tiny() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models/tests/data/tiny/qwen3");
    path.to_str().unwrap().to_owned()
}

fn chat(sandbox: &Sandbox, arguments: &[&str]) -> Ran {
    let tiny = tiny();
    let head = ["model", "chat", &tiny, "--data", "d"];
    sandbox.run(&[&head[..], arguments].concat())
}

fn answer(sandbox: &Sandbox, arguments: &[&str]) -> Value {
    let ran = chat(sandbox, &[arguments, &["--json"]].concat());
    assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

/// What comes of lines on standard input.
fn lines(mut command: std::process::Command, lines: &str) -> Ran {
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(lines.as_bytes()).unwrap();
    drop(input);
    child.wait_with_output().unwrap().into()
}

fn objects(text: &str) -> Vec<Value> {
    let objects = serde_json::Deserializer::from_str(text).into_iter();
    objects.map(Result::unwrap).collect()
}

#[test]
fn a_bare_model_answers_once_and_says_that_nothing_is_checked() {
    let sandbox = Sandbox::new();
    // Random weights may end at once; a pattern makes them go on.
    let arguments = ["你好", "--regex", "[a-z]{20}", "--system", "简短"];
    let said = answer(&sandbox, &arguments);
    assert_eq!(
        keys(&said),
        ["text", "tool_calls", "stop", "usage", "seconds"]
    );
    assert!(said["usage"]["output_tokens"].as_u64().unwrap() <= 21);
    let text = said["text"].as_str().unwrap();
    assert_eq!(text.len(), 20, "{text}");
    let ran = chat(&sandbox, &arguments);
    assert_eq!((ran.code, ran.out), (Some(0), format!("{text}\n")));
    for words in ["nothing that it says is checked", "tokens read"] {
        assert!(ran.err.contains(words), "{}", ran.err);
    }
}

#[test]
fn answers_are_sampled_as_they_are_asked_for() {
    let sandbox = Sandbox::new();
    let text = |seed: &str| {
        let arguments = "--regex [a-z]{20} --temperature 1 --top-p 0.99 --top-k 100 --min-p 0.001 --repetition-penalty 1.1";
        let mut arguments: Vec<&str> = arguments.split(' ').collect();
        arguments.extend(["你好", "--seed", seed]);
        answer(&sandbox, &arguments)["text"].clone()
    };
    assert_eq!(text("1"), text("1"));
    assert_ne!(text("1"), text("2"));
    chat(&sandbox, &["你好", "--temperature=-1"]).failed(1, &["`temperature` must be"]);
}

#[test]
fn answers_fit_what_is_asked_for() {
    let sandbox = Sandbox::new();
    sandbox.write("schema.json", r#"{"type": "object", "properties": {"n": {"enum": [1, 2]}}, "required": ["n"], "additionalProperties": false}"#);
    sandbox.write("grammar.lark", "start: \"yes\" | \"no\"\n");
    sandbox.write("tools.json", r#"[{"name": "weather", "description": "Weather", "parameters": {"type": "object", "properties": {"day": {"enum": ["mon", "tue"]}}, "required": ["day"], "additionalProperties": false}}]"#);
    let text = |arguments: &[&str]| {
        let said = answer(&sandbox, &[&["答"], arguments].concat());
        said["text"].as_str().unwrap().to_owned()
    };
    let value: Value = serde_json::from_str(&text(&["--json-schema", "schema.json"])).unwrap();
    assert!(
        [json!({"n": 1}), json!({"n": 2})].contains(&value),
        "{value}"
    );
    let number = text(&["--regex", "[0-9]{3}"]);
    assert!(number.len() == 3 && number.bytes().all(|byte| byte.is_ascii_digit()));
    assert!(["yes", "no"].contains(&text(&["--grammar", "grammar.lark"]).as_str()));

    let said = answer(&sandbox, &["答", "--tools", "tools.json", "--call"]);
    let call = &said["tool_calls"][0];
    assert_eq!(
        (&said["stop"], &call["name"]),
        (&"tool_calls".into(), &"weather".into())
    );
    assert!(["mon", "tue"].contains(&call["arguments"]["day"].as_str().unwrap()));
    let ran = chat(&sandbox, &["答", "--tools", "tools.json", "--call"]);
    assert!(ran.out.starts_with("weather {\"day\":\""), "{}", ran.out);
}

#[test]
fn lines_are_one_talk() {
    let sandbox = Sandbox::new();
    let talk = |text: &str| {
        let tiny = tiny();
        let mut command = sandbox.command();
        command.args([
            "model",
            "chat",
            &tiny,
            "--data",
            "d",
            "--json",
            "--max-tokens",
            "8",
        ]);
        let ran = lines(command, text);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        objects(&ran.out)
    };
    let read = |answer: &Value| answer["usage"]["input_tokens"].as_u64().unwrap();
    let answers = talk("你好\n\n你好\n:new\n你好\n:q\n你好\n");
    assert_eq!(answers.len(), 3);
    assert!(
        read(&answers[1]) > read(&answers[0]),
        "what was said is remembered"
    );
    assert_eq!(answers[2]["text"], answers[0]["text"]);
    assert_eq!(read(&answers[2]), read(&answers[0]));
}

/// An endpoint that answers each request with a list of events, and then brings what it was asked. After the last answer
/// it stays silent until the caller has left.
fn endpoint(
    listener: TcpListener,
    answers: Vec<Vec<Value>>,
) -> std::thread::JoinHandle<Vec<Value>> {
    std::thread::spawn(move || {
        let mut asked = Vec::new();
        for events in answers {
            let (mut stream, _) = listener.accept().unwrap();
            asked.push(request(&mut stream));
            let head =
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
            let lines = events.iter().map(|event| match event {
                Value::Null => "data: [DONE]\n\n".to_owned(),
                event => format!("data: {event}\n\n"),
            });
            let text = head.to_owned() + &lines.collect::<String>();
            stream.write_all(text.as_bytes()).unwrap();
            if !events.contains(&Value::Null) {
                let _ = stream.read(&mut [0]);
            }
        }
        asked
    })
}

fn request(stream: &mut impl Read) -> Value {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let length = head.split("content-length: ").nth(1).unwrap();
    let mut body = vec![0; length.lines().next().unwrap().parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    serde_json::from_slice(&body).unwrap()
}

/// A sandbox with the endpoint `city`, and where that listens.
fn city() -> (Sandbox, TcpListener, String) {
    let sandbox = Sandbox::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let manifest = format!(
        "title = 'a'\nlicence = 'b'\ncontext = 4096\n[remote]\nmodel = 'm'\nurl = '{url}'\nsupports = ['tools']\n"
    );
    sandbox.write("d/models/city/model.toml", manifest);
    (sandbox, listener, url)
}

fn event(delta: &Value, finish: Option<&str>) -> Value {
    json!({"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
}

#[test]
fn an_endpoint_is_talked_to_in_the_same_way_and_a_call_wants_its_result() {
    let (sandbox, listener, url) = city();
    sandbox.write(
        "tools.json",
        r#"[{"name": "weather", "description": "Weather", "parameters": {"type": "object"}}]"#,
    );
    let call = json!({"tool_calls": [{"index": 0, "id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}]});
    let served = endpoint(
        listener,
        vec![
            vec![
                event(&call, None),
                event(&json!({}), Some("tool_calls")),
                Value::Null,
            ],
            vec![
                event(&json!({"content": "有雨"}), None),
                event(&json!({}), Some("stop")),
                Value::Null,
            ],
        ],
    );
    let mut command = sandbox.command();
    command.args([
        "model",
        "chat",
        "city",
        "--data",
        "d",
        "--json",
        "--tools",
        "tools.json",
    ]);
    let ran = lines(command, "明天呢？\n{\"rain\": true}\n");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(
        ran.err.contains(&url),
        "where the words go is told: {}",
        ran.err
    );
    let answers = objects(&ran.out);
    assert_eq!(answers[0]["tool_calls"][0]["name"], "weather");
    assert_eq!(answers[1]["text"], "有雨");
    let asked = served.join().unwrap();
    let messages = asked[1]["messages"].as_array().unwrap();
    let roles: Vec<&str> = messages
        .iter()
        .map(|message| message["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["user", "assistant", "tool"]);
    assert_eq!(messages[2]["content"], "{\"rain\": true}");
    assert_eq!(
        messages[2]["tool_call_id"],
        messages[1]["tool_calls"][0]["id"]
    );
}

#[cfg(unix)]
#[test]
fn an_interruption_stops_an_answer() {
    let (sandbox, listener, _) = city();
    let begun = event(&json!({"content": "有雨，"}), None);
    let served = endpoint(listener, vec![vec![begun]]);
    let mut command = sandbox.command();
    command.args(["model", "chat", "city", "明天呢？", "--data", "d"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut first = [0; 3];
    let stdout = child.stdout.as_mut().unwrap();
    stdout.read_exact(&mut first).unwrap();
    assert_eq!(first, "有".as_bytes());
    let pid = child.id().to_string();
    let killed = std::process::Command::new("kill")
        .args(["-INT", &pid])
        .status();
    assert!(killed.unwrap().success());
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), "雨，\n"));
    assert!(ran.err.ends_with("error: interrupted\n"), "{}", ran.err);
    assert_eq!(served.join().unwrap().len(), 1, "the endpoint is left");
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let sandbox = Sandbox::new();
    sandbox.write("bad.json", "{");
    sandbox.write("empty.json", "[]");
    sandbox.write("weights.gguf", "GGUF");
    let run = |arguments: &[&str]| {
        sandbox.run(&[&["model", "chat"], arguments, &["--data", "d"]].concat())
    };
    run(&["none", "你好"]).failed(1, &["no model `none`", "hint: ", "`qwen3-0.6b`"]);
    run(&["qwen3-0.6b", "你好"]).failed(1, &["is not there", "chengzhi model pull qwen3-0.6b"]);
    run(&["./none.gguf", "你好"]).failed(1, &["no file or folder `./none.gguf`", "hint: "]);
    run(&["weights.gguf", "你好"]).failed(1, &["weights.gguf"]);
    run(&["qwen3-0.6b", "--json-schema", "nowhere.json"])
        .failed(1, &["`nowhere.json`", "--json-schema"]);
    run(&["qwen3-0.6b", "--json-schema", "bad.json"]).failed(1, &["`bad.json` is not JSON"]);
    run(&["qwen3-0.6b", "--tools", "bad.json"]).failed(1, &["not a list of tools", "--help"]);
    run(&["qwen3-0.6b", "--tools", "empty.json"]).failed(1, &["holds no tools"]);
    run(&["qwen3-0.6b", "--call"]).failed(2, &["--tools"]);
    run(&["qwen3-0.6b", "--regex", "a", "--grammar", "b"]).failed(2, &["cannot be used with"]);
    run(&["qwen3-0.6b", "--max-tokens", "0"]).failed(2, &["--max-tokens"]);
    chat(&sandbox, &["你好", "--max-tokens", "9000"]).failed(1, &["context of 8192", "max_tokens"]);
}
