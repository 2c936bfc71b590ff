//! Kind `mcp`: tools of an MCP server, mounted under the rules of the toolbox.
//!
//! Only tools that the manifest lists are mounted, with the effect and the roles that stand there. What the server says of a
//! tool reaches an agent only while its digest is the pinned one; annotations are not read. What a tool brings is data.
//!
//! Nothing of a server is offered but its tools, and nothing is offered to it: no sampling, no roots, no elicitation.

mod cause;
mod connect;
mod meter;
mod pin;
mod result;
mod way;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use jsonschema::Validator;
use rmcp::ServiceError;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, ErrorCode, RequestMetaObject, RequestParamsMeta,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Error;
use crate::manifest::{ArgumentRule, Effect, Manifest};
use crate::tool::{Output, Preview, Task, Tool, ToolSpec};
use cause::causes;
use connect::{Lost, Server};

/// Key of `_meta` under which a server that keeps keys is given ours.
const KEY: &str = "chengzhi/key";

/// A call may greet the server, list its tools and ask: each has the time of the manifest.
const STEPS: u32 = 3;

/// `[mcp]` of `tool.toml`: where the server is, and which of its tools are mounted. It has `url` or `command`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct McpPart {
    /// Address of its streamable HTTP.
    #[serde(default)]
    pub url: Option<String>,
    /// The host lies in a private network or on this machine.
    #[serde(default)]
    pub private: bool,
    /// Environment variable with the value of the header `Authorization`.
    #[serde(default)]
    pub authorization: Option<String>,
    /// Program and arguments of a server that speaks over its standard input and output.
    #[serde(default)]
    pub command: Vec<String>,
    /// Environment variables that it gets beside `PATH`.
    #[serde(default)]
    pub environment: Vec<String>,
    /// The only revision to speak; absent: the newest that both know.
    #[serde(default)]
    pub revision: Option<Revision>,
    /// The tools that are mounted.
    pub tool: Vec<McpToolPart>,
}

/// Revisions of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Revision {
    /// With `initialize` and sessions.
    #[serde(rename = "2025-11-25")]
    R20251125,
    /// With `server/discover` and no sessions.
    #[serde(rename = "2026-07-28")]
    R20260728,
}

/// `[[mcp.tool]]`: a tool of the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct McpToolPart {
    /// Its name at the server.
    pub name: String,
    /// What it does to the world, whatever the server says.
    pub effect: Effect,
    /// Roles of persons who may have it called, out of those of the manifest; absent: all of these.
    #[serde(default)]
    pub roles: Vec<String>,
    /// `sha256:` and 64 figures of what the server says of it. Empty until somebody has read it.
    pub digest: String,
    /// The server keeps the key in `_meta` under `chengzhi/key`, so that a call may be sent again.
    #[serde(default)]
    pub idempotent: bool,
    /// Rules for its arguments.
    #[serde(default)]
    pub arguments: BTreeMap<String, ArgumentRule>,
}

/// What came of mounting.
#[derive(Default)]
pub struct Mounted {
    /// Tools that can be called.
    pub tools: Vec<Arc<dyn Tool>>,
    /// Why others cannot.
    pub problems: Vec<Error>,
}

/// Mounts the tools of folder `name`: asks the server what it has and takes what is pinned.
pub(crate) async fn mount(
    file: &str,
    name: &str,
    manifest: &Manifest,
    environment: &(dyn Fn(&str) -> Option<String> + Sync),
) -> Mounted {
    let server = check(manifest).and_then(|part| {
        let timeout = Duration::from_secs(manifest.timeout_s);
        let server = Server::new(part, timeout, environment)?;
        Ok((part, Arc::new(server)))
    });
    match server {
        Ok(server) => mounted(file, name, manifest, server).await,
        Err(message) => Mounted {
            tools: Vec::new(),
            problems: vec![Error::Data {
                file: file.to_owned(),
                message,
            }],
        },
    }
}

async fn mounted(
    file: &str,
    folder: &str,
    manifest: &Manifest,
    (part, server): (&McpPart, Arc<Server>),
) -> Mounted {
    let mut mounted = Mounted::default();
    let open = match server.open().await {
        Ok(open) => open,
        Err(Lost(message)) => {
            mounted.problems.push(Error::Failed {
                tool: folder.to_owned(),
                message,
            });
            return mounted;
        }
    };
    for tool in &part.tool {
        let wrong = |message: String| Error::Data {
            file: file.to_owned(),
            message: format!("tool `{}`: {message}", tool.name),
        };
        let found = open.tools.get(&tool.name);
        let taken = pin::take(folder, manifest, tool, found).map_err(wrong);
        match taken {
            Ok((spec, output)) => mounted.tools.push(Arc::new(McpTool {
                spec,
                part: tool.clone(),
                output,
                server: server.clone(),
            })),
            Err(problem) => mounted.problems.push(problem),
        }
    }
    mounted
}

