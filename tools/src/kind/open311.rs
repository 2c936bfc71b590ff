//! Kind `open311`: requests of another city, over Open311 GeoReport v2.
//!
//! A folder has one operation: to report something there, or to read what is there. Address, jurisdiction and key are the
//! manifest's; arguments stand in the query, in the body or, encoded, as the last piece of the path. A report whose answer
//! was lost is never sent again: it is found by our key where the server gives that back, and stays unclear otherwise.

use std::sync::Arc;

use futures::StreamExt;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, Response, StatusCode, Url};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::outside::{self, refuse_private};
use crate::digest;
use crate::error::Error;
use crate::manifest::{Effect, Manifest};
use crate::open311::{self, Format, encoded, form, pairs};
use crate::tool::{Output, Preview, Task, Tool, ToolSpec};

/// Largest answer, in bytes: a thousand requests are less.
const LARGEST: usize = 4 << 20;

/// Arguments that each operation knows; others could mean something to the server that nobody here has looked at.
const REPORTED: [&str; 13] = [
    "service_code",
    "lat",
    "long",
    "address_string",
    "address_id",
    "email",
    "account_id",
    "first_name",
    "last_name",
    "phone",
    "description",
    "media_url",
    "attributes",
];

/// `[open311]` of `tool.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Open311Part {
    /// Address of the endpoint, as its discovery names it: `https://311.example/open311/v2`.
    pub url: String,
    /// What the tool does.
    pub operation: Open311Operation,
    /// `jurisdiction_id`, for a server of several cities.
    #[serde(default)]
    pub jurisdiction: Option<String>,
    /// `xml`, which every server has, or `json`.
    #[serde(default)]
    pub format: Format,
    /// The host lies in a private network or on this machine.
    #[serde(default)]
    pub private: bool,
    /// Environment variable with the API key. Needed to report.
    #[serde(default)]
    pub api_key: Option<String>,
    /// Parameter in which the server takes a name of ours for a report, and under which its list of requests gives it back.
    /// Without one a report whose answer was lost stays unclear.
    #[serde(default)]
    pub key_parameter: Option<String>,
}

/// What tools of this kind do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Open311Operation {
    /// Report something: an effect.
    Report,
    /// Show the request `service_request_id`.
    Status,
    /// List the services, or show what `service_code` asks for.
    Services,
    /// List what happened to requests between `start_date` and `end_date`.
    Updates,
}

/// A tool of this kind.
pub(crate) struct Open311Tool {
    spec: Arc<ToolSpec>,
    part: Open311Part,
    base: Url,
    client: Client,
    api_key: Option<String>,
}

/// What a server answered.
struct Answer {
    status: StatusCode,
    text: String,
}

