//! Kind `open311` against servers on this machine that do as they please: what is sent, and what is made of what comes back.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tools::{
    Arguments, Call, Error, Grant, Origin, Outcome, Person, Resources, Store, ToolEntry, Toolbox,
};

use crate::city::noon;
use crate::database::database;

/// What a server does with one request.
#[derive(Clone)]
enum Does {
    /// Answers with a status and a body.
    Answer(u16, String),
    /// Announces more than it sends, and hangs up.
    Half(String),
    /// Hangs up without a word.
    HangUp,
    /// Never answers.
    Nothing,
}

/// A server that does one thing after the other, the last one again and again, and keeps what it was asked.
struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn new(script: Vec<Does>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = asked.clone();
        tokio::spawn(async move {
            let mut script = script.into_iter().peekable();
            while let Ok((mut stream, _)) = listener.accept().await {
                let text = request(&mut stream).await;
                kept.lock().unwrap().push(text);
                let does = script.next().unwrap();
                if script.peek().is_none() {
                    script = vec![does.clone()].into_iter().peekable();
                }
                match does {
                    Does::Answer(status, body) => {
                        let head = format!(
                            "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nlocation: http://127.0.0.1:{port}/\r\nconnection: close\r\n\r\n",
                            body.len()
                        );
                        let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
                    }
                    Does::Half(body) => {
                        let head = "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\nconnection: close\r\n\r\n";
                        let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
                    }
                    Does::HangUp => {}
                    Does::Nothing => {
                        tokio::spawn(async move {
                            let _kept_open = stream;
                            std::future::pending::<()>().await;
                        });
                    }
                }
            }
        });
        Self { port, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// A request with its body.
async fn request(stream: &mut tokio::net::TcpStream) -> String {
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let length = stream.read(&mut buffer).await.unwrap_or(0);
        text.extend_from_slice(&buffer[..length]);
        let said = String::from_utf8_lossy(&text).into_owned();
        let Some((head, body)) = said.split_once("\r\n\r\n") else {
            if length == 0 {
                return said;
            }
            continue;
        };
        let announced = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse::<usize>().ok())?
        });
        if length == 0 || body.len() >= announced.unwrap_or(0) {
            return said;
        }
    }
}

const REPORT: &str = r#"{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
    "required": ["service_code"], "additionalProperties": false,
    "properties": {"service_code": {"type": "string"}, "description": {"type": "string"}, "lat": {"type": "number"},
        "long": {"type": "number"}, "address_string": {"type": "string"}, "attributes": {"type": "object"}}}"#;

fn schema(names: &[&str]) -> String {
    let properties: serde_json::Map<String, Value> = names
        .iter()
        .map(|name| ((*name).to_owned(), json!({"type": "string"})))
        .collect();
    json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "additionalProperties": false, "properties": properties}).to_string()
}

fn manifest(effect: &str, more: &str, port: u16) -> String {
    format!(
        "title = \"邻市转办\"\ndescription = \"把诉求报送邻市。\"\nkind = \"open311\"\neffect = \"{effect}\"\nroles = [\"officer\"]\ntimeout_s = 1\n\n[open311]\nurl = \"http://127.0.0.1:{port}/open311/v2\"\nprivate = true\n{more}\n"
    )
}

fn report(more: &str, port: u16) -> String {
    let rest = format!("operation = \"report\"\napi_key = \"NEIGHBOUR_KEY\"\n{more}");
    manifest("write", &rest, port)
}

fn secret(name: &str) -> Option<String> {
    (name == "NEIGHBOUR_KEY").then(|| "geheim".to_owned())
}

struct Desk {
    toolbox: Toolbox,
    _folder: tempfile::TempDir,
}

