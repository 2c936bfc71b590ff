//! The whole program at `/mcp`: who is let in, whose session it is, and an order from the first word to its number.

use std::sync::Arc;
use std::time::Duration;

use agents::{Agent, Role};
use rmcp::model::CallToolResult;
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::{ClientLifecycleMode, serve_client_with_lifecycle};
use serde_json::{Value, json};
use server::settings::Settings;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::client::{Hands, Running, accept, call, modes, status, text};
use crate::http::world::{Serving, World};

/// The program, listening.
struct Program {
    world: World,
    url: String,
    stop: oneshot::Sender<()>,
    served: JoinHandle<std::io::Result<()>>,
    http: reqwest::Client,
}

const ACCEPT: (&str, &str) = ("accept", "application/json, text/event-stream");
const OLD: (&str, &str) = ("mcp-protocol-version", "2025-11-25");

impl Program {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let world = World::with(Arc::new(Agent::run), change).await;
        let Serving {
            address,
            stop,
            served,
        } = world.serve().await;
        Self {
            world,
            url: format!("http://{address}/mcp"),
            stop,
            served,
            http: reqwest::Client::new(),
        }
    }

    async fn token(&self, name: &str, role: Role) -> String {
        self.world.app.store.token_add(name, role).await.unwrap()
    }

    async fn client(
        &self,
        token: Option<&str>,
        hands: Hands,
        mode: ClientLifecycleMode,
    ) -> Running {
        let mut config = StreamableHttpClientTransportConfig::with_uri(self.url.as_str());
        if let Some(token) = token {
            config = config.auth_header(token);
        }
        let transport = StreamableHttpClientTransport::with_client(self.http.clone(), config);
        serve_client_with_lifecycle(hands, transport, mode)
            .await
            .unwrap()
    }

    /// A request as it stands on the wire.
    async fn post(&self, headers: &[(&str, &str)], body: &Value) -> reqwest::Response {
        let mut request = self.http.post(&self.url);
        for (name, value) in headers.iter().chain([&ACCEPT]) {
            request = request.header(*name, *value);
        }
        request.json(body).send().await.unwrap()
    }

    /// Status of a request.
    async fn status(&self, headers: &[(&str, &str)], body: &Value) -> u16 {
        self.post(headers, body).await.status().as_u16()
    }

    /// Begins a session, and returns its number.
    async fn session(&self, headers: &[(&str, &str)]) -> String {
        let response = self.post(headers, &initialize()).await;
        assert_eq!(response.status(), 200);
        let number = response.headers()["mcp-session-id"].to_str().unwrap();
        let number = number.to_owned();
        let greeting = response.text().await.unwrap();
        let revision = "\"protocolVersion\":\"2025-11-25\"";
        assert!(greeting.contains(revision), "{greeting}");
        let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        let mut headers = headers.to_vec();
        headers.extend([OLD, ("mcp-session-id", &number)]);
        assert_eq!(self.status(&headers, &ready).await, 202);
        number
    }
}

fn initialize() -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "wire", "version": "1"},
    }})
}

fn list() -> Value {
    json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"})
}

fn value(result: &CallToolResult) -> Value {
    result.structured_content.clone().unwrap()["value"].clone()
}

/// What the person says when asked.
fn complaint() -> Value {
    json!({
        "text": "我们楼道堆满杂物，轮椅出不去，反映三次了",
        "address": "临江区石桥街道春晓苑5栋2单元",
        "phone": "13900001234",
    })
}

