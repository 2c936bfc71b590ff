//! Commands, exit codes and messages.

use serde_json::Value;

use crate::sandbox::{Sandbox, keys, with_corpus};

#[test]
fn help_teaches() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["--help"]);
    assert_eq!(ran.code, Some(0));
    // Blank lines of the help carry blanks, which editors take away.
    let lines: Vec<&str> = ran.out.lines().map(str::trim_end).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    Answers from policy documents, each sentence with the clause it comes from.

    Without a command, `serve` is run: it prepares the demo city and serves the page on http://127.0.0.1:8787.

    Usage: chengzhi [OPTIONS] [COMMAND]

    Commands:
      serve     Serve the page and the APIs (what happens without a command)
      ask       Ask one question
      chat      Ask in a conversation, line by line
      mcp       Serve tools and policy search to another program over standard input and output (MCP)
      ingest    Read documents into a corpus
      search    Find passages, without an answer
      check     Load every manifest and data file and name what is wrong
      corpus    Look into corpora: list, show, diff
      model     Models that word answers: list, pull, verify, bench, chat
      eval      Measure agents, models and detectors: run suites, score files
      orders    Work orders: list, show, import, export, rates
      digest    Summarise the orders of some days: counts, deadlines, the three rates, hot issues, what is new
      draft     Draft a reply to a request, point by point, with clauses
      sensors   What sensors measured: ask, list, import
      audit     The audit log: verify
      database  Records in PostgreSQL: copy
      replay    Run recorded turns again and compare the answers byte for byte
      train     Learn from a city's own records: dispatch
      token     Tokens of officers and developers: add, list, revoke
      schema    Write the JSON schemas of manifests, settings and answers to config/schema
      help      Print this message or the help of the given subcommand(s)

    Options:
          --agent <NAME>
              Agent that answers

              [default: policy-qa]

          --corpus <NAME>
              Corpus to use; may be given several times. Without it: all that agent and caller may read

          --as-of <YYYY-MM-DD>
              Ask for the rules of that day instead of today

          --place <PLACE>
              Place whose rules are asked for, for example 临江区

          --conversation <ID>
              Go on with this conversation

          --limit <N>
              Passages to look at, or to show, at most 100; of `eval`: cases to run

          --data <DIR>
              Folder of corpora, models, conversations, tokens and the audit log [default: data/ in a checkout]

          --config <FILE>
              Settings file; only keys that differ from `config/default.toml`

              [env: CHENGZHI_CONFIG]

          --root <DIR>
              Folder with agents/, corpora/, evals/, models/, seeds/, config/ to use, part by part, in place of the files inside the program; data are kept in its data/

              [env: CHENGZHI_ROOT]

          --json
              Print data as JSON

      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    Examples:
      chengzhi                                        serve the page and the APIs
      chengzhi ask "孩子刚出生怎么上户口？"           ask once
      chengzhi ingest ./policies --corpus mine        make a corpus of your own documents
      chengzhi ask "押金不退怎么办？" --corpus mine     ask it
      chengzhi check                                  see which files are used and what is wrong with them

    Settings: `config/default.toml` describes every key. The order is defaults, --config FILE, CHENGZHI_* variables, options.
    Exit codes: 0 done, 1 failed, 2 wrong usage.
    "#);
    for command in [
        "serve", "ask", "chat", "ingest", "search", "check", "corpus", "model", "audit",
        "database", "replay", "token", "schema",
    ] {
        let ran = sandbox.run(&[command, "--help"]);
        assert_eq!(ran.code, Some(0), "{command}");
        assert!(
            ran.out
                .contains(&format!("Examples:\n  chengzhi {command}")),
            "{command}: {}",
            ran.out
        );
    }
}

#[test]
fn wrong_usage_is_two() {
    let sandbox = Sandbox::new();
    sandbox.run(&["fly"]).failed(2, &["fly"]);
    sandbox.run(&["ask"]).failed(2, &["<QUESTION>"]);
    sandbox
        .run(&["ask", "问", "--as-of", "2023-02-29"])
        .failed(2, &["--as-of", "2023-02-29", "YYYY-MM-DD"]);
    sandbox
        .run(&["ask", "问", "--limit", "0"])
        .failed(2, &["--limit"]);
    sandbox.run(&["ingest", "."]).failed(2, &["--corpus NAME"]);
    sandbox
        .run(&["ingest", ".", "--corpus", "a", "--corpus", "b"])
        .failed(2, &["exactly one"]);
    sandbox
        .run(&["serve", "--address", "localhost"])
        .failed(2, &["--address"]);
    sandbox
        .run(&["token", "add", "x", "--role", "king"])
        .failed(2, &["officer", "developer"]);
    assert!(
        sandbox.entries().is_empty(),
        "wrong usage leaves nothing: {:?}",
        sandbox.entries()
    );
}

