//! Kind `http` against a server on this machine: where it connects, what it sends, what it makes of the answer.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tools::{
    Arguments, Call, Error, Grant, Origin, Outcome, Person, Resources, Store, ToolEntry, Toolbox,
};

use crate::city::noon;

/// A server that gives one answer to whoever asks, and keeps what they sent.
struct Outside {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Outside {
    /// With `answer` as it goes over the wire; none never answers.
    async fn serve(answer: Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = asked.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (answer, kept) = (answer.clone(), kept.clone());
                tokio::spawn(async move {
                    let mut buffer = vec![0; 65_536];
                    let length = stream.read(&mut buffer).await.unwrap_or(0);
                    let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
                    kept.lock().unwrap().push(text);
                    match answer {
                        Some(answer) => {
                            let _ = stream.write_all(answer.as_bytes()).await;
                        }
                        None => std::future::pending().await,
                    }
                });
            }
        });
        Self { port, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn ok(body: &str) -> Option<String> {
    Some(format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    ))
}

const SCHEMA: &str = r#"{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
    "required": ["id"], "additionalProperties": false,
    "properties": {"id": {"type": "string"}, "note": {"type": "string"}}}"#;

fn manifest(effect: &str, http: &str) -> String {
    format!(
        "title = \"外部接口\"\ndescription = \"查一下\"\nkind = \"http\"\neffect = \"{effect}\"\nroles = [\"citizen\"]\ntimeout_s = 1\n\n[http]\n{http}\n"
    )
}

async fn toolbox(folder: &std::path::Path, manifest: &str) -> Toolbox {
    let store = Store::open(&crate::database::database(folder))
        .await
        .unwrap();
    let resources = Resources {
        store: store.clone(),
        hotline: None,
        sensors: None,
    };
    let entry = ToolEntry::parse("outside", manifest, SCHEMA).unwrap();
    let secret = |name: &str| (name == "OUTSIDE_TOKEN").then(|| "Bearer geheim".to_owned());
    Toolbox::new([entry.open(&resources, &secret).unwrap()], store)
}

async fn call(toolbox: &Toolbox, arguments: Value, key: &str) -> Result<Value, Error> {
    let person = Person {
        id: "conversation:1".to_owned(),
        role: "citizen".to_owned(),
        unit: None,
    };
    let grant = Grant {
        agent: "test".to_owned(),
        tools: std::collections::BTreeSet::from(["outside".to_owned()]),
    };
    let Value::Object(arguments) = arguments else {
        panic!("arguments are an object");
    };
    let outcome = toolbox
        .call(Call {
            tool: "outside".to_owned(),
            arguments: Arguments::all_of(arguments, Origin::Citizen),
            grant: grant.clone(),
            person: person.clone(),
            said: Vec::new(),
            key: key.to_owned(),
            approval: None,
            now: noon(),
        })
        .await?;
    match outcome {
        Outcome::Done(output) => Ok(output.value),
        Outcome::Proposed(proposal) => {
            let done = toolbox
                .confirm(&proposal.id, &person, grant, noon())
                .await?;
            Ok(done.value)
        }
    }
}

fn local(port: u16, more: &str) -> String {
    format!(
        "method = \"GET\"\nurl = \"http://127.0.0.1:{port}/things/{{id}}\"\nhosts = [\"127.0.0.1\"]\nprivate = true\n{more}"
    )
}