impl Desk {
    async fn new(manifest: &str, schema: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&database(folder.path())).await.unwrap();
        let resources = Resources {
            store: store.clone(),
            hotline: None,
            sensors: None,
        };
        let entry = ToolEntry::parse("neighbour", manifest, schema).unwrap();
        let tool = entry.open(&resources, &secret).unwrap();
        Self {
            toolbox: Toolbox::new([tool], store),
            _folder: folder,
        }
    }

    async fn call(&self, arguments: Value, key: &str) -> Result<Value, Error> {
        let person = Person {
            id: "token:clerk".to_owned(),
            role: "officer".to_owned(),
            unit: None,
        };
        let grant = Grant {
            agent: "test".to_owned(),
            tools: BTreeSet::from(["neighbour".to_owned()]),
        };
        let Value::Object(arguments) = arguments else {
            panic!("arguments are an object");
        };
        let call = Call {
            tool: "neighbour".to_owned(),
            arguments: Arguments::all_of(arguments, Origin::Staff),
            grant: grant.clone(),
            person: person.clone(),
            said: Vec::new(),
            key: key.to_owned(),
            approval: None,
            now: noon(),
        };
        match self.toolbox.call(call).await? {
            Outcome::Done(output) => Ok(output.value),
            Outcome::Proposed(proposal) => {
                let lines = proposal.preview.lines.join("\n");
                assert!(lines.starts_with("向 127.0.0.1 报送"), "{lines}");
                assert!(!lines.contains("geheim"), "{lines}");
                let toolbox = &self.toolbox;
                let done = toolbox.confirm(&proposal.id, &person, grant, noon());
                Ok(done.await?.value)
            }
        }
    }
}

fn xml(id: &str) -> Does {
    Does::Answer(
        200,
        format!(
            "<?xml version='1.0'?><service_requests><request><service_request_id>{id}</service_request_id></request></service_requests>"
        ),
    )
}

fn arguments() -> Value {
    json!({"service_code": "001", "description": "路灯 & 电线", "lat": 27.6, "long": 118.6, "attributes": {"WHICH": ["a", "b"]}})
}

fn name(error: &Error) -> &'static str {
    match error {
        Error::Late { .. } => "unclear",
        Error::Failed { .. } => "failed",
        Error::Refused { .. } => "refused",
        _ => "other",
    }
}