#[cfg(unix)]
#[test]
fn invalid_utf8_is_wrong_usage() {
    use std::os::unix::ffi::OsStrExt;
    let sandbox = Sandbox::new();
    let argument = std::ffi::OsStr::from_bytes(b"\xe6\x80\xff");
    let output = sandbox.command().arg("ask").arg(argument).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("UTF-8"));
}

#[test]
fn an_empty_directory_is_enough() {
    let sandbox = Sandbox::new();
    let answer = sandbox.json(&["ask", "孩子刚出生怎么上户口？", "--json"]);
    let contract = [
        "status",
        "question",
        "interpreted",
        "as_of",
        "jurisdiction",
        "lead",
        "sentences",
        "citations",
        "missing",
        "searched",
        "next",
        "choices",
        "message",
        "mode",
        "degraded",
        "agent",
        "label",
        "aigc",
        "conversation",
        "form",
        "queue",
        "watch",
        "draft",
        "digest",
    ];
    assert_eq!(keys(&answer), contract);
    assert_eq!(answer["status"], "answered", "{answer}");
    assert_eq!(answer["mode"], "off");
    assert_eq!(answer["as_of"], "2026-11-21");
    let citation = [
        "id",
        "kind",
        "corpus",
        "document",
        "title",
        "path",
        "text",
        "effective_from",
        "effective_to",
        "revision",
    ];
    assert_eq!(keys(&answer["citations"][0]), citation);
    assert_eq!(
        sandbox.entries(),
        ["xdg"],
        "nothing is written beside the data directory"
    );
    let checked = sandbox.json(&["check", "--json"]);
    assert_eq!(checked["origin"], "the files inside the program");
    assert_eq!(checked["problems"], Value::Array(Vec::new()));
    let listed = sandbox.json(&["corpus", "list", "--json"]);
    assert_eq!(listed[0]["name"], "helan");
}

#[test]
fn a_named_data_directory_is_not_filled() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["ask", "押金不退怎么办？", "--data", "d", "--json"]);
    assert_eq!(ran.code, Some(0), "a refusal is an answer");
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        (&answer["status"], &answer["searched"]),
        (&"refused".into(), &Value::Array(Vec::new()))
    );
    assert!(
        ran.err
            .contains("hint: `chengzhi ingest FOLDER --corpus NAME --data d`"),
        "{}",
        ran.err
    );
    sandbox
        .run(&["search", "押金", "--data", "d"])
        .failed(1, &["there is no corpus in `d`", "chengzhi ingest"]);
    assert_eq!(
        sandbox.json(&["corpus", "list", "--data", "d", "--json"]),
        Value::Array(Vec::new())
    );
}

#[test]
fn a_conversation_goes_on() {
    let sandbox = Sandbox::new();
    let answer = sandbox.json(&["ask", "孩子刚出生怎么上户口？", "--json"]);
    let id = answer["conversation"].as_str().unwrap();
    let next = sandbox.json(&["ask", "那要带什么材料？", "--conversation", id, "--json"]);
    assert_eq!(next["conversation"], id);
    sandbox
        .run(&["ask", "问", "--conversation", "none-such"])
        .failed(1, &["none-such"]);
    let verified = sandbox.json(&["audit", "verify", "--json"]);
    assert_eq!(verified["verified"], true);
    assert!(verified["records"].as_u64().unwrap() >= 6, "{verified}");
}

#[test]
fn chat_keeps_the_conversation() {
    let sandbox = Sandbox::new();
    let input =
        "孩子刚出生怎么上户口？\n\n那要带什么材料？\n:new\n夜里施工太吵找谁管？\n:q\n不会问到\n";
    sandbox.write("input", input);
    let stdin = std::fs::File::open(sandbox.path("input")).unwrap();
    let output = sandbox
        .command()
        .args(["chat", "--json"])
        .stdin(stdin)
        .output()
        .unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let answers: Vec<Value> = serde_json::Deserializer::from_slice(&output.stdout)
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let ids: Vec<&str> = answers
        .iter()
        .map(|answer| answer["conversation"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), 3);
    assert!(ids[0] == ids[1] && ids[1] != ids[2], "{ids:?}");
}

