//! Why something with a server went wrong, in one line.

use std::error::Error;

use rmcp::ServiceError;
use rmcp::service::ClientInitializeError;
use rmcp::transport::DynamicTransportError;
use rmcp::transport::streamable_http_client::StreamableHttpError;

use super::result::short;

/// An error with its causes in one line.
pub(super) fn causes(error: &(dyn Error + 'static)) -> String {
    let error = inner(error);
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let next_text = next.to_string();
        if !text.contains(&next_text) {
            text.push_str(": ");
            text.push_str(&next_text);
        }
        cause = next.source();
    }
    short(&text)
}

/// What went wrong with a transport, without the names of types that stand around it and without which a cause is lost.
fn inner<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    if let Some(ClientInitializeError::TransportError { error, .. }) = error.downcast_ref() {
        return inner(error);
    }
    if let Some(ServiceError::TransportSend(error)) = error.downcast_ref() {
        return inner(error);
    }
    if let Some(DynamicTransportError { error, .. }) = error.downcast_ref() {
        return inner(error.as_ref());
    }
    if let Some(StreamableHttpError::<reqwest::Error>::Client(error)) = error.downcast_ref() {
        return error;
    }
    error
}
