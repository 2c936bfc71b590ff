//! Events of a turn as server-sent events: the tag of an event is its name, the rest its data.

use agents::Event;
use axum::response::sse;
use serde_json::Value;

use super::error::ApiError;
use crate::turn::TurnError;

/// One server-sent event.
///
/// A sentence that the check took out is on the record, but not sent: what has no basis is not shown to anybody. Nor is
/// why a model failed, which may name machines of this house.
pub(super) fn server_event(event: Result<Event, TurnError>) -> sse::Event {
    let event = match event {
        Ok(Event::Removed { reason: _, text: _ }) => Event::Removed {
            text: String::new(),
            reason: String::new(),
        },
        Ok(Event::Degraded {
            task,
            cause,
            reason: _,
            model,
        }) => Event::Degraded {
            task,
            cause,
            reason: String::new(),
            model,
        },
        Ok(event) => event,
        Err(error) => return error_event(&error.into()),
    };
    let (name, data) = parts(&event);
    sse::Event::default().event(name).data(data.to_string())
}

/// The event that ends a stream which cannot be completed.
fn error_event(error: &ApiError) -> sse::Event {
    let data = serde_json::json!({ "code": error.code(), "message": error.message() });
    sse::Event::default().event("error").data(data.to_string())
}

/// Name and data of an event.
fn parts(event: &Event) -> (String, Value) {
    let mut data = serde_json::to_value(event).expect("events have string keys only");
    let name = data
        .as_object_mut()
        .and_then(|fields| fields.shift_remove("event"));
    (
        name.and_then(|name| name.as_str().map(str::to_owned))
            .expect("every event has a tag"),
        data,
    )
}