#[test]
fn unknown_names_are_told() {
    let sandbox = with_corpus();
    sandbox
        .run(&["ask", "问", "--agent", "nobody", "--data", "d"])
        .failed(1, &["no agent `nobody`", "hint: "]);
    sandbox
        .run(&["ask", "问", "--corpus", "none", "--data", "d"])
        .failed(1, &["no corpus `none`", "hint: "]);
    sandbox
        .run(&["search", "问", "--corpus", "none", "--data", "d"])
        .failed(1, &["no corpus `none`", "hint: "]);
    sandbox
        .run(&["corpus", "show", "none", "--data", "d"])
        .failed(1, &["no corpus and no document `none`", "hint: "]);
    sandbox
        .run(&["corpus", "diff", "mine", "none", "--data", "d"])
        .failed(1, &["no document `none`", "hint: "]);
    sandbox
        .run(&[
            "ingest",
            "policies",
            "--corpus",
            "Not A Name",
            "--data",
            "d",
        ])
        .failed(1, &["not a corpus name"]);
}

#[test]
fn wrong_questions_are_told() {
    let sandbox = with_corpus();
    sandbox
        .run(&["ask", " \u{3000} ", "--data", "d"])
        .failed(1, &["empty"]);
    let long = "问".repeat(30_000);
    sandbox
        .run(&["ask", &long, "--data", "d"])
        .failed(1, &["30000 characters"]);
    // Markup and direction marks are words like others, and do not steer the terminal.
    let ran = sandbox.run(&[
        "ask",
        "<img src=x onerror=alert(1)> \u{202e}路灯\u{200b}",
        "--data",
        "d",
    ]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(!ran.out.contains('\u{202e}'));
}

#[test]
fn check_names_file_key_and_line() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "root/agents/mine/agent.toml",
        "title = \"x\"\ncolour = \"red\"\n",
    );
    sandbox.write("root/agents/mine/prompt.md", "");
    sandbox.write("root/agents/mine/cases.jsonl", "");
    let ran = sandbox.run(&["check", "--root", "root", "--data", "d"]);
    assert_eq!(ran.code, Some(1));
    for word in [
        "the folder `",
        "agents/mine/agent.toml",
        "line 2",
        "`colour`",
        "1 problem",
    ] {
        assert!(ran.out.contains(word), "no `{word}` in: {}", ran.out);
    }
    sandbox
        .run(&["check", "--root", "nothing"])
        .failed(1, &["`nothing`", "--root", "hint: "]);
}

#[test]
fn settings_name_file_key_and_line() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "my.toml",
        "[server]\naddress = \"127.0.0.1:0\"\n\n[city]\nmayor = \"x\"\n",
    );
    sandbox
        .run(&["check", "--config", "my.toml"])
        .failed(1, &["my.toml", "line 5", "`mayor`"]);
    sandbox
        .run(&["check", "--config", "none.toml"])
        .failed(1, &["none.toml", "because"]);
    let output = sandbox
        .command()
        .arg("check")
        .env("CHENGZHI_ADDRESS", "here")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("CHENGZHI_ADDRESS")
    );
    let example = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../config/production.example.toml"
    );
    assert_eq!(
        sandbox.json(&["check", "--config", example, "--json"])["data"],
        "/var/lib/chengzhi"
    );
}

#[test]
fn tokens_are_shown_once() {
    let sandbox = Sandbox::new();
    let made = sandbox.json(&[
        "token", "add", "desk", "--role", "officer", "--data", "d", "--json",
    ]);
    let token = made["token"].as_str().unwrap();
    sandbox
        .run(&["token", "add", "desk", "--role", "officer", "--data", "d"])
        .failed(1, &["desk", "hint: "]);
    let listed = sandbox.run(&["token", "list", "--data", "d"]);
    assert!(
        listed.out.contains("desk") && !listed.out.contains(token),
        "{}",
        listed.out
    );
    assert_eq!(
        sandbox
            .run(&["token", "revoke", "desk", "--data", "d"])
            .code,
        Some(0)
    );
    sandbox
        .run(&["token", "revoke", "desk", "--data", "d"])
        .failed(1, &["desk"]);
    assert!(sandbox.json(&["token", "list", "--data", "d", "--json"])[0]["revoked"].is_string());
}

#[test]
fn schemas_are_written_where_asked() {
    let sandbox = Sandbox::new();
    sandbox
        .run(&["schema"])
        .failed(1, &["not a checkout", "--output"]);
    let ran = sandbox.run(&["schema", "--output", "schemas"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let text = std::fs::read_to_string(sandbox.path("schemas/answer.json")).unwrap();
    assert!(text.contains("\"aigc\""));
}
