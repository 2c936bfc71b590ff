//! A server to test: an application over a fresh data directory, and requests to its routes.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use corpora::ingest::{Content, Input, ingest};
use corpora::{Index, Manifest};
use serde_json::Value;
use server::app::App;
use server::catalog::Catalog;
use server::embedded::Origin;
use server::settings::Settings;
use server::turn::Work;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tower::ServiceExt;

/// A server.
pub(crate) struct World {
    pub(crate) app: Arc<App>,
    pub(crate) router: Router,
    /// Removed at the end.
    _folder: TempDir,
}

/// A server on a port.
pub(crate) struct Serving {
    pub(crate) address: SocketAddr,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) served: JoinHandle<std::io::Result<()>>,
}

/// A response, read to its end.
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

const OLD: &str = "---\ntitle: 和澜市楼道管理办法\njurisdiction: 和澜市\neffective_date: 2020-01-01\n---\n第一条 为了畅通，制定本办法。\n第二条 楼道是共用部位。\n第三条 不得在楼道堆放杂物。\n第四条 违者警告。\n";
const NEW: &str = "---\ntitle: 和澜市楼道管理办法\njurisdiction: 和澜市\neffective_date: 2024-05-01\nissuing_body: 和澜市人民政府\ndocument_type: 政府规章\n---\n第一条 为了畅通，制定本办法。\n第二条 楼道是共用部位。\n第三条 禁止在楼道堆放杂物。\n第四条 违者处200元罚款。\n第五条 本办法自2024年5月1日起施行。\n第六条 市人民政府负责解释。\n";
const NEXT: &str = "---\ntitle: 和澜市楼道管理办法\njurisdiction: 和澜市\neffective_date: 2030-01-01\n---\n第一条 为了畅通，制定本办法。\n第三条 禁止在楼道堆放任何物品。\n";
const GONE: &str = "---\ntitle: 和澜市暂住证规定\njurisdiction: 和澜市\neffective_date: 2001-01-01\nrepealed_on: 2016-01-01\nstatus: repealed\n---\n第一条 暂住人口应当申领暂住证。\n";
const INNER: &str = "---\ntitle: 内部值班规程\njurisdiction: 和澜市\neffective_date: 2022-01-01\n---\n第一条 值班人员应当两人在岗。\n";

impl World {
    /// With an agent that answers at once, and no limits that a test would meet.
    pub(crate) async fn new(work: Work) -> Self {
        Self::with(work, |_| {}).await
    }

    /// With records in files, which can be bounded.
    pub(crate) async fn in_files(work: Work) -> Self {
        Self::with(work, |settings| settings.data.database = None).await
    }

    /// With settings changed.
    pub(crate) async fn with(work: Work, change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = Settings::default_of(&Origin::Embedded).unwrap();
        settings.data.directory = Some(folder.path().to_owned());
        settings.data.database = crate::database::server(folder.path());
        settings.clock.today = Some("2026-11-21".parse().unwrap());
        settings.server.rate_per_minute = 0;
        settings.server.concurrency = 8;
        settings.server.body_limit = 65_536;
        settings.server.timeout_s = 30;
        change(&mut settings);
        corpus(
            folder.path(),
            "test",
            "title = \"测试\"",
            &[
                ("rules-2020.md", OLD),
                ("rules-2024.md", NEW),
                ("rules-2030.md", NEXT),
                ("gone.md", GONE),
            ],
        );
        corpus(
            folder.path(),
            "inner",
            "title = \"内部\"\nreaders = [\"officer\"]",
            &[("duty.md", INNER)],
        );
        let mut catalog = Catalog::load(Origin::Embedded);
        catalog.add_models(folder.path());
        let mut desk = (*catalog.agents["policy-qa"]).clone();
        desk.name = "desk".into();
        desk.manifest.roles = vec!["officer".into()];
        desk.manifest.corpora = Some(vec!["inner".into()]);
        Arc::make_mut(&mut catalog.agents).insert("desk".into(), Arc::new(desk));
        let app = App::open(settings, catalog).await.unwrap();
        let router = server::http::router_with(app.clone(), work);
        Self {
            app,
            router,
            _folder: folder,
        }
    }

