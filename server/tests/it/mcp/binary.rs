//! The binary: `chengzhi mcp` over standard input and output, and what `chengzhi check` says of a server that is mounted.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::sandbox::{Ran, Sandbox};

/// Runs `chengzhi mcp`, says all of `lines` and closes.
fn said(sandbox: &Sandbox, token: Option<&str>, lines: &[Value]) -> Ran {
    let mut command = sandbox.command();
    if let Some(token) = token {
        command.env("CHENGZHI_TOKEN", token);
    }
    let mut child = command
        .args(["mcp", "--data", "data"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    for line in lines {
        // A program that has ended hears nothing.
        let _ = writeln!(input, "{line}");
    }
    drop(input);
    child.wait_with_output().unwrap().into()
}

fn talk() -> [Value; 3] {
    [
        json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
        }}),
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}),
    ]
}

#[test]
fn it_talks_over_standard_input_and_output() {
    let sandbox = Sandbox::new();
    let add = [
        "token", "add", "wang", "--role", "officer", "--data", "data",
    ];
    let token = sandbox.run(&add).out.trim().to_owned();
    for (token, may) in [(None, false), (Some(token.as_str()), true)] {
        let ran = said(&sandbox, token, &talk());
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        // Nothing but messages, one a line.
        let lines = ran.out.lines().map(serde_json::from_str::<Value>);
        let answers: Vec<Value> = lines.collect::<Result<_, _>>().unwrap();
        assert_eq!(answers[0]["result"]["protocolVersion"], "2025-11-25");
        let tools = answers[1]["result"]["tools"].as_array().unwrap();
        let has = |name: &str| tools.iter().any(|tool| tool["name"] == name);
        assert!(has("policy-search") && has("hotline-create"));
        assert_eq!(has("hotline-unit"), may);
    }
    said(&sandbox, Some("cz_nobody"), &talk()).failed(1, &["no token", "hint:"]);
}

/// A server in the shell's language, with one tool.
const SHELL: &str = r#"
while read -r line; do
  id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
  case "$line" in
    *'"initialize"'*) printf '{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"sh","version":"1"}}}\n' "$id";;
    *'"tools/list"'*) printf '{"jsonrpc":"2.0","id":%s,"result":{"tools":[{"name":"book","inputSchema":{"type":"object"}}]}}\n' "$id";;
  esac
done
"#;

#[test]
fn check_says_how_to_pin_a_tool() {
    let sandbox = Sandbox::new();
    let checked = |digest: &str| {
        let command = json!(["sh", "-c", SHELL]);
        let manifest = format!(
            "title = \"外部\"\ndescription = \"外部工具。\"\nkind = \"mcp\"\neffect = \"read\"\nroles = [\"citizen\"]\n\
             [mcp]\ncommand = {command}\nrevision = \"2025-11-25\"\n[[mcp.tool]]\nname = \"book\"\neffect = \"read\"\ndigest = \"{digest}\"\n"
        );
        sandbox.write("tools/visits/tool.toml", manifest);
        sandbox.run(&["check", "--root", ".", "--data", "data"]).out
    };
    let told = checked("sha256:00");
    let (_, rest) = told.split_once("set `digest = \"").unwrap();
    let found = rest.split('"').next().unwrap().to_owned();
    assert!(told.contains("tools/visits/tool.toml"), "{told}");
    assert!(told.contains("pinned: sha256:00"), "{told}");
    assert!(told.contains(&format!("found:  {found}")), "{told}");
    let told = checked(&found);
    assert!(!told.contains("tools/visits"), "{told}");
}