#[tokio::test]
async fn an_order_is_made_and_followed() {
    for mode in modes() {
        let program = Program::new().await;
        let hands = Hands::of([accept(complaint()), accept(json!({"confirm": true}))]);
        let token = program.token("li", Role::Citizen).await;
        let client = program
            .client(Some(&token), hands.clone(), mode.clone())
            .await;
        let made = call(&client, "hotline-create", complaint()).await.unwrap();
        assert_eq!(status(&made), "done", "{made:?}");
        let asked = hands.asked();
        assert_eq!(asked.len(), 2, "{asked:?}");
        // What the program brought is asked for all the same: it is critical, and nobody had said it.
        let names: Vec<&String> = asked[0].1["properties"]
            .as_object()
            .unwrap()
            .keys()
            .collect();
        assert_eq!(names.len(), 3, "{names:?}");
        assert!(asked[1].0.contains("春晓苑5栋"), "{}", asked[1].0);
        let order = value(&made)["order"].as_str().unwrap().to_owned();
        // Somebody else does not see it.
        let hands = || Hands::of([accept(json!({"order": order}))]);
        let mine = program.client(Some(&token), hands(), mode.clone()).await;
        let seen = call(&mine, "hotline-status", json!({"order": order}))
            .await
            .unwrap();
        assert_eq!(status(&seen), "done", "{seen:?}");
        let other = program.token("zhao", Role::Citizen).await;
        for token in [Some(other.as_str()), None] {
            let stranger = program.client(token, hands(), mode.clone()).await;
            let refused = call(&stranger, "hotline-status", json!({"order": order}))
                .await
                .unwrap();
            assert_eq!(refused.is_error, Some(true), "{refused:?}");
            assert!(!text(&refused).contains("春晓苑"), "{}", text(&refused));
        }
    }
}

#[tokio::test]
async fn a_role_sees_its_tools_and_its_corpora() {
    let program = Program::new().await;
    let token = program.token("wang", Role::Officer).await;
    for mode in modes() {
        for (token, may) in [(None, false), (Some(token.as_str()), true)] {
            let client = program.client(token, Hands::default(), mode.clone()).await;
            let tools = client.peer().list_all_tools().await.unwrap();
            let has = |name: &str| tools.iter().any(|tool| tool.name == name);
            assert!(has("hotline-create") && has("policy-search"));
            assert_eq!(has("hotline-unit"), may);
            let unit = call(&client, "hotline-unit", json!({})).await;
            assert_eq!(unit.is_ok(), may, "{unit:?}");
            // That is for the centre, whose token says so.
            assert!(!has("hotline-centre"));
            let search = json!({"query": "值班人员应当两人在岗"});
            let found = call(&client, "policy-search", search).await.unwrap();
            assert_eq!(
                value(&found).to_string().contains("两人在岗"),
                may,
                "{found:?}"
            );
            let search = json!({"query": "楼道堆放杂物怎么罚", "limit": 3});
            let found = call(&client, "policy-search", search).await.unwrap();
            let rows = value(&found);
            assert!(rows.as_array().unwrap().len() <= 3);
            assert!(rows.to_string().contains("楼道管理办法"), "{rows}");
            // The rule of now, not that of then.
            assert!(!rows.to_string().contains("违者警告"), "{rows}");
            let search = json!({"query": "楼道", "place": "无此地"});
            let found = call(&client, "policy-search", search).await.unwrap();
            assert_eq!(found.is_error, Some(true));
        }
    }
}

#[tokio::test]
async fn nobody_enters_anothers_session() {
    let program = Program::new().await;
    let unknown = [("authorization", "Bearer nobody")];
    let response = program.post(&unknown, &initialize()).await;
    assert_eq!(response.status(), 401);
    assert_eq!(response.headers()["www-authenticate"], "Bearer");
    let li = format!("Bearer {}", program.token("li", Role::Citizen).await);
    let wang = format!("Bearer {}", program.token("wang", Role::Officer).await);
    let (li, wang) = (
        ("authorization", li.as_str()),
        ("authorization", wang.as_str()),
    );
    let session = program.session(&[li]).await;
    let session = ("mcp-session-id", session.as_str());
    let mine = program.post(&[li, OLD, session], &list()).await;
    assert!(mine.text().await.unwrap().contains("hotline-create"));
    assert_eq!(program.status(&[wang, OLD, session], &list()).await, 404);
    assert_eq!(program.status(&[OLD, session], &list()).await, 404);
    let made_up = ("mcp-session-id", "made-up");
    assert_eq!(program.status(&[li, OLD, made_up], &list()).await, 404);
    // Somebody without a token has one, too.
    let session = program.session(&[]).await;
    let session = ("mcp-session-id", session.as_str());
    assert_eq!(program.status(&[OLD, session], &list()).await, 200);
    assert_eq!(program.status(&[li, OLD, session], &list()).await, 404);
    // A token that is revoked ends it.
    let session = program.session(&[wang]).await;
    let session = ("mcp-session-id", session.as_str());
    program.world.app.store.token_revoke("wang").await.unwrap();
    assert_eq!(program.status(&[wang, OLD, session], &list()).await, 401);
}

