//! What sensors measured, as the OGC SensorThings API 1.1 has it, to be read at `/v1.1`.
//!
//! In the order of a request: [`path`] and [`options`] read what is asked for, [`city`] and [`observation`] find it, this file
//! puts entities together. What the standard has beyond that is answered with 501, and named. Nothing is written here:
//! readings come in through [`crate::readings`].

mod address;
mod city;
mod filter;
mod model;
mod observation;
mod options;
mod path;
mod view;
mod wrong;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tools::Kind as ToolKind;

use self::city::City;
use self::model::Kind;
use self::options::Options;
use self::path::{Path, absent};
use self::view::View;
use super::Shared;
use super::error::ApiError;
use super::turns::NO_STORE;
use crate::app::App;
use crate::turn::Caller;

/// Where it stands.
pub(super) const ROOT: &str = "/v1.1";

/// Pages that are put together at the same time; others wait, so that connections to the store are left for everybody else.
pub(super) const AT_ONCE: usize = 2;

/// Parts of the standard that are here whole.
const CONFORMANCE: [&str; 9] = [
    "http://www.opengis.net/spec/iot_sensing/1.1/req/datamodel",
    "http://www.opengis.net/spec/iot_sensing/1.1/req/request-data/status-code",
    "http://www.opengis.net/spec/iot_sensing/1.1/req/request-data/query-status-code",
    "http://www.opengis.net/spec/iot_sensing/1.1/req/request-data/select",
    "http://www.opengis.net/spec/iot_sensing/1.1/req/request-data/orderby",
    "http://www.opengis.net/spec/iot_sensing/1.1/req/request-data/top",
    "http://www.opengis.net/spec/iot_sensing/1.1/req/request-data/skip",
    "http://www.opengis.net/spec/iot_sensing/1.1/req/request-data/count",
    "http://www.opengis.net/spec/iot_sensing/1.1/req/request-data/pagination",
];

/// Any request under [`ROOT`].
pub(super) async fn answer(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let app = &shared.app;
    let sensors = app.catalog.sensors.as_ref();
    let Some(sensors) = sensors.filter(|_| app.settings.server.sensorthings) else {
        return Err(absent(ROOT));
    };
    if !may(app, &caller) {
        return Err(ApiError::forbidden("传感器读数未向您的身份开放。"));
    }
    if method != Method::GET && method != Method::HEAD {
        let message = format!("不支持 {method}：这里只能读取；设备上报读数请用 `/v1/readings`。");
        return Err(ApiError::unsupported(None, message));
    }
    let base = base(app, &headers);
    let invalid = || ApiError::invalid("invalid_path", "请求地址无效。");
    let path = uri.path().strip_prefix(ROOT).unwrap_or_default();
    let path = address::decoded(path).ok_or_else(invalid)?;
    let pairs = address::pairs(uri.query().unwrap_or_default()).ok_or_else(invalid)?;
    if path.trim_matches('/').is_empty() {
        return Ok((NO_STORE, Json(root(&base))).into_response());
    }
    let path = Path::parse(path.trim_start_matches('/'))?;
    let (kind, one) = path.end();
    let options = Options::parse(kind, one, pairs)?;
    let permit = shared.paging.acquire().await;
    let store = app.toolbox.store();
    let city = City::load(store, sensors).await?;
    let view = View { store, city, base };
    let body = view.body(&path, &options).await?;
    drop(permit);
    Ok((NO_STORE, Json(body)).into_response())
}

/// Whoever may have a tool called that looks readings up.
fn may(app: &App, caller: &Caller) -> bool {
    let mut tools = app.catalog.tools.values();
    let role = caller.role.name();
    tools.any(|entry| {
        let manifest = &entry.manifest;
        manifest.kind == ToolKind::Query && manifest.roles.iter().any(|own| own == role)
    })
}

/// The address under which the caller reached us.
fn base(app: &App, headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let plain = |host: &&str| {
        let known = |next: char| next.is_ascii_alphanumeric() || ".-:[]_".contains(next);
        !host.is_empty() && host.chars().all(known)
    };
    let scheme = match text("x-forwarded-proto") {
        Some("https") => "https",
        _ => "http",
    };
    let host = text(header::HOST.as_str()).filter(plain);
    let host = host.map_or_else(|| app.settings.server.address.to_string(), str::to_owned);
    format!("{scheme}://{host}{ROOT}")
}

/// The entity sets, and what of the standard is here.
fn root(base: &str) -> Value {
    let sets =
        Kind::ALL.map(|kind| json!({"name": kind.set(), "url": format!("{base}/{}", kind.set())}));
    json!({
        "value": sets,
        "serverSettings": {
            "conformance": CONFORMANCE,
            "supported": {
                "$filter": ["eq", "ne", "gt", "ge", "lt", "le", "and", "or", "not"],
                "$expand": "one level",
                "resource paths": "entities and entity sets; no properties, `$value` or `$ref`",
            },
        },
    })
}
