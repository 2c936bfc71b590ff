//! Kind `http`: an API of somebody else, declared in `tool.toml`.
//!
//! The host is fixed by the manifest and never part of an argument. Where it may lie, and what a connection may lead to, is
//! decided by [`super::outside`].

use std::sync::Arc;

use futures::StreamExt;
use futures::future::BoxFuture;
use reqwest::{Client, Method, Url};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::outside::{self, refuse_private};
use crate::error::Error;
use crate::manifest::{Effect, Manifest};
use crate::tool::{Output, Preview, Task, Tool, ToolSpec};

/// Largest answer, in bytes.
const LARGEST: usize = 1 << 20;

/// `[http]` of `tool.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpPart {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: String,
    /// Address, with `{argument}` in path and query alone. Arguments that do not stand there are the JSON body, or of `GET`
    /// and `DELETE` the query.
    pub url: String,
    /// Hosts that may be asked; that of `url` must be one of them.
    pub hosts: Vec<String>,
    /// The host lies in a private network or on this machine.
    #[serde(default)]
    pub private: bool,
    /// Environment variable with the value of the header `Authorization`.
    #[serde(default)]
    pub authorization: Option<String>,
    /// Header that takes the key, if the API keeps it: then a call may be sent again.
    #[serde(default)]
    pub key_header: Option<String>,
}

/// A tool of this kind.
pub(crate) struct HttpTool {
    spec: Arc<ToolSpec>,
    part: HttpPart,
    method: Method,
    client: Client,
    authorization: Option<String>,
}

impl HttpTool {
    /// Of a manifest; `environment` reads variables.
    pub(crate) fn new(
        file: &str,
        spec: Arc<ToolSpec>,
        manifest: &Manifest,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Error> {
        let wrong = |message: String| Error::Data {
            file: file.to_owned(),
            message,
        };
        let part = manifest
            .http
            .clone()
            .ok_or_else(|| wrong("table `[http]` is missing".to_owned()))?;
        let method = match part.method.as_str() {
            "GET" => Method::GET,
            "POST" => Method::POST,
            "PUT" => Method::PUT,
            "PATCH" => Method::PATCH,
            "DELETE" => Method::DELETE,
            other => {
                return Err(wrong(format!(
                    "key `http.method`: `{other}` is not GET, POST, PUT, PATCH or DELETE"
                )));
            }
        };
        if manifest.effect == Effect::Read && method != Method::GET {
            return Err(wrong(format!(
                "key `http.method`: {method} has an effect; say `effect = \"write\"`"
            )));
        }
        check_address(&part, &spec.schema).map_err(wrong)?;
        let authorization = match &part.authorization {
            Some(name) => Some(environment(name).ok_or_else(|| {
                wrong(format!(
                    "key `http.authorization`: the environment variable `{name}` is not set"
                ))
            })?),
            None => None,
        };
        let client = outside::client(part.private, spec.timeout).timeout(spec.timeout);
        let client = client.build().map_err(|error| wrong(error.to_string()))?;
        Ok(Self {
            spec,
            part,
            method,
            client,
            authorization,
        })
    }

    /// The address with arguments filled in, and those that did not stand in it.
    fn address(&self, task: Task<'_>) -> Result<(Url, Vec<(String, Value)>), Error> {
        let mut text = self.part.url.clone();
        let mut rest = Vec::new();
        for (name, value, _) in task.arguments.iter() {
            let place = format!("{{{name}}}");
            if text.contains(&place) {
                text = text.replace(&place, &encoded(&plain(value)));
            } else {
                rest.push((name.to_owned(), value.clone()));
            }
        }
        let url = Url::parse(&text)
            .map_err(|error| self.failed(format!("its address is wrong: {error}")))?;
        // What was filled in cannot have changed it, since it is encoded; the check costs nothing.
        let same = url
            .host_str()
            .is_some_and(|host| self.part.hosts.iter().any(|listed| listed == host));
        if !same || text.contains('{') {
            return Err(self.failed("an argument of its address is missing".to_owned()));
        }
        Ok((url, rest))
    }

    fn failed(&self, message: String) -> Error {
        Error::Failed {
            tool: self.spec.name.clone(),
            message,
        }
    }

    async fn asked(&self, task: Task<'_>) -> Result<Output, Error> {
        let (mut url, rest) = self.address(task)?;
        refuse_private(&url, self.part.private).map_err(|message| self.failed(message))?;
        let in_query = matches!(self.method, Method::GET | Method::DELETE);
        if in_query && !rest.is_empty() {
            let mut query = url.query_pairs_mut();
            for (name, value) in &rest {
                query.append_pair(name, &plain(value));
            }
        }
        let mut request = self.client.request(self.method.clone(), url.clone());
        if !in_query {
            request = request.json(&rest.into_iter().collect::<serde_json::Map<_, _>>());
        }
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        if let Some(header) = &self.part.key_header {
            request = request.header(header, task.key);
        }
        let response = request.send().await.map_err(|error| self.unsent(&error))?;
        let status = response.status();
        if status.is_redirection() {
            return Err(self.failed(format!("it answered {status}; redirects are not followed")));
        }
        let mut bytes = Vec::new();
        let mut body = response.bytes_stream();
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| self.unsent(&error))?;
            if bytes.len() + chunk.len() > LARGEST {
                return Err(self.failed(format!("its answer is larger than {LARGEST} bytes")));
            }
            bytes.extend_from_slice(&chunk);
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if status.is_server_error() && self.spec.effect == Effect::Write {
            return Err(Error::Late {
                tool: self.spec.name.clone(),
            });
        }
        if !status.is_success() {
            return Err(self.failed(format!("it answered {status}")));
        }
        let value = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(Output {
            value: json!({"status": status.as_u16(), "body": value}),
            evidence: vec![format!("http:{}", url.host_str().unwrap_or_default())],
        })
    }