    /// Serves on a port of its own until told to stop.
    pub(crate) async fn serve(&self) -> Serving {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async {
            let _ = stopped.await;
        };
        let served = tokio::spawn(server::http::serve_with(
            listener,
            self.app.clone(),
            self.router.clone(),
            shutdown,
        ));
        Serving {
            address,
            stop,
            served,
        }
    }

    /// Sends a request and reads the response to its end.
    pub(crate) async fn send(&self, request: Request<Body>) -> Got {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Got {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Got {
        self.send(request(Method::GET, path, None, Body::empty()))
            .await
    }

    pub(crate) async fn get_as(&self, token: &str, path: &str) -> Got {
        self.send(request(Method::GET, path, Some(token), Body::empty()))
            .await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Got {
        self.send(post(path, None, body.to_string())).await
    }

    pub(crate) async fn post_as(&self, token: &str, path: &str, body: &Value) -> Got {
        self.send(post(path, Some(token), body.to_string())).await
    }

    /// All audit records, as kind and body.
    pub(crate) async fn audit(&self) -> Vec<(String, Value)> {
        use futures::TryStreamExt;
        let records: Vec<_> = self.app.store.audit().try_collect().await.unwrap();
        records
            .into_iter()
            .map(|record| (record.kind, record.body))
            .collect()
    }
}

impl Got {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }

    /// Status and code of an error, which has the same shape everywhere.
    pub(crate) fn error(&self) -> (u16, String) {
        let body = self.json();
        let error = body["error"]
            .as_object()
            .unwrap_or_else(|| panic!("{body}"));
        assert_eq!(
            error.keys().collect::<Vec<_>>(),
            ["code", "message", "type", "param"]
        );
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|message| !message.is_ascii()),
            "a person reads it: {body}"
        );
        assert_eq!(self.header("content-type"), "application/json");
        (
            self.status.as_u16(),
            error["code"].as_str().unwrap().to_owned(),
        )
    }
}

pub(crate) fn request(
    method: Method,
    path: &str,
    token: Option<&str>,
    body: Body,
) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    request.body(body).unwrap()
}

pub(crate) fn post(path: &str, token: Option<&str>, body: impl Into<Body>) -> Request<Body> {
    let mut request = request(Method::POST, path, token, body.into());
    request.headers_mut().insert(
        header::CONTENT_TYPE,
        "application/json; charset=utf-8".parse().unwrap(),
    );
    request
}

/// A question that wants events.
pub(crate) fn streamed(path: &str, body: &Value) -> Request<Body> {
    let mut request = post(path, None, body.to_string());
    request
        .headers_mut()
        .insert(header::ACCEPT, "text/event-stream".parse().unwrap());
    request
}

/// The events of a stream, as name and data.
pub(crate) fn server_events(text: &str) -> Vec<(String, Value)> {
    let blocks = text
        .split("\n\n")
        .filter(|block| !block.is_empty() && !block.starts_with(':'));
    let field = |block: &str, name: &str| {
        block
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .map(|value| value.trim_start().to_owned())
    };
    let event = |block: &str| {
        let data = field(block, "data:").unwrap();
        (
            field(block, "event:").unwrap_or_default(),
            serde_json::from_str(&data).unwrap_or(Value::String(data)),
        )
    };
    blocks.map(event).collect()
}

fn corpus(data: &Path, name: &str, manifest: &str, files: &[(&str, &'static str)]) {
    let folder = data.join("corpora").join(name);
    let index = Index::open_or_create(&folder, name).unwrap();
    let input = |(file, text): &(&str, &'static str)| Input {
        file: (*file).into(),
        content: Content::Bytes(text.as_bytes().into()),
    };
    let inputs: Vec<Input> = files.iter().map(input).collect();
    ingest(
        &index,
        &inputs,
        &Manifest::parse("corpus.toml", manifest).unwrap(),
        &mut |_| true,
    )
    .unwrap();
    std::fs::write(folder.join("corpus.toml"), manifest).unwrap();
}