#[tokio::test]
async fn a_report_goes_out_as_the_standard_wants_it() {
    let server = Server::new(vec![xml("N1")]).await;
    let desk = Desk::new(
        &report("jurisdiction = \"next.example\"", server.port),
        REPORT,
    )
    .await;
    let done = desk.call(arguments(), "k").await.unwrap();
    assert_eq!(done["service_request_id"], "N1");
    let asked = server.asked();
    assert_eq!(asked.len(), 1);
    assert!(
        asked[0].starts_with("POST /open311/v2/requests.xml?jurisdiction_id=next%2Eexample "),
        "{}",
        asked[0]
    );
    assert!(asked[0].contains("application/x-www-form-urlencoded"));
    let body = asked[0].split("\r\n\r\n").nth(1).unwrap();
    for part in [
        "service_code=001",
        "api_key=geheim",
        "jurisdiction_id=next%2Eexample",
        "attribute%5BWHICH%5D%5B%5D=a&attribute%5BWHICH%5D%5B%5D=b",
        "description=%E8%B7%AF%E7%81%AF%20%26%20%E7%94%B5%E7%BA%BF",
    ] {
        assert!(body.contains(part), "{part}: {body}");
    }
    // The same key again is the same report.
    assert_eq!(desk.call(arguments(), "k").await.unwrap(), done);
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn whatever_a_server_answers_nothing_is_sent_twice() {
    let long = format!("<a>{}</a>", "x".repeat(5 << 20));
    for (does, expected) in [
        (Does::Answer(500, "<html>oops</html>".into()), "unclear"),
        (Does::Answer(200, "<html><body>Welcome</body></html>".into()), "unclear"),
        (Does::Answer(200, String::new()), "unclear"),
        (Does::Answer(200, "<service_requests><request>".into()), "unclear"),
        (Does::Answer(200, long), "unclear"),
        (Does::Half("<service_requests><request><service_request_id>1".into()), "unclear"),
        (Does::HangUp, "unclear"),
        (Does::Nothing, "unclear"),
        (Does::Answer(302, String::new()), "failed"),
        (
            Does::Answer(400, "<errors><error><code>400</code><description>service_code is unknown</description></error></errors>".into()),
            "refused",
        ),
        (Does::Answer(403, "[{\"code\": 403, \"description\": \"no such key\"}]".into()), "refused"),
        (Does::Answer(404, "not found".into()), "refused"),
    ] {
        let server = Server::new(vec![does]).await;
        let desk = Desk::new(&report("", server.port), REPORT).await;
        let error = desk.call(arguments(), "k").await.unwrap_err();
        assert_eq!(name(&error), expected, "{error}");
        assert_eq!(server.asked().len(), 1);
        if expected == "unclear" {
            // Asked again it is still unclear, and the other city is not troubled.
            let error = desk.call(arguments(), "k").await.unwrap_err();
            assert_eq!(name(&error), "unclear");
            assert_eq!(server.asked().len(), 1);
        }
    }
}

#[tokio::test]
async fn what_a_server_complains_of_is_told() {
    let said = "<errors><error><code>400</code><description>base is a duplicate</description></error></errors>";
    let server = Server::new(vec![Does::Answer(400, said.into())]).await;
    let desk = Desk::new(&report("", server.port), REPORT).await;
    let error = desk.call(arguments(), "k").await.unwrap_err().to_string();
    assert!(
        error.contains("base is a duplicate") && error.contains("127.0.0.1"),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_has_nothing() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let desk = Desk::new(&report("", port), REPORT).await;
    let error = desk.call(arguments(), "k").await.unwrap_err();
    assert_eq!(name(&error), "failed", "{error}");
}

#[tokio::test]
async fn a_lost_answer_is_found_by_our_name_where_the_server_keeps_it() {
    let folder = "key_parameter = \"external_id\"";
    // The name is in what was sent; the list has it under the same parameter.
    let probe = Server::new(vec![Does::Answer(500, String::new())]).await;
    let desk = Desk::new(&report(folder, probe.port), REPORT).await;
    desk.call(arguments(), "k").await.unwrap_err();
    let sent = probe.asked()[0].clone();
    let ours = sent.split("external_id=").nth(1).unwrap();
    let ours: String = ours.chars().take(32).collect();
    let list = |name: &str| {
        format!(
            r#"[{{"service_request_id": 1, "external_id": "other"}}, {{"service_request_id": 77, "external_id": "{name}", "status": "OPEN"}}]"#
        )
    };
    let server = Server::new(vec![
        Does::Nothing,
        Does::Answer(500, String::new()),
        Does::Answer(200, list("another")),
        Does::Answer(200, list(&ours)),
    ])
    .await;
    let desk = Desk::new(&report(folder, server.port), REPORT).await;
    // The answer is lost; the list cannot be read; it lags behind; there it is.
    for _ in 0..3 {
        let error = desk.call(arguments(), "k").await.unwrap_err();
        assert_eq!(name(&error), "unclear", "{error}");
    }
    let found = desk.call(arguments(), "k").await.unwrap();
    assert_eq!(
        (&found["service_request_id"], &found["status"]),
        (&json!("77"), &json!("open"))
    );
    let asked = server.asked();
    let posts = asked.iter().filter(|text| text.starts_with("POST"));
    assert_eq!(posts.count(), 1);
    assert!(
        asked[1].starts_with("GET /open311/v2/requests.xml?start_date=2026%2D11%2D22T")
            || asked[1].starts_with("GET /open311/v2/requests.xml?start_date=2026-11-22T"),
        "{}",
        asked[1]
    );
}

#[tokio::test]
async fn what_is_there_is_read() {
    let request = "<service_requests><request><service_request_id>HL/1</service_request_id><status>open</status></request></service_requests>";
    let server = Server::new(vec![Does::Answer(200, request.into())]).await;
    let read =
        |operation: &str| manifest("read", &format!("operation = \"{operation}\""), server.port);
    let desk = Desk::new(&read("status"), &schema(&["service_request_id"])).await;
    let done = desk
        .call(json!({"service_request_id": "../HL/1?x"}), "")
        .await
        .unwrap();
    assert_eq!(done["requests"][0]["status"], "open");
    assert!(
        server.asked()[0].starts_with("GET /open311/v2/requests/%2E%2E%2FHL%2F1%3Fx.xml "),
        "{}",
        server.asked()[0]
    );

    let services = r#"[{"service_code": "001", "service_name": "Potholes", "metadata": true}]"#;
    let server = Server::new(vec![Does::Answer(200, services.into())]).await;
    let desk = Desk::new(
        &manifest(
            "read",
            "operation = \"services\"\nformat = \"json\"",
            server.port,
        ),
        &schema(&["service_code"]),
    )
    .await;
    assert_eq!(
        desk.call(json!({}), "").await.unwrap()["services"][0]["service_code"],
        "001"
    );
    assert!(server.asked()[0].starts_with("GET /open311/v2/services.json "));

    let updates = "<service_request_updates><request_update><update_id>1</update_id><status>fixed</status></request_update></service_request_updates>";
    let server = Server::new(vec![
        Does::Answer(200, updates.into()),
        Does::Answer(200, "<html/>".into()),
        Does::Answer(500, String::new()),
        Does::Nothing,
    ])
    .await;
    let desk = Desk::new(
        &manifest("read", "operation = \"updates\"", server.port),
        &schema(&["start_date", "end_date"]),
    )
    .await;
    let span = json!({"start_date": "2026-11-21T00:00:00+08:00"});
    let done = desk.call(span.clone(), "").await.unwrap();
    assert_eq!(done["updates"][0]["status"], "FIXED");
    assert!(
        server.asked()[0].contains("start_date=2026-11-21T00%3A00%3A00%2B08%3A00"),
        "{}",
        server.asked()[0]
    );
    for expected in ["failed", "failed", "unclear"] {
        let error = desk.call(span.clone(), "").await.unwrap_err();
        // A read has no effect: that it is late is all that there is to say.
        assert!(
            name(&error) == expected || name(&error) == "failed",
            "{error}"
        );
    }
}

#[test]
fn a_folder_says_what_is_wrong_with_it() {
    let entry = |manifest: &str, schema: &str| {
        let resources = tokio::runtime::Runtime::new().unwrap();
        resources.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(&database(folder.path())).await.unwrap();
            let resources = Resources {
                store,
                hotline: None,
                sensors: None,
            };
            ToolEntry::parse("neighbour", manifest, schema)
                .and_then(|entry| entry.open(&resources, &secret))
                .err()
                .map_or(String::new(), |error| error.to_string())
        })
    };
    assert_eq!(entry(&report("", 1), REPORT), "");
    for (manifest, schema, said) in [
        (
            manifest("read", "operation = \"report\"", 1),
            REPORT.to_owned(),
            "effect",
        ),
        (
            manifest("write", "operation = \"report\"", 1),
            REPORT.to_owned(),
            "api_key",
        ),
        (
            manifest("write", "operation = \"status\"", 1),
            schema(&["service_request_id"]),
            "effect",
        ),
        (
            manifest("read", "operation = \"status\"", 1),
            schema(&["id"]),
            "`id`",
        ),
        (
            report("key_parameter = \"description\"", 1),
            REPORT.to_owned(),
            "key_parameter",
        ),
        (
            report("", 1).replace("NEIGHBOUR_KEY", "OTHER_KEY"),
            REPORT.to_owned(),
            "OTHER_KEY",
        ),
        (
            report("", 1).replace("private = true", ""),
            REPORT.to_owned(),
            "plain http",
        ),
        (report("colour = 1", 1), REPORT.to_owned(), "colour"),
    ] {
        let message = entry(&manifest, &schema);
        assert!(message.contains(said), "{said}: {message}");
    }
}