    /// A request that may have arrived is not known to have failed.
    fn unsent(&self, error: &reqwest::Error) -> Error {
        if error.is_connect() || error.is_builder() || self.spec.effect == Effect::Read {
            self.failed(root_cause(error))
        } else {
            Error::Late {
                tool: self.spec.name.clone(),
            }
        }
    }
}

impl Tool for HttpTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn preview<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Preview, Error>> {
        Box::pin(async move {
            let (url, rest) = self.address(task)?;
            let mut lines = vec![format!(
                "向 {} 发送 {} {}",
                url.host_str().unwrap_or_default(),
                self.method,
                url.path()
            )];
            lines.extend(
                rest.iter()
                    .map(|(name, value)| format!("{name}：{}", plain(value))),
            );
            Ok(Preview {
                target: url.to_string(),
                lines,
            })
        })
    }

    fn invoke<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Output, Error>> {
        Box::pin(self.asked(task))
    }

    fn reconcile<'a>(&'a self, _task: Task<'a>) -> BoxFuture<'a, Result<Option<Output>, Error>> {
        Box::pin(async move {
            if self.part.key_header.is_some() {
                // The API keeps the key, so that sending again is asking.
                return Ok(None);
            }
            Err(Error::Late {
                tool: self.spec.name.clone(),
            })
        })
    }
}

/// Whether the address is one that arguments cannot lead elsewhere.
fn check_address(part: &HttpPart, schema: &Value) -> Result<(), String> {
    let filled = part.url.replace(['{', '}'], "");
    let url = outside::address("http.url", &filled, part.private)?;
    let host = url.host_str().unwrap_or_default();
    if !part.hosts.iter().any(|listed| listed == host) {
        return Err(format!("key `http.hosts`: `{host}` is not among them"));
    }
    let after_scheme = part.url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = after_scheme
        .split(['/', '?', '#'])
        .next()
        .unwrap_or_default();
    if authority.contains(['{', '}']) {
        return Err("key `http.url`: an argument cannot be part of the host".to_owned());
    }
    let mut rest = part.url.as_str();
    while let Some((_, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            return Err("key `http.url`: `{` without `}`".to_owned());
        };
        let required = schema.pointer("/required").and_then(Value::as_array);
        if !required.is_some_and(|all| all.iter().any(|one| one == name)) {
            return Err(format!(
                "key `http.url`: `{name}` is not a required argument"
            ));
        }
        rest = after;
    }
    Ok(())
}

/// A value in an address or a query.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}

/// Percent-encoded, all but letters and figures, so that nothing in it can be taken for a part of the address.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_cannot_be_led_elsewhere() {
        let schema = json!({"required": ["id"]});
        let part = |url: &str| HttpPart {
            method: "GET".into(),
            url: url.into(),
            hosts: vec!["api.helan.example".into()],
            private: false,
            authorization: None,
            key_header: None,
        };
        assert!(check_address(&part("https://api.helan.example/x/{id}?v={id}"), &schema).is_ok());
        for wrong in [
            "https://{id}.helan.example/",
            "https://api.helan.example{id}/x",
            "https://api.helan.example@evil.example/{id}",
            "https://u:p@api.helan.example/{id}",
            "http://api.helan.example/{id}",
            "ftp://api.helan.example/{id}",
            "file:///etc/passwd",
            "https://evil.example/{id}",
            "https://api.helan.example/{other}",
            "https://api.helan.example/{id",
            "not an address",
        ] {
            assert!(check_address(&part(wrong), &schema).is_err(), "{wrong}");
        }
        assert_eq!(encoded("../a?b#c@d%e\n"), "%2E%2E%2Fa%3Fb%23c%40d%25e%0A");
    }
}