#[tokio::test]
async fn arguments_stay_in_their_places() {
    let outside = Outside::serve(ok(r#"{"level": 3}"#)).await;
    let folder = tempfile::tempdir().unwrap();
    let http = local(outside.port, "authorization = \"OUTSIDE_TOKEN\"");
    let toolbox = toolbox(folder.path(), &manifest("read", &http)).await;
    let arguments = json!({"id": "../admin?x=1#y", "note": "a&b=c\r\nHost: evil"});
    let value = call(&toolbox, arguments, "").await.unwrap();
    assert_eq!(value["body"]["level"], 3);
    let asked = outside.asked();
    let head = asked[0].lines().next().unwrap();
    assert_eq!(
        head,
        "GET /things/%2E%2E%2Fadmin%3Fx%3D1%23y?note=a%26b%3Dc%0D%0AHost%3A+evil HTTP/1.1"
    );
    assert!(asked[0].contains("authorization: Bearer geheim"));
}

#[tokio::test]
async fn a_private_network_is_not_reached_unless_the_manifest_says_so() {
    let outside = Outside::serve(ok("{}")).await;
    for host in [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "169.254.169.254",
        "2130706433",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let port = outside.port;
        let listed = if host == "2130706433" {
            "127.0.0.1"
        } else {
            host
        };
        let http = format!(
            "method = \"GET\"\nurl = \"https://{host}:{port}/{{id}}\"\nhosts = [\"{listed}\"]"
        );
        let toolbox = toolbox(folder.path(), &manifest("read", &http)).await;
        let error = call(&toolbox, json!({"id": "1"}), "").await.unwrap_err();
        assert!(
            error.to_string().contains("private network"),
            "{host}: {error}"
        );
    }
    assert_eq!(outside.asked(), Vec::<String>::new(), "nothing was sent");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let inner = Outside::serve(ok("secret")).await;
    let to = format!(
        "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:{}/secret\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        inner.port
    );
    let outside = Outside::serve(Some(to)).await;
    let folder = tempfile::tempdir().unwrap();
    let toolbox = toolbox(folder.path(), &manifest("read", &local(outside.port, ""))).await;
    let error = call(&toolbox, json!({"id": "1"}), "").await.unwrap_err();
    assert!(
        error.to_string().contains("redirects are not followed"),
        "{error}"
    );
    assert_eq!(inner.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn an_answer_that_never_comes_or_never_ends_is_cut_off() {
    let silent = Outside::serve(None).await;
    let flood = Outside::serve(ok(&"x".repeat(2 << 20))).await;
    for (outside, why) in [(&silent, "timed out"), (&flood, "larger than")] {
        let folder = tempfile::tempdir().unwrap();
        let toolbox = toolbox(folder.path(), &manifest("read", &local(outside.port, ""))).await;
        let asked = call(&toolbox, json!({"id": "1"}), "");
        let error = tokio::time::timeout(Duration::from_secs(20), asked)
            .await
            .unwrap();
        let error = error.unwrap_err().to_string();
        let late = "did not answer in time";
        assert!(error.contains(why) || error.contains(late), "{error}");
    }
}

#[tokio::test]
async fn an_effect_that_may_have_happened_is_not_sent_twice() {
    let silent = Outside::serve(None).await;
    let folder = tempfile::tempdir().unwrap();
    let http = local(silent.port, "").replace("GET", "POST");
    let toolbox = toolbox(folder.path(), &manifest("write", &http)).await;
    let error = call(&toolbox, json!({"id": "1"}), "k").await.unwrap_err();
    assert!(matches!(error, Error::Late { .. }), "{error}");
    let again = call(&toolbox, json!({"id": "1"}), "k").await.unwrap_err();
    assert!(matches!(again, Error::Late { .. }), "{again}");
    assert_eq!(silent.asked().len(), 1);
}

#[tokio::test]
async fn an_api_that_keeps_the_key_is_asked_again_with_it() {
    let silent = Outside::serve(None).await;
    let folder = tempfile::tempdir().unwrap();
    let http = local(silent.port, "key_header = \"idempotency-key\"").replace("GET", "POST");
    let toolbox = toolbox(folder.path(), &manifest("write", &http)).await;
    for _ in 0..2 {
        let error = call(&toolbox, json!({"id": "1"}), "k").await.unwrap_err();
        assert!(matches!(error, Error::Late { .. }), "{error}");
    }
    let asked = silent.asked();
    assert_eq!(asked.len(), 2);
    assert!(
        asked.iter().all(|asked| asked.contains("idempotency-key:")),
        "{asked:?}"
    );
}