#[tokio::test]
async fn pages_and_names_of_others_are_kept_out() {
    let program = Program::with(|settings| {
        settings.server.mcp_hosts = vec!["helan.example".to_owned()];
    })
    .await;
    let page = ("origin", "https://evil.example");
    assert_eq!(program.status(&[page], &initialize()).await, 403);
    let host = ("host", "evil.example");
    assert_eq!(program.status(&[host], &initialize()).await, 403);
    let host = ("host", "helan.example");
    assert_eq!(program.status(&[host], &initialize()).await, 200);
    let large = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"x": "x".repeat(65_536)}});
    assert_eq!(program.status(&[], &large).await, 413);
}

#[tokio::test]
async fn it_is_counted_and_can_be_turned_off() {
    let program = Program::with(|settings| settings.server.rate_per_minute = 2).await;
    for expected in [200, 200, 429] {
        assert_eq!(program.status(&[], &initialize()).await, expected);
    }
    let program = Program::with(|settings| settings.server.mcp = false).await;
    assert!([404, 405].contains(&program.status(&[], &initialize()).await));
}

/// Revision 2026-07-28 on the wire.
#[tokio::test]
async fn the_newer_revision_needs_no_session() {
    let program = Program::new().await;
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "wire", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {"elicitation": {"form": {}}},
    });
    let version = ("mcp-protocol-version", "2026-07-28");
    let asked = async |method: &str, name: Option<&str>, mut params: Value| {
        params["_meta"] = meta.clone();
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let mut headers = vec![version, ("mcp-method", method)];
        headers.extend(name.map(|name| ("mcp-name", name)));
        let response = program.post(&headers, &body).await;
        assert_eq!(response.status(), 200, "{method}");
        assert!(response.headers().get("mcp-session-id").is_none());
        let text = response.text().await.unwrap();
        let line = text.lines().find_map(|line| {
            line.strip_prefix("data: ")
                .filter(|data| data.starts_with('{'))
        });
        let answer: Value = serde_json::from_str(line.unwrap_or(&text)).unwrap();
        answer["result"].clone()
    };
    let found = asked("server/discover", None, json!({})).await;
    assert_eq!(
        found["supportedVersions"],
        json!(["2025-11-25", "2026-07-28"])
    );
    let list = asked("tools/list", None, json!({})).await;
    assert_eq!(
        (&list["resultType"], &list["ttlMs"], &list["cacheScope"]),
        (&json!("complete"), &json!(0), &json!("private"))
    );
    let search = json!({"name": "policy-search", "arguments": {"query": "楼道"}});
    let found = asked("tools/call", Some("policy-search"), search).await;
    assert_eq!(
        (&found["resultType"], &found["structuredContent"]["status"]),
        (&json!("complete"), &json!("done"))
    );
    let create = json!({"name": "hotline-create", "arguments": {}});
    let form = asked("tools/call", Some("hotline-create"), create).await;
    assert_eq!(form["resultType"], "input_required");
    assert!(form["requestState"].is_string());
    let question = &form["inputRequests"]["form-0"];
    assert_eq!(question["method"], "elicitation/create");
    assert_eq!(question["params"]["mode"], "form");
}

#[tokio::test]
async fn an_open_session_does_not_hold_up_the_end() {
    let program = Program::new().await;
    let session = program.session(&[]).await;
    let mut listening = program.http.get(&program.url);
    for (name, value) in [
        ("accept", "text/event-stream"),
        OLD,
        ("mcp-session-id", &session),
    ] {
        listening = listening.header(name, value);
    }
    let stream = listening.send().await.unwrap();
    assert_eq!(stream.status(), 200);
    program.stop.send(()).unwrap();
    // Far below the ten seconds that running turns have.
    let ended = tokio::time::timeout(Duration::from_secs(8), program.served).await;
    ended.unwrap().unwrap().unwrap();
    drop(stream);
}