impl Open311Tool {
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
            .open311
            .clone()
            .ok_or_else(|| wrong("table `[open311]` is missing".to_owned()))?;
        check(&part, manifest.effect, &spec.schema).map_err(wrong)?;
        let base = outside::address("open311.url", &part.url, part.private).map_err(wrong)?;
        let api_key = match &part.api_key {
            Some(name) => Some(environment(name).ok_or_else(|| {
                wrong(format!(
                    "key `open311.api_key`: the environment variable `{name}` is not set"
                ))
            })?),
            None => None,
        };
        let client = outside::client(part.private, spec.timeout).timeout(spec.timeout);
        let client = client.build().map_err(|error| wrong(error.to_string()))?;
        Ok(Self {
            spec,
            part,
            base,
            client,
            api_key,
        })
    }

    /// `requests`, `services/0401`: each piece is encoded, so that none leads elsewhere.
    fn address(&self, pieces: &[&str], query: &[(String, String)]) -> Result<Url, Error> {
        let pieces: Vec<String> = pieces.iter().map(|piece| encoded(piece)).collect();
        let text = format!(
            "{}/{}.{}",
            self.base.as_str().trim_end_matches('/'),
            pieces.join("/"),
            self.part.format.ending()
        );
        let mut url = Url::parse(&text)
            .map_err(|error| self.failed(format!("its address is wrong: {error}")))?;
        let jurisdiction = self.part.jurisdiction.iter();
        let jurisdiction = jurisdiction.map(|name| ("jurisdiction_id".to_owned(), name.clone()));
        let query: Vec<(String, String)> = jurisdiction.chain(query.iter().cloned()).collect();
        if !query.is_empty() {
            url.set_query(Some(&form(&query)));
        }
        refuse_private(&url, self.part.private).map_err(|message| self.failed(message))?;
        Ok(url)
    }

    /// What is sent with a report, without the key of the API.
    fn reported(&self, task: Task<'_>) -> Vec<(String, String)> {
        let mut all = pairs(task.arguments.values());
        let name = self.part.key_parameter.clone();
        all.extend(name.map(|name| (name, name_of(task.key))));
        all
    }

    async fn report(&self, task: Task<'_>) -> Result<Output, Error> {
        let mut sent = self.reported(task);
        let key = self.api_key.clone();
        sent.extend(key.map(|key| ("api_key".to_owned(), key)));
        let jurisdiction = self.part.jurisdiction.clone();
        sent.extend(jurisdiction.map(|name| ("jurisdiction_id".to_owned(), name)));
        let request = self
            .client
            .post(self.address(&["requests"], &[])?)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form(&sent));
        let response = request.send().await.map_err(|error| {
            if error.is_connect() || error.is_builder() {
                self.failed(root_cause(&error))
            } else {
                self.late()
            }
        })?;
        // From here on it may have arrived, whatever the answer looks like.
        let answer = self.read(response).await.map_err(|_| self.late())?;
        if answer.status.is_redirection() {
            return Err(self.failed(format!(
                "it answered {}; redirects are not followed",
                answer.status
            )));
        }
        if answer.status.is_client_error() {
            return Err(self.refused(&answer));
        }
        if !answer.status.is_success() {
            return Err(self.late());
        }
        let receipt = open311::receipt(&answer.text).map_err(|_| self.late())?;
        let number = receipt.service_request_id.clone();
        self.output(&receipt, number.as_deref())
    }

    /// The report with our key, if the server lists it.
    async fn find(&self, task: Task<'_>, name: &str) -> Result<Option<Output>, Error> {
        let since = task
            .now
            .checked_sub(SignedDuration::from_hours(24))
            .unwrap_or(Timestamp::MIN);
        let query = [("start_date".to_owned(), since.to_string())];
        let answer = self.get(&["requests"], &query).await;
        let Ok(answer) = answer else { return Ok(None) };
        let key = name_of(task.key);
        let found = open311::found(&answer.text, name, &key).unwrap_or_default();
        let Some(found) = found.into_iter().next() else {
            return Ok(None);
        };
        let number = found.service_request_id.clone();
        self.output(&found, Some(&number)).map(Some)
    }

    async fn look(&self, task: Task<'_>) -> Result<Output, Error> {
        let said = |name: &str| task.arguments.text(name);
        match self.part.operation {
            Open311Operation::Report => self.report(task).await,
            Open311Operation::Status => {
                let id = said("service_request_id").ok_or_else(|| Error::Invalid {
                    tool: self.spec.name.clone(),
                    message: "argument `service_request_id` is missing".to_owned(),
                })?;
                let answer = self.get(&["requests", id], &[]).await?;
                let requests = self.understood(open311::requests(&answer.text))?;
                self.output(&json!({ "requests": requests }), Some(id))
            }
            Open311Operation::Services => match said("service_code") {
                Some(code) => {
                    let answer = self.get(&["services", code], &[]).await?;
                    let definition = self.understood(open311::definition(&answer.text))?;
                    self.output(&definition, None)
                }
                None => {
                    let answer = self.get(&["services"], &[]).await?;
                    let services = self.understood(open311::services(&answer.text))?;
                    self.output(&json!({ "services": services }), None)
                }
            },
            Open311Operation::Updates => {
                let query = pairs(task.arguments.values());
                let answer = self.get(&["servicerequestupdates"], &query).await?;
                let updates = self.understood(open311::updates(&answer.text))?;
                self.output(&json!({ "updates": updates }), None)
            }
        }
    }

    async fn get(&self, pieces: &[&str], query: &[(String, String)]) -> Result<Answer, Error> {
        let request = self.client.get(self.address(pieces, query)?);
        let response = request
            .send()
            .await
            .map_err(|error| self.failed(root_cause(&error)))?;
        let answer = self.read(response).await?;
        if answer.status.is_client_error() {
            return Err(self.refused(&answer));
        }
        if !answer.status.is_success() {
            return Err(self.failed(format!("it answered {}", answer.status)));
        }
        Ok(answer)
    }

    async fn read(&self, response: Response) -> Result<Answer, Error> {
        let status = response.status();
        let mut bytes = Vec::new();
        let mut body = response.bytes_stream();
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| self.failed(root_cause(&error)))?;
            if bytes.len() + chunk.len() > LARGEST {
                return Err(self.failed(format!("its answer is larger than {LARGEST} bytes")));
            }
            bytes.extend_from_slice(&chunk);
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| self.failed("its answer is not UTF-8 text".to_owned()))?;
        Ok(Answer { status, text })
    }

    fn understood<T>(&self, read: Result<T, String>) -> Result<T, Error> {
        read.map_err(|why| self.failed(format!("its answer is not understood: {why}")))
    }

    fn output(&self, value: &impl Serialize, number: Option<&str>) -> Result<Output, Error> {
        let host = self.base.host_str().unwrap_or_default();
        let number = number.map_or_else(String::new, |number| format!("/{number}"));
        Ok(Output {
            value: serde_json::to_value(value).map_err(|error| self.failed(error.to_string()))?,
            evidence: vec![format!("open311:{host}{number}")],
        })
    }

    /// The server says no, and why if it says so in the form of the standard.
    fn refused(&self, answer: &Answer) -> Error {
        let problems = open311::problems(&answer.text).into_iter();
        let why: Vec<String> = problems.map(|problem| problem.description).collect();
        let why: String = why.join("；").chars().take(500).collect();
        let host = self.base.host_str().unwrap_or_default();
        Error::Refused {
            message: if why.is_empty() {
                format!("{host} 没有接受，状态码{}", answer.status.as_u16())
            } else {
                format!("{host} 没有接受：{why}")
            },
        }
    }

    fn failed(&self, message: String) -> Error {
        Error::Failed {
            tool: self.spec.name.clone(),
            message,
        }
    }

    fn late(&self) -> Error {
        Error::Late {
            tool: self.spec.name.clone(),
        }
    }
}

