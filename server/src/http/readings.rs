//! `POST /v1/readings`: devices hand in what they measured. Each reading is taken or refused by itself; handing in the same ones
//! again changes nothing.
//!
//! What is plausible is decided by [`crate::readings::accept`], for whatever way readings come in.

use std::io::Cursor;
use std::sync::Arc;

use agents::Role;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::Serialize;
use serde_json::Value;
use tools::sensor::{Format, RawReading, Refusal, Rows};
use utoipa::ToSchema;

use super::Shared;
use super::error::{ApiError, ErrorBody};
use super::turns::NO_STORE;
use crate::readings::{Accepted, Arrival, Way, accept};
use crate::turn::Caller;

/// A reading, as a device sends it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a type of another crate")]
pub(super) struct SentReading {
    /// The id of its datastream.
    datastream: String,
    /// When it was measured: RFC 3339, with its offset. `time` is read as well.
    at: String,
    /// The number.
    value: f64,
    /// Its unit; that of the datastream where there is none.
    unit: Option<String>,
}

/// What became of readings. Of those read each is stored, repeated, conflicting or refused.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HandedIn {
    /// How many there were.
    read: u64,
    /// Stored now.
    stored: u64,
    /// Stored before, with the same value.
    repeated: u64,
    /// Not stored, since there is another value for the moment.
    conflicting: u64,
    /// Not taken.
    refused: u64,
    /// Those that are refused or conflicting.
    problems: Vec<ProblemView>,
}

/// A reading that is not stored.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProblemView {
    /// Its place in the array, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u64>,
    /// Its line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    /// Stable name of the reason.
    code: String,
    /// For those who run the device.
    message: String,
}

/// How the places of readings are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Places {
    Index,
    Line,
}

/// Hands in readings, as a JSON array, as JSON lines (`application/x-ndjson`) or as CSV (`text/csv`). For tokens of role
/// `device` alone. A bad reading is named and the others are stored; sending the same ones again changes nothing.
#[utoipa::path(
    post,
    path = "/v1/readings",
    request_body = Vec<SentReading>,
    responses(
        (status = 200, description = "What became of each", body = HandedIn),
        (status = "4XX", description = "Nothing can be read, or not from this caller", body = ErrorBody),
    )
)]
pub(super) async fn hand_in(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    request: Request,
) -> Result<impl IntoResponse, ApiError> {
    if caller.role != Role::Device {
        return Err(ApiError::forbidden("上报读数只向设备令牌开放。"));
    }
    let written = written(request.headers())?;
    let body = body(request, &shared).await?;
    let (places, arrivals) = read(written, &body)?;
    let accepted = accept(&shared.app, Way::Http, arrivals).await?;
    Ok((NO_STORE, Json(shown(&accepted, places))))
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Json,
    Lines(Format),
}

fn written(headers: &HeaderMap) -> Result<Written, ApiError> {
    let value = headers.get(header::CONTENT_TYPE);
    let value = value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = value.split(';').next().unwrap_or_default().trim();
    match kind.to_ascii_lowercase().as_str() {
        "application/json" => Ok(Written::Json),
        "application/x-ndjson" => Ok(Written::Lines(Format::Jsonl)),
        "text/csv" => Ok(Written::Lines(Format::Csv)),
        _ => Err(ApiError::media_type_not_of(
            " `application/json`、`application/x-ndjson` 或者 `text/csv`",
        )),
    }
}

async fn body(request: Request, shared: &Arc<Shared>) -> Result<Bytes, ApiError> {
    let read = Bytes::from_request(request, shared).await;
    read.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::too_large(shared.app.settings.server.body_limit),
        _ => ApiError::invalid("incomplete_body", "请求内容不完整。"),
    })
}

fn read(written: Written, body: &[u8]) -> Result<(Places, Vec<Arrival>), ApiError> {
    match written {
        Written::Json => Ok((Places::Index, array(body)?)),
        Written::Lines(format) => Ok((Places::Line, lines(body, format)?)),
    }
}

fn array(body: &[u8]) -> Result<Vec<Arrival>, ApiError> {
    let items: Vec<Value> = serde_json::from_slice(body).map_err(|error| {
        let message = format!(
            "请求内容不是读数的 JSON 数组（第{}行第{}列）。",
            error.line(),
            error.column()
        );
        ApiError::invalid("invalid_json", message)
    })?;
    let arrival = |(item, place)| Arrival {
        place,
        reading: object(item),
    };
    Ok(items.into_iter().zip(0..).map(arrival).collect())
}

fn object(item: Value) -> Result<RawReading, Refusal> {
    let message = |message: String| Refusal::Json { message };
    // From an array serde would take the values in their order.
    if !item.is_object() {
        return Err(message("the item is not a JSON object".to_owned()));
    }
    serde_json::from_value(item)
        .map_err(|error| message(error.to_string().chars().take(200).collect()))
}

fn lines(body: &[u8], format: Format) -> Result<Vec<Arrival>, ApiError> {
    let mut arrivals = Vec::new();
    for row in Rows::new(Cursor::new(body), format) {
        let arrival = match row {
            Ok(row) => Arrival {
                place: row.line,
                reading: Ok(row.raw),
            },
            Err(problem) if problem.reason.ends() => {
                let message = format!("请求内容的首行不能使用：{}", problem.reason);
                return Err(ApiError::invalid("invalid_header", message));
            }
            Err(problem) => Arrival {
                place: problem.line,
                reading: Err(problem.reason),
            },
        };
        arrivals.push(arrival);
    }
    Ok(arrivals)
}

fn shown(accepted: &Accepted, places: Places) -> HandedIn {
    let problems = accepted.problems.iter().map(|problem| ProblemView {
        index: (places == Places::Index).then_some(problem.place),
        line: (places == Places::Line).then_some(problem.place),
        code: problem.reason.code().to_owned(),
        message: problem.reason.to_string(),
    });
    HandedIn {
        read: accepted.read,
        stored: accepted.stored,
        repeated: accepted.repeated,
        conflicting: accepted.conflicting,
        refused: accepted.refused.values().sum(),
        problems: problems.collect(),
    }
}