/// The part of the manifest, if its keys agree.
pub(crate) fn check(manifest: &Manifest) -> Result<&McpPart, String> {
    let part = manifest.mcp.as_ref().ok_or("table `[mcp]` is missing")?;
    if !manifest.arguments.is_empty() {
        return Err(
            "table `[arguments]`: rules stand at each tool, as `[mcp.tool.arguments.NAME]`"
                .to_owned(),
        );
    }
    if part.tool.is_empty() {
        return Err(
            "key `mcp.tool`: no tool is listed, and only listed ones are mounted".to_owned(),
        );
    }
    let mut names = BTreeSet::new();
    for tool in &part.tool {
        let wrong = |message: &str| format!("key `mcp.tool`, `{}`: {message}", tool.name);
        if tool.name.is_empty() || !names.insert(&tool.name) {
            return Err(wrong("a name is empty or stands there twice"));
        }
        if tool.effect == Effect::Write && manifest.effect == Effect::Read {
            return Err(wrong(
                "it writes, and `effect` of the manifest is the most that its tools may do",
            ));
        }
        if let Some(role) = tool
            .roles
            .iter()
            .find(|role| !manifest.roles.contains(role))
        {
            return Err(wrong(&format!(
                "role `{role}` is not among `roles` of the manifest"
            )));
        }
    }
    Ok(part)
}

/// A tool of a server.
struct McpTool {
    spec: ToolSpec,
    part: McpToolPart,
    output: Option<Validator>,
    server: Arc<Server>,
}

impl McpTool {
    fn failed(&self, message: impl Into<String>) -> Error {
        Error::Failed {
            tool: self.spec.name.clone(),
            message: message.into(),
        }
    }

    /// What went wrong after the request was sent: of a tool with an effect nobody knows whether it had it.
    fn unknown(&self, message: String) -> Error {
        match self.spec.effect {
            Effect::Read => self.failed(message),
            Effect::Write => {
                tracing::warn!(
                    tool = self.spec.name,
                    message,
                    "a call has no usable answer"
                );
                Error::Late {
                    tool: self.spec.name.clone(),
                }
            }
        }
    }

    async fn asked(&self, task: Task<'_>) -> Result<Output, Error> {
        let open = self
            .server
            .open()
            .await
            .map_err(|Lost(message)| self.failed(message))?;
        pin::check(&self.part, open.tools.get(&self.part.name))
            .map_err(|message| self.failed(message))?;
        let mut request = CallToolRequestParams::new(self.part.name.clone())
            .with_arguments(task.arguments.values().clone());
        if self.part.idempotent {
            let mut meta = RequestMetaObject::new();
            meta.insert(KEY.to_owned(), Value::from(task.key));
            request.set_meta(meta);
        }
        let answer = self.server.within("the call", open.ask(request)).await;
        let answer = match answer {
            Ok(Ok(answer)) => answer,
            Ok(Err(ServiceError::McpError(error))) => return Err(self.turned_away(&error)),
            Ok(Err(error)) => {
                self.server.leave(&open);
                return Err(self.unknown(open.why(&causes(&error))));
            }
            Err(Lost(message)) => {
                self.server.leave(&open);
                return Err(self.unknown(open.why(&message)));
            }
        };
        match answer {
            CallToolResponse::Complete(result) if result.is_error == Some(true) => {
                Err(self.failed(result::short(&result::text(&result))))
            }
            CallToolResponse::Complete(result) => {
                let value = result::value(&result, self.output.as_ref())
                    .map_err(|message| self.unknown(message))?;
                Ok(Output {
                    value,
                    evidence: vec![format!("mcp:{}", self.spec.name)],
                })
            }
            // Nothing was offered, so that a server that asks for more has done nothing yet, if it keeps to the protocol.
            _ => Err(self.unknown("it asks for something that is not offered to it".to_owned())),
        }
    }

    /// The server answered with an error of the protocol: of these some say that nothing was begun.
    fn turned_away(&self, error: &rmcp::ErrorData) -> Error {
        let message = result::short(&error.message);
        let unbegun = [
            ErrorCode::INVALID_REQUEST,
            ErrorCode::METHOD_NOT_FOUND,
            ErrorCode::INVALID_PARAMS,
        ];
        if unbegun.contains(&error.code) {
            self.failed(message)
        } else {
            self.unknown(message)
        }
    }
}

impl Tool for McpTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn preview<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Preview, Error>> {
        Box::pin(async move {
            let place = self.server.place();
            let mut lines = vec![format!("交由 {place} 的工具“{}”办理", self.spec.title)];
            lines.extend(
                task.arguments
                    .iter()
                    .map(|(name, value, _)| format!("{name}：{}", result::plain(value))),
            );
            Ok(Preview {
                target: format!("mcp:{place}#{}@{}", self.part.name, self.part.digest),
                lines,
            })
        })
    }

    fn invoke<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Output, Error>> {
        Box::pin(self.asked(task))
    }

    fn reconcile<'a>(&'a self, _task: Task<'a>) -> BoxFuture<'a, Result<Option<Output>, Error>> {
        Box::pin(async move {
            if self.part.idempotent {
                // The server keeps the key, so that sending again is asking.
                return Ok(None);
            }
            Err(Error::Late {
                tool: self.spec.name.clone(),
            })
        })
    }
}

#[cfg(test)]
mod tests;