impl Tool for Open311Tool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn preview<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Preview, Error>> {
        Box::pin(async move {
            let url = self.address(&["requests"], &[])?;
            let host = url.host_str().unwrap_or_default();
            let mut lines = vec![format!("向 {host} 报送以下内容，由对方城市办理")];
            let sent = self.reported(task).into_iter();
            lines.extend(sent.map(|(name, value)| format!("{name}：{value}")));
            Ok(Preview {
                target: url.to_string(),
                lines,
            })
        })
    }

    fn invoke<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Output, Error>> {
        Box::pin(self.look(task))
    }

    fn reconcile<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Option<Output>, Error>> {
        Box::pin(async move {
            if let Some(name) = &self.part.key_parameter
                && let Some(found) = self.find(task, name).await?
            {
                return Ok(Some(found));
            }
            // A list may lag behind, so that what is not in it may be there all the same.
            Err(self.late())
        })
    }
}

/// Our name for a report, as the server is told it: opaque, and short enough for any field.
fn name_of(key: &str) -> String {
    digest::of_text(key).chars().take(32).collect()
}

/// Whether operation, effect, key and schema go together.
fn check(part: &Open311Part, effect: Effect, schema: &Value) -> Result<(), String> {
    let (wanted, known): (Effect, &[&str]) = match part.operation {
        Open311Operation::Report => (Effect::Write, &REPORTED),
        Open311Operation::Status => (Effect::Read, &["service_request_id"]),
        Open311Operation::Services => (Effect::Read, &["service_code"]),
        Open311Operation::Updates => (
            Effect::Read,
            &["start_date", "end_date", "service_request_id"],
        ),
    };
    if effect != wanted {
        let name = match wanted {
            Effect::Read => "read",
            Effect::Write => "write",
        };
        return Err(format!(
            "key `effect`: this operation has the effect `{name}`"
        ));
    }
    if wanted == Effect::Write && part.api_key.is_none() {
        return Err("key `open311.api_key`: to report needs a key".to_owned());
    }
    let taken = |name: &str| {
        let ours = ["api_key", "jurisdiction_id"].contains(&name);
        ours || (REPORTED.contains(&name) && name != "account_id")
    };
    if part.key_parameter.as_deref().is_some_and(taken) {
        return Err("key `open311.key_parameter`: this parameter means something else".to_owned());
    }
    let none = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object);
    let mut names = properties.unwrap_or(&none).keys();
    match names.find(|name| !known.contains(&name.as_str())) {
        Some(unknown) => Err(format!(
            "key `open311.operation`: it has no argument `{unknown}`; there are {}",
            known.join(", ")
        )),
        None => Ok(()),
    }
}

fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
