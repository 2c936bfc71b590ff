//! Why one attempt at an endpoint failed: what to say of it, and whether another one may help.

use std::error::Error as _;
use std::time::Duration;

use async_openai::error::OpenAIError;
use reqwest::StatusCode;
use serde_json::Value;

use crate::error::Error;

/// A failed attempt.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{error}")]
pub(super) struct Failure {
    /// What the caller is told.
    pub(super) error: Error,
    /// Whether the same request may succeed a little later.
    pub(super) transient: bool,
    /// How long the server asks to wait.
    pub(super) after: Option<Duration>,
}

impl Failure {
    /// The endpoint is not there, or breaks.
    pub(super) fn broken(model: &str, reason: String) -> Self {
        Self {
            error: unavailable(model, reason),
            transient: true,
            after: None,
        }
    }

    /// Another attempt would bring the same.
    pub(super) fn lasting(error: Error) -> Self {
        Self {
            error,
            transient: false,
            after: None,
        }
    }

    /// What the transport says, without the address, which may hold what is not for logs.
    pub(super) fn transport(model: &str, error: reqwest::Error) -> Self {
        let what = match () {
            () if error.is_connect() => "cannot connect",
            () if error.is_timeout() => "no answer in time",
            () if error.is_body() || error.is_decode() => "the connection broke",
            () => "cannot send the request",
        };
        let lasting = error.is_builder() || error.is_redirect();
        let error = error.without_url();
        let mut cause = error.source();
        let mut innermost = String::new();
        while let Some(inner) = cause {
            innermost = format!(": {inner}");
            cause = inner.source();
        }
        Self {
            transient: !lasting,
            ..Self::broken(model, format!("{what}{innermost}"))
        }
    }

    /// What `async-openai` says. It wraps what the transport said, and finds little by itself.
    pub(super) fn client(model: &str, error: OpenAIError) -> Self {
        match error {
            OpenAIError::Boxed(inner) => match inner.downcast::<Self>() {
                Ok(failure) => *failure,
                Err(other) => Self::broken(model, other.to_string()),
            },
            OpenAIError::Reqwest(error) => Self::transport(model, error),
            OpenAIError::StreamError(_) => Self::broken(model, "the connection broke".into()),
            OpenAIError::JSONDeserialize(..) => Self::lasting(garbage(model, "no JSON")),
            other => Self::lasting(unavailable(model, other.to_string())),
        }
    }

    /// An answer that is none: `body` is its beginning, `words` cleans what the server says.
    pub(super) fn status(
        model: &str,
        status: StatusCode,
        after: Option<Duration>,
        words: &str,
        key: Option<&str>,
    ) -> Self {
        let said = match words {
            "" => format!("the server answers {}", status.as_u16()),
            words => format!("the server answers {}: {words}", status.as_u16()),
        };
        let hint = |hint: &str| unavailable(model, format!("{said}\nhint: {hint}"));
        let error = match status.as_u16() {
            400 | 413 | 422 => Error::Request {
                model: model.to_owned(),
                reason: said,
            },
            401 | 403 => match key {
                Some(variable) => hint(&format!(
                    "the environment variable `{variable}` holds the key"
                )),
                None => hint(
                    "this server wants a key; `remote.key` in `model.toml` names the environment variable that holds it",
                ),
            },
            404 => hint(
                "check `remote.url`, which ends in `/v1`, and `remote.model`, as the server's `/models` names it",
            ),
            300..=399 => hint(
                "the address has changed; set `remote.url`. Redirects are not followed, so that key and text stay where they were sent",
            ),
            _ => unavailable(model, said),
        };
        Self {
            error,
            transient: matches!(status.as_u16(), 408 | 429 | 502..=504),
            after,
        }
    }
}

impl From<Failure> for OpenAIError {
    fn from(failure: Failure) -> Self {
        Self::Boxed(Box::new(failure))
    }
}

pub(super) fn unavailable(model: &str, reason: String) -> Error {
    Error::Unavailable {
        model: model.to_owned(),
        reason,
    }
}

pub(super) fn garbage(model: &str, reason: impl Into<String>) -> Error {
    Error::Garbage {
        model: model.to_owned(),
        reason: reason.into(),
    }
}

/// Longest message of a server that is passed on, in characters.
const WORDS: usize = 200;

/// What a server says in an error body: one line, cut, without the key. Bodies that are not JSON say nothing that helps.
pub(super) fn words(body: &[u8], key: Option<&str>) -> String {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let said = message(&value).unwrap_or_default();
    let said = match key.filter(|key| !key.is_empty()) {
        Some(key) => said.replace(key, "***"),
        None => said,
    };
    let visible = said.replace(|character: char| character.is_control(), " ");
    let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= WORDS {
        return line;
    }
    line.chars().take(WORDS).chain(['…']).collect()
}

/// The message of OpenAI (`error.message`), vLLM (`message`), and FastAPI (`detail`, of which only `msg` is taken: the
/// rest repeats the request).
fn message(value: &Value) -> Option<String> {
    let detail = |entry: &Value| Some(entry["msg"].as_str()?.to_owned());
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Object(object) => ["error", "message", "detail"]
            .iter()
            .find_map(|key| message(object.get(*key)?)),
        Value::Array(entries) => Some(
            entries
                .iter()
                .filter_map(detail)
                .collect::<Vec<_>>()
                .join("; "),
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_servers_are_one_short_line_without_the_key() {
        for (body, expected) in [
            (r#"{"error":{"message":"a\n\u0007 b","type":"t"}}"#, "a b"),
            (r#"{"error":"plain"}"#, "plain"),
            (r#"{"object":"error","message":"vllm"}"#, "vllm"),
            (
                r#"{"detail":[{"msg":"Field required","input":"张三 13800000000"}]}"#,
                "Field required",
            ),
            (r#"{"detail":"Not Found"}"#, "Not Found"),
            (
                r#"{"error":{"message":"key sk-1 is wrong"}}"#,
                "key *** is wrong",
            ),
            ("<html>gone</html>", ""),
            ("", ""),
        ] {
            assert_eq!(words(body.as_bytes(), Some("sk-1")), expected, "{body}");
        }
        let long = format!(r#"{{"error":"{}"}}"#, "长".repeat(900));
        assert_eq!(words(long.as_bytes(), None).chars().count(), WORDS + 1);
    }
}
